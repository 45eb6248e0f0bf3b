/* SPDX-License-Identifier: Apache-2.0 */
/*
 * csv.c - findings, or one list of facts, as comma-separated values (RFC 4180), for spreadsheets
 *
 * How it works: every cell is in quotes, lines end in CR LF. What a product wrote is made harmless
 * as for a terminal. A cell that a spreadsheet would take for a formula (OWASP, CSV injection) gets
 * an apostrophe in front.
 */
#include "tcbox/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/decided.h"
#include "report/derive.h"
#include "report/select.h"
#include "report/words.h"
#include "tcbox/facts.h"
#include "tcbox/own.h"

/* A row while it is written. */
struct row {
	struct tb_buf *out;
	const struct rpt_input *in;
	bool filled;
};

/* cell() - @text: NULL: empty */
static void cell(struct row *r, const char *text)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;

	tb_buf_adds(r->out, r->filled ? ",\"" : "\"");
	r->filled = true;
	if (text)
		tb_buf_add_shown(&safe, text, strlen(text));
	r->out->failed |= safe.failed;
	if (safe.len && strchr("=+-@", safe.data[0]))
		tb_buf_addc(r->out, '\'');
	for (size_t i = 0; !safe.failed && i < safe.len; i++) {
		if (safe.data[i] == '"')
			tb_buf_addc(r->out, '"');
		tb_buf_addc(r->out, safe.data[i]);
	}
	tb_buf_addc(r->out, '"');
}

static void number(struct row *r, uint64_t n)
{
	tb_buf_addf(r->out, "%s%" PRIu64, r->filled ? "," : "", n);
	r->filled = true;
}

/* said() - what was collected in @b, which is emptied */
static void said(struct row *r, struct tb_buf *b)
{
	r->out->failed |= b->failed;
	cell(r, b->len ? b->data : NULL);
	tb_buf_reset(b);
}

static void yes_no(struct row *r, bool yes)
{
	cell(r, yes ? "yes" : "no");
}

/* when() - first and last, as absolute times; @count: 0: it did not happen */
static void when(struct row *r, uint64_t count, int64_t first, int64_t last)
{
	const int64_t times[] = { first, last };
	char s[RPT_TIMELEN];

	for (size_t i = 0; i < TB_ARRAY_SIZE(times); i++) {
		if (!count || rpt_time_format(r->in->run->started_ns, times[i], s))
			s[0] = '\0';
		cell(r, s);
	}
}

static void end(struct row *r)
{
	tb_buf_adds(r->out, "\r\n");
	r->filled = false;
}

static void head(struct row *r, const char *const *names)
{
	for (; *names; names++)
		cell(r, *names);
	end(r);
}

static void finding(struct row *r, const struct fnd *f, size_t at)
{
	const struct review *review = r->in->review;
	const struct review_decision *d = review ? review_of(review, f->id) : NULL;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	number(r, at);
	cell(r, f->id);
	cell(r, fnd_code_name(f->code));
	cell(r, fnd_severity_name(f->severity));
	cell(r, fnd_basis_name(f->basis));
	words_title(&b, f);
	said(r, &b);
	cell(r, f->program);
	cell(r, f->object);
	cell(r, f->declared);
	words_observed(&b, f);
	said(r, &b);
	number(r, f->count);
	number(r, f->bytes_out);
	number(r, f->bytes_in);
	when(r, f->first || f->last ? f->count : 0, f->first, f->last);
	words_question(&b, f);
	said(r, &b);
	if (d)
		decided_sentence(&b, d);
	said(r, &b);
	end(r);
}

static void findings(struct row *r)
{
	static const char *const names[] = { "number", "id", "code", "severity", "basis", "title",
		"program", "object", "rule", "observed", "count", "bytes_out", "bytes_in", "first",
		"last", "question", "decision", NULL };
	const struct fnd_result *result = r->in->result;
	TB_AUTOFREE size_t *order = rpt_order(result, r->in->facts);

	if (!order) {
		r->out->failed = true;
		return;
	}
	head(r, names);
	for (size_t i = 0; i < result->nfindings; i++)
		if (select_finding(r->in, &result->findings[order[i]]))
			finding(r, &result->findings[order[i]], i + 1);
}

/* place() - name, address and port */
static void place(struct row *r, const struct fact_dest *d)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	char addr[EV_ADDR_STRLEN];

	cell(r, d->host);
	for (size_t i = 0; i < d->naddrs; i++) {
		ev_addr_format(&d->addrs[i], addr);
		tb_buf_addf(&b, "%s%s", i ? " " : "", addr);
	}
	said(r, &b);
	number(r, d->port);
	cell(r, d->proto);
}

static void destinations(struct row *r)
{
	static const char *const names[] = { "host", "addresses", "port", "protocol", "inbound",
		"application", "tls_version", "server_name", "stands", "rule", "program", "count",
		"bytes_out", "bytes_in", "first", "last", NULL };
	const struct facts *f = r->in->facts;

	head(r, names);
	for (size_t i = 0; i < f->ndests; i++) {
		const struct fact_dest *d = &f->dests[i];

		place(r, d);
		yes_no(r, d->inbound);
		cell(r, d->app);
		cell(r, d->tls_version);
		cell(r, d->sni);
		cell(r, fnd_stand_name(d->stand));
		cell(r, d->rule);
		cell(r, d->owner.program);
		number(r, d->count);
		number(r, d->bytes_out);
		number(r, d->bytes_in);
		when(r, d->count, d->first, d->last);
		end(r);
	}
}

