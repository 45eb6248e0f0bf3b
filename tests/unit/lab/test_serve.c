/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_serve.c - connections from their first byte to the event in the record, over socket pairs
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <event2/buffer.h>

#include "lab/conn.h"
#include "tests/unit/lab/world.h"

#define SAY(x, fd, text) world_say(&(x)->w, fd, text, sizeof(text) - 1)

int64_t __real_tb_monotonic_ns(void);
int64_t __wrap_tb_monotonic_ns(void);

static int64_t ahead;		/* of the lab's clock */

int64_t __wrap_tb_monotonic_ns(void)
{
	return __real_tb_monotonic_ns() + ahead;
}

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

static bool hear(struct fixture *x, int fd)
{
	world_run(&x->w);
	return world_hear(fd, x->heard, sizeof(x->heard));
}

/* the_event() - of the only connection, which is over */
static const struct ev_served *the_event(struct fixture *x)
{
	world_events(&x->w);
	assert_int_equal(x->w.n, 1);
	assert_int_equal(x->w.v[0].kind, EV_SERVED);
	return &x->w.v[0].u.served;
}

/* hang_up() - the client closes, and the lab records what it was */
static const struct ev_served *hang_up(struct fixture *x, int fd)
{
	(void)close(fd);
	world_run(&x->w);
	assert_int_equal(x->w.lab.nconns, 0);
	return the_event(x);
}

static void a_request_is_answered_and_recorded(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;
	int fd = world_connect(&x->w, 8080);

	SAY(x, fd, "GET /a?b HTTP/1.1\r\nHost: Www.Acme.Example:8080\r\n\r\n");
	assert_true(hear(x, fd));
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\nDate: "), x->heard);
	assert_non_null(strstr(x->heard, "Connection: keep-alive\r\n\r\n<!DOCTYPE html>"));
	e = hang_up(x, fd);
	assert_string_equal(e->service, "http");
	assert_string_equal(e->proto, "tcp");
	assert_string_equal(e->name, "www.acme.example");
	assert_string_equal(e->detail, "GET /a?b 200");
	assert_int_equal(e->client.port, 4000);
	assert_int_equal(e->server.port, 8080);
	assert_int_equal(e->bytes_in, 50);
	assert_int_equal(e->bytes_out, strlen(x->heard));
	assert_int_equal(x->w.lab.count.bytes_in, 50);
	assert_int_equal(x->w.lab.count.bytes_out, strlen(x->heard));
	assert_int_equal(x->w.lab.count.connections, 1);
	assert_int_equal(x->w.lab.count.refused, 0);
}

static void a_request_in_single_bytes_is_answered(void **state)
{
	static const char text[] = "PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz";
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80);

	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		assert_true(hear(x, fd));
		assert_string_equal(x->heard, "");
		world_say(&x->w, fd, text + i, 1);
	}
	assert_true(hear(x, fd));
	assert_non_null(strstr(x->heard, " 200 OK"));
	assert_string_equal(hang_up(x, fd)->detail, "PUT /up 200");
}

static void requests_of_one_connection_are_one_event(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;
	int fd = world_connect(&x->w, 80);

	SAY(x, fd, "GET /1 HTTP/1.1\r\nHost: a.example\r\n\r\n"
		   "HEAD /2 HTTP/1.1\r\nHost: b.example\r\n\r\nGET /generate_204 "
		   "HTTP/1.1\r\nHost: a.example\r\n\r\n");
	assert_true(hear(x, fd));
	assert_non_null(strstr(x->heard, "HTTP/1.1 204 No Content\r\n"));
	assert_null(strstr(strstr(x->heard, "204 No Content"), "Content-Length"));
	e = hang_up(x, fd);
	assert_string_equal(e->detail,
			    "GET /1 200, HEAD /2 (Host b.example) 200, GET /generate_204 204");
	assert_string_equal(e->name, "a.example");
}

