//! The programs that answer: listening sockets and relays, all served by the
//! one thread that also runs the flows, so that nothing happens behind its back.
//! They are served in the order in which they became ready, as programs with
//! nothing else to do would be; epoll keeps that order.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
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
        server: u64,
        client: SocketAddr,
        via: Option<IpAddr>,
    },
    /// A connection that is open and stays so, until the other end hangs up.
    Kept,
}

struct Served {
    netns: usize,
    socket: Socket,
    role: Role,
}

/// All listening sockets of a world.
pub struct Servers {
    /// By the number that the sockets bear in `ready`.
    served: BTreeMap<u64, Served>,
    next: u64,
    ready: Epoll,
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
            served: BTreeMap::new(),
            next: 0,
            ready: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            ended: Vec::new(),
            seen: (None, None),
        };
        let mut notes = Vec::new();
        for (netns, listeners) in listeners.iter().enumerate() {
            for listener in listeners {
                if listener.address.is_ipv6() && !world.wants.ipv6 {
                    continue;
                }
                match world.namespaces[netns].enter(|| listen(listener))? {
                    Ok(socket) => {
                        let relay = listener.relay;
                        let role = match listener.transport {
                            Transport::Tcp => Role::TcpListener { relay },
                            Transport::Udp => Role::UdpServer { relay },
                        };
                        servers.add(netns, socket, role)?;
                    }
                    Err(error) => notes.push(format!(
                        "netns {}: listening on {}: {error}",
                        world.namespaces[netns].name, listener.address
                    )),
                }
            }
        }
        Ok((servers, notes))
    }

    fn add(&mut self, netns: usize, socket: Socket, role: Role) -> io::Result<()> {
        self.next += 1;
        let events = match role {
            Role::TcpBack { .. } => EpollFlags::EPOLLOUT,
            _ => EpollFlags::EPOLLIN,
        };
        self.ready
            .add(&socket, EpollEvent::new(events, self.next))?;
        let served = Served {
            netns,
            socket,
            role,
        };
        self.served.insert(self.next, served);
        Ok(())
    }

    fn take(&mut self, number: u64) -> io::Result<Option<Served>> {
        let served = self.served.remove(&number);
        if let Some(served) = &served {
            self.ready.delete(&served.socket)?;
        }
        Ok(served)
    }

    /// Forgets whom the servers of the flow before have seen.
    pub fn begin_flow(&mut self) {
        self.seen = (None, None);
        self.served
            .retain(|_, served| !matches!(served.role, Role::UdpBack { .. }));
    }

    /// The address that the program at the far end took for its client.
    #[must_use]
    pub fn seen(&self) -> Option<IpAddr> {
        self.seen.0.or(self.seen.1)
    }

    /// Keeps a connection of namespace `netns` open until the other end hangs up.
    ///
    /// # Errors
    ///
    /// If it cannot be watched.
    pub fn keep(&mut self, netns: usize, socket: Socket) -> io::Result<()> {
        self.add(netns, socket, Role::Kept)
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
        let mut fds = vec![PollFd::new(self.ready.0.as_fd(), PollFlags::POLLIN)];
        fds.extend(extra.map(|(fd, events)| PollFd::new(fd, events)));
        if poll(&mut fds, PollTimeout::from(milliseconds))? == 0 {
            return Ok((false, false));
        }
        let extra_ready = fds.get(1).is_some_and(|extra| extra.any().unwrap_or(false));
        let mut events = [EpollEvent::empty(); 64];
        let count = self.ready.wait(&mut events, EpollTimeout::ZERO)?;
        for event in events.iter().take(count) {
            self.serve(world, event.data())?;
        }
        Ok((count > 0 || extra_ready, extra_ready))
    }

    fn serve(&mut self, world: &World, number: u64) -> io::Result<()> {
        let Some(served) = self.served.get(&number) else {
            return Ok(());
        };
        let netns = served.netns;
        match served.role {
            Role::TcpListener { relay } => {
                let Ok((socket, client)) = served.socket.accept() else {
                    return Ok(());
                };
                let client = client.as_socket().map(|address| address.ip());
                match relay {
                    None => {
                        self.seen.0 = client;
                        self.keep(netns, socket)?;
                    }
                    Some(to) => {
                        self.seen.1 = client;
                        let back = world.namespaces[netns].enter(|| connect(Transport::Tcp, to))?;
                        // A relay that cannot connect hangs up on its client.
                        if let Ok(back) = back {
                            self.add(netns, back, Role::TcpBack { front: socket })?;
                        }
                    }
                }
            }
            Role::TcpBack { .. } => {
                let Some(served) = self.take(number)? else {
                    return Ok(());
                };
                let failed = !matches!(served.socket.take_error(), Ok(None));
                if let (Role::TcpBack { front }, false) = (served.role, failed) {
                    self.keep(netns, front)?;
                    self.keep(netns, served.socket)?;
                }
            }
            Role::Kept => {
                let Some(Served { socket, .. }) = self.take(number)? else {
                    return Ok(());
                };
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
            Role::UdpServer { relay } => {
                let Some((data, client, to)) = receive(&served.socket) else {
                    return Ok(());
                };
                match relay {
                    None => {
                        self.seen.0 = Some(client.ip());
                        answer(&served.socket, &data, client, to);
                    }
                    Some(target) => {
                        self.seen.1 = Some(client.ip());
                        let back =
                            world.namespaces[netns].enter(|| connect(Transport::Udp, target))?;
                        if let Ok(back) = back {
                            // A failure shows as no answer, as it does with the real relay.
                            let _ = back.send(&data);
                            let role = Role::UdpBack {
                                server: number,
                                client,
                                via: to,
                            };
                            self.add(netns, back, role)?;
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
                let received = (&served.socket).read(&mut buffer);
                if let (Ok(length), Some(server)) = (received, self.served.get(&server)) {
                    buffer.truncate(length);
                    answer(&server.socket, &buffer, client, via);
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
