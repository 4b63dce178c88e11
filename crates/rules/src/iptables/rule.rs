//! One line of rules: words in, a command and a rule out.

use crate::addr::{AddrMatch, Family, parse_network};
use crate::diag::{Diagnostic, Problem, Severity, Span, nearest};
use crate::names;
use crate::num;
use crate::rule::{Counters, IfaceMatch, IpMatch, Neg, Policy, Rule};
use crate::text::Word;
use crate::xt::{
    Arg, Env, Jump, KeptExt, Match, MatchKind, Opt, Seen, Target, TargetKind, iface_name,
    match_names, target_names,
};

/// What a line wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum CommandKind {
    /// `-A`
    Append,
    /// `-I`, at this place from 1
    Insert(usize),
    /// `-D` by what the rule says
    DeleteRule,
    /// `-D` by number, from 1
    DeleteNumber(usize),
    /// `-R`, the number from 1
    Replace(usize),
    /// `-C`
    Check,
    /// `-F`; the chain is empty for all of them
    Flush,
    /// `-Z`, perhaps for one rule only, from 1
    Zero(Option<usize>),
    /// `-N`
    NewChain,
    /// `-X`; the chain is empty for all of them
    DeleteChain,
    /// `-E`
    Rename(String),
    /// `-P`
    SetPolicy(Option<Policy>),
    /// `-L`; the rule's number from 1
    List(Option<usize>),
    /// `-S`; the rule's number from 1
    ListRules(Option<usize>),
}

/// A line that was read.
#[derive(Debug)]
pub struct Line {
    /// What is to be done.
    pub command: CommandKind,
    /// With which chain.
    pub chain: String,
    /// Where the chain's name stands.
    pub chain_span: Span,
    /// `-t`.
    pub table: Option<String>,
    /// The rules; several if it names several addresses.
    pub rules: Vec<Rule>,
    /// Where `-j` or `-g` stands, for what is found out later.
    pub jump_span: Span,
    /// `-n`, `-v`, `-x`, `--line-numbers` in this order.
    pub flags: [bool; 4],
    /// The line is for the other address family (`-4`, `-6`).
    pub skip: bool,
}

/// What the words are read for.
pub struct Context<'a> {
    /// iptables or ip6tables.
    pub family: Family,
    /// The table, for extensions that ask.
    pub table: &'a str,
    /// Line number, from 1.
    pub line: u32,
    /// Whether a chain of that name exists.
    pub has_chain: &'a dyn Fn(&str) -> bool,
    /// Whether this is iptables-restore, which does not take `-t`.
    pub restoring: bool,
}

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
    ("ipv4", '4', 0),
    ("ipv6", '6', 0),
];

/// Matches of modules outside of the kernel and of newer kernels: a host that
/// shows them has them.
/// Matches of iptables itself that have no type of their own here: kept word
/// by word.
const KEPT_MATCHES: &[&str] = &[
    "ah",
    "bpf",
    "cgroup",
    "cluster",
    "connbytes",
    "connlabel",
    "connlimit",
    "cpu",
    "dccp",
    "devgroup",
    "dscp",
    "dst",
    "ecn",
    "esp",
    "eui64",
    "frag",
    "hashlimit",
    "hbh",
    "helper",
    "hl",
    "ipcomp",
    "iprange",
    "ipv6header",
    "ipvs",
    "length",
    "mac",
    "mh",
    "multiport",
    "nfacct",
    "osf",
    "owner",
    "pkttype",
    "policy",
    "quota",
    "rateest",
    "realm",
    "recent",
    "rpfilter",
    "rt",
    "sctp",
    "socket",
    "srh",
    "statistic",
    "string",
    "tcpmss",
    "time",
    "tos",
    "ttl",
    "u32",
    "udplite",
    "unclean",
];

/// Targets of iptables itself that have no type of their own here.
const KEPT_TARGETS: &[&str] = &[
    "AUDIT",
    "CHECKSUM",
    "CLASSIFY",
    "CLUSTERIP",
    "CONNSECMARK",
    "CT",
    "DNPT",
    "DSCP",
    "ECN",
    "HL",
    "HMARK",
    "IDLETIMER",
    "LED",
    "MASQUERADE",
    "MIRROR",
    "NETMAP",
    "NFLOG",
    "NFQUEUE",
    "NOTRACK",
    "RATEEST",
    "SECMARK",
    "SNPT",
    "SYNPROXY",
    "TCPMSS",
    "TCPOPTSTRIP",
    "TEE",
    "TOS",
    "TPROXY",
    "TTL",
    "ULOG",
];

