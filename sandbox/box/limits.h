/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - memory and processors of the product: by a control group, or what is there without one
 */
#ifndef SANDBOX_BOX_LIMITS_H
#define SANDBOX_BOX_LIMITS_H

#include "sandbox/box/cgroup.h"
#include "tcbox/sandbox.h"

struct limits {
	struct cgroup group;
	struct sbx_limits on;		/* in force */
};
#define LIMITS_NONE { .group = CGROUP_NONE }

typedef void (*limits_sentence_fn)(void *arg, const char *text);

/* limits_prepare() - in tcbox, before the first clone(2). What was asked for and cannot be had is
 * told through @reduced */
void limits_prepare(struct limits *l, const struct sbx_limit_opts *opt, limits_sentence_fn reduced,
		    void *arg);

/* limits_enter() - in init, first of all */
int limits_enter(struct limits *l, struct tb_err *err) TB_MUST_CHECK;

/* limits_apply() - in what becomes the product: what holds for each process */
int limits_apply(const struct limits *l, const struct sbx_limit_opts *opt,
		 struct tb_err *err) TB_MUST_CHECK;

/* limits_look() - at the end: what the limits did; whether they were in force is told through
 * @degraded */
void limits_look(struct limits *l, limits_sentence_fn degraded, void *arg);

/* limits_end() - the box is dead, or about to be */
void limits_end(struct limits *l);

#endif
