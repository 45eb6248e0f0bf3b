/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_words.c - what DNS calls its numbers (IANA, "Domain Name System (DNS) Parameters")
 */
#include "tcbox/dns_words.h"

#include <stddef.h>
#include <stdio.h>

#include "tcbox/own.h"

struct word {
	unsigned int number;
	const char *name;
};

static const struct word types[] = {
	{ 1, "A" }, { 2, "NS" }, { 5, "CNAME" }, { 6, "SOA" }, { 10, "NULL" }, { 12, "PTR" },
	{ 13, "HINFO" },
	{ 15, "MX" }, { 16, "TXT" }, { 28, "AAAA" }, { 29, "LOC" }, { 33, "SRV" }, { 35, "NAPTR" },
	{ 37, "CERT" }, { 39, "DNAME" }, { 43, "DS" }, { 44, "SSHFP" }, { 46, "RRSIG" },
	{ 47, "NSEC" },
	{ 48, "DNSKEY" }, { 52, "TLSA" }, { 61, "OPENPGPKEY" }, { 64, "SVCB" }, { 65, "HTTPS" },
	{ 99, "SPF" },
	{ 251, "IXFR" }, { 252, "AXFR" }, { 255, "ANY" }, { 256, "URI" }, { 257, "CAA" },
};

static const struct word rcodes[] = {
	{ 0, "NOERROR" }, { 1, "FORMERR" }, { 2, "SERVFAIL" }, { 3, "NXDOMAIN" }, { 4, "NOTIMP" },
	{ 5, "REFUSED" }, { 16, "BADVERS" },
};

/* find() - Return: NULL if the number has no name here */
static const char *find(const struct word *words, size_t n, unsigned int number)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].number == number)
			return words[i].name;
	return NULL;
}

const char *tb_dns_type(uint16_t type, char out[TB_DNS_WORD])
{
	const char *name = find(types, TB_ARRAY_SIZE(types), type);

	if (name)
		return name;
	(void)snprintf(out, TB_DNS_WORD, "TYPE%u", type);
	return out;
}

const char *tb_dns_rcode(unsigned int rcode, char out[TB_DNS_WORD])
{
	const char *name = find(rcodes, TB_ARRAY_SIZE(rcodes), rcode);

	if (name)
		return name;
	(void)snprintf(out, TB_DNS_WORD, "RCODE%u", rcode);
	return out;
}
