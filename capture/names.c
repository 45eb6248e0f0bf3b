/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - which names led to an address
 */
#include "capture/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/map.h"

struct names {
	struct tb_map *addrs;	/* address bytes to struct names_of */
	uint64_t lost;
};

static size_t addr_len(const struct ev_addr *a)
{
	return a->family == AF_INET ? 4 : 16;	/* the length tells the families apart */
}

struct names *names_new(void)
{
	struct names *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->addrs = tb_map_new(NAMES_MAX_ADDRS);
	if (!t->addrs) {
		free(t);
		return NULL;
	}
	return t;
}

static void free_names_of(struct names_of *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		free((void *)(uintptr_t)a->v[i]);
	free(a->v);
	free(a);
}

void names_free(struct names *t)
{
	struct names_of *a;
	size_t pos = 0;

	if (!t)
		return;
	while ((a = tb_map_next(t->addrs, &pos)))
		free_names_of(a);
	tb_map_free(t->addrs);
	free(t);
}

/* append() - add a name to an address that has room */
static int append(struct names_of *a, const char *name)
{
	const char **v;
	char *copy;

	v = tb_grow(a->v, a->n, 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	a->v = v;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	a->v[a->n++] = copy;
	return 0;
}

static int learn(struct names *t, const struct ev_addr *addr, const char *name)
{
	struct names_of *a = tb_map_get(t->addrs, addr->ip, addr_len(addr));
	size_t i;
	int rc;

	if (!a) {
		a = calloc(1, sizeof(*a));
		if (!a)
			return -ENOMEM;
		rc = tb_map_put(t->addrs, addr->ip, addr_len(addr), a);
		if (rc) {
			free(a);
			return rc;
		}
	}
	for (i = 0; i < a->n; i++)
		if (!strcmp(a->v[i], name))
			return 0;
	return a->n < NAMES_PER_ADDR ? append(a, name) : -ENOSPC;
}

int names_learn(struct names *t, const struct ev_addr *addr, const char *name)
{
	int rc = learn(t, addr, name);

	if (rc)
		t->lost++;
	return rc;
}

const struct names_of *names_find(const struct names *t, const struct ev_addr *addr)
{
	return tb_map_get(t->addrs, addr->ip, addr_len(addr));
}

uint64_t names_lost(const struct names *t)
{
	return t->lost;
}
