#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# supervise.sh - filter and supervisor around real commands and actors, without a box; see supervise.py
exec python3 "$(dirname "$0")/supervise.py"
