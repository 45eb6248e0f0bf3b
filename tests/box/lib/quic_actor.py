#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""quic_actor.py - say names over QUIC and by other ways to the address of a declared server

usage: quic_actor.py HOST NAME FORM...

Prints "FORM: done", or FORM and what went wrong. Nobody answers QUIC: what counts is what was said.
"""
import ctypes
import hashlib
import hmac
import socket
import ssl
import struct
import sys

host, name = sys.argv[1], sys.argv[2].encode()
crypto = ctypes.CDLL("libcrypto.so.3")
for f in crypto.EVP_CIPHER_CTX_new, crypto.EVP_aes_128_gcm, crypto.EVP_aes_128_ecb:
    f.restype = ctypes.c_void_p
VERSIONS = {1: ("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "quic", 0xc3),
            2: ("0dede3def700a6db819381be6e269dcbf9bd2ed9", "quicv2", 0xd3)}
WIRE = {1: 1, 2: 0x6b3343cf}


def expand(secret, label, size):
    """HKDF-Expand-Label: RFC 8446, 7.1"""
    label = b"tls13 " + label.encode()
    info = struct.pack(">HB", size, len(label)) + label + b"\0\1"
    return hmac.new(secret, info, hashlib.sha256).digest()[:size]


def encrypt(cipher, key, iv, data, aad=b"", tag=False):
    ctx = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    out, n, mark = ctypes.create_string_buffer(len(data) + 32), ctypes.c_int(), ctypes.create_string_buffer(16)
    assert crypto.EVP_EncryptInit_ex(ctx, ctypes.c_void_p(cipher()), None, key, iv) == 1
    crypto.EVP_CIPHER_CTX_set_padding(ctx, 0)
    if aad:
        assert crypto.EVP_EncryptUpdate(ctx, None, ctypes.byref(n), aad, len(aad)) == 1
    assert crypto.EVP_EncryptUpdate(ctx, out, ctypes.byref(n), data, len(data)) == 1
    result = out.raw[:n.value]
    if tag:
        assert crypto.EVP_EncryptFinal_ex(ctx, ctypes.create_string_buffer(16), ctypes.byref(n)) == 1
        assert crypto.EVP_CIPHER_CTX_ctrl(ctx, 0x10, 16, mark) == 1
        result += mark.raw
    crypto.EVP_CIPHER_CTX_free(ctx)
    return result


def initial(version, ident, number, frames, size=1160):
    """RFC 9001, 5; RFC 9369"""
    salt, word, first = VERSIONS[version]
    secret = hmac.new(bytes.fromhex(salt), ident, hashlib.sha256).digest()
    client = expand(secret, "client in", 32)
    key, iv, hp = expand(client, word + " key", 16), expand(client, word + " iv", 12), expand(client, word + " hp", 16)
    frames = frames.ljust(size, b"\0")
    head = bytes([first]) + struct.pack(">IB", WIRE[version], len(ident)) + ident + b"\0\0"
    head += struct.pack(">H", 0x4000 | (4 + len(frames) + 16)) + struct.pack(">I", number)
    nonce = bytes(a ^ b for a, b in zip(iv, number.to_bytes(12, "big")))
    body = encrypt(crypto.EVP_aes_128_gcm, key, nonce, frames, head, True)
    mask = encrypt(crypto.EVP_aes_128_ecb, hp, None, body[:16])
    head = bytes([head[0] ^ mask[0] & 15]) + head[1:-4] + bytes(a ^ b for a, b in zip(head[-4:], mask[1:5]))
    return head + body


def hello(sni):
    ext = b"\0\0" + struct.pack(">HHBH", len(sni) + 5, len(sni) + 3, 0, len(sni)) + sni + b"\0\x10\0\5\0\3\2h3"
    body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + struct.pack(">H", len(ext)) + ext
    return b"\1" + len(body).to_bytes(3, "big") + body


def part(message, at, end):
    return b"\6" + struct.pack(">HH", 0x4000 | at, 0x4000 | end - at) + message[at:end]


def peer():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect((socket.getaddrinfo(host, 443, socket.AF_INET)[0][4]))
    return s


def whole(version):
    message = hello(name)
    peer().send(initial(version, b"12345678", 0, part(message, 0, len(message))))


def pieces():
    """As Chromium does: out of order, over two datagrams."""
    message, s = hello(name), peer()
    end = len(message)
    s.send(initial(1, b"12345678", 1, part(message, 40, 50) + b"\1" + part(message, 10, 40)))
    s.send(initial(1, b"12345678", 2, part(message, 50, end) + part(message, 0, 10)))


def half():
    peer().send(initial(1, b"12345678", 0, part(hello(name), 0, 40)))


def second():
    """Two connections on one socket: the first is to the declared name."""
    s = peer()
    for ident, sni in (b"12345678", host.encode()), (b"abcdefgh", name):
        s.send(initial(1, ident, 0, part(hello(sni), 0, len(hello(sni)))))


def behind(*what):
    """A declared hello, and then what."""
    s = peer()
    s.send(initial(1, b"12345678", 0, part(hello(host.encode()), 0, len(hello(host.encode())))))
    for data in what:
        s.send(data)


def long_one():
    """In fragments."""
    behind(initial(1, b"abcdefgh", 0, part(hello(name), 0, len(hello(name))), 4900))


def draft():
    data = initial(1, b"abcdefgh", 0, part(hello(name), 0, len(hello(name))))
    behind(data[:1] + struct.pack(">I", 0xff00001d) + data[5:])


def no_name():
    context = ssl.create_default_context()
    context.check_hostname = False
    with context.wrap_socket(socket.create_connection((host, 443), timeout=20)) as t:
        t.sendall(b"GET / HTTP/1.1\r\nHost: " + name + b"\r\n\r\n")
        assert t.recv(100).startswith(b"HTTP/1.1 200")


def tcp(address, port=443, local=0):
    s = socket.socket(socket.AF_INET)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.settimeout(20)
    s.bind(("", local))
    s.connect((address, port))
    s.sendall(b"\1\2\3")
    return s


def again():
    """A port of the box that an honest connection had leads elsewhere."""
    s = tcp(host)
    local = s.getsockname()[1]
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()
    tcp("203.0.113.9", local=local)


def both():
    """UDP to where only TCP is declared, from the same port of the box."""
    s = tcp(host)
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind(("", s.getsockname()[1]))
    assert u.sendto(b"\1\2\3", s.getpeername()) == 3


def zone():
    """An address that has a meaning on the link only."""
    s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    index = socket.if_nametoindex([n for _, n in socket.if_nameindex() if n != "lo"][0])
    assert s.sendto(b"\1\2\3", ("ff02::1234", 443, 0, index)) == 3


def empty(count):
    """Datagrams of no bytes: each has 28 of headers, some of which the sender chooses."""
    s = peer()
    for _ in range(count):
        assert s.send(b"") == 0


FORMS = {"few": lambda: empty(10), "many": lambda: empty(100), "quic": lambda: whole(1), "quicv2": lambda: whole(2), "quicpieces": pieces, "quichalf": half,
         "quicsecond": second, "quicalone": behind, "quiclong": long_one, "quicdraft": draft,
         "noname": no_name, "again": again, "both": both, "zone": zone,
         "plain": lambda: tcp(host)}

for form in sys.argv[3:]:
    try:
        FORMS[form]()
        print(f"{form}: done", flush=True)
    except (OSError, AssertionError) as error:
        print(f"{form}: {error!r}", flush=True)
