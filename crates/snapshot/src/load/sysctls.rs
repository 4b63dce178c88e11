//! `sysctl -a`, or any of its lines.

use packetwalk_core::world::Netns;
use packetwalk_core::world::sysctl::SetError;

use super::Notes;
use super::json::beginning;

/// Order in which lines take effect: what sets many before what sets one.
fn rank(name: &str) -> u8 {
    match name {
        "net.ipv4.ip_forward" => 0,
        name if name.starts_with("net.ipv4.conf.all.") => 1,
        name if name.contains(".default.") => 2,
        _ => 3,
    }
}

/// Sets what is listed; what is not modelled is passed over.
pub(super) fn read(section: &str, netns: &mut Netns, notes: &mut Notes) {
    let mut lines = Vec::new();
    for (at, line) in section.lines().enumerate() {
        let line = line.trim();
        // "sysctl: permission denied on key ..." and the like are no settings.
        if line.is_empty() || line.starts_with('#') || line.starts_with("sysctl:") {
            continue;
        }
        match line.split_once('=') {
            Some((name, value)) => lines.push((at, name.trim().replace('/', "."), value.trim())),
            None => {
                let message = format!("{:?} is no setting", beginning(line));
                notes.error(at, message, "NAME = VALUE");
            }
        }
    }
    packetwalk_rules::sort::by_key(&mut lines, |(_, name, _)| rank(name));
    // `conf.all.forwarding` alone says as much as `ip_forward`; where both
    // stand, `ip_forward` has been set already and `all` repeats it.
    for (at, name, value) in lines {
        match netns.sysctl.set(&name, value) {
            Ok(()) | Err(SetError::NotModelled) => {}
            Err(SetError::BadValue) => {
                notes.error(at, format!("{name} cannot be {value:?}"), "");
            }
        }
    }
}
