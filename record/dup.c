/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dup.c - a copy of an event that owns its strings
 */
#include <errno.h>
#include <string.h>

#include "record/fields.h"
#include "tcbox/log.h"
#include "tcbox/pool.h"

/* A walk over the strings of an event: to count their bytes, or to move them. */
struct walk {
	char *to;		/* where the next one goes; NULL: they are only counted */
	size_t size;
};

static void walk_string(struct walk *walk, const char **s)
{
	size_t len = *s ? strlen(*s) + 1 : 0;

	walk->size += len;
	if (!walk->to || !len)
		return;
	memcpy(walk->to, *s, len);
	*s = walk->to;
	walk->to += len;
}

static void walk_strings(struct walk *walk, struct ev *ev)
{
	for (const struct fld *f = fld_kinds[ev->kind].fields; f->key; f++) {
		void *at = (char *)ev + f->offset;
		struct ev_strs *list = at;

		TB_BUG_ON(f->type == FLD_ADDRS || f->type == FLD_PAIRS);
		if (f->type == FLD_STR)
			walk_string(walk, at);
		for (size_t i = 0; f->type == FLD_STRS && i < list->n; i++)
			walk_string(walk, &list->v[i]);
	}
}

/* copy_lists() - the event gets arrays of its own; the strings in them are still another's */
static int copy_lists(struct ev *ev)
{
	for (const struct fld *f = fld_kinds[ev->kind].fields; f->key; f++) {
		struct ev_strs *list = (void *)((char *)ev + f->offset);
		const char **v;

		if (f->type != FLD_STRS || !list->n)
			continue;
		v = tb_pool_alloc(ev->mem, list->n * sizeof(*v));
		if (!v)
			return -ENOMEM;
		memcpy(v, list->v, list->n * sizeof(*v));
		list->v = v;
	}
	return 0;
}

int ev_dup(const struct ev *ev, struct ev *out)
{
	struct walk walk = { NULL, 0 };

	*out = *ev;
	walk_strings(&walk, out);
	out->mem = tb_pool_new(walk.size);
	if (out->mem)
		walk.to = tb_pool_alloc(out->mem, walk.size);
	if (!walk.to || copy_lists(out) < 0) {
		ev_clear(out);
		return -ENOMEM;
	}
	walk_strings(&walk, out);
	return 0;
}
