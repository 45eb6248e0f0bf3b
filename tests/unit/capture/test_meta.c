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
#include "tests/unit/capture/frames.h"

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
	meta_packet(meta, f, &p);
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
	fr_u16(fr, 0x0303);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http_is_read_with_host_and_request),
		cmocka_unit_test(a_super_packet_of_which_the_head_was_captured_is_read),
		cmocka_unit_test(bytes_of_no_protocol_on_a_known_port_are_unknown),
		cmocka_unit_test(a_flow_without_payload_is_unknown),
		cmocka_unit_test(a_server_name_late_in_a_long_hello_is_whole),
		cmocka_unit_test(with_too_many_flows_the_oldest_is_concluded_with_what_was_found),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
