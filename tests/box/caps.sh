#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# caps.sh - what is undeclared at the edges of tables and buffers: just within, at the edge and beyond, it is found, or the run is
# inconclusive
# shellcheck disable=SC1091,SC2154 # variables come from box.sh
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/box/lib/box.sh
. "$here/lib/box.sh"

cat >"$dir/policy.json" <<'END'
{ "tcbox_policy": 1, "executes": ["/**"], "names": ["h.ok.example", "*.t.ok.example"],
	"connections": [{ "id": "server", "to": ["h.ok.example", "*.t.ok.example"], "ports": [53, 80, 443, 7777] }],
	"listens": [{ "id": "own", "on": "loopback", "ports": ["2000-20000"] }], "files": { "write": ["/tmp/ok/**", "/tmp/ok"] }, "undeclared": { "connections": "violation", "names": "violation", "files": "violation", "listens": "violation" } }
END
cat >"$work/caps.py" <<'END'
import os, socket, struct, sys, threading, time
act, size, bad = sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "stranger.example"
def tcp(port=80):
    s = socket.create_connection(("h.ok.example", port))
    s.settimeout(20)
    return s
def answer(s):
    """How the server answered a request; "": it has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = s.recv(65536)
        if not more:
            break
        data += more
    return data.partition(b"\r\n")[0].decode()
def http(head):
    s = tcp()
    s.sendall(head)
    print("sent", size, answer(s))
def names():
    """So many names in one conversation, the last one is the bad one."""
    s = tcp()
    for i in range(size):
        name = bad if i == size - 1 else f"n{i}.t.ok.example"
        s.sendall(f"HEAD / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        answer(s)
    print("sent", size)
def hostlast():
    """The host stands at the end of a head of this size."""
    end = f"\r\nHost: {bad}\r\n\r\n".encode()
    head = b"GET / HTTP/1.1"
    while len(head) + len(end) < size:
        fill = b"\r\nX-Fill: "
        n = min(4000, size - len(end) - len(head) - len(fill))
        head += fill + b"x" * n if n >= 0 else b"x" * (size - len(end) - len(head))
    http(head + end)
def hosttwice():
    """The same, and a good one stands at its beginning."""
    end = f"\r\nHost: {bad}\r\n\r\n".encode()
    head = b"GET / HTTP/1.1\r\nHost: h.ok.example"
    while len(head) + len(end) < size:
        fill = b"\r\nX-Fill: "
        n = min(4000, max(0, size - len(end) - len(head) - len(fill)))
        head += fill + b"x" * n
    http(head + end)
def hostline():
    """The line of the host is so long, and the bad one is at its end."""
    line = b"Host: h.ok.example"
    line += b" " * (size - len(line) - len(bad)) + bad.encode()
    http(b"GET / HTTP/1.1\r\n" + line + b"\r\n\r\n")
def target():
    """A request line of this size."""
    line = f"GET http://{bad}/".encode()
    line += b"x" * (size - len(line) - len(" HTTP/1.1")) + b" HTTP/1.1"
    http(line + b"\r\nHost: h.ok.example\r\n\r\n")
def hello():
    """A TLS hello of this size, with the name at its end, in records of 16384 bytes at most."""
    name = struct.pack(">HHHBH", 0, len(bad) + 5, len(bad) + 3, 0, len(bad)) + bad.encode()
    front = b"\x03\x03" + bytes(32) + b"\0" + b"\0\2\xc0\x2b" + b"\1\0"
    pad = size - 4 - len(front) - 2 - len(name) - 4
    extensions = struct.pack(">HH", 21, pad) + bytes(pad) + name
    message = front + struct.pack(">H", len(extensions)) + extensions
    message = b"\1" + len(message).to_bytes(3, "big") + message
    assert len(message) == size
    s = tcp(443)
    for at in range(0, size, 16384):
        piece = message[at:at + 16384]
        s.sendall(b"\x16\3\1" + len(piece).to_bytes(2, "big") + piece)
    s.recv(100)
    print("sent", size)
def query():
    """A query of this size over TCP, filled up with padding (RFC 7830)."""
    q = b"\x12\x34\1\0\0\1\0\0\0\0\0\1" + b"".join(bytes([len(l)]) + l for l in bad.encode().split(b".")) + b"\0\0\1\0\1"
    q += b"\0\0\x29\x10\0\0\0\0\0" + struct.pack(">HHH", size - len(q) - 15, 12, size - len(q) - 15) if size > len(q) + 15 else b""
    q = q[:size] + bytes(size - len(q))
    s = tcp(7777)
    s.sendall(len(q).to_bytes(2, "big") + q)
    s.settimeout(0.5)
    try:
        s.recv(100)
    except TimeoutError:
        pass
    print("sent", len(q))
def together(todo):
    start = threading.Barrier(size)
    def one(i):
        start.wait()
        todo(i)
    threads = [threading.Thread(target=one, args=(i,)) for i in range(size)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print("sent", size)
def files():
    """So many threads make a file at once, the last one a bad one."""
    os.makedirs("/tmp/ok", exist_ok=True)
    together(lambda i: open(bad if i == size - 1 else f"/tmp/ok/{i}", "w").close())
def sockets():
    """So many sockets send at once from ports that the kernel chooses."""
    to = [(socket.gethostbyname("h.ok.example"), 7777)] * (size - 1) + [(bad, 9)]
    all = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(size)]
    together(lambda i: all[i].sendto(b"\1\2x", to[i]))
def sends():
    """So many calls on one port, the first one to the bad one: who looks for its caller looks at the others."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("", 21000))
    there = socket.gethostbyname("h.ok.example")
    s.sendto(b"\1\2x", (bad, 7777))
    for i in range(size):
        s.sendto(b"\1\2x", (there, 7777))
    print("sent", size)
