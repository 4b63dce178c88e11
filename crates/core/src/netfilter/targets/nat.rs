//! `SNAT`, `DNAT`, `MASQUERADE`, `REDIRECT` (net/netfilter/xt_nat.c,
//! xt_MASQUERADE.c, nf_nat_masquerade.c, nf_nat_redirect.c).

use std::net::{IpAddr, Ipv4Addr};

use packetwalk_rules::Target;
use packetwalk_rules::xt::nat::NatRange as Wanted;

use crate::conntrack::nat::{Manip, NatFlags, NatRange};
use crate::ip::route::v4;
use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{Hook, Verdict};
use crate::world::{NsId, World};

fn range(wanted: &Wanted) -> NatRange {
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let (min_proto, max_proto) = wanted.ports.unwrap_or((0, 0));
    NatRange {
        flags: NatFlags {
            map_ips: wanted.addr.is_some(),
            proto_specified: wanted.ports.is_some(),
            proto_random: wanted.random,
            proto_random_fully: wanted.random_fully,
            persistent: wanted.persistent,
            proto_offset: wanted.base_port.is_some(),
            netmap: false,
        },
        min_addr: wanted.addr.as_ref().map_or(any, |addr| addr.first),
        max_addr: wanted.addr.as_ref().map_or(any, |addr| addr.last),
        min_proto,
        max_proto,
        base_proto: wanted.base_port.unwrap_or(0),
    }
}

fn one(mut range: NatRange, addr: Ipv4Addr) -> NatRange {
    range.flags.map_ips = true;
    range.min_addr = addr.into();
    range.max_addr = addr.into();
    range
}

impl World {
    pub(super) fn nat_target(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &mut Skb,
        target: &Target,
    ) -> Verdict {
        match target {
            Target::Snat(snat) => self.nat_setup_info(ns, skb, &range(&snat.range), Manip::Src),
            Target::Dnat(dnat) => self.nat_setup_info(ns, skb, &range(&dnat.range), Manip::Dst),
            Target::Masquerade(masquerade) => {
                let Some(out) = state.output else {
                    return Verdict::Drop;
                };
                // A source of 0.0.0.0 is left alone (DHCP).
                let Some(source) = self.ct_entry(ns, skb).map(|entry| entry.original.src) else {
                    return Verdict::Accept;
                };
                if source.is_unspecified() {
                    return Verdict::Accept;
                }
                let next = skb
                    .dst
                    .as_ref()
                    .and_then(|dst| dst.via)
                    .unwrap_or_else(|| skb.ip().dst());
                let new = self.inet_select_addr(ns, out, next, 0);
                if new.is_unspecified() {
                    return Verdict::Drop;
                }
                if let Some(entry) = self.ct_entry_mut(ns, skb) {
                    entry.masq = Some(out);
                }
                let range = one(range(&masquerade.range), new);
                self.nat_setup_info(ns, skb, &range, Manip::Src)
            }
            Target::Redirect(redirect) => {
                let new = if state.hook == Hook::Output {
                    Some(Ipv4Addr::LOCALHOST)
                } else {
                    let device = self.dev(ns, skb.dev);
                    device.addrs.iter().find_map(|addr| v4(addr.local))
                };
                let Some(new) = new else {
                    return Verdict::Drop;
                };
                let range = one(range(&redirect.range), new);
                self.nat_setup_info(ns, skb, &range, Manip::Dst)
            }
            Target::Netmap(netmap) => {
                // The host part stays; the network is exchanged.
                let (Some(net), Some(mask)) = (v4(netmap.addr), v4(netmap.mask)) else {
                    return Verdict::Accept;
                };
                let ip = skb.ip();
                let (old, manip) = match state.hook {
                    Hook::Prerouting | Hook::Output => (ip.dst(), Manip::Dst),
                    _ => (ip.src(), Manip::Src),
                };
                let mask = u32::from(mask);
                let new = (u32::from(old) & !mask) | (u32::from(net) & mask);
                let range = one(range(&Wanted::default()), Ipv4Addr::from(new));
                self.nat_setup_info(ns, skb, &range, manip)
            }
            _ => Verdict::Accept,
        }
    }
}
