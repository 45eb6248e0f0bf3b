/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.c - the keys of a policy, as tables
 *
 * The first part walks objects and arrays by table and words the problems; the tables below it are
 * the format. tcbox-policy(5) describes the same keys in the same order.
 */
#include "policy/read.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/log.h"
#include "tcbox/nearest.h"

void pol_bad(struct pol_reader *r, struct jsonc_pos pos, const char *fmt, ...)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	char text[512];
	va_list ap;
	size_t i;

	r->problems++;
	tb_buf_add_shown(&b, r->file, strlen(r->file));
	tb_buf_addf(&b, ":%u:%u: ", pos.line, pos.column);
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
	if (b.failed)
		r->no_memory = true;
	else
		r->fn(r->arg, b.data);
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

char *pol_keep(struct pol_reader *r, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		r->no_memory = true;
	return copy;
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
			k->read(r, m, (char *)object + k->offset);
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

/**
 * read_list() - every element of an array
 * @size:	Size of one element of the result; @each gets a pointer to it, zeroed
 * @empty:	Why the array may not be empty; NULL: it may
 *
 * Return: the array of *n elements, owned by the caller; NULL if there are none
 */
static void *read_list(struct pol_reader *r, const struct jsonc_val *v, size_t size, size_t *n,
		       pol_read_fn *each, const char *empty)
{
	const struct jsonc_val *e;
	char *list;
	size_t i = 0;

	if (!pol_expect(r, v, JSONC_ARRAY))
		return NULL;
	if (!v->count) {
		if (empty)
			pol_bad(r, v->pos, "an empty array; %s", empty);
		return NULL;
	}
	list = calloc(v->count, size);
	if (!list) {
		r->no_memory = true;
		return NULL;
	}
	*n = v->count;
	for (e = v->first; e; e = e->next, i++) {
		pol_push(r, NULL, i);
		each(r, e, list + i * size);
		pol_pop(r);
	}
	return list;
}

/* The format. */

static void read_product(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const struct pol_key keys[] = {
		{ "vendor", pol_read_text, offsetof(struct pol, vendor), NULL },
		{ "name", pol_read_text, offsetof(struct pol, product), NULL },
		{ "version", pol_read_text, offsetof(struct pol, version), NULL },
		{ NULL, NULL, 0, NULL },
	};

	pol_read_object(r, v, keys, field);
}

static void read_to(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol_conn *c = field;

	c->to = read_list(r, v, sizeof(*c->to), &c->nto, pol_read_dest,
			  "for any destination, leave the key out");
}

static void read_ports(struct pol_reader *r, const struct jsonc_val *v, struct pol_range **ports,
		       size_t *n)
{
	*ports = read_list(r, v, sizeof(**ports), n, pol_read_range,
			   "for any port, leave the key out");
}

static void read_conn_ports(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol_conn *c = field;

	read_ports(r, v, &c->ports, &c->nports);
}

static void read_tls(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const struct pol_key keys[] = {
		{ "min_version", pol_read_tls_version, offsetof(struct pol_conn, tls_min),
		  "without it, \"tls\" says nothing" },
		{ NULL, NULL, 0, NULL },
	};

	pol_read_object(r, v, keys, field);
}

static void read_limits(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const struct pol_key keys[] = {
		{ "connections", pol_read_count, offsetof(struct pol_conn, max_connections), NULL },
		{ "bytes_out", pol_read_size, offsetof(struct pol_conn, max_bytes_out), NULL },
		{ "bytes_in", pol_read_size, offsetof(struct pol_conn, max_bytes_in), NULL },
		{ NULL, NULL, 0, NULL },
	};

	pol_read_object(r, v, keys, field);
}

/* check_ports() - only these protocols have ports */
static void check_ports(struct pol_reader *r, const struct jsonc_val *v, const char *protocol,
			size_t nports)
{
	const struct jsonc_val *ports = jsonc_member(v, "ports");

	if (!nports || !protocol || !ports || !strcmp(protocol, "tcp") ||
	    !strcmp(protocol, "udp") ||
	    !strcmp(protocol, "sctp") || !strcmp(protocol, "dccp") || !strcmp(protocol, "udplite"))
		return;
	pol_push(r, "ports", 0);
	pol_bad(r, ports->key_pos, "the protocol \"%s\" has no ports", protocol);
	pol_pop(r);
}

/* check_says() - a rule that says nothing would declare everything: more likely forgotten than
 * meant */
static void check_says(struct pol_reader *r, const struct jsonc_val *v, const char *const *keys)
{
	for (; *keys; keys++)
		if (v->type != JSONC_OBJECT || jsonc_member(v, *keys))
			return;
	pol_bad(r, v->pos, "this rule would declare everything; say at least who, where to or how");
}

static void read_conn(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const struct pol_key keys[] = {
		{ "id", pol_read_id, offsetof(struct pol_conn, id),
		  "the report names rules by it" },
		{ "why", pol_read_text, offsetof(struct pol_conn, why), NULL },
		{ "process", pol_read_path, offsetof(struct pol_conn, process), NULL },
		{ "to", read_to, 0, NULL },
		{ "protocol", pol_read_protocol, offsetof(struct pol_conn, protocol), NULL },
		{ "ports", read_conn_ports, 0, NULL },
		{ "application", pol_read_application, offsetof(struct pol_conn, application),
		  NULL },
		{ "tls", read_tls, 0, NULL },
		{ "limits", read_limits, 0, NULL },
		{ "required", pol_read_bool, offsetof(struct pol_conn, required), NULL },
		{ NULL, NULL, 0, NULL },
	};
	static const char *const says[] = {
		"process", "to", "protocol", "ports", "application", "tls", NULL
	};
	struct pol_conn *c = field;

	pol_read_object(r, v, keys, c);
	check_ports(r, v, c->protocol, c->nports);
	check_says(r, v, says);
}

static void read_conns(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol *p = field;

	p->conns = read_list(r, v, sizeof(*p->conns), &p->nconns, read_conn, NULL);
}

static void read_names(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol *p = field;

	p->names = read_list(r, v, sizeof(*p->names), &p->nnames, pol_read_name, NULL);
}

static void read_listen_ports(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol_listen *l = field;

	read_ports(r, v, &l->ports, &l->nports);
}

static void read_listen(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const struct pol_key keys[] = {
		{ "id", pol_read_id, offsetof(struct pol_listen, id),
		  "the report names rules by it" },
		{ "why", pol_read_text, offsetof(struct pol_listen, why), NULL },
		{ "process", pol_read_path, offsetof(struct pol_listen, process), NULL },
		{ "protocol", pol_read_protocol, offsetof(struct pol_listen, protocol), NULL },
		{ "ports", read_listen_ports, 0, NULL },
		{ "on", pol_read_on, offsetof(struct pol_listen, on), NULL },
		{ "required", pol_read_bool, offsetof(struct pol_listen, required), NULL },
		{ NULL, NULL, 0, NULL },
	};
	static const char *const says[] = { "process", "protocol", "ports", "on", NULL };
	struct pol_listen *l = field;

	pol_read_object(r, v, keys, l);
	check_ports(r, v, l->protocol, l->nports);
	check_says(r, v, says);
}

static void read_listens(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol *p = field;

	p->listens = read_list(r, v, sizeof(*p->listens), &p->nlistens, read_listen, NULL);
}

static void read_executes(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol *p = field;

	p->executes = read_list(r, v, sizeof(*p->executes), &p->nexecutes, pol_read_path, NULL);
}

static void read_write(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol *p = field;

	p->write = read_list(r, v, sizeof(*p->write), &p->nwrite, pol_read_path, NULL);
}

static void read_read(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	struct pol *p = field;

	p->read = read_list(r, v, sizeof(*p->read), &p->nread, pol_read_path,
				"to declare nothing about reading, leave the key out");
}

static void read_files(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const struct pol_key keys[] = {
		{ "write", read_write, 0, NULL },
		{ "read", read_read, 0, NULL },
		{ NULL, NULL, 0, NULL },
	};

	pol_read_object(r, v, keys, field);
}

static void read_undeclared(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	static const struct pol_key keys[] = {
		{ "connections", pol_read_level, offsetof(struct pol, on_conn), NULL },
		{ "names", pol_read_level, offsetof(struct pol, on_name), NULL },
		{ "listens", pol_read_level, offsetof(struct pol, on_listen), NULL },
		{ "executes", pol_read_level, offsetof(struct pol, on_exec), NULL },
		{ "files", pol_read_level, offsetof(struct pol, on_file), NULL },
		{ "syscalls", pol_read_level, offsetof(struct pol, on_sys), NULL },
		{ NULL, NULL, 0, NULL },
	};

	pol_read_object(r, v, keys, field);
}

/* read_version() - was looked at first, by pol_read_policy() */
static void read_version(struct pol_reader *r, const struct jsonc_val *v, void *field)
{
	(void)r;
	(void)v;
	(void)field;
}

/* version_right() - the rest of a policy of another version would only give misleading messages */
static bool version_right(struct pol_reader *r, const struct jsonc_val *root)
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
static void set_defaults(struct pol *p, const struct jsonc_val *root)
{
	size_t i;

	p->on_conn = p->on_name = p->on_listen = p->on_sys = POL_VIOLATION;
	p->on_exec = jsonc_member(root, "executes") ? POL_WARNING : POL_INFO;
	p->on_file = jsonc_member(root, "files") ? POL_WARNING : POL_IGNORE;
	for (i = 0; i < TB_SYSCALL_MAX; i++)
		p->sys[i] = POL_SYS_ALLOWED;
}

void pol_read_policy(struct pol_reader *r, const struct jsonc_val *root)
{
	static const struct pol_key keys[] = {
		{ "tcbox_policy", read_version, 0, NULL },
		{ "product", read_product, 0, NULL },
		{ "connections", read_conns, 0, NULL },
		{ "names", read_names, 0, NULL },
		{ "listens", read_listens, 0, NULL },
		{ "executes", read_executes, 0, NULL },
		{ "files", read_files, 0, NULL },
		{ "syscalls", pol_read_syscalls, 0, NULL },
		{ "undeclared", read_undeclared, 0, NULL },
		{ NULL, NULL, 0, NULL },
	};

	if (!pol_expect(r, root, JSONC_OBJECT) || !version_right(r, root))
		return;
	set_defaults(r->pol, root);
	pol_read_object(r, root, keys, r->pol);
}
