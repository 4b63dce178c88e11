//! Names for numbers: protocols, services and log levels, as a Debian host's
//! `/etc/protocols` and `/etc/services` have them. iptables-save prints
//! protocols by name, ports by number; both may be written either way.

use crate::diag::{Problem, nearest};
use crate::num;
use std::net::IpAddr;

/// First name of each protocol number; the first match counts.
const PROTOCOLS: &[(&str, u8)] = &[
    ("ip", 0),
    ("hopopt", 0),
    ("icmp", 1),
    ("igmp", 2),
    ("ggp", 3),
    ("ipencap", 4),
    ("st", 5),
    ("tcp", 6),
    ("egp", 8),
    ("igp", 9),
    ("pup", 12),
    ("udp", 17),
    ("hmp", 20),
    ("xns-idp", 22),
    ("rdp", 27),
    ("iso-tp4", 29),
    ("dccp", 33),
    ("xtp", 36),
    ("ddp", 37),
    ("idpr-cmtp", 38),
    ("ipv6", 41),
    ("ipv6-route", 43),
    ("ipv6-frag", 44),
    ("idrp", 45),
    ("rsvp", 46),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("skip", 57),
    ("ipv6-icmp", 58),
    ("ipv6-nonxt", 59),
    ("ipv6-opts", 60),
    ("rspf", 73),
    ("vmtp", 81),
    ("eigrp", 88),
    ("ospf", 89),
    ("ax.25", 93),
    ("ipip", 94),
    ("etherip", 97),
    ("encap", 98),
    ("pim", 103),
    ("ipcomp", 108),
    ("vrrp", 112),
    ("l2tp", 115),
    ("isis", 124),
    ("sctp", 132),
    ("fc", 133),
    ("mobility-header", 135),
    ("udplite", 136),
    ("mpls-in-ip", 137),
    ("manet", 138),
    ("hip", 139),
    ("shim6", 140),
    ("wesp", 141),
    ("rohc", 142),
    ("ethernet", 143),
];

/// Names that are iptables' own; they are never printed.
const OWN_PROTOCOLS: [(&str, u8); 4] = [("icmpv6", 58), ("mh", 135), ("ipv6-mh", 135), ("all", 0)];

/// Further names of `/etc/protocols`; they are never printed.
const PROTOCOL_ALIASES: &[(&str, u8)] = &[
    ("IP", 0),
    ("HOPOPT", 0),
    ("ICMP", 1),
    ("IGMP", 2),
    ("GGP", 3),
    ("IP-ENCAP", 4),
    ("ST", 5),
    ("TCP", 6),
    ("EGP", 8),
    ("IGP", 9),
    ("PUP", 12),
    ("UDP", 17),
    ("HMP", 20),
    ("XNS-IDP", 22),
    ("RDP", 27),
    ("ISO-TP4", 29),
    ("DCCP", 33),
    ("XTP", 36),
    ("DDP", 37),
    ("IDPR-CMTP", 38),
    ("IPv6", 41),
    ("IPv6-Route", 43),
    ("IPv6-Frag", 44),
    ("IDRP", 45),
    ("RSVP", 46),
    ("GRE", 47),
    ("IPSEC-ESP", 50),
    ("IPSEC-AH", 51),
    ("SKIP", 57),
    ("IPv6-ICMP", 58),
    ("IPv6-NoNxt", 59),
    ("IPv6-Opts", 60),
    ("RSPF", 73),
    ("CPHB", 73),
    ("VMTP", 81),
    ("EIGRP", 88),
    ("OSPFIGP", 89),
    ("AX.25", 93),
    ("IPIP", 94),
    ("ETHERIP", 97),
    ("ENCAP", 98),
    ("PIM", 103),
    ("IPCOMP", 108),
    ("VRRP", 112),
    ("L2TP", 115),
    ("ISIS", 124),
    ("SCTP", 132),
    ("FC", 133),
    ("Mobility-Header", 135),
    ("UDPLite", 136),
    ("MPLS-in-IP", 137),
    ("HIP", 139),
    ("Shim6", 140),
    ("WESP", 141),
    ("ROHC", 142),
    ("Ethernet", 143),
];