static void lookups(struct row *r)
{
	static const char *const names[] = { "name", "types", "contacted", "answered", "stands",
		"program", "count", "first", "last", NULL };
	const struct facts *f = r->in->facts;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	head(r, names);
	for (size_t i = 0; i < f->nnames; i++) {
		const struct fact_name *n = &f->names[i];

		cell(r, n->name);
		for (size_t j = 0; j < FACT_TYPES && n->types[j]; j++)
			tb_buf_addf(&b, "%s%s", j ? " " : "", n->types[j]);
		said(r, &b);
		yes_no(r, n->contacted);
		yes_no(r, n->answered);
		cell(r, fnd_stand_name(n->stand));
		cell(r, n->owner.program);
		number(r, n->count);
		when(r, n->count, n->first, n->last);
		end(r);
	}
}

static void listeners(struct row *r)
{
	static const char *const names[] = { "address", "protocol", "explained", "program", "count",
		"first", "last", NULL };
	const struct facts *f = r->in->facts;
	char addr[EV_ADDR_STRLEN];

	head(r, names);
	for (size_t i = 0; i < f->nlisteners; i++) {
		const struct fact_listener *l = &f->listeners[i];

		ev_addr_format(&l->local, addr);
		cell(r, addr);
		cell(r, l->proto);
		yes_no(r, !l->unexplained);
		cell(r, l->owner.program);
		number(r, l->count);
		when(r, l->count, l->first, l->last);
		end(r);
	}
}

static void programs(struct row *r)
{
	static const char *const names[] = { "program", "arguments", "sha256", "stands",
		"started_by", "pid", "count", "first", "last", NULL };
	const struct facts *f = r->in->facts;

	head(r, names);
	for (size_t i = 0; i < f->nprograms; i++) {
		const struct fact_program *p = &f->programs[i];

		cell(r, p->path);
		cell(r, p->args);
		cell(r, p->sha256);
		cell(r, fnd_stand_name(p->stand));
		cell(r, p->parent == SIZE_MAX ? NULL : f->programs[p->parent].path);
		number(r, p->pid > 0 ? (uint64_t)p->pid : 0);
		number(r, p->count);
		when(r, p->count, p->first, p->first);
		end(r);
	}
}

static void files(struct row *r)
{
	static const char *const names[] = { "path", "left", "type", "size", "sha256", "target",
		"failed", "error", "explained", "stands", "program", "count", "first", "last",
		NULL };
	const struct facts *f = r->in->facts;

	head(r, names);
	for (size_t i = 0; i < f->nfiles; i++) {
		const struct fact_file *file = &f->files[i];

		cell(r, file->path);
		cell(r, fact_left_word(file->left));
		cell(r, file->type);
		number(r, file->size);
		cell(r, file->sha256);
		cell(r, file->target);
		yes_no(r, file->denied);
		cell(r, file->error);
		yes_no(r, !file->unexplained);
		cell(r, fnd_stand_name(file->stand));
		cell(r, file->program);
		number(r, file->count);
		when(r, file->count, file->first, file->last);
		end(r);
	}
}

static void calls(struct row *r)
{
	static const char *const names[] = { "call", "detail", "group", "failed", "error",
		"program", "count", "first", "last", NULL };
	const struct facts *f = r->in->facts;

	head(r, names);
	for (size_t i = 0; i < f->ncalls; i++) {
		const struct fact_call *c = &f->calls[i];

		cell(r, c->name);
		cell(r, c->detail);
		cell(r, c->group);
		yes_no(r, c->refused);
		cell(r, c->error);
		cell(r, c->program);
		number(r, c->count);
		when(r, c->count, c->first, c->last);
		end(r);
	}
}

static const struct {
	enum rpt_section section;
	void (*write)(struct row *r);
} tables[] = {
	{ RPT_FINDINGS, findings }, { RPT_DESTINATIONS, destinations }, { RPT_NAMES, lookups },
	{ RPT_LISTENERS, listeners }, { RPT_PROGRAMS, programs }, { RPT_FILES, files },
	{ RPT_CALLS, calls },
};

unsigned int rpt_csv_tables(unsigned int sections)
{
	unsigned int n = 0;

	for (size_t i = 0; i < TB_ARRAY_SIZE(tables); i++)
		if (sections & (1u << tables[i].section))
			n++;
	return n;
}

int rpt_csv(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	struct row r = { .out = out, .in = in };
	size_t i = 0;

	while (i < TB_ARRAY_SIZE(tables) && !select_section(in, tables[i].section))
		i++;
	if (i < TB_ARRAY_SIZE(tables))
		tables[i].write(&r);
	return out->failed ? tb_err_set(err, ENOMEM, "write report") : 0;
}
