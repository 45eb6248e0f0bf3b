/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http.c - HTTP requests, whole and in pieces
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lab/http.h"

static int set_up(void **state)
{
	struct http_req *r = malloc(sizeof(*r));

	http_req_init(r);
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	http_req_free(*state);
	free(*state);
	return 0;
}

/*
 * feed() - the whole text in pieces of @step bytes, until the request is complete or bad. Return:
 * bytes used
 */
static size_t feed_len(struct http_req *r, const char *s, size_t len, size_t step)
{
	size_t used = 0;

	http_req_reset(r);
	while (used < len && r->state != HTTP_COMPLETE && r->state != HTTP_BAD) {
		size_t n = len - used < step ? len - used : step;
		char *copy = malloc(n);
		size_t got;

		memcpy(copy, s + used, n);
		got = http_req_feed(r, copy, n);
		free(copy);
		assert_true(got > 0 && got <= n);
		used += got;
	}
	return used;
}

static size_t feed(struct http_req *r, const char *s, size_t step)
{
	return feed_len(r, s, strlen(s), step);
}

static void a_request_is_read_in_pieces_of_any_size(void **state)
{
	static const char text[] =
		"POST /a%20b?c=d HTTP/1.1\r\nHost: Example.COM:8080\r\ncontent-LENGTH:  5 \r\n"
		"X-Long: y\r\n z\r\n\r\nhelloGET /next HTTP/1.1\r\n";
	struct http_req *r = *state;

	for (size_t step = 1; step < sizeof(text); step++) {
		assert_int_equal(feed(r, text, step), strstr(text, "GET /next") - text);
		assert_int_equal(r->state, HTTP_COMPLETE);
		assert_string_equal(r->method, "POST");
		assert_string_equal(r->target, "/a%20b?c=d");
		assert_string_equal(r->host[0], "example.com");
		assert_true(r->keep_alive);
	}
}

static void chunked_bodies_end_where_they_end(void **state)
{
	static const char text[] =
		"PUT / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"
		"5;ext=1\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nX";
	struct http_req *r = *state;

	for (size_t step = 1; step < sizeof(text); step++) {
		assert_int_equal(feed(r, text, step), sizeof(text) - 2);
		assert_int_equal(r->state, HTTP_COMPLETE);
	}
	(void)feed(r, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n", 100);
	assert_int_equal(r->status, 400);
	(void)feed(r, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", 100);
	assert_int_equal(r->status, 400);
	(void)feed(r, "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n11112222333344445\r\n",
		   100);
	assert_int_equal(r->status, 400);
}

static void headers_stop_the_reader_once(void **state)
{
	static const char text[] =
		"PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok";
	struct http_req *r = *state;
	size_t used;

	http_req_reset(r);
	used = http_req_feed(r, text, sizeof(text) - 1);
	assert_int_equal(used, sizeof(text) - 3);
	assert_true(http_in_body(r) && r->expects_continue);
	used = http_req_feed(r, text + used, 2);
	assert_int_equal(used, 2);
	assert_int_equal(r->state, HTTP_COMPLETE);
	/* HTTP/1.0 knows no interim answers: RFC 9110, 10.1.1 */
	(void)feed(r, "PUT / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", 100);
	assert_false(r->expects_continue);
}

static void other_protocols_are_told_apart(void **state)
{
	static const char *const none[] = { "NICK user\r\n",
					    "EHLO host\r\n",
					    "g(t / HTTP/1.1\r\n",
					    " {\"json\": 1}\n",
					    "\x16\x03\x01",
					    "{\"json\": 1}\n",
					    "GETALONGMETHODTHATNOBODYHAS / HTTP/1.1\r\n",
					    "GET /\r\n",
					    "GET HTTP/1.1\r\n" };
	struct http_req *r = *state;

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		(void)feed(r, none[i], 1);
		assert_int_equal(r->state, HTTP_BAD);
		assert_int_equal(r->status, 0);
	}
	(void)feed_len(r, "G\0T / HTTP/1.1\r\n", 16, 16);
	assert_int_equal(r->state, HTTP_BAD);
	(void)feed(r, "PRI * HTTP/2.0\r\n", 100);
	assert_int_equal(r->status, 505);
}

static void bad_requests_have_a_status(void **state)
{
	static const struct {
		const char *headers;
		int status;
	} cases[] = {
		{ "Content-Length: -1\r\n", 400 },
		{ "Content-Length: 18446744073709551616\r\n", 400 },
		{ "Content-Length:\r\n", 400 },	   { "Content-Length: 1\r\nContent-Length: 2\r\n",
						     400 },
		{ "no colon\r\n", 400 },	   { ": empty\r\n", 400 },
	};
	struct http_req *r = *state;
	char text[200];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n%s\r\n", cases[i].headers);
		(void)feed(r, text, 7);
		assert_int_equal(r->state, HTTP_BAD);
		assert_int_equal(r->status, cases[i].status);
	}
}

