/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resync.c - where the record and its chain agree again
 *
 * How it works: first whether it is the chain that was changed: then the lines lead to a later
 * value of their own. Then the nearest pair of a line and a place that fit, within a window. Then
 * far ahead, for long stretches that were removed, inserted or changed. The hashes for all this are
 * bounded for the whole record, because whoever changes every second line must not keep us for
 * hours.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "seal/said.h"
#include "seal/walk.h"
#include "tcbox/record.h"

#define LINES_AHEAD 24
#define PLACES_AHEAD 48

/* A pair that fits: so many lines and places ahead. */
struct found {
	bool is;
	uint64_t lines, places;
	off_t offset;			/* of that line */
};

/* go_on() - at this line and this place. Return: 1; 0: no more can be said; negative errno */
static int go_on(struct walk *w, uint64_t line, uint64_t pos, off_t offset, struct tb_err *err)
{
	int ret = chain_value(w->chain, pos - 1, w->before, err);

	if (ret == -EBADMSG || ret == -ERANGE) {
		said_wrong(w->out, "%s: line %" PRIu64 " is not a value of a chain: from line %"
			   PRIu64 " on %s cannot be compared", CHAIN_FILE, pos, line,
			   REC_EVENTS_FILE);
		return 0;
	}
	w->line = line;
	w->pos = pos;
	lines_seek(&w->lines, offset);
	return ret ? ret : 1;
}

static bool is_value(struct walk *w, uint64_t pos, const char *value)
{
	char there[TB_SHA256_HEX];

	return !chain_value(w->chain, pos, there, NULL) && !strcmp(there, value);
}

/* chain_changed() - do the lines give values that the chain has further on? Return: 1 if so, and we
 * are there; 0 or negative errno */
static int chain_changed(struct walk *w, const struct line *line, const char *hex,
			 struct tb_err *err)
{
	char value[TB_SHA256_HEX], second[TB_SHA256_HEX], next_hex[TB_SHA256_HEX];
	struct line next;
	int ret;

	memcpy(value, w->before, TB_SHA256_HEX);
	ret = chain_next(w->hash, hex, value, err);
	if (ret)
		return ret;
	if (is_value(w, w->pos + 1, value)) {
		said_wrong(w->out, "%s: line %" PRIu64 " was inserted", CHAIN_FILE, w->pos + 1);
		return go_on(w, w->line + 1, w->pos + 2, line->next, err);
	}
	lines_seek(&w->ahead, line->next);
	ret = lines_next(&w->ahead, &next, err);
	if (ret <= 0 || next.too_long || next.cut)
		return ret < 0 ? ret : 0;
	memcpy(second, value, TB_SHA256_HEX);
	ret = walk_hash(w, &next, next_hex, err);
	if (!ret)
		ret = chain_next(w->hash, next_hex, second, err);
	if (ret)
		return ret;
	if (is_value(w, w->pos + 1, second)) {
		said_wrong(w->out, "%s: line %" PRIu64 " was changed", CHAIN_FILE, w->pos + 1);
		return go_on(w, w->line + 2, w->pos + 2, next.next, err);
	}
	if (!is_value(w, w->pos, second))
		return 0;
	said_wrong(w->out, "%s: a line was removed before line %" PRIu64, CHAIN_FILE, w->pos + 1);
	return go_on(w, w->line + 2, w->pos + 1, next.next, err);
}

static void better(struct found *f, uint64_t lines, uint64_t places, off_t offset)
{
	if (f->is && f->lines + f->places <= lines + places)
		return;
	*f = (struct found){ true, lines, places, offset };
}

/* near_places() - of one line. Return: 0 or negative errno */
static int near_places(struct walk *w, const struct line *l, uint64_t a, struct found *f,
		       struct tb_err *err)
{
	char hex[TB_SHA256_HEX];
	int ret = walk_hash(w, l, hex, err);

	if (ret)
		return ret;
	for (uint64_t b = 0; b < PLACES_AHEAD && !(f->is && f->lines + f->places <= a + b); b++) {
		ret = walk_fits(w, hex, w->pos + b, err);
		if (ret < 0)
			return ret;
		if (ret)
			better(f, a, b, l->offset);
	}
	return 0;
}

/* near() - the nearest pair. The end of both is one, too. Return: 0 or negative errno */
static int near(struct walk *w, const struct line *line, struct found *f, struct tb_err *err)
{
	struct line l;
	int ret = 0;

	lines_seek(&w->ahead, line->offset);
	for (uint64_t a = 0; !ret && a < LINES_AHEAD; a++) {
		ret = lines_next(&w->ahead, &l, err);
		if (ret < 0)
			return ret;
		if (!ret || l.cut) {
			if (w->chain->n + 1 - w->pos < PLACES_AHEAD)
				better(f, a, w->chain->n + 1 - w->pos, l.offset);
			return 0;
		}
		ret = near_places(w, &l, a, f, err);
	}
	return ret;
}

/* far_places() - this line, far ahead in the chain: many lines before it were removed */
static int far_places(struct walk *w, const struct line *line, const char *hex, struct found *f,
		      struct tb_err *err)
{
	for (uint64_t b = 1; w->pos + b <= w->chain->n && w->tries; b++) {
		int ret = walk_fits(w, hex, w->pos + b, err);

		if (ret < 0)
			return ret;
		if (ret) {
			better(f, 0, b, line->offset);
			return 0;
		}
	}
	return 0;
}

/* far_lines() - a line far ahead, at this place, or at one as far ahead: many were inserted, or
 * changed */
static int far_lines(struct walk *w, const struct line *line, struct found *f, struct tb_err *err)
{
	char hex[TB_SHA256_HEX];
	struct line l;
	int ret;

	lines_seek(&w->ahead, line->next);
	for (uint64_t a = 1; w->tries && (ret = lines_next(&w->ahead, &l, err)) != 0; a++) {
		if (ret > 0)
			ret = walk_hash(w, &l, hex, err);
		if (ret < 0)
			return ret;
		for (int changed = 0; changed < 2; changed++) {
			ret = walk_fits(w, hex, changed ? w->pos + a : w->pos, err);
			if (ret < 0)
				return ret;
			if (ret) {
				better(f, a, changed ? a : 0, l.offset);
				return 0;
			}
		}
	}
	return 0;
}

static int find(struct walk *w, const struct line *line, const char *hex, struct found *f,
		struct tb_err *err)
{
	int ret = near(w, line, f, err);

	if (!ret && !f->is)
		ret = far_places(w, line, hex, f, err);
	if (!ret && !f->is)
		ret = far_lines(w, line, f, err);
	return ret;
}

int resync(struct walk *w, const struct line *line, const char *hex, struct tb_err *err)
{
	struct found f = { 0 };
	struct stretch s = { .line = w->line, .pos = w->pos };
	int ret = line->too_long ? 0 : chain_changed(w, line, hex, err);

	if (ret)
		return ret;
	ret = find(w, line, hex, &f, err);
	if (ret)
		return ret;
	if (!f.is) {
		said_wrong(w->out, "%s: from line %" PRIu64 " on, the lines are not those that "
			   "were written", REC_EVENTS_FILE, w->line);
		return 0;
	}
	s.n = f.lines;
	s.was = f.places;
	s.next = s.line + f.lines;
	ret = stretch_add(w, &s, line->offset, err);
	return ret ? ret : go_on(w, w->line + f.lines, w->pos + f.places, f.offset, err);
}
