/* SPDX-License-Identifier: Apache-2.0 */
/*
 * said.h - what a check of the made bundle must say
 */
#ifndef TESTS_UNIT_SEAL_SAID_H
#define TESTS_UNIT_SEAL_SAID_H

#include "tests/unit/seal/made.h"

/* is_said() - does one of these sentences have the text? */
static bool is_said(const struct seal_list *l, const char *text)
{
	for (size_t i = 0; i < l->n; i++)
		if (strstr(l->texts[i], text))
			return true;
	return false;
}

/* finds_with() - so many things are wrong for who trusts these, and one of them is this */
static void finds_with(const struct seal_trust *trust, const char *text, size_t n)
{
	struct tb_err err = { 0 };
	struct seal_check c;
	int ret = seal_verify(made, trust, &c, &err);

	if (ret || c.wrong.n != n || (n && !is_said(&c.wrong, text))) {
		for (size_t i = 0; i < c.wrong.n; i++)
			print_message("# %s\n", c.wrong.texts[i]);
		fail_msg("%d, %zu, not: %s %s", ret, c.wrong.n, text, err.msg);
	}
	seal_check_clear(&c);
}

static void finds_n(const char *text, size_t n)
{
	finds_with(&nobody, text, n);
}

/* finds() - this is wrong, and nothing else */
__attribute__((unused)) static void finds(const char *text)
{
	finds_n(text, 1);
}

/* leaves() - nothing is wrong, and this is open */
__attribute__((unused)) static void leaves(const char *text)
{
	struct seal_check c;

	assert_int_equal(seal_verify(made, &nobody, &c, NULL), 0);
	for (size_t i = 0; i < c.wrong.n; i++)
		print_message("# %s\n", c.wrong.texts[i]);
	assert_int_equal(c.wrong.n, 0);
	assert_true(is_said(&c.open, text));
	seal_check_clear(&c);
}

#endif
