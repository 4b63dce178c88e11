//! May a packet that came in have the source that it bears?
//!
//! Kernel: net/ipv4/fib_frontend.c.

use std::net::Ipv4Addr;

use super::fib::{FlowKey, RouteType};
use super::lookup::Found;
use super::route::DevConf;
use crate::skb::Skb;
use crate::walk::{DropReason, Event, Layer};
use crate::world::{DevId, NsId, World};

impl World {
    /// `fib_validate_source`: may a packet with source `src` come in by `dev`?
    /// `Ok(true)` says that the source is a direct neighbour there.
    pub(crate) fn validate_source(
        &mut self,
        ns: NsId,
        skb: &Skb,
        src: Ipv4Addr,
        dst: Ipv4Addr,
        dev: DevId,
        out: Option<DevId>,
    ) -> Result<bool, DropReason> {
        let mut conf = self.dev_conf(ns, dev);
        if self.settings.faults.no_rp_filter {
            conf.rp_filter = 0;
        }
        let result = self.source_check(ns, skb, (src, dst), dev, out, &conf);
        self.note(ns, Layer::Network, skb, |_| Event::SourceCheck {
            src: src.into(),
            rp_filter: conf.rp_filter as u8,
            ok: result.is_ok(),
        });
        result
    }

    fn source_check(
        &self,
        ns: NsId,
        skb: &Skb,
        (src, dst): (Ipv4Addr, Ipv4Addr),
        dev: DevId,
        out: Option<DevId>,
        conf: &DevConf,
    ) -> Result<bool, DropReason> {
        let mode = conf.rp_filter;
        let fib = &self.ns(ns).fib;
        if mode == 0 && (out != Some(dev) || !conf.send_redirects) {
            if conf.accept_local {
                return Ok(false);
            }
            if !fib.has_custom_rules() && !self.has_custom_local_routes(ns) {
                return if self.dev_with_addr(ns, src).is_some() {
                    Err(DropReason::IpLocalSource)
                } else {
                    Ok(false)
                };
            }
        }
        // __fib_validate_source.
        let mut key = FlowKey {
            dst: src,
            src: dst,
            iif: out.or_else(|| self.loopback(ns)),
            oif: None,
            mark: if conf.src_valid_mark { skb.mark } else { 0 },
            tos: skb.ip().tos() & 0x1c,
            any_src: true,
            ..self.dissected(ns, skb, FlowKey::output(src, dst))
        };
        std::mem::swap(&mut key.sport, &mut key.dport);
        let no_addr = self.dev(ns, dev).addrs.is_empty();
        let last_resort = if mode != 0 {
            Err(DropReason::IpRpFilter)
        } else {
            Ok(false)
        };
        let Ok(found) = self.fib_lookup(ns, &key) else {
            return last_resort;
        };
        if found.route.kind != RouteType::Unicast
            && (found.route.kind != RouteType::Local || !conf.accept_local)
        {
            return Err(DropReason::IpLocalSource);
        }
        let near = |found: &Found<'_>| found.hop.is_none_or(|hop| hop.via.is_none());
        let matches = found.route.hops.iter().any(|hop| hop.dev == Some(dev))
            || (found.route.kind == RouteType::Local && self.dev(ns, dev).is_loopback());
        if matches {
            return Ok(near(&found));
        }
        if no_addr {
            return last_resort;
        }
        if mode == 1 {
            return Err(DropReason::IpRpFilter);
        }
        key.oif = Some(dev);
        Ok(self
            .fib_lookup(ns, &key)
            .is_ok_and(|found| found.route.kind == RouteType::Unicast && near(&found)))
    }

    /// `net->ipv4.fib_has_custom_local_routes`: local routes that no address
    /// explains.
    fn has_custom_local_routes(&self, ns: NsId) -> bool {
        let netns = self.ns(ns);
        let Some(local) = netns.fib.table(super::fib::TABLE_LOCAL) else {
            return false;
        };
        local.iter().any(|route| {
            route.kind == RouteType::Local
                && !netns.devices.iter().flat_map(|dev| &dev.addrs).any(|addr| {
                    route.prefix.addr() == addr.local || route.prefix.contains(&addr.local)
                })
        })
    }
}
