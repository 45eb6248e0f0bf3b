#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# state.sh - layers that are kept, root of the box, other file systems: what each run changed, and what none may reach
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; the shell inside expands
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

export TCBOX_STATE_HOME="$dir/states"
# Bundles have names of their own here, so that what lies in the working directory can be compared.
changes='{(e.op, e.path): e for e in events("change")}'

prints() {	# NAME TEXT: what the product printed
	if [ "$(cat "$out")" = "$2" ]; then result 0 "$1"; else result 1 "$1" "$(cat "$out" "$err")"; fi
}

refused() {	# STATUS NAME TEXT OPTION... -- PROGRAM: tcbox says TEXT, and leaves no bundle
	expected=$1 name=$2 text=$3
	shift 3
	"$TCBOX" run --output "$dir/bundles/none" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	status=$?
	if [ $status = "$expected" ] && grep -qF -e "$text" "$dir/err" && [ ! -e "$dir/bundles/none" ]; then
		result 0 "$name: exit status $expected, and why"
	else
		result 1 "$name: exit status $expected, and why" "$status: $(cat "$dir/err")"
	fi
}

python=/usr/bin/python3
printf 'of the machine\n' >"$work/there"
chmod 666 "$work/there"
[ "$(id -u)" != 0 ] || chown 65534:65534 "$work/there"

# What is kept, and what is told
run 3 "first run" --state case -- sh -c 'mkdir -p sub /var/tmp/d; echo one >sub/new; echo two >>there; echo gone >passing; rm passing
	ln -s /nowhere /var/tmp/d/link; echo x >/tmp/x; mkfifo sub/fifo'
holds "first run: created and changed" "set($changes) == {('created', '$work/sub'), ('created', '$work/sub/new'), ('created', '$work/sub/fifo'),
		('changed', '$work/there'), ('created', '/var/tmp/d'), ('created', '/var/tmp/d/link'), ('created', '/tmp/x')}" \
	"first run: contents" "${changes}['created', '$work/sub/new'].sha256 == '2c8b08da5ce60398e1f19af0e5dccc744df274b826abe585eaba68c525434806'
		and ${changes}['created', '/var/tmp/d/link'].target == '/nowhere' and ${changes}['created', '$work/sub/fifo'].type == 'fifo'" \
	"first run: the report has them" "[(c.op, c.path) for c in r.changes] == sorted($changes, key=lambda c: c[1])" \
	"first run: named" "m.state_name == 'case' == r.run.state_name and m.state_run == 1"
says "first run: people are told" "$err" "created      $work/sub/new, 4 bytes, SHA-256"
check "first run: the machine's files are as before" sh -c "[ \"\$(cat '$work/there')\" = 'of the machine' ] && [ ! -e '$work/sub' ]"
run 3 "second run" --state case -- sh -c 'cat sub/new there; rm sub/new there; ls /tmp; test ! -e /tmp/x'
prints "second run: begins with what was left" "one
of the machine
two"
holds "second run: removed" "set($changes) == {('removed', '$work/sub/new'), ('removed', '$work/there')}" \
	"second run: the next number" "m.state_run == 2" "second run: /tmp begins empty" "m.exit_code == 0"
run 3 "third run" --state case -- sh -c 'test ! -e there && test ! -e sub/new && test -d sub && echo again >there'
holds "third run: what was removed is gone" "m.exit_code == 0" "third run: made again" "set($changes) == {('created', '$work/there')}"
run 3 "a run that changes nothing" --state case -- true
holds "a run that changes nothing: nothing is told" "events('change') == [] and r.changes == []"
says "a run that changes nothing: people are told" "$err" "Changed on disk
  Nothing."
run 3 "another state" --state other -- sh -c 'cat there; test ! -e sub'
prints "another state: knows nothing of the first" "of the machine"
run 3 "control: no state" -- sh -c 'cat there; test ! -e sub'
prints "control: no state: nothing is kept" "of the machine"
run 0 "a policy compares a run with a kept layer" --state case --policy "$policies/any.json" --net none -- sh -c 'chmod 700 sub; id -u'
check "a finished run with a kept layer is read again" "$TCBOX" report "$bundle"

