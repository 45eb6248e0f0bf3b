/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_event.c - events as lines of JSON and back
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/lines.h"
#include "tcbox/own.h"
#include "tests/unit/record/same.h"

#define HEAD "{\"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":5"

/* fill() - a value for every field of a kind; @round chooses among those of a type */
static void fill(struct ev *ev, unsigned int round)
{
	static const char *strings[] = {
		"plain", "\\", "\\x41", "\\\\xff", "\xff\xfe", "a\nb\t\r\x01\x1f\x7f",
		"\"quoted\" 'too'",
		"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
		"\xed\xa0\x80", "\xc0\x80", "</script>&amp;", "\\u0041", "ends in \\",
	};
	static const char *list[] = { "", "\xff", "two", "\\" };
	static struct ev_addr addrs[] = {
		{ AF_INET, { 192, 0, 2, 1 }, 65535 },
		{ AF_INET6, { 0x20, 1, 0xd, 0xb8, [15] = 1 }, 1 }, { AF_INET, { 0 }, 0 },
		{ AF_INET6, { [10] = 0xff, 0xff, 10, 0, 0, 1 }, 443 }, { AF_INET6, { 0 }, 0 },
	};
	static struct ev_pair pairs[] = { { "packets_captured", UINT64_MAX },
					  { "odd \xff \"name\\", 0 }, { "", 1 } };
	static const uint64_t numbers[] = { 1, UINT64_MAX, (uint64_t)INT64_MAX + 1, INT64_MAX };
	const struct fld *f;

	for (f = fld_kinds[ev->kind].fields; f->key; f++, round++) {
		void *at = (char *)ev + f->offset;

		switch (f->type) {
		case FLD_STR:
			*(const char **)at = strings[round % TB_ARRAY_SIZE(strings)];
			break;
		case FLD_STRS:
			*(struct ev_strs *)at = (struct ev_strs){ list, round % 5 };
			break;
		case FLD_U64:
			*(uint64_t *)at = numbers[round % TB_ARRAY_SIZE(numbers)];
			break;
		case FLD_I64:
			*(int64_t *)at = (int64_t)(numbers[round % TB_ARRAY_SIZE(numbers)]);
			break;
		case FLD_BOOL:
			*(bool *)at = round % 3;
			break;
		case FLD_ADDR:
			*(struct ev_addr *)at = addrs[round % TB_ARRAY_SIZE(addrs)];
			break;
		case FLD_ADDRS:
			*(struct ev_addrs *)at = (struct ev_addrs){ addrs, round % 6 };
			break;
		case FLD_PAIRS:
			*(struct ev_counters *)at = (struct ev_counters){ pairs, round % 4, false };
			break;
		}
	}
}

static void every_kind_reads_back_as_it_was_written(void **state)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT, again = TB_BUF_INIT;
	struct tb_err err = { 0 };
	unsigned int kind, round;
	struct ev ev, back, head;

	(void)state;
	for (kind = 0; kind < EV_KINDS; kind++) {
		for (round = 0; round < 60; round++) {
			ev = (struct ev){ .kind = (enum ev_kind)kind,
					  .src = (enum ev_src)(round % EV_SRCS),
					  .n = round % 2 ? UINT64_MAX : 1,
						  .t = round % 3 ? INT64_MAX : -1, .proc = round };
			if (round)
				fill(&ev, round);
			tb_buf_reset(&line);
			ev_format(&ev, &line);
			assert_false(line.failed);
			assert_int_equal(line.data[line.len - 1], '\n');
			assert_null(memchr(line.data, '\n', line.len - 1));
			if (ev_parse(line.data, line.len - 1, &back, &err))
				fail_msg("%s\n%s", err.msg, line.data);
			if (different_field(&ev, &back))
				fail_msg("\"%s\" differs: %s", different_field(&ev, &back),
					 line.data);
			tb_buf_reset(&again);
			ev_format(&back, &again);
			assert_string_equal(again.data, line.data);
			assert_true(rec_line_head(line.data, line.len - 1, &head));
			assert_true(head.kind == ev.kind && head.src == ev.src && head.n == ev.n &&
				    head.t == ev.t);
			ev_clear(&back);
			assert_null(back.mem);
		}
	}
}

