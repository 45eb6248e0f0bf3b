/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_redact.c - captures without payloads: headers stay, what was taken out is told of exactly
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "capture/pcapng_read.h"
#include "capture/pcapng_write.h"
#include "frames.h"
#include "put_back.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

static const char *const stored[] = { "dns", "http", "other", "tls" };

/* What of the packets must be as before. */
struct heads {
	size_t n, with_payload;
	struct {
		struct ev_addr src, dst;
		uint32_t caplen, origlen, payload_len, seq;
		uint16_t proto;
		uint8_t flags;
		int64_t time;
	} v[512];
};

static bool all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

static int look(void *arg, const struct pkt_frame *f)
{
	struct heads *h = arg;
	struct pkt p;

	assert_true(h->n < TB_ARRAY_SIZE(h->v));
	pkt_parse(&p, f);
	if (p.payload && !all_zero(p.payload, p.payload_cap))
		h->with_payload++;
	h->v[h->n].caplen = f->caplen;
	h->v[h->n].origlen = f->origlen;
	h->v[h->n].time = f->time;
	h->v[h->n].proto = p.proto;
	h->v[h->n].src = p.src;
	h->v[h->n].payload_len = p.payload_len;
	h->v[h->n].seq = p.tcp_seq;
	h->v[h->n].flags = p.tcp_flags;
	/* the groups of a report and the neighbour that is asked for are in what ICMP carries */
	if (p.proto == IPPROTO_TCP || p.proto == IPPROTO_UDP)
		h->v[h->n].dst = p.dst;
	h->n++;
	return 0;
}

static void read_heads(int fd, struct heads *h)
{
	struct tb_err err = { 0 };
	char path[64];
	bool cut;

	memset(h, 0, sizeof(*h));
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (capt_read_file(path, look, h, &cut, &err))
		fail_msg("%s", err.msg);
	assert_false(cut);
}

static void read_stored(const char *name, struct tb_buf *out)
{
	struct tb_err err = { 0 };
	char path[64];

	(void)snprintf(path, sizeof(path), "tests/captures/%s.pcapng", name);
	if (tb_read_file(AT_FDCWD, path, 1 << 20, out, &err))
		fail_msg("%s", err.msg);
}

static void headers_stay_and_payloads_go(void **state)
{
	static struct heads before, after;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(stored); i++) {
		TB_AUTOBUF struct tb_buf file = TB_BUF_INIT;
		TB_AUTOCLOSE int original = -1, fd = -1;
		struct put_back x;
		char path[64];

		read_stored(stored[i], &file);
		(void)snprintf(path, sizeof(path), "tests/captures/%s.pcapng", stored[i]);
		original = open(path, O_RDONLY);
		fd = put_back_redact((const uint8_t *)file.data, file.len, &x);
		read_heads(original, &before);
		read_heads(fd, &after);
		assert_true(before.n > 5 && before.with_payload > 1);
		assert_true(x.parts >= before.with_payload);
		assert_int_equal(after.with_payload, 0);
		after.with_payload = before.with_payload;
		assert_memory_equal(&before, &after, sizeof(before));
	}
}

static void a_capture_that_is_cut_anywhere_is_redacted_to_its_end(void **state)
{
	TB_AUTOBUF struct tb_buf file = TB_BUF_INIT;
	struct put_back x;

	(void)state;
	read_stored("http", &file);
	for (size_t len = 0; len < file.len; len += len < 400 ? 1 : 13)
		(void)close(put_back_redact((const uint8_t *)file.data, len, &x));
}

/* one_packet() - a capture of it, redacted. Return: what is left of its block's bytes */
static void one_packet(const struct frame *f, size_t stays)
{
	struct png_writer *w;
	struct put_back x;
	TB_AUTOCLOSE int fd = memfd_create("one", 0);
	TB_AUTOCLOSE int out = -1;
	uint8_t file[8192], left[8192];
	ssize_t n;

	assert_int_equal(png_open(&w, fd, "g0", "a test", 262144, NULL), 0);
	assert_int_equal(png_noted(w, &(struct png_packet){ .time_ns = 1, .data = f->b,
			 .caplen = (uint32_t)f->len, .origlen = (uint32_t)f->len,
			 .comment = "secret" }), 0);
	assert_int_equal(png_flush(w), 0);
	n = pread(fd, file, sizeof(file), 0);
	assert_true(n > 0 && (size_t)n < sizeof(file));
	out = put_back_redact(file, (size_t)n, &x);
	assert_int_equal(read(out, left, sizeof(left)), n);
	assert_null(memmem(left, (size_t)n, "secret", 6));
	assert_non_null(memmem(left, (size_t)n, f->b, stays));
	png_free(w);
}

#define SECRET "secret secret secret"

static void of_each_kind_of_packet_the_headers_stay(void **state)
{
	struct frame f = { .len = 0 };

	(void)state;
	fr_tcp(&f, "10.0.0.1", 1000, "10.0.0.2", 80, 0x18, 1, SECRET);
	one_packet(&f, 14 + 20 + 20);
	fr_udp(&f, "10.0.0.1", 1000, "10.0.0.2", 53, SECRET, strlen(SECRET));
	one_packet(&f, 14 + 20 + 8);
	fr_ip6(&f, "2001:db8::1", "2001:db8::2", IPPROTO_UDP, 8 + strlen(SECRET), 64);
	fr_udp_header(&f, 1000, 53, strlen(SECRET));
	fr_bytes(&f, SECRET, strlen(SECRET));
	one_packet(&f, 14 + 40 + 8);
	/* behind the packet, in what makes a short frame long enough */
	fr_tcp(&f, "10.0.0.1", 1000, "10.0.0.2", 80, 0x10, 1, "");
	fr_bytes(&f, SECRET, strlen(SECRET));
	one_packet(&f, 14 + 20 + 20);
	/* a transport header that cannot be read */
	fr_ip4(&f, "10.0.0.1", "10.0.0.2", IPPROTO_TCP, 6, 0);
	fr_bytes(&f, "secret", 6);
	one_packet(&f, 14 + 20);
	/* neither IP nor ARP */
	fr_eth(&f, 0x88b5);
	fr_bytes(&f, SECRET, strlen(SECRET));
	one_packet(&f, 14);
}

static int stop(void *arg, const struct capt_redacted *part)
{
	(void)part;
	++*(int *)arg;
	return -ECANCELED;
}

static void who_is_told_may_stop_it(void **state)
{
	TB_AUTOCLOSE int in = open("tests/captures/http.pcapng", O_RDONLY);
	TB_AUTOCLOSE int null = open("/dev/null", O_WRONLY);
	TB_AUTOCLOSE int full = open("/dev/full", O_WRONLY);
	struct tb_err err = { 0 };
	int told = 0;

	(void)state;
	assert_int_equal(capt_redact(in, null, stop, &told, &err), -ECANCELED);
	assert_int_equal(told, 1);
	assert_int_equal(lseek(in, 0, SEEK_SET), 0);
	assert_int_equal(capt_redact(in, full, stop, &told, &err), -ENOSPC);
	assert_string_equal(err.msg, "write the capture: No space left on device");
	assert_int_equal(capt_redact(-1, null, stop, &told, &err), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_stay_and_payloads_go),
		cmocka_unit_test(a_capture_that_is_cut_anywhere_is_redacted_to_its_end),
		cmocka_unit_test(of_each_kind_of_packet_the_headers_stay),
		cmocka_unit_test(who_is_told_may_stop_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
