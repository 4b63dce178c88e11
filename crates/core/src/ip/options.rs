//! IP options (net/ipv4/ip_options.c).
//!
//! Checked for their form and kept; record route, time stamps and source
//! routes are not filled in: a packet that asks for that is not modelled.

use crate::link::detail;
use crate::skb::Skb;
use crate::walk::DropReason;
use crate::wire::icmp;
use crate::world::{NsId, World};

const END: u8 = 0;
const NOOP: u8 = 1;
const RECORD_ROUTE: u8 = 7;
const TIMESTAMP: u8 = 68;
const LOOSE_ROUTE: u8 = 131;
const STRICT_ROUTE: u8 = 137;

impl World {
    /// `ip_rcv_options`: `false` when the packet does not go on.
    pub(crate) fn ip_rcv_options(&mut self, ns: NsId, skb: &mut Skb) -> bool {
        let options = skb.ip().options().to_vec();
        let mut rest = options.as_slice();
        let mut at = 20_u32;
        while let Some(&kind) = rest.first() {
            let len = match kind {
                END => break,
                NOOP => 1,
                _ => usize::from(rest.get(1).copied().unwrap_or(0)),
            };
            let bad = (kind != NOOP && len < 2) || len > rest.len();
            if bad {
                self.icmp_send(ns, skb, icmp::PARAMETER_PROBLEM, 0, at << 24);
                self.drop_skb(ns, skb, DropReason::IpInHdr, detail("options"));
                return false;
            }
            match kind {
                LOOSE_ROUTE | STRICT_ROUTE => {
                    let accept = self
                        .ns(ns)
                        .sysctl
                        .and(&self.dev(ns, skb.dev).name, |conf| conf.accept_source_route);
                    if !accept {
                        self.drop_skb(ns, skb, DropReason::NotSpecified, detail("source route"));
                        return false;
                    }
                    self.not_modelled(ns, skb, "IP option: source route");
                    return false;
                }
                RECORD_ROUTE | TIMESTAMP => {
                    self.not_modelled(ns, skb, "IP option: record route or time stamp");
                    return false;
                }
                _ => {}
            }
            at += len as u32;
            rest = rest.get(len..).unwrap_or(&[]);
        }
        true
    }
}
