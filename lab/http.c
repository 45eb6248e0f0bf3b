/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - reads HTTP/1.x requests (RFC 9112) from a stream
 *
 * How it works: a state machine that is fed whatever bytes there are. Lines are collected,
 * bodies are given to body.c. The first line decides whether this is HTTP at all: other protocols
 * also begin with a word in capitals.
 */
#include "lab/http.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "tcbox/host_words.h"

#define BLANKS " \t\v\f"

void http_req_init(struct http_req *r)
{
	memset(r, 0, sizeof(*r));
}

void http_req_reset(struct http_req *r)
{
	struct tb_buf line = r->line;
	struct body sent = r->sent;

	tb_buf_reset(&line);
	body_drop(&sent);
	http_req_init(r);
	r->line = line;
	r->sent = sent;
}

void http_req_free(struct http_req *r)
{
	tb_buf_free(&r->line);
	body_free(&r->sent);
}

bool http_in_body(const struct http_req *r)
{
	return r->state > HTTP_HEADERS && r->state < HTTP_COMPLETE;
}

bool http_is_begun(const struct http_req *r)
{
	if (r->state == HTTP_REQUEST_LINE)
		return r->line.len > 1 || (r->line.len && r->line.data[0] != '\r');
	return r->state < HTTP_COMPLETE;
}

static void bad(struct http_req *r, int status)
{
	r->state = HTTP_BAD;
	r->status = status;
}

/* is_token() - a character of a method, RFC 9110, 5.6.2 */
static bool is_token(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/*
 * method_end() - where the method ends. Return: 0 if these bytes begin no request; @len if they
 * still can
 */
static size_t method_end(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == ' ')
			return i;
		if (!is_token(s[i]) || i + 1 >= sizeof(((struct http_req *)0)->method))
			return 0;
	}
	return len;
}

/*
 * host_end() - the length of a host, without its port and what follows it. What follows a colon and
 * is no port is not cut off: to some readers "a:80@b" is a user of b, so it equals no name
 */
static size_t host_end(const char *value)
{
	size_t len = *value == '[' ? strcspn(value, "]") + 1 : strcspn(value, ":/?#");
	size_t all = strlen(value), port;

	if (len >= all || strchr("/?#", value[len]))
		return len < all ? len : all;
	port = 1 + strspn(value + len + 1, "0123456789");
	if (value[len] == ':' && (!value[len + port] || strchr("/?#", value[len + port])))
		return len;
	return len + strcspn(value + len, "/?#");
}

/* is_known() - was this host asked for before, in this request? */
static bool is_known(const struct http_req *r, const char *host)
{
	for (unsigned int i = 0; i < r->hosts; i++)
		if (!strcmp(r->host[i], host))
			return true;
	return false;
}

/* put_host() - one more, behind those of its kind. @own: it is no other header's */
static void put_host(struct http_req *r, const char host[HTTP_NAME_LEN], bool own)
{
	unsigned int at = own ? r->own_hosts : r->hosts;

	if (r->hosts == HTTP_NAMES) {
		r->hosts_cut = true;
		return;
	}
	memmove(r->host[at + 1], r->host[at], (r->hosts - at) * HTTP_NAME_LEN);
	memcpy(r->host[at], host, HTTP_NAME_LEN);
	r->hosts++;
	r->own_hosts += own;
}

/* add_host() - "example.com:8080", "[2001:db8::1]:443", with whatever follows a slash */
static void add_host(struct http_req *r, const char *value, bool own)
{
	static const char dots[] = "...";
	char host[HTTP_NAME_LEN] = "";
	size_t len = host_end(value);
	bool cut = len >= sizeof(host);

	if (cut)
		len = sizeof(host) - sizeof(dots);
	for (size_t i = 0; i < len; i++)
		host[i] = (char)tolower((unsigned char)value[i]);
	host[len] = '\0';
	if (cut)
		memcpy(host + len, dots, sizeof(dots));
	r->host_cut |= cut;
	if (len && !is_known(r, host))
		put_host(r, host, own);
}

