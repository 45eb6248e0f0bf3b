/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_dns.c - any bytes to the lab's resolver: the reply is a reply to them, and its records can
 * be walked
 */
#include <string.h>

#include "lab/dns.h"
#include "tcbox/buf.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct dns_reply *r)
{
	struct tb_rd rd = tb_rd_init(r->data, r->len);
	uint8_t wire[NS_MAXCDNAME];
	unsigned int questions, records = 0;

	(void)tb_rd_u32be(&rd);
	questions = tb_rd_u16be(&rd);
	for (int i = 0; i < 3; i++)
		records += tb_rd_u16be(&rd);
	for (unsigned int i = 0; i < questions + records; i++) {
		int n = ns_name_unpack(r->data, r->data + r->len, rd.p, wire, sizeof(wire));

		TB_BUG_ON(n < 1);
		(void)tb_rd_bytes(&rd, (size_t)n + (i < questions ? 4 : 8));
		if (i >= questions)
			(void)tb_rd_bytes(&rd, tb_rd_u16be(&rd));
	}
	TB_BUG_ON(rd.bad || rd.left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lab_names *names = lab_names_new();
	struct dns_reply r, again;

	if (!names)
		return 0;
	for (int i = 0; i < 2; i++) {	/* the second time a name is known already */
		dns_answer(names, NULL, data, size, &r);
		TB_BUG_ON(r.len > sizeof(r.data));
		TB_BUG_ON(r.asked && (!r.len || !r.name[0] || !r.type[0] || !r.rcode[0]));
		if (!r.len)
			continue;
		TB_BUG_ON(memcmp(r.data, data, 2) || !(r.data[2] & 0x80));
		walk(&r);
		dns_answer(names, NULL, r.data, r.len, &again);
		TB_BUG_ON(again.len);
	}
	lab_names_free(names);
	return 0;
}
