#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# decode.sh - what the decoder process says about stored captures, compared with what is known to be in them
set -u
B=${B:-build/cc-release}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0
ok() { # TITLE COMMAND...
	local title=$1
	shift
	n=$((n + 1))
	if "$@" >"$dir/out" 2>&1; then
		echo "ok $n - $title"
	else
		echo "not ok $n - $title"
		sed 's/^/# /' "$dir/out" | head -20
	fi
}
decode() { "$B/tests/box/decode_driver" "$1" >"$dir/events" && sed -i '/"k":"counters"/{s/"t":[0-9]*,//;s/,"memory_peak_kib":[0-9]*//}' "$dir/events"; }
as_expected() { decode "tests/captures/$1.pcapng" && diff "tests/captures/$1.expect" "$dir/events"; }

for f in http tls dns other; do
	ok "$f: flows and lookups are as expected" as_expected $f
done

# A capture that was cut is decoded up to the cut.
cut_short() {
	head -c 3000 tests/captures/dns.pcapng >"$dir/cut"
	decode "$dir/cut" && head -2 tests/captures/dns.expect | diff - <(head -2 "$dir/events") && tail -1 "$dir/events" | grep -q '"final":true'
}
ok 'a capture cut in the middle of a packet is decoded up to there' cut_short
no_capture() { decode Makefile; [ $? = 2 ]; }
ok 'what is no capture is refused' no_capture
echo "1..$n"
