/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.c - the memory of an event that owns what it points to: read back, or copied
 */
#include "record/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/fields.h"
#include "tcbox/log.h"

/* Freed as a whole. */
struct arena {
	struct arena *next;
	max_align_t data[];
};

void *arena_alloc(struct ev *ev, size_t size)
{
	struct arena *a = calloc(1, sizeof(*a) + size);

	if (!a)
		return NULL;
	a->next = ev->mem;
	ev->mem = a;
	return a->data;
}

void ev_clear(struct ev *ev)
{
	struct arena *a = ev->mem, *next;

	for (; a; a = next) {
		next = a->next;
		free(a);
	}
	memset(ev, 0, sizeof(*ev));
}

/* string_at() - the string of a field; NULL: it is of another type, or not set */
static const char **string_at(struct ev *ev, const struct fld *f)
{
	const char **s = (const char **)(void *)((char *)ev + f->offset);

	TB_BUG_ON(f->type == FLD_STRS || f->type == FLD_ADDRS || f->type == FLD_PAIRS);
	return f->type == FLD_STR && *s ? s : NULL;
}

int ev_dup(const struct ev *ev, struct ev *out)
{
	const struct fld *f;
	const char **s;
	size_t size = 0, len;
	char *to;

	*out = *ev;
	out->mem = NULL;
	for (f = fld_kinds[ev->kind].fields; f->key; f++)
		if ((s = string_at(out, f)))
			size += strlen(*s) + 1;
	to = arena_alloc(out, size);
	if (!to) {
		memset(out, 0, sizeof(*out));
		return -ENOMEM;
	}
	for (f = fld_kinds[ev->kind].fields; f->key; f++) {
		s = string_at(out, f);
		if (!s)
			continue;
		len = strlen(*s) + 1;
		memcpy(to, *s, len);
		*s = to;
		to += len;
	}
	return 0;
}
