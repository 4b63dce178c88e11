//! What each command's output becomes. The texts are what iproute2 6.1,
//! procps 4.0, Docker 20.10 and conntrack-tools 1.4.7 print.

use packetwalk_core::conntrack::{Tuple, Zone};
use packetwalk_core::ip::fib::{Route, RouteType, RuleAction, TABLE_LOCAL, TABLE_MAIN};
use packetwalk_core::ip::neigh::Nud;
use packetwalk_core::transport::{Socket, SocketKind};
use packetwalk_core::world::device::{Device, DeviceKind, PortState};
use packetwalk_core::world::{DevId, Netns};
use packetwalk_snapshot::{Loaded, load};

const LINK: &str = r#"[
{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP","LOWER_UP"],"mtu":65536,"link_type":"loopback","address":"00:00:00:00:00:00"},
{"ifindex":2,"ifname":"d0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1400,"link_type":"ether","address":"02:00:00:00:00:02"},
{"ifindex":3,"link":"e1","ifname":"d1","flags":["NO-CARRIER","BROADCAST","MULTICAST","UP","M-DOWN"],"mtu":1500,"link_type":"ether","address":"02:00:00:00:00:03","linkinfo":{"info_kind":"veth"}},
{"ifindex":4,"link":"d1","ifname":"e1","flags":["BROADCAST","MULTICAST"],"mtu":1500,"link_type":"ether","address":"02:00:00:00:00:04","group":"7","linkinfo":{"info_kind":"veth"}},
{"ifindex":5,"ifname":"br0","flags":["BROADCAST","MULTICAST","UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"02:00:00:00:00:05","linkinfo":{"info_kind":"bridge","info_data":{"ageing_time":30000,"stp_state":0,"vlan_filtering":0,"group_fwd_mask":"0x8","nf_call_iptables":1,"mcast_snooping":0}}},
{"ifindex":6,"link_index":2,"ifname":"p1","flags":["BROADCAST","MULTICAST","PROMISC","UP","LOWER_UP"],"mtu":1500,"master":"br0","link_type":"ether","address":"02:00:00:00:00:06","link_netnsid":0,"linkinfo":{"info_kind":"veth","info_slave_kind":"bridge","info_slave_data":{"state":"forwarding","hairpin":true,"isolated":false,"learning":true,"flood":true}}},
{"ifindex":7,"link":"d0","ifname":"d0.5","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1500,"link_type":"ether","address":"02:00:00:00:00:02","linkinfo":{"info_kind":"vlan","info_data":{"protocol":"802.1Q","id":5,"flags":["REORDER_HDR"]}}},
{"ifindex":8,"ifname":"wg0","flags":["POINTOPOINT","NOARP","UP","LOWER_UP"],"mtu":1420,"link_type":"none","linkinfo":{"info_kind":"wireguard"}}
]
"#;

/// Loads a namespace with the devices above and these sections; nothing may be
/// wrong with them.
#[track_caller]
fn loaded(sections: &[(&str, &str)]) -> Loaded {
    let mut text =
        format!("@@packetwalk snapshot 1\n@@netns host\n@@run ip -j -d link show\n{LINK}");
    for (command, output) in sections {
        text += &format!("@@run {command}\n{output}\n");
    }
    text += "@@end\n";
    let loaded = load(&text);
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    assert!(loaded.unused.is_empty(), "{:?}", loaded.unused);
    loaded
}

#[track_caller]
fn netns(command: &str, output: &str) -> Netns {
    loaded(&[(command, output)]).world.namespaces.remove(0)
}

fn dev<'a>(netns: &'a Netns, name: &str) -> &'a Device {
    let id = netns.dev_named(name).expect("a device of this name");
    &netns.devices[usize::from(id.0)]
}

#[test]
fn devices() {
    let loaded = loaded(&[]);
    let netns = &loaded.world.namespaces[0];
    let flags = |name: &str| {
        let device = dev(netns, name);
        (device.up, device.carrier, device.noarp, device.promisc)
    };
    assert_eq!(flags("d0"), (true, true, false, false));
    assert_eq!(flags("d1"), (true, false, false, false));
    assert_eq!(flags("e1"), (false, false, false, false));
    assert_eq!(flags("p1"), (true, true, false, true));
    assert_eq!(flags("wg0"), (true, true, true, false));
    assert_eq!(dev(netns, "d0").mtu, 1400);
    assert_eq!(dev(netns, "e1").group, 7);
    assert!(dev(netns, "lo").is_loopback());
    assert!(matches!(dev(netns, "d0").kind, DeviceKind::Outside));
    assert!(matches!(&dev(netns, "wg0").kind, DeviceKind::Other(kind) if &**kind == "wireguard"));
    assert!(matches!(
        dev(netns, "d0.5").kind,
        DeviceKind::Vlan {
            lower: Some(DevId(1)),
            vid: 5
        }
    ));
    // Both ends at home are called by name, with no index.
    assert!(matches!(
        dev(netns, "d1").kind,
        DeviceKind::Veth {
            peer: Some((_, DevId(3)))
        }
    ));
    assert!(matches!(
        dev(netns, "e1").kind,
        DeviceKind::Veth {
            peer: Some((_, DevId(2)))
        }
    ));
    assert!(matches!(
        dev(netns, "p1").kind,
        DeviceKind::Veth { peer: None }
    ));
    let bridge = dev(netns, "br0").bridge().expect("a bridge");
    assert_eq!(bridge.ageing, 300_000_000_000);
    assert_eq!(bridge.group_fwd_mask, 8);
    assert!(bridge.nf_call_iptables && !bridge.nf_call_arptables && !bridge.mcast_snooping);
    let port = dev(netns, "p1").port.as_ref().expect("a port");
    assert!(port.hairpin && !port.isolated && port.learning);
    assert_eq!(loaded.not_modelled, ["host: device wg0 of kind wireguard"]);
}

#[test]
fn devices_without_a_list_of_links() {
    let text = "@@packetwalk snapshot 1\n@@netns c1\n@@run ip -j addr show\n\
        [{\"ifindex\":2,\"link_index\":9,\"ifname\":\"eth0\",\"flags\":[\"UP\",\"LOWER_UP\"],\
        \"mtu\":1450,\"link_type\":\"ether\",\"address\":\"02:00:00:00:00:02\",\"link_netnsid\":0,\
        \"addr_info\":[{\"family\":\"inet\",\"local\":\"10.0.0.2\",\"prefixlen\":24,\"scope\":\"global\"}]}]\n\
        @@end\n";
    let loaded = load(text);
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    let netns = &loaded.world.namespaces[0];
    assert_eq!(dev(netns, "eth0").mtu, 1450);
    assert_eq!(dev(netns, "eth0").addrs.len(), 1);
    assert!(matches!(dev(netns, "eth0").kind, DeviceKind::Veth { .. }));
}

#[test]
fn addresses() {
    let netns = netns(
        "ip -j addr show",
        r#"[{},{"ifname":"d1","addr_info":[{},
        {"family":"inet","local":"10.9.0.1","prefixlen":24,"broadcast":"10.9.0.255","scope":"global","label":"d1"},
        {"family":"inet","local":"10.77.0.1","address":"10.78.0.0","prefixlen":24,"scope":"global"},
        {"family":"inet","local":"10.9.0.2","prefixlen":24,"scope":"global","secondary":true},
        {"family":"inet6","local":"fe80::dc91:62ff:feec:d939","prefixlen":64,"scope":"link"}]}]"#,
    );
    let all: Vec<String> = dev(&netns, "d1")
        .addrs
        .iter()
        .map(|addr| {
            let peer = addr
                .peer
                .map_or(String::new(), |peer| format!(" peer {peer}"));
            let last = addr
                .broadcast
                .map_or(String::new(), |last| format!(" brd {last}"));
            let second = if addr.secondary { " secondary" } else { "" };
            format!(
                "{}{peer}/{}{last} scope {}{second}",
                addr.local, addr.prefix, addr.scope
            )
        })
        .collect();
    assert_eq!(
        all,
        [
            "10.9.0.1/24 brd 10.9.0.255 scope 0",
            "10.77.0.1 peer 10.78.0.0/24 scope 0",
            "10.9.0.2/24 scope 0 secondary",
            "fe80::dc91:62ff:feec:d939/64 scope 253",
        ]
    );
}

