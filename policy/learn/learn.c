/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learn.c - front door of learning, and what its files share
 */
#include "policy/learn/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

#define ITEMS_MAX 200000	/* different acts, before any become one */
#define POOL_FIRST (64u << 10)

struct learn *learn_new(const struct learn_options *options, struct tb_err *err)
{
	struct learn *l = calloc(1, sizeof(*l));

	if (l) {
		l->options = *options;
		l->pool = tb_pool_new(POOL_FIRST);
		l->by_key = tb_map_new(ITEMS_MAX);
	}
	if (!l || !l->pool || !l->by_key) {
		learn_free(l);
		(void)tb_err_set(err, ENOMEM, "learn");
		return NULL;
	}
	return l;
}

void learn_free(struct learn *l)
{
	if (!l)
		return;
	tb_map_free(l->by_key);
	tb_pool_free(l->pool);
	free(l->items);
	free(l);
}

const char *lrn_keep_some(struct learn *l, const char *s, size_t len)
{
	char *copy = tb_pool_alloc(l->pool, len + 1);

	if (!copy) {
		l->failed = true;
		return "";
	}
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

const char *lrn_keep(struct learn *l, const char *s)
{
	return s ? lrn_keep_some(l, s, strlen(s)) : NULL;
}

const char *lrn_take(struct learn *l, struct tb_buf *b)
{
	const char *kept = lrn_keep(l, b->data ? b->data : "");

	l->failed |= b->failed;
	tb_buf_reset(b);
	return kept;
}

static void add_key(struct tb_buf *key, const struct lrn_act *act)
{
	tb_buf_addf(key, "%d", (int)act->section);
	for (size_t i = 0; i < TB_ARRAY_SIZE(act->key); i++) {
		tb_buf_addc(key, '\0');
		if (act->key[i])
			tb_buf_addf(key, "=%s", act->key[i]);
	}
}

static struct lrn_item *add_item(struct learn *l, const struct tb_buf *key,
				 enum lrn_section section)
{
	struct lrn_item **grown = tb_grow(l->items, l->nitems, 1, sizeof(struct lrn_item *));
	struct lrn_item *it = grown ? tb_pool_alloc(l->pool, sizeof(*it)) : NULL;

	if (grown)
		l->items = grown;
	if (tb_map_count(l->by_key) == ITEMS_MAX) {
		l->full = true;
		return NULL;
	}
	if (!it || tb_map_put(l->by_key, key->data, key->len, it)) {
		l->failed = true;
		return NULL;
	}
	*it = (struct lrn_item){ .section = section };
	l->items[l->nitems++] = it;
	return it;
}

static void add_seen(struct learn *l, struct lrn_item *it, const struct lrn_act *act)
{
	int64_t start = lrn_run(l)->run->started_ns;
	int64_t first = start + act->first, last = start + act->last;

	if (!it->seen.runs || first < it->seen.first)
		it->seen.first = first;
	if (!it->seen.runs || last > it->seen.last)
		it->seen.last = last;
	it->seen.runs |= UINT64_C(1) << l->at;
	it->seen.count += act->count;
}

struct lrn_item *lrn_note(struct learn *l, const struct lrn_act *act, bool *fresh)
{
	TB_AUTOBUF struct tb_buf key = TB_BUF_INIT;
	struct lrn_item *it;

	*fresh = false;
	add_key(&key, act);
	if (key.failed) {
		l->failed = true;
		return NULL;
	}
	it = tb_map_get(l->by_key, key.data, key.len);
	if (!it) {
		it = add_item(l, &key, act->section);
		*fresh = it != NULL;
	}
	if (it)
		add_seen(l, it, act);
	return it;
}

bool lrn_wanted(const struct learn *l, enum fnd_stand stand)
{
	if (!l->options.base)
		return true;
	return stand == FND_UNDECLARED || stand == FND_BROKEN;
}

int learn_add(struct learn *l, const struct learn_run *run, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;

	if (l->nruns == LEARN_RUNS)
		return tb_err_msg(err, E2BIG, "at most %d runs are learned from at once",
				  LEARN_RUNS);
	lrn_unfit(run, &l->options, &why);
	if (why.failed)
		return tb_err_set(err, ENOMEM, "learn");
	if (why.len)
		return tb_err_msg(err, EINVAL, "%s", why.data);
	l->runs[l->nruns++] = *run;
	return 0;
}

void lrn_collect(struct learn *l)
{
	for (l->at = 0; l->at < l->nruns && !l->failed; l->at++) {
		lrn_conns(l);
		lrn_lookups(l);
		lrn_listens(l);
		lrn_programs(l);
		lrn_files(l);
		lrn_calls(l);
	}
	l->at = 0;
}

int lrn_written(const struct learn *l, const struct tb_buf *out, struct tb_err *err)
{
	if (l->failed || out->failed)
		return tb_err_set(err, ENOMEM, "write a policy");
	if (l->full || out->len > POL_MAX_BYTES)
		return tb_err_msg(err, E2BIG, "the runs have more different acts than a policy can "
					      "have; learn from fewer or shorter runs");
	return 0;
}

int learn_policy(struct learn *l, struct tb_buf *out, struct learn_tally *tally,
		 struct tb_err *err)
{
	struct lines lines = { .out = out };

	*tally = (struct learn_tally){ 0 };
	lrn_collect(l);
	lrn_merge(l);
	lrn_check_words(l);
	lrn_write(l, &lines, tally);
	return lrn_written(l, out, err);
}
