#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# flood.sh - one act very often: memory and record stay bounded, nothing is miscounted, and the report can be read
#
# FLOOD=full does it in the sizes that tcbox(7) speaks of (make flood); without it, in sizes for every day.
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets and uses what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

cat >"$dir/policy.json" <<'END'
{
  "tcbox_policy": 1,
  "product": { "vendor": "Acme", "name": "flood", "version": "1" },
  "connections": [], "executes": ["/**"],
  "undeclared": { "connections": "violation", "names": "violation", "files": "violation", "syscalls": "violation" }
}
END

size() {	# EVERY-DAY FULL
	if [ "${FLOOD:-}" = full ]; then echo "$2"; else echo "$1"; fi
}

limit=$(size 60s 900s)
short=600	# lines of a report: the path of the checkout stands in many of them, and a long one wraps

# flood STATUS WHAT COUNT [ARG...]: the act, and what must hold for each
flood() {
	expected=$1 what=$2 many=$3
	shift 2
	run "$expected" "$what $*" --policy "$dir/policy.json" -- "$ACTORS/flood_actor" "$what" "$@"
	says "$what $*: the act works" "$out" "$what $many"
	said=$(awk '{ print }' "$dir/err" | wc -lc)
	# shellcheck disable=SC2086 # two numbers
	set -- "$what $*" $said
	check "$1: the report is short ($2 lines)" test "$2" -le "$short" -a "$3" -le 40000
	# MiB of each part. Of the capture 16 are its ring.
	holds "$1: memory is bounded" 'all(m.counters[part + ".memory_peak_kib"] < max << 10 for part, max in (
			("box", 64), ("net", 1400), ("capture", 112), ("lab", 500), ("run", 64)))' \
		"$1: findings are few" 'len(r.findings) <= 8' \
		"$1: nothing was lost" 'not find("EVIDENCE-LOST")'
}

times=$(size 2000 100000)
flood 1 tcp "$times"
holds "each connection is a flow" "len(talks()) == $times" \
	"they are one finding" "the(find('NET-UNDECLARED')).count == $times and 'many ports of 203.0.113.1' in find('NET-UNDECLARED')[0].title"
times=$(size 500 100000)
flood 1 tcp-each "$times"
holds "each connection is a flow, of a process of its own" "len(talks()) == $times and r.totals.processes == $times + 1" \
	"they are one finding" "the(find('NET-UNDECLARED')).count == $times" \
	"shares are few" "len(r.shares) <= 256 and len(r.shares) + r.other_shares.processes == $times"
times=$(size 20000 1000000)
flood 1 udp "$times" 1
holds "they are one flow" "the(talks()).pkts_out == $times"
run 1 "many destinations" --policy "$dir/policy.json" -- "$ACTORS/flood_actor" udp 5000 4000
check "many destinations: the report is short" test "$(wc -l <"$err")" -le 400
holds "many destinations: the headline has their number, and a first one" \
	"'among them 4000 undeclared destinations' in r.reason and 'sent data to 203.0.113.0 port 7000' in r.reason" \
	"many destinations: all are in report.json" "len(r.facts.destinations) == 4000"
times=$(size 20000 1000000)
flood 1 open "$times" same
holds "they are few events" "len(files()) < 20 and count(files()) == $times"
times=$(size 10000 1000000)
flood 1 open "$times" different
holds "they are one finding" "the(find('FILE-UNDECLARED')).count == 2 * $times and r.totals.files_written == $times"
times=$(size 300 100000)
flood 0 exec "$times"
holds "each is recorded" "len(execs()) == $times + 1"
times=$(size 1000 100000)
flood 0 children "$times"
holds "each is recorded" "r.totals.processes == $times + 1"
times=$(size 20000 1000000)
flood 1 deny "$times"
holds "they are few events" "len(calls()) < 20 and count(calls()) == $times" \
	"they are one finding" "the(find('BOX-ATTEMPT')).count == $times"
times=$(size 2000 100000)
flood 1 dns "$times"
holds "each name is known" "r.totals.names == $times + 1 or r.totals.names == $times" \
	"they are one finding" "the(find('DNS-UNDECLARED')).count == $times"
flood 1 listen "$(size 500 15000)"
flood 1 threads "$(size 500 4000)"
times=$(size 10000 1000000)
flood 1 http "$times"
holds "each request is served" "m.counters['lab.bytes_in'] >= 40 * ($times - 128)"
flood 1 loris "$(size 500 10000)"
holds "they are one finding" "len(find('NET-UNDECLARED')) == 1"

# Many destinations. A datagram that the lab's socket had no room for is lost to the lab, not to the evidence.
times=$(size 5000 1000000)
to=$(size 4000 100000)
run 1 "udp $times $to" --policy "$dir/policy.json" -- "$ACTORS/flood_actor" udp "$times" "$to"
holds "each destination is a flow" "len(talks()) == $to and sum(f.pkts_out for f in talks()) == $times" \
	"findings are bounded" 'len(r.findings) <= 300' \
	"each datagram is in one" "sum(f.count for f in find('NET-UNDECLARED')) == $to"
lines=$(wc -l <"$err")
check "the report is short ($lines lines)" test "$lines" -le "$short"

# A process that only forks makes no call that is looked at; all are known soon all the same.
run 0 "a fork bomb" --policy "$dir/policy.json" --processes 200 --timeout 3s -- "$ACTORS/flood_actor" bomb 20
holds "it is bounded" "m.processes_max == 200 and 100 < r.totals.processes <= 200" \
	"its time is bounded" "m.timed_out"
# Each process takes the supervisor a descriptor. Without one its end is not seen, and its number may be used again.
plain_tcbox=$TCBOX
printf '#!/bin/sh\nexec prlimit --nofile=100:100 "%s" "$@"\n' "$plain_tcbox" >"$dir/few"
chmod 755 "$dir/few"
TCBOX=$dir/few
run 3 "a fork bomb, watched with 100 descriptors" --policy "$dir/policy.json" --processes 200 --timeout 3s -- "$ACTORS/flood_actor" bomb 20
TCBOX=$plain_tcbox
holds "what was lost is told" 'r.verdict == "inconclusive" and any("could not be watched" in g.why for g in r.not_observable)'
outside "forking" "$ACTORS/flood_actor" children 10

finish
