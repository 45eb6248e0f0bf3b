#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# products.sh - real programs of Debian in the simulated internet: each with a policy that it keeps and one that it breaks
# shellcheck disable=SC1091,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

page=updates.acme.example
web=$policies/web.json
clean='codes() == [] and r.verdict == "conforms" and m.exit_code == 0'

# conforms NAME POLICY PROGRAM...
conforms() {
	name=$1 policy=$2
	shift 2
	run 0 "$name conforms" --policy "$policy" -- "$@"
	holds "$name: nothing found, and it succeeded" "$clean"
}

violates() {
	name=$1 policy=$2
	shift 2
	run 1 "$name violates" --policy "$policy" -- "$@"
}

curl -sS --max-time 2 "http://$page/" >/dev/null 2>&1
result "$([ $? = 6 ]; echo $?)" "control: outside nobody knows $page"

# curl
for url in "http://$page/" "https://$page/"; do
	conforms "curl $url" "$web" curl -sS "$url"
	says "curl $url: the page arrived" "$out" "This service is ready"
done
conforms "curl -6" "$web" curl -sS -6 "https://$page/"
holds "curl -6: one flow, IPv6, with its name" \
	'the(talks()).has({"sni": "updates.acme.example", "names": ["updates.acme.example"]}) and "[" in the(talks()).remote'
conforms "curl -4" "$web" curl -sS -4 "https://$page/"
holds "curl -4: one flow, IPv4, out of 198.18.0.0/15" 'host(the(talks()).remote).startswith(("198.18.", "198.19."))'
violates "curl to another port" "$web" curl -sS "http://$page:8080/"
holds "curl to another port: the nearest rule and what differs" \
	'codes() == ["MISSING-REQUIRED", "NET-UNDECLARED"]' \
	"curl to another port: who, where, what differs" \
	'the(find("NET-UNDECLARED", nearest="page")).process.exe == "/usr/bin/curl"
	 and the(find("NET-UNDECLARED")).observed.count(":8080 (updates.acme.example)")
	 and "port 8080 is not 80 or 443" in the(find("NET-UNDECLARED")).differs' \
	"curl to another port: the bytes are those of the packets" \
	'the(find("NET-UNDECLARED")).bytes_out == the(talks()).bytes_out > 0'
violates "curl and a redirect" "$web" curl -sSL "https://$page/redirect-to?url=https%3A%2F%2Fstranger.example%2F"
holds "curl and a redirect: only the other host is found, once" 'codes() == ["NET-UNDECLARED"]' \
	"curl and a redirect: it names the host" '"SNI stranger.example" in the(find("NET-UNDECLARED")).observed' \
	"curl and a redirect: the declared host was seen" 'rule("page").count == 1 and "page" not in unseen()'

# wget writes a file; its own directory is not changed
conforms "wget" "$web" wget -q -O page "https://$page/"
result "$([ ! -e page ]; echo $?)" "wget: its file stayed in the private layer"
violates "wget" "$web" wget -q -O other "https://$page/"
holds "wget: the other file is found" 'codes() == ["FILE-UNDECLARED"] and
	the(find("FILE-UNDECLARED")).observed.endswith("/work/other")'

# git: the child does the network
git_url=https://git.acme.example/agent.git
run 0 "git ls-remote" --policy "$policies/helpers.json" -- git ls-remote "$git_url"
holds "git: nothing is found" 'codes() == []' \
	"git: it saw the answer of the lab, which is no repository" 'm.exit_code == 128' \
	"git: the flow belongs to git-remote-http" 'exe(owner(the(talks()))) == "/usr/lib/git-core/git-remote-http"'
violates "git to a stranger" "$policies/helpers.json" git ls-remote https://stranger.example/agent.git
holds "git to a stranger: the child is named, with its ancestry" \
	'the(find("NET-UNDECLARED")).process.exe == "/usr/lib/git-core/git-remote-http"
	 and set(ancestry(the(find("NET-UNDECLARED")))) == {"git"}'

