//! The programs behind the flows: what each sends, and what it makes of what
//! comes back. All ask for ICMP errors with their type and code (IP_RECVERR).

use std::io::{self, IoSliceMut};
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::PollFlags;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrIn, recvmsg, setsockopt, sockopt};
use packetwalk_core::flow::{Action, Flow, Outcome, Unreachable};
use packetwalk_core::wire::checksum;
use socket2::{Domain, Protocol, Socket, Type};

use crate::build::World;
use crate::netns::Netns;
use crate::servers::start;
use crate::session::{LONGEST_WAIT, Session, Settled};

/// Data of a UDP flow.
const DATAGRAM: &[u8; 4] = b"walk";

/// Runs one flow to its end; what it set off has come to rest afterwards.
///
/// # Errors
///
/// If the recorder itself fails: a namespace that is gone, a socket that
/// cannot be made, a kernel log that cannot be read.
pub fn run(session: &mut Session, flow: &Flow) -> io::Result<Outcome> {
    let Some(index) = session
        .world
        .namespaces
        .iter()
        .position(|n| n.name == flow.netns)
    else {
        return Err(io::Error::other(format!(
            "the snapshot has no namespace {:?}",
            flow.netns
        )));
    };
    match &flow.action {
        Action::Ping {
            dst,
            from,
            ttl,
            size,
        } => ping(session, index, *dst, *from, *ttl, *size),
        Action::Tcp {
            dst,
            from,
            from_port,
        } => tcp(session, index, *dst, (*from, *from_port)),
        Action::Udp {
            dst,
            from,
            from_port,
        } => udp(session, index, *dst, (*from, *from_port)),
        Action::Frame { dev, bytes } => {
            session
                .frames
                .send(netns(&session.world, index)?, index, dev, bytes)?;
            session.settle(None)?;
            Ok(Outcome::Sent)
        }
        Action::Wait { time } => {
            let time = Duration::from_nanos(*time);
            if time > LONGEST_WAIT {
                return Err(io::Error::other(format!(
                    "a recording waits for {} s at most; have the snapshot's settings make it shorter",
                    LONGEST_WAIT.as_secs()
                )));
            }
            session.pass(time)?;
            session.settle(None)?;
            Ok(Outcome::Waited)
        }
    }
}

fn netns(world: &World, index: usize) -> io::Result<&Netns> {
    world
        .namespaces
        .get(index)
        .ok_or_else(|| io::Error::other("no such namespace"))
}

