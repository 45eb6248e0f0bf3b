/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_review.c - tests of decisions: how lines are read, which one counts, when they expire
 */
#include "tcbox/review.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

#define A "00000000000000000000000000000001"
#define B "00000000000000000000000000000002"
#define C "00000000000000000000000000000002-2"

static void add(struct tb_buf *b, const char *id, const char *word, const char *rest)
{
	tb_buf_addf(b,
		    "{\"time\": \"2026-11-29T10:15:02.123456789Z\", \"reviewer\": \"ann\", "
		    "\"id\": \"%s\", \"decision\": \"%s\", %s}\n",
		    id, word, rest);
}

#define NOTHING "\"reason\": null, \"until\": null"
#define UNTIL(day) "\"reason\": \"x\", \"until\": \"" day "\""

static void parse(const struct tb_buf *b, struct review *r)
{
	struct tb_err err = { 0 };

	assert_int_equal(review_parse("f", b->len ? b->data : "", b->len, r, &err), 0);
}

static void of_several_decisions_the_last_one_counts(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct review r;

	(void)state;
	add(&b, B, "question", NOTHING);
	add(&b, A, "confirmed", NOTHING);
	add(&b, C, "confirmed", NOTHING);
	add(&b, B, "accepted", UNTIL("2027-01-31"));
	parse(&b, &r);
	assert_int_equal(r.n, 3);
	assert_int_equal(review_of(&r, B)->word, REVIEW_ACCEPTED);
	assert_string_equal(review_of(&r, B)->until, "2027-01-31");
	assert_string_equal(review_of(&r, C)->reviewer, "ann");
	assert_null(review_of(&r, A)->reason);
	assert_null(review_of(&r, "00000000000000000000000000000003"));
	assert_null(review_of(&r, ""));
	review_clear(&r);
	assert_null(review_of(&r, A));
	review_clear(&r);
}

static void no_lines_are_no_decisions(void **state)
{
	struct review r;
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(review_parse("f", "", 0, &r, &err), 0);
	assert_int_equal(r.n, 0);
	review_clear(&r);
}

static void what_is_accepted_expires_after_its_last_day(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct review r;

	(void)state;
	add(&b, A, "accepted", UNTIL("2027-01-31"));
	add(&b, B, "accepted", "\"reason\": \"x\", \"until\": null");
	parse(&b, &r);
	assert_int_equal(review_state_of(&r, review_of(&r, A)), REVIEW_DECIDED);
	(void)snprintf(r.today, sizeof(r.today), "%s", "2027-01-31");
	assert_int_equal(review_state_of(&r, review_of(&r, A)), REVIEW_DECIDED);
	(void)snprintf(r.today, sizeof(r.today), "%s", "2027-02-01");
	assert_int_equal(review_state_of(&r, review_of(&r, A)), REVIEW_EXPIRED);
	assert_int_equal(review_state_of(&r, review_of(&r, B)), REVIEW_DECIDED);
	assert_int_equal(review_state_of(&r, NULL), REVIEW_OPEN);
	review_clear(&r);
}

/* accepts() - may something be accepted until this day? */
static bool accepts(const char *day)
{
	const struct review_decision d = {
		.reviewer = "ann", .id = A, .word = REVIEW_ACCEPTED, .reason = "x", .until = day,
	};
	struct tb_err err = { 0 };
	int ret = review_check(&d, &err);

	assert_true(!ret || ret == -EINVAL);
	return !ret;
}

static void days_are_those_of_the_calendar(void **state)
{
	(void)state;
	assert_true(accepts("2028-02-29"));
	assert_true(accepts("2000-02-29"));
	assert_true(accepts("2027-12-31"));
	assert_false(accepts("2027-02-29"));
	assert_false(accepts("2100-02-29"));
	assert_false(accepts("2027-04-31"));
	assert_false(accepts("2027-00-10"));
	assert_false(accepts("2027-13-10"));
	assert_false(accepts("2027-01-00"));
	assert_false(accepts("2027-1-01"));
	assert_false(accepts("2027-01-011"));
	assert_false(accepts("2027-01-0"));
	assert_false(accepts("2027/01/01"));
	assert_false(accepts(""));
}

static void a_bad_line_is_named_and_nothing_is_kept(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct review r;

	(void)state;
	add(&b, A, "confirmed", NOTHING);
	add(&b, B, "confirmed", NOTHING);
	add(&b, C, "perhaps", NOTHING);
	assert_int_equal(review_parse("f", b.data, b.len, &r, &err), -EBADMSG);
	assert_string_equal(err.msg, "f:3: \"perhaps\" is not a decision");
	assert_int_equal(r.n, 0);
	assert_null(r.v);
}

