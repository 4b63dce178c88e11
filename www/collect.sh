#!/bin/sh
# Prints a snapshot for Packetwalk: what ip, bridge, sysctl, iptables-save and the
# like say on this host and in the network namespace of every container on it.
# It only reads. Not in it: environments, command lines (but docker-proxy's), logs.
#   sudo sh collect.sh > snapshot.txt
# Needs iproute2, and nsenter (util-linux or busybox) for containers. Works with
# docker, podman, nerdctl or none of them, and with plain `ip netns` namespaces.
set -u
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

die() { echo "collect.sh: $*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
[ "$(id -u)" -eq 0 ] || die "run it as root: rules and containers are hidden from others"
ip -j link show lo >/dev/null 2>&1 || die "ip -j does not work: install iproute2"

# section COMMAND...: a command and what it printed, run by $enter (words to put in
# front). One that fails says nothing; of one that is missing, the host says so.
section() {
  if ! have "$1"; then
    [ "$name" != host ] || printf '@@run %s\n%s: not found\n' "$*" "$1"
    return 0
  fi
  # shellcheck disable=SC2086 # $enter is words
  text=$($enter "$@" 2>/dev/null </dev/null) || [ -n "$text" ] || return 0
  echo "@@run $*"
  # Only the network's settings count, and only docker-proxy among processes.
  case $1 in
    sysctl) text=$(printf '%s\n' "$text" | grep '^net[./]') ;;
    ps) text=$(printf '%s\n' "$text" | grep '[d]ocker-proxy') ;;
  esac
  [ -z "$text" ] || printf '%s\n' "$text"
}
# netns NAME [WORDS]: all of a namespace that is entered by these words.
netns() {
  name=$(printf '%s' "$1" | tr -c 'A-Za-z0-9_.-' '_')
  case $names in *" $name "*) name=$name-$((count += 1)) ;; esac
  names="$names$name "
  echo "@@netns $name"
  shift
  enter=$*
  section ip -j -d link show
  section ip -j route show table all
  for list in addr rule neigh; do section ip -j $list show; done
  section bridge -j -d link show; section bridge -j fdb show
  section sysctl -a
  section ss -Htulnp
  for tool in iptables ip6tables ebtables; do section $tool-save -c; done
  ! have arptables-save || section arptables-save -c # comes with newer iptables
  # Rules of the other front end of iptables, where there are both.
  case $(iptables-save -V 2>/dev/null) in *nf_tables*) other=legacy ;; *) other=nft ;; esac
  ! have iptables-$other-save || section iptables-$other-save -c
  section ipset save
  section nft -j list ruleset
  section conntrack -L -o extended,id
}
# fresh NS: is this namespace (net:[INODE]) not in the snapshot yet?
fresh() {
  case $seen in *" $1 "*) return 1 ;; *) seen="$seen$1 " ;; esac
}
names=' ' count=1 seen=" $(readlink /proc/self/ns/net) "
echo "@@packetwalk snapshot 1"
netns host
section ps -eo pid,args
for engine in docker podman nerdctl; do
  have $engine || continue
  for id in $($engine ps -q 2>/dev/null); do
    pid=$($engine inspect -f '{{.State.Pid}}' "$id") label=$($engine inspect -f '{{.Name}}' "$id")
    ns=$(readlink "/proc/$pid/ns/net") && fresh "$ns" && netns "${label#/}" nsenter -t "$pid" -n
  done
done
for file in /run/netns/* /var/run/netns/*; do
  [ -e "$file" ] && fresh "net:[$(stat -L -c %i "$file")]" && netns "${file##*/}" ip netns exec "${file##*/}"
done
# Whatever else has a namespace of its own goes by its program.
for link in /proc/[0-9]*/ns/net; do
  pid=${link#/proc/} pid=${pid%%/*}
  ns=$(readlink "$link" 2>/dev/null) && fresh "$ns" &&
    netns "$(cat "/proc/$pid/comm")-$pid" nsenter -t "$pid" -n
done
echo "@@end"
