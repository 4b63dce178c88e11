//! What panels show of walks on real machines: connections, rules, changes.

mod support;

use packetwalk_core::walk::Event;
use packetwalk_view::connections::Connections;
use packetwalk_view::packet::history;
use packetwalk_view::rules::RuleBook;
use packetwalk_view::timeline::Timeline;
use packetwalk_view::words::Lang;
use support::{cases, everything};

#[test]
fn the_last_table_of_connections_is_the_worlds() {
    let mut entries = 0;
    for case in everything() {
        let timeline = Timeline::new(case.walk.clone());
        let connections = Connections::new(&case.before, &timeline);
        for netns in &case.after.namespaces {
            let shown = connections.at(&netns.name, timeline.len());
            let shown: Vec<_> = shown
                .iter()
                .map(|row| (row.connection.id, row.connection.status.join(",")))
                .collect();
            let info = packetwalk_core::conntrack::CtInfo::Established;
            let is: Vec<_> = netns
                .ct
                .confirmed()
                .iter()
                .map(|entry| entry.view(info, case.after.now))
                .map(|view| (view.id, view.status.join(",")))
                .collect();
            assert_eq!(shown, is, "{}: {}", case.name, netns.name);
            entries += is.len();
        }
    }
    assert!(entries > 100, "{entries}");
}

#[test]
fn a_connection_is_in_the_table_from_its_confirmation_on() {
    use packetwalk_core::walk::CtAct;
    let mut confirmed = 0;
    for case in cases("dockerd", false) {
        let timeline = Timeline::new(case.walk.clone());
        let connections = Connections::new(&case.before, &timeline);
        for (at, step) in case.walk.steps.iter().enumerate() {
            let Event::Conntrack {
                act: CtAct::Confirm,
                ct: Some(ct),
            } = &step.event
            else {
                continue;
            };
            let has = |at: usize| {
                let table = connections.at(&step.netns, at);
                table.iter().any(|row| row.connection.id == ct.id)
            };
            assert!(has(at) && !has(at - 1), "{} step {at}", case.name);
            confirmed += 1;
        }
    }
    assert!(confirmed > 10, "{confirmed}");
}

#[test]
fn a_part_of_a_chain_is_a_part_of_the_whole() {
    for case in cases("dockerd", false) {
        let book = RuleBook::new(&case.before);
        let timeline = Timeline::new(case.walk.clone());
        for step in 0..timeline.len() {
            let Some(at) = timeline.moment(step, Lang::En).unwrap().rule else {
                continue;
            };
            let whole = book.chain(&timeline, step, &at, Lang::En).unwrap();
            assert_eq!((whole.before, whole.after), (0, 0));
            let part = book.around(&timeline, step, &at, 1, Lang::En).unwrap();
            let (from, count) = (part.before as usize, part.rows.len());
            assert!(count <= 3);
            assert_eq!(part.rows, whole.rows[from..from + count]);
            assert_eq!(from + count + part.after as usize, whole.rows.len());
            if let Some(current) = whole.rows.iter().find(|row| row.current) {
                assert!(part.rows.contains(current), "{} step {step}", case.name);
            }
            assert_eq!(
                book.name(part.place as usize).unwrap().chain,
                part.chain,
                "{} step {step}",
                case.name
            );
        }
    }
}

#[test]
fn every_meeting_of_a_rule_is_a_step_about_it() {
    let mut met = 0;
    for case in cases("dockerd", false) {
        let book = RuleBook::new(&case.before);
        let timeline = Timeline::new(case.walk.clone());
        let mut found = Vec::new();
        for (place, chain) in book.chains().iter().enumerate() {
            let at = book.name(place).unwrap();
            assert_eq!((&at.netns, &at.chain), (&chain.netns, &chain.chain));
            for rule in 1..=chain.rules {
                for meeting in timeline.meetings(&at, rule) {
                    let step = &case.walk.steps[meeting.step as usize];
                    let Event::Rule { rule: own, why_not } = &step.event else {
                        panic!("{} step {}", case.name, meeting.step);
                    };
                    assert_eq!((own.number, &own.chain), (rule, &at.chain));
                    assert_eq!(meeting.matched, why_not.is_none());
                    assert!(!meeting.summary.is_empty());
                    found.push(meeting.step);
                }
            }
        }
        let rules = case.walk.steps.iter();
        let all = rules.filter(|step| matches!(step.event, Event::Rule { .. }));
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), all.count(), "{}", case.name);
        met += found.len();
    }
    assert!(met > 100, "{met}");
}

