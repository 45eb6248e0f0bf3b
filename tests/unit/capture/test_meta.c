/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_meta.c - application protocols: what was read counts, nothing is guessed, memory is bounded
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "capture/meta.h"
#include "tests/unit/capture/quic_make.h"

#define BOX "198.19.255.2"
#define HOST "198.18.0.7"

static struct meta *meta;

static int set_up(void **state)
{
	(void)state;
	meta = meta_new();
	return !meta;
}

static int tear_down(void **state)
{
	(void)state;
	meta_free(meta);
	return 0;
}

static void feed(struct meta_flow *f, const struct frame *fr, size_t caplen, uint32_t origlen)
{
	struct pkt p;

	fr_parse(&p, fr_at_end(fr->b, caplen), caplen, origlen);
	p.time = 1;
	meta_packet(meta, f, &p, 0);
}

static void http_is_read_with_host_and_request(void **state)
{
	struct meta_flow *f = meta_open(meta);
	const struct meta_info *m;
	struct frame fr;

	(void)state;
	fr_tcp(&fr, BOX, 4000, HOST, 8080, PKT_ACK, 1,
	       "POST /a/b?c HTTP/1.1\r\nHost: Www.Acme.Example:8080\r\nUser-Agent: x\r\n\r\n");
	feed(f, &fr, fr.len, (uint32_t)fr.len);
	m = meta_conclude(meta, f);
	assert_string_equal(m->app, "http");
	assert_string_equal(m->http_host, "www.acme.example");
	assert_string_equal(m->http_request, "POST /a/b?c");
	assert_null(m->sni);
	meta_close(meta, f);
}

static void a_super_packet_of_which_the_head_was_captured_is_read(void **state)
{
	struct meta_flow *f = meta_open(meta);
	struct frame fr;

	(void)state;
	fr_tcp(&fr, BOX, 4000, HOST, 80, PKT_ACK, 1, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
	fr.b[16] = 0xff;		/* total length 65280 */
	fr.b[17] = 0;
	feed(f, &fr, fr.len, 65294);
	assert_string_equal(meta_conclude(meta, f)->app, "http");
	meta_close(meta, f);
}

static void bytes_of_no_protocol_on_a_known_port_are_unknown(void **state)
{
	static const uint16_t ports[] = { 443, 80, 53, 22, 25 };
	struct frame fr;
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		struct meta_flow *f = meta_open(meta);

		for (k = 0; k < 30; k++) {
			fr_tcp(&fr, BOX, 4000, HOST, ports[i], PKT_ACK, (uint32_t)k * 9,
			       "\xf3\xe1qzq\xfd\x81\x92!");
			feed(f, &fr, fr.len, (uint32_t)fr.len);
		}
		assert_string_equal(meta_conclude(meta, f)->app, "unknown");
		meta_close(meta, f);
	}
}

static void a_flow_without_payload_is_unknown(void **state)
{
	struct meta_flow *f = meta_open(meta);

	(void)state;
	assert_string_equal(meta_conclude(meta, f)->app, "unknown");
	assert_ptr_equal(meta_conclude(meta, f), meta_conclude(meta, f));
	meta_close(meta, f);
	meta_close(meta, NULL);
}

static unsigned int hello_version = 0x0303;

/* hello() - a client hello whose server name comes after @pad bytes, as browsers with post-quantum
 * keys send it */
