#!/bin/sh
# Asks the real tools what they make of each file of rules, in a network
# namespace of its own: iptables-legacy-save -c, iptables-legacy -nvL
# --line-numbers and -L of every table, iptables-nft-save -c. For -L the machine's
# /etc/hosts has but localhost.
#
#     sudo ./record.sh *.rules *.rules6
#
# Lines `# ipset ...` make the sets that the rules speak of.
set -eu
if [ $# -gt 1 ]; then
    for file; do "$0" "$file"; done
    exit
fi
[ "${INSIDE:-}" ] || exec env INSIDE=1 XTABLES_LOCKFILE=/dev/null unshare -n "$0" "$1"

file=$1
tool=iptables
[ "${file%6}" = "$file" ] || tool=ip6tables
sed -n 's/^# ipset //p' "$file" | ipset restore
$tool-legacy-restore -c <"$file" 2>/dev/null || $tool-legacy-restore <"$file"
# In the order of the text, which says nothing of the kernel's.
tables=$(sed -n 's/^\*//p' "$file")
for table in $tables; do
    $tool-legacy-save -c -t "$table" | grep -v '^#'
done >"$file.saved"
for table in $tables; do
    $tool-legacy -t "$table" -nvL --line-numbers
done >"$file.listed"
for table in $tables; do
    $tool-legacy -t "$table" -L
done >"$file.named"
$tool-nft-restore -c <"$file" 2>/dev/null || $tool-nft-restore <"$file"
# With its warning, which is in what people paste.
warning=$({ $tool-nft-save -c >"$file.nft"; } 2>&1)
echo "$warning" >>"$file.nft"
