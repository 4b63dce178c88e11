//! Time that passes on random machines: one or two flows that wait, and settings
//! short enough for it to show.
//!
//! Times are chosen so that what is due and what is waited for are a third of a
//! second apart at least: flows take some of that on a real machine. How long a
//! neighbour stays reachable is drawn by the kernel, so it is made long. ARP does not
//! ask for seconds: TCP would send its SYN again meanwhile.

use serde_json::json;

use packetwalk_core::flow::{Action, Flow, SECOND};

use super::random::Random;
use crate::machine::{Kind, Machine};

/// Conntrack's timeouts that are made short.
const TIMEOUTS: &[&str] = &[
    "generic_timeout",
    "icmp_timeout",
    "tcp_timeout_close",
    "tcp_timeout_established",
    "tcp_timeout_syn_sent",
    "udp_timeout",
    "udp_timeout_stream",
];

/// Has flows of a case wait, and makes its machine forgetful.
pub fn wait(machine: &mut Machine, flows: &mut Vec<Flow>, random: &mut Random) {
    for host in &mut machine.hosts {
        for device in &mut host.devices {
            if let Kind::Bridge(options) = &mut device.kind
                && random.chance(40)
            {
                let hundredths = 100 * random.range(1, 3);
                options.insert("ageing_time".to_owned(), json!(hundredths));
            }
            let neigh = format!("net.ipv4.neigh.{}", device.name);
            let mut set = |key: &str, value: &str| {
                host.sysctls
                    .insert(format!("{neigh}.{key}"), value.to_owned());
            };
            set("base_reachable_time_ms", "3600000");
            if random.chance(30) {
                set("delay_first_probe_time", "1");
            }
            set("retrans_time_ms", "12");
        }
        for timeout in TIMEOUTS {
            if random.chance(35) {
                let key = format!("net.netfilter.nf_conntrack_{timeout}");
                host.sysctls.insert(key, random.range(1, 4).to_string());
            }
        }
    }
    let names: Vec<String> = machine.hosts.iter().map(|host| host.name.clone()).collect();
    for _ in 0..random.range(1, 2) {
        let tenths = [3, 13, 13, 23, 43][random.below(5)];
        let flow = Flow {
            netns: random.pick(&names),
            action: Action::Wait {
                time: tenths * SECOND / 10,
            },
        };
        let at = random.below(flows.len() + 1);
        flows.insert(at, flow);
    }
}
