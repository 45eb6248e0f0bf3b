#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# namespaces.sh - a product that declares namespaces gets them, and nothing happens there unseen
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

python=/usr/bin/python3
declared=$dir/declared.json
cat >"$declared" <<'END'
{ "tcbox_policy": 1, "connections": [{ "id": "all", "to": ["0.0.0.0/0", "::/0"] }], "executes": ["**"],
  "files": { "write": ["/proc/*/*", "/var/tmp/tcbox-test.*/work/shown/**"] },
  "syscalls": { "allow": ["@default", "@network", "@namespace", "@mount", "@identity"] },
  "undeclared": { "executes": "violation", "files": "violation" } }
END
sed 's/, "@namespace"//' "$declared" >"$dir/without.json"
cat >"$dir/spaces.py" <<'END'
import ctypes, errno, os, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
NS, UTS, IPC, USER, PID, NET, CGROUP = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x2000000


def say(what, rc):
    print(what, "ok" if rc >= 0 else errno.errorcode[ctypes.get_errno()], flush=True)
    return rc


def root_of_its_own(flags):
    uid, gid = os.getuid(), os.getgid()
    if say("unshare", libc.unshare(USER | flags)) < 0:
        sys.exit(1)
    open("/proc/self/setgroups", "w").write("deny")
    open("/proc/self/uid_map", "w").write(f"0 {uid} 1")
    open("/proc/self/gid_map", "w").write(f"0 {gid} 1")


def mount(source, target, flags=0x1000):
    return libc.mount(source.encode(), target.encode(), None, flags, None)


def send(s, port):
    try:
        s.sendto(b"x", ("198.51.100.7", port))
        print("sent", port, flush=True)
    except OSError as e:
        print("not sent", errno.errorcode[e.errno], flush=True)
END

space() {	# STATUS NAME POLICY SCRIPT
	cat "$dir/spaces.py" - >spaces.py <<END
$4
END
	run "$1" "$2" --policy "$3" -- "$python" spaces.py
}

# The control of each denial outside is that it works in the namespaces of its maker: "says" below.
mkdir shown hidden
[ "$(id -u)" != 0 ] || chown 65534:65534 shown hidden

space 1 "not declared" "$dir/without.json" 'root_of_its_own(0)'
says "not declared: refused" "$out" "unshare EPERM"
holds "not declared: an attempt" 'the(find("BOX-ATTEMPT")).observed.startswith("unshare(CLONE_NEWUSER)")'
space 0 "cgroup namespaces" "$declared" 'root_of_its_own(CGROUP)'
says "cgroup namespaces: refused though unshare is declared" "$out" "unshare EPERM"
holds "cgroup namespaces: recorded" 'calls(call="unshare", outcome="denied", error="EPERM", group="namespace")'

space 0 "a network of its own" "$declared" '
outer = os.open("/proc/self/ns/net", os.O_RDONLY)
taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
send(taken, 1001)
root_of_its_own(NET)
say("loopback", subprocess.call(["ip", "link", "set", "lo", "up"]) and -1)
send(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 1002)
say("own link", subprocess.call(["ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1"]) and -1)
subprocess.call("ip address add 198.19.255.2/24 dev v0; ip link set v0 up; ip link set v1 up; ip route add default dev v0", shell=True)
send(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 1003)
subprocess.call(["ip", "link", "add", "v2", "type", "veth", "peer", "name", "v3", "netns", str(os.getppid())])
ctypes.set_errno(0); say("back", libc.setns(outer, NET))
send(taken, 1004)'
says "a network of its own: is made" "$out" "unshare ok"
says "a network of its own: has no way out" "$out" "not sent ENETUNREACH"
says "a network of its own: its maker may link it with itself" "$out" "own link ok"
says "a network of its own: not with the box's" "$err" "Operation not permitted"
says "a network of its own: there is no way back" "$out" "back EPERM"
says "a network of its own: sockets keep theirs" "$out" "sent 1004"
holds "a network of its own: what leaves the box is seen, with its owner" \
	'sorted(port(t.remote) for t in talks(proto="udp")) == [1001, 1004] and not find("FLOW-UNATTRIBUTED")' \
	"a network of its own: what happens there is told apart" \
	'sorted(port(s.remote) for s in socks(call="sendto", proto="udp", elsewhere=True)) == [1002, 1003] and
	 sorted(port(s.remote) for s in socks(call="sendto", proto="udp", elsewhere=None)) == [1001, 1004]' \
	"a network of its own: how it was made" 'calls(call="unshare", outcome="allowed", detail="CLONE_NEWUSER|CLONE_NEWNET")'

