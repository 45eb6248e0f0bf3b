/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_read.c - reading a record that somebody may have damaged
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "tests/unit/record/bundle.h"

#define NET1 "{\"k\":\"loss\",\"src\":\"net\",\"n\":1,\"t\":5,\"what\":\"flows\"}\n"
#define NET2 "{\"k\":\"loss\",\"src\":\"net\",\"n\":2,\"t\":5}\n"
#define NET3 "{\"k\":\"loss\",\"src\":\"net\",\"n\":3,\"t\":5}\n"
#define FINAL4 "{\"k\":\"counters\",\"src\":\"net\",\"n\":4,\"t\":6,\"final\":true}\n"
#define BOX1 "{\"k\":\"exit\",\"src\":\"box\",\"n\":1,\"t\":5}\n"
#define ALL NET1 BOX1 NET2 NET3 FINAL4

struct seen {
	uint64_t events;
	uint64_t line;		/* of the last one */
	uint64_t stop_at;	/* 0: never */
};

static int see(void *arg, const struct ev *ev)
{
	struct seen *s = arg;

	s->events++;
	s->line = ev->line;
	return s->events == s->stop_at ? 7 : 0;
}

static int read_text(const char *text, size_t len, struct seen *seen, struct rec_read_stats *stats)
{
	struct tb_err err = { 0 };
	int ret;

	memset(seen, 0, sizeof(*seen));
	memset(stats, 0xff, sizeof(*stats));
	assert_int_equal(tb_write_file(bundle, REC_EVENTS_FILE, text, len, &err), 0);
	ret = rec_read(bundle, see, seen, stats, &err);
	assert_int_equal(ret, 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(seen->events, stats->events);
	return ret;
}

static void a_whole_record_has_nothing_to_complain_about(void **state)
{
	struct rec_read_stats st;
	struct seen seen;

	(void)state;
	read_text(ALL, strlen(ALL), &seen, &st);
	assert_int_equal(st.events, 5);
	assert_int_equal(seen.line, 5);
	assert_int_equal(st.bad_lines + st.gaps, 0);
	assert_false(st.truncated);
	assert_true(st.final[EV_SRC_NET]);
	assert_false(st.final[EV_SRC_BOX]);
}

static void an_empty_record_is_empty(void **state)
{
	struct rec_read_stats st;
	struct seen seen;

	(void)state;
	read_text("", 0, &seen, &st);
	assert_int_equal(st.events + st.bad_lines + st.gaps + st.truncated, 0);
}

static void cut_anywhere_only_the_last_line_is_lost(void **state)
{
	struct rec_read_stats st;
	struct seen seen;
	size_t len, i;

	(void)state;
	for (len = 0; len <= strlen(ALL); len++) {
		uint64_t lines = 0;

		for (i = 0; i < len; i++)
			lines += ALL[i] == '\n';
		read_text(ALL, len, &seen, &st);
		assert_int_equal(st.events, lines);
		assert_int_equal(st.bad_lines + st.gaps, 0);
		assert_int_equal(st.truncated, len && ALL[len - 1] != '\n');
		assert_int_equal(st.final[EV_SRC_NET], len == strlen(ALL));
	}
}

static void bad_lines_are_counted_and_passed_over(void **state)
{
	static const char text[] =
		NET1 "\n" "garbage\n" NET2 "{\"k\":\"loss\"}\n\0\0\0\n" NET3 FINAL4 "{}\n";
	struct rec_read_stats st;
	struct seen seen;

	(void)state;
	read_text(text, sizeof(text) - 1, &seen, &st);
	assert_int_equal(st.events, 4);
	assert_int_equal(st.bad_lines, 5);
	assert_int_equal(st.gaps, 0);
	assert_int_equal(seen.line, 8);		/* line numbers are those of the file */
	assert_false(st.truncated);
	assert_true(st.final[EV_SRC_NET]);
}

static void a_nul_does_not_hide_what_follows(void **state)
{
	static const char text[] =
		NET1 "{\"k\":\"loss\",\"src\":\"net\",\"n\":2,\"t\":5}\0{}\n" "\0" NET3;
	struct rec_read_stats st;
	struct seen seen;

	(void)state;
	read_text(text, sizeof(text) - 1, &seen, &st);
	assert_int_equal(st.events, 1);
	assert_int_equal(st.bad_lines, 2);
}

static void what_is_missing_shows_in_the_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t gaps;
	} rows[] = {
		{ NET2, 1 }, { NET1 NET3, 1 }, { NET3, 2 }, { NET1 NET2 NET2, 1 },
		{ NET1 NET3 NET2, 2 }, { BOX1 NET1, 0 },
		{ NET1 BOX1 NET2, 0 },
		{ "{\"k\":\"loss\",\"src\":\"net\",\"n\":18446744073709551615,\"t\":5}\n",
		  UINT64_MAX - 1 },
		/* adding up must not come around to 0 */
		{ "{\"k\":\"loss\",\"src\":\"net\",\"n\":18446744073709551615,\"t\":5}\n" NET1
		  "{\"k\":\"loss\",\"src\":\"net\",\"n\":18446744073709551615,\"t\":5}\n",
		  UINT64_MAX },
	};
	struct rec_read_stats st;
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		read_text(rows[i].text, strlen(rows[i].text), &seen, &st);
		assert_true(st.gaps == rows[i].gaps);
	}
}

