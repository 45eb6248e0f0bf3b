/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding_table.c - findings while they are collected
 *
 * A product that contacts a million strangers, or one stranger on a million ports, must not bury
 * what else it did. So acts whose objects belong together (files of one place, ports of one host)
 * become one finding when there are more than FND_GROUP of them, or fewer where the act says so. Of
 * each code FND_PER_CODE findings are told and one more counts the rest: that also bounds memory.
 * Every act is still counted.
 */
#include "policy/compare/finding_table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/map.h"
#include "tcbox/own.h"
#include "tcbox/sha256.h"

#define SLOTS (FND_CODES * (FND_PER_CODE + 3))
#define ID_DIGITS 32
#define OBJECTS_ALL 100000	/* kept of all findings together */

/* Where the acts of one object are counted: a finding of its own, or that of its group. */
struct entry {
	struct fnd *finding;
};

struct group {
	struct entry *members[FND_GROUP];
	size_t n;
	struct fnd *whole;	/* NULL: the members are findings of their own */
};

struct fnd_table {
	struct tb_map *entries, *groups;
	struct fnd *v[SLOTS];
	size_t n, of_code[FND_CODES];
	size_t nobjects;	/* of all findings */
	struct tb_buf key, group;
	bool failed;
};

struct fnd_table *fnd_table_new(void)
{
	struct fnd_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->entries = tb_map_new(SIZE_MAX);	/* each is, or was, a finding: of_code bounds
						 * them */
	t->groups = tb_map_new(SIZE_MAX);
	if (!t->entries || !t->groups) {
		fnd_table_free(t);
		return NULL;
	}
	return t;
}

static void free_one(struct fnd *f)
{
	fnd_clear(f);
	free(f);
}

static void free_values(struct tb_map *m)
{
	size_t pos = 0;
	void *p;

	while (m && (p = tb_map_next(m, &pos)))
		free(p);
	tb_map_free(m);
}

void fnd_table_free(struct fnd_table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free_one(t->v[i]);
	free_values(t->entries);
	free_values(t->groups);
	tb_buf_free(&t->key);
	tb_buf_free(&t->group);
	free(t);
}

static void add_part(struct tb_buf *b, const char *s)
{
	if (s)
		tb_buf_adds(b, s);
	tb_buf_addc(b, '\0');
}

/* make_key() - @object: "what" or "many" of the act; NULL: only code and severity count */
static void make_key(struct tb_buf *b, const struct fnd_act *a, char kind, const char *object)
{
	tb_buf_reset(b);
	tb_buf_addf(b, "%d.%d.%c%c", (int)a->code, (int)a->severity, kind, a->exe ? 'e' : '-');
	if (!object)
		return;
	add_part(b, a->exe);
	add_part(b, a->rule);
	add_part(b, object);
}

/* set() - a member of a finding; NULL stays NULL. Return: false without memory */
static bool set(char **member, const char *value)
{
	*member = value ? strdup(value) : NULL;
	return *member || !value;
}

/* add_stable() - words without what another run has otherwise: the process in a path of proc(5) */
static void add_stable(struct tb_buf *b, const char *s)
{
	static const char proc[] = "/proc/";
	size_t len = sizeof(proc) - 1, digits;
	const char *at;

	for (; s && (at = strstr(s, proc)) != NULL; s = at + len + digits) {
		tb_buf_add(b, s, (size_t)(at - s) + len);
		digits = strspn(at + len, "0123456789");
		if (digits)
			tb_buf_addc(b, '*');
	}
	add_part(b, s);
}

/*
 * set_id() - what the finding is, and nothing of when and by which process. 128 bits of the hash: a
 * product that chooses its paths must not find one that passes for another that was reviewed
 */
static bool set_id(struct fnd *f, const struct fnd_act *a, const char *object)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	char hex[TB_SHA256_HEX];

	add_part(&text, fnd_code_name(f->code));
	if (object) {
		add_stable(&text, a->exe);
		add_stable(&text, object);
		add_part(&text, a->rule);
	}
	if (text.failed || tb_sha256(text.data, text.len, hex, NULL))
		return false;
	(void)snprintf(f->id, sizeof(f->id), "%.*s", ID_DIGITS, hex);
	return true;
}

