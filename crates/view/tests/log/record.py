#!/usr/bin/env python3
"""Records what a real kernel logs about odd packets.

Needs root, iptables-legacy and ebtables. Makes two network namespaces joined
by a veth pair, sends frames from one, and prints for each the frame, the rule
and the line that the kernel logged, in the form that tests/log.rs reads:

    # what it is
    frame HEX            from the destination MAC on
    rule trace|log FLAGS|ebt OPTIONS|arp
    line TEXT

Run as: record.py > recorded.txt
"""
import ctypes, os, socket, struct, subprocess, time

A, B = "pwlogA", "pwlogB"
TAG = "PWLOG"


def sh(text, check=True):
    subprocess.run(text, shell=True, check=check, stdout=subprocess.DEVNULL)


def ns(name, text):
    sh(f"ip netns exec {name} {text}")


def csum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(proto, payload, src="10.9.0.1", dst="10.9.0.2", tos=0, ttl=64, ident=4660,
       frag=0, options=b"", total=None):
    ihl = 5 + len(options) // 4
    total = ihl * 4 + len(payload) if total is None else total
    head = struct.pack("!BBHHHBBH4s4s", 0x40 | ihl, tos, total, ident, frag, ttl, proto, 0,
                       socket.inet_aton(src), socket.inet_aton(dst)) + options
    head = head[:10] + struct.pack("!H", csum(head)) + head[12:]
    return head + payload


def icmp(kind, code, word, data=b""):
    message = struct.pack("!BBHI", kind, code, 0, word) + data
    return message[:2] + struct.pack("!H", csum(message)) + message[4:]


def tcp(sport=40000, dport=80, seq=1234567890, ack=987654321, flags=0x02, window=64240,
        urg=0, options=b"", low=0):
    doff = 5 + len(options) // 4
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, doff << 4 | low, flags, window, 0,
                       urg) + options


def udp(sport=5353, dport=53, data=b"abcd"):
    return struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data


def arp(op=1, hln=6, pln=4, hrd=1, rest=None):
    body = bytes.fromhex("0242c0a80002") + socket.inet_aton("10.9.0.1") + bytes(6) + \
        socket.inet_aton("10.9.0.2")
    return struct.pack("!HHBBH", hrd, 0x0800, hln, pln, op) + (body if rest is None else rest)


def ip6(next_header, payload, tc=0, flow=0, hop=64):
    return struct.pack("!IHBB", 6 << 28 | tc << 20 | flow, len(payload), next_header, hop) + \
        socket.inet_pton(socket.AF_INET6, "fd00:9::1") + \
        socket.inet_pton(socket.AF_INET6, "fd00:9::2") + payload


inner = ip(17, udp(), src="10.9.0.2", dst="10.9.0.1")
inner_tcp = ip(6, tcp()[:8], src="10.9.0.2", dst="10.9.0.1")
inner_icmp = ip(1, icmp(8, 0, 0x00010002), src="10.9.0.2", dst="10.9.0.1")
inner_error = ip(1, icmp(3, 1, 0, inner), src="10.9.0.2", dst="10.9.0.1")
SYN = bytes.fromhex("020405b40402080a0000000100000000010303070000")[:20]

