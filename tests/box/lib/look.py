#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""look.py - what a program that is aware of sandboxes looks at, one "NAME: VALUE" a line

usage: look.py here		what the kernel, the file system and refused calls tell; works outside as well
       look.py net		what the network tells: only for the box, it contacts names and addresses
       look.py word DIR...	each place that is readable and has the observer's name, in its own name or in what it holds:
				what the kernel tells of itself and of the first two processes, and what lies in the directories

The observer's name is never written out here, because the last one would find it in this file.
"""
import ctypes
import os
import re
import socket
import ssl
import stat
import struct
import sys
import urllib.request

WORD = b"tc" + b"box"
FILE_MAX = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read(FILE_MAX)
    except OSError:
        return b""


def text(path):
    return read(path).decode(errors="replace")


def tell(name, value):
    print(f"{name}: {value}")


def fields(path):
    return dict(line.split(":\t", 1) for line in text(path).splitlines() if ":\t" in line)


def error_of(number, *args):
    """What a call says, made by a child: it could work."""
    child = os.fork()
    if not child:
        result = libc.syscall(number, *args)
        os._exit(ctypes.get_errno() if result < 0 else 0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return os.strerror(code) if code > 0 else "works" if code == 0 else f"signal {-code}"


def process():
    own, first = fields("/proc/self/status"), fields("/proc/1/status")
    for name in "TracerPid", "Seccomp", "NoNewPrivs", "CapBnd", "SigIgn", "SigBlk", "Umask":
        tell(name, own.get(name))
    for name, option in ("dies with its parent", 2), ("dumpable", 3), ("PR_GET_SECCOMP", 21), ("PR_GET_NO_NEW_PRIVS", 39):
        value = ctypes.c_int(0)
        result = libc.prctl(option, ctypes.byref(value) if option == 2 else 0, 0, 0, 0)
        tell(name, value.value if option == 2 else result)
    tell("own number", os.getpid())
    tell("parent", os.getppid())
    tell("first process", " ".join(text("/proc/1/comm").split()))
    tell("its command line", repr(text("/proc/1/cmdline")))
    tell("it belongs to the same user", first.get("Uid", "").split()[:1] == own["Uid"].split()[:1])
    tell("it has capabilities", int(first.get("CapEff", "0"), 16) > 0)
    tell("its program can be read", os.access("/proc/1/exe", os.R_OK))
    tell("fewer than ten processes", sum(name.isdigit() for name in os.listdir("/proc")) < 10)
    tell("users that are known", sum(int(line.split()[2]) for line in text("/proc/self/uid_map").splitlines()))
    tell("owner of what is in /usr", os.stat("/usr/bin/env").st_uid)
    tell("/usr is its own", os.stat("/usr").st_uid == os.getuid())
    tell("other groups that are known", len(set(os.getgroups()) - {os.getgid(), 65534}))
    tell("oom_score_adj", text("/proc/self/oom_score_adj").strip())
    limits = {line[:26].strip(): line[26:].split() for line in text("/proc/self/limits").splitlines()}
    tell("core limit", limits["Max core file size"][0])
    tell("process limit", limits["Max processes"][0])
    tell("cgroup", " ".join(sorted({line.split(":", 2)[2] for line in text("/proc/self/cgroup").splitlines()})))
    tell("descriptors", " ".join(sorted(fd for fd in os.listdir("/proc/self/fd") if os.path.lexists(f"/proc/self/fd/{fd}"))))
    tell("pipes for output", stat.S_ISFIFO(os.fstat(1).st_mode))


def files():
    mounts = [line.split(" - ") for line in text("/proc/self/mountinfo").splitlines()]
    root = [(place.split()[5], kind.split()) for place, kind in mounts if place.split()[4] == "/"][-1]
    tell("root", f"{root[1][0]} {root[0].split(',')[0]}")
    overlays = [kind.split() for _, kind in mounts if kind.startswith("overlay")]
    tell("overlays", bool(overlays))
    tell("overlays with paths", sum("=/" in words[2] or ":/" in words[2] for words in overlays))
    tell("mounts of single files", sum(place.split()[4] == "/dev/null" for place, _ in mounts))
    tell("/proc/sys is read-only", bool(os.statvfs("/proc/sys").f_flag & os.ST_RDONLY))
    tell("/proc/keys is empty", not read("/proc/keys"))
    tell("no socket of a service", not any(stat.S_ISSOCK(os.lstat(os.path.join(base, name)).st_mode)
                                           for base, _, names in os.walk("/run") for name in names))
    tell("/dev has few entries", len(os.listdir("/dev")) < 20)
    tell("/run is empty", sorted(os.listdir("/run")) in ([], ["lock"]))
    tell("/tmp is empty", not os.listdir("/tmp"))
    tell("here", " ".join(sorted(os.listdir("."))))
    tell("variables of certificates", sum(value == "/etc/ssl/certs/ca-certificates.crt" for value in os.environ.values()))
    tell("certificates without a link", sum(bool(re.fullmatch("[0-9a-f]{8}.0", name)) and not os.path.islink(f"/etc/ssl/certs/{name}")
                                            for name in os.listdir("/etc/ssl/certs")) if os.path.isdir("/etc/ssl/certs") else 0)


def calls():
    buffer = ctypes.create_string_buffer(128)
    tell("io_uring_setup", error_of(425, 8, buffer))
    tell("keyctl", error_of(250, 0, -5, 0))		# KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_SESSION_KEYRING
    tell("unshare", error_of(272, 0x10000000))		# CLONE_NEWUSER
    tell("bpf", error_of(321, 0, buffer, 0))
    tell("perf_event_open", error_of(298, buffer, 0, -1, -1, 0))
    try:
        socket.socket(socket.AF_VSOCK).close()		# never connected
        tell("AF_VSOCK", "works")
    except OSError as error:
        tell("AF_VSOCK", error.strerror)


def interface():
    base = "/sys/class/net/eth0"
    tell("interfaces", " ".join(sorted(os.listdir("/sys/class/net"))))
    tell("eth0 is virtual", "/virtual/" in os.path.realpath(base))
    tell("eth0 is the end of a pair", text(f"{base}/iflink") != text(f"{base}/ifindex"))
    tell("eth0 has the address", text(f"{base}/address").strip())
    tell("eth0 has counted", int(text(f"{base}/statistics/tx_packets")) > 0)
    tell("neighbours are permanent", "0x6" in text("/proc/net/arp"))
    tell("connections of others", sum(" 06 " in line for line in text("/proc/net/tcp").splitlines()))
    tell("name servers", " ".join(text("/etc/resolv.conf").replace("nameserver ", "").split()))


def hops():
    """The time to live that is left of an answer from the other end of the world (NTP)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.setsockopt(socket.IPPROTO_IP, 12, 1)		# IP_RECVTTL
        s.sendto(b"\x23" + bytes(47), ("192.0.2.123", 123))
        data, found, _, _ = s.recvmsg(100, 100)
    return 64 - struct.unpack("i", found[0][2])[0], ".".join(map(str, data[12:16]))