static void earlier_decisions_hold_where_there_is_no_other(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT, old = TB_BUF_INIT;
	struct review r, earlier;
	struct tb_err err = { 0 };

	(void)state;
	add(&b, B, "confirmed", NOTHING);
	add(&old, C, "question", NOTHING);
	add(&old, B, "question", NOTHING);
	add(&old, A, "accepted", UNTIL("2027-01-31"));
	parse(&b, &r);
	parse(&old, &earlier);
	assert_int_equal(review_carry(&r, &earlier, &err), 0);
	review_clear(&earlier);
	assert_int_equal(r.n, 3);
	assert_int_equal(review_of(&r, A)->word, REVIEW_ACCEPTED);
	assert_string_equal(review_of(&r, A)->until, "2027-01-31");
	assert_int_equal(review_of(&r, B)->word, REVIEW_CONFIRMED);
	assert_int_equal(review_of(&r, C)->word, REVIEW_QUESTION);
	review_clear(&r);
}

static void what_is_stored_is_read_again_byte_by_byte(void **state)
{
	static const char reason[] = "a \"b\"\\\n\xff\x01 \xe2\x80\xae";
	const struct review_decision d = {
		.reviewer = "ann", .id = A, .word = REVIEW_FALSE_ALARM, .reason = reason,
	};
	char path[] = "/tmp/tcbox-review-XXXXXX";
	struct tb_err err = { 0 };
	struct review r;
	int dir;

	(void)state;
	assert_non_null(mkdtemp(path));
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_equal(review_append(dir, path, &d, &err), 0);
	assert_int_equal(review_append(dir, path, &d, &err), 0);
	assert_int_equal(review_read(dir, path, &r, &err), 0);
	assert_int_equal(r.n, 1);
	assert_string_equal(r.v[0].reason, reason);
	assert_int_equal(r.v[0].line, 2);
	assert_null(r.v[0].until);
	assert_int_equal(strlen(r.today), 10);
	review_clear(&r);
	assert_int_equal(unlinkat(dir, REVIEW_FILE, 0), 0);
	assert_int_equal(close(dir), 0);
	assert_int_equal(rmdir(path), 0);
}

#define HEAD "{\"time\":\"2026-11-29T10:15:02.123456789Z\",\"reviewer\":\"ann\","
#define REST "\"id\":\"" A "\",\"decision\":\"confirmed\",\"reason\":null,\"until\":null"

