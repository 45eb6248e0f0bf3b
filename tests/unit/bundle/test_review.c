/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_review.c - tests of decisions: how lines are read, which one counts, when they expire
 */
#include "tcbox/review.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
		cmocka_unit_test(texts_have_bounds),
		cmocka_unit_test(words_have_names_that_are_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
