/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dns_words.c - what DNS calls its numbers
 */
#include "capture/dns_words.h"

#include <stdio.h>

#include "tcbox/own.h"

const char *dns_type_name(uint16_t type, char out[DNS_WORD])
{
	static const struct {
		uint16_t type;
		const char *name;
	} known[] = {
		{ 1, "A" }, { 2, "NS" }, { 5, "CNAME" }, { 6, "SOA" }, { 10, "NULL" }, { 12, "PTR" },
		{ 15, "MX" }, { 16, "TXT" }, { 28, "AAAA" }, { 33, "SRV" }, { 35, "NAPTR" }, { 39, "DNAME" },
		{ 43, "DS" }, { 46, "RRSIG" }, { 48, "DNSKEY" }, { 52, "TLSA" }, { 64, "SVCB" },
		{ 65, "HTTPS" }, { 252, "AXFR" }, { 255, "ANY" }, { 257, "CAA" },
	};
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(known); i++)
		if (known[i].type == type)
			return known[i].name;
	(void)snprintf(out, DNS_WORD, "TYPE%u", type);
	return out;
}

const char *dns_rcode_name(int rcode, char out[DNS_WORD])
{
	static const char *const known[] = {
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"
	};

	if (rcode >= 0 && (size_t)rcode < TB_ARRAY_SIZE(known))
		return known[rcode];
	(void)snprintf(out, DNS_WORD, "RCODE%d", rcode);
	return out;
}
