/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_note.c - tests of notes: how lines are read, what is refused, how one is added
 */
#include "tcbox/note.h"

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
#include "tcbox/clock.h"
#include "tcbox/own.h"

#define TIME "\"time\": \"2026-11-29T10:15:02.123456789Z\""
#define WHO "\"examiner\": \"ann\""
#define LINE "{" TIME ", " WHO ", \"text\": \"logged in\"}\n"

static void notes_are_read_in_their_order(void **state)
{
	static const char two[] = LINE "{" TIME ", \"examiner\": \"bob\", \"text\": \"a\\n\\\\xff\"}\n";
	struct tb_err err = { 0 };
	struct notes n;

	(void)state;
	assert_int_equal(notes_parse("f", two, strlen(two), &n, &err), 0);
	assert_int_equal(n.n, 2);
	assert_string_equal(n.v[0].examiner, "ann");
	assert_string_equal(n.v[0].text, "logged in");
	assert_string_equal(n.v[0].time, "2026-11-29T10:15:02.123456789Z");
	assert_true(n.v[0].time_ns % TB_NS_PER_S == 123456789);
	assert_string_equal(n.v[1].examiner, "bob");
	assert_string_equal(n.v[1].text, "a\n\xff");
	notes_clear(&n);
	assert_int_equal(notes_parse("f", "", 0, &n, &err), 0);
	assert_int_equal(n.n, 0);
	notes_clear(&n);
}

static void what_is_no_note_is_named(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "{" TIME ", " WHO "}\n", "f:1: \"text\" is missing" },
		{ "{" TIME ", " WHO ", \"text\": 7}\n", "f:1: \"text\" is missing, or is not a text" },
		{ "{" TIME ", " WHO ", \"text\": \" \"}\n", "f:1: a note must have words" },
		{ "{" TIME ", \"examiner\": \"\", \"text\": \"x\"}\n", "f:1: the examiner must have" },
		{ "{" TIME ", " WHO ", \"text\": \"x\", \"more\": 1}\n", "f:1: there are members" },
		{ "{\"time\": \"now\", " WHO ", \"text\": \"x\"}\n", "f:1: \"now\" is not a time" },
		{ LINE LINE "{" TIME, "f:3: the last line is cut off" },
		{ LINE "\n", "f:2: " },
		{ "{" TIME ", " WHO ", \"text\": \"x\", \"before\": \"1\"}\n",
		  "f:1: \"before\" is not a SHA-256" },
		{ "{" TIME ", " WHO ", \"text\": \"x\", \"record\": null}\n",
		  "f:1: \"record\" is not a SHA-256" },
		{ LINE "[]\n", "f:2: " },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct tb_err err = { 0 };
		struct notes n;

		assert_int_equal(notes_parse("f", rows[i].text, strlen(rows[i].text), &n, &err),
				 -EBADMSG);
		if (strncmp(err.msg, rows[i].says, strlen(rows[i].says)))
			fail_msg("%s: %s", rows[i].text, err.msg);
		assert_true(!n.v && !n.pool);
	}
}

static void a_note_is_added_whole_or_not_at_all(void **state)
{
	char dir[] = "/tmp/tcbox-note.XXXXXX", path[64];
	struct note note = { .examiner = "ann", .text = "logged in" };
	struct tb_err err = { 0 };
	int64_t before = tb_realtime_ns();
	struct notes n;
	int fd, file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(note_append(fd, "b", &note, &err), 0);
	note.text = "\x1b[2J\xff\"\\";
	assert_int_equal(note_append(fd, "b", &note, &err), 0);
	assert_int_equal(notes_read(fd, "b", &n, &err), 0);
	assert_int_equal(n.n, 2);
	assert_string_equal(n.v[1].text, note.text);
	assert_true(n.v[0].time_ns >= before && n.v[1].time_ns >= n.v[0].time_ns);
	notes_clear(&n);
	note.text = "\n";
	assert_int_equal(note_append(fd, "b", &note, &err), -EINVAL);
	note.text = "more";
	file = openat(fd, NOTE_FILE, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(file, "{", 1), 1);
	(void)close(file);
	assert_int_equal(note_append(fd, "b", &note, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, "b/" NOTE_FILE ":3: the last line is cut off"));
	(void)snprintf(path, sizeof(path), "%s/" NOTE_FILE, dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
	(void)close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_are_read_in_their_order),
		cmocka_unit_test(what_is_no_note_is_named),
		cmocka_unit_test(a_note_is_added_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
