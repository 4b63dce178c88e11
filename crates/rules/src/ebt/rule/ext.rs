//! Matches, watchers and targets of a rule, and their options.

use super::super::{EbMatch, EbMatchKind, EbProto, EbTarget, EbTargetKind, EbVerdict};
use super::Reader;
use super::command::takes_rule;
use crate::addr::Family;
use crate::diag::Problem;
use crate::text::Word;
use crate::xt::{Arg, Env, Opt, Seen};

/// Who refuses a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// The tool, as it reads it.
    Tool,
    /// The kernel, at the COMMIT.
    Kernel,
}

/// An extension of the rule, being filled.
pub(super) struct Loaded<E> {
    pub(super) ext: E,
    pub(super) options: &'static [Opt],
    seen: Seen,
    inverted: Seen,
    pub(super) word: usize,
}

impl Reader<'_, '_> {
    pub(super) fn target(&mut self, at: usize, name: &str) {
        let (ext, options): (EbTarget, &'static [Opt]) = match EbVerdict::parse(name) {
            Some(verdict) => (EbTarget::Verdict(verdict), &[]),
            None => match EbTargetKind::find(name, Family::V4) {
                Some(kind) => (kind.make(Family::V4), kind.options(Family::V4)),
                None => (EbTarget::Jump(name.into()), &[]),
            },
        };
        self.target = Some(Loaded {
            ext,
            options,
            seen: Seen::default(),
            inverted: Seen::default(),
            word: at,
        });
    }

    pub(super) fn extension(
        &mut self,
        here: usize,
        kind: Option<EbMatchKind>,
        opt: Opt,
        before: bool,
    ) {
        let option = format!("--{}", opt.name);
        if !self.command.as_ref().is_some_and(takes_rule) {
            let problem = Problem::new(format!("`{option}` stands before or without a command"))
                .hint("-A, -I, -D or --check and a chain come first");
            self.error(here, &option, problem);
        }
        let (mut inverted, mut words) = (before, Vec::new());
        if opt.args > 0 {
            let (mark, value) = self.value(before);
            inverted = mark;
            let Some(text) = value else {
                let problem = Problem::new(format!("`{option}` needs a value"));
                return self.error(here, &option, problem);
            };
            words.push(Word {
                text: text.into(),
                column: 0,
                length: 0,
            });
        }
        if let Some(kind) = kind.filter(|kind| inverted && self.nflog_hears(*kind)) {
            let problem = Problem::new(format!(
                "`!` with an option of `{}` comes to nflog first, which refuses it",
                kind.name()
            ));
            self.error(here, &option, problem.hint("put --nflog options last"));
        }
        if inverted && !opt.invert {
            let problem = Problem::new(format!("`!` cannot stand with `{option}`"));
            self.error(here, &option, problem);
        }
        let value_at = self.at.saturating_sub(1);
        let mut arg = Arg {
            id: opt.id,
            name: opt.name,
            family: Family::V4,
            inverted,
            words: &words,
            proto: None,
            seen: Seen::default(),
        };
        let (seen, options, result) = match kind {
            None => match &mut self.target {
                Some(target) => target.take(&mut arg, EbTarget::set),
                None => return,
            },
            Some(kind) => match self.loaded(kind, here) {
                Some(m) => m.take(&mut arg, EbMatch::set),
                None => return,
            },
        };
        if seen.has(opt.id) && !opt.multi {
            let problem = Problem::new(format!("`{option}` is given twice"));
            self.error(here, &option, problem);
        }
        let clash = options
            .iter()
            .find(|o| o.id != opt.id && seen.has(o.id) && opt.excl & (1 << o.id) != 0);
        if let Some(clash) = clash {
            let problem = format!("`{option}` cannot stand beside `--{}`", clash.name);
            self.error(here, &option, problem);
        }
        if let Err(problem) = result {
            let problem = Problem {
                message: format!("{option}: {}", problem.message),
                hint: problem.hint,
            };
            self.error(value_at, &option, problem);
        }
    }

