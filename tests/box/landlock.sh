#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# landlock.sh - --enforce holds a product to its declared files: by Landlock, and by mounts where there is none
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says; scripts are for another shell
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

acts=$lib/file_acts.py
without="python3 $here/under_filter.py no-landlock"
abi=$(python3 -c 'import ctypes; print(ctypes.CDLL(None).syscall(444, None, ctypes.c_size_t(0), 1))')

# places: the three directories of file_acts.py, for each run anew, as whom the product runs
mkdir "$dir/acts"
cp "$acts" "$work/acts.py"
places() {
	for d in in in2 out; do
		rm -rf "${work:?}/$d"
		mkdir -p "$work/$d/olddir"
		for f in old a c d for-in for-out; do echo "$d" >"$work/$d/$f"; done
	done
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$work/in" "$work/in2" "$work/out"
}

# policy NAME KEYS: one that is about files only
policy() {
	printf '{ "tcbox_policy": 1, "executes": ["/usr/**", "%s/helper"], %s }\n' "$work" "$2" >"$dir/$1.json"
	lint=$("$TCBOX" policy lint "$dir/$1.json" 2>&1)
	result $? "policy $1 is valid" "$lint"
}
policy plain '"files": { "write": ["'"$work"'/in/**", "'"$work"'/in2/**"] }'
policy ignore '"files": { "write": ["'"$work"'/in/**"] }, "undeclared": { "files": "ignore" }'
policy absent '"names": []'
policy none '"undeclared": { "files": "warning" }'
policy read '"files": { "write": ["'"$work"'/in/**"], "read": ["'"$work"'/in2/**"] }, "names": ["a.example"]'
policy file '"files": { "write": ["'"$work"'/out/old", "'"$work"'/in/state", "'"$work"'/none/**"] }'
policy mounts '"files": { "write": ["'"$work"'/in/**", "/proc/*/*"] },
	"syscalls": { "allow": ["@default", "@network", "@namespace", "@mount", "@identity"] }'

# said NAME GROUP [ACT...]: of these acts, or of all, each ended as "$1"
all_said() {
	name=$1 group=$2 expected=$3
	bad=$(grep "^$group " "$out" | grep -v " \($expected\)$")
	if [ -z "$bad" ] && grep -q "^$group " "$out"; then result 0 "$name"; else result 1 "$name" "$bad
$(cat "$out")"; fi
}
run_acts() {
	places
	run "$@" -- python3 "$work/acts.py" "$work/in" "$work/in2" "$work/out"
	# overlays of kernels before Linux 6.6 cannot do these, whatever is enforced: doc/COMPATIBILITY.md
	! absent "attributes of private files" ||
		sed -i '/ tmpfile\(-into\)\? ENOTSUP$/d; / rename-dir-into EXDEV$/d' "$out"
}

# outside, and without enforcement, all of it works
places
outside "every act" sh -c 'python3 "$1" in in2 out >"$2" && ! grep -v " OK$" "$2"' sh "$acts" "$dir/out.outside"
run_acts 0 "without --enforce" --policy "$dir/plain.json"
all_said "without --enforce, control: undeclared acts work" undeclared OK
all_said "without --enforce, control: declared acts work" declared OK
holds "without --enforce: nothing kept it" "m.writes_by is None and find('FILE-UNDECLARED')"

# reported: what was refused is recorded and reported as if it had not been
reported() {
	holds "$1: each attempt is in the record" \
		"all(files(op=op, path='$work/out/' + name) for op, name in (('create', 'new'), ('write', 'old'),
			('truncate', 'old'), ('mkdir', 'dir'), ('rmdir', 'olddir'), ('remove', 'd'), ('rename', 'c')))
		 and files(op='link', path2='$work/out/hard') and files(op='rename', path2='$work/out/into')
		 and files(op='symlink', path='$work/out/link') and files(op='mknod', path='$work/out/fifo')" \
		"$1: and in the report" "any('$work/out' in (f.observed or '') for f in find('FILE-UNDECLARED'))
		 and not any('$work/in/' in f.observed and '$work/out' not in f.observed for f in find('FILE-UNDECLARED'))"
}

if needs Landlock Landlock; then
	run_acts 0 "Landlock" --enforce --policy "$dir/plain.json"
	all_said "Landlock: declared acts work" declared OK
	grep -v -e ' link-out ' -e ' read ' -e ' list ' "$out" >"$out.hard"
	cp "$out" "$out.all" && cp "$out.hard" "$out"
	all_said "Landlock: undeclared acts fail with EACCES" undeclared EACCES
	cp "$out.all" "$out"
	says "Landlock: a link that would make a file writable fails with EXDEV" "$out" "undeclared link-out EXDEV"
	says "Landlock: reading is free" "$out" "undeclared read OK"
	says "Landlock: modes are not covered" "$out" "mode chmod OK"
	all_said "Landlock: devices that keep nothing are free" free OK
	holds "Landlock: the report tells" "m.writes_by == r.run.writes_by == 'Landlock ABI $abi' and m.reads_by is None
		and not m.degraded and r.canary.calls and r.canary.packets and r.canary.lab"
	says "Landlock: for people, too" "$err" "writing outside declared places failed: Landlock ABI $abi"
	reported Landlock
