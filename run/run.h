/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.h - one run of a product: prepared, recorded, compared, left as a bundle
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include <stdbool.h>

#include "run/evaluate.h"
#include "run/options.h"

/* How a run ended. Everything but RUN_DONE comes with an error that says why. */
enum run_outcome {
	RUN_DONE,		/* there is an evaluation, whatever the product did */
	RUN_WRONG,		/* the options, the policy or the output cannot be used: nothing was
				 * run */
	RUN_NOT_FOUND,		/* there is no such program */
	RUN_NOT_EXECUTABLE,	/* it cannot be executed */
	RUN_BROKEN,		/* tcbox could not go on */
};

struct run;

/* run_new() - @options: borrowed until run_free(). Return: NULL without memory */
struct run *run_new(const struct run_options *options);

/**
 * run_product() - run a product once and leave a bundle with its report
 * @argv:	NULL-terminated; borrowed until run_free()
 *
 * When it returns with RUN_DONE signals work as in any program again: the evidence is complete.
 */
enum run_outcome run_product(struct run *r, char **argv, struct tb_err *err);

/* run_evaluation() - after RUN_DONE; borrowed */
const struct evaluation *run_evaluation(const struct run *r);

/* run_bundle() - the path of the bundle; NULL: none was made. Borrowed */
const char *run_bundle(const struct run *r);

/* run_free() - NULL is allowed. The last thing before tcbox exits: what is left of the airlock
 * takes itself down */
void run_free(struct run *r);

#endif
