# SPDX-License-Identifier: Apache-2.0
"""streams_actor.py - connections whose packets carry something else than a server reads, and such that end in the middle of a
message. Its first argument is "half", "whole", or the name of one act; each says what it did."""
import mmap, socket, ssl, struct, sys, time

NAME = "ok.example"
REQUEST = f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode()


def tcp(port):
    s = socket.create_connection((NAME, port), 20)
    s.settimeout(20)
    return s


def asked(s, request=REQUEST):
    s.sendall(request)
    return s.recv(65536)


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


# What is not read: each returns what it saw of the server's answer.
def plain():
    s = tcp(80)
    return asked(s)[:12] + asked(s)[:12]


def urgent():
    s = tcp(80)
    first = asked(s)[:12]
    s.send(b"X", socket.MSG_OOB)
    return first + asked(s)[:12]


def urgentinside():
    """The urgent byte is in the middle: a server that reads it inline reads another name."""
    s = tcp(80)
    front, back = REQUEST.split(b"ok.")
    s.sendall(front)
    s.send(b"o", socket.MSG_OOB)
    s.sendall(b"ok." + back)
    return s.recv(12)


def lost():
    """The last request of some connections is in a packet that is lost, and a reset follows."""
    n = 0
    for _ in range(12):
        s = tcp(80)
        asked(s)
        s.sendall(REQUEST)
        reset(s)
        n += 1
    return f"{n} resets".encode()


def changed():
    """Of the memory that the kernel sends from, something else is sent again if the first packet is lost."""
    for _ in range(30):
        s = tcp(80)
        s.setsockopt(socket.SOL_SOCKET, 60, 1)          # SO_ZEROCOPY
        asked(s)
        memory = mmap.mmap(-1, 4096)
        memory[:len(REQUEST)] = REQUEST.replace(b"ok.", b"OK.")
        s.send(memoryview(memory)[:len(REQUEST)], 0x4000000)    # MSG_ZEROCOPY
        memory[:len(REQUEST)] = REQUEST
        if not s.recv(12):
            return b"none"
        s.close()
    return b"answered"


def early():
    """Data in the SYN (RFC 7413), which the server does not take: they come once more."""
    s = socket.socket(socket.AF_INET6 if socket.getaddrinfo(NAME, 80)[0][0] == socket.AF_INET6 else socket.AF_INET)
    s.setsockopt(socket.IPPROTO_TCP, 34, 1)             # TCP_FASTOPEN_NO_COOKIE
    s.sendto(REQUEST, socket.MSG_FASTOPEN, socket.getaddrinfo(NAME, 80, s.family)[0][4])
    return s.recv(12)


# Messages: what comes before, and the message, of which the half is sent.
def greeted(port, *before):
    s = tcp(port)
    s.recv(4096)
    for line in before:
        asked(s, line)
    return s


def smtp():
    return greeted(25, b"EHLO me\r\n"), b"MAIL FROM:<me@ok.example>\r\n"


def ftp():
    return greeted(21, b"USER me\r\n", b"PASS me\r\n"), b"CWD /secret\r\n"


def pop3():
    return greeted(110, b"USER me\r\n"), b"PASS me\r\n"


def imap():
    return greeted(143, b"a LOGIN me me\r\n"), b"b SELECT secret\r\n"


def imapliteral():
    s = greeted(143, b"a LOGIN me me\r\n")
    asked(s, b"b APPEND box {20}\r\n")
    return s, b"Subject: something \n\r\n"


def irc():
    s = tcp(6667)
    asked(s, b"NICK me\r\nUSER me 0 * :me\r\n")
    return s, b"JOIN #secret\r\n"


def telnet():
    return greeted(23), b"somebody\r\n"


def mysql():
    s = tcp(3306)
    s.recv(4096)
    login = struct.pack("<IIB23x", 0x0200 | 0x8000, 1 << 24, 33) + b"me\0\0"
    asked(s, len(login).to_bytes(3, "little") + b"\1" + login)
    query = b"\3SELECT 1"
    return s, len(query).to_bytes(3, "little") + b"\0" + query


def dns():
    def query(name):
        q = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"".join(bytes([len(p)]) + p for p in name.split(b".")) + b"\0\0\1\0\1"
        return len(q).to_bytes(2, "big") + q
    s = tcp(53)
    asked(s, query(b"ok.example"))
    return s, query(b"ok.example")


def mqtt():
    s = tcp(1883)
    asked(s, b"\x10\x0e\0\4MQTT\4\2\0\x3c\0\2me")
    return s, b"\x32\x0a\0\1t\0\7hello"


def websocket():
    s = tcp(80)
    asked(s, b"GET /chat HTTP/1.1\r\nHost: ok.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    return s, b"\x81\x85\0\0\0\0hello"


def http2():
    s = tcp(80)
    asked(s, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0")
    head = b"\x82\x86\x84\x41\x0aok.example"
    return s, len(head).to_bytes(3, "big") + b"\1\5\0\0\0\1" + head


def tls():
    s, come, go = tcp(443), ssl.MemoryBIO(), ssl.MemoryBIO()
    t = ssl.create_default_context().wrap_bio(come, go, server_hostname=NAME)

    def until(act):
        while True:
            try:
                got = act()
                s.sendall(go.read())
                return got
            except ssl.SSLWantReadError:
                s.sendall(go.read())
                come.write(s.recv(65536))
    until(t.do_handshake)
    t.write(REQUEST)
    until(lambda: t.read(65536))
    t.write(REQUEST)
    return s, go.read()


MESSAGES = smtp, ftp, pop3, imap, imapliteral, irc, telnet, mysql, dns, mqtt, websocket, http2, tls

act = sys.argv[1]
if act in ("half", "whole"):
    for message in MESSAGES:
        s, data = message()
        if act == "half":
            data = data[:len(data) // 2]
        s.sendall(data)
        time.sleep(0.1)
        s.shutdown(socket.SHUT_WR)
        try:
            while s.recv(65536):
                pass
        except OSError:
            pass
        print(f"{message.__name__} {s.getsockname()[1]} sent {len(data)}", flush=True)
        s.close()
else:
    print(act, globals()[act](), flush=True)
