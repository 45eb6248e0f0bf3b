/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_spill.c - the pipe to the decoder: nothing is torn, reordered or lost, whatever its size
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "capture/spill.h"

static uint8_t data[4096];
static uint8_t got[8 << 20];

/* read_all() - what is in the pipe now */
static size_t read_all(int fd, size_t at, size_t max)
{
	ssize_t n;

	while (max && (n = read(fd, got + at, max)) > 0) {
		at += (size_t)n;
		max -= (size_t)n;
	}
	return at;
}

static void open_pipe(int p[2])
{
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	assert_int_equal(fcntl(p[0], F_SETFL, O_NONBLOCK), 0);
}

static void packets_arrive_in_order_through_a_ring_that_wraps(void **state)
{
	struct spill_head head = { 0 }, seen;
	struct spill *s;
	size_t len = 0, at = 0;
	uint64_t added = 0, n = 0;
	int p[2], i;

	(void)state;
	open_pipe(p);
	assert_int_equal(spill_new(&s, p[1], 10007, NULL), 0);
	(void)fcntl(p[1], F_SETPIPE_SZ, 4096);
	for (i = 0; i < 3000; i++) {
		head.caplen = (uint32_t)(i * 37 % 900);
		head.number = added + 1;
		memset(data, (int)head.number, head.caplen);
		if (spill_add(s, &head, data) == 0)
			added++;
		assert_true(spill_flush(s) >= 0);
		if (i % 3)
			len = read_all(p[0], len, 500 + (size_t)i % 700);
	}
	while (spill_flush(s) == 0)
		len = read_all(p[0], len, 100000);
	len = read_all(p[0], len, 100000);
	assert_int_equal(spill_waiting(s), 0);
	for (; at < len; at += sizeof(seen) + seen.caplen) {
		memcpy(&seen, got + at, sizeof(seen));
		assert_int_equal(seen.number, ++n);
		if (seen.caplen)
			assert_int_equal(got[at + sizeof(seen) + seen.caplen - 1], (uint8_t)n);
	}
	assert_int_equal(at, len);
	assert_int_equal(n, added);
	assert_true(added < 3000);		/* it was full now and then */
	assert_true(added > 1000);
	spill_free(s);
	(void)close(p[0]);
	(void)close(p[1]);
}

static void a_full_spill_refuses_and_counts_what_waits(void **state)
{
	struct spill_head head = { .caplen = 1000 - sizeof(head) };
	struct spill *s;
	int p[2], i;

	(void)state;
	open_pipe(p);
	assert_int_equal(spill_new(&s, p[1], 10000, NULL), 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(spill_add(s, &head, data), 0);
	assert_int_equal(spill_add(s, &head, data), -ENOBUFS);
	assert_int_equal(spill_waiting(s), 10);
	assert_int_equal(spill_flush(s), 1);
	assert_int_equal(spill_waiting(s), 0);
	assert_int_equal(read_all(p[0], 0, sizeof(got)), 10000);
	spill_free(s);
	(void)close(p[0]);
	(void)close(p[1]);
}

static void a_reader_that_is_gone_is_an_error(void **state)
{
	struct spill_head head = { .caplen = 10 };
	struct spill *s;
	int p[2];

	(void)state;
	(void)signal(SIGPIPE, SIG_IGN);
	open_pipe(p);
	assert_int_equal(spill_new(&s, p[1], 10000, NULL), 0);
	assert_int_equal(spill_add(s, &head, data), 0);
	(void)close(p[0]);
	assert_int_equal(spill_flush(s), -EPIPE);
	assert_int_equal(spill_waiting(s), 1);
	spill_free(s);
	(void)close(p[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets_arrive_in_order_through_a_ring_that_wraps),
		cmocka_unit_test(a_full_spill_refuses_and_counts_what_waits),
		cmocka_unit_test(a_reader_that_is_gone_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
