/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_write.c - the JSON format of the writer interface
 *
 * Short arrays of numbers would fill pages if each stood on a line of its own, so arrays stay on one line until an object
 * or a string appears in them.
 */
#include "tcbox/json_write.h"

#include <inttypes.h>
#include <string.h>

#include "tcbox/log.h"

static void new_line(struct rpt_writer *w)
{
	tb_buf_addf(w->out, "\n%*s", (int)w->depth * 2, "");
}

/* member() - what stands before a value: comma, line break, key */
static void member(struct rpt_writer *w, const char *key, bool number)
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

static void open_level(struct rpt_writer *w, const char *key, bool array)
{
	TB_BUG_ON(w->depth == RPT_DEPTH);
	member(w, key, false);
	tb_buf_addc(w->out, array ? '[' : '{');
	w->is_array[w->depth] = array;
	w->filled[w->depth] = false;
	w->depth++;
}

static void json_object(struct rpt_writer *w, const char *key)
{
	open_level(w, key, false);
}

static void json_array(struct rpt_writer *w, const char *key)
{
	open_level(w, key, true);
}

static void json_end(struct rpt_writer *w)
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

static void json_str(struct rpt_writer *w, const char *key, const char *value)
{
	member(w, key, false);
	if (value)
		tb_buf_add_json(w->out, value, strlen(value));
	else
		tb_buf_adds(w->out, "null");
}

static void json_uint(struct rpt_writer *w, const char *key, uint64_t value)
{
	member(w, key, true);
	tb_buf_addf(w->out, "%" PRIu64, value);
}

static void json_sint(struct rpt_writer *w, const char *key, int64_t value)
{
	member(w, key, true);
	tb_buf_addf(w->out, "%" PRId64, value);
}

static void json_boolean(struct rpt_writer *w, const char *key, bool value)
{
	member(w, key, false);
	tb_buf_adds(w->out, value ? "true" : "false");
}

static const struct rpt_ops json_ops = {
	.object = json_object,
	.array = json_array,
	.end = json_end,
	.str = json_str,
	.uint = json_uint,
	.sint = json_sint,
	.boolean = json_boolean,
};

void rpt_writer_json(struct rpt_writer *w, struct tb_buf *out)
{
	memset(w, 0, sizeof(*w));
	w->ops = &json_ops;
	w->out = out;
}
