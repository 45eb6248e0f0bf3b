/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff.c - two policies: lists of patterns, system calls, and what is neither allowed nor forbidden
 */
#include "policy/diff/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"
#include "tcbox/syscalls.h"

void diff_tell(struct diff *d, const char *section, const char *rule, struct tb_buf *example)
{
	d->failed |= example->failed;
	if (!d->failed)
		d->fn(d->arg, &(struct pol_change){
			.kind = d->kind, .section = section, .rule = rule,
			.example = example->data ? example->data : "",
		});
	tb_buf_reset(example);
}

typedef bool glob_fn(const char *pattern, const char *text);
typedef size_t sample_fn(const char *glob, struct tb_buf out[DIFF_SAMPLES]);

/* A list of patterns of both policies. */
struct list {
	const char *section;
	char **has, **other;
	size_t nhas, nother;
	glob_fn *glob;
	sample_fn *sample;
};

static bool has_match(const struct list *l, const char *text)
{
	for (size_t i = 0; i < l->nother; i++)
		if (l->glob(l->other[i], text))
			return true;
	return false;
}

/* names_match() - in the rules for connections, too */
static bool names_match(const struct pol *p, const char *name)
{
	for (size_t i = 0; i < p->nconns; i++)
		for (size_t k = 0; k < p->conns[i].nto; k++)
			if (p->conns[i].to[k].kind != POL_DEST_NET &&
			    pol_name_glob(p->conns[i].to[k].name, name))
				return true;
	return false;
}

static void patterns(struct diff *d, const struct list *l)
{
	struct tb_buf samples[DIFF_SAMPLES] = { TB_BUF_INIT, TB_BUF_INIT };

	for (size_t i = 0; i < l->nhas; i++) {
		size_t n = l->sample(l->has[i], samples), k = 0;

		while (k < n && (has_match(l, samples[k].data) ||
				 (l->glob == pol_name_glob &&
				  names_match(d->other, samples[k].data))))
			k++;
		if (k < n)
			diff_tell(d, l->section, l->has[i], &samples[k]);
	}
	for (size_t i = 0; i < DIFF_SAMPLES; i++) {
		d->failed |= samples[i].failed;
		tb_buf_free(&samples[i]);
	}
}

static void lists(struct diff *d)
{
	const struct pol *a = d->has, *b = d->other;
	const struct list all[] = {
		{ "names", a->names, b->names, a->nnames, b->nnames, pol_name_glob,
		  diff_name_samples },
		{ "executes", a->executes, b->executes, a->nexecutes, b->nexecutes,
		  pol_program_glob, diff_path_samples },
		{ "files.write", a->write, b->write, a->nwrite, b->nwrite, pol_file_glob,
		  diff_path_samples },
		/* none: everything may be read */
		{ "files.read", a->read, b->read, a->nread, b->nread, pol_path_glob,
		  diff_path_samples },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(all); i++)
		if (all[i].glob != pol_path_glob || b->nread)
			patterns(d, &all[i]);
	if (!a->nread && b->nread) {
		TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

		tb_buf_adds(&text, "any file: only one of the two has files.read");
		diff_tell(d, "files.read", NULL, &text);
	}
}

static void calls(struct diff *d)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	if (!d->has->has_syscalls && d->other->has_syscalls) {
		tb_buf_adds(&text, "any call: only one of the two has syscalls");
		diff_tell(d, "syscalls", NULL, &text);
		return;
	}
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (d->has->sys[nr] == POL_SYS_ALLOWED && d->other->sys[nr] != POL_SYS_ALLOWED &&
		    tb_syscall_name(nr))
			tb_buf_addf(&text, "%s%s", text.len ? ", " : "", tb_syscall_name(nr));
	if (text.len)
		diff_tell(d, "syscalls", NULL, &text);
	if (d->has->i386 && !d->other->i386) {
		tb_buf_adds(&text, "programs for 32-bit x86");
		diff_tell(d, "syscalls", NULL, &text);
	}
}

/* add_amount() - of bytes with the largest unit that says it exactly */
static void add_amount(struct tb_buf *out, uint64_t n, bool bytes)
{
	static const struct { uint64_t bytes; const char *unit; } units[] = {
		{ UINT64_C(1) << 30, "GiB" }, { UINT64_C(1) << 20, "MiB" },
		{ UINT64_C(1) << 10, "KiB" }, { 1, "bytes" },
	};
	size_t i = 0;

	if (!bytes) {
		tb_buf_addf(out, "%llu", (unsigned long long)n);
		return;
	}
	while (n % units[i].bytes)
		i++;
	tb_buf_addf(out, "%llu %s", (unsigned long long)(n / units[i].bytes), units[i].unit);
}