/// `name port transports;` with t, u, s, d for tcp, udp, sctp, dccp.
const SERVICES: &str = "\
tcpmux 1 t;echo 7 tu;discard 9 tu;sink 9 tu;null 9 tu;systat 11 t;users 11 t;\
daytime 13 tu;netstat 15 t;qotd 17 t;quote 17 t;chargen 19 tu;ttytst 19 tu;\
source 19 tu;ftp-data 20 t;ftp 21 t;fsp 21 u;fspd 21 u;ssh 22 t;telnet 23 t;\
smtp 25 t;mail 25 t;time 37 tu;timserver 37 tu;whois 43 t;nicname 43 t;tacacs 49 tu;\
domain 53 tu;bootps 67 u;bootpc 68 u;tftp 69 u;gopher 70 t;finger 79 t;http 80 t;\
www 80 t;kerberos 88 tu;kerberos5 88 tu;krb5 88 tu;kerberos-sec 88 tu;\
iso-tsap 102 t;tsap 102 t;acr-nema 104 t;dicom 104 t;pop3 110 t;pop-3 110 t;\
sunrpc 111 tu;portmapper 111 tu;auth 113 t;authentication 113 t;tap 113 t;\
ident 113 t;nntp 119 t;readnews 119 t;untp 119 t;ntp 123 u;epmap 135 t;\
loc-srv 135 t;netbios-ns 137 u;netbios-dgm 138 u;netbios-ssn 139 t;imap2 143 t;\
imap 143 t;snmp 161 tu;snmp-trap 162 tu;snmptrap 162 tu;cmip-man 163 tu;\
cmip-agent 164 tu;mailq 174 t;xdmcp 177 u;bgp 179 t;smux 199 t;qmtp 209 t;\
z3950 210 t;wais 210 t;ipx 213 u;ptp-event 319 u;ptp-general 320 u;pawserv 345 t;\
zserv 346 t;rpc2portmap 369 tu;codaauth2 370 tu;clearcase 371 u;Clearcase 371 u;\
ldap 389 tu;svrloc 427 tu;https 443 tu;snpp 444 t;microsoft-ds 445 t;kpasswd 464 tu;\
submissions 465 t;ssmtp 465 t;smtps 465 t;urd 465 t;saft 487 t;isakmp 500 u;\
rtsp 554 tu;nqs 607 t;asf-rmcp 623 u;qmqp 628 t;ipp 631 t;ldp 646 tu;exec 512 t;\
biff 512 u;comsat 512 u;login 513 t;who 513 u;whod 513 u;shell 514 t;cmd 514 t;\
syslog 514 tu;printer 515 t;spooler 515 t;talk 517 u;ntalk 518 u;route 520 u;\
router 520 u;routed 520 u;gdomap 538 tu;uucp 540 t;uucpd 540 t;klogin 543 t;\
kshell 544 t;krcmd 544 t;dhcpv6-client 546 u;dhcpv6-server 547 u;afpovertcp 548 t;\
nntps 563 t;snntp 563 t;submission 587 t;ldaps 636 tu;tinc 655 tu;silc 706 t;\
kerberos-adm 749 t;domain-s 853 tu;rsync 873 t;ftps-data 989 t;ftps 990 t;\
telnets 992 t;imaps 993 t;pop3s 995 t;socks 1080 t;proofd 1093 t;rootd 1094 t;\
openvpn 1194 tu;rmiregistry 1099 t;lotusnote 1352 t;lotusnotes 1352 t;\
ms-sql-s 1433 t;ms-sql-m 1434 u;ingreslock 1524 t;datametrics 1645 tu;\
old-radius 1645 tu;sa-msg-port 1646 tu;old-radacct 1646 tu;kermit 1649 t;\
groupwise 1677 t;l2f 1701 u;l2tp 1701 u;radius 1812 tu;radius-acct 1813 tu;\
radacct 1813 tu;cisco-sccp 2000 t;nfs 2049 tu;gnunet 2086 tu;rtcm-sc104 2101 tu;\
gsigatekeeper 2119 t;gris 2135 t;cvspserver 2401 t;venus 2430 tu;venus-se 2431 tu;\
codasrv 2432 tu;codasrv-se 2433 tu;mon 2583 tu;dict 2628 t;f5-globalsite 2792 t;\
gsiftp 2811 t;gpsd 2947 t;gds-db 3050 t;gds_db 3050 t;icpv2 3130 u;icp 3130 u;\
isns 3205 tu;iscsi-target 3260 t;mysql 3306 t;ms-wbt-server 3389 t;nut 3493 tu;\
distcc 3632 t;daap 3689 t;svn 3690 t;subversion 3690 t;suucp 4031 t;sysrqd 4094 t;\
sieve 4190 t;epmd 4369 t;remctl 4373 t;f5-iquery 4353 t;ntske 4460 t;\
ipsec-nat-t 4500 u;iax 4569 u;mtn 4691 t;radmin-port 4899 t;sip 5060 tu;\
sip-tls 5061 tu;xmpp-client 5222 t;jabber-client 5222 t;xmpp-server 5269 t;\
jabber-server 5269 t;cfengine 5308 t;mdns 5353 u;postgresql 5432 t;postgres 5432 t;\
freeciv 5556 t;rptp 5556 t;amqps 5671 t;amqp 5672 ts;x11 6000 t;x11-0 6000 t;\
x11-1 6001 t;x11-2 6002 t;x11-3 6003 t;x11-4 6004 t;x11-5 6005 t;x11-6 6006 t;\
x11-7 6007 t;gnutella-svc 6346 tu;gnutella-rtr 6347 tu;redis 6379 t;\
sge-qmaster 6444 t;sge_qmaster 6444 t;sge-execd 6445 t;sge_execd 6445 t;\
mysql-proxy 6446 t;babel 6696 u;ircs-u 6697 t;bbs 7000 t;afs3-fileserver 7000 u;\
afs3-callback 7001 u;afs3-prserver 7002 u;afs3-vlserver 7003 u;afs3-kaserver 7004 u;\
afs3-volser 7005 u;afs3-bos 7007 u;afs3-update 7008 u;afs3-rmtsys 7009 u;\
font-service 7100 t;xfs 7100 t;http-alt 8080 t;webcache 8080 t;puppet 8140 t;\
bacula-dir 9101 t;bacula-fd 9102 t;bacula-sd 9103 t;xmms2 9667 t;nbd 10809 t;\
zabbix-agent 10050 t;zabbix-trapper 10051 t;amanda 10080 t;dicom 11112 t;\
hkp 11371 t;db-lsp 17500 t;dcap 22125 t;gsidcap 22128 t;wnn6 22273 t;\
kerberos4 750 ut;kerberos-iv 750 ut;kdc 750 ut;kerberos-master 751 ut;\
kerberos_master 751 u;passwd-server 752 u;passwd_server 752 u;krb-prop 754 t;\
krb_prop 754 t;krb5_prop 754 t;hprop 754 t;zephyr-srv 2102 u;zephyr-clt 2103 u;\
zephyr-hm 2104 u;iprop 2121 t;supfilesrv 871 t;supfiledbg 1127 t;poppassd 106 t;\
moira-db 775 t;moira_db 775 t;moira-update 777 t;moira_update 777 t;\
moira-ureg 779 u;moira_ureg 779 u;spamd 783 t;skkserv 1178 t;predict 1210 u;\
rmtcfg 1236 t;xtel 1313 t;xtelw 1314 t;zebrasrv 2600 t;zebra 2601 t;ripd 2602 t;\
ripngd 2603 t;ospfd 2604 t;bgpd 2605 t;ospf6d 2606 t;ospfapi 2607 t;isisd 2608 t;\
fax 4557 t;hylafax 4559 t;munin 4949 t;lrrd 4949 t;rplay 5555 u;nrpe 5666 t;\
nsca 5667 t;canna 5680 t;syslog-tls 6514 t;sane-port 6566 t;sane 6566 t;\
saned 6566 t;ircd 6667 t;zope-ftp 8021 t;tproxy 8081 t;omniorb 8088 t;\
clc-build-daemon 8990 t;xinetd 9098 t;git 9418 t;zope 9673 t;webmin 10000 t;\
kamanda 10081 t;amandaidx 10082 t;amidxtape 10083 t;sgi-cmsd 17001 u;\
sgi-crsd 17002 u;sgi-gcd 17003 u;sgi-cad 17004 t;binkp 24554 t;asp 27374 tu;\
csync2 30865 t;dircproxy 57000 t;tfido 60177 t;fido 60179 t;";

