#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# templates.sh - a program of each kind conforms to its template with its destinations, and does not when it does more
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

web='{ "id": "site", "to": ["example.org"], "protocol": "tcp", "ports": [443], "application": "tls" },'

# template KIND FILE CONNECTIONS LISTENS: the template, with what the vendor would say
template() {
	rm -f "$2" "$2.raw"
	check "$1: there is a template" "$TCBOX" policy new --template "$1" --output "$2.raw"
	check "$1: it has no mistake" sh -c '"$1" policy lint "$2" >"$3" && ! grep -q warning: "$3"' sh "$TCBOX" "$2.raw" "$dir/out"
	sed "s|^  \"connections\": \[|&\n$3|; s|^  \"listens\": \[|&\n${4-}|" "$2.raw" >"$2"
}

# here PROGRAM...: are they installed?
here() {
	for program; do
		command -v "$program" >/dev/null || {
			skip "$program" "it is not installed"
			return 1
		}
	done
}

# kind KIND NAME POLICY COMMAND...: it conforms, and the same with a program and a file more does not
kind() {
	name=$1 policy=$2
	shift 2
	run 0 "$name conforms" --policy "$policy" --timeout 60s -- "$@"
	holds "$name: it worked" "m.exit_code == 0" "$name: nothing is found" "not codes()"
	run 1 "control: $name, and it does more" --policy "$policy" --timeout 60s -- \
		sh -c '"$@"; /usr/bin/tee /var/lib/other </dev/null' sh "$@"
	holds "the program is found" 'any("/usr/bin/tee" in f.title and f.severity == "violation" for f in find("EXEC-UNDECLARED"))' \
		"the file is found" 'any("/var/lib/other" in f.title for f in find("FILE-UNDECLARED"))'
}

template cli "$dir/cli.json" "$web"
kind "curl" "$dir/cli.json" curl -s -o /tmp/page https://example.org/
here jq && kind "jq" "$dir/cli.json" jq -n '{}'
run 1 "control: curl to somebody else" --policy "$dir/cli.json" -- curl -s https://other.example/
holds "he is found" 'the(find("NET-UNDECLARED")).severity == "violation"'

template python "$dir/python.json" "$web"
kind "Python" "$dir/python.json" /usr/bin/python3 -c 'import urllib.request, tempfile, subprocess, sys, asyncio, multiprocessing
urllib.request.urlopen("https://example.org/").read()
tempfile.NamedTemporaryFile().write(b"x"); subprocess.run([sys.executable, "-c", "1"], check=True)
asyncio.run(asyncio.sleep(0)); multiprocessing.Queue().put(1)'

if here node; then
	template node "$dir/node.json" "$web"
	kind "Node.js" "$dir/node.json" node -e 'const fs = require("fs"), os = require("os");
fs.writeFileSync(fs.mkdtempSync(os.tmpdir() + "/n-") + "/log", "x");
require("child_process").execFileSync(process.execPath, ["-e", "1"]);
require("https").get("https://example.org/", (r) => r.resume())'
fi

if here java; then
	template java "$dir/java.json" "$web"
	printf '%s\n' 'import java.net.*; import java.nio.file.*;' 'class T { public static void main(String[] a) throws Exception {' \
		' Files.writeString(Files.createTempFile("x", "y"), "x"); new URL("https://example.org/").openStream().readAllBytes();' \
		' new ProcessBuilder("/usr/bin/java", "-version").start().waitFor(); } }' >"$work/T.java"
	kind "Java" "$dir/java.json" java "$work/T.java"
fi

