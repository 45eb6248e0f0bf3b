# SPDX-License-Identifier: Apache-2.0
"""bundles.py - bundles for the tests of the page: a story with some of everything, a hostile one, one with many flows

They are made of the same parts as the golden cases, in a directory that the test removes.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
import cases  # noqa: E402 pylint: disable=wrong-import-position

# Each runs in a browser that makes markup, an address or a script of it: then window.hit is set.
HOSTILE = [
    "<script>window.hit=1</script>", "</script><script>window.hit=1</script>", "<img src=x onerror=window.hit=1>",
    "\"><svg onload=window.hit=1>", "' onmouseover='window.hit=1' autofocus onfocus='window.hit=1", "javascript:window.hit=1",
    "</style><script>window.hit=1</script>", "<style>*{display:none}</style>", "--><script>window.hit=1</script>", "<!--", "]]>",
    "</title><script>window.hit=1</script>", "</textarea></select></template><script>window.hit=1</script>",
    "<iframe srcdoc='<script>parent.hit=1</script>'>", "<a href=javascript:window.hit=1>x</a>", "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=data:text/html,<script>1</script>'>", "<link rel=stylesheet href=//evil.example/x.css>",
    "<form action=//evil.example><button>go</button></form>", "<object data=//evil.example></object>",
    "&lt;script&gt;window.hit=1&lt;/script&gt;", "\\u003cscript\\u003ewindow.hit=1", "${window.hit=1}", "{{window.hit=1}}", "`;window.hit=1;`",
    "\";window.hit=1;//", "__proto__", "constructor", "toString", "NaN", "\x1b[2J\x1b]0;hit\x07", "\u202egnp.exe", "a\u200bb\u2066c",
    "x\nCONFORMS\n", "\ufeff", "\U000e0041tag", "a" * 3000, "\udcff", "\x00".replace("\x00", "\x01"), "<noscript><p title=\"</noscript><img src=x onerror=window.hit=1>\">",
]


def plain(text):
    """As JSON can say it: a byte that is not UTF-8 as the record has it."""
    return "".join(f"\\x{ord(c) - 0xdc00:02x}" if 0xdc80 <= ord(c) <= 0xdcff else "\\\\" if c == "\\" else c for c in text)


def write(case, path):
    """A bundle, and its policy in it. Return the path."""
    os.makedirs(path)
    policy = json.dumps(case.policy)
    if case.run["has_policy"]:
        case.run["policy_sha256"] = cases.sha(policy)
        with open(f"{path}/policy.json", "w", encoding="utf-8") as f:
            f.write(policy)
    with open(f"{path}/run.json", "w", encoding="utf-8") as f:
        json.dump(case.run, f)
    with open(f"{path}/events.jsonl", "w", encoding="utf-8") as f:
        f.writelines(json.dumps(e, separators=(",", ":")) + "\n" for e in case.events)
    with open(f"{path}/capture.pcapng", "wb") as f:
        f.write(cases.PCAPNG)
    return path


def note(path, notes):
    """What examiners noted: times after 2026-11-24T09:20:0, who, what. Return the path."""
    with open(f"{path}/notes.jsonl", "w", encoding="utf-8") as f:
        f.writelines(json.dumps({"time": f"2026-11-24T09:20:0{t}Z", "examiner": plain(who), "text": plain(text)}) + "\n" for t, who, text in notes)
    return path


def story(path):
    """Some of everything: declared and not, files, calls, listeners, children."""
    c = cases.Case("story", "").works()
    c.lookup(2, "stranger.example", "198.18.9.9")
    c.tls(2, "198.18.9.9", "stranger.example", out=70000)
    c.tls(2, "198.18.3.7", cases.UPDATES, port=8443)
    for i in range(60):
        c.spawn(10 + i, 2, "/usr/bin/curl", f"http://203.0.113.{i}/")
        local = c.sock(10 + i, "connect", "tcp", f"203.0.113.{i}:80")
        c.flow(local, f"203.0.113.{i}:80", app="http", http_host=f"203.0.113.{i}", pkts=8, out=90 + i, inn=300)
        c.add("exit", "box", 10 + i, known=True)
    c.add("file", "box", 2, op="create", path="/etc/cron.d/acme", outcome="allowed")
    c.add("sock", "box", 2, call="listen", proto="tcp", local="0.0.0.0:8080", outcome="allowed")
    c.add("call", "box", 2, call="mount", abi="x86_64", group="mount", outcome="denied", error="EPERM", undeclared=True)
    c.add("change", "disk", op="changed", path="/etc/passwd", type="file", size=1200, sha256=cases.sha("x"))
    return note(write(c.finish(), path), [("0.050000000", "ann", "pressed the button"), ("9.000000000", "ann", "it still blinks")])


def killed(path):
    """The run was killed: how one conversation went on was not recorded."""
    c = cases.Case("killed", "").works()
    local = c.sock(2, "connect", "tcp", "203.0.113.7:80")
    c.add("flow", "net", id=c.flows + 1, proto="tcp", local=local, remote="203.0.113.7:80", first=c.t, last=c.t, pkts_out=1,
          pkt_first=c.packets + 1, pkt_last=c.packets + 1)
    c.flows += 1
    return write(c.finish(), path)


def unjudged(path):
    """A run without a policy, of a product that did not end well."""
    c = cases.Case("unjudged", "").works()
    c.lookup(2, HOSTILE[0] + ".example", "198.18.9.9")
    c.tls(2, "198.18.9.9", "stranger.example", out=70000)
    c.run.update(has_policy=False, exit_code=23)
    del c.run["policy_path"]
    return write(c.finish(), path)


def clean(path):
    return write(cases.Case("clean", "").works().finish(), path)


def hostile(path):
    """Everything that a product can choose is one of HOSTILE."""
    c = cases.Case("hostile", "").works()
    c.run["argv"] = [cases.AGENT, *map(plain, HOSTILE)]
    c.policy["product"] = {"vendor": HOSTILE[2], "name": HOSTILE[1], "version": HOSTILE[5]}
    c.policy["connections"] += [{"id": f"r{i}", "why": text, "to": ["x.example"], "protocol": "tcp", "ports": [1]} for i, text in enumerate(HOSTILE[:30])]
    c.policy["executes"] += [f"/opt/{text}" for text in HOSTILE[:10]]
    for i, text in enumerate(map(plain, HOSTILE)):
        proc = 100 + i
        c.spawn(proc, 2, f"/opt/{text}", text)
        c.lookup(proc, f"{text}.example", f"198.18.20.{i}")
        c.tls(proc, f"198.18.20.{i}", f"{text}.example", sni=text, app_detail=text)
        local = c.sock(proc, "connect", "tcp", f"203.0.113.{i}:80")
        c.flow(local, f"203.0.113.{i}:80", app="http", http_host=text)
        c.add("file", "box", proc, op="create", path=f"/tmp/{text}", outcome="allowed")
        c.add("call", "box", proc, call="mount", abi="x86_64", group="mount", outcome="denied", error="EPERM", detail=text, undeclared=True)
        c.add("change", "disk", op="created", path=f"/tmp/{text}", type="link", target=text, size=1)
    return note(write(c.finish(), path), [("0.050000000", text[:200], text) for text in HOSTILE])


def many(path, flows):
    """A product with many conversations: a thousand names, ports and sizes of all kinds, half of it declared."""
    c = cases.Case("many", "").works()
    c.policy["connections"][0] |= {"to": [cases.UPDATES, "*.acme.example"], "ports": [443, 80], "limits": {}}
    c.t += 1
    step = 600 * 1000000000 // flows
    for i in range(flows):
        salt = i * 2654435761 % 4294967296
        net = salt % 1000
        name = f"h{net}.acme.example" if net % 2 else f"n{net}.stranger.example"
        port = 443 if net % 3 else 80
        addr = f"198.18.{32 + net // 250}.{net % 250}"
        local = f"198.19.255.2:{1024 + i % 60000}"
        c.t = 200 * 1000000 + i * step
        c.add("sock", "box", 2, call="connect", proto="tcp", local=local, remote=f"{addr}:{port}", outcome="allowed", cookie=i + 10)
        c.add("flow", "net", id=c.flows + i + 1, end=True, proto="tcp", local=local, remote=f"{addr}:{port}", first=c.t,
              last=c.t + salt % 900000000, pkts_out=8, pkts_in=8, bytes_out=200 + salt % 9000, bytes_in=salt % 90000,
              pkt_first=c.packets + 1, pkt_last=c.packets + 16, state="fin", app="tls", sni=name, tls_version="1.3", names=[name])
        c.packets += 16
    c.flows += flows
    return write(c.finish(), path)