static void every_sixteen_requests_are_an_event(void **state)
{
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80);

	for (int i = 0; i < 17; i++)
		SAY(x, fd, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
	assert_true(hear(x, fd));
	(void)close(fd);
	world_run(&x->w);
	world_events(&x->w);
	assert_int_equal(x->w.n, 2);
	assert_int_equal(x->w.v[0].u.served.bytes_in, 17 * 35);
	assert_int_equal(strlen(x->w.v[0].u.served.detail), 16 * 9 + 15 * 2);
	assert_string_equal(x->w.v[1].u.served.detail, "GET / 200");
	assert_int_equal(x->w.v[1].u.served.bytes_in, 0);
	assert_int_equal(x->w.v[0].u.served.bytes_out + x->w.v[1].u.served.bytes_out,
			 strlen(x->heard));
	assert_int_equal(x->w.lab.count.bytes_out, strlen(x->heard));
}

static void a_connection_that_shall_close_is_closed_after_the_answer(void **state)
{
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80);

	SAY(x, fd, "GET / HTTP/1.0\r\n\r\n");
	assert_false(hear(x, fd));
	assert_non_null(strstr(x->heard, "Connection: close\r\n\r\n<!DOCTYPE"));
	assert_int_equal(x->w.lab.nconns, 1);	/* until the client has closed, too */
	SAY(x, fd, "more");
	assert_int_equal(hang_up(x, fd)->bytes_in, 18 + 4);
}

static void all_that_comes_after_the_last_answer_is_read_and_counted(void **state)
{
	static char text[400000] = "GET / HTTP/1.0\r\n\r\n";
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80);
	size_t sent = 0;

	memset(text + 18, 'x', sizeof(text) - 18);
	for (int i = 0; i < 10000 && sent < sizeof(text); i++) {
		ssize_t n = send(fd, text + sent, sizeof(text) - sent, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		world_run(&x->w);
	}
	assert_int_equal(sent, sizeof(text));	/* it never had to wait for the lab */
	assert_false(hear(x, fd));
	assert_int_equal(hang_up(x, fd)->bytes_in, sizeof(text));
}

static void half_a_close_still_gets_the_answer(void **state)
{
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80);

	if (send(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, 0) != 27 || shutdown(fd, SHUT_WR))
		fail();
	assert_false(hear(x, fd));
	assert_non_null(strstr(x->heard, "<!DOCTYPE"));
	assert_string_equal(hang_up(x, fd)->detail, "GET / 200");
}

static void a_request_that_makes_no_sense_is_refused(void **state)
{
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80);

	SAY(x, fd, "GET /x HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n");
	assert_false(hear(x, fd));
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 400 Bad Request\r\n"), x->heard);
	assert_string_equal(hang_up(x, fd)->detail, "GET /x 400");
}

static void statuses_have_their_reasons(void **state)
{
	static const struct {
		const char *request, *answer;
	} table[] = {
		{ "GET / HTTP/2.0\r\n\r\n", "HTTP/1.1 505 HTTP Version Not Supported\r\n" },
		{ "GET /redirect-to?url=http%3A%2f%2Fb.example%2F&x HTTP/1.1\r\nHost: a\r\n\r\n",
		  "HTTP/1.1 302 Found\r\n" },
		{ "GET /redirect-to?url=/ HTTP/1.1\r\nHost: a\r\n\r\n",
		  "HTTP/1.1 302 Found\r\n" },
		{ "GET /redirect-to?url=a%0d%0aX:y HTTP/1.1\r\nHost: a\r\n\r\n",
		  "HTTP/1.1 400 Bad Request\r\n" },
		{ "GET /redirect-to?x HTTP/1.1\r\nHost: a\r\n\r\n",
		  "HTTP/1.1 400 Bad Request\r\n" },
		{ "GET /redirect-to?url= HTTP/1.1\r\nHost: a\r\n\r\n",
		  "HTTP/1.1 400 Bad Request\r\n" },
		{ "GET /gen_204 HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 204 No Content\r\n" },
		{ "GET http://a.example/gen_204 HTTP/1.1\r\nHost: a\r\n\r\n",
		  "HTTP/1.1 204 No Content\r\n" },
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int fd = world_connect(&x->w, 80);

		world_say(&x->w, fd, table[i].request, strlen(table[i].request));
		(void)hear(x, fd);
		assert_ptr_equal(strstr(x->heard, table[i].answer), x->heard);
		if (strstr(table[i].answer, "302"))
			assert_non_null(strstr(x->heard, strstr(table[i].request, "=/ ") ?
					       "\r\nLocation: /\r\n" :
					       "\r\nLocation: http://b.example/\r\n"));
		(void)hang_up(x, fd);
	}
}