static void an_event_after_the_last_word_takes_it_back(void **state)
{
	struct rec_read_stats st;
	struct seen seen;

	(void)state;
	read_text(ALL "{\"k\":\"loss\",\"src\":\"net\",\"n\":5,\"t\":7}\n", strlen(ALL) + 38, &seen,
		  &st);
	assert_int_equal(st.events, 6);
	assert_false(st.final[EV_SRC_NET]);
}

static void a_line_of_any_length_is_one_bad_line_in_bounded_memory(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct rec_read_stats st;
	struct seen seen;
	size_t i;

	(void)state;
	tb_buf_adds(&b, NET1);
	for (i = 0; i < 5u << 20; i++)
		tb_buf_addc(&b, 'x');
	tb_buf_adds(&b, "\n" NET2);
	read_text(b.data, b.len, &seen, &st);
	assert_int_equal(st.events, 2);
	assert_int_equal(st.bad_lines, 1);
	assert_int_equal(seen.line, 3);
	assert_false(st.truncated);
	read_text(b.data, b.len - strlen("\n" NET2), &seen, &st);	/* it never ends */
	assert_int_equal(st.events, 1);
	assert_int_equal(st.bad_lines, 0);
	assert_true(st.truncated);
}

static void lines_across_the_ends_of_reads_are_whole(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct rec_read_stats st;
	struct seen seen;
	size_t i;

	(void)state;
	for (i = 1; i <= 30000; i++)
		tb_buf_addf(&b,
			    "{\"k\":\"loss\",\"src\":\"net\",\"n\":%zu,\"t\":5,\"what\":\"%.*s\"}\n", i, (int)(i % 50),
			    "..................................................");
	read_text(b.data, b.len, &seen, &st);
	assert_int_equal(st.events, 30000);
	assert_int_equal(st.gaps + st.bad_lines, 0);
	assert_int_equal(seen.line, 30000);
}

static void the_reader_may_stop(void **state)
{
	struct seen seen = { .stop_at = 2 };
	struct rec_read_stats st;
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(tb_write_file(bundle, REC_EVENTS_FILE, ALL, strlen(ALL), &err), 0);
	assert_int_equal(rec_read(bundle, see, &seen, &st, &err), 7);
	assert_int_equal(seen.events, 2);
	assert_int_equal(err.code, 0);
}

static void what_is_no_regular_file_is_refused_at_once(void **state)
{
	struct rec_read_stats st;
	struct tb_err err = { 0 };
	struct seen seen = { 0 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	(void)unlinkat(bundle, REC_EVENTS_FILE, 0);
	assert_int_equal(rec_read(bundle, see, &seen, &st, &err), -ENOENT);
	assert_return_code(mkfifoat(bundle, REC_EVENTS_FILE, 0600), errno);
	assert_int_equal(rec_read(bundle, see, &seen, &st, &err), -EINVAL);
	assert_non_null(strstr(err.msg, REC_EVENTS_FILE " is not a regular file"));
	assert_return_code(unlinkat(bundle, REC_EVENTS_FILE, 0), errno);
	assert_return_code(symlinkat("/etc/passwd", bundle, REC_EVENTS_FILE), errno);
	assert_int_equal(rec_read(bundle, see, &seen, &st, &err), -EINVAL);
	assert_return_code(unlinkat(bundle, REC_EVENTS_FILE, 0), errno);
	assert_return_code(mkdirat(bundle, REC_EVENTS_FILE, 0700), errno);
	assert_int_equal(rec_read(bundle, see, &seen, &st, &err), -EINVAL);
	assert_return_code(unlinkat(bundle, REC_EVENTS_FILE, AT_REMOVEDIR), errno);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/" REC_EVENTS_FILE, bundle_path);
	assert_return_code(bind(s, (struct sockaddr *)&un, sizeof(un)), errno);
	assert_int_equal(rec_read(bundle, see, &seen, &st, &err), -EINVAL);
	(void)close(s);
	assert_int_equal(seen.events, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_record_has_nothing_to_complain_about),
		cmocka_unit_test(an_empty_record_is_empty),
		cmocka_unit_test(cut_anywhere_only_the_last_line_is_lost),
		cmocka_unit_test(bad_lines_are_counted_and_passed_over),
		cmocka_unit_test(a_nul_does_not_hide_what_follows),
		cmocka_unit_test(what_is_missing_shows_in_the_numbers),
		cmocka_unit_test(an_event_after_the_last_word_takes_it_back),
		cmocka_unit_test(a_line_of_any_length_is_one_bad_line_in_bounded_memory),
		cmocka_unit_test(lines_across_the_ends_of_reads_are_whole),
		cmocka_unit_test(the_reader_may_stop),
		cmocka_unit_test(what_is_no_regular_file_is_refused_at_once),
	};

	return cmocka_run_group_tests(tests, bundle_make, bundle_remove);
}