fn unspecified(like: IpAddr) -> IpAddr {
    match like {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// What an error number means; for one that no line of the contract has, the
/// nearest.
fn outcome(error: &io::Error) -> Outcome {
    let Some(number) = error.raw_os_error() else {
        return Outcome::Timeout;
    };
    match Errno::from_raw(number) {
        Errno::ECONNREFUSED | Errno::ECONNRESET => Outcome::Refused,
        // EINVAL: a blackhole route.
        Errno::ENETUNREACH | Errno::EINVAL => Outcome::Unreachable(Unreachable::Net),
        Errno::EHOSTUNREACH | Errno::EHOSTDOWN | Errno::ENONET => {
            Outcome::Unreachable(Unreachable::Host)
        }
        Errno::ENOPROTOOPT => Outcome::Unreachable(Unreachable::Proto),
        Errno::EMSGSIZE => Outcome::Unreachable(Unreachable::Frag),
        Errno::EPERM | Errno::EACCES => Outcome::Denied,
        _ => Outcome::Timeout,
    }
}

/// What an ICMP error means to a program that reads the message itself.
fn icmp_outcome(kind: u8, code: u8) -> Option<Outcome> {
    let which = match (kind, code) {
        (3, 3) => return Some(Outcome::Refused),
        (3, 0 | 6 | 11) => Unreachable::Net,
        (3, 2) => Unreachable::Proto,
        (3, 4) => Unreachable::Frag,
        (3, 9 | 10 | 13..=15) => Unreachable::Admin,
        (3, _) => Unreachable::Host,
        (11, _) => Unreachable::Ttl,
        _ => return None,
    };
    Some(Outcome::Unreachable(which))
}

fn ping(
    session: &mut Session,
    index: usize,
    dst: IpAddr,
    from: Option<IpAddr>,
    ttl: Option<u8>,
    size: Option<u16>,
) -> io::Result<Outcome> {
    let id = session.next_icmp_id();
    let open = || -> io::Result<Socket> {
        let (domain, protocol) = match dst {
            IpAddr::V4(_) => (Domain::IPV4, Protocol::ICMPV4),
            IpAddr::V6(_) => (Domain::IPV6, Protocol::ICMPV6),
        };
        let socket = Socket::new(domain, Type::RAW.nonblocking(), Some(protocol))?;
        hear_errors(&socket, dst)?;
        socket.set_send_buffer_size(1 << 18)?;
        if let Some(ttl) = ttl {
            match dst {
                IpAddr::V4(_) => {
                    socket.set_ttl_v4(u32::from(ttl))?;
                    socket.set_multicast_ttl_v4(u32::from(ttl))?;
                }
                IpAddr::V6(_) => socket.set_unicast_hops_v6(u32::from(ttl))?,
            }
        }
        Ok(socket)
    };
    let socket = netns(&session.world, index)?.enter(open)??;
    if let Some(from) = from
        && let Err(error) = socket.bind(&SocketAddr::new(from, 0).into())
    {
        return Ok(bind_failed(&error));
    }
    let mut echo = vec![0u8; 8 + usize::from(size.unwrap_or(56))];
    echo[0] = if dst.is_ipv4() { 8 } else { 128 };
    echo[4..6].copy_from_slice(&id.to_be_bytes());
    echo[6..8].copy_from_slice(&1u16.to_be_bytes());
    for (offset, byte) in echo.iter_mut().enumerate().skip(8) {
        *byte = u8::try_from(offset & 0xff).unwrap_or(0);
    }
    if dst.is_ipv4() {
        let sum = checksum::of(&echo);
        echo[2..4].copy_from_slice(&sum.to_be_bytes());
    }
    let sent = socket.send_to(&echo, &SocketAddr::new(dst, 0).into());
    let mut first = match sent {
        Ok(_) => None,
        Err(error) => Some(outcome(&error)),
    };
    loop {
        let settled = session.settle(Some((socket.as_fd(), PollFlags::POLLIN)))?;
        while let Some(error) = queued(&socket) {
            if error.local || is_request(&error.quoted, dst, id) {
                first = first.or(Some(error.outcome));
            }
        }
        if settled == Settled::Rest {
            break;
        }
        let mut buffer = vec![0u8; 70000];
        while let Ok(length) = io::Read::read(&mut &socket, &mut buffer) {
            if is_reply(buffer.get(..length).unwrap_or_default(), dst, id) {
                first = first.or(Some(Outcome::Ok { seen: None }));
            }
        }
        // A pending error wakes the poll as well; reading it clears it.
        let _ = socket.take_error();
    }
    Ok(first.unwrap_or(Outcome::Timeout))
}

/// Has ICMP errors queued with their type and code (ip(7), IP_RECVERR).
fn hear_errors(socket: &Socket, dst: IpAddr) -> io::Result<()> {
    match dst {
        IpAddr::V4(_) => setsockopt(socket, sockopt::Ipv4RecvErr, &true)?,
        IpAddr::V6(_) => setsockopt(socket, sockopt::Ipv6RecvErr, &true)?,
    }
    Ok(())
}

fn is_reply(packet: &[u8], dst: IpAddr, id: u16) -> bool {
    let (message, kind) = match dst {
        IpAddr::V4(_) => {
            let length = packet
                .first()
                .map_or(0, |first| usize::from(first & 15) * 4);
            (packet.get(length..).unwrap_or_default(), 0)
        }
        IpAddr::V6(_) => (packet, 129),
    };
    message.first() == Some(&kind) && message.get(4..6) == Some(&id.to_be_bytes())
}

/// Whether an error quotes what this ping has sent. One about the answer to
/// it, which comes by the same address, is none of its (iputils, ping).
fn is_request(quoted: &[u8], dst: IpAddr, id: u16) -> bool {
    let kind = if dst.is_ipv4() { 8 } else { 128 };
    quoted.first() == Some(&kind) && quoted.get(4..6) == Some(&id.to_be_bytes())
}

/// An entry of a socket's error queue.
struct Queued {
    outcome: Outcome,
    /// It was this machine that found it.
    local: bool,
    /// What was sent, from the transport header on.
    quoted: Vec<u8>,
}

/// What the next entry of the socket's error queue means.
fn queued_error(socket: &Socket) -> Option<Outcome> {
    queued(socket).map(|error| error.outcome)
}

/// The next entry of the socket's error queue.
fn queued(socket: &Socket) -> Option<Queued> {
    let mut buffer = [0u8; 2048];
    let mut slices = [IoSliceMut::new(&mut buffer)];
    let mut space = nix::cmsg_space!(nix::libc::sock_extended_err, nix::libc::sockaddr_in6);
    let message = recvmsg::<SockaddrIn>(
        socket.as_raw_fd(),
        &mut slices,
        Some(&mut space),
        MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT,
    )
    .ok()?;
    const LOCAL: u8 = 1;
    let length = message.bytes;
    let (outcome, local) = message.cmsgs().ok()?.find_map(|control| match control {
        ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _) => {
            let by_number = || {
                let number = i32::try_from(error.ee_errno).unwrap_or(0);
                outcome(&io::Error::from_raw_os_error(number))
            };
            let local = error.ee_origin == LOCAL;
            let said = icmp_outcome(error.ee_type, error.ee_code).filter(|_| !local);
            Some((said.unwrap_or_else(by_number), local))
        }
        _ => None,
    })?;
    Some(Queued {
        outcome,
        local,
        quoted: buffer.get(..length).unwrap_or_default().to_vec(),
    })
}

fn bind_failed(error: &io::Error) -> Outcome {
    match error.raw_os_error().map(Errno::from_raw) {
        // The address is not this namespace's; nothing is sent.
        Some(Errno::EADDRNOTAVAIL) => Outcome::Unreachable(Unreachable::Net),
        _ => outcome(error),
    }
}

/// A source that was asked for: an address, a port, both or none.
type Local = (Option<IpAddr>, Option<u16>);

/// A socket of a program in namespace `index`, bound to what was asked for;
/// where that fails, what the program made of it.
fn open(
    session: &Session,
    index: usize,
    (kind, protocol): (Type, Protocol),
    dst: SocketAddr,
    (from, from_port): Local,
) -> io::Result<Result<Socket, Outcome>> {
    let make = || Socket::new(Domain::for_address(dst), kind.nonblocking(), Some(protocol));
    let socket = netns(&session.world, index)?.enter(make)??;
    hear_errors(&socket, dst.ip())?;
    socket.set_reuse_address(true)?;
    if from.is_some() || from_port.is_some() {
        let local = SocketAddr::new(
            from.unwrap_or(unspecified(dst.ip())),
            from_port.unwrap_or(0),
        );
        if let Err(error) = socket.bind(&local.into()) {
            return Ok(Err(bind_failed(&error)));
        }
    }
    Ok(Ok(socket))
}

fn tcp(session: &mut Session, index: usize, dst: SocketAddr, local: Local) -> io::Result<Outcome> {
    let socket = match open(session, index, (Type::STREAM, Protocol::TCP), dst, local)? {
        Ok(socket) => socket,
        Err(outcome) => return Ok(outcome),
    };
    if let Err(error) = start(&socket, dst) {
        session.settle(None)?;
        return Ok(outcome(&error));
    }
    let settled = session.settle(Some((socket.as_fd(), PollFlags::POLLOUT)))?;
    // While connect() still holds the socket, an error gets no further than its
    // queue; after that it is in SO_ERROR as well.
    let mut failed = queued_error(&socket);
    if failed.is_none() && settled == Settled::Ready {
        let Some(error) = socket.take_error()? else {
            // It stays, and hears at once if the other end hangs up.
            session.servers.keep(index, socket)?;
            session.settle(None)?;
            return Ok(Outcome::Ok {
                seen: session.servers.seen(),
            });
        };
        failed = Some(outcome(&error));
    }
    drop(socket);
    session.settle(None)?;
    Ok(failed.unwrap_or(Outcome::Timeout))
}

fn udp(session: &mut Session, index: usize, dst: SocketAddr, local: Local) -> io::Result<Outcome> {
    let socket = match open(session, index, (Type::DGRAM, Protocol::UDP), dst, local)? {
        Ok(socket) => socket,
        Err(outcome) => return Ok(outcome),
    };
    if let Err(error) = socket.connect(&dst.into()) {
        return Ok(outcome(&error));
    }
    let mut first = socket.send(DATAGRAM).err().map(|error| outcome(&error));
    loop {
        if session.settle(Some((socket.as_fd(), PollFlags::POLLIN)))? == Settled::Rest {
            break;
        }
        while let Some(outcome) = queued_error(&socket) {
            first = first.or(Some(outcome));
        }
        let mut buffer = [MaybeUninit::<u8>::uninit(); 2048];
        let result = match socket.recv(&mut buffer) {
            Ok(_) => Outcome::Ok {
                seen: session.servers.seen(),
            },
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => outcome(&error),
        };
        first = first.or(Some(result));
    }
    Ok(first.unwrap_or(Outcome::Timeout))
}
