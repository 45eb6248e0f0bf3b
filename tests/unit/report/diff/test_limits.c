/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_limits.c - what bounds two runs, and whether it leaves a doubt that they are the same
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/diff/diff.h"
#include "tcbox/own.h"

/* doubt() - do these gaps of two runs that are alike leave one? FND_GAPS: the run has none */
static bool doubt(enum fnd_gap_code a, enum fnd_gap_code b)
{
	struct run_info run = { .state = RUN_COMPLETE };
	const struct facts facts = { .disk_listed = true };
	struct fnd_gap gaps[DIFF_SIDES] = { { .code = a }, { .code = b } };
	struct fnd_result results[DIFF_SIDES] = {
		{ .gaps = &gaps[DIFF_A], .ngaps = a != FND_GAPS },
		{ .gaps = &gaps[DIFF_B], .ngaps = b != FND_GAPS },
	};
	const struct rpt_input in[DIFF_SIDES] = {
		{ .run = &run, .result = &results[DIFF_A], .facts = &facts },
		{ .run = &run, .result = &results[DIFF_B], .facts = &facts },
	};
	struct rpt_diff d = { .in = { &in[DIFF_A], &in[DIFF_B] }, .pool = tb_pool_new(1024) };

	assert_non_null(d.pool);
	diff_limits(&d);
	assert_false(d.failed);
	free(d.limits);
	tb_pool_free(d.pool);
	return d.doubt;
}

static void of_each_gap_it_is_known_what_it_hides(void **state)
{
	(void)state;
	for (int code = 0; code < FND_GAPS; code++)
		if (!diff_gap_row((enum fnd_gap_code)code))
			fail_msg("%s", fnd_gap_name((enum fnd_gap_code)code));
	assert_int_equal(diff_gap_row(FND_GAPS), 0);
}

static void what_hides_nothing_leaves_no_doubt(void **state)
{
	(void)state;
	assert_false(doubt(FND_GAPS, FND_GAPS));
	assert_false(doubt(FND_GAP_MAIL, FND_GAP_MAIL));
	assert_false(doubt(FND_GAP_MAIL, FND_GAPS));
	assert_true(doubt(FND_GAP_PACKETS_DROPPED, FND_GAP_PACKETS_DROPPED));
}

static void a_box_that_failed_both_runs_leaves_no_doubt(void **state)
{
	(void)state;
	assert_false(doubt(FND_GAP_BROKEN, FND_GAP_BROKEN));
	assert_true(doubt(FND_GAP_BROKEN, FND_GAPS));
	assert_true(doubt(FND_GAPS, FND_GAP_BROKEN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_each_gap_it_is_known_what_it_hides),
		cmocka_unit_test(what_hides_nothing_leaves_no_doubt),
		cmocka_unit_test(a_box_that_failed_both_runs_leaves_no_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
