//! `hashlimit` (net/netfilter/xt_hashlimit.c, revision 3): a token bucket for
//! each key, on the simulated clock.
//!
//! Rules with the same name share a table of keys. The first of them says what
//! a key is made of and how buckets are filled; a later one only whether bytes
//! or packets are counted, and which side of the limit matches. Not modelled:
//! keys that are forgotten with time, the largest number of keys unless a rule
//! gives it, and rules that share a table although not all of them compare rates
//! (the kernel then reads memory that it never wrote).

use std::collections::HashMap;

use packetwalk_rules::xt::hashlimit::{CREDITS, Hashlimit, Rate, SCALE, mode};

use crate::skb::Skb;
use crate::walk::{Has, WhyNot};
use crate::wire::{be16, ipv4};
use crate::world::{NsId, World};

use super::Answer;

/// Tables by name.
pub type Tables = HashMap<Box<str>, Table>;

/// A table of keys.
#[derive(Clone, Debug)]
pub struct Table {
    /// The rule that made it.
    config: Hashlimit,
    keys: HashMap<Key, Bucket>,
}

impl Table {
    /// A table as this rule wants it.
    pub fn new(config: &Hashlimit) -> Self {
        Self {
            config: config.clone(),
            keys: HashMap::new(),
        }
    }
}

/// What is told apart: addresses and ports, zero where they do not count.
type Key = (u32, u32, u16, u16);

/// The bucket of a key (`struct dsthash_ent`).
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// What is left, in the unit that a cost is in.
    credit: u64,
    /// The most that it holds; of a table of bytes, how many buckets more.
    cap: u64,
    /// What a packet costs, or 16 bytes.
    cost: u64,
    /// When it was last filled, nanoseconds.
    filled: u64,
    /// `--hashlimit-rate-match`: counted in this interval.
    current: u64,
    /// Was the interval before over the rate?
    over: bool,
}

/// Credits of a second for rates of bytes (`HZ * CREDITS_PER_JIFFY_BYTES`).
const BYTE_CREDITS: u64 = 1000 << 22;
/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// `hashlimit_init_dst`; `None` if the packet is too short for its ports.
fn key(skb: &Skb, table: &Hashlimit) -> Option<Key> {
    let ip = skb.ip();
    let masked = |addr: std::net::Ipv4Addr, bits: u8| {
        let mask = u32::MAX
            .checked_shl(32 - u32::from(bits.min(32)))
            .unwrap_or(0);
        u32::from(addr) & mask
    };
    let on = |bit: u8| table.mode & bit != 0;
    let dst = if on(mode::DST_IP) {
        masked(ip.dst(), table.dst_mask)
    } else {
        0
    };
    let src = if on(mode::SRC_IP) {
        masked(ip.src(), table.src_mask)
    } else {
        0
    };
    if !on(mode::DST_PORT | mode::SRC_PORT) {
        return Some((src, dst, 0, 0));
    }
    // proto_ports_offset
    let at = match ip.proto() {
        ipv4::TCP | ipv4::UDP | ipv4::UDPLITE | ipv4::SCTP | 33 | 50 => 0,
        51 => 4,
        _ => return Some((src, dst, 0, 0)),
    };
    let bytes = ip.payload();
    let (sport, dport) = (be16(bytes, at)?, be16(bytes, at + 2)?);
    Some((
        src,
        dst,
        if on(mode::SRC_PORT) { sport } else { 0 },
        if on(mode::DST_PORT) { dport } else { 0 },
    ))
}

impl Bucket {
    /// `rateinfo_init`.
    fn new(table: &Hashlimit, now: u64) -> Self {
        let (credit, cap, cost) = match table.rate {
            Rate::Packets(period) => {
                let full = credits(period.saturating_mul(table.burst));
                (full, full, credits(period))
            }
            Rate::Bytes(cost) => (
                BYTE_CREDITS,
                table.burst,
                (u64::from(cost) * BYTE_CREDITS) >> 32,
            ),
        };
        Self {
            credit,
            cap,
            cost,
            filled: now,
            current: 0,
            over: false,
        }
    }