static void hello(struct frame *fr, size_t pad, const char *name)
{
	size_t len = strlen(name), ext = 4 + pad + 9 + len, body = 2 + 32 + 1 + 2 + 2 + 2 + 2 + ext;

	fr_ip4(fr, BOX, HOST, IPPROTO_TCP, 20 + 9 + body, 0);
	fr_tcp_header(fr, 4000, 443, PKT_ACK, 1);
	fr_u8(fr, 22);
	fr_u16(fr, 0x0301);
	fr_u16(fr, (unsigned int)body + 4);
	fr_u32(fr, 1u << 24 | (uint32_t)body);
	fr_u16(fr, hello_version);
	for (size_t i = 0; i < 33; i++)
		fr_u8(fr, i < 32 ? 0xaa : 0);
	fr_u16(fr, 2);
	fr_u16(fr, 0x1301);
	fr_u16(fr, 0x0100);
	fr_u16(fr, (unsigned int)ext);
	fr_u16(fr, 21);				/* padding, RFC 7685 */
	fr_u16(fr, (unsigned int)pad);
	memset(fr->b + fr->len, 0, pad);
	fr->len += pad;
	fr_u16(fr, 0);
	fr_u16(fr, (unsigned int)len + 5);
	fr_u16(fr, (unsigned int)len + 3);
	fr_u8(fr, 0);
	fr_u16(fr, (unsigned int)len);
	fr_bytes(fr, name, len);
}

static void a_server_name_late_in_a_long_hello_is_whole(void **state)
{
	struct frame fr;

	(void)state;
	for (size_t pad = 1; pad < 3900; pad += pad > 1900 && pad < 2100 ? 1 : 97) {
		struct meta_flow *f = meta_open(meta);
		const struct meta_info *m;

		hello(&fr, pad, "Updates.Acme.Example");
		feed(f, &fr, fr.len, (uint32_t)fr.len);
		m = meta_conclude(meta, f);
		assert_string_equal(m->app, "tls");
		assert_string_equal(m->sni, "updates.acme.example");
		meta_close(meta, f);
	}
}

/* hello_over_udp() - the hello of hello(), as DTLS has it: RFC 6347, 4.1 and 4.2.2 */
static void hello_over_udp(struct frame *out, const struct frame *fr, uint16_t version)
{
	const uint8_t *body = fr->b + 54 + 9;
	uint32_t len = (uint32_t)(fr->len - 54 - 9) + 1;	/* and a cookie */

	fr_ip4(out, BOX, HOST, IPPROTO_UDP, 8 + 25 + len, 0);
	fr_udp_header(out, 4000, 4433, 25 + len);
	fr_u8(out, 22);
	fr_u16(out, version);
	fr_u32(out, 0);				/* epoch, number of the record */
	fr_u32(out, 0);
	fr_u16(out, 12 + len);
	fr_u32(out, 1u << 24 | len);
	fr_u16(out, 0);				/* number of the message */
	fr_u8(out, 0);
	fr_u16(out, 0);				/* where the fragment begins */
	fr_u8(out, 0);
	fr_u16(out, len);
	fr_bytes(out, body, 35);
	fr_u8(out, 0);				/* no cookie */
	fr_bytes(out, body + 35, len - 36);
}