# A directory that was replaced hides the machine's
mkdir "$work/tree"
touch "$work/tree/leaf"
chmod -R a+rwX "$work/tree"
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$work/tree"
run 3 "a directory is replaced" --state case -- sh -c 'rm -r tree && mkdir tree && touch tree/mine'
holds "a directory is replaced: told" "set($changes) == {('replaced', '$work/tree'), ('created', '$work/tree/mine')}"

# One run at a time; its end by force frees the layer
mkfifo "$dir/hold"
"$TCBOX" run --quiet --state case --output "$dir/bundles/held" -- cat <"$dir/hold" >/dev/null 2>&1 &
held=$!
exec 8>"$dir/hold"
check "a run holds the layer" until_true 20 grep -qs '"stage":"connected"' "$dir/bundles/held/events.jsonl"
refused 2 "two runs with one layer" "another run uses it" --state case -- true
kill -9 $held
wait $held 2>/dev/null
exec 8>&-
free() { "$TCBOX" state list | grep -q '^case .*runs'; }
check "a run that was killed frees the layer" until_true 20 free
run 3 "after a run that was killed" --state case -- sh -c 'test -e tree/mine'
holds "after a run that was killed: the layer is as it was left" "m.exit_code == 0"
for name in '' . .hidden a/b ../x 'a b' "$(printf '%65s' '' | tr ' ' a)"; do
	refused 2 "--state \"$name\"" "no name for a state" --state "$name" -- true
done

# What an earlier run left leads nowhere else: the machine is under /old while the box is built
victim=$dir/victim
mkdir "$victim"
printf 'untouched\n' >"$victim/resolv.conf"
chmod -R a+rwX "$victim"
run 3 "links in the way of the working directory" --state traps -- sh -c "mkdir -p /var/tmp/tcbox-trap && ln -s '/old$victim' /var/tmp/tcbox-trap/in"
run 3 "a place that an earlier run made a link: bind elsewhere" --state traps --bind "$victim:/srv/v" -- true
run 125 "a place that an earlier run made a link" --state traps --bind "$victim:/var/tmp/tcbox-trap/in/deeper" -- true
says "a place that an earlier run made a link: said" "$err" "symbolic link is in the way"
check "a place that an earlier run made a link: the machine's files are as before" sh -c "[ \"\$(ls '$victim')\" = resolv.conf ] &&
	grep -qx untouched '$victim/resolv.conf'"

# Places of the layer alone: what the machine has there is not below
run 3 "a file where the machine has one that is not seen" --state case -- sh -c "mkdir -p '$victim' && echo mine >'$victim/resolv.conf'"
holds "a file where the machine has one that is not seen: it is new" "('created', '$victim/resolv.conf') in $changes and ('created', '$victim') in $changes"
run 3 "kept layers are not to be seen" --workdir "$dir" -- sh -c "ls '$dir/victim'; ls -A '$TCBOX_STATE_HOME' 2>/dev/null"
prints "kept layers are not to be seen: also where they lie in the product's directory" resolv.conf
run 3 "kept layers are not to be seen in a run of theirs" --workdir "$dir" --state case -- sh -c "ls '$dir/victim'; ls -A '$TCBOX_STATE_HOME' 2>/dev/null"
prints "kept layers are not to be seen in a run of theirs: nor" resolv.conf

# Root of the box
run 3 "no --as-root" -- sh -c '! touch /usr/bin/tcbox-test 2>/dev/null; id -u'
usual=$(id -u)
[ "$usual" != 0 ] || usual=65534
prints "no --as-root: the usual user" "$usual"
for i in 1 2; do
	run 3 "--as-root and a new --state, run $i" --as-root --state both --hostname till-9 -- sh -c 'grep nameserver /etc/resolv.conf | head -n 1
		head -n 1 /etc/hosts; cat /etc/hostname; tail -n +2 /etc/hosts | grep -c .'
	prints "--as-root and a new --state, run $i: the box's own files, not the machine's" "nameserver 198.19.255.1
127.0.1.1	till-9
till-9
4"
done
run 3 "--as-root" --as-root -- sh -c 'id -u; echo "$HOME $USER"; touch /usr/bin/tcbox-test /etc/tcbox-test && mkdir /tcbox-test && echo made
	rm /usr/bin/env && echo removed; echo "x:x:1:1::/:/bin/sh" >>/etc/passwd && tail -n 1 /etc/passwd; wc -c </etc/shadow | grep -vx 0 >/dev/null && echo shadow
	grep -v ":\*:" /etc/shadow'
