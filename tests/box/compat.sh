#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# compat.sh - a box that breaks products is useless: programs of many kinds say and return in the box what they do outside
#
# COMPAT=TEXT: only the tests with this in their names. Programs that are not installed, or that do not work outside for this user, are skipped. doc/COMPATIBILITY.md tells more.
# Outside, nothing but loopback is talked to; what needs a network runs inside only.
# shellcheck disable=SC1091,SC2016,SC2154 # box.sh sets what it says; scripts are for another shell
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

lint=$("$TCBOX" policy lint "$policies/any.json" 2>&1)
result $? "the policy of this test is valid" "$lint"

# Started by root the product is nobody: then outside too.
outsider='' tried=0 bundle='' policy=$policies/any.json
export LC_ALL=C.UTF-8
unset LANG LANGUAGE
[ "$(id -u)" != 0 ] || outsider="setpriv --reuid=65534 --regid=65534 --clear-groups"

# have NAME "PROGRAM...": true if it is asked for, and all are installed; if they are not, the test is skipped
have() {
	case $1 in *"${COMPAT-}"*) ;; *) return 1 ;; esac
	for program in $2; do
		command -v "$program" >/dev/null || {
			skip "$1" "$program is not installed"
			return 1
		}
	done
}

# in_box NAME CODES SCRIPT: run it in the box, in a directory of its own. The findings are CODES
in_box() {
	runs=$((runs + 1))
	# shellcheck disable=SC2086 # no word, or several
	bundle=$dir/bundles/$runs expected="[$(printf '"%s",' $2 | sed 's/"",//')]"
	mkdir -m 1777 "$work/$runs.in"
	cd "$work/$runs.in" || exit 1
	"$TCBOX" run --quiet --timeout 60s --policy "$policy" --output "$bundle" -- /bin/sh -c "$3" sh "$port" \
		>"$dir/out" 2>"$dir/err" </dev/null
	cd "$work" || exit 1
	holds "$1: the findings are $expected" "sorted(set(codes())) == $expected
		and r.verdict == ('violates' if $expected else 'conforms') and not m.timed_out" \
		"$1: nothing looks like a tunnel or a beacon" "not r.facts.patterns"
}

# same_as_outside NAME "PROGRAM..." CODES SCRIPT: output and exit status are those of a run outside
same_as_outside() {
	have "$1" "$2" || return
	tried=$((tried + 1))
	mkdir -m 1777 "$work/$tried.out"
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	# shellcheck disable=SC2086 # no word, or several
	(cd "$work/$tried.out" && exec env -i PATH="$PATH" LC_ALL="$LC_ALL" TERM=dumb HOME=/tmp timeout 60 $outsider \
		/bin/sh -c "$4" sh "$port") >"$dir/out.outside" 2>"$dir/err.outside" </dev/null
	outside=$?
	if [ "$outside" != 0 ]; then
		skip "$1" "does not work outside for this user: $(tail -n 1 "$dir/err.outside")"
		return
	fi
	in_box "$1" "$3" "$4"
	same "$1: the same output as outside" "$dir/out.outside" "$dir/out"
	holds "$1: it succeeds as outside" "m.exit_code == 0" || sed 's/^/# /' "$dir/err"
}

# only_inside NAME "PROGRAM..." CODES OUTPUT SCRIPT
only_inside() {
	have "$1" "$2" || return
	port=
	in_box "$1" "$3" "$5"
	printf '%s\n' "$4" >"$dir/out.outside"
	same "$1: the expected output" "$dir/out.outside" "$dir/out"
}

# The system as programs see it
same_as_outside "identity and system" "hostname" "" \
	'id -u; id -g; hostname; uname -m; nproc; getconf PAGE_SIZE; umask; date +%Z; locale; getent passwd root nobody; ulimit -n; ulimit -s;
	stat -c "%a" /tmp /var/tmp /dev/shm; test -w /dev/null && test -w "$PWD" && echo writable'
same_as_outside "time zones" "date" "" '
	TZ=Asia/Tokyo date -d @0 +%c; TZ=Europe/Berlin date -d @1000000000 +%H; LC_ALL=C.UTF-8 printf "\303\251" | wc -m'
