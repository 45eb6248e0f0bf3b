/* SPDX-License-Identifier: Apache-2.0 */
/*
 * across.h - several runs against the first of them, shared by the files that write it
 *
 * A mark is a thing that stands otherwise in some of the runs than in the first: which it has and
 * the first has not, or the other way round, or which has other values there.
 */
#ifndef REPORT_DIFF_ACROSS_H
#define REPORT_DIFF_ACROSS_H

#include "report/diff/diff.h"
#include "tcbox/map.h"

enum across_how { ACROSS_UNDER, ACROSS_NOT_UNDER, ACROSS_OTHERWISE, ACROSS_HOWS };

struct across_mark {
	enum diff_kind kind;
	enum across_how how;
	const char *what, *program;	/* NULL: no program is known */
	struct diff_words *words;	/* its values in all of the runs, as many as its kind has;
					 * NULL with ACROSS_OTHERWISE */
	const char *values;		/* the same as a text; of ACROSS_OTHERWISE: what is another
					 * one. NULL: none */
	bool clear;			/* it was sent in the clear, and that is new */
	uint64_t runs;			/* bits */
};

/* A run, as far as it is told. */
struct across_run {
	const char *name, *means, *bundle, *verdict;	/* NULL: not known */
	bool compared;			/* with a policy */
	bool bounded;			/* it may have missed something, beside what its scenario
					 * hides */
	int64_t exit_code;
	bool exited, timed_out;
	uint64_t items[DIFF_KINDS];
};

struct rpt_across {
	const struct rpt_input *first;
	struct tb_pool *pool;
	struct tb_map *known;		/* marks, by what makes them one: number from 1 */
	struct across_run runs[RPT_ACROSS_MAX];
	size_t nruns;
	struct across_mark *marks;	/* in the end by kind and how, and what was in the clear
					 * first */
	size_t nmarks;
	uint64_t left_out;
	bool failed;			/* memory ran out */
};

/* across_count() - of marks of a kind; DIFF_KINDS: of all */
size_t across_count(const struct rpt_across *a, enum diff_kind kind, enum across_how how);

const char *across_how_name(enum across_how how);	/* "under", ... */

#endif
