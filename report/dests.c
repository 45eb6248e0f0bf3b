/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dests.c - where the product's conversations went
 */
#include <inttypes.h>
#include <string.h>

#include "report/grid.h"
#include "report/phrases.h"
#include "report/sections.h"
#include "tcbox/facts.h"
#include "tcbox/word.h"

#define DESTS_MAX 20		/* report.json has all */
#define ADDRS_SHOWN 4
#define REQUESTS_SHOWN 5	/* of one destination */
#define PATH_MAX_SHOWN 120	/* columns */

enum { WHERE, HOW, TIMES, OUT, IN, RULE, COLUMNS };

static const struct grid_column columns[] = {
	[WHERE] = { .head = "destination" },
	[HOW] = { .head = "how" },
	[TIMES] = { .head = "times", .right = true },
	[OUT] = { .head = "out", .right = true },
	[IN] = { .head = "in", .right = true },
	[RULE] = { .head = "declared" },
};

/* how() - what was spoken, and whether there was an answer */
static void how(struct tb_buf *b, const struct fact_dest *d)
{
	if (d->group) {
		tb_buf_adds(b, "multicast member");
		return;
	}
	if (d->tls_version)
		tb_buf_addf(b, "TLS %s", d->tls_version);
	else
		tb_buf_adds(b, d->app ? d->app : d->proto);
	if ((d->tls_version || d->app) && !strcmp(d->proto, "udp"))
		tb_buf_adds(b, " (udp)");
	if (d->tls_refused)
		tb_buf_addf(b, ", TLS %s refused", d->tls_refused);
	else if (d->tls_failed)
		tb_buf_adds(b, ", handshake failed");
	if (d->content == FACT_CLEAR)
		tb_buf_adds(b, ", clear");
	if (d->content == FACT_ENCRYPTED)
		tb_buf_adds(b, ", not read");
	if (tb_is_word(d->state, "refused"))
		tb_buf_adds(b, ", refused");
	if (tb_is_word(d->state, "timeout"))
		tb_buf_adds(b, ", no answer");
}

/* bytes() - of conversations whose end was not recorded no more is known than what their first
 * packets had */
static void bytes(struct tb_buf *b, const struct fact_dest *d, uint64_t n)
{
	if (d->unfinished && !n) {
		tb_buf_adds(b, "not known");
		return;
	}
	if (d->unfinished)
		tb_buf_adds(b, "at least ");
	amount_bytes(b, n);
}

static void rule(struct tb_buf *b, const struct fact_dest *d)
{
	switch (d->stand) {
	case FND_UNDECLARED:
		tb_buf_adds(b, "NO");
		break;
	case FND_IGNORED:
		tb_buf_adds(b, "no, ignored");
		break;
	case FND_BROKEN:
	case FND_DECLARED:
		phrase_cut(b, d->rule ? d->rule : "yes", PHRASE_SHORT);
		if (d->stand == FND_BROKEN)
			tb_buf_adds(b, ", broken");
		break;
	case FND_NOT_COMPARED:
		break;
	}
}

static enum doc_tone tone_of(const struct fact_dest *d)
{
	if (d->stand == FND_UNDECLARED || d->stand == FND_BROKEN)
		return DOC_BAD;
	return fact_unresolved(d) || d->content == FACT_CLEAR ? DOC_DOUBT : DOC_PLAIN;
}

static void addresses(struct tb_buf *b, const struct fact_dest *d)
{
	char addr[EV_ADDR_STRLEN];

	for (size_t i = 0; i < d->naddrs && i < ADDRS_SHOWN; i++) {
		if (i)
			tb_buf_adds(b, ", ");
		tb_buf_adds(b, phrase_addr(&d->addrs[i], 0, addr));
	}
	if (d->addrs_left_out)
		tb_buf_adds(b, " and others");
	else if (d->naddrs > ADDRS_SHOWN)
		tb_buf_addf(b, " and %zu more", d->naddrs - ADDRS_SHOWN);
}

static bool is_other(const char *name, const struct fact_dest *d)
{
	return name && (!d->host || strcmp(name, d->host) != 0);
}

/* is_same_owner() - of the row before: then it is told there, for all that follow */
static bool is_same_owner(const struct fact_dest *a, const struct fact_dest *b)
{
	return a && a->owner.program == b->owner.program && a->owner.pid == b->owner.pid &&
		a->owner.processes == b->owner.processes;
}

