/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added.c - what examiners added: review.jsonl and notes.jsonl, whose lines are chains that extend
 * the record's
 *
 * How it works: "before" of a line is the SHA-256 of all that the file had before it, so that no
 * line can be changed, removed or inserted but the last. "record" is the value that the record's
 * chain had then: it is looked for in the chain, and those of later lines must not come earlier.
 * What a run took over from the review of an earlier version stands at the beginning; the record's
 * chain knows its SHA-256.
 */
#include "seal/added.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "seal/said.h"
#include "tcbox/file.h"
#include "tcbox/grow.h"
#include "tcbox/jsonc.h"
#include "tcbox/map.h"
#include "tcbox/note.h"
#include "tcbox/own.h"
#include "tcbox/review.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define LINES_MAX_ALL (1u << 20)	/* of a file of REVIEW_MAX_BYTES, and more */

/* What a line says of the record. */
struct mark {
	uint64_t line;
	char record[TB_SHA256_HEX];
	uint64_t pos;			/* in the chain */
	bool found;
};

struct added {
	const char *name;
	struct seal_check *out;
	struct tb_sha256 *hash;
	char so_far[TB_SHA256_HEX];	/* of what is before the line */
	const char *carried;		/* SHA-256 of what the run took over; empty: that is over */
	uint64_t line;
	struct mark *marks;
	size_t nmarks;
};

/* mark() - remember what the line says of the record */
static int mark(struct added *a, const char *record, struct tb_err *err)
{
	struct mark *v = tb_grow(a->marks, a->nmarks, 1, sizeof(*v));

	if (!v)
		return tb_err_set(err, ENOMEM, "check %s", a->name);
	a->marks = v;
	v[a->nmarks] = (struct mark){ .line = a->line };
	memcpy(v[a->nmarks++].record, record, TB_SHA256_HEX);
	return 0;
}

/* links() - what the line says of what was before it */
static int links(struct added *a, const struct jsonc_val *o, struct tb_err *err)
{
	const char *before = jsonc_text(o, "before"), *record = jsonc_text(o, "record");

	if (before && strcmp(before, a->so_far) != 0)
		said_wrong(a->out, "%s: what is before line %" PRIu64 " is not what was there "
			   "when it was written", a->name, a->line);
	if (*a->carried)		/* its record is that of another run */
		return 0;
	if (!before || !record)
		said_wrong(a->out, "%s: line %" PRIu64 " is not linked to what was before it",
			   a->name, a->line);
	else if (!tb_sha256_is_hex(record))
		said_wrong(a->out, "%s: line %" PRIu64 " names no value of a chain", a->name,
			   a->line);
	else
		return mark(a, record, err);
	return 0;
}

static int one_line(struct added *a, const char *text, size_t len, struct tb_err *err)
{
	struct jsonc_syntax bad;
	struct jsonc *doc;
	int ret;

	a->line++;
	ret = jsonc_parse_bytes(text, len - 1, &doc, &bad);
	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "check %s", a->name);
	if (ret) {
		said_wrong(a->out, "%s:%" PRIu64 ": %s", a->name, a->line, bad.text);
	} else {
		ret = links(a, jsonc_root(doc), err);
		jsonc_free(doc);
	}
	if (ret && ret != -EINVAL)
		return ret;
	tb_sha256_add(a->hash, text, len);
	ret = tb_sha256_so_far(a->hash, a->so_far, err);
	if (!strcmp(a->so_far, a->carried))
		a->carried = "";
	return ret;
}

static int all_lines(struct added *a, const struct tb_buf *text, struct tb_err *err)
{
	const char *at = text->data, *end;
	size_t left = text->len;
	int ret = 0;

	memcpy(a->so_far, EMPTY, TB_SHA256_HEX);
	while (!ret && left && (end = memchr(at, '\n', left))) {
		size_t len = (size_t)(end - at) + 1;

		ret = one_line(a, at, len, err);
		at += len;
		left -= len;
	}
	if (!ret && left)
		said_wrong(a->out, "%s: its last line is cut off", a->name);
	if (!ret && *a->carried)
		said_wrong(a->out, "%s: it does not begin as the run took it over", a->name);
	return ret;
}

