/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.h - what a product did, grouped as a person reads it: destinations, names, listeners,
 * programs, files, attempts
 *
 * Made from the evidence once; all writers of reports read the same. Each list is in the order in
 * which it matters: what is not declared first, then what no lookup explains, then what was sent in
 * the clear, then what is big. Beyond FACTS_MAX of a kind the least are counted only; who writes
 * for people cuts earlier, and says so.
 *
 * All strings are bytes that the product may have chosen. They are those of the evidence, and the
 * facts borrow them: equal strings are one pointer.
 */
#ifndef TCBOX_FACTS_H
#define TCBOX_FACTS_H

#include "tcbox/event.h"
#include "tcbox/finding.h"

struct evd_facts;
struct evd_program;

/* How content was sent, as far as the packets say. */
enum fact_content {
	FACT_NO_CONTENT,	/* no payload */
	FACT_CLEAR,		/* in a protocol that is known not to encrypt */
	FACT_ENCRYPTED,
	FACT_UNKNOWN_CONTENT,	/* the protocol was not recognised */
};

/* Who did it: the processes of one program. */
struct fact_owner {
	const char *program;	/* path; NULL: not known */
	uint64_t proc;		/* the first process; 0: no owner is known */
	int64_t pid;		/* of that one */
	size_t processes;	/* how many of this program did it */
};

#define FACT_ADDRS 32		/* kept of the addresses of one destination */

/*
 * The conversations of one program with one destination that are alike: same name or address, port
 * and protocol, application and server name, answered in the same way.
 */
struct fact_dest {
	const char *host;	/* the name that a lookup gave for the address; NULL: none did, or
				 * the conversation was begun from outside */
	const struct ev_addr *addrs;	/* by time, without ports */
	size_t naddrs;
	bool addrs_left_out;	/* there were more than FACT_ADDRS */
	uint16_t port;		/* 0: the protocol has none */
	bool group;		/* nothing but reports that the box is a member of this multicast
				 * group */
	bool inbound;		/* begun from outside: addrs are the other end's, port is the
				 * box's */
	bool ech;		/* with an encrypted hello: sni may be a cover */
	const char *proto;	/* "tcp", "udp", ... */
	const char *state;	/* how they ended: "fin", "refused", "timeout", ...; NULL: not
				 * seen */
	const char *app, *app_detail;	/* as nDPI calls it; NULL: not recognised */
	const char *tls_version, *sni, *http_host;	/* NULL: none was seen */
	enum fact_content content;
	struct fact_owner owner;
	enum fnd_stand stand;
	const char *rule;	/* that covers it; NULL: none */
	uint64_t count;		/* conversations */
	int64_t first, last;	/* as ev.t */
	uint64_t pkts;
	uint64_t bytes_out, bytes_in;
	const uint32_t *flows;	/* which flows of the evidence, count of them, by time */
};

/* fact_unresolved() - is it known by an address that no lookup gave? */
static inline bool fact_unresolved(const struct fact_dest *d)
{
	return !d->host && !d->inbound && !d->group;
}

#define FACTS_MAX 100000	/* of each kind */

/* Sum over what is not listed. */
struct fact_rest {
	uint64_t n;		/* so many were left out */
	uint64_t count, bytes_out, bytes_in;
};

struct facts {
	const struct fact_dest *dests;
	size_t ndests;
	struct fact_rest more_dests;
};

struct facts_input {
	const struct evd_facts *evidence;	/* must outlive the facts */
	const struct fnd_result *result;	/* the comparison; must outlive the facts */
};

/* facts_new() - what happened. The same input gives the same facts. Return: NULL without memory */
struct facts *facts_new(const struct facts_input *in, struct tb_err *err);
void facts_free(struct facts *f);

#endif
