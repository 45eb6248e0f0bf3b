/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_facts.c - "facts" of report.json: all of them
 */
#include "report/json_facts.h"

#include "report/derive.h"
#include "report/patterns.h"
#include "tcbox/facts.h"

/* The words of "content". */
static const char *const contents[] = {
	[FACT_NO_CONTENT] = "none",
	[FACT_CLEAR] = "clear",
	[FACT_ENCRYPTED] = "encrypted",
	[FACT_READ] = "read",
	[FACT_UNKNOWN_CONTENT] = "unknown",
};

static void time_at(struct jw *w, const char *key, const struct rpt_input *in, int64_t t)
{
	char s[RPT_TIMELEN];

	jw_str(w, key, rpt_time_format(in->run->started_ns, t, s) ? NULL : s);
}

static void owner(struct jw *w, const struct fact_owner *o)
{
	jw_str(w, "program", o->program);
	jw_uint(w, "proc", o->proc);
	jw_uint(w, "processes", o->processes);
}

static void addresses(struct jw *w, const struct fact_dest *d)
{
	char addr[EV_ADDR_STRLEN];

	jw_array(w, "addresses");
	for (size_t i = 0; i < d->naddrs; i++) {
		ev_addr_format(&d->addrs[i], addr);
		jw_str(w, NULL, addr);
	}
	jw_end(w);
	jw_bool(w, "addresses_left_out", d->addrs_left_out);
}

static void request(struct jw *w, const struct rpt_input *in, const struct fact_request *r)
{
	jw_object(w, NULL);
	jw_str(w, "service", r->service);
	jw_str(w, "method", r->method);
	jw_str(w, "host", r->host);
	jw_str(w, "path", r->path);
	jw_str(w, "target", r->target);
	jw_str(w, "via", r->via);
	jw_str(w, "tls_version", r->tls_version);
	jw_uint(w, "status", r->status);
	jw_uint(w, "count", r->count);
	jw_uint(w, "bytes_out", r->bytes_out);
	jw_uint(w, "bytes_in", r->bytes_in);
	time_at(w, "first", in, r->first);
	time_at(w, "last", in, r->last);
	jw_bool(w, "cut", r->cut);
	jw_bool(w, "unread", r->unread);
	jw_end(w);
}

static void dest(struct jw *w, const struct rpt_input *in, const struct fact_dest *d)
{
	jw_object(w, NULL);
	jw_str(w, "host", d->host);
	addresses(w, d);
	jw_uint(w, "port", d->port);
	jw_str(w, "protocol", d->proto);
	jw_bool(w, "inbound", d->inbound);
	jw_bool(w, "group", d->group);
	jw_str(w, "state", d->state);
	jw_str(w, "application", d->app);
	jw_str(w, "application_detail", d->app_detail);
	jw_str(w, "tls_version", d->tls_version);
	if (d->tls_failed)
		jw_bool(w, "tls_failed", true);
	if (d->tls_refused)
		jw_str(w, "tls_refused", d->tls_refused);
	jw_str(w, "server_name", d->sni);
	jw_bool(w, "encrypted_hello", d->ech);
	jw_str(w, "http_host", d->http_host);
	jw_str(w, "content", contents[d->content]);
	jw_str(w, "stands", fnd_stand_name(d->stand));
	jw_str(w, "rule", d->rule);
	owner(w, &d->owner);
	jw_uint(w, "count", d->count);
	jw_uint(w, "unfinished", d->unfinished);
	time_at(w, "first", in, d->first);
	time_at(w, "last", in, d->last);
	jw_uint(w, "packets", d->pkts);
	jw_uint(w, "bytes_out", d->bytes_out);
	jw_uint(w, "bytes_in", d->bytes_in);
	jw_array(w, "requests");
	for (size_t i = 0; i < d->nrequests; i++)
		request(w, in, &d->requests[i]);
	jw_end(w);
	jw_uint(w, "requests_left_out", d->more_requests);
	jw_end(w);
}

