/* SPDX-License-Identifier: Apache-2.0 */
/*
 * review.c - decisions about findings: the lines of review.jsonl, read strictly and only added to
 */
#include "tcbox/review.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "bundle/line.h"
#include "bundle/review_line.h"
#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "tcbox/pool.h"

#define POOL_FIRST 1024

void review_clear(struct review *r)
{
	tb_pool_free(r->pool);
	free(r->v);
	*r = (struct review){ 0 };
}

static int by_id(const void *a, const void *b)
{
	const struct review_decision *x = a, *y = b;

	return strcmp(x->id, y->id);
}

static int by_id_and_line(const void *a, const void *b)
{
	const struct review_decision *x = a, *y = b;
	int order = by_id(a, b);

	return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* keep_last() - of each finding the last decision, in the order of the ids */
static void keep_last(struct review *r)
{
	size_t n = 0;

	if (r->n)
		qsort(r->v, r->n, sizeof(*r->v), by_id_and_line);
	for (size_t i = 0; i < r->n; i++)
		if (i + 1 == r->n || by_id(&r->v[i], &r->v[i + 1]))
			r->v[n++] = r->v[i];
	r->n = n;
}

static int one_line(const char *text, size_t len, size_t line, struct review *r, struct tb_err *err)
{
	struct review_decision *v = tb_grow(r->v, r->n, 1, sizeof(*v));
	int ret;

	if (!v)
		return tb_err_set(err, ENOMEM, "read");
	r->v = v;
	v[r->n] = (struct review_decision){ .line = line };
	ret = review_line_read(text, len, r->pool, &v[r->n], err);
	r->n += !ret;
	return ret;
}

int review_parse(const char *name, const char *text, size_t len, struct review *out,
		 struct tb_err *err)
{
	const char *end;
	size_t line = 0, n;
	int ret = 0;

	*out = (struct review){ .pool = tb_pool_new(POOL_FIRST) };
	if (!out->pool)
		return tb_err_set(err, ENOMEM, "read %s", name);
	for (; len && !ret; text += n + 1, len -= n + 1) {
		line++;
		end = memchr(text, '\n', len);
		if (!end) {
			ret = tb_err_msg(err, EBADMSG, "the last line is cut off");
			break;
		}
		n = (size_t)(end - text);
		ret = one_line(text, n, line, out, err);
	}
	keep_last(out);
	if (!ret)
		return 0;
	review_clear(out);
	(void)tb_err_wrap(err, "%s:%zu", name, line);
	return ret == -ENOMEM ? ret : -EBADMSG;
}

static int parse_buf(const char *name, const struct tb_buf *text, struct review *out,
		     struct tb_err *err)
{
	int ret = review_parse(name, text->data ? text->data : "", text->len, out, err);

	review_today(out->today);
	return ret;
}

int review_read(int dirfd, const char *name, struct review *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT, path = TB_BUF_INIT;
	struct tb_err bad = { 0 };
	int ret = tb_read_regular(dirfd, REVIEW_FILE, REVIEW_MAX_BYTES, &text, &bad);

	*out = (struct review){ 0 };
	tb_buf_addf(&path, "%s/%s", name, REVIEW_FILE);
	if (path.failed)
		return tb_err_set(err, ENOMEM, "read %s", REVIEW_FILE);
	if (ret && ret != -ENOENT) {
		*err = bad;
		return tb_err_wrap(err, "%s", name);
	}
	return parse_buf(path.data, &text, out, err);
}

int review_read_file(const char *path, struct review *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = tb_read_file(AT_FDCWD, path, REVIEW_MAX_BYTES, &text, err);

	*out = (struct review){ 0 };
	return ret ? ret : parse_buf(path, &text, out, err);
}

/* copy_text() - Return: false without memory */
static bool copy_text(struct tb_pool *pool, const char **out, const char *text)
{
	*out = text ? line_text(pool, text) : NULL;
	return *out || !text;
}

static bool copy_decision(struct tb_pool *pool, struct review_decision *out,
			  const struct review_decision *d)
{
	*out = (struct review_decision){ .word = d->word };
	return copy_text(pool, &out->time, d->time) &&
	       copy_text(pool, &out->reviewer, d->reviewer) && copy_text(pool, &out->id, d->id) &&
	       copy_text(pool, &out->reason, d->reason) && copy_text(pool, &out->until, d->until);
}

int review_carry(struct review *r, const struct review *earlier, struct tb_err *err)
{
	struct review_decision *v = tb_grow(r->v, r->n, earlier->n, sizeof(*v));
	size_t n = r->n;

	if (!v)
		return tb_err_set(err, ENOMEM, "carry decisions");
	r->v = v;
	for (size_t i = 0; i < earlier->n; i++) {
		if (review_of(r, earlier->v[i].id))
			continue;
		if (!copy_decision(r->pool, &v[n++], &earlier->v[i]))
			return tb_err_set(err, ENOMEM, "carry decisions");
	}
	r->n = n;
	keep_last(r);
	return 0;
}

const struct review_decision *review_of(const struct review *r, const char *id)
{
	size_t lo = 0, hi = r->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int order = strcmp(r->v[mid].id, id);

		if (!order)
			return &r->v[mid];
		if (order < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

enum review_state review_state_of(const struct review *r, const struct review_decision *d)
{
	if (!d)
		return REVIEW_OPEN;
	/* dates of four digits for the year are in the order of their texts */
	if (d->until && *r->today && strcmp(d->until, r->today) < 0)
		return REVIEW_EXPIRED;
	return REVIEW_DECIDED;
}

int review_append(int dirfd, const char *name, const struct review_decision *d, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	TB_AUTOCLOSE int fd = -1;
	struct review before;
	int ret = review_check(d, err);

	if (ret)
		return ret;
	review_line_write(&line, tb_realtime_ns(), d);
	ret = line_open(dirfd, REVIEW_FILE, &fd, err);
	if (ret)
		return tb_err_wrap(err, "%s", name);
	ret = review_read(dirfd, name, &before, err);
	if (ret)
		return ret;
	review_clear(&before);
	ret = line_link(dirfd, REVIEW_FILE, &line, err);
	if (!ret)
		ret = line_add(dirfd, fd, REVIEW_FILE, REVIEW_MAX_BYTES, &line, err);
	return ret ? tb_err_wrap(err, "%s", name) : 0;
}
