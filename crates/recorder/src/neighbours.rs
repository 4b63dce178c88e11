//! Whether a namespace still waits for an answer to ARP.
//!
//! A packet whose next hop is not resolved waits in the neighbour's queue; the
//! timers that end the wait run without anything that a socket would notice.
//! So the table is asked: an RTM_GETNEIGH dump over a netlink socket
//! (rtnetlink(7)), looking at `ndm_state` alone.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, recv, sendto, socket,
};

use crate::netns::Netns;

const RTM_GETNEIGH: u16 = 30;
const RTM_NEWNEIGH: u16 = 28;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
/// NUD_INCOMPLETE | NUD_PROBE (linux/neighbour.h).
const WAITING: u16 = 0x01 | 0x10;

/// A netlink socket in one namespace.
#[derive(Debug)]
pub struct Neighbours(OwnedFd);

impl Neighbours {
    /// Opens the socket.
    ///
    /// # Errors
    ///
    /// If the namespace cannot be entered or the socket not be made.
    pub fn open(netns: &Netns) -> io::Result<Self> {
        let fd = netns.enter(|| {
            socket(
                AddressFamily::Netlink,
                SockType::Raw,
                SockFlag::SOCK_CLOEXEC,
                SockProtocol::NetlinkRoute,
            )
        })??;
        Ok(Self(fd))
    }

    /// Whether any neighbour is being resolved.
    ///
    /// # Errors
    ///
    /// If the kernel does not answer.
    pub fn waiting(&self) -> io::Result<bool> {
        // nlmsghdr (16 bytes) and ndmsg (12 bytes), all families.
        let mut request = Vec::with_capacity(28);
        request.extend(28u32.to_ne_bytes());
        request.extend(RTM_GETNEIGH.to_ne_bytes());
        request.extend(NLM_F_REQUEST_DUMP.to_ne_bytes());
        request.resize(28, 0);
        let fd = self.0.as_raw_fd();
        sendto(fd, &request, &NetlinkAddr::new(0, 0), MsgFlags::empty())?;
        let mut waiting = false;
        let mut buffer = vec![0; 32768];
        loop {
            let length = recv(fd, &mut buffer, MsgFlags::empty())?;
            let mut rest = buffer.get(..length).unwrap_or_default();
            if rest.is_empty() {
                return Ok(waiting);
            }
            while let (Some(size), Some(kind)) = (word32(rest, 0), word16(rest, 4)) {
                match kind {
                    NLMSG_DONE => return Ok(waiting),
                    RTM_NEWNEIGH => {
                        waiting |= word16(rest, 24).is_some_and(|state| state & WAITING != 0);
                    }
                    _ => {}
                }
                let step = (usize::try_from(size).unwrap_or(0) + 3) & !3;
                if step < 16 {
                    break;
                }
                rest = rest.get(step..).unwrap_or_default();
            }
        }
    }
}

fn word16(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..at + 2)?;
    Some(u16::from_ne_bytes(bytes.try_into().ok()?))
}

fn word32(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_ne_bytes(bytes.try_into().ok()?))
}