static void a_line_without_an_end_is_refused_with_its_reason(void **state)
{
	static char big[70000];
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80);

	memset(big, 'a', sizeof(big));
	memcpy(big, "GET /", 5);
	world_say(&x->w, fd, big, 9000);
	(void)hear(x, fd);
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 414 URI Too Long\r\n"), x->heard);
	assert_string_equal(hang_up(x, fd)->detail, "a request that could not be read 414");
	fd = world_connect(&x->w, 80);
	SAY(x, fd, "GET / HTTP/1.1\r\nHost: a\r\n");
	memcpy(big, "X: ba", 5);
	world_say(&x->w, fd, big, 66000);
	(void)hear(x, fd);
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 431 Request Header Fields Too Large\r\n"),
			 x->heard);
	assert_string_equal(hang_up(x, fd)->detail, "GET / 431");
}

static void a_long_target_is_cut_in_the_record(void **state)
{
	char text[400], expect[300];
	struct fixture *x = *state;

	for (size_t len = 200; len <= 201; len++) {
		int fd = world_connect(&x->w, 80);

		(void)snprintf(text, sizeof(text), "GET /%0*d HTTP/1.1\r\nHost: a\r\n\r\n",
			       (int)len - 1, 0);
		(void)snprintf(expect, sizeof(expect), "GET /%0199d%s 200", 0,
			       len > 200 ? "..." : "");
		world_say(&x->w, fd, text, strlen(text));
		(void)hear(x, fd);
		assert_string_equal(hang_up(x, fd)->detail, expect);
	}
}

static void a_client_that_waits_is_told_to_go_on(void **state)
{
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80);

	SAY(x, fd, "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: "
		   "2\r\n\r\n");
	assert_true(hear(x, fd));
	assert_string_equal(x->heard, "HTTP/1.1 100 Continue\r\n\r\n");
	SAY(x, fd, "ab");
	assert_true(hear(x, fd));
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\n"), x->heard);
	(void)hang_up(x, fd);
}

static void what_is_no_http_is_swallowed_and_shown(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;
	int fd = world_connect(&x->w, 4321);

	SAY(x, fd, "\1\2hello");
	SAY(x, fd, "01234567890123456789012345678901234567890123456789");
	assert_true(hear(x, fd));
	assert_string_equal(x->heard, "");
	e = hang_up(x, fd);
	assert_string_equal(e->service, "sink");
	assert_int_equal(e->bytes_in, 57);
	assert_int_equal(e->bytes_out, 0);
	assert_string_equal(e->detail, "first bytes: \\x01\\x02hello0123456789012345678901234");
}

static void a_connection_without_a_byte_says_nothing(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e = hang_up(x, world_connect(&x->w, 80));

	assert_string_equal(e->service, "sink");
	assert_null(e->detail);
	assert_int_equal(e->bytes_in, 0);
}

