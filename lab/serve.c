/* SPDX-License-Identifier: Apache-2.0 */
/*
 * serve.c - TCP connections: which responder answers, and what it came to
 *
 * How it works: the first bytes are looked at with MSG_PEEK. A TLS handshake gets OpenSSL on the
 * untouched socket, anything else a plain stream; inside either of them responder.c says who
 * talks, by the port. A client that stays quiet on a port whose servers speak first gets their
 * greeting. After STARTTLS, and in a tunnel, it begins anew; TLS whose first bytes came through a
 * stream gets OpenSSL on top of that stream.
 *
 * Limits: input is consumed as it comes (READ_MAX waits at most), requests are answered only
 * while less than 64 KiB of output waits; a connection costs 25 KiB when it is HTTP inside
 * TLS, and that is the worst. A connection over the limit takes the place of the one that has
 * been silent longest, for a minute at least, or else it is reset and counted. TLS in TLS is read
 * CONN_LAYERS deep.
 */
#include "lab/serve.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/conn.h"
#include "tcbox/clock.h"

#define ACCEPT_AT_ONCE 64	/* then other sockets get their turn */
#define READ_MAX (64u << 10)
#define FIRST_LOOK 2048		/* bytes by which a stream is given to a responder */
#define TLS_PEEK 3		/* content type handshake, major version 3: RFC 8446, 5.1 */
#define TLS_HANDSHAKE 0x16

#define DRAIN_MAX (16u << 20)	/* at the end of a connection: more than a socket holds */

#define MAY_GO_NS (60 * TB_NS_PER_S)	/* so long a connection must be silent to make room for
					 * another */

static const struct timeval linger_time = { .tv_sec = 60 };
static const struct timeval quiet_time = { .tv_usec = 150000 };	/* before a server speaks first */

static void peek_cb(evutil_socket_t fd, short what, void *arg);
static void begin_inner(struct conn *c);
static bool is_tls(const struct conn *c, const uint8_t first[TLS_PEEK]);

static const struct responder *greeting_of(const struct conn *c)
{
	return c->greeted ? NULL : responder_greeting(c->server.port, c->ssl);
}

/* say_hello() - what a server says first */
static void say_hello(struct conn *c, const struct responder *r)
{
	if (r->greet)
		r->greet(c);
	else if (r->greeting)
		conn_send(c, r->greeting, strlen(r->greeting));
}

/*
 * choose() - the stream begins: who answers? @more: more may come. Return: false if that must
 * decide
 */
static bool choose(struct conn *c, bool more)
{
	const uint8_t *first = NULL;
	size_t len = conn_pull(c, &first, FIRST_LOOK);
	bool greets = !c->talks;

	(void)bufferevent_set_timeouts(c->bev, &conn_idle_time, &conn_idle_time);
	if (!c->talks)
		c->talks = responder_first(c, first, len, more);
	if (!c->talks)
		return false;
	c->greeted = true;	/* the client spoke first */
	if (c->talks->service)
		c->service = c->talks->service;
	c->state = CONN_TALKING;
	if (c->talks->begin && !c->talks->begin(c))
		conn_sink(c);
	else if (greets)
		say_hello(c, c->talks);
	return true;
}

/*
 * note_rest() - bytes behind the end of a session, e.g. in the clear behind that of TLS: they may
 * be another one, to a server that goes on. Empty lines are not
 */
static void note_rest(struct conn *c, const uint8_t *data, size_t len)
{
	while (len && (data[len - 1] == '\r' || data[len - 1] == '\n'))
		len--;
	if (len)
		conn_unread(c);
}

static void sink_input(struct conn *c)
{
	const uint8_t *data;
	size_t len;

	while ((len = conn_take(c, &data, SIZE_MAX))) {
		if (c->state == CONN_LINGER && !c->http)
			note_rest(c, data, len);
		else
			web_left(c, data, len);
		conn_used(c, data, len);
	}
}

/*
 * look_inside() - what does the tunnel begin with? Return: false if it is not there yet, or goes on
 * in another stream
 */
static bool look_inside(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	uint8_t b[TLS_PEEK] = { 0 };
	ev_ssize_t n = evbuffer_copyout(in, b, sizeof(b));

	if (n < TLS_PEEK && (n < 1 || b[0] == TLS_HANDSHAKE))
		return false;
	c->state = CONN_OPENING;
	if (!is_tls(c, b))
		return true;
	begin_inner(c);
	return false;
}

