# SPDX-License-Identifier: Apache-2.0
"""measure.py - take turns, medians and quartiles, one JSON line for each item, a table at the end

The machine's noise is larger than many differences. So the sides take turns (A B C A B C ...), each figure is a median with its
quartiles, and what counts is the ratio to a peer in the same run.
"""
import json
import os
import platform
import statistics
import subprocess
import sys
import time

QUICK = os.environ.get("BENCH_QUICK", "") not in ("", "0")
MINUTE = 60
rows = []


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Failed(Exception):
    """A side could not be measured."""


def run(argv, ok=(0,), cwd=None, limit=MINUTE):
    """Run to the end. Return: seconds, standard output, standard error, peak memory of a child so far in MiB."""
    start = time.perf_counter()
    try:
        p = subprocess.run(argv, cwd=cwd, capture_output=True, timeout=limit, check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise Failed(str(e)) from e
    seconds = time.perf_counter() - start
    out, err = p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")
    if p.returncode not in ok:
        raise Failed(f"{' '.join(argv[:4])} ... ended with {p.returncode}: {err.strip()[-300:]}")
    return seconds, out, err


def interleave(sides, rounds, seconds):
    """Call each side in turn. A side is a function that returns its figure; one that fails drops out, with a message.

    Ends after that many rounds or seconds, whichever is first, but not before two rounds. Return: {name: [figure, ...]}
    """
    values = {name: [] for name in sides}
    end = time.monotonic() + seconds / (4 if QUICK else 1)
    rounds = max(2, rounds // 4) if QUICK else rounds
    for n in range(rounds):
        if n >= 2 and time.monotonic() > end:
            break
        for name in list(values):
            try:
                values[name].append(sides[name]())
            except Failed as e:
                say(f"{name}: skipped: {e}")
                del values[name]
    return values


def spread(values):
    """Median, lower and upper quartile."""
    if len(values) == 1:
        return values[0], values[0], values[0]
    q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
    return median, q1, q3


def three(x):
    """A number with three figures."""
    return float(f"{x:.3g}") if abs(x) < 1000 else round(x)


def result(item, unit, values, peer, budget=None, **more):
    """Print and keep one item: values are {side: [figure, ...]}; ratios are to the peer's median."""
    sides, load = {}, os.getloadavg()[0]
    base = statistics.median(values[peer]) if values.get(peer) else None
    for side, v in values.items():
        if not v:
            continue
        median, q1, q3 = (three(x) for x in spread(v))
        sides[side] = {"median": median, "q1": q1, "q3": q3, "n": len(v)}
        if base and side != peer:
            sides[side]["ratio"] = three(statistics.median(v) / base)
        rows.append((item, side, unit, sides[side], peer if base else "", budget if side.startswith("tcbox") else None))
        item_more = {k: v for k, v in more.items() if v is not None}
    if not sides:
        return
    line = {"bench": item, "unit": unit, "peer": peer, "sides": sides}
    if budget:
        line["budget"] = budget
    line.update(item_more)
    line.update(machine=platform.machine(), kernel=platform.release(), cores=os.cpu_count(), load=three(load))
    print(json.dumps(line), flush=True)
    for key, value in item_more.items():
        rows.append((item, f"  {key}: {value}", None, None, None, None))


def table():
    print(f"\n{platform.node()}: {platform.machine()}, Linux {platform.release()}, {os.cpu_count()} cores, load "
          + " ".join(f"{x:.1f}" for x in os.getloadavg()) + "; median (quartiles)")
    last = None
    for item, side, unit, s, peer, budget in rows:
        if item != last:
            print(f"\n{item}")
        last = item
        if s is None:
            print(f"  {side}")
            continue
        ratio = f"{s['ratio']:>8} x {peer}" if "ratio" in s else ""
        print(f"  {side:<28}{s['median']:>10} {unit:<6} ({s['q1']} .. {s['q3']}, n {s['n']}){'':<2}{ratio}"
              + (f"   budget {budget}" if budget else ""))
