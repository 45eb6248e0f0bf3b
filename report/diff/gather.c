/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gather.c - the facts and findings of a run as items
 *
 * How it works: what makes two facts of one run the same thing for a reader of two runs is less
 * than what makes them one fact: a destination is a name, a port and a protocol, whatever was
 * spoken there. So facts of one thing become one item, whose values are all that was seen.
 *
 * Ports of the range from which the kernel chooses, process ids, counts of packets, times and order
 * are in no item.
 */
#include "report/diff/diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/words.h"
#include "tcbox/grow.h"
#include "tcbox/map.h"
#include "tcbox/own.h"
#include "tcbox/word.h"

enum { DEST_APP, DEST_TLS, DEST_SNI, DEST_HOST, DEST_CONTENT, DEST_ANSWER, DEST_STANDS, DEST_RULE };
enum { REQUEST_STATUS, REQUEST_TLS };
enum { NAME_TYPES, NAME_CONTACTED, NAME_ANSWERED, NAME_SERVER, NAME_STANDS };
enum { LISTENER_EXPLAINED };
enum { PROGRAM_PARENT, PROGRAM_SHA256, PROGRAM_STANDS };
enum { FILE_LEFT = DIFF_FILE_LEFT, FILE_TYPE, FILE_OUTCOME, FILE_ERROR, FILE_TARGET, FILE_SHA256,
	FILE_STANDS };
enum { CALL_OUTCOME };
enum { FINDING_SEVERITY };

const struct diff_about diff_about[DIFF_KINDS] = {
	[DIFF_DESTINATIONS] = {
		.name = "destinations", .heading = "Destinations",
		.values = {
			[DEST_APP] = "application", [DEST_TLS] = "tls_version",
			[DEST_SNI] = "server_name", [DEST_HOST] = "http_host",
			[DEST_CONTENT] = "content", [DEST_ANSWER] = "answer",
			[DEST_STANDS] = "stands", [DEST_RULE] = "rule",
		},
		.amounts = { "conversations", "bytes_out", "bytes_in" },
		.bytes = { false, true, true },
	},
	[DIFF_REQUESTS] = {
		.name = "requests", .heading = "Requests",
		.values = { [REQUEST_STATUS] = "status", [REQUEST_TLS] = "tls_version" },
		.amounts = { "requests", "bytes_out", "bytes_in" },
		.bytes = { false, true, true }, .shapes = true,
	},
	[DIFF_NAMES] = {
		.name = "names", .heading = "Names looked up",
		.values = {
			[NAME_TYPES] = "types", [NAME_CONTACTED] = "contacted",
			[NAME_ANSWERED] = "answered", [NAME_SERVER] = "server",
			[NAME_STANDS] = "stands",
		},
	},
	[DIFF_LISTENERS] = {
		.name = "listeners", .heading = "Listeners",
		.values = { [LISTENER_EXPLAINED] = "explained" },
	},
	[DIFF_PROGRAMS] = {
		.name = "programs", .heading = "Programs",
		.values = { [PROGRAM_PARENT] = "started_by", [PROGRAM_SHA256] = "sha256",
			    [PROGRAM_STANDS] = "stands" },
		.amounts = { "starts" }, .shapes = true,
	},
	[DIFF_FILES] = {
		.name = "files", .heading = "Files",
		.values = {
			[FILE_LEFT] = "left", [FILE_TYPE] = "type", [FILE_OUTCOME] = "outcome",
			[FILE_ERROR] = "error", [FILE_TARGET] = "target",
			[FILE_SHA256] = "sha256", [FILE_STANDS] = "stands",
		},
		.amounts = { "size" }, .bytes = { true }, .shapes = true,
	},
	[DIFF_CALLS] = {
		.name = "calls", .heading = "System calls",
		.values = { [CALL_OUTCOME] = "outcome" },
		.amounts = { "calls" }, .shapes = true,
	},
	[DIFF_FINDINGS] = {
		.name = "findings", .heading = "Findings",
		.values = { [FINDING_SEVERITY] = "severity" }, .shapes = true,
	},
};

