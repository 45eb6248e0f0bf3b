/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.c - the keys of a policy, as tables; those of its rules are in read_rules.c
 *
 * The first part walks objects and arrays by table and words the problems; the tables below it are
 * the format, one row a key. tcbox-policy(5) describes the same keys in the same order, and so does
 * doc/schema/tcbox-policy-1.schema.json.
 */
#include "policy/read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/grow.h"
#include "tcbox/log.h"
#include "tcbox/nearest.h"
#include "tcbox/own.h"

void pol_bad(struct pol_reader *r, struct jsonc_pos pos, const char *fmt, ...)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	char text[512];
	va_list ap;
	size_t i;

	r->problems++;
	for (i = 0; i < r->depth; i++) {
		if (!r->path[i].key) {
			tb_buf_addf(&b, "[%zu]", r->path[i].index);
			continue;
		}
		tb_buf_adds(&b, i ? "." : "");
		tb_buf_add_shown(&b, r->path[i].key, strnlen(r->path[i].key, 64));
	}
	tb_buf_adds(&b, r->depth ? ": " : "");
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);	/* callers cut what they quote */
	va_end(ap);
	tb_buf_add_shown(&b, text, strlen(text));
	if (b.failed) {
		r->no_memory = true;
		return;
	}
	r->fn(r->arg, &(struct pol_problem){
		.level = POL_ERROR, .code = r->code ? r->code : "invalid", .file = r->file,
		.at = { pos.line, pos.column, r->number }, .text = b.data,
	});
}

void pol_push(struct pol_reader *r, const char *key, size_t index)
{
	TB_BUG_ON(r->depth == POL_PATH_DEPTH);
	r->path[r->depth++] = (struct pol_step){ key, index };
}

void pol_pop(struct pol_reader *r)
{
	r->depth--;
}

struct pol_at pol_at(const struct pol_reader *r, const struct jsonc_val *v)
{
	return (struct pol_at){ v->pos.line, v->pos.column, r->number };
}

struct pol_at pol_at_key(const struct pol_reader *r, const struct jsonc_val *v)
{
	return (struct pol_at){ v->key_pos.line, v->key_pos.column, r->number };
}

char *pol_keep(struct pol_reader *r, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		r->no_memory = true;
	return copy;
}

void pol_keep_idle(struct pol_reader *r, struct pol_at at, const char *name,
		   struct pol_idle **list, size_t *n)
{
	struct pol_idle *more = tb_grow(*list, *n, 1, sizeof(*more));

	if (!more) {
		r->no_memory = true;
		return;
	}
	*list = more;
	more[(*n)++] = (struct pol_idle){ at, pol_keep(r, name) };
}

bool pol_expect(struct pol_reader *r, const struct jsonc_val *v, enum jsonc_type type)
{
	static const char *const names[] = {
		[JSONC_NULL] = "null", [JSONC_BOOL] = "true or false",
		[JSONC_INTEGER] = "a whole number",
		[JSONC_NUMBER] = "a number", [JSONC_STRING] = "a string",
		[JSONC_ARRAY] = "an array",
		[JSONC_OBJECT] = "an object",
	};
	const char *scalar = v->type == JSONC_STRING || !v->text ? names[v->type] : v->text;

	if (v->type == type)
		return true;
	if (type == JSONC_ARRAY && v->type == JSONC_STRING)
		pol_bad(r, v->pos, "an array is expected, not a string; write [\"%.64s\"]",
			v->text);
	else if (type == JSONC_ARRAY && v->type == JSONC_INTEGER)
		pol_bad(r, v->pos, "an array is expected, not %.64s; write [%.64s]", v->text,
			v->text);
	else if (type == JSONC_STRING && (v->type == JSONC_INTEGER || v->type == JSONC_NUMBER))
		pol_bad(r, v->pos, "a string is expected, not %.64s; write \"%.64s\"", v->text,
			v->text);
	else
		pol_bad(r, v->pos, "%s is expected, not %.64s", names[type], scalar);
	return false;
}

static void unknown_key(struct pol_reader *r, const struct jsonc_val *v, const struct pol_key *keys)
{
	struct tb_nearest near;

	tb_nearest_init(&near, v->key);
	for (; keys->name; keys++)
		tb_nearest_try(&near, keys->name);
	if (near.best)
		pol_bad(r, v->key_pos, "unknown key; did you mean \"%s\"?", near.best);
	else
		pol_bad(r, v->key_pos, "unknown key");
}

/* A list that is being read. */
struct list {
	char *v;
	struct pol_at *places;		/* NULL: not kept */
	size_t n;
};

/* read_element() - all that one element stands for. Return: false without memory */
static bool read_element(struct pol_reader *r, const struct jsonc_val *e, const struct pol_key *k,
			 struct list *list)
{
	struct pol_values all = { NULL, 0 };
	struct pol_at *places = NULL;
	char *v;

