/* SPDX-License-Identifier: Apache-2.0 */
/*
 * patterns.c - what many acts together look like: tunnels, regular calls, generated names
 */
#include "report/patterns.h"

#include <inttypes.h>

#include "report/amounts.h"
#include "report/phrases.h"
#include "report/sections.h"

#define SHOWN 20
#define NAME_COLUMNS 60

static void add_where(struct tb_buf *b, const struct rpt_input *in, const struct fact_pattern *p)
{
	TB_AUTOBUF struct tb_buf where = TB_BUF_INIT;

	phrase_where(&where, &in->facts->dests[p->dest]);
	b->failed |= where.failed;
	if (!where.failed)
		phrase_cut(b, where.data, NAME_COLUMNS);
}

static void lookup_tunnel(struct tb_buf *b, const struct rpt_input *in,
			  const struct fact_pattern *p)
{
	(void)in;
	tb_buf_adds(b, "Lookups below ");
	phrase_cut(b, p->what, NAME_COLUMNS);
	tb_buf_addf(b, " look like a tunnel: %" PRIu64 " names, with %" PRIu64
		    " characters before it on average, of which few were contacted",
		    p->count, p->size);
}

static void echo_tunnel(struct tb_buf *b, const struct rpt_input *in, const struct fact_pattern *p)
{
	tb_buf_adds(b, "Echo messages with ");
	add_where(b, in, p);
	tb_buf_addf(b, " look like a tunnel: %" PRIu64 " packets of %" PRIu64
		    " bytes on average; ping has 64", p->count, p->size);
}

static void beacon(struct tb_buf *b, const struct rpt_input *in, const struct fact_pattern *p)
{
	tb_buf_adds(b, "Calls ");
	add_where(b, in, p);
	tb_buf_addf(b, " regularly: %" PRIu64 " times, every ", p->count);
	amount_seconds(b, p->interval);
	tb_buf_addf(b, " (%" PRIu64 " of %" PRIu64 " intervals within a fifth of that)",
		    p->regular, p->count - 1);
}

static void generated(struct tb_buf *b, const struct rpt_input *in, const struct fact_pattern *p)
{
	(void)in;
	tb_buf_adds(b, "Looked up names that look generated: ");
	phrase_cut(b, p->what, NAME_COLUMNS);
	tb_buf_addf(b, " and %" PRIu64 " more domains", p->count - 1);
}

void pattern_sentence(struct tb_buf *b, const struct rpt_input *in, const struct fact_pattern *p)
{
	static void (*const rows[])(struct tb_buf *b, const struct rpt_input *in,
				    const struct fact_pattern *p) = {
		[FACT_LOOKUP_TUNNEL] = lookup_tunnel, [FACT_ECHO_TUNNEL] = echo_tunnel,
		[FACT_BEACON] = beacon, [FACT_GENERATED] = generated,
	};

	rows[p->kind](b, in, p);
}

void rpt_patterns(struct doc *d, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	uint64_t n = f->npatterns + f->more_patterns;

	if (!n)
		return;
	doc_heading(d, "Patterns", n);
	for (size_t i = 0; i < f->npatterns && i < SHOWN; i++) {
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		pattern_sentence(&b, in, &f->patterns[i]);
		doc_point(d, false, doc_text(d, &b));
		if (f->patterns[i].program)
			doc_detail(d, f->patterns[i].program);
	}
	if (n > SHOWN)
		phrase_more(d, n - SHOWN);
}
