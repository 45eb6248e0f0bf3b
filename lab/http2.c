/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2.c - answers HTTP/2 (RFC 9113), with libnghttp2, in TLS and in the clear
 *
 * How it works: the headers of a request are written as the text of HTTP/1.1 and read by http.c:
 * so who is asked for, what is recorded and what is answered does not depend on the version.
 * Bodies are given to body.c.
 *
 * Limits: HTTP2_STREAMS requests at a time in a connection and HTTP2_ALL in all of them; others are
 * refused, and the client may ask again. HTTP_HEAD_MAX bytes of headers. A connection that takes
 * back HTTP2_RESETS of its requests is ended ("rapid reset"); the library bounds CONTINUATION,
 * SETTINGS and PING. No server push, no tunnels: CONNECT is not found.
 */
#include "lab/http2.h"

#include <ctype.h>
#include <event2/buffer.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lab/conn.h"
#include "lab/web.h"
#include "tcbox/own.h"

#define WINDOW (1 << 20)	/* bytes of a body on their way: none of them is kept */
#define HEADERS_MAX 12		/* of an answer */
#define STATUS_LEN 4
#define FRAME_HEAD 9

struct http2_stream {
	TAILQ_ENTRY(http2_stream) link;
	int32_t id;
	struct http_req req;
	struct tb_buf line, head;	/* the request line; the headers */
	char method[24], scheme[16];
	bool too_long;
	bool told;			/* it is recorded */
	int64_t began;
	struct content content;
	size_t sent;			/* of its body */
};

static struct http2 *of(const struct conn *c)
{
	return &((struct conn *)(uintptr_t)c)->talk.http2;
}

static void free_stream(struct conn *c, struct http2_stream *s)
{
	TAILQ_REMOVE(&of(c)->streams, s, link);
	c->lab->http2_streams--;
	http_req_free(&s->req);
	tb_buf_free(&s->line);
	tb_buf_free(&s->head);
	tb_buf_free(&s->content.body);
	free(s);
}

/* use() - from now on the connection's request is that of the stream; NULL: none */
static void use(struct conn *c, struct http2_stream *s)
{
	c->http = s ? &s->req : NULL;
	if (s)
		c->asked.began = s->began;
}

/* unanswered() - a request that ended before its answer */
static void unanswered(struct conn *c, struct http2_stream *s)
{
	if (s->told)
		return;
	s->told = true;
	use(c, s);
	web_unanswered(c);
	use(c, NULL);
}

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct conn *c = arg;
	struct http2_stream *s;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	of(c)->begun = true;
	s = c->lab->http2_streams < HTTP2_ALL ? calloc(1, sizeof(*s)) : NULL;
	if (!s)			/* the stream alone is refused: it may be asked for again */
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	c->lab->http2_streams++;
	http_req_init(&s->req);
	s->req.sent.store = &c->lab->bodies;
	s->id = frame->hd.stream_id;
	request_begins(c);
	s->began = c->asked.began;
	c->asked.began = 0;
	TAILQ_INSERT_TAIL(&of(c)->streams, s, link);
	(void)nghttp2_session_set_stream_user_data(session, s->id, s);
	return 0;
}

static void keep(char *out, size_t size, const uint8_t *value, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(out, value, len);
	out[len] = '\0';
}

static bool is(const uint8_t *name, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(name, word, len);
}

/* pseudo() - one of those that stand for the request line, 8.3.1 */
static void pseudo(struct http2_stream *s, const uint8_t *name, size_t len, const uint8_t *value,
		   size_t value_len)
{
	if (is(name, len, ":method")) {
		keep(s->method, sizeof(s->method), value, value_len);
	} else if (is(name, len, ":path")) {
		tb_buf_add(&s->line, value, value_len);
	} else if (is(name, len, ":authority")) {
		tb_buf_adds(&s->head, "host: ");
		tb_buf_add(&s->head, value, value_len);
		tb_buf_adds(&s->head, "\r\n");
	} else if (is(name, len, ":scheme")) {
		keep(s->scheme, sizeof(s->scheme), value, value_len);
	}
}

/* is_framing() - is it about where a body ends, which frames say here? */
static bool is_framing(const uint8_t *name, size_t len)
{
	return is(name, len, "content-length") || is(name, len, "transfer-encoding");
}

