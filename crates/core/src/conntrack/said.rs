//! What the log says of packets that conntrack finds wrong, where
//! `nf_conntrack_log_invalid` asks for it (`nf_l4proto_log_invalid`,
//! net/netfilter/nf_conntrack_proto.c).
//!
//! Not modelled: SCTP's words.

use crate::netfilter::HookState;
use crate::skb::Skb;
use crate::walk::{Event, LogFormat, LogRecord};
use crate::world::{NsId, World};

/// `IPPROTO_RAW`: whatever the protocol.
const ANY: i32 = 255;

/// What a protocol's tracker has to say of one packet.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Does the log want to hear of it?
    wanted: bool,
    text: Option<String>,
}

impl Said {
    /// Something of protocol `proto` is looked at.
    pub(super) fn new(log_invalid: i32, proto: u8) -> Self {
        Self {
            wanted: log_invalid == ANY || (log_invalid != 0 && log_invalid == i32::from(proto)),
            text: None,
        }
    }

    /// Does the log want to hear of it?
    pub(super) fn wanted(&self) -> bool {
        self.wanted
    }

    /// Says what is wrong.
    pub(super) fn say(&mut self, text: impl FnOnce() -> String) {
        if self.wanted {
            self.text = Some(text());
        }
    }
}

impl World {
    /// Writes what was said, if anything.
    pub(super) fn log_invalid(
        &mut self,
        ns: NsId,
        state: &HookState,
        skb: &Skb,
        proto: u8,
        said: Said,
    ) {
        let Some(text) = said.text else { return };
        /// `LOGLEVEL_NOTICE` of `default_loginfo`.
        const NOTICE: u8 = 5;
        let event = Event::Log(LogRecord {
            at: Some(self.hook_point(ns, state, skb)),
            format: LogFormat::Conntrack {
                text: format!("nf_ct_proto_{proto}: {text}"),
            },
            level: NOTICE,
        });
        self.step_hook(ns, state, skb, event);
    }
}