/* make() - @object: what it was done to; NULL: it is the one that counts the rest of its code */
static struct fnd *make(const struct fnd_act *a, const char *object)
{
	struct fnd *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->code = a->code;
	f->severity = a->severity;
	f->basis = a->basis;
	f->first = a->first;
	f->last = a->last;
	if (!set_id(f, a, object)) {
		free_one(f);
		return NULL;
	}
	if (!object)
		return f;
	f->nseen = 1;
	f->proc = a->proc;
	f->acted = a->acted ? a->acted : a->first;
	if (set(&f->program, a->exe) && set(&f->object, object) && set(&f->declared, a->rule))
		return f;
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

/* add_evidence() - when it was, and where that is recorded */
static void add_evidence(struct fnd *f, const struct fnd_act *a)
{
	if (a->first < f->first)
		f->first = a->first;
	if (a->last > f->last)
		f->last = a->last;
	for (size_t i = 0; i < TB_ARRAY_SIZE(a->packets); i++)
		add_ref(&f->packets, a->packets[i]);
	for (size_t i = 0; i < TB_ARRAY_SIZE(a->lines); i++)
		add_ref(&f->events, a->lines[i]);
	for (const uint64_t *line = a->more; line && *line; line++)
		add_ref(&f->events, *line);
}

static void add_act(struct fnd *f, const struct fnd_act *a)
{
	uint64_t count = a->count ? a->count : 1;

	f->count += count;
	f->failed += a->failed ? count : 0;
	f->bytes_out += a->bytes_out;
	f->bytes_in += a->bytes_in;
	add_evidence(f, a);
}

/* enter() - a new finding under the key in @key. Return: NULL without memory */
static struct entry *enter(struct fnd_table *t, const struct tb_buf *key, struct fnd *f)
{
	struct entry *e = f ? malloc(sizeof(*e)) : NULL;

	if (!e || tb_map_put(t->entries, key->data, key->len, e)) {
		free(e);
		if (f)
			free_one(f);
		return NULL;
	}
	e->finding = f;
	t->v[t->n++] = f;
	return e;
}

/* rest() - the finding that counts what is told no more */
static struct fnd *rest(struct fnd_table *t, const struct fnd_act *act)
{
	struct entry *e;

	make_key(&t->key, act, 'r', NULL);
	if (t->key.failed)
		return NULL;
	e = tb_map_get(t->entries, t->key.data, t->key.len);
	if (!e)
		e = enter(t, &t->key, make(act, NULL));
	return e ? e->finding : NULL;
}

/* take_over() - the acts of @from, which is a finding no more, are acts of @to */
static void take_over(struct fnd_table *t, struct fnd *to, struct fnd *from)
{
	size_t at = 0;

	to->first = from->first < to->first ? from->first : to->first;
	to->last = from->last > to->last ? from->last : to->last;
	to->count += from->count;
	to->failed += from->failed;
	to->bytes_out += from->bytes_out;
	to->bytes_in += from->bytes_in;
	for (size_t i = 0; i < from->packets.n; i++)
		add_ref(&to->packets, from->packets.v[i]);
	for (size_t i = 0; i < from->events.n; i++)
		add_ref(&to->events, from->events.v[i]);
	while (t->v[at] != from)
		at++;
	memmove(&t->v[at], &t->v[at + 1], (--t->n - at) * sizeof(struct fnd *));
	free_one(from);
}

/* has_room() - can one more object of this finding be kept? */
static bool has_room(const struct fnd_table *t, const struct fnd *f)
{
	return f->objects.n < FND_OBJECTS && t->nobjects < OBJECTS_ALL;
}

/* add_object() - one more of a finding about many. Return: false without memory */
static bool add_object(struct fnd_table *t, struct fnd *f, const char *object)
{
	struct fnd_objects *o = &f->objects;
	char **v = o->v;

	if (!has_room(t, f)) {
		o->left_out++;
		return true;
	}
	if (!(o->n & (o->n - 1))) {	/* it doubles at each power of two */
		v = reallocarray(v, o->n ? o->n * 2 : 1, sizeof(*v));
		if (!v)
			return false;
		o->v = v;
	}
	v[o->n] = strdup(object);
	if (!v[o->n])
		return false;
	o->n++;
	t->nobjects++;
	return true;
}

/* add_member() - an act of a group that is one finding. Return: the finding, NULL without memory */
static struct fnd *add_member(struct fnd_table *t, struct fnd *whole, const struct fnd_act *act)
{
	bool kept = has_room(t, whole);
	struct entry *e;

	if (!add_object(t, whole, act->what ? act->what : ""))
		return NULL;
	if (!kept)
		return whole;
	e = malloc(sizeof(*e));		/* so that the next act on this object is known as a
					 * repeat */
	if (!e || tb_map_put(t->entries, t->key.data, t->key.len, e)) {
		free(e);
		return NULL;
	}
	e->finding = whole;
	return whole;
}

/* add_seen() - what was seen of one of them, while there is room */
static void add_seen(struct fnd *to, struct fnd *from)
{
	if (to->nseen == FND_SEEN_MAX)
		return;
	to->seen[to->nseen++] = from->seen[0];
	from->seen[0] = (struct fnd_seen){ 0 };
}

/*
 * unite() - the members of a group become one finding, in the place of the first. Return: NULL
 * without memory
 */
static struct fnd *unite(struct fnd_table *t, struct group *g, const struct fnd_act *act)
{
	struct fnd *first = g->members[0]->finding, *f = make(act, act->many);
	size_t at = 0;

