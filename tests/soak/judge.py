# SPDX-License-Identifier: Apache-2.0
"""judge.py - what must hold of a run and its bundle, whatever happened to it

The product did only what the policy declares, so no report may accuse it. A report that says "conforms" must have seen all
that the product says it did: every datagram in the capture, every connection and every lookup in the record.
"""
import json
import os
import re
import struct
import subprocess

PRODUCERS = {"run", "box", "net", "capture", "lab"}
ENHANCED_PACKET = 6
REPORT_S = 60


def blocks(data):
    """Types of a pcapng file's blocks; raises ValueError where it breaks off."""
    at = 0
    while at < len(data):
        if len(data) - at < 12:
            raise ValueError(f"cut off at {at}")
        kind, length = struct.unpack_from("<II", data, at)
        if length < 12 or length % 4 or length > len(data) - at or struct.unpack_from("<I", data, at + length - 4)[0] != length:
            raise ValueError(f"no block at {at}")
        yield kind
        at += length


class Bundle:
    def __init__(self, path):
        self.path = path
        self.manifest = json.loads(self.bytes("run.json")) if self.has("run.json") else None
        self.state = self.manifest["state"] if self.manifest else None
        self.lines = self.bytes("events.jsonl").split(b"\n") if self.has("events.jsonl") else []
        self.cut = bool(self.lines) and self.lines.pop() != b""

    def has(self, name):
        return os.path.isfile(os.path.join(self.path, name))

    def bytes(self, name):
        with open(os.path.join(self.path, name), "rb") as file:
            return file.read()

    def events(self):
        return [json.loads(line) for line in self.lines]


def report(tcbox, path):
    done = subprocess.run([tcbox, "report", "--format", "json", path], capture_output=True, timeout=REPORT_S, check=False)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def whole_record(bundle, trouble, events):
    """A run that was recorded to its end."""
    numbers = {}
    for e in events:
        if e["n"] != numbers.get(e["src"], 0) + 1:
            trouble.append(f"event {e['n']} of {e['src']} comes after {numbers.get(e['src'], 0)}")
            break
        numbers[e["src"]] = e["n"]
    if not events or events[-1]["src"] != "run" or not events[-1].get("final"):
        trouble.append("complete, and the record has no end")
    left = set(os.listdir(bundle.path)) - {"run.json", "events.jsonl", "events.chain", "capture.pcapng", "policy.json", "report.json", "report.html", "stdout.log",
                                           "stderr.log"}
    if left:
        trouble.append(f"left in the bundle: {left}")


def all_seen(bundle, trouble, events, act):
    """A report that says "conforms": nothing was lost, and everything that the product told of was seen."""
    if bundle.state != "complete" or bundle.cut or bundle.manifest["degraded"]:
        trouble.append(f"conforms, and is {bundle.state}, cut: {bundle.cut}, degraded: {bundle.manifest['degraded']}")
    if any(e["k"] == "loss" for e in events):
        trouble.append("conforms after a loss")
    ended = {e["src"] for e in events if e["k"] == "counters" and e.get("final")}
    wanted = PRODUCERS - ({"lab"} if bundle.manifest["net"] == "none" else set())
    if wanted - ended:
        trouble.append(f"conforms, and {wanted - ended} did not end")
    capture = bundle.bytes("capture.pcapng")
    try:
        packets = sum(kind == ENHANCED_PACKET for kind in blocks(capture))
    except ValueError as error:
        trouble.append(f"conforms, and the capture is {error}")
        return
    if packets != bundle.manifest["counters"]["capture.packets_captured"]:
        trouble.append(f"conforms, and the capture has {packets} packets")
    told = [] if act.tampers and act.file == "stdout.log" else bundle.bytes("stdout.log").decode().splitlines()
    told = [line.split() for line in told if line != "done"]
    sent = set(re.findall(rb"SOAK(\d{8})", capture))
    ports = {e["remote"].rpartition(":")[2] for e in events if e["k"] == "sock" and e.get("remote")}
    names = {e["name"] for e in events if e["k"] == "lookup" and e["src"] == "net"}
    for what, number in told:
        seen = {"u": f"{int(number):08}".encode() in sent, "t": str(20000 + int(number) % 1000) in ports,
                "n": f"s{number}.soak.example" in names}[what]
        if not seen:
            trouble.append(f"conforms, and \"{what} {number}\" was not seen")