# apt-get with its own state: a method does the network
apt_update() {
	mkdir -p apt/state/lists/partial apt/cache/archives/partial
	echo "deb http://$1/debian stable main" >apt/sources.list
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 apt
	set -- apt-get update -o Dir::State="$work/apt/state" -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User= \
		-o Dir::Etc::sourcelist="$work/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
	run "$expect" "apt-get update" --policy "$policies/helpers.json" -- "$@"
}
expect=0 && apt_update deb.acme.example
holds "apt-get: nothing is found" 'codes() == [] and rule("packages").count >= 1' \
	"apt-get: the flow belongs to its method" '{exe(owner(f)) for f in talks()} == {"/usr/lib/apt/methods/http"}'
expect=1 && apt_update deb.stranger.example
holds "apt-get from a stranger: the method is named, with its ancestry" \
	'the(find("NET-UNDECLARED")).process.exe == "/usr/lib/apt/methods/http"
	 and "apt-get" in ancestry(the(find("NET-UNDECLARED")))
	 and the(find("NET-UNDECLARED")).nearest == "packages"'

# python3
fetch='import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).status)'
conforms "python3 urllib" "$web" /usr/bin/python3 -c "$fetch" "https://$page/"
violates "python3 urllib" "$web" /usr/bin/python3 -c "$fetch" "http://stranger.example/"
holds "python3 urllib: host and name" '"HTTP host stranger.example" in the(find("NET-UNDECLARED")).observed
	and not find("DNS-UNDECLARED")'
datagrams='
import socket, sys
for to in sys.argv[1:]:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x" * 10, (to, 9999))
socket.create_connection(("198.51.100.7", 7000)).close()'
conforms "python3 with UDP" "$policies/address.json" /usr/bin/python3 -c "$datagrams" 198.51.100.1 198.51.100.6
holds "python3 with UDP: both datagrams" 'rule("beacon").count == 2 and rule("beacon").bytes_out == 20'
violates "python3 with UDP" "$policies/address.json" /usr/bin/python3 -c "$datagrams" 198.51.100.1 198.51.100.8
holds "python3 with UDP: the stranger, and only that" 'codes() == ["NET-UNDECLARED"] and
	the(find("NET-UNDECLARED")).observed.startswith("udp 198.51.100.8:9999") and the(find("NET-UNDECLARED")).bytes_out == 10'

# node
fetch='fetch(process.argv[1]).then(a => a.text()).then(t => console.log(t.length))'
conforms "node fetch" "$web" node -e "$fetch" "https://$page/"
violates "node fetch" "$web" node -e "$fetch" "https://stranger.example/"
holds "node fetch: who and where" 'the(find("NET-UNDECLARED")).process.exe.endswith("/node")
	and "SNI stranger.example" in the(find("NET-UNDECLARED")).observed'

# a Go program: many threads, system calls without the C library, signals
if [ -x "$ACTORS/fetch_go" ]; then
	conforms "a Go program" "$web" "$ACTORS/fetch_go" "https://$page/"
	violates "a Go program" "$web" "$ACTORS/fetch_go" "https://stranger.example/"
	holds "a Go program: who and where" 'base(the(find("NET-UNDECLARED")).process.exe) == "fetch_go"
		and "SNI stranger.example" in the(find("NET-UNDECLARED")).observed'
else
	skip "a Go program" "there is no Go here"
fi

# threads; a static program; both know addresses
conforms "a program with threads" "$policies/address.json" "$ACTORS/net_actor" threads 198.51.100.7
holds "a program with threads: every connection belongs to the one process" \
	'len(talks()) == 16 and {base(exe(owner(f))) for f in talks()} == {"net_actor"} and rule("report").count == 16'
violates "a program with threads" "$policies/address.json" "$ACTORS/net_actor" threads 198.51.100.8
holds "a program with threads: every connection is counted" \
	'sum(f.count for f in find("NET-UNDECLARED")) == 16 and {f.nearest for f in find("NET-UNDECLARED")} == {"report"}'
conforms "a static program" "$policies/address.json" "$ACTORS/net_static" tcp 198.51.100.7 7000 100
violates "a static program" "$policies/address.json" "$ACTORS/net_static" tcp 198.51.100.7 7016 100
holds "a static program: who, where, how much, what differs" \
	'base(the(find("NET-UNDECLARED")).process.exe) == "net_static" and the(find("NET-UNDECLARED")).bytes_out == 100
	 and "port 7016" in the(find("NET-UNDECLARED")).differs'