const char *diff_copy(struct rpt_diff *d, struct tb_buf *b)
{
	char *p = b->failed ? NULL : tb_pool_alloc(d->pool, b->len + 1);

	if (!p) {
		d->failed = true;
		tb_buf_reset(b);
		return "";
	}
	if (b->len)
		memcpy(p, b->data, b->len);
	p[b->len] = '\0';
	tb_buf_reset(b);
	return p;
}

/* One side's items of one kind, while they are gathered. */
struct gather {
	struct rpt_diff *d;
	const struct rpt_input *in;
	enum diff_kind kind;
	struct diff_list *list;
	struct tb_map *known;	/* by what and program: number in the list, from 1 */
	struct tb_buf b, key;
};

static struct diff_item *new_item(struct gather *g, const char *what, const char *program)
{
	struct diff_item *v = tb_grow(g->list->v, g->list->n, 1, sizeof(*v));
	size_t nvalues = 0, size;
	struct diff_words *values;

	while (nvalues < DIFF_VALUES && diff_about[g->kind].values[nvalues])
		nvalues++;
	size = nvalues * sizeof(*values);
	values = tb_pool_alloc(g->d->pool, size);
	if (v)
		g->list->v = v;
	if (!v || !values) {
		g->d->failed = true;
		return NULL;
	}
	memset(values, 0, size);
	v = &g->list->v[g->list->n++];
	*v = (struct diff_item){
		.what = what, .program = program, .values = values, .pair = DIFF_NONE,
	};
	return v;
}

/* item() - the one of this thing, which is @what, else what was collected. Return: NULL without
 * memory */
static struct diff_item *item(struct gather *g, const char *what, const char *program)
{
	size_t at;

	tb_buf_reset(&g->key);
	tb_buf_adds(&g->key, what ? what : g->b.data ? g->b.data : "");
	tb_buf_addc(&g->key, '\n');
	tb_buf_adds(&g->key, program ? program : "");
	if (g->key.failed || g->d->failed) {
		g->d->failed = true;
		return NULL;
	}
	at = (uintptr_t)tb_map_get(g->known, g->key.data, g->key.len);
	if (at) {
		tb_buf_reset(&g->b);
		return &g->list->v[at - 1];
	}
	if (!what)
		what = diff_copy(g->d, &g->b);
	if (tb_map_put(g->known, g->key.data, g->key.len, (void *)(uintptr_t)(g->list->n + 1)))
		g->d->failed = true;
	return g->d->failed ? NULL : new_item(g, what, program);
}

/* make_room() - for one more word: most values have one. Return: false without memory */
static bool make_room(struct rpt_diff *d, struct diff_words *w)
{
	const char **v;

	if (w->n > 1)
		return true;
	v = tb_pool_alloc(d->pool, (w->n ? DIFF_SET : 1) * sizeof(*v));
	if (!v) {
		d->failed = true;
		return false;
	}
	if (w->n)
		v[0] = w->v[0];
	w->v = v;
	return true;
}

/* add() - a word of a value; NULL: none. The first DIFF_SET are kept, by their order */
static void add(struct gather *g, struct diff_item *i, int value, const char *word)
{
	struct diff_words *w = &i->values[value];
	size_t at = 0;

	if (!word)
		return;
	while (at < w->n && strcmp(w->v[at], word) < 0)
		at++;
	if (at == DIFF_SET || (at < w->n && !strcmp(w->v[at], word)) || !make_room(g->d, w))
		return;
	w->n -= w->n == DIFF_SET;
	memmove(&w->v[at + 1], &w->v[at], (w->n - at) * sizeof(w->v[0]));
	w->v[at] = word;
	w->n++;
}

static void add_yes_no(struct gather *g, struct diff_item *i, int value, bool yes)
{
	add(g, i, value, yes ? "yes" : "no");
}