#[test]
fn nat_and_forwarding_are_told_as_changes_of_the_packet() {
    let flow = "c1 ping 10.10.126.187";
    let case = cases("article", false)
        .into_iter()
        .find(|case| packetwalk_snapshot::flow::print(&case.walk.flow) == flow)
        .unwrap();
    let timeline = Timeline::new(case.walk.clone());
    // The request, at the moment when the other host receives it.
    let at = case.walk.steps.iter().position(|step| {
        let ping = |at: u32| case.walk.packets[at as usize].proto == 0x0800;
        let received = matches!(step.event, Event::Receive) && step.packet.is_some_and(ping);
        &*step.netns == "ext" && received
    });
    let told: Vec<String> = history(&timeline, at.unwrap(), Lang::En)
        .iter()
        .flat_map(|changed| &changed.fields)
        .filter(|field| field.id.starts_with("ipv4."))
        .map(|field| {
            let (before, after) = (&field.before, &field.after);
            let text = |side: &Option<String>| side.clone().unwrap_or_default();
            format!("{} {} > {}", field.id, text(before), text(after))
        })
        .collect();
    assert_eq!(
        told,
        ["ipv4.ttl 64 > 63", "ipv4.src 192.168.0.2 > 10.10.126.101"]
    );
}

/// What a listing says of a machine with these rules for ARP after a container has
/// pinged another one and the host.
#[track_caller]
fn check_arptables(rules: &str, listed: &str) {
    let case = support::corpus().join("arptables/forward-sysctl-off/snapshot.txt");
    let text = std::fs::read_to_string(case).unwrap();
    let asked = text.replace("call-arptables = 0", "call-arptables = 1");
    let (head, tail) = asked.split_once("@@run arptables-save -c\n").unwrap();
    let (_, rest) = tail.split_once("@@").unwrap();
    let mut world =
        packetwalk_snapshot::load(&format!("{head}@@run arptables-save -c\n{rules}@@{rest}")).world;
    world.rec.level = packetwalk_core::walk::Level::Full;
    let (flows, _) = packetwalk_snapshot::flow::parse("c1 ping 172.17.0.3\nc1 ping 172.17.0.1\n");
    let mut walk = None;
    for (_, flow) in &flows {
        walk = Some(world.run_flow(flow));
    }
    let timeline = Timeline::new(walk.unwrap().into());
    let book = RuleBook::new(&world);
    let mut out = String::new();
    for (place, chain) in book.chains().iter().enumerate() {
        if chain.tool == packetwalk_view::timeline::Tool::Arptables {
            let at = book.name(place).unwrap();
            // Nothing of the flow is added: it is in the world's counters already.
            let view = book.chain(&timeline, 0, &at, Lang::En).unwrap();
            out += &format!("{}\n", view.title);
            view.rows
                .iter()
                .for_each(|row| out += &format!("{}\n", row.line));
        }
    }
    assert_eq!(out, listed);
}

/// What is expected was listed by `arptables-legacy -nvL --line-numbers` and by
/// `arptables-nft -nvL --line-numbers` on Linux 6.18.
#[test]
fn arptables_of_either_front_end_counts_and_is_listed_as_on_a_real_machine() {
    check_arptables(
        "*filter\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n:FORWARD ACCEPT\n-A INPUT -i docker0\n\
         -A INPUT -i vethc1\n-A OUTPUT -o docker0\n-A FORWARD -i vethc1 -o vethc2\n\
         -A FORWARD -i docker0\n-A FORWARD\n",
        "\
Chain INPUT (policy ACCEPT 2 packets, 56 bytes)
1 -i docker0 -o * , pcnt=2 -- bcnt=56 
2 -i vethc1 -o * , pcnt=0 -- bcnt=0 
Chain OUTPUT (policy ACCEPT 1 packets, 28 bytes)
1 -i * -o docker0 , pcnt=1 -- bcnt=28 
Chain FORWARD (policy ACCEPT 3 packets, 84 bytes)
1 -i vethc1 -o vethc2 , pcnt=2 -- bcnt=56 
2 -i docker0 -o * , pcnt=0 -- bcnt=0 
3 -i * -o * , pcnt=3 -- bcnt=84 
",
    );
    check_arptables(
        "*filter\n:INPUT ACCEPT\n:OUTPUT ACCEPT\n-A INPUT -i docker0\n-A INPUT -i vethc1\n\
         -A INPUT --opcode 1\n-A OUTPUT -o docker0\n",
        "\
Chain INPUT (policy ACCEPT 2 packets, 56 bytes)
1 -i docker0 -o * , pcnt=2 -- bcnt=56 
2 -i vethc1 -o * , pcnt=0 -- bcnt=0 
3 -i * -o * --opcode 1 , pcnt=2 -- bcnt=56 
Chain OUTPUT (policy ACCEPT 1 packets, 42 bytes)
1 -i * -o docker0 , pcnt=1 -- bcnt=42 
",
    );
}