static void what_is_no_decision_is_named(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ HEAD REST "}", "f:1: the last line is cut off" },
		{ HEAD REST "}\n\n", "f:2: " },
		{ HEAD REST "\n", "f:1: " },
		{ "[]\n", "f:1: \"time\" is missing" },
		{ "{\"time\":\"2026-11-29T10:15:02.123456789Z\"," REST "}\n",
		  "f:1: \"reviewer\" is missing" },
		{ HEAD "\"id\":\"" A "\",\"decision\":\"confirmed\",\"reason\":null}\n",
		  "f:1: \"until\" is missing" },
		{ HEAD "\"id\":null,\"decision\":\"confirmed\",\"reason\":null,\"until\":null}\n",
		  "f:1: \"id\" is not a text" },
		{ HEAD "\"id\":\"" A "\",\"decision\":null,\"reason\":null,\"until\":null}\n",
		  "f:1: \"decision\" is not a text" },
		{ HEAD "\"id\":\"" A "\",\"decision\":\"confirmed\",\"reason\":7,\"until\":null}\n",
		  "f:1: \"reason\" is not a text" },
		{ HEAD REST ",\"more\":1}\n", "f:1: there are members that no decision has" },
		{ "{\"time\":\"2026-11-29T10:15:02Z\",\"reviewer\":\"ann\"," REST "}\n",
		  "f:1: \"2026-11-29T10:15:02Z\" is not a time" },
		{ HEAD "\"id\":\"x\",\"decision\":\"confirmed\",\"reason\":null,\"until\":null}\n",
		  "f:1: \"x\" is not the id of a finding" },
		{ HEAD REST "}\n" HEAD "\"id\":\"" A "\",\"decision\":\"accepted\",\"reason\":null,"
		  "\"until\":null}\n", "f:2: \"accepted\" needs a reason" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct tb_err err = { 0 };
		struct review r;

		if (review_parse("f", rows[i].text, strlen(rows[i].text), &r, &err) != -EBADMSG ||
		    strncmp(err.msg, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("%ssays: %s", rows[i].text, err.msg);
		assert_true(!r.v && !r.n && !r.pool);
	}
}

static void what_may_be_decided_is_checked_before_it_is_stored(void **state)
{
	static const struct {
		struct review_decision d;
		const char *says;	/* NULL: it is good */
	} rows[] = {
		{ { .reviewer = "ann", .id = A }, NULL },
		{ { .reviewer = "ann", .id = A, .word = REVIEW_QUESTION }, NULL },
		{ { .reviewer = "ann", .id = A, .word = REVIEW_QUESTION, .reason = "why?" }, NULL },
		{ { .reviewer = "ann", .id = "", }, "\"\" is not the id of a finding" },
		{ { .reviewer = "ann", .id = "12g" }, "\"12g\" is not the id" },
		{ { .id = A }, "the reviewer must have a name" },
		{ { .reviewer = " \t\n", .id = A }, "the reviewer must have a name" },
		{ { .reviewer = "ann", .id = A, .reason = " " }, "a reason must have words" },
		{ { .reviewer = "ann", .id = A, .word = REVIEW_FALSE_ALARM }, "\"false-alarm\" needs a reason" },
		{ { .reviewer = "ann", .id = A, .word = REVIEW_FALSE_ALARM, .reason = "x", .until = "2027-01-01" },
		  "\"false-alarm\" has no end" },
		{ { .reviewer = "ann", .id = A, .until = "2027-01-01" }, "\"confirmed\" has no end" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct tb_err err = { 0 };
		int ret = review_check(&rows[i].d, &err);

		assert_int_equal(ret, rows[i].says ? -EINVAL : 0);
		if (ret && strncmp(err.msg, rows[i].says, strlen(rows[i].says)) != 0)
			fail_msg("it says: %s", err.msg);
	}
}

static char place[32];

static int open_place(void)
{
	int dir;

	(void)snprintf(place, sizeof(place), "/tmp/tcbox-review-XXXXXX");
	assert_non_null(mkdtemp(place));
	dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	return dir;
}

static void close_place(int dir)
{
	assert_int_equal(unlinkat(dir, REVIEW_FILE, 0), 0);
	assert_int_equal(close(dir), 0);
	assert_int_equal(rmdir(place), 0);
}

static off_t size_in(int dir)
{
	struct stat st;

	assert_int_equal(fstatat(dir, REVIEW_FILE, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st.st_size;
}

static const struct review_decision good = { .reviewer = "ann", .id = A };

static void a_line_that_does_not_fit_leaves_the_file_as_it_was(void **state)
{
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	struct rlimit all, less;
	struct tb_err err = { 0 };
	int dir = open_place();
	off_t size;

	(void)state;
	assert_int_equal(review_append(dir, "b", &good, &err), 0);
	size = size_in(dir);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &all), 0);
	less = all;
	less.rlim_cur = (rlim_t)size + 10;	/* a part of the second line fits */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &less), 0);
	assert_int_equal(review_append(dir, "b", &good, &err), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &all), 0);
	assert_string_equal(err.msg, "b: write review.jsonl: File too large");
	assert_int_equal(size_in(dir), size);
	assert_int_equal(review_append(dir, "b", &good, &err), 0);
	assert_int_equal(size_in(dir), 2 * size);
	close_place(dir);
	(void)signal(SIGXFSZ, before);
}

static void a_review_does_not_grow_without_end(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };
	int dir = open_place(), fd;
	size_t line;

	(void)state;
	assert_int_equal(review_append(dir, "b", &good, &err), 0);
	line = (size_t)size_in(dir);
	fd = openat(dir, REVIEW_FILE, O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	/* whole lines, so many that one byte is missing for another one; blanks make the last
	 * one longer */
	while (b.len + line <= REVIEW_MAX_BYTES - line)
		add(&b, A, "confirmed", NOTHING);
	while (b.len < REVIEW_MAX_BYTES - line + 1) {
		b.len--;
		tb_buf_adds(&b, " \n");
	}
	assert_int_equal(pwrite(fd, b.data, b.len, 0), b.len);
	assert_int_equal(review_append(dir, "b", &good, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "b: review.jsonl would be larger than"));
	assert_int_equal(size_in(dir), b.len);
	/* one byte less, and it fits */
	b.data[b.len - 2] = '\n';
	assert_int_equal(pwrite(fd, b.data, b.len - 1, 0), b.len - 1);
	assert_int_equal(ftruncate(fd, (off_t)b.len - 1), 0);
	assert_int_equal(review_append(dir, "b", &good, &err), 0);
	assert_int_equal(size_in(dir), REVIEW_MAX_BYTES);
	assert_int_equal(close(fd), 0);
	close_place(dir);
}

