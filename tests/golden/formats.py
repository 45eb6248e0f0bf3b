#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""formats.py - do other programs read what tcbox wrote for them, and is it all there?

Usage: formats.py bundles DIR               makes the bundles of the page's tests there
       formats.py sarif|junit|csv JSON FILE FILE against the JSON report of the same bundle
       formats.py table JSON FILE SECTION   a table of facts
"""
import csv
import json
import os
import sys
import xml.etree.ElementTree as ET

LEVELS = {"violation": "error", "warning": "warning", "info": "note"}
TABLES = {"destinations": "host", "names": "name", "listeners": "address", "programs": "program", "files": "path", "calls": "call"}


def closed(properties, required):
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def sarif_schema():
    """Those objects of SARIF 2.1.0 that are used, each with the members that the standard demands and no other."""
    text, count = {"type": "string"}, {"type": "integer", "minimum": 0}
    message = closed({"text": {"type": "string", "minLength": 1}}, ["text"])
    level = {"enum": ["none", "note", "warning", "error"]}
    when = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
    rule = closed({"id": text, "shortDescription": message, "fullDescription": message, "help": message},
                  ["id", "shortDescription", "fullDescription", "help"])
    driver = closed({"name": text, "version": text, "rules": {"type": "array", "uniqueItems": True, "items": rule}}, ["name"])
    physical = closed({"artifactLocation": closed({"uri": {"type": "string", "pattern": "^[a-z.]+$"}}, ["uri"]),
                       "region": closed({"startLine": {"type": "integer", "minimum": 1}}, ["startLine"])}, ["artifactLocation", "region"])
    logical = closed({"fullyQualifiedName": text, "kind": text}, [])
    location = closed({"physicalLocation": physical, "logicalLocations": {"type": "array", "uniqueItems": True, "items": logical}},
                      ["physicalLocation"])
    suppression = closed({"kind": {"enum": ["inSource", "external"]}, "status": {"enum": ["accepted", "underReview", "rejected"]},
                          "justification": text}, ["kind"])
    result = closed({
        "ruleId": text, "ruleIndex": count, "level": level, "message": message, "occurrenceCount": {"type": "integer", "minimum": 1},
        "locations": {"type": "array", "minItems": 1, "maxItems": 10, "items": location},
        "partialFingerprints": {"type": "object", "additionalProperties": text},
        "suppressions": {"type": "array", "uniqueItems": True, "items": suppression}, "properties": {"type": "object"},
    }, ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"])
    notification = closed({"level": level, "message": message}, ["message"])
    invocation = closed({"executionSuccessful": {"type": "boolean"}, "startTimeUtc": when, "endTimeUtc": when,
                         "toolExecutionNotifications": {"type": "array", "items": notification}}, ["executionSuccessful"])
    run = closed({"tool": closed({"driver": driver}, ["driver"]), "results": {"type": "array", "maxItems": 25000, "items": result},
                  "invocations": {"type": "array", "items": invocation}}, ["tool", "results", "invocations"])
    return closed({"$schema": text, "version": {"const": "2.1.0"}, "runs": {"type": "array", "items": run}}, ["version", "runs"])


def sarif(report, text):
    import jsonschema  # pylint: disable=import-outside-toplevel
    doc = json.loads(text)
    jsonschema.Draft202012Validator(sarif_schema()).validate(doc)
    run = doc["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    found = {r["partialFingerprints"]["tcboxFinding/v1"]: r for r in run["results"]}
    assert list(found) == [f["id"] for f in report["findings"]], "the same findings in the same order"
    for f in report["findings"]:
        r = found[f["id"]]
        assert r["level"] == LEVELS[f["severity"]] and r["ruleId"] == f["code"] == rules[r["ruleIndex"]]["id"]
        assert r["locations"][0]["physicalLocation"]["region"]["startLine"] == (f["events"] or [1])[0]
    said = [n["message"]["text"] for n in run["invocations"][0]["toolExecutionNotifications"]]
    assert said[0].startswith(f"Verdict: {report['verdict']}.") and len(said) == 1 + len(report["not_observable"])
    assert len(text) < 10000000


def junit(report, text):
    doc = ET.fromstring(text)
    suite = doc[0]
    cases = suite.findall("testcase")
    kinds = {kind: len(suite.findall(f"testcase/{kind}")) for kind in ("failure", "error", "skipped")}
    for counted in (doc, suite):
        assert int(counted.get("tests")) == len(cases)
        assert int(counted.get("failures")) == kinds["failure"] and int(counted.get("errors")) == kinds["error"]
    assert int(suite.get("skipped")) == kinds["skipped"]
    assert len({(c.get("classname"), c.get("name")) for c in cases}) == len(cases), "names are different"
    verdict = cases[0]
    assert verdict.get("name") == "verdict"
    assert [e.tag for e in verdict] == {"conforms": [], "violates": ["failure"], "inconclusive": ["error"]}[report["verdict"]]
    rules = report["declared_seen"] + report["declared_not_seen"]
    assert len(cases) == 1 + len(report["findings"]) + len(rules)
    assert kinds["failure"] == (report["verdict"] == "violates") + sum(f["severity"] == "violation" for f in report["findings"])


def rows_of(text):
    rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    assert text.endswith("\r\n") and text.count("\r\n") == len(rows) == text.count("\n"), "one line for each row"
    assert all(len(r) == len(rows[0]) for r in rows), "as many cells everywhere"
    bad = [c for r in rows for c in r if c[:1] in ("=", "+", "-", "@", "\t", "\r")]
    assert not bad, f"formulas: {bad}"
    return [dict(zip(rows[0], r)) for r in rows[1:]]


def csv_findings(report, text):
    rows = rows_of(text)
    assert [(r["id"], r["code"], r["severity"]) for r in rows] == [(f["id"], f["code"], f["severity"]) for f in report["findings"]]
    assert [int(r["count"]) for r in rows] == [f["count"] for f in report["findings"]]


def table(report, text, section):
    rows = rows_of(text)
    assert len(rows) == len(report["facts"][section]), f"{len(rows)} rows, {len(report['facts'][section])} facts"
    assert not rows or TABLES[section] in rows[0]


def main():
    kind, *args = sys.argv[1:]
    if kind == "bundles":
        sys.dont_write_bytecode = True
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "page"))
        import bundles  # pylint: disable=import-outside-toplevel,import-error
        bundles.story(f"{args[0]}/story")
        bundles.hostile(f"{args[0]}/hostile")
        return
    report = json.load(open(args[0], encoding="utf-8"))
    text = open(args[1], encoding="utf-8", newline="").read()
    {"sarif": sarif, "junit": junit, "csv": csv_findings, "table": table}[kind](report, text, *args[2:])


if __name__ == "__main__":
    main()
