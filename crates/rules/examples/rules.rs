//! Reads iptables-save text on standard input and prints it back; what was wrong
//! goes to standard error. `rules [6|eb] [save|list|S]`
use packetwalk_rules::{Family, ebt, iptables};
use std::io::Read as _;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let family = if args.iter().any(|a| a == "6") {
        Family::V6
    } else {
        Family::V4
    };
    let mut text = String::new();
    if let Err(error) = std::io::stdin().read_to_string(&mut text) {
        eprintln!("{error}");
        return;
    }
    if args.iter().any(|a| a == "eb") {
        let parsed = ebt::parse(&text);
        for diagnostic in &parsed.diagnostics {
            eprintln!("{diagnostic}");
        }
        let mut out = ebt::save(&parsed.value, false);
        if args.iter().any(|a| a == "list") {
            out.clear();
            for table in &parsed.value.tables {
                out += &ebt::list(table, parsed.value.backend, None, true, false);
            }
        }
        let _ = std::io::Write::write_all(&mut std::io::stdout(), out.as_bytes());
        return;
    }
    let parsed = iptables::parse(&text, family);
    for diagnostic in &parsed.diagnostics {
        eprintln!("{diagnostic}");
    }
    let mut out = String::new();
    if args.iter().any(|a| a == "list") {
        let options = iptables::ListOptions {
            verbose: true,
            exact: false,
            line_numbers: true,
        };
        for table in &parsed.value.tables {
            out += &iptables::list(table, family, None, options);
        }
    } else if args.iter().any(|a| a == "S") {
        for table in &parsed.value.tables {
            out += &iptables::list_rules(table, family, None, false);
        }
    } else {
        out = iptables::save(&parsed.value, false);
    }
    let _ = std::io::Write::write_all(&mut std::io::stdout(), out.as_bytes());
}
