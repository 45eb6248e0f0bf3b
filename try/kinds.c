/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kinds.c - the kinds of acts: who must see each, and what the comparison must make of it
 */
#include "try/kinds.h"

#include <assert.h>
#include <string.h>

#include "tcbox/own.h"

#define BY(w) (1u << TRY_BY_##w)
#define ON_THE_WIRE (BY(CALLS) | BY(PACKETS))
#define ON_DISK (BY(CALLS) | BY(DISK))

const struct kind try_kinds[TRY_KINDS] = {
	[TRY_CONNECT] = { "connect", "connection", ON_THE_WIRE | BY(LAB),
			  { FND_NET_UNDECLARED, FND_NET_UNDECLARED }, FND_CONNECTIONS, "tcp" },
	[TRY_CONNECT6] = { "connect-ipv6", "connection, IPv6", ON_THE_WIRE | BY(LAB),
			   { FND_NET_UNDECLARED, FND_NET_UNDECLARED }, FND_CONNECTIONS, "tcp" },
	[TRY_DATAGRAM] = { "datagram", "datagram (UDP)", ON_THE_WIRE,
			   { FND_NET_UNDECLARED, FND_NET_UNDECLARED }, FND_CONNECTIONS, "udp" },
	[TRY_ECHO] = { "echo", "ICMP echo", ON_THE_WIRE,
		       { FND_NET_UNDECLARED, FND_NET_UNDECLARED }, FND_CONNECTIONS, "icmp" },
	[TRY_ECHO6] = { "echo-ipv6", "ICMP echo, IPv6", ON_THE_WIRE,
			{ FND_NET_UNDECLARED, FND_NET_UNDECLARED }, FND_CONNECTIONS, "icmp" },
	[TRY_GROUP] = { "multicast", "datagram to a multicast group", ON_THE_WIRE,
			{ FND_NET_UNDECLARED, FND_NET_UNDECLARED }, FND_CONNECTIONS, "udp" },
	[TRY_JOIN] = { "join", "membership of a multicast group", ON_THE_WIRE,
		       { FND_NET_UNDECLARED, FND_NET_UNDECLARED }, FND_CONNECTIONS, "ip-2" },
	[TRY_LOOKUP] = { "lookup", "lookup of a name", ON_THE_WIRE | BY(LAB),
			 { FND_DNS_UNDECLARED, FND_DNS_UNDECLARED }, FND_NAMES, "udp" },
	[TRY_RESOLVER] = { "resolver", "lookup at another name server", ON_THE_WIRE | BY(LAB),
			   { FND_NET_RESOLVER, FND_NET_UNDECLARED }, FND_CONNECTIONS, "udp" },
	[TRY_LISTEN] = { "listen", "listener (TCP)", BY(CALLS) | BY(KERNEL),
			 { FND_LISTEN_UNDECLARED, FND_LISTEN_UNDECLARED }, FND_LISTENS, "tcp" },
	[TRY_LISTEN6] = { "listen-ipv6", "listener (TCP), IPv6", BY(CALLS) | BY(KERNEL),
			  { FND_LISTEN_UNDECLARED, FND_LISTEN_UNDECLARED }, FND_LISTENS, "tcp" },
	[TRY_WAIT] = { "wait", "socket that waits for datagrams", BY(CALLS) | BY(KERNEL),
		       { FND_LISTEN_UNDECLARED, FND_LISTEN_UNDECLARED }, FND_LISTENS, "udp" },
	[TRY_EXEC] = { "execute", "program", BY(CALLS) | BY(PROCESS),
		       { FND_EXEC_UNDECLARED, FND_EXEC_UNDECLARED }, FND_EXECUTES, NULL },
	[TRY_CREATE] = { "create", "file created", ON_DISK,
			 { FND_FILE_UNDECLARED, FND_FILE_UNDECLARED }, FND_FILES, NULL },
	[TRY_MKDIR] = { "mkdir", "directory created", ON_DISK,
			{ FND_FILE_UNDECLARED, FND_FILE_UNDECLARED }, FND_FILES, NULL },
	[TRY_CHANGE] = { "change", "file changed", ON_DISK,
			 { FND_FILE_UNDECLARED, FND_FILE_UNDECLARED }, FND_FILES, NULL },
	[TRY_ATTRIBUTES] = { "attributes", "attributes of a file changed", ON_DISK,
			     { FND_FILE_UNDECLARED, FND_FILE_UNDECLARED }, FND_FILES, NULL },
	[TRY_RENAME] = { "rename", "file renamed", ON_DISK,
			 { FND_FILE_UNDECLARED, FND_FILE_UNDECLARED }, FND_FILES, NULL },
	[TRY_LINK] = { "link", "symbolic link created", ON_DISK,
		       { FND_FILE_UNDECLARED, FND_FILE_UNDECLARED }, FND_FILES, NULL },
	[TRY_REMOVE] = { "remove", "file removed", ON_DISK,
			 { FND_FILE_UNDECLARED, FND_FILE_UNDECLARED }, FND_FILES, NULL },
	[TRY_CALL] = { "call", "system call", BY(CALLS),
		       { FND_SYS_UNDECLARED, FND_BOX_ATTEMPT }, FND_SYSCALLS, NULL },
	[TRY_DENIED] = { "denied-call", "system call that the policy denies", BY(CALLS),
			 { FND_SYS_DENIED, FND_BOX_ATTEMPT }, FND_SYSCALLS, NULL },
	[TRY_DANGEROUS] = { "dangerous-call", "system call that the box refuses", BY(CALLS),
			    { FND_BOX_ATTEMPT, FND_SYS_DENIED }, FND_KINDS, NULL },
};

static const char *const witnesses[] = {
	[TRY_BY_CALLS] = "system calls",
	[TRY_BY_PACKETS] = "packets",
	[TRY_BY_LAB] = "lab",
	[TRY_BY_KERNEL] = "socket tables",
	[TRY_BY_PROCESS] = "process",
	[TRY_BY_DISK] = "disk",
};

static_assert(TB_ARRAY_SIZE(witnesses) == TRY_WITNESSES, "a name for each witness");

static const char *const outcomes[] = {
	[TRY_NOT_PLANNED] = "not-planned",
	[TRY_NOT_DONE] = "not-done",
	[TRY_UNSEEN] = "not-seen",
	[TRY_MISJUDGED] = "misjudged",
	[TRY_RIGHT] = "right",
};

const char *try_request(const struct try_act *act)
{
	bool connects = act->kind == TRY_CONNECT || act->kind == TRY_CONNECT6;
	const char *space = connects && act->second ? strchr(act->second, ' ') : NULL;

	return space ? space + 1 : NULL;
}

const char *try_kind_text(enum try_kind kind)
{
	return try_kinds[kind].text;
}

const char *try_kind_name(enum try_kind kind)
{
	return try_kinds[kind].name;
}

const char *try_witness_name(enum try_witness w)
{
	return witnesses[w];
}

const char *try_outcome_name(enum try_outcome o)
{
	return outcomes[o];
}

unsigned int try_expected(const struct try_act *act)
{
	return try_kinds[act->kind].witnesses;
}
