/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - the lines of a file, from any place on, however large it is
 */
#ifndef SEAL_LINES_H
#define SEAL_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tcbox/err.h"

#define LINES_MAX (1u << 20)	/* bytes of a line; longer ones are never ours */

struct lines {
	int fd;			/* borrowed */
	const char *name;	/* for messages */
	char *text;		/* what was read, of which @len bytes are valid */
	size_t from, len;
	off_t at;		/* offset of text[from], where the next line begins */
	bool end;		/* the file ends behind what was read */
};

struct line {
	const char *text;	/* without its newline; valid until the next line */
	size_t len;
	off_t offset;
	off_t next;		/* where the line behind it begins */
	bool cut;		/* no newline: the file's last */
	bool too_long;		/* its text is not there */
};

/* lines_open() - @fd: a regular file. Return: 0, -ENOMEM */
int lines_open(struct lines *l, int fd, const char *name, struct tb_err *err);
void lines_close(struct lines *l);

/* lines_seek() - go on at this offset, where a line begins */
void lines_seek(struct lines *l, off_t offset);

/* lines_next() - Return: 1 with a line; 0 at the end of the file; negative errno */
int lines_next(struct lines *l, struct line *out, struct tb_err *err);

#endif
