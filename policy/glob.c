/* SPDX-License-Identifier: Apache-2.0 */
/*
 * glob.c - patterns of host names and of paths
 *
 * How it works: the product chooses the names and paths that are matched here, and the vendor the
 * patterns, so neither may make matching slow. Names are matched label by label from the right.
 * Paths are matched by walking once over the path with the set of all positions that the pattern
 * may be at: the time is at most path times pattern, whatever the pattern.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wctype.h>

#include "policy/glob.h"
#include "tcbox/buf.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"

#define NAME_MAX_LEN 253	/* RFC 1035, 2.3.4, as text */
#define NAME_TEXT_MAX 1026	/* four times that if all is escaped, and a dot */
#define PATTERN_MAX 4096
#define NO_CHARACTER 0x110000u	/* a byte that is not UTF-8 is a character of its own beyond
				 * Unicode */

/*
 * escape_len() - bytes of the character at @s: a name as text has what is no plain character as
 * "\\032", and "\\." for a dot inside a label, RFC 1035, 5.1. Return: 0 if an escape is not whole
 */
static size_t escape_len(const char *s, size_t left)
{
	if (*s != '\\')
		return 1;
	if (left < 2)
		return 0;
	if (!isdigit((unsigned char)s[1]))
		return 2;
	return left >= 4 && isdigit((unsigned char)s[2]) && isdigit((unsigned char)s[3]) ? 4 : 0;
}

/* name_len() - the length without a trailing dot; 0 if the name has empty labels or half an escape,
 * or is too long to be one */
static size_t name_len(const char *s)
{
	size_t len = strnlen(s, NAME_TEXT_MAX), at = 0, characters = 0, n;
	bool border = true;	/* a label must follow */

	for (; at < len; at += n, characters++) {
		n = escape_len(s + at, len - at);
		if (!n || (s[at] == '.' && border))
			return 0;
		border = s[at] == '.';
	}
	if (border && len) {
		len--;
		characters--;
	}
	return characters <= NAME_MAX_LEN ? len : 0;
}

/* label_glob() - "*" stands for any characters; only the last star is tried again, which is
 * enough */
static bool label_glob(const char *p, size_t plen, const char *s, size_t slen)
{
	size_t i = 0, j = 0, star = SIZE_MAX, retry = 0;
	bool idn = !strncasecmp(s, "xn--", 4);	/* a dot, or the end, follows a shorter label */

	if (plen == 1 && *p == '*')
		return true;
	if (idn)			/* part of an encoded label says nothing about what is
					 * displayed */
		return plen == slen && !strncasecmp(p, s, slen);
	while (j < slen) {
		size_t n = escape_len(s + j, slen - j);	/* no star begins in an escape */

		if (i < plen && p[i] == '*') {
			star = i++;
			retry = j;
		} else if (plen - i >= n && !strncasecmp(p + i, s + j, n)) {
			i += n;
			j += n;
		} else if (star != SIZE_MAX) {
			i = star + 1;
			retry += escape_len(s + retry, slen - retry);
			j = retry;
		} else {
			return false;
		}
	}
	while (i < plen && p[i] == '*')
		i++;
	return i == plen;
}

/* is_escaped() - is the character at @at of a name behind a backslash that is none itself? */
static bool is_escaped(const char *s, size_t at)
{
	size_t n = 0;

	while (n < at && s[at - n - 1] == '\\')
		n++;
	return n % 2;
}

/* label_start() - where the last label of the first @len bytes begins */
static size_t label_start(const char *s, size_t len)
{
	while (len && (s[len - 1] != '.' || is_escaped(s, len - 1)))
		len--;
	return len;
}

bool pol_name_glob(const char *pattern, const char *name)
{
	size_t p = name_len(pattern), n = name_len(name), ps, ns;

	if (!strcmp(name, "."))		/* the root has no label */
		return !strcmp(pattern, ".") || !strcmp(pattern, "*");
	while (p && n) {
		ps = label_start(pattern, p);
		ns = label_start(name, n);
		if (!ps && p == 1 && *pattern == '*')
			return true;		/* leftmost: this label and all before it */
		if (!label_glob(pattern + ps, p - ps, name + ns, n - ns))
			return false;
		if (!ps || !ns)
			return !ps && !ns;
		p = ps - 1;
		n = ns - 1;
	}
	return false;
}

/* character() - the character at *s, which is moved behind it */
static uint32_t character(const char **s)
{
	const unsigned char *u = (const unsigned char *)*s;
	uint32_t cp = 0;
	size_t n = tb_utf8_next(u, strnlen(*s, 4), &cp);

	if (!n) {
		cp = NO_CHARACTER + *u;
		n = 1;
	}
	*s += n;
	return cp;
}

/* class_end() - "[:alpha:]" in a set of characters. Return: the position behind it, NULL if it is
 * no class */
static const char *class_end(const char *p, uint32_t cp, bool *hit)
{
	const char *end = strstr(p, ":]");
	size_t len = end ? (size_t)(end - p) - 2 : 0;
	char name[16] = "";
	wctype_t type;

	if (!end || len >= sizeof(name))
		return NULL;
	memcpy(name, p + 2, len);
	type = wctype(name);
	if (!type)
		return NULL;
	*hit |= cp < 0x80 && iswctype((wint_t)cp, type);
	return end + 2;
}