static void servers_that_speak_first_greet_a_quiet_client(void **state)
{
	static const struct {
		uint16_t port;
		const char *service, *text;
	} table[] = {
		{ 25, "smtp", "220 mail.internal ESMTP\r\n" },
		{ 587, "smtp", "220 mail.internal ESMTP\r\n" },
		{ 21, "ftp", "220 ready\r\n" }, { 110, "pop3", "+OK ready\r\n" },
		{ 143, "imap", "* OK IMAP4rev1 ready\r\n" },
		{ 22, "ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n" },
		{ 23, "telnet", "\xff\xfb\x01\xff\xfb\x03login: " },
	};
	struct fixture *x = *state;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int fd = world_connect(&x->w, table[i].port);

		assert_true(hear(x, fd));
		assert_string_equal(x->heard, "");
		assert_true(world_wait(&x->w, fd));
		assert_true(hear(x, fd));
		assert_string_equal(x->heard, table[i].text);
		assert_string_equal(hang_up(x, fd)->service, table[i].service);
	}
}

static void who_is_greeted_and_says_nonsense_is_shown(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;
	int fd = world_connect(&x->w, 21);

	assert_true(world_wait(&x->w, fd));
	SAY(x, fd, "HELLO there\r\n");
	assert_true(hear(x, fd));
	assert_string_equal(x->heard, "220 ready\r\n502 Unknown command\r\n");
	e = hang_up(x, fd);
	assert_string_equal(e->detail, "first bytes: HELLO there\\x0d\\n");
	assert_int_equal(e->bytes_in, 13);
	assert_int_equal(e->bytes_out, 32);
}

static void who_speaks_first_is_not_greeted(void **state)
{
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 25);

	SAY(x, fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(hear(x, fd));
	assert_ptr_equal(strstr(x->heard, "HTTP/1.1 200 OK\r\n"), x->heard);
	assert_string_equal(hang_up(x, fd)->service, "http");
}

static void mail_is_accepted_and_its_envelope_recorded(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;
	int fd = world_connect(&x->w, 587);

	assert_true(world_wait(&x->w, fd));
	SAY(x, fd, "EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n");
	assert_true(hear(x, fd));
	assert_non_null(strstr(x->heard, "250-STARTTLS\r\n"));
	assert_non_null(strstr(x->heard, "250 2.0.0 OK\r\n250 2.0.0 OK\r\n354 End with a dot\r\n"));
	SAY(x, fd, "MAIL FROM: is text here\r\n.\r\nQUIT\r\n");
	assert_false(hear(x, fd));
	assert_string_equal(x->heard, "250 2.0.0 Queued\r\n221 2.0.0 Bye\r\n");
	e = hang_up(x, fd);
	assert_string_equal(e->service, "smtp");
	assert_string_equal(e->detail, "MAIL FROM:<a@b.example>, RCPT TO:<c@d.example>");
	assert_int_equal(e->bytes_in, 8 + 25 + 23 + 6 + 25 + 3 + 6);
}

static void a_mail_line_without_an_end_is_cut_into_pieces(void **state)
{
	static char text[5000];
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 25);

	assert_true(world_wait(&x->w, fd));
	(void)hear(x, fd);
	memset(text, 'x', sizeof(text));
	world_say(&x->w, fd, text, 4096);
	assert_true(hear(x, fd));
	assert_string_equal(x->heard, "");
	world_say(&x->w, fd, text, 1);
	assert_true(hear(x, fd));
	assert_string_equal(x->heard, "502 5.5.2 Unknown command\r\n");
	SAY(x, fd, "\r\n");
	assert_true(hear(x, fd));
	assert_string_equal(x->heard, "502 5.5.2 Unknown command\r\n");
	(void)hang_up(x, fd);
}

