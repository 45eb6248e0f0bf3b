/* SPDX-License-Identifier: Apache-2.0 */
/* test_fold.c - equal events are counted, different ones are not, and nothing is lost */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/fold.h"
#include "tcbox/file.h"

struct bench {
	int fd;
	struct rec_out *out;
	struct fold *fold;
};

static struct bench start(void)
{
	struct bench b = { .fd = memfd_create("record", MFD_CLOEXEC) };

	b.out = rec_out_new(b.fd, EV_SRC_BOX, 0);
	b.fold = fold_new(b.out);
	assert_non_null(b.fold);
	return b;
}

struct sums {
	size_t events;
	uint64_t total; /* of all counts */
	char last_path[64];
	int64_t last_t;
};

static struct sums finish(struct bench *b)
{
	struct tb_buf text = TB_BUF_INIT;
	struct sums sums = { 0 };
	char path[32];

	assert_int_equal(rec_flush(b->out), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", b->fd);
	assert_int_equal(tb_read_file(AT_FDCWD, path, 64u << 20, &text, NULL), 0);
	for (char *line = text.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		struct ev ev;
		uint64_t count;

		assert_int_equal(ev_parse(line, (size_t)(end - line), &ev, NULL), 0);
		count = ev.kind == EV_FILE ? ev.u.file.count :
			ev.kind == EV_SOCK ? ev.u.sock.count :
					     ev.u.call.count;
		sums.events++;
		sums.total += count ? count : 1;
		sums.last_t = ev.t;
		if (ev.kind == EV_FILE && ev.u.file.path)
			(void)snprintf(sums.last_path, sizeof(sums.last_path), "%s",
				       ev.u.file.path);
		ev_clear(&ev);
	}
	tb_buf_free(&text);
	fold_free(b->fold);
	rec_out_free(b->out);
	assert_int_equal(close(b->fd), 0);
	return sums;
}

static void file(struct bench *b, uint64_t proc, int64_t t, const char *path)
{
	struct ev ev = { .kind = EV_FILE,
			 .proc = proc,
			 .t = t,
			 .u.file = { .op = "write", .path = path, .outcome = "allowed" } };

	assert_int_equal(fold_append(b->fold, &ev), 0);
}

static void the_first_is_written_at_once_and_repeats_as_one(void **state)
{
	struct bench b = start();
	struct sums s;

	(void)state;
	for (int64_t t = 1; t <= 1000; t++)
		file(&b, 1, t, "/x");
	assert_int_equal(fold_flush(b.fold, 0), 0);
	s = finish(&b);
	assert_int_equal(s.events, 2);
	assert_int_equal(s.total, 1000);
	assert_int_equal(s.last_t, 1000);
}

static void an_event_that_stands_for_many_counts_as_many(void **state)
{
	struct bench b = start();
	struct ev ev = { .kind = EV_FILE, .proc = 1, .t = 1,
			 .u.file = { .op = "write", .path = "/x", .outcome = "allowed" } };

	(void)state;
	for (uint64_t count = 3; count < 6; count++) {
		ev.u.file.count = count;
		assert_int_equal(fold_append(b.fold, &ev), 0);
	}
	assert_int_equal(fold_flush(b.fold, 0), 0);
	assert_int_equal(finish(&b).total, 3 + 4 + 5);
}

static void flushing_twice_does_not_count_twice(void **state)
{
	struct bench b = start();
	struct sums s;

	(void)state;
	file(&b, 1, 1, "/x");
	file(&b, 1, 2, "/x");
	assert_int_equal(fold_flush(b.fold, 1), 0);
	assert_int_equal(fold_flush(b.fold, 1), 0);
	file(&b, 1, 3, "/x");
	assert_int_equal(fold_flush(b.fold, 0), 0);
	s = finish(&b);
	assert_int_equal(s.total, 3);
	assert_int_equal(s.events, 3);
}

static void different_processes_and_paths_are_different(void **state)
{
	struct bench b = start();
	struct sums s;

	(void)state;
	file(&b, 1, 1, "/x");
	file(&b, 2, 1, "/x");
	file(&b, 1, 1, "/y");
	file(&b, 1, 1, "/x");
	assert_int_equal(fold_flush(b.fold, 2), 0); /* has no repeats */
	s = finish(&b);
	assert_int_equal(s.events, 3);
}

static void one_process_is_flushed_and_others_wait(void **state)
{
	struct bench b = start();
	struct sums s;

	(void)state;
	for (int64_t t = 1; t <= 5; t++) {
		file(&b, 1, t, "/x");
		file(&b, 1025, t + 10, "/y");
	}
	file(&b, 1, 6, "/z");
	assert_int_equal(fold_flush(b.fold, 1), 0);
	file(&b, 1, 7, "/x");
	assert_int_equal(fold_flush(b.fold, 1), 0);
	assert_int_equal(fold_flush(b.fold, 1025), 0);
	s = finish(&b);
	assert_int_equal(s.events, 6);
	assert_int_equal(s.total, 12);
	assert_string_equal(s.last_path, "/y");
	assert_int_equal(s.last_t, 15);
}

static void paths_with_any_bytes_survive(void **state)
{
	struct bench b = start();
	struct sums s;

	(void)state;
	file(&b, 1, 1, "/\xff\n\"\\x\x01");
	file(&b, 1, 2, "/\xff\n\"\\x\x01");
	assert_int_equal(fold_flush(b.fold, 0), 0);
	s = finish(&b);
	assert_int_equal(s.events, 2);
	assert_string_equal(s.last_path, "/\xff\n\"\\x\x01");
}

static void a_flood_of_different_events_loses_nothing(void **state)
{
	struct bench b = start();
	struct sums s;

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 20000; i++) {
			char path[32];

			(void)snprintf(path, sizeof(path), "/%d", i);
			file(&b, 1, 1, path);
		}
	}
	assert_int_equal(fold_flush(b.fold, 0), 0);
	s = finish(&b);
	assert_int_equal(s.total, 60000);
}

