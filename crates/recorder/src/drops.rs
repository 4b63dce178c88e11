//! Why packets are dropped: the kernel's own reasons, from the tracepoint
//! `skb:kfree_skb` (kernel: include/trace/events/skb.h).
//!
//! The event says neither namespace nor packet, so the reasons of a flow stand
//! in order, each with the function that dropped. Packets of other programs are
//! told apart by the task that they were dropped in.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{UnlinkatFlags, gettid, unlinkat};

const TRACEFS: &str = "/sys/kernel/tracing";
const PREFIX: &str = "packetwalk-";

/// A trace buffer of our own with the one event in it.
pub struct Drops {
    instances: File,
    name: String,
    enable: File,
    pipe: Option<File>,
    rest: String,
}

impl Drops {
    /// Opens the buffer; tracefs is mounted for the moment if it is not there.
    ///
    /// # Errors
    ///
    /// Without tracefs or the right to use it.
    pub fn open() -> io::Result<Self> {
        if Path::new(TRACEFS).join("instances").is_dir() {
            return Self::open_in(Path::new(TRACEFS));
        }
        let here = PathBuf::from(format!("/run/{PREFIX}tracefs.{}", std::process::id()));
        fs::create_dir_all(&here)?;
        let none: Option<&str> = None;
        let opened = mount(
            Some("tracefs"),
            &here,
            Some("tracefs"),
            MsFlags::empty(),
            none,
        )
        .map_err(io::Error::from)
        .and_then(|()| Self::open_in(&here));
        // What is open stays usable behind a mount point that is gone.
        let _ = umount2(&here, MntFlags::MNT_DETACH);
        let _ = fs::remove_dir(&here);
        opened
    }

    fn open_in(root: &Path) -> io::Result<Self> {
        let instances = root.join("instances");
        for entry in fs::read_dir(&instances)?.flatten() {
            let name = entry.file_name();
            let owner = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
            if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                // Left by a recorder that was killed.
                let _ = fs::remove_dir(entry.path());
            }
        }
        let name = format!("{PREFIX}{}", std::process::id());
        let own = instances.join(&name);
        match fs::create_dir(&own) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let event = own.join("events/skb/kfree_skb");
        fs::write(
            event.join("filter"),
            "protocol == 0x800 || protocol == 0x806 || protocol == 0x8100",
        )?;
        let mut enable = OpenOptions::new().write(true).open(event.join("enable"))?;
        enable.write_all(b"1")?;
        let pipe = OpenOptions::new()
            .read(true)
            .custom_flags(OFlag::O_NONBLOCK.bits())
            .open(own.join("trace_pipe"))?;
        Ok(Self {
            instances: File::open(&instances)?,
            name,
            enable,
            pipe: Some(pipe),
            rest: String::new(),
        })
    }

    /// The reasons since the last call, each `REASON function`.
    ///
    /// # Errors
    ///
    /// If the buffer cannot be read.
    pub fn take(&mut self) -> io::Result<Vec<String>> {
        let Some(pipe) = &mut self.pipe else {
            return Ok(Vec::new());
        };
        let mut buffer = [0; 65536];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => {
                    let text = buffer.get(..length).unwrap_or_default();
                    self.rest.push_str(&String::from_utf8_lossy(text));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        let text = std::mem::take(&mut self.rest);
        let own = format!("-{} ", gettid());
        Ok(text.lines().filter_map(|line| reason(line, &own)).collect())
    }
}

impl Drop for Drops {
    fn drop(&mut self) {
        let _ = self.enable.write_all(b"0");
        self.pipe = None;
        let _ = unlinkat(
            &self.instances,
            self.name.as_str(),
            UnlinkatFlags::RemoveDir,
        );
    }
}

/// `task-PID [CPU] flags time: kfree_skb: ... location=FUNCTION+0x.. reason: REASON`
fn reason(line: &str, own: &str) -> Option<String> {
    let task = line.split(" [").next()?;
    let softirq = task.contains("ksoftirqd") || task.contains("<idle>");
    if !softirq && !format!("{} ", task.trim_end()).ends_with(own) {
        return None;
    }
    let (_, rest) = line.split_once("location=")?;
    let function = rest.split(['+', ' ']).next()?;
    let (_, reason) = rest.split_once("reason: ")?;
    Some(format!("{} {function}", reason.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_trace_is_read() {
        let line = "  packetwalk-reco-123   [001] b.s2.   9.1: kfree_skb: skbaddr=00000000d5 \
                    rx_sk=0000000000000000 protocol=2048 location=ip_rcv_finish_core+0x1a9/0x4b0 \
                    reason: IP_RPFILTER";
        assert_eq!(
            reason(line, "-123 ").as_deref(),
            Some("IP_RPFILTER ip_rcv_finish_core")
        );
        assert_eq!(reason(line, "-23 "), None);
    }
}
