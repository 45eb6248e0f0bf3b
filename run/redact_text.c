/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact_text.c - lines of a bundle's files without names of users, variables, secrets
 *
 * How it works: a line is gone through from string to string, as JSON writes them. What stands in a
 * string is known by its key. A user is who has a directory below /home, or examined; each gets a
 * number in the order in which they come, so that two of them stay two, and what the policy and the
 * record say of one place goes on being the same. Of what the lab was sent, only requests of HTTP
 * keep their path: in other protocols users, senders and receivers stand there.
 *
 * Limits: names of less than three letters go only where they follow /home.
 */
#include "run/redact_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 256
#define NAME_LEN 400	/* of an examiner, as JSON writes it */
#define SHORT_NAME 3
#define HOME "/home/"
#define SECRET "line"	/* key of a line of a key log */

static const char name_chars[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789._-";

/* Keys of strings in which the name of a user may stand by itself. */
static const char *const free_keys[] = { "argv", "cwd", "detail", "path", "path2", "target",
	"target2", "exe", "alias", "interpreters", "interpreters_alias", "binds", "root",
	"policy_path", "text", "reason", "process", "executes", "read", "write", "why",
	/* of the record */
	"program", "error", "method", "via", "values", "app_detail", "http_request",
	/* of run.json */
	"env", "influence", "state_name", "hostname", "box_hostname", "lab_path", "scenario_means",
	"clock_moved", "clock_real", "degraded", "reduced", "files" };

/* Keys of the record and of run.json whose strings tcbox chose: words, numbers, sums, times; and
 * names of hosts and of the phase, which the policy has, too. All others are read as if a name may
 * stand in them: of a key that is not here, nobody has thought. */
static const char *const fixed_keys[] = { "k", "src", "role", "how", "abi", "sha256",
	"interpreters_sha256", "call", "proto", "local", "remote", "outcome", "group", "op",
	"name", "type", "rcode", "addr", "addrs", "client", "server", "service", "names", "sni",
	"tls_version", "tls_refused", "state", "app", "alpn", "ja3", "http_host", "at", "stage",
	"what",
	/* of run.json */
	"tcbox_version", "kernel", "machine", "net", "lab_sha256", "scenario", "clock", "observe",
	"writes_by", "reads_by", "policy_sha256", "started", "ended", "phase", "memory_by",
	"cpus_by", "processes_by", "sha256_before", "sha256_after", "record_head", "counters" };

/* Keys of what the lab was sent. */
static const char *const sent_keys[] = { "path", "target", "detail" };
/* Of the body of a request: what is known of it could be tried until it fits. */
static const char *const body_keys[] = { "type", "encoding", "sha256", "begins" };

/* Accounts of every machine are nobody's name. */
static const char *const everybody[] = { "root", "nobody", "user", "daemon" };

struct redact_names {
	char v[NAMES_MAX][NAME_LEN + 1];
	bool many[NAMES_MAX];		/* it is more than one word */
	size_t n;
};

struct redact_names *redact_names_new(void)
{
	return calloc(1, sizeof(struct redact_names));
}

void redact_names_free(struct redact_names *n)
{
	free(n);
}

size_t redact_names_count(const struct redact_names *n)
{
	return n->n;
}

static bool among(const char *const *v, size_t n, const char *text, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(v[i]) == len && !memcmp(v[i], text, len))
			return true;
	return false;
}

#define AMONG(table, text, len) among(table, sizeof(table) / sizeof((table)[0]), text, len)

/* without_dots() - a full stop behind a name is none of it */
static size_t without_dots(const char *name, size_t len)
{
	while (len && name[len - 1] == '.')
		len--;
	return len;
}

/* number_of() - Return: from 1; 0: it is nobody's */
static size_t number_of(const struct redact_names *n, const char *name, size_t len)
{
	len = without_dots(name, len);
	for (size_t i = 0; i < n->n; i++)
		if (strlen(n->v[i]) == len && !memcmp(n->v[i], name, len))
			return i + 1;
	return 0;
}

/* in_name() - letters of other languages have bytes from 0x80 on */
static bool in_name(char c)
{
	return c && (strchr(name_chars, c) || (unsigned char)c >= 0x80);
}

static int add(struct redact_names *n, const char *name, size_t len)
{
	len = without_dots(name, len);
	if (!len || len > NAME_LEN || AMONG(everybody, name, len) || number_of(n, name, len))
		return 0;
	if (n->n == NAMES_MAX)
		return -E2BIG;
	memcpy(n->v[n->n], name, len);
	for (size_t i = 0; i < len; i++)
		n->many[n->n] |= !in_name(name[i]);
	n->n++;
	return 0;
}

/* name_at() - Return: bytes of what may be a name */
static size_t name_at(const char *p, const char *end)
{
	size_t len = 0;

	while (p + len < end && in_name(p[len]))
		len++;
	return without_dots(p, len);
}

static bool is_home(const char *p, const char *end)
{
	return (size_t)(end - p) > strlen(HOME) && !memcmp(p, HOME, strlen(HOME));
}