/* add_stand() - where both runs were compared with a policy */
static void add_stand(struct gather *g, struct diff_item *i, int value, enum fnd_stand stand)
{
	if (g->d->judged && stand != FND_NOT_COMPARED)
		add(g, i, value, fnd_stand_name(stand));
}

static const char *contents(enum fact_content content)
{
	static const char *const words[] = {
		[FACT_NO_CONTENT] = NULL, [FACT_CLEAR] = "clear", [FACT_ENCRYPTED] = "encrypted",
		[FACT_READ] = "read", [FACT_UNKNOWN_CONTENT] = "unknown",
	};

	return words[content];
}

/* where() - a destination without what is chosen anew in each run: the address of a name, the port
 * of a client */
static void where(struct tb_buf *b, const struct fact_dest *d)
{
	char addr[EV_ADDR_STRLEN];

	if (d->inbound) {
		tb_buf_addf(b, "port %u, from outside", d->port);
	} else if (d->host) {
		tb_buf_addf(b, d->port ? "%s port %u" : "%s", d->host, d->port);
	} else {
		ev_addr_format(&d->addrs[0], addr);
		tb_buf_addf(b, d->port ? "%s port %u" : "%s", addr, d->port);
	}
	tb_buf_addf(b, d->group ? " (%s, member)" : " (%s)", d->proto);
}

static const char *answer(const struct fact_dest *d)
{
	if (tb_is_word(d->state, "refused"))
		return "refused";
	return tb_is_word(d->state, "timeout") ? "none" : NULL;
}

static void add_request(struct gather *g, const struct fact_dest *d, const struct fact_request *r)
{
	struct diff_item *i;
	char status[24];

	tb_buf_adds(&g->b, r->method ? r->method : r->service);
	tb_buf_addc(&g->b, ' ');
	where(&g->b, d);
	if (r->host && (!d->host || strcmp(r->host, d->host) != 0))
		tb_buf_addf(&g->b, " of %s", r->host);
	if (r->target)
		tb_buf_addf(&g->b, " to %s", r->target);
	if (r->path)
		tb_buf_addf(&g->b, " %s", r->path);
	if (r->via)
		tb_buf_addf(&g->b, " through the tunnel to %s", r->via);
	i = item(g, NULL, d->owner.program);
	if (!i)
		return;
	add(g, i, REQUEST_TLS, r->tls_version ? r->tls_version : "none");
	i->amounts[0] += r->count;
	i->amounts[1] += r->bytes_out;
	i->amounts[2] += r->bytes_in;
	if (!r->status)
		return;
	(void)snprintf(status, sizeof(status), "%" PRIu64, r->status);
	tb_buf_adds(&g->b, status);
	add(g, i, REQUEST_STATUS, diff_copy(g->d, &g->b));
}

static void requests(struct gather *g)
{
	const struct facts *f = g->in->facts;

	for (size_t i = 0; i < f->ndests; i++) {
		for (size_t j = 0; j < f->dests[i].nrequests; j++)
			add_request(g, &f->dests[i], &f->dests[i].requests[j]);
		g->list->left_out += f->dests[i].more_requests;
	}
}

static void add_dest(struct gather *g, const struct fact_dest *d)
{
	struct diff_item *i;

	where(&g->b, d);
	i = item(g, NULL, d->owner.program);
	if (!i)
		return;
	add(g, i, DEST_APP, d->app);
	add(g, i, DEST_TLS, d->tls_version);
	add(g, i, DEST_SNI, d->sni);
	add(g, i, DEST_HOST, d->http_host);
	add(g, i, DEST_CONTENT, contents(d->content));
	add(g, i, DEST_ANSWER, answer(d));
	add_stand(g, i, DEST_STANDS, d->stand);
	if (g->d->judged)
		add(g, i, DEST_RULE, d->rule);
	i->amounts[0] += d->count;
	i->amounts[1] += d->bytes_out;
	i->amounts[2] += d->bytes_in;
}

