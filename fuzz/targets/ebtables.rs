//! `ebtables-save`: read, printed, listed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let set = packetwalk_rules::ebt::parse(text).value;
    let _ = packetwalk_rules::ebt::save(&set, true);
    for table in &set.tables {
        let _ = packetwalk_rules::ebt::list(table, set.backend, None, true, true);
    }
});
