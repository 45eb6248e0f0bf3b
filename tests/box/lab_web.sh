#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lab_web.sh - HTTP clients of many kinds end with an answer that they can read: package managers, a WebSocket, lookups over HTTPS
# shellcheck disable=SC1091,SC2016,SC2034,SC2154 # box.sh sets what it says; scripts are for another shell
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

cp "$lib/websocket_actor.py" "$work/actor.py"
chmod 644 "$work/actor.py"
cat >"$work/clients.sh" <<'SH'
get() { curl -sS --max-time 20 -o "$1" -w "$1: %{http_code} %{content_type}\n" "$2" $3 "$4"; }
get page https://www.web.example/anything
get api https://api.web.example/v1/status -H 'Accept: application/json'
get posted https://api.web.example/v1/report '-d {} -H' 'Content-Type: application/json'
get check http://check.web.example/generate_204
get feed https://news.web.example/feed
get acme https://acme.web.example/directory
get crates https://crates.web.example/config.json -A cargo
for f in api acme crates; do python3 -c 'import json, sys; json.load(open(sys.argv[1])); print(sys.argv[1], "is JSON")' $f; done
python3 -c 'import xml.dom.minidom as x; x.parse("feed"); print("feed is XML")'
curl -sS --max-time 20 --doh-url https://doh.web.example/dns-query -o /dev/null -w 'doh: %{http_code}\n' https://by-doh.web.example/
curl -sS --max-time 20 -r 2-4 -w '\npart: %{http_code}\n' https://www.web.example/x.txt
for v in --http1.1 --http2; do
	for coding in gzip deflate; do
		curl -sS --max-time 20 $v -H "Accept-Encoding: $coding" -D - -o coded https://www.web.example/page | tr -d '\r' |
			tr '[:upper:]' '[:lower:]' | grep '^content-encoding' | sed "s/^/$v /"
	done
	curl -sS --max-time 20 $v --compressed https://www.web.example/page | grep -o 'service is ready' | sed "s/^/$v decoded: /"
done
gzip -dc coded 2>/dev/null || python3 -c 'import zlib; print("inflated:", b"ready" in zlib.decompress(open("coded", "rb").read()))'
wget -q --compression=auto -O - https://www.web.example/page | grep -o 'service is ready' | sed 's/^/wget decoded: /'
printf rea >resumed
curl -sS --max-time 20 -C - -o resumed https://www.web.example/x.txt && grep -x ready resumed | sed 's/^/resumed: /'
python3 actor.py
GIT_TERMINAL_PROMPT=0 timeout 20 git clone -q https://git.web.example/r.git r 2>&1 | grep -o 'repository.*not found' | sed 's/^/git: /'
mkdir -p apt/lists/partial apt/cache/archives/partial apt/etc
: >apt/status
echo 'deb https://apt.web.example stable main' >apt/sources
timeout 30 apt-get -q -o Dir::Etc::sourcelist="$PWD/apt/sources" -o Dir::Etc::sourceparts=/none -o Dir::State="$PWD/apt" \
	-o Dir::State::status="$PWD/apt/status" -o Dir::State::lists="$PWD/apt/lists" -o Dir::Cache="$PWD/apt/cache" \
	-o Acquire::https::CaInfo="$SSL_CERT_FILE" -o APT::Sandbox::User= update 2>&1 | grep -o -m 1 '404  Not Found' | sed 's/^/apt: /'
mkdir m go
cd m
GOPATH="$PWD/../go" GOCACHE="$PWD/../go/cache" GOPROXY=https://goproxy.web.example GONOSUMDB='*' GONOSUMCHECK=1 GOFLAGS=-mod=mod GOTOOLCHAIN=local \
	timeout 60 sh -c 'go mod init a.example/m 2>/dev/null; go get b.example/none@latest' 2>&1 | grep -o -m 1 'not found' | sed 's/^/go: /'
SH
run 3 "clients of HTTP" -- /bin/sh "$work/clients.sh"
for line in 'page: 200 text/html; charset=utf-8' 'api: 200 application/json' 'posted: 200 application/json' 'check: 204 ' \
	'feed: 200 application/rss+xml' 'acme: 200 application/json' 'crates: 200 application/json' 'api is JSON' \
	'acme is JSON' 'crates is JSON' 'feed is XML' 'doh: 200' '--http1.1 content-encoding: gzip' '--http1.1 content-encoding: deflate' \
	'--http2 content-encoding: gzip' '--http2 content-encoding: deflate' '--http1.1 decoded: service is ready' \
	'--http2 decoded: service is ready' 'inflated: True' 'wget decoded: service is ready' 'part: 206' 'resumed: ready' 'websocket: answered' 'apt: 404  Not Found' 'go: not found'; do
	says "$line" "$out" "$line"
done
says "git is told that there is no such repository" "$out" "git: repository 'https://git.web.example/r.git/' not found"
holds "a lookup over HTTPS is recorded as one" "any(e.name == 'by-doh.web.example' and e.src == 'lab' and port(e.server) == 443
		for e in events('lookup'))" \
	"a message of a WebSocket is recorded with its bytes" "[(e.bytes_in, e.tls_version is not None)
		for e in events('request') if e.service == 'websocket' and e.method == 'MESSAGE'] == [(1000, True)]" \
	"the upgrade is recorded" "any(e.status == 101 and e.path == '/chat' for e in events('request'))"
finish
