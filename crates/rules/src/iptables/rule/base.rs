//! The options of iptables itself: commands, addresses, devices, the target.

use super::{CHAIN_MAX, CommandKind, Context, Loaded, Reader, check_chain_name};
use crate::addr::Family;
use crate::arpt;
use crate::diag::Problem;
use crate::names;
use crate::num;
use crate::rule::{Counters, IfaceMatch, Neg, Policy};
use crate::xt::{Jump, Opt, Seen, Target, iface_name};

/// Options of iptables itself: long name, letter, arguments.
const BASE: &[(&str, char, u8)] = &[
    ("append", 'A', 1),
    ("delete", 'D', 1),
    ("check", 'C', 1),
    ("insert", 'I', 1),
    ("replace", 'R', 1),
    ("list", 'L', 0),
    ("list-rules", 'S', 0),
    ("flush", 'F', 0),
    ("zero", 'Z', 0),
    ("new-chain", 'N', 1),
    ("delete-chain", 'X', 0),
    ("rename-chain", 'E', 1),
    ("policy", 'P', 1),
    ("source", 's', 1),
    ("destination", 'd', 1),
    ("src", 's', 1),
    ("dst", 'd', 1),
    ("protocol", 'p', 1),
    ("in-interface", 'i', 1),
    ("jump", 'j', 1),
    ("table", 't', 1),
    ("match", 'm', 1),
    ("numeric", 'n', 0),
    ("out-interface", 'o', 1),
    ("verbose", 'v', 0),
    ("wait", 'w', 0),
    ("exact", 'x', 0),
    ("fragments", 'f', 0),
    ("line-numbers", '0', 0),
    ("set-counters", 'c', 1),
    ("goto", 'g', 1),
    ("modprobe", 'M', 1),
    ("ipv4", '4', 0),
    ("ipv6", '6', 0),
];

impl Context<'_> {
    /// The tool's own options.
    pub(super) fn base(&self) -> &'static [(&'static str, char, u8)] {
        match self.family {
            Family::Arp => arpt::BASE,
            _ => BASE,
        }
    }
}

