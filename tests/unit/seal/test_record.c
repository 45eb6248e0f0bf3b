/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_record.c - a record that is not as it was written is named by its lines
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/seal/said.h"

#define LINES 40

static void what_is_as_it_was_is_whole(void **state)
{
	struct seal_check c;

	(void)state;
	for (unsigned int lines = 0; lines < 600; lines += 257) {
		make(lines, RUN_COMPLETE);
		assert_int_equal(seal_verify(made, &nobody, &c, NULL), 0);
		assert_int_equal(c.wrong.n, 0);
		assert_int_equal(c.lines, lines);
		assert_int_equal(strlen(c.head), 64);
		seal_check_clear(&c);
	}
}

static void a_changed_line_is_named(void **state)
{
	static const unsigned int which[] = { 2, 7, LINES - 1, LINES };
	char text[64];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		make(LINES, RUN_COMPLETE);
		instead(REC_EVENTS_FILE, which[i], 1, "{}\n");
		(void)snprintf(text, sizeof(text), "events.jsonl: line %u changed", which[i]);
		finds(text);
	}
	make(LINES, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 3, 1, "{}\n");
	instead(REC_EVENTS_FILE, 9, 3, "1\n2\n3\n");
	finds_n("events.jsonl: line 3 changed", 2);
	finds_n("events.jsonl: lines 9 to 11 changed", 2);
	make(LINES, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 1, 1, "{}\n");
	finds("line 1 was changed, or line 1 of events.chain");
}

static void a_removed_line_is_named(void **state)
{
	(void)state;
	make(LINES, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 7, 1, "");
	finds("events.jsonl: line 7 removed, before what is now line 7");
	instead(REC_EVENTS_FILE, 20, 5, "");
	finds_n("events.jsonl: lines 21 to 25 removed, before what is now line 20", 2);
	make(LINES, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 1, 1, "");
	finds("events.jsonl: line 1 removed, before what is now line 1");
	make(1000, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 100, 700, "");
	finds("events.jsonl: lines 100 to 799 removed, before what is now line 100");
}

static void an_inserted_line_is_named(void **state)
{
	TB_AUTOFREE char *line = NULL;

	(void)state;
	make(LINES, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 7, 0, "{}\n");
	finds("events.jsonl: line 7 inserted");
	line = line_of(REC_EVENTS_FILE, 20);
	instead(REC_EVENTS_FILE, 30, 0, line);
	finds_n("events.jsonl: line 30 inserted", 2);
	make(LINES, RUN_COMPLETE);
	for (int i = 0; i < 300; i++)
		instead(REC_EVENTS_FILE, 7, 0, "{}\n");
	finds("events.jsonl: lines 7 to 306 inserted");
}

static void lines_that_moved_are_named(void **state)
{
	TB_AUTOFREE char *line = NULL;

	(void)state;
	make(LINES, RUN_COMPLETE);
	line = line_of(REC_EVENTS_FILE, 5);
	instead(REC_EVENTS_FILE, 5, 1, "");
	instead(REC_EVENTS_FILE, 30, 0, line);
	finds("events.jsonl: line 30 was line 5: the order was changed");
	make(LINES, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 5, 1, "");
	instead(REC_EVENTS_FILE, 6, 0, line);
	finds("the order was changed");
}

static void other_lines_in_their_place_are_named(void **state)
{
	(void)state;
	make(LINES, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 5, 4, "{}\n{}\n");
	finds("events.jsonl: lines 5 to 8 not there any more; at that place now: lines 5 to 6");
	make(1000, RUN_COMPLETE);
	for (unsigned int i = 100; i < 200; i++)
		instead(REC_EVENTS_FILE, i, 1, "{}\n");
	finds("events.jsonl: lines 100 to 199 changed");
}

