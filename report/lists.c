/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.c - what was declared and seen, declared and not seen, what changed on disk
 */
#include <inttypes.h>
#include <string.h>

#include "report/sections.h"

#define RULES_MAX 100		/* of each list; report.json has all */
#define CHANGES_MAX 100

static uint64_t count_rules(const struct fnd_result *r, bool seen)
{
	uint64_t n = 0;

	for (size_t i = 0; i < r->nrules; i++)
		n += seen == (r->rules[i].count > 0);
	return n;
}

/* rule() - @section: empty if it is that of the rule before */
static void rule(struct doc *d, const struct fnd_rule *r, const char *section)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_adds(&b, r->id ? r->id : "(without a name)");
	if (r->count) {
		tb_buf_adds(&b, ": ");
		amount_times(&b, r->count);
		if (r->tls_failed) {
			tb_buf_adds(&b, ", TLS handshake failed ");
			amount_times(&b, r->tls_failed);
		}
		if (r->bytes_out || r->bytes_in) {
			tb_buf_adds(&b, ", ");
			amount_traffic(&b, r->bytes_out, r->bytes_in, false);
		}
		tb_buf_adds(&b, ", ");
		amount_at(&b, r->first, r->last);
	} else if (r->required) {
		tb_buf_adds(&b, " (required)");
	}
	doc_item(d, section, &b);
	if (r->why)
		doc_detail(d, r->why);
}

/* more() - how many of a list are not shown */
static void more(struct doc *d, uint64_t n)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (!n)
		return;
	tb_buf_addf(&b, "and %" PRIu64 " more in the JSON report", n);
	doc_para(d, doc_text(d, &b));
}

void rpt_rules(struct doc *d, const struct rpt_input *in, bool seen)
{
	const struct fnd_result *r = in->result;
	uint64_t n = count_rules(r, seen), shown = 0;
	const char *last = "";

	if (!in->policy)
		return;
	doc_heading(d, seen ? "Declared and seen" : "Declared and not seen", n);
	if (!n && (seen || !r->nrules))
		doc_para(d, "Nothing.");
	else if (!n)
		doc_para(d, "Nothing: all that was declared was seen.");
	for (size_t i = 0; i < r->nrules && shown < RULES_MAX; i++) {
		const char *section = r->rules[i].section;

		if (seen != (r->rules[i].count > 0))
			continue;
		rule(d, &r->rules[i], strcmp(last, section) ? section : "");
		last = section;
		shown++;
	}
	more(d, n - shown);
}

static void change(struct doc *d, const struct fnd_change *c)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_adds(&b, c->path);
	if (c->type && strcmp(c->type, "file"))
		tb_buf_addf(&b, ", %s", c->type);
	if (c->target)
		tb_buf_addf(&b, " to %s", c->target);
	if (c->sha256) {
		tb_buf_adds(&b, ", ");
		amount_bytes(&b, c->size);
		tb_buf_addf(&b, ", SHA-256 %.16s...", c->sha256);
	}
	doc_item(d, c->op, &b);
}

void rpt_changes(struct doc *d, const struct rpt_input *in)
{
	const struct fnd_result *r = in->result;
	size_t i;

	if (!in->run->state_name)
		return;		/* the files that were changed are among the facts */
	doc_heading(d, "Changed on disk", r->nchanges + r->changes_left_out);
	if (!r->nchanges)
		doc_para(d, "Nothing.");
	for (i = 0; i < r->nchanges && i < CHANGES_MAX; i++)
		change(d, &r->changes[i]);
	more(d, r->nchanges - i + r->changes_left_out);
}
