/* SPDX-License-Identifier: Apache-2.0 */
/*
 * told.h - facts of a record that is told line by line, for the tests of the facts
 */
#ifndef TESTS_UNIT_FACTS_TOLD_H
#define TESTS_UNIT_FACTS_TOLD_H

#include "tcbox/facts.h"
#include "tests/unit/policy/compare/story.h"

#define MS 1000000ll

static struct facts *facts;

/* collect() - the record has ended: compare it, and collect the facts */
static inline void collect(void)
{
	struct cmp_input in = {
		.policy = story.policy, .run_policy = story.policy, .run = &story.run,
		.stats = &story.stats,
	};
	struct tb_err err = { 0 };

	assert_int_equal(evd_finish(story.evd, &in.evidence, &err), 0);
	assert_int_equal(cmp_compare(&in, &story.r, &err), 0);
	facts = facts_new(&(struct facts_input){ in.evidence, story.r }, &err);
	assert_non_null(facts);
}

static inline int forget(void **state)
{
	(void)state;
	facts_free(facts);
	facts = NULL;
	fnd_result_free(story.r);
	evd_free(story.evd);
	pol_free(story.policy);
	memset(&story, 0, sizeof(story));
	return 0;
}

#define TEST(f) cmocka_unit_test_teardown(f, forget)

#endif
