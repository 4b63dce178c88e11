//! The sysctls that the simulated kernel heeds, with the kernel's defaults.
//!
//! Names are those of `sysctl -a`. A name that is not here is not modelled;
//! [`Sysctls::set`] says so, and whoever reads a snapshot lists it.

use std::collections::BTreeMap;

/// What became of a sysctl that was to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// The simulated kernel does not look at this one.
    NotModelled,
    /// Not a value that it can take.
    BadValue,
}

macro_rules! sysctls {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty = $default:expr, $key:literal;)* }) => {
        $(#[$outer])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $name {
            $($(#[$doc])* pub $field: $type,)*
        }
        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
        impl $name {
            /// Sets the one called `key`.
            ///
            /// # Errors
            /// When there is no such sysctl here, or the value is not one.
            pub fn set(&mut self, key: &str, value: &str) -> Result<(), SetError> {
                match key {
                    $($key => self.$field = value.parse().map_err(|_| SetError::BadValue)?,)*
                    _ => return Err(SetError::NotModelled),
                }
                Ok(())
            }
            /// All names and values.
            pub fn list(&self) -> Vec<(&'static str, String)> {
                vec![$(($key, self.$field.to_string()),)*]
            }
        }
    };
}

sysctls! {
    /// `net.ipv4.conf.DEV.*`.
    Ipv4Conf {
        /// Packets that come in here may be routed on.
        forwarding: i32 = 0, "forwarding";
        /// 0 off, 1 strict, 2 loose; the maximum of `all` and the device's.
        rp_filter: i32 = 0, "rp_filter";
        /// Accept packets with local source addresses.
        accept_local: i32 = 0, "accept_local";
        /// 127/8 may come in and go out here.
        route_localnet: i32 = 0, "route_localnet";
        /// Send ICMP redirects.
        send_redirects: i32 = 1, "send_redirects";
        /// Accept ICMP redirects.
        accept_redirects: i32 = 1, "accept_redirects";
        /// Redirects only from known gateways.
        secure_redirects: i32 = 1, "secure_redirects";
        /// The link is one shared medium.
        shared_media: i32 = 1, "shared_media";
        /// Log packets with impossible addresses.
        log_martians: i32 = 0, "log_martians";
        /// Answer ARP for addresses routed elsewhere.
        proxy_arp: i32 = 0, "proxy_arp";
        /// ... even out of the same device.
        proxy_arp_pvlan: i32 = 0, "proxy_arp_pvlan";
        /// Which ARP requests are answered.
        arp_ignore: i32 = 0, "arp_ignore";
        /// Which source address ARP requests bear.
        arp_announce: i32 = 0, "arp_announce";
        /// Answer ARP only where the route back is.
        arp_filter: i32 = 0, "arp_filter";
        /// Learn from gratuitous ARP.
        arp_accept: i32 = 0, "arp_accept";
        /// Accept packets with source routes.
        accept_source_route: i32 = 1, "accept_source_route";
        /// The mark takes part in the source check.
        src_valid_mark: i32 = 0, "src_valid_mark";
        /// Forward directed broadcasts.
        bc_forwarding: i32 = 0, "bc_forwarding";
        /// Drop unicast IP in link-layer multicast.
        drop_unicast_in_l2_multicast: i32 = 0, "drop_unicast_in_l2_multicast";
        /// Drop gratuitous ARP.
        drop_gratuitous_arp: i32 = 0, "drop_gratuitous_arp";
        /// Medium for proxy_arp.
        medium_id: i32 = 0, "medium_id";
        /// Relay for BOOTP (0.0.0.0/8 as source).
        bootp_relay: i32 = 0, "bootp_relay";
        /// Routes over links that are down do not count.
        ignore_routes_with_linkdown: i32 = 0, "ignore_routes_with_linkdown";
    }
}

sysctls! {
    /// `net.ipv4.*` of the namespace.
    Ipv4Sysctl {
        /// Routing on (also the `forwarding` of every device).
        ip_forward: i32 = 0, "ip_forward";
        /// TTL of what is made here.
        ip_default_ttl: u8 = 64, "ip_default_ttl";
        /// Do not answer any ping.
        icmp_echo_ignore_all: i32 = 0, "icmp_echo_ignore_all";
        /// Do not answer pings to broadcast and multicast addresses.
        icmp_echo_ignore_broadcasts: i32 = 1, "icmp_echo_ignore_broadcasts";
        /// Source of ICMP errors: address of the device that the packet came in by.
        icmp_errors_use_inbound_ifaddr: i32 = 0, "icmp_errors_use_inbound_ifaddr";
        /// Ignore bogus errors to broadcasts.
        icmp_ignore_bogus_error_responses: i32 = 1, "icmp_ignore_bogus_error_responses";
        /// Milliseconds between ICMP errors to one peer; 0 is no limit.
        icmp_ratelimit: i32 = 1000, "icmp_ratelimit";
        /// Types that the limit is for, one bit each.
        icmp_ratemask: u32 = 6168, "icmp_ratemask";
        /// ICMP messages that may be sent at once, of the types that are limited.
        icmp_msgs_burst: u32 = 50, "icmp_msgs_burst";
        /// ... and how many more each second.
        icmp_msgs_per_sec: u32 = 1000, "icmp_msgs_per_sec";
        /// What an error of a route costs, in ticks of the kernel; 0 is no limit.
        /// All namespaces of a kernel have one.
        route_error_cost: u32 = 250, "route.error_cost";
        /// Keep to the path MTU when forwarding.
        ip_forward_use_pmtu: i32 = 0, "ip_forward_use_pmtu";
        /// No path MTU discovery: no DF.
        ip_no_pmtu_disc: i32 = 0, "ip_no_pmtu_disc";
        /// Bind to addresses that are not here.
        ip_nonlocal_bind: i32 = 0, "ip_nonlocal_bind";
        /// The mark of a packet goes into its reply.
        fwmark_reflect: i32 = 0, "fwmark_reflect";
        /// Answer with RST when a listener's queue is full.
        tcp_abort_on_overflow: i32 = 0, "tcp_abort_on_overflow";
        /// How often a SYN-ACK is sent again.
        tcp_synack_retries: u32 = 5, "tcp_synack_retries";
        /// Seconds until missing fragments are given up.
        ipfrag_time: u32 = 30, "ipfrag_time";
        /// The mark of a SYN goes to the socket.
        tcp_fwmark_accept: i32 = 0, "tcp_fwmark_accept";
        /// TCP time stamps.
        tcp_timestamps: i32 = 1, "tcp_timestamps";
        /// TCP window scaling.
        tcp_window_scaling: i32 = 1, "tcp_window_scaling";
        /// Selective acknowledgements.
        tcp_sack: i32 = 1, "tcp_sack";
        /// Explicit congestion notification (0 off, 1 ask, 2 answer).
        tcp_ecn: i32 = 2, "tcp_ecn";
        /// How long a connection does not answer a second segment that is out
        /// of place, milliseconds.
        tcp_invalid_ratelimit: i32 = 500, "tcp_invalid_ratelimit";
        /// Which hash chooses among several next hops.
        fib_multipath_hash_policy: i32 = 0, "fib_multipath_hash_policy";
    }
}

sysctls! {
    /// `net.bridge.*`.
    BridgeSysctl {
        /// iptables sees bridged IPv4.
        call_iptables: i32 = 1, "bridge-nf-call-iptables";
        /// ip6tables sees bridged IPv6.
        call_ip6tables: i32 = 1, "bridge-nf-call-ip6tables";
        /// arptables sees bridged ARP.
        call_arptables: i32 = 1, "bridge-nf-call-arptables";
        /// ... also behind a VLAN tag.
        filter_vlan_tagged: i32 = 0, "bridge-nf-filter-vlan-tagged";
        /// ... also inside PPPoE.
        filter_pppoe_tagged: i32 = 0, "bridge-nf-filter-pppoe-tagged";
        /// The VLAN device of the bridge is the input device.
        pass_vlan_input_dev: i32 = 0, "bridge-nf-pass-vlan-input-dev";
    }
}

sysctls! {
    /// `net.netfilter.*`; timeouts in seconds.
    CtSysctl {
        /// Pick up TCP connections in the middle.
        tcp_loose: i32 = 1, "nf_conntrack_tcp_loose";
        /// Do not check windows.
        tcp_be_liberal: i32 = 0, "nf_conntrack_tcp_be_liberal";
        /// Let resets outside the window pass.
        tcp_ignore_invalid_rst: i32 = 0, "nf_conntrack_tcp_ignore_invalid_rst";
        /// Retransmissions until the timeout shrinks.
        tcp_max_retrans: i32 = 3, "nf_conntrack_tcp_max_retrans";
        /// Check checksums of incoming packets.
        checksum: i32 = 1, "nf_conntrack_checksum";
        /// Count packets and bytes.
        acct: i32 = 0, "nf_conntrack_acct";
        /// Largest number of entries.
        max: u32 = 262_144, "nf_conntrack_max";
        /// Log invalid packets of this protocol (255: all).
        log_invalid: i32 = 0, "nf_conntrack_log_invalid";
        /// Assign helpers by themselves.
        helper: i32 = 0, "nf_conntrack_helper";
        /// Timeout.
        generic_timeout: u32 = 600, "nf_conntrack_generic_timeout";
        /// Timeout.
        icmp_timeout: u32 = 30, "nf_conntrack_icmp_timeout";
        /// Timeout.
        udp_timeout: u32 = 30, "nf_conntrack_udp_timeout";
        /// Timeout.
        udp_timeout_stream: u32 = 120, "nf_conntrack_udp_timeout_stream";
        /// Timeout.
        gre_timeout: u32 = 30, "nf_conntrack_gre_timeout";
        /// Timeout.
        gre_timeout_stream: u32 = 180, "nf_conntrack_gre_timeout_stream";
        /// Timeout.
        tcp_timeout_syn_sent: u32 = 120, "nf_conntrack_tcp_timeout_syn_sent";
        /// Timeout.
        tcp_timeout_syn_recv: u32 = 60, "nf_conntrack_tcp_timeout_syn_recv";
        /// Timeout.
        tcp_timeout_established: u32 = 432_000, "nf_conntrack_tcp_timeout_established";
        /// Timeout.
        tcp_timeout_fin_wait: u32 = 120, "nf_conntrack_tcp_timeout_fin_wait";
        /// Timeout.
        tcp_timeout_close_wait: u32 = 60, "nf_conntrack_tcp_timeout_close_wait";
        /// Timeout.
        tcp_timeout_last_ack: u32 = 30, "nf_conntrack_tcp_timeout_last_ack";
        /// Timeout.
        tcp_timeout_time_wait: u32 = 120, "nf_conntrack_tcp_timeout_time_wait";
        /// Timeout.
        tcp_timeout_close: u32 = 10, "nf_conntrack_tcp_timeout_close";
        /// Timeout.
        tcp_timeout_max_retrans: u32 = 300, "nf_conntrack_tcp_timeout_max_retrans";
        /// Timeout.
        tcp_timeout_unacknowledged: u32 = 300, "nf_conntrack_tcp_timeout_unacknowledged";
        /// Timeout.
        sctp_timeout_closed: u32 = 10, "nf_conntrack_sctp_timeout_closed";
        /// Timeout.
        sctp_timeout_cookie_wait: u32 = 3, "nf_conntrack_sctp_timeout_cookie_wait";
        /// Timeout.
        sctp_timeout_cookie_echoed: u32 = 3, "nf_conntrack_sctp_timeout_cookie_echoed";
        /// Timeout.
        sctp_timeout_established: u32 = 210, "nf_conntrack_sctp_timeout_established";
        /// Timeout.
        sctp_timeout_shutdown_sent: u32 = 3, "nf_conntrack_sctp_timeout_shutdown_sent";
        /// Timeout.
        sctp_timeout_shutdown_recd: u32 = 3, "nf_conntrack_sctp_timeout_shutdown_recd";
        /// Timeout.
        sctp_timeout_shutdown_ack_sent: u32 = 3, "nf_conntrack_sctp_timeout_shutdown_ack_sent";
        /// Timeout.
        sctp_timeout_heartbeat_sent: u32 = 30, "nf_conntrack_sctp_timeout_heartbeat_sent";
    }
}

sysctls! {
    /// `net.ipv4.neigh.DEV.*`, as far as it shows in a walk.
    NeighConf {
        /// Broadcast probes until a neighbour is given up.
        mcast_solicit: u32 = 3, "mcast_solicit";
        /// Unicast probes until one that was known counts as unknown.
        ucast_solicit: u32 = 3, "ucast_solicit";
        /// Broadcast probes after those.
        mcast_resolicit: u32 = 0, "mcast_resolicit";
        /// Milliseconds, about which an answer holds: the kernel draws the time
        /// between half of it and half as much again.
        base_reachable_time_ms: u32 = 30_000, "base_reachable_time_ms";
        /// Seconds in use until a stale one is asked.
        delay_first_probe_time: u32 = 5, "delay_first_probe_time";
        /// Hundredths of a second that an answer cannot be changed by another.
        locktime: u32 = 100, "locktime";
        /// Milliseconds between probes.
        retrans_time_ms: u32 = 1000, "retrans_time_ms";
        /// Whole frames that may wait for one neighbour; counted in memory.
        unres_qlen: u32 = 101, "unres_qlen";
    }
}

/// All of a namespace's sysctls.
#[derive(Clone, Debug, PartialEq)]
pub struct Sysctls {
    /// `net.ipv4.*`.
    pub ipv4: Ipv4Sysctl,
    /// `net.ipv4.conf.all.*`.
    pub all: Ipv4Conf,
    /// `net.ipv4.conf.default.*`.
    pub default: Ipv4Conf,
    /// `net.ipv4.conf.DEV.*`.
    pub conf: BTreeMap<String, Ipv4Conf>,
    /// `net.ipv4.neigh.default.*`.
    pub neigh_default: NeighConf,
    /// `net.ipv4.neigh.DEV.*`.
    pub neigh: BTreeMap<String, NeighConf>,
    /// `net.bridge.*`.
    pub bridge: BridgeSysctl,
    /// `net.netfilter.*`.
    pub ct: CtSysctl,
    /// `net.ipv4.ip_local_port_range`.
    pub local_port_range: (u16, u16),
    /// Largest receive buffer: the third number of `net.ipv4.tcp_rmem`. The
    /// window scale that TCP offers comes from it.
    pub tcp_rmem_max: u32,
}

impl Default for Sysctls {
    fn default() -> Self {
        Self {
            ipv4: Ipv4Sysctl::default(),
            // net/ipv4/devinet.c: `ipv4_devconf` differs from the default one.
            all: Ipv4Conf {
                accept_source_route: 0,
                ..Ipv4Conf::default()
            },
            default: Ipv4Conf::default(),
            conf: BTreeMap::new(),
            neigh_default: NeighConf::default(),
            neigh: BTreeMap::new(),
            bridge: BridgeSysctl::default(),
            ct: CtSysctl::default(),
            local_port_range: (32768, 60999),
            // 32 MiB since Linux 6.16.
            tcp_rmem_max: 32 << 20,
        }
    }
}

impl Sysctls {
    /// Sets one by its full name. Setting `ip_forward` or `conf.all.forwarding`
    /// sets every device's `forwarding`, as in the kernel
    /// (`inet_forward_change`), so an explicit per-device line must come after.
    ///
    /// # Errors
    /// When it is not modelled, or the value is not one.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), SetError> {
        // sysctl separates by dots; a device whose name has dots is written
        // with slashes in their place.
        let value = value.trim();
        if name == "net.ipv4.ip_local_port_range" {
            let mut ends = value.split_whitespace().map(str::parse);
            let (Some(Ok(low)), Some(Ok(high)), None) = (ends.next(), ends.next(), ends.next())
            else {
                return Err(SetError::BadValue);
            };
            self.local_port_range = (low, high);
            return Ok(());
        }
        if name == "net.ipv4.tcp_rmem" {
            let max = value.split_whitespace().nth(2).map(str::parse);
            let Some(Ok(max)) = max else {
                return Err(SetError::BadValue);
            };
            self.tcp_rmem_max = max;
            return Ok(());
        }
        if name == "net.ipv4.ip_forward" || name == "net.ipv4.conf.all.forwarding" {
            let on: i32 = value.parse().map_err(|_| SetError::BadValue)?;
            self.ipv4.ip_forward = on;
            self.all.forwarding = on;
            self.default.forwarding = on;
            for conf in self.conf.values_mut() {
                conf.forwarding = on;
            }
            return Ok(());
        }
        if let Some(rest) = name.strip_prefix("net.ipv4.conf.") {
            let (dev, key) = rest.rsplit_once('.').ok_or(SetError::NotModelled)?;
            return match dev {
                "all" => self.all.set(key, value),
                "default" => self.default.set(key, value),
                dev => {
                    let dev = dev.replace('/', ".");
                    let base = self.default.clone();
                    self.conf.entry(dev).or_insert(base).set(key, value)
                }
            };
        }
        if let Some(rest) = name.strip_prefix("net.ipv4.neigh.") {
            let (dev, key) = rest.rsplit_once('.').ok_or(SetError::NotModelled)?;
            if dev == "default" {
                return self.neigh_default.set(key, value);
            }
            let base = self.neigh_default.clone();
            let dev = dev.replace('/', ".");
            return self.neigh.entry(dev).or_insert(base).set(key, value);
        }
        if let Some(key) = name.strip_prefix("net.bridge.") {
            return self.bridge.set(key, value);
        }
        if let Some(key) = name.strip_prefix("net.netfilter.") {
            return self.ct.set(key, value);
        }
        if let Some(key) = name.strip_prefix("net.ipv4.") {
            return self.ipv4.set(key, value);
        }
        Err(SetError::NotModelled)
    }

    /// Settings of the device called `dev`.
    pub fn dev(&self, dev: &str) -> &Ipv4Conf {
        self.conf.get(dev).unwrap_or(&self.default)
    }

    /// Neighbour settings of the device called `dev`.
    pub fn neigh(&self, dev: &str) -> &NeighConf {
        self.neigh.get(dev).unwrap_or(&self.neigh_default)
    }

    /// `IN_DEV_ANDCONF`-style: both `all` and the device's are on.
    pub fn and(&self, dev: &str, field: impl Fn(&Ipv4Conf) -> i32) -> bool {
        field(&self.all) != 0 && field(self.dev(dev)) != 0
    }

    /// `IN_DEV_ORCONF`: one of `all` and the device's is on.
    pub fn or(&self, dev: &str, field: impl Fn(&Ipv4Conf) -> i32) -> bool {
        field(&self.all) != 0 || field(self.dev(dev)) != 0
    }

    /// `IN_DEV_MAXCONF`: the larger of `all` and the device's.
    pub fn max(&self, dev: &str, field: impl Fn(&Ipv4Conf) -> i32) -> i32 {
        field(&self.all).max(field(self.dev(dev)))
    }
}