def servers():
    context = ssl.create_default_context()
    with socket.create_connection(("anything.example", 8443), 10) as plain, \
            context.wrap_socket(plain, server_hostname="anything.example") as s:
        issuer = dict(part[0] for part in s.getpeercert()["issuer"])
        start = ssl.cert_time_to_seconds(s.getpeercert()["notBefore"])
        tell("issuer", f"{issuer['organizationName']}, {issuer['commonName'].rstrip('0123456789abcdef')}")
        tell("its authority is a day old", abs(os.stat("/proc/1").st_ctime - start - 24 * 3600) < 600)
    with urllib.request.urlopen("http://" + "x" * 40 + ".invalid/no/such/page", timeout=10) as answer:
        tell("a page that cannot be", f"{answer.status}, {answer.headers['Server']}, {answer.read().decode().split('<p>')[1][:22]}")
    tell("a name that cannot be is in 198.18.0.0/15", socket.gethostbyname("y" * 40 + ".invalid").startswith(("198.18.", "198.19.")))
    for port in 1, 31337:
        socket.create_connection(("203.0.113.1", port), 10).close()
    tell("ports that answer", "any")
    with socket.create_connection(("203.0.113.1", 25), 10) as s:
        tell("mail server", s.recv(100).decode().strip())
    left, clock = hops()
    tell("routers on the way", left)
    tell("reference of the time server", clock)


def places(directories):
    yield from (("the environment", b"\0".join(os.environb.keys()) + b"\0".join(os.environb.values())),)
    for pid in "self", "1":
        for name in ("cgroup", "cmdline", "comm", "environ", "limits", "maps", "mountinfo", "mounts", "sched", "smaps", "stat", "status",
                     "numa_maps", "attr/current"):
            yield f"/proc/{pid}/{name}", read(f"/proc/{pid}/{name}")
    for name in sorted(os.listdir("/proc/net")):
        if not os.path.isdir(f"/proc/net/{name}"):
            yield f"/proc/net/{name}", read(f"/proc/net/{name}")
    for base in directories:
        for directory, _, names in os.walk(base):
            yield f"the name of {directory}", os.fsencode(directory)
            for name in names:
                path = os.path.join(directory, name)
                yield f"the name of {path}", os.fsencode(name)
                if os.path.islink(path):
                    yield path, os.fsencode(os.readlink(path))
                elif os.path.isfile(path):
                    yield path, read(path)
    for name in "hostname", "domainname", "osrelease", "version":
        yield f"/proc/sys/kernel/{name}", read(f"/proc/sys/kernel/{name}")


def words():
    for name, data in places(sys.argv[2:]):
        if WORD in data.lower():
            print(name)


def here():
    process()
    files()
    calls()


def net():
    interface()
    servers()


{"here": here, "net": net, "word": words}[sys.argv[1]]()