static void destinations(struct gather *g)
{
	const struct facts *f = g->in->facts;

	for (size_t i = 0; i < f->ndests; i++)
		add_dest(g, &f->dests[i]);
	g->list->left_out = f->more_dests.n;
}

static void names(struct gather *g)
{
	const struct facts *f = g->in->facts;
	char addr[EV_ADDR_STRLEN];

	for (size_t i = 0; i < f->nnames; i++) {
		const struct fact_name *n = &f->names[i];
		struct diff_item *it = item(g, n->name, n->owner.program);

		if (!it)
			return;
		for (size_t j = 0; j < FACT_TYPES && n->types[j]; j++)
			add(g, it, NAME_TYPES, n->types[j]);
		add_yes_no(g, it, NAME_CONTACTED, n->contacted);
		add_yes_no(g, it, NAME_ANSWERED, n->answered);
		add_stand(g, it, NAME_STANDS, n->stand);
		if (!n->elsewhere)
			continue;
		ev_addr_format(&n->server, addr);
		tb_buf_adds(&g->b, addr);
		add(g, it, NAME_SERVER, diff_copy(g->d, &g->b));
	}
	g->list->left_out = f->more_names;
}

static void listeners(struct gather *g)
{
	const struct facts *f = g->in->facts;
	char addr[EV_ADDR_STRLEN];

	for (size_t i = 0; i < f->nlisteners; i++) {
		const struct fact_listener *l = &f->listeners[i];
		struct diff_item *it;

		ev_addr_format(&l->local, addr);
		tb_buf_addf(&g->b, "%s (%s%s)", addr, l->proto,
			    l->local.port ? "" : ", a port of the kernel's range");
		it = item(g, NULL, l->owner.program);
		if (!it)
			return;
		add_yes_no(g, it, LISTENER_EXPLAINED, !l->unexplained);
	}
	g->list->left_out = f->more_listeners;
}

static void programs(struct gather *g)
{
	const struct facts *f = g->in->facts;

	for (size_t i = 0; i < f->nprograms; i++) {
		const struct fact_program *p = &f->programs[i];
		const char *what = p->args && *p->args ? p->args : p->path;
		struct diff_item *it = item(g, what ? what : "(not known)", p->path);

		if (!it)
			return;
		if (p->parent != SIZE_MAX)
			add(g, it, PROGRAM_PARENT, f->programs[p->parent].path);
		add(g, it, PROGRAM_SHA256, p->sha256);
		add_stand(g, it, PROGRAM_STANDS, p->stand);
		it->amounts[0] += p->count;
	}
	g->list->left_out = f->more_programs;
}

static const char *outcome(const struct fact_file *f)
{
	if (f->denied)
		return "failed";
	if (f->tried)
		return "tried";
	return f->unexplained ? "unexplained" : "done";
}

static void files(struct gather *g)
{
	const struct facts *f = g->in->facts;

	for (size_t i = 0; i < f->nfiles; i++) {
		const struct fact_file *file = &f->files[i];
		struct diff_item *it = item(g, file->path, file->program);

		if (!it)
			return;
		add(g, it, FILE_LEFT, fact_left_word(file->left));
		add(g, it, FILE_TYPE, file->type);
		add(g, it, FILE_OUTCOME, outcome(file));
		add(g, it, FILE_ERROR, file->error);
		add(g, it, FILE_TARGET, file->target);
		add(g, it, FILE_SHA256, file->sha256);
		add_stand(g, it, FILE_STANDS, file->stand);
		it->amounts[0] = tb_is_word(file->type, "file") ? file->size : 0;
	}
	g->list->left_out = f->more_files;
}

