/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dup.c - a copy of an event that owns its strings
 */
#include <errno.h>
#include <string.h>

#include "record/fields.h"
#include "tcbox/log.h"
#include "tcbox/pool.h"

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
	for (f = fld_kinds[ev->kind].fields; f->key; f++)
		if ((s = string_at(out, f)))
			size += strlen(*s) + 1;
	out->mem = tb_pool_new(size);
	to = out->mem ? tb_pool_alloc(out->mem, size) : NULL;
	if (!to) {
		ev_clear(out);
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
