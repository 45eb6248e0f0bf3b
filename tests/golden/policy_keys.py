#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""policy_keys.py - the keys of a policy by the tables in policy/, by tcbox-policy(5) and by the schema

Usage: policy_keys.py tables|manual   in the top directory of the sources; prints OBJECT KEY, in order

A table X_keys is the object X of the schema; a row's reader, without pol_read_ or read_, is the name of its type there.
"""
import json
import re
import sys

ROW = re.compile(r'\{ POL_(VALUE|LIST|PLACED|OBJECT|WHOLE)\("(\w+)", (\w+)[^)]*\)(.*?) \},\n', re.S)


def tables():
    """For each object its rows: form, key, name of the type, what else the row says."""
    text = "".join(open(f"policy/{name}.c", encoding="utf-8").read() for name in ("read_rules", "read", "syscalls"))
    found = {}
    for name, body in re.findall(r"static const struct pol_key (\w+)_keys\[\] = \{\n(.*?)\t\{ POL_END \},\n\};", text, re.S):
        found[name] = [(form, key, re.sub(r"^(pol_)?read_|_keys$", "", to), more) for form, key, to, more in ROW.findall(body)]
        if len(found[name]) != body.count("{ POL_"):
            raise ValueError(f"{name}_keys has a row that is not understood")
    return found


def as_schema(rows):
    """What the schema must say of an object with these rows, without descriptions."""
    properties = {}
    for form, key, to, more in rows:
        ref = {"$ref": f"#/$defs/{to}"}
        if form in ("LIST", "PLACED"):
            ref = {"type": "array", "items": ref}
            if ".not_empty" in more or "ANY_P" in more:
                ref["minItems"] = 1
        properties[key] = ref
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    required = [key for _, key, _, more in rows if ".required" in more or "RULE_ID" in more]
    declares = [{"required": [key]} for _, key, _, more in rows if ".declares" in more]
    return schema | ({"required": required} if required else {}) | ({"anyOf": declares} if declares else {})


def checked(name, schema):
    """The same with what functions check beyond the tables."""
    if name == "limits":
        most = re.search(r"^#define RATES_MAX (\d+)$", open("policy/read_rules.c", encoding="utf-8").read(), re.M)
        schema["properties"]["rates"]["maxItems"] = int(most.group(1))
    if name == "rate":
        schema["anyOf"] = [{"required": ["connections"]}, {"required": ["requests"]}]
    return schema


def bare(schema):
    """An object of the schema without what is for people."""
    kept = {k: v for k, v in schema.items() if k in ("type", "additionalProperties", "properties", "required", "anyOf")}
    kept["properties"] = {key: {k: v for k, v in p.items() if k != "description"} for key, p in schema["properties"].items()}
    return kept


def differences(schema):
    """For each object of the tables, and each of the schema: its name and what differs, None if nothing does."""
    found = tables()
    defs = {name: d for name, d in schema["$defs"].items() if "properties" in d} | {"policy": schema}
    for name in sorted(found.keys() | defs.keys()):
        if name not in found or name not in defs:
            yield name, "only in the tables" if name in found else "only in the schema"
            continue
        wanted, got = checked(name, as_schema(found[name])), bare(defs[name])
        wanted.setdefault("required", ["tcbox_policy"] if name == "policy" else None)  # version_right() asks for it
        got.setdefault("required", None)
        same = wanted == got and list(wanted["properties"]) == list(got["properties"])
        yield name, None if same else f"tables {json.dumps(wanted)}\nschema {json.dumps(got)}"


def words():
    """The words that a value may be, for each type of which there are only certain words."""
    text = open("policy/scalar.c", encoding="utf-8").read()
    found = dict(re.findall(r"^void pol_read_(\w+)\([^{}]*\{\n\tstatic const char \*const words\[\] = (\{.*?\});", text, re.M | re.S))
    found["application"] = open("policy/apps.c", encoding="utf-8").read().split("apps[] = ")[1]
    return {name: [w for w in re.findall(r'"([^"]+)"', listed) if w != "ip-N"] for name, listed in found.items()}


INNER = {key: key for key in ("product", "groups", "files", "syscalls", "tls", "http", "each_connection", "each_destination")} | {"rates": "rate"}


def manual():
    """For each object of the manual its keys, those of an object in an object by the .Li words of its entry."""
    text = open("man/tcbox-policy.5", encoding="utf-8").read()
    text = re.search(r"^\.Sh KEYS\n(.*?)^\.Sh ", text, re.S | re.M).group(1)
    parts = re.split(r"^\.Ss (.*)\n", text, flags=re.M)
    sections = {"KEYS": parts[0]} | dict(zip(parts[1::2], parts[2::2]))
    found = {}
    for name, section in (("policy", "KEYS"), ("conn", "Connections"), ("limits", "Limits"), ("listen", "Listens"),
                          ("undeclared", "Undeclared behaviour")):
        found[name] = []
        for head, body in re.findall(r"^\.It Li (.*)\n((?:(?!\.It|\.El).*\n)*)", sections[section], re.M):
            keys = re.findall(r"\w+", head.split(" Ta ")[0])
            found[name] += keys
            inner = [w for line in re.findall(r"^\.Li (.*)", body, re.M) for w in re.findall(r"(?<!\S)[a-z_]{2,}(?!\S)", line)]
            if " Ta " not in head and keys[0] in INNER:
                found[INNER[keys[0]]] = list(dict.fromkeys(inner))
    return found


if __name__ == "__main__":
    if sys.argv[1:] == ["manual"]:
        listed = manual()
    else:
        listed = {name: [key for _, key, _, _ in rows] for name, rows in tables().items()}
    for name in sorted(listed):
        print(*(f"{name} {key}" for key in listed[name]), sep="\n")