fn table(netns: &Netns, id: u32) -> &[Route] {
    netns.fib.table(id).unwrap_or_default()
}

#[test]
fn routes() {
    let netns = netns(
        "ip -j route show table all",
        r#"[{"dst":"10.3.0.0/16","gateway":"10.0.0.9","dev":"d0","table":"100","flags":[],"metrics":[{"mtu":1400,"advmss":1000}]},
        {"dst":"10.8.0.0/16","dev":"d0","table":"isp2","scope":"link","flags":[]},
        {"dst":"default","dev":"d0","scope":"link","metric":500,"flags":[]},
        {"dst":"10.2.0.0/16","flags":[],"nexthops":[{"gateway":"10.0.0.2","dev":"d0","weight":3,"flags":[]},{"gateway":"10.9.0.7","dev":"d1","weight":1,"flags":["dead","linkdown"]}]},
        {"type":"unreachable","dst":"10.4.0.0/16","flags":[]},
        {"dst":"10.5.0.0/16","tos":"0x10","dev":"d0","scope":"link","flags":[],"flow":{"from":"5","to":"7"}},
        {"dst":"10.6.0.0/16","gateway":"99.9.9.9","dev":"d0","flags":["onlink"]},
        {"type":"local","dst":"10.0.0.1","dev":"d0","table":"local","protocol":"kernel","scope":"host","prefsrc":"10.0.0.1","flags":[]},
        {"dst":"2001:db8::/64","dev":"d0","protocol":"kernel","metric":256,"flags":[],"pref":"medium"},
        {"dst":"default","gateway":"2001:db8::2","dev":"d0","metric":1024,"flags":[],"pref":"medium"}]"#,
    );
    let main = table(&netns, TABLE_MAIN);
    let to = |net: &str| {
        let net = net.parse().expect("a prefix");
        main.iter()
            .find(|route| route.prefix == net)
            .expect("a route")
    };
    // Neither of the IPv6 routes is here.
    assert_eq!(main.len(), 5);
    assert_eq!((to("0.0.0.0/0").metric, to("0.0.0.0/0").scope), (500, 253));
    let hops: Vec<_> = to("10.2.0.0/16")
        .hops
        .iter()
        .map(|hop| (hop.weight, hop.dead))
        .collect();
    assert_eq!(hops, [(3, false), (1, true)]);
    assert_eq!(to("10.2.0.0/16").scope, 0);
    assert_eq!(to("10.4.0.0/16").kind, RouteType::Unreachable);
    assert!(to("10.4.0.0/16").hops.is_empty());
    assert_eq!(
        (to("10.5.0.0/16").tos, to("10.5.0.0/16").realm),
        (0x10, 5 << 16 | 7)
    );
    assert!(to("10.6.0.0/16").hops[0].onlink);
    assert_eq!(table(&netns, 100)[0].mtu, 1400);
    assert_eq!(table(&netns, TABLE_LOCAL)[0].kind, RouteType::Local);
    // A table by a name has some number of its own.
    assert_eq!(netns.fib.tables.len(), 4);
}