# A server is told to end after a while, and does so in order
server() {
	name=$1 policy=$2
	shift 2
	run 0 "$name conforms" --policy "$policy" --timeout 3s -- "$@"
	holds "$name: it waited" 'any(e.call == "listen" for e in socks())' "$name: nothing is found" "not codes()"
}
if here nginx; then
	template daemon "$dir/nginx.json" "" \
		'{ "id": "web", "process": "/usr/sbin/nginx", "protocol": "tcp", "ports": [8088], "on": "loopback" },'
	printf '%s\n' 'daemon off; pid /tmp/nginx.pid; error_log stderr; events {}' \
		'http { access_log /tmp/access.log; client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;' \
		' uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s; server { listen 127.0.0.1:8088; root /usr/share/doc; } }' >"$work/nginx.conf"
	server "nginx" "$dir/nginx.json" nginx -c "$work/nginx.conf"
	sed 's/127.0.0.1:8088/127.0.0.1:8089/' "$work/nginx.conf" >"$work/other.conf"
	run 1 "control: nginx at another port" --policy "$dir/nginx.json" --timeout 3s -- nginx -c "$work/other.conf"
	holds "the port is found" 'the(find("LISTEN-UNDECLARED")).severity == "violation"'
fi
if here redis-server; then
	template daemon "$dir/redis.json" "" '{ "id": "service", "process": "/usr/bin/redis-*", "protocol": "tcp", "ports": [6380] },'
	server "Redis" "$dir/redis.json" redis-server --port 6380 --dir /tmp
fi

if here chromium; then
	template browser "$dir/browser.json" "$web"'{ "id": "own", "why": "asks unasked", "to": ["*.google.com", "*.googleapis.com", "*.gvt1.com"], "ports": [80, 443] },'
	echo '{ "EncryptedClientHelloEnabled": false }' >"$work/managed.json"
	set -- --bind "$work/managed.json:/etc/chromium/policies/managed/test.json" --policy "$dir/browser.json" --timeout 60s -- \
		chromium --headless --no-sandbox --disable-gpu --user-data-dir=/tmp/profile --dump-dom
	run 0 "Chromium conforms" "$@" https://example.org/
	holds "Chromium: it worked" "m.exit_code == 0" "Chromium: nothing is found" "not codes()"
	run 1 "control: Chromium, at another site" "$@" https://other.example/
	holds "it is found" 'any("other.example" in f.title for f in find("NET-UNDECLARED"))'
fi

# A package whose script makes a user; and one whose script does more
package() {
	mkdir -p "$work/$1/DEBIAN" "$work/$1/usr/bin" "$work/$1/etc/acme"
	printf 'Package: acme\nVersion: %s\nArchitecture: all\nMaintainer: a <a@acme.example>\nDescription: x\n' "$1" >"$work/$1/DEBIAN/control"
	printf '#!/bin/sh\nset -e\nuseradd --system --no-create-home acmed\nmkdir -p /var/lib/acme\n%s\n' "$2" >"$work/$1/DEBIAN/postinst"
	printf '#!/bin/sh\necho acme\n' >"$work/$1/usr/bin/acme"
	echo a=1 >"$work/$1/etc/acme/conf"
	chmod 755 "$work/$1/DEBIAN/postinst" "$work/$1/usr/bin/acme"
	dpkg-deb --build --root-owner-group "$work/$1" "$work/$1.deb" >/dev/null
}
template installer "$dir/installer.json" ""
package 1.0 ""
package 2.0 "curl -s https://other.example/ || true"
state=tcbox-test-templates-$$
"$TCBOX" state remove "$state" >"$dir/out" 2>&1
set -- --as-root --policy "$dir/installer.json" --timeout 60s
run 0 "dpkg -i conforms" --state "$state" "$@" --bind "$work/1.0.deb:/srv/acme.deb" -- dpkg -i /srv/acme.deb
holds "dpkg: it worked" "m.exit_code == 0" "dpkg: nothing is found" "not codes()"
run 1 "control: a package that fetches something" --state "$state-2" "$@" --bind "$work/2.0.deb:/srv/acme.deb" -- dpkg -i /srv/acme.deb
holds "the program is found" 'any("/usr/bin/curl" in f.title for f in find("EXEC-UNDECLARED"))' \
	"whom it asked is found" 'any("other.example" in f.title for f in find("NET-UNDECLARED"))'
"$TCBOX" state remove "$state" "$state-2" >"$dir/out" 2>&1

# A template is amended with what a run has
run 3 "a run to learn from" --observe all -- curl -s https://example.org/
check "template and run become a policy" "$TCBOX" policy new --template cli --output "$dir/both.json" "$bundle"
run 0 "the next run conforms to it" --policy "$dir/both.json" -- curl -s https://example.org/

finish
