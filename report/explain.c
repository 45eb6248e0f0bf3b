/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain.c - a policy in plain English: what the product may do, what it must, what is limited,
 * and what is made of everything else
 *
 * With a run, each rule has beside it how often it was seen.
 */
#include "report/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/amounts.h"
#include "report/differs.h"
#include "report/grid.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/page.h"
#include "report/text.h"
#include "tcbox/own.h"

struct explain {
	struct doc *d;
	const struct rpt_explain *in;
	const struct pol *p;
	struct tb_buf b;
	size_t rule;		/* the number of the next rule in the result of the run */
};

/* seen() - what was seen of the next rule; nothing without a run */
static void seen(struct explain *e)
{
	const struct fnd_rule *r;

	if (!e->in->run || e->rule >= e->in->run->result->nrules)
		return;
	r = &e->in->run->result->rules[e->rule++];
	if (r->count)
		amount_times(&e->b, r->count);
	else
		tb_buf_adds(&e->b, "not seen");
}

/* add_note() - a sentence or a part of one below a row */
static void add_note(struct explain *e, const char *before, const char *text)
{
	if (!text)
		return;
	amount_join(&e->b, "; ");
	tb_buf_adds(&e->b, before);
	tb_buf_adds(&e->b, text);
}

static void product(struct explain *e)
{
	const char *const parts[] = { e->p->vendor, e->p->product, e->p->version };

	for (size_t i = 0; i < TB_ARRAY_SIZE(parts); i++) {
		if (!parts[i])
			continue;
		amount_join(&e->b, " ");
		tb_buf_adds(&e->b, parts[i]);
	}
	if (!e->b.len)
		tb_buf_adds(&e->b, "a product without a name");
	tb_buf_addf(&e->b, ": what %s lets it do", e->p->path);
	doc_verdict(e->d, DOC_PLAIN, "POLICY", doc_text(e->d, &e->b));
	tb_buf_reset(&e->b);
}

/* outcome() - what came of the run beside which the rules stand */
static void outcome(struct explain *e)
{
	const struct rpt_input *run = e->in->run;
	const struct fnd_result *r = run ? run->result : NULL;

	if (!r)
		return;
	tb_buf_addf(&e->b, "Beside each rule stands what the run %s shows of it.",
		    run->bundle ? run->bundle : "");
	doc_lead(e->d, DOC_ABOUT, doc_text(e->d, &e->b));
	tb_buf_reset(&e->b);
	tb_buf_addf(&e->b, "That run: %s, ", fnd_verdict_name(r->verdict));
	amount_count(&e->b, r->nfindings, "finding", "findings");
	doc_lead(e->d, DOC_FACT, doc_text(e->d, &e->b));
	tb_buf_reset(&e->b);
}

static void connection(struct explain *e, struct grid *g, const struct pol_conn *c)
{
	grid_row(g, DOC_PLAIN);
	explain_where(&e->b, c);
	grid_cell(g, 0, &e->b);
	explain_how(&e->b, c);
	grid_cell(g, 1, &e->b);
	tb_buf_adds(&e->b, c->id);
	grid_cell(g, 2, &e->b);
	seen(e);
	grid_cell(g, 3, &e->b);
	add_note(e, "", c->why);
	grid_note(g, &e->b);
	add_note(e, "only by ", c->process);
	if (pol_has_limits(c))
		amount_join(&e->b, "; ");
	explain_limits(&e->b, c);
	if (c->required)
		add_note(e, "", "must be seen in a run");
	grid_note(g, &e->b);
}

static void connections(struct explain *e)
{
	static const struct grid_column columns[] = {
		{ .head = "where to" }, { .head = "how" }, { .head = "rule" },
		{ .head = "in the run" },
	};
	struct grid g;

	doc_heading(e->d, "Whom it may connect to", e->p->nconns);
	if (!e->p->nconns)
		doc_para(e->d, "Nobody.");
	grid_init(&g, columns, TB_ARRAY_SIZE(columns));
	for (size_t i = 0; i < e->p->nconns; i++)
		connection(e, &g, &e->p->conns[i]);
	grid_end(&g, e->d);
	grid_free(&g);
}