static void the_version_that_a_hello_says_has_a_name(void **state)
{
	static const struct {
		uint16_t version;
		const char *name;
	} table[] = {
		{ 0x0300, "SSL 3" }, { 0x0301, "1.0" }, { 0x0302, "1.1" }, { 0x0303, "1.2" },
		{ 0x0304, "1.3" }, { 0x0305, "" },
		{ 0xfeff, "DTLS 1.0" }, { 0xfefd, "DTLS 1.2" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct meta_flow *f = meta_open(meta);
		const struct meta_info *m;
		struct frame fr, udp;

		hello_version = table[i].version;
		hello(&fr, 1, "a.example");
		hello_version = 0x0303;
		if (table[i].version >= 0xfe00) {
			hello_over_udp(&udp, &fr, table[i].version);
			fr = udp;
		}
		feed(f, &fr, fr.len, (uint32_t)fr.len);
		m = meta_conclude(meta, f);
		assert_string_equal(m->app, table[i].version >= 0xfe00 ? "dtls" : "tls");
		assert_string_equal(m->sni, "a.example");
		assert_string_equal(m->tls_version ? m->tls_version : "", table[i].name);
		meta_close(meta, f);
	}
}

/* say() - a part of what the client says, at its place; or what the server answers */
static void say(struct meta_flow *f, int64_t at, const void *data, size_t len)
{
	bool server = at < 0;
	struct frame fr;
	struct pkt p;

	fr_ip4(&fr, server ? HOST : BOX, server ? BOX : HOST, IPPROTO_TCP, 20 + len, 0);
	fr_tcp_header(&fr, server ? 443 : 4000, server ? 4000 : 443, PKT_ACK,
		      server ? 1000 : (uint32_t)(1 + at));
	fr_bytes(&fr, data, len);
	fr_parse(&p, fr_at_end(fr.b, fr.len), fr.len, (uint32_t)fr.len);
	p.time = 1;
	meta_packet(meta, f, &p, at);
}

/* in_pieces() - the client says @data in segments of @size, the last first if @backwards */
static struct meta_flow *in_pieces(const uint8_t *data, size_t len, size_t size, bool backwards)
{
	struct meta_flow *f = meta_open(meta);
	size_t n = (len + size - 1) / size;

	for (size_t i = 0; i < n; i++) {
		size_t at = (backwards ? n - 1 - i : i) * size;

		say(f, (int64_t)at, data + at, len - at < size ? len - at : size);
	}
	return f;
}

/* in_records() - a hello cut over records of @size. Return: its length */
static size_t in_records(const uint8_t *one, size_t len, size_t size, uint8_t *out)
{
	size_t n = 0;

	for (size_t at = 5; at < len; at += size) {
		size_t part = len - at < size ? len - at : size;

		memcpy(out + n, one, 3);
		out[n + 3] = (uint8_t)(part >> 8);
		out[n + 4] = (uint8_t)part;
		memcpy(out + n + 5, one + at, part);
		n += 5 + part;
	}
	return n;
}

static void is_tls(struct meta_flow *f)
{
	const struct meta_info *m = meta_conclude(meta, f);

	assert_string_equal(m->app, "tls");
	assert_non_null(m->sni);
	assert_string_equal(m->sni, "updates.acme.example");
	assert_false(m->unread);
	meta_close(meta, f);
}

static void a_hello_in_pieces_is_read_as_a_whole_one(void **state)
{
	static uint8_t cut[16384];
	struct frame fr;
	const uint8_t *one;
	size_t len, n;

	(void)state;
	hello(&fr, 300, "Updates.Acme.Example");
	one = fr.b + 14 + 20 + 20;
	len = fr.len - 54;
	is_tls(in_pieces(one, len, len, false));
	for (size_t size = 1; size < 20; size++) {
		is_tls(in_pieces(one, len, size, false));
		n = in_records(one, len, size, cut);
		is_tls(in_pieces(cut, n, 1000, false));
		is_tls(in_pieces(cut, n, 37, false));
	}
	is_tls(in_pieces(one, len, 30, true));
	is_tls(in_pieces(cut, n, 200, true));
}

static void a_request_in_pieces_is_read_as_a_whole_one(void **state)
{
	static const char *const texts[] = {
		"GET /v HTTP/1.1\r\nX: y\r\nHost: Www.acme.example:80\r\n\r\n",
		"MKCOL /v HTTP/1.1\r\nHost: www.acme.example\r\n\r\n",
		"SUBSCRIBE /v HTTP/1.1\r\nHost: www.acme.example\r\n\r\n",
		"\r\nget /v HTTP/1.0\nHost : www.acme.example\n\n",
		"PURGE http://u@www.acme.example/v HTTP/1.1\r\n\r\n",
	};
	const struct meta_info *m;
	struct meta_flow *f;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t size = 1; size < 100; size += 7) {
			f = in_pieces((const uint8_t *)texts[i], strlen(texts[i]), size, size % 2);
			m = meta_conclude(meta, f);
			assert_string_equal(m->app, "http");
			assert_string_equal(m->http_host, "www.acme.example");
			assert_false(m->unread);
			meta_close(meta, f);
		}
	}
}