static void calls(struct gather *g)
{
	const struct facts *f = g->in->facts;

	for (size_t i = 0; i < f->ncalls; i++) {
		const struct fact_call *c = &f->calls[i];
		struct diff_item *it;

		tb_buf_adds(&g->b, c->name);
		if (c->abi)
			tb_buf_addf(&g->b, " (%s)", c->abi);
		if (c->detail)
			tb_buf_addf(&g->b, " %s", c->detail);
		it = item(g, NULL, c->program);
		if (!it)
			return;
		if (!c->refused)
			add(g, it, CALL_OUTCOME, "done");
		else
			add(g, it, CALL_OUTCOME, c->error ? c->error : "failed");
		it->amounts[0] += c->count;
	}
	g->list->left_out = f->more_calls;
}

/* is_of_run() - is the finding about what was seen, not about what was done? That bounds the
 * comparison and is told there */
static bool is_of_run(const struct fnd *f)
{
	return f->code == FND_EVIDENCE_LOST || f->code == FND_CANARY_MISSED ||
	       f->code == FND_PRODUCT_CHANGED;
}

static void findings(struct gather *g)
{
	const struct fnd_result *r = g->in->result;

	for (size_t i = 0; i < r->nfindings; i++) {
		const struct fnd *f = &r->findings[i];
		struct diff_item *it;

		if (is_of_run(f))
			continue;
		tb_buf_addf(&g->b, "%s: ", fnd_code_name(f->code));
		if (f->object && !f->objects.n)
			words_title(&g->b, f);
		else
			tb_buf_adds(&g->b, f->object ? f->object : "several");
		if (f->declared)
			tb_buf_addf(&g->b, " (rule %s)", f->declared);
		it = item(g, NULL, f->program);
		if (!it)
			return;
		it->absence = f->code == FND_MISSING_REQUIRED;
		add(g, it, FINDING_SEVERITY, fnd_severity_name(f->severity));
	}
}

static void gather_kind(struct rpt_diff *d, int side, enum diff_kind kind)
{
	static void (*const makers[])(struct gather *g) = {
		[DIFF_DESTINATIONS] = destinations, [DIFF_REQUESTS] = requests,
		[DIFF_NAMES] = names, [DIFF_LISTENERS] = listeners, [DIFF_PROGRAMS] = programs,
		[DIFF_FILES] = files, [DIFF_CALLS] = calls, [DIFF_FINDINGS] = findings,
	};
	struct gather g = {
		.d = d, .in = d->in[side], .kind = kind, .list = &d->lists[side][kind],
		.known = tb_map_new(SIZE_MAX), .b = TB_BUF_INIT, .key = TB_BUF_INIT,
	};

	if (g.known)
		makers[kind](&g);
	else
		d->failed = true;
	tb_map_free(g.known);
	tb_buf_free(&g.b);
	tb_buf_free(&g.key);
	if (g.list->left_out)
		d->hidden[side] |= 1u << kind;
}

static int by_number(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* gather_pids() - of the processes that the report lists and of those that started a program */
static void gather_pids(struct rpt_diff *d, int side)
{
	const struct rpt_input *in = d->in[side];
	size_t most = in->result->nprocs + in->facts->nprograms;
	uint64_t *v = calloc(most + 1, sizeof(*v));
	size_t n = 0;

	d->pids[side] = v;
	if (!v) {
		d->failed = true;
		return;
	}
	for (size_t i = 0; i < in->result->nprocs; i++)
		if (in->result->procs[i].pid > 1)
			v[n++] = (uint64_t)in->result->procs[i].pid;
	for (size_t i = 0; i < in->facts->nprograms; i++)
		if (in->facts->programs[i].pid > 1)
			v[n++] = (uint64_t)in->facts->programs[i].pid;
	qsort(v, n, sizeof(*v), by_number);
	d->npids[side] = n;
}

void diff_gather(struct rpt_diff *d)
{
	d->judged = d->in[DIFF_A]->policy && d->in[DIFF_B]->policy;
	for (int side = 0; side < DIFF_SIDES; side++) {
		gather_pids(d, side);
		for (enum diff_kind k = 0; k < DIFF_KINDS && !d->failed; k++)
			gather_kind(d, side, k);
	}
}
