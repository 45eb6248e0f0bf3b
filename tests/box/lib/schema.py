#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""schema.py SCHEMA FILE - is the JSON in FILE what the schema says? Exit status 0: it is"""
import json
import sys

import jsonschema

jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(open(sys.argv[2])))