impl<'a> Reader<'a, '_> {
    /// The argument of an option of iptables itself: attached, or the next word.
    fn argument(&mut self, here: usize, attached: Option<&'a str>) -> Option<&'a str> {
        if attached.is_some() {
            return attached;
        }
        if self.at >= self.words.len() {
            let option = self.text(here);
            let problem = Problem::new(format!("`{option}` needs a value"));
            self.error(here, option, problem);
            return None;
        }
        self.at += 1;
        Some(self.text(self.at - 1))
    }

    /// A further argument that may be left out.
    fn optional(&mut self) -> Option<&'a str> {
        let text = self.words.get(self.at)?.text.as_ref();
        if text.starts_with('-') || text == "!" {
            return None;
        }
        self.at += 1;
        Some(text)
    }

    pub(super) fn base(&mut self, here: usize, letter: char, attached: Option<&'a str>) {
        let arp = self.cx.family == Family::Arp;
        let own = arp && arpt::OWN.contains(letter);
        let invertible = matches!(letter, 'p' | 's' | 'd' | 'i' | 'o' | 'f') || own;
        let option = self.text(here);
        if self.invert && !invertible && !matches!(letter, '4' | '6') {
            self.error(
                here,
                option,
                Problem::new(format!("`!` cannot stand in front of `{option}`")),
            );
        }
        let once = "psdijgofcnx0";
        let key = if letter == 'g' { 'j' } else { letter };
        if once.contains(letter) || own {
            if self.given.has(key) {
                self.error(
                    here,
                    option,
                    Problem::new(format!("`{option}` is given twice")).hint(match key {
                        'j' => "a rule has one target; write a second rule",
                        _ => "write a second rule",
                    }),
                );
            }
            self.given.add(key);
        }
        match letter {
            'A' | 'D' | 'C' | 'I' | 'R' | 'N' | 'E' | 'P' | 'L' | 'S' | 'F' | 'Z' | 'X' => {
                self.command_option(here, letter, attached);
            }
            'f' => {
                if self.cx.family == Family::V6 {
                    self.error(
                        here,
                        option,
                        Problem::new("ip6tables has no `-f`").hint("-m frag knows IPv6 fragments"),
                    );
                }
                self.ip.fragment = Some(self.invert);
            }
            '4' => self.skip |= self.cx.family == Family::V6,
            '6' => self.skip |= self.cx.family == Family::V4,
            'n' => self.set_flag(0),
            'v' => self.set_flag(1),
            'x' => self.set_flag(2),
            '0' => self.set_flag(3),
            'w' if self.cx.restoring => {
                let problem = Problem::new("`-w` cannot stand in the input of iptables-restore");
                self.error(here, option, problem);
            }
            'w' => {
                if attached.is_none() {
                    self.optional();
                }
            }
            _ => {
                let behind = self.text(self.at + 1);
                let old_mark = invertible
                    && attached.is_none()
                    && self.text(self.at) == "!"
                    && !behind.is_empty()
                    && !behind.starts_with(['-', '!']);
                if old_mark {
                    self.at += 1;
                    self.invert = true;
                }
                let value_at = if attached.is_some() { here } else { self.at };
                // 1.8.9 takes the word before the next for the value of these,
                // wherever the value stands (xshared.c, `do_parse`).
                if attached.is_some() && (matches!(letter, 'p' | 'j') || own) {
                    self.error(here, option, not_its_own(letter));
                    return;
                }
                let attached = match letter {
                    's' | 'd' | 'i' | 'o' => attached.map(|_| option),
                    _ => attached,
                };
                let Some(value) = self.argument(here, attached) else {
                    return;
                };
                if old_mark && !arp {
                    self.warn(
                        value_at.saturating_sub(1),
                        option,
                        Problem::new("the exclamation mark stands behind the option").hint(
                            format!("iptables 1.8.9 wants `! {option}`; older ones print this"),
                        ),
                    );
                }
                if let Err(problem) = self.base_value(value_at, letter, value) {
                    self.error(value_at, option, problem);
                }
            }
        }
    }

    fn set_flag(&mut self, n: usize) {
        if let Some(flag) = self.flags.get_mut(n) {
            *flag = true;
        }
    }

    fn base_value(&mut self, value_at: usize, letter: char, value: &str) -> Result<(), Problem> {
        match letter {
            'p' => {
                let proto = names::protocol(value)?;
                if proto == 0 && self.invert {
                    return Err("no packet has another protocol than all".into());
                }
                self.ip.proto = (proto != 0).then_some(Neg::new(proto, self.invert));
                self.proto_word = Some(value_at);
            }
            's' | 'd' => {
                let value = Some((value_at, self.invert));
                if letter == 's' {
                    self.src = value;
                } else {
                    self.dst = value;
                }
            }
            'i' | 'o' => {
                if value.is_empty() {
                    return Err("the device name is empty".into());
                }
                let iface = Some(Box::new(IfaceMatch {
                    name: iface_name(value)?.into(),
                    inverted: self.invert,
                }));
                if letter == 'i' {
                    self.ip.in_iface = iface;
                } else {
                    self.ip.out_iface = iface;
                }
            }
            letter if self.cx.family == Family::Arp && arpt::OWN.contains(letter) => {
                let invert = self.invert;
                let arp = self.ip.arp.get_or_insert_default();
                arp.set(letter, value, invert)?;
            }
            'j' | 'g' => self.jump_option(value_at, letter == 'g', value)?,
            't' => {
                if self.cx.restoring {
                    return Err(
                        Problem::new("`-t` cannot stand in the input of iptables-restore")
                            .hint("a line `*TABLE` begins each table"),
                    );
                }
                self.table = Some(value.to_owned());
            }
            'm' => self.load_match(value_at, value),
            'c' => {
                let (packets, bytes) = match value.split_once(',') {
                    Some(both) => both,
                    None => {
                        let bytes = self.optional().ok_or_else(|| {
                            Problem::new("two numbers are needed: packets and bytes")
                        })?;
                        (value, bytes)
                    }
                };
                self.counters = Counters {
                    packets: counter(packets)?,
                    bytes: counter(bytes)?,
                };
            }
            _ => {}
        }
        Ok(())
    }

    fn command_option(&mut self, here: usize, letter: char, attached: Option<&'a str>) {
        let option = self.text(here);
        let chain_at = if attached.is_some() { here } else { self.at };
        let needs = !matches!(letter, 'L' | 'S' | 'F' | 'Z' | 'X');
        let chain = if needs {
            self.argument(here, attached)
        } else {
            match attached {
                Some(value) => Some(value),
                None => self.optional().or(Some("")),
            }
        };
        let Some(chain) = chain else { return };
        let number = |word: Option<&str>, what: &str| match word {
            None => Ok(None),
            Some(word) => num::parse(word, u64::from(u32::MAX))
                .ok()
                .filter(|n| *n > 0)
                .and_then(|n| usize::try_from(n).ok())
                .map(Some)
                .ok_or_else(|| Problem::new(format!("`{word}` is not the number of a {what}"))),
        };
        let kind = match letter {
            'A' => Ok(CommandKind::Append),
            'C' => Ok(CommandKind::Check),
            'I' => number(self.optional(), "rule").map(|n| CommandKind::Insert(n.unwrap_or(1))),
            'D' => number(self.optional(), "rule")
                .map(|n| n.map_or(CommandKind::DeleteRule, CommandKind::DeleteNumber)),
            'R' => number(self.optional(), "rule").and_then(|n| {
                n.map(CommandKind::Replace)
                    .ok_or_else(|| "the number of the rule is missing".into())
            }),
            'N' => Ok(CommandKind::NewChain),
            'E' => self
                .optional()
                .map(|name| CommandKind::Rename(name.to_owned()))
                .ok_or_else(|| "the new name is missing".into()),
            'P' => match self.optional() {
                Some("ACCEPT") => Ok(CommandKind::SetPolicy(Some(Policy::Accept))),
                Some("DROP") => Ok(CommandKind::SetPolicy(Some(Policy::Drop))),
                Some(other) => Err(Problem::new(format!("`{other}` is no policy"))
                    .hint("a policy is ACCEPT or DROP; end the chain with a rule for more")),
                None => Err("the policy is missing".into()),
            },
            'L' => number(self.optional(), "rule").map(CommandKind::List),
            'S' => number(self.optional(), "rule").map(CommandKind::ListRules),
            'F' => Ok(CommandKind::Flush),
            'Z' => number(self.optional(), "rule").map(CommandKind::Zero),
            _ => Ok(CommandKind::DeleteChain),
        };
        match kind {
            Ok(kind) => {
                let listing =
                    |k: &CommandKind| matches!(k, CommandKind::List(_) | CommandKind::ListRules(_));
                match &self.command {
                    Some(old) if !(listing(old) || listing(&kind)) => {
                        self.error(here, option, "a line has one command only".into());
                    }
                    Some(old) if listing(old) => {}
                    _ => self.command = Some(kind),
                }
                self.chain = chain_at;
                if letter == 'N'
                    && let Err(problem) = check_chain_name(chain, self.cx.family)
                {
                    self.error(chain_at, option, problem);
                }
            }
            Err(problem) => self.error(self.at.saturating_sub(1), option, problem),
        }
    }

    fn jump_option(&mut self, at: usize, goto: bool, name: &str) -> Result<(), Problem> {
        if name.is_empty() {
            return Err("the target's name is empty".into());
        }
        if name.len() > CHAIN_MAX {
            return Err(
                Problem::new(format!("the target's name `{name}` is too long"))
                    .hint("names have at most 28 bytes"),
            );
        }
        if name.contains(char::is_whitespace) {
            return Err(Problem::new(format!(
                "the target's name `{name}` holds a blank"
            )));
        }
        self.jump = Some((at, goto));
        let standard = match name {
            "ACCEPT" => Some(Target::Accept),
            "DROP" => Some(Target::Drop),
            "RETURN" => Some(Target::Return),
            "QUEUE" if self.cx.family != Family::Arp => Some(Target::Queue),
            _ => None,
        };
        // Whether there is something to go to is asked when the line is complete.
        if !goto {
            if let Some(ext) = standard {
                self.load_target(at, ext, &[]);
                return Ok(());
            }
            if !self.cx.has_chain(name) {
                return self.load_target_ext(at, name);
            }
        }
        let ext = Target::Jump(Jump {
            chain: name.into(),
            goto,
        });
        self.load_target(at, ext, &[]);
        Ok(())
    }

    pub(super) fn load_target(&mut self, word: usize, ext: Target, options: &'static [Opt]) {
        self.target = Some(Loaded {
            ext,
            options,
            seen: Seen::default(),
            word,
        });
    }
}

/// An option whose value stands in one word with it.
pub(super) fn not_its_own(letter: char) -> Problem {
    Problem::new(format!("the value of `-{letter}` is not a word of its own"))
        .hint("put a blank in front of it; iptables 1.8.9 insists on it")
}

/// A counter: the number that a word begins with, whatever stands behind it.
fn counter(word: &str) -> Result<u64, Problem> {
    let found = num::scan(word).map(|(number, _)| number);
    found.ok_or_else(|| Problem::new(format!("`{word}` is not a number")))
}
