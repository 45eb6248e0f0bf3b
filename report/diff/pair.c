/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pair.c - which items of two runs are the same thing, and what differs
 *
 * How it works: items are paired in rounds, from what is surely the same to what is probably so:
 * equal texts; equal but for places that moved; equal but for what looks temporary, with the same
 * values first; the same thing done by another program. Each round looks only at items that have
 * no pair yet. Items that look the same are paired in their order.
 */
#include "report/diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

/* Amounts differ by more than this part of the smaller one, and by more than so many. */
#define AMOUNT_PART 4
#define AMOUNT_COUNT 2
#define AMOUNT_BYTES 1024

enum round {
	SAME, MOVED_PROGRAM, MOVED, SHAPE_AND_VALUES, SHAPE, OTHER_PROGRAM, ROUNDS
};

struct pairing {
	struct rpt_diff *d;
	enum diff_kind kind;
	struct diff_list *a, *b;
	struct tb_map *times;	/* by program: how many items of A have no pair */
	struct tb_map *heads;	/* of the chains of B's items that look the same: from 1 */
	size_t *next;		/* in such a chain */
	bool *sure;		/* of B's items: look() was */
	struct tb_buf key, part;
};

/* is_contents() - what is in a file, which is often a time: compared on request only */
static bool is_contents(enum diff_kind kind, int value)
{
	return kind == DIFF_FILES && !strcmp(diff_about[kind].values[value], "sha256");
}

/* add_shaped() - @side: A's text is moved first. Return: as diff_shape() */
static bool add_shaped(struct pairing *p, int side, const char *text, bool temporary)
{
	tb_buf_reset(&p->part);
	if (side == DIFF_A)
		diff_moved(p->d, text, &p->part);
	else
		tb_buf_adds(&p->part, text);
	p->d->failed |= p->part.failed;
	return p->part.len && diff_shape(p->d, side, p->part.data, temporary, &p->key);
}

static void add_part(struct pairing *p, int side, const char *text, bool moved)
{
	if (moved && side == DIFF_A)
		diff_moved(p->d, text, &p->key);
	else
		tb_buf_adds(&p->key, text);
}

/* is_transient() - a file of which nothing is left */
static bool is_transient(const struct pairing *p, const struct diff_item *i)
{
	return p->kind == DIFF_FILES && !i->values[DIFF_FILE_LEFT].n;
}

/* add_values() - words that hold nothing temporary; of files not their contents */
static void add_values(struct pairing *p, const struct diff_item *i)
{
	for (int v = 0; v < DIFF_VALUES && diff_about[p->kind].values[v]; v++) {
		if (is_contents(p->kind, v))
			continue;
		tb_buf_addc(&p->key, '\n');
		for (size_t n = 0; n < i->values[v].n; n++)
			tb_buf_addf(&p->key, "%s,", i->values[v].v[n]);
	}
}

static bool is_shape(enum round round)
{
	return round == SHAPE || round == SHAPE_AND_VALUES;
}

/* look() - what an item looks like in this round. Return: true if a shape in it is sure */
static bool look(struct pairing *p, int side, enum round round, const struct diff_item *i)
{
	const char *program = i->program ? i->program : "";
	bool sure = false;

	tb_buf_reset(&p->key);
	if (is_shape(round)) {
		bool gone = is_transient(p, i);

		sure = add_shaped(p, side, i->what, gone);
		sure |= gone && diff_in_temporary_place(i->what);
		tb_buf_addc(&p->key, '\n');
		sure |= add_shaped(p, side, program, false);
		if (round == SHAPE_AND_VALUES)
			add_values(p, i);
	} else if (round == OTHER_PROGRAM) {
		add_part(p, side, p->kind == DIFF_PROGRAMS ? program : i->what, true);
	} else {
		add_part(p, side, i->what, round == MOVED);
		tb_buf_addc(&p->key, '\n');
		add_part(p, side, program, round != SAME);
	}
	p->d->failed |= p->key.failed;
	return sure;
}

/* chain() - B's items without a pair, in their order */
static void chain(struct pairing *p, enum round round)
{
	for (size_t i = p->b->n; i-- > 0 && !p->d->failed;) {
		void *head;

		if (p->b->v[i].pair != DIFF_NONE)
			continue;
		p->sure[i] = look(p, DIFF_B, round, &p->b->v[i]);
		if (p->d->failed || !p->key.len)
			continue;
		head = tb_map_get(p->heads, p->key.data, p->key.len);
		p->next[i] = (uintptr_t)head;
		if (tb_map_put(p->heads, p->key.data, p->key.len, (void *)(uintptr_t)(i + 1)))
			p->d->failed = true;
	}
}

