/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expand.c - variables and named groups: what one written value stands for
 *
 * How it works: definitions are read before everything else. Where a list is read, an element such
 * as "@cdn" becomes the elements of that group, and one with "${state}" an element for each value
 * of the variable, before the reading function of the list sees it. So nobody behind the reader
 * knows that there are groups and variables.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/read.h"
#include "tcbox/buf.h"
#include "tcbox/grow.h"
#include "tcbox/nearest.h"
#include "tcbox/own.h"
#include "tcbox/pool.h"

#define NAME_SPAN "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define NAME_MAX_LEN 64
#define DEPTH_MAX 8		/* of groups in groups, and variables in variables */
#define VALUES_MAX 262144u	/* that a policy may have by them */
#define STEPS_MAX (4 * VALUES_MAX)	/* to make them */

enum kind { VARIABLE, DESTINATIONS, PORTS };

struct pol_defined {
	enum kind kind;
	const char *name;
	const struct jsonc_val *v;	/* NULL: one of ours */
	const char *const *values;	/* of ours: NULL-terminated */
	unsigned int number;		/* of the document */
	bool bad;		/* a problem was reported at its definition */
	bool busy;		/* it is being expanded */
	bool used;
	bool wild;		/* that a value has a wildcard was noted */
};

static const char *const one_of[] = { "variable", "group of destinations", "group of ports" };

static struct pol_defined *find(struct pol_reader *r, enum kind kind, const char *name, size_t len)
{
	for (size_t i = 0; i < r->ndefined; i++) {
		struct pol_defined *d = &r->defined[i];

		if (d->kind == kind && !strncmp(d->name, name, len) && !d->name[len])
			return d;
	}
	return NULL;
}

/* unknown() - report a name that nothing defines */
static void unknown(struct pol_reader *r, struct jsonc_pos pos, enum kind kind, const char *name,
		    size_t len)
{
	struct tb_nearest near;
	char text[NAME_MAX_LEN + 1];

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, name, len);
	text[len] = '\0';
	tb_nearest_init(&near, text);
	for (size_t i = 0; i < r->ndefined; i++)
		if (r->defined[i].kind == kind)
			tb_nearest_try(&near, r->defined[i].name);
	if (near.best)
		pol_bad(r, pos, "no %s is called \"%s\"; did you mean \"%s\"?", one_of[kind], text,
			near.best);
	else
		pol_bad(r, pos, "no %s is called \"%s\"", one_of[kind], text);
}

/* define() - of several definitions the first one holds */
static struct pol_defined *define(struct pol_reader *r, enum kind kind, const char *name,
				  const struct jsonc_val *v, const char *const *values)
{
	struct pol_defined *list;

	if (find(r, kind, name, strlen(name)))
		return NULL;
	list = tb_grow(r->defined, r->ndefined, 1, sizeof(*list));
	if (!list) {
		r->no_memory = true;
		return NULL;
	}
	r->defined = list;
	list[r->ndefined] = (struct pol_defined){ .kind = kind, .name = name, .v = v,
						   .values = values, .number = r->number };
	return &list[r->ndefined++];
}

static bool name_ok(struct pol_reader *r, const struct jsonc_val *v)
{
	size_t len = strlen(v->key);

	if (len && len <= NAME_MAX_LEN && !v->key[strspn(v->key, NAME_SPAN)])
		return true;
	pol_bad(r, v->key_pos, "a name has 1 to %d lower-case letters, digits, '_' or '-'",
		NAME_MAX_LEN);
	return false;
}

/* What one value becomes. */
struct expansion {
	struct pol_reader *r;
	const struct pol_key *row;
	const struct jsonc_val *at;	/* where it is written */
	struct pol_values *out;
	size_t problems;		/* that there were before */
};

/* may_go_on() - after the first problem of a value the rest of it is passed over, and so is all
 * that groups and variables stand for when they made too much */
