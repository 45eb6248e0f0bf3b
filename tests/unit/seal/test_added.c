/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_added.c - lines of review.jsonl and notes.jsonl that are not as they were written are named
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seal/said.h"

#define LINES 20
#define OLD "{\"time\": \"2026-11-29T10:15:02.123456789Z\", \"reviewer\": \"ann\", \"id\": \"a1\", " \
	    "\"decision\": \"confirmed\", \"reason\": null, \"until\": null}\n"

static void note(const char *text)
{
	const struct note n = { .examiner = "ann", .text = text };
	struct tb_err err = { 0 };

	if (note_append(made, "b", &n, &err))
		fail_msg("%s", err.msg);
}

static void decide(const char *id)
{
	const struct review_decision d = { .reviewer = "ann", .id = id, .word = REVIEW_CONFIRMED };
	struct tb_err err = { 0 };

	if (review_append(made, "b", &d, &err))
		fail_msg("%s", err.msg);
}

static void whole(void)
{
	finds_n("", 0);
}

/* make_all() - three notes and three decisions */
static void make_all(const char *carried)
{
	static const char *const ids[] = { "a1", "b2", "c3" };

	make_with(LINES, RUN_COMPLETE, carried);
	for (size_t i = 0; i < 3; i++) {
		note(ids[i]);
		decide(ids[i]);
	}
	whole();
}

static void each_changed_line_but_the_last_is_found(void **state)
{
	(void)state;
	make_all("");
	instead(NOTE_FILE, 2, 1, "");
	finds("notes.jsonl: what is before line 2 is not what was there");
	make_all("");
	instead(REVIEW_FILE, 1, 1, "");
	finds_n("review.jsonl: what is before line 1 is not what was there", 2);
	make_all("");
	instead(REVIEW_FILE, 2, 0, OLD);
	finds_n("review.jsonl: line 2 is not linked to what was before it", 3);
	make_all("");
	instead(NOTE_FILE, 3, 0, "noise\n");
	finds_n("notes.jsonl:3: ", 2);
	make_all("");
	cut(NOTE_FILE, 1);
	finds("notes.jsonl: its last line is cut off");
	make_all("");
	append(NOTE_FILE, "\n");
	finds("notes.jsonl:4: ");
}

static void lines_of_another_run_are_found(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	(void)state;
	make_all("");
	text = text_of(NOTE_FILE);
	make(LINES + 1, RUN_COMPLETE);
	put(NOTE_FILE, text.data, text.len);
	whole();		/* the same record and one line more: they fit here, too */
	make(LINES - 1, RUN_COMPLETE);
	put(NOTE_FILE, text.data, text.len);
	finds_n("notes.jsonl: line 1 is not of this run", 3);
}

static void a_later_line_sees_no_shorter_record(void **state)
{
	TB_AUTOFREE char *first = NULL;
	char record[TB_SHA256_HEX] = "", *at;

	(void)state;
	make(LINES, RUN_COMPLETE);
	note("one");
	first = line_of(CHAIN_FILE, 5);
	assert_int_equal(chain_last(made, record, NULL), 0);
	note("two");
	{
		TB_AUTOFREE char *line = line_of(NOTE_FILE, 2);

		at = strstr(line, record);
		assert_non_null(at);
		memcpy(at, first, 64);
		instead(NOTE_FILE, 2, 1, line);
	}
	finds("notes.jsonl: line 2 says that the record was shorter");
}

static void what_a_run_took_over_is_as_it_was(void **state)
{
	(void)state;
	make_all(OLD OLD);
	instead(REVIEW_FILE, 1, 1, "");
	finds_n("review.jsonl: it does not begin as the run took it over", 4);
	make_with(LINES, RUN_COMPLETE, OLD OLD);
	whole();
	instead(REVIEW_FILE, 1, 2, "");
	finds("review.jsonl: it does not begin as the run took it over");
	make_with(LINES, RUN_COMPLETE, OLD);
	append(REVIEW_FILE, OLD);
	finds("review.jsonl: line 2 is not linked to what was before it");
}

static void what_was_taken_over_may_be_linked_to_another_run(void **state)
{
	TB_AUTOBUF struct tb_buf earlier = TB_BUF_INIT;

	(void)state;
	make_all("");
	earlier = text_of(REVIEW_FILE);
	make_with(LINES - 1, RUN_COMPLETE, earlier.data);
	whole();
	decide("d4");
	whole();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_changed_line_but_the_last_is_found),
		cmocka_unit_test(lines_of_another_run_are_found),
		cmocka_unit_test(a_later_line_sees_no_shorter_record),
		cmocka_unit_test(what_a_run_took_over_is_as_it_was),
		cmocka_unit_test(what_was_taken_over_may_be_linked_to_another_run),
	};

	return cmocka_run_group_tests(tests, made_open, made_remove);
}