static void keys_of_a_kind_are_different(void **state)
{
	const struct fld *f, *g;
	size_t kind;

	(void)state;
	for (kind = 0; kind < EV_KINDS; kind++) {
		assert_non_null(fld_kinds[kind].name);
		for (f = fld_kinds[kind].fields; f->key; f++) {
			assert_true(strcmp(f->key, "k") && strcmp(f->key, "src") &&
				    strcmp(f->key, "n") && strcmp(f->key, "t") &&
				    strcmp(f->key, "proc"));
			for (g = fld_kinds[kind].fields; g < f; g++)
				assert_string_not_equal(f->key, g->key);
		}
	}
}

/* reads() - parse from memory that ends at a page that cannot be touched */
static int reads(const char *line, size_t len, struct ev *ev)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (len + page - 1) / page * page;
	char *map = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);
	struct ev head;
	int ret;

	assert_ptr_not_equal(map, MAP_FAILED);
	assert_return_code(mprotect(map + room, page, PROT_NONE), errno);
	memcpy(map + room - len, line, len);
	(void)rec_line_head(map + room - len, len, &head);
	ret = ev_parse(map + room - len, len, ev, NULL);
	assert_return_code(munmap(map, room + page), errno);
	return ret;
}

static void what_is_no_event_is_refused(void **state)
{
	static const char *const lines[] = {
		"", " ", "{}", "[]", "1", "null", "true", "\"x\"", "{", "}", "not json",
		"\xef\xbb\xbf{}", "nan", "[nan]",
		"[" HEAD "}]", HEAD, HEAD "}}", HEAD "} {}", HEAD "}x", HEAD ",}",
		HEAD ",\"what\"}", HEAD ",\"what\":}",
		/* missing, unknown or mistyped in every event */
		"{\"src\":\"run\",\"n\":1,\"t\":5}", "{\"k\":\"loss\",\"n\":1,\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"run\",\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":1}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":0,\"t\":5}",
		"{\"k\":\"\",\"src\":\"run\",\"n\":1,\"t\":5}",
		"{\"k\":\"los\",\"src\":\"run\",\"n\":1,\"t\":5}",
		"{\"k\":\"Loss\",\"src\":\"run\",\"n\":1,\"t\":5}",
		"{\"k\":null,\"src\":\"run\",\"n\":1,\"t\":5}",
		"{\"k\":11,\"src\":\"run\",\"n\":1,\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"moon\",\"n\":1,\"t\":5}",
		"{\"k\":\"loss\",\"src\":[\"run\"],\"n\":1,\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":\"1\",\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":-1,\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":null}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":9223372036854775808}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":18446744073709551616,\"t\":5}",
		/* of a kind */
		HEAD ",\"what\":7}", HEAD ",\"what\":null}", HEAD ",\"what\":[\"disk\"]}",
		HEAD ",\"count\":\"7\"}", HEAD ",\"count\":true}",
		HEAD ",\"count\":-1}", HEAD ",\"count\":1e3}", HEAD ",\"count\":1.0}",
		HEAD ",\"count\":0x10}", HEAD ",\"count\":007}",
		HEAD ",\"count\":+1}", HEAD ",\"count\":-}", HEAD ",\"count\":1-2}",
		HEAD ",\"count\":NaN}", HEAD ",\"count\":Infinity}",
		HEAD ",\"count\":18446744073709551616}", HEAD ",\"count\":99999999999999999999999}",
		HEAD ",\"proc\":{}}",
		/* what the JSON reader would accept */
		"{'k':'loss','src':'run','n':1,'t':5}", HEAD ",\"new\":-9223372036854775809}",
		HEAD ",\"new\":NaN}", HEAD ",\"new\":-Infinity}",
		HEAD ",\"what\":\"a\",\"what\":\"b\"}", HEAD ",\"new\":{\"a\":1,\"a\":2}}",
		HEAD ",\"new\":[{\"a\":1,\"a\":2}]}",
		HEAD ",\"n\":1}", HEAD ",\"what\":\"\x01\"}", HEAD ",\"what\":\"\t\"}",
		HEAD ",\"what\":\"\\u0000\"}",
		HEAD ",\"what\":\"a\\u0000b\"}", HEAD ",\"what\\u0000x\":\"b\"}", HEAD "}/* */",
		HEAD "}//", HEAD ",\"what\":True}",
		HEAD ",\"what\":\"\xff\"}", HEAD ",\"what\":\"\xed\xa0\x80\"}",
		HEAD ",\"what\":\"\\q\"}", HEAD ",\"what\":\"open}",
		HEAD ",\"what\":\"open\\", HEAD ",\"what\":\"\\u00",
		HEAD ",\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
		/* escapes that we never write */
		HEAD ",\"what\":\"\\\\\"}", HEAD ",\"what\":\"\\\\x\"}",
		HEAD ",\"what\":\"\\\\xf\"}", HEAD ",\"what\":\"\\\\x00\"}",
		HEAD ",\"what\":\"\\\\x41\"}", HEAD ",\"what\":\"\\\\xFF\"}",
		HEAD ",\"what\":\"\\\\n\"}",
		/* addresses and lists */
		"{\"k\":\"canary\",\"src\":\"run\",\"n\":1,\"t\":5,\"addr\":\"\"}",
		"{\"k\":\"canary\",\"src\":\"run\",\"n\":1,\"t\":5,\"addr\":4}",
		"{\"k\":\"canary\",\"src\":\"run\",\"n\":1,\"t\":5,\"addr\":\"1.2.3.4:0\"}",
		"{\"k\":\"exec\",\"src\":\"box\",\"n\":1,\"t\":5,\"argv\":\"ls\"}",
		"{\"k\":\"exec\",\"src\":\"box\",\"n\":1,\"t\":5,\"argv\":[1]}",
		"{\"k\":\"exec\",\"src\":\"box\",\"n\":1,\"t\":5,\"argv\":[\"a\",null]}",
		"{\"k\":\"exec\",\"src\":\"box\",\"n\":1,\"t\":5,\"argv_cut\":1}",
		"{\"k\":\"exec\",\"src\":\"box\",\"n\":1,\"t\":5,\"argv_cut\":\"true\"}",
		"{\"k\":\"lookup\",\"src\":\"net\",\"n\":1,\"t\":5,\"addrs\":{}}",
		"{\"k\":\"lookup\",\"src\":\"net\",\"n\":1,\"t\":5,\"addrs\":[\"x\"]}",
		"{\"k\":\"counters\",\"src\":\"net\",\"n\":1,\"t\":5,\"values\":[]}",
		"{\"k\":\"counters\",\"src\":\"net\",\"n\":1,\"t\":5,\"values\":{\"a\":-1}}",
		"{\"k\":\"counters\",\"src\":\"net\",\"n\":1,\"t\":5,\"values\":{\"a\":1.5}}",
		"{\"k\":\"counters\",\"src\":\"net\",\"n\":1,\"t\":5,\"values\":{\"a\":1,\"a\":1}}",
	};
	struct tb_err err;
	struct ev ev;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(lines); i++) {
		if (reads(lines[i], strlen(lines[i]), &ev) != -EBADMSG)
			fail_msg("accepted: %s", lines[i]);
		assert_null(ev.mem);
		memset(&err, 0, sizeof(err));
		assert_int_equal(ev_parse(lines[i], strlen(lines[i]), &ev, &err), -EBADMSG);
		assert_int_equal(err.code, EBADMSG);
		assert_null(strpbrk(err.msg, "\n\x1b"));
	}
}

