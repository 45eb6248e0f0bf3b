/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_request.c - what was asked for, as it stands in the record
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lab/conn.h"
#include "lab/serve.h"
#include "tcbox/own.h"
#include "tests/unit/lab/world.h"

#define SAY(x, fd, text) world_say(&(x)->w, fd, text, sizeof(text) - 1)

struct fixture {
	struct world w;
	char heard[65536];
};

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	*state = x;
	return !x || world_open(&x->w);
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	world_close(&x->w);
	free(x);
	return 0;
}

/* hang_up() - the client closes. Return: the first request that was recorded */
static const struct ev_request *hang_up(struct fixture *x, int fd)
{
	(void)world_hear(fd, x->heard, sizeof(x->heard));
	(void)close(fd);
	world_run(&x->w);
	assert_int_equal(x->w.lab.nconns, 0);
	world_events(&x->w);
	return &x->w.asked[0].u.request;
}

/* ask() - the requests in @text, on a connection of their own. Return: the first */
static const struct ev_request *ask(struct fixture *x, const char *text)
{
	int fd = world_connect(&x->w, 80);

	world_say(&x->w, fd, text, strlen(text));
	return hang_up(x, fd);
}

static void names_are(const struct ev_request *r, const char *wanted)
{
	char got[4096] = "";

	for (size_t i = 0; i < r->names.n; i++) {
		if (i)
			strcat(got, " ");
		strcat(got, r->names.v[i]);
	}
	assert_string_equal(got, wanted);
}

static void each_request_is_an_event_of_its_own(void **state)
{
	struct fixture *x = *state;
	const struct ev_request *r =
		ask(x, "POST /a?b HTTP/1.1\r\nHost: A.example:8080\r\nContent-Length: 5\r\n\r\nhello"
		       "HEAD /2 HTTP/1.1\r\nHost: b.example\r\n\r\n");

	assert_int_equal(x->w.nasked, 2);
	assert_string_equal(r->service, "http");
	assert_int_equal(r->client.port, 4000);
	assert_int_equal(r->server.port, 80);
	assert_int_equal(r->number, 1);
	names_are(r, "a.example");
	assert_string_equal(r->method, "POST");
	assert_string_equal(r->path, "/a?b");
	assert_int_equal(r->status, 200);
	assert_int_equal(r->bytes_in, 5);
	assert_true(r->bytes_out > 50);
	assert_true(r->first > 0 && r->last >= r->first);
	assert_false(r->cut || r->unread);
	assert_null(r->target);
	assert_null(r->tls_version);
	r = &x->w.asked[1].u.request;
	assert_int_equal(r->number, 2);
	names_are(r, "b.example");
	assert_string_equal(r->method, "HEAD");
	assert_int_equal(r->bytes_in, 0);
	assert_int_equal(r->bytes_out, 0);
	assert_true(r->first >= x->w.asked[0].u.request.first);
}

static void a_request_has_every_name_that_it_says(void **state)
{
	struct fixture *x = *state;

	names_are(ask(x, "GET / HTTP/1.1\r\nHost: a\r\nHOST : b\r\nhost:a\r\nHost:\r\n\tc:80 \r\n\r\n"), "a b c");
	names_are(ask(x, "GET https://U@a.example:1/x HTTP/1.1\r\nHost: b\r\n\r\n"), "a.example b");
	assert_string_equal(x->w.asked[0].u.request.path, "/x");
	names_are(ask(x, "GET http://a@b@c?d@e HTTP/1.1\r\n\r\n"), "c");
	names_are(ask(x, "GET /x?u=http://no.example/ HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n"), "a");
	names_are(ask(x, "GET / HTTP/1.1\r\n\r\n"), "");
	names_are(ask(x, "GET / HTTP/1.1\r\nHost: [2001:DB8::1]:1\r\n\r\n"), "[2001:db8::1]");
	names_are(ask(x, "GET / HTTP/1.1\r\nHost: a:80@b\r\n\r\n"), "a:80@b");	/* who is asked? */
	names_are(ask(x, "GET / HTTP/1.1\r\nHost: a:80 b/c\r\n\r\n"), "a:80 b");
	names_are(ask(x, "GET / HTTP/1.1\r\nHost: a:/b\r\nHost: c:8/d:e\r\n\r\n"), "a c");
}