static void finish(struct conn *c);
static void begin_tunnel(struct conn *c);

/* take_input() - @more: more may come */
static void take_input(struct conn *c, bool more)
{
	size_t before;

	do {
		before = evbuffer_get_length(bufferevent_get_input(c->bev));
		if (!before || c->closing || c->tunnel || conn_full(c))
			break;
		if (c->state == CONN_INNER && !look_inside(c))
			break;
		if (c->state == CONN_OPENING && !choose(c, more))
			break;
		if (c->state == CONN_TALKING)
			c->talks->input(c);
		else
			sink_input(c);
	} while (evbuffer_get_length(bufferevent_get_input(c->bev)) != before);
	c->paused = conn_full(c) || c->closing || c->tunnel;
	if (c->paused)
		(void)bufferevent_disable(c->bev, EV_READ);
	if (evbuffer_get_length(bufferevent_get_output(c->bev)))
		return;
	if (c->closing)		/* nothing will say that all is out */
		finish(c);
	else if (c->tunnel)
		begin_tunnel(c);
}

static void conn_input(struct conn *c)
{
	take_input(c, true);
}

/* begin_peek() - wait for the first bytes. Return: false without memory */
static bool begin_peek(struct conn *c)
{
	const struct timeval *wait;

	c->state = CONN_PEEK;
	wait = greeting_of(c) ? &quiet_time : &conn_idle_time;
	c->peek = event_new(c->lab->base, c->fd, EV_READ, peek_cb, c);
	return c->peek && !event_add(c->peek, wait);
}

/*
 * begin_tunnel() - CONNECT or STARTTLS was answered: what follows begins anew, with TLS or
 * without
 */
static void begin_tunnel(struct conn *c)
{
	if (c->tunnel == TUNNEL_ANEW)
		c->talks = NULL;
	c->tunnel = TUNNEL_NONE;
	web_end(c);
	request_session(c);
	c->name[0] = '\0';
	if (c->ssl || evbuffer_get_length(bufferevent_get_input(c->bev))) {
		c->state = CONN_INNER;	/* the socket is not where to look: the first bytes are
					 * read, or are in TLS */
		(void)bufferevent_enable(c->bev, EV_READ);
		conn_input(c);
		return;
	}
	bufferevent_free(c->bev);
	c->bev = NULL;
	if (!begin_peek(c))
		conn_end(c, "out of memory");
}

/*
 * finish() - the last byte is out: say so, and wait for the client, so that no reset destroys
 * the answer
 */
static void finish(struct conn *c)
{
	c->closing = false;
	c->state = CONN_LINGER;
	if (c->ssl)
		(void)SSL_shutdown(c->ssl);
	if (!c->nbelow)		/* or the end of the inner TLS would still wait in a stream below */
		(void)shutdown(c->fd, SHUT_WR);
	(void)bufferevent_set_timeouts(c->bev, &linger_time, NULL);
	(void)bufferevent_enable(c->bev, EV_READ);
	sink_input(c);
}

void serve_close(struct conn *c)
{
	c->tunnel = TUNNEL_NONE;
	c->closing = true;
	(void)bufferevent_disable(c->bev, EV_READ);
	if (!evbuffer_get_length(bufferevent_get_output(c->bev)))
		finish(c);
}

static void read_cb(struct bufferevent *bev, void *arg)
{
	(void)bev;
	conn_input(arg);
}

/* write_cb() - everything that was queued is out */
static void write_cb(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;

	if (evbuffer_get_length(bufferevent_get_output(bev)))
		return;
	if (c->tunnel) {
		begin_tunnel(c);
	} else if (c->closing) {
		finish(c);
	} else if (c->paused) {
		(void)bufferevent_enable(bev, EV_READ);
		conn_input(c);
	}
}

/* greet() - Return: false if a server on this port waits for the client */
static bool greet(struct conn *c)
{
	const struct responder *g = greeting_of(c);

	if (!g)
		return false;
	c->greeted = true;
	c->talks = g;
	c->service = g->service;
	conn_sink(c);
	if (g->begin && !g->begin(c))
		return true;
	if (g->input)
		c->state = CONN_TALKING;
	say_hello(c, g);
	return true;
}

