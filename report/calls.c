/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.c - names that were looked up for nothing, listeners, and calls that are worth knowing
 */
#include <inttypes.h>
#include <string.h>

#include "report/derive.h"
#include "report/grid.h"
#include "report/phrases.h"
#include "report/sections.h"
#include "tcbox/facts.h"
#include "tcbox/own.h"

#define ROWS_MAX 20		/* of each list; report.json has all */

/* begin() - a grid below a heading */
static void begin(struct grid *g, struct doc *d, const char *title, uint64_t count,
		  const struct grid_column *columns, size_t n)
{
	doc_heading(d, title, count);
	grid_init(g, columns, n);
}

/* end() - @left_out: how many are not shown */
static void end(struct grid *g, struct doc *d, uint64_t left_out)
{
	grid_end(g, d);
	grid_free(g);
	phrase_more(d, left_out);
}

/* cell() - fixed words */
static void cell(struct grid *g, size_t at, const char *text, struct tb_buf *b)
{
	tb_buf_adds(b, text);
	grid_cell(g, at, b);
}

static void number(struct grid *g, size_t at, uint64_t n, struct tb_buf *b)
{
	tb_buf_addf(b, "%" PRIu64, n);
	grid_cell(g, at, b);
}

static const char *program(const char *path)
{
	return path ? path : "not known";
}

/* is_idle() - a name that says something by itself: no destination has it, or it carried data */
static bool is_idle(const struct fact_name *n)
{
	return !n->contacted || n->extra || n->elsewhere;
}

static void name_row(struct grid *g, const struct fact_name *n, struct tb_buf *b)
{
	char addr[EV_ADDR_STRLEN];

	grid_row(g, n->extra || n->elsewhere ? DOC_DOUBT : DOC_PLAIN);
	cell(g, 0, n->name, b);
	for (size_t i = 0; i < FACT_TYPES && n->types[i]; i++)
		tb_buf_addf(b, "%s%s", i ? " " : "", n->types[i]);
	grid_cell(g, 1, b);
	number(g, 2, n->count, b);
	phrase_when(b, n->first, n->last);
	grid_cell(g, 3, b);
	phrase_stand(b, n->stand);
	grid_cell(g, 4, b);
	phrase_owner(b, &n->owner);
	if (n->elsewhere) {
		ev_addr_format(&n->server, addr);
		tb_buf_addf(b, "; asked of %s", addr);
	}
	if (!n->answered)
		tb_buf_adds(b, "; not answered");
	if (n->contacted)
		tb_buf_adds(b, "; contacted");
	if (n->extra) {
		tb_buf_adds(b, "; with ");
		amount_bytes(b, n->extra);
		tb_buf_adds(b, " that no plain query has");
	}
	grid_note(g, b);
}

/* names_heading() - that a contact is not recorded says less where the record is not whole */
static const char *names_heading(const struct rpt_input *in)
{
	if (rpt_is_whole(in))
		return "Names looked up and not contacted";
	return "Names looked up, no contact recorded";
}

void rpt_names(struct doc *d, const struct rpt_input *in)
{
	static const struct grid_column columns[] = {
		{ .head = "name" }, { .head = "types" }, { .head = "times", .right = true },
		{ .head = "when" }, { .head = "declared" },
	};
	const struct facts *f = in->facts;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	uint64_t all = f->more_names, shown = 0;
	struct grid g;

	for (size_t i = 0; i < f->nnames; i++)
		all += is_idle(&f->names[i]);
	if (!all)
		return;
	begin(&g, d, names_heading(in), all, columns, TB_ARRAY_SIZE(columns));
	for (size_t i = 0; i < f->nnames && shown < ROWS_MAX; i++) {
		if (!is_idle(&f->names[i]))
			continue;
		name_row(&g, &f->names[i], &b);
		shown++;
	}
	end(&g, d, all - shown);
}

/* add_place() - "tcp 0.0.0.0:80", "udp 127.0.0.1, ports of the kernel's range": whether it was the
 * kernel that chose one of its range, or the product, is in no record */
static void add_place(struct tb_buf *b, const struct fact_listener *l)
{
	char addr[EV_ADDR_STRLEN];
	struct ev_addr at = l->local;

	if (!at.port)
		at.port = l->dynamic;
	ev_addr_format(&at, addr);
	tb_buf_addf(b, "%s %s", l->proto, addr);
	if (!at.port)
		tb_buf_adds(b, ", ports of the kernel's range");
	else if (l->dynamic)
		tb_buf_adds(b, ", of the kernel's range");
}

void rpt_listeners(struct doc *d, const struct rpt_input *in)
{
	static const struct grid_column columns[] = {
		{ .head = "waited at" }, { .head = "times", .right = true }, { .head = "when" },
	};
	const struct facts *f = in->facts;
	size_t shown = f->nlisteners < ROWS_MAX ? f->nlisteners : ROWS_MAX;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct grid g;

	if (!f->nlisteners)
		return;
	begin(&g, d, "Listeners", f->nlisteners + f->more_listeners, columns,
	      TB_ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++) {
		const struct fact_listener *l = &f->listeners[i];

		grid_row(&g, l->unexplained ? DOC_BAD : DOC_PLAIN);
		add_place(&b, l);
		grid_cell(&g, 0, &b);
		number(&g, 1, l->count, &b);
		phrase_when(&b, l->first, l->last);
		grid_cell(&g, 2, &b);
		if (l->unexplained)
			tb_buf_adds(&b, "no recorded call opened it");
		else
			phrase_owner(&b, &l->owner);
		grid_note(&g, &b);
	}
	end(&g, d, f->nlisteners - shown + f->more_listeners);
}

static void call_row(struct grid *g, const struct fact_call *c, struct tb_buf *b)
{
	grid_row(g, DOC_PLAIN);
	tb_buf_adds(b, c->name);
	if (c->abi)
		tb_buf_addf(b, " (%s)", c->abi);
	grid_cell(g, 0, b);
	if (c->refused)
		tb_buf_adds(b, c->error ? c->error : "refused");
	else
		tb_buf_adds(b, c->group ? c->group : "");
	grid_cell(g, 1, b);
	number(g, 2, c->count, b);
	amount_seconds(b, c->first);
	grid_cell(g, 3, b);
	phrase_cut(b, program(c->program), PHRASE_LONG);
	grid_cell(g, 4, b);
	if (c->detail)
		tb_buf_adds(b, c->detail);
	grid_note(g, b);
}

/* calls() - those that were refused, or the others */
static void calls(struct doc *d, const struct facts *f, bool refused, const char *title)
{
	const struct grid_column columns[] = {
		{ .head = "call" }, { .head = refused ? "answer" : "kind" },
		{ .head = "times", .right = true }, { .head = "first" }, { .head = "by" },
	};
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	uint64_t all = 0, shown = 0;
	struct grid g;

	for (size_t i = 0; i < f->ncalls; i++)
		all += f->calls[i].refused == refused;
	if (!all)
		return;
	begin(&g, d, title, all, columns, TB_ARRAY_SIZE(columns));
	for (size_t i = 0; i < f->ncalls && shown < ROWS_MAX; i++) {
		if (f->calls[i].refused != refused)
			continue;
		call_row(&g, &f->calls[i], &b);
		shown++;
	}
	end(&g, d, all - shown);
}

void rpt_calls(struct doc *d, const struct rpt_input *in)
{
	calls(d, in->facts, true, "Attempts that failed");
	calls(d, in->facts, false, "Other calls worth knowing");
	phrase_more(d, in->facts->more_calls);
}
