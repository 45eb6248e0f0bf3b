/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_session.c - a session that cannot begin
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/parts.h"
#include "run/session.h"

static void a_session_without_a_record_leaves_other_files_open(void **state)
{
	struct bundle bundle = { .dir = -1, .capture = -1, .logs = { -1, -1 } };
	struct parts parts = { .packets = { -1, -1 }, .root_fd = -1 };
	struct sbx_options opt = { .t0_ns = 0 };
	struct run_info info = { .timeout_ms = 0 };
	struct tb_err err = { 0 };
	struct events events;
	struct session s = { .bundle = &bundle, .run = &info, .opt = &opt, .parts = &parts,
			     .quiet = true, .events = &events };

	(void)state;
	assert_int_equal(events_open(&events, NULL, &err), 0);
	assert_return_code(fcntl(STDIN_FILENO, F_GETFD), errno);
	assert_int_equal(session_run(&s, &err), -EBADF);
	assert_string_equal(err.msg, "create events.jsonl: Bad file descriptor");
	assert_return_code(fcntl(STDIN_FILENO, F_GETFD), errno);
	assert_int_equal(session_close(&s, &err), 0);
	assert_return_code(fcntl(STDIN_FILENO, F_GETFD), errno);
	session_end(&s);
	events_close(&events);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_without_a_record_leaves_other_files_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
