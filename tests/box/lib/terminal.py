#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""terminal.py - run a command on a terminal of its own and press keys

usage: terminal.py ROWS COLUMNS [WAIT-FOR:KEYS]... -- COMMAND...

KEYS are sent once WAIT-FOR has been shown; "^C" is Ctrl-C, "^D" end of file, "RxC" a new size of the window. The terminal
is an xterm, whatever the tests were started on. TERMINAL_S: seconds until it is given up; 20 without.
Shows what the terminal shows. Ends with the command's exit status, or 99 if the terminal was not given back as it was.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

LAST = b"\a(the end)\a"	# behind all that the command wrote: the kernel brings it to this side a while later
DEADLINE = time.monotonic() + float(os.environ.get("TERMINAL_S", "20"))


def resize(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def press(fd, keys):
    size = re.fullmatch(r"(\d+)x(\d+)", keys)
    if size:
        resize(fd, int(size[1]), int(size[2]))
    else:
        os.write(fd, keys.replace("^C", "\x03").replace("^D", "\x04").encode())


def main():
    split = sys.argv.index("--")
    rows, columns = int(sys.argv[1]), int(sys.argv[2])
    steps = [step.rsplit(":", 1) for step in sys.argv[3:split]]
    master, slave = pty.openpty()
    resize(master, rows, columns)
    before = termios.tcgetattr(slave)
    pid = os.fork()
    if pid == 0:
        os.close(master)
        login(slave)
        os.environ["TERM"] = "xterm"
        os.execvp(sys.argv[split + 1], sys.argv[split + 1:])
    shown = b""
    done = 0
    status = None
    while LAST not in shown:
        if select.select([master], [], [], 0.05)[0]:
            shown += os.read(master, 65536)
        while steps and steps[0][0].encode() in shown[done:]:
            done = shown.index(steps[0][0].encode(), done) + len(steps[0][0])
            press(master, steps.pop(0)[1])
        if status is None:
            ended, how = os.waitpid(pid, os.WNOHANG)
            if ended:
                status = os.waitstatus_to_exitcode(how)
                after = termios.tcgetattr(slave)
                os.write(slave, LAST)
        if time.monotonic() > DEADLINE:
            if status is None:
                os.kill(pid, signal.SIGKILL)
            sys.stdout.buffer.write(shown)
            sys.exit(98)
    sys.stdout.buffer.write(shown.replace(LAST, b""))
    sys.exit(status if before == after else 99)


def login(slave):
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(slave, fd)


main()
