//! Settings: lines `NAME = VALUE`, and those that follow from another.

use packetwalk_core::world::sysctl::{SetError, Sysctls};
use packetwalk_snapshot::Kind;
use packetwalk_snapshot::frame::Namespace;

use crate::{Part, Refused, section};

/// A line of `sysctl -a`: name, with dots, and value.
pub(crate) fn parse(line: &str) -> Option<(String, &str)> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') || line.starts_with("sysctl:") {
        return None;
    }
    let (name, value) = line.split_once('=')?;
    Some((name.trim().replace('/', "."), value.trim()))
}

/// What `sysctl -w NAME=VALUE` does.
pub(crate) fn set(netns: &mut Namespace<'static>, name: &str, value: &str) -> Result<(), Refused> {
    match Sysctls::default().set(name, value) {
        Ok(()) => {}
        Err(SetError::NotModelled) => {
            let what = format!("{name} is not modelled: no packet would notice");
            return Err(Refused::because(what));
        }
        Err(SetError::BadValue) => {
            return Err(Refused::because(format!("{name} cannot be {value:?}")));
        }
    }
    let mut text = section::read(netns, Kind::Sysctl);
    write(&mut text, name, value, netns);
    section::write(netns, Kind::Sysctl, Part::Sysctl.command(), text);
    Ok(())
}

/// The text as a whole: each line that differs from before is written, as
/// `sysctl -p` would.
pub(crate) fn rewrite(netns: &mut Namespace<'static>, new: &str) {
    let old = section::read(netns, Kind::Sysctl);
    let value_in = |name: &str| {
        let mut lines = old.lines().filter_map(parse);
        lines
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    };
    let mut text = new.to_owned();
    // What sets many comes first, so that a line for one device counts.
    let changed: Vec<_> = new.lines().filter_map(parse).collect();
    let changed = changed
        .into_iter()
        .filter(|(name, value)| value_in(name) != Some(*value));
    let changed: Vec<_> = changed.collect();
    for (name, value) in &changed {
        if sets_all(name) {
            write(&mut text, name, value, netns);
        }
    }
    for (name, value) in &changed {
        if !sets_all(name) {
            write(&mut text, name, value, netns);
        }
    }
    section::write(netns, Kind::Sysctl, Part::Sysctl.command(), text);
}

/// Does a write to it set every device's `forwarding`?
fn sets_all(name: &str) -> bool {
    matches!(name, "net.ipv4.ip_forward" | "net.ipv4.conf.all.forwarding")
}

/// Writes a setting and what the kernel sets along with it
/// (`inet_forward_change` of net/ipv4/devinet.c).
fn write(text: &mut String, name: &str, value: &str, netns: &Namespace<'_>) {
    line(text, name, value);
    if !sets_all(name) {
        return;
    }
    let off = value.parse::<i64>() == Ok(0);
    line(text, "net.ipv4.ip_forward", value);
    line(text, "net.ipv4.conf.all.forwarding", value);
    line(text, "net.ipv4.conf.default.forwarding", value);
    let accept = if off { "1" } else { "0" };
    line(text, "net.ipv4.conf.all.accept_redirects", accept);
    let mut devices: Vec<String> = section::objects(netns, Kind::Link)
        .iter()
        .filter_map(|link| section::text(link, "ifname"))
        .map(|dev| dev.replace('.', "/"))
        .collect();
    for (name, _) in text.lines().filter_map(parse) {
        let dev = name
            .strip_prefix("net.ipv4.conf.")
            .and_then(|rest| rest.strip_suffix(".forwarding"));
        if let Some(dev) = dev.filter(|dev| !matches!(*dev, "all" | "default")) {
            devices.push(dev.replace('.', "/"));
        }
    }
    for dev in devices {
        line(text, &format!("net.ipv4.conf.{dev}.forwarding"), value);
    }
}

/// Puts a value into the line of that name, or adds one.
fn line(text: &mut String, name: &str, value: &str) {
    let wanted = name.replace('/', ".");
    let mut out = String::with_capacity(text.len() + 32);
    let mut found = false;
    for line in text.split_inclusive('\n') {
        match parse(line) {
            Some((other, _)) if other == wanted => {
                let end = line.len() - line.trim_end_matches(['\n', '\r']).len();
                let end = line.get(line.len() - end..).unwrap_or_default();
                let left = line.split('=').next().unwrap_or_default().trim_end();
                out.push_str(&format!("{left} = {value}{end}"));
                found = true;
            }
            _ => out.push_str(line),
        }
    }
    if !found {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(&format!("{name} = {value}\n"));
    }
    *text = out;
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetwalk_snapshot::frame::Frame;

    fn check(before: &str, name: &str, value: &str, after: &str) {
        let text =
            format!("@@packetwalk snapshot 1\n@@netns host\n@@run sysctl -a\n{before}@@end\n");
        let (frame, errors) = Frame::parse(&text);
        assert_eq!(errors, []);
        let mut frame = frame.into_owned();
        let netns = frame.namespaces.first_mut().expect("host");
        set(netns, name, value).expect(name);
        assert_eq!(section::read(netns, Kind::Sysctl), after, "{name}");
    }

    #[test]
    fn a_line_is_changed_in_its_place_or_added() {
        let name = "net.ipv4.conf.eth0.rp_filter";
        check(
            "net.ipv4.conf.eth0.rp_filter = 0\nnet.ipv4.icmp_ratelimit = 5\n",
            name,
            "2",
            "net.ipv4.conf.eth0.rp_filter = 2\nnet.ipv4.icmp_ratelimit = 5\n",
        );
        check("", name, "1", "net.ipv4.conf.eth0.rp_filter = 1\n");
    }

    #[test]
    fn ip_forward_sets_every_device() {
        check(
            "net.ipv4.conf.docker0.forwarding = 1\nnet.ipv4.ip_forward = 1\n",
            "net.ipv4.ip_forward",
            "0",
            "net.ipv4.conf.docker0.forwarding = 0\nnet.ipv4.ip_forward = 0\n\
             net.ipv4.conf.all.forwarding = 0\nnet.ipv4.conf.default.forwarding = 0\n\
             net.ipv4.conf.all.accept_redirects = 1\n",
        );
    }

    #[test]
    fn what_is_not_modelled_is_refused() {
        let text = "@@packetwalk snapshot 1\n@@netns host\n@@end\n";
        let mut frame = Frame::parse(text).0.into_owned();
        let netns = frame.namespaces.first_mut().expect("host");
        assert!(set(netns, "net.core.somaxconn", "1").is_err());
        assert!(set(netns, "net.ipv4.ip_forward", "yes").is_err());
        assert!(netns.runs.is_empty());
    }
}