/* What two policies say of one limit; 0: none. */
struct limit {
	const char *name;
	uint64_t a, b;
	bool bytes;
};

static void add_limit(struct tb_buf *out, const char *of, const struct limit *l)
{
	if (l->a == l->b)
		return;
	tb_buf_addf(out, "%s%s%s: ", out->len ? "; " : "", of, l->name);
	if (l->a)
		add_amount(out, l->a, l->bytes);
	else
		tb_buf_adds(out, "no limit");
	tb_buf_adds(out, ", and now ");
	if (l->b)
		add_amount(out, l->b, l->bytes);
	else
		tb_buf_adds(out, "none");
}

/* add_quota() - @of: what the limits are of, "each_connection."; empty: of the run */
static void add_quota(struct tb_buf *out, const char *of, const struct pol_quota *a,
		      const struct pol_quota *b)
{
	const struct limit rows[] = {
		{ "connections", a->connections, b->connections, false },
		{ "requests", a->requests, b->requests, false },
		{ "bytes_out", a->bytes_out, b->bytes_out, true },
		{ "bytes_in", a->bytes_in, b->bytes_in, true },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		add_limit(out, of, &rows[i]);
}

static void add_rate(struct tb_buf *out, const struct pol_conn *c)
{
	for (size_t i = 0; i < c->nrates; i++) {
		const struct pol_rate *r = &c->rates[i];

		if (r->connections)
			tb_buf_addf(out, "%s%llu connection%s in %s", out->len ? " and " : "",
				    (unsigned long long)r->connections,
				    r->connections == 1 ? "" : "s", r->every.text);
		if (r->requests)
			tb_buf_addf(out, "%s%llu request%s in %s", out->len ? " and " : "",
				    (unsigned long long)r->requests, r->requests == 1 ? "" : "s",
				    r->every.text);
	}
	if (!c->nrates)
		tb_buf_adds(out, "any");
}

static void add_rates(struct tb_buf *out, const struct pol_conn *a, const struct pol_conn *b)
{
	TB_AUTOBUF struct tb_buf was = TB_BUF_INIT, is = TB_BUF_INIT;

	if (pol_same_rates(a, b))
		return;
	add_rate(&was, a);
	add_rate(&is, b);
	if (was.failed || is.failed)
		out->failed = true;
	else
		tb_buf_addf(out, "%srates: %s, and now %s", out->len ? "; " : "", was.data,
			    is.data);
}

static void add_words(struct tb_buf *out, char *const *v, size_t n, const char *none)
{
	for (size_t i = 0; i < n; i++)
		tb_buf_addf(out, "%s%s", i ? " " : "", v[i]);
	if (!n)
		tb_buf_adds(out, none);
}

void diff_list(struct tb_buf *out, const char *key, char *const *a, size_t na, char *const *b,
	       size_t nb)
{
	const char *none = strcmp(key, "data") ? "any" : "nothing";
	bool same = na == nb;

	for (size_t i = 0; i < na && same; i++)
		same = !strcmp(a[i], b[i]);
	if (same)
		return;
	tb_buf_addf(out, "%s%s: ", out->len ? "; " : "", key);
	add_words(out, a, na, none);
	tb_buf_adds(out, ", and now ");
	add_words(out, b, nb, none);
}

static const char *const level_names[] = {
	[POL_IGNORE] = "ignore", [POL_INFO] = "info", [POL_WARNING] = "warning",
	[POL_VIOLATION] = "violation",
};

/* What rules of connections and of listens have in common, of both policies. */
struct common {
	const char *until[2];
	enum pol_level severity[2];
	bool required[2];
};

static void add_common(struct tb_buf *out, const struct common *c)
{
	const char *a = c->until[0] ? c->until[0] : "always";
	const char *b = c->until[1] ? c->until[1] : "always";

	if (strcmp(a, b))
		tb_buf_addf(out, "%suntil: %s, and now %s", out->len ? "; " : "", a, b);
	if (c->severity[0] != c->severity[1])
		tb_buf_addf(out, "%sseverity: %s, and now %s", out->len ? "; " : "",
			    level_names[c->severity[0]], level_names[c->severity[1]]);
	if (c->required[0] != c->required[1])
		tb_buf_addf(out, "%s%s required", out->len ? "; " : "",
			    c->required[1] ? "now" : "no longer");
}

/* two_conns() - what is no question of allowed or not */
static void two_conns(struct diff *d, const char *id, const struct pol_conn *a,
		      const struct pol_conn *b)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	add_quota(&text, "", &a->run, &b->run);
	add_quota(&text, "each_connection.", &a->each_connection, &b->each_connection);
	add_quota(&text, "each_destination.", &a->each_destination, &b->each_destination);
	add_rates(&text, a, b);
	diff_requests(d, a, b, &text);
	diff_list(&text, "phases", a->phases, a->nphases, b->phases, b->nphases);
	diff_list(&text, "data", a->data, a->ndata, b->data, b->ndata);
	add_common(&text, &(struct common){ { a->until, b->until }, { a->severity, b->severity },
					    { a->required, b->required } });
	if (text.len)
		diff_tell(d, "connections", id, &text);
}