    /// Takes a packet of `length` bytes out as `rule` counts it; `false` if
    /// there is too little.
    fn take(&mut self, table: &Hashlimit, rule: &Hashlimit, length: u64, now: u64) -> bool {
        if table.rate_match {
            return self.compare(table, rule, length, now);
        }
        // rateinfo_recalc.
        let (second, full) = match table.rate {
            Rate::Packets(_) => (CREDITS, self.cap),
            Rate::Bytes(_) => (BYTE_CREDITS, BYTE_CREDITS),
        };
        let past = now.saturating_sub(self.filled);
        let gained = u128::from(past) * u128::from(second) / u128::from(SECOND);
        let gained = u64::try_from(gained).unwrap_or(u64::MAX);
        self.filled = now;
        if past > 0 {
            self.credit = self.credit.saturating_add(gained).min(full);
        }
        let cost = match rule.rate {
            Rate::Packets(_) => self.cost,
            Rate::Bytes(_) => {
                // hashlimit_byte_cost: chunks of 16 bytes.
                let chunks = (length >> 4) + 1;
                let cost = chunks.saturating_mul(self.cost).min(BYTE_CREDITS);
                if self.credit < cost && self.cap > 0 {
                    self.cap -= 1;
                    self.credit = BYTE_CREDITS;
                }
                cost
            }
        };
        let enough = self.credit >= cost;
        if enough {
            self.credit -= cost;
        }
        enough
    }

    /// `--hashlimit-rate-match`: is the rate kept?
    fn compare(&mut self, table: &Hashlimit, rule: &Hashlimit, length: u64, now: u64) -> bool {
        let (rate, most) = match table.rate {
            Rate::Packets(period) => {
                let rate = SCALE.checked_div(period).unwrap_or(0);
                (rate, rate + table.burst)
            }
            Rate::Bytes(cost) => {
                let rate = packetwalk_rules::xt::hashlimit::cost_to_bytes(cost);
                (rate, rate.saturating_mul(table.burst.max(1)))
            }
        };
        let cost = match rule.rate {
            Rate::Packets(_) => 1,
            Rate::Bytes(_) => length,
        };
        let past = now.saturating_sub(self.filled);
        let interval = u64::from(table.interval) * SECOND;
        if past >= interval {
            let counted = u128::from(self.current) * u128::from(interval);
            self.over = counted > u128::from(past) * u128::from(rate);
            self.current = 0;
            self.filled = now;
        }
        self.current = self.current.saturating_add(cost);
        !self.over && self.current <= most
    }
}

/// `user2credits`: millionths of a second as credits.
fn credits(user: u64) -> u64 {
    match user.checked_mul(CREDITS) {
        Some(exact) => exact / SCALE,
        None => (user / SCALE).saturating_mul(CREDITS),
    }
}

impl World {
    pub(super) fn match_hashlimit(&mut self, ns: NsId, skb: &Skb, wants: &Hashlimit) -> Answer {
        let (now, full) = (self.now, self.rec.full());
        let tables = &mut self.ns_mut(ns).nf.state.hashlimits;
        if !tables.contains_key(&wants.name) {
            tables.insert(wants.name.clone(), Table::new(wants));
        }
        let Some(Table { config, keys }) = tables.get_mut(&wants.name) else {
            return Answer::HotDrop;
        };
        if config.rate_match != wants.rate_match {
            let name = &wants.name;
            return Answer::NotModelled(format!(
                "--hashlimit-name {name}, which rules with and without \
                 --hashlimit-rate-match share"
            ));
        }
        let Some(key) = key(skb, config) else {
            return Answer::HotDrop;
        };
        let most = config.max.max(config.size) as usize;
        if config.max != 0 && config.size != 0 && keys.len() >= most && !keys.contains_key(&key) {
            return Answer::HotDrop;
        }
        let bucket = keys.entry(key).or_insert_with(|| Bucket::new(config, now));
        let within = bucket.take(config, wants, skb.data.len() as u64, now);
        if within != wants.above {
            return Answer::Yes;
        }
        let option = if wants.above {
            "--hashlimit-above"
        } else {
            "--hashlimit-upto"
        };
        Answer::No(full.then(|| {
            let found = packetwalk_rules::Match::Hashlimit(Box::new(wants.clone()));
            let rate = super::wanted(&found, option);
            Box::new(WhyNot {
                option: option.into(),
                inverted: false,
                wants: rate.clone(),
                has: if wants.above {
                    Has::Value(rate)
                } else {
                    Has::Exhausted(wants.burst.to_string())
                },
            })
        }))
    }
}
