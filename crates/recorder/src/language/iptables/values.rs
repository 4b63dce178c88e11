//! What the options of each extension may be given, as [patterns](super::pattern):
//! such as are right, and such as are not.
//!
//! The options themselves are those of the registry; one without a line here is
//! an error, so that an extension cannot be added and left untested.

mod matches;
mod targets;

/// Extension, options, patterns of right values, patterns of wrong ones. An
/// option without right ones hangs on the machine and is left out.
type Line = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// The patterns of an option's values.
#[derive(Clone, Copy)]
pub struct Values {
    /// Those of values that are taken.
    pub right: &'static [&'static str],
    /// Those of values that hardly are.
    pub wrong: &'static [&'static str],
}

/// The patterns for one option's value; `None` if there is no line for it.
pub fn values(extension: &str, option: &str) -> Option<Values> {
    let mut lists = matches::MATCHES.iter().chain(targets::TARGETS);
    let (_, _, right, wrong) =
        lists.find(|line| line.0 == extension && line.1.split('|').any(|name| name == option))?;
    Some(Values { right, wrong })
}

const PORTS: &[&str] = &[
    "<port>",
    "<=0..30000>:<=30000..65535>",
    ":<port>",
    "<port>:",
    ":",
];
const SERVICE: &[&str] = &[
    "<port>",
    "<port>",
    "<0..30000>:<30000..65535>",
    ":<port>",
    "<port>:",
    ":",
    "0x<=10..99>",
    "domain",
    "sip:<40000..65535>",
];
const UDP_PORTS: &[&str] = &[
    "<port>",
    ":<port>",
    "<port>:",
    ":",
    "domain",
    "sip:<=40000..65535>",
];
const WRONG_PORTS: &[&str] = &[
    "<50..99>:<0..49>",
    "65536",
    "nosuch",
    "-1",
    "22,80",
    "1:2:3",
    "<service>",
    "<0..65535>",
];
const MARK: &[&str] = &[
    "<0..4294967295>",
    "<0..4294967295>/<0..4294967295>",
    "0x1/0x1",
    "0/0",
    "0xffffffff/0xffffffff",
];
const PLAIN_MARK: &[&str] = &["<0..4294967295>", "0x4000", "0"];
const WRONG_MARK: &[&str] = &["4294967296", "1/", "/1", "x", "1/x", ""];
const CLASS: &[&str] = &["<CS0|CS1|CS7|BE|AF11|AF43|EF|ef|cs3|af21>"];
const SPI: &[&str] = &[
    "<0..4294967295>",
    "<0..1000>:<1000..4294967295>",
    ":<0..100>",
    "<0..100>:",
];
const SPI6: &[&str] = &["<0..4294967295>", "<0..1000>:<1000..4294967295>"];
const RATE: &[&str] = &[
    "<=1..10000>/<sec|second|s|min|minute|m>",
    "<=20..10000>/<hour|h>",
    "<=1..10000>",
    "100/day",
    "3/mi",
];
const SET: &[&str] = &["s4 <src|dst>", "s4p <src,dst|dst,dst|src,src|dst>"];
const U8: &[&str] = &["<0..255>"];
const NUMBER: &[&str] = &["<0..4294967295>"];

#[cfg(test)]
mod tests {
    use super::*;
    use packetwalk_rules::Family;
    use packetwalk_rules::xt::{MatchKind, TargetKind, match_names, target_names};

    #[test]
    fn every_option_of_the_registry_has_values() {
        let mut missing = Vec::new();
        for family in [Family::V4, Family::V6] {
            let matches = match_names(family)
                .filter_map(|name| Some((name, MatchKind::find(name, family)?.options(family))));
            let targets = target_names(family)
                .filter_map(|name| Some((name, TargetKind::find(name, family)?.options(family))));
            for (name, options) in matches.chain(targets) {
                for option in options.iter().filter(|o| o.args > 0) {
                    if values(name, option.name).is_none() {
                        missing.push(format!("{name} --{}", option.name));
                    }
                }
            }
        }
        assert_eq!(missing, [""; 0], "give each a line in this file");
    }
}