IPV4 = [
    ("TCP SYN with options", ip(6, tcp(options=SYN))),
    ("TCP, all flags and reserved bits", ip(6, tcp(flags=0xFF, urg=7, low=0xF))),
    ("TCP, AE alone", ip(6, tcp(flags=0x12, low=1))),
    ("TCP, first reserved bit", ip(6, tcp(flags=0x10, low=8))),
    ("TCP, header length too small", ip(6, bytes(12) + b"\x20\x02" + bytes(6))),
    ("TCP options cut off", ip(6, tcp(options=SYN)[:28])),
    ("TCP cut off", ip(6, tcp()[:12])),
    ("TCP, nothing there", ip(6, b"")),
    ("UDP", ip(17, udp())),
    ("UDP, tos and precedence", ip(17, udp(), tos=0xFF)),
    ("UDP, length lies", ip(17, struct.pack("!HHHH", 1, 2, 999, 0))),
    ("UDP cut off", ip(17, udp()[:6])),
    ("UDP-Lite", ip(136, udp())),
    ("echo request", ip(1, icmp(8, 0, 0x12340001, bytes(56)), frag=0x4000)),
    ("echo reply", ip(1, icmp(0, 0, 0x12340001, bytes(56)))),
    ("ICMP cut off", ip(1, icmp(8, 0, 1)[:4])),
    ("ICMP, nothing there", ip(1, b"")),
    ("port unreachable", ip(1, icmp(3, 3, 0, inner))),
    ("unreachable quoting TCP cut off", ip(1, icmp(3, 1, 0, inner_tcp))),
    ("unreachable quoting ICMP", ip(1, icmp(3, 0, 0, inner_icmp))),
    ("unreachable quoting an error", ip(1, icmp(3, 0, 0, inner_error))),
    ("unreachable without a quote", ip(1, icmp(3, 1, 0))),
    ("unreachable quoting half a header", ip(1, icmp(3, 1, 0, inner[:16]))),
    ("fragmentation needed", ip(1, icmp(3, 4, 1400, inner))),
    ("redirect", ip(1, icmp(5, 1, 0x0A090003, inner))),
    ("source quench", ip(1, icmp(4, 0, 0, inner))),
    ("time exceeded", ip(1, icmp(11, 0, 0, inner))),
    ("parameter problem", ip(1, icmp(12, 0, 0x14000000, inner))),
    ("timestamp", ip(1, icmp(13, 0, 0x00050006, bytes(12)))),
    ("timestamp cut off", ip(1, icmp(13, 0, 0x00050006))),
    ("address mask", ip(1, icmp(17, 0, 0x00050006, bytes(4)))),
    ("address mask cut off", ip(1, icmp(17, 0, 0x00050006))),
    ("router advertisement", ip(1, icmp(9, 0, 0x01020003))),
    ("ICMP of a type without meaning", ip(1, icmp(200, 9, 0))),
    ("AH", ip(51, struct.pack("!BBHII", 17, 4, 0, 0xF1234567, 1) + bytes(12))),
    ("AH cut off", ip(51, bytes(8))),
    ("ESP", ip(50, struct.pack("!II", 0x1234, 1) + bytes(16))),
    ("ESP cut off", ip(50, bytes(4))),
    ("SCTP", ip(132, bytes(12))),
    ("GRE", ip(47, bytes(8))),
    ("protocol 255", ip(255, bytes(8))),
    ("router alert", ip(2, bytes(8), options=bytes.fromhex("94040000"))),
    ("more fragments", ip(17, udp(data=bytes(16)), frag=0x2000)),
    ("later fragment of UDP", ip(17, bytes(16), frag=0x2003)),
    ("last fragment of TCP", ip(6, bytes(16), frag=3)),
    ("last fragment of ICMP", ip(1, bytes(16), frag=185)),
    ("last fragment of AH", ip(51, bytes(16), frag=5)),
    ("last fragment of ESP", ip(50, bytes(16), frag=5)),
    ("reserved flag", ip(17, udp(), frag=0x8000)),
    ("padding behind the packet", ip(17, udp()) + bytes(18)),
]
ARP = [
    ("request", arp()),
    ("reply", arp(2)),
    ("not Ethernet", arp(hrd=6)),
]
EBT = [("IPv4 " + name, 0x0800, data) for name, data in IPV4] + [
    ("IP header cut off", 0x0800, inner[:12]),
    ("IPv6 TCP", 0x86DD, ip6(6, tcp(), tc=0xAB, flow=0x12345)),
    ("IPv6 UDP behind hop-by-hop", 0x86DD, ip6(0, bytes([17, 0, 1, 4, 0, 0, 0, 0]) + udp())),
    ("IPv6 first fragment", 0x86DD, ip6(44, struct.pack("!BBHI", 17, 0, 1, 77) + udp())),
    ("IPv6 later fragment", 0x86DD, ip6(44, struct.pack("!BBHI", 17, 0, 0x11, 77) + bytes(8))),
    ("IPv6 no next header", 0x86DD, ip6(59, b"")),
    ("IPv6 cut off", 0x86DD, ip6(6, b"")[:30]),
    ("IPv6 TCP cut off", 0x86DD, ip6(6, b"ab")),
    ("ARP request", 0x0806, arp()),
    ("ARP not Ethernet", 0x0806, arp(hrd=6)),
    ("ARP cut off", 0x0806, arp()[:6]),
    ("ARP addresses cut off", 0x0806, arp()[:20]),
    ("RARP", 0x8035, arp(3)),
    ("LLDP", 0x88CC, bytes(20)),
    ("802.3 length", 0x0020, bytes(32)),
]
IPV6 = [
    ("TCP", ip6(6, tcp(options=SYN), tc=0x12, flow=0x54321)),
    ("UDP", ip6(17, udp())),
    ("UDP behind hop-by-hop options", ip6(0, bytes([17, 0, 1, 4, 0, 0, 0, 0]) + udp())),
    ("echo request", ip6(58, icmp(128, 0, 0x12340001, bytes(8)))),
    ("first fragment", ip6(44, struct.pack("!BBHI", 17, 0, 1, 77) + udp(data=bytes(8)))),
    ("later fragment", ip6(44, struct.pack("!BBHI", 17, 0, 0x11, 77) + bytes(8))),
    ("destination options in a later fragment", ip6(44, struct.pack("!BBHI", 60, 0, 0x11, 77) + bytes(8))),
    ("AH", ip6(51, struct.pack("!BBHII", 17, 1, 0, 0xF1234567, 1) + udp())),
    ("ESP", ip6(50, struct.pack("!II", 0x1234, 1) + bytes(16))),
    ("port unreachable", ip6(58, icmp(1, 4, 0, ip6(17, udp())))),
    ("packet too big", ip6(58, icmp(2, 0, 1280, ip6(6, tcp())))),
    ("time exceeded quoting an error", ip6(58, icmp(3, 0, 0, ip6(58, icmp(1, 4, 0, ip6(17, udp())))))),
    ("parameter problem", ip6(58, icmp(4, 0, 6, ip6(17, udp())))),
    ("ICMPv6 cut off", ip6(58, b"\x80\0\0\0")),
    ("no next header", ip6(59, b"")),
    ("protocol 132", ip6(132, bytes(12))),
]


