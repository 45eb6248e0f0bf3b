/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web.c - answers HTTP requests
 *
 * content.c says what there is. One path more has a meaning: "/redirect-to?url=..." for tests of
 * redirects. No answer says that it is simulated: a product may look for that.
 */
#include <ctype.h>
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lab/conn.h"
#include "lab/content.h"
#include "lab/doh.h"
#include "lab/encode.h"
#include "lab/fixture.h"
#include "lab/range.h"
#include "lab/web.h"
#include "tcbox/own.h"

#define PATH_SHOWN 200		/* of each request's target, in the record */

static const char refused[] = "<!DOCTYPE html>\n<html><head><title>Error</title></head>\n"
			      "<body><p>The request was not understood.</p></body></html>\n";

static const char *reason(int status)
{
	static const struct { int status; const char *reason; } rows[] = {
		{ 200, "OK" }, { 201, "Created" }, { 202, "Accepted" }, { 204, "No Content" },
		{ 206, "Partial Content" }, { 301, "Moved Permanently" }, { 302, "Found" },
		{ 303, "See Other" }, { 304, "Not Modified" }, { 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 409, "Conflict" }, { 410, "Gone" }, { 414, "URI Too Long" },
		{ 416, "Range Not Satisfiable" }, { 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" }, { 500, "Internal Server Error" },
		{ 502, "Bad Gateway" }, { 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" }, { 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if (rows[i].status == status)
			return rows[i].reason;
	return "";		/* may be empty: RFC 9112, 4 */
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/*
 * redirect_target() - decode the url parameter. Return: false if it is missing or could break
 * the header
 */
static bool redirect_target(const char *path, char url[HTTP_LINE_MAX])
{
	const char *in = strstr(path, "?url=");
	size_t n = 0;

	if (!in)
		return false;
	for (in += 5; *in && *in != '&'; in++) {
		char c = *in;

		if (c == '%' && isxdigit((unsigned char)in[1]) && isxdigit((unsigned char)in[2])) {
			c = (char)(hex(in[1]) << 4 | hex(in[2]));
			in += 2;
		}
		if (iscntrl((unsigned char)c))
			return false;
		url[n++] = c;		/* never longer than the target, which had room for as
					 * much */
	}
	url[n] = '\0';
	return n > 0;
}

/*
 * note() - one request in the connection's detail: "GET /path 200", with the host if it is not the
 * connection's name
 */
static void note(struct conn *c, const char *target, int status)
{
	const struct http_req *r = c->http;
	struct tb_buf *out;

	if (!c->name[0])
		(void)snprintf(c->name, sizeof(c->name), "%s", r->host[0]);
	c->service = c->ssl ? "https" : "http";
	c->is_http = true;
	out = conn_note(c);
	tb_buf_addf(out, "%s ", r->method[0] ? r->method : "a request that could not be read");
	tb_buf_add(out, target, strnlen(target, PATH_SHOWN));
	if (strlen(target) > PATH_SHOWN)
		tb_buf_adds(out, "...");
	if (r->hosts && strcasecmp(r->host[0], c->name))
		tb_buf_addf(out, " (Host %s)", r->host[0]);
	if (*target)
		tb_buf_adds(out, " ");
	tb_buf_addf(out, "%d", status);
}

/* path_of() - the path of a target in origin form or absolute form, RFC 9112, 3.2 */
static const char *path_of(const char *target)
{
	const char *authority = strstr(target, "://"), *slash;

	if (!authority || *target == '/')
		return target;
	slash = strchr(authority + 3, '/');
	return slash ? slash : target;
}

static bool is_connect(const struct http_req *r)
{
	return !strcmp(r->method, "CONNECT");
}

/* body_len() - of an answer as it is sent */
static size_t body_len(const struct http_req *r, const struct content *content)
{
	return content->type && strcmp(r->method, "HEAD") != 0 ? content_len(content) : 0;
}

/* say_body() - what was sent. Borrows */
static void say_body(struct ev_request *e, const struct http_req *r, const struct body_told *told)
{
	e->type = r->type;
	e->encoding = r->encoding;
	e->sha256 = *told->sha256 ? told->sha256 : NULL;
	e->begins = told->begins.len ? told->begins.data : NULL;
	e->kept = told->kept;
	e->kept_at = told->kept_at;
}

/* record() - one request, with the status of its answer, 0: it gets none, and the bytes of its
 * body */
static void record(struct conn *c, int status, size_t body)
{
	struct http_req *r = c->http;
	const char *names[HTTP_NAMES];
	struct body_told told;
	struct ev_request e = {
		.names = { names, r->hosts }, .method = r->method,
		.bytes_in = r->body, .cut = r->host_cut, .unread = r->hosts_cut || !r->headed,
	};

	/* Where its body ends is a matter of the reader: RFC 9112, 6.3. */
	e.unread |= r->unclear || (r->has_length && r->chunked) || r->state == HTTP_BAD;
	for (unsigned int i = 0; i < r->hosts; i++)
		names[i] = r->host[i];
	if (is_connect(r))
		e.target = r->target;
	else
		e.path = path_of(r->target);
	if (fault_answers(c))
		e.status = (uint64_t)status;
	e.bytes_out = fault_leaves(c, body);
	body_end(&r->sent, &told);
	if (r->body)
		say_body(&e, r, &told);
	request_record(c, &e);
	tb_buf_free(&told.begins);
}

static void send_answer(struct conn *c, const struct content *content, const char *location,
			bool keep)
{
	struct evbuffer *out = evbuffer_new();
	size_t body = body_len(c->http, content), head = 0;
	char date[LAB_DATE_LEN];

	if (!out)
		return;
	lab_date(c->lab, date);
	(void)evbuffer_add_printf(
		out, "HTTP/1.1 %d %s\r\nDate: %s\r\nCache-Control: no-store\r\n%s",
		content->status, reason(content->status), date, content->headers);
	if (location)
		(void)evbuffer_add_printf(out, "Location: %s\r\n", location);
	if (content->encoding)
		(void)evbuffer_add_printf(
			out, "Content-Encoding: %s\r\nVary: Accept-Encoding\r\n",
			content->encoding);
	if (content->range[0])
		(void)evbuffer_add_printf(out, "Content-Range: %s\r\n", content->range);
	if (content->type)
		(void)evbuffer_add_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n",
					  content->type, content_len(content));
	(void)evbuffer_add_printf(out, "Connection: %s\r\n\r\n", keep ? "keep-alive" : "close");
	if (body)
		head = evbuffer_get_length(out);
	if (content->given)	/* it is there as long as the lab is */
		(void)evbuffer_add_reference(out, content->given, body, NULL, NULL);
	else
		(void)evbuffer_add(out, content->body.data, body);
	fault_send(c, out, head);
	evbuffer_free(out);
}

/* begin_websocket() - Return: false if none is asked for, RFC 6455, 4.2.1 */
static bool begin_websocket(struct conn *c)
{
	const struct http_req *r = c->http;
	char accept[WEBSOCKET_ACCEPT];
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	if (!r->websocket || !r->key[0] || strcmp(r->method, "GET") != 0 ||
	    !websocket_accept(r->key, accept))
		return false;
	note(c, r->target, 101);
	record(c, 101, 0);
	tb_buf_addf(&out,
		    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		    "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		    accept);
	conn_send(c, out.data, out.len);
	http_req_reset(c->http);
	web_end(c);
	c->talks = &responder_websocket;
	c->service = c->talks->service;
	return c->talks->begin(c);
}

static void keep_part(struct content *out, const struct range *part)
{
	if (out->given) {
		out->given += part->from;
		out->ngiven = part->len;
		return;
	}
	tb_buf_drop(&out->body, part->from);
	out->body.len = part->len;
}

/* cut_to_range() - a part of what was found, if one is asked for */
static void cut_to_range(const struct http_req *r, struct content *out)
{
	size_t size = content_len(out);
	struct range part;

	if (!r->range[0] || strcmp(r->method, "GET") != 0 || out->status != 200 || !out->type)
		return;
	switch (range_find(r->range, size, &part)) {
	case RANGE_PART:
		out->status = 206;
		(void)snprintf(out->range, sizeof(out->range), "bytes %zu-%zu/%zu", part.from,
			       part.from + part.len - 1, size);
		keep_part(out, &part);
		return;
	case RANGE_BEYOND:
		out->status = 416;
		(void)snprintf(out->range, sizeof(out->range), "bytes */%zu", size);
		keep_part(out, &(struct range){ 0, 0 });
		return;
	case RANGE_ALL:
	default:
		return;
	}
}

void web_find(struct conn *c, struct content *out, char location[HTTP_LINE_MAX])
{
	const struct http_req *r = c->http;
	const char *path = path_of(r->target);

	location[0] = '\0';
	if (!doh_find(c, path, out) && !fault_content(c->lab, r, out) &&
	    !fixture_find(c->lab->opt->fixture, r, path, out)) {
		content_find(r, path, c->ssl, out);
		if (!strncmp(path, "/redirect-to?", 13))
			out->status = redirect_target(path, location) ? 302 : 400;
		if (out->status == 400)
			location[0] = '\0';
	}
	cut_to_range(r, out);
	encode_body(r, out);
	note(c, r->target, out->status);
	record(c, out->status, body_len(r, out));
}

void web_refusal(struct conn *c, int status, struct content *out)
{
	*out = (struct content){ .status = status, .type = "text/html; charset=utf-8",
				 .headers = "" };
	tb_buf_adds(&out->body, refused);
	note(c, c->http->target, status);
	record(c, status, body_len(c->http, out));
}

void web_unanswered(struct conn *c)
{
	record(c, 0, 0);
}

static void answer(struct conn *c)
{
	static const char established[] = "HTTP/1.1 200 Connection established\r\n\r\n";
	struct http_req *r = c->http;
	char location[HTTP_LINE_MAX];
	struct content content;

	if (is_connect(r)) {
		note(c, r->target, 200);
		record(c, 200, 0);
		conn_send(c, established, sizeof(established) - 1);
		conn_tunnel(c, r->target);
		return;
	}
	if (begin_websocket(c))
		return;
	web_find(c, &content, location);
	send_answer(c, &content, location[0] ? location : NULL, r->keep_alive);
	tb_buf_free(&content.body);
	c->closing = !r->keep_alive;
}

/* refuse() - what could not be read as a request */
static void refuse(struct conn *c, int status)
{
	struct content content;

	web_refusal(c, status, &content);
	send_answer(c, &content, NULL, false);
	tb_buf_free(&content.body);
	c->closing = true;
}

bool web_begin(struct conn *c)
{
	c->http = malloc(sizeof(*c->http));
	if (!c->http)
		return false;
	http_req_init(c->http);
	c->http->sent.store = &c->lab->bodies;
	c->is_http = false;
	return true;
}

void web_end(struct conn *c)
{
	if (!c->http)
		return;
	/* Without another one before it, a part of its first line is of any protocol. */
	if (http_is_begun(c->http) && (c->is_http || c->http->state > HTTP_REQUEST_LINE))
		record(c, 0, 0);
	http_req_free(c->http);
	free(c->http);
	c->http = NULL;
}

/*
 * is_left() - did more than empty lines come behind the last request that was answered? What was
 * refused is recorded as unread already
 */
static bool is_left(const struct conn *c, const uint8_t *data, size_t len)
{
	if (!c->is_http || !c->http || c->http->state == HTTP_BAD)
		return false;
	while (len && (data[len - 1] == '\r' || data[len - 1] == '\n'))
		len--;
	return len;
}

void web_left(struct conn *c, const uint8_t *data, size_t len)
{
	const struct ev_request unread = { .unread = true };

	if (!is_left(c, data, len))
		return;
	request_record(c, &unread);
	c->http->state = HTTP_BAD;
}

/*
 * not_http() - the first line was something else: what was read stays counted, the rest is
 * swallowed
 */
static void not_http(struct conn *c)
{
	web_end(c);
	conn_sink(c);
}

/* go_on() - the client may send the body, RFC 9110, 10.1.1 */
static void go_on(struct conn *c)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct evbuffer *out = evbuffer_new();

	if (!out)
		return;
	(void)evbuffer_add(out, text, sizeof(text) - 1);
	fault_send(c, out, sizeof(text) - 1);
	evbuffer_free(out);
}

void web_input(struct conn *c)
{
	const uint8_t *data;
	size_t len;

	while (c->state == CONN_TALKING && !c->closing && !c->tunnel && !conn_full(c) &&
	       (len = conn_take(c, &data, SIZE_MAX))) {
		struct http_req *r = c->http;
		bool in_body = http_in_body(r);

		if (r->state == HTTP_REQUEST_LINE && !r->line.len)
			request_begins(c);
		conn_used(c, data, http_req_feed(r, (const char *)data, len));
		if (!in_body && http_in_body(r) && r->expects_continue)
			go_on(c);
		if (r->state == HTTP_COMPLETE) {
			answer(c);
			if (!c->http)
				return;		/* it is no HTTP any more */
			http_req_reset(r);
		} else if (r->state == HTTP_BAD && !r->status && !c->is_http) {
			not_http(c);
		} else if (r->state == HTTP_BAD) {
			refuse(c, r->status ? r->status : 400);
		}
	}
}
