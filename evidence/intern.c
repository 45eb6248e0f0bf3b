/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intern.c - one copy of each string of a record
 */
#include "evidence/intern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/map.h"

#define CHUNK (64u << 10)
#define HOST_MAX 1024		/* RFC 1035 names are at most 255 bytes, four times that when
				 * escaped */
#define LIST_MAX 64		/* names of one address that are kept */

struct chunk {
	struct chunk *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

struct intern {
	struct tb_map *strs, *lists;
	struct chunk *chunks;
	size_t max;
	size_t bytes;		/* that may still be kept */
	bool failed, full;
};

struct intern *intern_new(size_t max, size_t bytes)
{
	struct intern *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	in->max = max;
	in->bytes = bytes;
	in->strs = tb_map_new(max);
	in->lists = tb_map_new(max);
	if (!in->strs || !in->lists) {
		intern_free(in);
		return NULL;
	}
	return in;
}

void intern_free(struct intern *in)
{
	struct chunk *c, *next;

	if (!in)
		return;
	for (c = in->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	tb_map_free(in->strs);
	tb_map_free(in->lists);
	free(in);
}

/* take() - @len bytes that stay where they are until the end, aligned for pointers */
static void *take(struct intern *in, size_t len)
{
	size_t need = (len + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	struct chunk *c = in->chunks;
	size_t size;
	void *p;

	if (!c || c->size - c->used < need) {
		size = need > CHUNK ? need : CHUNK;
		c = malloc(sizeof(*c) + size);
		if (!c)
			return NULL;
		*c = (struct chunk){ .next = in->chunks, .size = size };
		in->chunks = c;
	}
	p = c->data + c->used;
	c->used += need;
	return p;
}

/* keep() - the one copy of these bytes */
static void *keep(struct intern *in, struct tb_map *map, const void *data, size_t len)
{
	void *copy = tb_map_get(map, data, len);

	if (copy)
		return copy;
	if (tb_map_count(map) >= in->max || len > in->bytes) {
		in->full = true;
		return NULL;
	}
	copy = take(in, len);
	if (copy)
		memcpy(copy, data, len);
	if (!copy || tb_map_put(map, data, len, copy)) {
		in->failed = true;
		return NULL;
	}
	in->bytes -= len;
	return copy;
}

const char *intern_str(struct intern *in, const char *s)
{
	return s && *s ? keep(in, in->strs, s, strlen(s) + 1) : NULL;
}

/*
 * without_port() - length of a host without ":port" behind it; bare IPv6 addresses have more
 * colons, "[2001:db8::1]:80" has brackets. What is no port belongs to a name that equals no other:
 * some readers take "a:80@b" for b
 */
static size_t without_port(const char **s)
{
	const char *colon = strchr(*s, ':');

	if (**s == '[')
		return strcspn(++*s, "]");
	if (!colon || colon[1 + strspn(colon + 1, "0123456789")])
		return strlen(*s);
	return (size_t)(colon - *s);
}

const char *intern_host(struct intern *in, const char *s)
{
	char host[HOST_MAX + 1];
	size_t len;

	if (!s || !*s)
		return NULL;
	len = without_port(&s);
	if (len > HOST_MAX)
		return intern_str(in, s);	/* no name: left as it is, so that it equals nothing
						 * else */
	for (size_t i = 0; i < len; i++)
		host[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];
	if (len > 1 && host[len - 1] == '.')
		len--;
	host[len] = '\0';
	return intern_str(in, host);
}

const struct evd_names *intern_list(struct intern *in, const char *const *v, size_t n)
{
	void *room[1 + LIST_MAX] = { 0 };	/* a size_t and a pointer are as wide, on every
						 * machine with seccomp */
	struct evd_names *l = (struct evd_names *)room;

	for (size_t i = 0; i < n; i++) {
		const char *s = intern_host(in, v[i]);

		if (s && l->n == LIST_MAX)
			in->full = true;
		else if (s)
			l->v[l->n++] = s;
	}
	return l->n ? keep(in, in->lists, l, sizeof(*l) + l->n * sizeof(l->v[0])) : NULL;
}

bool intern_failed(const struct intern *in)
{
	return in->failed;
}

bool intern_full(const struct intern *in)
{
	return in->full;
}