const FOREIGN_MATCHES: &[&str] = &[
    "account",
    "condition",
    "dhcpmac",
    "fuzzy",
    "geoip",
    "gradm",
    "iface",
    "ipp2p",
    "ipv4options",
    "layer7",
    "length2",
    "lscan",
    "ndpi",
    "pknock",
    "psd",
    "quota2",
    "tls",
    "udplite",
];

/// Targets of modules outside of the kernel.
const FOREIGN_TARGETS: &[&str] = &[
    "ACCOUNT",
    "CHAOS",
    "DELUDE",
    "DHCPMAC",
    "DNETMAP",
    "ECHO",
    "FLOWOFFLOAD",
    "FULLCONENAT",
    "IPMARK",
    "LOGMARK",
    "NDPI",
    "PROTO",
    "RTPENGINE",
    "SYSRQ",
    "TARPIT",
    "ULOG",
    "CLUSTERIP",
];

/// An extension that was named and takes options.
struct Loaded<E> {
    ext: E,
    options: &'static [Opt],
    seen: Seen,
    word: usize,
}

/// Which option a word is.
enum Found {
    Base(usize),
    Target(usize),
    Match(usize, usize),
    Unknown,
    Ambiguous(String),
}

struct Reader<'a, 'w> {
    cx: &'a Context<'a>,
    words: &'a [Word<'w>],
    at: usize,
    invert: bool,
    given: Vec<char>,
    command: Option<CommandKind>,
    chain: usize,
    table: Option<String>,
    src: Vec<AddrMatch>,
    dst: Vec<AddrMatch>,
    ip: IpMatch,
    counters: Counters,
    matches: Vec<Loaded<Match>>,
    target: Option<Loaded<Target>>,
    jump: Option<(usize, bool)>,
    proto_word: Option<usize>,
    proto_used: bool,
    flags: [bool; 4],
    skip: bool,
    out: &'a mut Vec<Diagnostic>,
}

