//! Flows: what is read is printed so that it is read to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for (_, flow) in packetwalk_snapshot::flow::parse(text).0 {
        let printed = packetwalk_snapshot::flow::print(&flow);
        let again = packetwalk_snapshot::flow::parse_line(&printed);
        assert_eq!(again.ok().as_ref(), Some(&flow), "{printed}");
    }
});
