//! Random matches and targets of the less common extensions.
//!
//! Not made: what [`NOT_MADE`] says; `connlimit` of packets other than a connection's first, which a kernel
//! counts twice if they come within a tick; and what is not modelled.

use super::random::Random;
use super::rules::{Where, not};

/// What is modelled and yet not made, and why.
pub const NOT_MADE: &[(&str, &str)] = &[
    (
        "TEE",
        "the log shows memory of the kernel's that was left over in its copies",
    ),
    (
        "TPROXY",
        "a walk ends at a socket, as no snapshot says whether it is transparent",
    ),
    ("TRACE", "it is in the raw table of every machine as it is"),
];

/// Every day, so that nothing hangs on when a case is run.
const ALL_WEEK: &str = "Mon,Tue,Wed,Thu,Fri,Sat,Sun";

/// Protocols that no flow has, with their matches: a rule that asks for one is
/// passed over.
pub fn foreign(random: &mut Random) -> String {
    let not = not(random);
    match random.below(5) {
        0 => format!("-p ah -m ah {not}--ahspi 1:9"),
        1 => format!("-p esp -m esp {not}--espspi 1:9"),
        2 => format!("-p ipcomp -m ipcomp {not}--ipcompspi 1:9"),
        3 => format!("-p dccp -m dccp {not}--dport 80"),
        _ => format!("-p sctp -m sctp {not}--dport 80"),
    }
}

/// A match, or none if the one drawn has no place here.
pub fn matching(random: &mut Random, here: &Where<'_>, proto: &str) -> Option<String> {
    let hook = here.hook;
    let early = matches!(hook, "PREROUTING" | "INPUT");
    let not = not(random);
    Some(match random.below(23) {
        0 | 1 => {
            let mode = random.word(&["srcip", "dstip", "srcip,dstip", "dstport", "srcip,srcport"]);
            // A bucket of bytes holds a second's worth: rates at which every
            // packet empties it, so that what trickles in between two flows
            // does not matter. For the same reason bytes and packets are not
            // counted in one table: of its credits, a packet's bytes are a
            // hair's breadth, which is back before the next flow.
            let rate = random.word(&["1/hour", "3/day", "16b/s", "32b/s"]);
            let (kind, burst) = if rate.ends_with("b/s") {
                ("bytes", String::new())
            } else {
                let burst = format!(" --hashlimit-burst {}", random.range(1, 4));
                ("", burst)
            };
            format!(
                "-m hashlimit --hashlimit-{} {rate}{burst} --hashlimit-mode {mode}{} --hashlimit-name {}{kind}{}",
                random.word(&["upto", "above"]),
                random.word(&["", "", " --hashlimit-srcmask 16"]),
                here.table,
                random.below(3),
            )
        }
        2 => format!(
            "-m conntrack --ctstate NEW -m connlimit --connlimit-{} {} --connlimit-mask {} --connlimit-{}",
            random.word(&["above", "upto"]),
            random.below(3),
            random.word(&["32", "16", "0"]),
            random.word(&["saddr", "daddr"])
        ),
        3 | 4 => format!(
            "-m string {not}--string {} --algo {}{}",
            random.word(&["walk", "alk", "WALK", "nowhere"]),
            random.word(&["bm", "kmp"]),
            random.word(&[
                "",
                " --icase",
                " --from 28",
                " --to 32",
                " --from 29",
                " --to 31"
            ])
        ),
        5 | 6 => format!(
            "-m u32 {not}--u32 \"{}\"",
            random.word(&[
                "0x6&0xff=0x6",
                "0x6&0xff=0x11,0x1",
                "0x0&0xffff=0x0:0x3c",
                "0x5&0xff=0x3f:0x40",
                "0x4&0x1fff=0x0&&0x0>>0x16&0x3c@0x0&0xffff=0x50",
                "0x0>>0x16&0x3c@0x0>>0x18=0x8,0x0",
                "0x1c=0x77616c6b",
                "0x200=0x0:0xffffffff",
            ])
        ),
        7 if proto == "tcp" => format!(
            "-m tcpmss {not}--mss {}",
            random.word(&["1460", "1000:1500", "0:1459", "65495"])
        ),
        8 => {
            let option = if proto == "tcp" {
                random.word(&["--ecn-tcp-ece", "--ecn-tcp-cwr", "--ecn-ip-ect 0"])
            } else {
                random.word(&["--ecn-ip-ect 0", "--ecn-ip-ect 2"])
            };
            format!("-m ecn {not}{option}")
        }
        9 | 10 if hook == "PREROUTING" && matches!(here.table, "raw" | "mangle") => format!(
            "-m rpfilter{}{}{}{}",
            random.word(&["", " --loose"]),
            random.word(&["", " --validmark"]),
            random.word(&["", " --accept-local"]),
            random.word(&["", " --invert"])
        ),
        11 | 12 if early => {
            format!("-m socket{}", random.word(&["", " --nowildcard"]))
        }
        13 => format!(
            "-m policy --dir {} --pol {}",
            if early { "in" } else { "out" },
            random.word(&["none", "ipsec"])
        ),
        14 => format!(
            "-m cluster --cluster-total-nodes {} {not}--cluster-local-nodemask {} --cluster-hash-seed {}",
            random.word(&["3", "5"]),
            random.word(&["0x1", "0x5", "0x2"]),
            random.word(&["0x0", "0xdeadbeef"])
        ),
        15 => format!(
            "-m connlabel {not}--label {}{}",
            random.below(3),
            random.word(&["", " --set"])
        ),
        16 if !early && hook != "FORWARD" => {
            format!("-m devgroup {not}--dst-group {}", random.below(2))
        }
        16 if hook != "OUTPUT" => format!("-m devgroup {not}--src-group {}", random.below(2)),
        17 if hook != "PREROUTING" => format!("-m realm {not}--realm {}", random.below(2)),
        18 => format!("-m helper {not}--helper ftp"),
        20 => format!(
            "-m bpf --bytecode \"{}\"",
            random.word(&[
                "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0",
                "4,48 0 0 9,21 0 1 17,6 0 0 1,6 0 0 0",
                "4,128 0 0 0,53 0 1 60,6 0 0 1,6 0 0 0",
            ])
        ),
        21 => format!(
            "-m quota {not}--quota {}",
            random.word(&["0", "100", "500", "100000"])
        ),
        22 => match random.below(4) {
            0 => "-m time --datestart 2001-01-01".to_owned(),
            1 => "-m time --datestop 2001-01-01".to_owned(),
            // `! --weekdays` with all of them is saved without a day, which nobody
            // reads back.
            _ => format!("-m time --weekdays {ALL_WEEK}"),
        },
        19 => {
            let act = random.word(&["--set", "--rcheck", "--update", "--remove"]);
            let hits = if matches!(act, "--rcheck" | "--update") {
                random.word(&["", " --hitcount 2", " --rttl"])
            } else {
                ""
            };
            format!(
                "-m recent {not}{act}{hits} --name r{} {}",
                random.below(2),
                random.word(&["--rsource", "--rdest"])
            )
        }
        _ => return None,
    })
}