static void a_cut_is_named(void **state)
{
	TB_AUTOFREE char *line = NULL;

	(void)state;
	make(LINES, RUN_COMPLETE);
	line = line_of(REC_EVENTS_FILE, LINES);
	cut(REC_EVENTS_FILE, strlen(line));
	finds("events.jsonl: the last lines are gone: of 40 lines, 39 are left");
	make(LINES, RUN_COMPLETE);
	cut(REC_EVENTS_FILE, 1);
	finds_n("events.jsonl: it ends in the middle of line 40", 2);
	make(LINES, RUN_COMPLETE);
	append(REC_EVENTS_FILE, line);
	finds("events.jsonl: the last 1 lines, from line 41 on, are not in the chain");
	/* both at once, so that they fit together */
	make(LINES, RUN_COMPLETE);
	cut(REC_EVENTS_FILE, strlen(line));
	cut(CHAIN_FILE, CHAIN_VALUE_BYTES);
	finds("events.chain: the chain does not end as run.json says, with line 40");
}

static void a_changed_chain_is_named(void **state)
{
	TB_AUTOFREE char *value = NULL;

	(void)state;
	make(LINES, RUN_COMPLETE);
	value = line_of(CHAIN_FILE, 20);
	instead(CHAIN_FILE, 7, 1, value);
	finds("events.chain: line 7 was changed");
	make(LINES, RUN_COMPLETE);
	instead(CHAIN_FILE, 7, 0, value);
	finds_n("events.chain: line 7 was inserted", 2);
	make(LINES, RUN_COMPLETE);
	instead(CHAIN_FILE, 7, 1, "");
	finds_n("events.chain: a line was removed before line 7", 2);
	make(LINES, RUN_COMPLETE);
	instead(CHAIN_FILE, 7, 1, "x\n");
	finds_n("events.chain: line 7 is not a value of a chain: from line 6 on", 2);
	/* where the record is found again */
	make(LINES, RUN_COMPLETE);
	instead(REC_EVENTS_FILE, 39, 1, "{}\n");
	instead(CHAIN_FILE, 41, 1, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n");
	finds_n("events.chain: line 41 is not a value of a chain", 3);
	make(LINES, RUN_COMPLETE);
	cut(CHAIN_FILE, 1);
	finds_n("events.chain: it ends in the middle of a value", 3);
	make(LINES, RUN_COMPLETE);
	put(CHAIN_FILE, "", 0);
	finds("events.chain: the first line is not the beginning of a chain");
	put(CHAIN_FILE, "{}\n", 3);
	finds("events.chain:1: \"tcbox_chain\" is missing");
	put(CHAIN_FILE, "{\"tcbox_chain\": 2}\n", 19);
	finds("written by a newer tcbox");
}

static void a_record_of_noise_is_named_once(void **state)
{
	TB_AUTOBUF struct tb_buf noise = TB_BUF_INIT;

	(void)state;
	make(200, RUN_COMPLETE);
	for (unsigned int i = 0; i < 3000000; i++)	/* a line that is too long is one */
		tb_buf_addc(&noise, "abc\n"[i % 1500000 ? i % 3 : 3]);
	put(REC_EVENTS_FILE, noise.data, noise.len);
	finds("from line 1 on, the lines are not those that were written");
}

static void a_killed_run_has_its_chain(void **state)
{
	(void)state;
	make(LINES, RUN_RUNNING);
	leaves("The run was killed or failed");
	append(REC_EVENTS_FILE, "{\"k\":\"lo");	/* while a line was written */
	leaves("The run was killed or failed");
	make(LINES, RUN_RUNNING);
	append(REC_EVENTS_FILE, "{}\n{}\n");
	leaves("The last 2 lines of events.jsonl were not in the chain yet");
	make(LINES, RUN_RUNNING);
	cut(REC_EVENTS_FILE, 1);		/* the chain is later than the record */
	finds("of 40 lines, 39 are left");
	make(LINES, RUN_RUNNING);
	instead(REC_EVENTS_FILE, 7, 1, "{}\n");
	finds("line 7 changed");
	make(LINES, RUN_RUNNING);
	append(RUN_FILE, " ");
	finds("run.json: it was changed: its SHA-256 is not the one in events.chain");
}

static void a_failed_run_ends_where_it_says(void **state)
{
	TB_AUTOFREE char *value = NULL;

	(void)state;
	make(LINES, RUN_FAILED);
	leaves("The run was killed or failed");
	/* the disk became full while values were written that are not counted any more */
	value = line_of(CHAIN_FILE, LINES + 1);
	cut(CHAIN_FILE, CHAIN_VALUE_BYTES);
	finds("the chain does not end as run.json says, with line 40");
	append(CHAIN_FILE, value);
	append(CHAIN_FILE, "0123");
	append(REC_EVENTS_FILE, "{\"k\":");
	leaves("The run was killed or failed");
}

static void a_run_that_ended_at_once_has_no_record(void **state)
{
	struct run_info run = { .state = RUN_FAILED, .started_ns = STARTED };

	(void)state;
	make(LINES, RUN_RUNNING);
	assert_int_equal(unlinkat(made, RUN_POLICY_FILE, 0), 0);
	assert_int_equal(unlinkat(made, CHAIN_FILE, 0), 0);
	assert_int_equal(run_info_write(made, &run, NULL), 0);
	finds("events.chain: it is missing");
	assert_int_equal(unlinkat(made, REC_EVENTS_FILE, 0), 0);
	leaves("There is no record");
	run.state = RUN_COMPLETE;
	assert_int_equal(run_info_write(made, &run, NULL), 0);
	finds_n("events.chain: it is missing", 2);
}

static void files_that_do_not_belong_together_are_named(void **state)
{
	(void)state;
	make(LINES, RUN_COMPLETE);
	append(RUN_POLICY_FILE, " ");
	finds("policy.json: it was changed");
	make(LINES, RUN_COMPLETE);
	append("x", "");
	finds("x: it was added");
	make(LINES, RUN_COMPLETE);
	assert_int_equal(unlinkat(made, RUN_CAPTURE_FILE, 0), 0);
	finds("capture.pcapng: it is missing");
	assert_int_equal(symlinkat("/etc/passwd", made, RUN_CAPTURE_FILE), 0);
	finds("capture.pcapng: it is not a regular file");
	make(LINES, RUN_COMPLETE);
	instead(RUN_FILE, 1, 1, "[\n");
	finds("run.json");
	make(LINES, RUN_COMPLETE);
	assert_int_equal(unlinkat(made, CHAIN_FILE, 0), 0);
	finds("events.chain: it is missing");
	assert_int_equal(unlinkat(made, REC_EVENTS_FILE, 0), 0);
	finds_n("events.jsonl: it is missing", 2);
}

static void what_is_said_is_bounded(void **state)
{
	struct seal_check c;

	(void)state;
	make(1000, RUN_COMPLETE);
	for (unsigned int i = 3; i < 1000; i += 7)
		instead(REC_EVENTS_FILE, i, 1, "{}\n");
	assert_int_equal(seal_verify(made, &nobody, &c, NULL), 0);
	assert_true(c.wrong.n <= SEAL_SAID_MAX);
	assert_int_equal(c.wrong.n + c.wrong.more, 143);
	seal_check_clear(&c);
}

static void words_are_proquints(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	seal_words(&b, "7f0000013f54dcc1");		/* of the article */
	assert_string_equal(b.data, "lusab babad gutih tugad");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_as_it_was_is_whole),
		cmocka_unit_test(a_changed_line_is_named),
		cmocka_unit_test(a_removed_line_is_named),
		cmocka_unit_test(an_inserted_line_is_named),
		cmocka_unit_test(lines_that_moved_are_named),
		cmocka_unit_test(other_lines_in_their_place_are_named),
		cmocka_unit_test(a_cut_is_named),
		cmocka_unit_test(a_changed_chain_is_named),
		cmocka_unit_test(a_record_of_noise_is_named_once),
		cmocka_unit_test(a_killed_run_has_its_chain),
		cmocka_unit_test(a_failed_run_ends_where_it_says),
		cmocka_unit_test(a_run_that_ended_at_once_has_no_record),
		cmocka_unit_test(files_that_do_not_belong_together_are_named),
		cmocka_unit_test(what_is_said_is_bounded),
		cmocka_unit_test(words_are_proquints),
	};

	return cmocka_run_group_tests(tests, made_open, made_remove);
}