static void what_is_not_whole_is_unread(void **state)
{
	static const struct {
		const char *text;
		bool unread;
	} table[] = {
		{ "GET / HTTP/1.1\r\nHost: a\r\n", true }, { "GET /", true }, { "GET", false },
		{ "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", true },
		{ "\x16\x03\x01", true }, { "\x16\x03\x01\x01\x00\x01\x00", true },
		{ "\x16\x02", false }, { "EHLO a\r\n", false }, { "\x01\x02", false },
	};
	struct meta_flow *f;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		f = meta_open(meta);
		say(f, 0, table[i].text, i == 5 ? 7 : strlen(table[i].text));
		assert_int_equal(meta_conclude(meta, f)->unread, table[i].unread);
		meta_close(meta, f);
	}
	f = meta_open(meta);		/* who answers "PING" is no web server */
	say(f, 0, "PING", 4);
	say(f, -1, "PONG", 4);
	say(f, 4, " /x\r\n", 5);
	assert_false(meta_conclude(meta, f)->unread);
	say(f, 9, "GET /x HTTP/1.1\r\n", 17);	/* but who goes on like one may be */
	assert_true(meta_conclude(meta, f)->unread);
	meta_close(meta, f);
	f = meta_open(meta);		/* who says two things at once is not believed */
	say(f, 4, "/ HTTP/1.1\r\nHost: a\r\n\r\n", 23);
	say(f, 4, "/ HTTP/1.1\r\nHost: b\r\n\r\n", 23);
	say(f, 0, "GET ", 4);
	assert_true(meta_conclude(meta, f)->unread);
	meta_close(meta, f);
}

#define GOOD "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define EVIL "GET / HTTP/1.1\r\nHost: b.example\r\n\r\n"

/* twice() - what the client says is said again, from byte @at on. Return: whether it is unread */
static bool twice(const char *first, int64_t at, const char *again, uint32_t acked)
{
	struct meta_flow *f = meta_open(meta);
	bool unread;

	say(f, 0, first, strlen(first));
	if (acked)
		meta_acked(meta, f, acked);
	say(f, at, again, strlen(again));
	unread = meta_conclude(meta, f)->unread;
	meta_close(meta, f);
	return unread;
}

static void other_bytes_in_the_place_of_the_first_packet_are_not_ignored(void **state)
{
	static const char odd[] = "\x01\x02\x03\x04";

	(void)state;
	assert_false(twice(GOOD, 0, GOOD, 0));
	assert_false(twice(GOOD, 10, &GOOD[10], 0));
	assert_true(twice(GOOD, 0, EVIL, 0));
	assert_true(twice(GOOD, 20, &EVIL[20], 0));
	assert_true(twice(GOOD, 0, EVIL, sizeof(GOOD) - 2));
	assert_false(twice(GOOD, 0, EVIL, sizeof(GOOD) - 1));	/* the server has read it */
	assert_false(twice(GOOD, sizeof(GOOD) - 1, EVIL, 0));	/* it comes behind it */
	assert_false(twice(odd, 0, odd, 0));
	assert_true(twice(odd, 0, EVIL, 0));
}

static void other_bytes_are_noticed_after_the_flow_was_concluded(void **state)
{
	struct meta_flow *f = meta_open(meta);

	(void)state;
	say(f, 0, GOOD, sizeof(GOOD) - 1);
	assert_false(meta_conclude(meta, f)->unread);
	say(f, 0, GOOD, sizeof(GOOD) - 1);
	assert_false(meta_conclude(meta, f)->unread);
	say(f, 0, EVIL, sizeof(EVIL) - 1);
	assert_true(meta_conclude(meta, f)->unread);
	meta_close(meta, f);
}

