# SPDX-License-Identifier: Apache-2.0
# bash completion for tcbox(1)

_tcbox()
{
	local cur prev cmd i at=0 opts=
	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	cmd=${COMP_WORDS[1]}
	COMPREPLY=()

	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'run check report diff export import review note questions seal verify policy state doctor --help --version' -- "$cur")
		return
	fi

	case $cmd in
	run) opts='--policy --phase --review --output --net --lab --scenario --scenarios --clock --timeout --observe --enforce --env --workdir --bind --hostname --root --as-root --state --processes --layer --file-size --memory --cpus --cpu-time --output-size --bodies --challenge --seal --fail-on --quiet --events --live --help' ;;
	check) opts='--policy --phase --review --format --severity --section --fail-on --help' ;;
	report) opts='--format --finding --severity --section --fail-on --verbose --layout --help' ;;
	diff) opts='--policy --contents --format --help' ;;
	export) opts='--pcapng --redact --help' ;;
	import) opts='--max-size --help' ;;
	review) opts='--ask --finding --decide --reason --until --reviewer --help' ;;
	note) opts='--examiner --help' ;;
	policy) opts='--format --flow --request --name --listen --exec --file --read --call --output --in-place --template --must-see --limits --requests --unfinished --glob-from --ranges-from --exact-calls --from --to --strict --signature --ca --judge --help' ;;
	state | questions) opts='--help' ;;
	seal) opts='--key --add --timestamp-request --timestamp --help' ;;
	verify) opts='--trusted-key --timestamp-root --challenge --help' ;;
	doctor) opts='--format --help' ;;
	*) return ;;
	esac

	# After the program of "run", words are the program's own.
	if [[ $cmd == run ]]; then
		for ((i = 2; i < COMP_CWORD; i++)); do
			case ${COMP_WORDS[i]} in
			--policy | --phase | --output | --net | --lab | --scenario | --clock | --timeout | --observe | --env | --workdir | --bind | --hostname | \
				--root | --state | --processes | --layer | --file-size | --memory | --cpus | --cpu-time | --output-size | --bodies | --fail-on | --review | --events) ((i++)) ;;
			--) at=$((i + 1)); break ;;
			-*) ;;
			*) at=$i; break ;;
			esac
		done
		if ((at > 0 && COMP_CWORD > at)); then
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			compopt -o filenames 2>/dev/null
			return
		fi
	fi

	case $prev in
	--policy | --review | --lab | --bind | --pcapng | --must-see | --signature | --ca)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return
		;;
	--output | --workdir | --root)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		return
		;;
	--phase) mapfile -t COMPREPLY < <(compgen -W 'install start use update' -- "$cur"); return ;;
	--net) mapfile -t COMPREPLY < <(compgen -W 'sim none' -- "$cur"); return ;;
	--scenario)
		mapfile -t COMPREPLY < <(compgen -W 'normal offline no-dns nxdomain refused timeout slow lossy reset cut ipv4-only ipv6-only \
			tls-untrusted tls-expired tls-old wrong-name captive-portal server-error not-found empty moved late' -- "$cur")
		return ;;
	--decide) mapfile -t COMPREPLY < <(compgen -W 'confirmed accepted question false-alarm' -- "$cur"); return ;;
	--layout) mapfile -t COMPREPLY < <(compgen -W 'weight examiner' -- "$cur"); return ;;
	--observe) mapfile -t COMPREPLY < <(compgen -W 'default all' -- "$cur"); return ;;
	--format)
		opts='text json markdown html'
		[[ $cmd == check || $cmd == report ]] && opts+=' sarif junit csv'
		[[ $cmd == doctor ]] && opts='text json'
		mapfile -t COMPREPLY < <(compgen -W "$opts" -- "$cur")
		return
		;;
	--severity | --fail-on) mapfile -t COMPREPLY < <(compgen -W 'violation warning info' -- "$cur"); return ;;
	--section)
		mapfile -t COMPREPLY < <(compgen -W 'summary destinations uploads patterns names listeners programs files calls findings notes seen not-seen not-observable changes setup evidence' -- "$cur")
		return
		;;
	--env) mapfile -t COMPREPLY < <(compgen -v -- "$cur"); return ;;
	--state) mapfile -t COMPREPLY < <(compgen -W "$(tcbox state list 2>/dev/null | cut -d' ' -f1)" -- "$cur"); return ;;
	--timeout | --hostname | --processes | --layer | --file-size | --memory | --cpus | --cpu-time | --output-size | --bodies | --max-size | --finding | --reason | --until | --reviewer | --examiner) return ;;
	esac

	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$opts" -- "$cur")
		return
	fi
	case $cmd in
	run) mapfile -t COMPREPLY < <(compgen -c -f -- "$cur") ;;
	export | import) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	check | report | diff | review | note | questions | seal | verify) mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
	policy)
		if ((COMP_CWORD == 2)); then
			mapfile -t COMPREPLY < <(compgen -W 'new amend merge diff lint explain why try import export groups calls' -- "$cur")
			return
		fi
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		;;
	state)
		if ((COMP_CWORD == 2)); then
			mapfile -t COMPREPLY < <(compgen -W 'list remove' -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W "$(tcbox state list 2>/dev/null | cut -d' ' -f1)" -- "$cur")
		fi
		return
		;;
	esac
	compopt -o filenames 2>/dev/null
}

complete -F _tcbox tcbox