/* seek_marks() - where in the chain is each? One pass over the chain for all */
static int seek_marks(struct added *a, struct chain *chain, struct tb_err *err)
{
	struct tb_map *map = tb_map_new(LINES_MAX_ALL);
	char value[TB_SHA256_HEX];
	int ret = map ? 0 : -ENOMEM;

	/* of several lines with one value the map has the last: the others look there */
	for (size_t i = 0; !ret && i < a->nmarks; i++)
		ret = tb_map_put(map, a->marks[i].record, TB_SHA256_HEX, &a->marks[i]);
	for (uint64_t pos = 0; !ret && pos <= chain->n; pos++) {
		struct mark *m;

		if (chain_value(chain, pos, value, NULL))
			break;
		m = tb_map_get(map, value, TB_SHA256_HEX);
		if (!m)
			continue;
		m->found = true;
		m->pos = pos;
	}
	for (size_t i = 0; !ret && i < a->nmarks; i++) {
		const struct mark *m = tb_map_get(map, a->marks[i].record, TB_SHA256_HEX);

		a->marks[i].found = m->found;
		a->marks[i].pos = m->pos;
	}
	tb_map_free(map);
	return ret ? tb_err_set(err, ENOMEM, "check %s", a->name) : 0;
}

static int check_marks(struct added *a, struct chain *chain, struct tb_err *err)
{
	uint64_t last = 0;
	int ret = a->nmarks ? seek_marks(a, chain, err) : 0;

	for (size_t i = 0; !ret && i < a->nmarks; i++) {
		const struct mark *m = &a->marks[i];

		if (!m->found)
			said_wrong(a->out, "%s: line %" PRIu64 " is not of this run: its record is "
				   "another", a->name, m->line);
		else if (m->pos < last)
			said_wrong(a->out, "%s: line %" PRIu64 " says that the record was shorter "
				   "than the line before it says", a->name, m->line);
		else
			last = m->pos;
	}
	return ret;
}

static int check_file(struct added *a, int bundle_fd, size_t max, struct chain *chain,
		      const struct copy *copy, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_err bad = { 0 };
	int ret;

	if (copy_file(copy, a->name)) {
		said_open(a->out, "%s: names were taken out of it, and what links its lines can "
			  "not be compared", a->name);
		return 0;
	}
	ret = tb_read_regular(bundle_fd, a->name, max, &text, &bad);

	if (ret == -ENOMEM)
		return tb_err_set(err, ENOMEM, "check %s", a->name);
	if (ret && ret != -ENOENT) {
		said_wrong(a->out, "%s", bad.msg);
		return 0;
	}
	ret = all_lines(a, &text, err);
	return ret || !chain ? ret : check_marks(a, chain, err);
}

int added_check(int bundle_fd, struct chain *chain, const struct copy *copy,
		struct seal_check *out, struct tb_err *err)
{
	struct tb_sha256 *hash[2] = { tb_sha256_new(), tb_sha256_new() };
	struct added review = { .name = REVIEW_FILE, .out = out, .hash = hash[0],
				.carried = chain ? chain->head.review_sha256 : "" };
	struct added notes = { .name = NOTE_FILE, .out = out, .hash = hash[1], .carried = "" };
	int ret = hash[0] && hash[1] ? 0 : tb_err_set(err, ENOMEM, "check the review");

	if (!ret)
		ret = check_file(&review, bundle_fd, REVIEW_MAX_BYTES, chain, copy, err);
	if (!ret)
		ret = check_file(&notes, bundle_fd, NOTE_MAX_BYTES, chain, copy, err);
	free(review.marks);
	free(notes.marks);
	tb_sha256_free(hash[0]);
	tb_sha256_free(hash[1]);
	return ret;
}