static bool may_go_on(struct expansion *x)
{
	struct pol_reader *r = x->r;

	if (r->problems != x->problems || r->no_memory || r->expand_steps > STEPS_MAX)
		return false;
	if (r->expand_steps++ < STEPS_MAX)
		return true;
	pol_bad(r, x->at->pos, "groups and variables are too many in each other");
	return false;
}

static void give(struct expansion *x, const struct jsonc_val *v)
{
	struct pol_values *out = x->out;
	const struct jsonc_val **list;

	if (v != x->at && x->r->expanded++ >= VALUES_MAX) {
		if (x->r->expanded == VALUES_MAX + 1)
			pol_bad(x->r, x->at->pos,
				"groups and variables make more than %u values", VALUES_MAX);
		return;
	}
	list = tb_grow(out->v, out->n, 1, sizeof(const struct jsonc_val *));
	if (!list) {
		x->r->no_memory = true;
		return;
	}
	out->v = list;
	list[out->n++] = v;
}

/* give_text() - a string that was put together; problems with it are told where it is written */
static void give_text(struct expansion *x, const char *text)
{
	size_t len = strlen(text) + 1;
	struct jsonc_val *v = tb_pool_alloc(x->r->pool, sizeof(*v));
	char *copy = tb_pool_alloc(x->r->pool, len);

	if (!v || !copy) {
		x->r->no_memory = true;
		return;
	}
	memcpy(copy, text, len);
	*v = (struct jsonc_val){ .type = JSONC_STRING, .pos = x->at->pos, .text = copy };
	give(x, v);
}

/* dollar() - the next "${" of a text that no backslash stands before; NULL: none */
static const char *dollar(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (s[0] == '$' && s[1] == '{')
			return s;
	}
	return NULL;
}

static void give_with(struct expansion *x, const char *before, size_t len, const char *text,
		      unsigned int depth);

/* variable_value() - put one value in the place of a variable, and go on behind it */
static void variable_value(struct expansion *x, const char *before, size_t len, const char *value,
			   const char *behind, unsigned int depth)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	tb_buf_adds(&text, value);
	tb_buf_adds(&text, behind);
	if (text.failed)
		x->r->no_memory = true;
	else
		give_with(x, before, len, text.data, depth + 1);
}

/* has_wildcard() - one that no backslash stands before */
static bool has_wildcard(const char *s)
{
	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (strchr("*?[", *s))
			return true;
	}
	return false;
}

/* note_wild() - a value that is a part of a component or label is meant as it stands: a wildcard in
 * it declares more than was written. One that is a whole path or name may be a glob */
static void note_wild(struct expansion *x, struct pol_defined *d, const struct tb_buf *before,
		      const char *behind, const char *value)
{
	bool name = x->row->expands & POL_EXPAND_DESTS || x->row->read == pol_read_name;
	const char *ends = name ? "." : "/";
	bool part = (before->len && !strchr(ends, before->data[before->len - 1])) ||
		    (*behind && !strchr(ends, *behind));

	if (d->wild || !d->v || !part || !has_wildcard(value))
		return;
	d->wild = true;
	pol_keep_idle(x->r, pol_at(x->r, x->at), d->name, &x->r->pol->wild, &x->r->pol->nwild);
}

/* give_variable() - all values of the variable @d, each between @before and @behind */
static void give_variable(struct expansion *x, struct pol_defined *d, const struct tb_buf *before,
			  const char *behind, unsigned int depth)
{
	const struct jsonc_val *e;

	d->used = true;
	if (d->bad)
		return;
	if (!d->v) {
		for (size_t i = 0; d->values[i]; i++)
			variable_value(x, before->data, before->len, d->values[i], behind, depth);
		return;
	}
	if (d->v->type == JSONC_STRING) {
		note_wild(x, d, before, behind, d->v->text);
		variable_value(x, before->data, before->len, d->v->text, behind, depth);
		return;
	}
	for (e = d->v->first; e; e = e->next) {
		note_wild(x, d, before, behind, e->text);
		variable_value(x, before->data, before->len, e->text, behind, depth);
	}
}

