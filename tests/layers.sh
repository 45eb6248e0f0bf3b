#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# layers.sh - rooms include only what they may; prints file:line of what they may not
#
# Floor      include/tcbox/*.h named in "floor" below		the C library and each other
# Words      include/tcbox/{chain,event,details,finding,gap,note,policy,review,run}.h		the floor and each other
# Front door include/tcbox/{sandbox,lab,capture,evidence,facts,compare,exchange,learn,policy_diff,policy_lint,policy_merge,record,report,bundle,try,seal}.h	floor and
#            words; compare.h also record.h
# A room     its own front door, record.h, words, floor, its own headers; lib: the floor only
# evidence   knows what happened and not what is allowed: neither policy.h nor finding.h
# Readers    policy/compare, policy/learn, facts, try and report/page also include evidence.h, report also facts.h
# run, cli   everything in include/; cli also the headers of run
# A folder   of a room: what "folder" below lists
# Libraries  each in the rooms of the table below, none in include/
set -u

cd "${1:-.}" || exit 1

includes() {
	find include/tcbox lib record bundle evidence policy facts report try seal sandbox capture lab run cli -name '*.[ch]' \
		-exec grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' {} + 2>/dev/null
}

judge() {
	includes | awk '
	function set(list, array,   i, n, w) { n = split(list, w, " "); for (i = 1; i <= n; i++) array[w[i]] = 1 }
	function inner(path,   part) { return split(path, part, "/") > 2 ? part[2] : "." }
	function bad(why) { print where ": " header ": " why; wrong[file] = 1 }
	BEGIN {
		set("app_words buf clock dns_words err fd file grow hash host_words json_write jsonc lockup log map memory nearest net openssl_err own pool sha256 size syscalls syscalls_newer title word", floor)
		set("chain event details finding gap note policy review run", words)
		door["sandbox"] = "sandbox"; door["lab"] = "lab"; door["capture"] = "capture"
		door["policy"] = "compare exchange learn policy_diff policy_lint policy_merge"; door["report"] = "report"; door["record"] = "record"
		door["bundle"] = "bundle"; door["evidence"] = "evidence"; door["facts"] = "facts"; door["try"] = "try"; door["seal"] = "seal"
		# folders whose work is to read the evidence
		reader["policy/compare"] = reader["policy/learn"] = reader["facts/."] = reader["report/page"] = reader["try/."] = 1
		# rooms that read the facts
		tells["report"] = 1
		# a room with folders: the folders whose headers each folder may include beside its own ("." is the room itself)
		folder["sandbox/."] = " box gate filter watch "; folder["sandbox/box"] = folder["sandbox/gate"] = " . "
		folder["sandbox/filter"] = " "; folder["sandbox/watch"] = " . filter "; folder["sandbox/doctor"] = " . box gate filter watch "
		folder["policy/."] = " "; folder["policy/compare"] = folder["policy/write"] = folder["policy/diff"] = folder["policy/lint"] = " . "
		folder["policy/learn"] = folder["policy/exchange"] = folder["policy/merge"] = " . write "
		folder["report/."] = " "; folder["report/page"] = folder["report/diff"] = " . "
		# library headers by prefix, and the rooms that may use them
		lib["pcap"] = " capture "; lib["ndpi"] = " capture "; lib["gcrypt.h"] = " capture "; lib["netlink/"] = " capture sandbox "
		lib["seccomp.h"] = " sandbox "; lib["event2/"] = " lab "; lib["nghttp2/"] = " lab "; lib["openssl/"] = " lib lab seal "; lib["zlib.h"] = " lab report "; lib["archive"] = " bundle "; lib["libpsl.h"] = lib["yaml.h"] = " policy "
		# what the C library and the kernel install; anything else is a library that the table does not know
		set("linux sys net netinet netpacket arpa asm bits", system_dir)
		set("alloca assert byteswap complex ctype dirent dlfcn elf endian err errno fcntl features fenv float fnmatch fts " \
		    "getopt glob grp ifaddrs inttypes iso646 langinfo libgen limits link locale malloc math mntent netdb " \
		    "obstack paths poll printf pthread pty pwd regex resolv sched search semaphore setjmp signal spawn stdalign " \
		    "stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings syscall sysexits syslog " \
		    "termios threads time uchar ucontext unistd utime utmp wait wchar wctype wordexp", system_header)
	}
	{
		i = index($0, ":"); file = substr($0, 1, i - 1); rest = substr($0, i + 1)
		i = index(rest, ":"); where = file ":" substr(rest, 1, i - 1)
		header = substr(rest, i + 1); sub(/^[^"<]*["<]/, "", header); sub(/[">].*/, "", header)
		room = file; sub(/\/.*/, "", room)
		self = file; sub(/.*\//, "", self); sub(/\.h$/, "", self)
		seen[file] = 1

		if (header ~ /^tcbox\//) {
			name = header; sub(/^tcbox\//, "", name); sub(/\.h$/, "", name)
			if (name in floor || room == "cli" || room == "run") next
			if (room == "include") {
				if (self == "evidence" && (name == "policy" || name == "finding"))
					bad("evidence judges nothing")
				else if (self in floor) bad("the floor includes nothing above it")
				else if (name in words || (self == "compare" && name == "record")) next
				else bad("a front door includes only floor and words")
			} else if (room == "lib") bad("lib knows the floor only")
			else if (room == "evidence" && (name == "policy" || name == "finding"))
				bad("evidence judges nothing")
			else if (name == "evidence" && (room "/" inner(file)) in reader) next
			else if (name == "facts" && (room in tells)) next
			else if (name in words || name == "record" || index(" " door[room] " ", " " name " ")) next
			else bad("another room'"'"'s front door")
			next
		}
		for (l in lib) if (index(header, l) == 1) {
			if (!index(lib[l], " " room " ")) bad("this library belongs to:" lib[l])
			next
		}
		dir = header; sub(/\/.*/, "", dir)
		if (header ~ /^(lib|record|bundle|evidence|policy|facts|report|try|seal|sandbox|capture|lab|run|cli)\//) {
			if (dir != room && !(room == "cli" && dir == "run")) bad("private header of another room")
			else if (dir == room && inner(file) != inner(header) && !index(folder[room "/" inner(file)], " " inner(header) " "))
				bad("header of another folder")
			next
		}
		if ((header == "syscall_table.h" || header == "syscall_table_32.h") && room == "lib") next
			if (header == "page_files.h" && room == "report") next
		if (header ~ /\// ? !(dir in system_dir) : !(substr(header, 1, length(header) - 2) in system_header))
			bad("neither ours nor of the C library nor in the table of libraries")
	}
	END { for (f in seen) if (!(f in wrong)) print "fine " f }' | sort
}

if [ "${1:-}" ]; then
	judge
	exit
fi

n=0
result() {
	n=$((n + 1))
	echo "$1 $n - $2"
}

out=$(judge)
for f in $(printf '%s\n' "$out" | sed -n 's/^fine //p'); do
	result ok "$f keeps to its layer"
done
for f in $(printf '%s\n' "$out" | grep -v '^fine ' | cut -d: -f1 | sort -u); do
	result "not ok" "$f keeps to its layer"
	printf '%s\n' "$out" | grep "^$f:" | sed 's/^/# /'
done

# Planted violations, each of which must be caught on its line.
plant=$(mktemp -d)
trap 'rm -rf "$plant"' EXIT
me=$PWD/tests/layers.sh
planted() {	# file, include line
	rm -rf "${plant:?}"/*
	mkdir -p "$plant/$(dirname "$1")"
	printf '/* planted */\n#include %s\n' "$2" >"$plant/$1"
	if "$me" "$plant" | grep -q "^$1:2: "; then
		result ok "$1 including $2 is caught"
	else
		result "not ok" "$1 including $2 is caught"
	fi
}
planted lab/x.c '<tcbox/sandbox.h>'
planted lab/x.c '"capture/flow.h"'
planted lab/x.c '<pcap/pcap.h>'
planted lib/x.c '"tcbox/event.h"'
planted include/tcbox/err.h '"tcbox/event.h"'
planted include/tcbox/report.h '"tcbox/sandbox.h"'
planted include/tcbox/run.h '<json-c/json.h>'
planted run/x.c '"cli/cli.h"'
planted record/x.c '"tcbox/bundle.h"'
planted sandbox/box/x.c '"sandbox/gate/gate.h"'
planted sandbox/filter/x.c '"sandbox/watch/watch.h"'
planted sandbox/x.c '"sandbox/doctor/doctor.h"'
planted policy/x.c '"policy/compare/cmp_state.h"'
planted policy/x.c '"tcbox/evidence.h"'
planted evidence/x.c '"tcbox/policy.h"'
planted evidence/x.c '"tcbox/finding.h"'
planted evidence/x.c '"tcbox/compare.h"'
planted evidence/x.c '"policy/match.h"'
planted include/tcbox/evidence.h '"tcbox/finding.h"'
planted report/x.c '"tcbox/evidence.h"'
planted policy/compare/x.c '"tcbox/facts.h"'
planted policy/learn/x.c '"policy/compare/cmp_state.h"'
planted policy/write/x.c '"tcbox/evidence.h"'
planted policy/compare/x.c '"evidence/address.h"'
planted seal/x.c '"tcbox/evidence.h"'
planted policy/x.c '<zlib.h>'
planted policy/x.c '<glib-2.0/glib.h>'
echo "1..$n"
