/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_encode.c - bodies in gzip and deflate
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "lab/encode.h"
#include "tcbox/own.h"

#define LONG "a text that is long enough, a text that is long enough"

/* encoded() - @text for a client with this Accept-Encoding. Return: the coding, or "" */
static const char *encoded(const char *accept, const char *type, const char *text,
			   struct content *c)
{
	static struct http_req r;

	memset(&r, 0, sizeof(r));
	(void)snprintf(r.encodings, sizeof(r.encodings), "%s", accept);
	*c = (struct content){ .status = 200, .type = type, .headers = "" };
	tb_buf_adds(&c->body, text);
	encode_body(&r, c);
	return c->encoding ? c->encoding : "";
}

static void is_body(const struct content *c, const char *text)
{
	char out[256];
	z_stream z = { .next_in = (Bytef *)c->body.data, .avail_in = (uInt)c->body.len,
		       .next_out = (Bytef *)out, .avail_out = sizeof(out) };

	assert_int_equal(inflateInit2(&z, 15 + 32), Z_OK);	/* either of them */
	assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(z.total_out, strlen(text));
	assert_memory_equal(out, text, strlen(text));
	(void)inflateEnd(&z);
}

static void a_client_gets_what_it_takes(void **state)
{
	static const struct {
		const char *accept, *coding;
	} table[] = {
		{ "", "" }, { "identity", "" }, { "br", "" }, { "gzip", "gzip" },
		{ "deflate", "deflate" }, { "deflate, gzip, br, zstd", "gzip" },
		{ "br , GZIP ;q=0.5", "gzip" }, { "gzip;q=0", "" }, { "gzip; q=0.00,deflate", "deflate" },
		{ "gzip;q=0.001", "gzip" }, { "x-gzip", "" }, { "gzipped", "" }, { ",,", "" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(table); i++) {
		struct content c;

		assert_string_equal(encoded(table[i].accept, "text/plain", LONG, &c),
				    table[i].coding);
		if (*table[i].coding)
			is_body(&c, LONG);
		else
			assert_string_equal(c.body.data, LONG);
		tb_buf_free(&c.body);
	}
}

static void other_bodies_stay_as_they_are(void **state)
{
	struct http_req r = { .encodings = "gzip" };
	struct content c;

	(void)state;
	assert_string_equal(encoded("gzip", "image/gif", LONG, &c), "");
	tb_buf_free(&c.body);
	assert_string_equal(encoded("gzip", "application/json", "{}", &c), "");
	tb_buf_free(&c.body);
	assert_string_equal(encoded("gzip", "application/json", LONG, &c), "gzip");
	tb_buf_free(&c.body);
	c = (struct content){ .status = 200, .type = "text/html", .given = LONG,
			      .ngiven = strlen(LONG), .headers = "Content-Encoding: br\r\n" };
	encode_body(&r, &c);
	assert_null(c.encoding);
	c.headers = "";
	c.status = 206;
	encode_body(&r, &c);
	assert_null(c.encoding);
	c.status = 200;
	encode_body(&r, &c);
	assert_string_equal(c.encoding, "gzip");
	assert_null(c.given);
	is_body(&c, LONG);
	tb_buf_free(&c.body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_gets_what_it_takes),
		cmocka_unit_test(other_bodies_stay_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