static void begin_reading(struct conn *c);

/*
 * watch_rest() - the client has ended its TLS, but not the stream below: whatever comes there is no
 * part of the session. Return: false if that is not so
 */
static bool watch_rest(struct conn *c)
{
	struct event_base *base = c->lab->base;

	if (!c->ssl || !SSL_is_init_finished(c->ssl) ||
	    !(SSL_get_shutdown(c->ssl) & SSL_RECEIVED_SHUTDOWN))
		return false;
	conn_settle(c);
	(void)SSL_shutdown(c->ssl);
	bufferevent_free(c->bev);
	if (c->nbelow) {
		const struct layer *l = &c->below[--c->nbelow];

		SSL_free(c->ssl);
		c->bev = l->bev;
		c->ssl = l->ssl;
	} else {
		c->stream += BIO_number_read(SSL_get_rbio(c->ssl));
		SSL_free(c->ssl);
		c->ssl = NULL;
		c->bev = bufferevent_socket_new(base, c->fd, 0);
		if (c->bev)
			conn_stream(c);
		(void)shutdown(c->fd, SHUT_WR);
	}
	if (!c->bev) {
		conn_end(c, "out of memory");
		return true;
	}
	c->closing = false;
	c->tunnel = TUNNEL_NONE;
	c->state = CONN_LINGER;
	begin_reading(c);
	(void)bufferevent_set_timeouts(c->bev, &linger_time, NULL);
	sink_input(c);
	return true;
}

/*
 * tls_failure() - why the handshake failed; "unknown ca" is a product that trusts its own ones
 * only
 */
static const char *tls_failure(unsigned long code, char *out, size_t size)
{
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	if (!reason)
		return "handshake failed";
	(void)snprintf(out, size, "handshake failed: %s", reason);
	return out;
}

/* end_handshake() - only what all of the connection was for tells of it */
static void end_handshake(struct conn *c, struct bufferevent *bev)
{
	unsigned long code = bufferevent_get_openssl_error(bev);	/* takes it from the list */
	char text[160];

	c->tls_failed = !c->nbelow && !c->requests;
	if (c->tls_failed)
		c->tls_refused = tls_refused(c->ssl, code);
	conn_end(c, tls_failure(code, text, sizeof(text)));
}

/*
 * is_broken() - did bytes come behind the handshake that are no TLS? Reasons from
 * SSL_AD_REASON_OFFSET on are alerts, by which the client itself has ended it
 */
static bool is_broken(const struct conn *c, struct bufferevent *bev)
{
	unsigned long code;
	char finished;

	if (!c->ssl || !SSL_get_peer_finished(c->ssl, &finished, sizeof(finished)))
		return false;
	code = bufferevent_get_openssl_error(bev);
	return code && ERR_GET_LIB(code) == ERR_LIB_SSL &&
	       ERR_GET_REASON(code) < SSL_AD_REASON_OFFSET;
}

/* is_open() - its stream is there: does somebody talk already? */
static bool is_open(struct conn *c)
{
	if (!c->talks || !c->talks->opened)
		return false;
	c->service = c->talks->service;
	c->state = CONN_TALKING;
	c->talks->opened(c);
	return true;
}

static void event_cb(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;

	if (what & BEV_EVENT_ERROR && is_broken(c, bev)) {
		conn_unread(c);
		conn_end(c, "bytes that are no TLS");
		return;
	}
	if (what & BEV_EVENT_CONNECTED && is_open(c))
		return;
	if (what & BEV_EVENT_CONNECTED) {
		c->service = "tls";
		(void)bufferevent_set_timeouts(bev, greeting_of(c) ? &quiet_time : &conn_idle_time,
					       &conn_idle_time);
		return;
	}
	if (what & BEV_EVENT_TIMEOUT && what & BEV_EVENT_READING && c->ssl &&
	    SSL_is_init_finished(c->ssl) && greet(c)) {
		(void)bufferevent_enable(bev, EV_READ);
		return;
	}
	if (what & BEV_EVENT_EOF && c->state == CONN_OPENING)
		take_input(c, false);
	if (what & BEV_EVENT_EOF && evbuffer_get_length(bufferevent_get_output(bev))) {
		c->closing = true;	/* it may have closed one direction only and wait for the
					 * answer */
		c->tunnel = TUNNEL_NONE;
		return;
	}
	if (what & BEV_EVENT_EOF && watch_rest(c))
		return;
	if (c->ssl && !SSL_is_init_finished(c->ssl))
		end_handshake(c, bev);
	else if (what & BEV_EVENT_TIMEOUT && c->state != CONN_LINGER)
		conn_end(c, "idle");
	else if (what & BEV_EVENT_ERROR && c->state != CONN_LINGER)
		conn_end(c, "reset");
	else
		conn_end(c, NULL);
}

