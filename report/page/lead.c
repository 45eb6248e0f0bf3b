/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lead.c - what stands at the top of the report, for the page's script: a format of the document
 * that has nothing else
 */
#include "report/page/lead.h"

#include <string.h>

#include "report/sections.h"

static void add_text(struct tb_buf *out, const char *text)
{
	TB_AUTOBUF struct tb_buf shown = TB_BUF_INIT;

	doc_shown(&shown, text);
	out->failed |= shown.failed;
	if (!shown.failed)
		tb_buf_add_json(out, shown.len ? shown.data : "", shown.len);
}

/* verdict() - what it says of the reason is in the report already */
static void verdict(struct doc *d, enum doc_tone tone, const char *word, const char *text)
{
	(void)tone;
	(void)text;
	tb_buf_adds(d->out, ",\"word\":");
	add_text(d->out, word);
	tb_buf_adds(d->out, ",\"leads\":[");
}

static void lead(struct doc *d, enum doc_lead what, const char *text)
{
	static const char *const kinds[] = {
		[DOC_ABOUT] = "about", [DOC_FACT] = "fact", [DOC_BEFORE] = "before",
		[DOC_COMMAND] = "command",
	};

	tb_buf_addf(d->out, "%s[\"%s\",", d->parts++ ? "," : "", kinds[what]);
	add_text(d->out, text);
	tb_buf_addc(d->out, ']');
}

void lead_json(const struct rpt_input *in, struct tb_buf *out)
{
	static const struct doc_ops ops = { .verdict = verdict, .lead = lead };
	struct doc d = { .ops = &ops, .out = out };

	tb_buf_addf(out, "{\"compared\":%s", in->policy || in->run->has_policy ? "true" : "false");
	rpt_verdict(&d, in);
	tb_buf_adds(out, "]}");
}
