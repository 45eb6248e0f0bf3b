/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notable.c - what is most worth knowing about a run, each in one sentence
 *
 * Asked in the order below; each question that has an answer is one sentence.
 */
#include "report/notable.h"

#include <inttypes.h>
#include <string.h>

#include "report/amounts.h"
#include "report/derive.h"
#include "report/patterns.h"
#include "report/phrases.h"
#include "report/words.h"
#include "tcbox/facts.h"
#include "tcbox/own.h"

#define NAME_COLUMNS 60		/* of what is named */

/* others() - " and 3 others" */
static void others(struct tb_buf *b, uint64_t all)
{
	if (all == 2)
		tb_buf_adds(b, " and 1 other");
	else if (all > 2)
		tb_buf_addf(b, " and %" PRIu64 " others", all - 1);
}

/* is_grave() - a finding that needs no policy: it tried to leave the box, or to hide */
static bool is_grave(const struct fnd *f)
{
	return f->severity == FND_VIOLATION && f->object;
}

static void grave(struct tb_buf *b, const struct rpt_input *in)
{
	const struct fnd_result *r = in->result;
	const struct fnd *first = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < r->nfindings; i++) {
		if (!is_grave(&r->findings[i]))
			continue;
		if (!n++)
			first = &r->findings[i];
	}
	if (!n)
		return;
	words_title(b, first);
	if (n > 1)
		tb_buf_addf(b, "; %" PRIu64 " more violations", n - 1);
}

/* pattern() - what many acts together look like */
static void pattern(struct tb_buf *b, const struct rpt_input *in)
{
	const struct facts *f = in->facts;

	if (!f->npatterns)
		return;
	pattern_sentence(b, in, &f->patterns[0]);
	if (f->npatterns > 1)
		tb_buf_addf(b, "; %zu more patterns", f->npatterns - 1);
}

static bool is_clear(const struct fact_dest *d)
{
	return d->content == FACT_CLEAR && d->bytes_out;
}

static bool is_contact(const struct fact_dest *d)
{
	return !d->inbound && !d->group;
}

/* dests() - the first of the destinations that are such, and how many there are */
static const struct fact_dest *dests(const struct facts *f, bool (*is)(const struct fact_dest *d),
				     uint64_t *n)
{
	const struct fact_dest *first = NULL;

	*n = 0;
	for (size_t i = 0; i < f->ndests; i++) {
		if (!is(&f->dests[i]))
			continue;
		if (!(*n)++ || f->dests[i].bytes_out > first->bytes_out)
			first = &f->dests[i];
	}
	return first;
}

static void add_dest(struct tb_buf *b, const struct fact_dest *d)
{
	TB_AUTOBUF struct tb_buf where = TB_BUF_INIT;

	phrase_where(&where, d);
	b->failed |= where.failed;
	if (!where.failed)
		phrase_cut(b, where.data, NAME_COLUMNS);
}

static void unresolved(struct tb_buf *b, const struct rpt_input *in)
{
	uint64_t n;
	const struct fact_dest *d = dests(in->facts, fact_unresolved, &n);

	if (!d)
		return;
	tb_buf_adds(b, "Contacted ");
	add_dest(b, d);
	others(b, n);
	tb_buf_adds(b, n == 1 ? ", an address that no lookup gave" :
				", addresses that no lookup gave");
}

static void clear(struct tb_buf *b, const struct rpt_input *in)
{
	uint64_t n;
	const struct fact_dest *d = dests(in->facts, is_clear, &n);

	if (!d)
		return;
	tb_buf_adds(b, "Sent ");
	amount_bytes(b, d->bytes_out);
	tb_buf_addf(b, " in the clear (%s) to ", d->app ? d->app : d->proto);
	add_dest(b, d);
	others(b, n);
}

static void biggest(struct tb_buf *b, const struct rpt_input *in)
{
	uint64_t n;
	const struct fact_dest *d = dests(in->facts, is_contact, &n);

	if (!d || is_clear(d) || fact_unresolved(d))
		return;
	if (d->unfinished) {
		tb_buf_adds(b, "Contacted ");
	} else {
		tb_buf_adds(b, "Sent ");
		amount_bytes(b, d->bytes_out);
		tb_buf_adds(b, " to ");
	}
	add_dest(b, d);
	if (d->tls_version)
		tb_buf_addf(b, " by TLS %s", d->tls_version);
	if (n > 1 && !d->unfinished)
		tb_buf_addf(b, ", the most of %" PRIu64 " destinations", n);
}

static void idle(struct tb_buf *b, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	const struct fact_name *first = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < f->nnames; i++) {
		if (f->names[i].contacted)
			continue;
		if (!n++)
			first = &f->names[i];
	}
	if (!n)
		return;
	tb_buf_adds(b, "Looked up ");
	phrase_cut(b, first->name, NAME_COLUMNS);
	others(b, n);
	if (!rpt_is_whole(in))
		tb_buf_adds(b, "; no contact is recorded");
	else
		tb_buf_adds(b, n == 1 ? " and did not contact it" : " and did not contact them");
}

static void waiting(struct tb_buf *b, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	char addr[EV_ADDR_STRLEN];
	struct ev_addr at;

	if (!f->nlisteners)
		return;
	at = f->listeners[0].local;
	if (!at.port)
		at.port = f->listeners[0].dynamic;
	ev_addr_format(&at, addr);
	tb_buf_addf(b, "Waited for others at %s %s", f->listeners[0].proto, addr);
	others(b, f->nlisteners);
}

static void started(struct tb_buf *b, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	const char *path = f->nprograms > 1 ? f->programs[1].path : NULL;

	if (!path)
		return;
	tb_buf_adds(b, "Started ");
	phrase_cut(b, path, NAME_COLUMNS);
	others(b, f->nprograms - 1);
}

static void left(struct tb_buf *b, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	const struct fact_file *first = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < f->nfiles; i++) {
		if (f->files[i].left == FACT_LEFT_NOTHING)
			continue;
		if (!n++)
			first = &f->files[i];
	}
	if (!n)
		return;
	tb_buf_adds(b, "Left changed files behind: ");
	phrase_cut(b, first->path, NAME_COLUMNS);
	others(b, n);
}

/* nothing() - what is not there is worth knowing, too, if nothing was lost */
static void nothing(struct tb_buf *b, const struct rpt_input *in)
{
	const struct facts *f = in->facts;

	if (f->ndests || f->nnames || f->nlisteners)
		return;
	tb_buf_adds(b, "No conversation, lookup or listener was seen");
}

size_t notable_facts(const struct rpt_input *in, struct tb_buf *out, size_t max)
{
	static void (*const questions[])(struct tb_buf *b, const struct rpt_input *in) = {
		grave, pattern, unresolved, clear, biggest, idle, waiting, nothing, started, left,
	};
	size_t n = 0;

	for (size_t i = 0; i < TB_ARRAY_SIZE(questions) && n < max; i++) {
		questions[i](&out[n], in);
		n += out[n].len > 0;
	}
	return n;
}
