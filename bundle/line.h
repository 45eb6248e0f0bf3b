/* SPDX-License-Identifier: Apache-2.0 */
/*
 * line.h - files of a bundle that examiners add to, one JSON object a line: review.jsonl and
 * notes.jsonl
 */
#ifndef BUNDLE_LINE_H
#define BUNDLE_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"

struct jsonc_val;
struct tb_pool;

/* line_has_words() - is a text there, of at most @max bytes, and does it say something? */
bool line_has_words(const char *text, size_t max);

/* line_has_form() - does the text have the form of @form, where '0' is any digit? */
bool line_has_form(const char *text, const char *form);

/* line_text() - a copy in @pool; NULL without memory */
char *line_text(struct tb_pool *pool, const char *text);

/* line_members() - append an object with these members and a newline; a NULL value is null */
void line_members(struct tb_buf *b, const char *const *keys, const char *const *texts, size_t n);

#define LINE_LINKS 2	/* members that link a line to what was before it, at most */

/* line_links() - are the members that link a line as line_link() writes them, those that are
 * there? @n: receives how many. Return: 0; -EBADMSG with a sentence */
int line_links(const struct jsonc_val *object, size_t *n, struct tb_err *err);

/**
 * line_link() - link a line to what was before it
 * @line:	Ends in a brace and a newline
 *
 * "record" is the chain's last value of the run's record, if it has one; "before" the SHA-256 of
 * all that @file has until now. The file is locked, line_open(). Return: 0 or negative errno
 */
int line_link(int dirfd, const char *file, struct tb_buf *line, struct tb_err *err);

/* line_open() - open @file to add a line, locked, so that nobody adds one between reading and
 * writing; the lock ends with the descriptor, flock(2). Return: 0 or negative errno */
int line_open(int dirfd, const char *file, int *fd, struct tb_err *err);

/* line_add() - add a line, whole or not at all; it is on the disk at return. @max: bytes that the
 * file may have. Return: 0 or negative errno */
int line_add(int dirfd, int fd, const char *file, size_t max, const struct tb_buf *line,
	     struct tb_err *err);

#endif