def main():
    for name in (A, B):
        sh(f"ip netns del {name} 2>/dev/null", check=False)
        sh(f"ip netns add {name}")
    try:
        record()
    finally:
        for name in (A, B):
            sh(f"ip netns del {name}", check=False)


def record():
    sh(f"ip link add pwl0 netns {A} type veth peer name pwl1 netns {B}")
    ns(A, "ip link set pwl0 address 02:09:00:00:00:01")
    ns(B, "ip link set pwl1 address 02:09:00:00:00:02")
    for name, dev in ((A, "pwl0"), (B, "pwl1")):
        ns(name, f"sysctl -qw net.ipv6.conf.{dev}.disable_ipv6={0 if name == B else 1}")
        ns(name, f"ip link set {dev} up")
    ns(B, "ip addr add 10.9.0.2/24 dev pwl1")
    ns(B, "ip -6 addr add fd00:9::2/64 dev pwl1 nodad")
    ns(B, "sysctl -qw net.ipv4.conf.all.accept_source_route=1")
    time.sleep(2.5)
    sender = open_raw(A, "pwl0")
    kmsg = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    os.lseek(kmsg, 0, os.SEEK_END)
    eth = bytes.fromhex("020900000002020900000001")

    def one(what, frame, rule, mark):
        drain(kmsg, "")
        sender.send(frame)
        line = None
        for _ in range(40):
            time.sleep(0.005)
            found = drain(kmsg, mark)
            if found:
                line = found[0]
                break
        print(f"# {what}\nframe {frame.hex()}\nrule {rule}")
        print(f"line {line}\n" if line is not None else "none\n")

    def arrange(tool, table, chain, rule):
        ns(B, f"{tool} -t {table} -F {chain}")
        ns(B, f"{tool} -t {table} -A {chain} {rule}")

    def all_of(packets, ethertype, rule):
        for what, data in packets:
            one(what, eth + struct.pack("!H", ethertype) + data, rule, TAG)

    full = "--log-tcp-sequence --log-tcp-options --log-ip-options --log-uid"
    arrange("iptables-legacy", "raw", "PREROUTING", f"-j LOG --log-prefix '{TAG}: ' {full}")
    all_of(IPV4, 0x0800, f"log 15 {TAG}: ")
    arrange("iptables-legacy", "raw", "PREROUTING", f"-j LOG --log-prefix {TAG}")
    all_of([IPV4[0], IPV4[8], IPV4[13], IPV4[41], IPV4[17]], 0x0800, f"log 0 {TAG}")
    arrange("iptables-legacy", "raw", "PREROUTING", f"-j LOG --log-prefix {TAG} --log-macdecode")
    all_of([IPV4[8], IPV4[0]], 0x0800, f"log 32 {TAG}")
    tagged = eth + struct.pack("!HHH", 0x8100, 0x6005, 0x0800) + ip(17, udp())
    arrange("iptables-legacy", "mangle", "PREROUTING", "-j MARK --set-mark 0x12ab")
    ns(B, "iptables-legacy -t raw -F PREROUTING")
    arrange("iptables-legacy", "filter", "INPUT", f"-j LOG --log-prefix {TAG}")
    all_of([("marked 0x12ab " + IPV4[n][0], IPV4[n][1]) for n in (8, 17, 40)], 0x0800, f"log 0 {TAG}")
    ns(B, "iptables-legacy -t mangle -F PREROUTING")
    ns(B, "iptables-legacy -t filter -F INPUT")
    arrange("ip6tables-legacy", "raw", "PREROUTING", f"-j LOG --log-prefix '{TAG}: ' {full}")
    all_of(IPV6, 0x86DD, f"log6 15 {TAG}: ")
    arrange("ip6tables-legacy", "raw", "PREROUTING", f"-j LOG --log-prefix '{TAG}: '")
    all_of(IPV6, 0x86DD, f"log6 0 {TAG}: ")
    ns(B, "ip6tables-legacy -t raw -F PREROUTING")

    # ARP by nft's arp family: arptables has no LOG target.
    for flags, number in (("", 0), ("flags ether", 32)):
        ns(B, "nft add table arp t")
        ns(B, "nft 'add chain arp t c { type filter hook input priority 0; }'")
        ns(B, f"nft add rule arp t c log prefix {TAG} {flags}")
        all_of(ARP, 0x0806, f"arp {number} {TAG}")
        ns(B, "nft delete table arp t")

    # The bridge's own log.
    ns(B, "ip addr flush dev pwl1")
    ns(B, "ip link add pwlbr type bridge")
    ns(B, "ip link set pwl1 master pwlbr")
    ns(B, "ip link set pwlbr up")
    time.sleep(0.5)
    ns(B, f"ebtables -t nat -A PREROUTING --log-prefix {TAG} --log-ip --log-arp --log-ip6 -j CONTINUE")
    for what, ethertype, data in EBT:
        one(what, eth + struct.pack("!H", ethertype) + data, f"ebt ip,arp,ip6 {TAG}", TAG)
    one("UDP with an 802.1Q tag", tagged, f"ebt ip,arp,ip6 {TAG}", TAG)
    ns(B, "sysctl -qw net.bridge.bridge-nf-call-iptables=1")
    ns(B, "sysctl -qw net.bridge.bridge-nf-filter-vlan-tagged=1")
    ns(B, "ebtables -t nat -F PREROUTING")
    arrange("iptables-legacy", "raw", "PREROUTING", f"-j LOG --log-prefix '{TAG}: '")
    plain = eth + b"\x08\0" + ip(17, udp())
    one("bridged UDP", plain, f"bridged 0 {TAG}: ", TAG)
    one("bridged UDP with an 802.1Q tag", tagged, f"bridged 0 {TAG}: ", TAG)
    arrange("iptables-legacy", "raw", "PREROUTING", f"-j LOG --log-prefix '{TAG}: ' --log-macdecode")
    one("bridged UDP with an 802.1Q tag", tagged, f"bridged 32 {TAG}: ", TAG)
    ns(B, "iptables-legacy -t raw -F PREROUTING")
    ns(B, f"ebtables -t nat -A PREROUTING --log-prefix '{TAG} x' --log-level info -j CONTINUE")
    one("UDP, no headers asked for", eth + b"\x08\0" + ip(17, udp()), f"ebt - {TAG} x", TAG)


def open_raw(netns, dev):
    libc = ctypes.CDLL(None, use_errno=True)
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{netns}", os.O_RDONLY)
    libc.setns(there, 0x40000000)
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((dev, 0))
    libc.setns(here, 0x40000000)
    return raw


def drain(kmsg, mark):
    found = []
    while True:
        try:
            text = os.read(kmsg, 8192).decode()
        except BlockingIOError:
            return found
        except BrokenPipeError:
            continue
        text = text.split(";", 1)[1].split("\n")[0]
        if mark and text.startswith(mark) and "pwl" in text:
            found.append(text)


main()