/// Reads the words of one command. Everything that is wrong goes into `out`;
/// the line comes back only if nothing was.
pub fn parse_words(
    words: &[Word<'_>],
    counters: Counters,
    cx: &Context<'_>,
    out: &mut Vec<Diagnostic>,
) -> Option<Line> {
    let before = errors(out);
    let mut reader = Reader {
        cx,
        words,
        at: 0,
        invert: false,
        given: Vec::new(),
        command: None,
        chain: usize::MAX,
        table: None,
        src: Vec::new(),
        dst: Vec::new(),
        ip: IpMatch::default(),
        counters,
        matches: Vec::new(),
        target: None,
        jump: None,
        proto_word: None,
        proto_used: false,
        flags: [false; 4],
        skip: false,
        out,
    };
    reader.run();
    let line = reader.finish();
    (errors(out) == before).then_some(line).flatten()
}

fn errors(list: &[Diagnostic]) -> usize {
    list.iter()
        .filter(|d| d.severity == Severity::Error)
        .count()
}

impl<'w> Reader<'_, 'w> {
    fn text(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |w| w.text.as_ref())
    }

    fn span(&self, at: usize) -> Span {
        match self.words.get(at).or(self.words.last()) {
            Some(word) => word.span(self.cx.line),
            None => Span {
                line: self.cx.line,
                column: 1,
                length: 0,
            },
        }
    }

    fn error(&mut self, at: usize, option: &str, problem: Problem) {
        let span = self.span(at);
        self.out.push(Diagnostic {
            severity: Severity::Error,
            span,
            message: problem.message,
            hint: problem.hint,
            option: option.to_owned(),
        });
    }

    fn warn(&mut self, at: usize, option: &str, problem: Problem) {
        self.error(at, option, problem);
        if let Some(last) = self.out.last_mut() {
            last.severity = Severity::Warning;
        }
    }

    fn run(&mut self) {
        while self.at < self.words.len() {
            let here = self.at;
            let word = self.text(here).to_owned();
            if word == "!" {
                if self.invert {
                    self.error(here, "", "two exclamation marks in a row".into());
                }
                self.invert = true;
                self.at += 1;
                continue;
            }
            if let Some(long) = word.strip_prefix("--").filter(|l| !l.is_empty()) {
                self.at += 1;
                let (name, value) = match long.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (long, None),
                };
                self.long(here, name, value);
            } else if word.len() > 1 && word.starts_with('-') {
                self.at += 1;
                self.short(here, &word);
            } else {
                self.at += 1;
                if !self.keep(here) {
                    self.error(
                        here,
                        "",
                        Problem::new(format!("`{word}` is no option"))
                            .hint("options begin with a dash; a value stands behind its option"),
                    );
                }
            }
            self.invert = false;
        }
        if self.invert {
            let last = self.words.len().saturating_sub(1);
            self.error(
                last,
                "",
                "an exclamation mark with nothing behind it".into(),
            );
        }
    }

    /// Is the extension named last one that keeps whatever it gets?
    fn last_is_kept(&self) -> bool {
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
    fn keep(&mut self, at: usize) -> bool {
        let text = self.text(at).to_owned();
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
        kept.args.push(text);
        true
    }

    /// Which option a long name means: one of iptables' own, the target's, or
    /// that of the match named last; an exact name first, then a beginning
    /// that fits only one (getopt_long).
    fn find(&self, name: &str) -> Found {
        if let Some(n) = BASE.iter().position(|b| b.0 == name) {
            return Found::Base(n);
        }
        let mut owners: Vec<(usize, usize, &'static [Opt])> = Vec::new();
        if let Some(target) = &self.target {
            owners.push((target.word, usize::MAX, target.options));
        }
        for (n, m) in self.matches.iter().enumerate() {
            owners.push((m.word, n, m.options));
        }
        owners.sort_by_key(|o| std::cmp::Reverse(o.0));
        let make = |owner: usize, option: usize| {
            if owner == usize::MAX {
                Found::Target(option)
            } else {
                Found::Match(owner, option)
            }
        };
        for (_, owner, options) in &owners {
            if let Some(n) = options.iter().position(|o| o.name == name) {
                return make(*owner, n);
            }
        }
        let mut fits: Option<(Found, (usize, u8, u8), &str)> = None;
        let base = BASE
            .iter()
            .enumerate()
            .filter(|(_, b)| b.0.starts_with(name));
        for (n, b) in base {
            let same = (usize::MAX - 1, b.1 as u8, b.2);
            match &fits {
                Some((_, key, other)) if *key != same => {
                    return Found::Ambiguous(format!("--{other} or --{}", b.0));
                }
                Some(_) => {}
                None => fits = Some((Found::Base(n), same, b.0)),
            }
        }
        for (_, owner, options) in &owners {
            for (n, o) in options
                .iter()
                .enumerate()
                .filter(|(_, o)| o.name.starts_with(name))
            {
                let same = (*owner, o.id, o.args);
                match &fits {
                    Some((_, key, other)) if *key != same => {
                        return Found::Ambiguous(format!("--{other} or --{}", o.name));
                    }
                    Some(_) => {}
                    None => fits = Some((make(*owner, n), same, o.name)),
                }
            }
        }
        fits.map_or(Found::Unknown, |f| f.0)
    }

    fn long(&mut self, here: usize, name: &str, value: Option<&str>) {
        // What is not understood keeps every option that stands behind it.
        let of_base = BASE.iter().any(|base| base.0 == name);
        if !of_base && self.last_is_kept() && self.keep(here) {
            return;
        }
        let mut found = self.find(name);
        if matches!(found, Found::Unknown) && self.load_proto_match() {
            found = self.find(name);
        }
        match found {
            Found::Base(n) => {
                if let Some((_, letter, args)) = BASE.get(n).copied() {
                    if value.is_some() && args == 0 {
                        self.error(
                            here,
                            &format!("--{name}"),
                            "this option takes no value".into(),
                        );
                        return;
                    }
                    self.base(here, letter, value);
                }
            }
            Found::Target(n) => self.ext_option(here, None, n, value),
            Found::Match(m, n) => self.ext_option(here, Some(m), n, value),
            Found::Ambiguous(which) => {
                self.error(
                    here,
                    &format!("--{name}"),
                    Problem::new(format!("`--{name}` could be more than one option")).hint(which),
                );
            }
            Found::Unknown => {
                if !self.keep(here) {
                    self.unknown(here, name);
                }
            }
        }
    }

    fn unknown(&mut self, here: usize, name: &str) {
        let option = format!("--{name}");
        let problem = Problem::new(format!("unknown option `{option}`"));
        let mut known: Vec<&str> = BASE.iter().map(|b| b.0).collect();
        known.extend(self.matches.iter().flat_map(|m| m.options).map(|o| o.name));
        known.extend(self.target.iter().flat_map(|t| t.options).map(|o| o.name));
        let proto = self.ip.proto.and_then(|p| names::protocol_name(p.value));
        let owner = owner_of(name, self.cx.family);
        let problem = if let Some(near) = nearest(name, known.into_iter()) {
            problem.hint(format!("did you mean `--{near}`?"))
        } else if matches!(name, "dport" | "sport" | "destination-port" | "source-port") {
            problem.hint(match proto {
                Some(name) => format!("protocol {name} has no match with ports"),
                None => "ports need -p tcp or -p udp in front".to_owned(),
            })
        } else if let Some(owner) = owner {
            problem.hint(format!(
                "it belongs to `{owner}`, which must stand in front of it"
            ))
        } else {
            problem
        };
        self.error(here, &option, problem);
        // What follows was meant as its value.
        while self.at < self.words.len()
            && !self.text(self.at).starts_with('-')
            && self.text(self.at) != "!"
        {
            self.at += 1;
        }
    }

    /// `-p tcp` alone lets `--dport` mean `-m tcp --dport`.
    fn load_proto_match(&mut self) -> bool {
        let Some(word) = self.proto_word else {
            return false;
        };
        let Some(proto) = self.ip.proto else {
            return false;
        };
        let name = match (proto.value, self.cx.family) {
            (1, Family::V4) => "icmp",
            (6, _) => "tcp",
            (17, _) => "udp",
            (33, _) => "dccp",
            (50, _) => "esp",
            (51, _) => "ah",
            (58, Family::V6) => "icmp6",
            (108, _) => "ipcomp",
            (132, _) => "sctp",
            (135, Family::V6) => "mh",
            _ => return false,
        };
        if self.proto_used || self.matches.iter().any(|m| m.ext.name() == name) {
            return false;
        }
        self.proto_used = true;
        self.load_match(word, name);
        true
    }

    fn short(&mut self, here: usize, word: &str) {
        let mut rest = word.get(1..).unwrap_or_default();
        while let Some(letter) = rest.chars().next() {
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            let known = letter != '0' && BASE.iter().any(|b| b.1 == letter);
            let takes = BASE.iter().find(|b| b.1 == letter).map_or(0, |b| b.2);
            if !known {
                self.error(
                    here,
                    &format!("-{letter}"),
                    Problem::new(format!("unknown option `-{letter}`")),
                );
                return;
            }
            if takes > 0 || (matches!(letter, 'L' | 'S' | 'F' | 'Z' | 'X') && !rest.is_empty()) {
                let value = (!rest.is_empty()).then_some(rest);
                self.base(here, letter, value);
                return;
            }
            self.base(here, letter, None);
        }
    }

    /// The argument of an option of iptables itself: attached, or the next word.
    fn argument(&mut self, here: usize, letter: char, attached: Option<&str>) -> Option<String> {
        if let Some(value) = attached {
            return Some(value.to_owned());
        }
        if self.at >= self.words.len() {
            let option = self.text(here).to_owned();
            let _ = letter;
            self.error(
                here,
                &option,
                Problem::new(format!("`{option}` needs a value")),
            );
            return None;
        }
        self.at += 1;
        Some(self.text(self.at - 1).to_owned())
    }

    /// A further argument that may be left out.
    fn optional(&mut self) -> Option<String> {
        let text = self.words.get(self.at)?.text.as_ref();
        if text.starts_with('-') || text == "!" {
            return None;
        }
        self.at += 1;
        Some(text.to_owned())
    }

    fn base(&mut self, here: usize, letter: char, attached: Option<&str>) {
        let invertible = matches!(letter, 'p' | 's' | 'd' | 'i' | 'o' | 'f');
        let option = self.text(here).to_owned();
        if self.invert && !invertible {
            self.error(
                here,
                &option,
                Problem::new(format!("`!` cannot stand in front of `{option}`")),
            );
        }
        let once = "psdijgofctnvx0";
        let key = if letter == 'g' { 'j' } else { letter };
        if once.contains(letter) && letter != 'v' {
            if self.given.contains(&key) {
                self.error(
                    here,
                    &option,
                    Problem::new(format!("`{option}` is given twice")).hint(match key {
                        'j' => "a rule has one target; write a second rule",
                        _ => "write a second rule",
                    }),
                );
            }
            self.given.push(key);
        }
        match letter {
            'A' | 'D' | 'C' | 'I' | 'R' | 'N' | 'E' | 'P' | 'L' | 'S' | 'F' | 'Z' | 'X' => {
                self.command_option(here, letter, attached);
            }
            'f' => {
                if self.cx.family == Family::V6 {
                    self.error(
                        here,
                        &option,
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
            'w' => {
                if attached.is_none() {
                    self.optional();
                }
            }
            _ => {
                let old_mark = invertible && attached.is_none() && self.text(self.at) == "!";
                if old_mark {
                    self.at += 1;
                    self.invert = true;
                }
                let value_at = if attached.is_some() { here } else { self.at };
                let Some(value) = self.argument(here, letter, attached) else {
                    return;
                };
                if old_mark {
                    self.warn(
                        value_at.saturating_sub(1),
                        &option,
                        Problem::new("the exclamation mark stands behind the option").hint(
                            format!("iptables 1.8.9 wants `! {option}`; older ones print this"),
                        ),
                    );
                }
                if let Err(problem) = self.base_value(here, value_at, letter, &value) {
                    self.error(value_at, &option, problem);
                }
            }
        }
    }

    fn set_flag(&mut self, n: usize) {
        if let Some(flag) = self.flags.get_mut(n) {
            *flag = true;
        }
    }

    fn base_value(
        &mut self,
        here: usize,
        value_at: usize,
        letter: char,
        value: &str,
    ) -> Result<(), Problem> {
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
                let list = addresses(value, self.cx.family, self.invert)?;
                if letter == 's' {
                    self.src = list;
                } else {
                    self.dst = list;
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
            'm' => {
                let value = value.to_owned();
                self.load_match(value_at, &value);
            }
            'c' => {
                let (packets, bytes) = match value.split_once(',') {
                    Some((packets, bytes)) => (packets.to_owned(), bytes.to_owned()),
                    None => {
                        let bytes = self.optional().ok_or_else(|| {
                            Problem::new("two numbers are needed: packets and bytes")
                        })?;
                        (value.to_owned(), bytes)
                    }
                };
                self.counters = Counters {
                    packets: decimal(&packets)?,
                    bytes: decimal(&bytes)?,
                };
            }
            _ => {}
        }
        let _ = here;
        Ok(())
    }

    fn command_option(&mut self, here: usize, letter: char, attached: Option<&str>) {
        let option = self.text(here).to_owned();
        let chain_at = if attached.is_some() { here } else { self.at };
        let needs = !matches!(letter, 'L' | 'S' | 'F' | 'Z' | 'X');
        let chain = if needs {
            self.argument(here, letter, attached)
        } else {
            match attached {
                Some(value) => Some(value.to_owned()),
                None => self.optional().or(Some(String::new())),
            }
        };
        let Some(chain) = chain else { return };
        let number = |word: Option<String>, what: &str| match word {
            None => Ok(None),
            Some(word) => num::parse(&word, u64::from(u32::MAX))
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
                .map(CommandKind::Rename)
                .ok_or_else(|| "the new name is missing".into()),
            'P' => match self.optional().as_deref() {
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
                        self.error(here, &option, "a line has one command only".into());
                    }
                    Some(old) if listing(old) => {}
                    _ => self.command = Some(kind),
                }
                self.chain = chain_at;
                if let Err(problem) = check_chain_name(&chain, letter == 'N', self.cx.family) {
                    self.error(chain_at, &option, problem);
                }
            }
            Err(problem) => self.error(self.at.saturating_sub(1), &option, problem),
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
            "QUEUE" => Some(Target::Queue),
            _ => None,
        };
        let has_chain = (self.cx.has_chain)(name);
        if goto {
            if !has_chain || standard.is_some() {
                return Err(Problem::new(format!("there is no chain `{name}` to go to")).hint(
                    "-g takes a chain of the user; declare it with -N or a line `:NAME - [0:0]`",
                ));
            }
        } else {
            if let Some(ext) = standard {
                self.load_target(at, ext, &[]);
                return Ok(());
            }
            if !has_chain {
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

    fn load_target(&mut self, word: usize, ext: Target, options: &'static [Opt]) {
        self.target = Some(Loaded {
            ext,
            options,
            seen: Seen::default(),
            word,
        });
    }

    fn load_target_ext(&mut self, at: usize, name: &str) -> Result<(), Problem> {
        let family = self.cx.family;
        if let Some(kind) = TargetKind::find(name, family) {
            self.load_target(at, kind.make(family), kind.options(family));
            return Ok(());
        }
        let foreign = FOREIGN_TARGETS.contains(&name);
        let own = KEPT_TARGETS.contains(&name);
        let kept = |known| {
            Target::Kept(Box::new(KeptExt {
                name: name.into(),
                args: Vec::new(),
                known,
            }))
        };
        if foreign || own {
            self.load_target(at, kept(own), &[]);
            self.warn(
                at,
                "-j",
                Problem::new(if own {
                    format!("the target `{name}` is not modelled")
                } else {
                    format!("the target `{name}` is not part of the kernel")
                })
                .hint("it is kept as it is; a packet's walk ends where it is needed"),
            );
            return Ok(());
        }
        let problem = Problem::new(format!("there is no target and no chain `{name}`"));
        let names = target_names(family).chain(["ACCEPT", "DROP", "RETURN"]);
        let upper = name.to_ascii_uppercase();
        self.load_target(at, kept(false), &[]);
        Err(match nearest(&upper, names) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem.hint("a chain must be declared before a rule jumps to it"),
        })
    }

    fn load_match(&mut self, at: usize, name: &str) {
        let family = self.cx.family;
        let (ext, options) = match MatchKind::find(name, family) {
            Some(kind) => (kind.make(family), kind.options(family)),
            None => {
                let own = KEPT_MATCHES.contains(&name);
                let foreign = own || FOREIGN_MATCHES.contains(&name);
                let problem = Problem::new(if own {
                    format!("the match `{name}` is not modelled")
                } else if foreign {
                    format!("the match `{name}` is not part of iptables")
                } else {
                    format!("there is no match `{name}`")
                });
                if foreign {
                    self.warn(
                        at,
                        "-m",
                        problem
                            .hint("it is kept as it is; a packet's walk ends where it is needed"),
                    );
                } else {
                    let near = nearest(name, match_names(family));
                    self.error(
                        at,
                        "-m",
                        match near {
                            Some(near) => problem.hint(format!("did you mean `{near}`?")),
                            None => problem,
                        },
                    );
                }
                let kept = KeptExt {
                    name: name.into(),
                    args: Vec::new(),
                    known: own,
                };
                (Match::Kept(Box::new(kept)), &[] as &[Opt])
            }
        };
        self.matches.push(Loaded {
            ext,
            options,
            seen: Seen::default(),
            word: at,
        });
    }

    /// One option of the target (`owner` is `None`) or of a match.
    fn ext_option(&mut self, here: usize, owner: Option<usize>, nth: usize, value: Option<&str>) {
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
        let option = format!("--{}", opt.name);
        if self.invert && !opt.invert {
            self.error(
                here,
                &option,
                Problem::new(format!("`!` cannot stand in front of `{option}`")),
            );
        }
        if seen.has(opt.id) && !opt.multi {
            self.error(
                here,
                &option,
                Problem::new(format!("`{option}` is given twice")),
            );
        }
        let clash = options
            .iter()
            .find(|o| o.id != opt.id && seen.has(o.id) && opt.excl & (1 << o.id) != 0);
        if let Some(clash) = clash {
            self.error(
                here,
                &option,
                Problem::new(format!("`{option}` cannot stand beside `--{}`", clash.name)),
            );
        }
        let first = self.at;
        let mut attached = Vec::new();
        if let Some(value) = value {
            let (column, length) = self
                .words
                .get(here)
                .map_or((1, 0), |w| (w.column, w.length));
            attached.push(Word {
                text: value.to_owned().into(),
                column,
                length,
            });
        }
        if value.is_some() && opt.args == 0 {
            self.error(
                here,
                &option,
                Problem::new(format!("`{option}` takes no value")),
            );
            return;
        }
        let wanted = usize::from(opt.args) - attached.len();
        let mut taken = 0;
        while taken < wanted && self.at < self.words.len() {
            let text = self.text(self.at);
            // The first argument is taken as it is, further ones only if they
            // do not look like options.
            let further = taken + attached.len() > 0;
            if further && (text.starts_with('-') || text.starts_with('!')) {
                break;
            }
            self.at += 1;
            taken += 1;
        }
        if taken < wanted {
            let wants = if opt.args > 1 {
                format!("`{option}` needs {} values", opt.args)
            } else {
                format!("`{option}` needs a value")
            };
            self.error(here, &option, Problem::new(wants));
            return;
        }
        let words: &[Word<'_>];
        let joined: Vec<Word<'_>>;
        let slice = self.words.get(first..first + taken).unwrap_or_default();
        if attached.is_empty() {
            words = slice;
        } else {
            attached.extend(slice.iter().cloned());
            joined = attached;
            words = &joined;
        }
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
            let problem = Problem {
                message: format!("{option}: {}", problem.message),
                hint: problem.hint,
            };
            self.error(at, &option, problem);
        }
    }

    fn finish(mut self) -> Option<Line> {
        let Some(command) = self.command.take() else {
            self.error(
                0,
                "",
                Problem::new("the line has no command").hint("such as -A CHAIN"),
            );
            return None;
        };
        let chain = match self.words.get(self.chain) {
            Some(word) => {
                let text = word.text.as_ref();
                // An attached value: -AINPUT, --append=INPUT.
                match (text.strip_prefix("--"), text.strip_prefix('-')) {
                    (Some(long), _) => long.split_once('=').map_or("", |(_, c)| c),
                    (_, Some(short)) => short.get(1..).unwrap_or_default(),
                    _ => text,
                }
                .to_owned()
            }
            None => String::new(),
        };
        let chain_span = self.span(self.chain.min(self.words.len().saturating_sub(1)));
        self.check_ifaces(&chain);
        self.check_extensions();
        let jump_span = self.jump.map_or(Span::default(), |(at, _)| self.span(at));
        let rule = Rule {
            counters: self.counters,
            ip: self.ip,
            matches: self.matches.into_iter().map(|m| m.ext).collect(),
            target: self.target.map_or(Target::None, |t| t.ext),
            span: line_span(self.words, self.cx.line),
        };
        let rules = expand(rule, self.src, self.dst);
        Some(Line {
            command,
            chain,
            chain_span,
            table: self.table,
            rules,
            jump_span,
            flags: self.flags,
            skip: self.skip,
        })
    }

    /// A packet that comes in has no device yet that it leaves by, and the
    /// other way round (xshared.c, `xtables_parse_...`; by the chain's name).
    fn check_ifaces(&mut self, chain: &str) {
        let wrong = match chain {
            "PREROUTING" | "INPUT" if self.given.contains(&'o') => 'o',
            "POSTROUTING" | "OUTPUT" if self.given.contains(&'i') => 'i',
            _ => return,
        };
        let at = self
            .words
            .iter()
            .position(|w| match wrong {
                'o' => w.text.starts_with("-o") || w.text.starts_with("--o"),
                _ => w.text.starts_with("-i") || w.text.starts_with("--i"),
            })
            .unwrap_or(0);
        let hint = if wrong == 'o' {
            "where a packet leaves is not known there"
        } else {
            "where a packet came from is not known there"
        };
        self.error(
            at,
            &format!("-{wrong}"),
            Problem::new(format!("`-{wrong}` cannot be used in {chain}")).hint(hint),
        );
    }

    fn check_extensions(&mut self) {
        let base = Env {
            family: self.cx.family,
            table: self.cx.table,
            proto: self.ip.proto,
            seen: Seen::default(),
        };
        let mut problems = Vec::new();
        for m in &mut self.matches {
            let env = Env {
                seen: m.seen,
                ..base
            };
            missing(m.options, m.seen, m.word, &mut problems);
            if let Err(problem) = m.ext.check(&env) {
                problems.push((m.word, problem));
            }
        }
        if let Some(t) = &mut self.target {
            let env = Env {
                seen: t.seen,
                ..base
            };
            missing(t.options, t.seen, t.word, &mut problems);
            if let Err(problem) = t.ext.check(&env) {
                problems.push((t.word, problem));
            }
        }
        for (at, problem) in problems {
            self.error(at, "", problem);
        }
    }
}

const CHAIN_MAX: usize = super::CHAIN_NAME_MAX;

/// Options that must be there and are not.
fn missing(options: &[Opt], seen: Seen, word: usize, problems: &mut Vec<(usize, Problem)>) {
    for option in options.iter().filter(|o| o.mandatory) {
        if !seen.has(option.id) {
            problems.push((
                word,
                Problem::new(format!("`--{}` is missing", option.name)),
            ));
        }
    }
}

/// Which extension has an option of that name.
fn owner_of(option: &str, family: Family) -> Option<String> {
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

/// Reads a list of addresses, commas between them. A list cannot be inverted.
fn addresses(value: &str, family: Family, inverted: bool) -> Result<Vec<AddrMatch>, Problem> {
    let mut list = Vec::new();
    for part in value.split(',') {
        let (addr, mask) = parse_network(part, family)?;
        list.push(AddrMatch::new(addr, mask, inverted));
    }
    if inverted && list.len() > 1 {
        return Err(
            Problem::new("`!` cannot stand in front of several addresses").hint(
                "each would make a rule of its own, and every packet would match one of them",
            ),
        );
    }
    Ok(list)
}

fn decimal(word: &str) -> Result<u64, Problem> {
    word.parse()
        .map_err(|_| Problem::new(format!("`{word}` is not a number")))
}

/// The name of a chain, as `-A` and its relatives take it.
pub(super) fn check_chain_name(name: &str, new: bool, family: Family) -> Result<(), Problem> {
    if name.len() > CHAIN_MAX {
        return Err(Problem::new(format!("the chain name `{name}` is too long"))
            .hint("names of chains have at most 28 bytes"));
    }
    if name.starts_with(['-', '!']) {
        return Err(Problem::new(format!(
            "the name of a chain cannot begin like `{name}`"
        )));
    }
    if name.contains(char::is_whitespace) {
        return Err(Problem::new(format!(
            "the chain name `{name}` holds a blank"
        )));
    }
    let _ = new;
    let standard = matches!(name, "ACCEPT" | "DROP" | "RETURN" | "QUEUE");
    if standard || TargetKind::find(name, family).is_some() {
        return Err(Problem::new(format!("`{name}` is the name of a target"))
            .hint("a chain cannot have it"));
    }
    Ok(())
}

/// From the first to the last word.
fn line_span(words: &[Word<'_>], line: u32) -> Span {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => Span {
            line,
            column: first.column,
            length: last.column + last.length - first.column,
        },
        _ => Span {
            line,
            ..Span::default()
        },
    }
}

/// A rule for every pair of addresses.
fn expand(mut rule: Rule, src: Vec<AddrMatch>, dst: Vec<AddrMatch>) -> Vec<Rule> {
    let tidy = |a: AddrMatch| (!a.is_any()).then_some(a);
    if src.len() <= 1 && dst.len() <= 1 {
        rule.ip.src = src.into_iter().next().and_then(tidy);
        rule.ip.dst = dst.into_iter().next().and_then(tidy);
        return vec![rule];
    }
    let or_any = |list: Vec<AddrMatch>| -> Vec<Option<AddrMatch>> {
        if list.is_empty() {
            vec![None]
        } else {
            list.into_iter().map(tidy).collect()
        }
    };
    let (src, dst) = (or_any(src), or_any(dst));
    let mut rules = Vec::with_capacity(src.len() * dst.len());
    for s in &src {
        for d in &dst {
            let mut one = rule.clone();
            one.ip.src.clone_from(s);
            one.ip.dst.clone_from(d);
            rules.push(one);
        }
    }
    rules
}
