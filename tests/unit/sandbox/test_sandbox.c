/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sandbox.c - the airlock from outside: a product starts, acts, is recorded, and ends
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/sandbox/whole.h"

static struct whole w;

static int clear(void **state)
{
	(void)state;
	whole_end(&w);
	return 0;
}

static void a_product_runs_with_its_streams(void **state)
{
	(void)state;
	whole_init(&w, "read line; echo \"got $line\"; echo oops >&2; exit 7");
	w.input = "a word\n";
	whole_run(&w);
	whole_good(&w, W_EXITCODE(7, 0));
	whole_says(&w, "got a word\n");
	assert_string_equal(whole_said(&w, WHOLE_ERR), "oops\n");
	assert_null(sbx_canary(w.sbx));
	assert_int_equal(w.exec_errno, 0);
	assert_null(sbx_writes_by(w.sbx));
	assert_null(sbx_reads_by(w.sbx));
}

/* before() - in the record of the supervisor, @first comes, and @then after it */
static void before(const char *first, const char *then)
{
	const char *at = strstr(whole_said(&w, WHOLE_RECORDS + EV_SRC_BOX), first);

	if (!at || !strstr(at, then))
		fail_msg("not %s, then %s:\n%s", first, then,
			 whole_said(&w, WHOLE_RECORDS + EV_SRC_BOX));
}

static void the_control_acts_before_the_product_and_after_its_end(void **state)
{
	(void)state;
	whole_init(&w, "exit 3");
	whole_run(&w);
	whole_good(&w, W_EXITCODE(3, 0));
	before("\"role\":\"product\",\"how\":\"first\"", "\"role\":\"canary\"");
	before("\"role\":\"canary\"", "\"remote\":\"198.19.255.1:53\"");
	before("\"remote\":\"198.19.255.1:53\"", "\"remote\":\"198.19.255.1:443\"");
	before("\"remote\":\"198.19.255.1:443\"", "\"k\":\"exit\"");
	before("\"k\":\"exit\"", "\"path\":\"/bin/sh\"");
	before("\"path\":\"/bin/sh\"", "\"proc\":1,\"known\":true,\"code\":3}");
	before("\"code\":3}", "\"role\":\"canary\",\"how\":\"control\"");
	before("\"how\":\"control\"", "\"remote\":\"198.19.255.1:53\"");
	before("\"how\":\"control\"", "\"remote\":\"198.19.255.1:443\"");
	before("\"how\":\"control\"", "\"proc\":3,\"known\":true}");
	before("\"code\":3}", "\"processes\":3,");
	before("\"processes\":3,", "\"final\":true}\n");
	assert_null(strstr(whole_said(&w, WHOLE_RECORDS + EV_SRC_BOX), "\"k\":\"loss\""));
}

static void calls_that_stand_out_are_recorded(void **state)
{
	(void)state;
	whole_init(&w, "echo x >/tmp/a; mv /tmp/a /tmp/b; rm /tmp/b; echo y >/tmp/c; "
		       "mount -t tmpfs no /mnt 2>/dev/null; true");
	whole_run(&w);
	whole_good(&w, 0);
	whole_says(&w, "");
	/* whether it was still there when it was looked for is a matter of time */
	whole_has(&w, EV_SRC_BOX, "\"op\":\"create\",\"path\":\"/tmp/a\",\"outcome\":");
	whole_has(&w, EV_SRC_BOX, "\"op\":\"create\",\"path\":\"/tmp/c\",\"outcome\":\"allowed\"");
	before("\"op\":\"rename\",\"path\":\"/tmp/a\",\"path2\":\"/tmp/b\",\"outcome\":\"allowed\"",
	       "\"op\":\"remove\",\"path\":\"/tmp/b\",\"outcome\":\"allowed\"");
	before("\"op\":\"remove\"",
	       "\"group\":\"mount\",\"outcome\":\"denied\",\"error\":\"EPERM\"");
	before("\"call\":\"mount\"", "\"attempts\":1,");
}

static void an_end_by_a_signal_is_told(void **state)
{
	(void)state;
	whole_init(&w, "kill -9 $$");
	whole_run(&w);
	whole_good(&w, W_EXITCODE(0, SIGKILL));
	whole_has(&w, EV_SRC_BOX, "\"known\":true,\"signal\":9}");
}

static void a_program_that_cannot_run_is_told_with_its_errno(void **state)
{
	static const struct {
		const char *program;
		int code, status;
	} rows[] = { { "/no/such", ENOENT, 127 }, { "/etc/passwd", EACCES, 126 },
		     { "no-such", ENOENT, 127 }, { "passwd", ENOENT, 127 } };
	static char path[] = "PATH=/etc";

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		if (i)
			whole_end(&w);
		whole_init(&w, "exit 0");
		w.env[0] = path;
		w.opt.product.program = rows[i].program;
		whole_run(&w);
		whole_good(&w, W_EXITCODE(rows[i].status, 0));
		assert_int_equal(w.exec_errno, rows[i].code);
	}
}