/* give_with() - @before is done, @text may have variables */
static void give_with(struct expansion *x, const char *before, size_t len, const char *text,
		      unsigned int depth)
{
	TB_AUTOBUF struct tb_buf done = TB_BUF_INIT;
	const char *at = dollar(text), *end = at ? strchr(at, '}') : NULL;
	struct pol_defined *d;

	if (!may_go_on(x))
		return;
	tb_buf_adds(&done, "");
	tb_buf_add(&done, before, len);
	tb_buf_add(&done, text, at ? (size_t)(at - text) : strlen(text));
	if (done.failed) {
		x->r->no_memory = true;
		return;
	}
	if (!at) {
		give_text(x, done.data);
		return;
	}
	at += 2;
	if (!end) {
		pol_bad(x->r, x->at->pos, "\"${\" without \"}\"; write \\\\${ for the characters "
			"themselves");
		return;
	}
	d = find(x->r, VARIABLE, at, (size_t)(end - at));
	if (!d)
		unknown(x->r, x->at->pos, VARIABLE, at, (size_t)(end - at));
	else if (depth == DEPTH_MAX)
		pol_bad(x->r, x->at->pos, "the variable \"%.64s\" has itself in it, or too many "
			"others", d->name);
	else
		give_variable(x, d, &done, end + 1, depth);
}

/* group_of() - is it written as the name of a group? "@" is a letter of service instances, too */
static bool group_of(const struct pol_key *row, const char *text, enum kind *kind)
{
	*kind = row->expands & POL_EXPAND_PORTS ? PORTS : DESTINATIONS;
	return row->expands & (POL_EXPAND_PORTS | POL_EXPAND_DESTS) && *text == '@' &&
	       !text[1 + strspn(text + 1, NAME_SPAN)];
}

static void expand_one(struct expansion *x, const struct jsonc_val *v, unsigned int depth)
{
	struct pol_defined *d;
	enum kind kind;

	if (v != x->at && !may_go_on(x))
		return;
	if (v->type == JSONC_STRING && group_of(x->row, v->text, &kind)) {
		d = find(x->r, kind, v->text + 1, strlen(v->text + 1));
		if (!d) {
			unknown(x->r, x->at->pos, kind, v->text + 1, strlen(v->text + 1));
			return;
		}
		if (d->busy || depth == DEPTH_MAX) {
			pol_bad(x->r, x->at->pos, "the group \"%.64s\" has itself in it, or too "
				"many others", d->name);
			return;
		}
		d->busy = d->used = true;
		for (const struct jsonc_val *e = d->v->first; e && !d->bad; e = e->next)
			expand_one(x, e, depth + 1);
		d->busy = false;
		return;
	}
	if (v->type == JSONC_STRING && x->row->expands & POL_EXPAND_VARIABLES && dollar(v->text))
		give_with(x, "", 0, v->text, 0);
	else
		give(x, v);
}

void pol_expand(struct pol_reader *r, const struct pol_key *row, const struct jsonc_val *v,
		struct pol_values *out)
{
	struct expansion x = { r, row, v, out, r->problems };

	if (row->expands)
		expand_one(&x, v, 0);
	else
		give(&x, v);
}

void pol_read_variables(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	(void)field;
	if (!r->defining || !pol_expect(r, v, JSONC_OBJECT))
		return;
	for (const struct jsonc_val *m = v->first; m; m = m->next) {
		bool list = m->type == JSONC_ARRAY, good;

		pol_push(r, m->key, 0);
		good = name_ok(r, m) && (list || pol_expect(r, m, JSONC_STRING));
		if (list && !m->count)
			pol_bad(r, m->pos, "an empty array; a variable has at least one value");
		for (const struct jsonc_val *e = list ? m->first : NULL; e && good; e = e->next)
			good = pol_expect(r, e, JSONC_STRING);
		if (good)
			(void)define(r, VARIABLE, m->key, m, NULL);
		pol_pop(r);
	}
}