	pol_expand(r, k, e, &all);
	if (!all.n)
		return !r->no_memory;
	v = tb_grow(list->v, list->n, all.n, k->size);
	if (v)
		list->v = v;
	if (k->places)
		places = tb_grow(list->places, list->n, all.n, sizeof(*places));
	if (places)
		list->places = places;
	if (!v || (k->places && !places)) {
		free(all.v);
		r->no_memory = true;
		return false;
	}
	memset(v + list->n * k->size, 0, all.n * k->size);
	for (size_t i = 0; i < all.n; i++, list->n++) {
		k->read(r, all.v[i], v + list->n * k->size);
		if (places)
			places[list->n] = pol_at(r, e);
	}
	free(all.v);
	return true;
}

/* read_list() - every element of an array, into @list */
static void read_list(struct pol_reader *r, const struct jsonc_val *v, const struct pol_key *k,
		      struct list *list)
{
	const struct jsonc_val *e;
	bool more = true;
	size_t i = 0;

	if (!pol_expect(r, v, JSONC_ARRAY))
		return;
	if (!v->count && k->not_empty)
		pol_bad(r, v->pos, "an empty array; %s", k->not_empty);
	for (e = v->first; e && more; e = e->next, i++) {
		pol_push(r, NULL, i);
		more = read_element(r, e, k, list);
		pol_pop(r);
	}
}

/* read_single() - a value that is no list: what it is written as stands for one */
static void read_single(struct pol_reader *r, const struct jsonc_val *v, const struct pol_key *k,
			void *field)
{
	struct pol_values all = { NULL, 0 };

	pol_expand(r, k, v, &all);
	if (all.n == 1)
		k->read(r, all.v[0], field);
	else if (all.n)
		pol_bad(r, v->pos, "this stands for %zu values, and one is expected; write a rule "
			"for each", all.n);
	free(all.v);
}

/* read_value() - one member of an object, by its row */
static void read_value(struct pol_reader *r, const struct jsonc_val *v, const struct pol_key *k,
		       void *object)
{
	char *at = object;
	struct list list;

	if (k->keys) {
		pol_read_object(r, v, k->keys, object);
		return;
	}
	if (!k->size) {
		read_single(r, v, k, at + k->offset);
		return;
	}
	list.n = *(size_t *)(void *)(at + k->count);	/* of what is included */
	memcpy(&list.v, at + k->offset, sizeof(list.v));
	list.places = k->places ? *(struct pol_at **)(void *)(at + k->places) : NULL;
	read_list(r, v, k, &list);
	*(size_t *)(void *)(at + k->count) = list.n;
	memcpy(at + k->offset, &list.v, sizeof(list.v));	/* whatever the elements are */
	if (k->places)
		*(struct pol_at **)(void *)(at + k->places) = list.places;
}

void pol_read_object(struct pol_reader *r, const struct jsonc_val *v, const struct pol_key *keys,
		     void *object)
{
	const struct jsonc_val *m;
	const struct pol_key *k;

	if (!pol_expect(r, v, JSONC_OBJECT))
		return;
	for (m = v->first; m; m = m->next) {
		pol_push(r, m->key, 0);
		for (k = keys; k->name && strcmp(k->name, m->key) != 0; k++)
			;
		if (k->name)
			read_value(r, m, k, object);
		else
			unknown_key(r, m, keys);
		pol_pop(r);
	}
	for (k = keys; k->name; k++) {
		if (!k->required || jsonc_member(v, k->name))
			continue;
		pol_push(r, k->name, 0);
		pol_bad(r, v->pos, "missing; %s", k->required);
		pol_pop(r);
	}
}

/* The format. */

static const struct pol_key product_keys[] = {
	{ POL_VALUE("vendor", pol_read_text, struct pol, vendor) },
	{ POL_VALUE("name", pol_read_text, struct pol, product) },
	{ POL_VALUE("version", pol_read_text, struct pol, version) },
	{ POL_END },
};

/* read_version() - was looked at first, by pol_version_right() */
static void read_version(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	(void)r;
	(void)v;
	(void)field;
}

/* read_include() - was read first, by pol_read_documents() */
static void read_include(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	(void)r;
	(void)v;
	(void)field;
}

static const struct pol_key files_keys[] = {
	{ POL_PLACED("write", pol_read_path, struct pol, write, nwrite),
	  .expands = POL_EXPAND_VARIABLES },
	{ POL_PLACED("read", pol_read_path, struct pol, read, nread),
	  .expands = POL_EXPAND_VARIABLES,
	  .not_empty = "to declare nothing about reading, leave the key out" },
	{ POL_END },
};