only_inside "ps sees the box only" "ps" "" "init
sh
ps" 'ps -e -o comm='
only_inside "addresses of the box" "ip hostname" "SYS-UNDECLARED" "lo eth0
198.19.255.2 2001:db8:ffff::2" 'ip -o link | sed "s/^[0-9]*: \([a-z0-9]*\).*/\1/" | paste -s -d " "; hostname -I | sed "s/ $//"'
only_inside "no listener, no other user's home, no host socket" "ss" "" "0
0
0" 'ss -Htuln | wc -l; ls -A /root /home 2>/dev/null | grep -cv -e : -e "^$" -e "^$(basename "$HOME")$"; find /run -type s | wc -l'
same_as_outside "top, free, df, mount" "top free df mount" "" \
	'top -b -n 1 | grep -c "load average"; free | wc -l; df / | wc -l; mount | grep -c " on / "; uptime | grep -c load'

# A shell forks while its children end: a call that waits for the supervisor must not fail with EINTR then
same_as_outside "a shell with many pipelines" "sh" "" '
	i=0; while [ $i -lt 100 ]; do i=$((i + 1)); : | : | : & /bin/true & done; wait; (true & exit 3); echo $?'

# Languages and their run times
same_as_outside "python: processes, threads, asyncio, shared memory, sqlite" "python3" "" 'cat >t.py <<"EOF"
import asyncio, multiprocessing, os, signal, socket, sqlite3, subprocess, threading, time
from multiprocessing import shared_memory

async def echo():
    server = await asyncio.start_server(lambda r, w: (w.write(b"x"), w.close()), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    child = await asyncio.create_subprocess_exec("echo", "child", stdout=subprocess.PIPE)
    print(await reader.read(), (await child.communicate())[0])

if __name__ == "__main__":
    with multiprocessing.Pool(3) as pool:
        print(pool.map(abs, range(-5, 0)))
    queue = multiprocessing.Queue()
    child = multiprocessing.Process(target=queue.put, args=(7,))
    child.start(); print(queue.get()); child.join()
    asyncio.run(echo())
    threads = [threading.Thread(target=time.sleep, args=(0.01,)) for _ in range(50)]
    [t.start() for t in threads]; [t.join() for t in threads]
    memory = shared_memory.SharedMemory(create=True, size=10); memory.close(); memory.unlink()
    db = sqlite3.connect("x.db"); db.execute("create table t(a)"); db.execute("insert into t values(1)"); db.commit()
    print(db.execute("select * from t").fetchall(), socket.gethostname() == os.uname().nodename)
    signal.signal(signal.SIGALRM, lambda *a: print("alarm")); signal.setitimer(signal.ITIMER_REAL, 0.01); time.sleep(0.05)
    fd = os.memfd_create("m"); os.write(fd, b"m"); os.sendfile(1, fd, 0, 1); print(os.getloadavg() is not None)
EOF
python3 t.py'
same_as_outside "python: a virtual environment" "python3" "" \
	'python3 -m venv --without-pip v && v/bin/python -c "import sys; print(sys.prefix != sys.base_prefix)"'
same_as_outside "node: worker threads, children, fetch" "node" "" 'cat >t.js <<"EOF"
const { Worker, isMainThread, parentPort } = require("worker_threads");
const child = require("child_process"), http = require("http");
if (!isMainThread) { parentPort.postMessage("worker"); return; }
new Worker(__filename).on("message", console.log).on("exit", () => {
	console.log(child.execSync("echo sync").toString());
	child.spawn("sh", ["-c", "exit 4"]).on("exit", (code) => {
		console.log(code);
		const server = http.createServer((q, r) => r.end("served")).listen(0, "127.0.0.1", async () => {
			const answer = await fetch("http://127.0.0.1:" + server.address().port);
			console.log(answer.status, await answer.text());
			server.close();
		});
	});
});
EOF
node t.js'
same_as_outside "perl: threads, fork, sockets" "perl" "" 'perl -MSocket -MIO::Socket::INET -e "
	if (!fork) { exit 3 } wait; print \$? >> 8, qq{\n};
	my \$s = IO::Socket::INET->new(Listen => 1, LocalAddr => q{127.0.0.1}) or die; print ref(\$s), qq{\n};
	socketpair(A, B, AF_UNIX, SOCK_STREAM, 0); syswrite(A, q{x}); sysread(B, my \$c, 1); print \$c;"'
same_as_outside "go: compiled and run" "go" "" 'cat >t.go <<"EOF"
package main

import ("fmt"; "io"; "net"; "net/http"; "os/exec"; "sync")

func main() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	n := 0
	for i := 0; i < 200; i++ { wg.Add(1); go func(i int) { defer wg.Done(); mu.Lock(); n += i; mu.Unlock() }(i) }
	wg.Wait()
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "served") }))
	r, err := http.Get("http://" + l.Addr().String())
	if err != nil { panic(err) }
	body, _ := io.ReadAll(r.Body)
	out, _ := exec.Command("echo", "child").Output()
	fmt.Println(n, string(body), string(out))
}
EOF
export HOME=$PWD GOCACHE=${GO_CACHE:-$PWD/c} GO111MODULE=off GOPROXY=off; go build -o t t.go && ./t'
same_as_outside "java: threads, sockets, a child" "javac java" "" 'cat >T.java <<"EOF"
import java.net.*;
import java.util.concurrent.*;

