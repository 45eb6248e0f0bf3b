/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_text.c - YAML as the values of JSON
 *
 * How it works: libyaml gives events, one after the other, so that what is too deep or too much
 * ends the reading before it is in memory. An alias is a copy of its anchor's value, and each copy
 * counts: ten lines that stand for a billion values are refused at the alias that goes too far.
 */
#include "policy/exchange/yaml_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "tcbox/map.h"
#include "tcbox/own.h"
#include "tcbox/pool.h"

struct yaml_text {
	struct tb_pool *pool;
	struct jsonc_val root;
	size_t count;
};

/* An open array or object. */
struct level {
	struct jsonc_val *v;
	const char *key;		/* read, and waiting for its value */
	struct jsonc_pos key_pos;
};

struct reader {
	struct source *src;
	struct yaml_text *y;
	yaml_parser_t parser;
	struct tb_map *anchors;		/* of this document */
	struct level stack[YAML_MAX_DEPTH + 1];	/* the documents, and what is open */
	size_t depth;
};

static struct jsonc_pos pos_of(yaml_mark_t mark)
{
	return (struct jsonc_pos){ (unsigned int)mark.line + 1, (unsigned int)mark.column + 1 };
}

static int no_memory(struct reader *r)
{
	return tb_err_set(r->src->err, ENOMEM, "%s", r->src->d->path);
}

/* new_value() - one more */
static int new_value(struct reader *r, enum jsonc_type type, struct jsonc_pos at,
		     struct jsonc_val **out)
{
	if (r->y->count++ >= YAML_MAX_VALUES)
		return src_bad(r->src, at, "more than %u values, with what aliases stand for",
			       YAML_MAX_VALUES);
	*out = tb_pool_alloc(r->y->pool, sizeof(**out));
	if (!*out)
		return no_memory(r);
	**out = (struct jsonc_val){ .type = type, .pos = at };
	return 0;
}

static void append(struct jsonc_val *to, struct jsonc_val *v)
{
	if (to->last)
		to->last->next = v;
	else
		to->first = v;
	to->last = v;
	to->count++;
}

/* attach() - make @v the next element of what is open */
static void attach(struct reader *r, struct jsonc_val *v)
{
	struct level *top = &r->stack[r->depth];

	if (top->v->type == JSONC_OBJECT) {
		v->key = top->key;
		v->key_pos = top->key_pos;
		top->key = NULL;
	}
	append(top->v, v);
}

/* take_key() - the word is a key of the object that is open */
static int take_key(struct reader *r, const char *text, struct jsonc_pos at)
{
	struct level *top = &r->stack[r->depth];
	const struct jsonc_val *before = jsonc_member(top->v, text);

	if (before)
		return src_bad(r->src, at, "duplicate key \"%.64s\"; it is in line %u, column %u "
			       "already", text, before->key_pos.line, before->key_pos.column);
	if (top->v->count >= YAML_MAX_KEYS)
		return src_bad(r->src, at, "more than %u keys in one object", YAML_MAX_KEYS);
	top->key = text;
	top->key_pos = at;
	return 0;
}

static bool wants_key(const struct reader *r)
{
	const struct level *top = &r->stack[r->depth];

	return top->v->type == JSONC_OBJECT && !top->key;
}

/* type_plain() - what a word without quotes is */
static void type_plain(struct jsonc_val *v)
{
	const char *t = v->text, *digits = t + (*t == '-');
	char *end = NULL;

	if (!*t || !strcmp(t, "~") || !strcmp(t, "null") || !strcmp(t, "Null") ||
	    !strcmp(t, "NULL")) {
		v->type = JSONC_NULL;
	} else if (!strcmp(t, "true") || !strcmp(t, "false")) {
		v->type = JSONC_BOOL;
		v->truth = *t == 't';
	} else if (*digits >= '0' && *digits <= '9' && (*digits != '0' || !digits[1])) {
		errno = 0;
		v->magnitude = strtoull(digits, &end, 10);
		if (errno || *end)
			return;
		v->type = JSONC_INTEGER;
		v->negative = *t == '-';
	}
}

/* remember() - what an anchor stands for; a later one of the same name replaces it */
static int remember(struct reader *r, const yaml_char_t *anchor, struct jsonc_val *v)
{
	const char *name = (const char *)anchor;
	int ret;

	if (!name)
		return 0;
	ret = tb_map_put(r->anchors, name, strlen(name), v);
	if (ret == -ENOSPC)
		return src_bad(r->src, v->pos, "more than %u anchors", YAML_MAX_ANCHORS);
	return ret ? no_memory(r) : 0;
}

static int scalar(struct reader *r, const yaml_event_t *e)
{
	size_t len = e->data.scalar.length;
	struct jsonc_pos at = pos_of(e->start_mark);
	struct jsonc_val *v;
	char *text;
	int ret;

	if (memchr(e->data.scalar.value, '\0', len))
		return src_bad(r->src, at, "the character NUL in a string");
	text = tb_pool_alloc(r->y->pool, len + 1);
	if (!text)
		return no_memory(r);
	memcpy(text, e->data.scalar.value, len + 1);
	if (wants_key(r) && !e->data.scalar.anchor)
		return take_key(r, text, at);
	ret = new_value(r, JSONC_STRING, at, &v);
	if (ret)
		return ret;
	v->text = text;
	if (wants_key(r)) {
		ret = take_key(r, text, at);
		return ret ? ret : remember(r, e->data.scalar.anchor, v);
	}
	if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !e->data.scalar.tag)
		type_plain(v);
	attach(r, v);
	return remember(r, e->data.scalar.anchor, v);
}