static void a_request_has_the_names_of_other_headers_behind_its_own(void **state)
{
	struct fixture *x = *state;

	names_are(ask(x, "GET / HTTP/1.1\r\nX-Forwarded-Host: C:80, d\r\nHost: a\r\nhost: b\r\n\r\n"), "a b c d");
	assert_false(x->w.asked[0].u.request.unread);
	names_are(ask(x, "GET / HTTP/1.1\r\nForwarded: for=x;host=\"b:1\"\r\nHost: a\r\n\r\n"), "a b");
	names_are(ask(x, "COPY / HTTP/1.1\r\nHost: a\r\nDestination: http://u@b/\r\n\r\n"), "a b");
	names_are(ask(x, "GET / HTTP/1.1\r\nHost: a\r\nX-Host: a\r\n b\r\n\r\n"), "a");
	assert_true(x->w.asked[0].u.request.unread);
}

static void what_a_lenient_server_may_read_is_unread(void **state)
{
	static const char *const texts[] = {
		" GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\r\n\tGET / HTTP/1.1\r\n\r\n",
		"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
	};
	static const char proxy[] = "\r\n\r\n\0\r\nQUIT\n\x21\x11";
	struct fixture *x = *state;
	int fd;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_true(ask(x, texts[i])->unread);
		assert_int_equal(x->w.nasked, 1);
	}
	fd = world_connect(&x->w, 80);
	SAY(x, fd, proxy);
	assert_true(hang_up(x, fd)->unread);
	assert_int_equal(x->w.nasked, 1);
	(void)ask(x, "  {\"a\": 1}\r\n");
	assert_int_equal(x->w.nasked, 0);
}

static void what_comes_behind_the_end_of_a_session_is_unread(void **state)
{
	static const char *const rest[] = { "", "\r\n", "GET / HTTP/1.1\r\nHost: b\r\n\r\n" };
	struct fixture *x = *state;

	for (int late = 0; late < 2; late++) {
		for (size_t i = 0; i < TB_ARRAY_SIZE(rest); i++) {
			char text[100] = "QUIT\r\n";
			int fd = world_connect(&x->w, 25);

			assert_true(world_wait(&x->w, fd));		/* its greeting */
			if (!late)
				strcat(text, rest[i]);
			world_say(&x->w, fd, text, strlen(text));
			world_say(&x->w, fd, rest[i], late ? strlen(rest[i]) : 0);
			(void)hang_up(x, fd);
			assert_int_equal(x->w.nasked, i == 2);
			assert_true(i < 2 || x->w.asked[0].u.request.unread);
		}
	}
}

