#!/bin/sh
# Records what commands change: what the collector says before and after each.
#   sudo unshare --net --mount --pid --fork --mount-proc sh record.sh ../../www/collect.sh OUT
# Of what is kept here, sections that no edit touches, and fields that nobody
# reads (timers, queues, limits of offloads), were taken out.
set -e
collect=$1 out=$2
mount -t tmpfs none /run/netns 2>/dev/null || { mkdir -p /run/netns; mount -t tmpfs none /run/netns; }
quiet() { for key in all default; do "$@" sysctl -qw net.ipv6.conf.$key.disable_ipv6=1; done; }
ip link set lo up; quiet
sysctl -qw net.ipv4.ip_forward=1
ip link add br0 type bridge; ip link set br0 address 02:00:00:00:00:01
ip addr add 10.77.0.1/24 broadcast 10.77.0.255 dev br0; ip link set br0 up
for n in 1 2; do
  ip netns add c$n; quiet ip netns exec c$n
  ip link add vethc$n address 06:00:00:00:00:0$n type veth peer name eth0 address 02:42:0a:4d:00:0$((n + 1)) netns c$n
  ip link set vethc$n master br0 up
  ip -n c$n addr add 10.77.0.$((n + 1))/24 broadcast 10.77.0.255 dev eth0
  ip -n c$n link set lo up; ip -n c$n link set eth0 up
  ip -n c$n route add default via 10.77.0.1
done
ip netns add ext; quiet ip netns exec ext
ip link add eth0 address 52:54:00:00:00:01 type veth peer name eth0 address 52:54:00:00:00:02 netns ext
ip addr add 10.9.0.1/24 broadcast 10.9.0.255 dev eth0; ip link set eth0 up
ip -n ext addr add 10.9.0.2/24 broadcast 10.9.0.255 dev eth0; ip -n ext link set eth0 up; ip -n ext link set lo up
ip route add default via 10.9.0.2
ip -n ext route add 10.77.0.0/24 via 10.9.0.1
iptables-legacy -P FORWARD ACCEPT
sleep 2
snap() { sh "$collect" > "$out/$1"; }
base() {
  # Neighbours that do not change by waiting.
  for there in "c1 10.77.0.1 02:00:00:00:00:01 eth0" "c1 10.77.0.3 02:42:0a:4d:00:03 eth0" "c2 10.77.0.2 02:42:0a:4d:00:02 eth0" "ext 10.9.0.1 52:54:00:00:00:01 eth0"; do
    # shellcheck disable=SC2086 # four words
    set -- $there
    ip -n "$1" neigh replace "$2" lladdr "$3" dev "$4" nud reachable || true
  done
  ip neigh replace 10.77.0.2 lladdr 02:42:0a:4d:00:02 dev br0 nud reachable 2>/dev/null || true
  ip neigh replace 10.9.0.2 lladdr 52:54:00:00:00:02 dev eth0 nud reachable 2>/dev/null || true
  ip netns exec c1 ping -c1 -W1 -q 10.77.0.3 >/dev/null 2>&1 || true; ip netns exec c2 ping -c1 -W1 -q 10.77.0.1 >/dev/null 2>&1 || true
}
base
one() { name=$1; shift; base; snap "$name.before.txt"; "$@"; sleep 0.3; snap "$name.after.txt"; }
one c1-down ip -n c1 link set eth0 down
one c1-up ip -n c1 link set eth0 up
ip -n c1 route add default via 10.77.0.1; sleep 1
one port-down ip link set vethc1 down
one port-up ip link set vethc1 up
sleep 1
one bridge-down ip link set br0 down
one bridge-up ip link set br0 up
sleep 1
one eth0-down ip link set eth0 down
one eth0-up ip link set eth0 up
ip route add default via 10.9.0.2
one forward-off sysctl -qw net.ipv4.ip_forward=0
one forward-on sysctl -qw net.ipv4.ip_forward=1
one all-forwarding-off sysctl -qw net.ipv4.conf.all.forwarding=0
sysctl -qw net.ipv4.ip_forward=1
one br0-forwarding-off sysctl -qw net.ipv4.conf.br0.forwarding=0
one isolated bridge link set dev vethc1 isolated on
one policy iptables-legacy -P FORWARD DROP
one policy-fresh iptables-legacy -t mangle -P INPUT DROP
ip link set vethc2 down; sleep 0.3
one last-port-down ip link set vethc1 down
one last-port-up ip link set vethc1 up
one gone ip netns del c1
