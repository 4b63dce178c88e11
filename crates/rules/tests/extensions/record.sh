#!/bin/sh
# Asks the real iptables what it makes of each rule, and writes the answers in.
#
#     sudo ./record.sh FILE...
#
# A line `> 4 filter FORWARD -m ...` is a rule: family, table, chain, options.
# Behind it goes what iptables-save and iptables -nvL print of it, or `refused`.
# Lines `# ipset ...` and `# nfacct ...` make the sets and the accounting objects that
# the rules speak of. Runs in a network namespace of its own.
set -eu
[ "${INSIDE:-}" ] || exec env INSIDE=1 unshare -n "$0" "$@"

for file; do
    sed -n 's/^# ipset //p' "$file" | ipset restore
    sed -n 's/^# nfacct //p' "$file" | while read -r verb name; do nfacct "$verb" "$name"; done
    out=$(mktemp)
    while IFS= read -r line; do
        case $line in
        '> '*) ;;
        '#'* | '') printf '%s\n' "$line" >>"$out"; continue ;;
        *) continue ;;
        esac
        printf '%s\n' "$line" >>"$out"
        rest=${line#> }
        family=${rest%% *} rest=${rest#* }
        table=${rest%% *} rest=${rest#* }
        chain=${rest%% *} rule=${rest#* }
        tool=iptables-legacy
        [ "$family" = 4 ] || tool=ip6tables-legacy
        if printf '*%s\n-A %s %s\nCOMMIT\n' "$table" "$chain" "$rule" |
            $tool-restore >/dev/null 2>&1; then
            $tool-save -t "$table" | grep '^-A' >>"$out" || echo nothing >>"$out"
            $tool -t "$table" -nvL "$chain" | sed -n '3,$p' >>"$out"
        else
            echo refused >>"$out"
        fi
        $tool -t "$table" -F
    done <"$file"
    cat "$out" >"$file"
    rm "$out"
done
