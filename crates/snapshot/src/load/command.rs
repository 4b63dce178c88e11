//! Which command a section is the output of.

/// What the sections are that somebody reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `ip -j -d link show`.
    Link,
    /// `ip -j addr show`.
    Addr,
    /// `bridge -j -d link show`.
    BridgeLink,
    /// `bridge -j fdb show`.
    Fdb,
    /// `sysctl -a`.
    Sysctl,
    /// `ip -j route show table all`.
    Route,
    /// `ip -j rule show`.
    Rule,
    /// `ip -j neigh show`.
    Neigh,
    /// `ipset save`.
    Ipset,
    /// `iptables-save -c`.
    Iptables,
    /// `ip6tables-save -c`.
    Ip6tables,
    /// `ebtables-save -c`.
    Ebtables,
    /// `arptables-save -c`.
    Arptables,
    /// `nft -j list ruleset`.
    Nft,
    /// `ss -Htulnp`.
    Ss,
    /// `ps -eo pid,args`.
    Ps,
    /// `docker inspect`, `docker network inspect`.
    Docker,
    /// `conntrack -L -o extended,id`.
    Conntrack,
    /// `date +%s`.
    Date,
}

/// All kinds, in the order in which they are read: what others name comes
/// before them, and connections after the rules that track them.
pub(super) const ORDER: [Kind; 19] = [
    Kind::Date,
    Kind::Link,
    Kind::Addr,
    Kind::BridgeLink,
    Kind::Fdb,
    Kind::Sysctl,
    Kind::Route,
    Kind::Rule,
    Kind::Neigh,
    Kind::Ipset,
    Kind::Iptables,
    Kind::Ip6tables,
    Kind::Ebtables,
    Kind::Arptables,
    Kind::Nft,
    Kind::Ss,
    Kind::Ps,
    Kind::Docker,
    Kind::Conntrack,
];

impl Kind {
    /// The kind of `command`; `None` for one that nobody reads. Paths, `sudo`,
    /// `ip netns exec NAME`, abbreviations and the order of flags do not matter.
    #[must_use]
    pub fn of(command: &str) -> Option<Self> {
        let words: Vec<&str> = command.split_whitespace().collect();
        let mut words = words.as_slice();
        loop {
            match words {
                ["sudo" | "doas" | "env", rest @ ..] => words = rest,
                ["ip", "netns", "exec", _, rest @ ..] => words = rest,
                [_, ..] => break,
                [] => return None,
            }
        }
        let (tool, rest) = words.split_first()?;
        let tool = tool.rsplit('/').next().unwrap_or(tool);
        match tool {
            "ip" | "bridge" => Self::of_iproute(tool, rest),
            "sysctl" => Some(Self::Sysctl),
            "iptables-save" | "iptables-legacy-save" | "iptables-nft-save" => Some(Self::Iptables),
            "ip6tables-save" | "ip6tables-legacy-save" | "ip6tables-nft-save" => {
                Some(Self::Ip6tables)
            }
            "ebtables-save" | "ebtables-legacy-save" | "ebtables-nft-save" => Some(Self::Ebtables),
            "arptables-save" | "arptables-legacy-save" | "arptables-nft-save" => {
                Some(Self::Arptables)
            }
            "ipset" => rest.contains(&"save").then_some(Self::Ipset),
            "nft" => rest.contains(&"ruleset").then_some(Self::Nft),
            "ss" => Some(Self::Ss),
            "ps" => Some(Self::Ps),
            "conntrack" => {
                let list = |word: &&str| matches!(*word, "-L" | "--dump");
                rest.iter().any(list).then_some(Self::Conntrack)
            }
            "date" => rest.contains(&"+%s").then_some(Self::Date),
            "docker" | "podman" => rest.contains(&"inspect").then_some(Self::Docker),
            _ => None,
        }
    }

    /// `ip` and `bridge`: JSON of IPv4 or of no family in particular.
    fn of_iproute(tool: &str, words: &[&str]) -> Option<Self> {
        let mut json = false;
        let mut rest = Vec::new();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "-j" | "-js" | "-json" | "--json" => json = true,
                "-6" | "-M" | "-0" => return None,
                // Options with a value.
                "-n" | "-net" | "-netns" | "-f" | "-family" => {
                    if words.next() == Some(&"inet6") {
                        return None;
                    }
                }
                flag if flag.starts_with('-') => {}
                other => rest.push(other),
            }
        }
        let object = rest.first().copied()?;
        let verb = rest.get(1).copied().unwrap_or("show");
        let lists = ["show", "list", "lst"]
            .into_iter()
            .any(|full| full.starts_with(verb));
        if !json || !lists {
            return None;
        }
        let known: &[(&str, Self)] = if tool == "ip" {
            &[
                ("address", Self::Addr),
                ("link", Self::Link),
                ("neighbour", Self::Neigh),
                ("neighbor", Self::Neigh),
                ("route", Self::Route),
                ("rule", Self::Rule),
            ]
        } else {
            &[("link", Self::BridgeLink), ("fdb", Self::Fdb)]
        };
        known
            .iter()
            .find(|(full, _)| full.starts_with(object))
            .map(|(_, kind)| *kind)
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[track_caller]
    fn check(command: &str, kind: Option<Kind>) {
        assert_eq!(Kind::of(command), kind, "{command}");
    }

    #[test]
    fn commands_are_known_however_they_are_typed() {
        check("ip -j -d link show", Some(Kind::Link));
        check("sudo /sbin/ip -d -j l", Some(Kind::Link));
        check("ip netns exec c1 ip -j addr", Some(Kind::Addr));
        check("ip -n c1 -j a show", Some(Kind::Addr));
        check("ip -json route show table all", Some(Kind::Route));
        check("ip -j neigh show proxy", Some(Kind::Neigh));
        check("ip -4 -j ru list", Some(Kind::Rule));
        check("bridge -j -d link show", Some(Kind::BridgeLink));
        check("bridge -j fdb show br docker0", Some(Kind::Fdb));
        check("iptables-legacy-save -c", Some(Kind::Iptables));
        check("iptables-save -c -t nat", Some(Kind::Iptables));
        check("conntrack -L -o extended,id", Some(Kind::Conntrack));
        check("docker network inspect bridge", Some(Kind::Docker));
        check("date -u +%s", Some(Kind::Date));
    }

    #[test]
    fn what_looks_alike_is_something_else() {
        check("ip -j -6 route show table all", None);
        check("ip -j -6 rule show", None);
        check("ip -f inet6 -j rule show", None);
        check("ip -j route get 8.8.8.8", None);
        check("ip link show", None);
        check("ip -j netns", None);
        check("ipset list", None);
        check("docker ps", None);
        check("conntrack -S", None);
        check("uname -a", None);
        check("date", None);
        check("", None);
    }
}
