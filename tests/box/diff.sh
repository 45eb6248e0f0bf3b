#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# diff.sh - tcbox diff: two runs of one program differ in nothing, two programs or places in what they do differently
# shellcheck disable=SC1091,SC2154,SC2016 # box.sh sets what it says; the shell that is started expands it
here=$(cd "$(dirname "$0")" && pwd)
topic=diff
. "$here/lib/box.sh"

page=https://updates.acme.example/
told=$dir/said

# compare STATUS NAME [OPTION...] A B: tcbox diff, its output in $told
compare() {
	wanted=$1 name=$2
	shift 2
	"$TCBOX" diff "$@" >"$told" 2>"$told.err"
	got=$?
	if [ "$got" = "$wanted" ]; then result 0 "$name"; else result 1 "$name" "status $got
$(cat "$told" "$told.err")"; fi
}

# lost A B: does a run say that a busy machine took some of its evidence?
lost() {
	"$TCBOX" diff "$1" "$2" >"$told" 2>&1
	[ $? = 3 ] && grep -qE '^  [AB ] +(Packets|Packets .*|Processes|Arguments of calls|The positive control|Who sent some packets|What the product does later): ' "$told"
}

# twice NAME PROGRAM...: it does something, and the same the second time; where evidence was lost, that is done once more
twice() {
	product=$1
	shift
	run 3 "$product, once" -- "$@"
	first=$bundle
	holds "$product: something was seen" 'r.facts.programs != [] and m.exit_code == 0'
	run 3 "$product, twice" -- "$@"
	if lost "$first" "$bundle"; then
		sed 's/^/# /' "$told"
		run 3 "$product, once, again" -- "$@"
		first=$bundle
		run 3 "$product, twice, again" -- "$@"
	fi
	compare 0 "$product: two runs differ in nothing" "$first" "$bundle"
	says "$product: it says so" "$told" "SAME  All that is compared was seen in both runs."
}

mkdir tree && for i in 1 2 3; do echo "$i" >"tree/$i"; done
[ "$(id -u)" != 0 ] || chown -R 65534:65534 tree
twice curl curl -sS "$page"
curl_a=$first
twice wget wget -q -O page "$page"
twice git sh -c 'export GIT_AUTHOR_DATE="1700000000 +0000" GIT_COMMITTER_DATE="1700000000 +0000"
git init -q repo && cd repo && cp ../tree/1 . && git add 1 && git -c user.name=a -c user.email=a@b commit -q -m one'
twice dig dig +short updates.acme.example
twice openssl sh -c 'echo | openssl s_client -connect updates.acme.example:443'
twice python python3 -c 'import tempfile, urllib.request as u
with tempfile.NamedTemporaryFile(delete=False) as f:
    f.write(u.urlopen("'"$page"'").read())'
twice perl perl -e 'use IO::Socket::INET; my $s = IO::Socket::INET->new("updates.acme.example:80") or die;
print $s "GET / HTTP/1.0\r\nHost: updates.acme.example\r\n\r\n"; print while <$s>'
twice node node -e 'require("http").get("http://updates.acme.example/v1", r => r.resume())'
twice sqlite3 sqlite3 data.sqlite 'create table t (x); insert into t values (1); select * from t'
twice rsync rsync -a tree/ copy/
twice tar sh -c 'd=$(mktemp -d) && tar -C tree -cf "$d/tree.tar" . && gzip "$d/tree.tar" && ls -l "$d"'

# What differs is told, with what A and B did
run 3 "curl to two hosts" -- curl -sS "$page" https://stranger.example/v2
compare 1 "another destination is a difference" "$curl_a" "$bundle"
says "it is new" "$told" "new          stranger.example port 443 (tcp) by /usr/bin/curl"
says "and so is what was asked for" "$told" "new          GET stranger.example port 443 (tcp) /v2 by /usr/bin/curl"
compare 1 "the other way round it is gone" "$bundle" "$curl_a"
says "it is said so" "$told" "gone         stranger.example port 443 (tcp) by /usr/bin/curl"

# One product in two directories
for v in 1.0 1.1; do
	mkdir -p "agent-$v/lib" && printf '#!/bin/sh\n"${0%%/*}/lib/tool" "$@"\n' >"agent-$v/run" &&
		cp /usr/bin/id "agent-$v/lib/tool" && chmod 755 "agent-$v/run"
done
[ "$(id -u)" != 0 ] || chown -R 65534:65534 agent-1.0 agent-1.1
run 3 "the first version" -- ./agent-1.0/run -u
one=$bundle
run 3 "the second version" -- ./agent-1.1/run -u
compare 0 "a directory with the version in its name is no difference" "$one" "$bundle"
says "what was taken for the same place is told" "$told" "agent-1.0 in A is taken for"

# What the second run could not see is not gone
run 3 "curl after its time" --timeout 1s -- sh -c 'sleep 60; curl -sS https://updates.acme.example/'
late=$bundle
run 3 "curl in its time" --timeout 30s -- sh -c 'sleep 0; curl -sS https://updates.acme.example/'
compare 1 "a run that was cut differs" "$bundle" "$late"
says "why is said first" "$told" "What the product does later: It was ended when its time was over"
says "what it did not come to was seen in the other only" "$told" "in A only    updates.acme.example port 443 (tcp) by /usr/bin/curl"
result "$(! grep -qE '^ +(gone|new) ' "$told"; echo $?)" "nothing is called gone or new" "$(cat "$told")"
compare 3 "a run that was cut is never known to be the same" "$late" "$late"
says "that is said" "$told" "No difference was seen, but not everything could be seen."

# Rules
run 1 "a policy that does not declare the host" --policy "$policies/web.json" -- curl -sS "$page" https://stranger.example/
broken=$bundle
run 0 "the same policy, kept" --policy "$policies/web.json" -- curl -sS "$page"
compare 1 "a rule that B does not support any more" "$bundle" "$broken"
says "the finding is new" "$told" "new          NET-UNDECLARED"

# Whoever reads JSON
for format in text markdown html json; do
	compare 1 "--format $format" --format "$format" "$bundle" "$broken"
done
check "the JSON is what the schema says" python3 "$lib/schema.py" "$here/../../doc/schema/tcbox-diff-1.schema.json" "$told"
compare 2 "a bundle that is none" "$bundle" "$dir/none"
says "it is named" "$told.err" "there is no bundle $dir/none"
finish