static void rest(struct jw *w, const char *key, const struct fact_rest *r)
{
	jw_object(w, key);
	jw_uint(w, "number", r->n);
	jw_uint(w, "count", r->count);
	jw_uint(w, "bytes_out", r->bytes_out);
	jw_uint(w, "bytes_in", r->bytes_in);
	jw_end(w);
}

static void name(struct jw *w, const struct rpt_input *in, const struct fact_name *n)
{
	char addr[EV_ADDR_STRLEN];

	jw_object(w, NULL);
	jw_str(w, "name", n->name);
	jw_array(w, "types");
	for (size_t i = 0; i < FACT_TYPES && n->types[i]; i++)
		jw_str(w, NULL, n->types[i]);
	jw_end(w);
	jw_bool(w, "contacted", n->contacted);
	jw_bool(w, "answered", n->answered);
	jw_str(w, "stands", fnd_stand_name(n->stand));
	ev_addr_format(&n->server, addr);
	jw_str(w, "server", addr);
	jw_str(w, "program", n->owner.program);
	jw_uint(w, "proc", n->owner.proc);
	jw_uint(w, "count", n->count);
	jw_uint(w, "extra", n->extra);
	time_at(w, "first", in, n->first);
	time_at(w, "last", in, n->last);
	jw_end(w);
}

static void listener(struct jw *w, const struct rpt_input *in, const struct fact_listener *l)
{
	char addr[EV_ADDR_STRLEN];

	jw_object(w, NULL);
	jw_str(w, "protocol", l->proto);
	ev_addr_format(&l->local, addr);
	jw_str(w, "local", addr);
	jw_bool(w, "explained", !l->unexplained);
	jw_str(w, "program", l->owner.program);
	jw_uint(w, "proc", l->owner.proc);
	jw_uint(w, "count", l->count);
	time_at(w, "first", in, l->first);
	time_at(w, "last", in, l->last);
	jw_end(w);
}

static void program(struct jw *w, const struct rpt_input *in, const struct fact_program *p)
{
	jw_object(w, NULL);
	jw_sint(w, "parent", p->parent == SIZE_MAX ? -1 : (int64_t)p->parent);
	jw_str(w, "program", p->path);
	jw_str(w, "arguments", p->args);
	jw_str(w, "sha256", p->sha256);
	jw_str(w, "stands", fnd_stand_name(p->stand));
	jw_uint(w, "proc", p->proc);
	jw_uint(w, "count", p->count);
	jw_uint(w, "forks", p->forks);
	time_at(w, "first", in, p->first);
	jw_end(w);
}

static void file(struct jw *w, const struct rpt_input *in, const struct fact_file *f)
{
	jw_object(w, NULL);
	jw_str(w, "path", f->path);
	jw_str(w, "call", f->op);
	jw_str(w, "left", fact_left_word(f->left));
	jw_str(w, "type", f->type);
	jw_uint(w, "size", f->size);
	jw_str(w, "sha256", f->sha256);
	jw_str(w, "target", f->target);
	jw_str(w, "program", f->program);
	jw_uint(w, "programs", f->programs);
	jw_uint(w, "proc", f->proc);
	jw_bool(w, "failed", f->denied);
	jw_bool(w, "tried", f->tried);
	jw_str(w, "error", f->error);
	jw_bool(w, "explained", !f->unexplained);
	jw_str(w, "stands", fnd_stand_name(f->stand));
	jw_uint(w, "count", f->count);
	if (f->count) {
		time_at(w, "first", in, f->first);
		time_at(w, "last", in, f->last);
	} else {
		jw_str(w, "first", NULL);
		jw_str(w, "last", NULL);
	}
	jw_end(w);
}

static void call(struct jw *w, const struct rpt_input *in, const struct fact_call *c)
{
	jw_object(w, NULL);
	jw_str(w, "call", c->name);
	jw_str(w, "abi", c->abi);
	jw_str(w, "group", c->group);
	jw_str(w, "detail", c->detail);
	jw_bool(w, "failed", c->refused);
	jw_str(w, "error", c->error);
	jw_str(w, "program", c->program);
	jw_uint(w, "proc", c->proc);
	jw_uint(w, "count", c->count);
	time_at(w, "first", in, c->first);
	time_at(w, "last", in, c->last);
	jw_end(w);
}