static void what_is_no_file_of_lines_is_left_alone(void **state)
{
	struct tb_err err = { 0 };
	int dir = open_place(), fd;
	struct review r;

	(void)state;
	assert_int_equal(symlinkat("/dev/null", dir, REVIEW_FILE), 0);
	assert_int_equal(review_append(dir, "b", &good, &err), -ELOOP);
	assert_string_equal(err.msg, "b: open review.jsonl: Too many levels of symbolic links");
	assert_int_equal(unlinkat(dir, REVIEW_FILE, 0), 0);
	assert_int_equal(mkfifoat(dir, REVIEW_FILE, 0600), 0);
	err = (struct tb_err){ 0 };
	assert_true(review_append(dir, "b", &good, &err) < 0);		/* nobody reads it */
	assert_int_equal(review_read(dir, "b", &r, &err), -EINVAL);
	assert_memory_equal(err.msg, "b: ", 3);
	assert_null(r.v);
	fd = openat(dir, REVIEW_FILE, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	err = (struct tb_err){ 0 };
	assert_int_equal(review_append(dir, "b", &good, &err), -EINVAL);
	assert_string_equal(err.msg, "b: review.jsonl is not a regular file");
	assert_int_equal(close(fd), 0);
	assert_int_equal(unlinkat(dir, REVIEW_FILE, 0), 0);
	/* a damaged line: nothing is added behind it */
	fd = openat(dir, REVIEW_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, "{}\n", 3), 3);
	err = (struct tb_err){ 0 };
	assert_int_equal(review_append(dir, "b", &good, &err), -EBADMSG);
	assert_string_equal(err.msg, "b/review.jsonl:1: \"time\" is missing");
	assert_int_equal(size_in(dir), 3);
	assert_int_equal(close(fd), 0);
	close_place(dir);
}

static void a_file_that_is_named_must_be_there(void **state)
{
	struct tb_err err = { 0 };
	int dir = open_place();
	char path[64];
	struct review r;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/%s", place, REVIEW_FILE);
	assert_int_equal(review_read_file(path, &r, &err), -ENOENT);
	assert_non_null(strstr(err.msg, path));
	assert_true(!r.v && !r.n);
	assert_int_equal(review_read(dir, "b", &r, &err), 0);	/* nobody decided anything yet */
	assert_int_equal(r.n, 0);
	review_clear(&r);
	assert_int_equal(review_append(dir, "b", &good, &err), 0);
	assert_int_equal(review_read_file(path, &r, &err), 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(strlen(r.today), 10);
	review_clear(&r);
	close_place(dir);
}

static void texts_have_bounds(void **state)
{
	static char text[REVIEW_REASON_MAX + 2];
	struct review_decision d = { .reviewer = "ann", .id = A, .reason = text };
	struct tb_err err = { 0 };

	(void)state;
	memset(text, 'x', REVIEW_REASON_MAX + 1);
	assert_int_equal(review_check(&d, &err), -EINVAL);
	text[REVIEW_REASON_MAX] = '\0';
	assert_int_equal(review_check(&d, &err), 0);
	d.reviewer = text;
	assert_int_equal(review_check(&d, &err), -EINVAL);
	text[REVIEW_REVIEWER_MAX] = '\0';
	assert_int_equal(review_check(&d, &err), 0);
	d.id = "0000000000000000000000000000000000000000";
	assert_int_equal(review_check(&d, &err), -EINVAL);
}

static void words_have_names_that_are_read_again(void **state)
{
	enum review_word word;

	(void)state;
	for (int i = 0; i < REVIEW_WORDS; i++) {
		assert_true(review_word_parse(review_word_name((enum review_word)i), &word));
		assert_int_equal(word, i);
	}
	assert_false(review_word_parse("unknown", &word));
	assert_string_equal(review_word_name(REVIEW_WORDS), "unknown");
	assert_string_equal(review_state_name(REVIEW_EXPIRED), "expired");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_several_decisions_the_last_one_counts),
		cmocka_unit_test(no_lines_are_no_decisions),
		cmocka_unit_test(what_is_accepted_expires_after_its_last_day),
		cmocka_unit_test(days_are_those_of_the_calendar),
		cmocka_unit_test(a_bad_line_is_named_and_nothing_is_kept),
		cmocka_unit_test(earlier_decisions_hold_where_there_is_no_other),
		cmocka_unit_test(what_is_stored_is_read_again_byte_by_byte),
		cmocka_unit_test(what_is_no_decision_is_named),
		cmocka_unit_test(what_may_be_decided_is_checked_before_it_is_stored),
		cmocka_unit_test(a_line_that_does_not_fit_leaves_the_file_as_it_was),
		cmocka_unit_test(a_review_does_not_grow_without_end),
		cmocka_unit_test(what_is_no_file_of_lines_is_left_alone),
		cmocka_unit_test(a_file_that_is_named_must_be_there),
		cmocka_unit_test(texts_have_bounds),
		cmocka_unit_test(words_have_names_that_are_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
