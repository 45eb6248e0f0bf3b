/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.c - the lines of a file, from any place on, however large it is
 */
#include "seal/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (256u << 10)
#define ROOM (LINES_MAX + CHUNK)

int lines_open(struct lines *l, int fd, const char *name, struct tb_err *err)
{
	*l = (struct lines){ .fd = fd, .name = name, .text = malloc(ROOM) };
	return l->text ? 0 : tb_err_set(err, ENOMEM, "read %s", name);
}

void lines_close(struct lines *l)
{
	free(l->text);
	l->text = NULL;
}

void lines_seek(struct lines *l, off_t offset)
{
	off_t first = l->at - (off_t)l->from;

	if (offset >= first && offset <= first + (off_t)l->len) {
		l->from = (size_t)(offset - first);
	} else {
		l->from = l->len = 0;
		l->end = false;
	}
	l->at = offset;
}

/* more() - read on behind what is there */
static int more(struct lines *l, struct tb_err *err)
{
	ssize_t n;

	if (l->len + CHUNK > ROOM) {
		l->len -= l->from;
		memmove(l->text, l->text + l->from, l->len);
		l->from = 0;
	}
	do {
		n = pread(l->fd, l->text + l->len, CHUNK,
			  l->at + (off_t)(l->len - l->from));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return tb_err_set(err, errno, "read %s", l->name);
	l->end = n == 0;
	l->len += (size_t)n;
	return 0;
}

/* skip_long() - find the end of a line that is too long to be kept */
static int skip_long(struct lines *l, struct line *out, struct tb_err *err)
{
	const char *nl = NULL;
	int ret = 0;

	while (!ret && !l->end && !nl) {
		l->at += (off_t)(l->len - l->from);
		l->from = l->len = 0;
		ret = more(l, err);
		nl = memchr(l->text, '\n', l->len);
	}
	l->from = nl ? (size_t)(nl - l->text) + 1 : l->len;
	l->at += (off_t)l->from;
	out->text = "";
	out->too_long = true;
	out->cut = !nl;
	out->next = l->at;
	return ret ? ret : 1;
}

int lines_next(struct lines *l, struct line *out, struct tb_err *err)
{
	const char *nl;
	size_t seen = 0;
	int ret = 0;

	*out = (struct line){ .offset = l->at };
	while (!(nl = memchr(l->text + l->from + seen, '\n', l->len - l->from - seen)) &&
	       !l->end) {
		seen = l->len - l->from;
		if (seen > LINES_MAX)
			return skip_long(l, out, err);
		ret = more(l, err);
		if (ret)
			return ret;
	}
	if (!nl && l->from == l->len)
		return 0;
	out->text = l->text + l->from;
	out->len = nl ? (size_t)(nl - out->text) : l->len - l->from;
	out->cut = !nl;
	l->from += out->len + !!nl;
	l->at += (off_t)out->len + !!nl;
	out->next = l->at;
	return 1;
}
