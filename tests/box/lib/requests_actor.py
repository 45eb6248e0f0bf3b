#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""requests_actor.py - say a name to the server of another, in every form in which names are said

usage: requests_actor.py HOST SUFFIX FORM...

Each form is a connection of its own to HOST. The name that it says is FORM.SUFFIX, or HOST if SUFFIX is "-". Prints
"FORM: answered" once the server has answered the request that said it, or FORM and what went wrong.
"""
import socket
import ssl
import sys

host, suffix = sys.argv[1:3]
context = ssl.create_default_context()
context.check_hostname = False
PAD = b"X-Pad: " + b"p" * 300 + b"\r\n"


def connect(port):
    s = socket.create_connection((host, port), timeout=20)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s


def answers(s, times=1):
    """Wait for whole answers of the lab."""
    got = b""
    while got.count(b"</html>") < times:
        data = s.recv(65536)
        if not data:
            raise OSError(f"the answer ended after {got!r}")
        got += data
    assert got.startswith(b"HTTP/1.1 200 "), got


def say(port, text, times=1):
    with connect(port) as s:
        s.sendall(text)
        answers(s, times)


def request(name, line=b"GET /v HTTP/1.1"):
    return line + b"\r\nHost: " + name + b"\r\n" + PAD + b"\r\n"


GOOD = host.encode()


class Inner:
    """TLS over memory, which carries its records through any stream and any pieces."""

    def __init__(self, stream, sni):
        self.stream, self.into, self.out = stream, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.into, self.out, server_hostname=sni.decode())

    def flush(self, cut=lambda data: [data]):
        data = self.out.read()
        for piece in cut(data) if data else []:
            self.stream.sendall(piece)

    def wait(self, act):
        while True:
            try:
                return act()
            except ssl.SSLWantReadError:
                self.flush()
                data = self.stream.recv(65536)
                if not data:
                    raise OSError("the stream ended")
                self.into.write(data)

    def begin(self, cut=lambda data: [data]):
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            self.flush(cut)
        self.wait(self.tls.do_handshake)
        self.flush()

    def sendall(self, data):
        self.tls.write(data)
        self.flush()

    def recv(self, size):
        return self.wait(lambda: self.tls.read(size))


def pieces(size):
    return lambda data: [data[i:i + size] for i in range(0, len(data), size)]


def records(size):
    """A hello as several records: RFC 8446, 5.1"""
    def cut(data):
        body = data[5:]
        return [b"".join(data[:3] + len(part).to_bytes(2, "big") + part for part in pieces(size)(body))]
    return cut


def hello(name, cut=lambda data: [data], port=443):
    with connect(port) as s:
        inner = Inner(s, name)
        inner.begin(cut)
        inner.sendall(request(GOOD))
        answers(inner)


def tls_host(name):
    with context.wrap_socket(connect(443), server_hostname=host) as s:
        s.sendall(request(name))
        answers(s)


def tls_later(name):
    with context.wrap_socket(connect(443), server_hostname=host) as s:
        s.sendall(request(GOOD) + request(name))
        answers(s, 2)


def in_pieces(name):
    with connect(80) as s:
        for piece in pieces(7)(request(name)):
            s.sendall(piece)
        answers(s)


def tunnel(s, target):
    s.sendall(b"CONNECT " + target + b":443 HTTP/1.1\r\nHost: " + target + b":443\r\n\r\n")
    got = s.recv(1000)
    assert b" 200 " in got, got


def tunnel_to(name):
    with connect(3128) as s:
        tunnel(s, name)
        with context.wrap_socket(s, server_hostname=host) as t:
            t.sendall(request(GOOD))
            answers(t)


def tunnel_sni(name):
    with connect(3128) as s:
        tunnel(s, GOOD)
        with context.wrap_socket(s, server_hostname=name.decode()) as t:
            t.sendall(request(GOOD))
            answers(t)


def tunnel_plain(name):
    with connect(3128) as s:
        tunnel(s, GOOD)
        s.sendall(request(name))
        answers(s)


def tunnel_at_once(name):
    """The hello comes with the request for the tunnel, before it is answered."""
    with connect(3128) as s:
        inner = Inner(s, name)
        try:
            inner.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        s.sendall(b"CONNECT " + GOOD + b":443 HTTP/1.1\r\n\r\n" + inner.out.read())
        got = b""
        while not got.endswith(b"\r\n\r\n"):
            got += s.recv(1)
        inner.begin()
        inner.sendall(request(GOOD))
        answers(inner)


def tls_in_tls(name):
    with context.wrap_socket(connect(3129), server_hostname=host) as s:
        tunnel(s, GOOD)
        inner = Inner(s, name)
        inner.begin()
        inner.sendall(request(GOOD))
        answers(inner)


def socks(target, request_first=GOOD):
    """A request through a proxy of SOCKS that is asked to lead to @target."""
    with connect(1080) as s:
        s.sendall(b"\5\1\0")
        assert s.recv(10) == b"\5\0"
        s.sendall(b"\5\1\0\3" + bytes([len(target)]) + target + b"\0\x50")
        assert s.recv(100)[:2] == b"\5\0"
        s.sendall(request(request_first))
        answers(s)


def socks_4(target):
    with connect(1080) as s:
        s.sendall(b"\4\1\0\x50\0\0\0\1\0" + target + b"\0")
        assert s.recv(100)[:2] == b"\0\x5a"
        s.sendall(request(GOOD))
        answers(s)


def starttls(name):
    with connect(587) as s:
        def line(text, code):
            if text:
                s.sendall(text)
            got = s.recv(1000)
            assert got.startswith(code), got
        line(b"", b"220")
        line(b"EHLO a\r\n", b"250")
        line(b"STARTTLS\r\n", b"220")
        with context.wrap_socket(s, server_hostname=name.decode()) as t:
            t.sendall(b"EHLO a\r\n")
            assert t.recv(1000).startswith(b"250")
            t.sendall(b"MAIL FROM:<a@" + GOOD + b">\r\n")
            assert t.recv(1000).startswith(b"250")


FORMS = {
    "host": lambda n: say(80, request(n)),
    "later": lambda n: say(80, request(GOOD) + request(n), 2),
    "second": lambda n: say(80, b"GET / HTTP/1.1\r\nHost: " + GOOD + b"\r\nHost: " + n + b"\r\n\r\n"),
    "folded": lambda n: say(80, b"GET / HTTP/1.1\r\nHost:\r\n " + n + b"\r\n\r\n"),
    "blank": lambda n: say(80, b"GET / HTTP/1.1\r\nHost : " + n + b"\r\n\r\n"),
    "absolute": lambda n: say(80, b"GET http://" + n + b"/ HTTP/1.1\r\nHost: " + GOOD + b"\r\n\r\n"),
    "user": lambda n: say(80, b"GET http://" + GOOD + b"@" + n + b"/ HTTP/1.1\r\nHost: " + GOOD + b"\r\n\r\n"),
    "mkcol": lambda n: say(80, request(n, b"MKCOL /v HTTP/1.1")),
    "subscribe": lambda n: say(80, request(n, b"SUBSCRIBE /v HTTP/1.1")),
    "small": lambda n: say(80, request(n, b"get /v HTTP/1.1")),
    "newlines": lambda n: say(80, request(n).replace(b"\r", b"")),
    "emptyline": lambda n: say(80, b"\r\n" + request(n)),
    "old": lambda n: say(80, request(n, b"GET /v HTTP/1.0")),
    "pieces": in_pieces,
    "sni": hello,
    "snipieces": lambda n: hello(n, pieces(20)),
    "snibytes": lambda n: hello(n, pieces(1)),
    "snirecords": lambda n: hello(n, records(100)),
    "snicut": lambda n: hello(n, lambda data: records(data.index(n) - 5 + 3)(data)),
    "snirecordpieces": lambda n: hello(n, lambda data: pieces(50)(records(30)(data)[0])),
    "tlshost": tls_host,
    "tlslater": tls_later,
    "tunnel": tunnel_to,
    "tunnelsni": tunnel_sni,
    "tunnelplain": tunnel_plain,
    "tunnelatonce": tunnel_at_once,
    "tlsintls": tls_in_tls,
    "starttls": starttls,
    "socks": socks,
    "socksfour": socks_4,
    "sockshost": lambda n: socks(GOOD, n),
}

for form in sys.argv[3:] or FORMS:
    try:
        FORMS[form](GOOD if suffix == "-" else f"{form}.{suffix}".encode())
        print(f"{form}: answered", flush=True)
    except (OSError, ssl.SSLError, AssertionError) as error:
        print(f"{form}: {error!r}", flush=True)
