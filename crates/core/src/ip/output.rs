//! The way out (net/ipv4/ip_output.c).

use crate::ip::route::RouteError;
use crate::link::detail;
use crate::netfilter::HookState;
use crate::netfilter::hooks::HookResult;
use crate::skb::Skb;
use crate::walk::{DropReason, Family, Hook, PktType};
use crate::wire::eth::ETH_P_IP;
use crate::world::{NsId, World};

/// Why a packet made here did not get out, as the sender learns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendError {
    /// EPERM: netfilter dropped it.
    Perm,
    /// There is no route, or none any more.
    Route(RouteError),
    /// ENETDOWN.
    NetDown,
    /// ENOBUFS: the device would not take it.
    NoBufs,
    /// EMSGSIZE: too big, and not to be cut up.
    MsgSize,
    /// Something was met that is not modelled.
    NotModelled,
}

impl World {
    /// `ip_local_out`: a packet made here, with its route in `skb.dst`, goes
    /// through OUTPUT and on.
    ///
    /// # Errors
    /// What the sender is told.
    pub fn ip_local_out(&mut self, ns: NsId, mut skb: Skb) -> Result<(), SendError> {
        let Some(route) = skb.dst.clone() else {
            return Err(SendError::Route(RouteError::NetUnreachable));
        };
        skb.proto = ETH_P_IP;
        let state = HookState {
            family: Family::Ipv4,
            hook: Hook::Output,
            input: None,
            output: Some(route.dev),
            sock: skb.sock,
        };
        match self.nf_hook(ns, &state, skb) {
            HookResult::Accept(skb) => self.dst_output(ns, skb),
            HookResult::Gone(error) => Err(error),
        }
    }

    /// `dst_output`: what the route does with a packet made here.
    pub(crate) fn dst_output(&mut self, ns: NsId, skb: Skb) -> Result<(), SendError> {
        let Some(route) = &skb.dst else {
            return Err(SendError::Route(RouteError::NetUnreachable));
        };
        if route.local_too && !self.dev(ns, route.dev).is_loopback() {
            self.ip_mc_output(ns, skb)
        } else {
            self.ip_output(ns, skb)
        }
    }

    /// `ip_mc_output`: a group or broadcast packet, which goes out and, where
    /// this machine is among the addressed, comes back in.
    fn ip_mc_output(&mut self, ns: NsId, mut skb: Skb) -> Result<(), SendError> {
        let Some(route) = skb.dst.clone() else {
            return Err(SendError::Route(RouteError::NetUnreachable));
        };
        let mut copy = self.clone_skb(ns, &skb);
        copy.dev = route.dev;
        // skb_clone leaves the socket behind.
        copy.sock = None;
        copy.full = crate::skb::FullSock::None;
        let state = self.postrouting(None, &copy, route.dev);
        if let HookResult::Accept(mut copy) = self.nf_hook(ns, &state, copy) {
            // ip_mc_finish_output -> dev_loopback_xmit: in again, by the
            // device that it goes out of.
            copy.pkt_type = PktType::Loopback;
            copy.sock = None;
            copy.full = crate::skb::FullSock::None;
            copy.mac = None;
            self.netif_rx(ns, copy);
            self.serve_backlog();
        }
        // "Multicasts with ttl 0 must not go beyond the host".
        if skb.ip().dst().is_multicast() && skb.ip().ttl() == 0 {
            self.drop_skb(
                ns,
                &skb,
                DropReason::NotSpecified,
                detail("multicast of TTL 0"),
            );
            return Ok(());
        }
        skb.dev = route.dev;
        let state = self.postrouting(None, &skb, route.dev);
        match self.nf_hook(ns, &state, skb) {
            HookResult::Accept(skb) => self.ip_finish_output(ns, skb),
            HookResult::Gone(error) => Err(error),
        }
    }

    fn postrouting(
        &self,
        input: Option<crate::world::DevId>,
        skb: &Skb,
        output: crate::world::DevId,
    ) -> HookState {
        HookState {
            family: Family::Ipv4,
            hook: Hook::Postrouting,
            input,
            output: Some(output),
            sock: skb.sock,
        }
    }

    /// `ip_output`: through POSTROUTING and out.
    pub(crate) fn ip_output(&mut self, ns: NsId, mut skb: Skb) -> Result<(), SendError> {
        let Some(route) = skb.dst.clone() else {
            return Err(SendError::Route(RouteError::NetUnreachable));
        };
        // TEE's copies have a device before they have left.
        let input = (skb.flags.forwarded || skb.dup).then_some(skb.dev);
        skb.dev = route.dev;
        skb.proto = ETH_P_IP;
        if skb.flags.rerouted {
            return self.ip_finish_output(ns, skb);
        }
        let state = self.postrouting(input, &skb, route.dev);
        match self.nf_hook(ns, &state, skb) {
            HookResult::Accept(skb) => self.ip_finish_output(ns, skb),
            HookResult::Gone(error) => Err(error),
        }
    }

    /// `ip_finish_output`: cut up if need be, then to the neighbour.
    pub(crate) fn ip_finish_output(&mut self, ns: NsId, skb: Skb) -> Result<(), SendError> {
        let Some(route) = skb.dst.clone() else {
            return Err(SendError::Route(RouteError::NetUnreachable));
        };
        let mtu = self.route_mtu(ns, &route);
        if skb.data.len() > mtu as usize || skb.frag_max_size != 0 {
            let pieces = self.ip_fragment(ns, skb, mtu)?;
            let mut result = Ok(());
            for piece in pieces {
                result = self.ip_finish_output2(ns, piece);
                self.serve_backlog();
            }
            return result;
        }
        self.ip_finish_output2(ns, skb)
    }

    /// `ip_finish_output2`: to the next hop's hardware address.
    fn ip_finish_output2(&mut self, ns: NsId, skb: Skb) -> Result<(), SendError> {
        let Some(route) = &skb.dst else {
            return Err(SendError::Route(RouteError::NetUnreachable));
        };
        if !self.dev(ns, skb.dev).up {
            self.drop_skb(ns, &skb, DropReason::DevReady, None);
            return Err(SendError::NetDown);
        }
        let next = route.via.unwrap_or_else(|| skb.ip().dst());
        self.neigh_output(ns, skb, next)
    }
}
