#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# uploads.sh - what the product sends in bodies of requests: hashed, shown, kept, left out of what is given away
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; scripts are for another shell
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

head -c 300000 /dev/urandom >"$work/data.bin"
printf '\033[31mred\000' >"$work/odd.bin"
printf '{"serial":"ABC-1"}' >"$work/report.json"
chmod 644 "$work"/*.bin "$work/report.json"
cat >"$work/send.sh" <<'SH'
put() { curl -sS --max-time 30 -o /dev/null -w '%{http_code}\n' "$@"; }
put -H 'Content-Type: application/json' -d @report.json https://api.up.example/v1/report
put --http1.1 -T data.bin https://one.up.example/data
put --http2 -T data.bin https://two.up.example/data
put --http2-prior-knowledge -T data.bin http://clear.up.example/data
put --http1.1 -T - https://chunked.up.example/data <data.bin
put -H 'Content-Encoding: gzip' --data-binary @data.bin https://coded.up.example/data
put -F name=value -F file=@data.bin https://form.up.example/form
put -T odd.bin https://odd.up.example/odd
wget -q -O /dev/null --post-file=data.bin https://wget.up.example/data && echo wget
python3 -c '
import urllib.request
print(urllib.request.urlopen(urllib.request.Request("https://python.up.example/data", open("data.bin", "rb").read())).status)'
SH
sum=$(sha256sum <"$work/data.bin" | cut -d' ' -f1)
run 3 "uploads" --bodies 64KiB -- /bin/sh "$work/send.sh"
check "each was answered" sh -c 'test "$(grep -cx -e 200 -e wget "$0")" = 10' "$out"
for host in one two clear chunked coded wget python; do
	holds "$host: recorded with its hash" "[(e.bytes_in, e.sha256, e.kept) for e in events('request')
		if e.names == ['$host.up.example']] == [(300000, '$sum', 65536)]"
done
holds "the type is recorded" "[e.type for e in events('request') if e.names == ['api.up.example']] == ['application/json']" \
	"the first bytes, too" "[e.begins for e in events('request') if e.names == ['api.up.example']] == ['{\"serial\":\"ABC-1\"}']" \
	"the encoding, too" "[e.encoding for e in events('request') if e.names == ['coded.up.example']] == ['gzip']" \
	"a form is larger than its file" "[e.bytes_in > 300200 and e.type.startswith('multipart/form-data')
		for e in events('request') if e.names == ['form.up.example']] == [True]" \
	"what is kept are the bytes" "all(open(bundle + '/bodies.bin', 'rb').read()[e.kept_at or 0:][:65536] == open('$work/data.bin', 'rb').read()[:65536]
		for e in events('request') if e.sha256 == '$sum')" \
	"the report lists them, the one in the clear first" "len(r.facts.uploads) == 10 and r.facts.uploads[0].host == 'clear.up.example'
		and r.facts.uploads[0].sha256 == '$sum' and r.facts.uploads[0].program.endswith('/curl')" \
	"run.json says how much is kept" "m.body_max == 65536 == r.run.body_max"
"$TCBOX" report --section uploads "$bundle" >"$dir/said"
says "the report says the hash" "$dir/said" "SHA-256 $sum"
says "the report says how it begins" "$dir/said" 'begins with: {"serial":"ABC-1"}'
says "the report names what was sent in the clear" "$dir/said" "clear.up.example:80, clear"
result "$(! grep -q "$(printf '\033')" "$dir/said"; echo $?)" "nothing that was sent acts on the terminal"
"$TCBOX" verify "$bundle" >"$dir/said" 2>&1
says "verify looks at what is kept as a whole" "$dir/said" "bodies.bin: 2 bodies that were kept as a whole are those of the record"

cp -r "$bundle" "$dir/forged"
printf '{"serial":"XYZ-1"}' | dd of="$dir/forged/bodies.bin" conv=notrunc status=none
"$TCBOX" verify "$dir/forged" >"$dir/said" 2>&1
check "a changed body is found" test $? = 1
says "it is named" "$dir/said" "bodies.bin: what it has at 0 is not what line"
truncate -s 100 "$dir/forged/bodies.bin"
"$TCBOX" report "$dir/forged" >"$dir/said" 2>&1
says "a cut file is told" "$dir/said" "What was sent (bodies.bin) is not as it was written: it has 100 bytes instead of"
rm "$dir/forged/bodies.bin"
"$TCBOX" report "$dir/forged" >"$dir/said" 2>&1
says "a missing one, too" "$dir/said" "What was sent (bodies.bin) is missing from the bundle"

check "it is packed" "$TCBOX" export "$bundle" "$dir/all.tar.zst"
check "and unpacked" "$TCBOX" import "$dir/all.tar.zst" "$dir/all"
same "with what was sent" "$bundle/bodies.bin" "$dir/all/bodies.bin"
check "a redacted copy is made" "$TCBOX" export --redact "$bundle" "$dir/some.tar.zst"
check "it is unpacked" "$TCBOX" import "$dir/some.tar.zst" "$dir/some"
check "nothing of what was sent is in it" sh -c '! test -e "$0/bodies.bin" && ! grep -q -e ABC-1 -e "$1" "$0/events.jsonl"' "$dir/some" "$sum"
"$TCBOX" verify "$dir/some" >"$dir/said" 2>&1
result "$(! grep -q 'bodies.bin: ' "$dir/said"; echo $?)" "that it is not there is no fault of the copy" "$(cat "$dir/said")"
: >"$dir/some/bodies.bin"
"$TCBOX" verify "$dir/some" >"$dir/said" 2>&1
says "a file of that name in the copy is one" "$dir/said" "bodies.bin: it is not as it was when the copy was redacted"

run 3 "without --bodies" -- /bin/sh "$work/send.sh"
holds "hashes are recorded" "sum(e.sha256 == '$sum' and not e.kept for e in events('request')) == 7"
check "no body is kept" test ! -e "$bundle/bodies.bin"
for value in 0 17MiB x; do
	"$TCBOX" run --bodies "$value" -- true >"$out" 2>"$err"
	check "--bodies $value is wrong usage" test $? = 2
done
"$TCBOX" run --net none --bodies 1KiB -- true >"$out" 2>"$err"
check "--bodies without a simulated internet is wrong usage" test $? = 2

# Of any size, in little memory: as much as a disk image
size=${UPLOAD_MIB:-256}
limit=300s run 3 "$size MiB" -- sh -c "for v in --http1.1 --http2; do head -c ${size}M /dev/zero |
	curl -sS \$v -T - -o /dev/null -w '%{http_code}\n' https://large.up.example/; done"
sum=$(head -c "${size}M" /dev/zero | sha256sum | cut -d' ' -f1)
holds "large uploads have their hash" "[(e.bytes_in, e.sha256, e.status) for e in events('request')] == [($size << 20, '$sum', 200)] * 2" \
	"the lab's memory does not grow with them" "m.counters['lab.memory_peak_kib'] < 30000"
finish
