/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_http2.c - HTTP/2 connections of the lab, with libnghttp2 as the client, and with what no
 * client sends
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>

#include "lab/conn.h"
#include "tests/unit/lab/world.h"
#include "tcbox/own.h"

#define STREAMS 64

struct answer {
	char status[8], body[2048];
	size_t len;
	bool over;
	uint32_t error;
};

struct fixture {
	struct world w;
	nghttp2_session *client;
	int fd;
	struct answer answers[STREAMS];		/* by number of the stream */
	bool open;
};

static struct answer *of(struct fixture *x, int32_t id)
{
	return &x->answers[(size_t)(id / 2) % STREAMS];
}

static int on_header(nghttp2_session *s, const nghttp2_frame *frame, const uint8_t *name,
		     size_t len, const uint8_t *value, size_t value_len, uint8_t flags, void *arg)
{
	struct answer *a = of(arg, frame->hd.stream_id);

	(void)s;
	(void)flags;
	if (len == 7 && !memcmp(name, ":status", 7))
		(void)snprintf(a->status, sizeof(a->status), "%.*s", (int)value_len,
			       (const char *)value);
	return 0;
}

static int on_data(nghttp2_session *s, uint8_t flags, int32_t id, const uint8_t *data, size_t len,
		   void *arg)
{
	struct answer *a = of(arg, id);

	(void)s;
	(void)flags;
	if (len > sizeof(a->body) - 1 - a->len)
		len = sizeof(a->body) - 1 - a->len;
	memcpy(a->body + a->len, data, len);
	a->len += len;
	return 0;
}

static int on_close(nghttp2_session *s, int32_t id, uint32_t error, void *arg)
{
	(void)s;
	of(arg, id)->over = true;
	of(arg, id)->error = error;
	return 0;
}

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));
	nghttp2_session_callbacks *calls;

	*state = x;
	if (!x || world_open(&x->w) || nghttp2_session_callbacks_new(&calls))
		return 1;
	nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
	if (nghttp2_session_client_new(&x->client, calls, x))
		return 1;
	nghttp2_session_callbacks_del(calls);
	x->open = true;
	x->fd = world_connect(&x->w, 8080);
	return nghttp2_submit_settings(x->client, NGHTTP2_FLAG_NONE, NULL, 0);
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	nghttp2_session_del(x->client);
	if (x->fd >= 0)
		(void)close(x->fd);
	world_close(&x->w);
	assert_int_equal(x->w.lab.http2_streams, 0);
	free(x);
	return 0;
}

/* turn() - what the client has to say, and what the lab answers */
static void turn(struct fixture *x)
{
	for (int i = 0; i < 4; i++) {
		const uint8_t *data;
		uint8_t in[65536];
		ssize_t n;

		while ((n = nghttp2_session_mem_send(x->client, &data)) > 0)
			(void)send(x->fd, data, (size_t)n, MSG_NOSIGNAL);
		world_run(&x->w);
		while ((n = recv(x->fd, in, sizeof(in), 0)) > 0)
			(void)nghttp2_session_mem_recv(x->client, in, (size_t)n);
		x->open = n < 0 && errno == EAGAIN;
	}
}

#define NV(name, value)                                                                            \
	{ (uint8_t *)(uintptr_t)(name), (uint8_t *)(uintptr_t)(value), sizeof(name) - 1,           \
	  strlen(value), NGHTTP2_NV_FLAG_NONE }

/* ask() - Return: number of the stream */
static int32_t ask(struct fixture *x, const char *method, const char *path, const char *host,
		   const char *more, nghttp2_data_provider *body)
{
	const nghttp2_nv v[] = {
		NV(":method", method), NV(":scheme", "http"), NV(":path", path),
		NV(":authority", host), NV("x-forwarded-host", more ? more : ""),
	};
	int32_t id = nghttp2_submit_request(x->client, NULL, v, more ? 5 : 4, body, NULL);

	assert_true(id > 0);
	return id;
}

/* asked() - the only request of the record */
static const struct ev_request *asked(struct fixture *x)
{
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 1);
	return &x->w.asked[0].u.request;
}

