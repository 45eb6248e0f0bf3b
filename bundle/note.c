/* SPDX-License-Identifier: Apache-2.0 */
/*
 * note.c - notes of examiners: the lines of notes.jsonl, read strictly and only added to
 */
#include "tcbox/note.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/line.h"
#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/jsonc.h"
#include "tcbox/own.h"
#include "tcbox/pool.h"

#define POOL_FIRST 1024

/* The members, in the order in which they are written. */
enum { TIME, EXAMINER, TEXT, MEMBERS };

static const char *const keys[MEMBERS] = { "time", "examiner", "text" };

void notes_clear(struct notes *n)
{
	tb_pool_free(n->pool);
	free(n->v);
	*n = (struct notes){ 0 };
}

int note_check(const struct note *n, struct tb_err *err)
{
	if (!line_has_words(n->examiner, NOTE_EXAMINER_MAX))
		return tb_err_msg(err, EINVAL, "the examiner must have a name, of at most %d bytes",
				  NOTE_EXAMINER_MAX);
	if (!line_has_words(n->text, NOTE_TEXT_MAX))
		return tb_err_msg(err, EINVAL, "a note must have words, at most %d bytes",
				  NOTE_TEXT_MAX);
	return 0;
}

/* read_members() - every member is there, none twice, no other one */
static int read_members(const struct jsonc_val *object, struct note *n, struct tb_err *err)
{
	const char *texts[MEMBERS];
	size_t linked;
	int ret = line_links(object, &linked, err);

	if (ret)
		return ret;
	for (size_t i = 0; i < MEMBERS; i++) {
		const struct jsonc_val *v = jsonc_member(object, keys[i]);

		if (!v || v->type != JSONC_STRING)
			return tb_err_msg(err, EBADMSG, "\"%s\" is missing, or is not a text",
					  keys[i]);
		texts[i] = v->text;
	}
	if (object->count != MEMBERS + linked)
		return tb_err_msg(err, EBADMSG, "there are members that no note has");
	if (tb_time_parse(texts[TIME], &n->time_ns))
		return tb_err_msg(err, EBADMSG, "\"%.64s\" is not a time", texts[TIME]);
	n->time = texts[TIME];
	n->examiner = texts[EXAMINER];
	n->text = texts[TEXT];
	return note_check(n, err);
}

/* keep() - the texts in the pool */
static int keep(struct tb_pool *pool, struct note *n, struct tb_err *err)
{
	n->time = line_text(pool, n->time);
	n->examiner = line_text(pool, n->examiner);
	n->text = line_text(pool, n->text);
	return n->time && n->examiner && n->text ? 0 : tb_err_set(err, ENOMEM, "read");
}

static int one_line(const char *text, size_t len, struct notes *out, struct tb_err *err)
{
	struct note *v = tb_grow(out->v, out->n, 1, sizeof(*v));
	struct jsonc_syntax bad;
	struct jsonc *doc;
	int ret;

	if (!v)
		return tb_err_set(err, ENOMEM, "read");
	out->v = v;
	ret = jsonc_parse_bytes(text, len, &doc, &bad);
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "read");
	if (ret)
		return tb_err_msg(err, EBADMSG, "%s", bad.text);
	ret = read_members(jsonc_root(doc), &v[out->n], err);
	if (!ret)
		ret = keep(out->pool, &v[out->n], err);
	out->n += !ret;
	jsonc_free(doc);
	return ret;
}

int notes_parse(const char *name, const char *text, size_t len, struct notes *out,
		struct tb_err *err)
{
	size_t line = 0, n;
	int ret = 0;

	*out = (struct notes){ .pool = tb_pool_new(POOL_FIRST) };
	if (!out->pool)
		return tb_err_set(err, ENOMEM, "read %s", name);
	for (; len && !ret; text += n + 1, len -= n + 1) {
		const char *end = memchr(text, '\n', len);

		line++;
		if (!end) {
			ret = tb_err_msg(err, EBADMSG, "the last line is cut off");
			break;
		}
		n = (size_t)(end - text);
		ret = one_line(text, n, out, err);
	}
	if (!ret)
		return 0;
	notes_clear(out);
	(void)tb_err_wrap(err, "%s:%zu", name, line);
	return ret == -ENOMEM ? ret : -EBADMSG;
}

int notes_read(int dirfd, const char *name, struct notes *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT, path = TB_BUF_INIT;
	struct tb_err bad = { 0 };
	int ret = tb_read_regular(dirfd, NOTE_FILE, NOTE_MAX_BYTES, &text, &bad);

	*out = (struct notes){ 0 };
	tb_buf_addf(&path, "%s/%s", name, NOTE_FILE);
	if (path.failed)
		return tb_err_set(err, ENOMEM, "read %s", NOTE_FILE);
	if (ret && ret != -ENOENT) {
		*err = bad;
		return tb_err_wrap(err, "%s", name);
	}
	return notes_parse(path.data, text.data ? text.data : "", text.len, out, err);
}

int note_append(int dirfd, const char *name, const struct note *n, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	TB_AUTOCLOSE int fd = -1;
	char now[TB_TIMELEN];
	const char *const texts[MEMBERS] = { now, n->examiner, n->text };
	struct notes before;
	int ret = note_check(n, err);

	if (ret)
		return ret;
	ret = line_open(dirfd, NOTE_FILE, &fd, err);
	if (ret)
		return tb_err_wrap(err, "%s", name);
	ret = notes_read(dirfd, name, &before, err);
	if (ret)
		return ret;
	notes_clear(&before);
	(void)tb_time_format(tb_realtime_ns(), now);
	line_members(&line, keys, texts, MEMBERS);
	ret = line_link(dirfd, NOTE_FILE, &line, err);
	if (!ret)
		ret = line_add(dirfd, fd, NOTE_FILE, NOTE_MAX_BYTES, &line, err);
	return ret ? tb_err_wrap(err, "%s", name) : 0;
}