/* notes() - what does not fit the columns. @before: the row above; NULL: none */
static void notes(struct grid *g, const struct fact_dest *d, const struct fact_dest *before,
		  struct tb_buf *b)
{
	if (!is_same_owner(before, d)) {
		phrase_owner(b, &d->owner);
		tb_buf_adds(b, "; ");
		phrase_when(b, d->first, d->last);
	}
	if (d->host) {
		amount_join(b, "; ");
		addresses(b, d);
	}
	if (is_other(d->sni, d)) {
		amount_join(b, "; ");
		tb_buf_addf(b, "asked for %s as the TLS server", d->sni);
	}
	if (is_other(d->http_host, d)) {
		amount_join(b, "; ");
		tb_buf_addf(b, "asked for %s as the HTTP host", d->http_host);
	}
	if (d->ech) {
		amount_join(b, "; ");
		tb_buf_adds(b, "an encrypted hello: the name may be a cover");
	}
	grid_note(g, b);
}

/* request() - "GET /v1/check 200, 3 times, 12 bytes sent, 1.2 KiB received" */
static void request(struct tb_buf *b, const struct fact_dest *d, const struct fact_request *r)
{
	tb_buf_adds(b, r->method ? r->method : "no request");
	if (r->target)
		tb_buf_addf(b, " %s", r->target);
	if (r->path) {
		tb_buf_addc(b, ' ');
		phrase_cut(b, r->path, PATH_MAX_SHOWN);
	}
	if (is_other(r->host, d))
		tb_buf_addf(b, " of %s", r->host);
	if (r->via)
		tb_buf_addf(b, " through the tunnel to %s", r->via);
	if (r->status)
		tb_buf_addf(b, " %" PRIu64, r->status);
	if (r->count > 1)
		tb_buf_addf(b, ", %" PRIu64 " times", r->count);
	if (r->bytes_out || r->bytes_in) {
		tb_buf_adds(b, ", ");
		amount_bytes(b, r->bytes_out);
		tb_buf_adds(b, " sent, ");
		amount_bytes(b, r->bytes_in);
		tb_buf_adds(b, " received");
	}
	if (!r->tls_version && (d->content == FACT_READ || d->content == FACT_ENCRYPTED))
		tb_buf_adds(b, ", in the clear");
	if (r->unread)
		tb_buf_adds(b, ", not understood to its end");
}

static void requests(struct grid *g, const struct fact_dest *d, struct tb_buf *b)
{
	size_t shown = d->nrequests < REQUESTS_SHOWN ? d->nrequests : REQUESTS_SHOWN;
	uint64_t more = d->nrequests - shown + d->more_requests;

	for (size_t i = 0; i < shown; i++) {
		request(b, d, &d->requests[i]);
		grid_note(g, b);
	}
	if (more)
		tb_buf_addf(b, "and %" PRIu64 " other requests", more);
	grid_note(g, b);
}

static void row(struct grid *g, const struct fact_dest *d, const struct fact_dest *before,
		struct tb_buf *b)
{
	grid_row(g, tone_of(d));
	phrase_where(b, d);
	grid_cell(g, WHERE, b);
	how(b, d);
	grid_cell(g, HOW, b);
	tb_buf_addf(b, "%" PRIu64, d->count);
	grid_cell(g, TIMES, b);
	bytes(b, d, d->bytes_out);
	grid_cell(g, OUT, b);
	bytes(b, d, d->bytes_in);
	grid_cell(g, IN, b);
	rule(b, d);
	grid_cell(g, RULE, b);
	notes(g, d, before, b);
	requests(g, d, b);
}

void rpt_dests(struct doc *d, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	size_t shown = f->ndests < DESTS_MAX ? f->ndests : DESTS_MAX;
	struct grid g;

	if (!f->ndests)
		return;
	doc_heading(d, "Destinations", f->ndests + f->more_dests.n);
	grid_init(&g, columns, in->policy ? COLUMNS : RULE);
	for (size_t i = 0; i < shown; i++)
		row(&g, &f->dests[i], i ? &f->dests[i - 1] : NULL, &b);
	grid_end(&g, d);
	grid_free(&g);
	phrase_more(d, f->ndests - shown + f->more_dests.n);
	for (size_t i = 0; i < shown; i++) {
		if (!fact_unresolved(&f->dests[i]))
			continue;
		doc_para(d, "(an address that stands instead of a name was given by no lookup)");
		break;
	}
}