/// The name that iptables-save prints for a protocol, if it has one.
pub fn protocol_name(number: u8) -> Option<&'static str> {
    PROTOCOLS
        .iter()
        .find(|(_, n)| *n == number && number != 0)
        .map(|(name, _)| *name)
}

/// What a machine without a resolver calls an address (`/etc/hosts`,
/// `/etc/networks`).
pub fn address_name(addr: IpAddr) -> Option<&'static str> {
    let IpAddr::V4(addr) = addr else { return None };
    Some(match addr.octets() {
        [127, 0, 0, 1] => "localhost",
        [127, 0, 0, 0] => "loopback",
        [169, 254, 0, 0] => "link-local",
        [0, 0, 0, 0] => "default",
        _ => return None,
    })
}

/// The number that `/etc/protocols` has for a name, capitals told from small letters
/// (`getprotobyname`).
pub fn protocol_number(name: &str) -> Option<u8> {
    let mut names = PROTOCOLS.iter().chain(PROTOCOL_ALIASES);
    names.find(|known| known.0 == name).map(|known| known.1)
}

/// Reads a protocol's name (in any case) or number.
///
/// # Errors
/// A word that is neither, with the name that was perhaps meant.
pub fn protocol(word: &str) -> Result<u8, Problem> {
    if let Some(number) = num::whole(word).and_then(|n| u8::try_from(n).ok()) {
        return Ok(number);
    }
    if let Some((_, number)) = PROTOCOLS.iter().find(|(name, _)| *name == word) {
        return Ok(*number);
    }
    let lower = word.to_ascii_lowercase();
    let own = OWN_PROTOCOLS.iter();
    let names = || PROTOCOLS.iter().chain(own.clone()).chain(PROTOCOL_ALIASES);
    if let Some((_, number)) = names().find(|(name, _)| *name == lower || *name == word) {
        return Ok(*number);
    }
    let problem = Problem::new(format!("unknown protocol `{word}`"));
    Err(match nearest(&lower, names().map(|(name, _)| *name)) {
        Some(name) => problem.hint(format!("did you mean `{name}`?")),
        None => problem.hint("a name such as tcp, or a number from 0 to 255"),
    })
}

