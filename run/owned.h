/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owned.h - what one run owns, for the files that prepare and end it
 */
#ifndef RUN_OWNED_H
#define RUN_OWNED_H

#include "run/clock.h"
#include "run/events.h"
#include "run/evaluate.h"
#include "run/hidden.h"
#include "run/options.h"
#include "run/parts.h"
#include "run/places.h"
#include "run/product.h"
#include "run/session.h"
#include "run/state.h"
#include "run/trust.h"
#include "tcbox/bundle.h"
#include "tcbox/lab.h"
#include "tcbox/policy.h"
#include "tcbox/run.h"
#include "tcbox/sandbox.h"
#include "tcbox/seal.h"

/* Everything that one run owns. */
struct run {
	const struct run_options *wants;	/* borrowed */
	char canary_name[64];
	struct pol *policy;
	struct tb_buf policy_text;
	struct tb_buf review_text;		/* earlier decisions; empty: none */
	struct tb_buf chain;		/* the first line of events.chain */
	struct product product;
	const char *one_user;		/* why root of the box has no other users; NULL: it has, or
					 * is none */
	struct state_key key;
	struct state state;
	char *state_home;
	char *key_home;
	struct seal_key *key_seal;		/* NULL: nothing is to be sealed */
	const char *hide[4];
	struct bundle bundle;
	struct run_info info;
	struct trust trust;
	struct clock clock;
	struct lab_authority *authority;
	struct tb_buf lab_text;			/* answers of the simulated internet */
	struct lab_fixture *fixture;
	struct parts parts;
	struct sbx_open *opens;
	size_t nopens;
	struct places places;
	struct sbx_options box;
	struct events events;
	struct session session;
	struct evaluation evaluation;
	char *hidden[HIDDEN_MAX];	/* sentences about arguments that the box does not show */
	size_t nhidden;
};

#endif
