//! Real walks: machines of the corpus with every packet traced, gone through
//! step by step.

mod support;

use std::collections::HashMap;
use std::sync::Arc;

use packetwalk_core::walk::{BufferId, Event, Layer, Level, Name, Walk};
use packetwalk_view::geometry::Arrangement;
use packetwalk_view::rules::{Mark, RuleBook};
use packetwalk_view::scene::{Scene, Spot};
use packetwalk_view::timeline::{self, At, Timeline, Track, Unit};
use packetwalk_view::way::Way;
use packetwalk_view::words::Lang;
use support::{cases, corpus, everything};

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn every_step_has_words_a_place_and_a_spot() {
    for case in everything() {
        let timeline = Timeline::new(case.walk.clone());
        let scenes = [Arrangement::Wide, Arrangement::Narrow].map(|a| Scene::new(&case.before, a));
        let track = Track::new(&timeline, &scenes[0]);
        let ways: Vec<Way> = case
            .before
            .namespaces
            .iter()
            .flat_map(|netns| {
                [Arrangement::Wide, Arrangement::Narrow]
                    .map(|a| Way::new(&case.before, &netns.name, a).unwrap())
            })
            .collect();
        for step in 0..timeline.len() {
            let at = || {
                format!(
                    "{} step {step}: {:?}",
                    case.name, case.walk.steps[step].event
                )
            };
            for lang in Lang::ALL {
                let moment = timeline.moment(step, lang).unwrap();
                let text = moment.sentence.plain();
                assert!(
                    !text.contains(['{', '}']) && text.len() > 10,
                    "{}: {text}",
                    at()
                );
                let full_stop = ['.', '。'].iter().any(|end| text.ends_with(*end));
                let quotes = matches!(case.walk.steps[step].event, Event::Log(_));
                assert!(full_stop || quotes, "{}: {text}", at());
                if lang == Lang::Zh {
                    assert!(has_chinese(&text), "{}: {text}", at());
                    continue;
                }
                for way in ways.iter().filter(|way| way.netns == moment.netns) {
                    assert!(
                        way.point(&moment.place).is_some(),
                        "{}: {:?}",
                        at(),
                        moment.place
                    );
                    if let Some(chip) = &moment.place.chip {
                        let station = way
                            .stations
                            .iter()
                            .find(|station| station.id == moment.place.station);
                        let chips = &station.unwrap().chips;
                        assert!(
                            chips.iter().any(|found| found.name == *chip),
                            "{}: no chip {chip} at {}",
                            at(),
                            moment.place.station
                        );
                    }
                }
                for scene in &scenes {
                    if let Spot::Device { netns, dev } = &moment.spot {
                        // `lo` is drawn in the machine only.
                        let drawn = scene.device(netns, dev).is_some() || &**dev == "lo";
                        assert!(drawn, "{}: {:?}", at(), moment.spot);
                    }
                }
            }
            let frame = timeline.frame(timeline.time_of(step) + 0.001, &track, None);
            for dot in &frame.dots {
                let inside = (0.0..=scenes[0].width).contains(&dot.at.x)
                    && (0.0..=scenes[0].height).contains(&dot.at.y);
                assert!(inside, "{}: {dot:?}", at());
            }
        }
    }
}

#[test]
fn a_moment_does_not_depend_on_the_way_there() {
    for case in cases("article", true) {
        let timeline = Timeline::new(case.walk.clone());
        let book = RuleBook::new(&case.before);
        let scene = Scene::new(&case.before, Arrangement::Wide);
        let track = Track::new(&timeline, &scene);
        let all = |step: usize| {
            (
                timeline.moment(step, Lang::En),
                timeline.lights(step, "host", Lang::En),
                timeline.frame_in(step, 0.5, &track, None),
                book.view(&timeline, step, Lang::Zh),
            )
        };
        let forth: Vec<_> = (0..timeline.len()).map(all).collect();
        let back: Vec<_> = (0..timeline.len()).rev().map(all).collect();
        for (there, here) in forth.iter().zip(back.iter().rev()) {
            assert!(there == here, "{}", case.name);
        }
    }
}

