/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse.c - a line of events.jsonl back into an event
 *
 * A record may have been edited or cut: every type is checked, and what is wrong is an error of
 * that line. The event's strings are those of the document, whose memory it owns from then on.
 */
#include <errno.h>
#include <string.h>

#include "record/fields.h"
#include "record/lines.h"
#include "tcbox/jsonc.h"
#include "tcbox/pool.h"

void ev_clear(struct ev *ev)
{
	tb_pool_free(ev->mem);
	memset(ev, 0, sizeof(*ev));
}

static int get_str(const struct jsonc_val *v, const char **out)
{
	if (v->type != JSONC_STRING)
		return -EBADMSG;
	*out = v->text;
	return 0;
}

static int get_addr(const struct jsonc_val *v, struct ev_addr *out)
{
	if (v->type != JSONC_STRING || ev_addr_parse(v->text, out))
		return -EBADMSG;
	return 0;
}

/* list() - room for the elements of @v, if it is of this type */
static int list(struct tb_pool *pool, const struct jsonc_val *v, enum jsonc_type type, size_t size,
		void **out)
{
	if (v->type != type)
		return -EBADMSG;
	*out = tb_pool_alloc(pool, v->count * size);
	return *out ? 0 : -ENOMEM;
}

static int get_strs(struct tb_pool *pool, const struct jsonc_val *v, struct ev_strs *out)
{
	int ret = list(pool, v, JSONC_ARRAY, sizeof(*out->v), (void **)&out->v);

	for (v = v->first; v && !ret; v = v->next)
		ret = get_str(v, &out->v[out->n++]);
	return ret;
}

static int get_addrs(struct tb_pool *pool, const struct jsonc_val *v, struct ev_addrs *out)
{
	int ret = list(pool, v, JSONC_ARRAY, sizeof(*out->v), (void **)&out->v);

	for (v = v->first; v && !ret; v = v->next)
		ret = get_addr(v, &out->v[out->n++]);
	return ret;
}

static int get_pairs(struct tb_pool *pool, const struct jsonc_val *v, struct ev_counters *out)
{
	int ret = list(pool, v, JSONC_OBJECT, sizeof(*out->v), (void **)&out->v);

	for (v = v->first; v && !ret; v = v->next) {
		out->v[out->n].name = v->key;
		ret = jsonc_uint(v, &out->v[out->n++].value) ? 0 : -EBADMSG;
	}
	return ret;
}

static int get_field(struct tb_pool *pool, const struct fld *f, const struct jsonc_val *v, void *at)
{
	switch (f->type) {
	case FLD_STR:
		return get_str(v, at);
	case FLD_STRS:
		return get_strs(pool, v, at);
	case FLD_U64:
		return jsonc_uint(v, at) ? 0 : -EBADMSG;
	case FLD_I64:
		return jsonc_int(v, at) ? 0 : -EBADMSG;
	case FLD_BOOL:
		*(bool *)at = v->truth;
		return v->type == JSONC_BOOL ? 0 : -EBADMSG;
	case FLD_ADDR:
		return get_addr(v, at);
	case FLD_ADDRS:
		return get_addrs(pool, v, at);
	case FLD_PAIRS:
		return get_pairs(pool, v, at);
	}
	return -EBADMSG;
}

/* find_word() - index of the string that @key has in a list of names; -1 if it is none of them */
static int find_word(const struct jsonc_val *object, const char *key, const char *(*name)(int),
		     int n)
{
	const char *word = jsonc_text(object, key);

	for (int i = 0; word && i < n; i++)
		if (!strcmp(name(i), word))
			return i;
	return -1;
}

static const char *kind_name(int i)
{
	return ev_kind_name((enum ev_kind)i);
}

static const char *src_name(int i)
{
	return ev_src_name((enum ev_src)i);
}

/* find_field() - the field of a key. @next: where to look first, because fields are written in the
 * order of the table */
static const struct fld *find_field(const struct fld *fields, const struct fld *next,
				    const char *key)
{
	const struct fld *f;

	for (f = next; f->key; f++)
		if (!strcmp(f->key, key))
			return f;
	for (f = fields; f < next; f++)
		if (!strcmp(f->key, key))
			return f;
	return NULL;
}

/* get_fields() - those members of @object that @fields names */
static int get_fields(struct ev *ev, const struct jsonc_val *object, const struct fld *fields,
		      struct tb_err *err)
{
	const struct fld *f, *next = fields;
	const struct jsonc_val *v;
	int ret;

	for (v = object->first; v; v = v->next) {
		f = find_field(fields, next, v->key);
		if (!f)
			continue;
		ret = get_field(ev->mem, f, v, (char *)ev + f->offset);
		if (ret)
			return tb_err_msg(err, -ret, "%s: \"%s\" has a wrong value",
					  ev_kind_name(ev->kind), f->key);
		next = f + 1;
	}
	return 0;
}

static int from_object(const struct jsonc_val *object, struct ev *ev, struct tb_err *err)
{
	static const struct fld common[] = {
		{ "n", FLD_U64, offsetof(struct ev, n) },
		{ "t", FLD_I64, offsetof(struct ev, t) },
		{ "proc", FLD_U64, offsetof(struct ev, proc) },
		{ NULL, FLD_STR, 0 },
	};
	int kind, src, ret;

	if (object->type != JSONC_OBJECT)
		return tb_err_msg(err, EBADMSG, "no event: not an object");
	kind = find_word(object, "k", kind_name, EV_KINDS);
	if (kind < 0)
		return tb_err_msg(err, EBADMSG, "no event: \"k\" is missing or unknown");
	src = find_word(object, "src", src_name, EV_SRCS);
	if (src < 0)
		return tb_err_msg(err, EBADMSG, "no event: \"src\" is missing or unknown");
	ev->kind = (enum ev_kind)kind;
	ev->src = (enum ev_src)src;
	ret = get_fields(ev, object, common, err);
	if (!ret)
		ret = get_fields(ev, object, fld_kinds[kind].fields, err);
	if (ret)
		return ret;
	if (!ev->n)
		return tb_err_msg(err, EBADMSG, "no event: \"n\" is missing");
	return jsonc_member(object, "t") ? 0 :
		tb_err_msg(err, EBADMSG, "no event: \"t\" is missing");
}

int ev_parse(const char *line, size_t len, struct ev *ev, struct tb_err *err)
{
	struct jsonc_syntax bad;
	struct jsonc *doc;
	int ret;

	memset(ev, 0, sizeof(*ev));
	if (len > REC_LINE_MAX)
		return tb_err_msg(err, EBADMSG, "line of %zu bytes is too long", len);
	ret = jsonc_parse_bytes(line, len, &doc, &bad);
	if (ret == -EINVAL)
		return tb_err_msg(err, EBADMSG, "no event: column %u: %s", bad.pos.column,
				  bad.text);
	if (ret)
		return tb_err_set(err, ENOMEM, "read an event");
	ev->mem = jsonc_pool(doc);
	ret = from_object(jsonc_root(doc), ev, err);
	if (ret)
		ev_clear(ev);
	return ret;
}
