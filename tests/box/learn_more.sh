#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# learn_more.sh - tcbox policy new on the other programs of doc/COMPATIBILITY.md: learned, no mistake, and the next run conforms
#
# LEARN=TEXT: only those with this in their names. LEARN=all: also those that take long, which "make check" leaves out
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"
. "$here/lib/learn.sh"

# Programs that insist on a name for their user get one, where the machine has none
entry=''
id -un >/dev/null 2>&1 || entry='echo "me:x:$(id -u):$(id -g)::$PWD:/bin/sh" >passwd; echo "me:x:$(id -g):" >group
	export LD_PRELOAD=libnss_wrapper.so NSS_WRAPPER_PASSWD=$PWD/passwd NSS_WRAPPER_GROUP=$PWD/group
	'

product perl perl 'perl -MFile::Temp=tempfile -e "my (\$f, \$n) = tempfile(); print \$f 1; system(q{true}); unlink \$n"'
product make "make gcc" 'for i in 1 2 3; do echo "int f$i(void) { return $i; }" >f$i.c; done
	printf "x.a: f1.o f2.o f3.o\n\tar rcs x.a f1.o f2.o f3.o\n" >Makefile && make -s -j2'
product tar "tar gzip xz" 'mkdir a && cp /bin/ls a/ && tar czf a.tgz a && tar cJf a.txz a && mkdir x && tar xzf a.tgz -C x'
product rsync rsync 'mkdir a && cp /bin/ls /bin/cat a/ && rsync -a a/ b/ && rsync -a --delete a/ b/'
product gpg "gpg gpgconf" 'export GNUPGHOME=$PWD/g; mkdir -m 700 g; gpg --batch -q --passphrase "" --quick-gen-key a@b default default never 2>/dev/null
	echo secret | gpg --batch -q -r a@b -e >m 2>/dev/null; gpgconf --kill all'
product coreutils "sort date getent locale" 'for i in 3 1 2; do echo $i; done | sort >a; cp a b; mv b c; ln -s a d; date; getent passwd root; locale; ls -l; rm a c d'
product bash bash 'bash -c "set -o pipefail; (echo a; echo b) | tee >(cat >c) | wc -l; wait; cat <<<x >d"'
product looking "ps free df ip" 'ps ax >/dev/null; free >/dev/null; df >/dev/null 2>&1; mount >/dev/null; ip addr >/dev/null; ss -a >/dev/null; true'
product ssh-keygen ssh-keygen "$entry"'ssh-keygen -q -t ed25519 -N "" -f k && ssh-keygen -l -f k.pub'
product ping ping 'ping -c 1 -W 5 example.org >/dev/null'
product busybox busybox 'busybox wget -q -O i http://example.org/ && busybox md5sum i && busybox gzip i'
product redis "redis-server redis-cli" 'redis-server --port 6390 --dir "$PWD" --daemonize no >/dev/null & i=0
	until redis-cli -p 6390 set a b 2>/dev/null || [ $i = 200 ]; do i=$((i+1)); sleep 0.05; done; redis-cli -p 6390 shutdown; wait'
product nginx "nginx curl" 'printf "daemon off; pid $PWD/n.pid; error_log stderr; events {} http { access_log $PWD/log; client_body_temp_path $PWD/b; proxy_temp_path $PWD/p;
	fastcgi_temp_path $PWD/f; uwsgi_temp_path $PWD/u; scgi_temp_path $PWD/s; server { listen 127.0.0.1:8089; root /usr/share/doc; } }" >n.conf
	nginx -c $PWD/n.conf 2>/dev/null & i=0; sleep 0.05; until curl -s -o page http://127.0.0.1:8089/ || [ $i = 200 ]; do i=$((i+1)); sleep 0.05; done; kill $!; wait'
product sox sox 'sox -n t.wav synth 0.1 sine 440 && sox t.wav u.flac'
product vim vim 'vim -es -u NONE -c "normal ihello" -c "wq a" </dev/null; [ -s a ]'
product script script 'script -qc "echo hello" log >/dev/null'
product dbus "dbus-run-session dbus-send" "$entry"'dbus-run-session -- dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.ListNames >/dev/null'
if [ "${LEARN-}" ]; then
	product java java 'cat >T.java <<"EOF"
import java.net.*; import java.nio.file.*;
class T { public static void main(String[] a) throws Exception { Files.writeString(Files.createTempFile("x", "y"), "x");
 new URL("https://example.org/").openStream().readAllBytes(); new ProcessBuilder("true").start().waitFor(); } }
EOF
java T.java'
	product go go 'export HOME=$PWD GOFLAGS=-mod=mod GOCACHE=$PWD/c GOPATH=$PWD/p; mkdir m && cd m && printf "module m\n" >go.mod &&
	printf "package main\nfunc main() { println(1) }\n" >m.go && go build -o m && ./m'
	product ffmpeg ffmpeg 'ffmpeg -v error -f lavfi -i testsrc=d=0.2 -y o.mp4'
	product PostgreSQL psql "$entry"'PATH=$PATH:$(echo /usr/lib/postgresql/*/bin); initdb -D d >/dev/null 2>&1 && pg_ctl -D d -o "-k $PWD" -w start >/dev/null && psql -h $PWD postgres -c "select 1"
	pg_ctl -D d -w stop'
	product tmux tmux 'tmux -S $PWD/s new-session -d "echo x >out; sleep 0.2" && sleep 1; [ -s out ]'
fi

finish