/// What jumps and returns say is where the next rule stands.
#[test]
fn chains_are_entered_and_left_as_the_steps_say() {
    let mut returns = 0;
    for case in everything() {
        let mut chains: HashMap<BufferId, Vec<Name>> = HashMap::new();
        for (number, step) in case.walk.steps.iter().enumerate() {
            let open = chains.entry(step.buffer).or_default();
            let at = || format!("{} step {number}: {:?}", case.name, step.event);
            match &step.event {
                Event::TableEnter { .. } => open.clear(),
                Event::Rule { rule, .. } => {
                    if open.is_empty() {
                        open.push(rule.chain.clone());
                    }
                    assert_eq!(open.last(), Some(&rule.chain), "{}", at());
                }
                Event::Jump { to, goto, .. } => {
                    if *goto {
                        open.pop();
                    }
                    open.push(to.clone());
                }
                Event::Return { from, to, .. } => {
                    assert_eq!(open.pop().as_ref(), Some(from), "{}", at());
                    if open.is_empty() {
                        open.push(to.clone());
                    }
                    assert_eq!(open.last(), Some(to), "{}", at());
                    returns += 1;
                }
                Event::Policy { chain, .. } => {
                    assert!(open.last().is_none_or(|last| last == chain), "{}", at());
                }
                _ => {}
            }
        }
    }
    assert!(returns > 100, "{returns}");
}

#[test]
fn what_targets_of_ebtables_do_is_a_step() {
    let mut effects: Vec<String> = Vec::new();
    for case in cases("ebtables", false) {
        for step in &case.walk.steps {
            if let Event::Target { target, effect, .. } = &step.event
                && step.layer == Layer::Link
            {
                effects.push(format!("{target} {effect}"));
            }
        }
    }
    for wanted in [
        "arpreply --arpreply-mac 02:42:ac:11:00:03",
        "dnat --to-dst 02:42:ac:11:00:02 --dnat-target ACCEPT",
        "mark --mark-set 0x5 --mark-target CONTINUE",
        "redirect ",
        "snat --to-src 02:42:00:00:00:77 --snat-target ACCEPT",
    ] {
        assert!(effects.iter().any(|effect| effect == wanted), "{effects:?}");
    }
}

/// The host's view of one packet, gone through naively from its arrival on.
#[test]
fn what_is_lit_is_where_the_packet_has_been() {
    let mut packets = 0;
    for case in cases("article", true) {
        let timeline = Timeline::new(case.walk.clone());
        for message in timeline.overview().conversation.messages {
            let mut seen: Vec<String> = Vec::new();
            for step in message.first..=message.last {
                let moment = timeline.moment(step as usize, Lang::En).unwrap();
                if moment.buffer != message.buffer || &*moment.netns != "host" {
                    continue;
                }
                if message.copy || moment.kind == "emit" {
                    break;
                }
                let on_docker0 = moment.dev.as_deref() == Some("docker0");
                if moment.kind == "receive" && !on_docker0 {
                    seen.clear();
                    packets += 1;
                }
                seen.push(moment.place.station.to_string());
                let lights = timeline.lights(step as usize, "host", Lang::En);
                assert!(lights.here);
                let mut lit: Vec<String> = lights
                    .lights
                    .iter()
                    .map(|light| light.place.station.to_string())
                    .collect();
                let mut been = seen.clone();
                for list in [&mut lit, &mut been] {
                    list.sort();
                    list.dedup();
                }
                assert_eq!(lit, been, "{} step {step}", case.name);
            }
        }
    }
    assert!(packets > 10, "only {packets} packets were followed");
}

#[test]
fn counters_end_where_the_world_does() {
    for case in everything() {
        let timeline = Timeline::new(case.walk.clone());
        let Some(last) = timeline.len().checked_sub(1) else {
            continue;
        };
        let (before, after) = (RuleBook::new(&case.before), RuleBook::new(&case.after));
        let empty = Timeline::new(Arc::new(Walk {
            steps: Vec::new(),
            packets: Vec::new(),
            ..(*case.walk).clone()
        }));
        for chain in before.chains() {
            let at = At {
                netns: chain.netns.clone(),
                tool: chain.tool,
                table: chain.table.clone(),
                chain: chain.chain.clone(),
                rule: None,
            };
            let ours = before.chain(&timeline, last, &at, Lang::En).unwrap();
            let worlds = after.chain(&empty, 0, &at, Lang::En).unwrap();
            assert_eq!(ours.title, worlds.title, "{}", case.name);
            for (ours, worlds) in ours.rows.iter().zip(&worlds.rows) {
                assert_eq!(ours.line, worlds.line, "{} {at:?}", case.name);
            }
        }
    }
}