/* string_end() - of one that begins at @p, behind its quote. Return: where its last quote is;
 * @end: it has none */
static const char *string_end(const char *p, const char *end)
{
	while (p < end && *p != '"')
		p += *p == '\\' && p + 1 < end ? 2 : 1;
	return p;
}

/* is_key() - does a colon follow the string that ends at @quote? */
static bool is_key(const char *quote, const char *end)
{
	const char *p = quote + 1;

	while (p < end && *p == ' ')
		p++;
	return p < end && *p == ':';
}

static bool names_examiner(const char *key, size_t len)
{
	return (len == 8 && (!memcmp(key, "examiner", 8) || !memcmp(key, "reviewer", 8)));
}

int redact_names_find(struct redact_names *n, const char *line, size_t len)
{
	const char *p = line, *end = line + len, *quote;
	bool examiner = false;
	int ret = 0;

	for (p = line; !ret && p < end; p++)
		if (is_home(p, end))
			ret = add(n, p + strlen(HOME), name_at(p + strlen(HOME), end));
	for (p = line; !ret && p < end; p++) {
		if (*p != '"')
			continue;
		quote = string_end(p + 1, end);
		if (quote >= end)
			break;
		if (is_key(quote, end)) {
			examiner = names_examiner(p + 1, (size_t)(quote - p - 1));
		} else if (examiner) {
			ret = add(n, p + 1, (size_t)(quote - p - 1));
			examiner = false;
		}
		p = quote;
	}
	return ret;
}

/* words_at() - the longest name of more than one word that begins here. *number: whose. Return: its
 * bytes; 0: none does */
static size_t words_at(const struct redact_names *n, const char *p, const char *end,
		       size_t *number)
{
	size_t longest = 0;

	for (size_t i = 0; i < n->n; i++) {
		size_t len = n->many[i] ? strlen(n->v[i]) : 0;

		if (len < SHORT_NAME || len <= longest || len > (size_t)(end - p) ||
		    memcmp(n->v[i], p, len) != 0)
			continue;
		longest = len;
		*number = i + 1;
	}
	return longest;
}

/* plain() - bytes without names below /home; @alone: nor such that stand by themselves */
static unsigned int plain(const struct redact_line *r, const char *p, const char *end, bool alone,
			  struct tb_buf *out)
{
	unsigned int what = 0;

	if (!r->names->n) {
		tb_buf_add(out, p, (size_t)(end - p));
		return 0;
	}
	while (p < end) {
		size_t n = 0, len = alone ? words_at(r->names, p, end, &n) : 0;
		bool home;

		if (!len) {
			len = name_at(p, end);
			n = len ? number_of(r->names, p, len) : 0;
		}
		home = n && out->len >= strlen(HOME) &&
		       !memcmp(out->data + out->len - strlen(HOME), HOME, strlen(HOME));
		if (n && (home || (alone && len >= SHORT_NAME))) {
			tb_buf_addf(out, "user-%zu", n);
			what |= REDACT_USERS;
		} else {
			tb_buf_add(out, p, len ? len : 1);
		}
		p += len ? len : 1;
	}
	return what;
}

static bool key_is(const struct redact_line *r, const char *key)
{
	return !strcmp(r->key, key);
}

static unsigned int instead(struct tb_buf *out, const char *text, unsigned int what)
{
	tb_buf_adds(out, text);
	return what;
}

static bool begins(const char *p, const char *end, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(end - p) >= len && !memcmp(p, with, len);
}

/*
 * user_of() - the user and password before the server in a target of a request. *from: where they
 * begin. Return: the "@" behind them; NULL: there are none
 */
static const char *user_of(const char *p, const char *end, const char **from)
{
	const char *scheme = memmem(p, (size_t)(end - p), "://", 3);
	const char *query = memchr(p, '?', (size_t)(end - p));

	if (scheme && query && query < scheme)
		scheme = NULL;
	if (!scheme && *p == '/')
		return NULL;
	*from = scheme ? scheme + 3 : p;
	if (scheme && query && memchr(*from, '/', (size_t)(query - *from)))
		end = query;
	return memrchr(*from, '@', (size_t)(end - *from));
}

/* requested() - requests without users and passwords in targets, and without the first query and
 * all behind it */
static unsigned int requested(const struct redact_line *r, const char *p, const char *end,
			      struct tb_buf *out)
{
	unsigned int what = 0;

	while (p < end) {
		const char *blank = memchr(p, ' ', (size_t)(end - p));
		const char *stop = blank ? blank : end, *from = p, *mark;
		const char *at = user_of(p, stop, &from);

		if (at && at > from) {
			what |= plain(r, p, from, true, out);
			what |= instead(out, "redacted", REDACT_PAYLOADS);
			p = at;
		}
		mark = memchr(p, '?', (size_t)(stop - p));
		if (mark && mark + 1 < end) {
			what |= plain(r, p, mark, true, out);
			return what | instead(out, "?redacted", REDACT_PAYLOADS);
		}
		stop += blank != NULL;
		what |= plain(r, p, stop, true, out);
		p = stop;
	}
	return what;
}

