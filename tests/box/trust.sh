#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# trust.sh - programs with certificate stores of their own trust the simulated internet, so that their requests are seen
# shellcheck disable=SC1091,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

# asked NAME PATH: the lab understood the request, so the TLS was ended
asked() {
	holds "$1: its request is seen" "any(q.path == '$2' and q.tls_version and q.status == 200 for d in r.facts.destinations for q in d.requests)"
}

for java in /usr/lib/jvm/*/bin/javac; do
	[ -x "$java" ] || continue
	name=$(basename "${java%/bin/javac}") java=${java%c}
	[ ! -h "/usr/lib/jvm/$name" ] || continue	# another name of one that has its turn
	cat >"$work/Ask.java" <<'END'
import java.net.URI;
import java.net.http.*;
public class Ask {
	public static void main(String[] args) throws Exception {
		HttpClient c = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
		System.out.println(c.send(HttpRequest.newBuilder(URI.create(args[0])).build(), HttpResponse.BodyHandlers.ofString()).statusCode());
	}
}
END
	run 3 "$name" -- "$java" "$work/Ask.java" https://api.acme.example/from-java
	says "$name: it trusts the certificate" "$out" 200
	asked "$name" /from-java
done
[ -n "${java##*\**}" ] || skip "Java" "no JVM here"

if command -v chromium >/dev/null; then
	run 3 "Chromium" -- chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/c" --dump-dom https://api.acme.example/from-chromium
	asked "Chromium" /from-chromium
else
	skip "Chromium" "it is not installed"
fi
if command -v firefox-esr >/dev/null; then
	mkdir -m 777 "$work/f"
	[ "$(id -u)" != 0 ] || chown 65534:65534 "$work/f"	# it wants a profile of its own
	HOME=$work/f run 3 "Firefox" -- firefox-esr --headless --profile "$work/f" --screenshot "$work/f/page.png" https://api.acme.example/from-firefox
	asked "Firefox" /from-firefox
else
	skip "Firefox" "it is not installed"
fi

finish