/* count_programs() - how many items of A without a pair each program has */
static void count_programs(struct pairing *p)
{
	for (size_t i = 0; i < p->a->n && !p->d->failed; i++) {
		const char *program = p->a->v[i].program;
		uintptr_t n;

		if (p->a->v[i].pair != DIFF_NONE || !program)
			continue;
		n = (uintptr_t)tb_map_get(p->times, program, strlen(program));
		if (tb_map_put(p->times, program, strlen(program), (void *)(n + 1)))
			p->d->failed = true;
	}
}

/* is_alone() - is there but one such item without a pair on each side? Two commands of one shell
 * have nothing else in common */
static bool is_alone(const struct pairing *p, size_t a, size_t b)
{
	const char *program = p->a->v[a].program;

	return program && !p->next[b] &&
	       (uintptr_t)tb_map_get(p->times, program, strlen(program)) == 1;
}

/* take() - pair an item of A with the first of B that looks the same */
static void take(struct pairing *p, enum round round, size_t a)
{
	bool sure = look(p, DIFF_A, round, &p->a->v[a]);
	size_t b;

	if (p->d->failed || !p->key.len)
		return;
	b = (uintptr_t)tb_map_get(p->heads, p->key.data, p->key.len);
	if (!b--)
		return;
	if (round == OTHER_PROGRAM && p->kind == DIFF_PROGRAMS && !is_alone(p, a, b))
		return;
	if (!p->next[b])
		(void)tb_map_del(p->heads, p->key.data, p->key.len);
	else if (tb_map_put(p->heads, p->key.data, p->key.len, (void *)(uintptr_t)p->next[b]))
		p->d->failed = true;
	if (is_shape(round) && !sure && !p->sure[b])
		return;
	p->a->v[a].pair = b;
	p->b->v[b].pair = a;
}

static bool is_round(const struct pairing *p, enum round round)
{
	switch (round) {
	case MOVED_PROGRAM:
	case MOVED:
		return p->d->nmoves;
	case SHAPE_AND_VALUES:
	case SHAPE:
		return diff_about[p->kind].shapes;
	case OTHER_PROGRAM:
		return p->kind != DIFF_FINDINGS;
	case SAME:
	case ROUNDS:
		break;
	}
	return true;
}

/* note_alike() - the reader is told what was taken for the same by its looks */
static void note_alike(struct pairing *p, const bool *before)
{
	for (size_t i = 0; i < p->a->n && !p->d->failed; i++) {
		struct diff_entry *v;

		if (before[i] || p->a->v[i].pair == DIFF_NONE)
			continue;
		p->d->nalike_all++;
		if (p->d->nalike == DIFF_ALIKE)
			continue;
		v = tb_grow(p->d->alike, p->d->nalike, 1, sizeof(*v));
		if (!v) {
			p->d->failed = true;
			return;
		}
		p->d->alike = v;
		v[p->d->nalike++] = (struct diff_entry){
			.kind = p->kind,
			.item = { &p->a->v[i], &p->b->v[p->a->v[i].pair] },
		};
	}
}

static void do_round(struct pairing *p, enum round round)
{
	bool *before = calloc(p->a->n + 1, sizeof(*before));

	p->heads = tb_map_new(SIZE_MAX);
	p->times = tb_map_new(SIZE_MAX);
	if (!before || !p->heads || !p->times)
		p->d->failed = true;
	for (size_t i = 0; i < p->a->n && before; i++)
		before[i] = p->a->v[i].pair != DIFF_NONE;
	memset(p->next, 0, p->b->n * sizeof(*p->next));
	if (!p->d->failed)
		chain(p, round);
	if (!p->d->failed && round == OTHER_PROGRAM && p->kind == DIFF_PROGRAMS)
		count_programs(p);
	for (size_t i = 0; i < p->a->n && !p->d->failed; i++)
		if (p->a->v[i].pair == DIFF_NONE)
			take(p, round, i);
	if (is_shape(round) && !p->d->failed)
		note_alike(p, before);
	tb_map_free(p->heads);
	tb_map_free(p->times);
	free(before);
}

