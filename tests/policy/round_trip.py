#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""round_trip.py - a policy that another format can hold says the same when it comes back

Usage: round_trip.py FORMAT LEAST   in the top directory of the tree, with TCBOX

Each policy of tests/policy/*.json is exported with --strict. Those that are carried over as a whole are imported again, and all
their cases have to end as before. LEAST: so many policies have to be carried over. Prints what is wrong; the last line is a sum.
"""
import concurrent.futures
import glob
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import story  # noqa: E402 (after the line above)
from vectors import TCBOX, ends_as, judge  # noqa: E402


def there_and_back(form, policy, place):
    """the policy that comes back, None if it is not carried over as a whole, and what went wrong"""
    names = [os.path.join(place, name) for name in ("policy.json", "there", "back.json")]
    with open(names[0], "w") as f:
        f.write(policy if isinstance(policy, str) else json.dumps(policy))
    there = subprocess.run([TCBOX, "policy", "export", "--strict", "--to", form, "--output", names[1], names[0]], capture_output=True, text=True)
    if there.returncode:
        return None, None if there.returncode in (1, 2) else there.stderr
    back = subprocess.run([TCBOX, "policy", "import", "--strict", "--from", form, "--output", names[2], names[1]], capture_output=True, text=True)
    if back.returncode:
        return None, back.stderr
    with open(names[2]) as f:
        return f.read(), None


def try_one(form, vector):
    """(was it carried over, what went wrong)"""
    wrong = []
    with tempfile.TemporaryDirectory() as place:
        policy, problem = there_and_back(form, vector["policy"], place)
        if policy is None:
            return False, [problem] if problem else []
        for number, case in enumerate(vector["cases"]):
            bundle = story.write(case["acts"], f"{place}/{number}", case.get("run", {}))
            end = ends_as({"verdict": case["verdict"]}, judge(bundle, policy, place))
            if end:
                wrong.append(f"{case['what']}: {end}")
    return True, wrong


def main(form, least):
    vectors = []
    for path in sorted(glob.glob("tests/policy/*.json")):
        with open(path) as f:
            vectors += json.load(f)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() + 1) as pool:
        ends = list(pool.map(lambda v: try_one(form, v), vectors))
    wrong = 0
    for vector, (_, problems) in zip(vectors, ends):
        wrong += len(problems)
        for problem in problems:
            print(f"{vector['construct']}: {problem}")
    whole = sum(carried for carried, _ in ends)
    cases = sum(len(v["cases"]) for v, (carried, _) in zip(vectors, ends) if carried)
    print(f"{whole} of {len(vectors)} policies were carried over, with {cases} cases; {wrong} end in another way")
    sys.exit(bool(wrong) or whole < least)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