static const struct pol_key undeclared_keys[] = {
	{ POL_VALUE("connections", pol_read_level, struct pol, on_conn) },
	{ POL_VALUE("names", pol_read_level, struct pol, on_name) },
	{ POL_VALUE("listens", pol_read_level, struct pol, on_listen) },
	{ POL_VALUE("executes", pol_read_level, struct pol, on_exec) },
	{ POL_VALUE("files", pol_read_level, struct pol, on_file) },
	{ POL_VALUE("syscalls", pol_read_level, struct pol, on_sys) },
	{ POL_END },
};

static const struct pol_key groups_keys[] = {
	{ POL_WHOLE("destinations", pol_read_dest_groups) },
	{ POL_WHOLE("ports", pol_read_port_groups) },
	{ POL_END },
};

static const struct pol_key policy_keys[] = {
	{ POL_WHOLE("tcbox_policy", read_version) },
	{ POL_WHOLE("include", read_include) },
	{ POL_OBJECT("product", product_keys) },
	{ POL_WHOLE("variables", pol_read_variables) },
	{ POL_OBJECT("groups", groups_keys) },
	{ POL_LIST("connections", pol_read_conn, struct pol, conns, nconns) },
	{ POL_PLACED("names", pol_read_name, struct pol, names, nnames),
	  .expands = POL_EXPAND_VARIABLES },
	{ POL_LIST("listens", pol_read_listen, struct pol, listens, nlistens) },
	{ POL_PLACED("executes", pol_read_path, struct pol, executes, nexecutes),
	  .expands = POL_EXPAND_VARIABLES },
	{ POL_OBJECT("files", files_keys) },
	{ POL_WHOLE("syscalls", pol_read_syscalls) },
	{ POL_OBJECT("undeclared", undeclared_keys) },
	{ POL_END },
};

/* pol_version_right() - the rest of a policy of another version would only give misleading
 * messages */
bool pol_version_right(struct pol_reader *r, const struct jsonc_val *root)
{
	const struct jsonc_val *v = jsonc_member(root, "tcbox_policy");

	pol_push(r, "tcbox_policy", 0);
	if (!v)
		pol_bad(r, root->pos, "missing; the first key is \"tcbox_policy\": %d", POL_FORMAT);
	else if (v->type != JSONC_INTEGER || v->negative || !v->magnitude)
		pol_bad(r, v->pos, "the version is the number %d", POL_FORMAT);
	else if (v->magnitude > POL_FORMAT)
		pol_bad(r, v->pos, "version %.20s is newer than this tcbox, which knows version %d",
			v->text,
			POL_FORMAT);
	pol_pop(r);
	return !r->problems;
}

/* set_defaults() - what the absence of a section means; see "undeclared" in tcbox-policy(5) */
static void set_defaults(struct pol_reader *r, const struct jsonc_val *root)
{
	struct pol *p = r->pol;

	p->on_conn = p->on_name = p->on_listen = p->on_sys = POL_VIOLATION;
	r->has_executes |= jsonc_member(root, "executes") != NULL;
	r->has_files |= jsonc_member(root, "files") != NULL;
	p->has_executes = r->has_executes;
	p->has_files = r->has_files;
	p->on_exec = r->has_executes ? POL_WARNING : POL_INFO;
	p->on_file = r->has_files ? POL_WARNING : POL_IGNORE;
	for (size_t i = 0; !p->has_syscalls && i < TB_SYSCALL_MAX; i++)
		p->sys[i] = POL_SYS_ALLOWED;
}

/* define() - read the definitions in a member of @v */
static void define(struct pol_reader *r, const struct jsonc_val *v, const char *key,
		   pol_read_fn *read)
{
	const struct jsonc_val *m = jsonc_member(v, key);

	if (!m)
		return;
	pol_push(r, key, 0);
	read(r, m, r->pol);
	pol_pop(r);
}

/* pol_read_definitions() - what has to be known before the rest, wherever it stands */
void pol_read_definitions(struct pol_reader *r, const struct jsonc_val *root)
{
	const struct jsonc_val *groups = jsonc_member(root, "groups");

	r->defining = true;
	define(r, root, "variables", pol_read_variables);
	pol_define_version(r, root);
	if (groups) {
		pol_push(r, "groups", 0);
		define(r, groups, "destinations", pol_read_dest_groups);
		define(r, groups, "ports", pol_read_port_groups);
		pol_pop(r);
	}
	r->defining = false;
}

/* forget_product() - that of a policy that is included */
static void forget_product(struct pol *p)
{
	free(p->vendor);
	free(p->product);
	free(p->version);
	p->vendor = p->product = p->version = NULL;
}

void pol_read_rules(struct pol_reader *r, const struct jsonc_val *root, bool included)
{
	set_defaults(r, root);
	pol_read_object(r, root, policy_keys, r->pol);
	if (included)
		forget_product(r->pol);
}
