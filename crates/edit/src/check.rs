//! What is wrong with a text while it is being typed.

use packetwalk_core::world::sysctl::{SetError, Sysctls};
use packetwalk_rules::{Diagnostic, Family, Severity, arpt, ebt, ipset, iptables};
use serde::Serialize;

use crate::Part;

/// One thing that is wrong with a text, or worth a word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Finding {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// How many characters it is about.
    pub length: u32,
    /// What is wrong.
    pub message: String,
    /// What to do about it; empty if there is nothing to say.
    pub hint: String,
    /// Would the real tool refuse it?
    pub error: bool,
}

impl From<Diagnostic> for Finding {
    fn from(diagnostic: Diagnostic) -> Self {
        Self {
            line: diagnostic.span.line.max(1),
            column: diagnostic.span.column.max(1),
            length: diagnostic.span.length,
            message: diagnostic.message,
            hint: diagnostic.hint,
            error: diagnostic.severity == Severity::Error,
        }
    }
}

/// Everything that is wrong with a text, in the order of the places.
#[must_use]
pub fn text(part: Part, text: &str) -> Vec<Finding> {
    let list = match part {
        Part::Iptables => iptables::parse(text, Family::V4).diagnostics,
        Part::Ebtables => ebt::parse(text).diagnostics,
        Part::Arptables => arpt::parse(text).diagnostics,
        Part::Ipset => ipset::parse(text).diagnostics,
        Part::Sysctl => return sysctls(text),
    };
    let mut findings: Vec<Finding> = list.into_iter().map(Finding::from).collect();
    packetwalk_rules::sort::by_key(&mut findings, |finding| (finding.line, finding.column));
    findings
}

fn sysctls(text: &str) -> Vec<Finding> {
    let mut scratch = Sysctls::default();
    let mut out = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let words = line.trim();
        if words.is_empty() || words.starts_with(['#', ';']) || words.starts_with("sysctl:") {
            continue;
        }
        let mut say = |before: &str, about: &str, message: String, hint: &str, error| {
            let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
            out.push(Finding {
                line: number,
                column: count(before) + 1,
                length: count(about),
                message,
                hint: hint.to_owned(),
                error,
            });
        };
        let lead = line.len() - line.trim_start().len();
        let lead = line.get(..lead).unwrap_or_default();
        let Some((name, value)) = line.split_once('=') else {
            say(
                lead,
                words,
                format!("{words:?} is no setting"),
                "NAME = VALUE",
                true,
            );
            continue;
        };
        let named = name.trim().replace('/', ".");
        // What nobody looks at is kept; a whole `sysctl -a` is full of it.
        if scratch.set(&named, value.trim()) == Err(SetError::BadValue) {
            let gap = value.len() - value.trim_start().len();
            let before = line.get(..name.len() + 1 + gap).unwrap_or_default();
            let what = format!("{named} cannot be {:?}", value.trim());
            say(before, value.trim(), what, "", true);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(part: Part, wrong: &str, place: Option<(u32, u32, u32)>) {
        let found = text(part, wrong);
        let first = found.iter().find(|finding| finding.error);
        let first = first.map(|finding| (finding.line, finding.column, finding.length));
        assert_eq!(first, place, "{part:?} {wrong:?}: {found:?}");
    }

    #[test]
    fn mistakes_have_a_place() {
        check(Part::Iptables, "*filter\n:INPUT ACCEPT\nCOMMIT\n", None);
        check(
            Part::Iptables,
            "*filter\n-A INPUT -p tcp --dprot 80 -j DROP\nCOMMIT\n",
            Some((2, 17, 7)),
        );
        check(Part::Ebtables, "*filter\n-A INPUT -x\n", Some((2, 10, 2)));
        check(
            Part::Arptables,
            "*filter\n-A INPUT --opcode Asks -j DROP\n",
            Some((2, 19, 4)),
        );
        check(
            Part::Sysctl,
            "net.ipv4.ip_forward = 1\nfoo\n",
            Some((2, 1, 3)),
        );
        check(
            Part::Sysctl,
            "net.ipv4.ip_forward =  yes\n",
            Some((1, 24, 3)),
        );
        check(Part::Sysctl, "net.core.somaxconn = 4096\n", None);
    }
}