/// The transports that have ports, for [`service`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// tcp
    Tcp,
    /// udp
    Udp,
    /// sctp
    Sctp,
    /// dccp
    Dccp,
    /// UDP-Lite, which has no services of its own.
    Udplite,
    /// The service's first entry, whichever transport it is for.
    Any,
}

impl Transport {
    /// The transport of a protocol's number.
    pub fn of(proto: u8) -> Option<Self> {
        Some(match proto {
            6 => Self::Tcp,
            17 => Self::Udp,
            33 => Self::Dccp,
            132 => Self::Sctp,
            136 => Self::Udplite,
            _ => return None,
        })
    }

    /// Whether an entry of [`SERVICES`] with these letters is for it.
    fn is_in(self, letters: &str) -> bool {
        match self {
            Self::Tcp => letters.contains('t'),
            Self::Udp => letters.contains('u'),
            Self::Sctp => letters.contains('s'),
            Self::Dccp => letters.contains('d'),
            Self::Udplite => false,
            Self::Any => true,
        }
    }
}

/// The port of a service.
pub fn service(name: &str, transport: Transport) -> Option<u16> {
    SERVICES.split(';').find_map(|entry| {
        let mut fields = entry.split(' ');
        let (found, port, transports) = (fields.next()?, fields.next()?, fields.next()?);
        if found == name && transport.is_in(transports) {
            port.parse().ok()
        } else {
            None
        }
    })
}