/* forwarded() - the hosts in a header other than Host */
static void forwarded(struct http_req *r, struct tb_host_list list)
{
	char name[HTTP_NAME_LEN + 8];	/* with a port */
	const char *p;
	size_t len;

	while (tb_host_next(&list, &p, &len)) {
		if (len >= sizeof(name)) {
			r->hosts_cut = true;
			continue;
		}
		memcpy(name, p, len);
		name[len] = '\0';
		add_host(r, name, false);
	}
}

/*
 * add_authority() - the host of "http://user@example.com:8080/path", as is asked of a proxy: RFC
 * 9112, 3.2.2. What is before an "@" is no host, however much it looks like one
 */
static void add_authority(struct http_req *r, const char *target)
{
	const char *host = strstr(target, "://"), *at;

	if (!host || *target == '/')
		return;
	host += 3;
	at = memrchr(host, '@', strcspn(host, "/?#"));
	add_host(r, at ? at + 1 : host, true);
}

/*
 * is_nearly() - would a lenient server read a host after this line, or in it? It ends in a word
 * like HTTP/1.01, blanks may follow, or it is of HTTP/0.9, or one for a proxy (haproxy's
 * proxy-protocol.txt)
 */
static bool is_nearly(const char *s, size_t m)
{
	const char *target = s + m + strspn(s + m, " \t"), *word = target;

	if (!strncmp(s, "PROXY ", 6))
		return true;

	for (const char *p = target; *p; p += strcspn(p, " \t"), p += strspn(p, " \t"))
		word = p;
	if (word != target && !strncasecmp(word, "HTTP/", 5))
		return true;
	return !strncasecmp(s, "GET ", 4) && strstr(target, "://");
}

static void request_line(struct http_req *r, const char *s, size_t len)
{
	size_t blanks = strspn(s, BLANKS), m = method_end(s + blanks, len - blanks), target;
	const char *version;

	/* METHOD SP TARGET SP HTTP/1.x; the target may hold spaces that a careless client left
	 * there */
	if (blanks || len < m + 11 || !m || memcmp(s + len - 9, " HTTP/", 6)) {
		bad(r, m && is_nearly(s + blanks, m) ? 400 : 0);
		return;
	}
	version = s + len - 3;
	target = len - 9 - (m + 1);
	memcpy(r->method, s, m);
	r->method[m] = '\0';
	memcpy(r->target, s + m + 1, target);
	r->target[target] = '\0';
	if (version[0] != '1' || version[1] != '.' || !isdigit((unsigned char)version[2])) {
		bad(r, 505);
		return;
	}
	r->minor = version[2] - '0';
	r->keep_alive = r->minor > 0;
	add_authority(r, r->target);
	r->state = HTTP_HEADERS;
}

/* has_token() - is @token in a comma-separated list? */
static bool has_token(const char *list, const char *token)
{
	size_t n = strlen(token);

	for (;;) {
		list += strspn(list, ", \t");
		if (!*list)
			return false;
		if (!strncasecmp(list, token, n) && (!list[n] || strchr(",; \t", list[n])))
			return true;
		list += strcspn(list, ",");
	}
}

static void content_length(struct http_req *r, const char *value)
{
	uint64_t n = 0;

	if (!*value) {
		bad(r, 400);
		return;
	}
	for (; *value; value++) {
		if (!isdigit((unsigned char)*value) || __builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, (uint64_t)(*value - '0'), &n)) {
			bad(r, 400);
			return;
		}
	}
	if (r->has_length && r->left != n)
		bad(r, 400);
	r->has_length = true;
	r->left = n;
}

/* strip() - remove the blanks at the end */
static void strip(char *s)
{
	size_t len = strlen(s);

	while (len && strchr(" \t", s[len - 1]))
		s[--len] = '\0';
}

static void keep(char *out, size_t size, const char *value)
{
	size_t len = strnlen(value, size - 1);

	memcpy(out, value, len);
	out[len] = '\0';
}

