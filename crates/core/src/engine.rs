//! Turns: packets and programs that wait, served in order.
//!
//! The kernel's per-CPU backlog (net/core/dev.c) is what keeps packets in
//! order: a device that hands a packet to another device, or to itself, puts
//! it there, and it is taken up when the present one has come to rest. Timers
//! go off only when nothing else waits, and the world's clock moves on to the
//! time that they were set for: it stands still but for that, and for a `wait`.

use std::collections::VecDeque;

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::timer::{Timer, Timers};
use crate::walk::{DropReason, Event, Family, Layer, Name};
use crate::world::{DevId, NsId, SockId, World};

/// How many turns one flow may take before it is called a loop.
pub const TURN_LIMIT: u32 = 20_000;

/// Packets and programs that wait for their turn.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    next_buffer: u32,
    backlog: VecDeque<(NsId, Skb)>,
    programs: VecDeque<ProgramTurn>,
    /// Packets that a work queue will hand in.
    work: VecDeque<(NsId, Skb)>,
    pub(crate) timers: Timers,
    turns: u32,
    /// Number of the flow, counted from 1.
    flow: u32,
    /// The kernel is at work by itself, not for a program (`in_softirq`).
    softirq: bool,
    /// Something that is not modelled was met in this flow.
    pub not_modelled: bool,
    /// An ICMP message is being sent: the socket for that is taken, so that
    /// nothing on its way out can make another (`icmp_xmit_lock`).
    pub(crate) icmp_busy: bool,
    /// The socket whose program is in the middle of `connect()`.
    pub(crate) owned: Option<Owned>,
    /// Who has been sent a redirect in this flow, and by whom.
    pub(crate) redirected: Vec<(NsId, std::net::Ipv4Addr)>,
    /// What the flow's program has seen so far.
    pub(crate) attempt: crate::transport::run::Attempt,
}

/// A TCP socket that belongs to its program for the time of a call
/// (`sock_owned_by_user`): what comes in for it waits.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub ns: NsId,
    pub sock: SockId,
    /// Segments that wait (`sk_backlog`).
    pub held: Vec<Skb>,
    /// What an ICMP error said of the connection (`sk_err_soft`).
    pub error: Option<crate::flow::Outcome>,
}

/// A program that has something to do.
#[derive(Clone, Debug)]
pub enum ProgramTurn {
    /// A server accepts a connection.
    Accept(NsId, SockId),
    /// TCP acknowledges what a program has read.
    Acknowledge(NsId, SockId),
    /// A UDP socket has a datagram to read.
    Datagram(NsId, SockId, crate::transport::udp::Datagram),
    /// A relay's connection to its back end stands.
    Relayed(NsId, SockId),
    /// A relay could not reach its back end: it hangs up on its client.
    RelayFailed(NsId, SockId),
    /// A client learns that its connection failed after all: it hangs up.
    HangUp(NsId, SockId),
}

impl Engine {
    /// A flow begins: no turn is taken yet, and all is modelled so far.
    pub(crate) fn begin_flow(&mut self) {
        self.turns = 0;
        self.flow = self.flow.wrapping_add(1);
        self.not_modelled = false;
    }

    /// Number of the flow that runs, counted from 1.
    pub(crate) fn flow(&self) -> u32 {
        self.flow
    }
}

impl World {
    /// A number for a new packet buffer.
    pub fn next_buffer(&mut self) -> u32 {
        self.engine.next_buffer += 1;
        self.engine.next_buffer
    }

    /// A new packet buffer, traced from the start if everything is.
    pub(crate) fn new_skb(&mut self, dev: DevId, proto: u16, data: Vec<u8>) -> Skb {
        let mut skb = Skb::new(self.next_buffer(), dev, proto, data);
        skb.traced = self.settings.trace_all;
        skb
    }

    /// A copy of `skb` that goes its own way (`skb_clone`).
    pub(crate) fn clone_skb(&mut self, ns: NsId, skb: &Skb) -> Skb {
        let mut copy = skb.clone();
        copy.id = self.next_buffer();
        self.note(ns, Layer::Link, &copy, |_| Event::Emit {
            parent: Some(skb.id),
            origin: crate::walk::Origin::Clone,
        });
        copy
    }

    /// `netif_rx`: the packet came in by `skb.dev` of `ns`, and waits.
    pub(crate) fn netif_rx(&mut self, ns: NsId, skb: Skb) {
        self.engine.backlog.push_back((ns, skb));
    }

    /// A work queue will do that (`schedule_work`): when no packet waits.
    pub(crate) fn netif_rx_later(&mut self, ns: NsId, skb: Skb) {
        self.engine.work.push_back((ns, skb));
    }

    /// A program will get its turn.
    pub(crate) fn wake(&mut self, turn: ProgramTurn) {
        self.engine.programs.push_back(turn);
    }

    /// Runs until nothing waits any more: packets first, then programs, then
    /// timers, as long as a neighbour is being asked.
    pub(crate) fn run_until_idle(&mut self) {
        loop {
            self.run_packets();
            match self.engine.timers.next_due() {
                Some(due) if self.is_awaited() => self.pass_time(due),
                _ => return,
            }
        }
    }

