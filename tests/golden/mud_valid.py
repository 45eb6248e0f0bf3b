#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""mud_valid.py - is a file a MUD file, as RFC 8520, RFC 8519 and RFC 9761 say?

Usage: mud_valid.py FILE

What the modules of YANG in those RFCs ask for, in the encoding of RFC 7951: which members there are, of which type, what is
mandatory, which names are keys and which refer to others. With MUD_YANG, the name of a directory that has the modules, yanglint
is asked as well. Prints what is wrong.
"""
import glob
import json
import os
import subprocess
import sys

import jsonschema

PORT = {"type": "integer", "minimum": 0, "maximum": 65535}
NAME = {"type": "string", "minLength": 1, "maxLength": 64}
HOST = {"type": "string", "pattern": r"^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.?$"}
URI = {"type": "string", "pattern": "^[a-z]+:"}
WITH_MODULE = "^(ietf-access-control-list:)?"


def members(required=(), **properties):
    """an object with these members and no other; _ in a name stands for -, __ for :"""
    named = {key.replace("__", ":").replace("_", "-"): value for key, value in properties.items()}
    return {"type": "object", "properties": named, "required": list(required), "additionalProperties": False}


def array(of):
    return {"type": "array", "items": of}


EMPTY = {"type": "array", "items": {"type": "null"}, "minItems": 1, "maxItems": 1}
PORTS = {"oneOf": [members(["lower-port", "upper-port"], lower_port=PORT, upper_port=PORT),
                   members(["port"], operator={"enum": ["lte", "gte", "eq", "neq"]}, port=PORT)]}
BYTE = {"type": "integer", "minimum": 0, "maximum": 255}


def ip(family, network):
    return members(protocol=BYTE, dscp={"type": "integer", "minimum": 0, "maximum": 63}, ttl=BYTE,
                   ietf_acldns__src_dnsname=HOST, ietf_acldns__dst_dnsname=HOST,
                   **{f"source_{family}_network": network, f"destination_{family}_network": network})


PROFILE = members(["name"], name=NAME, supported_tls_version=array({"enum": ["tls12", "tls13"]}), cipher_suite=array(PORT),
                  certificate_authorities=array({"type": "string"}))
MATCHES = members(
    ipv4=ip("ipv4", {"type": "string", "pattern": r"^[0-9.]+/([0-9]|[12][0-9]|3[0-2])$"}),
    ipv6=ip("ipv6", {"type": "string", "pattern": "^[0-9a-f:.]+/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])$"}),
    tcp=members(source_port=PORTS, destination_port=PORTS, ietf_mud__direction_initiated={"enum": ["to-device", "from-device"]}),
    udp=members(source_port=PORTS, destination_port=PORTS),
    icmp=members(type=BYTE, code=BYTE),
    ietf_mud__mud=members(manufacturer=HOST, same_manufacturer=EMPTY, model=URI, local_networks=EMPTY, controller=URI, my_controller=EMPTY),
    ietf_acl_tls__client_profiles=members(tls_dtls_profile=array(PROFILE)))
ACE = members(["name"], name=NAME, matches=MATCHES,
              actions=members(["forwarding"], forwarding={"type": "string", "pattern": WITH_MODULE + "(accept|drop|reject)$"},
                              logging={"type": "string", "pattern": WITH_MODULE + "log-(none|syslog)$"}))
ACL = members(["name"], name=NAME, type={"type": "string", "pattern": WITH_MODULE + "(ipv4|ipv6)-acl-type$"}, aces=members(ace=array(ACE)))
POLICY = members(access_lists=members(access_list=array(members(["name"], name=NAME))))
TEXT = {"type": "string"}
TIME = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"}
MUD = members(["mud-version", "mud-url", "last-update", "is-supported"], mud_version=BYTE, mud_url=URI, last_update=TIME,
              mud_signature=URI, cache_validity={"type": "integer", "minimum": 1, "maximum": 168}, is_supported={"type": "boolean"},
              systeminfo=TEXT, mfg_name=TEXT, model_name=TEXT, firmware_rev=TEXT, software_rev=TEXT, documentation=URI,
              extensions=array({"type": "string", "minLength": 1, "maxLength": 40}), from_device_policy=POLICY, to_device_policy=POLICY,
              ietf_mud_tls__is_tls_dtls_profile_supported={"type": "boolean"})
SCHEMA = members(["ietf-mud:mud"], ietf_mud__mud=MUD, ietf_access_control_list__acls=members(acl=array(ACL)))


def twice(names, where):
    return [f"{where}: \"{name}\" occurs twice" for name in sorted({n for n in names if names.count(n) > 1})]


def matches_wrong(matches, kind, where):
    """what the choices and conditions of RFC 8519 forbid"""
    if "ipv4" in matches and "ipv6" in matches:
        yield f"{where}: both families"
    if {"ipv4", "ipv6"} & set(matches) != {kind} and {"ipv4", "ipv6"} & set(matches):
        yield f"{where}: not of the list's family"
    if len({"tcp", "udp", "icmp"} & set(matches)) > 1:
        yield f"{where}: several protocols"
    for l4 in ("tcp", "udp"):
        for ports in (v for k, v in matches.get(l4, {}).items() if k.endswith("-port")):
            if ports.get("lower-port", 0) > ports.get("upper-port", 65535):
                yield f"{where}: a range that is none"


def wrong(document):
    yield from (f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document))
    acls = document.get("ietf-access-control-list:acls", {}).get("acl", [])
    yield from twice([acl.get("name") for acl in acls], "acl")
    for acl in acls:
        aces = acl.get("aces", {}).get("ace", [])
        yield from twice([ace.get("name") for ace in aces], acl.get("name"))
        for ace in aces:
            yield from matches_wrong(ace.get("matches", {}), acl.get("type", "").split(":")[-1].split("-")[0], ace.get("name"))
    names = {acl.get("name") for acl in acls}
    for direction in ("from-device-policy", "to-device-policy"):
        lists = [entry["name"] for entry in document["ietf-mud:mud"][direction]["access-lists"]["access-list"]]
        yield from twice(lists, direction)
        yield from (f"{direction}: there is no list \"{name}\"" for name in lists if name not in names)


def yanglint(path, modules):
    features = "match-on-ipv4,match-on-ipv6,match-on-tcp,match-on-udp,match-on-icmp,ipv4,ipv6"
    return subprocess.run(["yanglint", "-p", modules, "-t", "config", "-F", f"ietf-access-control-list:{features}", "-F", "ietf-acl-tls:match-on-tls-dtls",
                           *sorted(glob.glob(f"{modules}/*.yang")), path], capture_output=True, text=True)


def main(path):
    with open(path) as f:
        problems = list(wrong(json.load(f)))
    if os.environ.get("MUD_YANG") and not problems:
        done = yanglint(path, os.environ["MUD_YANG"])
        if done.returncode:
            problems = [done.stderr or f"yanglint ends with {done.returncode}"]
    print(*problems, sep="\n")
    sys.exit(bool(problems))


main(sys.argv[1])