/// A target, with what it asks of the rule in front.
pub fn target(random: &mut Random, here: &Where<'_>) -> Option<String> {
    let mangle = here.table == "mangle";
    let syn = "-m tcp --tcp-flags SYN,RST SYN";
    Some(match random.below(11) {
        7 => format!(
            "-j AUDIT --type {}",
            random.word(&["accept", "drop", "reject"])
        ),
        8 if mangle => "-j CHECKSUM --checksum-fill".to_owned(),
        // Their names are the whole machine's.
        9 => format!(
            "-j IDLETIMER --timeout 900 --label i{:x}",
            random.draw() >> 24
        ),
        10 => format!(
            "-j RATEEST --rateest-name r{:x} --rateest-interval 250ms --rateest-ewmalog 4s",
            random.draw() >> 24
        ),
        0 => "-j NFLOG --nflog-group 3".to_owned(),
        1 if !matches!(here.hook, "PREROUTING" | "INPUT") => {
            "-j CLASSIFY --set-class 1:2".to_owned()
        }
        2 | 3 if here.table == "filter" || mangle => {
            let clamp = !matches!(here.hook, "PREROUTING" | "INPUT") && random.chance(50);
            if clamp {
                format!("{syn} -j TCPMSS --clamp-mss-to-pmtu")
            } else {
                let mss = random.word(&["500", "1200", "1460"]);
                format!("{syn} -j TCPMSS --set-mss {mss}")
            }
        }
        4 if mangle => format!(
            "-j TCPOPTSTRIP --strip-options {}",
            random.word(&["mss", "timestamp,wscale", "sack-permitted,8"])
        ),
        5 if mangle => "-j ECN --ecn-tcp-remove".to_owned(),
        6 if mangle => format!("-j ECN --ecn-ip-ect {}", random.below(4)),
        _ => return None,
    })
}