static void very_long_events_are_written_each_time(void **state)
{
	static char path[4000];
	struct bench b = start();
	struct sums s;

	(void)state;
	memset(path, '\x01', sizeof(path) - 1);
	file(&b, 1, 1, path);
	file(&b, 1, 2, path);
	assert_int_equal(fold_flush(b.fold, 0), 0);
	s = finish(&b);
	assert_int_equal(s.events, 2);
	assert_int_equal(s.total, 2);
}

static void socket_events_differ_by_address_and_cookie(void **state)
{
	struct bench b = start();
	struct ev ev = { .kind = EV_SOCK,
			 .proc = 1,
			 .t = 1,
			 .u.sock = { .call = "connect", .proto = "tcp", .cookie = 7 } };
	struct sums s;

	(void)state;
	assert_int_equal(ev_addr_parse("198.18.0.1:443", &ev.u.sock.remote), 0);
	assert_int_equal(fold_append(b.fold, &ev), 0);
	assert_int_equal(fold_append(b.fold, &ev), 0);
	ev.u.sock.remote.port = 444;
	assert_int_equal(fold_append(b.fold, &ev), 0);
	ev.u.sock.cookie = 8;
	assert_int_equal(fold_append(b.fold, &ev), 0);
	assert_int_equal(fold_flush(b.fold, 0), 0);
	s = finish(&b);
	assert_int_equal(s.events, 4);
	assert_int_equal(s.total, 4);
}

static void calls_of_another_table_are_different(void **state)
{
	struct bench b = start();
	struct ev sock = { .kind = EV_SOCK, .proc = 1, .t = 1,
			   .u.sock = { .call = "connect", .proto = "tcp" } };
	struct ev written = { .kind = EV_FILE, .proc = 1, .t = 1,
			      .u.file = { .op = "write", .path = "/x" } };
	struct sums s;

	(void)state;
	for (int i = 0; i < 4; i++) {
		sock.u.sock.abi = written.u.file.abi = i % 2 ? "i386" : NULL;
		assert_int_equal(fold_append(b.fold, &sock), 0);
		assert_int_equal(fold_append(b.fold, &written), 0);
	}
	assert_int_equal(fold_flush(b.fold, 0), 0);
	s = finish(&b);
	assert_int_equal(s.events, 8);
	assert_int_equal(s.total, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_written_at_once_and_repeats_as_one),
		cmocka_unit_test(an_event_that_stands_for_many_counts_as_many),
		cmocka_unit_test(flushing_twice_does_not_count_twice),
		cmocka_unit_test(different_processes_and_paths_are_different),
		cmocka_unit_test(one_process_is_flushed_and_others_wait),
		cmocka_unit_test(paths_with_any_bytes_survive),
		cmocka_unit_test(a_flood_of_different_events_loses_nothing),
		cmocka_unit_test(very_long_events_are_written_each_time),
		cmocka_unit_test(socket_events_differ_by_address_and_cookie),
		cmocka_unit_test(calls_of_another_table_are_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
