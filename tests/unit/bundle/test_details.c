/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_facts.c - tests of details, of the names of their keys and of the names of gaps
 */
#include "tcbox/details.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/gap.h"

static void facts_keep_their_order_and_a_copy_of_the_text(void **state)
{
	struct fnd_details f = { 0 };
	char text[] = "one";

	(void)state;
	assert_null(fnd_detail(&f, FND_KEY_NAME));
	assert_true(fnd_details_add(&f, FND_KEY_COUNT, NULL, 7));
	assert_true(fnd_details_add(&f, FND_KEY_NAME, text, 0));
	text[0] = 'x';
	assert_true(fnd_details_add(&f, FND_KEY_NAME, "two", 0));
	assert_int_equal(f.n, 3);
	assert_string_equal(fnd_detail(&f, FND_KEY_NAME)->text, "one");
	assert_string_equal(f.v[2].text, "two");
	assert_int_equal(fnd_detail(&f, FND_KEY_COUNT)->n, 7);
	assert_null(fnd_detail(&f, FND_KEY_COUNT)->text);
	fnd_details_free(&f);
	assert_int_equal(f.n, 0);
	assert_null(fnd_detail(&f, FND_KEY_COUNT));
	fnd_details_free(&f);
}

static void keys_have_names_of_their_own(void **state)
{
	(void)state;
	for (int i = 0; i < FND_KEYS; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(fnd_key_name((enum fnd_key)i),
						fnd_key_name((enum fnd_key)j));
	assert_string_equal(fnd_key_name(FND_KEY_RULE_PORT), "rule_port");
	assert_string_equal(fnd_key_name(FND_KEYS), "unknown");
}

/* The name of a loss comes from the record; all others are known without it. */
static void gaps_have_names(void **state)
{
	(void)state;
	for (int i = 0; i < FND_GAPS; i++) {
		if (i == FND_GAP_LOSS)
			assert_null(fnd_gap_name((enum fnd_gap_code)i));
		else
			assert_non_null(fnd_gap_name((enum fnd_gap_code)i));
	}
	assert_string_equal(fnd_gap_name(FND_GAP_LAST_PACKETS), "the last packets");
	assert_string_equal(fnd_gap_name(FND_GAPS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_keep_their_order_and_a_copy_of_the_text),
		cmocka_unit_test(keys_have_names_of_their_own),
		cmocka_unit_test(gaps_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
