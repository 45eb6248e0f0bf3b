/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.c - limits that say nothing, because another one of the rule is reached before
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "policy/lint/state.h"
#include "tcbox/own.h"

#define NAME_LEN 80

/* Limits of one kind, and how they are called. */
struct level {
	const struct pol_quota *quota;
	const char *name;	/* before the key */
};

static const struct {
	size_t offset;
	const char *key;
} parts[] = {
	{ offsetof(struct pol_quota, connections), "connections" },
	{ offsetof(struct pol_quota, requests), "requests" },
	{ offsetof(struct pol_quota, bytes_out), "bytes_out" },
	{ offsetof(struct pol_quota, bytes_in), "bytes_in" },
};

static uint64_t part(const struct pol_quota *q, size_t i)
{
	uint64_t n;

	memcpy(&n, (const char *)q + parts[i].offset, sizeof(n));
	return n;
}

/* compare() - what is of a part of the conversations, with what is of more of them */
static void compare(struct lint *l, const struct pol_conn *c, const struct level *inner,
		    const struct level *outer)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(parts); i++) {
		uint64_t a = part(inner->quota, i), b = part(outer->quota, i);

		if (a && b && a >= b)
			lint_add(l, LINT_UNREACHED, c->at,
				 "\"%s\": %s%s says nothing: its %llu are never exceeded before "
				 "the %llu of %s%s",
				 c->id, inner->name, parts[i].key, (unsigned long long)a,
				 (unsigned long long)b, outer->name, parts[i].key);
	}
}

/* one_rate() - with a rate of the same rule */
static void one_rate(struct lint *l, const struct pol_conn *c, size_t i, size_t k)
{
	const struct pol_rate *a = &c->rates[i], *b = &c->rates[k];
	const struct { const char *key; uint64_t a, b; } rows[] = {
		{ "connections", a->connections, b->connections },
		{ "requests", a->requests, b->requests },
	};

	for (size_t n = 0; n < TB_ARRAY_SIZE(rows); n++) {
		bool same = rows[n].a == rows[n].b && a->every.ns == b->every.ns;

		if (!rows[n].a || !rows[n].b || a->every.ns > b->every.ns ||
		    rows[n].a < rows[n].b || (same && i < k))
			continue;
		lint_add(l, LINT_UNREACHED, c->at,
			 "\"%s\": %llu %s in %s say nothing: they are never exceeded before the "
			 "%llu in %s",
			 c->id, (unsigned long long)rows[n].a, rows[n].key, a->every.text,
			 (unsigned long long)rows[n].b, b->every.text);
	}
}

static void lint_rates(struct lint *l, const struct pol_conn *c)
{
	for (size_t i = 0; i < c->nrates; i++) {
		const struct pol_quota q = {
			.connections = c->rates[i].connections, .requests = c->rates[i].requests,
		};
		char name[NAME_LEN];

		(void)snprintf(name, sizeof(name), "in %.32s, ", c->rates[i].every.text);
		compare(l, c, &(struct level){ &q, name }, &(struct level){ &c->run, "" });
		for (size_t k = 0; k < c->nrates; k++)
			if (k != i)
				one_rate(l, c, i, k);
	}
}

void lint_limits(struct lint *l)
{
	for (size_t i = 0; i < l->p->nconns; i++) {
		const struct pol_conn *c = &l->p->conns[i];
		const struct level run = { &c->run, "" };
		const struct level one = { &c->each_connection, "each_connection." };
		const struct level dest = { &c->each_destination, "each_destination." };

		compare(l, c, &one, &run);
		compare(l, c, &dest, &run);
		compare(l, c, &one, &dest);
		lint_rates(l, c);
	}
}