    /// Runs until no packet and no program waits any more.
    pub(crate) fn run_packets(&mut self) {
        loop {
            self.engine.turns += 1;
            if self.engine.turns > TURN_LIMIT {
                self.stop_loop();
                return;
            }
            let packet = self.engine.backlog.pop_front();
            self.engine.softirq = true;
            if let Some((ns, skb)) = packet {
                self.netif_receive(ns, skb);
            } else if let Some(owned) = self.engine.owned.take() {
                // In the program's time: what it sends goes its way at once.
                self.engine.softirq = false;
                self.release_sock(owned);
            } else if let Some((ns, skb)) = self.engine.work.pop_front() {
                self.netif_receive(ns, skb);
            } else if let Some(turn) = self.engine.programs.pop_front() {
                self.engine.softirq = false;
                self.run_program(turn);
            } else {
                self.engine.softirq = false;
                return;
            }
        }
    }

    /// Does a flow wait for one of the timers?
    fn is_awaited(&self) -> bool {
        self.engine.timers.iter().any(|timer| match timer {
            Timer::Neighbour(ns, dev, addr) => self
                .ns(ns)
                .neigh
                .find(dev, addr.into())
                .is_some_and(|entry| entry.state.is_asked()),
            Timer::Fragments(..) => false,
        })
    }

    /// The clock moves on to `due`, and what was set for that time goes off.
    pub(crate) fn pass_time(&mut self, due: u64) {
        self.now = self.now.max(due);
        self.engine.softirq = true;
        self.forget_macs();
        for timer in self.engine.timers.take_due(due) {
            match timer {
                Timer::Neighbour(ns, dev, addr) => self.neigh_timer(ns, dev, addr),
                Timer::Fragments(ns, key) => self.ip_expire(ns, key),
            }
        }
    }

    /// What waits is served at once when a program has made it wait in the middle
    /// of a send (`local_bh_enable` of `netif_rx`).
    pub(crate) fn serve_backlog(&mut self) {
        if self.engine.softirq {
            return;
        }
        self.engine.softirq = true;
        while let Some((ns, skb)) = self.engine.backlog.pop_front() {
            self.engine.turns += 1;
            if self.engine.turns > TURN_LIMIT {
                self.stop_loop();
                break;
            }
            self.netif_receive(ns, skb);
        }
        self.engine.softirq = false;
    }

    /// Packets go round and round: say so, and let go of them.
    fn stop_loop(&mut self) {
        if let Some((ns, skb)) = self.engine.backlog.pop_front() {
            self.note(ns, Layer::Link, &skb, |_| Event::Limit {
                what: format!("{TURN_LIMIT} packets in one flow: a loop"),
            });
        }
        self.engine.backlog.clear();
        self.engine.work.clear();
        self.engine.programs.clear();
        self.engine.timers.clear();
        self.engine.owned = None;
        self.engine.not_modelled = true;
    }

    /// Writes down a step about `skb`.
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

    /// Writes down a step about `skb`, made only if every step is wanted.
    pub(crate) fn note(
        &mut self,
        ns: NsId,
        layer: Layer,
        skb: &Skb,
        event: impl FnOnce(&Self) -> Event,
    ) {
        if self.rec.full() {
            let event = event(self);
            self.step(ns, layer, skb, event);
        }
    }

    /// Writes down a step that no packet is concerned with.
    pub(crate) fn note_program(&mut self, ns: NsId, program: Name, act: crate::walk::ProgramAct) {
        if self.rec.full() {
            let name = self.ns(ns).name.clone();
            let event = Event::Program { program, act };
            self.rec
                .push(name, None, Layer::Process, None, self.now, event);
        }
    }

    /// Writes down what becomes of something with time, without a packet.
    pub(crate) fn note_idle(&mut self, ns: NsId, dev: Option<DevId>, layer: Layer, event: Event) {
        if self.rec.wants(&event) {
            let name = self.ns(ns).name.clone();
            let dev = dev.map(|dev| self.dev(ns, dev).name.clone());
            self.rec.push(name, dev, layer, None, self.now, event);
        }
    }

    /// Writes down a step at a hook.
    pub fn step_hook(&mut self, ns: NsId, state: &HookState, skb: &Skb, event: Event) {
        let layer = match state.family {
            Family::Bridge | Family::Arp => Layer::Link,
            Family::Ipv4 | Family::Ipv6 => Layer::Network,
        };
        self.step(ns, layer, skb, event);
    }

    /// User and group of the socket that sent the packet, if a program holds
    /// it open (`nf_log_dump_sk_uid_gid`).
    pub fn owner(&self, ns: NsId, skb: &Skb) -> Option<(u32, u32)> {
        let socket = self.ns(ns).sockets.get(skb.sock?)?;
        (!socket.orphan).then_some((socket.uid, socket.gid))
    }

    /// The packet ends here (`kfree_skb_reason`).
    pub fn drop_skb(&mut self, ns: NsId, skb: &Skb, reason: DropReason, detail: Option<Name>) {
        let event = Event::Drop { reason, detail };
        self.step(ns, Layer::Network, skb, event);
    }

    /// The packet has done its work (`consume_skb`).
    pub(crate) fn consume_skb(&mut self, ns: NsId, skb: &Skb) {
        self.note(ns, Layer::Network, skb, |_| Event::Consume);
    }

    /// Something that is not modelled was met: the packet ends here, and the
    /// flow's outcome says so.
    pub fn not_modelled(&mut self, ns: NsId, skb: &Skb, what: &str) {
        self.engine.not_modelled = true;
        let event = Event::NotModelled { what: what.into() };
        self.step(ns, Layer::Network, skb, event);
    }
}
