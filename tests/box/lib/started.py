#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""started.py - start a command as odd parents do

usage: started.py HOW COMMAND...

    closed:012		without these streams
    ignoring		with every signal ignored, SIGCHLD too
    blocking		with every signal blocked
    files:N		with N more descriptors
    words:N		with N more arguments of one byte
    bytes:N		with one more argument of N bytes, again and again until 2 MB are nearly used up
    nothing		with no arguments at all, not even a name
    unread		with standard error a full pipe that nobody reads; gives up after 20 s, with status 99
"""
import ctypes
import os
import resource
import signal
import subprocess
import sys

SIGNALS = set(range(1, 65)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}


def full_pipe():
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    for size in (65536, 1):
        try:
            while True:
                os.write(writer, b"x" * size)
        except BlockingIOError:
            pass
    os.set_blocking(writer, True)
    return reader, writer


def unread(command):
    reader, writer = full_pipe()
    with subprocess.Popen(command, stderr=writer) as child:
        try:
            status = child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            status = 99
    os.close(reader)
    sys.exit(status)


def main():
    how, command = sys.argv[1], sys.argv[2:]
    what, _, value = how.partition(":")
    if what == "closed":
        for digit in value:
            os.close(int(digit))
    elif what == "ignoring":
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
    elif what == "blocking":
        signal.pthread_sigmask(signal.SIG_SETMASK, SIGNALS)
    elif what == "files":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        for _ in range(min(int(value), hard - 200)):
            os.set_inheritable(os.open("/dev/null", os.O_RDONLY), True)
    elif what == "words":
        command += ["x"] * int(value)
    elif what == "bytes":
        command += ["x" * int(value)] * (1900000 // int(value))
    elif what == "nothing":
        strings = (ctypes.c_char_p * 1)(None)
        ctypes.CDLL(None).execve(os.fsencode(command[0]), strings, strings)
    elif what == "unread":
        unread(command)
    os.execv(command[0], command)


main()