static const struct pol_conn *conn_of(const struct pol *p, const char *id)
{
	for (size_t i = 0; i < p->nconns; i++)
		if (!strcmp(p->conns[i].id, id))
			return &p->conns[i];
	return NULL;
}

/* same_conns() - rules with one id. One that a policy has not counts as one that says nothing */
static void same_conns(struct diff *d)
{
	static const struct pol_conn none = { .severity = POL_VIOLATION };
	const struct pol *a = d->has, *b = d->other;

	for (size_t i = 0; i < a->nconns; i++) {
		const struct pol_conn *other = conn_of(b, a->conns[i].id);

		two_conns(d, a->conns[i].id, &a->conns[i], other ? other : &none);
	}
	for (size_t i = 0; i < b->nconns; i++)
		if (!conn_of(a, b->conns[i].id))
			two_conns(d, b->conns[i].id, &none, &b->conns[i]);
}

static void two_listens(struct diff *d, const char *id, const struct pol_listen *a,
			const struct pol_listen *b)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	add_common(&text, &(struct common){ { a->until, b->until }, { a->severity, b->severity },
					    { a->required, b->required } });
	diff_list(&text, "phases", a->phases, a->nphases, b->phases, b->nphases);
	if (text.len)
		diff_tell(d, "listens", id, &text);
}

static const struct pol_listen *listen_of(const struct pol *p, const char *id)
{
	for (size_t i = 0; i < p->nlistens; i++)
		if (!strcmp(p->listens[i].id, id))
			return &p->listens[i];
	return NULL;
}

static void same_listens(struct diff *d)
{
	static const struct pol_listen none = { .severity = POL_VIOLATION };
	const struct pol *a = d->has, *b = d->other;

	for (size_t i = 0; i < a->nlistens; i++) {
		const struct pol_listen *other = listen_of(b, a->listens[i].id);

		two_listens(d, a->listens[i].id, &a->listens[i], other ? other : &none);
	}
	for (size_t i = 0; i < b->nlistens; i++)
		if (!listen_of(a, b->listens[i].id))
			two_listens(d, b->listens[i].id, &none, &b->listens[i]);
}

static void levels(struct diff *d)
{
	const struct pol *a = d->has, *b = d->other;
	const struct { const char *key; enum pol_level a, b; } rows[] = {
		{ "connections", a->on_conn, b->on_conn }, { "names", a->on_name, b->on_name },
		{ "listens", a->on_listen, b->on_listen }, { "executes", a->on_exec, b->on_exec },
		{ "files", a->on_file, b->on_file },	   { "syscalls", a->on_sys, b->on_sys },
	};
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		if (rows[i].a == rows[i].b)
			continue;
		tb_buf_addf(&text, "%s, and now %s", level_names[rows[i].a],
			    level_names[rows[i].b]);
		diff_tell(d, "undeclared", rows[i].key, &text);
	}
}

static void one_way(struct diff *d)
{
	diff_conns(d);
	diff_listens(d);
	lists(d);
	calls(d);
}

int pol_diff(const struct pol *a, const struct pol *b, pol_change_fn *fn, void *arg,
	     struct tb_err *err)
{
	struct diff now = { .has = b, .other = a, .kind = POL_CHANGE_ALLOWED };
	struct diff before = { .has = a, .other = b, .kind = POL_CHANGE_FORBIDDEN };
	struct diff other = { .has = a, .other = b, .kind = POL_CHANGE_OTHER };

	now.fn = before.fn = other.fn = fn;
	now.arg = before.arg = other.arg = arg;
	one_way(&now);
	one_way(&before);
	same_conns(&other);
	same_listens(&other);
	levels(&other);
	if (now.failed || before.failed || other.failed)
		return tb_err_set(err, ENOMEM, "compare two policies");
	return 0;
}
