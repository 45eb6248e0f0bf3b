/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_finding.c - tests of bundle/finding.c
 */
#include "tcbox/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void names_are_the_words_of_the_report_format(void **state)
{
	(void)state;
	assert_string_equal(fnd_verdict_name(FND_CONFORMS), "conforms");
	assert_string_equal(fnd_verdict_name(FND_VIOLATES), "violates");
	assert_string_equal(fnd_verdict_name(FND_INCONCLUSIVE), "inconclusive");
	assert_string_equal(fnd_severity_name(FND_INFO), "info");
	assert_string_equal(fnd_severity_name(FND_WARNING), "warning");
	assert_string_equal(fnd_severity_name(FND_VIOLATION), "violation");
	assert_string_equal(fnd_basis_name(FND_SEEN), "seen");
	assert_string_equal(fnd_basis_name(FND_INFERRED), "inferred");
	assert_string_equal(fnd_basis_name(FND_NOT_OBSERVABLE), "not-observable");
	assert_string_equal(fnd_code_name(FND_NET_UNDECLARED), "NET-UNDECLARED");
	assert_string_equal(fnd_code_name(FND_PRODUCT_CHANGED), "PRODUCT-CHANGED");
	assert_string_equal(fnd_code_name(FND_CODES), "unknown");
}

static void a_process_is_found_by_its_id_only(void **state)
{
	struct fnd_proc procs[] = { { .id = 1 }, { .id = 2 }, { .id = 7 }, { .id = UINT64_MAX } };
	struct fnd_result r = { .procs = procs, .nprocs = 4 };

	(void)state;
	for (size_t i = 0; i < r.nprocs; i++)
		assert_ptr_equal(fnd_result_proc(&r, procs[i].id), &procs[i]);
	assert_null(fnd_result_proc(&r, 0));
	assert_null(fnd_result_proc(&r, 3));
	assert_null(fnd_result_proc(&r, 8));
	r.nprocs = 0;
	assert_null(fnd_result_proc(&r, 1));
}

static void a_process_is_found_with_the_program_that_it_was_then(void **state)
{
	struct fnd_proc procs[] = { { .id = 1 },
				    { .id = 2, .past = true, .until = 0 },
				    { .id = 2, .past = true, .until = 10 },
				    { .id = 2 },
				    { .id = 3, .past = true, .until = 5 } };
	struct fnd_result r = { .procs = procs, .nprocs = 5 };

	(void)state;
	assert_ptr_equal(fnd_result_program(&r, 1, 100), &procs[0]);
	assert_ptr_equal(fnd_result_program(&r, 2, INT64_MIN), &procs[1]);
	assert_ptr_equal(fnd_result_program(&r, 2, 0), &procs[2]);
	assert_ptr_equal(fnd_result_program(&r, 2, 9), &procs[2]);
	assert_ptr_equal(fnd_result_program(&r, 2, 10), &procs[3]);
	assert_ptr_equal(fnd_result_proc(&r, 2), &procs[3]);
	/* the last of the list, whatever it says */
	assert_ptr_equal(fnd_result_program(&r, 3, 6), &procs[4]);
	assert_null(fnd_result_program(&r, 4, 1));
}

/* The leak checker of the sanitizer build is the judge. */
static void a_result_is_freed_with_everything_in_it(void **state)
{
	struct fnd_result *r = calloc(1, sizeof(*r));

	(void)state;
	assert_non_null(r);
	r->findings = calloc(1, sizeof(*r->findings));
	r->rules = calloc(1, sizeof(*r->rules));
	r->gaps = calloc(1, sizeof(*r->gaps));
	r->procs = calloc(1, sizeof(*r->procs));
	r->shares = calloc(1, sizeof(*r->shares));
	assert_true(r->findings && r->rules && r->gaps && r->procs && r->shares);
	r->nfindings = r->nrules = r->ngaps = r->nprocs = r->nshares = 1;
	r->findings[0].program = strdup("p");
	r->findings[0].declared = strdup("d");
	assert_true(fnd_details_add(&r->findings[0].seen[3].details, FND_KEY_NAME, "o", 0));
	assert_true(fnd_details_add(&r->findings[0].seen[3].differs, FND_KEY_NAME, "x", 0));
	r->findings[0].nearest = strdup("n");
	r->findings[0].object = strdup("o");
	r->rules[0].id = strdup("i");
	r->rules[0].why = strdup("w");
	assert_true(fnd_details_add(&r->gaps[0].details, FND_KEY_SAID, "y", 0));
	r->procs[0].exe = strdup("e");
	r->procs[0].sha256 = strdup("s");
	r->procs[0].cmdline = strdup("c");
	fnd_result_free(r);
	fnd_result_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_the_words_of_the_report_format),
		cmocka_unit_test(a_process_is_found_by_its_id_only),
		cmocka_unit_test(a_process_is_found_with_the_program_that_it_was_then),
		cmocka_unit_test(a_result_is_freed_with_everything_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
