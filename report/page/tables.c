/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables.c - what happened, act by act, as the tables of the page
 *
 * Each table has the columns that its first list names, in their order; lists.js reads them by
 * these names. Times are microseconds since the start of the run.
 */
#include "report/page/tables.h"

#include <stdlib.h>

#include "report/page/lists.h"
#include "tcbox/evidence.h"
#include "tcbox/facts.h"
#include "tcbox/own.h"

#define ALIKE 9			/* columns that alike() writes */
#define ENDS 5			/* columns that ends() writes */

void page_time(struct columns *c, int64_t ns)
{
	columns_num(c, ns / 1000);
}

void page_addr(struct columns *c, const struct ev_addr *a)
{
	char text[EV_ADDR_STRLEN];

	columns_str(c, a->family ? evd_addr_text(a, text) : "");
	columns_num(c, a->port);
}

static void program_cell(struct columns *c, const struct evd_program *p)
{
	columns_str(c, p ? p->path : "");
}

/* What a flow belongs to: the place of its destination in the table of these, plus 1. */
static uint32_t *flow_dests(const struct rpt_input *in)
{
	uint32_t *of = calloc(in->evidence->nflows + 1, sizeof(*of));

	for (size_t i = 0; of && i < in->facts->ndests; i++)
		for (uint64_t j = 0; j < in->facts->dests[i].count; j++)
			of[in->facts->dests[i].flows[j]] = (uint32_t)i + 1;
	return of;
}

/* remote() - the other end's address. @told: its destination has but this one */
static void remote(struct columns *c, const struct evd_flow *f, bool told)
{
	char text[EV_ADDR_STRLEN];

	if (told)
		columns_num(c, 0);
	else
		columns_str(c, f->remote.family ? evd_addr_text(&f->remote, text) : NULL);
}

/*
 * alike() - what all flows of a destination have in common, as in its row. @told: that row is
 * there, and the page reads it from there
 */
static void alike(struct columns *c, const struct evd_flow *f, bool told)
{
	if (told) {
		for (size_t i = 0; i < ALIKE; i++)
			columns_num(c, 0);
		return;
	}
	program_cell(c, f->call ? f->call->program : NULL);
	columns_str(c, f->proto);
	columns_num(c, f->inbound);
	columns_num(c, f->remote.port);
	columns_str(c, f->inbound ? NULL : evd_host(f));
	columns_str(c, f->app_detail ? f->app_detail : f->app);
	columns_str(c, evd_said_name(f));
	columns_str(c, f->tls_version);
	columns_str(c, f->state);
}

static void flow(struct columns *c, const struct evd_flow *f)
{
	page_time(c, f->first);
	page_time(c, f->last - f->first);
	columns_num(c, (int64_t)f->line);
	columns_num(c, f->call ? (int64_t)f->call->proc : 0);
	page_addr(c, &f->local);
	columns_num(c, (int64_t)f->bytes_out);
	columns_num(c, (int64_t)f->bytes_in);
	columns_num(c, (int64_t)f->pkts);
	columns_num(c, (int64_t)f->pkt_first);
	columns_num(c, f->canary);
	columns_num(c, !f->ended);
}

static void flows(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	static const char *const names[] = {
		"+t", "span", "+line", "proc", "local", "lport", "out", "in", "pkts", "+pkt",
		"own", "open", "remote", "program", "proto", "inbound", "rport", "name", "app",
		"said", "tls", "state", "dest", "stand", NULL
	};
	TB_AUTOFREE uint32_t *of = flow_dests(in);
	bool told;

	columns_begin(c, "flows", names);
	if (!of)
		columns_fail(c);
	for (size_t i = 0; of && i < in->evidence->nflows; i++) {
		if (!columns_row(c))
			continue;
		flow(c, in->evidence->flows[i]);
		told = of[i] && of[i] <= COLUMNS_ROWS;
		remote(c, in->evidence->flows[i], told && in->facts->dests[of[i] - 1].naddrs == 1);
		alike(c, in->evidence->flows[i], told);
		columns_num(c, of[i]);
		columns_str(c, i < in->result->nflows ?
			    fnd_stand_name(in->result->flows[i].stand) : NULL);
	}
	columns_end(c, out);
}

static void lookup(struct columns *c, const struct evd_lookup *l)
{
	const struct evd_call *call = l->flow ? l->flow->call : NULL;

	page_time(c, l->t);
	columns_num(c, (int64_t)l->line);
	columns_num(c, call ? (int64_t)call->proc : 0);
	program_cell(c, call ? call->program : NULL);
	columns_str(c, l->name);
	columns_str(c, l->type);
	columns_str(c, l->src == EV_SRC_LAB ? "lab" : "packets");
	page_addr(c, &l->server);
	columns_num(c, l->answered);
	columns_num(c, (int64_t)l->extra);
	columns_num(c, l->control);
}

static void lookups(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	const struct evd_facts *f = in->evidence;
	static const char *const names[] = {
		"+t", "+line", "proc", "program", "name", "type", "witness", "server", "sport",
		"answered", "extra", "own", NULL
	};

	columns_begin(c, "lookups", names);
	for (size_t i = 0; i < f->nlookups; i++)
		if (columns_row(c))
			lookup(c, &f->lookups[i]);
	columns_end(c, out);
}

/* request_host() - the first name that it says; else where it was sent */
static void request_host(struct columns *c, const struct evd_request *r)
{
	char text[EV_ADDR_STRLEN];

	if (r->names && r->names->n)
		columns_str(c, r->names->v[0]);
	else
		columns_str(c, r->server.family ? evd_addr_text(&r->server, text) : NULL);
	columns_num(c, r->server.port);
}

