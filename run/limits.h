/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - options of "tcbox run" that limit memory, processors and output: what was asked for, what was in force
 */
#ifndef RUN_LIMITS_H
#define RUN_LIMITS_H

#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/own.h"
#include "tcbox/run.h"
#include "tcbox/sandbox.h"

struct limit_opts {		/* 0: not asked for */
	uint64_t memory;
	uint64_t cpus_milli;
	uint64_t cpu_time_ms;
	uint64_t output;	/* of each stream */
};

/* limits_cpus() - a number of processors such as "1.5". Return: 0 or -EINVAL */
int limits_cpus(const char *value, uint64_t *milli, struct tb_err *err) TB_MUST_CHECK;

/* limits_memory() - a size that a product can start with */
int limits_memory(const char *value, uint64_t *bytes, struct tb_err *err) TB_MUST_CHECK;

/* limits_default() - what holds although nobody asked for it */
void limits_default(struct limit_opts *l);

/* limits_set() - for the box; limits_describe() - into the manifest, before the run */
void limits_set(const struct limit_opts *l, struct sbx_options *box);
void limits_describe(const struct limit_opts *l, struct run_info *run);

/* limits_found() - into the manifest, once the box is started: what is in force */
int limits_found(struct sbx *s, struct run_info *run, struct tb_err *err) TB_MUST_CHECK;

#endif
