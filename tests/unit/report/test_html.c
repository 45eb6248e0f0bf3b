/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_html.c - tests of the document as HTML
 */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/html.h"
#include "report/sections.h"

static void write_document(const struct rpt_input *in, struct tb_buf *out)
{
	struct html h;

	html_init(&h, out);
	rpt_sections(&h.doc, in);
	html_end(&h);
}

static void the_document_is_as_expected(void **state)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	(void)state;
	write_document(&sample, &out);
	assert_true(matches("violates.html", &out));
}

static void many_findings_of_one_code_are_a_list(void **state)
{
	enum { N = 70 };
	static struct fnd many[N];
	struct fnd_result result = sample_result;
	struct rpt_input in = sample;
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	(void)state;
	for (size_t i = 0; i < N; i++)
		many[i] = sample_findings[0];
	result.findings = many;
	result.nfindings = N;
	in.result = &result;
	write_document(&in, &out);
	assert_true(matches("many.html", &out));
}

static void assert_text(const char *text, const char *want)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	html_text(&b, text);
	assert_string_equal(b.data ? b.data : "", want);
}

static void what_a_product_wrote_is_text_and_nothing_else(void **state)
{
	(void)state;
	assert_text("", "");
	assert_text("</dd><script>alert(1)</script>",
		    "&lt;/dd&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
	assert_text("\" onmouseover='x' &amp; &#60;",
		    "&quot; onmouseover=&#39;x&#39; &amp;amp; &amp;#60;");
	assert_text("<!-- ]]> <![CDATA[", "&lt;!-- ]]&gt; &lt;![CDATA[");
}

static void what_hides_is_shown(void **state)
{
	(void)state;
	assert_text("a\nb\x1b[31m\xff \xe2\x80\xae" "gpj.exe",
		    "a\\nb\\x1b[31m\\xff \\u202egpj.exe");
}

static void a_text_that_is_too_long_is_cut_and_says_so(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	char text[DOC_TEXT_MAX + 11];

	(void)state;
	memset(text, '<', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	html_text(&b, text);
	assert_non_null(strstr(b.data, "&lt; [and 10 bytes more, see the JSON report]"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_document_is_as_expected),
		cmocka_unit_test(many_findings_of_one_code_are_a_list),
		cmocka_unit_test(what_a_product_wrote_is_text_and_nothing_else),
		cmocka_unit_test(what_hides_is_shown),
		cmocka_unit_test(a_text_that_is_too_long_is_cut_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