/* on_header() - the library has refused what no header may hold, such as ends of lines */
static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t len, const uint8_t *value, size_t value_len, uint8_t flags, void *arg)
{
	struct http2_stream *s;

	(void)flags;
	(void)arg;
	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;	/* trailers */
	s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (!s || s->too_long || is_framing(name, len))
		return 0;
	if (s->line.len + s->head.len + len + value_len > HTTP_HEAD_MAX) {
		s->too_long = true;
		return 0;
	}
	if (len && name[0] == ':') {
		pseudo(s, name, len, value, value_len);
		return 0;
	}
	tb_buf_add(&s->head, name, len);
	tb_buf_adds(&s->head, ": ");
	tb_buf_add(&s->head, value, value_len);
	tb_buf_adds(&s->head, "\r\n");
	return 0;
}

/* feed() - all of a text, until the request is whole or bad */
static void feed(struct http_req *r, const char *text, size_t len)
{
	while (len && r->state < HTTP_COMPLETE) {
		size_t n = http_req_feed(r, text, len);

		text += n;
		len -= n;
	}
}

/* read_head() - its headers are there */
static void read_head(struct http2_stream *s)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;

	tb_buf_addf(&line, "%s ", s->method);
	tb_buf_add(&line, s->line.len ? s->line.data : "*", s->line.len ? s->line.len : 1);
	tb_buf_adds(&line, " HTTP/1.1\r\n");
	if (line.failed || s->line.failed || s->head.failed || s->too_long) {
		s->req.state = HTTP_BAD;
		s->req.status = s->too_long ? 431 : 503;
		s->req.hosts_cut = true;
		return;
	}
	feed(&s->req, line.data, line.len);
	if (s->head.len)
		feed(&s->req, s->head.data, s->head.len);
	feed(&s->req, "\r\n", 2);
	tb_buf_free(&s->line);
	tb_buf_free(&s->head);
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t len,
			 uint32_t *flags, nghttp2_data_source *source, void *arg)
{
	struct http2_stream *s = source->ptr;
	size_t left = content_len(&s->content) - s->sent;

	(void)session;
	(void)id;
	(void)arg;
	if (len >= left) {
		len = left;
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	}
	if (len)
		memcpy(out, content_data(&s->content) + s->sent, len);
	s->sent += len;
	return (ssize_t)len;
}

/* An answer's headers; the library copies them. */
struct fields {
	nghttp2_nv v[HEADERS_MAX];
	size_t n;
	struct tb_buf text;		/* names in lower case, 8.2.1, of those that are lines */
};

static void add_field(struct fields *f, const char *name, size_t name_len, const char *value,
		      size_t len)
{
	if (f->n == HEADERS_MAX)
		return;
	f->v[f->n++] = (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name, .namelen = name_len,
		.value = (uint8_t *)(uintptr_t)value, .valuelen = len,
	};
}

static void add_text(struct fields *f, const char *name, const char *value)
{
	add_field(f, name, strlen(name), value, strlen(value));
}

/* add_lines() - "Name: value\r\n" and so on */
static void add_lines(struct fields *f, const char *lines)
{
	char *p;

	tb_buf_adds(&f->text, lines);
	for (p = f->text.failed ? NULL : f->text.data; p && *p;) {
		char *colon = strstr(p, ": "), *end = strstr(p, "\r\n");

		if (!colon || !end || colon > end)
			return;
		for (char *q = p; q < colon; q++)
			*q = (char)tolower((unsigned char)*q);
		add_field(f, p, (size_t)(colon - p), colon + 2, (size_t)(end - colon - 2));
		p = end + 2;
	}
}

