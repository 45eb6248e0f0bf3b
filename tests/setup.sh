#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# setup.sh - scripts/setup on machines that lack packages: with root, with sudo, with neither, without Debian;
# and with modules of the npm registry that are not there
#
# The package tools are stand-ins that write down how they were called; nothing is installed.
set -u

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

tool() {	# name, script on standard input
	{ echo '#!/bin/sh'; cat; } >"$dir/bin/$1"
	chmod 755 "$dir/bin/$1"
}

fresh() {	# user id, packages that are installed
	rm -rf "${dir:?}/bin"
	mkdir "$dir/bin"
	: >"$dir/calls"
	for t in sh sed awk sort grep env dirname cat mkdir mktemp chmod rm mv; do
		ln -s "$(command -v $t)" "$dir/bin/$t"
	done
	tool id <<-END
		echo $1
	END
	shift
	tool dpkg-query <<-END
		shift 3
		for p; do case " $* " in *" \$p "*) echo "installed \$p" ;; *) echo "no \$p" >&2 ;; esac; done
	END
	tool apt-get <<-END
		echo "apt-get \$DEBIAN_FRONTEND \$*" >>"$dir/calls"
	END
	tool npm <<-END
		echo "npm \$*" >>"$dir/calls"
		for m; do :; done
		mkdir -p "\$3/node_modules/\${m%@*}"
		echo >"\$3/node_modules/\${m%@*}/package.json"
	END
	for m in $modules; do
		mkdir -p "$dir/npm/$m/node_modules/${m%@*}"
		: >"$dir/npm/$m/node_modules/${m%@*}/package.json"
	done
}

run() { out=$(PATH=$dir/bin TCBOX_NPM=$dir/npm scripts/setup "$@" 2>&1 </dev/null); rc=$?; }

result() {	# name; the status of the test before decides
	if [ $? = 0 ]; then word=ok; else word="not ok"; fi
	n=$((n + 1))
	echo "$word $n - $1"
	[ "$word" = ok ] || printf 'status %s\n%s\n' "$rc" "$out" | cat - "$dir/calls" | sed 's/^/# /'
}

all=$(awk '!/^#/ && $2 !~ /^npm:/ { print $2 }' scripts/packages)
modules=$(sed -n 's/^[a-z]* *npm:\([^ ]*\).*/\1/p' scripts/packages)
# shellcheck disable=SC2086,SC2046 # names of packages
{
	fresh 0 $all
	run build run test bench
	[ $rc = 0 ] && [ -z "$out" ] && [ ! -s "$dir/calls" ]
	result "says and does nothing when nothing is missing"

	fresh 0 $(printf '%s\n' $all | grep -vx -e nftables -e curl)
	run build run
	[ $rc = 0 ] && [ "$(grep -c . "$dir/calls")" = 2 ] && grep -q '^apt-get noninteractive.* update$' "$dir/calls" &&
		grep -q '^apt-get noninteractive.* install -y --no-install-recommends curl nftables$' "$dir/calls"
	result "installs exactly what is missing, as root, and asks nothing"

	fresh 0 $(printf '%s\n' $all | grep -vx strace)
	run build run
	[ $rc = 0 ] && [ ! -s "$dir/calls" ]
	result "leaves sections alone that it was not asked for"

	fresh 1000 $(printf '%s\n' $all | grep -vx nftables)
	run run
	[ $rc = 1 ] && [ ! -s "$dir/calls" ] && printf '%s\n' "$out" |
		grep -qx ' *apt-get update && apt-get install --no-install-recommends nftables'
	result "prints the command and stops without root and sudo"

	fresh 1000 $(printf '%s\n' $all | grep -vx nftables)
	tool sudo <<-END
		echo "sudo \$*" >>"$dir/calls"
	END
	run run
	[ $rc = 0 ] && grep -q '^sudo env .*apt-get .* install -y --no-install-recommends nftables$' "$dir/calls"
	result "installs through sudo when sudo does not ask"

	fresh 1000 $(printf '%s\n' $all | grep -vx nftables)
	tool sudo <<-END
		exit 1
	END
	run run
	[ $rc = 1 ] && [ ! -s "$dir/calls" ]
	result "does not wait for a password when nobody can type one"

	fresh 0
	rm "$dir/bin/dpkg-query"
	run run
	[ $rc = 0 ] && [ ! -s "$dir/calls" ] && printf '%s\n' "$out" | grep -q nftables
	result "says what is needed on another distribution"

	fresh 0 $all
	run no-such-section
	[ $rc = 2 ]
	result "refuses a section that does not exist"

	fresh 0 $all
	rm -rf "$dir/npm/uplot"*
	run build run
	[ $rc = 0 ] && [ "$(grep -c . "$dir/calls")" = 1 ] && grep -q '^npm install .* uplot@[0-9.]*$' "$dir/calls" &&
		TCBOX_NPM=$dir/npm scripts/npm-module uplot >/dev/null
	result "installs exactly the module of the npm registry that is missing, and it is found"

	fresh 0 $all
	rm -rf "$dir/npm/uplot"* "$dir/bin/npm"
	run build run
	grep -q '^apt-get .* install -y --no-install-recommends npm$' "$dir/calls"
	result "installs npm if a module is missing and npm, too"

	rm -rf "$dir/npm/uplot"*
	out=$(TCBOX_NPM=$dir/npm scripts/npm-module uplot 2>&1)
	[ $? = 1 ] && printf '%s\n' "$out" | grep -q 'uplot@.*make setup'
	result "says how to install a module that is not there"
}
echo "1..$n"
