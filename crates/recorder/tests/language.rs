//! Random rules to the real tools and to ours, with seeds that stay the same.
//! Without root or a program that it needs, a test says so and checks nothing.

#![cfg(target_os = "linux")]

use packetwalk_recorder::language::{TOOLS, missing, run};

/// Rules of each test; `cargo xtask language` tries more.
const RULES: usize = 600;

#[track_caller]
fn check(name: &str) {
    let tool = TOOLS.iter().find(|tool| tool.name() == name);
    let tool = *tool.unwrap_or_else(|| panic!("no tool {name}"));
    let missing = missing(tool);
    if !missing.is_empty() {
        eprintln!(
            "NOT RUN: {name} against the real tool: {}",
            missing.join(", ")
        );
        return;
    }
    let report = run(tool, 1, RULES, 3).unwrap_or_else(|error| panic!("{name}: {error}"));
    let differences: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
    assert_eq!(differences, [""; 0]);
    assert!(report.rules >= RULES, "{report}");
    // Texts are right by construction, or wrong in one place.
    let half = report.texts / 3..report.texts * 4 / 5;
    assert!(half.contains(&report.taken), "{report}");
    assert!(report.unexpected.len() * 10 < report.texts, "{report}");
}

#[test]
fn random_rules_of_iptables() {
    check("iptables");
}

#[test]
fn random_rules_of_ip6tables() {
    check("ip6tables");
}

#[test]
fn random_rules_of_ebtables() {
    check("ebtables");
}

#[test]
fn random_rules_of_arptables() {
    check("arptables");
}

#[test]
fn random_commands_of_ipset() {
    check("ipset");
}
