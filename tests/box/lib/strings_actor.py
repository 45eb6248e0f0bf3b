#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""strings_actor.py - hostile bytes in every string that tcbox may see

usage: strings_actor.py EVIL, as argument bytes. Says "done", and EVIL as it is.
"""
import ctypes
import os
import socket
import ssl
import subprocess
import sys

EVIL = os.fsencode(sys.argv[1])
SHORT = EVIL[:40]
HOST = "203.0.113.80"


def attempt(what, *args, **named):
    """Not every string is accepted by everybody: that is for the one who is asked."""
    try:
        return what(*args, **named)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def files():
    open(EVIL, "wb").close()
    os.rename(EVIL, b"2" + EVIL)
    os.symlink(b"/nowhere/" + EVIL, b"link" + SHORT)
    attempt(open, b"link" + SHORT, "wb")
    os.mkdir(b"dir" + SHORT)
    open(b"dir" + SHORT + b"/in", "wb").close()
    os.mkfifo(b"fifo" + SHORT)
    open(b"x" * 255, "wb").close()
    deep = (b"/" + b"d" * 250) * 15
    attempt(os.makedirs, os.getcwdb() + deep)
    attempt(open, os.getcwdb() + deep + b"/" + SHORT, "wb")


def programs():
    with open(b"./prog" + SHORT, "wb") as script:
        script.write(b"#!/bin/sh\n:\n")
    os.chmod(b"./prog" + SHORT, 0o755)
    subprocess.run([b"./prog" + SHORT, EVIL, b"y" * 100000], env={b"NAME" + SHORT: EVIL}, check=False)
    attempt(subprocess.run, [b"./none" + SHORT, EVIL], check=False)
    attempt(subprocess.run, [b"/bin/true", EVIL * 50], check=False)
    ctypes.CDLL(None).prctl(15, SHORT[:15])	# PR_SET_NAME
    open(b"after" + SHORT, "wb").close()


def unix_sockets():
    for path in (SHORT, b"\0" + SHORT):
        server = socket.socket(socket.AF_UNIX)
        attempt(server.bind, b"s" + path if path == SHORT else path)
        attempt(server.listen)
        client = socket.socket(socket.AF_UNIX)
        attempt(client.connect, b"s" + path if path == SHORT else path)


def names():
    query = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    query.settimeout(2)
    for label in (EVIL[:60], b"\0" * 5, b"a.b\\c", b"x" * 63):
        question = b"".join(bytes([len(part)]) + part for part in (label, b"example")) + b"\0"
        query.sendto(b"\1\2\1\0\0\1\0\0\0\0\0\0" + question + b"\0\1\0\1", ("198.19.255.1", 53))
        attempt(query.recv, 4096)


def speak(port, *parts):
    conn = socket.create_connection((HOST, port), 5)
    conn.settimeout(0.4)		# longer than the lab waits before it greets
    for part in parts:
        if part:
            conn.sendall(part)
        attempt(conn.recv, 65536)
    conn.close()


def hello():
    """A ClientHello whose server name is EVIL."""
    name = "s" * 60
    wire = ssl.MemoryBIO()
    attempt(ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), wire, server_hostname=name).do_handshake)
    return wire.read().replace(name.encode(), (SHORT * 2)[:60])


def network():
    line = EVIL.replace(b"\n", b"").replace(b"\r", b"")
    speak(80, b"GET /" + line + b" HTTP/1.1\r\nHost: " + line + b"\r\nUser-Agent: " + line + b"\r\n\r\n")
    speak(80, b"CONNECT " + line + b":443 HTTP/1.1\r\nHost: " + b"h" * 6000 + b"\r\n\r\n")
    speak(443, hello())
    speak(25, b"", b"EHLO " + line + b"\r\n", b"MAIL FROM:<" + line + b">\r\n", b"RCPT TO:<" + line + b">\r\n")
    speak(6667, EVIL)
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.sendto(EVIL, (HOST, 4444))


for act in (files, programs, unix_sockets, names, network):
    act()
sys.stdout.buffer.write(b"done " + EVIL + b"\n")
sys.stderr.buffer.write(EVIL + b"\n")
