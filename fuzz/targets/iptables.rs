//! `iptables-save`: read, printed, listed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let set = packetwalk_rules::iptables::parse(text, packetwalk_rules::Family::V4).value;
    let _ = packetwalk_rules::iptables::save(&set, true);
});
