#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# markdown.sh - the Markdown report, read back by a renderer, says what the text report says, and nothing that a product wrote
# became markup
if ! command -v cmark-gfm >/dev/null; then
	echo "1..0 # SKIP cmark-gfm is not installed"
	exit 77
fi
exec python3 tests/golden/markdown.py
