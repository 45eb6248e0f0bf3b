/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern.c - do two patterns have a text in common; does one match all that another does?
 *
 * How it works: both are cut into tokens, and a table says which pairs of places in the two can be
 * reached together. Where a common text is asked for, both go on over one character that both
 * accept; where one shall cover the other, its stars go on over whole tokens of the other.
 * Limits: a set such as "[a-f]" covers another only if both are written the same.
 */
#include "policy/lint/pattern.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"
#include "tcbox/policy.h"

#define TOKENS_MAX 1024		/* of longer ones nothing is told */

enum token_kind { CHAR, ONE, SOME, ALL, SET };	/* c ? * ** [...] */

struct token {
	enum token_kind kind;
	char c;
	const char *set;	/* SET: where it stands, and its length */
	size_t len;
};

struct tokens {
	struct token v[TOKENS_MAX];
	size_t n;
	char separator;
};

/* set_len() - of "[...]"; 0: it is a character of its own */
static size_t set_len(const char *s)
{
	size_t at = 1 + (s[1] == '!' || s[1] == '^');

	at += s[at] == ']';
	for (; s[at] && s[at] != ']'; at++) {
		if (s[at] == '[' && s[at + 1] == ':') {
			const char *end = strstr(s + at, ":]");

			if (!end)
				return 0;
			at = (size_t)(end - s) + 1;
		}
		at += s[at] == '\\' && s[at + 1];
	}
	return s[at] ? at + 1 : 0;
}

/* cut_path() - Return: length of the token at @s */
static size_t cut_path(const char *s, struct token *t)
{
	size_t n = strspn(s, "*");

	*t = (struct token){ .kind = CHAR, .c = *s };
	if (n) {
		t->kind = n > 1 ? ALL : SOME;
		return n;
	}
	if (*s == '?')
		t->kind = ONE;
	if (*s == '[' && set_len(s)) {
		t->kind = SET;
		t->set = s;
		t->len = set_len(s);
		return t->len;
	}
	if (*s == '\\' && s[1]) {
		t->c = s[1];
		return 2;
	}
	return 1;
}

/* cut_name() - a star that is the whole label at the left stands for several labels */
static size_t cut_name(const char *s, bool first, struct token *t)
{
	*t = (struct token){ .kind = CHAR, .c = *s };
	if (*s == '*')
		t->kind = first && (!s[1] || s[1] == '.') ? ALL : SOME;
	return 1;
}

static bool cut(enum pattern_kind kind, const char *s, struct tokens *out)
{
	const char *begin = s;

	out->separator = kind == PATTERN_PATH ? '/' : '.';
	for (out->n = 0; *s; out->n++) {
		if (out->n == TOKENS_MAX)
			return false;
		s += kind == PATTERN_PATH ? cut_path(s, &out->v[out->n]) :
			cut_name(s, s == begin, &out->v[out->n]);
	}
	return true;
}

/* in_set() - of what is no ASCII nothing is told, and so everything is said to be in it */
static bool in_set(const struct token *t, char c)
{
	char set[256], text[2] = { c, '\0' };

	if ((unsigned char)c >= 0x80 || t->len >= sizeof(set))
		return true;
	memcpy(set, t->set, t->len);
	set[t->len] = '\0';
	return pol_path_glob(set, text);
}

static bool sets_meet(const struct token *a, const struct token *b)
{
	for (char c = 1; c < 127; c++)
		if (in_set(a, c) && in_set(b, c))
			return true;
	return false;
}

/* accepts() - may the token stand for this character? */
static bool accepts(const struct token *t, char c, char separator)
{
	switch (t->kind) {
	case CHAR:
		return t->c == c;
	case SET:
		return in_set(t, c);
	case ONE:
	case SOME:
		return c != separator;
	case ALL:
		break;
	}
	return true;
}

/* share() - is there a character that both may stand for? */
static bool share(const struct token *a, const struct token *b, char separator)
{
	if (a->kind == CHAR)
		return accepts(b, a->c, separator);
	if (b->kind == CHAR)
		return accepts(a, b->c, separator);
	return a->kind != SET || b->kind != SET || sets_meet(a, b);
}

static bool is_star(const struct token *t)
{
	return t->kind == SOME || t->kind == ALL;
}

/* behind() - where one is when the token stood for one more character */
static size_t behind(const struct tokens *t, size_t at)
{
	return at + !is_star(&t->v[at]);
}

static bool is_slash(const struct tokens *t, size_t at)
{
	return t->v[at].kind == CHAR && t->v[at].c == '/';
}

/* further() - where else one is when one comes from the token @from to @at: two stars between
 * slashes stand for no component, with one of the slashes. Return: past the end if nowhere */
static size_t further(const struct tokens *t, size_t from, size_t at)
{
	bool skip = from < at && at + 1 < t->n && t->v[at].kind == ALL && t->separator == '/' &&
		    is_slash(t, at - 1) && is_slash(t, at + 1);

	return skip ? at + 2 : SIZE_MAX;
}