public class T {
	public static void main(String[] a) throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(4);
		System.out.println(pool.submit(() -> 6 * 7).get());
		pool.shutdown();
		ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
		new Thread(() -> { try (Socket s = server.accept()) { s.getOutputStream().write(65); } catch (Exception e) { } }).start();
		System.out.println(new Socket(server.getInetAddress(), server.getLocalPort()).getInputStream().read());
		System.out.println(new ProcessBuilder("true").start().waitFor());
	}
}
EOF
javac T.java && java T'

# Building, archives, versions
same_as_outside "gcc and make -j2" "gcc make" "" '
	for i in 1 2 3 4; do echo "int f$i(void) { return $i; }" >f$i.c; done
	echo "int f1(void); int main(void) { return f1() - 1; }" >m.c
	printf "x: f1.o f2.o f3.o f4.o m.o\n\tgcc -o x *.o\n" >Makefile
	make -s -j2 && ./x && make'
same_as_outside "tar, gzip, xz, bzip2" "tar gzip xz bzip2" "" '
	mkdir a x y; cp -p /bin/ls /etc/services /etc/hostname a/ 2>/dev/null || cp -p /bin/ls a/
	tar czf a.tgz a; tar cJf a.txz a; tar xzf a.tgz -C x; tar xJf a.txz -C y; diff -r a x/a && diff -r x y && echo same
	xz -k -T2 a/ls && xz -t a/ls.xz && bzip2 a/ls && bzip2 -t a/ls.bz2 && tar tzf a.tgz | sort'
same_as_outside "git: commit, clone, gc, daemon" "git" "" '
	export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@a GIT_COMMITTER_NAME=a
	export GIT_COMMITTER_EMAIL=a@a GIT_AUTHOR_DATE="1 +0000" GIT_COMMITTER_DATE="1 +0000"
	git init -q -b m a && cd a && for i in 1 2 3; do echo $i >$i; git add .; git commit -qm $i; done; git log --oneline; cd ..
	git clone -q a b && git -C b gc -q && git -C b fsck; touch a/.git/git-daemon-export-ok
	git daemon --detach --pid-file=$PWD/pid --listen=127.0.0.1 --port=$1 --base-path=$PWD
	i=0; until git clone -q git://127.0.0.1:$1/a c 2>/dev/null || [ $i = 40 ]; do i=$((i+1)); sleep 0.05; done; ls c; kill $(cat pid)'
same_as_outside "rsync" "rsync" "" '
	mkdir a; cp /bin/ls a/ls; rsync -a a/ b/; rsync -a --delete a/ b/; diff -r a b && echo same'
same_as_outside "dpkg-deb, dpkg-query" "dpkg-deb" "" '
	mkdir -p p/DEBIAN p/usr; printf "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: a <a@a>\nDescription: x\n" >p/DEBIAN/control
	chmod -R g-s,go-w p; dpkg-deb --root-owner-group -b p x.deb && dpkg-deb -I x.deb | grep Package; dpkg-query -W libc6'

# Some programs insist on a passwd entry of their user, and the tests' user may have none: then a library tells them of one.
entry=
${outsider:-env} sh -c 'getent passwd "$(id -u)"' >/dev/null || entry='
	echo "me:x:$(id -u):$(id -g)::$PWD:/bin/sh" >passwd; echo "me:x:$(id -g):" >group
	export LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=$PWD/passwd NSS_WRAPPER_GROUP=$PWD/group'

# Keys
same_as_outside "ssh-keygen" "ssh-keygen" "" "$entry"'
	ssh-keygen -q -t ed25519 -N "" -f k && ssh-keygen -y -f k | cut -c 1-11'
