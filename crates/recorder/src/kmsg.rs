//! The kernel's log, read record by record from `/dev/kmsg`.
//!
//! `nf_log_syslog` and `ebt_log` write there, for every namespace once
//! `net.netfilter.nf_log_all_netns` is 1. A record bears a sequence number, so
//! a lost one is noticed. Reads do not take anything away from other readers.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;

use nix::errno::Errno;
use nix::fcntl::OFlag;

/// A reader that starts at the end of the log.
#[derive(Debug)]
pub struct Kmsg {
    file: File,
    /// Sequence number that the next record should have.
    next: Option<u64>,
    /// Records that the ring buffer dropped before they were read.
    pub lost: u64,
    lines: Vec<String>,
}

impl Kmsg {
    /// Opens the log behind its last record.
    ///
    /// # Errors
    ///
    /// Without CAP_SYSLOG, or where there is no `/dev/kmsg`.
    pub fn open() -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .custom_flags(OFlag::O_NONBLOCK.bits())
            .open("/dev/kmsg")?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self {
            file,
            next: None,
            lost: 0,
            lines: Vec::new(),
        })
    }

    /// Reads what has come; true if anything has.
    ///
    /// # Errors
    ///
    /// If the log cannot be read any more.
    pub fn drain(&mut self) -> io::Result<bool> {
        let mut any = false;
        let mut buffer = vec![0; 16384];
        loop {
            match self.file.read(&mut buffer) {
                Ok(length) => {
                    any = true;
                    let record = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default());
                    self.record(&record);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(any),
                // Overwritten before it was read; the gap shows in the numbers.
                Err(error) if error.raw_os_error() == Some(Errno::EPIPE as i32) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The lines that have been read since the last call, without the blanks
    /// that the kernel leaves at the end of some.
    pub fn take(&mut self) -> Vec<String> {
        let mut lines = std::mem::take(&mut self.lines);
        for line in &mut lines {
            line.truncate(line.trim_end().len());
        }
        lines
    }

    /// `PRIORITY,SEQUENCE,MICROSECONDS,FLAG[,...];TEXT\n KEY=VALUE\n...`
    /// (kernel: Documentation/ABI/testing/dev-kmsg).
    fn record(&mut self, record: &str) {
        let Some((head, rest)) = record.split_once(';') else {
            return;
        };
        let mut fields = head.split(',');
        let priority = fields.next().and_then(|n| n.parse::<u32>().ok());
        let sequence = fields.next().and_then(|n| n.parse::<u64>().ok());
        let continued = fields.nth(1).is_some_and(|flag| flag.starts_with('+'));
        if let Some(sequence) = sequence {
            if let Some(expected) = self.next {
                self.lost += sequence.saturating_sub(expected);
            }
            self.next = Some(sequence + 1);
        }
        // Facility 0 is the kernel; others are programs that write to the log.
        if priority.is_none_or(|priority| priority >> 3 != 0) {
            return;
        }
        let text = unescape(rest.split('\n').next().unwrap_or_default());
        match self.lines.last_mut() {
            Some(last) if continued => last.push_str(&text),
            _ => self.lines.push(text),
        }
    }
}

impl AsFd for Kmsg {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

/// Undoes the `\xNN` that stands for a byte outside printable ASCII.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if let [b'\\', b'x', high, low, after @ ..] = rest
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high << 4 | low);
            rest = after;
            continue;
        }
        bytes.push(*first);
        rest = tail;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescape(r"a\x5cb\x09c"), "a\\b\tc");
        assert_eq!(unescape(r"\xe4\xb8\xad\x"), "中\\x");
    }
}
