//! One change to a rule that makes it wrong, most likely.

use super::rule::Drawn;
use crate::conform::Random;

/// Makes a rule wrong, most likely.
pub fn spoil(rule: &mut Drawn, random: &mut Random) {
    let number = rule.parts.len();
    if number == 0 {
        return;
    }
    let at = random.below(number);
    match random.below(12) {
        0 => {
            let again = rule.parts[at].clone();
            rule.parts.push(again);
        }
        1 => {
            rule.parts.remove(at);
        }
        2 => rule.parts.swap(at, 0),
        3 => {
            let part = &mut rule.parts[at];
            part.insert(random.below(part.len() + 1), "!".to_owned());
        }
        4 => {
            rule.parts[at].pop();
        }
        5 => {
            let stray = [
                "--no-such-option",
                "-j NOSUCH",
                "-j accept",
                "-m nosuch",
                "--dport 80",
                "-j PREROUTING",
                "-g ACCEPT",
                "-g INPUT",
                "-o eth0",
                "-i eth0",
                "-i abcdefghijklmnop",
                "-p nosuch",
                "-s 1.2.3.4/33",
                "-s fe80::/129",
                "-s host.invalid",
                "-s 300.1.1.1",
                "! -p all",
                "-p 0",
                "-p 256",
                "--sport 1:0",
                "word",
                "-t nat",
                "-q",
                "-j LOG",
                "-j ACCEPT",
                "-m comment",
                "--syn",
                "-c 1",
                "-c 1 x",
                "-j",
                "-m",
                "!",
                "-4",
                "-6",
                "-n",
                "-v",
                "--jum ACCEPT",
                "--s 1.2.3.4",
                "-j MASQUERADE",
                "-j aVeryLongChainNameOfThirtyByte",
                "-f",
                "-A INPUT",
                "-w",
                "-x",
                "--line-numbers",
                "--set-counters 1 2",
                "-i ''",
                "-p tcp",
                "-p udp",
                "-s 10.0.0.1",
            ];
            let words = random.word(&stray).split(' ').map(str::to_owned).collect();
            rule.parts.insert(at, words);
        }
        6 => {
            rule.chain = random.word(&[
                "NOSUCH",
                "FORWARD",
                "PREROUTING",
                "input",
                "POSTROUTING",
                "OUTPUT",
                "INPUT",
            ]);
        }
        7 => rule.table = random.word(&["raw", "mangle", "nat", "filter", "security"]),
        _ => {
            let part = &mut rule.parts[at];
            if part.is_empty() {
                return;
            }
            let at = random.below(part.len());
            let word = &mut part[at];
            if word == "/" || word.ends_with("=/") {
                // Whether another path is there hangs on the machine.
                return;
            }
            *word = match random.below(10) {
                0 => String::new(),
                1 => "-1".to_owned(),
                2 => "4294967296".to_owned(),
                3 => format!("{word}x"),
                4 => format!("{word},"),
                5 => format!(" {word}"),
                6 if !word.starts_with("--") => word.chars().skip(1).collect(),
                6 => String::new(),
                7 => word
                    .chars()
                    .rev()
                    .skip(1)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .collect(),
                8 => word.to_uppercase(),
                _ => format!("0{word}"),
            };
            if word.starts_with("-h") || word.starts_with("-V") {
                // Help, and the end of the program.
                word.clear();
            }
        }
    }
}