static void a_name_is_found_by_the_path_of_the_product(void **state)
{
	static char path[] = "PATH=/no/such:/etc::/usr/bin:/bin";

	(void)state;
	whole_init(&w, "echo $0");
	w.env[0] = path;
	w.opt.product.program = "sh";
	whole_run(&w);
	whole_good(&w, 0);
	whole_says(&w, "sh\n");
	whole_has(&w, EV_SRC_BOX, "\"path\":\"/usr/bin/sh\"");
}

static void a_directory_that_is_not_there_is_no_place_to_run(void **state)
{
	(void)state;
	whole_init(&w, "exit 0");
	w.opt.product.cwd = "/no/such";
	whole_run(&w);
	assert_int_equal(w.ret, -ENOENT);
	assert_string_equal(w.err.msg, "enter /no/such in the box: No such file or directory");
	assert_false(w.started);
}

/* The product says that it is ready, and waits on a FIFO that nobody writes. */
#define WAIT "mkfifo /tmp/f; echo ready; read x <>/tmp/f; "

static int signal_sent;
static bool to_everyone;

static void send_when_ready(struct whole *me, enum sbx_event ev)
{
	if (ev != SBX_STARTED)
		return;
	while (!strstr(whole_said(me, WHOLE_OUT), "ready") && whole_read(me, WHOLE_OUT))
		;
	assert_int_equal(sbx_signal(me->sbx, signal_sent, to_everyone), 0);
}

static void signals_reach_the_product(void **state)
{
	static const struct {
		int sig;
		bool everyone;
	} rows[] = { { SIGTERM, false }, { SIGUSR1, true }, { SIGKILL, true } };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		if (i)
			whole_end(&w);
		whole_init(&w, WAIT);
		signal_sent = rows[i].sig;
		to_everyone = rows[i].everyone;
		w.at = send_when_ready;
		whole_run(&w);
		whole_good(&w, W_EXITCODE(0, rows[i].sig));
		whole_says(&w, "ready\n");
	}
}

/* What is in a session of its own is in no group of the product's. */
#define LEAVER "mkfifo /tmp/g; setsid sh -c 'mkfifo /tmp/f; echo x >/tmp/g; read x <>/tmp/f' & " \
	"read x </tmp/g; "

/* end_the_rest() - the first process has ended, and the run goes on */
static void end_the_rest(struct whole *me, enum sbx_event ev)
{
	if (ev != SBX_PRODUCT_EXIT)
		return;
	assert_false(me->done);
	assert_int_equal(sbx_signal(me->sbx, SIGUSR1, true), 0);
}

/* first_the_group() - and then all */
static void first_the_group(struct whole *me, enum sbx_event ev)
{
	send_when_ready(me, ev);
	end_the_rest(me, ev);
}

static void everyone_is_more_than_the_group(void **state)
{
	(void)state;
	whole_init(&w, LEAVER "echo ready; read x <>/tmp/g");
	signal_sent = SIGTERM;
	to_everyone = false;
	w.at = first_the_group;
	whole_run(&w);
	whole_good(&w, W_EXITCODE(0, SIGTERM));
	before("\"signal\":15}", "\"k\":\"exit\"");
}

static void a_run_lasts_as_long_as_its_last_process(void **state)
{
	(void)state;
	whole_init(&w, LEAVER "echo gone; exit 6");
	w.at = end_the_rest;
	whole_run(&w);
	whole_good(&w, W_EXITCODE(6, 0));
	before("\"known\":true,\"code\":6}", "\"k\":\"exit\"");
}

static void a_terminal_has_the_size_that_was_asked_for(void **state)
{
	(void)state;
	whole_init(&w, "tty; stty size; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo three >/dev/tty");
	w.terminal = true;
	w.opt.io.tty_rows = 33;
	w.opt.io.tty_columns = 77;
	whole_run(&w);
	whole_good(&w, 0);
	whole_says(&w, "/dev/pts/0\r\n33 77\r\nthree\r\n");
	assert_return_code(fcntl(sbx_tty(w.sbx), F_GETFD), errno);
}

static void a_run_without_a_terminal_has_none(void **state)
{
	(void)state;
	whole_init(&w, "tty; (: </dev/tty) 2>/dev/null || echo none");
	whole_run(&w);
	whole_good(&w, 0);
	whole_says(&w, "not a tty\nnone\n");
	assert_int_equal(sbx_tty(w.sbx), -1);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_product_runs_with_its_streams),
		TEST(the_control_acts_before_the_product_and_after_its_end),
		TEST(calls_that_stand_out_are_recorded),
		TEST(an_end_by_a_signal_is_told),
		TEST(a_program_that_cannot_run_is_told_with_its_errno),
		TEST(a_name_is_found_by_the_path_of_the_product),
		TEST(a_directory_that_is_not_there_is_no_place_to_run),
		TEST(signals_reach_the_product),
		TEST(everyone_is_more_than_the_group),
		TEST(a_run_lasts_as_long_as_its_last_process),
		TEST(a_terminal_has_the_size_that_was_asked_for),
		TEST(a_run_without_a_terminal_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