#[test]
fn rules() {
    let loaded = loaded(&[
        (
            "ip -j route show table all",
            r#"[{"dst":"default","dev":"d0","table":"isp2","flags":[]}]"#,
        ),
        (
            "ip -j rule show",
            r#"[{"priority":0,"src":"all","table":"local"},
            {"priority":10,"not":null,"src":"10.1.0.0","srclen":16,"dst":"10.2.0.1","fwmark":"0x1","fwmask":"0xff","iif":"d0","iif_detached":null,"table":"100"},
            {"priority":11,"src":"all","tos":"0x10","oif":"d0","uid_start":0,"uid_end":100,"ipproto":"tcp","sport_start":10,"sport_end":20,"dport":80,"table":"200","suppress_prefixlen":0},
            {"priority":12,"src":"1.1.1.1","action":"unreachable"},
            {"priority":13,"src":"all","action":"prohibit"},
            {"priority":14,"src":"all","action":"blackhole"},
            {"priority":15,"src":"all","goto":20},
            {"priority":16,"src":"all","goto":30,"unresolved":null},
            {"priority":20,"src":"all","nop":null},
            {"priority":21,"src":"all","fwmark":"0x7","table":"isp2","suppress_ifgroup":"5"},
            {"priority":22,"src":"all","l3mdev":null},
            {"priority":32766,"src":"all","table":"main"}]"#,
        ),
    ]);
    let fib = &loaded.world.namespaces[0].fib;
    let rule = |priority| {
        let found = fib.rules.iter().find(|rule| rule.priority == priority);
        found.expect("a rule of this priority")
    };
    let net = |text: &str| text.parse().ok();
    assert!(rule(10).invert && !rule(0).invert);
    assert_eq!(
        (rule(10).src, rule(10).dst),
        (net("10.1.0.0/16"), net("10.2.0.1/32"))
    );
    assert_eq!((rule(0).src, rule(0).dst), (None, None));
    assert_eq!(rule(10).mark, Some((1, 0xff)));
    assert_eq!(rule(21).mark, Some((7, u32::MAX)));
    assert_eq!(rule(10).iif.as_deref(), Some("d0"));
    assert_eq!(rule(11).oif.as_deref(), Some("d0"));
    assert_eq!(
        (rule(11).tos, rule(11).ipproto, rule(11).uid),
        (0x10, Some(6), Some((0, 100)))
    );
    assert_eq!(
        (rule(11).sport, rule(11).dport),
        (Some((10, 20)), Some((80, 80)))
    );
    assert_eq!(rule(11).suppress_prefixlen, Some(0));
    let actions: Vec<&RuleAction> = (10..=16).map(|at| &rule(at).action).collect();
    assert_eq!(
        actions,
        [
            &RuleAction::Table(100),
            &RuleAction::Table(200),
            &RuleAction::Unreachable,
            &RuleAction::Prohibit,
            &RuleAction::Blackhole,
            &RuleAction::Goto(20),
            &RuleAction::Goto(30),
        ]
    );
    assert_eq!(rule(20).action, RuleAction::Nop);
    // The rule's table is the route's, though no number is known for it.
    let named = fib
        .tables
        .iter()
        .find(|(id, _)| *id > 1000)
        .map(|(id, _)| *id);
    assert_eq!(
        Some(&rule(21).action),
        named.map(RuleAction::Table).as_ref()
    );
    assert_eq!(rule(21).unknown.as_deref(), Some("suppress_ifgroup"));
    assert_eq!(rule(22).unknown.as_deref(), Some("l3mdev"));
    assert_eq!(rule(11).unknown, None);
}

