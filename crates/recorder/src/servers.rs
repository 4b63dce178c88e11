//! The programs that answer: listening sockets and relays, all served by the
//! one thread that also runs the flows, so that nothing happens behind its back.

use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, recvfrom, recvmsg,
    sendmsg, setsockopt, sockopt,
};
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use crate::build::World;
use crate::sockets::{Listener, Transport};

/// What one of the sockets is for.
enum Role {
    TcpListener {
        relay: Option<SocketAddr>,
    },
    UdpServer {
        relay: Option<SocketAddr>,
    },
    /// A relay's connection to the container, on behalf of `front`.
    TcpBack {
        front: Socket,
    },
    /// A relay's socket towards the container; answers go from `via` to `client`.
    UdpBack {
        server: usize,
        client: SocketAddr,
        via: Option<IpAddr>,
    },
}

struct Served {
    netns: usize,
    socket: Socket,
    role: Role,
}

/// All listening sockets of a world.
pub struct Servers {
    served: Vec<Served>,
    /// Connections that are open and stay so, until the other end hangs up.
    kept: Vec<Socket>,
    /// Connections whose other end has hung up.
    ended: Vec<Socket>,
    /// Whom the last program of a flow that was no relay took for its client,
    /// and whom the last relay did.
    seen: (Option<IpAddr>, Option<IpAddr>),
}

impl Servers {
    /// Opens the sockets. One that cannot be opened is told, not fatal.
    ///
    /// # Errors
    ///
    /// If a namespace cannot be entered.
    pub fn open(world: &World, listeners: &[Vec<Listener>]) -> io::Result<(Self, Vec<String>)> {
        let mut servers = Self {
            served: Vec::new(),
            kept: Vec::new(),
            ended: Vec::new(),
            seen: (None, None),
        };
        let mut notes = Vec::new();
        for (netns, listeners) in listeners.iter().enumerate() {
            for listener in listeners {
                if listener.address.is_ipv6() && !world.ipv6 {
                    continue;
                }
                match world.namespaces[netns].enter(|| listen(listener))? {
                    Ok(socket) => servers.served.push(Served {
                        netns,
                        socket,
                        role: match listener.transport {
                            Transport::Tcp => Role::TcpListener {
                                relay: listener.relay,
                            },
                            Transport::Udp => Role::UdpServer {
                                relay: listener.relay,
                            },
                        },
                    }),
                    Err(error) => notes.push(format!(
                        "netns {}: listening on {}: {error}",
                        world.namespaces[netns].name, listener.address
                    )),
                }
            }
        }
        Ok((servers, notes))
    }

    /// Forgets whom the servers of the flow before have seen.
    pub fn begin_flow(&mut self) {
        self.seen = (None, None);
        self.served
            .retain(|served| !matches!(served.role, Role::UdpBack { .. }));
    }

    /// The address that the program at the far end took for its client.
    #[must_use]
    pub fn seen(&self) -> Option<IpAddr> {
        self.seen.0.or(self.seen.1)
    }

    /// Keeps a connection open until the world ends.
    pub fn keep(&mut self, socket: Socket) {
        self.kept.push(socket);
    }

