/* SPDX-License-Identifier: Apache-2.0 */
/*
 * review_line.h - one decision as one line of review.jsonl
 */
#ifndef BUNDLE_REVIEW_LINE_H
#define BUNDLE_REVIEW_LINE_H

#include "tcbox/buf.h"
#include "tcbox/review.h"

struct tb_pool;

/**
 * review_line_read() - read one line, without its end
 * @pool:	Where the texts of @d will lie
 *
 * Strict: every member is there, none twice, no other one, and each is what review_check() asks
 * for. Return: 0; -EBADMSG or -EINVAL, with a sentence; -ENOMEM
 */
int review_line_read(const char *text, size_t len, struct tb_pool *pool, struct review_decision *d,
		     struct tb_err *err);

/* review_line_write() - append the line; @now_ns: CLOCK_REALTIME, its time */
void review_line_write(struct tb_buf *b, int64_t now_ns, const struct review_decision *d);

#endif