static void json_that_others_may_write_is_accepted(void **state)
{
	static const char *const lines[] = {
		HEAD "}", " " HEAD " } \r",
		"{\"t\":5,\"n\":1,\"src\":\"run\",\"k\":\"loss\"}",
		HEAD ",\"new\":{\"a\":[1.5,null,{\"b\":-3e4}]}}",
		HEAD ",\"what\":\"\\u0064isk\"}", HEAD ",\"what\":\"\\/\\b\\f\"}",
		HEAD ",\"what\":\"\"}",
		HEAD ",\"count\":-0}", HEAD ",\"pid\":\"x\"}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":18446744073709551615,\"t\":-9223372036854775808}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":9223372036854775807}",
	};
	struct ev ev;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(lines); i++) {
		if (reads(lines[i], strlen(lines[i]), &ev))
			fail_msg("refused: %s", lines[i]);
		assert_int_equal(ev.kind, EV_LOSS);
		ev_clear(&ev);
	}
}

static void every_prefix_of_an_event_is_refused(void **state)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	struct ev ev = { .kind = EV_FLOW, .src = EV_SRC_NET, .n = 7, .t = 9 }, back;
	size_t len;

	(void)state;
	fill(&ev, 1);
	ev_format(&ev, &line);
	for (len = 0; len < line.len - 1; len++)
		assert_int_equal(reads(line.data, len, &back), -EBADMSG);
}

