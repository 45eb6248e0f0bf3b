/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http_head.c - the head of a request, as far as it is there
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture/http_head.h"

static struct http_head head;

/* state_of() - of the first @len bytes, of which no more may be read */
static enum http_head_state state_of(const char *text, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	enum http_head_state s;

	memcpy(copy, text, len);
	memset(&head, 0, sizeof(head));
	s = http_head_read(&head, copy, len);
	free(copy);
	return s;
}

static enum http_head_state read_head(const char *text)
{
	return state_of(text, strlen(text));
}

static void a_head_is_whole_with_its_empty_line_and_not_before(void **state)
{
	static const char text[] = "\r\nOPTIONS /a?b HTTP/1.1\r\nX: y\r\nHOST: A.example:80\r\n\r\nbody";
	size_t whole = strstr(text, "body") - text;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		enum http_head_state s = state_of(text, len);

		if (len >= whole)
			assert_int_equal(s, HTTP_HEAD_WHOLE);
		else if (len >= strlen("\r\nOPTIONS /") + 1)
			assert_int_equal(s, HTTP_HEAD_MORE);
		else if (s != HTTP_HEAD_MORE)
			assert_int_equal(s, HTTP_HEAD_MAYBE);
	}
	assert_string_equal(head.host, "a.example");
	assert_string_equal(head.request, "OPTIONS /a?b");
	assert_false(head.others);
}

static void what_is_no_request_is_told_at_once(void **state)
{
	static const char *const texts[] = {
		"EHLO a.example\r\n", "\x16\x03\x01", "(", "GET(", "GET /\r\n", "{\"a\": 1}",
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "GET HTTP/1.1\r\n\r\n", "  {\"a\": 1}", "\r\n\r\n\x01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read_head(texts[i]), HTTP_HEAD_NONE);
	assert_int_equal(state_of("G\0T / HTTP/1.1\r\n\r\n", 18), HTTP_HEAD_ODD);
}

static void what_a_lenient_server_may_read_is_odd(void **state)
{
	static const char *const texts[] = {
		" GET / HTTP/1.1\r\n\r\n", "\r\n\tGET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/2.0\r\n", "GET  /  HTTP/1.01 \r\n", "PRI * HTTP/2.0\r\n\r\n", "get http://a.example/\r\n",
		"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", "PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n\r\n",
	};
	static const char proxy[] = "\r\n\r\n\0\r\nQUIT\n\x21";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(read_head(texts[i]), HTTP_HEAD_ODD);
	for (size_t len = 0; len < 12; len++)
		assert_int_equal(state_of(proxy, len), HTTP_HEAD_MAYBE);
	assert_int_equal(state_of(proxy, 12), HTTP_HEAD_ODD);
	assert_int_equal(state_of(proxy, 13), HTTP_HEAD_ODD);
}

static void says(const char *text, const char *host, bool others)
{
	assert_int_equal(read_head(text), HTTP_HEAD_WHOLE);
	assert_string_equal(head.host, host);
	assert_int_equal(head.others, others);
}

static void every_way_to_say_a_host_is_read(void **state)
{
	(void)state;
	says("GET / HTTP/1.1\nHost:a\n\n", "a", false);
	says("GET / HTTP/1.1\r\nhost \t:\t a \r\n\r\n", "a", false);
	says("GET / HTTP/1.1\r\nHost:\r\n a:80\r\nX: y\r\n b\r\n\r\n", "a", false);
	says("GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n", "a", true);
	says("GET / HTTP/1.1\r\nHost: a\r\nHost: A\r\n\r\n", "a", false);
	says("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "a", true);
	says("GET / HTTP/1.1\r\nHost: [2001:DB8::1]:80\r\n\r\n", "[2001:db8::1]", false);
	says("CONNECT A.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n", "a.example", false);
	says("CONNECT a.example:443 HTTP/1.1\r\nHost: b.example\r\n\r\n", "a.example", true);
	says("GET http://u:p@A.example:8080/x@y HTTP/1.1\r\n\r\n", "a.example", false);
	says("GET http://a.example HTTP/1.1\r\nHost: b.example\r\n\r\n", "a.example", true);
	says("GET http://a.example?u@b HTTP/1.1\r\n\r\n", "a.example", false);
	says("GET /?u=http://no.example/ HTTP/1.1\r\nno colon\r\nHosts: b\r\n\r\n", "", false);
	says("GET / HTTP/1.1\r\nHost: a\r\n:authority: b\r\n\r\n", "a", true);
	assert_int_equal(state_of("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29), HTTP_HEAD_WHOLE);
	assert_true(head.others);
}

static void hosts_in_other_headers_are_compared(void **state)
{
	(void)state;
	says("GET / HTTP/1.1\r\nX-Forwarded-Host: A:80\r\nHost: a\r\n\r\n", "a", false);
	says("GET / HTTP/1.1\r\nX-Forwarded-Host: b\r\nHost: a\r\n\r\n", "a", true);
	says("GET / HTTP/1.1\r\nHost: a\r\nx-forwarded-host : a, b\r\n\r\n", "a", true);
	says("GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=x;host=\"b:1\"\r\n\r\n", "a", true);
	says("GET / HTTP/1.1\r\nHost: a\r\nX-Original-URL: http://b/\r\n\r\n", "a", true);
	says("GET / HTTP/1.1\r\nHost: a\r\nX-Original-URL: /b\r\nReferer: http://b/\r\n\r\n", "a", false);
	says("GET / HTTP/1.1\r\nHost: a\r\nX-Host: a\r\n b\r\n\r\n", "a", true);
	says("GET / HTTP/1.1\r\nX-Host: b\r\n\r\n", "", true);
}

static void what_is_too_long_is_marked_or_cut(void **state)
{
	char text[1000], name[400];

	(void)state;
	for (int len = 254; len <= 256; len++) {
		memset(name, 'n', sizeof(name));
		name[len] = '\0';
		(void)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", name);
		says(text, len < 256 ? name : "", len >= 256);
		(void)snprintf(text, sizeof(text), "GET /%s HTTP/1.1\r\n\r\n", name);
		says(text, "", false);
		assert_int_equal(strlen(head.request), 4 + 200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_head_is_whole_with_its_empty_line_and_not_before),
		cmocka_unit_test(what_is_no_request_is_told_at_once),
		cmocka_unit_test(what_a_lenient_server_may_read_is_odd),
		cmocka_unit_test(every_way_to_say_a_host_is_read),
		cmocka_unit_test(hosts_in_other_headers_are_compared),
		cmocka_unit_test(what_is_too_long_is_marked_or_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
