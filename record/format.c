/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - an event as one line of JSON
 *
 * Written from the field table and not with json_write.h: it is on the path of every observed
 * system call, and a line has no blanks.
 */
#include <string.h>

#include "record/fields.h"

static const char *const src_names[EV_SRCS] = {
	[EV_SRC_RUN] = "run",
	[EV_SRC_BOX] = "box",
	[EV_SRC_NET] = "net",
	[EV_SRC_CAPTURE] = "capture",
	[EV_SRC_LAB] = "lab",
	[EV_SRC_DISK] = "disk",
};

const char *ev_kind_name(enum ev_kind kind)
{
	return (unsigned int)kind < EV_KINDS ? fld_kinds[kind].name : "?";
}

const char *ev_src_name(enum ev_src src)
{
	return (unsigned int)src < EV_SRCS ? src_names[src] : "?";
}

static void add_str(struct tb_buf *out, const char *s)
{
	tb_buf_add_json(out, s, strlen(s));
}

/* add_u64() - without the cost of a format string: numbers are a third of a line, and this is on
 * the path of observed calls */
static void add_u64(struct tb_buf *out, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	tb_buf_add(out, digits + at, sizeof(digits) - at);
}

static void add_i64(struct tb_buf *out, int64_t v)
{
	if (v < 0)
		tb_buf_addc(out, '-');
	add_u64(out, v < 0 ? -(uint64_t)v : (uint64_t)v);
}

static void add_addr(struct tb_buf *out, const struct ev_addr *a)
{
	char text[EV_ADDR_STRLEN];

	ev_addr_format(a, text);
	tb_buf_addc(out, '"');
	tb_buf_adds(out, text);
	tb_buf_addc(out, '"');
}

static void add_key(struct tb_buf *out, const char *key)
{
	tb_buf_adds(out, ",\"");
	tb_buf_adds(out, key);
	tb_buf_adds(out, "\":");
}

static void add_strs(struct tb_buf *out, const struct ev_strs *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		tb_buf_addc(out, i ? ',' : '[');
		add_str(out, s->v[i]);
	}
	tb_buf_addc(out, ']');
}

static void add_addrs(struct tb_buf *out, const struct ev_addrs *a)
{
	size_t i;

	for (i = 0; i < a->n; i++) {
		tb_buf_addc(out, i ? ',' : '[');
		add_addr(out, &a->v[i]);
	}
	tb_buf_addc(out, ']');
}

static void add_pairs(struct tb_buf *out, const struct ev_counters *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		tb_buf_addc(out, i ? ',' : '{');
		add_str(out, c->v[i].name);
		tb_buf_addc(out, ':');
		add_u64(out, c->v[i].value);
	}
	tb_buf_addc(out, '}');
}

/* Casts below follow the type column of the table; the table's offsets come from offsetof() on the
 * same members. */
static void add_field(struct tb_buf *out, const struct fld *f, const void *at)
{
	const struct ev_addr *addr = at;
	const struct ev_counters *pairs = at;	/* the list is the first member */
	const struct ev_addrs *addrs = at;
	const struct ev_strs *strs = at;
	const char *const *str = at;

	switch (f->type) {
	case FLD_STR:
		if (*str && **str) {
			add_key(out, f->key);
			add_str(out, *str);
		}
		break;
	case FLD_STRS:
		if (strs->n) {
			add_key(out, f->key);
			add_strs(out, strs);
		}
		break;
	case FLD_U64:
		if (*(const uint64_t *)at) {
			add_key(out, f->key);
			add_u64(out, *(const uint64_t *)at);
		}
		break;
	case FLD_I64:
		if (*(const int64_t *)at) {
			add_key(out, f->key);
			add_i64(out, *(const int64_t *)at);
		}
		break;
	case FLD_BOOL:
		if (*(const bool *)at) {
			add_key(out, f->key);
			tb_buf_adds(out, "true");
		}
		break;
	case FLD_ADDR:
		if (addr->family) {
			add_key(out, f->key);
			add_addr(out, addr);
		}
		break;
	case FLD_ADDRS:
		if (addrs->n) {
			add_key(out, f->key);
			add_addrs(out, addrs);
		}
		break;
	case FLD_PAIRS:
		if (pairs->n) {
			add_key(out, f->key);
			add_pairs(out, pairs);
		}
		break;
	}
}

void ev_format(const struct ev *ev, struct tb_buf *out)
{
	const struct fld *f;

	tb_buf_adds(out, "{\"k\":\"");
	tb_buf_adds(out, ev_kind_name(ev->kind));
	tb_buf_adds(out, "\",\"src\":\"");
	tb_buf_adds(out, ev_src_name(ev->src));
	tb_buf_adds(out, "\",\"n\":");
	add_u64(out, ev->n);
	tb_buf_adds(out, ",\"t\":");
	add_i64(out, ev->t);
	if (ev->proc) {
		tb_buf_adds(out, ",\"proc\":");
		add_u64(out, ev->proc);
	}
	for (f = fld_kinds[ev->kind].fields; f->key; f++)
		add_field(out, f, (const char *)ev + f->offset);
	tb_buf_adds(out, "}\n");
}