static void pattern(struct jw *w, const struct rpt_input *in, const struct fact_pattern *p)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	bool of_dest = p->kind == FACT_ECHO_TUNNEL || p->kind == FACT_BEACON;

	jw_object(w, NULL);
	jw_str(w, "pattern", fact_pattern_name(p->kind));
	pattern_sentence(&b, in, p);
	jw_str(w, "said", b.failed ? NULL : b.data);
	w->out->failed |= b.failed;
	jw_str(w, "program", p->program);
	jw_str(w, "name", p->what);
	jw_sint(w, "destination", of_dest ? (int64_t)p->dest : -1);
	jw_uint(w, "count", p->count);
	jw_uint(w, "size", p->size);
	jw_uint(w, "interval_ms", (uint64_t)p->interval / 1000000);
	jw_uint(w, "regular", p->regular);
	jw_end(w);
}

static void upload(struct jw *w, const struct rpt_input *in, const struct fact_upload *u)
{
	char addr[EV_ADDR_STRLEN];

	jw_object(w, NULL);
	jw_str(w, "host", u->host);
	ev_addr_format(&u->server, addr);
	jw_str(w, "server", addr);
	jw_str(w, "service", u->service);
	jw_str(w, "method", u->method);
	jw_str(w, "path", u->path);
	jw_str(w, "tls_version", u->tls_version);
	jw_str(w, "type", u->type);
	jw_str(w, "encoding", u->encoding);
	jw_str(w, "sha256", u->sha256);
	jw_str(w, "begins", u->begins);
	jw_str(w, "program", u->program);
	jw_uint(w, "proc", u->proc);
	jw_uint(w, "status", u->status);
	jw_uint(w, "bytes", u->bytes);
	jw_uint(w, "count", u->count);
	jw_uint(w, "kept", u->kept);
	jw_uint(w, "kept_at", u->kept_at);
	time_at(w, "first", in, u->first);
	time_at(w, "last", in, u->last);
	jw_end(w);
}

/* lists() - but for destinations; each with the number of those that are not in it */
static void lists(struct jw *w, const struct rpt_input *in)
{
	const struct facts *f = in->facts;

	jw_array(w, "names");
	for (size_t i = 0; i < f->nnames; i++)
		name(w, in, &f->names[i]);
	jw_end(w);
	jw_uint(w, "names_left_out", f->more_names);
	jw_array(w, "uploads");
	for (size_t i = 0; i < f->nuploads; i++)
		upload(w, in, &f->uploads[i]);
	jw_end(w);
	jw_uint(w, "uploads_left_out", f->more_uploads);
	jw_array(w, "patterns");
	for (size_t i = 0; i < f->npatterns; i++)
		pattern(w, in, &f->patterns[i]);
	jw_end(w);
	jw_uint(w, "patterns_left_out", f->more_patterns);
	jw_array(w, "listeners");
	for (size_t i = 0; i < f->nlisteners; i++)
		listener(w, in, &f->listeners[i]);
	jw_end(w);
	jw_uint(w, "listeners_left_out", f->more_listeners);
	jw_array(w, "programs");
	for (size_t i = 0; i < f->nprograms; i++)
		program(w, in, &f->programs[i]);
	jw_end(w);
	jw_uint(w, "programs_left_out", f->more_programs);
	jw_array(w, "files");
	for (size_t i = 0; i < f->nfiles; i++)
		file(w, in, &f->files[i]);
	jw_end(w);
	jw_uint(w, "files_left_out", f->more_files);
	jw_array(w, "calls");
	for (size_t i = 0; i < f->ncalls; i++)
		call(w, in, &f->calls[i]);
	jw_end(w);
	jw_uint(w, "calls_left_out", f->more_calls);
}

void json_facts(struct jw *w, const struct rpt_input *in)
{
	const struct facts *f = in->facts;

	jw_object(w, "facts");
	jw_array(w, "destinations");
	for (size_t i = 0; i < f->ndests; i++)
		dest(w, in, &f->dests[i]);
	jw_end(w);
	rest(w, "other_destinations", &f->more_dests);
	lists(w, in);
	jw_end(w);
}
