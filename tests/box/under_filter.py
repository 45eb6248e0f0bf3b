#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""under_filter.py - run a program under a seccomp filter of somebody else, as in a container

usage: under_filter.py listen|deny|kill|no-landlock|no-i386|no-attributes PROGRAM [ARG...]

listen: the filter allows everything and has a listener, which stays open; deny: unshare(2) fails with EPERM; kill: it kills;
no-landlock: landlock_create_ruleset(2) fails with ENOSYS, as on a kernel without it; no-i386: a call of 32-bit x86 kills, as on
a kernel without them (there by SIGSEGV, here by SIGSYS, as under systemd's SystemCallArchitectures=native);
no-attributes: setxattr(2) fails with EOPNOTSUPP, as on a tmpfs before Linux 6.6.
"""
import ctypes
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, SECCOMP_SET_MODE_FILTER, NEW_LISTENER = 38, 1, 1 << 3
NR_SECCOMP, NR_UNSHARE, NR_LANDLOCK_CREATE_RULESET, NR_SETXATTR = 317, 272, 444, 188
ALLOW, KILL, EPERM, ENOSYS, EOPNOTSUPP = 0x7fff0000, 0x80000000, 0x00050001, 0x00050026, 0x0005005f
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
NR, ARCH, AUDIT_ARCH_I386 = 0, 4, 0x40000003	# in struct seccomp_data

libc = ctypes.CDLL(None, use_errno=True)
mode = sys.argv[1]
where, value, action = {"listen": (NR, NR_UNSHARE, ALLOW), "deny": (NR, NR_UNSHARE, EPERM), "kill": (NR, NR_UNSHARE, KILL),
                        "no-attributes": (NR, NR_SETXATTR, EOPNOTSUPP),
                        "no-landlock": (NR, NR_LANDLOCK_CREATE_RULESET, ENOSYS), "no-i386": (ARCH, AUDIT_ARCH_I386, KILL)}[mode]
code = b"".join(struct.pack("HBBI", *insn) for insn in (
    (LOAD, 0, 0, where), (JUMP_EQUAL, 0, 1, value), (RETURN, 0, 0, action), (RETURN, 0, 0, ALLOW)))
insns = ctypes.create_string_buffer(code)
program = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(insns))
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
    sys.exit("prctl: " + os.strerror(ctypes.get_errno()))
fd = libc.syscall(NR_SECCOMP, SECCOMP_SET_MODE_FILTER, NEW_LISTENER if mode == "listen" else 0, program)
if fd < 0:
    sys.exit("seccomp: " + os.strerror(ctypes.get_errno()))
if mode == "listen":
    os.set_inheritable(fd, True)
os.execvp(sys.argv[2], sys.argv[2:])
