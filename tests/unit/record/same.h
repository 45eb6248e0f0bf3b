/* SPDX-License-Identifier: Apache-2.0 */
/*
 * same.h - are two events equal? By the field table, so that no field is forgotten
 */
#ifndef TESTS_UNIT_RECORD_SAME_H
#define TESTS_UNIT_RECORD_SAME_H

#include <string.h>

#include "record/fields.h"

static inline bool same_str(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static inline bool same_addr(const struct ev_addr *a, const struct ev_addr *b)
{
	return a->family == b->family && a->port == b->port && !memcmp(a->ip, b->ip, sizeof(a->ip));
}

static inline bool same_strs(const struct ev_strs *a, const struct ev_strs *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (!same_str(a->v[i], b->v[i]))
			return false;
	return a->n == b->n;
}

static inline bool same_addrs(const struct ev_addrs *a, const struct ev_addrs *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (!same_addr(&a->v[i], &b->v[i]))
			return false;
	return a->n == b->n;
}

static inline bool same_pairs(const struct ev_counters *a, const struct ev_counters *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (!same_str(a->v[i].name, b->v[i].name) || a->v[i].value != b->v[i].value)
			return false;
	return a->n == b->n;
}

static inline bool same_field(const struct fld *f, const void *a, const void *b)
{
	switch (f->type) {
	case FLD_STR:
		return same_str(*(const char *const *)a, *(const char *const *)b);
	case FLD_STRS:
		return same_strs(a, b);
	case FLD_U64:
		return *(const uint64_t *)a == *(const uint64_t *)b;
	case FLD_I64:
		return *(const int64_t *)a == *(const int64_t *)b;
	case FLD_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case FLD_ADDR:
		return same_addr(a, b);
	case FLD_ADDRS:
		return same_addrs(a, b);
	case FLD_PAIRS:
		return same_pairs(a, b);
	}
	return false;
}

/* different_field() - Return: the first key that differs; NULL if the events are equal */
static inline const char *different_field(const struct ev *a, const struct ev *b)
{
	const struct fld *f;

	if (a->kind != b->kind || a->src != b->src)
		return a->kind != b->kind ? "k" : "src";
	if (a->n != b->n || a->t != b->t || a->proc != b->proc)
		return a->n != b->n ? "n" : a->t != b->t ? "t" : "proc";
	for (f = fld_kinds[a->kind].fields; f->key; f++)
		if (!same_field(f, (const char *)a + f->offset, (const char *)b + f->offset))
			return f->key;
	return NULL;
}

#endif
