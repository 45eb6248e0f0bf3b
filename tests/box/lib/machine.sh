# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2154
# machine.sh - what this machine has not, by the names of scripts/machine; sourced
#
# absent WHAT			has this machine not got it?
# only_with WHAT		if so this script is skipped as a whole; call it before the first test
#
# scripts/tap-run asks the machine once for all scripts, and believes no skip for want of something else.
if [ -z "${TCBOX_ABSENT+asked}" ]; then
	TCBOX_ABSENT=$("$here/../../scripts/machine" "${TCBOX:?}" | cut -f 1)
	export TCBOX_ABSENT
fi

absent() {
	case "
$TCBOX_ABSENT
" in *"
$1
"*) return 0 ;; esac
	return 1
}

only_with() {
	if absent "$1"; then
		echo "1..0 # SKIP machine: no $1"
		exit 77
	fi
}
