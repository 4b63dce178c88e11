//! Extensions: finding one by its name, and giving it its options.

use super::{Loaded, Reader};
use crate::addr::Family;
use crate::diag::{Problem, nearest};
use crate::names;
use crate::num;
use crate::text::Word;
use crate::xt::{
    Arg, Env, Kept, KeptExt, Match, MatchKind, Opt, Seen, Target, TargetKind, kept_match,
    kept_target, match_names, target_names,
};

/// What is said of every extension that is kept.
const KEPT_HINT: &str = "it is kept as it is; a packet's walk ends where it is needed";

impl<'a> Reader<'a, '_> {
    /// Is the extension named last one that keeps whatever it gets?
    pub(super) fn last_is_kept(&self) -> bool {
        let target = self
            .target
            .as_ref()
            .map(|t| (t.word, matches!(t.ext, Target::Kept(_))));
        let found = self
            .matches
            .last()
            .map(|m| (m.word, matches!(m.ext, Match::Kept(_))));
        target.max(found).is_some_and(|(_, kept)| kept)
    }

    /// Gives a word to the extension before it, if that is one that keeps
    /// whatever it gets.
    pub(super) fn keep(&mut self, at: usize) -> bool {
        let text = self.text(at);
        let invert = self.invert;
        let kept = match (&mut self.target, self.matches.last_mut()) {
            (
                Some(Loaded {
                    ext: Target::Kept(kept),
                    ..
                }),
                _,
            ) => kept,
            (
                _,
                Some(Loaded {
                    ext: Match::Kept(kept),
                    ..
                }),
            ) => kept,
            _ => return false,
        };
        if invert {
            kept.args.push("!".to_owned());
        }
        kept.args.push(text.to_owned());
        true
    }

    /// `-p tcp` alone lets `--dport` mean `-m tcp --dport`.
    pub(super) fn load_proto_match(&mut self) -> bool {
        let Some(word) = self.proto_word else {
            return false;
        };
        if self.ip.proto.is_none() {
            return false;
        }
        // The word itself is the match's name; a number's first name is.
        let text = self.text(word);
        let number = num::whole(text).and_then(|n| u8::try_from(n).ok());
        let name = match number.map(names::protocol_name) {
            Some(Some(name)) => name.to_owned(),
            Some(None) => return false,
            None => text.to_ascii_lowercase(),
        };
        let Some(kind) = MatchKind::find(&name, self.cx.family) else {
            return false;
        };
        let name = kind.name();
        if self.proto_used || self.matches.iter().any(|m| m.ext.name() == name) {
            return false;
        }
        self.proto_used = true;
        self.load_match(word, name);
        true
    }

    pub(super) fn load_target_ext(&mut self, at: usize, name: &str) -> Result<(), Problem> {
        let family = self.cx.family;
        if let Some(kind) = TargetKind::find(name, family) {
            self.load_target(at, kind.make(family), kind.options(family));
            return Ok(());
        }
        let found = kept_target(name, family);
        let kept = KeptExt {
            name: name.into(),
            args: Vec::new(),
            known: found == Some(Kept::Own),
        };
        self.load_target(at, Target::Kept(Box::new(kept)), &[]);
        let problem = match found {
            Some(Kept::Own) => Problem::new(format!("the target `{name}` is not modelled")),
            Some(Kept::Foreign) => {
                Problem::new(format!("the target `{name}` is not one of iptables 1.8.9"))
            }
            None => {
                let problem = Problem::new(format!("there is no target and no chain `{name}`"));
                let names = target_names(family).chain(["ACCEPT", "DROP", "RETURN"]);
                let user = self.cx.chains.iter().filter(|c| c.policy.is_none());
                let near = nearest(name, user.map(|c| &*c.name));
                return Err(match near.or(nearest(&name.to_ascii_uppercase(), names)) {
                    Some(near) => problem.hint(format!("did you mean `{near}`?")),
                    None => problem.hint("a chain must be declared before a rule jumps to it"),
                });
            }
        };
        self.warn(at, "-j", problem.hint(KEPT_HINT));
        Ok(())
    }

    pub(super) fn load_match(&mut self, at: usize, name: &str) {
        let family = self.cx.family;
        let (ext, options) = match MatchKind::find(name, family) {
            Some(kind) => (kind.make(family), kind.options(family)),
            None => (self.kept_match(at, name), &[] as &[Opt]),
        };
        self.matches.push(Loaded {
            ext,
            options,
            seen: Seen::default(),
            word: at,
        });
    }

    /// A match without a type of its own.
    fn kept_match(&mut self, at: usize, name: &str) -> Match {
        let family = self.cx.family;
        let found = kept_match(name, family);
        match found {
            Some(found) => {
                let problem = Problem::new(match found {
                    Kept::Own => format!("the match `{name}` is not modelled"),
                    Kept::Foreign => format!("the match `{name}` is not one of iptables 1.8.9"),
                });
                self.warn(at, "-m", problem.hint(KEPT_HINT));
            }
            None => {
                let problem = Problem::new(format!("there is no match `{name}`"));
                let problem = match nearest(name, match_names(family)) {
                    Some(near) => problem.hint(format!("did you mean `{near}`?")),
                    None => problem,
                };
                self.error(at, "-m", problem);
            }
        }
        Match::Kept(Box::new(KeptExt {
            name: name.into(),
            args: Vec::new(),
            known: found == Some(Kept::Own),
        }))
    }

    /// One option of the target (`owner` is `None`) or of a match.
    pub(super) fn ext_option(
        &mut self,
        here: usize,
        owner: Option<usize>,
        nth: usize,
        value: Option<&'a str>,
    ) {
        let (options, seen) = match owner {
            None => match &self.target {
                Some(t) => (t.options, t.seen),
                None => return,
            },
            Some(m) => match self.matches.get(m) {
                Some(m) => (m.options, m.seen),
                None => return,
            },
        };
        let Some(opt) = options.get(nth).copied() else {
            return;
        };
        self.check_option(here, &opt, options, seen);
        if value.is_some() && opt.args == 0 {
            self.option_error(here, &opt, "takes no value");
            return;
        }
        let first = self.at;
        let wanted = usize::from(opt.args) - usize::from(value.is_some());
        let mut taken = 0;
        while taken < wanted && self.at < self.words.len() {
            let text = self.text(self.at);
            // The first argument is taken as it is, further ones only if they
            // do not look like options.
            let further = taken > 0 || value.is_some();
            if further && (text.starts_with('-') || text.starts_with('!')) {
                break;
            }
            self.at += 1;
            taken += 1;
        }
        if taken < wanted {
            match opt.args {
                0 | 1 => self.option_error(here, &opt, "needs a value"),
                n => self.option_error(here, &opt, &format!("needs {n} values")),
            }
            return;
        }
        let slice = self.words.get(first..first + taken).unwrap_or_default();
        let joined: Vec<Word<'_>>;
        let words = match value {
            None => slice,
            Some(value) => {
                // It stands in one word with its option.
                let place = self.words.get(here).map(|w| (w.column, w.length));
                let (column, length) = place.unwrap_or((1, 0));
                let value = Word {
                    text: value.into(),
                    column,
                    length,
                };
                joined = std::iter::once(value)
                    .chain(slice.iter().cloned())
                    .collect();
                &joined
            }
        };
        let arg = Arg {
            id: opt.id,
            name: opt.name,
            family: self.cx.family,
            inverted: self.invert,
            words,
            proto: self.ip.proto,
            seen,
        };
        let result = match owner {
            None => self.target.as_mut().map(|t| {
                t.seen.add(opt.id);
                t.ext.set(&arg)
            }),
            Some(m) => self.matches.get_mut(m).map(|m| {
                m.seen.add(opt.id);
                m.ext.set(&arg)
            }),
        };
        if let Some(Err(problem)) = result {
            let at = if taken > 0 { first } else { here };
            let option = format!("--{}", opt.name);
            let problem = Problem {
                message: format!("{option}: {}", problem.message),
                hint: problem.hint,
            };
            self.error(at, &option, problem);
        }
    }

    /// What is wrong with an option, whatever its value.
    fn check_option(&mut self, here: usize, opt: &Opt, options: &[Opt], seen: Seen) {
        if self.invert && !opt.invert {
            let problem = format!("`!` cannot stand in front of `--{}`", opt.name);
            self.error(here, &format!("--{}", opt.name), problem.into());
        }
        if seen.has(opt.id) && !opt.multi {
            self.option_error(here, opt, "is given twice");
        }
        if seen == Seen::default() {
            return;
        }
        let clash = options.iter().find(|o| {
            let either = opt.excl & (1 << o.id) | o.excl & (1 << opt.id);
            o.id != opt.id && seen.has(o.id) && either != 0
        });
        if let Some(clash) = clash {
            self.option_error(
                here,
                opt,
                &format!("cannot stand beside `--{}`", clash.name),
            );
        }
    }

    fn option_error(&mut self, here: usize, opt: &Opt, what: &str) {
        let problem = Problem::new(format!("`--{}` {what}", opt.name));
        self.error(here, &format!("--{}", opt.name), problem);
    }

    pub(super) fn check_extensions(&mut self) {
        let base = Env {
            family: self.cx.family,
            table: self.cx.table,
            proto: self.ip.proto,
            seen: Seen::default(),
            syn_only: self.matches.iter().any(|m| match &m.ext {
                Match::Tcp(tcp) => tcp.is_syn_only(),
                _ => false,
            }),
        };
        let mut problems = Vec::new();
        for m in &mut self.matches {
            let env = Env {
                seen: m.seen,
                ..base
            };
            together(m.options, m.seen, m.word, &mut problems);
            if let Err(problem) = m.ext.check(&env) {
                problems.push((m.word, problem));
            }
        }
        if let Some(t) = &mut self.target {
            let env = Env {
                seen: t.seen,
                ..base
            };
            together(t.options, t.seen, t.word, &mut problems);
            if let Err(problem) = t.ext.check(&env) {
                problems.push((t.word, problem));
            }
        }
        for (at, problem) in problems {
            self.error(at, "", problem);
        }
    }
}

