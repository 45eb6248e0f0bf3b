/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables.c - what happened, as the tables of the page
 *
 * Each table has the columns that its first list names, in their order; report/page/data.js reads
 * them by these names. Times are microseconds since the start of the run.
 */
#include "report/page/tables.h"

#include <stdlib.h>

#include "tcbox/evidence.h"
#include "tcbox/facts.h"
#include "tcbox/own.h"

static void time_cell(struct columns *c, int64_t ns)
{
	columns_num(c, ns / 1000);
}

static void addr_cell(struct columns *c, const struct ev_addr *a)
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

static void flow(struct columns *c, const struct evd_flow *f)
{
	time_cell(c, f->first);
	time_cell(c, f->last - f->first);
	columns_num(c, (int64_t)f->line);
	columns_num(c, f->call ? (int64_t)f->call->proc : 0);
	program_cell(c, f->call ? f->call->program : NULL);
	columns_str(c, f->proto);
	columns_num(c, f->inbound);
	addr_cell(c, &f->local);
	addr_cell(c, &f->remote);
	columns_str(c, f->inbound ? NULL : evd_host(f));
	columns_str(c, f->app_detail ? f->app_detail : f->app);
	columns_str(c, evd_said_name(f));
	columns_str(c, f->tls_version);
	columns_str(c, f->state);
	columns_num(c, (int64_t)f->bytes_out);
	columns_num(c, (int64_t)f->bytes_in);
	columns_num(c, (int64_t)f->pkts);
	columns_num(c, (int64_t)f->pkt_first);
	columns_num(c, (int64_t)(f->pkt_last - f->pkt_first));
	columns_num(c, f->canary);
}

static void flows(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	static const char *const names[] = {
		"+t", "span", "+line", "proc", "program", "proto", "inbound", "local", "lport",
		"remote", "rport", "name", "app", "said", "tls", "state", "out", "in", "pkts",
		"+pkt", "pkts_to", "own", "dest", "stand", NULL
	};
	TB_AUTOFREE uint32_t *of = flow_dests(in);

	columns_begin(c, "flows", names);
	if (!of)
		columns_fail(c);
	for (size_t i = 0; of && i < in->evidence->nflows; i++) {
		if (!columns_row(c))
			continue;
		flow(c, in->evidence->flows[i]);
		columns_num(c, of[i]);
		columns_str(c, i < in->result->nflows ?
			    fnd_stand_name(in->result->flows[i].stand) : NULL);
	}
	columns_end(c, out);
}

static const char *content_word(enum fact_content content)
{
	static const char *const words[] = {
		[FACT_NO_CONTENT] = "", [FACT_CLEAR] = "clear", [FACT_ENCRYPTED] = "encrypted",
		[FACT_UNKNOWN_CONTENT] = "not known",
	};

	return words[content];
}

static void dest(struct columns *c, const struct fact_dest *d)
{
	char addr[EV_ADDR_STRLEN];

	columns_str(c, d->owner.program);
	columns_num(c, (int64_t)d->owner.processes);
	columns_str(c, d->host);
	columns_str(c, d->naddrs ? evd_addr_text(&d->addrs[0], addr) : NULL);
	columns_num(c, (int64_t)d->naddrs);
	columns_num(c, d->port);
	columns_str(c, d->proto);
	columns_str(c, d->app_detail ? d->app_detail : d->app);
	columns_str(c, d->tls_version);
	columns_str(c, d->sni ? d->sni : d->http_host);
	columns_str(c, content_word(d->content));
	columns_str(c, d->state);
	columns_num(c, d->inbound);
	columns_str(c, fnd_stand_name(d->stand));
	columns_str(c, d->rule);
}

static void dests(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	static const char *const names[] = {
		"program", "processes", "host", "addr", "addrs", "port", "proto", "app", "tls",
		"said", "content", "state", "inbound", "stand", "rule", NULL
	};

	columns_begin(c, "dests", names);
	for (size_t i = 0; i < in->facts->ndests; i++)
		if (columns_row(c))
			dest(c, &in->facts->dests[i]);
	columns_end(c, out);
}

static void lookup(struct columns *c, const struct evd_lookup *l)
{
	const struct evd_call *call = l->flow ? l->flow->call : NULL;

	time_cell(c, l->t);
	columns_num(c, (int64_t)l->line);
	columns_num(c, call ? (int64_t)call->proc : 0);
	program_cell(c, call ? call->program : NULL);
	columns_str(c, l->name);
	columns_str(c, l->type);
	columns_str(c, l->src == EV_SRC_LAB ? "lab" : "packets");
	addr_cell(c, &l->server);
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

	time_cell(c, r->first);
	time_cell(c, r->last - r->first);
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
}

static void requests(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	static const char *const names[] = {
		"+t", "span", "+line", "proc", "program", "service", "method", "host", "port",
		"path", "via", "tls", "status", "out", "in", "count", "cut", NULL
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
		[EVD_JOIN] = "join",
	};

	return words[op];
}

