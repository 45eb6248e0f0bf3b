/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.h - keys, and seals made with them
 */
#ifndef TESTS_UNIT_SEAL_KEYS_H
#define TESTS_UNIT_SEAL_KEYS_H

#include <openssl/evp.h>

#include "seal/key.h"
#include "tests/unit/seal/said.h"

__attribute__((unused)) static struct seal_key *new_key(void)
{
	struct seal_key *k = NULL;

	assert_int_equal(key_take(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), "a key", &k, NULL), 0);
	return k;
}

/* seal_with() - the made bundle */
__attribute__((unused)) static void seal_with(const struct seal_key *k)
{
	struct run_info run = { 0 };
	const struct seal_claim claim = { .run = &run, .judged = true, .verdict = FND_CONFORMS };
	struct tb_err err = { 0 };

	assert_int_equal(run_info_read(made, &run, &err), 0);
	if (seal_make(made, &claim, k, &err))
		fail_msg("%s", err.msg);
	run_info_clear(&run);
}

/* is_whole() - nothing is wrong and nothing open */
__attribute__((unused)) static bool is_whole(const struct seal_trust *trust)
{
	struct seal_check c;
	bool whole;

	assert_int_equal(seal_verify(made, trust, &c, NULL), 0);
	whole = !c.wrong.n && !c.open.n;
	for (size_t i = 0; i < c.wrong.n; i++)
		print_message("# %s\n", c.wrong.texts[i]);
	seal_check_clear(&c);
	return whole;
}

#endif
