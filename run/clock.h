/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - a clock of the product's own: what its environment needs for it
 */
#ifndef RUN_CLOCK_H
#define RUN_CLOCK_H

#include "run/options.h"
#include "tcbox/sandbox.h"

struct clock {
	struct sbx_clock box;
	char *preload, *ahead;		/* variables; owned */
	const char *env[8];		/* "NAME=VALUE", NULL-terminated */
};

/* clock_prepare() - nothing without --clock. Return: 0; -ENOENT: there is no libfaketime */
int clock_prepare(struct clock *c, const struct run_options *wants, struct tb_err *err);
void clock_clear(struct clock *c);

#endif
