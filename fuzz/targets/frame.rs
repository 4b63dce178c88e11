//! The frame of a snapshot: read, printed, read again to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (frame, problems) = packetwalk_snapshot::frame::Frame::parse(text);
    if problems.is_empty() {
        let printed = frame.to_string();
        let (again, _) = packetwalk_snapshot::frame::Frame::parse(&printed);
        assert_eq!(printed, again.to_string());
    }
});