# a pipeline
conforms "a pipeline" "$web" sh -c "curl -sS http://$page/ | cat"
holds "a pipeline: curl did it" 'base(exe(owner(the(talks())))) == "curl"'
violates "a pipeline" "$web" sh -c "curl -sS http://$page/ | wc -c"
holds "a pipeline: the undeclared program, started by the shell" 'codes() == ["EXEC-UNDECLARED"]
	and the(find("EXEC-UNDECLARED")).observed.startswith("/usr/bin/wc,") and ancestry(the(find("EXEC-UNDECLARED"))) == ["dash"]'

# programs by the names that people know them by; bash is started by the shell with the name that it is given
cat >"$dir/links.json" <<-'END'
	{ "tcbox_policy": 1, "product": { "vendor": "Acme", "name": "Links", "version": "1" },
	  "executes": ["/bin/sh", "/bin/bash", "**/script", "**/which-shell"],
	  "connections": [{ "id": "report", "to": ["198.51.100.7"], "ports": [7000], "process": "**/actor" }],
	  "undeclared": { "executes": "violation" } }
END
printf '#!/bin/sh\nexec /bin/bash -c "exit 0"\n' >"$work/script"
chmod 755 "$work/script"
conforms "a script of /bin/sh" "$dir/links.json" sh -c "./script; /usr/bin/sh -c :"
holds "a script of /bin/sh: what ran is the file behind the link" \
	'[(e.exe, e.alias) for e in execs()][-1][0] == "/usr/bin/" + os.path.basename(os.path.realpath("/bin/sh"))
	 and the(e for e in execs() if e.interpreters).interpreters_alias == ["/bin/sh"]'
ln -s "$ACTORS/net_actor" "$work/actor"
conforms "a process by the name of a link" "$dir/links.json" "$work/actor" tcp 198.51.100.7 7000 100
run 1 "a link that the product made" --policy "$dir/links.json" -- sh -c 'ln -s /usr/bin/id which-shell; ./which-shell; exit 0'
holds "a link that the product made: leads to a program of its own name" \
	'"/usr/bin/id" in str([f.observed for f in find("EXEC-UNDECLARED")]) and not the(e for e in execs() if e.exe == "/usr/bin/id").alias'

# a daemon that outlives its parent
conforms "a daemon" "$policies/address.json" "$ACTORS/net_actor" daemon 2001:db8:7::1 7001
holds "a daemon: the run waited for it" 'rule("report").bytes_out == 6' \
	"a daemon: its ancestry is known although its parents were dead" \
	'(lambda d: the(p for p in r.processes if p.pid == d and p.proc == owner(the(talks()))).parent > 1)(
	 int(the(l for l in truth() if l[0] == "daemon")[1]))'
violates "a daemon" "$policies/address.json" "$ACTORS/net_actor" daemon 2001:db8:8::1 7001
holds "a daemon: who and where" '"[2001:db8:8::1]:7001" in the(find("NET-UNDECLARED")).observed
	and ancestry(the(find("NET-UNDECLARED"))) == ["net_actor", "net_actor"]'

# A daemon beside its client, started by a script as tcbox(1) says: it is waited for, and ended at last
cat >"$work/daemon.py" <<'END'
import socket
s = socket.socket(socket.AF_UNIX)
s.bind("/run/acme/bus")
s.listen()
while True:
    c = s.accept()[0]
    c.sendall(b"served")
    c.close()
END
cat >"$work/start.sh" <<'END'
set -e
mkdir -p /run/acme
/usr/bin/python3 "$1" & daemon=$!
n=0
until [ -S /run/acme/bus ]; do
	n=$((n + 1)); [ $n -lt 200 ]; sleep 0.1
done
/usr/bin/python3 -c 'import socket
c = socket.socket(socket.AF_UNIX); c.connect("/run/acme/bus"); print("the client was", c.recv(9).decode())' || status=$?
kill $daemon
exit ${status:-0}
END
run "0 3" "a daemon beside its client" -- sh "$work/start.sh" "$work/daemon.py"
says "a daemon beside its client: it served" "$out" "the client was served"
holds "a daemon beside its client: the run ended by itself" "m.exit_code == 0 and not m.timed_out"

finish