static void submit(struct conn *c, struct http2_stream *s, const char *location)
{
	nghttp2_data_provider body = { .source.ptr = s, .read_callback = read_body };
	bool has_body = s->content.type && strcmp(s->req.method, "HEAD") != 0;
	struct fields f = { .n = 0, .text = TB_BUF_INIT };
	char status[STATUS_LEN], date[LAB_DATE_LEN], length[24];

	(void)snprintf(status, sizeof(status), "%d", s->content.status);
	(void)snprintf(length, sizeof(length), "%zu", content_len(&s->content));
	lab_date(c->lab, date);
	add_text(&f, ":status", status);
	add_text(&f, "date", date);
	add_text(&f, "cache-control", "no-store");
	if (*location)
		add_text(&f, "location", location);
	if (s->content.encoding) {
		add_text(&f, "content-encoding", s->content.encoding);
		add_text(&f, "vary", "accept-encoding");
	}
	if (s->content.range[0])
		add_text(&f, "content-range", s->content.range);
	if (s->content.type) {
		add_text(&f, "content-type", s->content.type);
		add_text(&f, "content-length", length);
	}
	if (*s->content.headers)
		add_lines(&f, s->content.headers);
	(void)nghttp2_submit_response(of(c)->session, s->id, f.v, f.n, has_body ? &body : NULL);
	tb_buf_free(&f.text);
	of(c)->answers = true;
}

/* answer() - a request has come to its end */
static void answer(struct conn *c, struct http2_stream *s)
{
	char location[HTTP_LINE_MAX] = "";

	if (s->told)
		return;
	s->told = true;
	use(c, s);
	if (s->req.state == HTTP_COMPLETE)
		web_find(c, &s->content, location);
	else
		web_refusal(c, s->req.status ? s->req.status : 400, &s->content);
	use(c, NULL);
	submit(c, s, location);
}

/* go_on() - the client may send the body, RFC 9110, 10.1.1 */
static void go_on(struct conn *c, const struct http2_stream *s)
{
	struct fields f = { .n = 0, .text = TB_BUF_INIT };

	add_text(&f, ":status", "100");
	(void)nghttp2_submit_headers(of(c)->session, NGHTTP2_FLAG_NONE, s->id, NULL, f.v, f.n,
				     NULL);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	struct conn *c = arg;
	struct http2_stream *s;
	bool end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;

	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	if (!s)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		read_head(s);
	if (end || s->req.state == HTTP_BAD)
		answer(c, s);
	else if (frame->hd.type == NGHTTP2_HEADERS && s->req.expects_continue)
		go_on(c, s);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
		   size_t len, void *arg)
{
	struct http2_stream *s = nghttp2_session_get_stream_user_data(session, id);

	(void)flags;
	(void)arg;
	if (s)
		http_req_body(&s->req, (const char *)data, len);
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *arg)
{
	struct http2_stream *s = nghttp2_session_get_stream_user_data(session, id);
	struct conn *c = arg;

	if (!s)
		return 0;
	unanswered(c, s);
	free_stream(c, s);
	if (error != NGHTTP2_NO_ERROR && ++of(c)->resets == HTTP2_RESETS)
		(void)nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
	return 0;
}

/* refused() - a request that was not even looked at, because there are too many, or because its
 * stream cannot be: what it was is not known. Told once for each connection */
static void refused(struct conn *c)
{
	const struct ev_request unread = { .unread = true };

	if (of(c)->refused)
		return;
	of(c)->refused = true;
	request_record(c, &unread);
}

/* on_sent() - the session ends because of what the client sent: the rest is not read */
static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
	(void)session;
	if (frame->hd.type == NGHTTP2_RST_STREAM &&
	    frame->rst_stream.error_code != NGHTTP2_NO_ERROR)
		refused(arg);
	if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR)
		of(arg)->broken = true;
	return 0;
}

static nghttp2_session *new_session(struct conn *c)
{
	nghttp2_session_callbacks *calls = NULL;
	nghttp2_session *session = NULL;
	nghttp2_option *option = NULL;

	if (!nghttp2_session_callbacks_new(&calls) && !nghttp2_option_new(&option)) {
		nghttp2_session_callbacks_set_on_begin_headers_callback(calls, on_begin);
		nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
		nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
		nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
		nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
		nghttp2_session_callbacks_set_on_frame_send_callback(calls, on_sent);
		nghttp2_option_set_no_closed_streams(option, 1);
		if (nghttp2_session_server_new2(&session, calls, c, option))
			session = NULL;
	}
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(calls);
	return session;
}

