//! The lines of `--format drops`: where packets were dropped, and the kernel's
//! reason (`enum skb_drop_reason`, as the tracepoint `skb:kfree_skb` prints it).

use packetwalk_core::walk::{Event, Walk};

/// `REASON NETNS DEVICE ETHERTYPE` for each packet that was dropped, in order.
pub fn lines(walk: &Walk) -> Vec<String> {
    let dropped = walk.steps.iter().filter_map(|step| match &step.event {
        Event::Drop { reason, .. } => Some((step, reason)),
        _ => None,
    });
    dropped
        .map(|(step, reason)| {
            let packet = step.packet.and_then(|at| walk.packets.get(at as usize));
            format!(
                "{} {} {} 0x{:04x}",
                reason.name(),
                step.netns,
                step.dev.as_deref().unwrap_or("-"),
                packet.map_or(0, |packet| packet.proto)
            )
        })
        .collect()
}