/* read_groups() - their elements are judged when all are known */
static void read_groups(struct pol_reader *r, const struct jsonc_val *v, enum kind kind)
{
	if (!r->defining || !pol_expect(r, v, JSONC_OBJECT))
		return;
	for (const struct jsonc_val *m = v->first; m; m = m->next) {
		pol_push(r, m->key, 0);
		if (name_ok(r, m) && pol_expect(r, m, JSONC_ARRAY)) {
			if (!m->count)
				pol_bad(r, m->pos, "an empty array; a group has at least one "
						   "element");
			else
				(void)define(r, kind, m->key, m, NULL);
		}
		pol_pop(r);
	}
}

void pol_read_dest_groups(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	(void)field;
	read_groups(r, v, DESTINATIONS);
}

void pol_read_port_groups(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	(void)field;
	read_groups(r, v, PORTS);
}

/* judge() - the elements of a group, once: a rule that names it does not repeat its problems */
static void judge(struct pol_reader *r, struct pol_defined *d, const struct pol_key *row)
{
	size_t problems = r->problems;

	d->busy = true;
	for (const struct jsonc_val *e = d->v->first; e; e = e->next) {
		struct pol_values all = { NULL, 0 };

		pol_expand(r, row, e, &all);
		for (size_t i = 0; i < all.n; i++) {
			struct pol_dest dest = { .name = NULL };
			struct pol_range range;

			row->read(r, all.v[i], d->kind == PORTS ? (void *)&range : &dest);
			free(dest.name);
		}
		free(all.v);
	}
	d->busy = false;
	d->bad = r->problems > problems;
}

void pol_judge_groups(struct pol_reader *r)
{
	static const struct pol_key dests = { .name = "destinations", .read = pol_read_dest,
					      .expands = POL_EXPAND_VARIABLES | POL_EXPAND_DESTS };
	static const struct pol_key ports = { .name = "ports", .read = pol_read_range,
					      .expands = POL_EXPAND_PORTS };

	for (size_t i = 0; i < r->ndefined; i++) {
		struct pol_defined *d = &r->defined[i];
		const struct pol_key *row = d->kind == PORTS ? &ports : &dests;

		if (d->kind == VARIABLE)
			continue;
		pol_push(r, "groups", 0);
		pol_push(r, row->name, 0);
		pol_push(r, d->name, 0);
		judge(r, d, row);
		r->depth -= 3;
	}
}

void pol_define_version(struct pol_reader *r, const struct jsonc_val *root)
{
	const struct jsonc_val *product = jsonc_member(root, "product");
	const struct jsonc_val *version = product ? jsonc_member(product, "version") : NULL;

	if (version && version->type == JSONC_STRING)
		(void)define(r, VARIABLE, "version", version, NULL);
}

void pol_define_ours(struct pol_reader *r)
{
	static const char *const home[] = { "/root", "/home/*", NULL };
	static const char *const temporary[] = { "/tmp", "/var/tmp", NULL };
	static const char *const architecture[] = { "x86_64", NULL };
	static const char *const multiarch[] = { "x86_64-linux-gnu", NULL };

	(void)define(r, VARIABLE, "home", NULL, home);
	(void)define(r, VARIABLE, "temporary", NULL, temporary);
	(void)define(r, VARIABLE, "architecture", NULL, architecture);
	(void)define(r, VARIABLE, "multiarch", NULL, multiarch);
}

void pol_keep_unused(struct pol_reader *r)
{
	for (size_t i = 0; i < r->ndefined; i++) {
		const struct pol_defined *d = &r->defined[i];

		if (!d->used && !d->number && d->v && strcmp(d->v->key, "version") != 0)
			pol_keep_idle(r, pol_at_key(r, d->v), d->name, &r->pol->unused,
				      &r->pol->nunused);
	}
}