fi

# Without Landlock: mounts
tcbox=$TCBOX
printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$without" "$tcbox" >"$dir/tcbox-without"
chmod 755 "$dir/tcbox-without"
TCBOX=$dir/tcbox-without
run_acts 0 "mounts" --enforce --policy "$dir/plain.json"
grep -v ' rename-\| link-into \| tmpfile-into ' "$out" >"$out.plain"
cp "$out" "$out.all" && cp "$out.plain" "$out"
all_said "mounts: declared acts work" declared OK
cp "$out.all" "$out"
says "mounts: places are mounts of their own" "$out" "declared rename-into EXDEV"
grep -v -e ' read ' -e ' list ' "$out.all" >"$out"
all_said "mounts: undeclared acts fail" undeclared 'EROFS\|EXDEV'
cp "$out.all" "$out"
says "mounts: creating fails with EROFS" "$out" "undeclared create EROFS"
says "mounts: reading is free" "$out" "undeclared read OK"
says "mounts: modes are covered" "$out" "mode chmod EROFS"
all_said "mounts: devices that keep nothing are free" free OK
holds "mounts: the report tells" "m.writes_by == r.run.writes_by == 'mounts' and not m.degraded
	and r.canary.calls and r.canary.packets and r.canary.lab"
says "mounts: for people, too" "$err" "writing outside declared places failed: mounts"
reported mounts
places
run 3 "mounts and files.read" --enforce --policy "$dir/read.json" -- cat "$work/out/old"
holds "mounts and files.read: is said to be missing" "m.reads_by is None and m.writes_by == 'mounts'
	and any('files.read' in d and 'Landlock' in d for d in m.degraded) and m.exit_code == 0"
places
run 0 "mounts and a file" --enforce --policy "$dir/file.json" -- sh -c "echo x >$work/out/old; echo x >$work/in/state;
	echo x >$work/out/a; mkdir $work/none; cat $work/out/old $work/in/state"
holds "mounts and a file: it, and the directory of what is to come, can be written" "m.exit_code == 0"
holds "mounts and a file: a declared directory that is not there is told" \
	"[x for x in m.reduced if 'files.write declares $work/none, which is not there' in x] == m.reduced and 'not there' in str(r.not_observable)"
check "mounts and a file: other files cannot" sh -c 'grep -c "Read-only file system" "$1" | grep -qx 2' sh "$err"
TCBOX=$tcbox

# What is not to be enforced
for policy in ignore absent; do
	run_acts 0 "files $policy" --enforce --policy "$dir/$policy.json"
	all_said "files $policy: everything works" undeclared OK
	holds "files $policy: nothing kept it" "m.writes_by is None and not find('FILE-UNDECLARED')"
done
run_acts 0 "no file is declared" --enforce --policy "$dir/none.json"
check "no file is declared: none can be written" sh -c '! grep "declared create OK" "$1"' sh "$out"
holds "no file is declared: the report tells" "m.writes_by and find('FILE-UNDECLARED')"