bool http2_begin(struct conn *c)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2_STREAMS },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEAD_MAX },
	};
	struct http2 *h = of(c);

	memset(h, 0, sizeof(*h));
	TAILQ_INIT(&h->streams);
	h->session = new_session(c);
	if (!h->session)
		return false;
	(void)nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
				      TB_ARRAY_SIZE(settings));
	(void)nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0, WINDOW);
	c->service = c->ssl ? "https" : "http";
	tb_buf_adds(&c->detail, c->detail.len ? ", HTTP/2" : "HTTP/2");
	return true;
}

/* flush() - what the library has to send */
static void flush(struct conn *c)
{
	struct evbuffer *out = evbuffer_new();
	struct http2 *h = of(c);
	const uint8_t *data;
	ssize_t n = 0;

	while (out && (n = nghttp2_session_mem_send(h->session, &data)) > 0)
		(void)evbuffer_add(out, data, (size_t)n);
	h->broken |= !out || n < 0;
	if (out && evbuffer_get_length(out))
		fault_send(c, out, h->answers ? 0 : evbuffer_get_length(out));
	if (out)
		evbuffer_free(out);
}

/* broken() - what follows cannot be read: it may be requests, and the record says so, once */
static void broken(struct conn *c)
{
	const struct ev_request unread = { .unread = true };

	request_record(c, &unread);
	c->closing = true;
}

/*
 * frame_begins() - its head is whole, 4.1, and the library has not seen all of it. It drops without
 * a word what belongs to a stream that is closed or whose number was left out, 5.1.1: such
 * headers and data may be a request, which another server reads
 */
static void frame_begins(struct conn *c)
{
	struct http2 *h = of(c);
	uint32_t id = (uint32_t)h->head[5] << 24 | (uint32_t)h->head[6] << 16 |
		      (uint32_t)h->head[7] << 8 | h->head[8];
	bool known = nghttp2_session_get_stream_user_data(h->session, (int32_t)(id & INT32_MAX));

	h->left = (uint32_t)h->head[0] << 16 | (uint32_t)h->head[1] << 8 | h->head[2];
	h->begun = false;
	h->asks = h->head[3] == NGHTTP2_HEADERS && !known;
	if (h->head[3] == NGHTTP2_DATA && !known)
		refused(c);
}

static void frame_ends(struct conn *c)
{
	struct http2 *h = of(c);

	if (h->asks && !h->begun)
		refused(c);
	h->nhead = 0;
}

/* follow() - up to where a frame, or the head of one, ends: 3.4 and 4.1. Return: how much that
 * is */
static size_t follow(struct conn *c, const uint8_t *data, size_t len)
{
	struct http2 *h = of(c);
	size_t n;

	if (h->preface < sizeof(HTTP2_PREFACE) - 1) {
		h->preface++;
		return 1;
	}
	if (h->nhead < FRAME_HEAD) {
		h->head[h->nhead++] = *data;
		if (h->nhead == FRAME_HEAD)
			frame_begins(c);
		return 1;
	}
	n = h->left < len ? h->left : len;
	h->left -= (uint32_t)n;
	return n;
}

/* give() - to the library, frame by frame */
static void give(struct conn *c, const uint8_t *data, size_t len)
{
	struct http2 *h = of(c);

	while (len && !h->broken) {
		size_t n = follow(c, data, len);

		h->broken |= nghttp2_session_mem_recv(h->session, data, n) < 0;
		if (h->nhead == FRAME_HEAD && !h->left)
			frame_ends(c);
		data += n;
		len -= n;
	}
}

bool http2_half(const struct conn *c)
{
	return c->talk.http2.nhead;
}

void http2_input(struct conn *c)
{
	struct http2 *h = of(c);
	const uint8_t *data;
	size_t len;

	while (c->state == CONN_TALKING && !c->closing && !conn_full(c) &&
	       (len = conn_take(c, &data, SIZE_MAX))) {
		give(c, data, len);
		conn_used(c, data, len);
		flush(c);
		if (h->broken)
			broken(c);
		else if (!nghttp2_session_want_read(h->session) &&
			 !nghttp2_session_want_write(h->session))
			c->closing = true;
	}
}

void http2_end(struct conn *c)
{
	struct http2 *h = of(c);
	struct http2_stream *s;

	while ((s = TAILQ_FIRST(&h->streams))) {
		unanswered(c, s);
		free_stream(c, s);
	}
	nghttp2_session_del(h->session);
	h->session = NULL;
}