#[test]
fn rules_bear_the_mark_of_what_happened() {
    for case in cases("article", true) {
        let timeline = Timeline::new(case.walk.clone());
        let book = RuleBook::new(&case.before);
        for (step, what) in case.walk.steps.iter().enumerate() {
            let Event::Rule { rule, why_not } = &what.event else {
                continue;
            };
            let view = book.view(&timeline, step, Lang::En).unwrap();
            assert_eq!((&view.table, &view.chain), (&rule.table, &rule.chain));
            let row = &view.rows[rule.number as usize - 1];
            assert!(row.current, "{} step {step}", case.name);
            let expected = if why_not.is_none() {
                Mark::Tick
            } else {
                Mark::Cross
            };
            assert_eq!(row.mark, expected, "{} step {step}", case.name);
            assert_eq!(row.why.is_some(), why_not.is_some());
            assert_eq!(row.number, rule.number);
            assert!(
                row.line.starts_with(&rule.number.to_string()),
                "{}",
                row.line
            );
            for later in &view.rows[rule.number as usize..] {
                assert_eq!(later.mark, Mark::None, "{} step {step}", case.name);
            }
        }
    }
}

#[test]
fn stepping_stops_where_it_says() {
    for case in cases("article", true) {
        let timeline = Timeline::new(case.walk.clone());
        for unit in [Unit::Step, Unit::Rule, Unit::Hook, Unit::Packet] {
            let (mut step, mut stops) = (0, vec![0]);
            while step + 1 < timeline.len() {
                let next = timeline.next(step, unit, true);
                assert!(next > step, "{} stuck at {step}", case.name);
                step = next;
                stops.push(step);
            }
            assert_eq!(timeline.next(step, unit, true), step);
            for pair in stops.windows(2).skip(1) {
                if timeline.next(pair[1], unit, false) != pair[0] {
                    // The end is a stop only forwards.
                    assert_eq!(pair[1] + 1, timeline.len());
                }
            }
        }
        for step in 0..timeline.len() {
            let time = timeline.time_of(step);
            assert_eq!(timeline.step_at(time), step, "{}", case.name);
        }
    }
}

/// The first packet's way in the article's three scenes.
#[test]
fn the_articles_packets_pass_the_articles_stations() {
    let cases = cases("article", true);
    let host = |flow: usize| {
        let timeline = Timeline::new(cases[flow].walk.clone());
        let mut out: Vec<String> = Vec::new();
        let first = timeline.overview().conversation.messages;
        let echo = first
            .iter()
            .find(|message| message.summary.starts_with("ICMP echo request"))
            .unwrap();
        for step in 0..timeline.len() {
            let moment = timeline.moment(step, Lang::En).unwrap();
            let station = moment.place.station.to_string();
            if &*moment.netns == "host"
                && moment.buffer == echo.buffer
                && out.last() != Some(&station)
            {
                out.push(station);
            }
        }
        out.join(" ")
    };
    assert_eq!(
        host(0),
        "ingress bridge:PREROUTING ipv4:PREROUTING bridge:PREROUTING bridging \
         bridge:FORWARD ipv4:FORWARD bridge:FORWARD bridge:POSTROUTING \
         ipv4:POSTROUTING bridge:POSTROUTING egress"
    );
    assert_eq!(
        host(2),
        "ingress bridge:PREROUTING ipv4:PREROUTING bridge:PREROUTING bridging \
         bridge:INPUT bridging ipv4:PREROUTING routing ipv4:FORWARD \
         ipv4:POSTROUTING neighbour egress"
    );
}

/// The steps of the second walk that the first has no counterpart for.
fn fresh(before: &str, after: &str, flow: &str) -> (Walk, Vec<u32>) {
    let run = |text: &str| {
        let mut world = packetwalk_snapshot::load(text).world;
        world.rec.level = Level::Full;
        let rules = RuleBook::new(&world);
        let (flows, _) = packetwalk_snapshot::flow::parse(flow);
        (world.run_flow(&flows[0].1), rules)
    };
    let ((was, before), (is, after)) = (run(before), run(after));
    let side = |walk, rules| timeline::Side { walk, rules };
    let steps = timeline::differing(side(&was, &before), side(&is, &after));
    (is, steps)
}

#[test]
fn a_changed_policy_marks_the_steps_that_differ() {
    let text = std::fs::read_to_string(corpus().join("article/2017/snapshot.txt")).unwrap();
    let flow = "host ping 192.168.0.2";
    assert!(fresh(&text, &text, flow).1.is_empty());
    // The first table with an OUTPUT policy of filter in the host's rules.
    let filter = text.find("*filter").unwrap();
    let at = filter + text[filter..].find(":OUTPUT ACCEPT").unwrap();
    let mut changed = text.clone();
    changed.replace_range(at..at + 14, ":OUTPUT DROP");
    let (after, steps) = fresh(&text, &changed, flow);
    let policy = after.steps.iter().position(|step| {
        matches!(&step.event, Event::Policy { verdict, .. } if *verdict == packetwalk_core::walk::Verdict::Drop)
    });
    assert_eq!(steps.first().copied(), policy.map(|at| at as u32));
}

