/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_relay.c - the product's streams over pipes: relayed whole, kept up to a bound
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/relay.h"
#include "tcbox/own.h"

static struct relay r;
static int saved[3], in[2], out[2], err_out[2], logs[2];

static int temp(void)
{
	char path[] = "/var/tmp/tcbox-test-relay.XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);

	assert_true(fd >= 0 && !unlink(path));
	return fd;
}

static int open_pipe(int p[2])
{
	return pipe2(p, O_CLOEXEC);
}

/* Our own streams become pipes, of which the test has the other ends. */
static int begin(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 20);
	assert_true(!open_pipe(in) && !open_pipe(out) && !open_pipe(err_out));
	(void)fflush(NULL);
	assert_true(dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1 && dup2(err_out[1], 2) == 2);
	tb_close(&in[0]);
	tb_close(&out[1]);
	tb_close(&err_out[1]);
	logs[0] = temp();
	logs[1] = temp();
	return 0;
}

/* restore() - so that the test's own messages are seen */
static void restore(void)
{
	for (int i = 0; i < 3; i++) {
		if (saved[i] >= 0)
			(void)dup2(saved[i], i);
		tb_close(&saved[i]);
	}
}

static int end(void **state)
{
	(void)state;
	relay_close(&r);
	restore();
	tb_close(&in[1]);
	tb_close(&out[0]);
	tb_close(&err_out[0]);
	tb_close(&logs[0]);
	tb_close(&logs[1]);
	return 0;
}

/* start() - Return: the product's own descriptors, which the airlock has copies of */
static void start(uint64_t log_max, int product[3])
{
	struct tb_err err = { 0 };

	if (relay_open(&r, logs, log_max, NULL, &err)) {
		restore();
		fail_msg("%s", err.msg);
	}
	for (int i = 0; i < 3; i++)
		product[i] = fcntl(r.product[i], F_DUPFD_CLOEXEC, 20);
	if (relay_started(&r, -1, &err)) {
		restore();
		fail_msg("%s", err.msg);
	}
}

/* step() - one round of the loop; false: nothing happens any more */
static bool step(void)
{
	struct pollfd p[RELAY_FDS];
	size_t n = relay_poll(&r, p);
	struct tb_err err = { 0 };

	return n && poll(p, n, 50) > 0 && !relay_step(&r, p, n, &err);
}

static size_t drain(int fd, char *buf, size_t size)
{
	ssize_t n = 0;
	size_t len = 0;

	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	while (len < size && (n = read(fd, buf + len, size - len)) > 0)
		len += (size_t)n;
	return len;
}

static size_t logged(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size, 0);

	return n > 0 ? (size_t)n : 0;
}