static void a_damaged_byte_is_no_crash_and_no_leak(void **state)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	struct ev ev = { .kind = EV_LOOKUP, .src = EV_SRC_NET, .n = 7, .t = 9 }, back;
	unsigned int c;
	size_t i;

	(void)state;
	fill(&ev, 3);
	ev_format(&ev, &line);
	for (i = 0; i < line.len - 1; i++) {
		char was = line.data[i];

		for (c = 0; c < 256; c += c == 0 || c > 0x5a ? 1 : 3) {
			line.data[i] = (char)c;
			if (!ev_parse(line.data, line.len - 1, &back, NULL))
				ev_clear(&back);
		}
		line.data[i] = was;
	}
}

static void long_lines_and_many_elements_are_bounded(void **state)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	struct ev ev;
	size_t i;

	(void)state;
	tb_buf_adds(&line, HEAD ",\"what\":\"");
	while (line.len < REC_LINE_MAX - 2)
		tb_buf_addc(&line, 'x');
	tb_buf_adds(&line, "\"}");
	assert_int_equal(ev_parse(line.data, line.len, &ev, NULL), 0);
	assert_int_equal(strlen(ev.u.loss.what), REC_LINE_MAX - 2 - strlen(HEAD ",\"what\":\""));
	ev_clear(&ev);
	assert_int_equal(ev_parse(line.data, line.len + 1, &ev, NULL), -EBADMSG);

	tb_buf_reset(&line);
	tb_buf_adds(&line, "{\"k\":\"exec\",\"src\":\"box\",\"n\":1,\"t\":5,\"argv\":[\"\"");
	for (i = 1; i < 100000; i++)
		tb_buf_adds(&line, ",\"\"");
	tb_buf_adds(&line, "]}");
	assert_int_equal(ev_parse(line.data, line.len, &ev, NULL), 0);
	assert_int_equal(ev.u.exec.argv.n, 100000);
	ev_clear(&ev);

	tb_buf_reset(&line);
	for (i = 0; i < 100000; i++)
		tb_buf_addc(&line, '[');
	assert_int_equal(ev_parse(line.data, line.len, &ev, NULL), -EBADMSG);
}

