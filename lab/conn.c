/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn.c - one TCP connection of the product: its bytes, its end, and its event
 *
 * One event per connection, at its end, and one more for every NOTES_PER_EVENT requests in it; what
 * was asked for is in events of its own, request.c.
 */
#include "lab/conn.h"

#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/serve.h"
#include "tcbox/clock.h"

#define WRITE_MAX (64u << 10)
#define NOTES_PER_EVENT 16

/*
 * A product may be quiet for long, in the middle of a request, too: the number of connections is
 * what bounds them.
 */
const struct timeval conn_idle_time = { .tv_sec = 600 };

/* conn_close() - release the connection without a word */
static void conn_close(struct conn *c)
{
	TAILQ_REMOVE(&c->lab->conns, c, link);
	c->lab->nconns--;
	c->lab->moved++;
	if (c->peek)
		event_free(c->peek);
	fault_end(c);
	if (c->bev)
		bufferevent_free(c->bev);
	SSL_free(c->ssl);
	while (c->nbelow) {
		const struct layer *l = &c->below[--c->nbelow];

		bufferevent_free(l->bev);
		SSL_free(l->ssl);
	}
	tb_buf_free(&c->detail);
	(void)close(c->fd);
	free(c);
}

/* read_of() - bytes that were read from the socket so far */
static uint64_t read_of(const struct conn *c)
{
	const SSL *ssl = c->nbelow ? c->below[0].ssl : c->ssl;

	return c->stream + (ssl ? BIO_number_read(SSL_get_rbio(ssl)) : 0);
}

/* conn_report() - record what the connection came to since the last report */
static void conn_report(struct conn *c, bool last)
{
	size_t unsent = c->bev ? evbuffer_get_length(bufferevent_get_output(c->bev)) : 0;
	struct ev ev = { .kind = EV_SERVED };

	c->out -= unsent;
	ev.u.served = (struct ev_served){
		.service = c->service,
		.proto = "tcp",
		.client = c->client,
		.server = c->server,
		.name = c->name,
		.detail = c->detail.len ? c->detail.data : "",
		.bytes_in = c->in,
		.bytes_out = c->out,
	};
	if (last) {
		ev.u.served.end = true;
		ev.u.served.first = c->accepted;
		ev.u.served.stream = read_of(c);
		ev.u.served.tls_failed = c->tls_failed;
		ev.u.served.tls_refused = c->tls_refused;
	}
	c->lab->count.bytes_in += c->in;
	c->lab->count.bytes_out += c->out;
	lab_record(c->lab, &ev);
	c->in = 0;
	c->out = unsent;
	c->noted = 0;
	tb_buf_reset(&c->detail);
}

static void count_cb(struct evbuffer *in, const struct evbuffer_cb_info *info, void *arg)
{
	struct conn *c = arg;

	(void)in;
	c->stream += info->n_added;
}

void conn_stream(struct conn *c)
{
	(void)evbuffer_add_cb(bufferevent_get_input(c->bev), count_cb, c);
}

void conn_unread(struct conn *c)
{
	const struct ev_request unread = { .unread = true };

	if (c->rest)
		return;
	c->rest = true;
	request_record(c, &unread);
}

/* is_half() - does it end in the middle of something? HTTP/1 tells of that itself, web_end().
 * @left: what nobody took */
static bool is_half(const struct conn *c, const uint8_t *left, size_t len)
{
	for (unsigned int i = 0; i < c->nbelow; i++)
		if (c->below[i].ssl && tls_half(c->below[i].ssl))
			return true;
	if (c->ssl && tls_half(c->ssl))
		return true;
	if (c->http || (c->state != CONN_TALKING && c->state != CONN_INNER))
		return false;
	while (len && (left[len - 1] == '\r' || left[len - 1] == '\n'))
		len--;
	return len || (c->state == CONN_TALKING && c->talks->half && c->talks->half(c));
}

void conn_settle(struct conn *c)
{
	const uint8_t *left = NULL;
	size_t waiting = 0;

	if (c->bev) {
		waiting = conn_pull(c, &left, SIZE_MAX);
		web_left(c, left, waiting);
		c->in += evbuffer_get_length(bufferevent_get_input(c->bev));
	}
	if (is_half(c, left, waiting))
		conn_unread(c);
	if (c->talks && c->talks->end)
		c->talks->end(c);
	web_end(c);
	request_session(c);
}

void conn_end(struct conn *c, const char *why)
{
	if (c->ended)
		return;
	c->ended = true;
	serve_drain(c);
	conn_settle(c);
	if (c->requests && c->talks && c->talks->counted)
		tb_buf_addf(&c->detail, "%u %s", c->requests, c->talks->counted);
	else if (!c->requests && c->nfirst && c->state >= CONN_TALKING && !c->detail.len)
		lab_shown(&c->detail, c->first, c->nfirst);
	if (why && c->detail.len)
		tb_buf_adds(&c->detail, "; ");
	if (why)
		tb_buf_adds(&c->detail, why);
	if (fault_holds(c) && c->requests)
		tb_buf_adds(&c->detail, "; its answer was not sent");
	conn_report(c, true);
	conn_close(c);
}

struct tb_buf *conn_note(struct conn *c)
{
	if (c->noted == NOTES_PER_EVENT)
		conn_report(c, false);
	c->noted++;
	if (c->detail.len)
		tb_buf_adds(&c->detail, ", ");
	c->requests++;
	return &c->detail;
}

void conn_send(struct conn *c, const void *data, size_t len)
{
	struct evbuffer *out = evbuffer_new();

	if (!out)
		return;
	(void)evbuffer_add(out, data, len);
	fault_send(c, out, 0);
	evbuffer_free(out);
}

size_t conn_take(struct conn *c, const uint8_t **data, size_t max)
{
	struct evbuffer_iovec v = { 0 };

	if (evbuffer_peek(bufferevent_get_input(c->bev), -1, NULL, &v, 1) < 1)
		return 0;
	*data = v.iov_base;
	return v.iov_len < max ? v.iov_len : max;
}

size_t conn_pull(struct conn *c, const uint8_t **data, size_t max)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(in);

	if (len > max)
		len = max;
	*data = len ? evbuffer_pullup(in, (ev_ssize_t)len) : NULL;
	return *data ? len : 0;
}

void conn_used(struct conn *c, const uint8_t *data, size_t len)
{
	size_t n = sizeof(c->first) - c->nfirst;

	if (n > len)
		n = len;
	memcpy(c->first + c->nfirst, data, n);
	c->nfirst += n;
	c->in += len;
	if (c->ssl)
		c->asked.inside += len;
	c->lab->moved += len;
	c->active_ns = tb_monotonic_ns();
	TAILQ_REMOVE(&c->lab->conns, c, link);
	TAILQ_INSERT_TAIL(&c->lab->conns, c, link);
	(void)evbuffer_drain(bufferevent_get_input(c->bev), len);
}

bool conn_full(const struct conn *c)
{
	return !c->ended && evbuffer_get_length(bufferevent_get_output(c->bev)) > WRITE_MAX;
}

void conn_tunnel(struct conn *c, const char *target)
{
	c->tunnel = TUNNEL_ANEW;
	request_enter(c, target);
}

void conn_sink(struct conn *c)
{
	c->state = CONN_SINK;
	(void)bufferevent_set_timeouts(c->bev, &conn_idle_time, &conn_idle_time);
}