static void pair_kind(struct rpt_diff *d, enum diff_kind kind)
{
	struct pairing p = {
		.d = d, .kind = kind, .a = &d->lists[DIFF_A][kind], .b = &d->lists[DIFF_B][kind],
		.key = TB_BUF_INIT, .part = TB_BUF_INIT,
	};

	p.next = calloc(p.b->n + 1, sizeof(*p.next));
	p.sure = calloc(p.b->n + 1, sizeof(*p.sure));
	if (!p.next || !p.sure)
		d->failed = true;
	for (enum round round = SAME; round < ROUNDS && !d->failed; round++)
		if (is_round(&p, round))
			do_round(&p, round);
	free(p.next);
	free(p.sure);
	tb_buf_free(&p.key);
	tb_buf_free(&p.part);
}

static bool amounts_differ(uint64_t a, uint64_t b, bool bytes)
{
	uint64_t low = a < b ? a : b, more = a < b ? b - a : a - b;

	if (!low)
		return more;
	return more > low / AMOUNT_PART && more >= (bytes ? AMOUNT_BYTES : AMOUNT_COUNT);
}

static bool words_differ(struct rpt_diff *d, const struct diff_words *a, const struct diff_words *b,
			 bool shapes)
{
	if (a->n != b->n)
		return true;
	for (size_t i = 0; i < a->n; i++)
		if (!diff_same_text(d, a->v[i], b->v[i], shapes))
			return true;
	return false;
}

/* compare() - what differs in a pair. Return: false if nothing does */
static bool compare(struct rpt_diff *d, struct diff_entry *e)
{
	const struct diff_about *about = &diff_about[e->kind];
	const struct diff_item *a = e->item[DIFF_A], *b = e->item[DIFF_B];

	for (int i = 0; i < DIFF_VALUES && about->values[i]; i++) {
		if (!words_differ(d, &a->values[i], &b->values[i], about->shapes))
			continue;
		if (is_contents(e->kind, i) && a->values[i].n && b->values[i].n) {
			d->contents_differ++;
			if (!d->contents)
				continue;
		}
		e->values |= 1u << i;
	}
	for (int i = 0; i < DIFF_AMOUNTS && about->amounts[i]; i++)
		if (amounts_differ(a->amounts[i], b->amounts[i], about->bytes[i]))
			e->amounts |= 1u << i;
	e->program = !diff_same_text(d, a->program ? a->program : "", b->program ? b->program : "",
				     about->shapes);
	if (e->kind == DIFF_PROGRAMS)
		e->program = !diff_same_text(d, a->what, b->what, true);
	return e->values || e->amounts || e->program;
}

static void add_entry(struct rpt_diff *d, const struct diff_entry *e)
{
	struct diff_entry *v = tb_grow(d->entries, d->nentries, 1, sizeof(*v));

	if (!v) {
		d->failed = true;
		return;
	}
	d->entries = v;
	d->entries[d->nentries++] = *e;
	d->of_kind[e->kind]++;
}

/* of_b() - what is new in B or not as it is in A */
static void of_b(struct rpt_diff *d, enum diff_kind kind)
{
	const struct diff_list *a = &d->lists[DIFF_A][kind], *b = &d->lists[DIFF_B][kind];
	unsigned int bit = 1u << kind;

	for (size_t i = 0; i < b->n && !d->failed; i++) {
		struct diff_entry e = { .kind = kind, .item = { NULL, &b->v[i] } };

		if (b->v[i].pair == DIFF_NONE) {
			e.bounded = d->hidden[b->v[i].absence ? DIFF_B : DIFF_A] & bit;
			e.change = e.bounded ? DIFF_ONLY_B : DIFF_NEW;
			add_entry(d, &e);
			continue;
		}
		e.item[DIFF_A] = &a->v[b->v[i].pair];
		e.change = DIFF_CHANGED;
		e.bounded = (d->hidden[DIFF_A] | d->hidden[DIFF_B]) & bit;
		if (compare(d, &e))
			add_entry(d, &e);
	}
}

/* of_a() - what is gone: only where B could have seen it */
static void of_a(struct rpt_diff *d, enum diff_kind kind)
{
	const struct diff_list *a = &d->lists[DIFF_A][kind];

	for (size_t i = 0; i < a->n && !d->failed; i++) {
		struct diff_entry e = { .kind = kind, .item = { &a->v[i], NULL } };

		if (a->v[i].pair != DIFF_NONE)
			continue;
		e.bounded = d->hidden[a->v[i].absence ? DIFF_A : DIFF_B] & (1u << kind);
		e.change = e.bounded ? DIFF_ONLY_A : DIFF_GONE;
		add_entry(d, &e);
	}
}

void diff_pair(struct rpt_diff *d)
{
	for (enum diff_kind k = 0; k < DIFF_KINDS && !d->failed; k++) {
		pair_kind(d, k);
		of_b(d, k);
		of_a(d, k);
	}
}
