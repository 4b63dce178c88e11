//! The policy of a chain: the line `:INPUT ACCEPT [0:0]` of its table.

use packetwalk_rules::{ebt, iptables};
use packetwalk_snapshot::frame::Namespace;

use crate::{Part, Refused, section};

/// What `iptables -P CHAIN POLICY` does; a table that is not registered is
/// registered by it, as by the command.
pub(crate) fn set(
    netns: &mut Namespace<'static>,
    bridge: bool,
    table: &str,
    chain: &str,
    policy: &str,
) -> Result<(), Refused> {
    let (part, chains, policies): (_, _, &[&str]) = if bridge {
        let chains = ebt::builtin_chains(table);
        (Part::Ebtables, chains, &["ACCEPT", "DROP", "RETURN"])
    } else {
        let chains = iptables::builtin_chains(table);
        (Part::Iptables, chains, &["ACCEPT", "DROP"])
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
    let text = rewrite(&text, table, chain, policy)
        .unwrap_or_else(|| text + &fresh(bridge, table, chains, chain, policy));
    section::write(netns, part.kind(), part.command(), text);
    Ok(())
}

/// The text with another policy; `None` if the table is not in it.
fn rewrite(text: &str, table: &str, chain: &str, policy: &str) -> Option<String> {
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
        out.insert_str(head?, &format!(":{chain} {policy} [0:0]\n"));
    }
    Some(out)
}

/// A table with nothing but its chains.
fn fresh(bridge: bool, table: &str, chains: &[&str], chain: &str, policy: &str) -> String {
    let mut out = format!("*{table}\n");
    for name in chains {
        let policy = if *name == chain { policy } else { "ACCEPT" };
        out.push_str(&format!(":{name} {policy}"));
        out.push_str(if bridge { "\n" } else { " [0:0]\n" });
    }
    if !bridge {
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
        let text = rewrite(TEXT, "filter", "OUTPUT", "DROP").expect("there");
        assert_eq!(
            text,
            TEXT.replace(":OUTPUT ACCEPT [1:2]", ":OUTPUT DROP [1:2]")
        );
        let text = rewrite(TEXT, "filter", "FORWARD", "DROP").expect("there");
        let fresh = "*filter\n:FORWARD DROP [0:0]\n";
        assert_eq!(text, TEXT.replace("*filter\n", fresh));
        assert_eq!(rewrite(TEXT, "mangle", "OUTPUT", "DROP"), None);
    }
}