/// Options that must be there and are not, and options that are there and must
/// not be (xtoptions.c, `xtables_options_fcheck`).
fn together(options: &[Opt], seen: Seen, word: usize, problems: &mut Vec<(usize, Problem)>) {
    for option in options {
        let name = option.name;
        if !seen.has(option.id) {
            if option.mandatory {
                problems.push((word, Problem::new(format!("`--{name}` is missing"))));
            }
            continue;
        }
        // Each other option once, under its first name.
        let mut met = Seen::default();
        met.add(option.id);
        for other in options {
            if met.has(other.id) {
                continue;
            }
            met.add(other.id);
            if option.also & (1 << other.id) != 0 && !seen.has(other.id) {
                let problem = format!("`--{name}` also needs `--{}`", other.name);
                problems.push((word, Problem::new(problem)));
            }
        }
    }
}

/// Which extension has an option of that name.
pub(super) fn owner_of(option: &str, family: Family) -> Option<String> {
    let m = match_names(family).find(|name| {
        MatchKind::find(name, family)
            .is_some_and(|k| k.options(family).iter().any(|o| o.name == option))
    });
    if let Some(name) = m {
        return Some(format!("-m {name}"));
    }
    target_names(family)
        .find(|name| {
            TargetKind::find(name, family)
                .is_some_and(|k| k.options(family).iter().any(|o| o.name == option))
        })
        .map(|name| format!("-j {name}"))
}