static void queries_over_tcp_are_answered_one_by_one(void **state)
{
	static const char query[] = "\0\x16\0\7\1\0\0\1\0\0\0\0\0\0\4acme\0\0\1\0\1";
	struct fixture *x = *state;
	const struct ev_served *e;
	int fd = world_connect(&x->w, 53);

	world_say(&x->w, fd, query, 1);
	world_say(&x->w, fd, query + 1, 10);
	assert_true(hear(x, fd));
	assert_int_equal(recv(fd, x->heard, sizeof(x->heard), 0), -1);
	world_say(&x->w, fd, query + 11, sizeof(query) - 12);
	world_say(&x->w, fd, query, sizeof(query) - 1);
	assert_int_equal(recv(fd, x->heard, sizeof(x->heard), 0), 2 * (2 + 22 + 16));
	assert_int_equal(x->heard[1], 22 + 16);
	assert_memory_equal(x->heard + 2, "\0\7\x81\x80\0\1\0\1\0\0\0\0", 12);
	(void)close(fd);
	world_run(&x->w);
	world_events(&x->w);
	assert_int_equal(x->w.n, 3);
	assert_string_equal(x->w.v[0].u.lookup.name, "acme");
	assert_string_equal(x->w.v[0].u.lookup.proto, "tcp");
	assert_int_equal(x->w.v[0].u.lookup.server.port, 53);
	assert_int_equal(x->w.v[0].u.lookup.client.port, 4000);
	e = &x->w.v[2].u.served;
	assert_string_equal(e->service, "dns");
	assert_string_equal(e->detail, "2 queries");
	assert_int_equal(e->bytes_in, 2 * 24);
	assert_int_equal(e->bytes_out, 2 * 40);
	assert_int_equal(x->w.lab.count.lookups, 2);
}

static void a_query_that_is_too_long_is_swallowed(void **state)
{
	/* a response: no answer is due */
	static char text[2 + 4096] = { 16, 0, 0, 7, (char)0x80 };
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 53);
	const struct ev_served *e;

	world_say(&x->w, fd, text, sizeof(text));
	world_say(&x->w, fd, "\x10\1abc", 5);
	assert_true(hear(x, fd));
	assert_string_equal(x->heard, "");
	e = hang_up(x, fd);
	assert_string_equal(e->detail, "1 queries");
	assert_int_equal(e->bytes_in, sizeof(text) + 5);
}

static void a_tunnel_begins_anew(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;
	int fd = world_connect(&x->w, 3128);

	SAY(x, fd, "CONNECT b.example:80 HTTP/1.1\r\nHost: b.example:80\r\n\r\n");
	assert_true(hear(x, fd));
	assert_string_equal(x->heard, "HTTP/1.1 200 Connection established\r\n\r\n");
	SAY(x, fd, "GET /in HTTP/1.1\r\nHost: c.example\r\n\r\n");
	assert_true(hear(x, fd));
	assert_non_null(strstr(x->heard, "HTTP/1.1 200 OK"));
	e = hang_up(x, fd);
	assert_string_equal(e->detail, "CONNECT b.example:80 200, GET /in 200");
	assert_string_equal(e->name, "c.example");
}

static void what_came_with_the_request_for_a_tunnel_is_in_the_tunnel(void **state)
{
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 3128);

	SAY(x, fd, "CONNECT b.example:80 HTTP/1.1\r\nHost: b.example\r\n\r\nGET /in "
		   "HTTP/1.1\r\nHost: c\r\n\r\n");
	assert_true(hear(x, fd));
	assert_non_null(strstr(x->heard, "established\r\n\r\nHTTP/1.1 200 OK"));
	assert_string_equal(hang_up(x, fd)->detail,
			    "CONNECT b.example:80 200, GET /in 200");
}

static void connections_over_the_limit_are_reset_and_counted(void **state)
{
	struct fixture *x = *state;
	int first, second;

	x->w.lab.max_conns = 1;
	first = world_connect(&x->w, 80);
	second = world_connect(&x->w, 80);
	assert_int_equal(x->w.lab.count.refused, 1);
	assert_int_equal(x->w.lab.count.connections, 2);
	assert_false(hear(x, second));
	assert_true(hear(x, first));
	(void)close(second);
	(void)hang_up(x, first);
	first = world_connect(&x->w, 80);	/* a place is free again */
	assert_true(hear(x, first));
	(void)close(first);
}