static void request(struct columns *c, const struct evd_request *r)
{
	const struct evd_call *call = r->flow ? r->flow->call : NULL;

	page_time(c, r->first);
	page_time(c, r->last - r->first);
	columns_num(c, (int64_t)r->line);
	columns_num(c, call ? (int64_t)call->proc : 0);
	program_cell(c, call ? call->program : NULL);
	columns_str(c, r->service);
	columns_str(c, r->method);
	request_host(c, r);
	columns_str(c, r->path ? r->path : r->target);
	columns_str(c, r->via);
	columns_str(c, r->tls_version);
	columns_num(c, (int64_t)r->status);
	columns_num(c, (int64_t)r->bytes_in);
	columns_num(c, (int64_t)r->bytes_out);
	columns_num(c, (int64_t)r->count);
	columns_num(c, r->cut);
	columns_str(c, r->type);
	columns_str(c, r->sha256);
	columns_str(c, r->begins);
}

static void requests(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	static const char *const names[] = {
		"+t", "span", "+line", "proc", "program", "service", "method", "host", "port",
		"path", "via", "tls", "status", "out", "in", "count", "cut", "type", "sha256",
		"begins", NULL
	};

	columns_begin(c, "requests", names);
	for (size_t i = 0; i < in->evidence->nrequests; i++)
		if (columns_row(c))
			request(c, &in->evidence->requests[i]);
	columns_end(c, out);
}

static const char *op_word(enum evd_op op)
{
	static const char *const words[] = {
		[EVD_SOCKET] = "socket", [EVD_CONNECT] = "connect", [EVD_SEND] = "send",
		[EVD_BIND] = "bind", [EVD_LISTEN] = "listen", [EVD_ACCEPT] = "accept",
		[EVD_JOIN] = "join", [EVD_KEEP] = "keep",
	};

	return words[op];
}

/* call_flows() - the flow that a call owns: its place in their table, plus 1; 0: none, or it named
 * other ends than the packets have */
static uint32_t *call_flows(const struct evd_facts *f)
{
	uint32_t *of = calloc(f->ncalls + 1, sizeof(*of));

	for (size_t i = 0; of && i < f->nflows && i < COLUMNS_ROWS; i++) {
		const struct evd_flow *flow = f->flows[i];
		const struct evd_call *k = flow->call;

		if (k && k->proto == flow->proto && ev_addr_eq(&k->local, &flow->local) &&
		    ev_addr_eq(&k->remote, &flow->remote))
			of[k - f->calls] = (uint32_t)i + 1;
	}
	return of;
}

/* ends() - of a call. @told: they are those of its flow, and the page reads them from there */
static void ends(struct columns *c, const struct evd_call *k, bool told)
{
	if (told) {
		for (size_t i = 0; i < ENDS; i++)
			columns_num(c, 0);
		return;
	}
	columns_str(c, k->proto);
	page_addr(c, &k->local);
	page_addr(c, &k->remote);
}

static void call(struct columns *c, const struct evd_call *k)
{
	page_time(c, k->t);
	columns_num(c, (int64_t)k->line);
	columns_num(c, (int64_t)k->proc);
	program_cell(c, k->program);
	columns_str(c, op_word(k->op));
	columns_num(c, k->used);
	columns_num(c, k->silent);
	columns_num(c, k->canary);
}

static void calls(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	static const char *const names[] = {
		"+t", "+line", "proc", "program", "op", "used", "silent", "own", "told", "+flow",
		"proto", "local", "lport", "remote", "rport", NULL
	};
	const struct evd_facts *f = in->evidence;
	TB_AUTOFREE uint32_t *of = call_flows(f);
	uint32_t last = 0;	/* repeated where there is none: differences stay small */

	columns_begin(c, "calls", names);
	if (!of)
		columns_fail(c);
	for (size_t i = 0; of && i < f->ncalls; i++) {
		if (!columns_row(c))
			continue;
		last = of[i] ? of[i] : last;
		call(c, &f->calls[i]);
		columns_num(c, of[i] != 0);
		columns_num(c, last);
		ends(c, &f->calls[i], of[i] != 0);
	}
	columns_end(c, out);
}

/* proc() - what a process was until @until; INT64_MAX: to its end, -1 in the table */
static void proc(struct columns *c, const struct evd_proc *p, const struct evd_past *was)
{
	if (!columns_row(c))
		return;
	columns_num(c, (int64_t)p->id);
	columns_num(c, (int64_t)p->parent);
	columns_num(c, p->pid);
	page_time(c, p->born);
	if (was)
		page_time(c, was->until);
	else
		columns_num(c, -1);
	program_cell(c, was ? was->program : p->program);
	columns_str(c, was ? was->cmdline : p->cmdline);
	columns_str(c, was ? was->sha256 : p->sha256);
	columns_num(c, p->canary);
}

static void procs(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	const struct evd_facts *f = in->evidence;
	static const char *const names[] = {
		"+proc", "parent", "pid", "+born", "until", "program", "cmdline", "sha256", "own",
		NULL
	};

	columns_begin(c, "procs", names);
	for (size_t i = 0; i < f->nprocs; i++) {
		for (size_t j = 0; j < f->procs[i]->npast; j++)
			proc(c, f->procs[i], &f->procs[i]->past[j]);
		proc(c, f->procs[i], NULL);
	}
	columns_end(c, out);
}

void tables_add(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	static void (*const tables[])(struct columns *, const struct rpt_input *,
				      struct tb_buf *) = {
		procs, flows, lookups, requests, calls,
	};

	if (!in->evidence)
		return;
	lists_add(c, in->facts, out);
	for (size_t i = 0; i < TB_ARRAY_SIZE(tables); i++) {
		tb_buf_addc(out, ',');
		tables[i](c, in, out);
	}
}
