#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""validate.py - outputs are what the JSON Schemas say, and the schemas are what the sources say

Usage: validate.py [BUNDLE...]   in the top directory of the sources; TAP on standard output

Without arguments: the schemas, the stored expected reports, stored records, policies. With arguments: run.json, events.jsonl,
report.json, review.jsonl and notes.jsonl of those bundles, and attempts.jsonl, which tests put there (--events).
"""
import copy
import glob
import json
import os
import re
import sys

import jsonschema

sys.dont_write_bytecode = True
import policy_keys  # noqa: E402 (after the line above)

SCHEMAS = {n: f"doc/schema/tcbox-{n}-1.schema.json" for n in ("across", "attempt", "diff", "event", "note", "policy", "redacted", "report", "review", "run")}
FIELD_TYPES = {  # FLD_* and T_* of the sources, and what the schema says for them
    "STR": "string", "STRS": "array", "U64": "integer", "I64": "integer", "BOOL": "boolean", "ADDR": "$ref", "ADDRS": "array", "PAIRS": "object",
}
tests = failed = 0


def result(name, problem=None):
    global tests, failed
    tests += 1
    failed += problem is not None
    print(f"{'ok' if problem is None else 'not ok'} {tests} - {name}")
    for line in (problem or "").splitlines():
        print(f"# {line}")


def unique(pairs):
    """An object with no key twice: readers differ in which one they would believe."""
    d = dict(pairs)
    if len(d) != len(pairs):
        raise ValueError("a key appears twice")
    return d


def parse(text):
    def refuse(word):
        raise ValueError(f"{word} is not JSON")

    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


def problem(validator, value):
    """The deepest reason why a value is not valid; None if it is."""
    e = jsonschema.exceptions.best_match(validator.iter_errors(value))
    return e and f"{'/'.join(str(p) for p in e.absolute_path) or '(top)'}: {e.message}"[:400]


def event_problem(validators, value):
    """Judged by the definition of its kind, whose message is better than that of a failed oneOf."""
    kind = value.get("k") if isinstance(value, dict) else None
    return problem(validators.get(kind, validators[None]), value)


def check_text(name, validator, text):
    try:
        result(name, problem(validator, parse(text)))
    except ValueError as e:
        result(name, str(e))


def check_events(name, validators, text):
    for number, line in enumerate(text.splitlines(), 1):
        try:
            why = event_problem(validators, parse(line))
        except ValueError as e:
            why = str(e)
        if why:
            return result(name, f"line {number}: {why}")
    result(name)


def objects(schema, path=""):
    """Every place of a schema that describes an object."""
    if isinstance(schema, dict):
        if "properties" in schema or schema.get("type") == "object":
            yield path, schema
        for k, v in schema.items():
            yield from objects(v, f"{path}/{k}")
    elif isinstance(schema, list):
        for i, v in enumerate(schema):
            yield from objects(v, f"{path}/{i}")


def check_schema(name, schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    open_ended = [p for p, o in objects(schema) if "oneOf" not in o and o.get("additionalProperties") is not False]
    result(f"{name}: no object allows unknown members", "\n".join(open_ended) or None)
    silent = [f"{p}/{k}" for p, o in objects(schema) for k, v in o.get("properties", {}).items()
              if "description" not in v and "$ref" not in v and "const" not in v]
    result(f"{name}: every member is described", "\n".join(silent) or None)


def type_of(schema):
    if "$ref" in schema:
        return "$ref"
    return "boolean" if schema.get("const") is True else "integer" if isinstance(schema.get("const"), int) else schema["type"]


def compare_fields(name, schema, fields, extra):
    wanted = {key: FIELD_TYPES[t] for key, t in fields} | extra
    got = {key: type_of(s) if key not in extra else extra[key] for key, s in schema["properties"].items()}
    diff = [f"{k}: sources {wanted.get(k)}, schema {got.get(k)}" for k in sorted(wanted.keys() | got.keys()) if wanted.get(k) != got.get(k)]
    result(name, "\n".join(diff) or None)


def check_sources(schemas):
    """The tables in record/ that write the files name the same members as the schemas."""
    text = open("record/fields.c").read()
    tables = dict(re.findall(r"static const struct fld (\w+)\[\] = \{\n(.*?)\};", text, re.S))
    kinds = re.findall(r'\[EV_\w+\] = \{ "(\w+)", (\w+) \}', text)
    common = dict.fromkeys(("k", "src", "n", "t", "proc"), "")
    for kind, table in kinds:
        fields = re.findall(r'F\(\w+, FLD_(\w+), \w+, "(\w+)"\)', tables[table])
        compare_fields(f"events of kind {kind} have the members of record/fields.c", schemas["event"]["$defs"]["event_" + kind],
                       [(k, t) for t, k in fields], common)
    result("the schema has a definition for each kind", None if kinds and {"event_" + k for k, _ in kinds} ==
           {d for d in schemas["event"]["$defs"] if d.startswith("event_")} else str(kinds))
    check_members(schemas)


MEMBER_TYPES = {"STR": "string", "UINT": "integer", "INT": "integer", "BOOL": "boolean", "TIME": "string", "WORD": "string", "STRINGS": "array",
                "FILES": "array", "COUNTERS": "object"}


def check_members(schemas):
    """The table of bundle/members.c is what run.json and the run in report.json have."""
    rows = re.findall(r'\{ (?:ONE|MANY)\("(\w+)", M_(\w+), [\w, ]+\)(.*) \}', open("bundle/members.c").read())
    manifest = {key: MEMBER_TYPES[t] for key, t, _ in rows} | {key + "_ns": "integer" for key, t, _ in rows if t == "TIME"}
    compare_keys("run.json has the members of bundle/members.c", schemas["run"], manifest | {"tcbox_run": "integer", "state": "string"})
    report = {key: MEMBER_TYPES[t] for key, t, more in rows if "manifest_only" not in more}
    compare_keys("the run in report.json has the members of bundle/members.c", schemas["report"]["$defs"]["run"],
                 report | {"state": "string"})


def compare_keys(name, schema, wanted):
    def plain(s):
        kind = type_of(s)
        return next(t for t in kind if t != "null") if isinstance(kind, list) else kind
    got = {key: plain(s) for key, s in schema["properties"].items()}
    diff = [f"{k}: sources {wanted.get(k)}, schema {got.get(k)}" for k in sorted(wanted.keys() | got.keys()) if wanted.get(k) != got.get(k)]
    result(name, "\n".join(diff) or None)


def check_refusal(validator, report):
    """The control: the same report with one thing wrong is not valid."""
    faults = {
        "an unknown member": lambda r: r.update(extra=1),
        "an unknown member in a finding": lambda r: r["findings"][0].update(extra=1),
        "a missing member": lambda r: r["totals"].pop("packets"),
        "another verdict": lambda r: r.update(verdict="fine"),
        "a number as text": lambda r: r["findings"][0].update(count="3"),
    }
    for name, spoil in faults.items():
        bad = copy.deepcopy(report)
        spoil(bad)
        result(f"a report with {name} is refused", None if problem(validator, bad) else "it was accepted")


def without_comments(text):
    """A policy as JSON: no comments, no comma behind a last element. Strings stay as they are."""
    text = re.sub(r'("(?:[^"\\\\]|\\\\.)*")|//[^\n]*|/\*.*?\*/', lambda m: m.group(1) or " ", text, flags=re.S)
    return re.sub(r'("(?:[^"\\\\]|\\\\.)*")|,(?=\s*[\]}])', lambda m: m.group(1) or "", text)


def check_policies(schema, validator):
    """The tables in policy/ that read a policy say what the schema says, and policies are what both say."""
    for name, difference in policy_keys.differences(schema):
        result(f"{name}: the schema has the rows of policy/read.c", difference)
    for name, wanted in policy_keys.words().items():
        words = schema["$defs"][name]
        got = words.get("enum") or words["anyOf"][0]["enum"]
        result(f"{name}: the schema has the words of policy/", None if got == wanted else " ".join(sorted(set(got) ^ set(wanted))))
    paths = sorted(glob.glob("doc/examples/*.json") + glob.glob("tests/golden/*/policy.json"))
    for path in paths:
        check_text(path, validator, without_comments(open(path).read()))
    faults = {
        "a misspelt key": lambda p: p.update(conections=[]),
        "a misspelt key in a rule": lambda p: p["connections"][0].update(protocl="tcp"),
        "a rule that declares everything": lambda p: p["connections"].append({"id": "all", "why": "any", "required": True}),
        "a rule without an id": lambda p: p["listens"][0].pop("id"),
        "no version": lambda p: p.pop("tcbox_policy"),
        "a newer version": lambda p: p.update(tcbox_policy=2),
        "a port as text": lambda p: p["listens"][0]["ports"].append("443"),
        "port 65536": lambda p: p["listens"][0]["ports"].append(65536),
        "a protocol by a number that has a name": lambda p: p["listens"][0].update(protocol="ip-6"),
        "no ports instead of any": lambda p: p["listens"][0].update(ports=[]),
        "a path from nowhere": lambda p: p["executes"].append("bin/sh"),
        "a limit of nothing": lambda p: p["connections"][0]["limits"].update(bytes_in=0),
        "17 rates": lambda p: p["connections"][0]["limits"].update(rates=[{"every": f"{i}h", "requests": 1} for i in range(1, 18)]),
        "a rate of nothing": lambda p: p["connections"][0]["limits"].update(rates=[{"every": "1h"}]),
        "a rate in no time": lambda p: p["connections"][0]["limits"].update(rates=[{"every": "00s", "requests": 1}]),
        "no limit of each connection": lambda p: p["connections"][0]["limits"].update(each_connection={}),
        "no limit of each destination": lambda p: p["connections"][0]["limits"].update(each_destination={}),
        "a size of no unit": lambda p: p["connections"][0]["limits"].update(bytes_in="64"),
        "a level that is none": lambda p: p["undeclared"].update(names="error"),
        "system calls without allow": lambda p: p["syscalls"].pop("allow"),
    }
    example = parse(without_comments(open("doc/examples/agent.policy.json").read()))
    for name, spoil in faults.items():
        bad = copy.deepcopy(example)
        spoil(bad)
        result(f"a policy with {name} is refused", None if problem(validator, bad) else "it was accepted")


def check_bundle(path, validators, kinds):
    for name, schema in (("run.json", "run"), ("report.json", "report")):
        if os.path.exists(f"{path}/{name}"):
            check_text(f"{path}/{name}", validators[schema], open(f"{path}/{name}").read())
    for name, schema in (("review.jsonl", "review"), ("notes.jsonl", "note"), ("attempts.jsonl", "attempt")):
        if os.path.exists(f"{path}/{name}"):
            for number, line in enumerate(open(f"{path}/{name}"), 1):
                check_text(f"{path}/{name}:{number}", validators[schema], line)
    if os.path.exists(f"{path}/events.jsonl"):
        text = open(f"{path}/events.jsonl").read()
        check_events(f"{path}/events.jsonl", kinds, text[:text.rfind("\n") + 1])  # a last line that is cut off is no error


def main():
    schemas = {n: parse(open(p).read()) for n, p in SCHEMAS.items()}
    validators = {n: jsonschema.Draft202012Validator(s) for n, s in schemas.items()}
    defs = schemas["event"]["$defs"]
    kinds = {d[len("event_"):]: jsonschema.Draft202012Validator({"$ref": f"#/$defs/{d}", "$defs": defs}) for d in defs if d.startswith("event_")}
    kinds[None] = validators["event"]
    for bundle in sys.argv[1:]:
        check_bundle(bundle, validators, kinds)
    if not sys.argv[1:]:
        for name, schema in schemas.items():
            check_schema(SCHEMAS[name], schema)
        check_sources(schemas)
        reports = sorted(glob.glob("tests/unit/report/expect/*.json"))
        for path in reports:
            check_text(path, validators["report"], open(path).read())
        for path in sorted(glob.glob("tests/golden/diff/*.json")):
            kind = "across" if os.path.basename(path).startswith("across") else "diff"
            check_text(path, validators[kind], open(path).read())
        check_policies(schemas["policy"], validators["policy"])
        check_refusal(validators["report"], parse(open("tests/unit/report/expect/violates.json").read()))
        for path in ["tests/sample-bundle", *sorted(glob.glob("tests/golden/*/bundle"))]:
            check_bundle(path.rstrip("/"), validators, kinds)
    print(f"1..{tests}")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