#[test]
fn neighbours() {
    let netns = netns(
        "ip -j neigh show",
        r#"[{"dst":"10.0.0.5","dev":"d0","lladdr":"02:00:00:00:00:05","state":["PERMANENT"]},
        {"dst":"10.0.0.6","dev":"d0","state":["FAILED"]},
        {"dst":"10.0.0.7","dev":"d0","state":["INCOMPLETE"]},
        {"dst":"10.0.0.8","dev":"d0","lladdr":"02:00:00:00:00:08","state":["STALE"]},
        {"dst":"10.0.0.9","dev":"d0","proxy":null}]"#,
    );
    let states: Vec<Nud> = netns
        .neigh
        .entries
        .iter()
        .map(|entry| entry.state)
        .collect();
    assert_eq!(
        states,
        [Nud::Permanent, Nud::Failed, Nud::Failed, Nud::Stale]
    );
    assert_eq!(netns.neigh.proxies.len(), 1);
}

#[test]
fn bridge_ports_and_forwarding_database() {
    let loaded = loaded(&[
        (
            "bridge -j -d link show",
            r#"[{"ifindex":6,"link":"if2","ifname":"p1","flags":["UP"],"mtu":1500,"master":"br0","state":"blocking","hairpin":false,"isolated":true,"learning":false,"flood":false,"mcast_flood":false,"bcast_flood":true}]"#,
        ),
        (
            "bridge -j fdb show",
            r#"[{"mac":"33:33:00:00:00:01","ifname":"d0","flags":["self"],"state":"permanent"},
            {"mac":"02:aa:00:00:00:01","ifname":"p1","flags":[],"master":"br0","state":""},
            {"mac":"02:aa:00:00:00:02","ifname":"p1","flags":["sticky"],"master":"br0","state":"static"},
            {"mac":"02:00:00:00:00:06","ifname":"p1","flags":[],"master":"br0","state":"permanent"},
            {"mac":"02:00:00:00:00:06","ifname":"p1","vlan":1,"flags":[],"master":"br0","state":"permanent"}]"#,
        ),
    ]);
    let netns = &loaded.world.namespaces[0];
    let port = dev(netns, "p1").port.as_ref().expect("a port");
    assert_eq!(port.state, PortState::Blocking);
    assert!(port.isolated && !port.hairpin && !port.learning && !port.flood && !port.mcast_flood);
    let entries: Vec<String> = dev(netns, "br0")
        .bridge()
        .expect("a bridge")
        .fdb
        .entries
        .iter()
        .map(|entry| {
            let port = entry
                .port
                .map_or("br0", |port| &*netns.devices[usize::from(port.0)].name);
            format!(
                "{} {port} {} {} {}",
                entry.mac, entry.local, entry.is_static, entry.sticky
            )
        })
        .collect();
    assert_eq!(
        entries,
        [
            "02:aa:00:00:00:01 p1 false false false",
            "02:aa:00:00:00:02 p1 false true true",
            "02:00:00:00:00:06 p1 true true false",
            // What the kernel always has.
            "02:00:00:00:00:05 br0 true true false",
        ]
    );
}