static void names_that_are_not_kept_are_told(void **state)
{
	struct fixture *x = *state;
	const struct ev_request *r;
	char text[1000] = "GET / HTTP/1.1\r\nHost: ";

	r = ask(x, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nHost: c\r\nHost: d\r\nHost: e\r\nHost: f\r\nHost: a\r\n\r\n");
	assert_false(r->unread);
	r = ask(x, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nHost: c\r\nHost: d\r\nHost: e\r\nHost: f\r\nHost: g\r\n\r\n");
	names_are(r, "a b c d e f");
	assert_true(r->unread);
	assert_false(r->cut);
	memset(text + strlen(text), 'n', 256);
	strcat(text, "\r\n\r\n");
	r = ask(x, text);
	assert_true(r->cut);
	assert_int_equal(strlen(r->names.v[0]), 255);
	assert_string_equal(r->names.v[0] + 250, "nn...");
	strcpy(strchr(text, 'n') + 255, "\r\n\r\n");
	r = ask(x, text);
	assert_false(r->cut);
	assert_int_equal(strlen(r->names.v[0]), 255);
}

static void a_long_path_is_cut_and_marked(void **state)
{
	struct fixture *x = *state;
	char text[1000] = "GET /";
	const struct ev_request *r;

	memset(text + 5, 'p', 510);
	strcpy(text + 515, " HTTP/1.0\r\n\r\n");
	r = ask(x, text);
	assert_int_equal(strlen(r->path), 511);
	assert_false(r->cut);
	memset(text + 5, 'p', 511);
	strcpy(text + 516, " HTTP/1.0\r\n\r\n");
	r = ask(x, text);
	assert_int_equal(strlen(r->path), 511);
	assert_string_equal(r->path + 507, "p...");
	assert_true(r->cut);
}

static void a_tunnel_has_its_target_and_so_has_what_comes_through_it(void **state)
{
	struct fixture *x = *state;
	const struct ev_request *r =
		ask(x, "CONNECT B.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n"
		       "GET /in HTTP/1.1\r\nHost: c.example\r\n\r\n");

	assert_int_equal(x->w.nasked, 2);
	assert_string_equal(r->method, "CONNECT");
	assert_string_equal(r->target, "B.example:443");
	assert_null(r->path);
	assert_null(r->via);
	assert_int_equal(r->status, 200);
	assert_int_equal(r->bytes_out, 0);
	names_are(r, "a.example");
	r = &x->w.asked[1].u.request;
	assert_string_equal(r->via, "B.example:443");
	assert_null(r->target);
	names_are(r, "c.example");
}

static void what_could_not_be_read_to_its_end_says_so(void **state)
{
	struct fixture *x = *state;
	const struct ev_request *r;

	r = ask(x, "GET / HTTP/1.1\r\nHost: a\r\nX: y");	/* it hangs up there */
	names_are(r, "a");
	assert_true(r->unread);
	assert_int_equal(r->status, 0);
	assert_int_equal(r->bytes_out, 0);
	r = ask(x, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nxy");
	names_are(r, "a");
	assert_false(r->unread);
	assert_int_equal(r->status, 0);
	assert_int_equal(r->bytes_in, 2);
	r = ask(x, "GET / HTTP/1.1\r\nno colon\r\nHost: a\r\n\r\n");
	names_are(r, "");
	assert_true(r->unread);
	assert_int_equal(r->status, 400);
	r = ask(x, "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n");
	assert_true(r->unread);		/* nor is what follows read */
	assert_int_equal(r->status, 400);
	r = ask(x, "GET / HTTP/2.0\r\n\r\n");
	assert_string_equal(r->method, "GET");
	assert_true(r->unread);
	assert_int_equal(r->status, 505);
	(void)ask(x, "GET / HTT");
	assert_int_equal(x->w.nasked, 0);
	(void)ask(x, "hello, world\n");
	assert_int_equal(x->w.nasked, 0);
	(void)ask(x, "GET / HTTP/1.1\r\nHost: a\r\n\r\n\x01");
	assert_int_equal(x->w.nasked, 2);
	r = &x->w.asked[1].u.request;
	assert_null(r->method);
	assert_true(r->unread);
}

/* What readers differ about: RFC 9110, 5.5; RFC 9112, 2.2, 3 and 6.3. */
static void what_others_may_read_otherwise_is_unread(void **state)
{
	static const struct { const char *text; size_t len; } texts[] = {
#define TEXT(s) { s, sizeof(s) - 1 }
		TEXT("GET / HTTP/1.1\r\nHost: a\0.b\r\n\r\n"),
		TEXT("GET http://a\0@b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
		TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: y\rHost: b\r\n\r\n"),
		TEXT("GET / HTTP/1.1 \r\nHost: b\r\n\r\n"),
		TEXT("GET / HTTP/1.01\r\nHost: b\r\n\r\n"),
		TEXT("GET / http/1.1\r\nHost: b\r\n\r\n"),
		TEXT("get http://b/\r\n"),
		TEXT("PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		TEXT("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"
		     "Content-Length: 1\r\n\r\n0\r\n\r\n"),
		TEXT("PUT / HTTP/1.1\r\nContent-Length : 1\r\n\r\nx"),
		TEXT("PUT / HTTP/1.1\r\n Content-Length: 1\r\n\r\n"),
		TEXT("PUT / HTTP/1.1\r\nContent-Length: 1\r\n 2\r\n\r\nx"),
		TEXT("PUT / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n"
		     "Content-Length: 1\r\n\r\nx"),
		TEXT("PUT / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		TEXT("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1x\r\n"),
		TEXT("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;\r2\r\n"),
#undef TEXT
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < TB_ARRAY_SIZE(texts); i++) {
		int fd = world_connect(&x->w, 80);
		const struct ev_request *r;

		world_say(&x->w, fd, texts[i].text, texts[i].len);
		r = hang_up(x, fd);
		assert_int_equal(x->w.nasked, 1);
		assert_true(r->unread);
		assert_true(r->status);
	}
	(void)ask(x, "GET HTTP/1.1\r\n");
	assert_int_equal(x->w.nasked, 0);
	(void)ask(x, "PRAXY a HTTP\r\n");
	assert_int_equal(x->w.nasked, 0);
}

static void what_comes_behind_the_last_answer_is_unread(void **state)
{
	struct fixture *x = *state;

	(void)ask(x, "GET / HTTP/1.0\r\n\r\n\r\n\r\n");
	assert_int_equal(x->w.nasked, 1);
	(void)ask(x, "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n");
	assert_int_equal(x->w.nasked, 2);
	assert_false(x->w.asked[0].u.request.unread);
	assert_true(x->w.asked[1].u.request.unread);
	(void)ask(x, "GET / HTTP/1.1\r\nno colon\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n");
	assert_int_equal(x->w.nasked, 1);
}

static void a_part_of_a_request_behind_an_answer_is_unread(void **state)
{
#define ANSWERED "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	static const char *const parts[] = {
		ANSWERED "POST /b HTTP/1.1", ANSWERED "\r\nx", ANSWERED "POST /b HTTP/1.1\r\n",
		ANSWERED "POST /b HTTP/1.1\r",
	};
	static const char *const whole[] = { ANSWERED, ANSWERED "\r\n\r\n", ANSWERED "\r\n\r" };
#undef ANSWERED
	struct fixture *x = *state;

	for (size_t i = 0; i < TB_ARRAY_SIZE(parts); i++) {
		(void)ask(x, parts[i]);
		assert_int_equal(x->w.nasked, 2);
		assert_false(x->w.asked[0].u.request.unread);
		assert_true(x->w.asked[1].u.request.unread);
	}
	for (size_t i = 0; i < TB_ARRAY_SIZE(whole); i++) {
		(void)ask(x, whole[i]);
		assert_int_equal(x->w.nasked, 1);
		assert_false(x->w.asked[0].u.request.unread);
	}
}

static void bodies_in_the_usual_form_are_read(void **state)
{
	static const char *const texts[] = {
		"PUT / HTTP/1.1\r\nContent-Length: 1\r\nX-Upload-Content-Length: 9\r\n\r\nx",
		"PUT / HTTP/1.1\r\nX: y\r\n z\r\nTransfer-Encoding: chunked\r\n\r\n"
		"1 ;a=b\r\nx\r\n0\r\n\r\n",
		"PUT / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < TB_ARRAY_SIZE(texts); i++) {
		const struct ev_request *r = ask(x, texts[i]);

		assert_int_equal(x->w.nasked, 1);
		assert_int_equal(r->status, 200);
		assert_false(r->unread);
	}
}

static void requests_of_a_client_that_does_not_read_are_read_at_its_end(void **state)
{
	static const char one[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80), small = 4096;
	ssize_t sent = 0;
	const struct conn *c = TAILQ_FIRST(&x->w.lab.conns);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)))
		fail();
	for (int i = 0; i < 20000 && !c->paused; i++) {
		sent += send(fd, one, sizeof(one) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		world_run(&x->w);
		world_events(&x->w);
	}
	assert_true(c->paused);
	for (int i = 0; i < 20; i++)
		sent += send(fd, one, sizeof(one) - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
	world_run(&x->w);
	assert_true(c->stream < (uint64_t)sent);
	(void)close(fd);
	serve_end(&x->w.lab);
	world_events(&x->w);
	assert_true(x->w.nasked);
	assert_false(x->w.asked[x->w.nasked - 1].u.request.unread);
	assert_true(x->w.v[x->w.n - 1].u.served.end);
	assert_int_equal(x->w.v[x->w.n - 1].u.served.stream, sent);
}

static void any_token_is_a_method(void **state)
{
	struct fixture *x = *state;

	assert_string_equal(ask(x, "get / HTTP/1.1\r\nHost: a\r\n\r\n")->method, "get");
	assert_string_equal(ask(x, "M-SEARCH * HTTP/1.1\r\nHost: a\r\n\r\n")->method, "M-SEARCH");
	assert_string_equal(ask(x, "A1!#$%&'*+-.^_`|~ / HTTP/1.0\r\n\r\n")->method, "A1!#$%&'*+-.^_`|~");
	(void)ask(x, "A(B / HTTP/1.0\r\n\r\n");
	assert_int_equal(x->w.nasked, 0);
}

static void mail_is_recorded_by_its_envelope(void **state)
{
	struct fixture *x = *state;
	const struct ev_request *r;
	int fd = world_connect(&x->w, 587);

	assert_true(world_wait(&x->w, fd));
	SAY(x, fd, "EHLO x\r\nMAIL FROM:<a@b.example>\r\nrcpt TO:<c@d.example>\r\nDATA\r\nMAIL x\r\n.\r\n");
	r = hang_up(x, fd);
	assert_int_equal(x->w.nasked, 3);
	assert_string_equal(r->service, "smtp");
	assert_string_equal(r->method, "MAIL");
	assert_string_equal(r->path, "FROM:<a@b.example>");
	assert_int_equal(r->status, 250);
	assert_int_equal(r->names.n, 0);
	assert_string_equal(x->w.asked[1].u.request.method, "RCPT");
	assert_string_equal(x->w.asked[1].u.request.path, "TO:<c@d.example>");
	assert_string_equal(x->w.asked[2].u.request.method, "DATA");
	fd = world_connect(&x->w, 587);
	assert_true(world_wait(&x->w, fd));
	SAY(x, fd, "auth PLAIN secret\r\nAUTH LOGIN\r\nDATA\r\nDATA\r\nSTARTTLS\r\n");
	r = hang_up(x, fd);
	assert_int_equal(x->w.nasked, 3);
	assert_string_equal(r->method, "AUTH");
	assert_null(r->path);
	assert_string_equal(x->w.asked[2].u.request.method, "STARTTLS");
}

/* many() - @n requests for one name on a connection. Return: it, still open */
static int many(struct fixture *x, size_t n)
{
	int fd = world_connect(&x->w, 80);

	for (size_t i = 0; i < n; i++) {
		SAY(x, fd, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
		(void)world_hear(fd, x->heard, sizeof(x->heard));
		if (i % 32 == 0)
			world_events(&x->w);	/* there is room for few */
	}
	return fd;
}

static void beyond_so_many_alike_they_are_counted(void **state)
{
	struct fixture *x = *state;
	const struct ev_request *r;
	int fd = many(x, REQUEST_BODIES);

	world_events(&x->w);
	assert_int_equal(x->w.lab.count.requests, REQUEST_BODIES);
	(void)hang_up(x, fd);
	assert_int_equal(x->w.nasked, 0);
	fd = many(x, REQUEST_BODIES + 3);
	world_events(&x->w);
	SAY(x, fd, "GET / HTTP/1.1\r\nHost: b\r\n\r\n");
	SAY(x, fd, "GET / HTTP/1.1\r\nHost: b\r\n\r\n");
	r = hang_up(x, fd);
	assert_int_equal(x->w.nasked, 3);
	assert_int_equal(r->count, 3);
	assert_int_equal(r->number, REQUEST_BODIES + 1);
	assert_string_equal(r->method, "PUT");
	assert_int_equal(r->status, 200);
	assert_int_equal(r->bytes_in, 3);
	assert_true(r->last >= r->first && r->first > 0);
	names_are(r, "a");
	r = &x->w.asked[1].u.request;
	assert_int_equal(r->number, REQUEST_BODIES + 4);
	assert_int_equal(r->count, 0);
	names_are(r, "b");
	r = &x->w.asked[2].u.request;
	assert_int_equal(r->count, 1);
	names_are(r, "b");
}

static void other_names_are_never_only_counted(void **state)
{
	struct fixture *x = *state;
	int fd = many(x, REQUEST_BODIES + 1);

	world_events(&x->w);
	SAY(x, fd, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
	SAY(x, fd, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
	SAY(x, fd, "GET / HTTP/1.1\r\n\r\n");
	SAY(x, fd, "CONNECT c:1 HTTP/1.1\r\nHost: a\r\n\r\n");
	(void)hang_up(x, fd);
	assert_int_equal(x->w.nasked, 5);
	names_are(&x->w.asked[0].u.request, "a");
	names_are(&x->w.asked[1].u.request, "a b");
	names_are(&x->w.asked[2].u.request, "a b");
	names_are(&x->w.asked[3].u.request, "");
	assert_string_equal(x->w.asked[4].u.request.target, "c:1");
}

static void beyond_the_maximum_of_the_run_they_are_left_out_and_counted(void **state)
{
	struct fixture *x = *state;

	for (uint64_t before = REQUEST_MAX - 1; before <= REQUEST_MAX; before++) {
		x->w.lab.count.requests = before;
		x->w.lab.count.requests_unrecorded = 0;
		(void)ask(x, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
		assert_int_equal(x->w.nasked, before < REQUEST_MAX);
		assert_int_equal(x->w.lab.count.requests_unrecorded, before == REQUEST_MAX);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(each_request_is_an_event_of_its_own),
		T(a_request_has_every_name_that_it_says),
		T(a_request_has_the_names_of_other_headers_behind_its_own),
		T(what_a_lenient_server_may_read_is_unread),
		T(what_comes_behind_the_end_of_a_session_is_unread),
		T(names_that_are_not_kept_are_told),
		T(a_long_path_is_cut_and_marked),
		T(a_tunnel_has_its_target_and_so_has_what_comes_through_it),
		T(what_could_not_be_read_to_its_end_says_so),
		T(what_others_may_read_otherwise_is_unread),
		T(what_comes_behind_the_last_answer_is_unread),
		T(a_part_of_a_request_behind_an_answer_is_unread),
		T(bodies_in_the_usual_form_are_read),
		T(requests_of_a_client_that_does_not_read_are_read_at_its_end),
		T(any_token_is_a_method),
		T(mail_is_recorded_by_its_envelope),
		T(beyond_so_many_alike_they_are_counted),
		T(other_names_are_never_only_counted),
		T(beyond_the_maximum_of_the_run_they_are_left_out_and_counted),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
