#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# edges.sh - at the edges of what a rule says: a limit and one more, the last packets of a run, one port for two protocols or two
# programs, addresses of the link, and many names that only a pattern declares
# shellcheck disable=SC1091,SC2154 # variables come from box.sh
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/box/lib/box.sh
. "$here/lib/box.sh"

# policy MORE: one server, and a pattern of names
policy() {
	cat >"$dir/policy.json" <<-END
	{ "tcbox_policy": 1, "executes": ["/**"], "names": ["*.t.ok.example"], "connections": [{ "id": "server", "to": ["h.ok.example"], "ports": [7777] $1 }],
		"undeclared": { "connections": "violation", "names": "violation" } }
	END
}
cat >"$work/act.py" <<'END'
import os, socket, struct, subprocess, sys, time
act, args = sys.argv[1], sys.argv[2:]
there = socket.getaddrinfo("h.ok.example", 0, socket.AF_INET)[0][4][0]
def udp(family=socket.AF_INET):
    return socket.socket(family, socket.SOCK_DGRAM)
def from_port(to):
    """Always from the same port, which is free again at once. What a reset follows the lab may not have read: nothing is said."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.bind(("", 21000))
    s.connect((to, 7777))
    s.close()
if act == "connections":
    for _ in range(int(args[0])):
        socket.create_connection((there, 7777)).close()
elif act == "sameport":
    for _ in range(int(args[0])):
        from_port(there)
elif act == "bytes":
    udp().sendto(b"x" * (int(args[0]) - 28), (there, 7777))
elif act == "last":
    for i in range(3):
        if os.fork() == 0:
            time.sleep(0.001 * i)
            udp().sendto(b"bye", (f"203.0.113.{9 + i}", 9))
            os._exit(0)
    os._exit(0)
elif act == "until":
    s = udp()
    s.connect((there, 7777))
    n = 0
    while True:
        s.send(b"%06d" % n)
        n += 1
        os.write(1, b"sent\n")
elif act == "both":
    socket.create_connection((there, 7777)).close()
    udp().sendto(b"\1\2x", (there, 7777))
elif act == "reuse":
    for to in there, "203.0.113.9", there:
        from_port(to)
elif act == "programs":
    from_port(there)
    code = """use Socket; socket(S, PF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); bind(S, sockaddr_in(21000, INADDR_ANY)) or die;
        connect(S, sockaddr_in(7777, inet_aton($ARGV[0]))) or die; syswrite(S, "\\1\\2x"); close S"""
    subprocess.run(["/usr/bin/perl", "-e", code, there], check=True)
elif act == "inherit":
    s = udp()
    s.connect((there, 7777))
    s.send(b"\1\2x")
    subprocess.run(["/usr/bin/perl", "-e", 'open(S, ">&=", $ARGV[0]) or die; syswrite(S, "\\1\\2y") == 3 or die', str(s.fileno())], check=True, pass_fds=[s.fileno()])
elif act == "zone":
    for to in args:
        udp(socket.AF_INET6).sendto(b"zone", (to, 9, 0, socket.if_nametoindex("eth0")))
elif act == "names":
    for i in range(int(args[0])):
        socket.getaddrinfo(f"d{i * 2654435761 % 2 ** 32:08x}.t.ok.example", 0, socket.AF_INET)
print("done")
END
act() {	# STATUS ACT ARG...
	expected_status=$1
	shift
	run "$expected_status" "$*" --policy "$dir/policy.json" -- /usr/bin/python3 act.py "$@"
	[ "$1" = last ] || says "$name: it was done" "$out" done
}
talks="[f for f in flows() if f.remote.endswith(':7777')]"

policy ', "limits": { "connections": 5 }'
for n_conns in 4 5 6; do
	for how in connections sameport; do
		act $((n_conns > 5)) $how $n_conns
		holds "$name: the packets say so many" "len($talks) == $n_conns"
	done
done
policy ', "limits": { "bytes_out": 1000 }'
for bytes in 999 1000 1001; do
	act $((bytes > 1000)) bytes $bytes
	holds "$name: it was one packet of so many bytes" "the($talks).wire_out == $bytes"
done
# Datagrams of processes that outlive the first, and end at once; and those of a product that the time ends.
policy ''
act 1 last
holds "$name: each is found" "{f'203.0.113.{9 + i}' for i in range(3)} <= {f.remote.partition(':')[0] for f in flows()}
	and len(find('NET-UNDECLARED')) == 3"
run 0 "until --timeout" --timeout 2s --policy "$dir/policy.json" -- /usr/bin/python3 act.py until
holds "$name: nothing is missing that was sent" "the($talks).pkts_out >= open(bundle + '/stdout.log').read().count('sent') > 10"
# Ports
policy ', "protocol": "tcp"'
act 1 both
holds "$name: the datagram is undeclared" "'udp' in the(find('NET-UNDECLARED')).title"
policy ''
act 1 reuse
holds "$name: each conversation is its own" "len([f for f in flows() if ':21000' in f.local]) == 3 and
	'203.0.113.9' in the(find('NET-UNDECLARED')).title"
policy ', "process": "/usr/bin/python3*"'
act 1 programs
holds "$name: the same two ends, and another program" "'/usr/bin/perl' in the(find('NET-UNDECLARED')).title"
# One socket of two programs: what is said must be allowed to both
for app in unknown tls; do
	policy ", \"process\": \"/usr/bin/python3*\" }, { \"id\": \"perl\", \"process\": \"/usr/bin/perl\", \"to\": [\"h.ok.example\"], \"application\": \"$app\""
	act $([ $app = tls ] && echo 1 || echo 0) inherit
	holds "$name: both sent, $app" "the($talks).pkts_out == 2" \
		"$name: it is the second one's, $app" "'$app' == 'unknown' or '/usr/bin/perl' in str(the(find('NET-APPLICATION')))"
done
# A zone is the link's, whatever it is called: the box has one
policy ''
act 1 zone fe80::7 ff02::9
holds "$name: both are found" "all(any(to in f.title for f in find('NET-UNDECLARED')) for to in ('fe80::7', 'ff02::9'))"
# A pattern as a tunnel
act 0 names 16
holds "$name: are not wondered at" "not any('pattern' in gap.why for gap in r.not_observable)"
act 0 names 17
holds "$name: are counted and told" "any('pattern declares: 17, most of them below *.t.ok.example' in gap.why for gap in r.not_observable)"
finish
