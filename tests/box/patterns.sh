#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# patterns.sh - tunnels in lookups and echo messages, regular calls and generated names are told for what they look like
# shellcheck disable=SC1091,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

cat >"$work/agent.py" <<'END'
import hashlib, socket, sys, threading, time
data = [hashlib.sha256(b"%d" % i).hexdigest() for i in range(40)]


def ask(name):
    try:
        socket.getaddrinfo(name, 1)
    except OSError:
        pass


def call(_):
    with socket.create_connection(("203.0.113.9", 4433), 5) as s:
        s.sendall(b"here I am")


if sys.argv[1] == "lookups":
    for part in data:
        ask(part[:32] + ".t.acme.example")
elif sys.argv[1] == "generated":
    for part in data[:6]:
        ask(part[:12] + ".example")
elif sys.argv[1] == "beacon":
    for i in range(6):
        threading.Timer(i * 1.1, call, (i,)).start()
elif sys.argv[1] == "quiet":
    for word in ("updates", "mirror", "telemetry", "downloads", "static-content", "api2", "login01"):
        ask(word + ".acme.example")
        ask(word + "-acme.example")
    for i in range(8):
        call(i)
END
chmod 644 "$work/agent.py"
# The same policy lets all of it: what a pattern is does not depend on rules
cat >"$dir/any.json" <<'END'
{ "tcbox_policy": 1, "executes": ["/**"], "syscalls": { "allow": ["@default", "@network"] },
  "connections": [{ "id": "any", "to": ["203.0.113.9"] }], "undeclared": { "names": "ignore" } }
END
agent() { run 0 "$1" --policy "$dir/any.json" -- /usr/bin/python3 "$work/agent.py" "$1"; }
kinds="[(p.pattern, p.count) for p in r.facts.patterns]"

agent lookups
holds "many long names below one domain look like a tunnel" "$kinds == [('lookup-tunnel', 40)] and
	the(r.facts.patterns).name == 'acme.example' and the(r.facts.patterns).program.startswith('/usr/bin/python3')"
"$TCBOX" report "$bundle" >"$dir/said"
head -n 6 "$dir/said" >"$dir/top"
says "it stands at the top, although the run conforms" "$dir/top" "* Lookups below acme.example look like a tunnel: 40 names"
"$TCBOX" report --section patterns "$bundle" >"$dir/said"
says "and in a section of its own" "$dir/said" "Patterns (1)"

agent generated
holds "names that nobody would choose look generated" "$kinds == [('generated-names', 6)]"
agent beacon
holds "calls at regular intervals are a beacon" "$kinds == [('beacon', 6)] and the(r.facts.patterns).interval_ms in range(1000, 1300)
	and r.facts.destinations[the(r.facts.patterns).destination].port == 4433"
run 3 "echo" -- ping -c 9 -i 0.2 -s 1000 203.0.113.9
holds "echo messages with much in them look like a tunnel" "$kinds == [('echo-tunnel', 18)]"
run 3 "ping" -- ping -c 9 -i 0.2 203.0.113.9
holds "control: those of ping do not" "not r.facts.patterns and any(d.protocol == 'icmp' and d.bytes_out for d in r.facts.destinations)"
agent quiet
holds "control: names that people choose and calls at once do not" "not r.facts.patterns and len(r.facts.names) >= 14"

finish