static void what_begins_before_the_first_byte_cannot_be_followed(void **state)
{
	struct meta_flow *f = meta_open(meta);

	(void)state;
	say(f, META_BEFORE, "xGET / HTTP/1.1\r\n", 17);
	say(f, 0, GOOD, sizeof(GOOD) - 1);
	assert_true(meta_conclude(meta, f)->unread);
	meta_close(meta, f);
	f = meta_open(meta);
	say(f, 0, GOOD, sizeof(GOOD) - 1);
	say(f, META_BEFORE, "x" EVIL, sizeof(EVIL));
	assert_true(meta_conclude(meta, f)->unread);
	meta_close(meta, f);
	f = meta_open(meta);			/* a keep-alive is read by nobody */
	say(f, META_OLD, "x", 1);
	say(f, 0, GOOD, sizeof(GOOD) - 1);
	assert_false(meta_conclude(meta, f)->unread);
	assert_string_equal(meta_conclude(meta, f)->http_host, "a.example");
	meta_close(meta, f);
}

/* datagram() - with this part of a hello. @client: it says it; else the other side does */
static void datagram(struct meta_flow *f, const struct quic_make *m, const struct frame *hello,
		     size_t at, size_t len)
{
	struct frame frames = { .len = 0 }, d = { .len = 0 }, fr;
	struct pkt p;

	qm_crypto(&frames, hello->b, at, len);
	while (frames.len < 1000)
		fr_u8(&frames, 0);
	qm_seal(&d, m, &frames);
	fr_ip4(&fr, BOX, HOST, IPPROTO_UDP, 8 + d.len, 0);
	fr_udp_header(&fr, 4000, 443, d.len);
	fr_bytes(&fr, d.b, d.len);
	fr_parse(&p, fr_at_end(fr.b, fr.len), fr.len, (uint32_t)fr.len);
	p.time = 1;
	meta_packet(meta, f, &p, 0);
}

static void a_hello_over_quic_is_read_to_its_end(void **state)
{
	static const uint32_t versions[] = { QUIC_V1, QUIC_V2 };
	const struct meta_info *m;
	struct frame hello;

	(void)state;
	qm_hello(&hello, "updates.acme.example");
	for (size_t i = 0; i < 2; i++) {
		struct quic_make from = { versions[i], "12345678", "12345678", 0 };
		struct meta_flow *f = meta_open(meta);

		datagram(f, &from, &hello, 40, hello.len - 40);
		from.number++;
		datagram(f, &from, &hello, 0, 40);
		m = meta_conclude(meta, f);
		assert_string_equal(m->app, "quic");
		assert_string_equal(m->sni, "updates.acme.example");
		assert_string_equal(m->alpn, "h3");
		assert_string_equal(m->tls_version, "1.3");
		assert_false(m->unread);
		from.to = from.keys = "other";		/* after it was concluded */
		datagram(f, &from, &hello, 0, 40);
		assert_true(m->unread);
		meta_close(meta, f);
		f = meta_open(meta);
		datagram(f, &from, &hello, 0, 40);
		assert_true(meta_conclude(meta, f)->unread);
		assert_string_equal(meta_conclude(meta, f)->app, "quic");
		meta_close(meta, f);
	}
}

static void a_greeting_comes_before_what_the_client_says_in_pieces(void **state)
{
	struct meta_flow *f = meta_open(meta);

	(void)state;
	say(f, -1, "220 mail.example ESMTP\r\n", 24);
	say(f, 0, "EH", 2);
	say(f, 2, "LO a.example\r\n", 14);
	say(f, -1, "250-mail.example\r\n250 STARTTLS\r\n", 32);
	say(f, 16, "MAIL FROM:<a@a.example>\r\n", 25);
	assert_string_equal(meta_conclude(meta, f)->app, "smtp");
	assert_false(meta_conclude(meta, f)->unread);
	meta_close(meta, f);
}