/// The first name of a port's service, as getservbyport() has it.
pub fn service_name(port: u16, transport: Transport) -> Option<&'static str> {
    SERVICES.split(';').find_map(|entry| {
        let mut fields = entry.split(' ');
        let (name, number, transports) = (fields.next()?, fields.next()?, fields.next()?);
        let found = number.parse() == Ok(port) && transport.is_in(transports);
        found.then_some(name)
    })
}

/// Reads a port's number or the name of its service.
///
/// # Errors
/// A word that is neither.
pub fn port(word: &str, transport: Transport) -> Result<u16, Problem> {
    if let Some(number) = num::whole(word).and_then(|n| u16::try_from(n).ok()) {
        return Ok(number);
    }
    service(word, transport).ok_or_else(|| {
        Problem::new(format!("`{word}` is not a port"))
            .hint("a number from 0 to 65535, or the name of a service")
    })
}

/// Reads a port as getaddrinfo() does: a decimal number, or the name of a
/// service of any protocol. Larger numbers lose their upper bits, as there (what is
/// below zero then is a name), and nothing at all is 0.
///
/// # Errors
/// A word that is neither.
pub fn port_or_service(word: &str) -> Result<u16, Problem> {
    if word.is_empty() {
        return Ok(0);
    }
    if let Some((number, "")) = num::scan(word)
        && number as i32 >= 0
    {
        return Ok(number as u16);
    }
    service(word, Transport::Any).ok_or_else(|| {
        Problem::new(format!("`{word}` is not a port"))
            .hint("a decimal number, or the name of a service")
    })
}

/// Syslog's levels, by number; the first name is the one that is printed.
const LOG_LEVELS: &[(&str, u8)] = &[
    ("emerg", 0),
    ("alert", 1),
    ("crit", 2),
    ("error", 3),
    ("warning", 4),
    ("notice", 5),
    ("info", 6),
    ("debug", 7),
    ("panic", 0),
];

/// Reads a syslog level's name or number.
///
/// # Errors
/// A word that is neither.
pub fn log_level(word: &str) -> Result<u8, Problem> {
    if let Some(number) = num::whole(word).filter(|n| *n <= 7) {
        return Ok(u8::try_from(number).unwrap_or(0));
    }
    let found = LOG_LEVELS.iter().find(|(name, _)| *name == word);
    found.map(|(_, number)| *number).ok_or_else(|| {
        Problem::new(format!("unknown log level `{word}`")).hint(
            "a number from 0 to 7, or emerg, alert, crit, error, warning, notice, info, debug",
        )
    })
}

/// The name of a syslog level.
pub fn log_level_name(level: u8) -> Option<&'static str> {
    LOG_LEVELS
        .iter()
        .find(|(_, number)| *number == level)
        .map(|(name, _)| *name)
}

/// Users that every Debian host has (base-passwd).
const USERS: &[(&str, u32)] = &[
    ("root", 0),
    ("daemon", 1),
    ("bin", 2),
    ("sys", 3),
    ("sync", 4),
    ("games", 5),
    ("man", 6),
    ("lp", 7),
    ("mail", 8),
    ("news", 9),
    ("uucp", 10),
    ("proxy", 13),
    ("www-data", 33),
    ("backup", 34),
    ("list", 38),
    ("irc", 39),
    ("_apt", 42),
    ("nobody", 65_534),
];