    /// The rule's match of that kind, made if it is not there yet.
    fn loaded(&mut self, kind: EbMatchKind, word: usize) -> Option<&mut Loaded<EbMatch>> {
        let found = self.matches.iter().position(|m| m.ext.kind() == Some(kind));
        let at = found.unwrap_or_else(|| {
            self.matches.push(Loaded {
                ext: kind.make(Family::V4),
                options: kind.options(Family::V4),
                seen: Seen::default(),
                inverted: Seen::default(),
                word,
            });
            self.matches.len() - 1
        });
        self.matches.get_mut(at)
    }

    /// Whether the tool shows an option of that match to nflog before the match
    /// itself: it asks the rule's matches in their order, then the others, then
    /// the watchers.
    fn nflog_hears(&self, kind: EbMatchKind) -> bool {
        let place = |kind| self.matches.iter().position(|m| m.ext.kind() == Some(kind));
        match (place(EbMatchKind::Nflog), place(kind)) {
            (Some(nflog), Some(own)) => nflog < own,
            (Some(_), None) => true,
            (None, own) => own.is_none() && kind == EbMatchKind::Log,
        }
    }

    /// What extensions need beside them: at which word, and who says so.
    pub(super) fn needs(&mut self) -> Vec<(usize, Who, Problem)> {
        let mut problems = Vec::new();
        let mut env = Env {
            family: Family::V4,
            table: "",
            proto: None,
            seen: Seen::default(),
            syn_only: false,
        };
        let proto = self.rule.proto.filter(|p| !p.inverted).map(|p| p.value);
        let any = self.rule.proto.map(|p| p.value);
        for m in &mut self.matches {
            env.seen = m.seen;
            if let Err(problem) = m.ext.check(&env) {
                problems.push((m.word, Who::Kernel, problem));
            }
            let (fits, name) = match &m.ext {
                EbMatch::Ip(_) => (proto == Some(EbProto::Type(0x0800)), "IPv4"),
                EbMatch::Ip6(_) => (proto == Some(EbProto::Type(0x86dd)), "IPv6"),
                EbMatch::Arp(_) => (matches!(proto, Some(EbProto::Type(0x0806 | 0x8035))), "ARP"),
                EbMatch::Vlan(_) => (proto == Some(EbProto::Type(0x8100)), "802_1Q"),
                EbMatch::Ieee8023(_) => (any == Some(EbProto::Length), "LENGTH"),
                _ => (true, ""),
            };
            if !fits {
                let needs = format!("the options of `{}` need `-p {name}`", m.ext.name());
                let hint = format!("add -p {name} to the rule");
                let who = match m.ext {
                    EbMatch::Ieee8023(_) => Who::Tool,
                    _ => Who::Kernel,
                };
                problems.push((m.word, who, Problem::new(needs).hint(hint)));
            }
        }
        if let Some(t) = &mut self.target {
            env.seen = t.seen;
            if let Err(problem) = t.ext.check(&env) {
                problems.push((t.word, Who::Tool, problem));
            }
            if matches!(t.ext, EbTarget::ArpReply(_)) && proto != Some(EbProto::Type(0x0806)) {
                let problem = Problem::new("`arpreply` needs `-p ARP`");
                problems.push((t.word, Who::Kernel, problem.hint("add -p ARP to the rule")));
            }
        }
        problems
    }
}

impl<E> Loaded<E> {
    /// Gives the extension an option. Returns what it had before, and whether
    /// it takes it.
    fn take(
        &mut self,
        arg: &mut Arg<'_>,
        set: impl FnOnce(&mut E, &Arg<'_>) -> Result<(), Problem>,
    ) -> (Seen, &'static [Opt], Result<(), Problem>) {
        let before = self.seen;
        arg.seen = before;
        // An exclamation mark stays when the option is given again.
        arg.inverted |= self.inverted.has(arg.id);
        self.seen.add(arg.id);
        if arg.inverted {
            self.inverted.add(arg.id);
        }
        (before, self.options, set(&mut self.ext, arg))
    }
}