static void with_too_many_flows_the_oldest_is_concluded_with_what_was_found(void **state)
{
	struct meta_flow **f = calloc(META_MAX + 1, sizeof(struct meta_flow *));
	struct frame fr;
	size_t i;

	(void)state;
	f[0] = meta_open(meta);
	fr_tcp(&fr, BOX, 4000, HOST, 80, PKT_ACK, 1, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
	feed(f[0], &fr, fr.len, (uint32_t)fr.len);
	for (i = 1; i <= META_MAX; i++) {
		f[i] = meta_open(meta);
		assert_non_null(f[i]);
	}
	feed(f[0], &fr, fr.len, (uint32_t)fr.len);	/* too late, and harmless */
	assert_string_equal(meta_conclude(meta, f[0])->app, "http");
	for (i = 0; i <= META_MAX; i++)
		meta_close(meta, f[i]);
	free(f);
}

/* What is known, and what has been looked at long enough, costs no more memory: it is not counted
 * among those that the oldest is concluded for. */
static void a_flow_that_is_known_makes_room(const struct frame *fr, size_t packets)
{
	struct meta_flow **f = calloc(META_MAX + 2, sizeof(struct meta_flow *));
	struct frame request;

	fr_tcp(&request, BOX, 4000, HOST, 80, PKT_ACK, 1, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
	for (size_t i = 0; i < META_MAX; i++)
		f[i] = meta_open(meta);
	for (size_t i = 0; i < packets; i++)
		feed(f[1], fr, fr->len, (uint32_t)fr->len);
	f[META_MAX] = meta_open(meta);
	feed(f[0], &request, request.len, (uint32_t)request.len);
	f[META_MAX + 1] = meta_open(meta);	/* now it is the oldest's turn */
	assert_string_equal(meta_conclude(meta, f[0])->app, "http");
	feed(f[2], &request, request.len, (uint32_t)request.len);
	assert_string_equal(meta_conclude(meta, f[2])->app, "http");
	for (size_t i = 0; i < META_MAX + 2; i++)
		meta_close(meta, f[i]);
	free(f);
}

static void flows_that_are_known_make_room_for_others(void **state)
{
	static const uint8_t ntp[48] = { 0x23, 0, 6, 0xec, [40] = 1, 2, 3, 4 };
	struct frame fr;

	(void)state;
	fr_udp(&fr, BOX, 4000, HOST, 123, ntp, sizeof(ntp));
	a_flow_that_is_known_makes_room(&fr, 1);
	fr_udp(&fr, BOX, 4000, HOST, 4321, "\xf3\xe1qzq\xfd\x81\x92!", 9);
	a_flow_that_is_known_makes_room(&fr, 12);
	fr_tcp(&fr, BOX, 4000, HOST, 4321, PKT_ACK, 1, "\xf3\xe1qzq\xfd\x81\x92!");
	a_flow_that_is_known_makes_room(&fr, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http_is_read_with_host_and_request),
		cmocka_unit_test(a_super_packet_of_which_the_head_was_captured_is_read),
		cmocka_unit_test(bytes_of_no_protocol_on_a_known_port_are_unknown),
		cmocka_unit_test(a_flow_without_payload_is_unknown),
		cmocka_unit_test(a_server_name_late_in_a_long_hello_is_whole),
		cmocka_unit_test(the_version_that_a_hello_says_has_a_name),
		cmocka_unit_test(a_hello_in_pieces_is_read_as_a_whole_one),
		cmocka_unit_test(a_request_in_pieces_is_read_as_a_whole_one),
		cmocka_unit_test(what_is_not_whole_is_unread),
		cmocka_unit_test(other_bytes_in_the_place_of_the_first_packet_are_not_ignored),
		cmocka_unit_test(other_bytes_are_noticed_after_the_flow_was_concluded),
		cmocka_unit_test(what_begins_before_the_first_byte_cannot_be_followed),
		cmocka_unit_test(a_hello_over_quic_is_read_to_its_end),
		cmocka_unit_test(a_greeting_comes_before_what_the_client_says_in_pieces),
		cmocka_unit_test(with_too_many_flows_the_oldest_is_concluded_with_what_was_found),
		cmocka_unit_test(flows_that_are_known_make_room_for_others),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
