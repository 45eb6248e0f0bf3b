/* SPDX-License-Identifier: Apache-2.0 */
/*
 * box_opts.h - options of "tcbox run" for products that need more than the box gives by itself
 */
#ifndef RUN_BOX_OPTS_H
#define RUN_BOX_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "run/limits.h"
#include "tcbox/err.h"
#include "tcbox/own.h"
#include "tcbox/run.h"
#include "tcbox/sandbox.h"

struct box_opts {
	char **env;			/* "NAME=VALUE"; a later one of the same name counts */
	size_t nenv;
	struct sbx_bind *binds;
	size_t nbinds;
	uint64_t processes, layer, file_size;	/* 0: as usual */
	struct limit_opts limits;
	const char *hostname;		/* NULL: the machine's */
	const char *workdir;		/* as given; NULL: the technician's own */
	const char *root_given, *state;	/* as given; NULL: none */
	char *root;			/* absolute, links resolved; NULL: the machine's own */
	bool as_root;
	char *cwd;			/* absolute, links resolved; NULL: the technician's own */
};

/* box_opts_env() - "NAME=VALUE", or "NAME" for the value that it has here */
int box_opts_env(struct box_opts *o, const char *value, struct tb_err *err) TB_MUST_CHECK;

/* box_opts_bind() - "SRC[:DST][:ro]" */
int box_opts_bind(struct box_opts *o, const char *value, struct tb_err *err) TB_MUST_CHECK;

/* box_opts_state() - a name for a kept layer */
int box_opts_state(struct box_opts *o, const char *value, struct tb_err *err) TB_MUST_CHECK;

/* box_opts_processes(), box_opts_size() - a limit; @most: the greatest that makes sense */
int box_opts_processes(struct box_opts *o, const char *value, struct tb_err *err) TB_MUST_CHECK;
int box_opts_size(const char *value, uint64_t least, uint64_t most, uint64_t *out, struct tb_err *err) TB_MUST_CHECK;

/* box_opts_hostname() - a host name, RFC 1123 */
int box_opts_hostname(struct box_opts *o, const char *value, struct tb_err *err) TB_MUST_CHECK;

/* box_opts_check() - what can only be said once all options are known; fills in the limits that are in force */
int box_opts_check(struct box_opts *o, struct tb_err *err) TB_MUST_CHECK;

/* box_opts_describe() - what was asked for, into the manifest. Names of variables only: values may be secrets */
int box_opts_describe(const struct box_opts *o, struct run_info *run, struct tb_err *err) TB_MUST_CHECK;

void box_opts_clear(struct box_opts *o);

#endif
