//! Turns: packets and programs that wait, served in order.

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Layer, Name};
use crate::world::{NsId, World};

/// Packets and programs that wait for their turn.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    next_buffer: u32,
}

impl World {
    /// A number for a new packet buffer.
    pub fn next_buffer(&mut self) -> u32 {
        self.engine.next_buffer += 1;
        self.engine.next_buffer
    }

    /// Writes down a step about `skb`. Call it only when
    /// `self.rec.wants(&event)` or cheaper knowledge says it is wanted: making
    /// the event may cost more than dropping it.
    pub fn step(&mut self, ns: NsId, layer: Layer, skb: &Skb, event: Event) {
        if !self.rec.wants(&event) {
            return;
        }
        let name = self.ns(ns).name.clone();
        let dev = Some(self.dev(ns, skb.dev).name.clone());
        let state = skb.state(self.ct_view(ns, skb), self.owner(ns, skb));
        self.rec
            .push(name, dev, layer, Some((skb.id, state)), self.now, event);
    }

    /// Writes down a step at a hook.
    pub fn step_hook(&mut self, ns: NsId, state: &HookState, skb: &Skb, event: Event) {
        let layer = match state.family {
            crate::walk::Family::Bridge | crate::walk::Family::Arp => Layer::Link,
            _ => Layer::Network,
        };
        self.step(ns, layer, skb, event);
    }

    /// User and group of the socket that sent the packet.
    pub fn owner(&self, _ns: NsId, skb: &Skb) -> Option<(u32, u32)> {
        skb.sock.map(|_| (0, 0))
    }

    /// The packet ends here (`kfree_skb_reason`).
    pub fn drop_skb(&mut self, ns: NsId, skb: &Skb, reason: DropReason, detail: Option<Name>) {
        let event = Event::Drop { reason, detail };
        self.step(ns, Layer::Network, skb, event);
    }
}