static void listener(struct explain *e, struct grid *g, const struct pol_listen *l)
{
	grid_row(g, DOC_PLAIN);
	explain_ports(&e->b, l->protocol, l->ports, l->nports);
	grid_cell(g, 0, &e->b);
	tb_buf_adds(&e->b, l->on == POL_ON_LOOPBACK ? "this machine only" : "anybody");
	grid_cell(g, 1, &e->b);
	tb_buf_adds(&e->b, l->id);
	grid_cell(g, 2, &e->b);
	seen(e);
	grid_cell(g, 3, &e->b);
	add_note(e, "", l->why);
	grid_note(g, &e->b);
	add_note(e, "only by ", l->process);
	for (size_t i = 0; i < l->nphases; i++)
		add_note(e, "in the phase ", l->phases[i]);
	if (l->required)
		add_note(e, "", "must be seen in a run");
	grid_note(g, &e->b);
}

static void listeners(struct explain *e)
{
	static const struct grid_column columns[] = {
		{ .head = "waits on" }, { .head = "can be called by" }, { .head = "rule" },
		{ .head = "in the run" },
	};
	struct grid g;

	doc_heading(e->d, "Where it may wait to be called", e->p->nlistens);
	if (!e->p->nlistens)
		doc_para(e->d, "Nowhere.");
	grid_init(&g, columns, TB_ARRAY_SIZE(columns));
	for (size_t i = 0; i < e->p->nlistens; i++)
		listener(e, &g, &e->p->listens[i]);
	grid_end(&g, e->d);
	grid_free(&g);
}

/* patterns() - rules that are nothing but a pattern, in words; @head: of their column */
static void patterns(struct explain *e, char *const *v, size_t n, const char *head,
		     void (*words)(struct tb_buf *b, const char *pattern))
{
	const struct grid_column columns[] = { { .head = head }, { .head = "in the run" } };
	struct grid g;

	grid_init(&g, columns, TB_ARRAY_SIZE(columns));
	for (size_t i = 0; i < n; i++) {
		grid_row(&g, DOC_PLAIN);
		words(&e->b, v[i]);
		grid_cell(&g, 0, &e->b);
		seen(e);
		grid_cell(&g, 1, &e->b);
	}
	grid_end(&g, e->d);
	grid_free(&g);
}

static void names(struct explain *e)
{
	doc_heading(e->d, "Which names it may look up", e->p->nnames);
	patterns(e, e->p->names, e->p->nnames, "name", explain_name);
	doc_para(e->d, e->p->nnames ? "And the names that it may connect to." :
		 "Only the names that it may connect to.");
}

static void programs(struct explain *e)
{
	doc_heading(e->d, "Which programs it may start", e->p->nexecutes);
	if (!e->p->nexecutes)
		doc_para(e->d, "None beside itself.");
	patterns(e, e->p->executes, e->p->nexecutes, "program", explain_path);
}

static void files(struct explain *e)
{
	doc_heading(e->d, "Which files it may change", e->p->nwrite);
	if (!e->p->nwrite)
		doc_para(e->d, "None.");
	patterns(e, e->p->write, e->p->nwrite, "files", explain_path);
	doc_heading(e->d, "Which files it may read", e->p->nread);
	if (!e->p->nread)
		doc_para(e->d, "Any.");
	for (size_t i = 0; i < e->p->nread; i++) {
		explain_path(&e->b, e->p->read[i]);
		doc_point(e->d, false, doc_text(e->d, &e->b));
		tb_buf_reset(&e->b);
	}
}

/* required() - what must be seen, told once more together: whoever answers for the product looks
 * for it */
static void required(struct explain *e)
{
	size_t n = 0;

	for (size_t i = 0; i < e->p->nconns; i++)
		n += e->p->conns[i].required;
	for (size_t i = 0; i < e->p->nlistens; i++)
		n += e->p->listens[i].required;
	doc_heading(e->d, "What it must do", n);
	if (!n)
		doc_para(e->d, "Nothing: that a rule was not seen is no finding.");
	for (size_t i = 0; i < e->p->nconns; i++) {
		const struct pol_conn *c = &e->p->conns[i];

		if (!c->required)
			continue;
		tb_buf_addf(&e->b, "%s: connect to ", c->id);
		explain_where(&e->b, c);
		doc_point(e->d, false, doc_text(e->d, &e->b));
		tb_buf_reset(&e->b);
	}
	for (size_t i = 0; i < e->p->nlistens; i++) {
		const struct pol_listen *l = &e->p->listens[i];

		if (!l->required)
			continue;
		tb_buf_addf(&e->b, "%s: wait on ", l->id);
		explain_ports(&e->b, l->protocol, l->ports, l->nports);
		doc_point(e->d, false, doc_text(e->d, &e->b));
		tb_buf_reset(&e->b);
	}
}

