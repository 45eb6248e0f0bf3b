# shellcheck shell=sh disable=SC2034,SC2154 # box.sh sets what it says
# SPDX-License-Identifier: Apache-2.0
# learn.sh - policies that are learned from runs, and the runs after that

# learn STATUS NAME FILE OPTION... BUNDLE...: tcbox policy new ends with STATUS; what it says is in $said
learn() {
	expected=$1 name=$2 learned=$3
	shift 3
	said=$dir/said
	rm -f "$learned"
	"$TCBOX" policy new --output "$learned" "$@" >"$said" 2>&1
	status=$?
	result "$([ "$status" = "$expected" ]; echo $?)" "$name: exit status $expected" "it was $status
$(cat "$said")"
}

# verdict VERDICT NAME POLICY BUNDLE
verdict() {
	is=$("$TCBOX" check --format json --policy "$3" "$4" | python3 -c 'import json, sys; print(json.load(sys.stdin)["verdict"])')
	result "$([ "$is" = "$1" ]; echo $?)" "$2: it $1" "it is: $is
$("$TCBOX" check --policy "$3" "$4" | head -n 40)"
}

# Programs of doc/COMPATIBILITY.md: learned from two runs in different directories, the third one conforms.
# LEARN=TEXT: only those with this in their names
product() {	# NAME "PROGRAM..." SCRIPT
	case all$1 in *"${LEARN-}"*) ;; *) return ;; esac
	for program in $2; do
		command -v "$program" >/dev/null || {
			skip "$1" "$program is not installed"
			return
		}
	done
	set -- "$1" "$3"
	bundles=
	for turn in 1 2 3; do
		runs=$((runs + 1))
		mkdir -m 1777 "$work/$(echo "$runs" | rev).in"
		cd "$work/$(echo "$runs" | rev).in" || exit 1
		bundle=$dir/bundles/$runs
		if [ $turn = 3 ]; then
			# shellcheck disable=SC2086 # two words
			learn 0 "$1: learned from two runs" "$dir/$runs.json" $bundles
			check "$1: what was learned has no mistake" "$TCBOX" policy lint "$dir/$runs.json"
			how="--policy $dir/$runs.json"
		else
			how='--observe all'
		fi
		# shellcheck disable=SC2086 # two words
		"$TCBOX" run --quiet --timeout 60s $how --output "$bundle" -- /bin/sh -c "$2" >"$dir/out" 2>"$dir/err" </dev/null
		status=$?
		bundles="$bundles $bundle"
		cd "$work" || exit 1
	done
	result "$status" "$1: the third run conforms" "$("$TCBOX" check --policy "$dir/$runs.json" "$bundle" | head -n 60)
$(cat "$dir/$runs.json")"
	holds "$1: it worked" "m.exit_code == 0" "$1: it has no finding" "not codes()"
}
