/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_no_memory.c - every single allocation of the record fails once: who writes, stores or reads
 * is told, and no event is half there
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/no_memory.h"
#include "tests/unit/record/bundle.h"

static const char line[] =
	"{\"k\":\"lookup\",\"src\":\"net\",\"n\":1,\"t\":5,\"name\":\"a.example\",\"type\":\"A\","
	"\"addrs\":[\"192.0.2.1\",\"2001:db8::1\"],\"values\":[\"b\",\"c\"],\"client\":\"192.0.2.2:5\"}\n";
static const char counters[] =
	"{\"k\":\"counters\",\"src\":\"net\",\"n\":2,\"t\":6,\"values\":{\"a\":1,\"b\":2},\"final\":true}\n";

static void a_line_is_read_whole_or_not_at_all(void **state)
{
	static const char *const texts[] = { line, counters };
	struct tb_err err;
	struct ev ev;
	unsigned int n;
	int ret;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		for (n = 1, ret = -1; ret; n++) {
			err = (struct tb_err){ 0 };
			countdown = n;
			ret = ev_parse(texts[i], strlen(texts[i]) - 1, &ev, &err);
			assert_int_equal(ret, countdown ? 0 : -ENOMEM);
			assert_int_equal(err.code, countdown ? 0 : ENOMEM);
			countdown = 0;
			if (ret)
				assert_null(ev.mem);
		}
		assert_true(n > 2);
		ev_clear(&ev);
	}
}

static int count(void *arg, const struct ev *ev)
{
	*(unsigned int *)arg += ev->kind == EV_LOOKUP || ev->kind == EV_COUNTERS;
	return 0;
}

static void reading_a_record_ends_with_an_error(void **state)
{
	struct rec_read_stats stats;
	unsigned int n, seen;
	struct tb_err err;
	int ret = -1, fd;

	(void)state;
	fd = openat(bundle, REC_EVENTS_FILE, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, line, strlen(line)), strlen(line));
	assert_int_equal(write(fd, counters, strlen(counters)), strlen(counters));
	(void)close(fd);
	for (n = 1; ret; n++) {
		seen = 0;
		err = (struct tb_err){ 0 };
		countdown = n;
		ret = rec_read(bundle, count, &seen, &stats, &err);
		assert_int_equal(ret, countdown ? 0 : -ENOMEM);
		countdown = 0;
		if (!ret)
			continue;
		assert_int_equal(err.code, ENOMEM);
		assert_non_null(strstr(err.msg, REC_EVENTS_FILE));
		assert_true(seen < 2);
		assert_int_equal(stats.bad_lines, 0);	/* nothing was wrong with it */
		assert_false(stats.truncated);
	}
	assert_true(n > 4);
	assert_int_equal(seen, 2);
	assert_true(stats.final[EV_SRC_NET]);
}

/* store() - a record of two lines and an event of tcbox's own. Return: 0, or the first error */
static int store(struct tb_err *err)
{
	const struct rec_file_options all = { .kind_bytes = REC_KIND_BYTES, .chain = "{}\n" };
	struct ev ev = { .kind = EV_LOSS, .t = 3, .u.loss.what = "x" };
	struct rec_file *f;
	int p[2], ret, closed;

	(void)unlinkat(bundle, REC_EVENTS_FILE, 0);
	(void)unlinkat(bundle, CHAIN_FILE, 0);
	ret = rec_file_create(&f, bundle, &all, err);
	if (ret)
		return ret;
	assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(write(p[1], line, strlen(line)), strlen(line));
	ret = rec_file_pump(f, p[0], EV_SRC_NET, err);
	ret = ret < 0 ? ret : rec_file_append(f, &ev, err);
	(void)close(p[0]);
	(void)close(p[1]);
	closed = rec_file_close(f, NULL);
	assert_true(!closed || ret);
	return ret;
}

static void storing_ends_with_an_error(void **state)
{
	struct tb_err err;
	unsigned int n;
	int ret = -1;

	(void)state;
	for (n = 1; ret; n++) {
		err = (struct tb_err){ 0 };
		countdown = n;
		ret = store(&err);
		assert_int_equal(ret, countdown ? 0 : -ENOMEM);
		assert_int_equal(err.code, countdown ? 0 : ENOMEM);
		countdown = 0;
	}
	assert_true(n > 4);
}

static void what_a_producer_cannot_write_is_an_error(void **state)
{
	struct ev ev = { .kind = EV_LOSS, .t = 3, .u.loss.what = "x" };
	struct rec_out *out;
	int p[2], ret = -1;
	unsigned int n;

	(void)state;
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	for (n = 1; ret; n++) {
		countdown = n;
		out = rec_out_new(p[1], EV_SRC_NET, 0);
		ret = out ? rec_append(out, &ev) : -ENOMEM;
		assert_int_equal(ret, countdown ? 0 : -ENOMEM);
		countdown = 0;
		rec_out_free(out);
	}
	assert_true(n > 2);
	(void)close(p[0]);
	(void)close(p[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read_whole_or_not_at_all),
		cmocka_unit_test(reading_a_record_ends_with_an_error),
		cmocka_unit_test(storing_ends_with_an_error),
		cmocka_unit_test(what_a_producer_cannot_write_is_an_error),
	};

	return cmocka_run_group_tests(tests, bundle_make, bundle_remove);
}
