//! `ipset save`: read, printed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let sets = packetwalk_rules::ipset::parse(text).value;
    let _ = packetwalk_rules::ipset::save(&sets);
});