/* otherwise() - what is made of behaviour that no rule declares */
static void otherwise(struct explain *e)
{
	static const char *const words[] = {
		[POL_IGNORE] = "is ignored",
		[POL_INFO] = "is noted, and no fault",
		[POL_WARNING] = "is a warning",
		[POL_VIOLATION] = "violates the policy",
	};
	const struct {
		const char *label, *what;
		enum pol_level level;
	} rows[] = {
		{ "connections", "to anybody else", e->p->on_conn },
		{ "names", "any other lookup", e->p->on_name },
		{ "listeners", "waiting on any other port", e->p->on_listen },
		{ "programs", "starting any other", e->p->on_exec },
		{ "files", "changing any other", e->p->on_file },
		{ "calls", "any other system call", e->p->on_sys },
	};

	doc_heading(e->d, "What is made of everything else", 0);
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		if (!e->p->has_syscalls && i + 1 == TB_ARRAY_SIZE(rows))
			tb_buf_adds(&e->b, "not compared");
		else
			tb_buf_addf(&e->b, "%s %s", rows[i].what, words[rows[i].level]);
		doc_item(e->d, rows[i].label, &e->b);
	}
	pol_unheld(e->p, &e->b);
	if (!e->b.len)
		tb_buf_adds(&e->b, "everything above");
	else
		tb_buf_adds(&e->b, ": these pass under run --enforce, and are judged");
	doc_item(e->d, "not held", &e->b);
}

void rpt_rule(struct tb_buf *b, const struct pol_conn *c)
{
	tb_buf_adds(b, "to ");
	explain_where(b, c);
	tb_buf_adds(b, "; ");
	explain_how(b, c);
	if (c->process)
		tb_buf_addf(b, "; only by %s", c->process);
	if (pol_has_limits(c))
		tb_buf_adds(b, "; ");
	explain_limits(b, c);
}

void rpt_differs(struct tb_buf *b, const struct fnd_details *differs)
{
	differs_add(b, differs);
}

static int document(struct doc *d, const struct rpt_explain *in, struct tb_err *err)
{
	struct explain e = { .d = d, .in = in, .p = in->policy };

	product(&e);
	outcome(&e);
	connections(&e);	/* these in the order that the rules have in a result */
	listeners(&e);
	names(&e);
	programs(&e);
	files(&e);
	explain_calls(d, in->policy);
	required(&e);
	otherwise(&e);
	d->out->failed |= e.b.failed;
	tb_buf_free(&e.b);
	return d->out->failed ? tb_err_set(err, ENOMEM, "write policy") : 0;
}

int rpt_explain_text(const struct rpt_explain *in, const struct rpt_style *style,
		     struct tb_buf *out, struct tb_err *err)
{
	struct text t;

	text_init(&t, out, style->width, style->colour);
	return document(&t.doc, in, err);
}

int rpt_explain_markdown(const struct rpt_explain *in, struct tb_buf *out, struct tb_err *err)
{
	struct markdown m;

	markdown_init(&m, out);
	return document(&m.doc, in, err);
}

int rpt_explain_html(const struct rpt_explain *in, struct tb_buf *out, struct tb_err *err)
{
	struct html h;
	int ret = page_begin(out, "a policy", err);

	if (ret)
		return ret;
	tb_buf_adds(out, "<body>\n<main id=\"document\">\n");
	html_init(&h, out);
	ret = document(&h.doc, in, err);
	html_end(&h);
	tb_buf_adds(out, "</main>\n</body>\n</html>\n");
	if (!ret && out->failed)
		ret = tb_err_set(err, ENOMEM, "write policy");
	return ret;
}