static void who_is_silent_for_a_minute_makes_room_for_another(void **state)
{
	struct fixture *x = *state;
	int silent, busy, third;

	x->w.lab.max_conns = 2;
	busy = world_connect(&x->w, 80);
	silent = world_connect(&x->w, 80);
	SAY(x, silent, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(hear(x, silent));
	ahead += 59 * TB_NS_PER_S;
	SAY(x, busy, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(hear(x, busy));
	third = world_connect(&x->w, 80);
	assert_int_equal(x->w.lab.count.refused, 1);
	(void)close(third);
	ahead += 2 * TB_NS_PER_S;
	third = world_connect(&x->w, 80);
	assert_int_equal(x->w.lab.count.refused, 1);
	assert_int_equal(x->w.lab.nconns, 2);
	assert_string_equal(the_event(x)->detail, "GET / 200; idle, and its place was needed");
	assert_false(hear(x, silent));
	assert_true(hear(x, busy));
	assert_true(hear(x, third));
	(void)close(silent);
	(void)close(busy);
	(void)close(third);
}

static void who_does_not_read_is_not_answered_without_bound(void **state)
{
	static char text[4096 * 35 + 1];
	struct fixture *x = *state;
	int fd = world_connect(&x->w, 80), small = 4096;
	size_t sent = 0, answers = 0;
	const struct conn *c;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)))
		fail();
	for (int i = 0; i < 4096; i++)
		memcpy(text + 35 * i, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", 35);
	for (int i = 0; i < 400; i++) {
		ssize_t n = send(fd, text + sent, sizeof(text) - 1 - sent, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		world_run(&x->w);
	}
	c = TAILQ_FIRST(&x->w.lab.conns);
	assert_in_range(evbuffer_get_length(bufferevent_get_output(c->bev)), 1, 65536 + 400);
	assert_in_range(c->requests, 100, 2000);
	/* Everything is answered once it reads on. */
	for (int i = 0; i < 20000 && answers < 4096; i++) {
		ssize_t n = sent < sizeof(text) - 1 ?
			send(fd, text + sent, sizeof(text) - 1 - sent, 0) : 0;

		sent += n > 0 ? (size_t)n : 0;
		(void)hear(x, fd);
		for (const char *at = x->heard; (at = strstr(at, "</html>")); at++)
			answers++;
	}
	assert_int_equal(answers, 4096);
	(void)close(fd);
}

static void what_is_open_at_the_end_is_recorded(void **state)
{
	struct fixture *x = *state;
	const struct ev_served *e;
	int fd = world_connect(&x->w, 80);

	SAY(x, fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	serve_end(&x->w.lab);
	e = the_event(x);
	assert_string_equal(e->detail, "GET / 200; open at the end of the run");
	(void)close(fd);
	fd = world_connect(&x->w, 80);
	serve_end(&x->w.lab);
	assert_string_equal(the_event(x)->detail, "open at the end of the run");
	(void)close(fd);
}

static void a_record_that_cannot_be_written_ends_the_loop(void **state)
{
	struct fixture *x = *state;
	struct ev ev = { .kind = EV_LOSS };

	rec_out_free(x->w.lab.rec);
	x->w.lab.rec = rec_out_new(-1, EV_SRC_LAB, 0);
	for (int i = 0; i < 4000 && !x->w.lab.record_error; i++)
		lab_record(&x->w.lab, &ev);
	assert_int_equal(x->w.lab.record_error, -EBADF);
	assert_int_equal(event_base_got_break(x->w.lab.base), 1);
}

static void addresses_are_those_of_sockets(void **state)
{
	struct sockaddr_storage ss;
	struct sockaddr_in *in = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&ss;
	char text[EV_ADDR_STRLEN];
	struct ev_addr a;

	(void)state;
	memset(&ss, 0xff, sizeof(ss));
	memset(&a, 0xff, sizeof(a));
	*in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(443) };
	in->sin_addr.s_addr = htonl(0xc6120007);
	lab_addr(&a, &ss);
	ev_addr_format(&a, text);
	assert_string_equal(text, "198.18.0.7:443");
	assert_int_equal(a.ip[4], 0);
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(53);
	memset(&in6->sin6_addr, 0, 16);
	in6->sin6_addr.s6_addr[15] = 9;
	lab_addr(&a, &ss);
	ev_addr_format(&a, text);
	assert_string_equal(text, "[::9]:53");
	ss.ss_family = AF_UNIX;
	lab_addr(&a, &ss);
	assert_int_equal(a.port, 0);
}

/* first() - who answers a client that speaks first */
static const struct responder *first(uint16_t port, bool tls, const char *said, bool more)
{
	struct conn c = { .server.port = port, .ssl = tls ? (SSL *)&c : NULL };

	return responder_first(&c, (const uint8_t *)said, strlen(said), more);
}

static void every_responder_that_waits_can_read(void **state)
{
	(void)state;
	for (unsigned int port = 0; port < 65536; port++)
		for (int tls = 0; tls < 2; tls++)
			assert_non_null(first((uint16_t)port, tls, "", false)->input);
	assert_string_equal(first(53, false, "x", true)->service, "dns");
	assert_string_equal(first(853, true, "x", true)->service, "dns");
	assert_null(first(853, false, "x", true)->service);
	assert_null(first(25, false, "x", true)->service);
	assert_string_equal(first(25, false, "SSH-2.0-x", true)->service, "ssh");
	assert_string_equal(first(9, false, "\xff\xfd\x01", true)->service, "telnet");
	assert_string_equal(first(9, false, "NICK a", true)->service, "irc");
	assert_string_equal(first(6667, false, "USER a", true)->service, "irc");
	assert_null(first(9, false, "USER a", true)->service);
	assert_null(first(9, false, "SS", true));
	assert_null(first(9, false, "SS", false)->service);
	assert_null(first(9, false, "SUB", true)->service);
	assert_null(responder_greeting(53, false));
	assert_null(responder_greeting(0, false));
	assert_null(responder_greeting(25, true));
	assert_string_equal(responder_greeting(465, true)->service, "smtp");
	assert_string_equal(responder_greeting(990, true)->service, "ftp");
	assert_string_equal(responder_greeting(995, true)->service, "pop3");
	assert_string_equal(responder_greeting(993, true)->service, "imap");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_request_is_answered_and_recorded),
		T(a_request_in_single_bytes_is_answered),
		T(requests_of_one_connection_are_one_event),
		T(every_sixteen_requests_are_an_event),
		T(a_connection_that_shall_close_is_closed_after_the_answer),
		T(all_that_comes_after_the_last_answer_is_read_and_counted),
		T(half_a_close_still_gets_the_answer),
		T(a_request_that_makes_no_sense_is_refused),
		T(statuses_have_their_reasons),
		T(a_line_without_an_end_is_refused_with_its_reason),
		T(a_long_target_is_cut_in_the_record),
		T(a_client_that_waits_is_told_to_go_on),
		T(what_is_no_http_is_swallowed_and_shown),
		T(a_connection_without_a_byte_says_nothing),
		T(servers_that_speak_first_greet_a_quiet_client),
		T(who_is_greeted_and_says_nonsense_is_shown),
		T(who_speaks_first_is_not_greeted),
		T(mail_is_accepted_and_its_envelope_recorded),
		T(a_mail_line_without_an_end_is_cut_into_pieces),
		T(queries_over_tcp_are_answered_one_by_one),
		T(a_query_that_is_too_long_is_swallowed),
		T(a_tunnel_begins_anew),
		T(what_came_with_the_request_for_a_tunnel_is_in_the_tunnel),
		T(connections_over_the_limit_are_reset_and_counted),
		T(who_is_silent_for_a_minute_makes_room_for_another),
		T(who_does_not_read_is_not_answered_without_bound),
		T(what_is_open_at_the_end_is_recorded),
		T(a_record_that_cannot_be_written_ends_the_loop),
		T(addresses_are_those_of_sockets),
		cmocka_unit_test(every_responder_that_waits_can_read),
	};

	return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