static void a_head_is_what_we_write_and_nothing_else(void **state)
{
	static const char *const lines[] = {
		"", "{", "{\"k\":\"", "{\"k\":\"loss\"", " " HEAD "}", HEAD, HEAD "} ", HEAD "x}",
		HEAD ".5}", HEAD ",\"what\":\"\x01\"}",
		HEAD ",\"what\":\"a\nb\"}", "{ \"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":5}",
		"{\"src\":\"run\",\"k\":\"loss\",\"n\":1,\"t\":5}",
		"{\"k\":\"lossy\",\"src\":\"run\",\"n\":1,\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"runs\",\"n\":1,\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":,\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":-1,\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":-}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":18446744073709551616,\"t\":5}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":9223372036854775808}",
		"{\"k\":\"loss\",\"src\":\"run\",\"n\":1,\"t\":5",
	};
	struct ev ev;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(lines); i++)
		if (rec_line_head(lines[i], strlen(lines[i]), &ev))
			fail_msg("accepted: %s", lines[i]);
	assert_true(rec_line_head(HEAD "}", strlen(HEAD "}"), &ev));
	assert_int_equal(ev.kind, EV_LOSS);
	assert_false(rec_line_head(HEAD ",\"what\":\"\0\"}", sizeof(HEAD ",\"what\":\"\0\"}") - 1,
				   &ev));
}

static void unknown_kinds_and_sources_have_a_name_too(void **state)
{
	(void)state;
	assert_string_equal(ev_kind_name(EV_KINDS), "?");
	assert_string_equal(ev_src_name(EV_SRCS), "?");
	assert_string_equal(ev_kind_name(EV_SOCK), "sock");
	assert_string_equal(ev_src_name(EV_SRC_CAPTURE), "capture");
}

static void a_copy_outlives_what_it_was_made_of(void **state)
{
	static const enum ev_kind kinds[] = { EV_PROC, EV_SOCK, EV_CALL, EV_FILE };
	struct ev ev, copy;
	char *strings[16];
	size_t n;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(kinds); i++) {
		ev = (struct ev){ .kind = kinds[i], .n = 1, .t = 1 };
		fill(&ev, (unsigned int)i);
		n = 0;
		for (const struct fld *f = fld_kinds[ev.kind].fields; f->key; f++) {
			const char **s = (const char **)(void *)((char *)&ev + f->offset);

			if (f->type == FLD_STR)
				*s = strings[n++] = strdup(*s);
		}
		assert_true(n > 0 && n <= TB_ARRAY_SIZE(strings));
		assert_int_equal(ev_dup(&ev, &copy), 0);
		assert_null(different_field(&ev, &copy));
		while (n)
			free(strings[--n]);
		fill(&ev, (unsigned int)i);
		assert_null(different_field(&ev, &copy));
		ev_clear(&copy);
		assert_null(copy.mem);
	}
}

static void a_copy_has_lists_of_its_own(void **state)
{
	char text[] = "one";
	const char *v[] = { text, "" };
	struct ev ev = { .kind = EV_EXEC }, copy;

	(void)state;
	ev.u.exec.argv = (struct ev_strs){ v, TB_ARRAY_SIZE(v) };
	assert_int_equal(ev_dup(&ev, &copy), 0);
	text[0] = 'x';
	v[1] = NULL;
	assert_int_equal(copy.u.exec.argv.n, 2);
	assert_string_equal(copy.u.exec.argv.v[0], "one");
	assert_string_equal(copy.u.exec.argv.v[1], "");
	assert_int_equal(copy.u.exec.interpreters.n, 0);
	ev_clear(&copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_reads_back_as_it_was_written),
		cmocka_unit_test(a_copy_outlives_what_it_was_made_of),
		cmocka_unit_test(a_copy_has_lists_of_its_own),
		cmocka_unit_test(keys_of_a_kind_are_different),
		cmocka_unit_test(what_is_no_event_is_refused),
		cmocka_unit_test(json_that_others_may_write_is_accepted),
		cmocka_unit_test(every_prefix_of_an_event_is_refused),
		cmocka_unit_test(a_damaged_byte_is_no_crash_and_no_leak),
		cmocka_unit_test(long_lines_and_many_elements_are_bounded),
		cmocka_unit_test(a_head_is_what_we_write_and_nothing_else),
		cmocka_unit_test(unknown_kinds_and_sources_have_a_name_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
