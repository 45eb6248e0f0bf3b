/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse.c - a line of events.jsonl back into an event
 *
 * A record may have been edited or cut: every type is checked, and what is wrong is an error of that line.
 * Strings keep the escapes that tb_buf_add_json() gave them undone (\\xNN is the byte again), so an event
 * reads back as it was written.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "record/arena.h"
#include "record/fields.h"
#include "record/lines.h"
#include "tcbox/strict.h"
#include "tcbox/unescape.h"

/* get_str() - copy a string, undoing the byte escapes of tb_buf_add_json() */
static int get_str(struct ev *ev, struct json_object *o, const char **out)
{
	const char *s;
	size_t len;
	char *copy;

	if (!json_object_is_type(o, json_type_string))
		return -EBADMSG;
	s = json_object_get_string(o);
	len = (size_t)json_object_get_string_len(o);
	copy = arena_alloc(ev, len + 1);
	if (!copy)
		return -ENOMEM;
	*out = copy;
	return rec_unescape_to(s, len, copy) ? 0 : -EBADMSG;
}

static int get_addr(struct json_object *o, struct ev_addr *out)
{
	if (!json_object_is_type(o, json_type_string) || ev_addr_parse(json_object_get_string(o), out))
		return -EBADMSG;
	return 0;
}

static int get_uint(struct json_object *o, uint64_t *out)
{
	return rec_json_uint(o, out) ? 0 : -EBADMSG;
}

static int get_int(struct json_object *o, int64_t *out)
{
	return rec_json_int(o, out) ? 0 : -EBADMSG;
}

static int get_strs(struct ev *ev, struct json_object *o, struct ev_strs *out)
{
	size_t n, i;
	int ret;

	if (!json_object_is_type(o, json_type_array))
		return -EBADMSG;
	n = json_object_array_length(o);
	out->v = arena_alloc(ev, n * sizeof(*out->v));
	if (!out->v)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		ret = get_str(ev, json_object_array_get_idx(o, i), &out->v[i]);
		if (ret)
			return ret;
	}
	out->n = n;
	return 0;
}

static int get_addrs(struct ev *ev, struct json_object *o, struct ev_addrs *out)
{
	size_t n, i;

	if (!json_object_is_type(o, json_type_array))
		return -EBADMSG;
	n = json_object_array_length(o);
	out->v = arena_alloc(ev, n * sizeof(*out->v));
	if (!out->v)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (get_addr(json_object_array_get_idx(o, i), &out->v[i]))
			return -EBADMSG;
	out->n = n;
	return 0;
}

static int get_pairs(struct ev *ev, struct json_object *o, struct ev_counters *out)
{
	struct json_object_iterator it, end;
	size_t n = 0;
	char *name;

	if (!json_object_is_type(o, json_type_object))
		return -EBADMSG;
	out->v = arena_alloc(ev, (size_t)json_object_object_length(o) * sizeof(*out->v));
	if (!out->v)
		return -ENOMEM;
	end = json_object_iter_end(o);
	for (it = json_object_iter_begin(o); !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
		const char *key = json_object_iter_peek_name(&it);

		name = arena_alloc(ev, strlen(key) + 1);
		if (!name)
			return -ENOMEM;
		if (!rec_unescape_to(key, strlen(key), name) || get_uint(json_object_iter_peek_value(&it), &out->v[n].value))
			return -EBADMSG;
		out->v[n++].name = name;
	}
	out->n = n;
	return 0;
}

static int get_field(struct ev *ev, const struct fld *f, struct json_object *o)
{
	void *at = (char *)ev + f->offset;

	switch (f->type) {
	case FLD_STR:
		return get_str(ev, o, at);
	case FLD_STRS:
		return get_strs(ev, o, at);
	case FLD_U64:
		return get_uint(o, at);
	case FLD_I64:
		return get_int(o, at);
	case FLD_BOOL:
		if (!json_object_is_type(o, json_type_boolean))
			return -EBADMSG;
		*(bool *)at = json_object_get_boolean(o);
		return 0;
	case FLD_ADDR:
		return get_addr(o, at);
	case FLD_ADDRS:
		return get_addrs(ev, o, at);
	case FLD_PAIRS:
		return get_pairs(ev, o, at);
	}
	return -EBADMSG;
}

/* get_word() - index of the string value of @key in a list of names; -1 if it is none of them */
static int get_word(struct json_object *o, const char *key, const char *(*name)(int), int n)
{
	struct json_object *v;
	int i;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string))
		return -1;
	for (i = 0; i < n; i++)
		if (!strcmp(name(i), json_object_get_string(v)))
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

static int from_object(struct json_object *o, struct ev *ev, struct tb_err *err)
{
	static const struct fld n_field = { "n", FLD_U64, offsetof(struct ev, n) };
	static const struct fld t_field = { "t", FLD_I64, offsetof(struct ev, t) };
	static const struct fld proc_field = { "proc", FLD_U64, offsetof(struct ev, proc) };
	const struct fld *common[] = { &n_field, &t_field, &proc_field };
	int kind, src, ret = 0;
	struct json_object *v;
	const struct fld *f;
	size_t i;

	if (!json_object_is_type(o, json_type_object))
		return tb_err_msg(err, EBADMSG, "no event: not an object");
	kind = get_word(o, "k", kind_name, EV_KINDS);
	src = get_word(o, "src", src_name, EV_SRCS);
	if (kind < 0 || src < 0)
		return tb_err_msg(err, EBADMSG, "no event: \"%s\" is missing or unknown", kind < 0 ? "k" : "src");
	ev->kind = (enum ev_kind)kind;
	ev->src = (enum ev_src)src;
	for (i = 0; !ret && i < sizeof(common) / sizeof(common[0]); i++) {
		f = common[i];
		if (json_object_object_get_ex(o, f->key, &v))
			ret = get_field(ev, f, v);
		if (ret)
			return tb_err_msg(err, -ret, "\"%s\" has a wrong value", f->key);
	}
	if (!ev->n || !json_object_object_get_ex(o, "t", NULL))
		return tb_err_msg(err, EBADMSG, "no event: \"%s\" is missing", ev->n ? "t" : "n");
	for (f = fld_kinds[kind].fields; f->key; f++) {
		if (json_object_object_get_ex(o, f->key, &v))
			ret = get_field(ev, f, v);
		if (ret)
			return tb_err_msg(err, -ret, "%s: \"%s\" has a wrong value", fld_kinds[kind].name, f->key);
	}
	return 0;
}

int ev_parse(const char *line, size_t len, struct ev *ev, struct tb_err *err)
{
	struct json_object *o;
	int ret;

	memset(ev, 0, sizeof(*ev));
	if (len > REC_LINE_MAX)
		return tb_err_msg(err, EBADMSG, "line of %zu bytes is too long", len);
	ret = rec_json_parse(line, len, &o, err);
	if (ret)
		return ret;
	ret = from_object(o, ev, err);
	json_object_put(o);
	if (ret)
		ev_clear(ev);
	return ret;
}
