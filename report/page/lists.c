/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.c - the facts, as tables of the page
 */
#include "report/page/lists.h"

#include "report/page/tables.h"
#include "tcbox/evidence.h"
#include "tcbox/own.h"

/* span() - when it began, and for how long it went on; -1: nobody saw when */
static void span(struct columns *c, int64_t first, int64_t last)
{
	if (first || last)
		page_time(c, first);
	else
		columns_num(c, -1);
	page_time(c, last - first);
}

static void owner(struct columns *c, const struct fact_owner *o)
{
	columns_str(c, o->program);
	columns_num(c, (int64_t)o->processes);
}

static const char *content_word(enum fact_content content)
{
	static const char *const words[] = {
		[FACT_NO_CONTENT] = "", [FACT_CLEAR] = "clear", [FACT_ENCRYPTED] = "encrypted",
		[FACT_READ] = "read by the lab",
		[FACT_UNKNOWN_CONTENT] = "not known",
	};

	return words[content];
}

static void dest(struct columns *c, const struct fact_dest *d)
{
	char addr[EV_ADDR_STRLEN];

	owner(c, &d->owner);
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

static void dests(struct columns *c, const struct facts *f, struct tb_buf *out)
{
	static const char *const heads[] = {
		"program", "processes", "+name", "+addr", "addrs", "rport", "proto", "app", "tls",
		"+said", "content", "state", "inbound", "stand", "rule", NULL
	};

	columns_begin(c, "dests", heads);
	for (size_t i = 0; i < f->ndests; i++)
		if (columns_row(c))
			dest(c, &f->dests[i]);
	columns_left_out(c, f->more_dests.n);
	columns_end(c, out);
}

static void name(struct columns *c, const struct fact_name *n)
{
	TB_AUTOBUF struct tb_buf types = TB_BUF_INIT;

	for (size_t i = 0; i < FACT_TYPES && n->types[i]; i++)
		tb_buf_addf(&types, i ? ", %s" : "%s", n->types[i]);
	if (types.failed)
		columns_fail(c);
	span(c, n->first, n->last);
	columns_str(c, n->name);
	columns_str(c, types.data);
	owner(c, &n->owner);
	columns_num(c, n->answered);
	columns_num(c, n->contacted);
	page_addr(c, &n->server);
	columns_num(c, n->elsewhere);
	columns_num(c, (int64_t)n->extra);
	columns_num(c, (int64_t)n->count);
	columns_str(c, fnd_stand_name(n->stand));
}

static void names(struct columns *c, const struct facts *f, struct tb_buf *out)
{
	static const char *const heads[] = {
		"t", "span", "name", "types", "program", "processes", "answered", "contacted",
		"server", "sport", "elsewhere", "extra", "count", "stand", NULL
	};

	columns_begin(c, "names", heads);
	for (size_t i = 0; i < f->nnames; i++)
		if (columns_row(c))
			name(c, &f->names[i]);
	columns_left_out(c, f->more_names);
	columns_end(c, out);
}

static void listener(struct columns *c, const struct fact_listener *l)
{
	span(c, l->first, l->last);
	columns_str(c, l->proto);
	page_addr(c, &l->local);
	owner(c, &l->owner);
	columns_num(c, !l->unexplained);
	columns_num(c, (int64_t)l->count);
}

static void listeners(struct columns *c, const struct facts *f, struct tb_buf *out)
{
	static const char *const heads[] = {
		"t", "span", "proto", "local", "lport", "program", "processes", "explained",
		"count", NULL
	};

	columns_begin(c, "listeners", heads);
	for (size_t i = 0; i < f->nlisteners; i++)
		if (columns_row(c))
			listener(c, &f->listeners[i]);
	columns_left_out(c, f->more_listeners);
	columns_end(c, out);
}

static void program(struct columns *c, const struct fact_program *p)
{
	page_time(c, p->first);
	columns_num(c, (int64_t)p->depth);
	columns_str(c, p->path);
	columns_str(c, p->args);
	columns_str(c, p->sha256);
	columns_num(c, p->pid);
	columns_num(c, (int64_t)p->count);
	columns_num(c, (int64_t)p->forks);
	columns_str(c, fnd_stand_name(p->stand));
}

static void programs(struct columns *c, const struct facts *f, struct tb_buf *out)
{
	static const char *const heads[] = {
		"t", "depth", "path", "args", "sha256", "pid", "count", "forks", "stand",
		NULL
	};

	columns_begin(c, "programs", heads);
	for (size_t i = 0; i < f->nprograms; i++)
		if (columns_row(c))
			program(c, &f->programs[i]);
	columns_left_out(c, f->more_programs);
	columns_end(c, out);
}

/* how_word() - what came of the calls */
static const char *how_word(const struct fact_file *f)
{
	if (f->unexplained)
		return "no call explains it";
	if (f->denied)
		return "failed";
	return f->tried ? "tried" : "";
}

static void file(struct columns *c, const struct fact_file *f)
{
	span(c, f->first, f->last);
	columns_str(c, f->path);
	columns_str(c, f->op);
	columns_str(c, fact_left_word(f->left));
	columns_str(c, f->type);
	columns_str(c, f->sha256);
	columns_str(c, f->target);
	columns_num(c, (int64_t)f->size);
	columns_str(c, f->program);
	columns_num(c, (int64_t)f->programs);
	columns_str(c, how_word(f));
	columns_str(c, f->error);
	columns_num(c, (int64_t)f->count);
	columns_str(c, fnd_stand_name(f->stand));
}

static void files(struct columns *c, const struct facts *f, struct tb_buf *out)
{
	static const char *const heads[] = {
		"t", "span", "path", "op", "left", "type", "sha256", "target", "size", "program",
		"programs", "how", "error", "count", "stand", NULL
	};

	columns_begin(c, "files", heads);
	for (size_t i = 0; i < f->nfiles; i++)
		if (columns_row(c))
			file(c, &f->files[i]);
	columns_left_out(c, f->more_files);
	columns_end(c, out);
}

static void call(struct columns *c, const struct fact_call *k)
{
	span(c, k->first, k->last);
	columns_str(c, k->name);
	columns_str(c, k->detail);
	columns_str(c, k->group);
	columns_str(c, k->abi);
	columns_str(c, k->program);
	columns_num(c, k->refused);
	columns_str(c, k->error);
	columns_num(c, (int64_t)k->count);
}

static void calls(struct columns *c, const struct facts *f, struct tb_buf *out)
{
	static const char *const heads[] = {
		"t", "span", "name", "detail", "group", "abi", "program", "refused", "error",
		"count", NULL
	};

	columns_begin(c, "notable", heads);
	for (size_t i = 0; i < f->ncalls; i++)
		if (columns_row(c))
			call(c, &f->calls[i]);
	columns_left_out(c, f->more_calls);
	columns_end(c, out);
}

void lists_add(struct columns *c, const struct facts *f, struct tb_buf *out)
{
	static void (*const lists[])(struct columns *, const struct facts *, struct tb_buf *) = {
		dests, names, listeners, programs, files, calls,
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(lists); i++) {
		if (i)
			tb_buf_addc(out, ',');
		lists[i](c, f, out);
	}
}