static void call(struct columns *c, const struct evd_call *k)
{
	time_cell(c, k->t);
	columns_num(c, (int64_t)k->line);
	columns_num(c, (int64_t)k->proc);
	program_cell(c, k->program);
	columns_str(c, op_word(k->op));
	columns_str(c, k->proto);
	addr_cell(c, &k->local);
	addr_cell(c, &k->remote);
	columns_num(c, k->used);
	columns_num(c, k->silent);
	columns_num(c, k->canary);
}

static void calls(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	const struct evd_facts *f = in->evidence;
	static const char *const names[] = {
		"+t", "+line", "proc", "program", "op", "proto", "local", "lport", "remote",
		"rport", "used", "silent", "own", NULL
	};

	columns_begin(c, "calls", names);
	for (size_t i = 0; i < f->ncalls; i++)
		if (columns_row(c))
			call(c, &f->calls[i]);
	columns_end(c, out);
}

/* act_object() - what it was done to, and more about it */
static void act_object(struct columns *c, const struct evd_act *a)
{
	switch (a->kind) {
	case EVD_EXEC:
		program_cell(c, a->u.exec.program);
		columns_str(c, a->u.exec.alias);
		columns_str(c, a->u.exec.sha256);
		return;
	case EVD_REPLACED:
		program_cell(c, a->u.replaced.program);
		columns_str(c, a->u.replaced.before);
		columns_str(c, a->u.replaced.now);
		return;
	case EVD_FILE:
		columns_str(c, a->u.file.path);
		columns_str(c, a->u.file.op);
		columns_str(c, a->u.file.to);
		return;
	case EVD_REFUSED:
		columns_str(c, a->u.refused.name);
		columns_str(c, a->u.refused.remote ? a->u.refused.remote : a->u.refused.path);
		columns_str(c, a->u.refused.proto);
		return;
	case EVD_SYSCALL:
	case EVD_I386:
		break;
	}
	columns_str(c, a->u.syscall.name);
	columns_str(c, a->u.syscall.detail);
	columns_str(c, a->u.syscall.group);
}

static const char *kind_word(enum evd_act_kind kind)
{
	static const char *const words[] = {
		[EVD_EXEC] = "exec", [EVD_REPLACED] = "replaced", [EVD_FILE] = "file",
		[EVD_SYSCALL] = "call", [EVD_REFUSED] = "refused", [EVD_I386] = "i386",
	};

	return words[kind];
}

static void act(struct columns *c, const struct evd_act *a)
{
	time_cell(c, a->first);
	time_cell(c, a->last - a->first);
	columns_num(c, (int64_t)a->lines[0]);
	columns_num(c, (int64_t)a->proc);
	program_cell(c, a->program);
	columns_str(c, kind_word(a->kind));
	act_object(c, a);
	columns_str(c, a->error);
	columns_num(c, a->denied);
	columns_num(c, a->tried);
	columns_num(c, (int64_t)a->count);
}

static void acts(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	const struct evd_facts *f = in->evidence;
	static const char *const names[] = {
		"+t", "span", "+line", "proc", "program", "kind", "what", "detail", "more",
		"error", "denied", "tried", "count", NULL
	};

	columns_begin(c, "acts", names);
	for (size_t i = 0; i < f->nacts; i++)
		if (columns_row(c))
			act(c, &f->acts[i]);
	columns_end(c, out);
}

static void changes(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	const struct evd_facts *f = in->evidence;
	static const char *const names[] = {
		"+line", "op", "path", "type", "target", "sha256", "size", "explained", NULL
	};

	columns_begin(c, "changes", names);
	for (size_t i = 0; i < f->nchanges; i++) {
		const struct evd_change *d = &f->changes[i];

		if (!columns_row(c))
			continue;
		columns_num(c, (int64_t)d->line);
		columns_str(c, d->op);
		columns_str(c, d->path);
		columns_str(c, d->type);
		columns_str(c, d->target);
		columns_str(c, d->sha256);
		columns_num(c, (int64_t)d->size);
		columns_num(c, d->explained);
	}
	columns_end(c, out);
}

static void ports(struct columns *c, const struct rpt_input *in, struct tb_buf *out)
{
	const struct evd_facts *f = in->evidence;
	static const char *const names[] = {
		"+t", "+line", "proc", "program", "proto", "local", "lport", "explained", NULL
	};

	columns_begin(c, "ports", names);
	for (size_t i = 0; i < f->nports; i++) {
		const struct evd_port *p = &f->ports[i];

		if (!columns_row(c))
			continue;
		time_cell(c, p->t);
		columns_num(c, (int64_t)p->line);
		columns_num(c, p->call ? (int64_t)p->call->proc : 0);
		program_cell(c, p->call ? p->call->program : NULL);
		columns_str(c, p->proto);
		addr_cell(c, &p->local);
		columns_num(c, p->call != NULL);
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
	time_cell(c, p->born);
	if (was)
		time_cell(c, was->until);
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
		procs, flows, dests, lookups, requests, calls, acts, changes, ports,
	};

	for (size_t i = 0; in->evidence && i < TB_ARRAY_SIZE(tables); i++) {
		if (i)
			tb_buf_addc(out, ',');
		tables[i](c, in, out);
	}
}
