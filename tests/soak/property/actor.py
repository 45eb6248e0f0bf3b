#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""actor.py - in the box: does the acts of a plan, and writes down what it did

The plan is JSON on standard input, a list of acts; each that was done is one line of JSON on standard output. An act is done when
something beside the call's own word says so: an answer, a file's new state, a child that came to its end.
"""
import ctypes
import json
import mmap
import os
import socket
import ssl
import struct
import subprocess
import sys
import time

LINGER_S = 1.5    # so that the kernel's tables of sockets are read meanwhile
BINARY = b"\x01\x02ACME\x03\x04\xff\xfe"    # of no protocol
libc = ctypes.CDLL(None, use_errno=True)
kept = []    # what stays open


def query(name):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    return struct.pack(">HHHHHH", 77, 0x100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


def family_of(act):
    return socket.AF_INET6 if act.get("v6") else socket.AF_INET


def address(act):
    """Of a name by a lookup, which is part of the act."""
    if act.get("name"):
        return socket.getaddrinfo(act["name"], 0, family_of(act))[0][4][0]
    return act["addr"]


def talk(act):
    s = socket.socket(family_of(act), socket.SOCK_STREAM)
    s.settimeout(10)
    s.connect((address(act), act["port"]))
    how, said = act["how"], act.get("said") or act.get("name") or act["addr"]
    if how == "tls":
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[act["version"]]
        s = context.wrap_socket(s, server_hostname=said)
        assert s.version() == "TLSv" + act["version"]
    if how in ("http", "tls"):
        # what goes to a name has that name, whatever the hello said
        host = said if how == "http" else act.get("name") or said
        host = f"[{host}]" if ":" in host else host
        s.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        while s.recv(4096):
            pass
    elif how == "binary":
        s.sendall(BINARY + b"\x05" * (act["bytes"] - len(BINARY)))
        s.shutdown(socket.SHUT_WR)
        while s.recv(4096):    # the other side has it all when it closes
            pass
    s.close()


def datagram(act):
    s = socket.socket(family_of(act), socket.SOCK_DGRAM)
    to = (address(act), act["port"])
    data = query(act["asked"]) if act["how"] == "dns" else BINARY + b"\x05" * (act["bytes"] - len(BINARY))
    if act.get("unconnected"):
        assert s.sendto(data, to) == len(data)
    else:
        s.connect(to)
        assert s.send(data) == len(data)
    if act["how"] == "dns":
        s.settimeout(10)
        s.recv(512)
    kept.append(s)


def echo(act):
    six = act.get("v6")
    s = socket.socket(family_of(act), socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP)
    packet = struct.pack(">BBHHH", 128 if six else 8, 0, 0, 1, 1) + b"property"
    assert s.sendto(packet, (act["addr"], 0)) == len(packet)
    kept.append(s)


def lookup(act):
    socket.getaddrinfo(act["name"], 0, family_of(act))


def listen(act):
    s = socket.socket(family_of(act), socket.SOCK_DGRAM if act["protocol"] == "udp" else socket.SOCK_STREAM)
    s.bind((act["addr"], act["port"]))
    if act["protocol"] == "tcp":
        s.listen()
    kept.append(s)


def execute(act):
    assert subprocess.run([act["path"]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode in (0, 1)


def content(path):
    with open(path, "rb") as file_there:
        return file_there.read()


def change(act):
    path, how = act["path"], act["how"]
    before = content(path)
    fd = os.open(path, os.O_RDWR | (os.O_APPEND if how == "append" else 0))
    source = os.open(__file__, os.O_RDONLY)
    if how == "append":
        os.write(fd, b"more")
    elif how == "pwrite":
        os.pwritev(fd, [b"mo", b"re"], len(before))
    elif how == "copy":
        os.copy_file_range(fd, fd, 5, 0, len(before))    # from another file system it would not work
    elif how == "sendfile":
        os.sendfile(fd, source, 0, 16)
    elif how == "splice":
        r, w = os.pipe()
        os.write(w, b"more")
        os.splice(r, fd, 4)
    elif how == "fallocate":
        os.posix_fallocate(fd, len(before), 100)
    elif how == "truncate":
        os.truncate(path, 1)
    elif how == "mmap":
        with mmap.mmap(fd, 0) as mapped:
            mapped[0] ^= 1
    os.close(fd)
    os.close(source)
    assert content(path) != before


def file(act):
    path, how = act["path"], act["how"]
    if how == "create":
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    elif how == "mkdir":
        os.mkdir(path)
    elif how == "chmod":
        os.chmod(path, os.stat(path).st_mode ^ 0o100)
    elif how == "rename":
        os.rename(path, act["second"])
        path = act["second"]
    elif how == "symlink":
        os.symlink("elsewhere", path)
    elif how == "link":
        os.link(act["second"], path)
    elif how == "mkfifo":
        os.mkfifo(path)
    elif how == "utime":
        os.utime(path, (1, 1))
        assert os.stat(path).st_mtime == 1
    elif how == "remove":
        os.unlink(path)
        assert not os.path.lexists(path)
        return
    os.lstat(path)


def call(act):
    pid = os.fork()
    if pid == 0:
        libc.syscall(act["number"], *[ctypes.c_long(-1)] * 6)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


DEEDS = {"talk": talk, "datagram": datagram, "echo": echo, "lookup": lookup, "listen": listen, "execute": execute, "change": change,
         "file": file, "call": call}


def main():
    for act in json.load(sys.stdin):
        try:
            DEEDS[act["kind"]](act)
        except (OSError, AssertionError) as error:
            print(json.dumps({"act": act, "error": f"{type(error).__name__}: {error}"}), flush=True)
        else:
            print(json.dumps({"act": act}), flush=True)
    time.sleep(LINGER_S)


main()
