/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_live_view.c - the view of a run: every size of a terminal, and what is typed into it
 */
#include "run/live_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/own.h"

static struct seen *s;
static struct live_frame f;

/* fill() - a run in which much happened */
static void fill(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		s->dests.n = s->programs.n = i < SEEN_ROWS ? i + 1 : SEEN_ROWS;
		for (int j = 0; j < 2; j++) {
			struct seen_rows *rows = j ? &s->programs : &s->dests;
			struct seen_row *r = &rows->v[i % SEEN_ROWS];

			(void)snprintf(r->text, sizeof(r->text), "%s number %zu \xe6\xbc\xa2\xe6\xbc\xa2",
				       j ? "program" : "destination", i);
			r->last = (int64_t)i;
			r->begun = i + 1;
		}
		(void)snprintf(s->acts.v[s->acts.n++ % SEEN_LINES], SEEN_TEXT, "act number %zu", i);
		seen_output(s, "\033[2J\033]0;x\a said\n", 16);
		(void)snprintf(s->findings.v[i % SEEN_FINDINGS].text, SEEN_TEXT, "finding number %zu", i);
		s->findings.n = i < SEEN_FINDINGS ? i + 1 : SEEN_FINDINGS;
	}
}

/* plain() - a frame without our own sequences, of which each is known */
static char *plain(const struct tb_buf *b)
{
	static const char *const ours[] = { "\033[H", "\033[K", "\033[1m", "\033[0m" };
	static char text[65536];
	size_t n = 0, i;

	for (const char *p = b->data; *p;) {
		for (i = 0; i < TB_ARRAY_SIZE(ours) && strncmp(p, ours[i], strlen(ours[i])); i++)
			;
		if (i < TB_ARRAY_SIZE(ours)) {
			p += strlen(ours[i]);
			continue;
		}
		if ((unsigned char)*p < ' ' && *p != '\r' && *p != '\n')
			fail_msg("a control character: %d", *p);
		text[n++] = *p++;
	}
	text[n] = '\0';
	return text;
}

static size_t columns_of(const char *line, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)line[i] & 0xc0) == 0xc0 ? 2 : (unsigned char)line[i] < 0x80;
	return n;
}

static void a_frame_has_the_size_of_the_terminal(void **state)
{
	(void)state;
	for (size_t rows = 1; rows < 60; rows++) {
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
		size_t columns = 5 + rows * 2, lines = 1;
		char *text;

		fill(rows % 7);
		view_draw_at(&f, 61, rows, columns, &b);
		assert_false(b.failed);
		text = plain(&b);
		for (char *line = text, *end; *line; line = *end ? end + 2 : end) {
			end = strstr(line, "\r\n");
			end = end ? end : line + strlen(line);
			assert_true(columns_of(line, (size_t)(end - line)) <= columns);
			lines += *end != '\0';
		}
		assert_int_equal(lines, rows);
	}
}

static void what_is_latest_is_shown(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	char *text;

	(void)state;
	fill(100);
	f.counts = (struct live_counts){ 3, 5, 1000, 0 };
	view_draw_at(&f, 61, 24, 80, &b);
	text = plain(&b);
	assert_non_null(strstr(text, "tcbox 1:01  processes 3  flows 5  packets 1000  dropped 0\r\n"));
	assert_non_null(strstr(text, "Findings so far (64)\r\n"));
	assert_non_null(strstr(text, "Destinations (64)\r\n     100 begun           ?  out          ?  in  destination number 99"));
	assert_non_null(strstr(text, "Programs (64)\r\n     100 started  program number 99"));
	assert_non_null(strstr(text, "  act number 99\r\nOutput, kept in the bundle (100)\r\n  \\x1b[2J\\x1b]0;x\\x07 said\r\n"));
	assert_null(strstr(text, "act number 90"));
	assert_non_null(strstr(text, "\r\nn note   Ctrl-C end the product   no policy: nothing is compared"));
}

static void a_quiet_run_has_an_empty_view(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	f.has_policy = true;
	f.can_note = false;
	view_draw_at(&f, 0, 4, 80, &b);
	assert_string_equal(plain(&b), "tcbox 0:00  processes 0  flows 0  packets 0  dropped 0\r\n\r\n\r\n"
			    "Ctrl-C ends the product   the verdict is told at the end");
}

static bool type(const char *keys)
{
	return view_keys(&f, keys, strlen(keys));
}

static void a_note_is_typed(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	assert_false(type("x"));
	assert_false(f.typing);
	assert_false(type("n"));
	assert_true(f.typing);
	assert_false(type("clicke\xc3\xa9\b\x7f" "ed\t\x01 n"));
	assert_string_equal(f.note, "clicked n");
	view_draw_at(&f, 0, 3, 16, &b);
	assert_non_null(strstr(plain(&b), "\r\nnote: licked n_"));
	assert_true(type("\rmore"));
	assert_string_equal(f.note, "clicked n");
	assert_false(f.typing);
}

static void a_note_that_is_empty_or_given_up_is_none(void **state)
{
	(void)state;
	assert_false(type("n  \r"));
	assert_false(f.typing);
	assert_false(type("nsomething\x15\n"));
	assert_false(type("nsomething"));
	assert_false(type("\033[A\r"));
	assert_false(f.typing);
	f.can_note = false;
	assert_false(type("nsomething\r"));
}

static void a_note_has_an_end(void **state)
{
	char keys[3000];

	(void)state;
	memset(keys, 'y', sizeof(keys));
	keys[0] = 'n';
	assert_false(view_keys(&f, keys, sizeof(keys)));
	assert_int_equal(strlen(f.note), VIEW_NOTE_MAX);
	assert_true(type("\n"));
}

static int begin(void **state)
{
	(void)state;
	s = calloc(1, sizeof(*s));
	f = (struct live_frame){ .seen = s, .bundle = "b", .can_note = true };
	return !s;
}

static int end(void **state)
{
	(void)state;
	free(s);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_frame_has_the_size_of_the_terminal),
		TEST(what_is_latest_is_shown),
		TEST(a_quiet_run_has_an_empty_view),
		TEST(a_note_is_typed),
		TEST(a_note_that_is_empty_or_given_up_is_none),
		TEST(a_note_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
