/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_content.c - what is found at a path; lookups over HTTP; WebSockets
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lab/conn.h"
#include "lab/doh.h"
#include "tests/unit/lab/world.h"

/* found() - the status and the type of an answer; its body is in @body */
static int found(const char *text, const char *path, const char **type, struct tb_buf *body)
{
	struct content content;
	struct http_req r;

	http_req_init(&r);
	for (size_t used = 0, len = strlen(text); used < len && r.state < HTTP_COMPLETE;)
		used += http_req_feed(&r, text + used, len - used);
	assert_int_equal(r.state, HTTP_COMPLETE);
	content_find(&r, path, true, &content);
	http_req_free(&r);
	tb_buf_free(body);
	*body = content.body;
	*type = content.type ? content.type : "none";
	return content.status;
}

static void every_client_gets_what_it_can_read(void **state)
{
	static const struct {
		const char *path, *headers;
		int status;
		const char *type, *body;
	} table[] = {
		{ "/", "", 200, "text/html; charset=utf-8", "ready" },
		{ "/", "Accept: */*", 200, "text/html; charset=utf-8", "ready" },
		{ "/", "Accept: application/json", 200, "application/json", "{\"status\":\"ok\"}" },
		{ "/", "Accept: text/html, application/json;q=0.9", 200, "text/html; charset=utf-8",
		  "ready" },
		{ "/x", "Content-Type: application/json; charset=utf-8", 200, "application/json",
		  "{" },
		{ "/a.json?b=c.txt", "", 200, "application/json", "{" },
		{ "/generate_204", "", 204, "none", "" },
		{ "/generate_204?x", "", 204, "none", "" },
		{ "/generate_2040", "", 200, "text/html; charset=utf-8", "ready" },
		{ "/simple/", "", 200, "text/html; charset=utf-8", "Simple index" },
		{ "/simple/foo/", "", 404, "text/plain; charset=utf-8", "404" },
		{ "/left-pad", "User-Agent: npm/9.2.0 node/v18", 404, "application/json",
		  "{\"error\":\"Not found\"" },
		{ "/example.com/m/@v/list", "", 404, "text/plain; charset=utf-8", "not found" },
		{ "/m?go-get=1", "", 404, "text/html; charset=utf-8", "Not found" },
		{ "/dists/stable/InRelease", "", 404, "text/html; charset=utf-8", "Not found" },
		{ "/config.json", "User-Agent: cargo 1.70", 200, "application/json",
		  "{\"dl\":\"https://a.example/api/v1/crates\"" },
		{ "/se/rd/serde", "User-Agent: cargo 1.70", 404, "text/plain; charset=utf-8", "" },
		{ "/config.json", "", 200, "application/json", "{\"status\"" },
		{ "/directory", "", 200, "application/json",
		  "{\"newNonce\":\"https://a.example/acme/new-nonce\"" },
		{ "/news.rss", "", 200, "application/rss+xml", "<rss version=\"2.0\">" },
		{ "/r.git/info/refs?service=git-upload-pack", "", 404, "text/plain; charset=utf-8",
		  "Repository" },
		{ "/v2/", "", 200, "application/json", "{}" },
		{ "/v2/library/x/manifests/latest", "", 404, "application/json", "NAME_UNKNOWN" },
	};
	struct tb_buf body = { 0 };
	char text[512];
	const char *type;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		(void)snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a.example\r\n%s%s\r\n",
			       table[i].path, table[i].headers, *table[i].headers ? "\r\n" : "");
		assert_int_equal(found(text, table[i].path, &type, &body), table[i].status);
		assert_string_equal(type, table[i].type);
		assert_non_null(strstr(body.len ? body.data : "", table[i].body));
	}
	assert_int_equal(found("OPTIONS /x HTTP/1.1\r\nHost: a\r\n\r\n", "/x", &type, &body), 204);
	assert_int_equal(found("GET /directory HTTP/1.1\r\nHost: a\"b\r\n\r\n", "/directory", &type,
			       &body),
			 200);
	assert_null(strstr(body.data, "a\"b")); /* it would end the text of JSON */
	tb_buf_free(&body);
}

static void base64_is_read_or_refused(void **state)
{
	uint8_t out[16];

	(void)state;
	assert_int_equal(doh_decode("_-8", 3, out, sizeof(out)), 2);
	assert_memory_equal(out, "\xff\xef", 2);
	assert_int_equal(doh_decode("AAEC", 4, out, sizeof(out)), 3);
	assert_memory_equal(out, "\0\1\2", 3);
	assert_int_equal(doh_decode("AAECAw", 6, out, sizeof(out)), 4);
	assert_int_equal(out[3], 3);
	assert_int_equal(doh_decode("A", 1, out, sizeof(out)), 0);
	assert_int_equal(doh_decode("", 0, out, sizeof(out)), 0);
	assert_int_equal(doh_decode("A+==", 4, out, sizeof(out)), 0);
	assert_int_equal(doh_decode("AAAAAAAAAAAAAAAAAAAAAAAA", 24, out, sizeof(out)), 0);
}

