#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# supervise.sh - filter and supervisor around real commands and actors, without a box; see supervise.py
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/box/lib/machine.sh
# shellcheck disable=SC1091
. "$here/lib/machine.sh"
exec python3 "$here/supervise.py"