static void begin_reading(struct conn *c)
{
	bufferevent_setcb(c->bev, read_cb, write_cb, event_cb, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, READ_MAX);
	(void)bufferevent_set_timeouts(c->bev, &conn_idle_time, &conn_idle_time);
	(void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	fault_stream(c);
}

static void begin_stream(struct conn *c, bool tls)
{
	struct event_base *base = c->lab->base;

	if (c->peek)
		event_free(c->peek);
	c->peek = NULL;
	c->state = CONN_OPENING;
	if (c->peeked_short)
		(void)setsockopt(c->fd, SOL_SOCKET, SO_RCVLOWAT, &(int){ 1 }, sizeof(int));
	if (tls) {
		c->service = "tls";
		c->ssl = tls_new(c);
		if (!c->ssl) {
			conn_end(c, "TLS is not available");
			return;
		}
		c->bev = bufferevent_openssl_socket_new(base, c->fd, c->ssl,
							BUFFEREVENT_SSL_ACCEPTING, 0);
	} else {
		c->bev = bufferevent_socket_new(base, c->fd, 0);
		if (c->bev)
			conn_stream(c);
	}
	if (!c->bev) {
		conn_end(c, "out of memory");
		return;
	}
	begin_reading(c);
	if (!tls)
		(void)is_open(c);
}

/*
 * begin_inner() - TLS in a tunnel whose bytes come through a stream. What cannot be read is
 * swallowed, and the record says so
 */
static void begin_inner(struct conn *c)
{
	struct bufferevent *under = c->bev, *bev = NULL;
	SSL *ssl = c->nbelow < CONN_LAYERS ? tls_new(c) : NULL;

	if (ssl)
		bev = bufferevent_openssl_filter_new(c->lab->base, under, ssl,
						     BUFFEREVENT_SSL_ACCEPTING, 0);
	if (!bev) {
		SSL_free(ssl);
		conn_unread(c);
		conn_sink(c);
		return;
	}
	c->below[c->nbelow++] = (struct layer){ under, c->ssl };
	c->bev = bev;
	c->ssl = ssl;
	c->service = "tls";
	begin_reading(c);
	bufferevent_setwatermark(under, EV_READ, 0, READ_MAX);
	/* Its first bytes are there, and no event will say so. */
	bufferevent_trigger(under, EV_READ, BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
}

/* is_tls() - does a stream that begins so go on in TLS, and can the lab speak it? */
static bool is_tls(const struct conn *c, const uint8_t first[TLS_PEEK])
{
	return first[0] == TLS_HANDSHAKE && first[1] == 3 && c->server.port != 53 &&
	       c->lab->opt->authority;
}

static void peek_cb(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	uint8_t b[TLS_PEEK];
	ssize_t n;

	if (what & EV_TIMEOUT) {
		if (!greeting_of(c)) {
			conn_end(c, "idle");
			return;
		}
		begin_stream(c, false);
		(void)greet(c);
		return;
	}
	n = recv(fd, b, sizeof(b), MSG_PEEK);
	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		(void)event_add(c->peek, &conn_idle_time);
	} else if (n <= 0) {
		conn_end(c, n ? "reset" : NULL);
	} else if (b[0] == TLS_HANDSHAKE && n < TLS_PEEK && !c->peeked_short) {
		/* Do not wake up before the other bytes are there, or none will come: socket(7). */
		c->peeked_short = true;
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &(int){ TLS_PEEK }, sizeof(int));
		(void)event_add(c->peek, &conn_idle_time);
	} else {
		begin_stream(c, n == TLS_PEEK && is_tls(c, b));
	}
}

