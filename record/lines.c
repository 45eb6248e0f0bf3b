/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.c - lines of the record, before they are read as JSON
 */
#include "record/lines.h"

#include <stdint.h>
#include <string.h>

struct head {
	const char *p;
	const char *end;
};

static bool literal(struct head *h, const char *s)
{
	size_t n = strlen(s);

	if ((size_t)(h->end - h->p) < n || memcmp(h->p, s, n) != 0)
		return false;
	h->p += n;
	return true;
}

/* word() - this name and the quote behind it */
static bool word(struct head *h, const char *name)
{
	const char *from = h->p;

	if (literal(h, name) && literal(h, "\""))
		return true;
	h->p = from;
	return false;
}

static bool number(struct head *h, uint64_t *out)
{
	const char *start = h->p;

	for (*out = 0; h->p < h->end && *h->p >= '0' && *h->p <= '9'; h->p++)
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, (uint64_t)(*h->p - '0'), out))
			return false;
	return h->p > start;
}

/* has_control() - without a branch for each byte, so that the compiler can look at many at once */
static bool has_control(const char *line, size_t len)
{
	unsigned char found = 0;
	size_t i;

	for (i = 0; i < len; i++)
		found |= (unsigned char)line[i] < 0x20;
	return found;
}

bool rec_line_head(const char *line, size_t len, struct ev *ev)
{
	struct head h = { line, line + len };
	unsigned int kind = 0, src = 0;
	bool negative;
	uint64_t t;

	if (!literal(&h, "{\"k\":\""))
		return false;
	while (kind < EV_KINDS && !word(&h, ev_kind_name((enum ev_kind)kind)))
		kind++;
	if (kind == EV_KINDS || !literal(&h, ",\"src\":\""))
		return false;
	while (src < EV_SRCS && !word(&h, ev_src_name((enum ev_src)src)))
		src++;
	if (src == EV_SRCS || !literal(&h, ",\"n\":") || !number(&h, &ev->n) ||
	    !literal(&h, ",\"t\":"))
		return false;
	negative = literal(&h, "-");
	if (!number(&h, &t) || t > INT64_MAX || h.p == h.end || (*h.p != ',' && *h.p != '}') ||
	    h.end[-1] != '}')
		return false;
	ev->kind = (enum ev_kind)kind;
	ev->src = (enum ev_src)src;
	ev->t = negative ? -(int64_t)t : (int64_t)t;
	return !has_control(line, len);
}
