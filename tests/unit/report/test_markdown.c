/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_markdown.c - tests of the Markdown report
 */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/markdown.h"

static void the_report_is_as_expected(void **state)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(rpt_markdown(&sample, &out, &err), 0);
	assert_true(matches("violates.md", &out));
}

static void many_findings_of_one_code_are_a_list(void **state)
{
	enum { N = 70 };
	static struct fnd many[N];
	struct fnd_result result = sample_result;
	struct rpt_input in = sample;
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < N; i++)
		many[i] = sample_findings[0];
	many[4].nseen = 0;
	many[5].count = 0;
	result.findings = many;
	result.nfindings = N;
	result.canary.lab = result.last_canary.lab = false;
	result.last_canary.packets = false;
	in.result = &result;
	assert_int_equal(rpt_markdown(&in, &out, &err), 0);
	assert_true(matches("many.md", &out));
}

static void assert_text(const char *text, const char *want)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	markdown_text(&b, text);
	assert_string_equal(b.data ? b.data : "", want);
}

static void plain_words_stay_as_they_are(void **state)
{
	(void)state;
	assert_text("", "");
	assert_text("/opt/acme/agent (3): \"x\", it's 100 % - done.",
		    "/opt/acme/agent (3): \"x\", it's 100 % - done.");
	assert_text("tcp 198.18.3.7:8443 at 10:15:02", "tcp 198.18.3.7:8443 at 10:15:02");
	assert_text("2001:db8::5", "2001`:`db8::5");
	assert_text("1.5 s", "1.5 s");
	assert_text("\xc3\xa9\xe6\xbc\xa2", "\xc3\xa9\xe6\xbc\xa2");
}

static void markup_is_escaped(void **state)
{
	(void)state;
	assert_text("<script>", "\\<script\\>");
	assert_text("\\`*_{}[]<>|~&!=^", "\\\\\\`\\*\\_\\{\\}\\[\\]\\<\\>\\|\\~\\&\\!\\=\\^");
	assert_text("a*b", "a\\*b");
	assert_text("&amp;", "\\&amp;");
}

static void no_text_begins_a_block(void **state)
{
	(void)state;
	assert_text("- a - b", "\\- a - b");
	assert_text("+ a + b", "\\+ a + b");
	assert_text("1. a 2. b", "1\\. a 2. b");
	assert_text("12) a", "12\\) a");
	assert_text("7.", "7\\.");
	assert_text("    code", "code");
	assert_text("   - a", "\\- a");
	assert_text("---", "\\---");
}

static void what_renderers_look_for_is_code(void **state)
{
	(void)state;
	assert_text("a@b.example", "a`@`b.example");
	assert_text("@#$", "`@#$`");
	assert_text("#1", "`#`1");
	assert_text("$x$", "`$`x`$`");
	assert_text("https://x", "https`:`//x");
	assert_text("a:/b", "a:/b");
	assert_text("WWW.x www.y w.z", "WWW`.`x www`.`y w.z");
	assert_text(".www", ".www");
	assert_text("a :+1: b", "a `:`+1: b");
	assert_text(":a-b_1:", "`:`a-b\\_1:");
	assert_text(":100: :20: :1", "`:`100: :20: :1");
	assert_text("@`@", "`@`\\``@`");
}

static void control_bytes_are_shown(void **state)
{
	(void)state;
	assert_text("a\n# b", "a\\\\n`#` b");
	assert_text("\033[2J\xff", "\\\\x1b\\[2J\\\\xff");
	assert_text("\xe2\x80\xae" "gnp", "\\\\u202egnp");
}

static void long_texts_are_cut(void **state)
{
	static char text[DOC_TEXT_MAX + 8];
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	markdown_text(&b, text);
	assert_non_null(strstr(b.data, "aa \\[and 7 bytes more, see the JSON report\\]"));
	assert_int_equal(b.len,
			 DOC_TEXT_MAX + strlen(" \\[and 7 bytes more, see the JSON report\\]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_is_as_expected),
		cmocka_unit_test(many_findings_of_one_code_are_a_list),
		cmocka_unit_test(plain_words_stay_as_they_are),
		cmocka_unit_test(markup_is_escaped),
		cmocka_unit_test(no_text_begins_a_block),
		cmocka_unit_test(what_renderers_look_for_is_code),
		cmocka_unit_test(control_bytes_are_shown),
		cmocka_unit_test(long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