	if (!f)
		return NULL;
	for (size_t i = 0; i < g->n; i++) {
		if (add_object(t, f, g->members[i]->finding->object))
			continue;
		free_one(f);
		return NULL;
	}
	f->nseen = 0;
	for (size_t i = 0; i < g->n; i++)
		add_seen(f, g->members[i]->finding);
	f->proc = first->proc;
	f->acted = first->acted;
	while (t->v[at] != first)
		at++;
	memmove(&t->v[at + 1], &t->v[at], (t->n++ - at) * sizeof(struct fnd *));
	t->v[at] = f;
	for (size_t i = 0; i < g->n; i++) {
		take_over(t, f, g->members[i]->finding);
		g->members[i]->finding = f;
	}
	t->of_code[act->code] -= g->n - 1;
	return g->whole = f;
}

/*
 * group_of() - Return: the group of an act; NULL if there is none, which is an error with @create
 */
static struct group *group_of(struct fnd_table *t, const struct fnd_act *act, bool create)
{
	struct group *g;

	make_key(&t->group, act, 'g', act->many);
	g = t->group.failed ? NULL : tb_map_get(t->groups, t->group.data, t->group.len);
	if (g || !create || t->group.failed)
		return g;
	g = calloc(1, sizeof(*g));
	if (g && tb_map_put(t->groups, t->group.data, t->group.len, g)) {
		free(g);
		return NULL;
	}
	return g;
}

/* find_or_make() - the finding of an act. Return: NULL without memory */
static struct fnd *find_or_make(struct fnd_table *t, const struct fnd_act *act, bool *fresh)
{
	bool full = t->of_code[act->code] >= FND_PER_CODE;
	size_t apart = act->apart ? act->apart : FND_GROUP;
	struct group *g = NULL;
	struct entry *e;

	make_key(&t->key, act, 'o', act->what ? act->what : "");
	if (t->key.failed)
		return NULL;
	e = tb_map_get(t->entries, t->key.data, t->key.len);
	if (e)
		return e->finding;
	if (act->many) {
		g = group_of(t, act, !full);
		if (!g && !full)
			return NULL;
		if (g && !g->whole && g->n == apart && !unite(t, g, act))
			return NULL;
		if (g && g->whole)
			return add_member(t, g->whole, act);
	}
	if (full)
		return rest(t, act);
	e = enter(t, &t->key, make(act, act->what ? act->what : ""));
	if (!e)
		return NULL;
	if (g)
		g->members[g->n++] = e;
	t->of_code[act->code]++;
	*fresh = true;
	return e->finding;
}

struct fnd *fnd_note(struct fnd_table *t, const struct fnd_act *act, bool *fresh)
{
	struct fnd *f;

	*fresh = false;
	f = find_or_make(t, act, fresh);
	if (f)
		add_act(f, act);
	else
		t->failed = true;
	return f;
}

bool fnd_evidence(struct fnd_table *t, const struct fnd_act *act)
{
	const struct entry *e;

	make_key(&t->key, act, 'o', act->what ? act->what : "");
	if (t->key.failed) {
		t->failed = true;
		return false;
	}
	e = tb_map_get(t->entries, t->key.data, t->key.len);
	if (e)
		add_evidence(e->finding, act);
	return e != NULL;
}

bool fnd_table_failed(const struct fnd_table *t)
{
	return t->failed;
}

/* or_less() - as strcmp(3); what is not known comes first */
static int or_less(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

/* by_weight() - findings of one table that are alike else differ in program, rule or object */
static int by_weight(const void *pa, const void *pb)
{
	const struct fnd *a = pa, *b = pb;
	int ret;

	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	ret = strcmp(fnd_code_name(a->code), fnd_code_name(b->code));
	if (!ret)
		ret = or_less(a->program, b->program);
	if (!ret)
		ret = or_less(a->object, b->object);
	return ret ? ret : or_less(a->declared, b->declared);
}

static int by_number(const void *pa, const void *pb)
{
	uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* by_id() - findings with one id in the order that they have in their array */
static int by_id(const void *pa, const void *pb)
{
	const struct fnd *a = *(struct fnd *const *)pa, *b = *(struct fnd *const *)pb;
	int ret = memcmp(a->id, b->id, ID_DIGITS);

	if (ret)
		return ret;
	return a < b ? -1 : a > b;
}

/*
 * number_ids() - findings that are the same but for their severity, or for a process in their path:
 * the gravest has the plain id. They are sorted by weight, so that the numbers are those of any run
 * @order: room for @n pointers
 */
static void number_ids(struct fnd *v, size_t n, struct fnd **order)
{
	unsigned int same = 1;

	for (size_t i = 0; i < n; i++)
		order[i] = &v[i];
	qsort(order, n, sizeof(struct fnd *), by_id);
	for (size_t i = 1; i < n; i++) {
		bool again = !memcmp(order[i]->id, order[i - 1]->id, ID_DIGITS);

		same = again ? same + 1 : 1;
		if (again)
			(void)snprintf(order[i]->id + ID_DIGITS, FND_ID_LEN - ID_DIGITS, "-%u",
				       same);
	}
}

int fnd_table_take(struct fnd_table *t, struct fnd **out, size_t *n)
{
	TB_AUTOFREE struct fnd **order = calloc(t->n + 1, sizeof(struct fnd *));
	struct fnd *v = calloc(t->n + 1, sizeof(*v));

	if (!order || !v) {
		free(v);
		return -ENOMEM;
	}
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
	number_ids(v, *n, order);
	return 0;
}