/* keep_header() - those that the answer depends on, and that no request is read by */
static void keep_header(struct http_req *r, const char *name, const char *value)
{
	if (!strcasecmp(name, "accept"))
		keep(r->accept, sizeof(r->accept), value);
	else if (!strcasecmp(name, "user-agent"))
		keep(r->agent, sizeof(r->agent), value);
	else if (!strcasecmp(name, "content-type"))
		keep(r->type, sizeof(r->type), value);
	else if (!strcasecmp(name, "accept-encoding"))
		keep(r->encodings, sizeof(r->encodings), value);
	else if (!strcasecmp(name, "content-encoding"))
		keep(r->encoding, sizeof(r->encoding), value);
	else if (!strcasecmp(name, "range") && strlen(value) < sizeof(r->range))
		keep(r->range, sizeof(r->range), value);
	else if (!strcasecmp(name, "sec-websocket-key"))
		keep(r->key, sizeof(r->key), value);
	else if (!strcasecmp(name, "upgrade"))
		r->websocket = has_token(value, "websocket");
	r->keeps = !strcasecmp(r->type, "application/dns-message");
}

/* says_end() - does it name a header that says where the request ends? RFC 9112, 6 */
static bool says_end(const char *s)
{
	return strcasestr(s, "content-length") || strcasestr(s, "transfer-encoding");
}

/* is_name() - of a header, to all readers */
static bool is_name(const char *s)
{
	while (is_token(*s))
		s++;
	return !*s;
}

static void transfer_encoding(struct http_req *r, const char *value)
{
	static const char *const known[] = { "chunked", "gzip, chunked", "gzip,chunked",
					     "deflate, chunked", "deflate,chunked" };
	bool clear = false;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		clear |= !strcasecmp(value, known[i]);
	r->unclear |= !clear || r->chunked || !r->minor;
	r->chunked |= has_token(value, "chunked");
}

static void header(struct http_req *r, char *line)
{
	char *value = strchr(line, ':');
	enum tb_host_kind kind;

	if (!value || value == line) {
		bad(r, 400);
		return;
	}
	*value++ = '\0';
	r->after_end = says_end(line);
	r->unclear |= r->after_end && (r->line_cut || !is_name(line));
	value += strspn(value, " \t");
	strip(line);		/* not allowed, and not refused by all: RFC 9112, 5.1 */
	strip(value);
	kind = tb_host_kind(line, strlen(line));
	r->after_host = !strcasecmp(line, "host");
	r->after_named = kind != TB_HOST_NONE;
	if (r->after_host)
		add_host(r, value, true);
	else if (kind)
		forwarded(r, (struct tb_host_list){ kind, value, strlen(value) });
	else if (!strcasecmp(line, "content-length"))
		content_length(r, value);
	else if (!strcasecmp(line, "transfer-encoding"))
		transfer_encoding(r, value);
	else if (!strcasecmp(line, "connection") && has_token(value, "close"))
		r->keep_alive = false;
	else if (!strcasecmp(line, "connection") && has_token(value, "keep-alive"))
		r->keep_alive = true;
	else if (!strcasecmp(line, "expect") && has_token(value, "100-continue"))
		r->expects_continue = r->minor > 0;
	else
		keep_header(r, line, value);
}

/* folded() - the line before goes on: RFC 9112, 5.2 */
static void folded(struct http_req *r, char *s)
{
	r->unclear |= r->after_end || says_end(s);
	r->hosts_cut |= r->after_named && !r->after_host;
	if (!r->after_host)
		return;
	strip(s);
	add_host(r, s + strspn(s, " \t"), true);
}

static void end_of_headers(struct http_req *r)
{
	bool tunnel = !strcmp(r->method, "CONNECT");	/* what follows is no body: RFC 9110,
							 * 9.3.6 */

	r->headed = true;
	if (tunnel || r->chunked)	/* overrides Content-Length: RFC 9112, 6.3 */
		r->left = 0;
	if (r->chunked && !tunnel)
		r->state = HTTP_CHUNK_SIZE;
	else
		r->state = r->left ? HTTP_BODY : HTTP_COMPLETE;
}

static void chunk_size(struct http_req *r, const char *s)
{
	size_t digits = strspn(s, "0123456789abcdefABCDEF");

	if (!digits || digits > 15 || (s[digits] && !strchr("; \t", s[digits]))) {
		bad(r, 400);
		return;
	}
	r->left = 0;
	for (size_t i = 0; i < digits; i++)
		r->left = r->left << 4 |
			  (uint64_t)(isdigit((unsigned char)s[i]) ? s[i] - '0' :
								    (s[i] | 0x20) - 'a' + 10);
	r->state = r->left ? HTTP_CHUNK_DATA : HTTP_TRAILERS;
}