def connections(port):
    """So many connections ask for a name each, at port 53 for a part of it first; the first one for the bad one."""
    def text(name):
        q = b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + b"".join(bytes([len(l)]) + l for l in name.encode().split(b".")) + b"\0\0\1\0\1"
        return len(q).to_bytes(2, "big") + q
    all = [(tcp(port), text(f"n{i}.t.ok.example" if i else bad)) for i in range(size)]
    first = 16 if port == 53 else 600
    for s, q in all:
        s.sendall(q[:first])
    for s, q in all:
        s.sendall(q[first:])
    for s, q in all:
        s.recv(100)
    print("sent", size)
def listeners():
    """So many sockets listen at once: a table of descriptors has 1024 as a rule."""
    hold, done = os.pipe(), os.pipe()
    for first in range(0, size, 800):
        if os.fork() == 0:
            os.close(hold[1])
            all = [socket.create_server(("127.0.0.1", 2000 + i)) for i in range(first, min(size, first + 800))]
            os.write(done[1], bytes(len(all)))
            os.read(hold[0], 1)
            os._exit(0)
    n = 0
    while n < size:
        n += len(os.read(done[0], size))
    # The tables are looked at twice a second, but not before 20 times what the last look took are over.
    began = time.monotonic()
    with open("/proc/net/tcp", "rb") as table:
        table.read()
    time.sleep(0.7 + 40 * (time.monotonic() - began))
    print("sent", n)
if act.startswith("connections"):
    connections(int(act.removeprefix("connections")))
else:
    globals()[act]()
END
# at ACT EDGE CONTROL [BAD]: just within, at the edge, beyond; and just within if what is said is declared; "-": no control
at() {
	for size in $(($2 - 1)) "$2" $(($2 + 1)); do
		run "1 3" "$1 $size" --policy "$dir/policy.json" -- /usr/bin/python3 caps.py "$1" "$size" ${4+"$4"}
		says "$name: it was done" "$out" "sent $size"
	done
	[ "$3" = - ] || run 0 "control: $1" --policy "$dir/policy.json" -- /usr/bin/python3 caps.py "$1" $(($2 - 1)) "$3"
}
at names 256 h.ok.example
at hostlast 16384 h.ok.example
at hostlast 65536 -
at hosttwice 65536 -
at hostline 8192 -
at target 8191 h.ok.example
at hello 16384 h.ok.example
at query 4096 -
at files 64 /tmp/ok/last /tmp/bad
at sockets 256 - 203.0.113.9
at sends 4096 - 203.0.113.9
at connections53 256 h.ok.example
at connections7777 256 h.ok.example
# Ports of the kernel's tables: the control is the edge itself.
for size in 16384 16385; do
	run $((size > 16384 ? 3 : 0)) "listeners $size" --policy "$dir/policy.json" -- /usr/bin/python3 caps.py listeners $size
	says "$name: it was done" "$out" "sent $size"
done
finish
