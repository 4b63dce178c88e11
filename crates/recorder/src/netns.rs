//! Network namespaces without names.
//!
//! A namespace lives as long as a file descriptor of it (or a device, or a
//! socket in it) does. Nothing is left in `/run/netns`, so nothing has to be
//! cleaned up: the kernel takes a whole world down when the process ends,
//! however it ends. Nothing leads out of a new namespace.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use nix::sched::{CloneFlags, setns, unshare};

const OWN: &str = "/proc/thread-self/ns/net";

/// A network namespace, held open.
#[derive(Debug)]
pub struct Netns {
    /// Its name in the snapshot.
    pub name: String,
    file: File,
}

/// Takes the thread back to the namespace that it came from.
struct Home(File);

impl Home {
    fn here() -> io::Result<Self> {
        File::open(OWN).map(Self)
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // Fails only if the kernel revoked CAP_SYS_ADMIN in between.
        let _ = setns(&self.0, CloneFlags::CLONE_NEWNET);
    }
}

impl Netns {
    /// Makes an empty namespace: a loopback device that is down, and no more.
    ///
    /// # Errors
    ///
    /// Without CAP_SYS_ADMIN, or where the kernel has no network namespaces.
    pub fn create(name: &str) -> io::Result<Self> {
        let _home = Home::here()?;
        unshare(CloneFlags::CLONE_NEWNET)?;
        let file = File::open(OWN)?;
        Ok(Self {
            name: name.to_owned(),
            file,
        })
    }

    /// Runs `work` with the calling thread inside the namespace: sockets made
    /// there stay there, and so do programs started there.
    ///
    /// # Errors
    ///
    /// If the thread cannot enter the namespace.
    pub fn enter<R>(&self, work: impl FnOnce() -> R) -> io::Result<R> {
        let _home = Home::here()?;
        setns(&self.file, CloneFlags::CLONE_NEWNET)?;
        Ok(work())
    }

    /// A path that names the namespace to programs that this process starts.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd())
    }
}
