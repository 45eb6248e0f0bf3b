#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# newcomer.sh - what happens to who uses tcbox for the first time: bundles beside the product, a product that hangs
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

# The product's directory, with the bundle of each visit in it
mkdir "$dir/acme"
printf '#!/bin/sh\ntrue\n' >"$dir/acme/agent"
echo data >"$dir/acme/data"
chmod -R a+rX "$dir/acme" && chmod 755 "$dir/acme/agent"
cd "$dir/acme" || exit 1
for visit in 1 2; do
	check "visit $visit" sh -c '"$@" >/dev/null 2>&1; test $? = 3' sh "$TCBOX" run --output "visit-$visit" -- ./agent
done
bundle=$dir/acme/visit-2
holds "the second visit: the product's files are hashed" \
	"{f.path.rsplit('/', 1)[1] for f in m.files} == {'agent', 'data'} and all(f.sha256_before == f.sha256_after for f in m.files)" \
	"what the first visit left is not the product's" "not [f for f in m.files if '/visit-1/' in f.path]"
check "control: the first visit's bundle is there" test -s "$dir/acme/visit-1/events.jsonl"
cd "$work" || exit 1

# A product that hangs: the time limit is at work, and the doubt stands next to the verdict
echo '{ "tcbox_policy": 1, "executes": ["/**"] }' >"$dir/policy.json"
limit=4s run 0 "a product that hangs" --policy "$dir/policy.json" -- sh -c 'sleep 1000; echo never'
holds "the time limit ended it" "m.timed_out and not m.exited"
head -n 3 "$err" | tr '\n' ' ' | tr -s ' ' >"$dir/head"
check "the doubt stands next to the verdict, and it is no longer than the limit" \
	grep -Eq 'It was ended by the time limit after (4\.000|[0-3]\.[0-9]{3}) s' "$dir/head"
says "and that nothing happened" "$dir/head" "and had done nothing that is recorded for the last"
run 0 "a product that ends" --policy "$dir/policy.json" -- sh -c 'sleep 0.1'
head -n 3 "$err" >"$dir/head"
check "control: it is not doubted" sh -c '! grep -q "time limit" "$1"' sh "$dir/head"

finish
