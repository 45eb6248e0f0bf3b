/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_answer.h - the answer section of a DNS message
 */
#ifndef CAPTURE_DNS_ANSWER_H
#define CAPTURE_DNS_ANSWER_H

#include <arpa/nameser.h>
#include <stdbool.h>
#include <stddef.h>

#include "tcbox/event.h"

#define DNS_MAX_RR 64		/* records that are read of an answer */

/*
 * What one message says. Too large for the stack of every packet. Names are as dns_tidy() leaves
 * them.
 */
struct dns_answer {
	size_t naddrs, nvalues, naliases;
	struct ev_addr addrs[DNS_MAX_RR];
	char addr_owner[DNS_MAX_RR][NS_MAXDNAME];
	char value[DNS_MAX_RR][NS_MAXDNAME];
	struct {
		char from[NS_MAXDNAME], to[NS_MAXDNAME];
	} alias[DNS_MAX_RR];
};

/* dns_tidy() - a name in lower case, without the final dot; @name may be @out */
void dns_tidy(char out[NS_MAXDNAME], const char *name);

/*
 * dns_answer_read() - Return: false if the section is malformed; what was read before that is
 * kept
 */
bool dns_answer_read(struct dns_answer *a, ns_msg *m);

#endif
