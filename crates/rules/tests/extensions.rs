//! Extensions as the real iptables reads and prints them: every rule in
//! `extensions/*.txt`, with what iptables-save and `iptables -nvL` made of it
//! (recorded by `extensions/record.sh`).

use packetwalk_rules::{Family, iptables};

struct Case<'a> {
    family: Family,
    table: &'a str,
    chain: &'a str,
    rule: &'a str,
    /// What the tool printed; `None` if it refused the rule.
    printed: Option<(&'a str, &'a str)>,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut cases = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = line.strip_prefix("> ") else {
            continue;
        };
        let mut words = rest.splitn(4, ' ');
        let mut next = || words.next().expect("family, table, chain and rule");
        let family = if next() == "4" {
            Family::V4
        } else {
            Family::V6
        };
        let printed = (lines[at + 1] != "refused").then(|| (lines[at + 1], lines[at + 2]));
        cases.push(Case {
            family,
            table: next(),
            chain: next(),
            rule: next(),
            printed,
        });
    }
    cases
}

/// What we make of a rule, in the form of the recording.
fn ours(case: &Case<'_>) -> Option<(String, String)> {
    let text = format!("*{}\n-A {} {}\nCOMMIT\n", case.table, case.chain, case.rule);
    let parsed = iptables::parse(&text, case.family);
    if parsed.errors().next().is_some() {
        return None;
    }
    let table = parsed.value.table(case.table)?;
    let save = iptables::save(&parsed.value, false);
    let save = save.lines().find(|line| line.starts_with("-A"))?.to_owned();
    let options = iptables::ListOptions {
        verbose: true,
        exact: false,
        line_numbers: false,
    };
    let list = iptables::list(table, case.family, Some(case.chain), options);
    let list = list.lines().nth(2)?.to_owned();
    Some((save, list))
}

fn check(name: &str, text: &str) {
    let cases = cases(text);
    assert!(cases.len() > 10, "{name} holds cases");
    let mut wrong = Vec::new();
    for case in &cases {
        let expected = case.printed.map(|(save, list)| (save.into(), list.into()));
        let got = ours(case);
        if got != expected {
            wrong.push(format!(
                "{}\n  iptables: {expected:?}\n  ours:     {got:?}",
                case.rule
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{name}: {} of {} differ\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn rates() {
    check("rates", include_str!("extensions/rates.txt"));
}

#[test]
fn payload() {
    check("payload", include_str!("extensions/payload.txt"));
}

#[test]
fn surroundings() {
    check("surroundings", include_str!("extensions/surroundings.txt"));
}

#[test]
fn details() {
    check("details", include_str!("extensions/details.txt"));
}

#[test]
fn targets() {
    check("targets", include_str!("extensions/targets.txt"));
}

#[test]
fn ip6() {
    check("ip6", include_str!("extensions/ip6.txt"));
}

#[test]
fn limits() {
    check("limits", include_str!("extensions/limits.txt"));
}

/// What `ip6tables -L` prints of the types of mobility messages.
#[test]
fn messages_have_names() {
    let check = |option: &str, expected: &str| {
        let text = format!("*filter\n-A INPUT -p mh -m mh {option}\nCOMMIT\n");
        let parsed = iptables::parse(&text, Family::V6);
        let table = parsed.value.table("filter").expect("the table");
        let options = iptables::ListOptions::default();
        let listed = iptables::list_named(table, Family::V6, Some("INPUT"), options);
        let line = listed.lines().nth(2).expect("the rule");
        let shown = line.split("anywhere").nth(2).expect("two addresses");
        assert_eq!(shown.trim(), expected, "{option}");
    };
    check("--mh-type 0:255", "mh");
    check("! --mh-type 0:255", "mh !binding-refresh-request:255");
    check(
        "! --mh-type 0:1",
        "mh !binding-refresh-request:home-test-init",
    );
    check("! --mh-type 3", "mh !home-test");
    check("--mh-type 12:255", "mh 12:255");
}