/* bracket() - a set of characters, glob(7). Return: its closing bracket, NULL if it is not valid */
static const char *bracket(const char *p, uint32_t cp, bool *match)
{
	bool hit = false, invert, first = true;
	uint32_t lo, hi;

	invert = *++p == '!' || *p == '^';
	p += invert;
	for (; first || *p != ']'; first = false) {
		if (p[0] == '[' && p[1] == ':') {
			p = class_end(p, cp, &hit);
			if (!p)
				return NULL;
			continue;
		}
		p += *p == '\\';
		if (!*p || *p == '/')
			return NULL;
		lo = hi = character(&p);
		if (*p == '-' && p[1] != ']') {
			p++;
			p += *p == '\\';
			if (!*p || *p == '/')
				return NULL;
			hi = character(&p);
			if (hi < lo)
				return NULL;
		}
		hit |= lo <= cp && cp <= hi;
	}
	*match = hit != invert && cp != '/';
	return p;
}

const char *pol_glob_bracket(const char *p)
{
	bool match;

	return bracket(p, 0, &match);
}

/* Positions in a pattern: bit i is pattern byte i. */
struct places {
	uint64_t bits[PATTERN_MAX / 64 + 1];
	size_t words;
	bool any;
};

static void put(struct places *set, size_t at)
{
	set->bits[at / 64] |= UINT64_C(1) << at % 64;
	set->any = true;
}

/* enter() - the pattern may be at @at, and behind its stars, because they may stand for nothing */
static void enter(const char *pat, struct places *set, size_t at)
{
	size_t stars;

	for (;; at += stars + 1) {
		stars = strspn(pat + at, "*");
		put(set, at);
		put(set, at + stars);
		if (stars < 2 || pat[at + stars] != '/' || !at || pat[at - 1] != '/')
			return;
		/* two stars between slashes also stand for no component: the second slash may be
		 * the first */
	}
}

/* step() - from pattern position @at over the character @c */
static void step(const char *pat, size_t at, uint32_t c, struct places *to)
{
	const char *p = pat + at, *end;
	size_t stars = strspn(p, "*");
	bool match = false;

	switch (*p) {
	case '\0':
		return;
	case '*':
		if (c != '/' || stars > 1) {
			put(to, at);
			put(to, at + stars);
		}
		return;
	case '?':
		if (c != '/')
			enter(pat, to, at + 1);
		return;
	case '[':
		end = bracket(p, c, &match);
		if (end) {
			if (match)
				enter(pat, to, (size_t)(end + 1 - pat));
			return;
		}
		break;			/* not a set: the character itself */
	case '\\':
		p += p[1] != '\0';
		break;
	default:
		break;
	}
	if (character(&p) == c)
		enter(pat, to, (size_t)(p - pat));
}

static void clear(struct places *set)
{
	memset(set->bits, 0, set->words * sizeof(set->bits[0]));
	set->any = false;
}

bool pol_path_glob(const char *pattern, const char *path)
{
	size_t len = strnlen(pattern, PATTERN_MAX + 1), plain = strcspn(pattern, "*?[\\"), w;
	struct places sets[2], *from = &sets[0], *to = &sets[1], *swap;
	uint64_t bits;
	uint32_t c;

	if (len > PATTERN_MAX || strncmp(pattern, path, plain) != 0)
		return false;
	if (plain == len)
		return !path[plain];
	path += plain;
	from->words = to->words = len / 64 + 1;
	clear(from);
	enter(pattern, from, plain);
	while (*path && from->any) {
		c = character(&path);
		clear(to);
		for (w = 0; w < from->words; w++)
			for (bits = from->bits[w]; bits; bits &= bits - 1)
				step(pattern, w * 64 + (size_t)__builtin_ctzll(bits), c, to);
		swap = from;
		from = to;
		to = swap;
	}
	return from->any && from->bits[len / 64] >> len % 64 & 1;
}

bool pol_file_glob(const char *pattern, const char *path)
{
	size_t len = strnlen(pattern, PATTERN_MAX + 1);
	char dir[PATTERN_MAX];

	if (pol_path_glob(pattern, path))
		return true;
	if (len > PATTERN_MAX || len <= strlen("/**") ||
	    strcmp(pattern + len - strlen("/**"), "/**") != 0)
		return false;
	len -= strlen("/**");
	memcpy(dir, pattern, len);
	dir[len] = '\0';
	return pol_path_glob(dir, path);
}

char *pol_path_place(const char *pattern, bool *exact)
{
	char *place = malloc(strlen(pattern) + 2);
	size_t n = 0;

	if (!place)
		return NULL;
	for (; *pattern && !strchr("*?[", *pattern); pattern++) {
		pattern += *pattern == '\\' && pattern[1];
		place[n++] = *pattern;
	}
	*exact = !*pattern;
	while (!*exact && n && place[n - 1] != '/')	/* what a wildcard completes is a name in
							 * this directory */
		n--;
	while (n > 1 && place[n - 1] == '/')
		n--;
	if (!n)
		place[n++] = '/';
	place[n] = '\0';
	return place;
}

bool pol_program_glob(const char *pattern, const char *path)
{
	static const char *const merged[] = { "/usr/bin/", "/usr/sbin/", "/usr/lib" };

	if (pol_path_glob(pattern, path))
		return true;
	for (size_t i = 0; i < TB_ARRAY_SIZE(merged); i++)
		if (!strncmp(path, merged[i], strlen(merged[i])))
			return pol_path_glob(pattern, path + strlen("/usr"));
	return false;
}
