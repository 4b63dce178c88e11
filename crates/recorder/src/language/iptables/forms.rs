//! Which options of an extension go together.
//!
//! A form is a list of options: `a|b` is one of them, a `?` behind makes it one
//! that may be left out, `a=PATTERN` gives it values of its own (and no `!`). A
//! form that begins with `>` keeps its order. An extension without a form takes
//! what its table of options lets stand together.

use packetwalk_rules::Family;
use packetwalk_rules::xt::Opt;

use super::pattern::value;
use super::values::values;
use crate::conform::Random;

/// Extension, its forms.
const FORMS: &[(&str, &[&str])] = &[
    (
        "addrtype",
        &[
            "src-type dst-type? limit-iface-in|limit-iface-out?",
            "dst-type limit-iface-in|limit-iface-out?",
        ],
    ),
    (
        "cluster",
        &["cluster-total-nodes cluster-local-node|cluster-local-nodemask cluster-hash-seed"],
    ),
    (
        "connlimit",
        &["connlimit-upto|connlimit-above connlimit-mask? connlimit-saddr|connlimit-daddr?"],
    ),
    (
        "hashlimit",
        &[
            "hashlimit|hashlimit-upto|hashlimit-above hashlimit-name hashlimit-burst? hashlimit-mode? \
             hashlimit-srcmask? hashlimit-dstmask?",
            "hashlimit|hashlimit-upto|hashlimit-above hashlimit-name hashlimit-mode? \
             hashlimit-htable-size? hashlimit-htable-max? hashlimit-htable-expire? \
             hashlimit-htable-gcinterval?",
            "hashlimit-upto=<=1..999>kb/s hashlimit-name hashlimit-mode? hashlimit-burst=<=1..9>mb?",
            "hashlimit-above=<=1..99>mb/s hashlimit-name hashlimit-mode?",
            "hashlimit-upto=<=100..9999>b/s hashlimit-name hashlimit-burst=<=10..99>kb?",
            "hashlimit-upto=<=1..1000>/sec hashlimit-name hashlimit-rate-match hashlimit-rate-interval?",
        ],
    ),
    (
        "owner",
        &[
            "uid-owner gid-owner? socket-exists?",
            ">gid-owner suppl-groups?",
            "socket-exists",
        ],
    ),
    (
        "policy",
        &[
            ">dir pol=none",
            ">dir pol=ipsec reqid? spi? proto? mode?",
            ">dir pol=ipsec mode=tunnel tunnel-src? tunnel-dst? proto?",
            ">dir pol=ipsec strict reqid next spi proto?",
            ">dir pol=ipsec strict mode=tunnel tunnel-src next proto mode=transport",
        ],
    ),
    (
        "recent",
        &[
            "rcheck|update seconds? hitcount? name? rsource|rdest? mask?",
            "rcheck|update seconds hitcount? rttl? reap? name?",
            "set|remove name? rsource|rdest? mask?",
        ],
    ),
    (
        "rt",
        &[
            "rt-type? rt-segsleft rt-len?",
            "rt-type rt-len?",
            ">rt-type=0 rt-0-res? rt-0-addrs",
            ">rt-type=0 rt-0-res rt-segsleft?",
            ">rt-type=0 rt-0-addrs rt-0-not-strict",
        ],
    ),
    (
        "set",
        &[
            "match-set|set return-nomatch? update-counters? update-subcounters?",
            "match-set|set packets-eq|packets-lt|packets-gt? bytes-eq|bytes-lt|bytes-gt?",
        ],
    ),
    (
        "statistic",
        &["mode=random probability", "mode=nth every packet"],
    ),
    ("string", &["string|hex-string algo from? to? icase?"]),
    (
        "time",
        &[
            "datestart? datestop? timestart? timestop? utc|kerneltz|localtz?",
            "weekdays? monthdays? timestart? timestop?",
            "timestart=<=12..23>:00 timestop=0<=1..9>:30 contiguous weekdays?",
        ],
    ),
    (
        "CONNMARK",
        &[
            "set-mark|set-xmark|and-mark|or-mark|xor-mark",
            "save-mark|restore-mark mask?",
            "save-mark|restore-mark nfmask? ctmask?",
            "set-mark|set-xmark|save-mark|restore-mark left-shift-mark|right-shift-mark",
        ],
    ),
    (
        "CT",
        &[
            "notrack",
            "zone|zone-orig|zone-reply ctevents? expevents?",
            "ctevents expevents?",
            "helper zone? ctevents? expevents?",
        ],
    ),
    (
        "NFQUEUE",
        &[
            "queue-num? queue-bypass?",
            "queue-balance queue-bypass? queue-cpu-fanout?",
        ],
    ),
    (
        "SET",
        &[
            "add-set timeout? exist?",
            "del-set add-set?",
            "map-set map-mark",
            "map-set map-prio map-queue? map-mark?",
            "map-set map-queue",
        ],
    ),
    ("TCPMSS", &["set-mss|clamp-mss-to-pmtu"]),
];

/// What may stand without any option.
const BARE: &[&str] = &[
    "LOG",
    "MASQUERADE",
    "NFLOG",
    "REDIRECT",
    "REJECT",
    "SYNPROXY",
    "ah",
    "dst",
    "esp",
    "eui64",
    "frag",
    "hbh",
    "ipcomp",
    "limit",
    "mh",
    "rpfilter",
    "socket",
    "sctp",
    "tcp",
    "udp",
    "dccp",
    "TCPOPTSTRIP",
];

/// One option as it is written in a rule.
#[derive(Clone)]
pub struct Given {
    /// Its name, without the dashes.
    pub name: &'static str,
    /// Whether `!` stands in front.
    pub inverted: bool,
    /// Its value.
    pub value: Vec<String>,
}

