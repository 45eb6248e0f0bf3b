/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_smtp.c - the mail server that takes everything
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lab/smtp.h"

static void says(struct smtp *s, const char *line, const char *code)
{
	const char *reply = smtp_answer(s, line, false);

	assert_int_equal(strncmp(reply, code, strlen(code)), 0);
	assert_true(!*reply || !strcmp(reply + strlen(reply) - 2, "\r\n"));
}

static void a_message_is_taken(void **state)
{
	struct smtp s = { 0 };

	(void)state;
	says(&s, "EHLO me", "250-");
	says(&s, "mail FROM:<a@b>", "250 ");
	says(&s, "RCPT TO:<c@d>", "250 ");
	says(&s, "DATA", "354 ");
	assert_string_equal(smtp_answer(&s, "QUIT", false), "");
	assert_string_equal(smtp_answer(&s, "..", false), "");
	assert_string_equal(smtp_answer(&s, "", false), "");
	says(&s, ".", "250 ");
	assert_false(s.quit);
	says(&s, "QUIT", "221 ");
	assert_true(s.quit);
}

static void every_password_is_right(void **state)
{
	struct smtp s = { 0 };

	(void)state;
	says(&s, "AUTH PLAIN AGEAYg==", "235 ");
	says(&s, "AUTH PLAIN", "334 ");
	says(&s, "AGEAYg==", "235 ");
	says(&s, "AUTH LOGIN", "334 VXNl");
	says(&s, "YQ==", "334 UGFz");
	says(&s, "DATA", "235 ");
	says(&s, "auth login YQ==", "334 UGFz");
	says(&s, "Yg==", "235 ");
	assert_false(s.data);
}

static void tls_begins_once(void **state)
{
	struct smtp s = { 0 };

	(void)state;
	assert_non_null(strstr(smtp_answer(&s, "EHLO me", false), "STARTTLS"));
	assert_null(strstr(smtp_answer(&s, "EHLO me", true), "STARTTLS"));
	assert_int_equal(strncmp(smtp_answer(&s, "STARTTLS", true), "502", 3), 0);
	assert_false(s.starttls);
	says(&s, "STARTTLS", "220 ");
	assert_true(s.starttls);
}

static void nonsense_is_refused(void **state)
{
	struct smtp s = { 0 };

	(void)state;
	says(&s, "", "502 ");
	says(&s, "\x01\xff", "502 ");
	says(&s, "VRFY root", "502 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_taken),
		cmocka_unit_test(every_password_is_right),
		cmocka_unit_test(tls_begins_once),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