/// Groups that every Debian host has (base-passwd).
const GROUPS: &[(&str, u32)] = &[
    ("root", 0),
    ("daemon", 1),
    ("bin", 2),
    ("sys", 3),
    ("adm", 4),
    ("tty", 5),
    ("disk", 6),
    ("lp", 7),
    ("mail", 8),
    ("news", 9),
    ("uucp", 10),
    ("man", 12),
    ("proxy", 13),
    ("kmem", 15),
    ("dialout", 20),
    ("fax", 21),
    ("voice", 22),
    ("cdrom", 24),
    ("floppy", 25),
    ("tape", 26),
    ("sudo", 27),
    ("audio", 29),
    ("dip", 30),
    ("www-data", 33),
    ("backup", 34),
    ("operator", 37),
    ("list", 38),
    ("irc", 39),
    ("src", 40),
    ("shadow", 42),
    ("utmp", 43),
    ("video", 44),
    ("sasl", 45),
    ("plugdev", 46),
    ("staff", 50),
    ("games", 60),
    ("users", 100),
    ("nogroup", 65_534),
];

/// The name of a user's number.
pub fn user_name(number: u32) -> Option<&'static str> {
    USERS.iter().find(|u| u.1 == number).map(|u| u.0)
}

/// The name of a group's number.
pub fn group_name(number: u32) -> Option<&'static str> {
    GROUPS.iter().find(|g| g.1 == number).map(|g| g.0)
}

/// The number of a user's name.
pub fn user(name: &str) -> Option<u32> {
    USERS.iter().find(|u| u.0 == name).map(|u| u.1)
}

/// The number of a group's name.
pub fn group(name: &str) -> Option<u32> {
    GROUPS.iter().find(|g| g.0 == name).map(|g| g.1)
}

/// Names of Ethernet protocols: the printed one, the number, further ones.
const ETHERTYPES: &[(&str, u16, &[&str])] = &[
    ("IPv4", 0x0800, &["ip", "ip4"]),
    ("X25", 0x0805, &[]),
    ("ARP", 0x0806, &["ether-arp"]),
    ("FR_ARP", 0x0808, &[]),
    ("BPQ", 0x08ff, &[]),
    ("TRILL", 0x22f3, &[]),
    ("L2-IS-IS", 0x22f4, &[]),
    ("TEB", 0x6558, &[]),
    ("RAW_FR", 0x6559, &[]),
    ("RARP", 0x8035, &[]),
    ("ATALK", 0x809b, &[]),
    ("AARP", 0x80f3, &[]),
    ("802_1Q", 0x8100, &["8021q", "1q", "802.1q", "dot1q"]),
    ("IPX", 0x8137, &[]),
    ("NetBEUI", 0x8191, &[]),
    ("IPv6", 0x86dd, &["ip6"]),
    ("PPP", 0x880b, &[]),
    ("MPLS", 0x8847, &[]),
    ("MPLS_MULTI", 0x8848, &[]),
    ("ATMMPOA", 0x884c, &[]),
    ("PPP_DISC", 0x8863, &[]),
    ("PPP_SES", 0x8864, &[]),
    ("ATMFATE", 0x8884, &[]),
    ("EAPOL", 0x888e, &[]),
    ("S-TAG", 0x88a8, &[]),
    ("EAP_PREAUTH", 0x88c7, &[]),
    ("LLDP", 0x88cc, &[]),
    ("MACSEC", 0x88e5, &[]),
    ("PBB", 0x88e7, &["macinmac"]),
    ("MVRP", 0x88f5, &[]),
    ("PTP", 0x88f7, &[]),
    ("FCOE", 0x8906, &[]),
    ("FIP", 0x8914, &[]),
    ("ROCE", 0x8915, &[]),
    ("LoWPAN", 0xa0ed, &[]),
];

/// The name that ebtables prints for an Ethernet protocol, if it has one.
pub fn ethertype_name(number: u16) -> Option<&'static str> {
    ETHERTYPES.iter().find(|e| e.1 == number).map(|e| e.0)
}

/// The number of an Ethernet protocol's name, in any case.
pub fn ethertype(name: &str) -> Option<u16> {
    let same = |other: &str| other.eq_ignore_ascii_case(name);
    ETHERTYPES
        .iter()
        .find(|e| same(e.0) || e.2.iter().any(|alias| same(alias)))
        .map(|e| e.1)
}