if needs Landlock "single files, reading, binds and rulesets"; then
	# One file
	places
	run 0 "a file" --enforce --policy "$dir/file.json" -- sh -c "echo x >$work/out/old; echo x >$work/in/state;
		echo x >$work/out/a; mkdir $work/none; rm $work/out/old; cat $work/out/old $work/in/state"
	holds "a file: it, and the directory of what is to come, can be written" "m.exit_code == 0 and m.writes_by"
	holds "a file: a declared directory that is not there is told" \
		"[x for x in m.reduced if 'files.write declares $work/none, which is not there' in x] == m.reduced and 'not there' in str(r.not_observable)"
	check "a file: others cannot, and it stays" sh -c 'grep -c "Permission denied" "$1" | grep -qx 3' sh "$err"

	# The rule of a file outlives its copy on first write, when the kernel forgets the name in between: only root can make it
	if [ "$(id -u)" = 0 ] && [ -w /proc/sys/vm/drop_caches ]; then
		places
		mkfifo "$dir/go"
		{
			until_true 20 grep -q first "$dir/out"
			sync -f "$work"
			echo 2 >/proc/sys/vm/drop_caches
			echo go
		} >"$dir/go" &
		input=$dir/go
		run 0 "a file that the kernel forgot" --enforce --policy "$dir/file.json" -- sh -c "
			echo first >$work/out/old && echo first >$work/in/state && cat $work/out/old
			read go; echo second >$work/out/old; cat $work/out/old; echo third >$work/in/state; cat $work/in/state"
		input=
		wait
		check "a file that the kernel forgot: can be written again, and in its directory" \
			sh -c 'printf "first\nsecond\nthird\n" | cmp - "$1"' sh "$out"
	fi

	# Reading
	places
	printf '#!/bin/sh\ncat "%s/in2/old"; ls "%s/out"; cat "%s/out/old"; cat /etc/fstab\n' "$work" "$work" "$work" >"$dir/acts/reader"
	chmod 755 "$dir/acts/reader"
	run 0 "reading, control" --policy "$dir/read.json" -- "$dir/acts/reader"
	says "reading, control: everything can be read without --enforce" "$out" "out"
	run 0 "reading" --enforce --policy "$dir/read.json" -- "$dir/acts/reader"
	check "reading: only what is declared, and directories" sh -c 'printf "in2\na\nc\nd\nfor-in\nfor-out\nold\nolddir\n" | cmp - "$1"' sh "$out"
	holds "reading: the report tells" "m.reads_by == r.run.reads_by == 'Landlock ABI $abi'
		and any('places that its policy declares failed: Landlock ABI $abi' in g.why for g in r.not_observable)"
	says "reading: for people, too" "$err" "reading outside declared places failed: Landlock ABI $abi"
	places
	cp /bin/echo "$work/helper"
	run 0 "reading what is written or executed" --enforce --policy "$dir/read.json" -- \
		sh -c "echo written >$work/in/new; cat $work/in/new; $work/helper executed"
	check "reading what is written or executed: is declared, too" sh -c 'printf "written\nexecuted\n" | cmp - "$1"' sh "$out"
	run 0 "reading and python" --enforce --policy "$dir/read.json" -- python3 -c 'import ssl, sqlite3; print("started")'
	says "reading and python: it starts" "$out" started
	run 0 "reading and names" --enforce --policy "$dir/read.json" -- sh -c 'getent hosts a.example >/dev/null && echo found'
	says "reading and names: they are found" "$out" found

	# Binds and terminals
	places
	policy bind '"files": { "write": ["/data/**"] }'
	run 0 "a bind" --enforce --policy "$dir/bind.json" --bind "$work/in:/data" -- sh -c "echo x >/data/new; echo x >$work/out/new; cat /data/new"
	check "a bind: can be written where it was declared" sh -c 'echo x | cmp - "$1"' sh "$out"
	says "a bind: others cannot" "$err" "Permission denied"
	bundle=$dir/bundles/tty
	python3 "$lib/terminal.py" 24 80 -- "$TCBOX" run --timeout 15 --quiet --enforce --policy "$dir/bind.json" --output "$bundle" -- \
		sh -c 'echo x >/dev/tty && echo x >"$(tty)" && stty rows 10' >"$dir/tty" 2>&1
	holds "a terminal: is free" "m.exit_code == 0 and m.writes_by and not find('FILE-UNDECLARED')"

	# Rulesets of the product's own
	places
	run 0 "a product with a ruleset of its own" --enforce --policy "$dir/plain.json" -- python3 -c "
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall(444, ctypes.byref(ctypes.c_uint64(1 << 7)), ctypes.c_size_t(8), 0)
assert fd >= 0 and not libc.prctl(38, 1, 0, 0, 0) and not libc.syscall(446, fd, 0)
open('$work/in/new', 'w').close()
for path in '$work/in/dir', '$work/out/dir':
    try: os.mkdir(path)
    except PermissionError: print('refused')
"
	check "a product with a ruleset of its own: both hold" sh -c 'printf "refused\nrefused\n" | cmp - "$1"' sh "$out"

	# Mounts of the product's own are possible only without Landlock
	places
	run 0 "a product that may mount" --enforce --policy "$dir/mounts.json" -- unshare -Urm sh -c "
		mount -t tmpfs none $work/in2 && echo mounted; echo x >$work/in/new && echo written
		echo x >$work/out/new || mount -o remount,rw $work/out || mount -o bind,remount,rw /var/tmp || umount /var/tmp || echo kept"
	check "a product that may mount: mounts, writes, and undoes nothing" \
		sh -c 'printf "mounted\nwritten\nkept\n" | cmp - "$1"' sh "$out"
	holds "a product that may mount: the report tells" "m.writes_by == 'mounts'"
fi

# Real programs
for by in Landlock mounts; do
	[ "$by" = Landlock ] || TCBOX=$dir/tcbox-without
	places
	run 0 "$by and sqlite" --enforce --policy "$dir/plain.json" -- python3 -c "
import sqlite3
db = sqlite3.connect('$work/in/x.db')
db.execute('pragma journal_mode=wal'); db.execute('create table t(a)'); db.execute('insert into t values(7)'); db.commit()
print(db.execute('select a from t').fetchall())"
	says "$by and sqlite: works" "$out" "[(7,)]"
	holds "$by and sqlite: conforms" "not find('FILE-UNDECLARED') and m.exit_code == 0"
	if command -v git >/dev/null; then
		run 0 "$by and git" --enforce --policy "$dir/plain.json" -- sh -c "git init -q $work/in/r && cd $work/in/r && echo x >f &&
			git add f && git -c user.name=n -c user.email=e@x commit -q -m one && git log --format=%s && git clone -q . ../r2"
		says "$by and git: works" "$out" one
		holds "$by and git: conforms" "not find('FILE-UNDECLARED') and m.exit_code == 0"
	else
		skip "$by and git" "git is not installed"
	fi
done

finish
