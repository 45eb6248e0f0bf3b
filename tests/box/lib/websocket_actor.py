#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""websocket_actor.py - a WebSocket in TLS: the answer to its key, a message, a ping, the end"""
import base64
import hashlib
import os
import socket
import ssl

s = ssl.create_default_context().wrap_socket(socket.create_connection(("chat.web.example", 443), timeout=20),
                                             server_hostname="chat.web.example")
key = base64.b64encode(os.urandom(16)).decode()
s.sendall(f"GET /chat HTTP/1.1\r\nHost: chat.web.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
head = b""
while not head.endswith(b"\r\n\r\n"):
    head += s.recv(1)
accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
assert head.startswith(b"HTTP/1.1 101 ") and b"Sec-WebSocket-Accept: " + accept + b"\r\n" in head, head
s.sendall(b"\x81\xfe\x03\xe8" + bytes(4) + b"m" * 1000 + b"\x89\x82" + bytes(4) + b"hi")
got = b""
while len(got) < 4:
    got += s.recv(100)
assert got == b"\x8a\x02hi", got
s.sendall(b"\x88\x82" + bytes(4) + b"\x03\xe8")
got = b""
while len(got) < 4:
    got += s.recv(100)
assert got == b"\x88\x02\x03\xe8", got
print("websocket: answered")
