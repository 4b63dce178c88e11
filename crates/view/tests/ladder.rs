//! Ladders of flows that were recorded on real kernels.

mod support;

use packetwalk_view::geometry::text_width;
use packetwalk_view::ladder::{Anchor, Ladder, LadderLook};
use packetwalk_view::timeline::Timeline;
use packetwalk_view::words::Lang;

/// Flows of the machines in a folder of the corpus.
fn timelines(folder: &str) -> impl Iterator<Item = (String, Timeline)> {
    support::cases(folder, false).into_iter().map(|case| {
        let flow = packetwalk_snapshot::flow::print(&case.walk.flow);
        (flow, Timeline::new(case.walk))
    })
}

/// What must hold of every ladder.
fn check(ladder: &Ladder, what: &str) {
    assert!(!ladder.lanes.is_empty(), "{what}");
    for pair in ladder.lanes.windows(2) {
        assert!(!pair[0].head.overlaps(&pair[1].head), "{what}: heads");
    }
    let mut before = 0;
    let mut bottom = 0.0;
    for row in &ladder.rows {
        assert!(row.step >= before, "{what}: rows run back in time");
        assert!(row.area.y >= bottom, "{what}: rows overlap");
        before = row.step;
        bottom = row.area.bottom();
        for at in row.line.iter().chain([&row.label_at, &row.detail_at]) {
            let inside = at.x >= 0.0 && at.x <= ladder.width && at.y <= ladder.height;
            assert!(inside, "{what}: {row:?}");
        }
        for (text, at) in [(&row.label, row.label_at), (&row.detail, row.detail_at)] {
            // Names and addresses; sentences of a reason may be shortened.
            let w = text_width(text).min(340.0);
            let (left, right) = match row.anchor {
                Anchor::Start => (at.x, at.x + w),
                Anchor::Middle => (at.x - w / 2.0, at.x + w / 2.0),
                Anchor::End => (at.x - w, at.x),
            };
            let inside = left >= 0.0 && right <= ladder.width;
            assert!(inside, "{what}: {text:?} sticks out of {}", ladder.width);
        }
        assert!(!row.spoken.is_empty(), "{what}: {row:?}");
    }
}

fn rungs(ladder: &Ladder) -> Vec<String> {
    let rung = |row: &&packetwalk_view::ladder::LadderRow| row.look == LadderLook::Rung;
    let rows = ladder.rows.iter().filter(rung);
    rows.map(|row| row.spoken.clone()).collect()
}

#[test]
fn every_flow_of_real_machines_has_a_ladder() {
    for case in support::everything() {
        let timeline = Timeline::new(case.walk.clone());
        for lang in Lang::ALL {
            for all in [false, true] {
                check(&Ladder::new(&timeline, lang, all), &case.name);
            }
        }
    }
}

#[test]
fn a_ping_through_nat_is_four_rungs_and_two_rewrites() {
    let flow = "c1 ping 10.10.126.187";
    let (_, timeline) = timelines("article").find(|(text, _)| text == flow).unwrap();
    let ladder = Ladder::new(&timeline, Lang::En, false);
    // As tcpdump on the four devices would have it.
    assert_eq!(
        rungs(&ladder),
        [
            "c1 to host: ICMP echo request 192.168.0.2 > 10.10.126.187",
            "host to ext: ICMP echo request 10.10.126.101 > 10.10.126.187",
            "ext to host: ICMP echo reply 10.10.126.187 > 10.10.126.101",
            "host to c1: ICMP echo reply 10.10.126.187 > 192.168.0.2",
        ]
    );
    let nat: Vec<_> = ladder
        .rows
        .iter()
        .filter(|row| row.look == LadderLook::Nat)
        .map(|row| row.spoken.as_str())
        .collect();
    assert_eq!(
        nat,
        [
            "in host: NAT: source 192.168.0.2 → 10.10.126.101",
            "in host: NAT: destination 10.10.126.101 → 192.168.0.2",
        ]
    );
    let last = ladder.rows.last().unwrap();
    assert_eq!(
        (last.look, last.label.as_str()),
        (LadderLook::Outcome, "ok: it was answered")
    );
}

#[test]
fn arp_is_folded_away_until_it_is_asked_for() {
    let mut folded = 0;
    for (flow, timeline) in timelines("dockerd") {
        let few = Ladder::new(&timeline, Lang::En, false);
        let all = Ladder::new(&timeline, Lang::En, true);
        let arp = |ladder: &Ladder| {
            let rows = ladder.rows.iter();
            rows.filter(|row| row.spoken.contains("ARP")).count()
        };
        assert_eq!(arp(&few), 0, "{flow}");
        let is_folded = few.rows.iter().any(|row| row.look == LadderLook::Folded);
        assert_eq!(is_folded, few.aside > 0, "{flow}");
        assert!(all.rows.iter().all(|row| row.look != LadderLook::Folded));
        assert!(few.rows.len() <= all.rows.len(), "{flow}");
        folded += few.aside;
        // What is asked for is there.
        if arp(&all) > 0 {
            assert!(is_folded, "{flow}");
        }
    }
    assert!(folded > 0, "no ARP in any flow");
}

#[test]
fn what_was_dropped_says_the_kernels_reason_and_plain_words() {
    // Answered by docker-proxy or isolated: some flow of this machine ends in
    // the filter table, as its recorded results say (timeout).
    let mut drops = 0;
    for (flow, timeline) in timelines("dockerd") {
        for lang in Lang::ALL {
            for row in &Ladder::new(&timeline, lang, false).rows {
                if row.look != LadderLook::Drop {
                    continue;
                }
                drops += 1;
                let kernel = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
                assert!(row.label.chars().all(kernel), "{flow}: {}", row.label);
                assert!(row.detail.len() > 8, "{flow}: {}", row.detail);
            }
        }
    }
    assert!(drops > 0);
}