static void hang_up(struct fixture *x)
{
	(void)close(x->fd);
	x->fd = -1;
	world_run(&x->w);
	assert_int_equal(x->w.lab.nconns, 0);
	assert_int_equal(x->w.lab.http2_streams, 0);
}

static void a_request_is_answered_and_recorded(void **state)
{
	struct fixture *x = *state;
	int32_t id = ask(x, "GET", "/a.json?b", "A.Example:8080", NULL, NULL);
	const struct ev_request *e;

	turn(x);
	assert_true(x->open && of(x, id)->over && !of(x, id)->error);
	assert_string_equal(of(x, id)->status, "200");
	assert_string_equal(of(x, id)->body, "{\"status\":\"ok\"}\n");
	hang_up(x);
	e = asked(x);
	assert_string_equal(e->method, "GET");
	assert_string_equal(e->path, "/a.json?b");
	assert_int_equal(e->names.n, 1);
	assert_string_equal(e->names.v[0], "a.example");
	assert_int_equal(e->status, 200);
	assert_int_equal(e->bytes_out, 16);
	assert_false(e->unread);
	assert_int_equal(x->w.n, 1);
	assert_string_equal(x->w.v[0].u.served.detail, "HTTP/2, GET /a.json?b 200");
	assert_string_equal(x->w.v[0].u.served.service, "http");
}

static void every_name_is_recorded(void **state)
{
	struct fixture *x = *state;
	const struct ev_request *e;

	(void)ask(x, "GET", "/", "a.example", "b.example", NULL);
	turn(x);
	e = asked(x);
	assert_int_equal(e->names.n, 2);
	assert_string_equal(e->names.v[0], "a.example");
	assert_string_equal(e->names.v[1], "b.example");
}

/* One DNS query for a.com, type A. */
static const char query[] = "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\3com\0\0\1\0\1";

static ssize_t give_query(nghttp2_session *s, int32_t id, uint8_t *buf, size_t len,
			  uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	(void)s;
	(void)id;
	(void)source;
	(void)arg;
	assert_true(len >= sizeof(query) - 1);
	memcpy(buf, query, sizeof(query) - 1);
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	return sizeof(query) - 1;
}

static void a_body_is_counted_and_a_lookup_is_one(void **state)
{
	nghttp2_data_provider body = { .read_callback = give_query };
	const nghttp2_nv v[] = {
		NV(":method", "POST"), NV(":scheme", "http"), NV(":path", "/dns-query"),
		NV(":authority", "dns.example"), NV("content-type", "application/dns-message"),
		NV("content-length", "23"),
	};
	struct fixture *x = *state;
	int32_t id = nghttp2_submit_request(x->client, NULL, v, 6, &body, NULL);

	turn(x);
	assert_string_equal(of(x, id)->status, "200");
	assert_memory_equal(of(x, id)->body, query, 2);
	assert_int_equal(asked(x)->bytes_in, sizeof(query) - 1);
	assert_int_equal(x->w.n, 1);
	assert_int_equal(x->w.v[0].kind, EV_LOOKUP);
	assert_string_equal(x->w.v[0].u.lookup.name, "a.com");
}

static void requests_at_a_time_are_each_answered(void **state)
{
	struct fixture *x = *state;

	for (int i = 0; i < HTTP2_STREAMS; i++)
		(void)ask(x, "GET", "/x.txt", "a.example", NULL, NULL);
	turn(x);
	for (int32_t i = 0; i < HTTP2_STREAMS; i++)
		assert_string_equal(of(x, 2 * i + 1)->body, "ready\n");
	assert_int_equal(x->w.lab.count.requests, HTTP2_STREAMS);
}

static void beyond_the_limit_of_all_connections_a_request_is_refused(void **state)
{
	struct fixture *x = *state;
	int32_t id;

	turn(x);
	x->w.lab.http2_streams = HTTP2_ALL;
	id = ask(x, "GET", "/", "a.example", NULL, NULL);
	turn(x);
	x->w.lab.http2_streams -= HTTP2_ALL;
	assert_true(of(x, id)->over && of(x, id)->error);
	assert_true(asked(x)->unread);	/* what it was nobody has seen */
	id = ask(x, "GET", "/x.txt", "a.example", NULL, NULL);
	turn(x);
	assert_string_equal(of(x, id)->status, "200");
}

