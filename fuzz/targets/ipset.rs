//! `ipset restore`: read, printed as `ipset save` and `ipset list` do.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let sets = packetwalk_rules::ipset::parse(text).value;
    let _ = packetwalk_rules::ipset::save(&sets);
    let _ = packetwalk_rules::ipset::list(&sets);
});
