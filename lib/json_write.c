/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_write.c - a tree of keys and values as JSON
 *
 * Short arrays of numbers would fill pages if each stood on a line of its own, so arrays stay on
 * one line until an object or a string appears in them.
 */
#include "tcbox/json_write.h"

#include <inttypes.h>
#include <string.h>

#include "tcbox/log.h"

static void new_line(struct jw *w)
{
	tb_buf_addf(w->out, "\n%*s", (int)w->depth * 2, "");
}

/* member() - what stands before a value: comma, line break, key */
static void member(struct jw *w, const char *key, bool number)
{
	if (w->depth) {
		bool *filled = &w->filled[w->depth - 1];

		if (*filled)
			tb_buf_addc(w->out, ',');
		if (!number || !w->is_array[w->depth - 1])
			new_line(w);
		else if (*filled)
			tb_buf_addc(w->out, ' ');
		*filled = true;
	}
	if (key) {
		tb_buf_add_json(w->out, key, strlen(key));
		tb_buf_adds(w->out, ": ");
	}
}

static void open_level(struct jw *w, const char *key, bool array)
{
	TB_BUG_ON(w->depth == JW_DEPTH);
	member(w, key, false);
	tb_buf_addc(w->out, array ? '[' : '{');
	w->is_array[w->depth] = array;
	w->filled[w->depth] = false;
	w->depth++;
}

void jw_init(struct jw *w, struct tb_buf *out)
{
	memset(w, 0, sizeof(*w));
	w->out = out;
}

void jw_object(struct jw *w, const char *key)
{
	open_level(w, key, false);
}

void jw_array(struct jw *w, const char *key)
{
	open_level(w, key, true);
}

void jw_end(struct jw *w)
{
	char last;

	TB_BUG_ON(!w->depth);
	w->depth--;
	last = w->out->len ? w->out->data[w->out->len - 1] : '\0';
	if (w->filled[w->depth] && !(w->is_array[w->depth] && last >= '0' && last <= '9'))
		new_line(w);
	tb_buf_addc(w->out, w->is_array[w->depth] ? ']' : '}');
	if (!w->depth)
		tb_buf_addc(w->out, '\n');
}

void jw_str(struct jw *w, const char *key, const char *value)
{
	member(w, key, false);
	if (value)
		tb_buf_add_json(w->out, value, strlen(value));
	else
		tb_buf_adds(w->out, "null");
}

void jw_uint(struct jw *w, const char *key, uint64_t value)
{
	member(w, key, true);
	tb_buf_addf(w->out, "%" PRIu64, value);
}

void jw_sint(struct jw *w, const char *key, int64_t value)
{
	member(w, key, true);
	tb_buf_addf(w->out, "%" PRId64, value);
}

void jw_bool(struct jw *w, const char *key, bool value)
{
	member(w, key, false);
	tb_buf_adds(w->out, value ? "true" : "false");
}
