//! Frames, sent as they are through packet sockets (packet(7)).

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::ifaddrs::getifaddrs;
use nix::sys::socket::{AddressFamily, LinkAddr, MsgFlags, SockFlag, SockType, sendto, socket};

use crate::netns::Netns;

/// A packet socket for each namespace that has sent a frame. Of protocol 0, so
/// that nothing is ever received on it.
#[derive(Debug, Default)]
pub struct Frames {
    sockets: BTreeMap<usize, (OwnedFd, BTreeMap<String, LinkAddr>)>,
}

impl Frames {
    /// Sends `bytes` out of `dev` of `netns`, which is the `index`th.
    ///
    /// # Errors
    ///
    /// If there is no such device, or it does not take the frame.
    pub fn send(&mut self, netns: &Netns, index: usize, dev: &str, bytes: &[u8]) -> io::Result<()> {
        let (socket, devices) = match self.sockets.entry(index) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => entry.insert(netns.enter(open)??),
        };
        let to = devices
            .get(dev)
            .ok_or_else(|| io::Error::other(format!("no device {dev:?}")))?;
        // A device that is down, or a frame that it finds too long: nothing is sent.
        let _ = sendto(socket.as_raw_fd(), bytes, to, MsgFlags::empty());
        Ok(())
    }
}

impl Drop for Frames {
    /// Closing a packet socket waits for all CPUs, which nobody else has to.
    fn drop(&mut self) {
        let sockets = std::mem::take(&mut self.sockets);
        if !sockets.is_empty() {
            std::thread::spawn(move || drop(sockets));
        }
    }
}

/// A packet socket of the namespace that the thread is in, and the addresses of
/// its devices: with them the kernel knows where to send.
fn open() -> io::Result<(OwnedFd, BTreeMap<String, LinkAddr>)> {
    let socket = socket(
        AddressFamily::Packet,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    let devices = getifaddrs()?
        .filter_map(|device| {
            let address = *device.address?.as_link_addr()?;
            Some((device.interface_name, address))
        })
        .collect();
    Ok((socket, devices))
}
