//! `arptables-save`: read, printed, listed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use packetwalk_rules::arpt;

fuzz_target!(|text: &str| {
    let set = arpt::parse(text).value;
    let _ = arpt::save(&set, true);
    for table in &set.tables {
        let options = arpt::ListOptions {
            verbose: true,
            exact: false,
            line_numbers: true,
        };
        let _ = arpt::list(table, None, options);
    }
});
