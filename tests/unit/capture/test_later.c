/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_later.c - a second protocol behind what a client says first
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/later.h"
#include "tests/unit/capture/frames.h"

/* The beginning of a hello: a record of 512 bytes with a message of 508. */
static const uint8_t hello[] = { 0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3, 1, 2, 3 };
static const char request[] = "GET / HTTP/1.1\r\nHost: a.example\r\n";

static const char socks[] = "\5\1\0\3\11a.example\1\273";
static const char query[] = "\0\33\22\64\1\0\0\1\0\0\0\0\0\0\1a\7example\0\0\1\0\1";

static void put(struct later *l, int64_t at, const void *data, size_t len)
{
	const uint8_t *copy = fr_at_end(data, len);
	struct pkt p = { .payload = len ? copy : NULL, .payload_cap = len,
			 .payload_len = (uint32_t)len };

	later_tcp(l, &p, at);
}

/* found_in() - two bytes of another protocol, then these, in pieces */
static bool found_in(const void *data, size_t len, size_t piece)
{
	struct later l = { 0 };
	int64_t at = 2;

	put(&l, 0, "\1\2", 2);
	for (size_t i = 0; i < len; i += piece) {
		size_t n = len - i < piece ? len - i : piece;

		put(&l, at, (const uint8_t *)data + i, n);
		at += (int64_t)n;
	}
	return l.found;
}

static void hellos_and_requests_are_found_however_they_are_cut(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 40; piece++) {
		assert_true(found_in(hello, sizeof(hello), piece));
		assert_true(found_in(request, sizeof(request) - 1, piece));
		assert_true(found_in("PRI * HTTP/2.0\r\n\r\n", 18, piece));
		assert_true(found_in(socks, sizeof(socks) - 1, piece));
		assert_true(found_in(query, sizeof(query) - 1, piece));
	}
}

static void they_are_found_behind_other_bytes_of_a_segment(void **state)
{
	uint8_t text[200];

	(void)state;
	for (size_t i = 0; i + sizeof(hello) < sizeof(text); i++) {
		memset(text, 0x16, sizeof(text));
		memcpy(text + i, hello, sizeof(hello));
		assert_true(found_in(text, sizeof(text), sizeof(text)));
	}
}

static void what_only_looks_like_one_is_none(void **state)
{
	uint8_t other[sizeof(hello)];

	(void)state;
	/* each byte that makes it one */
	for (size_t i = 0; i < 11; i++) {
		if (i == 3 || i == 4 || i == 7 || i == 8)
			continue;
		memcpy(other, hello, sizeof(hello));
		other[i] ^= 0x80;
		assert_false(found_in(other, sizeof(other), sizeof(other)));
	}
	memcpy(other, hello, sizeof(hello));
	other[7] = 0;		/* a message that is shorter than its record */
	assert_false(found_in(other, sizeof(other), sizeof(other)));
	assert_false(found_in(hello, 10, 10));
	assert_false(found_in(" HTTP/1.1 is a version", 22, 22));
	assert_false(found_in("GET / HTTP/3.1\r\n", 16, 16));
	assert_false(found_in(" HTTP/1.", 8, 8));
}

static void bytes_that_do_not_follow_each_other_make_no_sign(void **state)
{
	struct later l = { 0 };

	(void)state;
	put(&l, 0, hello, 6);
	put(&l, 7, hello + 6, sizeof(hello) - 6);
	assert_false(l.found);
	put(&l, 7, hello, 6);
	put(&l, 13, hello + 6, sizeof(hello) - 6);
	assert_true(l.found);
	put(&l, 100, "", 0);
	assert_true(l.found);
}

static bool found_first(const char *data, size_t len, size_t piece)
{
	struct later l = { 0 };

	for (size_t i = 0; i < len; i += piece)
		put(&l, (int64_t)i, data + i, len - i < piece ? len - i : piece);
	return l.found;
}

static void a_conversation_of_dns_is_read_by_others(void **state)
{
	char two[2 * (sizeof(query) - 1) + 1];

	(void)state;
	memcpy(two, query, sizeof(query) - 1);
	memcpy(two + sizeof(query) - 1, query, sizeof(query) - 1);
	for (size_t piece = 1; piece < 60; piece++)
		assert_false(found_first(two, sizeof(two) - 1, piece));
	memcpy(two, "\1\2", 2);
	memcpy(two + 2, query, sizeof(query) - 1);
	assert_true(found_first(two, sizeof(query) + 1, 60));
}