#[test]
fn sysctls() {
    // The order of lines does not matter: what sets one device wins.
    let netns = netns(
        "sysctl -a",
        "net.ipv4.conf.d0.forwarding = 0\n\
         net.ipv4.conf.d0/5.rp_filter = 2\n\
         net.ipv4.conf.default.rp_filter = 1\n\
         kernel.domainname = (none)\n\
         sysctl: permission denied on key 'net.ipv4.tcp_fastopen_key'\n\
         net.ipv4.ip_local_port_range = 40000\t50000\n\
         net.bridge.bridge-nf-call-iptables = 0\n\
         net/ipv4/ip_default_ttl = 63\n\
         net.ipv4.ip_forward = 1\n",
    );
    let sysctl = &netns.sysctl;
    assert_eq!(sysctl.dev("d0").forwarding, 0);
    assert_eq!(sysctl.dev("d1").forwarding, 1);
    assert_eq!(sysctl.dev("d0").rp_filter, 1);
    assert_eq!(sysctl.dev("d0.5").rp_filter, 2);
    assert_eq!(sysctl.ipv4.ip_default_ttl, 63);
    assert_eq!(sysctl.local_port_range, (40000, 50000));
    assert_eq!(sysctl.bridge.call_iptables, 0);
    assert_eq!(sysctl.bridge.call_arptables, 1);
}

fn socket(socket: &Socket) -> String {
    let kind = if socket.kind == SocketKind::Udp {
        "udp"
    } else {
        "tcp"
    };
    let dual = if socket.dual { " dual" } else { "" };
    let dev = socket
        .dev
        .map_or(String::new(), |dev| format!(" dev {}", dev.0));
    let relay = socket
        .relay
        .map_or(String::new(), |relay| format!(" to {}", relay.to));
    let (local, port, program, pid) = (socket.local, socket.port, &socket.program, socket.pid);
    format!("{kind} {local} {port}{dual}{dev} {program} {pid}{relay}")
}