    /// Waits up to `milliseconds` for one of the sockets or for `extra`, and
    /// serves what is ready. Returns whether anything happened, and whether
    /// `extra` is ready.
    ///
    /// # Errors
    ///
    /// If polling fails.
    pub fn step(
        &mut self,
        world: &World,
        extra: Option<(BorrowedFd<'_>, PollFlags)>,
        milliseconds: u8,
    ) -> io::Result<(bool, bool)> {
        let (ready, ended, extra_ready) = {
            let mut fds: Vec<PollFd<'_>> = self
                .served
                .iter()
                .map(|served| {
                    let events = match served.role {
                        Role::TcpBack { .. } => PollFlags::POLLOUT,
                        _ => PollFlags::POLLIN,
                    };
                    PollFd::new(served.socket.as_fd(), events)
                })
                .collect();
            let served = fds.len();
            fds.extend(
                self.kept
                    .iter()
                    .map(|kept| PollFd::new(kept.as_fd(), PollFlags::POLLIN)),
            );
            if let Some((fd, events)) = extra {
                fds.push(PollFd::new(fd, events));
            }
            if poll(&mut fds, PollTimeout::from(milliseconds))? == 0 {
                return Ok((false, false));
            }
            let is_ready = |fd: &PollFd<'_>| fd.any().unwrap_or(false);
            let ready: Vec<usize> = fds
                .iter()
                .take(self.served.len())
                .enumerate()
                .filter(|(_, fd)| is_ready(fd))
                .map(|(index, _)| index)
                .collect();
            let ended: Vec<usize> = (0..self.kept.len())
                .filter(|index| fds.get(served + index).is_some_and(is_ready))
                .collect();
            let extra_ready = extra.is_some() && fds.last().is_some_and(is_ready);
            (ready, ended, extra_ready)
        };
        for index in ended.iter().rev() {
            let socket = self.kept.remove(*index);
            // The ACK of a FIN may wait for a timer (tcp(7), TCP_QUICKACK); no
            // time passes here. It goes once the FIN has been read, as the end;
            // data is left where it is.
            let mut buffer = [MaybeUninit::uninit(); 1];
            if matches!(socket.peek(&mut buffer), Ok(0)) {
                let _ = socket.recv(&mut buffer);
                let _ = socket.set_tcp_quickack(true);
            }
            self.ended.push(socket);
        }
        // From the back, as serving may take an entry out.
        for index in ready.iter().rev() {
            self.serve(world, *index)?;
        }
        Ok((true, extra_ready))
    }

    fn serve(&mut self, world: &World, index: usize) -> io::Result<()> {
        let netns = self.served[index].netns;
        match self.served[index].role {
            Role::TcpListener { relay } => {
                let Ok((socket, client)) = self.served[index].socket.accept() else {
                    return Ok(());
                };
                let client = client.as_socket().map(|address| address.ip());
                match relay {
                    None => {
                        self.seen.0 = client;
                        self.kept.push(socket);
                    }
                    Some(to) => {
                        self.seen.1 = client;
                        let back = world.namespaces[netns].enter(|| connect(Transport::Tcp, to))?;
                        // A relay that cannot connect hangs up on its client.
                        if let Ok(back) = back {
                            self.served.push(Served {
                                netns,
                                socket: back,
                                role: Role::TcpBack { front: socket },
                            });
                        }
                    }
                }
            }
            Role::TcpBack { .. } => {
                let served = self.served.remove(index);
                let failed = !matches!(served.socket.take_error(), Ok(None));
                if let (Role::TcpBack { front }, false) = (served.role, failed) {
                    self.kept.push(front);
                    self.kept.push(served.socket);
                }
            }
            Role::UdpServer { relay } => {
                let Some((data, client, to)) = receive(&self.served[index].socket) else {
                    return Ok(());
                };
                match relay {
                    None => {
                        self.seen.0 = Some(client.ip());
                        answer(&self.served[index].socket, &data, client, to);
                    }
                    Some(target) => {
                        self.seen.1 = Some(client.ip());
                        let back =
                            world.namespaces[netns].enter(|| connect(Transport::Udp, target))?;
                        if let Ok(back) = back {
                            // A failure shows as no answer, as it does with the real relay.
                            let _ = back.send(&data);
                            self.served.push(Served {
                                netns,
                                socket: back,
                                role: Role::UdpBack {
                                    server: index,
                                    client,
                                    via: to,
                                },
                            });
                        }
                    }
                }
            }
            Role::UdpBack {
                server,
                client,
                via,
            } => {
                let mut buffer = vec![0; 65536];
                let received = (&self.served[index].socket).read(&mut buffer);
                if let Ok(length) = received {
                    buffer.truncate(length);
                    answer(&self.served[server].socket, &buffer, client, via);
                }
            }
        }
        Ok(())
    }
}

fn listen(listener: &Listener) -> io::Result<Socket> {
    let domain = Domain::for_address(listener.address);
    let socket = match listener.transport {
        Transport::Tcp => Socket::new(domain, Type::STREAM.nonblocking(), Some(Protocol::TCP))?,
        Transport::Udp => Socket::new(domain, Type::DGRAM.nonblocking(), Some(Protocol::UDP))?,
    };
    socket.set_reuse_address(true)?;
    if listener.address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    if let Some(device) = &listener.device {
        socket.bind_device(Some(device.as_bytes()))?;
    }
    socket.bind(&listener.address.into())?;
    match listener.transport {
        Transport::Tcp => socket.listen(128)?,
        Transport::Udp if listener.address.is_ipv4() => {
            setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
        }
        Transport::Udp => {}
    }
    Ok(socket)
}

/// Starts a connection; the socket does not block.
///
/// # Errors
///
/// What `connect()` says, but for EINPROGRESS.
pub fn connect(transport: Transport, to: SocketAddr) -> io::Result<Socket> {
    let kind = match transport {
        Transport::Tcp => Type::STREAM,
        Transport::Udp => Type::DGRAM,
    };
    let socket = Socket::new(Domain::for_address(to), kind.nonblocking(), None)?;
    match start(&socket, to) {
        Ok(()) => Ok(socket),
        Err(error) => Err(error),
    }
}

/// `connect()` on a socket that does not block; in progress is no error.
///
/// # Errors
///
/// What `connect()` says, but for EINPROGRESS.
pub fn start(socket: &Socket, to: SocketAddr) -> io::Result<()> {
    match socket.connect(&SockAddr::from(to)) {
        Ok(()) => Ok(()),
        Err(error) if error.raw_os_error() == Some(nix::errno::Errno::EINPROGRESS as i32) => Ok(()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error),
    }
}

/// A datagram, where it came from, and the address that it was sent to.
fn receive(socket: &Socket) -> Option<(Vec<u8>, SocketAddr, Option<IpAddr>)> {
    let local = socket.local_addr().ok()?.as_socket()?;
    if local.is_ipv6() {
        let mut buffer = vec![0; 65536];
        let (length, from) = recvfrom::<SockaddrIn6>(socket.as_raw_fd(), &mut buffer).ok()?;
        let from = from?;
        buffer.truncate(length);
        let from = SocketAddr::new(IpAddr::V6(from.ip()), from.port());
        return Some((buffer, from, None));
    }
    let mut buffer = vec![0; 65536];
    let mut space = nix::cmsg_space!(nix::libc::in_pktinfo);
    let mut slices = [IoSliceMut::new(&mut buffer)];
    let message = recvmsg::<SockaddrIn>(
        socket.as_raw_fd(),
        &mut slices,
        Some(&mut space),
        MsgFlags::empty(),
    )
    .ok()?;
    let from = message.address?;
    let to = message.cmsgs().ok()?.find_map(|control| match control {
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            let header = Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr));
            let local = Ipv4Addr::from(u32::from_be(info.ipi_spec_dst.s_addr));
            // A broadcast or multicast address cannot be a source.
            Some(if header == local { header } else { local })
        }
        _ => None,
    });
    let length = message.bytes;
    buffer.truncate(length);
    Some((
        buffer,
        SocketAddr::new(IpAddr::V4(from.ip()), from.port()),
        to.map(IpAddr::V4),
    ))
}

/// Sends `data` to `client` from the address that the client wrote to.
fn answer(socket: &Socket, data: &[u8], client: SocketAddr, from: Option<IpAddr>) {
    let (SocketAddr::V4(client), Some(IpAddr::V4(from))) = (client, from) else {
        // What comes of it is seen at the client.
        let _ = socket.send_to(data, &client.into());
        return;
    };
    let info = nix::libc::in_pktinfo {
        ipi_ifindex: 0,
        ipi_spec_dst: nix::libc::in_addr {
            s_addr: u32::from(from).to_be(),
        },
        ipi_addr: nix::libc::in_addr { s_addr: 0 },
    };
    let _ = sendmsg(
        socket.as_raw_fd(),
        &[IoSlice::new(data)],
        &[ControlMessage::Ipv4PacketInfo(&info)],
        MsgFlags::empty(),
        Some(&SockaddrIn::from(client)),
    );
}