/* Which pairs of places can be reached together; one byte for each. */
struct table {
	char *reached;
	size_t width;
};

static void reach(struct table *t, size_t i, size_t j)
{
	t->reached[i * t->width + j] = 1;
}

/* step_meet() - from one pair of places to the next ones */
static void step_meet(struct table *t, const struct tokens *a, const struct tokens *b, size_t i,
		      size_t j)
{
	size_t ia, jb;

	if (i < a->n && is_star(&a->v[i]))
		reach(t, i + 1, j);
	if (j < b->n && is_star(&b->v[j]))
		reach(t, i, j + 1);
	if (i == a->n || j == b->n || !share(&a->v[i], &b->v[j], a->separator))
		return;
	for (ia = behind(a, i); ia <= a->n; ia = further(a, i, ia))
		for (jb = behind(b, j); jb <= b->n; jb = further(b, j, jb))
			reach(t, ia, jb);
}

/* takes() - does a token of the covering pattern stand for all that one of the other does? */
static bool takes(const struct token *a, const struct token *b, char separator)
{
	switch (a->kind) {
	case CHAR:
		return b->kind == CHAR && b->c == a->c;
	case ALL:
		return true;
	case SET:
		if (b->kind == SET)
			return a->len == b->len && !memcmp(a->set, b->set, a->len);
		return b->kind == CHAR && (unsigned char)b->c < 0x80 && in_set(a, b->c);
	case ONE:
		return b->kind == ONE || b->kind == SET ||
		       (b->kind == CHAR && b->c != separator && (unsigned char)b->c < 0x80);
	case SOME:
		break;
	}
	return b->kind != ALL && (b->kind != CHAR || b->c != separator);
}

static void step_cover(struct table *t, const struct tokens *a, const struct tokens *b, size_t i,
		       size_t j)
{
	if (i == a->n)
		return;
	if (is_star(&a->v[i]))
		reach(t, i + 1, j);
	if (j == b->n || !takes(&a->v[i], &b->v[j], a->separator))
		return;
	for (size_t ia = behind(a, i); ia <= a->n; ia = further(a, i, ia))
		reach(t, ia, j + 1);
}

typedef void step_fn(struct table *t, const struct tokens *a, const struct tokens *b, size_t i,
		     size_t j);

/* walk() - Return: 1 if the ends of both are reached together, 0 if not, -1: not known */
static int walk(enum pattern_kind kind, const char *pa, const char *pb, step_fn *step)
{
	TB_AUTOFREE struct tokens *a = malloc(sizeof(*a));
	TB_AUTOFREE struct tokens *b = malloc(sizeof(*b));
	TB_AUTOFREE char *reached = NULL;
	struct table t;

	if (!a || !b || !cut(kind, pa, a) || !cut(kind, pb, b))
		return -1;
	reached = calloc(a->n + 1, b->n + 1);
	if (!reached)
		return -1;
	t = (struct table){ reached, b->n + 1 };
	reach(&t, 0, 0);
	for (size_t i = 0; i <= a->n; i++)
		for (size_t j = 0; j <= b->n; j++)
			if (reached[i * t.width + j])
				step(&t, a, b, i, j);
	return reached[a->n * t.width + b->n];
}

/* plain_end() - how many of the last bytes are nothing but themselves */
static size_t plain_end(const char *s, size_t len)
{
	size_t n = 0;

	if (strpbrk(s, "[\\"))
		return 0;
	while (n < len && !strchr("*?", s[len - n - 1]))
		n++;
	return n;
}

/* differ_at_once() - the plain beginnings or ends already contradict each other */
static bool differ_at_once(const char *a, const char *b)
{
	size_t plain = strcspn(a, "*?[\\"), other = strcspn(b, "*?[\\"), na, nb;

	if (strncmp(a, b, plain < other ? plain : other) != 0)
		return true;
	na = strlen(a);
	nb = strlen(b);
	plain = plain_end(a, na);
	other = plain_end(b, nb);
	if (other < plain)
		plain = other;
	return memcmp(a + na - plain, b + nb - plain, plain) != 0;
}

bool pattern_meet(enum pattern_kind kind, const char *a, const char *b)
{
	if (!strcmp(a, b))
		return true;
	if (differ_at_once(a, b))
		return false;
	if (!strpbrk(a, "*?[\\") && !strpbrk(b, "*?[\\"))
		return false;
	return walk(kind, a, b, step_meet) != 0;
}

bool pattern_covers(enum pattern_kind kind, const char *a, const char *b)
{
	if (!strcmp(a, b))
		return true;
	if (!strpbrk(a, "*?[\\") || differ_at_once(a, b))
		return false;
	return walk(kind, a, b, step_cover) == 1;
}