static int open_level(struct reader *r, enum jsonc_type type, const yaml_char_t *anchor,
		      yaml_mark_t mark)
{
	struct jsonc_pos at = pos_of(mark);
	struct jsonc_val *v;
	int ret;

	if (wants_key(r))
		return src_bad(r->src, at, "a key has to be a word");
	if (r->depth == YAML_MAX_DEPTH)
		return src_bad(r->src, at, "nested deeper than %u levels", YAML_MAX_DEPTH);
	ret = new_value(r, type, at, &v);
	if (ret)
		return ret;
	attach(r, v);
	ret = remember(r, anchor, v);
	if (ret)
		return ret;
	r->stack[++r->depth] = (struct level){ .v = v };
	return 0;
}

/* copy() - a value as it stands at an alias. It nests no deeper than what is allowed at all */
static int copy(struct reader *r, const struct jsonc_val *from, struct jsonc_pos at, size_t depth,
		struct jsonc_val **out)
{
	int ret;

	if (depth > YAML_MAX_DEPTH)
		return src_bad(r->src, at, "nested deeper than %u levels", YAML_MAX_DEPTH);
	ret = new_value(r, from->type, at, out);
	if (ret)
		return ret;
	**out = *from;
	(*out)->pos = at;
	(*out)->next = (*out)->first = (*out)->last = NULL;
	(*out)->count = 0;
	for (const struct jsonc_val *e = from->first; e; e = e->next) {
		struct jsonc_val *v;

		ret = copy(r, e, at, depth + 1, &v);
		if (ret)
			return ret;
		append(*out, v);
	}
	return 0;
}

static int alias(struct reader *r, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;
	struct jsonc_pos at = pos_of(e->start_mark);
	struct jsonc_val *from = tb_map_get(r->anchors, name, strlen(name)), *v;
	int ret;

	if (!from)
		return src_bad(r->src, at, "no anchor is called \"%.64s\"", name);
	for (size_t i = 0; i <= r->depth; i++)
		if (r->stack[i].v == from)
			return src_bad(r->src, at, "\"%.64s\" stands in itself", name);
	if (wants_key(r)) {
		if (from->type != JSONC_STRING)
			return src_bad(r->src, at, "a key has to be a word");
		return take_key(r, from->text, at);
	}
	ret = copy(r, from, at, r->depth + 1, &v);
	if (ret)
		return ret;
	v->key = NULL;
	attach(r, v);
	return 0;
}

/* begin_document() - anchors are of one document */
static int begin_document(struct reader *r)
{
	tb_map_free(r->anchors);
	r->anchors = tb_map_new(YAML_MAX_ANCHORS);
	return r->anchors ? 0 : no_memory(r);
}

static int event(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		return begin_document(r);
	case YAML_SCALAR_EVENT:
		return scalar(r, e);
	case YAML_ALIAS_EVENT:
		return alias(r, e);
	case YAML_SEQUENCE_START_EVENT:
		return open_level(r, JSONC_ARRAY, e->data.sequence_start.anchor, e->start_mark);
	case YAML_MAPPING_START_EVENT:
		return open_level(r, JSONC_OBJECT, e->data.mapping_start.anchor, e->start_mark);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

/* syntax() - what libyaml says is wrong */
static int syntax(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct jsonc_pos at = pos_of(p->problem_mark);

	if (p->error == YAML_MEMORY_ERROR)
		return no_memory(r);
	if (p->error == YAML_READER_ERROR)	/* it knows the byte, and the line that it was at */
		at = pos_of(p->mark);
	return src_bad(r->src, at, "%s%s%s", p->context ? p->context : "", p->context ? ": " : "",
		       p->problem ? p->problem : "it is no YAML");
}

static int read_events(struct reader *r)
{
	bool end = false;
	int ret = 0;

	while (!ret && !end) {
		yaml_event_t e;

		if (!yaml_parser_parse(&r->parser, &e))
			return syntax(r);
		end = e.type == YAML_STREAM_END_EVENT;
		ret = event(r, &e);
		yaml_event_delete(&e);
	}
	return ret;
}

/* directives() - libyaml compares each directive with all before it: a few are read, no more */
static int directives(struct source *s, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	unsigned int line = 1, n = 0;

	for (; p < end; p++, line++) {
		if (*p == '%' && ++n > YAML_MAX_DIRECTIVES)
			return src_bad(s, (struct jsonc_pos){ line, 1 }, "more than %u directives",
				       YAML_MAX_DIRECTIVES);
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p)
			break;
	}
	return 0;
}

void yaml_text_free(struct yaml_text *y)
{
	if (!y)
		return;
	tb_pool_free(y->pool);
	free(y);
}

int yaml_text_read(struct source *s, const char *text, size_t len, struct yaml_text **out)
{
	struct yaml_text *y = calloc(1, sizeof(*y));
	struct reader r = { .src = s, .y = y };
	int ret;

	*out = NULL;
	ret = directives(s, text, len);
	if (ret) {
		free(y);
		return ret;
	}
	if (!y || !yaml_parser_initialize(&r.parser)) {
		free(y);
		return no_memory(&r);
	}
	y->pool = tb_pool_new(len < 4096 ? 4096 : 65536);
	y->root = (struct jsonc_val){ .type = JSONC_ARRAY, .pos = { 1, 1 } };
	r.stack[0].v = &y->root;
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
	ret = y->pool ? read_events(&r) : no_memory(&r);
	tb_map_free(r.anchors);
	yaml_parser_delete(&r.parser);
	if (ret) {
		yaml_text_free(y);
		return ret;
	}
	*out = y;
	return 0;
}

const struct jsonc_val *yaml_text_documents(const struct yaml_text *y)
{
	return &y->root;
}
