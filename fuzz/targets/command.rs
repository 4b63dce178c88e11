//! One command's output, read into a world. The input's first line is the command.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (command, output) = text.split_once('\n').unwrap_or((text, ""));
    let link = r#"[{"ifindex":1,"ifname":"lo"},{"ifindex":2,"ifname":"eth0"}]"#;
    let _ = packetwalk_snapshot::load(&format!(
        "@@packetwalk snapshot 1\n@@netns host\n@@run ip -j -d link show\n{link}\n\
         @@run {command}\n{output}\n@@end\n"
    ));
});
