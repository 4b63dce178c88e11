//! Time passes: the flow `wait`.
//!
//! What has a timer ([`crate::timer`]) goes off at its time. What merely bears the
//! time of its end is taken away when the clock is moved past it, or is not looked
//! at any more: fdb entries (`br_fdb_cleanup`), connections
//! (`gc_worker`), request sockets of TCP.
//!
//! Not modelled, and said: retransmission, and the end of connections that TCP
//! closes. Groups of multicast snooping, cached path MTUs and redirects stay.

use std::net::IpAddr;

use crate::conntrack::CtInfo;
use crate::flow::Outcome;
use crate::timer::Timer;
use crate::transport::SocketKind;
use crate::transport::run::Attempt;
use crate::transport::socket::TcpState;
use crate::walk::{CtAct, Event, Layer, ProgramAct};
use crate::world::{DevId, NsId, World};

/// How long TCP waits for the answer to a SYN-ACK (`TCP_TIMEOUT_INIT`),
/// nanoseconds.
const SYNACK: u64 = 1_000_000_000;

impl World {
    /// `time` nanoseconds pass, as a program in `ns` sees that sleeps.
    pub(crate) fn flow_wait(&mut self, ns: NsId, time: u64) -> Attempt {
        self.note_program(ns, "sleep".into(), ProgramAct::Wait { time });
        let end = self.now.saturating_add(time);
        self.wind_timers();
        self.say_retransmissions(end);
        while let Some(due) = self.engine.timers.next_due().filter(|due| *due <= end) {
            self.pass_time(due);
            self.run_packets();
        }
        self.now = end;
        self.forget_macs();
        self.forget_connections();
        self.forget_requests();
        Attempt::ended(Outcome::Waited)
    }

    /// Timers that a snapshot does not show: those of neighbours that it says are
    /// reachable or being asked.
    fn wind_timers(&mut self) {
        let mut found = Vec::new();
        for (ns, netns) in self.all_ns() {
            for entry in &netns.neigh.entries {
                if let IpAddr::V4(addr) = entry.addr
                    && !self
                        .engine
                        .timers
                        .is_set(Timer::Neighbour(ns, entry.dev, addr))
                {
                    found.push((ns, entry.dev, addr));
                }
            }
        }
        for (ns, dev, addr) in found {
            self.neigh_timer_follows(ns, dev, addr);
        }
    }

    /// What TCP would send again while time passes, it does not here.
    fn say_retransmissions(&mut self, end: u64) {
        let mut found = Vec::new();
        for (ns, netns) in self.all_ns() {
            let quiet = netns.sysctl.ipv4.tcp_synack_retries == 0;
            let again = netns.sockets.list.iter().any(|socket| {
                let request = socket.kind == SocketKind::Tcp(TcpState::SynRecv)
                    && !quiet
                    && socket.opened.saturating_add(SYNACK) <= end;
                // Its FIN may be on its way yet.
                !socket.dead && (request || socket.orphan)
            });
            if again {
                found.push(ns);
            }
        }
        for ns in found {
            self.engine.not_modelled = true;
            let what = "retransmission of TCP".to_owned();
            self.note_idle(ns, None, Layer::Transport, Event::NotModelled { what });
        }
    }

    /// Connections whose time is over leave the tables (`gc_worker`).
    fn forget_connections(&mut self) {
        let now = self.now;
        for at in 0..self.namespaces.len() {
            let ns = NsId(at as u16);
            for entry in self.ns_mut(ns).ct.take_expired(now) {
                let event = Event::Conntrack {
                    act: CtAct::Destroy,
                    ct: Some(entry.view(CtInfo::Established, now)),
                };
                self.note_idle(ns, None, Layer::Network, event);
            }
        }
    }

    /// Request sockets that got no answer to their SYN-ACK are closed
    /// (`reqsk_timer_handler`).
    fn forget_requests(&mut self) {
        let now = self.now;
        for netns in &mut self.namespaces {
            for socket in &mut netns.sockets.list {
                if socket.kind == SocketKind::Tcp(TcpState::SynRecv)
                    && socket.opened.saturating_add(SYNACK) <= now
                {
                    socket.dead = true;
                }
            }
        }
    }

    /// The bridges forget addresses that were not heard of for their ageing time.
    pub(crate) fn forget_macs(&mut self) {
        let now = self.now;
        let mut forgotten = Vec::new();
        for (index, netns) in self.namespaces.iter_mut().enumerate() {
            let ns = NsId(index as u16);
            for (at, device) in netns.devices.iter_mut().enumerate() {
                let Some(bridge) = device.bridge_mut() else {
                    continue;
                };
                let ageing = bridge.ageing;
                bridge.fdb.entries.retain(|entry| {
                    let kept = entry.local
                        || entry.is_static
                        || entry.updated.saturating_add(ageing) > now;
                    if !kept {
                        forgotten.push((ns, DevId(at as u16), entry.clone()));
                    }
                    kept
                });
            }
        }
        for (ns, bridge, entry) in forgotten {
            let port = entry.port.unwrap_or(bridge);
            let event = Event::FdbForget {
                bridge: self.dev(ns, bridge).name.clone(),
                mac: entry.mac,
                port: self.dev(ns, port).name.clone(),
            };
            self.note_idle(ns, Some(bridge), Layer::Link, event);
        }
    }
}