static void a_request_of_socks_to_an_address_is_a_segment_of_its_own(void **state)
{
	static const char six[22] = "\5\1\0\4";
	static const struct { const char *data; size_t len; bool is; } rows[] = {
		{ "\5\1\0\1\xa\0\0\1\0\120", 10, true },
		{ "\5\1\0\1\xa\0\0\1\0\120x", 11, false },
		{ "\5\1\0\2\xa\0\0\1\0\120", 10, false }, { six, 22, true },
		{ six, 10, false }, { "\4\1\0\120\xa\0\0\1", 9, true },
		{ "\4\1\0\120\0\0\0\1u\0a.example", 20, true },
		{ "\4\1\0\120\0\0\0\1u\0a.example", 19, false },
		{ "\4\1\0\120\0\0\0\1\1\0a.example", 20, false },
		{ "\4\3\0\120\xa\0\0\1", 9, false }, { "\4\1\0\120\xa\0\0", 8, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(found_in(rows[i].data, rows[i].len, rows[i].len), rows[i].is);
}

static void queries_and_requests_name_a_host(void **state)
{
	char other[sizeof(query)];

	(void)state;
	/* the flags, the numbers of records, the name */
	for (size_t i = 4; i < 17; i++) {
		memcpy(other, query, sizeof(query));
		other[i] = (char)(other[i] ^ 0x80);
		assert_false(found_in(other, sizeof(query) - 1, sizeof(query)));
	}
	assert_false(found_in("\5\1\0\3\3a.b\0\120", 10, 10));	/* too short a sign */
	assert_false(found_in("\5\1\0\3\11a.exa\1ple\1\273", 16, 16));
	assert_false(found_in("\5\1\0\3\11a.examp", 12, 12));
	assert_false(found_in("\5\1\0\3\11a.exa\0ple\1\273", 16, 16));
}

/* dtls() - a hello of DTLS 1.2, with the extension of a name or without. Return: bytes */
static size_t dtls(uint8_t *out, bool name)
{
	static const uint8_t ext[] = { 0, 0, 0, 14, 0, 12, 0, 0, 9, 'a', '.', 'e', 'x', 'a', 'm',
				       'p', 'l', 'e' };
	size_t body = 34 + 1 + 1 + 4 + 2 + 2 + (name ? sizeof(ext) : 0), at = 25;

	memset(out, 0, 256);
	memcpy(out, "\x16\xfe\xfd", 3);
	out[12] = (uint8_t)(12 + body);
	out[13] = 1;
	out[16] = out[24] = (uint8_t)body;
	memcpy(out + at, "\xfe\xfd", 2);
	at += 34 + 2;			/* no session, no cookie */
	memcpy(out + at, "\0\2\xc0\x2b\1\0", 6);
	out[at + 7] = name ? sizeof(ext) : 0;
	if (name)
		memcpy(out + at + 8, ext, sizeof(ext));
	return 25 + body;
}

static bool found_behind(const void *first, size_t nfirst, const uint8_t *data, size_t len)
{
	struct later l = { 0 };
	struct pkt p = { .payload_cap = nfirst, .payload_len = (uint32_t)nfirst };

	p.payload = fr_at_end(first, nfirst);
	later_udp(&l, &p);
	p = (struct pkt){ .payload = fr_at_end(data, len), .payload_cap = len,
			  .payload_len = (uint32_t)len };
	later_udp(&l, &p);
	return l.found;
}

static void a_hello_of_dtls_counts_if_it_may_say_a_name(void **state)
{
	uint8_t data[256];
	size_t len = dtls(data, true);

	(void)state;
	assert_true(found_behind("x", 1, data, len));
	assert_true(found_behind("x", 1, data, len - 3));	/* cut */
	assert_false(found_behind(data, len, data, len));	/* nDPI looks at this one */
	data[22]++;						/* a fragment */
	assert_true(found_behind("x", 1, data, len));
	len = dtls(data, false);
	assert_false(found_behind("x", 1, data, len));
	data[4] = 1;						/* encrypted: another epoch */
	assert_false(found_behind("x", 1, data, 30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hellos_and_requests_are_found_however_they_are_cut),
		cmocka_unit_test(they_are_found_behind_other_bytes_of_a_segment),
		cmocka_unit_test(what_only_looks_like_one_is_none),
		cmocka_unit_test(a_conversation_of_dns_is_read_by_others),
		cmocka_unit_test(a_request_of_socks_to_an_address_is_a_segment_of_its_own),
		cmocka_unit_test(queries_and_requests_name_a_host),
		cmocka_unit_test(bytes_that_do_not_follow_each_other_make_no_sign),
		cmocka_unit_test(a_hello_of_dtls_counts_if_it_may_say_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
