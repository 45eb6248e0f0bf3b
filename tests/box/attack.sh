#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# attack.sh - attacks on process 1 of the box, on namespaces, and on what the supervisor needs to see: they fail, or are told
# shellcheck disable=SC1091,SC2154 # variables come from box.sh
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/box/lib/box.sh
. "$here/lib/box.sh"

python=/usr/bin/python3
cat >"$dir/policy.json" <<'END'
{ "tcbox_policy": 1, "executes": ["/**"], "undeclared": { "connections": "violation", "files": "violation" } }
END

# A signal of one's choice by input on a descriptor, fcntl(2): the process that is told is not asked. The control is a child.
cat >"$work/sigio.py" <<'END'
import fcntl, os, signal, socket
F_SETSIG = 10
def strike(pid, number):
    a, b = socket.socketpair()
    fcntl.fcntl(a, fcntl.F_SETOWN, pid)
    fcntl.fcntl(a, F_SETSIG, number)
    fcntl.fcntl(a, fcntl.F_SETFL, fcntl.fcntl(a, fcntl.F_GETFL) | os.O_ASYNC)
    b.send(b"x")
child = os.fork()
if child == 0:
    signal.pause()
strike(child, signal.SIGKILL)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
for number in signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL:
    strike(1, number)
assert open("/proc/1/stat").read().rsplit(")", 1)[1].split()[0] == "S"
END
run 0 "signals by input on a descriptor" --policy "$dir/policy.json" -- $python sigio.py
holds "$name: a child dies of it, process 1 does not" 'm.exit_code == 0'

# What /proc tells of a process, and lets others reach through it; the process itself is the control.
cat >"$work/proc.py" <<'END'
import os, sys
names = "root", "cwd", "exe", "fd/0", "ns/net", "ns/user", "mem", "environ", "maps", "auxv", "pagemap", "syscall", "io"
def opened(pid, name):
    try:
        os.close(os.open(f"/proc/{pid}/{name}", os.O_RDONLY))
        return True
    except PermissionError:
        return False
assert all(opened("self", name) for name in names)
sys.exit(any(opened(1, name) for name in names))
END
run 0 "process 1 in /proc" --policy "$dir/policy.json" -- $python proc.py
holds "$name: nothing of it can be opened" 'm.exit_code == 0'

# The owner of a namespace, ioctl_ns(2), as a descriptor that could be entered.
cat >"$work/owner.py" <<'END'
import fcntl, os, sys
NS_GET_USERNS = 0xb701
try:
    fcntl.ioctl(os.open("/proc/self/ns/net", os.O_RDONLY), NS_GET_USERNS)
except PermissionError:
    sys.exit(1)
END
outside "asking who owns one's network namespace" unshare -Urn $python owner.py
run 0 "who owns the box's network namespace" --policy "$dir/policy.json" -- $python owner.py
holds "$name: is not told" 'm.exit_code == 1'

# An address in memory that only its owner reads, memfd_secret(2): where the packets went is known, and that the call was not read.
cat >"$work/secret.py" <<'END'
import ctypes, socket, struct, sys
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
fd = libc.syscall(447, 0)
assert fd >= 0
libc.ftruncate(fd, 4096)
page = libc.mmap(None, 4096, 3, 1, fd, 0)
ctypes.memmove(page, struct.pack("=HH4s8x", socket.AF_INET, socket.htons(9), socket.inet_aton("203.0.113.9")), 16)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
assert libc.sendto(s.fileno(), b"secret", 6, 0, ctypes.c_void_p(page), 16) == 6
END
if needs "secret memory" "an address in secret memory"; then
	run 1 "an address in secret memory" --policy "$dir/policy.json" -- $python secret.py
	holds "$name: where it went is known" '"203.0.113.9" in the(find("NET-UNDECLARED")).observed' \
		"$name: and that a call could not be read" '"arguments could not be read" in str([f.observed for f in find("EVIDENCE-LOST")])'
fi

# More processes than the supervisor has descriptors for; then a program that may not be executed.
cat >"$work/crowd.py" <<'END'
import os, signal
there, here = os.pipe()
crowd = []
for _ in range(300):
    crowd.append(os.fork())
    if crowd[-1] == 0:
        try:
            os.mkdir("/proc/seen")
        except OSError:
            pass
        os.write(here, b"x")
        signal.pause()
    os.read(there, 1)
if os.fork() == 0:
    os.execv("/usr/bin/id", ["id"])
os.wait()
for pid in crowd:
    os.kill(pid, signal.SIGKILL)
END
cat >"$dir/crowd.json" <<'END'
{ "tcbox_policy": 1, "executes": ["/usr/bin/python*"], "files": { "write": ["/proc/seen"] },
  "undeclared": { "files": "violation", "executes": "violation" } }
END
# shellcheck disable=SC3045 # dash and bash have it
ulimit -n 256
run 3 "more processes than descriptors" --policy "$dir/crowd.json" -- $python crowd.py
holds "$name: it worked" 'm.exit_code == 0 and len(procs()) > 200' "$name: it is told" 'find("EVIDENCE-LOST")'

finish
