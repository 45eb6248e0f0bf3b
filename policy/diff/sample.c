/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample.c - paths and names that a pattern matches
 */
#include "policy/diff/state.h"

#include <string.h>

#include "tcbox/own.h"

#define ANY "any-one"		/* a word that no policy is likely to have */

/* path() - @deep: what two stars stand for has a slash in it */
static void path(const char *glob, bool deep, struct tb_buf *out)
{
	if (!strncmp(glob, "**", 2) && glob[2] != '/')
		tb_buf_addc(out, '/');
	for (const char *p = glob; *p; p++) {
		size_t stars = strspn(p, "*");

		if (stars) {
			if (p == glob && p[stars] == '/')
				tb_buf_addc(out, '/');
			tb_buf_adds(out, stars > 1 && deep ? ANY "/" ANY : ANY);
			p += stars - 1;
		} else if (*p == '?') {
			tb_buf_addc(out, 'x');
		} else if (*p == '[' && p[1] && p[1] != '!' && p[1] != '^' && p[1] != '[' &&
			   strchr(p + 2, ']')) {
			tb_buf_addc(out, p[1]);
			p = strchr(p + 2, ']');
		} else {
			p += *p == '\\' && p[1];
			tb_buf_addc(out, *p);
		}
	}
}

size_t diff_path_samples(const char *glob, struct tb_buf out[DIFF_SAMPLES])
{
	size_t n = 0;

	for (int deep = 0; deep < DIFF_SAMPLES; deep++) {
		tb_buf_reset(&out[n]);
		path(glob, deep != 0, &out[n]);
		n += out[n].data && pol_file_glob(glob, out[n].data);
		if (!strstr(glob, "**"))
			break;
	}
	return n;
}

size_t diff_name_samples(const char *glob, struct tb_buf out[DIFF_SAMPLES])
{
	size_t n = 0;

	for (int deep = 0; deep < DIFF_SAMPLES; deep++) {
		struct tb_buf *b = &out[n];

		tb_buf_reset(b);
		for (const char *p = glob; *p; p++) {
			bool whole = p == glob && *p == '*' && (p[1] == '.' || !p[1]);

			if (*p != '*')
				tb_buf_addc(b, *p);
			else
				tb_buf_adds(b, whole && deep ? ANY "." ANY : ANY);
		}
		n += b->data && pol_name_glob(glob, b->data);
		if (*glob != '*')
			break;
	}
	return n;
}
