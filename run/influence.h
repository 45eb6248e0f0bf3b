/* SPDX-License-Identifier: Apache-2.0 */
/*
 * influence.h - what of the machine reaches the product's world
 */
#ifndef RUN_INFLUENCE_H
#define RUN_INFLUENCE_H

#include "run/options.h"
#include "run/product.h"
#include "tcbox/run.h"

/*
 * influence_describe() - what may make the same product do otherwise on another machine, as lines
 * for run.json. Return: 0, -ENOMEM
 */
int influence_describe(const struct product *p, const struct run_options *wants,
		       struct run_info *info, struct tb_err *err);

#endif
