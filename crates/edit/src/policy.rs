//! The policy of a chain: the line `:INPUT ACCEPT [0:0]` of its table.

use packetwalk_rules::{arpt, ebt, iptables};
use packetwalk_snapshot::frame::Namespace;

use crate::{Part, Refused, section};

/// What `iptables -P CHAIN POLICY` does; a table that is not registered is
/// registered by it, as by the command.
pub(crate) fn set(
    netns: &mut Namespace<'static>,
    part: Part,
    table: &str,
    chain: &str,
    policy: &str,
) -> Result<(), Refused> {
    let (chains, policies): (&[&str], &[&str]) = match part {
        Part::Ebtables => (ebt::builtin_chains(table), &["ACCEPT", "DROP", "RETURN"]),
        Part::Arptables if table == "filter" => {
            let tables = arpt::parse(&section::read(netns, part.kind())).value.tables;
            let chains: &[&str] = match tables.iter().any(arpt::is_legacy) {
                true => &arpt::CHAINS,
                false => &arpt::NFT_CHAINS,
            };
            (chains, &["ACCEPT", "DROP"])
        }
        Part::Iptables => (iptables::builtin_chains(table), &["ACCEPT", "DROP"]),
        _ => (&[], &[]),
    };
    if !chains.contains(&chain) {
        let what = format!("the table {table} has no built-in chain {chain}");
        return Err(Refused::because(what));
    }
    if !policies.contains(&policy) {
        let what = format!("{policy:?} is no policy: {}", policies.join(", "));
        return Err(Refused::because(what));
    }
    let text = section::read(netns, part.kind());
    let counted = part == Part::Iptables;
    let text = rewrite(&text, counted, table, chain, policy)
        .unwrap_or_else(|| text + &fresh(counted, table, chains, chain, policy));
    section::write(netns, part.kind(), part.command(), text);
    Ok(())
}

/// The text with another policy; `None` if the table is not in it.
/// `counted`: lines of chains show counters.
fn rewrite(text: &str, counted: bool, table: &str, chain: &str, policy: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 8);
    let (mut inside, mut done, mut head) = (false, false, None);
    for line in text.split_inclusive('\n') {
        let words = line.trim_end();
        if let Some(name) = words.strip_prefix('*') {
            inside = name.trim() == table;
            if inside {
                head = Some(out.len() + line.len());
            }
        }
        let mut rest = words.strip_prefix(':').unwrap_or("").split_whitespace();
        if inside && rest.next() == Some(chain) {
            let counters = rest.nth(1).unwrap_or_default();
            out.push_str(format!(":{chain} {policy} {counters}").trim_end());
            out.push('\n');
            done = true;
        } else {
            out.push_str(line);
        }
    }
    if !done {
        // nf_tables shows only the chains that were needed.
        let counters = if counted { " [0:0]" } else { "" };
        out.insert_str(head?, &format!(":{chain} {policy}{counters}\n"));
    }
    Some(out)
}

/// A table with nothing but its chains.
fn fresh(counted: bool, table: &str, chains: &[&str], chain: &str, policy: &str) -> String {
    let mut out = format!("*{table}\n");
    for name in chains {
        let policy = if *name == chain { policy } else { "ACCEPT" };
        out.push_str(&format!(":{name} {policy}"));
        out.push_str(if counted { " [0:0]\n" } else { "\n" });
    }
    if counted {
        out.push_str("COMMIT\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n*filter\n:INPUT ACCEPT [3:252]\n:OUTPUT ACCEPT [1:2]\n-A INPUT -j DROP\nCOMMIT\n";

    #[test]
    fn the_policy_of_the_right_table_changes_and_counters_stay() {
        let text = rewrite(TEXT, true, "filter", "OUTPUT", "DROP").expect("there");
        assert_eq!(
            text,
            TEXT.replace(":OUTPUT ACCEPT [1:2]", ":OUTPUT DROP [1:2]")
        );
        let text = rewrite(TEXT, true, "filter", "FORWARD", "DROP").expect("there");
        let fresh = "*filter\n:FORWARD DROP [0:0]\n";
        assert_eq!(text, TEXT.replace("*filter\n", fresh));
        assert_eq!(rewrite(TEXT, true, "mangle", "OUTPUT", "DROP"), None);
    }

    /// What a policy makes of a namespace's rules for ARP.
    #[track_caller]
    fn check_arp(text: &str, chain: &str, expected: Option<&str>) {
        let snapshot = format!("@@packetwalk snapshot 1\n@@netns host\n{text}@@end\n");
        let (frame, _) = packetwalk_snapshot::frame::Frame::parse(&snapshot);
        let mut frame = frame.into_owned();
        let netns = frame.namespaces.first_mut().expect("there");
        let done = set(netns, Part::Arptables, "filter", chain, "DROP");
        let now = section::read(netns, Part::Arptables.kind());
        assert_eq!(done.ok().map(|()| now.as_str()), expected);
    }

    #[test]
    fn arptables_has_forward_where_it_is_the_legacy_one() {
        let fresh = "*filter\n:INPUT DROP\n:OUTPUT ACCEPT\n";
        check_arp("", "INPUT", Some(fresh));
        check_arp("", "FORWARD", None);
        let legacy = "*filter\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:FORWARD ACCEPT\n";
        let dropped = legacy.replace(":FORWARD ACCEPT", ":FORWARD DROP");
        check_arp(
            &format!("@@run arptables-save -c\n{legacy}"),
            "FORWARD",
            Some(&dropped),
        );
    }
}