#[test]
fn sockets_and_relays() {
    let loaded = loaded(&[
        (
            "ss -Htulnp",
            r#"udp   UNCONN 0      0      127.0.0.53%lo:53    0.0.0.0:*    users:(("systemd-resolve",pid=600,fd=12))
tcp   LISTEN 0      4096   0.0.0.0:8080   0.0.0.0:*    users:(("docker-proxy",pid=11,fd=4))
tcp   LISTEN 0      4096      [::]:8080      [::]:*    users:(("docker-proxy",pid=12,fd=4))
tcp   LISTEN 0      511          *:80            *:*    users:(("Web Server",pid=7,fd=4),("Web Server",pid=8,fd=4))
tcp   LISTEN 0      100  [::ffff:127.0.0.1]:8005  *:*
tcp   ESTAB  0      0    10.0.0.1:22  10.0.0.2:4000"#,
        ),
        (
            "ps -eo pid,args",
            "    PID COMMAND\n      1 /sbin/init\n     \
             11 /usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 8080 -container-ip 172.17.0.2 -container-port 80\n     \
             12 /usr/bin/docker-proxy -proto tcp -host-ip :: -host-port 8080 -container-ip 172.17.0.2 -container-port 80\n     \
             13 /usr/bin/docker-proxy -proto udp -host-ip 127.0.0.1 -host-port 53 -container-ip 172.17.0.3 -container-port 53 -use-listen-fd\n     \
             14 grep docker-proxy\n",
        ),
    ]);
    let all: Vec<String> = loaded.world.namespaces[0]
        .sockets
        .list
        .iter()
        .map(socket)
        .collect();
    assert_eq!(
        all,
        [
            "udp 127.0.0.53 53 dev 0 systemd-resolve 600",
            "tcp 0.0.0.0 8080 docker-proxy 11 to 172.17.0.2:80",
            "tcp :: 8080 docker-proxy 12 to 172.17.0.2:80",
            "tcp :: 80 dual Web Server 7",
            "tcp ::ffff:127.0.0.1 8005 server 0",
            // What ss did not show listens all the same.
            "udp 127.0.0.1 53 docker-proxy 13 to 172.17.0.3:53",
        ]
    );
}

#[test]
fn connections() {
    let lines = [
        "ipv4     2 tcp      6 431999 ESTABLISHED src=172.17.0.2 dst=1.2.3.4 sport=40000 dport=80 src=1.2.3.4 dst=10.0.0.1 sport=80 dport=40000 [ASSURED] mark=0 use=1 id=77",
        "conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.",
    ];
    let text = lines.join("\n");
    let original = Tuple {
        src: "172.17.0.2".parse().expect("an address"),
        dst: "1.2.3.4".parse().expect("an address"),
        proto: 6,
        sport: 40000,
        dport: 80,
        zone: 0,
    };
    // Without -o extended the family is left out.
    let short = text.replace("ipv4     2 ", "");
    for text in [&text, &short] {
        let netns = netns("conntrack -L -o extended,id", text);
        let (entry, reply) = netns
            .ct
            .find(&original, Zone::default(), 0)
            .expect("the connection");
        assert!(!reply);
        assert_eq!(
            netns.ct.get(entry).map(|entry| entry.reply.dst),
            "10.0.0.1".parse().ok()
        );
    }
}

#[test]
fn names_that_docker_gives() {
    let loaded = loaded(&[
        (
            "docker inspect web",
            r#"[{"Id":"0123456789abcdef","Name":"/web","NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"53/udp":null},"Networks":{"front":{"IPAddress":"172.18.0.2"}}}}]"#,
        ),
        (
            "docker network inspect front",
            r#"[{"Name":"front","Id":"abcdef0123456789","Driver":"bridge","IPAM":{"Config":[{"Subnet":"172.18.0.0/16"}]},"Options":{}}]"#,
        ),
    ]);
    let docker = &loaded.docker;
    assert_eq!(docker.containers[0].name, "web");
    assert_eq!(docker.containers[0].networks[0].0, "front");
    assert_eq!(docker.containers[0].ports.len(), 1);
    assert_eq!(docker.containers[0].ports[0].host_port, 8080);
    assert_eq!(
        docker.networks[0].bridge.as_deref(),
        Some("br-abcdef012345")
    );
    assert_eq!(docker.networks[0].subnets, ["172.18.0.0/16"]);
}

#[test]
fn the_date() {
    let loaded = loaded(&[("date +%s", "1700000000\n")]);
    assert_eq!(loaded.world.wall, Some(1_700_000_000));
    let loaded = self::loaded(&[("ip -j addr show", "[]\n")]);
    assert_eq!(loaded.world.wall, None, "nothing is assumed");
}

#[test]
fn a_loopback_is_known_by_its_flag_alone() {
    let text = "@@packetwalk snapshot 1\n@@netns host\n@@run ip -j -d link show\n\
        [{\"ifindex\":1,\"ifname\":\"lo\",\"flags\":[\"LOOPBACK\",\"UP\",\"LOWER_UP\"],\"mtu\":65536}]\n@@end\n";
    let loaded = load(text);
    let lo = dev(&loaded.world.namespaces[0], "lo");
    assert!(matches!(lo.kind, DeviceKind::Loopback), "{:?}", lo.kind);
}