same_as_outside "gpg: makes a key, encrypts, decrypts" "gpg gpgconf gpg-agent" "" '
	export GNUPGHOME=$PWD/g; mkdir -m 700 g
	gpg --batch -q --passphrase "" --quick-gen-key a@b default default never 2>/dev/null
	echo secret | gpg --batch -q -r a@b -e 2>/dev/null | gpg --batch -q -d 2>/dev/null; gpgconf --kill all'
same_as_outside "openssl: server and client" "openssl" "" '
	openssl req -x509 -newkey rsa:2048 -nodes -keyout k -out c -subj /CN=x -days 2 2>/dev/null
	openssl s_server -accept 127.0.0.1:$1 -key k -cert c -quiet >/dev/null 2>&1 & i=0
	until echo | openssl s_client -connect 127.0.0.1:$1 -CAfile c >o 2>/dev/null || [ $i = 40 ]; do i=$((i+1)); sleep 0.05; done
	kill $!; grep -m 1 "Verify return" o'

# Data bases and servers
same_as_outside "sqlite3" "sqlite3" "" '
	sqlite3 a.db "pragma journal_mode=wal; create table t(a); insert into t values(1),(2); select sum(a) from t; pragma integrity_check"'
pg=
for bin in /usr/lib/postgresql/*/bin; do pg=$bin; done
same_as_outside "PostgreSQL: initdb, start, queries, stop" "$pg/initdb" "" "PATH=$pg:\$PATH$entry"'
	initdb -D d -A trust -U me >/dev/null && pg_ctl -D d -o "-k $PWD -p $1 -c listen_addresses=127.0.0.1" -l log -w start >/dev/null
	for host in 127.0.0.1 $PWD; do psql -h $host -p $1 -U me -Atc "select sum(a) from generate_series(1, 1000) a" postgres; done
	pg_ctl -D d -w -m fast stop'
same_as_outside "redis: server, clients, benchmark" "redis-server redis-cli redis-benchmark" "" '
	redis-server --bind 127.0.0.1 --port $1 --save "" --dir . --daemonize yes >/dev/null
	i=0; until redis-cli -p $1 ping >/dev/null 2>&1 || [ $i = 40 ]; do i=$((i+1)); sleep 0.05; done
	redis-cli -p $1 set a 1; redis-cli -p $1 get a; redis-benchmark -p $1 -q -n 500 -c 5 -t set,get | grep -c "requests per second"
	redis-cli -p $1 shutdown nosave'
same_as_outside "nginx" "/usr/sbin/nginx curl" "" '
	echo "pid $PWD/pid; error_log $PWD/e; worker_processes 2; events {} http { access_log off;
	client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
	server { listen 127.0.0.1:$1; root $PWD; } }" >c
	echo page >page; /usr/sbin/nginx -p $PWD -c c -e e
	curl -s --retry 20 --retry-connrefused --retry-delay 1 http://127.0.0.1:$1/page; /usr/sbin/nginx -p $PWD -c c -e e -s quit'
same_as_outside "python3 -m http.server" "python3 curl" "" '
	echo page >page; python3 -m http.server --bind 127.0.0.1 $1 >/dev/null 2>&1 & i=0
	until curl -s http://127.0.0.1:$1/page || [ $i = 100 ]; do i=$((i+1)); sleep 0.05; done; kill $!'
only_inside "a daemon that forks twice and outlives its parent" "python3" "" "parent
daemon" 'python3 -c "
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(0.3); os.write(1, b\"daemon\\n\")
    os._exit(0)
os.wait(); print(\"parent\")"'

# Terminals and editors
same_as_outside "script: a terminal inside" "script stty" "" '
	script -qec "tty >/dev/null && stty -a | grep -c speed; exit 5" /dev/null; echo $?'
same_as_outside "tmux" "tmux" "" '
	export SHELL=/bin/sh # nobody has a shell that is none
	tmux -f /dev/null -S s new-session -d -x 80 -y 24 cat; tmux -S s send-keys hello Enter; i=0
	until tmux -S s capture-pane -p | grep -q hello || [ $i = 40 ]; do i=$((i+1)); sleep 0.05; done
	tmux -S s capture-pane -p | head -n 1; tmux -S s kill-server'
same_as_outside "vi" "vim.tiny" "" 'printf "a\nb\n" >f; vim.tiny -nes -u NONE -c "%s/a/c/" -c wq f; cat f'
same_as_outside "media: sox, ffmpeg" "sox soxi ffmpeg" "" 'sox -n s.wav synth 0.2 sine 300; soxi -s s.wav
	ffmpeg -v error -f lavfi -i testsrc=d=1:s=64x64 -y o.mkv && ffprobe -v error -show_entries stream=width o.mkv'

# Programs that look at programs
same_as_outside "busybox" "busybox" "" '
	busybox sh -c "busybox seq 3 | busybox sort -r; busybox uname -m"'
same_as_outside "strace of a child" "strace" "SYS-UNDECLARED" '
	strace -o log -f -e trace=getuid sh -c "id -u; exit 0" && grep -c getuid log'
same_as_outside "gdb -batch" "gdb" "SYS-UNDECLARED" '
	HOME=$PWD gdb -nx -batch -ex "break main" -ex run -ex kill /bin/sh 2>/dev/null | grep -c "[Tt]hread\|main\|No symbol"'

# What the box refuses, and what is then said
only_inside "unshare: namespaces are refused" "unshare" "BOX-ATTEMPT" "1" 'unshare -Ur true; echo $?'
only_inside "bwrap: namespaces by clone are refused" "bwrap" "BOX-ATTEMPT" "1" 'bwrap --ro-bind / / true; echo $?'
only_inside "dmesg: the kernel's log is refused" "dmesg" "BOX-ATTEMPT" "1" 'dmesg >/dev/null 2>&1; echo $?'
printf '.globl _start\n_start: movl $1, %%eax\n movl $7, %%ebx\n int $0x80\n hlt\n' >"$dir/m32.s"
if gcc -m32 -nostdlib -static -o "$dir/m32" "$dir/m32.s" 2>/dev/null; then built=yes; else built=; fi
if ! needs "32-bit calls" "a 32-bit program" "a 32-bit program, declared"; then
	:
elif [ -z "$built" ]; then
	skip "32-bit programs" "no assembler and linker for them here"
else
	"$dir/m32"
	result "$([ $? = 7 ]; echo $?)" "control: a 32-bit program works outside"
	only_inside "a 32-bit program is refused" "gcc" "BOX-ATTEMPT" "139" "echo '$(base64 -w 0 "$dir/m32")' | base64 -d >m && chmod +x m"'
	./m 2>/dev/null; echo $?'
	holds "a 32-bit program: its calls are one finding" 'the(find("BOX-ATTEMPT")).title.count("system calls of i386")'
	policy=$dir/i386.json
	sed 's/"allow"/"architectures": ["i386"], "allow"/' "$policies/any.json" >"$policy"
	# i386.sh runs larger ones
	only_inside "a 32-bit program, declared" "gcc" "" "7" "echo '$(base64 -w 0 "$dir/m32")' | base64 -d >m && chmod +x m"'
	./m; echo $?'
fi
policy=$policies/any.json
only_inside "a browser" "chromium" "SYS-UNDECLARED" "<html><head></head><body><p>2</p></body></html>" \
	'chromium --headless --no-sandbox --disable-gpu --user-data-dir=$PWD/u --dump-dom \
		"data:text/html,<p><script>document.write(1+1)</script></p>" 2>/dev/null |
	sed "s/<script>.*<.script>//"'

# With namespaces declared
sed 's/"@network"/"@network", "@namespace", "@mount", "@identity"/; s|"/\*\*"|"**"|g' "$policies/any.json" >"$dir/namespaces.json"
policy=$dir/namespaces.json
only_inside "unshare, declared" "unshare ip" "" "0
1" 'unshare -Urn sh -c "id -u; ip -o link | wc -l"'
only_inside "bwrap, declared" "bwrap" "" "bwrapped
1" 'bwrap --ro-bind / / --dev /dev --tmpfs /tmp --unshare-user --unshare-pid --unshare-net sh -c "touch /tmp/x && echo bwrapped; ls /tmp | wc -l"'
only_inside "a browser with its own sandbox, declared" "chromium" "" "<html><head></head><body><p>2</p></body></html>" \
	'chromium --headless --disable-gpu --user-data-dir=$PWD/u --dump-dom \
		"data:text/html,<p><script>document.write(1+1)</script></p>" 2>/dev/null |
	sed "s/<script>.*<.script>//"'

finish