/// What is wrong with the options that are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// Nothing.
    None,
    /// A value.
    Value,
    /// One is missing.
    Missing,
    /// One is there twice, or one too many.
    TooMany,
    /// An exclamation mark.
    Inverted,
}

/// Options that are right together, but for the slip.
pub fn given(
    extension: &str,
    options: &'static [Opt],
    slip: Slip,
    family: Family,
    random: &mut Random,
) -> Vec<Given> {
    // What hangs on the machine is left out.
    let tried = |o: &&Opt| values(extension, o.name).is_none_or(|v| !v.right.is_empty());
    let options: Vec<Opt> = options.iter().filter(tried).copied().collect();
    let mut chosen = match FORMS.iter().find(|form| form.0 == extension) {
        Some((_, forms)) => formed(random.word(forms), &options, random),
        None => free(extension, &options, random),
    };
    match slip {
        Slip::Missing if !chosen.is_empty() => {
            chosen.remove(random.below(chosen.len()));
        }
        Slip::TooMany if !options.is_empty() => {
            chosen.push((options[random.below(options.len())], None));
        }
        _ => {}
    }
    let one = random.below(chosen.len().max(1));
    let (wrong, odd) = match slip {
        Slip::Value => (one, usize::MAX),
        Slip::Inverted => (usize::MAX, one),
        _ => (usize::MAX, usize::MAX),
    };
    let mut given = Vec::new();
    for (at, (option, own)) in chosen.into_iter().enumerate() {
        let patterns = match (values(extension, option.name), own) {
            _ if option.args == 0 => &[],
            (_, Some(own)) if at != wrong => &[own][..],
            (Some(values), _) if at == wrong && !values.wrong.is_empty() => values.wrong,
            (Some(values), _) => values.right,
            (None, _) => &[],
        };
        given.push(Given {
            name: option.name,
            inverted: at == odd || own.is_none() && option.invert && random.chance(20),
            value: match fitting(patterns, family, random) {
                Some(pattern) => value(pattern, option.args, family, random),
                None => Vec::new(),
            },
        });
    }
    given
}

/// One of the patterns that are for the family.
fn fitting<'a>(patterns: &[&'a str], family: Family, random: &mut Random) -> Option<&'a str> {
    let other = match family {
        Family::V4 | Family::Arp => "v6;",
        Family::V6 => "v4;",
    };
    let fit: Vec<&str> = patterns
        .iter()
        .filter(|pattern| !pattern.starts_with(other))
        .map(|pattern| {
            let own = pattern.strip_prefix("v4;");
            own.or_else(|| pattern.strip_prefix("v6;"))
                .unwrap_or(pattern)
        })
        .collect();
    (!fit.is_empty()).then(|| random.pick(&fit))
}

type Chosen = (Opt, Option<&'static str>);

/// Options of a form.
fn formed(form: &'static str, options: &[Opt], random: &mut Random) -> Vec<Chosen> {
    let (form, ordered) = match form.strip_prefix('>') {
        Some(form) => (form, true),
        None => (form, false),
    };
    let mut chosen = Vec::new();
    for term in form.split_whitespace() {
        let needed = term.strip_suffix('?');
        if needed.is_some() && random.chance(50) {
            continue;
        }
        let term = needed.unwrap_or(term);
        let (name, own) = match term.split_once('=') {
            Some((name, own)) => (name, Some(own)),
            None => {
                let names: Vec<&'static str> = term.split('|').collect();
                (random.word(&names), None)
            }
        };
        let option = options.iter().find(|option| option.name == name);
        chosen.extend(option.map(|option| (*option, own)));
    }
    if !ordered {
        shuffle(&mut chosen, random);
    }
    chosen
}

/// Options that the table lets stand together.
fn free(extension: &str, options: &[Opt], random: &mut Random) -> Vec<Chosen> {
    let mut chosen: Vec<Chosen> = options
        .iter()
        .filter(|option| option.mandatory)
        .map(|option| (*option, None))
        .collect();
    let least = usize::from(chosen.is_empty() && !BARE.contains(&extension));
    let mut more = random.range(least, 3);
    while more > 0 && !options.is_empty() {
        let option = options[random.below(options.len())];
        let clash = chosen.iter().any(|(other, _)| {
            other.id == option.id
                || other.excl & (1 << option.id) != 0
                || option.excl & (1 << other.id) != 0
        });
        if !clash {
            chosen.push((option, None));
        }
        more -= 1;
    }
    shuffle(&mut chosen, random);
    chosen
}

/// Puts a list into a random order.
pub fn shuffle<T>(list: &mut [T], random: &mut Random) {
    for at in (1..list.len()).rev() {
        list.swap(at, random.below(at + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use packetwalk_rules::xt::{MatchKind, TargetKind};

    #[test]
    fn forms_speak_of_options_that_there_are() {
        for (extension, forms) in FORMS {
            let families = [Family::V4, Family::V6];
            let options: Vec<Opt> = families
                .into_iter()
                .flat_map(|family| {
                    let found = MatchKind::find(extension, family).map(|k| k.options(family));
                    let other = TargetKind::find(extension, family).map(|k| k.options(family));
                    found.or(other).unwrap_or(&[])
                })
                .copied()
                .collect();
            let terms = forms.iter().flat_map(|form| {
                let form = form.trim_start_matches('>').split_whitespace();
                form.flat_map(|term| {
                    let term = term.trim_end_matches('?');
                    term.split_once('=').map_or(term, |term| term.0).split('|')
                })
            });
            for name in terms {
                assert!(
                    options.iter().any(|option| option.name == name),
                    "{extension} has no --{name}"
                );
            }
        }
    }
}
