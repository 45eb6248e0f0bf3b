/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_words.c - the headers of HTTP, but for Host, by which proxies and servers choose a host
 *
 * Front ends and frameworks route and answer by them, in the place of Host. Those that only tell of
 * where somebody came from, such as Referer, are not among them.
 */
#include "tcbox/host_words.h"

#include <string.h>
#include <strings.h>

#include "tcbox/own.h"

static const struct { const char *header; enum tb_host_kind kind; } headers[] = {
	{ "x-forwarded-host", TB_HOST_LIST },
	{ "x-forwarded-server", TB_HOST_LIST },
	{ "x-original-host", TB_HOST_LIST },
	{ "x-host", TB_HOST_LIST },
	{ "x-http-host-override", TB_HOST_LIST },
	{ "alt-used", TB_HOST_LIST },		/* RFC 7838, 5 */
	{ "x-original-url", TB_HOST_URL },
	{ "x-rewrite-url", TB_HOST_URL },
	{ "destination", TB_HOST_URL },		/* where a server copies to: RFC 4918, 10.3 */
	{ "forwarded", TB_HOST_FORWARDED },
};

enum tb_host_kind tb_host_kind(const char *header, size_t len)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(headers); i++)
		if (strlen(headers[i].header) == len &&
		    !strncasecmp(headers[i].header, header, len))
			return headers[i].kind;
	return TB_HOST_NONE;
}

/* skip() - the blanks at the beginning */
static void skip(const char **p, size_t *len)
{
	while (*len && (**p == ' ' || **p == '\t')) {
		(*p)++;
		(*len)--;
	}
}

/* strip() - blanks, and one pair of quotes, on both sides */
static void strip(const char **p, size_t *len)
{
	skip(p, len);
	while (*len && ((*p)[*len - 1] == ' ' || (*p)[*len - 1] == '\t'))
		(*len)--;
	if (*len >= 2 && **p == '"' && (*p)[*len - 1] == '"') {
		(*p)++;
		*len -= 2;
	}
}

/* take() - the bytes before the next of @ends, which is none in quotes */
static size_t take(struct tb_host_list *l, const char *ends, const char **out)
{
	bool quoted = false;
	size_t n = 0;

	*out = l->p;
	while (n < l->left && (quoted || !l->p[n] || !strchr(ends, l->p[n])))
		quoted ^= l->p[n++] == '"';
	l->p += n < l->left ? n + 1 : n;
	l->left -= n < l->left ? n + 1 : n;
	return n;
}

/* authority() - of an absolute URL: RFC 3986, 3.2 */
static bool authority(struct tb_host_list *l, const char **name, size_t *len)
{
	const char *p = memmem(l->p, l->left, "://", 3), *at;
	size_t n = 0;

	if (!p)
		return false;
	l->left -= (size_t)(p + 3 - l->p);
	p += 3;
	while (n < l->left && (!p[n] || !strchr("/?#", p[n])))
		n++;
	l->left = 0;
	at = memrchr(p, '@', n);
	*name = at ? at + 1 : p;
	*len = n - (size_t)(*name - p);
	return *len;
}

/* parameter() - is it host=NAME? Then it becomes NAME */
static bool parameter(const char **p, size_t *len)
{
	skip(p, len);
	if (*len < 5 || strncasecmp(*p, "host=", 5) != 0)
		return false;
	*p += 5;
	*len -= 5;
	return true;
}

bool tb_host_next(struct tb_host_list *l, const char **name, size_t *len)
{
	if (l->kind == TB_HOST_URL)
		return l->left && authority(l, name, len);
	while (l->left && l->kind != TB_HOST_NONE) {
		bool listed = l->kind == TB_HOST_LIST;

		*len = take(l, listed ? "," : ",;", name);
		if (!listed && !parameter(name, len))
			continue;
		strip(name, len);
		if (*len)
			return true;
	}
	return false;
}