static void what_cannot_be_read_is_refused(void **state)
{
	struct fixture *x = *state;
	char path[HTTP_LINE_MAX + 2];
	int32_t id;

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	id = ask(x, "GET", path, "a.example", NULL, NULL);
	turn(x);
	assert_string_equal(of(x, id)->status, "414");
	id = ask(x, "CONNECTED", "/x.txt", "a.example", NULL, NULL);
	turn(x);
	assert_string_equal(of(x, id)->status, "200");
}

static ssize_t give_later(nghttp2_session *s, int32_t id, uint8_t *buf, size_t len,
			  uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	(void)s;
	(void)id;
	(void)buf;
	(void)len;
	(void)flags;
	(void)source;
	(void)arg;
	return NGHTTP2_ERR_DEFERRED;
}

static void a_request_that_was_not_ended_is_recorded(void **state)
{
	nghttp2_data_provider body = { .read_callback = give_later };
	struct fixture *x = *state;
	const struct ev_request *e;

	(void)ask(x, "PUT", "/up", "secret.example", NULL, &body);
	turn(x);
	hang_up(x);
	e = asked(x);
	assert_string_equal(e->names.v[0], "secret.example");
	assert_int_equal(e->status, 0);
}

static void who_takes_back_its_requests_again_and_again_is_sent_away(void **state)
{
	nghttp2_data_provider body = { .read_callback = give_later };
	struct fixture *x = *state;

	for (int i = 0; i < 4 * HTTP2_RESETS && x->open; i++) {
		int32_t id = ask(x, "GET", "/", "a.example", NULL, &body);

		turn(x);
		(void)nghttp2_submit_rst_stream(x->client, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
		turn(x);
		if (!(i % 16))
			world_events(&x->w);
	}
	assert_false(x->open);
	hang_up(x);
	assert_in_range(x->w.lab.count.requests, 1, HTTP2_RESETS + 2);
}

/* say() - bytes of no client */
static void say(struct fixture *x, const void *bytes, size_t len)
{
	(void)send(x->fd, bytes, len, MSG_NOSIGNAL);
	world_run(&x->w);
}

static const uint8_t empty_settings[9] = { 0, 0, 0, 4 };

/* ends() - the lab has ended the connection, and the record says that something is unread */
static void ends(struct fixture *x)
{
	uint8_t in[4096];
	bool unread = false;
	ssize_t n;

	while ((n = recv(x->fd, in, sizeof(in), 0)) > 0)
		;
	assert_int_equal(n, 0);
	hang_up(x);
	world_events(&x->w);
	for (size_t i = 0; i < x->w.nasked; i++)
		unread |= x->w.asked[i].u.request.unread;
	assert_true(unread);
}

static void headers_without_an_end_are_bounded(void **state)
{
	const uint8_t headers[] = { 0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82 };
	uint8_t more[9 + 1000] = { 0, 1000 >> 8, 1000 & 0xff, 9, 0, 0, 0, 0, 1 };
	struct fixture *x = *state;

	/* literal fields that are never indexed: "a: <125 bytes>" */
	for (size_t at = 9; at + 8 <= sizeof(more); at += 8)
		memcpy(more + at, "\x10\1a\4aaaa", 8);
	say(x, HTTP2_PREFACE, 24);
	say(x, empty_settings, sizeof(empty_settings));
	say(x, headers, sizeof(headers));
	for (int i = 0; i < 200; i++)
		say(x, more, sizeof(more));
	ends(x);
}

/* GET / of a.example, by HPACK (RFC 7541): 4 indexed fields and one literal */
#define GET_HEAD "\x82\x86\x84\x41\x09" "a.example"
#define FRAME(len, type, flags, id) "\0\0" len type flags "\0\0\0" id
#define FIRST FRAME("\x0e", "\x01", "\x05", "\x05") GET_HEAD	/* whole, stream 5 */

/* unread() - what was recorded since it was last asked: requests of which nobody knows what they
 * were */
static size_t unread(struct fixture *x)
{
	size_t n = 0;

	world_events(&x->w);
	for (size_t i = 0; i < x->w.nasked; i++)
		n += x->w.asked[i].u.request.unread;
	return n;
}

static void a_request_that_the_library_drops_is_unread(void **state)
{
	static const struct {
		const char *what, *bytes;
		size_t len;
		bool unread;
	} tries[] = {
#define TRY(what, bytes, n) { what, FIRST bytes, sizeof(FIRST bytes) - 1, n }
		TRY("one", "", false),
		TRY("a second", FRAME("\x0e", "\x01", "\x05", "\x07") GET_HEAD, false),
		TRY("a number that was left out", FRAME("\x0e", "\x01", "\x05", "\x03") GET_HEAD, true),
		TRY("half of one", FRAME("\x0e", "\x01", "\x01", "\x03") GET_HEAD
		    FRAME("\x00", "\x09", "\x04", "\x03"), true),
		TRY("again", FRAME("\x04", "\x03", "\x00", "\x05") "\0\0\0\x08"
		    FRAME("\x0e", "\x01", "\x05", "\x05") GET_HEAD, true),
		TRY("data", FRAME("\x04", "\x00", "\x01", "\x03") "data", true),
		TRY("a window", FRAME("\x04", "\x08", "\x00", "\x03") "\0\0\0\x01", false),
	};
	struct fixture *x = *state;

	hang_up(x);
	for (size_t i = 0; i < TB_ARRAY_SIZE(tries); i++) {
		size_t n;

		x->fd = world_connect(&x->w, 8080);
		say(x, HTTP2_PREFACE, sizeof(HTTP2_PREFACE) - 1);
		say(x, empty_settings, sizeof(empty_settings));
		say(x, tries[i].bytes, tries[i].len);
		hang_up(x);
		n = unread(x);
		if (!n == tries[i].unread)
			fail_msg("%s: %zu unread", tries[i].what, n);
	}
}

static void noise_behind_the_preface_ends_it(void **state)
{
	struct fixture *x = *state;

	say(x, HTTP2_PREFACE, 24);
	say(x, "GET / HTTP/1.1\r\nHost: hidden.example\r\n\r\n", 40);
	ends(x);
}

static void pings_without_end_are_bounded(void **state)
{
	static const uint8_t ping[17] = { 0, 0, 8, 6 };
	struct fixture *x = *state;
	uint8_t many[17 * 512];

	for (size_t i = 0; i < sizeof(many); i += sizeof(ping))
		memcpy(many + i, ping, sizeof(ping));
	say(x, HTTP2_PREFACE, 24);
	say(x, empty_settings, sizeof(empty_settings));
	for (int i = 0; i < 100; i++)
		say(x, many, sizeof(many));
	/* nobody reads the answers: so no more than fit are written */
	assert_true(x->w.lab.nconns <= 1);
	hang_up(x);
}

static void a_scenario_holds_in_it_too(void **state)
{
	struct fixture *x = *state;
	int32_t id;

	x->w.opt.scenario = lab_scenario_find("not-found");
	id = ask(x, "GET", "/x.txt", "a.example", NULL, NULL);
	turn(x);
	assert_string_equal(of(x, id)->status, "404");
}

static void a_reset_takes_the_place_of_an_answer(void **state)
{
	struct fixture *x = *state;

	x->w.opt.scenario = lab_scenario_find("reset");
	(void)ask(x, "GET", "/y", "a.example", NULL, NULL);
	turn(x);
	assert_false(x->open);
	world_events(&x->w);
	assert_int_equal(x->w.nasked, 1);
	assert_string_equal(x->w.asked[0].u.request.path, "/y");
	assert_int_equal(x->w.asked[0].u.request.status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_is_answered_and_recorded),
		TEST(every_name_is_recorded),
		TEST(a_body_is_counted_and_a_lookup_is_one),
		TEST(requests_at_a_time_are_each_answered),
		TEST(beyond_the_limit_of_all_connections_a_request_is_refused),
		TEST(what_cannot_be_read_is_refused),
		TEST(a_request_that_was_not_ended_is_recorded),
		TEST(who_takes_back_its_requests_again_and_again_is_sent_away),
		TEST(headers_without_an_end_are_bounded),
		TEST(a_request_that_the_library_drops_is_unread),
		TEST(noise_behind_the_preface_ends_it),
		TEST(pings_without_end_are_bounded),
		TEST(a_scenario_holds_in_it_too),
		TEST(a_reset_takes_the_place_of_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
