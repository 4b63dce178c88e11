//! Tells the walks of a machine: each step's kind, place and sentence.
//!
//! `cargo run -p packetwalk-view --example tell -- SNAPSHOT 'FLOW' [zh]`

#![expect(clippy::print_stdout, reason = "printing is what it does")]

use std::sync::Arc;

use packetwalk_view::timeline::Timeline;
use packetwalk_view::words::Lang;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let text = std::fs::read_to_string(args.first().expect("SNAPSHOT")).expect("a file");
    let mut world = packetwalk_snapshot::load(&text).world;
    let (flows, _) = packetwalk_snapshot::flow::parse(args.get(1).expect("FLOW"));
    let lang = args.get(2).map_or(Lang::En, |tag| Lang::of_tag(tag));
    for (_, flow) in flows {
        let timeline = Timeline::new(Arc::new(world.run_flow(&flow)));
        for step in 0..timeline.len() {
            let moment = timeline.moment(step, lang).expect("a moment");
            let chip = moment.place.chip.as_deref().unwrap_or("-");
            let (station, spot) = (moment.place.station.to_string(), moment.spot);
            println!(
                "{step:4} {:6.2} #{:<2} {:5} {:17} {station:20} {chip:12} {}",
                moment.time,
                moment.buffer,
                moment.netns,
                moment.kind,
                moment.sentence.plain(),
            );
            if args.len() > 3 {
                println!("      {spot:?} {:?} {:?}", moment.rule, moment.stack);
            }
        }
        println!("{}", packetwalk_view::result::line(timeline.walk(), true));
    }
}