/* sent() - what the lab tells of a request, or of all that it served */
static unsigned int sent(const struct redact_line *r, const char *p, const char *end,
			 struct tb_buf *out)
{
	static const char bytes[] = "first bytes: ";
	const char *raw = memmem(p, (size_t)(end - p), bytes, strlen(bytes));
	unsigned int what;

	if (p == end)
		return 0;
	if (r->request && !r->keeps && !key_is(r, "target"))
		return instead(out, "redacted", REDACT_PAYLOADS);
	if (!raw || !key_is(r, "detail"))
		return requested(r, p, end, out);
	what = requested(r, p, raw, out);
	return what | instead(out, "redacted", REDACT_PAYLOADS);
}

bool redact_key_known(const char *key)
{
	size_t len = strlen(key);

	return AMONG(free_keys, key, len) || AMONG(fixed_keys, key, len) ||
	       AMONG(body_keys, key, len) || !strcmp(key, SECRET);
}

/* is_free() - may the name of a user stand by itself in the string that comes next? */
static bool is_free(const struct redact_line *r)
{
	size_t len = strlen(r->key);

	if (r->text == REDACT_RECORD || r->text == REDACT_MANIFEST)
		return !AMONG(fixed_keys, r->key, len);
	return AMONG(free_keys, r->key, len);
}

/* value() - a string, without its quotes */
static unsigned int value(const struct redact_line *r, const char *p, const char *end,
			  struct tb_buf *out)
{
	size_t len = (size_t)(end - p), n;

	switch (r->text) {
	case REDACT_RECORD:
		if (key_is(r, SECRET))
			return instead(out, "redacted", REDACT_SECRETS);
		if (r->request && AMONG(body_keys, r->key, strlen(r->key)))
			return instead(out, "redacted", REDACT_PAYLOADS);
		if ((r->request && AMONG(sent_keys, r->key, strlen(r->key))) ||
		    key_is(r, "http_request"))
			return sent(r, p, end, out);
		if (r->user && key_is(r, "http_host"))
			return instead(out, "redacted", REDACT_PAYLOADS);
		break;
	case REDACT_MANIFEST:
		if (key_is(r, "env") || key_is(r, "hostname"))
			return instead(out, "redacted", REDACT_ENVIRONMENT);
		if (key_is(r, "influence") && begins(p, end, "variables "))
			return instead(out, "variables redacted", REDACT_ENVIRONMENT);
		if (key_is(r, "policy_sha256") && r->policy_sha256)
			return instead(out, r->policy_sha256, REDACT_USERS);
		break;
	case REDACT_SAID:
		n = names_examiner(r->key, strlen(r->key)) ? number_of(r->names, p, len) : 0;
		if (n) {
			tb_buf_addf(out, "user-%zu", n);
			return REDACT_USERS;
		}
		break;
	case REDACT_POLICY:
		break;
	}
	return plain(r, p, end, is_free(r), out);
}

static void keep_key(struct redact_line *r, const char *p, size_t len)
{
	if (len >= sizeof(r->key))
		len = 0;
	memcpy(r->key, p, len);
	r->key[len] = '\0';
}

static bool has(const char *line, size_t len, const char *text)
{
	return memmem(line, len, text, strlen(text));
}

/* look() - at what decides how the strings of the line are read */
static void look(struct redact_line *r, const char *line, size_t len)
{
	static const char connect[] = "\"http_request\":\"CONNECT ";
	const char *target = memmem(line, len, connect, strlen(connect)), *end = line + len;

	r->request = has(line, len, "\"k\":\"request\"") || has(line, len, "\"k\":\"served\"");
	r->keeps = has(line, len, "\"service\":\"http\"") ||
		   has(line, len, "\"service\":\"tls\"") ||
		   has(line, len, "\"service\":\"dns\"");
	r->user = false;
	if (!target)
		return;
	target += strlen(connect);
	r->user = memchr(target, '@', (size_t)(string_end(target, end) - target));
}

unsigned int redact_line(struct redact_line *r, const char *line, size_t len, struct tb_buf *out)
{
	const char *p = line, *end = line + len, *begin, *quote;
	unsigned int what = 0;

	look(r, line, len);
	while (p < end) {
		begin = memchr(p, '"', (size_t)(end - p));
		if (!begin)
			begin = end;
		what |= plain(r, p, begin, false, out);
		if (begin == end)
			break;
		quote = string_end(begin + 1, end);
		tb_buf_addc(out, '"');
		if (quote < end && is_key(quote, end)) {
			keep_key(r, begin + 1, (size_t)(quote - begin - 1));
			what |= plain(r, begin + 1, quote, false, out);
		} else {
			what |= value(r, begin + 1, quote, out);
		}
		if (quote >= end)
			break;
		tb_buf_addc(out, '"');
		p = quote + 1;
	}
	return what;
}
