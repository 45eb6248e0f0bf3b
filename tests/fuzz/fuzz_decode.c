/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_decode.c - frames into the decoder, nDPI included
 *
 * The input is a sequence of frames: one byte of seconds that passed, two bytes of length (little-endian),
 * the frame.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "capture/dns.h"
#include "capture/flow.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void frame(struct flow_table *flows, struct dns *dns, const uint8_t *data, size_t len, int64_t now,
		  uint64_t number)
{
	struct flow_hit hit = { 0, false };
	struct pkt p;

	pkt_parse(&p, data, len, (uint32_t)len);
	if (p.kind != PKT_IP)
		return;
	TB_BUG_ON(p.payload_cap > p.payload_len || p.ip_cap > len || p.wire > len);
	TB_BUG_ON(p.payload && (p.payload < p.ip || p.payload + p.payload_cap > data + len));
	p.time = now;
	p.number = number;
	TB_BUG_ON(flow_packet(flows, &p, &hit) || !hit.id);
	if (dns_is(&p))
		TB_BUG_ON(dns_packet(dns, &p, hit.from_box, hit.id));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct meta *meta;
	static int fd = -1;
	struct tb_rd r = tb_rd_init(data, size);
	struct names *names = names_new();
	int64_t now = 1000000000;
	struct flow_table *flows;
	struct rec_out *rec;
	uint64_t number = 0;
	struct dns *dns;

	if (!meta) {
		meta = meta_new();
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	}
	rec = rec_out_new(fd, EV_SRC_NET, 0);
	dns = dns_new(rec, names);
	flows = flow_table_new(rec, names, meta, 8);
	TB_BUG_ON(!rec || !names || !dns || !flows);
	while (r.left >= 3) {
		const uint8_t *bytes;
		size_t len;

		now += tb_rd_u8(&r) * INT64_C(1000000000);
		len = tb_rd_u16le(&r);
		if (len > r.left)
			len = r.left;
		bytes = tb_rd_bytes(&r, len);
		frame(flows, dns, bytes, len, now, ++number);
		TB_BUG_ON(flow_expire(flows, now));
	}
	TB_BUG_ON(dns_end(dns) || flow_end(flows));
	flow_table_free(flows);
	dns_free(dns);
	names_free(names);
	rec_out_free(rec);
	return 0;
}