def status_fits(r, bundle, verdict):
    status = r.status
    if r.late and status == 125 or r.act.control and verdict != ("conforms" if bundle.manifest["has_policy"] else "inconclusive"):
        r.trouble.append(f"nothing happened, and {verdict}")
    if status is not None and status < 0:
        if not r.act.kills_tcbox:
            r.trouble.append(f"tcbox was killed by signal {-status}")
        return
    good = {0: verdict == "conforms", 1: verdict == "violates", 3: verdict == "inconclusive", 125: True}.get(status, False)
    if status in (0, 1, 3):
        good = good and bundle.state == "complete" and bundle.has("report.json")
    elif status == 125 and bundle.state == "complete" and not r.act.disk:
        good = False
    if not good and not r.act.tampers:
        r.trouble.append(f"exit status {status}, state {bundle.state}, verdict {verdict}, report {bundle.has('report.json')}")


def no_bundle(r, text):
    r.outcome = f"no bundle, {r.status}"
    if r.status in (0, 1, 3) and not r.act.tampers:		# it may have been removed at the last moment
        r.trouble.append(f"exit status {r.status}, and there is no bundle: {text}")
    elif r.status == 125 and not r.log_text and "RLIMIT_FSIZE" not in str(r.act):	# standard error is a file
        r.trouble.append("exit status 125 without a word")


def judge(r, tcbox):
    r.log.seek(0)
    r.log_text = r.log.read().decode(errors="replace") or ("on the terminal" if r.act.terminal else "")
    if os.path.isdir(r.bundle + ".elsewhere"):
        r.bundle += ".elsewhere"
    try:
        judge_bundle(r, tcbox)
    except (ValueError, KeyError, TypeError) as error:
        r.outcome = "unreadable"
        r.trouble.append(f"{type(error).__name__}: {error}")
    if r.trouble:
        r.trouble.append(f"exit status {r.status}\n{r.log_text}")


def judge_bundle(r, tcbox):
    bundle = Bundle(r.bundle) if os.path.isdir(r.bundle) else None
    if not bundle or not bundle.manifest:
        code, _, text = report(tcbox, r.bundle)
        no_bundle(r, text)
        if code != 2 or not text:	# as for any path that is no bundle
            r.trouble.append(f"tcbox report of no bundle: {code} {text}")
        return
    code, text, said = report(tcbox, r.bundle)
    if code:
        r.outcome = "unreadable"
        r.trouble.append(f"tcbox report: {code} {said}")
        return
    verdict = json.loads(text)["verdict"]
    r.outcome = f"{bundle.state} and {verdict}, {r.status}"
    events = bundle.events() if not r.act.tampers or verdict == "conforms" else []
    if verdict == "violates":
        r.trouble.append("accuses falsely: " + ", ".join(f"{f['code']} {f['observed']}" for f in json.loads(text)["findings"]
                                                        if f["severity"] == "violation"))
    if bundle.state != "complete" and (verdict != "inconclusive" or bundle.has("report.json")):
        r.trouble.append(f"{bundle.state}, and {verdict}, or there is a report.json")
    if bundle.state == "complete" and not r.act.tampers:
        whole_record(bundle, r.trouble, events)
    if verdict == "conforms":
        all_seen(bundle, r.trouble, events, r.act)
    if bundle.has("report.json") and not r.act.tampers and bundle.bytes("report.json") != text:
        r.trouble.append("report.json is not what tcbox report says")
    status_fits(r, bundle, verdict)
