#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# soak.sh - a few rounds of "make soak", always the same, so that it goes on working; see soak/soak.py
exec python3 -B "$(dirname "$0")/../soak/soak.py" --rounds 12 --seed short --quick
