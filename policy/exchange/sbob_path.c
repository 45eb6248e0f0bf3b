/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbob_path.c - paths with wildcards, in bills of behaviour and in policies
 *
 * In a bill a wildcard is a whole component: "*" any number of them, U+22EF exactly one. In a
 * policy "**" crosses components and "*" is any part of one.
 */
#include "policy/exchange/sbob.h"

#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/own.h"

const char *sbob_glob(struct draft *d, const char *path)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	if (*path != '/')
		return NULL;
	while (*path) {
		size_t len;

		path += strspn(path, "/");
		len = strcspn(path, "/");
		if (!len && out.len)
			break;
		tb_buf_addc(&out, '/');
		if (len == 1 && *path == '*')
			tb_buf_adds(&out, "**");
		else if (len == strlen(SBOB_ONE) && !strncmp(path, SBOB_ONE, len))
			tb_buf_addc(&out, '*');
		else
			lines_glob(&out, path, len);
		path += len;
	}
	d->no_memory |= out.failed;
	return out.failed ? NULL : draft_keep(d, out.data);
}

/* component() - append one component of a glob. Return: false if what is written is wider */
static bool component(struct tb_buf *out, const char *glob, size_t len)
{
	size_t begin = out->len;

	if (len == 2 && !strncmp(glob, "**", 2)) {
		tb_buf_addc(out, '*');
		return true;
	}
	if (len == 1 && *glob == '*') {
		tb_buf_adds(out, SBOB_ONE);
		return true;
	}
	for (size_t i = 0; i < len; i++) {
		if (strchr("*?[", glob[i])) {	/* a part of a component cannot be said */
			out->len = begin;
			tb_buf_adds(out, memmem(glob, len, "**", 2) ? "*" : SBOB_ONE);
			return false;
		}
		i += glob[i] == '\\' && i + 1 < len;
		tb_buf_addc(out, glob[i]);
	}
	return true;
}

bool sbob_path(struct tb_buf *out, const char *glob)
{
	bool exact = true;

	if (*glob != '/')		/* it begins with two stars */
		tb_buf_addc(out, '/');
	while (*glob) {
		size_t len;

		if (*glob == '/')
			tb_buf_addc(out, *glob++);
		len = strcspn(glob, "/");
		exact = component(out, glob, len) && exact;
		glob += len;
	}
	return exact;
}
