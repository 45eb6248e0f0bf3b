/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_body.c - what requests bring: hashed, shown, kept
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lab/body.h"
#include "lab/request.h"
#include "tests/unit/lab/world.h"

static void store_of(struct world *w, uint64_t each)
{
	w->lab.bodies = (struct body_store){ .fd = memfd_create("bodies", MFD_CLOEXEC),
					     .each = each, .most = 1 << 20 };
	assert_return_code(w->lab.bodies.fd, errno);
}

static void is_stored(const struct world *w, const char *text)
{
	char got[4096];
	ssize_t n = pread(w->lab.bodies.fd, got, sizeof(got), 0);

	assert_int_equal(n, strlen(text));
	assert_memory_equal(got, text, (size_t)n);
	assert_int_equal(w->lab.bodies.size, n);
	assert_int_equal(w->lab.bodies.waiting, 0);
}

static void is_hash_of(const char *hex, const char *data, size_t len)
{
	char wanted[TB_SHA256_HEX];

	assert_int_equal(tb_sha256(data, len, wanted, NULL), 0);
	assert_string_equal(hex, wanted);
}

/* ends() - the body is over; the caller looks at what is told, until the next one */
static struct body_told *ends(struct body *b)
{
	static struct body_told told;

	tb_buf_free(&told.begins);
	body_end(b, &told);
	assert_false(told.begins.failed);
	return &told;
}

static void a_body_in_any_pieces_is_one(void **state)
{
	static const char text[] = "a\0b\n0123456789012345678901234567890123456789"
				   "0123456789012345678901234567890";
	struct body b = { .len = 0 };
	struct body_told *t;

	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		for (size_t at = 0; at < sizeof(text); at += step)
			body_add(&b, text + at,
				 sizeof(text) - at < step ? sizeof(text) - at : step);
		t = ends(&b);
		is_hash_of(t->sha256, text, sizeof(text));
		assert_int_equal(strlen(t->begins.data), BODY_FIRST + 4);
		assert_memory_equal(t->begins.data, "a\\x00b\\n0", 8);
		assert_int_equal(t->kept, 0);
		tb_buf_free(&t->begins);
	}
	t = ends(&b);
	assert_string_equal(t->sha256, "");
	assert_int_equal(t->begins.len, 0);
	body_free(&b);
}

static void bodies_are_kept_one_behind_the_other(void **state)
{
	struct world w;
	struct body a = { .store = &w.lab.bodies }, b = { .store = &w.lab.bodies };
	struct body_told *t;

	(void)state;
	assert_int_equal(world_open(&w), 0);
	store_of(&w, 8);
	body_add(&a, "first", 5);
	body_add(&b, "dropped", 7);
	assert_int_equal(w.lab.bodies.waiting, 12);
	body_drop(&b);
	body_add(&b, "second", 6);
	body_add(&a, " one is long", 12);
	t = ends(&b);
	assert_int_equal(t->kept, 6);
	assert_int_equal(t->kept_at, 0);
	is_hash_of(t->sha256, "second", 6);
	tb_buf_free(&t->begins);
	t = ends(&a);
	assert_int_equal(t->kept, 8);
	assert_int_equal(t->kept_at, 6);
	is_hash_of(t->sha256, "first one is long", 17);
	tb_buf_free(&t->begins);
	is_stored(&w, "secondfirst on");
	assert_int_equal(w.lab.bodies.left_out, 0);
	body_free(&a);
	body_free(&b);
	(void)close(w.lab.bodies.fd);
	world_close(&w);
}

static void what_does_not_fit_is_counted(void **state)
{
	struct body_store s = { .fd = memfd_create("bodies", MFD_CLOEXEC), .each = 100, .most = 10 };
	struct body b = { .store = &s };

	(void)state;
	body_add(&b, "12345678", 8);
	tb_buf_free(&ends(&b)->begins);
	assert_int_equal(s.size, 8);
	body_add(&b, "123", 3);
	assert_int_equal(ends(&b)->kept, 0);
	assert_int_equal(s.left_out, 1);
	s.waiting = BODIES_WAIT_MAX;		/* others wait */
	body_add(&b, "1", 1);
	s.waiting = 0;
	body_add(&b, "2", 1);			/* nothing behind a gap */
	assert_int_equal(b.kept.len, 0);
	body_drop(&b);
	assert_int_equal(s.left_out, 2);
	(void)close(s.fd);
	s.most = 100;
	body_add(&b, "1", 1);			/* it cannot be written */
	assert_int_equal(ends(&b)->kept, 0);
	assert_true(s.broken);
	body_add(&b, "1", 1);
	assert_int_equal(ends(&b)->kept, 0);
	assert_int_equal(s.left_out, 4);
	assert_int_equal(s.size, 8);
	body_free(&b);
}

/* said() - the only request that the lab recorded of what a client says to it before it goes */
static const struct ev_request *said(struct world *w, const char *text)
{
	int fd = world_connect(w, 80);

	world_say(w, fd, text, strlen(text));
	(void)close(fd);
	world_run(w);
	world_events(w);
	assert_int_equal(w->nasked, 1);
	return &w->asked[0].u.request;
}

static void requests_are_recorded_with_what_they_bring(void **state)
{
	struct world w;
	const struct ev_request *r;

	(void)state;
	assert_int_equal(world_open(&w), 0);
	store_of(&w, 4);
	r = said(&w, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
		     "Content-Encoding: br\r\nContent-Length: 5\r\n\r\nhello");
	is_hash_of(r->sha256, "hello", 5);
	assert_string_equal(r->begins, "hello");
	assert_string_equal(r->type, "text/plain");
	assert_string_equal(r->encoding, "br");
	assert_int_equal(r->kept, 4);
	r = said(&w, "PUT /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
	is_hash_of(r->sha256, "hello", 5);
	assert_int_equal(r->kept_at, 4);
	/* it ends in the middle: what came is known */
	r = said(&w, "PUT /c HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhalf");
	is_hash_of(r->sha256, "half", 4);
	assert_int_equal(r->status, 0);
	assert_int_equal(r->bytes_in, 4);
	r = said(&w, "GET /d HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n\r\n");
	assert_true(!r->sha256 || !*r->sha256);
	assert_true(!r->type || !*r->type);
	is_stored(&w, "hellhellhalf");
	(void)close(w.lab.bodies.fd);
	world_close(&w);
}

static void many_bodies_of_a_connection_are_each_recorded(void **state)
{
	static const char text[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";
	struct world w;
	uint64_t hashes = 0;
	int fd;

	(void)state;
	assert_int_equal(world_open(&w), 0);
	fd = world_connect(&w, 80);
	for (int i = 0; i < REQUEST_EACH + 20; i++) {
		char in[4096];

		world_say(&w, fd, text, sizeof(text) - 1);
		(void)world_hear(fd, in, sizeof(in));
		world_events(&w);
		assert_int_equal(w.nasked, 1);
		hashes += w.asked[0].u.request.sha256 && *w.asked[0].u.request.sha256;
	}
	assert_int_equal(hashes, REQUEST_EACH + 20);
	(void)close(fd);
	world_run(&w);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_body_in_any_pieces_is_one),
		cmocka_unit_test(bodies_are_kept_one_behind_the_other),
		cmocka_unit_test(what_does_not_fit_is_counted),
		cmocka_unit_test(requests_are_recorded_with_what_they_bring),
		cmocka_unit_test(many_bodies_of_a_connection_are_each_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
