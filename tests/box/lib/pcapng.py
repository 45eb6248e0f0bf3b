#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""pcapng.py FILE - the blocks of a capture file: which processes its packets name, and whether secrets stand before them"""
import struct
import sys

data = open(sys.argv[1], "rb").read()
kinds, processes, at = [], set(), 0
while at < len(data):
    kind, length = struct.unpack_from("=II", data, at)
    assert length % 4 == 0 and struct.unpack_from("=I", data, at + length - 4)[0] == length
    kinds.append(kind)
    if kind == 6:
        caplen = struct.unpack_from("=I", data, at + 20)[0]
        option = at + 28 + (caplen + 3) // 4 * 4
        while option < at + length - 4:
            code, size = struct.unpack_from("=HH", data, option)
            if code == 8:
                assert size == 8
                processes.add(struct.unpack_from("=I", data, option + 4)[0])
            option += 4 + (size + 3) // 4 * 4
    at += length
print("processes:", *sorted(processes))
print("order:", "good" if 10 in kinds and kinds.index(10) < kinds.index(6) else "bad")