/* is_split() - has a line what ends it to some readers, and not to others? RFC 9110, 5.5 */
static bool is_split(const char *s, size_t len)
{
	return memchr(s, '\0', len) || memchr(s, '\r', len);
}

static void complete_line(struct http_req *r)
{
	size_t len = r->line.len;
	char *s = r->line.data;

	if (len && s[len - 1] == '\r')
		s[--len] = '\0';
	if (r->line.failed) {
		bad(r, 503);
	} else if (len && is_split(s, len)) {
		bad(r, 400);
	} else if (r->state == HTTP_REQUEST_LINE) {
		if (r->line_cut)
			bad(r, 414);
		else if (len)
			request_line(r, s, len);
		else			/* is ignored: RFC 9112, 2.2 */
			r->empty++;
	} else if (r->state == HTTP_CHUNK_SIZE) {
		chunk_size(r, len ? s : "");
	} else if (r->state == HTTP_CHUNK_END) {
		if (len)
			bad(r, 400);
		else
			r->state = HTTP_CHUNK_SIZE;
	} else if (!len) {
		if (r->state == HTTP_TRAILERS)
			r->state = HTTP_COMPLETE;
		else
			end_of_headers(r);
	} else if (r->state == HTTP_HEADERS && s[0] != ' ' && s[0] != '\t') {
		header(r, s);
	} else if (r->state == HTTP_HEADERS) {
		folded(r, s);
	}
	tb_buf_reset(&r->line);
	r->line_cut = false;
}

/* can_begin() - can a request begin with this? Blanks before it are read by lenient servers only */
static bool can_begin(const char *s, size_t len)
{
	size_t blanks = 0;

	while (blanks < len && s[blanks] && strchr(BLANKS "\r", s[blanks]))
		blanks++;
	return blanks == len || method_end(s + blanks, len - blanks);
}

static size_t feed_line(struct http_req *r, const char *data, size_t len)
{
	const char *nl = memchr(data, '\n', len);
	size_t used = nl ? (size_t)(nl - data) + 1 : len;
	size_t text = nl ? used - 1 : len;
	size_t room = HTTP_LINE_MAX - 1 - r->line.len;

	/* Sizes of chunks are framing, and there may be any number of them, but each is a short
	 * line. */
	if ((r->state == HTTP_CHUNK_SIZE || r->state == HTTP_CHUNK_END) && !r->line.len)
		r->head_len = 0;
	r->head_len += used;
	if (text > room) {
		text = room;
		r->line_cut = true;
	}
	tb_buf_add(&r->line, data, text);
	if (r->state == HTTP_REQUEST_LINE && r->line.len && !can_begin(r->line.data, r->line.len))
		bad(r, r->empty > 1 ? 400 : 0);	/* a line for a proxy in binary begins so */
	else if (r->head_len > HTTP_HEAD_MAX)
		bad(r, 431);
	else if (r->state == HTTP_REQUEST_LINE && r->line_cut)
		bad(r, 414);
	else if (nl)
		complete_line(r);
	return used;
}

void http_req_body(struct http_req *r, const char *data, size_t len)
{
	size_t room = r->keeps ? sizeof(r->kept) - r->nkept : 0;

	body_add(&r->sent, data, len);
	r->body += len;
	if (len > room)
		len = room;
	memcpy(r->kept + r->nkept, data, len);
	r->nkept += len;
}

size_t http_req_feed(struct http_req *r, const char *data, size_t len)
{
	size_t used = 0;

	while (used < len && r->state != HTTP_COMPLETE && r->state != HTTP_BAD) {
		bool in_head = r->state <= HTTP_HEADERS;

		if (r->state == HTTP_BODY || r->state == HTTP_CHUNK_DATA) {
			size_t n = len - used < r->left ? len - used : (size_t)r->left;

			http_req_body(r, data + used, n);
			used += n;
			r->left -= n;
			if (!r->left)
				r->state = r->state == HTTP_BODY ? HTTP_COMPLETE : HTTP_CHUNK_END;
			continue;
		}
		used += feed_line(r, data + used, len - used);
		if (in_head && http_in_body(r))
			break;
	}
	return used;
}
