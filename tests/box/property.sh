#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# property.sh - a few rounds of "make property", always the same; see soak/property.py
exec python3 -B "$(dirname "$0")/../soak/property.py" --acts 25 --seed short
