#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# execs.sh - an undeclared program is found by whatever way it is executed
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

# Each run has files of its own: an actor may remove them. Programs end with 7, what is declared beside them with 0.
cat >"$dir/programs.json" <<END
{ "tcbox_policy": 1, "executes": ["$work/actor", "$work/declared", "$work/script", "/usr/bin/dash"],
  "files": { "write": ["/**"] }, "undeclared": { "executes": "violation" } }
END
files() {
	rm -rf "${work:?}"/*
	cp "$ACTORS/exec_actor" "$work/actor"
	cp "$ACTORS/exec_actor" "$work/program"
	cp /usr/bin/true "$work/declared"
	ln -s declared "$work/name"
	printf '#!%s\n' "$work/program" >"$work/script"
	chmod 755 "$work/script"
	[ "$(id -u)" != 0 ] || chown -h 65534:65534 "$work"/*
}
ran() { "$@"; [ $? = 7 ]; }
found() {	# NAME EXE ARG...: the program EXE is found, and nothing else
	name=$1 exe=$2
	shift 2
	files
	outside "$name" ran "$work/actor" "$@"
	files
	run 1 "$name" --policy "$dir/programs.json" -- "$work/actor" "$@"
	holds "$name: the act works" 'm.exit_code == 7' \
		"$name: it is found" "any('$exe' in f.observed for f in find('EXEC-UNDECLARED'))" \
		"$name: nothing else is" 'set(codes()) == {"EXEC-UNDECLARED"}'
}

files
run 0 "control: a declared program" --policy "$dir/programs.json" -- "$work/actor" thread "$work/declared"
found "a program in memory" "memfd:program" memfd "$work/program"
found "a program by its descriptor" "$work/program" descriptor "$work/program"
found "a program whose name is gone" "$work/program" deleted "$work/program"
found "a program with a new name" "$work/new" renamed "$work/program" "$work/new"
found "a program of another thread" "$work/program" thread "$work/program"
found "a link that turns" "$work/program" link "$work/program" "$work/declared" "$work/name"
found "the interpreter of a declared script" "$work/program" thread "$work/script"

# While a large program is hashed all others go on.
found_beside() {
	files
	truncate -s 256M "$work/program"
	run 1 "a large program" --policy "$dir/programs.json" -- "$work/actor" beside "$work/program"
	holds "a large program: the act works" 'm.exit_code == 7' \
		"a large program: it is found" "the(find('EXEC-UNDECLARED')) and '$work/program' in the(find('EXEC-UNDECLARED')).observed" \
		"a large program: it has its hash" "the([e for e in events('exec') if e.get('exe') == '$work/program'])['sha256'] == '$(sha256sum <"$work/program" | cut -d' ' -f1)'" \
		"a large program: other calls were answered meanwhile" "int(open(bundle + '/stdout.log').read()) > 200"
}
found_beside

# A declared name that is one file, and then another.
sed "s|\"$work/declared\"|\"$work/declared\", \"$work/name\"|" "$dir/programs.json" >"$dir/swapped.json"
files
run "0 1 3" "a name with two files" --policy "$dir/swapped.json" -- "$work/actor" swap "$work/program" "$work/declared" "$work/name"
holds "a name with two files: the act works" 'm.exit_code == 7' \
	"a name with two files: that there were two is told" 'find("EXEC-CHANGED") or find("EXEC-UNDECLARED") or r.verdict == "inconclusive"'

# Many large programs cannot use up a run: what was not hashed may be anything.
files
cat >"$work/script" <<END
#!/bin/dash
for i in 1 2 3 4 5 6 7 8 9; do
	cp "$work/program" "$work/big\$i"
	truncate -s 1G "$work/big\$i"
	"$work/big\$i" none
done
echo "the last one has ended"
exit 7
END
sed 's|"/usr/bin/dash"|"/usr/bin/dash", "/usr/bin/cp", "/usr/bin/truncate", "/**/big*"|' "$dir/programs.json" >"$dir/big.json"
limit=100s run 3 "many large programs" --policy "$dir/big.json" -- /bin/dash "$work/script"
says "many large programs: all were executed" "$out" "the last one has ended"
holds "many large programs: some have a hash, the last has none" "[bool(e.sha256) for e in events('exec') if '/big' in e.exe][::8] == [True, False]" \
	"many large programs: the report says so" "any('hashes of programs' in g.what.lower() for g in r.not_observable if g.blocks_conforms)"
rm -f "$work"/big*

# What is mapped is no program: tcbox(7) says so. Where the product has made the file, that is told.
files
run 0 "a program is mapped" --policy "$dir/programs.json" -- "$work/actor" map "$work/program"
holds "a program is mapped: the act works" 'm.exit_code == 7' "a program is mapped: it is no act" 'not events("map")'
maps() {	# NAME SCRIPT [PATH]: as above, by a shell that does something before
	what="${3:-$work/copy}"
	files
	run 0 "$1" --policy "$dir/programs.json" -- /bin/dash -c "$2"
	holds "$1: the act works" 'm.exit_code == 7' "$1: it is recorded" "the(events('map')).path == '$what'" \
		"$1: it is told" "'${what##*/}' in the(find('EXEC-MAPPED')).title and the(find('EXEC-MAPPED')).severity == 'warning'"
}
sed 's|"/usr/bin/dash"|"/usr/bin/dash", "/usr/bin/cp"|' "$dir/programs.json" >"$dir/more.json" && mv "$dir/more.json" "$dir/programs.json"
maps "a file of the run is mapped" "cp '$work/program' '$work/copy'; exec '$work/actor' map '$work/copy'"
maps "a file of the run is mapped, and then the program is another one" \
	"cp '$work/program' '$work/copy'; exec '$work/actor' mapshell '$work/copy'"
maps "a file of the run is mapped, and removed" "cp '$work/program' '$work/copy'; exec '$work/actor' mapgone '$work/copy'"
maps "a file of the run is mapped, and made code later" "cp '$work/program' '$work/copy'; exec '$work/actor' maplater '$work/copy'"
maps "a file in shared memory is mapped" "cp '$work/program' /dev/shm/copy; exec '$work/actor' map /dev/shm/copy" /dev/shm/copy
maps "a file whose name looks escaped is mapped" "cp '$work/program' '$work/c\\012y'; exec '$work/actor' map '$work/c\\012y'" "$work/c\\\\\\\\012y"
maps "memory with a name is mapped" "cp '$work/program' '$work/copy'; exec '$work/actor' mapmemory" memfd:plugin
# A newline is written otherwise in each place.
newline=$(printf '%s/c\ny' "$work")
files
run 0 "a file with a newline in its name is mapped" --policy "$dir/programs.json" -- \
	/bin/dash -c "cp '$work/program' '$newline'; exec '$work/actor' map '$newline'"
holds "a newline: the act works" 'm.exit_code == 7' "a newline: it is recorded" "the(events('map')).path == '$work/c\\ny'" \
	"a newline: it is told" "len(find('EXEC-MAPPED')) == 1"
finish