space 1 "mounts of its own" "$declared" "
root_of_its_own(NS | PID)
open('shown/1', 'w').close()
say('bind', mount('hidden', 'shown'))
open('shown/2', 'w').close()
say('unmount', libc.umount2(b'shown', 0))
open('shown/3', 'w').close()
for hidden in ['/tmp', '/home', '/proc/sys', '/dev', '/run']:
    say('uncover ' + hidden, libc.umount2(hidden.encode(), 2))
print(len(os.listdir('/tmp')))"
says "mounts of its own: are made" "$out" "bind ok"
says "mounts of its own: are unmade" "$out" "unmount ok"
for hidden in /tmp /home /proc/sys /dev /run; do
	says "mounts of its own: what the box put over $hidden stays" "$out" "uncover $hidden E"
done
holds "mounts of its own: paths that mean other files there are marked" \
	"[f.path for f in files(op='create') if f.path.startswith('elsewhere:')] == ['elsewhere:$work/shown/2']" \
	"mounts of its own: paths that mean the same are as they are" \
	"sorted(f.path for f in files(op='create') if '/shown/' in f.path)[:2] == ['$work/shown/1', '$work/shown/3']" \
	"mounts of its own: a rule for the path there does not cover it" \
	"'create elsewhere:$work/shown/2' in [f.observed for f in find('FILE-UNDECLARED')]" \
	"mounts of its own: the record names them" "the(calls(call='mount')).detail == 'hidden on shown'"

space 0 "a program of its own mounts" "$declared" '
import shutil
root_of_its_own(NS)
shutil.copy("/usr/bin/true", "shown/false")
say("bind", mount("shown/false", "/usr/bin/false"))
say("other", subprocess.call(["/usr/bin/false"]))
say("same", subprocess.call(["/usr/bin/true"]))'
holds "a program of its own mounts: marked, with its hash" \
	'the(execs(path="/usr/bin/false")).exe == "elsewhere:/usr/bin/false" and
	 the(execs(path="/usr/bin/false")).sha256 == the(execs(path="/usr/bin/true")).sha256' \
	"a program of its own mounts: others are not" 'the(execs(path="/usr/bin/true")).exe == "/usr/bin/true"'

space 0 "processes of its own" "$declared" '
root_of_its_own(PID | IPC)
if os.fork() == 0:
    print("pid", os.getpid(), flush=True)
    subprocess.call(["/usr/bin/true"])
    taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    send(taken, 1005)
    os._exit(7)
os.wait()'
says "processes of its own: count from 1" "$out" "pid 1"
holds "processes of its own: seen with their parents, ends and numbers in the box" \
	'all(p.how != "orphan" for p in procs()) and len({p.pid for p in procs()}) == len(procs()) == 3 and
	 [e.code for e in events("exit") if e.code] == [7]' \
	"processes of its own: their packets are theirs" \
	'the(talks(proto="udp")) and port(the(talks(proto="udp")).remote) == 1005 and not find("FLOW-UNATTRIBUTED")'

if command -v bwrap >/dev/null; then
	run 1 "bwrap" --policy "$declared" -- bwrap --ro-bind / / --dev /dev --tmpfs /tmp --unshare-user --unshare-net --unshare-pid \
		--unshare-ipc --unshare-uts --hostname inner sh -c 'hostname; : >/tmp/x; cd /tmp; cp /usr/bin/true t; ./t && echo ran'
	says "bwrap: its name" "$out" "inner"
	says "bwrap: its programs run" "$out" "ran"
	holds "bwrap: what it hides is marked" 'the(execs(path="./t", error=None)).exe == "elsewhere:/tmp/t"' \
		"bwrap: nothing was refused" 'not find("BOX-ATTEMPT")'
else
	skip "bwrap" "not installed"
fi
finish
