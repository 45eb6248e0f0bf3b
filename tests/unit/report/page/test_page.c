/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_page.c - tests of report/page/page.c: the page as a browser gets it, and the data in it
 */
#include "tests/unit/report/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <zlib.h>

#include "tcbox/sha256.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static struct tb_buf page_of(const struct rpt_input *in)
{
	struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	assert_int_equal(rpt_html(in, &out, &err), 0);
	return out;
}

/* between() - the text from behind @begin to before @end. Return: its length */
static size_t between(const struct tb_buf *page, const char *begin, const char *end,
		      const char **text)
{
	const char *from = strstr(page->data, begin), *to;

	assert_non_null(from);
	from += strlen(begin);
	to = strstr(from, end);
	assert_non_null(to);
	*text = from;
	return (size_t)(to - from);
}

/* decode() - base64, RFC 4648. Return: how many bytes */
static size_t decode(const char *text, size_t len, unsigned char *out)
{
	size_t n = 0;

	assert_int_equal(len % 4, 0);
	for (size_t i = 0; i < len; i += 4) {
		uint32_t bits = 0;
		size_t pad = 0;

		for (size_t j = 0; j < 4; j++) {
			const char *digit = strchr(digits, text[i + j]);

			pad += text[i + j] == '=';
			bits <<= 6;
			if (text[i + j] == '=') {
				assert_true(i + 4 == len && j > 1);
				continue;
			}
			assert_true(!pad && digit && *digit);
			bits |= (uint32_t)(digit - digits);
		}
		out[n++] = (unsigned char)(bits >> 16);
		if (pad < 2)
			out[n++] = (unsigned char)(bits >> 8);
		if (!pad)
			out[n++] = (unsigned char)bits;
	}
	return n;
}

/* data_of() - the data of a page, as text */
static struct tb_buf data_of(const struct tb_buf *page)
{
	enum { ROOM = 1 << 20 };
	const char *text;
	size_t len = between(page, "id=\"data\">", "</script>", &text), n;
	TB_AUTOFREE unsigned char *packed = malloc(len);
	TB_AUTOFREE unsigned char *json = malloc(ROOM);
	struct tb_buf out = TB_BUF_INIT;
	uLongf room = ROOM;

	assert_true(packed && json);
	n = decode(text, len, packed);
	assert_int_equal(uncompress(json, &room, packed, n), Z_OK);
	tb_buf_add(&out, json, room);
	tb_buf_addc(&out, '\n');
	return out;
}

static void the_data_is_as_expected(void **state)
{
	TB_AUTOBUF struct tb_buf page = page_of(&sample), data = data_of(&page);

	(void)state;
	assert_true(matches("violates.page", &data));
}

/* Every length of the compressed data modulo three has its own end. */
static void data_of_any_length_is_whole(void **state)
{
	static char name[40];
	struct run_info run = sample_run;
	struct rpt_input in = sample;

	(void)state;
	in.run = &run;
	run.hostname = name;
	for (size_t i = 0; i < sizeof(name) - 1; i++) {
		TB_AUTOBUF struct tb_buf page = TB_BUF_INIT, data = TB_BUF_INIT;

		name[i] = digits[i * 7 % 64];	/* nothing that can be compressed */
		page = page_of(&in);
		data = data_of(&page);
		assert_non_null(strstr(data.data, name));
		assert_memory_equal(data.data + data.len - 3, "]}\n", 3);
	}
}

/* source_of() - how a Content Security Policy names a text that may run */
static void source_of(const char *text, size_t len, char out[64])
{
	char hex[TB_SHA256_HEX];
	unsigned char hash[33] = { 0 };
	struct tb_err err = { 0 };
	size_t n;

	assert_int_equal(tb_sha256(text, len, hex, &err), 0);
	for (size_t i = 0; i < 32; i++) {
		unsigned int byte;

		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		hash[i] = (unsigned char)byte;
	}
	n = (size_t)snprintf(out, 64, "'sha256-");
	for (size_t bit = 0; bit < 256; bit += 6) {
		unsigned int both = (unsigned int)hash[bit / 8] << 8 | hash[bit / 8 + 1];

		out[n++] = digits[both >> (10 - bit % 8) & 63];
	}
	(void)snprintf(out + n, 64 - n, "='");
}

static void nothing_runs_but_the_script_and_the_style_of_the_page(void **state)
{
	TB_AUTOBUF struct tb_buf page = page_of(&sample);
	const char *policy, *script, *style;
	char source[64], want[256];
	size_t n = 0, len, len_script, len_style;

	(void)state;
	len = between(&page, "http-equiv=\"Content-Security-Policy\" content=\"", "\"", &policy);
	n += (size_t)snprintf(want, sizeof(want), "default-src 'none'; base-uri 'none'; "
			      "form-action 'none'; script-src ");
	len_script = between(&page, "<script>", "</script>", &script);
	source_of(script, len_script, source);
	n += (size_t)snprintf(want + n, sizeof(want) - n, "%s; style-src ", source);
	len_style = between(&page, "<style>", "</style>", &style);
	source_of(style, len_style, source);
	n += (size_t)snprintf(want + n, sizeof(want) - n, "%s", source);
	assert_int_equal(len, n);
	assert_memory_equal(policy, want, n);
	/* of what follows it */
	assert_true(policy < style && style < script);
	assert_true(strstr(page.data, "<title>") > policy);
	assert_memory_equal(page.data, "<!DOCTYPE html>\n", 16);
	assert_memory_equal(page.data + page.len - 26, "</script>\n</body>\n</html>\n", 26);
}

static void the_title_is_the_verdict_and_the_program_and_harmless(void **state)
{
	static char evil[] = "</title><script>alert(1)</script>", *argv[] = { evil, NULL };
	struct run_info run = sample_run;
	struct rpt_input in = sample;
	TB_AUTOBUF struct tb_buf page = page_of(&in), hostile = TB_BUF_INIT, none = TB_BUF_INIT;

	(void)state;
	assert_non_null(strstr(page.data, "<title>violates - ./acme-agent</title>"));
	in.run = &run;
	run.argv = argv;
	run.argc = 1;
	hostile = page_of(&in);
	assert_non_null(strstr(hostile.data, "<title>violates - &lt;/title&gt;&lt;script&gt;alert(1)"));
	run.argc = 0;
	none = page_of(&in);
	assert_non_null(strstr(none.data, "<title>violates - run</title>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_data_is_as_expected),
		cmocka_unit_test(data_of_any_length_is_whole),
		cmocka_unit_test(nothing_runs_but_the_script_and_the_style_of_the_page),
		cmocka_unit_test(the_title_is_the_verdict_and_the_program_and_harmless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
