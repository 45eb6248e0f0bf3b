#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""file_acts.py - every way to change a file, once for each group; says what the kernel said

usage: file_acts.py DECLARED DECLARED2 UNDECLARED

The directories are there, are the caller's, and have what landlock.sh puts there. One line for each act: GROUP ACT OK or the name of
the error.
"""
import ctypes
import errno
import os
import socket
import stat
import sys

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD, AT_SYMLINK_FOLLOW = -100, 0x400


def opened(path, flags):
    os.close(os.open(path, flags | os.O_CLOEXEC, 0o644))


def tmpfile(directory, to):
    """A file without a name that gets one."""
    fd = os.open(directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o644)
    if libc.linkat(AT_FDCWD, b"/proc/self/fd/%d" % fd, AT_FDCWD, os.fsencode(to), AT_SYMLINK_FOLLOW):
        raise OSError(ctypes.get_errno(), "linkat")


def made_into(directory, to):
    """A directory of the host cannot be moved in the box, in any mode: overlayfs says EXDEV."""
    os.mkdir(directory)
    os.rename(directory, to)


def changes(d, other):
    """All in one directory; @other may be changed in any case."""
    yield "create", lambda: opened(d + "/new", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    yield "write", lambda: opened(d + "/old", os.O_WRONLY)
    yield "read-write", lambda: opened(d + "/old", os.O_RDWR)
    yield "append", lambda: opened(d + "/old", os.O_WRONLY | os.O_APPEND)
    yield "open-trunc", lambda: opened(d + "/old", os.O_RDONLY | os.O_TRUNC)
    yield "truncate", lambda: os.truncate(d + "/old", 1)
    yield "tmpfile", lambda: tmpfile(d, d + "/tmpfile")
    yield "tmpfile-into", lambda: tmpfile(other, d + "/tmpfile2")
    yield "mkdir", lambda: os.mkdir(d + "/dir")
    yield "symlink", lambda: os.symlink("old", d + "/link")
    yield "mkfifo", lambda: os.mkfifo(d + "/fifo")
    yield "mknod", lambda: os.mknod(d + "/node", stat.S_IFREG | 0o644)
    yield "socket", lambda: socket.socket(socket.AF_UNIX).bind(d + "/sock")
    yield "link-into", lambda: os.link(other + "/old", d + "/hard")
    yield "rename", lambda: os.rename(d + "/a", d + "/b")
    yield "rename-into", lambda: os.rename(f"{other}/for-{os.path.basename(d)}", d + "/into")
    yield "rename-out", lambda: os.rename(d + "/c", other + "/out")
    yield "rename-dir-into", lambda: made_into(other + "/made", d + "/made2")
    yield "rmdir", lambda: os.rmdir(d + "/olddir")
    yield "unlink", lambda: os.unlink(d + "/d")


def main():
    declared, declared2, undeclared = sys.argv[1:]
    acts = [("declared", *act) for act in changes(declared, declared2)]
    acts += [("undeclared", *act) for act in changes(undeclared, declared)]
    acts += [("undeclared", "link-out", lambda: os.link(undeclared + "/old", declared + "/hard-out")),
             ("undeclared", "read", lambda: opened(undeclared + "/old", os.O_RDONLY)),
             ("undeclared", "list", lambda: os.listdir(undeclared)),
             ("mode", "chmod", lambda: os.chmod(undeclared + "/old", 0o600)),
             ("free", "null", lambda: opened("/dev/null", os.O_WRONLY | os.O_TRUNC)),
             ("free", "full", lambda: opened("/dev/full", os.O_RDWR))]
    for group, name, act in acts:
        try:
            act()
            said = "OK"
        except OSError as e:
            said = errno.errorcode[e.errno]
        print(group, name, said, flush=True)


main()