prints "--as-root: root, of its own copy" "0
/root root
made
removed
x:x:1:1::/:/bin/sh
shadow"
holds "--as-root: recorded" "m.as_root and r.run.as_root and m.ids >= 1 and m.ids == r.run.ids" \
	"--as-root: the control was seen" "r.canary.calls and r.canary.packets and r.canary.lab"
check "--as-root: the machine's files are as before" sh -c '[ -x /usr/bin/env ] && [ ! -e /usr/bin/tcbox-test ] && [ ! -e /etc/tcbox-test ] &&
	[ ! -e /tcbox-test ] && ! grep -q ^x:x:1: /etc/passwd'
cat >"$dir/power.py" <<'END'
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def tries(what, ok):
    print(what, "done" if ok else "refused")
tries("mount", libc.mount(b"none", b"/mnt", b"tmpfs", 0, None) == 0)
tries("hostname", libc.sethostname(b"x", 1) == 0)
tries("remount", libc.mount(None, b"/proc/sys", None, 0x1020, None) == 0)
tries("chroot", libc.chroot(b"/") == 0)
for path in "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/net/ipv4/ip_forward", "/proc/1/mem", "/proc/1/root/etc/passwd":
    try:
        os.close(os.open(path, os.O_RDWR))
        tries(path, True)
    except OSError:
        tries(path, False)
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
    tries("raw socket", True)
except OSError:
    tries("raw socket", False)
s = socket.socket()
s.bind(("127.0.0.1", 80))
tries("port 80", True)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(status["CapEff"].strip(), status["CapBnd"].strip(), status["NoNewPrivs"].strip())
END
run 3 "--as-root: power over the box" --as-root --bind "$dir/power.py:/srv/power.py" -- $python /srv/power.py
prints "--as-root: power over the box: files and users, and nothing else" "mount refused
hostname refused
remount refused
chroot done
/proc/sys/kernel/core_pattern refused
/proc/sysrq-trigger refused
/proc/sys/net/ipv4/ip_forward refused
/proc/1/mem refused
/proc/1/root/etc/passwd refused
raw socket refused
port 80 done
00000000a80405ff 00000000a80405ff 1"

# Users of the box: for root always; for others where subuid(5) has ids for them
if [ "$(id -u)" = 0 ]; then
	cat >"$dir/users.sh" <<'END'
chown 1:2 /usr/bin/true && stat -c %u:%g /usr/bin/true
touch /etc/theirs && chown 1000:1000 /etc/theirs && chmod 600 /etc/theirs
setpriv --reuid=1000 --regid=1000 --clear-groups sh -c 'id -u; touch /etc/no 2>/dev/null || echo "not root"; cat /etc/theirs && echo own'
setpriv --reuid=1001 --regid=1001 --clear-groups cat /etc/theirs 2>/dev/null || echo "not theirs"
END
	want="1000
not root
own
not theirs"
	run 3 "users of the box" --as-root --bind "$dir/users.sh:/srv/users.sh" -- sh /srv/users.sh
	prints "users of the box: root can become each" "$want"
	holds "users of the box: counted" "m.ids == 65536"
	# an ordinary user with ids of subuid(5), in a view of the machine in which it has them
	cat >"$dir/subuid.sh" <<'END'
set -e
printf 'tcboxtest:200000:65536\n' >"$1/subids"
mount --bind "$1/subids" /etc/subuid
mount --bind "$1/subids" /etc/subgid
sed '$ a tcboxtest:x:12399:12399::/:/bin/sh' /etc/passwd >"$1/passwd"
mount --bind "$1/passwd" /etc/passwd
mkdir -p "$1/user"
chown 12399:12399 "$1/user"
cd "$1/user"
export HOME="$1/user" TCBOX_STATE_HOME="$1/user/states"
setpriv --reuid=12399 --regid=12399 --clear-groups "$2" run --quiet --as-root --state sub --output "$1/user/bundle" \
	--bind "$1/users.sh:/srv/users.sh" -- sh /srv/users.sh
