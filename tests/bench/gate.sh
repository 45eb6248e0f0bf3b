#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# gate.sh - one upload from the box to the gate over tcbox's own link, with or without capture; for bench.py
#
# usage: gate_driver run [--rate BITS] gate.sh DIRECTORY SECONDS [off|SNAPLEN]	in namespaces of its own
#
# The lab's rules would take every connection, so they are removed: what is measured is the link and the capture.
# Prints bits a second of the receiving side; the capture's record is in DIRECTORY.
set -eu
dir=$1 seconds=$2 snaplen=$3
bin=$(dirname "$DRIVER")
nft flush ruleset
ip link set lo up
port=5201
iperf3 -s -1 -p $port >/dev/null 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || :' EXIT
if [ "$snaplen" != off ]; then
	mkfifo "$dir/stop"
	"$bin/capture_driver" g0 "$dir" "$dir/stop" 0 "$snaplen" >"$dir/said" &
	capture=$!
	exec 9>"$dir/stop"
	n=0
	until grep -q ready "$dir/said" || [ $((n += 1)) -gt 100 ]; do sleep 0.05; done
fi
n=0
until ss -ltn | grep -q ":$port " || [ $((n += 1)) -gt 100 ]; do sleep 0.05; done
nsenter -t "$BOX" -n iperf3 -c "$GATE" -p $port -t "$seconds" -J 9>&- >"$dir/iperf.json"
if [ "$snaplen" != off ]; then
	exec 9>&-
	wait "$capture"
fi
