/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_seal_no_memory.c - every single allocation of a check fails once: it is an error, never a
 * bundle that looks whole
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/no_memory.h"
#include "tests/unit/seal/keys.h"

static void a_check_ends_with_an_error(void **state)
{
	const struct note note = { .examiner = "ann", .text = "x" };
	struct seal_check c;
	struct tb_err err;
	unsigned int n;
	int ret = -1;

	(void)state;
	make(40, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 7, 1, "{}\n");
	append("x", "");
	assert_int_equal(note_append(made, "b", &note, NULL), 0);
	assert_int_equal(note_append(made, "b", &note, NULL), 0);
	for (n = 1; ret; n++) {
		err = (struct tb_err){ 0 };
		countdown = n;
		ret = seal_verify(made, &nobody, &c, &err);
		assert_int_equal(ret, countdown ? 0 : -ENOMEM);
		assert_int_equal(err.code, countdown ? 0 : ENOMEM);
		countdown = 0;
		if (!ret)
			assert_int_equal(c.wrong.n, 2);
		seal_check_clear(&c);
	}
	assert_true(n > 10);
}

static void a_seal_is_made_whole_or_not_at_all(void **state)
{
	struct run_info run = { 0 };
	const struct seal_claim claim = { .run = &run };
	struct seal_key *key[2] = { new_key(), new_key() };
	const struct seal_trust us = { .keys = key, .n = 2 };
	struct tb_err err;
	unsigned int n;
	int ret;

	(void)state;
	make(4, RUN_COMPLETE);
	for (size_t i = 0; i < 2; i++) {
		for (n = 1, ret = -1; ret; n++) {
			err = (struct tb_err){ 0 };
			countdown = n;
			ret = i ? seal_add(made, key[1], &err) :
				  seal_make(made, &claim, key[0], &err);
			assert_int_equal(ret, countdown ? 0 : -ENOMEM);
			assert_int_equal(err.code, countdown ? 0 : ENOMEM);
			countdown = 0;
			if (ret && !i)
				assert_int_equal(faccessat(made, "seal.json", F_OK, 0), -1);
		}
		assert_true(n > 10);
	}
	assert_true(is_whole(&us));
	for (n = 1, ret = -1; ret; n++) {
		struct seal_check c;

		countdown = n;
		ret = seal_verify(made, &us, &c, NULL);
		assert_int_equal(ret, countdown ? 0 : -ENOMEM);
		countdown = 0;
		seal_check_clear(&c);
	}
	seal_key_free(key[0]);
	seal_key_free(key[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_check_ends_with_an_error),
		cmocka_unit_test(a_seal_is_made_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, made_open, made_remove);
}
