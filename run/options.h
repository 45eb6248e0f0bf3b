/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.h - what a technician asks of a run
 */
#ifndef RUN_OPTIONS_H
#define RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/chain.h"
#include "tcbox/err.h"
#include "tcbox/finding.h"
#include "tcbox/lab.h"
#include "tcbox/own.h"
#include "tcbox/run.h"
#include "tcbox/sandbox.h"

#define RUN_SCENARIOS_MAX 32

/*
 * Strings as given are borrowed. What goes to the box is in the box's own groups, which are copied
 * whole: the rest of a group is filled in when the run is prepared.
 */
struct run_options {
	const char *policy_path;	/* NULL: only record */
	const char *review_path;	/* decisions about an earlier version; NULL: none */
	const char *events;		/* file or number of a descriptor; NULL: none */
	const char *output;		/* NULL: a name made of the program's and the time */
	char challenge[CHAIN_CHALLENGE];	/* said by somebody just before; empty: nothing */
	bool seal;			/* with the user's own key */
	bool enforce;
	bool quiet;
	bool fail;			/* exit status 1 for a finding as grave as fail_on */
	enum fnd_severity fail_on;
	bool live;
	const char *examiner;		/* who makes notes while it runs; NULL: not known */
	uint64_t timeout_ms;		/* 0: none */
	uint64_t output_max;		/* bytes of each output stream in the bundle */
	uint64_t body_max;		/* bytes of each body in the bundle; 0: none are kept */
	const char *lab_path;		/* answers of the simulated internet; NULL: none */
	const struct lab_scenario *scenario;	/* NULL: none was asked for */
	const struct lab_scenario *several[RUN_SCENARIOS_MAX];	/* a run in each of them */
	size_t nseveral;		/* 0: one run */
	bool all_scenarios, named_scenarios;	/* how they were asked for */
	const char *phase;		/* NULL: rules of every phase are in force */
	const char *clock;		/* the product's, as given; NULL: the machine's */
	int64_t clock_s;		/* how far it is ahead of the machine's; negative: behind */
	const char *hide;		/* a directory with other bundles, absolute; NULL: none */
	bool mute;			/* what the product prints goes to the bundle only */
	struct sbx_network network;	/* mode */
	struct sbx_calls calls;		/* observe_all */
	struct sbx_identity identity;	/* as_root, hostname */
	struct sbx_limit_opts limits;
	struct sbx_bind *binds;		/* owned */
	size_t nbinds;
	char **env;			/* "NAME=VALUE", owned; a later one of the same name
					 * counts */
	size_t nenv;
	const char *workdir;		/* as given; NULL: the technician's own */
	const char *root_given;		/* as given; NULL: none */
	const char *state;		/* NULL: the private layer vanishes */
	char *root;			/* absolute, links resolved, owned; NULL: the machine's
					 * own */
	char *cwd;			/* absolute, links resolved, owned; NULL: the technician's
					 * own */
};

/* run_options_init() - what holds when nothing is asked for */
void run_options_init(struct run_options *o);

/* run_options_env() - add "NAME=VALUE", or "NAME" for the value that it has here */
int run_options_env(struct run_options *o, const char *value, struct tb_err *err) TB_MUST_CHECK;

/* run_options_scenarios() - "refused" or "refused,reset": one run, or one in each and in that in
 * which nothing goes wrong */
int run_options_scenarios(struct run_options *o, const char *names,
			  struct tb_err *err) TB_MUST_CHECK;

/* run_options_all() - a run in each scenario that there is */
void run_options_all(struct run_options *o);

/* run_options_clock() - "+30d", "-2h", or a moment: "2027-01-01", "2027-01-01T12:00:00Z" */
int run_options_clock(struct run_options *o, const char *value, struct tb_err *err) TB_MUST_CHECK;

/* run_options_bind() - add "SRC[:DST][:ro]" */
int run_options_bind(struct run_options *o, const char *value, struct tb_err *err) TB_MUST_CHECK;

/* run_options_check() - what can only be said once all options are known. Lowers the limits to what
 * who started tcbox may have, and fills in root and cwd. Return: 0 or negative errno: nothing can
 * be run like that */
int run_options_check(struct run_options *o, struct tb_err *err) TB_MUST_CHECK;

/* run_options_describe() - what was asked for, into the manifest. Names of variables only: values
 * may be secrets */
int run_options_describe(const struct run_options *o, struct run_info *run,
			 struct tb_err *err) TB_MUST_CHECK;

void run_options_clear(struct run_options *o);

#endif
