/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learn.h - from what happened in runs to a policy that declares it
 *
 * What is learned is what was seen, and says so: each rule has a comment that tells in how many of
 * the runs, when first and last, and what a generalisation adds that never was. What is suspicious
 * is written as a proposal that is commented out, and is not in force. A run that lost anything is
 * not learned from.
 *
 * Everything that is added is borrowed until learn_free().
 */
#ifndef TCBOX_LEARN_H
#define TCBOX_LEARN_H

#include "tcbox/finding.h"
#include "tcbox/policy.h"
#include "tcbox/run.h"

#define LEARN_RUNS 64		/* at once */

struct evd_facts;
struct learn;

struct learn_options {
	const char *command;		/* how it was asked for, for the heading */
	unsigned int headroom;		/* per cent that limits leave above the most that was
					 * seen; 0: no limits are written */
	bool exact_calls;		/* system calls one by one, without groups */
	bool requests;			/* rules declare the requests that were seen */
	bool unfinished_ok;		/* runs that failed or were cut are learned from, too */
	bool idle_ok;			/* a run in which nothing happened is one to learn from */
	const struct pol *base;		/* the policy that the runs were compared with: what it
					 * declares is not learned again. For learn_amend(); NULL:
					 * everything is learned */
};

/* One run. */
struct learn_run {
	const char *label;		/* the bundle, as it was named */
	const struct run_info *run;
	const struct evd_facts *evidence;	/* tcbox/evidence.h */
	const struct fnd_result *result;	/* of its comparison: with no policy, to learn a
						 * new one; or with the one that is amended */
};

/* What the product has to have done in the runs, or they are not representative. */
struct learn_wants;

/**
 * learn_wants_read() - read what has to occur, as tcbox(1) describes it: lines, or JSON
 * @name:	Of the file, for messages
 *
 * Return: 0, *out is the caller's: learn_wants_free(); -EINVAL; -ENOMEM
 */
int learn_wants_read(const char *name, const char *text, size_t len, struct learn_wants **out,
		     struct tb_err *err);
void learn_wants_free(struct learn_wants *w);

/* learn_new() - nothing is known yet. @options is copied, its strings are borrowed. Return: NULL
 * without memory */
struct learn *learn_new(const struct learn_options *options, struct tb_err *err);
void learn_free(struct learn *l);

/*
 * learn_add() - one run more. Return: 0; -EINVAL: it cannot be learned from, and @err says why and
 * what to do; -E2BIG: there are LEARN_RUNS already; -ENOMEM
 */
int learn_add(struct learn *l, const struct learn_run *run, struct tb_err *err);

/*
 * learn_missing() - append, as a list of words, what of @w none of the runs has. Nothing if all
 * occurred
 */
void learn_missing(const struct learn *l, const struct learn_wants *w, struct tb_buf *out);

/* What was written. */
struct learn_tally {
	size_t rules;		/* of connections and listens */
	size_t words;		/* names, programs, paths, system calls */
	size_t proposals;	/* not in force */
	size_t known;		/* that the policy which is amended has already */
};

/* learn_policy() - append the text of a policy. Return: 0; -E2BIG: there is more than a policy can
 * have; -ENOMEM */
int learn_policy(struct learn *l, struct tb_buf *out, struct learn_tally *tally,
		 struct tb_err *err);

/**
 * learn_amend() - append the text of a policy with what the runs have and it does not declare
 * @text:	Of options.base; it stays as it is but for what is added
 *
 * Return: as learn_policy()
 */
int learn_amend(struct learn *l, const char *text, size_t len, struct tb_buf *out,
		struct learn_tally *tally, struct tb_err *err);

#endif