static char heard[8192];

static const char *hear(struct world *w, int fd)
{
	world_run(w);
	(void)world_hear(fd, heard, sizeof(heard));
	return heard;
}

static void a_lookup_over_http_is_recorded_as_one(void **state)
{
	static const char query[] = "\0\0\1\0\0\1\0\0\0\0\0\0\1a\7example\0\0\1\0\1";
	static const char post[] = "POST /dns-query HTTP/1.1\r\nHost: d\r\nContent-Type: "
				   "application/dns-message\r\nContent-Length: 27\r\n\r\n";
	struct world w;
	int fd;

	(void)state;
	assert_int_equal(sizeof(query) - 1, 27);
	assert_false(world_open(&w));
	fd = world_connect(&w, 80);
	world_say(&w, fd, post, sizeof(post) - 1);
	world_say(&w, fd, query, sizeof(query) - 1);
	assert_non_null(strstr(hear(&w, fd), "Content-Type: application/dns-message\r\n"));
	world_say(&w, fd,
		  "GET /dns-query?x=1&dns=AAABAAABAAAAAAAAAWEHZXhhbXBsZQAAAQAB HTTP/1.1\r\n"
		  "Host: d\r\n\r\n",
		  81);
	assert_non_null(strstr(hear(&w, fd), "Content-Type: application/dns-message\r\n"));
	world_say(&w, fd, "GET /dns-query?dns=!!! HTTP/1.1\r\nHost: d\r\n\r\n", 44);
	assert_non_null(strstr(hear(&w, fd), "Content-Type: text/html"));
	world_events(&w);
	assert_int_equal(w.n, 2);
	assert_int_equal(w.v[0].kind, EV_LOOKUP);
	assert_string_equal(w.v[0].u.lookup.name, "a.example");
	assert_string_equal(w.v[1].u.lookup.name, "a.example");
	assert_int_equal(w.nasked, 3);
	(void)close(fd);
	world_close(&w);
}

static void a_websocket_takes_messages_and_ends(void **state)
{
	static const char hello[] = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
				    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
				    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
	struct world w;
	int fd;

	(void)state;
	assert_false(world_open(&w));
	fd = world_connect(&w, 80);
	world_say(&w, fd, hello, sizeof(hello) - 1);
	assert_ptr_equal(strstr(hear(&w, fd), "HTTP/1.1 101 "), heard);
	assert_non_null(strstr(heard, "Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	world_say(&w, fd, "\x01\x83\1\2\3\4abc", 9); /* a message in two frames */
	world_say(&w, fd, "\x89\x82\1\2\3\4ik", 8); /* and a ping between them */
	assert_string_equal(hear(&w, fd), "\x8a\2hi");
	world_say(&w, fd, "\x80\xfe\0\4\1\2\3\4abcd", 12);
	world_say(&w, fd, "\x88\x82\0\0\0\0\3\xe8", 8);
	assert_string_equal(hear(&w, fd), "\x88\2\3\xe8");
	(void)close(fd);
	world_run(&w);
	world_events(&w);
	assert_int_equal(w.nasked, 2);
	assert_int_equal(w.asked[0].u.request.status, 101);
	assert_string_equal(w.asked[1].u.request.service, "websocket");
	assert_string_equal(w.asked[1].u.request.method, "MESSAGE");
	assert_int_equal(w.asked[1].u.request.bytes_in, 7);
	world_close(&w);
}

static void frames_that_break_the_protocol_end_it(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum websocket_what what;
	} table[] = {
		{ "\x81", 1, WEBSOCKET_MORE },
		{ "\x81\x81\0\0\0", 5, WEBSOCKET_MORE },
		{ "\x81\x01", 2, WEBSOCKET_END }, /* no mask */
		{ "\xc1\x81\0\0\0\0", 6, WEBSOCKET_END }, /* an extension */
		{ "\x09\x80\0\0\0\0", 6, WEBSOCKET_END }, /* a ping in pieces */
		{ "\x89\xfe\0\x7e\0\0\0\0", 8, WEBSOCKET_END }, /* a long one */
		{ "\x8b\x80\0\0\0\0", 6, WEBSOCKET_END },
		{ "\x8a\x80\0\0\0\0", 6, WEBSOCKET_REPLY },
		{ "\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0", 14, WEBSOCKET_END },
		{ "\x82\xff\x7f\0\0\0\0\0\0\0\0\0\0\0", 14, WEBSOCKET_DATA },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct websocket s = { 0 };
		struct websocket_step step;

		assert_int_equal(websocket_frame(&s, (const uint8_t *)table[i].bytes, table[i].len,
						 &step),
				 table[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_client_gets_what_it_can_read),
		cmocka_unit_test(base64_is_read_or_refused),
		cmocka_unit_test(a_lookup_over_http_is_recorded_as_one),
		cmocka_unit_test(a_websocket_takes_messages_and_ends),
		cmocka_unit_test(frames_that_break_the_protocol_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