[ $? = 3 ] || true
END
	# shellcheck disable=SC2086
	touch /etc/subuid /etc/subgid
	unshare -m sh "$dir/subuid.sh" "$dir" "$TCBOX" >"$dir/out" 2>"$dir/err"
	out=$dir/out err=$dir/err
	prints "users of the box, by newuidmap(1)" "$want"
	check "users of the box, by newuidmap(1): their files are theirs on the machine, too" \
		sh -c "[ \"\$(find '$dir/user/states' -name theirs -printf %U)\" = 200999 ]"
	check "users of the box, by newuidmap(1): the state can be removed" unshare -m sh -c "mount --bind '$dir/subids' /etc/subuid &&
		mount --bind '$dir/subids' /etc/subgid && mount --bind '$dir/passwd' /etc/passwd && cd / && TCBOX_STATE_HOME='$dir/user/states' setpriv --reuid=12399 --regid=12399 --clear-groups \
		'$TCBOX' state remove sub && [ ! -e '$dir/user/states/sub' ]"
fi

# Daemons beside their client, by the script that tcbox(1) prints
sed -n '/^\$ cat start.sh$/,/^\$ tcbox run/p' "$here/../../man/tcbox.1" | sed '1d; $d; s/\\e$/\\/' >"$dir/start.sh"
mkdir "$dir/acme"
printf '#!/bin/sh\nexec sleep 1000\n' >"$dir/acme/daemon"
printf '#!/bin/sh\ndbus-send --system --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames; exit 7\n' >"$dir/acme/client"
chmod 755 "$dir/acme/daemon" "$dir/acme/client"
if ! command -v dbus-daemon >/dev/null || ! command -v dbus-send >/dev/null; then
	skip "daemons: the client talks to them" "dbus-daemon or dbus-send is not installed"
elif [ "$(id -u)" = 0 ]; then
	run 3 "daemons: by the script of the manual" --as-root --bind "$dir/start.sh:/srv/start.sh:ro" --bind "$dir/acme:/opt/acme:ro" -- sh /srv/start.sh
	says "daemons: the client talks to them" "$bundle/stdout.log" 'string "org.freedesktop.DBus"'
	holds "daemons: the status is the client's" "m.exit_code == 7" \
		"daemons: all are recorded" '{"dbus-daemon", "daemon", "client", "sleep"} <= {base(e.exe or e.path) for e in execs()}'
elif ! grep -qs -e "^$(id -un 2>/dev/null):" -e "^$(id -u):" /etc/subuid; then
	run 3 "daemons: without subordinate ids" --as-root --bind "$dir/start.sh:/srv/start.sh:ro" --bind "$dir/acme:/opt/acme:ro" -- sh /srv/start.sh
	holds "daemons: without subordinate ids the script fails" "m.exit_code == 1" \
		"daemons: and no client was started" '"dbus-daemon" in {base(e.exe or e.path) for e in execs()} and "client" not in {base(e.exe or e.path) for e in execs()}'
fi

# Installing, using and updating a package
package() {	# VERSION
	rm -rf "$dir/deb"
	mkdir -p "$dir/deb/DEBIAN" "$dir/deb/opt/acme-tcbox-test" "$dir/deb/var/lib/acme-tcbox-test"
	printf 'Package: acme-tcbox-test\nVersion: %s\nArchitecture: all\nMaintainer: Acme <a@acme.example>\nDescription: agent\n' "$1" \
		>"$dir/deb/DEBIAN/control"
	printf '#!/bin/sh\necho installed %s >/etc/acme-tcbox-test\n' "$1" >"$dir/deb/DEBIAN/postinst"
	printf '#!/bin/sh\necho agent %s; cat /etc/acme-tcbox-test; date >/var/lib/acme-tcbox-test/started\n' "$1" >"$dir/deb/opt/acme-tcbox-test/agent"
	chmod 755 "$dir/deb/DEBIAN/postinst" "$dir/deb/opt/acme-tcbox-test/agent"
	dpkg-deb --root-owner-group -b "$dir/deb" "$dir/acme-$1.deb" >/dev/null
	chmod 644 "$dir/acme-$1.deb"
}
package 1.0
package 2.0
agent=/opt/acme-tcbox-test/agent
run 3 "install" --state acme --as-root --bind "$dir/acme-1.0.deb:/srv/acme.deb" -- dpkg --force-unsafe-io -i /srv/acme.deb
holds "install: it succeeded" "m.exit_code == 0" "install: what it made" "('created', '$agent') in ${changes} and ('created', '/etc/acme-tcbox-test') in $changes
	and ('changed', '/var/lib/dpkg/status') in ${changes}"