static void heads_are_bounded(void **state)
{
	struct http_req *r = *state;
	size_t len = 4 * HTTP_HEAD_MAX;
	char *text = malloc(len + 1);

	memset(text, 'a', len);
	text[len] = '\0';
	memcpy(text, "GET /", 5);
	assert_true(feed(r, text, 1000) <= HTTP_LINE_MAX + 1000);
	assert_int_equal(r->status, 414);
	/* one header without an end, and headers without end */
	memcpy(text, "GET / HTTP/1.1\r\n", 16);
	assert_true(feed(r, text, 1000) <= HTTP_HEAD_MAX + 1000);
	assert_int_equal(r->status, 431);
	assert_true(r->line.cap <= 2 * HTTP_LINE_MAX);
	for (size_t i = 16; i + 4 <= len; i += 4)
		memcpy(text + i, "a:b\n", 4);
	assert_true(feed(r, text, 1000) <= HTTP_HEAD_MAX + 1000);
	assert_int_equal(r->status, 431);
	/* a long header is cut, not refused */
	memcpy(text + 16, "Cookie: ", 8);
	memset(text + 24, 'c', 30000);
	strcpy(text + 30024, "\r\nHost: after.example\r\n\r\n");
	(void)feed(r, text, 1000);
	assert_int_equal(r->state, HTTP_COMPLETE);
	assert_string_equal(r->host[0], "after.example");
	free(text);
}

static void connections_stay_or_close_as_asked(void **state)
{
	static const struct {
		const char *text;
		bool keep;
	} cases[] = {
		{ "GET / HTTP/1.1\r\n\r\n", true },
		{ "GET / HTTP/1.0\r\n\r\n", false },
		{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
		{ "GET / HTTP/1.1\r\nConnection: TE, close\r\n\r\n", false },
		{ "GET / HTTP/1.1\r\nConnection: closer\r\n\r\n", true },
		{ "\r\n\r\nGET / HTTP/1.1\n\n", true },
	};
	struct http_req *r = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		(void)feed(r, cases[i].text, 3);
		assert_int_equal(r->state, HTTP_COMPLETE);
		assert_int_equal(r->keep_alive, cases[i].keep);
	}
}

static void hosts_come_without_ports(void **state)
{
	struct http_req *r = *state;

	(void)feed(r, "GET / HTTP/1.1\r\nHost: [2001:DB8::1]:8443\r\n\r\n", 5);
	assert_string_equal(r->host[0], "[2001:db8::1]");
	(void)feed(r, "GET / HTTP/1.1\r\nHost: [2001:DB8::1\r\n\r\n", 5);
	assert_string_equal(r->host[0], "[2001:db8::1");
	(void)feed(r, "GET http://proxied.example:81/x HTTP/1.1\r\nHost: other.example\r\n\r\n", 5);
	assert_string_equal(r->host[0], "proxied.example");
	(void)feed(r, "CONNECT tunnel.example:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\n", 5);
	assert_int_equal(r->state, HTTP_COMPLETE);
	assert_string_equal(r->target, "tunnel.example:443");
	assert_int_equal(r->left, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_request_is_read_in_pieces_of_any_size), T(chunked_bodies_end_where_they_end),
		T(headers_stop_the_reader_once), T(other_protocols_are_told_apart),
		T(bad_requests_have_a_status), T(heads_are_bounded),
		T(connections_stay_or_close_as_asked), T(hosts_come_without_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
