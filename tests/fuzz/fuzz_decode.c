/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_decode.c - frames into the dissector, nDPI included
 *
 * The input is a sequence of frames: one byte of seconds that passed, two bytes (little-endian)
 * with the length in the lower 14 bits and the link type in the upper ones, the frame.
 */
#include <stdlib.h>
#include <string.h>

#include "capture/dissect.h"
#include "tcbox/buf.h"
#include "tcbox/log.h"
#include "tcbox/net.h"

#define LEN_MASK 0x3fff

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	uint64_t flows, counters;
	struct tb_buf line;
};

/* on_event() - a flow begins with the next number, and every event can be written */
static int on_event(void *arg, struct ev *ev)
{
	struct seen *s = arg;

	TB_BUG_ON(s->counters);
	if (ev->kind == EV_FLOW && !ev->u.flow.end)
		TB_BUG_ON(ev->u.flow.id != ++s->flows);
	s->counters += ev->kind == EV_COUNTERS;
	tb_buf_reset(&s->line);
	ev_format(ev, &s->line);
	return 0;
}

static void look(const struct pkt_frame *f)
{
	struct pkt p;

	pkt_parse(&p, f);
	if (p.kind != PKT_IP)
		return;
	TB_BUG_ON(p.payload_cap > p.payload_len || p.ip_cap > f->caplen || p.wire > f->origlen);
	TB_BUG_ON(p.payload &&
		  (p.payload < p.ip || p.payload + p.payload_cap > f->data + f->caplen));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const text[] = { TB_BOX_IP4, TB_BOX_IP6, TB_GATE_IP4, TB_GATE_IP6 };
	static struct meta *meta;
	struct seen seen = { .line = TB_BUF_INIT };
	struct pkt_frame f = { .time = 1000000000 };
	struct tb_rd r = tb_rd_init(data, size);
	struct ev_addr addr[4];
	struct dissect_options opt = { .sink = { on_event, &seen, 0 }, .box = { addr, 2 },
				       .gate = { addr + 2, 2 }, .max_flows = 8 };
	struct dissect *d;

	for (size_t i = 0; i < 4; i++)
		TB_BUG_ON(ev_addr_parse(text[i], &addr[i]));
	if (!meta)
		meta = meta_new();
	opt.meta = meta;
	d = dissect_new(&opt);
	TB_BUG_ON(!d);
	while (r.left >= 3) {
		uint16_t head;

		f.time += tb_rd_u8(&r) * INT64_C(1000000000);
		head = tb_rd_u8(&r);
		head = (uint16_t)(head | tb_rd_u8(&r) << 8);
		f.link = (enum pkt_link)(head >> 14);
		f.caplen = head & LEN_MASK;
		if (f.caplen > r.left)
			f.caplen = (uint32_t)r.left;
		f.origlen = f.caplen;
		f.data = tb_rd_bytes(&r, f.caplen);
		f.number++;
		look(&f);
		TB_BUG_ON(dissect_feed(d, &f) || dissect_idle(d, 0));
	}
	TB_BUG_ON(dissect_end(d) || !seen.counters);
	dissect_free(d);
	tb_buf_free(&seen.line);
	return 0;
}
