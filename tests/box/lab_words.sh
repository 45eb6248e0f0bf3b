#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lab_words.sh - protocols whose server speaks first: clients get what they expect, at once, and the record has what they said
# shellcheck disable=SC1091,SC2034,SC2154 # box.sh sets what it says
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib/box.sh"

cp "$lib/words_actor.py" "$work/actor.py"
chmod 644 "$work/actor.py"
forms='ftp ftps pop imap imaps smtp irc telnet ssh mysql mqtt mqtts stun quiet odd'

# shellcheck disable=SC2086 # a list
run 3 "clients of servers that speak first" -- /usr/bin/python3 "$work/actor.py" $forms
for form in $forms; do
	says "$form: the client had its answer" "$out" "$form: answered"
done

# asked SERVICE HOST METHOD PATH: one test
asked() {
	holds "$1: the record has $3 ${4:-}" "any(e.service == '$1' and e.method == '$3' and (e.path or '') == '${4-}'
		and host(e.server).strip('[]') in addresses for addresses in [{a for l in events('lookup')
		if l.name == '$2.words.example' for a in l.addrs or []}] for e in events('request'))"
}
asked ftp ftp USER someone
asked ftp ftp PASS
asked ftp ftp STOR up.bin
asked ftp_data ftp RETR down.txt
asked ftp ftps STARTTLS
asked pop3 pop STARTTLS
asked pop3 pop USER someone
asked imap imap LOGIN
asked imap imap SELECT INBOX
asked irc irc NICK someone
asked irc irc PRIVMSG '#room :hello'
asked telnet telnet USER root
asked telnet telnet COMMAND 'cat /proc/cpuinfo'
asked ssh ssh IDENT SSH-2.0-words_1.0
asked mysql mysql QUERY 'select secret from table1'

asked mqtt mqtt CONNECT dev1
asked mqtt mqtt PUBLISH home/temp
asked mqtt mqtts SUBSCRIBE 'home/#'

holds "an upload is recorded with its bytes, in the clear and in TLS" "{(e.path, e.bytes_in, e.tls_version is not None)
		for e in events('request') if e.service == 'ftp_data' and e.method == 'STOR'} ==
		{('up.bin', 3000000, False), ('secret.bin', 200000, True)}" \
	"a message that is appended is recorded with its bytes" "any(e.method == 'APPEND' and e.bytes_in == 50014
		for e in events('request'))" \
	"no password is in the record" "'opensesame' not in open(bundle + '/events.jsonl').read()" \
	"what came behind STARTTLS is known to be encrypted" "all(e.tls_version for e in events('request')
		if e.method in ('LOGIN', 'QUERY', 'SELECT'))" \
	"who speaks HTTP to another port is HTTP" "sum(e.service == 'http' for e in events('request')
		if e.server.endswith((':22', ':6667'))) == 2"
finish
