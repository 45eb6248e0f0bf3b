/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_answer.c - the answer section of a DNS message
 */
#include "capture/dns_answer.h"

#include <ctype.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/dns_words.h"

void dns_tidy(char out[NS_MAXDNAME], const char *name)
{
	size_t n = strnlen(name, NS_MAXDNAME - 1), i;

	if (n > 1 && name[n - 1] == '.' && name[n - 2] != '\\')
		n--;
	for (i = 0; i < n; i++)
		out[i] = (char)tolower((unsigned char)name[i]);
	out[n] = '\0';
}

/* add_text() - TXT records are strings with a length before each, RFC 1035 3.3.14 */
static void add_text(char out[NS_MAXDNAME], const uint8_t *data, size_t len)
{
	struct tb_rd r = tb_rd_init(data, len);
	size_t n = 0, part;
	const uint8_t *p;

	while (r.left) {
		part = tb_rd_u8(&r);
		p = tb_rd_bytes(&r, part);
		if (!p || n + part >= NS_MAXDNAME)
			break;
		memcpy(out + n, p, part);
		n += part;
	}
	out[n] = '\0';
	/* A NUL inside would hide what follows: say so instead of cutting silently. */
	if (memchr(out, '\0', n))
		(void)snprintf(out, NS_MAXDNAME, "(%zu bytes)", n);
}

/*
 * target() - the name at @skip bytes into a record's data: PTR, CNAME, MX, SRV ...
 *
 * Return: false if it is none
 */
static bool target(char out[NS_MAXDNAME], const ns_msg *m, const ns_rr *rr, size_t skip)
{
	if (ns_rr_rdlen(*rr) <= skip)
		return false;
	if (dn_expand(ns_msg_base(*m), ns_msg_end(*m), ns_rr_rdata(*rr) + skip, out, NS_MAXDNAME) <
	    0)
		return false;
	dns_tidy(out, out);
	return true;
}

static void add_value(struct dns_answer *a, const ns_msg *m, const ns_rr *rr)
{
	char *out = a->value[a->nvalues];
	bool good = true;

	switch ((int)ns_rr_type(*rr)) {
	case ns_t_cname:
	case ns_t_ptr:
	case ns_t_ns:
	case ns_t_dname:
		good = target(out, m, rr, 0);
		break;
	case ns_t_mx:			/* preference before it */
		good = target(out, m, rr, 2);
		break;
	case ns_t_srv:			/* priority, weight, port before it */
		good = target(out, m, rr, 6);
		break;
	case ns_t_txt:
		add_text(out, ns_rr_rdata(*rr), ns_rr_rdlen(*rr));
		break;
	default: {
		char type[16];

		(void)snprintf(out, NS_MAXDNAME, "%s (%u bytes)",
			       tb_dns_type(ns_rr_type(*rr), type), (unsigned int)ns_rr_rdlen(*rr));
	}
	}
	if (good)
		a->nvalues++;
}

static void add_addr(struct dns_answer *a, const ns_rr *rr, int family)
{
	size_t len = family == AF_INET ? 4 : 16;
	struct ev_addr *addr = &a->addrs[a->naddrs];

	if (ns_rr_rdlen(*rr) != len)
		return;
	*addr = (struct ev_addr){ .family = family };
	memcpy(addr->ip, ns_rr_rdata(*rr), len);
	dns_tidy(a->addr_owner[a->naddrs], ns_rr_name(*rr));
	a->naddrs++;
}

bool dns_answer_read(struct dns_answer *a, ns_msg *m)
{
	int n = ns_msg_count(*m, ns_s_an), i;
	ns_rr rr;

	a->naddrs = a->nvalues = a->naliases = 0;
	for (i = 0; i < n && i < DNS_MAX_RR; i++) {
		if (ns_parserr(m, ns_s_an, i, &rr))
			return false;
		if (ns_rr_type(rr) == ns_t_a) {
			add_addr(a, &rr, AF_INET);
			continue;
		}
		if (ns_rr_type(rr) == ns_t_aaaa) {
			add_addr(a, &rr, AF_INET6);
			continue;
		}
		add_value(a, m, &rr);
		if (ns_rr_type(rr) == ns_t_cname && target(a->alias[a->naliases].to, m, &rr, 0))
			dns_tidy(a->alias[a->naliases++].from, ns_rr_name(rr));
	}
	return true;
}
