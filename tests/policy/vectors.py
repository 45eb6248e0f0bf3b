#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""vectors.py - what each construct of tcbox-policy(5) means, and that each word of a rule counts

Usage: vectors.py [FILE...]   in the top directory of the tree, with TCBOX; by default tests/policy/*.json

README tells the form of the files. Each case becomes a bundle, which "tcbox check" compares with the policy. Then each word of
each policy is changed, one at a time: a changed policy with which all cases end as before is one that no case notices.
SHOW=1 prints those. Under a sanitizer (SAN) the changes are left out.
"""
import concurrent.futures
import copy
import glob
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import story  # noqa: E402
from changes import changes  # noqa: E402

TCBOX = os.environ.get("TCBOX", "build/cc-release/tcbox")
LEAST = 95  # per cent of the changes that have to be noticed
VERDICTS = {0: "conforms", 1: "violates", 2: "invalid", 3: "inconclusive"}
count = 0


def result(name, wrong):
    global count
    count += 1
    print(f"{'not ok' if wrong else 'ok'} {count} - {name}", flush=True)
    if wrong:
        print("".join(f"# {line}\n" for line in str(wrong).splitlines()), end="")


def judge(bundle, policy, place):
    """(verdict, codes of findings) of a bundle by a policy, as text or as an object"""
    path = os.path.join(place, "policy.json")
    with open(path, "w") as f:
        f.write(policy if isinstance(policy, str) else json.dumps(policy))
    done = subprocess.run([TCBOX, "check", "--format", "json", "--policy", path, bundle], capture_output=True, text=True)
    verdict = VERDICTS.get(done.returncode, f"exit status {done.returncode}")
    if verdict == "invalid" or not done.stdout:
        return verdict, done.stderr.strip().replace(path, "policy.json")
    found = json.loads(done.stdout)["findings"]
    return verdict, sorted({f["code"] for f in found if f["severity"] == "violation"})


def ends_as(case, got):
    if got[0] != case["verdict"]:
        return f"it {got[0]}, not {case['verdict']}: {got[1]}"
    if "findings" in case and sorted(case["findings"]) != got[1]:
        return f"the violations are {got[1]}, not {case['findings']}"
    return None


def notices(vector, bundles, policy):
    """does a case end in another way with the changed policy? None: it is no policy"""
    with tempfile.TemporaryDirectory() as place:
        for case, bundle in zip(vector["cases"], bundles):
            got = judge(bundle, policy, place)
            if got[0] == "invalid":
                return None
            if got[0] != case["verdict"]:
                return True
    return False


def run_cases(pool, vectors, top):
    work = []
    for v, vector in enumerate(vectors):
        vector["bundles"] = []
        for c, case in enumerate(vector["cases"]):
            place = f"{top}/{v}.{c}"
            os.mkdir(place)
            vector["bundles"].append(story.write(case["acts"], f"{place}/bundle", case.get("run", {})))
            work.append((f"{vector['construct']}: {case['what']}", case,
                         pool.submit(judge, vector["bundles"][-1], vector["policy"], place)))
    for name, case, got in work:
        result(name, ends_as(case, got.result()))


def run_changes(pool, vectors):
    work = []
    for vector in vectors:
        for what, policy in changes(copy.deepcopy(vector["policy"])):
            work.append((vector["construct"], what, pool.submit(notices, vector, vector["bundles"], policy)))
    ends = [(construct, what, got.result()) for construct, what, got in work]
    valid = [e for e in ends if e[2] is not None]
    missed = [e for e in valid if not e[2]]
    share = 100 * (len(valid) - len(missed)) / len(valid)
    text = f"of {len(valid)} changes of a rule, {len(valid) - len(missed)} change a verdict ({share:.1f} per cent; {LEAST} are needed)"
    lines = "\n".join(f"{construct}: {what}" for construct, what, _ in missed)
    result(text, lines or "none" if share < LEAST else None)
    if os.environ.get("SHOW"):
        print(lines)


def main(paths):
    vectors = []
    for path in paths or sorted(glob.glob("tests/policy/*.json")):
        with open(path) as f:
            vectors += json.load(f)
    with tempfile.TemporaryDirectory() as top, concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        run_cases(pool, vectors, top)
        if "san" not in os.environ.get("B", "").split("-"):
            run_changes(pool, vectors)
    print(f"1..{count}")


if __name__ == "__main__":
    main(sys.argv[1:])