#[test]
fn a_rule_put_in_front_does_not_mark_the_rules_behind_it() {
    let text = std::fs::read_to_string(corpus().join("article/2017/snapshot.txt")).unwrap();
    let filter = text.find("*filter").unwrap();
    let at = filter + text[filter..].find("-A FORWARD").unwrap();
    let line = text[..at].rfind('\n').unwrap() + 1;
    let mut changed = text.clone();
    changed.insert_str(line, "[0:0] -A FORWARD -s 10.9.9.9/32 -j DROP\n");
    let (after, steps) = fresh(&text, &changed, "c1 ping 192.168.0.3");
    assert!(!steps.is_empty());
    for step in steps {
        let event = &after.steps[step as usize].event;
        let new = matches!(event, Event::Rule { rule, .. } if &*rule.chain == "FORWARD" && rule.number == 1);
        assert!(new, "step {step}: {event:?}");
    }
}

#[test]
fn a_packet_that_is_another_marks_the_steps_that_it_passes() {
    let text = std::fs::read_to_string(corpus().join("article/2017/snapshot.txt")).unwrap();
    let changed = text.replace(" -j MASQUERADE", " -j SNAT --to-source 10.10.126.102");
    assert_ne!(text, changed);
    let (after, steps) = fresh(&text, &changed, "c1 ping 10.10.126.187");
    // It leaves by another address, in the same places.
    let leaves = after.steps.iter().enumerate().filter(|(_, step)| {
        matches!(step.event, Event::Transmit)
            && step.dev.as_deref() == Some("eth0")
            && &*step.netns == "host"
    });
    let leaves: Vec<u32> = leaves.map(|(at, _)| at as u32).collect();
    assert!(!leaves.is_empty());
    assert!(
        leaves.iter().any(|at| steps.contains(at)),
        "{leaves:?} {steps:?}"
    );
}

/// What a page shows before anybody has touched time.
#[test]
fn the_opening_moment_tells_what_a_walk_is_about() {
    let text = include_str!("../../../www/scenarios/article-2017.snapshot.txt");
    let world = packetwalk_snapshot::load(text).world;
    let opening = |flow: &str| {
        let flow = packetwalk_snapshot::flow::parse_line(flow).unwrap();
        let mut world = world.clone();
        world.rec.level = Level::Full;
        let timeline = Timeline::new(Arc::new(world.run_flow(&flow)));
        let step = timeline.overview().opening as usize;
        timeline.moment(step, Lang::En).unwrap().sentence.plain()
    };
    // The three of the article: a rule, a port, a rewritten address.
    assert_eq!(
        opening("c1 ping 192.168.0.3"),
        "Table filter has decided at FORWARD: the packet is accepted, by rule 6 of FORWARD."
    );
    assert_eq!(
        opening("host ping 192.168.0.2"),
        "Bridge docker0 knows where 02:42:c0:a8:00:02 lives: the frame is forwarded to port vethf7a28b2 alone."
    );
    assert_eq!(
        opening("c1 ping 10.10.126.187"),
        "NAT: the packet's source is rewritten, from 192.168.0.2 to 10.10.126.101."
    );
}

#[test]
fn a_flow_that_fails_opens_where_it_fails() {
    use packetwalk_core::flow::Outcome;
    let mut failed = 0;
    for case in everything() {
        let timeline = Timeline::new(case.walk.clone());
        let step = timeline.opening();
        let event = &case.walk.steps.get(step).map(|step| &step.event);
        match case.walk.outcome {
            Outcome::Ok { .. } | Outcome::Sent => continue,
            Outcome::NotModelled => {
                let unknown =
                    matches!(event, Some(Event::NotModelled { .. } | Event::Limit { .. }));
                assert!(unknown, "{}: {event:?}", case.name);
            }
            Outcome::Waited => {
                use packetwalk_core::walk::ProgramAct;
                let waits = matches!(
                    event,
                    Some(Event::Program {
                        act: ProgramAct::Wait { .. },
                        ..
                    })
                );
                assert!(waits, "{}: {event:?}", case.name);
            }
            _ => {
                failed += 1;
                // Never where it begins, nor at a step that tells of success.
                use packetwalk_core::walk::ProgramAct;
                let end = match event {
                    Some(Event::Drop { .. } | Event::Emit { .. } | Event::Leave) => true,
                    Some(Event::Route { result, .. }) => &*result.kind != "unicast",
                    Some(Event::Program { act, .. }) => matches!(act, ProgramAct::Done { .. }),
                    _ => false,
                };
                assert!(end, "{}: {event:?} {:?}", case.name, case.walk.outcome);
            }
        }
    }
    assert!(failed > 100, "only {failed} flows fail");
}
