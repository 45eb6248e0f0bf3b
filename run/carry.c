/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carry.c - decisions about an earlier version's findings, carried into a new run
 *
 * They are read before the product starts: a review that cannot be read is a mistake of the command
 * line. They become lines of the bundle, so that every later report of it shows them, too.
 */
#include "run/carry.h"

#include <fcntl.h>

#include "tcbox/file.h"
#include "tcbox/review.h"

int carry_read(const char *path, struct tb_buf *text, struct tb_err *err)
{
	struct review earlier;
	int ret;

	if (!path)
		return 0;
	ret = tb_read_file(AT_FDCWD, path, REVIEW_MAX_BYTES, text, err);
	if (!ret)
		ret = review_parse(path, text->data ? text->data : "", text->len, &earlier, err);
	if (!ret)
		review_clear(&earlier);
	return ret;
}

int carry_store(const struct bundle *b, const struct tb_buf *text, struct tb_err *err)
{
	return text->len ? bundle_put(b, REVIEW_FILE, text, err) : 0;
}
