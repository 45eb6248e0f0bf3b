/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns.h - one DNS query in, one reply out
 */
#ifndef LAB_DNS_H
#define LAB_DNS_H

#include <arpa/nameser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/dns_words.h"
#include "tcbox/event.h"
#include "tcbox/lab.h"

#define DNS_QUERY_MAX 4096	/* longer queries are not answered */

struct dns_reply {
	uint8_t data[NS_PACKETSZ];	/* every answer of ours fits into 512 bytes, see dns.c */
	size_t len;			/* 0: stay silent */
	bool asked;			/* there was a question: see below for it and its answer */
	bool refused;			/* no address was left for the name */
	char name[NS_MAXDNAME];		/* lower case, no trailing dot, escaped as in zone files */
	const char *type, *rcode;
	char type_text[TB_DNS_WORD], rcode_text[TB_DNS_WORD];
	struct ev_addr addrs[2];
	size_t naddrs;
	char target[NS_MAXDNAME];	/* of a PTR answer; empty: none */
};

/* What a scenario does to names. */
struct dns_faults {
	enum lab_names_fault names;
	int family;		/* of the only addresses that names have; 0: both */
	const struct lab_fixture *fixture;	/* names that do not exist; NULL: none */
	const char *spared;	/* the name to which nothing is done; NULL: none */
	lab_name_fn *may_resolve;	/* NULL: every name */
	void *arg;
};

/**
 * dns_answer() - answer a query as the resolver of a world in which every name exists
 * @faults:	NULL: nothing goes wrong
 * @query:	One DNS message as it came; any bytes
 *
 * A, AAAA and ANY give the name's own addresses, PTR the name of an address that was given out.
 * Every other type of every name exists without data; so HTTPS and SVCB records never hide a
 * server name by ECH.
 */
void dns_answer(struct lab_names *names, const struct dns_faults *faults, const uint8_t *query,
		size_t len, struct dns_reply *out);

/*
 * dns_is_query() - is it a whole query with one question and nothing that resolvers do not send? At
 * a port that is not that of DNS anything else may be meant
 */
bool dns_is_query(const uint8_t *msg, size_t len);

#endif