static void refuse(struct lab *lab, int fd)
{
	const struct linger reset = { .l_onoff = 1 };

	lab->count.refused++;
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	(void)close(fd);
}

/* make_room() - end the connection that has been silent longest, if that is long enough */
static void make_room(struct lab *lab)
{
	struct conn *c = TAILQ_FIRST(&lab->conns);

	if (c && tb_monotonic_ns() - c->active_ns >= MAY_GO_NS)
		conn_end(c, "idle, and its place was needed");
}

void serve_stream(struct lab *lab, int fd, const struct ev_addr *client,
		  const struct ev_addr *server)
{
	struct conn *c = NULL;

	lab->count.connections++;
	lab->moved++;
	if (lab->nconns >= lab->max_conns)
		make_room(lab);
	if (lab->nconns < lab->max_conns)
		c = calloc(1, sizeof(*c));
	if (!c) {
		refuse(lab, fd);
		return;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	c->lab = lab;
	c->fd = fd;
	c->service = "sink";
	c->active_ns = tb_monotonic_ns();
	c->accepted = rec_time(lab->rec, tb_realtime_ns());
	c->client = *client;
	c->server = *server;
	TAILQ_INSERT_TAIL(&lab->conns, c, link);
	lab->nconns++;
	if (ftp_claims(c)) {
		c->talks = &responder_ftp_data;
		if (!ftp_data_is_private(c)) {
			begin_stream(c, false);
			return;
		}
	}
	if (!begin_peek(c))
		conn_end(c, "out of memory");
}

/* drain_plain() - Return: bytes that were read */
static size_t drain_plain(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	int n;

	(void)evbuffer_unfreeze(in, 0);		/* it is its bufferevent's alone to fill */
	n = evbuffer_read(in, c->fd, READ_MAX);
	if (n > 0)
		take_input(c, true);
	return n > 0 ? (size_t)n : 0;
}

static size_t drain_tls(struct conn *c)
{
	uint8_t data[16384];
	int n = SSL_read(c->ssl, data, sizeof(data));

	ERR_clear_error();
	if (n <= 0)
		return 0;
	(void)evbuffer_add(bufferevent_get_input(c->bev), data, (size_t)n);
	take_input(c, true);
	return (size_t)n;
}

/* drain_raw() - what no stream reads any more */
static void drain_raw(struct conn *c)
{
	uint8_t data[16384];
	size_t all = 0;
	ssize_t n;

	while (all < DRAIN_MAX && (n = recv(c->fd, data, sizeof(data), MSG_DONTWAIT)) > 0)
		all += (size_t)n;
	c->stream += all;
	if (all && c->state != CONN_SINK)
		conn_unread(c);
}

void serve_drain(struct conn *c)
{
	size_t all = 0, n;

	do {
		n = 0;
		if (c->bev && !c->nbelow && !c->ssl)
			n = drain_plain(c);
		else if (c->bev && !c->nbelow && SSL_is_init_finished(c->ssl))
			n = drain_tls(c);
		all += n;
	} while (n && all < DRAIN_MAX);
	if (c->bev && c->state == CONN_OPENING)
		take_input(c, false);
	drain_raw(c);
}

void serve_accept(evutil_socket_t fd, short what, void *arg)
{
	struct lab *lab = arg;

	(void)what;
	for (int i = 0; i < ACCEPT_AT_ONCE; i++) {
		struct sockaddr_storage from = { 0 }, to = { 0 };
		socklen_t from_len = sizeof(from), to_len = sizeof(to);
		struct ev_addr client, server;
		int s = accept4(fd, (struct sockaddr *)&from, &from_len,
				SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (s < 0)
			return;		/* EAGAIN, or a connection that is gone already:
					 * accept(2) */
		/* With TPROXY the socket's own address is the one that the client wanted. */
		(void)getsockname(s, (struct sockaddr *)&to, &to_len);
		lab_addr(&client, &from);
		lab_addr(&server, &to);
		serve_stream(lab, s, &client, &server);
	}
}

void serve_end(struct lab *lab)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&lab->conns)))
		conn_end(c, "open at the end of the run");
	if (lab->rate)
		ev_token_bucket_cfg_free(lab->rate);
	lab->rate = NULL;
}