static void each_stream_goes_its_way(void **state)
{
	char buf[64];
	int product[3];

	(void)state;
	start(0, product);
	assert_int_equal(write(product[1], "out", 3), 3);
	assert_int_equal(write(product[2], "error", 5), 5);
	assert_int_equal(write(in[1], "input", 5), 5);
	while (step())
		;
	assert_int_equal(drain(out[0], buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "out", 3);
	assert_int_equal(drain(err_out[0], buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "error", 5);
	assert_int_equal(read(product[0], buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "input", 5);
	assert_int_equal(logged(logs[0], buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "out", 3);
	assert_int_equal(logged(logs[1], buf, sizeof(buf)), 5);
	assert_memory_equal(buf, "error", 5);
	for (int i = 0; i < 3; i++)
		(void)close(product[i]);
}

static void the_end_of_the_input_reaches_the_product(void **state)
{
	char buf[8];
	int product[3];

	(void)state;
	start(0, product);
	assert_int_equal(write(in[1], "x", 1), 1);
	tb_close(&in[1]);
	while (step())
		;
	assert_int_equal(read(product[0], buf, sizeof(buf)), 1);
	assert_int_equal(read(product[0], buf, sizeof(buf)), 0);
	for (int i = 0; i < 3; i++)
		(void)close(product[i]);
}

static void what_does_not_fit_into_the_log_is_relayed_and_counted(void **state)
{
	char buf[64];
	int product[3];

	(void)state;
	start(4, product);
	assert_int_equal(write(product[1], "abc", 3), 3);
	while (step())
		;
	assert_int_equal(r.out.log_cut, 0);
	assert_int_equal(write(product[1], "defgh", 5), 5);
	while (step())
		;
	assert_int_equal(r.out.log_cut, 4);
	assert_int_equal(r.err.log_cut, 0);
	assert_int_equal(r.out.bytes, 8);
	assert_int_equal(drain(out[0], buf, sizeof(buf)), 8);
	assert_memory_equal(buf, "abcdefgh", 8);
	assert_int_equal(logged(logs[0], buf, sizeof(buf)), 4);
	assert_memory_equal(buf, "abcd", 4);
	for (int i = 0; i < 3; i++)
		(void)close(product[i]);
}

static void the_product_hears_that_a_reader_went_away(void **state)
{
	char buf[64];
	int product[3];

	(void)state;
	start(0, product);
	tb_close(&out[0]);
	assert_int_equal(write(product[1], "one", 3), 3);
	while (step())
		;
	(void)signal(SIGPIPE, SIG_IGN);
	assert_int_equal(write(product[1], "two", 3), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(write(product[2], "err", 3), 3);	/* that has a reader */
	while (step())
		;
	assert_int_equal(logged(logs[0], buf, sizeof(buf)), 3);
	assert_memory_equal(buf, "one", 3);
	assert_int_equal(logged(logs[1], buf, sizeof(buf)), 3);
	for (int i = 0; i < 3; i++)
		(void)close(product[i]);
}

static void a_slow_reader_holds_the_product_and_nothing_is_lost(void **state)
{
	static char chunk[4096], all[1 << 20];
	size_t written = 0, got = 0;
	int product[3];

	(void)state;
	start(0, product);
	memset(chunk, 'z', sizeof(chunk));
	(void)fcntl(product[1], F_SETFL, O_NONBLOCK);
	for (int round = 0; round < 200; round++) {
		ssize_t n = write(product[1], chunk, sizeof(chunk));

		written += n > 0 ? (size_t)n : 0;
		if (!step())
			break;
	}
	assert_true(written < 200 * sizeof(chunk));	/* the pipes are full */
	tb_close(&product[1]);
	for (;;) {
		size_t n = drain(out[0], all + got, sizeof(all) - got);

		got += n;
		if (!step() && !n)
			break;
	}
	assert_int_equal(got, written);
	assert_int_equal(logged(logs[0], all, sizeof(all)), written);
	(void)close(product[0]);
	(void)close(product[2]);
}

/* What the product said last is in the log, whoever reads our output or does not. */
static void a_reader_that_takes_nothing_costs_no_evidence_at_the_end(void **state)
{
	static char chunk[4096], all[1 << 20];
	size_t written = 0, taken;
	struct tb_err err = { 0 };
	int product[3];

	(void)state;
	start(0, product);
	(void)fcntl(product[1], F_SETFL, O_NONBLOCK);
	for (int round = 0; round < 200; round++) {
		ssize_t n;

		memset(chunk, 'a' + round % 26, sizeof(chunk));
		n = write(product[1], chunk, sizeof(chunk));
		written += n > 0 ? (size_t)n : 0;
		if (!step())
			break;
	}
	while (write(product[1], "z", 1) == 1)	/* to the last byte that its pipe holds */
		written++;
	assert_int_equal(write(product[2], "last words", 10), 10);
	for (int i = 0; i < 3; i++)
		(void)close(product[i]);
	assert_int_equal(relay_drain(&r, &err), 0);
	taken = drain(out[0], all, sizeof(all));
	assert_in_range(taken, 4096, written - 4096);	/* there was more than it took */
	assert_int_equal(logged(logs[0], all, sizeof(all)), written);
	assert_int_equal(all[written - 1], 'z');
	assert_int_equal(logged(logs[1], all, sizeof(all)), 10);
	assert_int_equal(drain(err_out[0], all, sizeof(all)), 10);
	assert_int_equal(r.out.log_cut, 0);
}

static void the_rest_is_taken_after_the_products_end(void **state)
{
	struct tb_err err = { 0 };
	char buf[64];
	int product[3];

	(void)state;
	start(0, product);
	assert_int_equal(write(product[1], "last", 4), 4);
	assert_int_equal(write(product[2], "words", 5), 5);
	for (int i = 0; i < 3; i++)
		(void)close(product[i]);
	assert_int_equal(relay_drain(&r, &err), 0);
	assert_int_equal(drain(out[0], buf, sizeof(buf)), 4);
	assert_int_equal(drain(err_out[0], buf, sizeof(buf)), 5);
	assert_int_equal(relay_poll(&r, (struct pollfd[RELAY_FDS]){ { 0 } }), 0);
	relay_close(&r);
	relay_close(&r);		/* again does no harm */
}

static void a_full_disk_is_an_error(void **state)
{
	struct pollfd p[RELAY_FDS];
	struct tb_err err = { 0 };
	int product[3], full = open("/dev/full", O_WRONLY | O_CLOEXEC), ret;
	size_t n;

	(void)state;
	tb_close(&logs[0]);
	logs[0] = full;
	start(0, product);
	assert_int_equal(write(product[1], "x", 1), 1);
	n = relay_poll(&r, p);
	assert_true(poll(p, n, 1000) > 0);
	ret = relay_step(&r, p, n, &err);
	assert_int_equal(ret, -ENOSPC);
	assert_non_null(strstr(err.msg, "write the product's output into the bundle"));
	for (int i = 0; i < 3; i++)
		(void)close(product[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_stream_goes_its_way),
		TEST(the_end_of_the_input_reaches_the_product),
		TEST(what_does_not_fit_into_the_log_is_relayed_and_counted),
		TEST(the_product_hears_that_a_reader_went_away),
		TEST(a_slow_reader_holds_the_product_and_nothing_is_lost),
		TEST(a_reader_that_takes_nothing_costs_no_evidence_at_the_end),
		TEST(the_rest_is_taken_after_the_products_end),
		TEST(a_full_disk_is_an_error),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
