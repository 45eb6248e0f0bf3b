#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# start.sh - tcbox started as odd parents and odd machines do it: it works, or says what is wrong
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

policy=$policies/address.json
err=$dir/err

# starts STATUS NAME COMMAND...: a command that is to run tcbox with the bundle $bundle, and the actor's act after it
starts() {
	expected=$1 name=$2
	runs=$((runs + 1))
	bundle=$dir/bundles/$runs
	shift 2
	"$@" "$TCBOX" run --policy "$policy" --timeout 30 --output "$bundle" -- "$ACTORS/net_actor" tcp 198.51.100.7 7000 5 \
		>"$dir/out" 2>"$err" </dev/null
	status=$?
	result "$([ $status = "$expected" ]; echo $?)" "$name: exit status $expected" "it was $status: $(cat "$err")"
}
started() { python3 -B "$lib/started.py" "$@"; }
acts='m.exit_code == 0 and rule("report").bytes_out == 5 and len(truth()) == 1 and r.verdict == "conforms"'

starts 0 "control" env
holds "control: the product acts" "$acts"

# Launch: other work on the machine slows down, nothing speeds up
cat >"$dir/launch.py" <<'END'
import subprocess, sys, time
took = []
for number in range(5):
    began = time.monotonic()
    subprocess.run([sys.argv[1], "run", "--quiet", "--output", f"{sys.argv[2]}-{number}", "--", "true"], stdin=subprocess.DEVNULL)
    took.append(time.monotonic() - began)
print(took)
sys.exit(min(took) >= 0.5)
END
check "a run that does nothing: the fastest of five takes less than 0.5 s" python3 "$dir/launch.py" "$TCBOX" "$dir/bundles/launch"
bundle=$dir/bundles/launch-4
holds "control: it was a whole run" 'm.exit_code == 0 and os.path.exists(bundle + "/report.html")'

# What a parent leaves: a bundle's file must not become the stream that is closed
for streams in 0 1 2 01 12 012; do
	starts 0 "streams $streams closed" started closed:$streams
	holds "streams $streams closed: the product acts, and the record is whole" "$acts"
done
starts 0 "every signal ignored" started ignoring
holds "every signal ignored: the product acts" "$acts"
starts 0 "every signal blocked" started blocking
holds "every signal blocked: the product acts" "$acts"
starts 0 "10000 descriptors" started files:10000
holds "10000 descriptors: the product acts" "$acts"
starts 0 "a hard limit of 0 for core dumps" prlimit --core=0:0
holds "a hard limit of 0 for core dumps: the product acts" "$acts"
starts 125 "20 open files" prlimit --nofile=20:20
says "20 open files: says what to do" "$err" "ulimit -n 64"
starts 0 "64 open files" prlimit --nofile=64:64
if [ "$(id -u)" != 0 ]; then	# root is not counted
	starts 125 "one process" prlimit --nproc=1:1
	says "one process: says what to do" "$err" "ulimit -u"
	holds "one process: the bundle is incomplete" 'm.state == "failed"'
fi
before=$(umask)
umask 0077
run 3 "the technician's umask" -- /bin/sh -c umask
umask "$before"
says "the technician's umask: the product has it" "$out" 0077
bundle=$dir/bundles/reader
"$TCBOX" run --quiet --timeout 60s --output "$bundle" -- yes 2>"$err" | head -n 1 >"$out"
says "a reader that goes away: it has read" "$out" y
holds "a reader that goes away: the product hears it" 'm.exit_signal == 13 and not m.timed_out'
umask 0777
starts 0 "no rights by umask" env
umask "$before"
holds "no rights by umask: the product acts, and the owner reads the bundle" "$acts"
check "no rights by umask: nobody else does" test "$(stat -c %a "$bundle") $(stat -c %a "$bundle/run.json")" = "700 600"
starts 0 "no environment" env -i
starts 0 "an odd environment" env TMPDIR=/no/such HOME=/no/such LANG=xx_YY.none LC_ALL=zz TZ=:/etc/passwd COLUMNS=-1 TERM=none
holds "an odd environment: the product acts" "$acts"
mkdir "$dir/gone"
cd "$dir/gone" && rmdir "$dir/gone"
starts 125 "no current directory" env
says "no current directory: says what to do" "$err" "--workdir"
cd "$work" || exit 1
starts 0 "no current directory, --workdir" env -C "$work"

# Words
started nothing "$TCBOX" >"$err" 2>&1
result "$([ $? = 2 ]; echo $?)" "not even a name: exit status 2" "$(cat "$err")"
says "not even a name: says how it is used" "$err" "Usage: tcbox"
words() {	# NAME HOW
	bundle=$dir/bundles/words-$2
	started "$2" "$TCBOX" run --quiet --output "$bundle" -- true >"$err" 2>&1
	result "$([ $? = 3 ]; echo $?)" "$1: exit status 3" "$(cat "$err")"
	holds "$1: all are in the manifest, as the product got them" "len(m.argv) == $3 and m.exit_code == 0"
}
words "100000 arguments" words:100000 100001
words "arguments of nearly 2 MB" bytes:100000 20

# Where the bundle and the words go
bundle=$dir/bundles/same
for i in 1 2 3 4; do
	{ "$TCBOX" run --quiet --policy "$policy" --output "$bundle" -- "$ACTORS/net_actor" tcp 198.51.100.7 7000 5; echo $?; } \
		>"$dir/same.$i" 2>&1 </dev/null &
done
wait
result "$([ "$(tail -qn 1 "$dir"/same.? | sort | tr '\n' ' ')" = "0 2 2 2 " ]; echo $?)" \
	"four runs at once into one bundle: one is made, the others are refused" "$(cat "$dir"/same.?)"
holds "four runs at once into one bundle: it is whole" "$acts"
bundle=$dir/bundles/unread
started unread "$TCBOX" run --quiet --timeout 500ms --output "$bundle" -- sh -c 'head -c 300000 /dev/zero >&2' </dev/null >"$err" 2>&1
result "$([ $? = 3 ]; echo $?)" "nobody reads standard error: --timeout and --quiet end" "$(cat "$err")"
holds "nobody reads standard error: the product waited, what it said is in the log" \
	'm.timed_out and 0 < os.path.getsize(bundle + "/stderr.log") < 300000'
bundle=$dir/bundles/blocked
started unread sh -c "\"$TCBOX\" run --policy \"$policy\" --output \"$bundle\" -- true & echo \$! >\"$dir/pid\"; exec 2>/dev/null; wait \$!" >"$err" 2>&1 </dev/null &
waiter=$!
until_true 15 test -s "$bundle/report.json"
until_true 10 sh -c "! kill -TERM $(cat "$dir/pid")"	# one that came before the report was for the run
wait $waiter
result "$([ $? = 143 ]; echo $?)" "nobody reads the report: a signal ends tcbox" "$(cat "$err")"

finish
