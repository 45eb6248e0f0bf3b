/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_head.c - the head of an HTTP/1.x request, where nDPI does not read it (RFC 9112)
 *
 * It reads what any server could take for a name: the authority of an absolute URI, each Host, also
 * with a blank before its colon, and on a line that continues it. Names in other headers are only
 * compared with it.
 */
#include "capture/http_head.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tcbox/host_words.h"

#define METHOD_MAX 24
#define BLANKS " \t\v\f"

/* A line without its end; data is NULL behind the last whole one. */
struct line {
	const char *data;
	size_t len;
};

static bool is_token(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

/* next_line() - take the line at *at, which is not whole if it has no end */
static struct line next_line(const char *data, size_t len, size_t *at)
{
	const char *start = data + *at, *end = memchr(start, '\n', len - *at);
	struct line l = { start, 0 };

	if (!end)
		return (struct line){ NULL, 0 };
	*at = (size_t)(end - data) + 1;
	l.len = (size_t)(end - start);
	if (l.len && l.data[l.len - 1] == '\r')
		l.len--;
	return l;
}

/* is_one_of() - strchr(3) would find its own end for a NUL */
static bool is_one_of(const char *set, char c)
{
	return c && strchr(set, c);
}

static struct line strip(struct line l)
{
	while (l.len && is_one_of(" \t", l.data[0])) {
		l.data++;
		l.len--;
	}
	while (l.len && is_one_of(" \t", l.data[l.len - 1]))
		l.len--;
	return l;
}

/* host_of() - of a value, with whatever follows it. Return: its length; 0: none, or an odd one */
static size_t host_of(struct http_head *h, struct line value, char name[sizeof(h->host)])
{
	size_t n = 0;
	bool bracket = value.len && value.data[0] == '[';

	while (n < value.len && !strchr(bracket ? "]" : ":/?#", value.data[n]))
		n++;
	if (bracket && n < value.len)
		n++;
	if (n >= sizeof(h->host) || (n < value.len && !value.data[n])) {
		h->others = true;	/* readers may differ in what it is */
		n = 0;
	}
	for (size_t i = 0; i < n; i++)
		name[i] = (char)tolower((unsigned char)value.data[i]);
	name[n] = '\0';
	return n;
}

/* add_name() - a host with whatever follows it */
static void add_name(struct http_head *h, struct line value)
{
	char name[sizeof(h->host)];
	size_t n = host_of(h, value, name);

	if (!n || !strcmp(name, h->host))
		return;
	if (h->host[0])
		h->others = true;
	else
		memcpy(h->host, name, n + 1);
}

/* authority() - of "http://user@host:80/path": RFC 9112, 3.2.2 */
static void authority(struct http_head *h, struct line target)
{
	const char *p = memmem(target.data, target.len, "://", 3), *at;
	size_t len;

	if (!p || target.data[0] == '/')
		return;
	p += 3;
	len = target.len - (size_t)(p - target.data);
	for (size_t i = 0; i < len; i++)
		if (is_one_of("/?#", p[i]))
			len = i;
	at = memrchr(p, '@', len);
	if (at) {
		len -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	add_name(h, (struct line){ p, len });
}

/* request_line() - METHOD SP TARGET SP HTTP/1.x. Return: false if it is none */
static bool request_line(struct http_head *h, struct line l)
{
	size_t method = 0;
	struct line target;

	while (method < l.len && is_token(l.data[method]))
		method++;
	if (!method || method >= METHOD_MAX || l.len < method + 11 || l.data[method] != ' ' ||
	    memcmp(l.data + l.len - 9, " HTTP/1.", 8) != 0)
		return false;
	target = (struct line){ l.data + method + 1, l.len - method - 10 };
	if (method == 7 && !memcmp(l.data, "CONNECT", 7))
		add_name(h, target);	/* where the tunnel leads: RFC 9112, 3.2.3 */
	else
		authority(h, target);
	(void)snprintf(h->request, sizeof(h->request), "%.*s %.*s", (int)method, l.data,
		       target.len < 200 ? (int)target.len : 200, target.data);
	return true;
}

/* What the lines of a head have said so far. */
struct lines {
	bool host;		/* the last one was Host: the next may continue it */
	bool named;		/* or another that names hosts */
	char forwarded[sizeof(((struct http_head *)0)->host)];	/* by others than Host */
};

/* forwarded() - the names in a header other than Host */
static void forwarded(struct http_head *h, struct lines *so_far, struct tb_host_list list)
{
	char name[sizeof(h->host)];
	struct line value;

	while (tb_host_next(&list, &value.data, &value.len)) {
		if (!host_of(h, value, name))
			continue;
		if (so_far->forwarded[0] && strcmp(name, so_far->forwarded) != 0)
			h->others = true;
		memcpy(so_far->forwarded, name, sizeof(name));
	}
}

static void headers(struct http_head *h, struct line l, struct lines *so_far)
{
	const char *colon = memchr(l.data, ':', l.len);
	struct line name, value;
	enum tb_host_kind kind;

	if (l.data[0] == ' ' || l.data[0] == '\t') {
		if (so_far->host)
			add_name(h, strip(l));
		h->others |= so_far->named;
		return;
	}
	so_far->host = so_far->named = false;
	if (!colon)
		return;
	h->others |= colon == l.data;		/* ":authority" */
	name = strip((struct line){ l.data, (size_t)(colon - l.data) });
	value = strip((struct line){ colon + 1, l.len - (size_t)(colon + 1 - l.data) });
	so_far->host = name.len == 4 && !strncasecmp(name.data, "host", 4);
	kind = tb_host_kind(name.data, name.len);
	so_far->named = kind != TB_HOST_NONE;
	if (so_far->host)
		add_name(h, value);
	else
		forwarded(h, so_far, (struct tb_host_list){ kind, value.data, value.len });
}

/* begins() - the first line is not whole: can it become a request? */
static enum http_head_state begins(const char *s, size_t len)
{
	size_t n = 0;

	if (len == 1 && *s == '\r')
		return HTTP_HEAD_MAYBE;
	while (n < len && is_token(s[n]))
		n++;
	if (n >= METHOD_MAX || (n < len && s[n] != ' ') || (!n && len))
		return HTTP_HEAD_NONE;
	if (n + 1 >= len)
		return HTTP_HEAD_MAYBE;
	/* "GET /" is no other protocol's; "CONNECT a:443" and "GET http:" could be, for a while */
	return s[n + 1] == '/' ? HTTP_HEAD_MORE : HTTP_HEAD_MAYBE;
}

/*
 * is_odd() - would a lenient server read a host after this line, or in it? Its last word is like
 * HTTP/1.01, it is of HTTP/0.9, or for a proxy (haproxy's proxy-protocol.txt)
 */
static bool is_odd(struct line l)
{
	struct line s = strip(l), before = s, word;

	if (s.len >= 6 && !memcmp(s.data, "PROXY ", 6))
		return true;
	while (before.len && !is_one_of(BLANKS, s.data[before.len - 1]))
		before.len--;
	word = (struct line){ s.data + before.len, s.len - before.len };
	before = strip(before);
	if (word.len >= 5 && !strncasecmp(word.data, "HTTP/", 5) &&
	    memchr(before.data, ' ', before.len))
		return true;
	return s.len > 4 && !strncasecmp(s.data, "GET ", 4) && memmem(s.data, s.len, "://", 3);
}

/* is_binary_proxy() - version 2 of that line, which begins like two empty ones. @more: it may be */
static bool is_binary_proxy(const uint8_t *data, size_t len, bool *more)
{
	static const uint8_t signature[12] = "\r\n\r\n\0\r\nQUIT\n";
	size_t n = len < sizeof(signature) ? len : sizeof(signature);
	bool same = !memcmp(data, signature, n);

	*more = same && n < sizeof(signature);
	return same && n == sizeof(signature);
}

/* first_line() - Return: HTTP_HEAD_MORE if a head begins with it; @at stands behind it then */
static enum http_head_state first_line(struct http_head *h, const uint8_t *data, size_t len,
				       size_t *at)
{
	const char *text = (const char *)data;
	size_t first, blanks = 0;
	struct line l;
	bool more;

	if (is_binary_proxy(data, len, &more))
		return HTTP_HEAD_ODD;
	if (more && len)
		return HTTP_HEAD_MAYBE;
	do {			/* empty lines before it are ignored: RFC 9112, 2.2 */
		first = *at;
		l = next_line(text, len, at);
	} while (l.data && !l.len);
	while (first + blanks < len && is_one_of(BLANKS, text[first + blanks]))
		blanks++;
	if (!l.data)
		return begins(text + first + blanks, len - first - blanks);
	if (!blanks && request_line(h, l))
		return HTTP_HEAD_MORE;
	return is_odd(l) ? HTTP_HEAD_ODD : HTTP_HEAD_NONE;
}

enum http_head_state http_head_read(struct http_head *out, const uint8_t *data, size_t len)
{
	struct http_head h = { .host = "" };
	struct lines so_far = { .host = false };
	size_t at = 0;
	enum http_head_state state = first_line(&h, data, len, &at);
	struct line l;

	if (state != HTTP_HEAD_MORE || !at)
		return state;
	do {
		l = next_line((const char *)data, len, &at);
		if (l.data && l.len)
			headers(&h, l, &so_far);
	} while (l.data && l.len);
	if (!l.data)
		return HTTP_HEAD_MORE;
	h.others |= so_far.forwarded[0] && strcmp(so_far.forwarded, h.host) != 0;
	*out = h;
	return HTTP_HEAD_WHOLE;
}