run 3 "use" --state acme -- $agent
prints "use: the program that was installed" "agent 1.0
installed 1.0"
holds "use: what it wrote" "set($changes) == {('created', '/var/lib/acme-tcbox-test/started')}" \
	"use: the program is known" "any(e.exe == '$agent' and e.sha256 for e in events('exec'))"
run 3 "update" --state acme --as-root --bind "$dir/acme-2.0.deb:/srv/acme.deb" -- dpkg --force-unsafe-io -i /srv/acme.deb
holds "update: it succeeded" "m.exit_code == 0" "update: what it changed" "{('changed', '$agent'), ('changed', '/etc/acme-tcbox-test')} <= set($changes)"
run 3 "use after the update" --state acme -- $agent
prints "use after the update: the new program" "agent 2.0
installed 2.0"
check "the machine knows nothing of it" sh -c '[ ! -e /opt/acme-tcbox-test ] && ! dpkg -s acme-tcbox-test'
refused 127 "control: no such program without the state" "No such file" -- $agent

# Another file system
root=$dir/root
set -- dash coreutils libc6 tar libselinux1 libpcre2-8-0 libacl1 libattr1 libgmp10
check "control: a file system out of this machine's packages" "$lib/make_root.sh" "$root" "$@"
[ "$(id -u)" != 0 ] || chown -R 65534:65534 "$root"
run 3 "--root" --root "$root" -- sh -c 'pwd; cat /etc/group; ls /home; ls -d /etc/ssl/certs; echo changed >/etc/group; touch /usr/bin/new'
prints "--root: that file system, with a private layer" "/
root:x:0:
nogroup:x:65534:
/etc/ssl/certs"
holds "--root: recorded" "m.root == '$root' == r.run.root" "--root: its program is hashed" "'$root/usr/bin/dash' in [f.path for f in m.files]"
check "--root: nothing in it is changed" sh -c "[ ! -e '$root/usr/bin/new' ] && head -n 1 '$root/etc/group' | grep -qx root:x:0: && [ ! -e '$root/etc/resolv.conf' ]"
run 3 "--root with --workdir" --root "$root" --workdir /usr/bin -- ./pwd
prints "--root with --workdir: a path in it" "/usr/bin"
run 3 "--root, --as-root and --state" --root "$root" --as-root --state image -- sh -c 'mkdir /opt /srv; echo "#!/bin/sh
echo tool" >/opt/tool; chmod 755 /opt/tool; chmod 700 /usr/bin/cat'
holds "--root, --as-root and --state: told" "{('created', '/opt'), ('created', '/opt/tool'), ('created', '/srv'), ('changed', '/usr/bin/cat')} == set($changes)"
run 3 "--root and --state" --root "$root" --state image -- /opt/tool
prints "--root and --state: a program that only the layer has" tool
refused 2 "a state with another file system" "root as root file system" --state image -- true
refused 127 "--root: a program that it does not have" "no such program" --root "$root" -- python3
refused 2 "--root that is not there" "No such file" --root "$dir/nothing" -- true
refused 2 "--root that is a file" "Not a directory" --root "$work/there" -- true
refused 2 "--root /" "without this option" --root / -- true
refused 2 "--root with a relative --workdir" "absolute path" --root "$root" --workdir usr -- true
ln -s "$victim" "$root/escape"
run 3 "links of another file system stay in it" --root "$root" -- sh -c "! cat /escape/resolv.conf"
holds "links of another file system stay in it: nothing there" "m.exit_code == 0"

# tcbox state
said=$("$TCBOX" state list)
check "tcbox state list: names and runs" sh -c "printf '%s\n' '$said' | grep -q '^acme  *4 runs'"
check "tcbox state remove" "$TCBOX" state remove acme case both other traps image
check "tcbox state remove: nothing is left" sh -c "[ -z \"\$(ls '$TCBOX_STATE_HOME')\" ]"
"$TCBOX" state remove acme >/dev/null 2>"$dir/err"
check "tcbox state remove of what is not there: wrong usage" test $? = 2
says "tcbox state remove of what is not there: said" "$dir/err" "acme"
finish
