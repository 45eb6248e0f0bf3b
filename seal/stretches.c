/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stretches.c - lines of the record that stand where others stood: which of them only moved, and
 * what is to be said
 */
#include <inttypes.h>
#include <stdio.h>

#include "seal/said.h"
#include "seal/walk.h"
#include "tcbox/record.h"

static int add_lines(struct walk *w, const struct stretch *s, off_t offset, struct tb_err *err)
{
	struct line l;

	lines_seek(&w->ahead, offset);
	for (uint64_t i = 0; i < s->n; i++) {
		int ret = lines_next(&w->ahead, &l, err);

		if (ret <= 0)
			return ret;
		if (w->nlines_left == SINGLES_MAX)
			w->too_many = true;
		else
			w->lines_left[w->nlines_left++] = (struct single){
				.number = s->line + i, .offset = l.offset,
				.stretch = w->nstretches,
			};
	}
	return 0;
}

int stretch_add(struct walk *w, const struct stretch *s, off_t offset, struct tb_err *err)
{
	int ret;

	if (w->nstretches == STRETCHES_MAX) {
		w->out->wrong.more++;
		return 0;
	}
	ret = add_lines(w, s, offset, err);
	for (uint64_t i = 0; i < s->was && !w->too_many; i++) {
		if (w->nplaces_left == SINGLES_MAX)
			w->too_many = true;
		else
			w->places_left[w->nplaces_left++] = (struct single){
				.number = s->pos + i, .stretch = w->nstretches,
			};
	}
	w->stretches[w->nstretches++] = *s;
	return ret;
}

/* pair() - one line with the place that it had */
static int pair(struct walk *w, struct single *left, struct tb_err *err)
{
	char hex[TB_SHA256_HEX];
	struct line l;
	int ret;

	lines_seek(&w->ahead, left->offset);
	ret = lines_next(&w->ahead, &l, err);
	if (ret <= 0)
		return ret;
	ret = walk_hash(w, &l, hex, err);
	if (ret)
		return ret;
	ret = 1;
	for (size_t i = 0; ret > 0 && i < w->nplaces_left; i++) {
		struct single *place = &w->places_left[i];

		if (place->paired)
			continue;
		ret = walk_fits(w, hex, place->number, err);
		if (ret <= 0) {
			ret = ret < 0 ? ret : 1;
			continue;
		}
		left->paired = place->paired = true;
		w->stretches[left->stretch].n--;
		w->stretches[place->stretch].was--;
		said_wrong(w->out, "%s: line %" PRIu64 " was line %" PRIu64
			   ": the order was changed", REC_EVENTS_FILE, left->number,
			   place->number);
		return 0;
	}
	return ret < 0 ? ret : 0;
}

/* first_left(), last_left() - of a stretch, what is not paired; @all: its number if too many lines
 * are left to know each */
static uint64_t first_left(const struct single *v, size_t n, size_t stretch, uint64_t all)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].stretch == stretch && !v[i].paired)
			return v[i].number;
	return all;
}

static uint64_t last_left(const struct single *v, size_t n, size_t stretch, uint64_t all)
{
	for (size_t i = n; i > 0; i--)
		if (v[i - 1].stretch == stretch && !v[i - 1].paired)
			return v[i - 1].number;
	return all;
}

/* range() - "line 7" or "lines 7 to 9" */
static const char *range(char *out, size_t size, uint64_t first, uint64_t last)
{
	if (first == last)
		(void)snprintf(out, size, "line %" PRIu64, first);
	else
		(void)snprintf(out, size, "lines %" PRIu64 " to %" PRIu64, first, last);
	return out;
}

static void tell(struct walk *w, size_t i)
{
	const struct stretch *s = &w->stretches[i];
	size_t nlines = w->too_many ? 0 : w->nlines_left;
	size_t nplaces = w->too_many ? 0 : w->nplaces_left;
	char now[64], then[64];

	range(now, sizeof(now), first_left(w->lines_left, nlines, i, s->line),
	      last_left(w->lines_left, nlines, i, s->line + s->n - 1));
	range(then, sizeof(then), first_left(w->places_left, nplaces, i, s->pos),
	      last_left(w->places_left, nplaces, i, s->pos + s->was - 1));
	if (s->line == 1 && s->n == 1 && s->pos == 1 && s->was == 1)
		said_wrong(w->out, "%s: line 1 was changed, or line 1 of %s", REC_EVENTS_FILE,
			   CHAIN_FILE);
	else if (s->n && s->n == s->was)
		said_wrong(w->out, "%s: %s changed", REC_EVENTS_FILE, now);
	else if (s->n && s->was)
		said_wrong(w->out, "%s: %s not there any more; at that place now: %s",
			   REC_EVENTS_FILE, then, now);
	else if (s->was)
		said_wrong(w->out, "%s: %s removed, before what is now line %" PRIu64,
			   REC_EVENTS_FILE, then, s->next);
	else if (s->n)
		said_wrong(w->out, "%s: %s inserted", REC_EVENTS_FILE, now);
}

int stretches_tell(struct walk *w, struct tb_err *err)
{
	int ret = 0;

	for (size_t i = 0; !ret && !w->too_many && i < w->nlines_left; i++)
		ret = pair(w, &w->lines_left[i], err);
	for (size_t i = 0; !ret && i < w->nstretches; i++)
		tell(w, i);
	return ret;
}
