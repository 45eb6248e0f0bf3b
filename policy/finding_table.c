/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding_table.c - findings while they are collected
 *
 * Memory is bounded by FND_MAX: a product that contacts a million strangers makes FND_MAX findings and one more, which counts the
 * rest. Every act is still counted, and the evidence bundle has each of them.
 */
#include "policy/finding_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define SLOTS (FND_MAX + CODES * 3)

struct fnd_table {
	struct tb_map *map;
	struct fnd *v[SLOTS];
	size_t n;
	struct tb_buf key;
	bool failed;
};

struct fnd_table *fnd_table_new(void)
{
	struct fnd_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->map = tb_map_new(SLOTS);
	if (!t->map) {
		free(t);
		return NULL;
	}
	return t;
}

static void free_one(struct fnd *f)
{
	free(f->title);
	free(f->declared);
	free(f->observed);
	free(f->nearest);
	free(f->differs);
	free(f->question);
	free(f);
}

void fnd_table_free(struct fnd_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free_one(t->v[i]);
	tb_map_free(t->map);
	tb_buf_free(&t->key);
	free(t);
}

static void add_part(struct tb_buf *b, const char *s)
{
	if (s)
		tb_buf_adds(b, s);
	tb_buf_addc(b, '\0');
}

static void make_key(struct tb_buf *b, const struct fnd_act *a, bool overflow)
{
	tb_buf_reset(b);
	tb_buf_addf(b, "%d.%d.%c", (int)a->code, (int)a->severity, overflow ? 'm' : a->exe ? 'e' : '-');
	if (overflow)
		return;
	add_part(b, a->exe);
	add_part(b, a->rule);
	add_part(b, a->what);
}

/* fill_in() - a template with its {words} replaced. Return: heap string, NULL without memory */
static char *fill_in(const char *template, const struct fnd_act *a)
{
	struct tb_buf out = TB_BUF_INIT;
	const char *p = template, *brace;

	for (; (brace = strchr(p, '{')) != NULL; p = strchr(brace, '}') + 1) {
		tb_buf_add(&out, p, (size_t)(brace - p));
		if (!strncmp(brace, "{who}", 5))
			tb_buf_adds(&out, a->exe ? a->exe : out.len ? "an unknown program" : "An unknown program");
		else if (!strncmp(brace, "{rule}", 6))
			tb_buf_adds(&out, a->rule ? a->rule : "");
		else
			tb_buf_adds(&out, a->what ? a->what : "");
	}
	tb_buf_adds(&out, p);
	return tb_buf_take(&out);
}

static struct fnd *make(const struct fnd_act *a, bool overflow)
{
	const struct code_info *info = code_info(a->code);
	struct fnd *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->code = info->name;
	f->severity = a->severity;
	f->basis = a->basis;
	f->first = a->first;
	f->last = a->last;
	if (overflow) {
		f->title = strdup("More of this kind than are listed one by one; capture and record have them all");
		f->observed = strdup("different acts, counted together");
		if (!f->title || !f->observed)
			goto fail;
		return f;
	}
	f->proc = a->proc;
	f->acted = a->acted ? a->acted : a->first;
	f->title = fill_in(info->title, a);
	f->question = info->question ? fill_in(info->question, a) : NULL;
	f->declared = a->rule ? strdup(a->rule) : NULL;
	if (!f->title || (info->question && !f->question) || (a->rule && !f->declared))
		goto fail;
	return f;
fail:
	free_one(f);
	return NULL;
}

static void add_ref(struct fnd_refs *refs, uint64_t v)
{
	if (!v || refs->n == FND_REFS)
		return;
	for (size_t i = 0; i < refs->n; i++)
		if (refs->v[i] == v)
			return;
	refs->v[refs->n++] = v;
}

static void add_act(struct fnd *f, const struct fnd_act *a)
{
	if (a->first < f->first)
		f->first = a->first;
	if (a->last > f->last)
		f->last = a->last;
	f->count += a->count ? a->count : 1;
	f->bytes_out += a->bytes_out;
	f->bytes_in += a->bytes_in;
	for (size_t i = 0; i < TB_ARRAY_SIZE(a->packets); i++)
		add_ref(&f->packets, a->packets[i]);
	for (size_t i = 0; i < TB_ARRAY_SIZE(a->lines); i++)
		add_ref(&f->events, a->lines[i]);
}

struct fnd *fnd_note(struct fnd_table *t, const struct fnd_act *act, bool *fresh)
{
	struct fnd *f;
	bool overflow;

	*fresh = false;
	make_key(&t->key, act, false);
	f = t->key.failed ? NULL : tb_map_get(t->map, t->key.data, t->key.len);
	overflow = !f && t->n >= FND_MAX;
	if (overflow) {
		make_key(&t->key, act, true);
		f = t->key.failed ? NULL : tb_map_get(t->map, t->key.data, t->key.len);
	}
	if (!f && !t->key.failed) {
		f = make(act, overflow);
		if (f && tb_map_put(t->map, t->key.data, t->key.len, f)) {
			free_one(f);
			f = NULL;
		}
		if (f) {
			t->v[t->n++] = f;
			*fresh = !overflow;
		}
	}
	if (f)
		add_act(f, act);
	else
		t->failed = true;
	return f;
}

size_t fnd_table_count(const struct fnd_table *t)
{
	return t->n;
}

const struct fnd *fnd_table_at(const struct fnd_table *t, size_t i)
{
	return i < t->n ? t->v[i] : NULL;
}

bool fnd_table_failed(const struct fnd_table *t)
{
	return t->failed;
}

/* by_weight() - the last resort is the title: findings of one table differ in program, rule or object, and titles name them */
static int by_weight(const void *pa, const void *pb)
{
	const struct fnd *a = pa, *b = pb;
	int ret;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	ret = strcmp(a->code, b->code);
	if (!ret)
		ret = strcmp(a->title, b->title);
	return ret ? ret : strcmp(a->declared ? a->declared : "", b->declared ? b->declared : "");
}

static int by_number(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

int fnd_table_take(struct fnd_table *t, struct fnd **out, size_t *n)
{
	struct fnd *v = calloc(t->n ? t->n : 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < t->n; i++) {
		v[i] = *t->v[i];
		free(t->v[i]);
		qsort(v[i].packets.v, v[i].packets.n, sizeof(v[i].packets.v[0]), by_number);
		qsort(v[i].events.v, v[i].events.n, sizeof(v[i].events.v[0]), by_number);
	}
	*n = t->n;
	*out = v;
	t->n = 0;
	qsort(v, *n, sizeof(*v), by_weight);
	return 0;
}
