#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""words_actor.py - clients of servers that speak first, each in a form of its own

usage: words_actor.py FORM...

Prints "FORM: answered" once the server has done what such a client asks for, or FORM and what went wrong.
"""
import ftplib
import imaplib
import io
import os
import poplib
import smtplib
import socket
import ssl
import struct
import sys
import time

context = ssl.create_default_context()


def ftp():
    s = ftplib.FTP("ftp.words.example", timeout=20)
    s.login("someone", "opensesame")
    s.storbinary("STOR up.bin", io.BytesIO(b"x" * 3000000))
    got = []
    s.retrbinary("RETR down.txt", got.append)
    assert b"".join(got), got
    lines = []
    s.dir(lines.append)
    assert len(lines) == 1, lines
    s.quit()


def ftps():
    s = ftplib.FTP_TLS("ftps.words.example", timeout=20, context=context)
    s.login("someone", "opensesame")
    s.prot_p()
    s.storbinary("STOR secret.bin", io.BytesIO(b"y" * 200000))
    got = []
    s.retrbinary("RETR secret.txt", got.append)
    assert b"".join(got), got
    s.quit()


def pop():
    s = poplib.POP3("pop.words.example", timeout=20)
    s.stls(context)
    s.user("someone")
    s.pass_("opensesame")
    assert s.stat() == (0, 0) and s.list()[1] == []
    s.quit()


def imap():
    s = imaplib.IMAP4("imap.words.example", timeout=20)
    s.starttls(context)
    s.login("someone", "opensesame")
    assert s.select("INBOX") == ("OK", [b"0"])
    assert s.search(None, "ALL") == ("OK", [b""])
    assert s.append("INBOX", None, None, b"Subject: a\r\n\r\n" + b"m" * 50000)[0] == "OK"
    assert s.status("INBOX", "(MESSAGES)")[0] == "OK"
    s.logout()


def imaps():
    s = imaplib.IMAP4_SSL("imaps.words.example", ssl_context=context, timeout=20)
    s.login("someone", "opensesame")
    s.logout()


def smtp():
    s = smtplib.SMTP("mail.words.example", 587, timeout=20)
    s.starttls(context=context)
    s.login("someone", "opensesame")
    s.sendmail("a@words.example", ["b@words.example"], "Subject: x\r\n\r\nx")
    s.quit()


class Lines:
    """A conversation of lines."""

    def __init__(self, host, port):
        self.s = socket.create_connection((host, port), timeout=20)
        self.heard = b""

    def say(self, text):
        self.s.sendall(text)

    def until(self, text):
        while text not in self.heard:
            data = self.s.recv(4096)
            assert data, (text, self.heard)
            self.heard += data
        rest = self.heard[self.heard.index(text) + len(text):]
        self.heard = rest


def irc():
    for port in 6667, 4321:
        s = Lines("irc.words.example", port)
        s.say(b"NICK someone\r\nUSER someone 0 * :Some One\r\n")
        s.until(b" 001 someone ")
        s.say(b"JOIN #room\r\n")
        s.until(b" 366 ")
        s.say(b"PRIVMSG #room :hello\r\nPING :77\r\n")
        s.until(b"PONG irc.internal :77\r\n")
        s.say(b"QUIT :bye\r\n")
        s.until(b"ERROR ")
        assert not s.s.recv(1)


def telnet():
    s = Lines("telnet.words.example", 23)
    s.until(b"login: ")
    s.say(b"root\r\n")
    s.until(b"Password: ")
    s.say(b"opensesame\r\n")
    s.until(b"$ ")
    s.say(b"cat /proc/cpuinfo\r\n")
    s.until(b"$ ")
    s.say(b"exit\r\n")
    while s.s.recv(4096):
        pass


def ssh():
    for port in 22, 2022:       # on another port the client has to speak first
        s = Lines("ssh.words.example", port)
        s.say(b"SSH-2.0-words_1.0\r\n")
        s.until(b"SSH-2.0-")
        s.until(b"Service not available")
        while s.s.recv(4096):
            pass


def packet(seq, body):
    return struct.pack("<I", len(body))[:3] + bytes([seq]) + body


def mysql():
    s = Lines("mysql.words.example", 3306)
    s.until(b"mysql_native_password\0")
    head = struct.pack("<IIB23x", 0x0008a285 | 0x800, 1 << 24, 45)
    s.say(packet(1, head))
    s.s = context.wrap_socket(s.s, server_hostname="mysql.words.example")
    s.say(packet(2, head + b"someone\0\0"))
    s.until(b"\7\0\0\3\0")
    s.heard = b""
    s.say(packet(0, b"\x03select secret from table1"))
    s.until(b"\xfe\0\0\2\0")
    s.until(b"\xfe\0\0\2\0")
    s.say(packet(0, b"\x01"))
    while s.s.recv(4096):
        pass


def device(s):
    """What a sensor does: connect with a password, publish, subscribe."""
    s.settimeout(20)
    s.sendall(b"\x10\x25\0\4MQTT\4\xc2\0\x3c\0\4dev1\0\7someone\0\x0aopensesame")
    assert s.recv(4) == b"\x20\2\0\0"
    s.sendall(b"\x32\x0f\0\x09home/temp\0\7" + b"21")
    assert s.recv(4) == b"\x40\2\0\7"
    s.sendall(b"\x82\x0b\0\x09\0\6home/#\1")
    assert s.recv(5) == b"\x90\3\0\x09\0"
    s.sendall(b"\xe0\0")
    assert not s.recv(1)


def mqtt():
    with socket.create_connection(("mqtt.words.example", 1883), timeout=20) as s:
        device(s)


def mqtts():
    with socket.create_connection(("mqtts.words.example", 8883), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname="mqtts.words.example") as s:
            device(s)


def stun():
    ask = b"\0\1\0\0\x21\x12\xa4\x42" + 12 * b"x"
    with socket.create_connection(("stun.words.example", 3478), timeout=20) as s:
        s.sendall(ask)
        got = s.recv(100)
        assert got[:2] == b"\1\1" and got[4:20] == ask[4:], got


def quiet():
    """A client that waits: what it expects first comes at once."""
    for port in 21, 22, 23, 25, 110, 143, 3306:
        with socket.create_connection(("quiet.words.example", port), timeout=20) as s:
            began = time.monotonic()
            assert s.recv(4), port
            assert time.monotonic() - began < 5, port


def odd():
    """Who speaks HTTP to the port of another protocol is answered in HTTP."""
    for port in 22, 6667:
        with socket.create_connection(("odd.words.example", port), timeout=20) as s:
            s.sendall(b"GET / HTTP/1.0\r\nHost: odd.words.example\r\n\r\n")
            assert s.recv(15) == b"HTTP/1.1 200 OK"


failed = False
for form in sys.argv[1:]:
    try:
        globals()[form]()
        print(f"{form}: answered", flush=True)
    except (OSError, AssertionError, ftplib.Error, poplib.error_proto, imaplib.IMAP4.error, smtplib.SMTPException, EOFError) as e:
        print(f"{form}: {type(e).__name__}: {e}", flush=True)
        failed = True
os._exit(failed)
