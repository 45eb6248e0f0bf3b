#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""requests_actor.py - say a name to the server of another, in every form in which names are said

usage: requests_actor.py HOST SUFFIX FORM...

Each form is a connection of its own to HOST. The name that it says is FORM.SUFFIX, or HOST if SUFFIX is "-". Prints
"FORM: answered" once the server has answered the request that said it, or FORM and what went wrong.
"""
import ctypes
import os
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


def refused(text):
    """What lenient servers read, and this one does not."""
    with connect(80) as s:
        s.sendall(text)
        got = s.recv(100)
        assert got.startswith(b"HTTP/1.1 400"), got


def raw_hello(extensions, port=443):
    """A hello of these extensions, and whatever the server says to it."""
    body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + len(extensions).to_bytes(2, "big") + extensions
    message = b"\1" + len(body).to_bytes(3, "big") + body
    with connect(port) as s:
        s.sendall(b"\x16\3\1" + len(message).to_bytes(2, "big") + message)
        got = s.recv(100)
        assert got[:2] == b"\x15\3", got        # an alert


def odd_name(name, kind=0):
    entry = bytes([kind]) + len(name).to_bytes(2, "big") + name
    entries = len(entry).to_bytes(2, "big") + entry
    raw_hello(b"\0\0" + len(entries).to_bytes(2, "big") + entries)


class OpenSSL:
    """A session whose hello has an encrypted one in it, as it looks to a server without the key."""

    def __init__(self):
        self.lib = lib = ctypes.CDLL("libssl.so.3")
        for f in lib.TLS_client_method, lib.SSL_CTX_new, lib.SSL_new:
            f.restype = ctypes.c_void_p
        self.payload = ctypes.create_string_buffer(os.urandom(200), 200)
        add = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint,
                               ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_size_t), ctypes.c_void_p,
                               ctypes.c_size_t, ctypes.POINTER(ctypes.c_int), ctypes.c_void_p)

        def give(_ssl, _type, _context, out, length, *_):
            out[0], length[0] = ctypes.addressof(self.payload), 200
            return 1
        self.give = add(give)
        self.context = ctypes.c_void_p(lib.SSL_CTX_new(ctypes.c_void_p(lib.TLS_client_method())))
        if lib.SSL_CTX_add_custom_ext(self.context, 0xfe0d, 0x80, self.give, None, None, None, None) != 1:
            raise OSError("no such extension can be sent")

    def session(self, name, ask):
        with connect(443) as s:
            ssl_ = ctypes.c_void_p(self.lib.SSL_new(self.context))
            s.settimeout(None)
            self.lib.SSL_set_fd(ssl_, s.fileno())
            self.lib.SSL_ctrl(ssl_, 55, 0, name)        # SSL_CTRL_SET_TLSEXT_HOSTNAME
            assert self.lib.SSL_connect(ssl_) == 1, "no session"
            if not ask:
                return
            self.lib.SSL_write(ssl_, request(GOOD), len(request(GOOD)))
            got = ctypes.create_string_buffer(100)
            assert self.lib.SSL_read(ssl_, got, 100) > 0 and got.raw.startswith(b"HTTP/1.1 200"), got.raw


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
    "forwarded": lambda n: say(80, b"GET / HTTP/1.1\r\nHost: " + GOOD + b"\r\nX-Forwarded-Host: " + n + b"\r\n\r\n"),
    "forwardedby": lambda n: say(80, b"GET / HTTP/1.1\r\nForwarded: for=a;host=" + n + b"\r\nHost: " + GOOD + b"\r\n\r\n"),
    "leading": lambda n: refused(b" " + request(n)),
    "proxyline": lambda n: refused(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + request(n)),
    "proxybinary": lambda n: refused(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0" + request(n)),
    "oddnul": lambda n: odd_name(GOOD + b"\0." + n),
    "oddlong": lambda n: odd_name(n.rjust(260, b"a")),
    "oddtype": lambda n: odd_name(n, 1),
    "ech": lambda n: OpenSSL().session(GOOD, True),
    "echquits": lambda n: OpenSSL().session(GOOD, False),
}

for form in sys.argv[3:] or FORMS:
    try:
        FORMS[form](GOOD if suffix == "-" else f"{form}.{suffix}".encode())
        print(f"{form}: answered", flush=True)
    except (OSError, ssl.SSLError, AssertionError) as error:
        print(f"{form}: {error!r}", flush=True)
