/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_out.c - producer's side of the record
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/clock.h"
#include "tcbox/record.h"

static int ends[2];

static int make_pipe(void **state)
{
	(void)state;
	return pipe2(ends, O_CLOEXEC | O_NONBLOCK);
}

static int close_pipe(void **state)
{
	(void)state;
	(void)close(ends[0]);
	(void)close(ends[1]);
	return 0;
}

/* arrived() - what is in the pipe, as a string */
static const char *arrived(void)
{
	static char text[1 << 17];
	ssize_t n = read(ends[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void nothing_is_written_before_the_flush(void **state)
{
	struct rec_out *out = rec_out_new(ends[1], EV_SRC_LAB, 1000);
	struct ev ev = { .kind = EV_LOSS, .src = EV_SRC_BOX, .n = 99, .t = 5,
			 .u.loss.what = "lab" };

	(void)state;
	assert_int_equal(rec_append(out, &ev), 0);
	assert_string_equal(arrived(), "");
	assert_int_equal(rec_flush(out), 0);
	assert_string_equal(arrived(),
			    "{\"k\":\"loss\",\"src\":\"lab\",\"n\":1,\"t\":5,\"what\":\"lab\"}\n");
	assert_int_equal(rec_flush(out), 0);
	assert_string_equal(arrived(), "");
	rec_out_free(out);
	rec_out_free(NULL);
}

static void events_are_numbered_and_timed(void **state)
{
	struct rec_out *out = rec_out_new(ends[1], EV_SRC_BOX, tb_realtime_ns() - TB_NS_PER_S);
	struct ev ev = { .kind = EV_EXIT };
	int i;

	(void)state;
	for (i = 1; i <= 3; i++) {
		ev.t = 0;
		assert_int_equal(rec_append(out, &ev), 0);
		assert_int_equal(ev.n, i);
		assert_int_equal(ev.src, EV_SRC_BOX);
		assert_true(ev.t >= TB_NS_PER_S && ev.t < 60 * TB_NS_PER_S);
	}
	rec_out_free(out);
	out = rec_out_new(ends[1], EV_SRC_BOX, 1000);
	assert_true(rec_time(out, 1500) == 500);
	assert_true(rec_time(out, 500) == -500);
	rec_out_free(out);
}

static void many_events_flush_themselves_in_whole_lines(void **state)
{
	struct rec_out *out = rec_out_new(ends[1], EV_SRC_NET, 0);
	struct ev ev = { .kind = EV_LOSS, .t = 5,
			 .u.loss.what = "0123456789012345678901234567890123456789" };
	const char *text;
	size_t i, lines = 0;

	(void)state;
	for (i = 0; i < 600; i++)
		assert_int_equal(rec_append(out, &ev), 0);
	text = arrived();
	assert_true(strlen(text) > 40000 && text[strlen(text) - 1] == '\n');
	for (; *text; text++)
		lines += *text == '\n';
	assert_true(lines < 600);
	assert_int_equal(rec_flush(out), 0);
	for (text = arrived(); *text; text++)
		lines += *text == '\n';
	assert_int_equal(lines, 600);
	rec_out_free(out);
}

static void a_recorder_that_is_gone_is_an_error(void **state)
{
	struct rec_out *out = rec_out_new(ends[1], EV_SRC_NET, 0);
	struct ev ev = { .kind = EV_EXIT, .t = 5 };
	int i, ret = 0;

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	(void)close(ends[0]);
	assert_int_equal(rec_append(out, &ev), 0);
	assert_int_equal(rec_flush(out), -EPIPE);
	for (i = 0; !ret && i < 10000; i++)
		ret = rec_append(out, &ev);
	assert_int_equal(ret, -EPIPE);
	rec_out_free(out);
}

/* A pipe that takes nothing and does not block stands for any error in the middle of a flush: the
 * lines behind it must not follow. */
static void after_an_error_nothing_is_written_any_more(void **state)
{
	struct rec_out *out = rec_out_new(ends[1], EV_SRC_NET, 0);
	struct ev ev = { .kind = EV_EXIT, .t = 5 };
	char full[4096] = "";

	(void)state;
	while (write(ends[1], full, sizeof(full)) > 0)
		;
	assert_int_equal(rec_append(out, &ev), 0);
	assert_int_equal(rec_flush(out), -EAGAIN);
	while (read(ends[0], full, sizeof(full)) > 0)
		;
	assert_int_equal(rec_append(out, &ev), -EAGAIN);
	assert_int_equal(rec_flush(out), -EAGAIN);
	assert_string_equal(arrived(), "");
	rec_out_free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_written_before_the_flush, make_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(events_are_numbered_and_timed, make_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(many_events_flush_themselves_in_whole_lines,
						make_pipe, close_pipe),
		cmocka_unit_test_setup_teardown(a_recorder_that_is_gone_is_an_error, make_pipe,
						close_pipe),
		cmocka_unit_test_setup_teardown(after_an_error_nothing_is_written_any_more,
						make_pipe, close_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
