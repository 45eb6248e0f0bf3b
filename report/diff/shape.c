/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.c - texts that differ in nothing but a place that moved, a process id, a time or a
 * temporary name
 *
 * How it works: two versions of a product often lie in two directories, and are started from two.
 * What the two paths of the product, or of the working directory, end in alike is cut off; what is
 * left is one place with two names. What looks temporary is replaced by a sign that says what it
 * looks like, so that texts of one shape are equal.
 *
 * Limits: that something looks temporary is a guess. So it is asked only where no equal text is
 * there, and every pair that was made by it is told.
 */
#include "report/diff/diff.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/own.h"

#define TIME_DIGITS 9		/* seconds since 1970 have nine or ten */
#define HEX_LONG 16
#define RANDOM_MIN 6		/* mkstemp(3) */
#define NONCE_MIN 20
#define SIGN '\x01'		/* in no text that is shown */

static bool is_word(char c)
{
	return isalnum((unsigned char)c);
}

/* What the characters of a word are. */
struct look {
	size_t len, digits, hex, lower, upper;
};

static struct look look_at(const char *s, size_t len)
{
	struct look l = { .len = len };

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		l.digits += isdigit(c) != 0;
		l.hex += isxdigit(c) != 0;
		l.lower += islower(c) != 0;
		l.upper += isupper(c) != 0;
	}
	return l;
}

static bool is_pid(const struct rpt_diff *d, int side, const char *s, size_t len)
{
	size_t lo = 0, hi = d->npids[side];
	uint64_t n = 0;

	if (len > 7)		/* PID_MAX_LIMIT, proc(5) */
		return false;
	for (size_t i = 0; i < len; i++)
		n = n * 10 + (uint64_t)(s[i] - '0');
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (d->pids[side][mid] < n)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < d->npids[side] && d->pids[side][lo] == n;
}

/* time_after() - of day, behind a date: "T10:15:02Z", "_101502". Return: its length */
static size_t time_after(const char *s)
{
	size_t n = 0;

	while (s[n] && strchr("T_-:.", s[n]) && isdigit((unsigned char)s[n + 1]) &&
	       isdigit((unsigned char)s[n + 2])) {
		n += 3;
		while (isdigit((unsigned char)s[n]))
			n++;
	}
	return n && s[n] == 'Z' ? n + 1 : n;
}

/* fits() - 'd': a digit, 'x': one of a hexadecimal number; else the character itself */
static bool fits(char form, char c)
{
	if (form == 'd')
		return isdigit((unsigned char)c);
	return form == 'x' ? isxdigit((unsigned char)c) != 0 : c == form;
}

/* is_date() - does "2026-11-24" or "20261124" begin here? @len receives its length */
static bool is_date(const char *s, size_t *len)
{
	static const char long_form[] = "dddd-dd-dd", short_form[] = "dddddddd";
	const char *const forms[] = { long_form, short_form };

	if (strncmp(s, "19", 2) != 0 && strncmp(s, "20", 2) != 0)
		return false;
	for (size_t f = 0; f < TB_ARRAY_SIZE(forms); f++) {
		size_t i = 0;

		while (forms[f][i] && fits(forms[f][i], s[i]))
			i++;
		if (!forms[f][i] && !isdigit((unsigned char)s[i])) {
			*len = i + time_after(s + i);
			return true;
		}
	}
	return false;
}

/* is_uuid() - RFC 9562, 4 */
static bool is_uuid(const char *s)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	size_t i = 0;

	while (form[i] && fits(form[i], s[i]))
		i++;
	return !form[i] && !is_word(s[i]);
}

/* ends_place() - does the directory that ends here hold names that nobody else is to know? */
static bool ends_place(const char *text, size_t at)
{
	static const char *const places[] = { "/tmp/", "/dev/shm/", "/run/" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(places); i++) {
		size_t len = strlen(places[i]);

		if (at >= len && !strncmp(text + at - len, places[i], len))
			return true;
	}
	return false;
}

bool diff_in_temporary_place(const char *text)
{
	for (size_t i = 0; text[i]; i++)
		if (ends_place(text, i + 1))
			return true;
	return false;
}

/* A word in a text, while the text is gone through. */
struct at {
	const struct rpt_diff *d;
	int side;
	const char *text;
	size_t begin, len;
	struct look look;
	bool place;		/* names are temporary here */
};

static char before(const struct at *a)
{
	return a->begin ? a->text[a->begin - 1] : '\0';
}

static bool is_mixed(const struct look *l)
{
	return (l->digits > 0) + (l->lower > 0) + (l->upper > 0) > 1;
}

/* is_number() - a process id or a time */
static bool is_number(const struct at *a)
{
	const char *s = a->text + a->begin;

	if (a->look.digits != a->len)
		return false;
	if (before(a) == '.' && a->begin > 1 && isdigit((unsigned char)a->text[a->begin - 2]))
		return false;		/* of a version */
	if (a->len >= TIME_DIGITS || is_pid(a->d, a->side, s, a->len))
		return true;
	if (a->begin >= 6 && !strncmp(s - 6, "/proc/", 6))
		return true;
	return a->len > 2 && a->place;
}

/* is_hash() - of something that has a time in it, or random bytes */
static bool is_hash(const struct look *l)
{
	return l->len >= HEX_LONG && l->hex == l->len && l->digits;
}

/* ends_name() - is the word the last of a file's name, or of an argument? */
static bool ends_name(const struct at *a)
{
	char next = a->text[a->begin + a->len];

	return !next || next == '/' || next == ' ' || next == '"' || next == '\'';
}

/* is_random() - as mkstemp(3) and its like make it. @sure: it can hardly be a word */
static bool is_random(const struct at *a, bool *sure)
{
	*sure = is_mixed(&a->look);
	if (a->len >= NONCE_MIN && a->look.digits && a->look.lower && a->look.upper)
		return true;
	if (a->len < RANDOM_MIN || !strchr("._-", before(a)) || !before(a))
		return false;
	return a->place || (*sure && ends_name(a));
}

/* whole_name() - "tmp8c_k1x9q", "t7Xb2kQ": a name without an end, where names are temporary.
 * Return: its length; 0: it is none */
static size_t whole_name(const struct at *a, bool *sure)
{
	const char *s = a->text + a->begin;
	struct look l;
	size_t n = 0;

	if (!a->place || before(a) != '/')
		return 0;
	while (is_word(s[n]) || s[n] == '_')
		n++;
	if (n < RANDOM_MIN || (s[n] && s[n] != '/'))
		return 0;
	l = look_at(s, n);
	*sure = is_mixed(&l) || !strncmp(s, "tmp", 3);
	return n;
}

static void sign(struct tb_buf *out, char what, size_t len)
{
	tb_buf_addc(out, SIGN);
	tb_buf_addc(out, what);
	if (len)
		tb_buf_addf(out, "%zu", len);
}

/* word() - append one, or its sign. Return: how much of the text it was */
static size_t word(const struct at *a, struct tb_buf *out, bool *sure)
{
	const char *s = a->text + a->begin;
	bool certain = true;
	size_t len = whole_name(a, &certain);

	if (len) {
		sign(out, 'r', len);
	} else if (is_uuid(s)) {
		certain = true;
		len = strlen("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
		sign(out, 'u', 0);
	} else if (is_date(s, &len)) {
		sign(out, 'd', 0);
	} else if (is_number(a)) {
		len = a->len;
		sign(out, 'n', 0);
	} else if (is_hash(&a->look)) {
		len = a->len;
		sign(out, 'h', len);
	} else if (is_random(a, &certain)) {
		len = a->len;
		sign(out, 'r', len);
	} else {
		tb_buf_add(out, s, a->len);
		return a->len;
	}
	*sure |= certain;
	return len;
}

bool diff_shape(const struct rpt_diff *d, int side, const char *text, bool temporary,
		struct tb_buf *out)
{
	struct at a = { .d = d, .side = side, .text = text, .place = temporary };
	bool sure = false, certain;

	while (text[a.begin]) {
		a.place |= ends_place(text, a.begin);
		a.len = 0;
		while (is_word(text[a.begin + a.len]))
			a.len++;
		if (a.len || (text[a.begin] == '_' && whole_name(&a, &certain))) {
			a.look = look_at(text + a.begin, a.len);
			a.begin += word(&a, out, &sure);
		} else {
			tb_buf_addc(out, text[a.begin++]);
		}
	}
	return sure;
}

/* common_end() - so many bytes at the end of both are the same components of a path */
static size_t common_end(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b), n = 0, whole = 0;

	while (n < na && n < nb && a[na - n - 1] == b[nb - n - 1]) {
		n++;
		if (a[na - n] == '/')
			whole = n;
	}
	return whole;
}

static const char *copy_part(struct rpt_diff *d, const char *s, size_t len)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tb_buf_add(&b, s, len);
	return diff_copy(d, &b);
}

static bool is_known(const struct rpt_diff *d, const char *from)
{
	for (size_t i = 0; i < d->nmoves; i++)
		if (!strcmp(d->moves[i].from, from))
			return true;
	return false;
}

/* add_name() - where only the last name of a directory differs, paths from elsewhere have it, too:
 * "./agent-1.0/run" */
static void add_name(struct rpt_diff *d, const struct diff_move *m)
{
	const char *from = strrchr(m->from, '/'), *to = strrchr(m->to, '/');

	if (!from || !to || from - m->from != to - m->to || d->nmoves == DIFF_MOVES)
		return;
	if (strncmp(m->from, m->to, (size_t)(from - m->from)) != 0 || !from[1] || !to[1])
		return;
	d->moves[d->nmoves++] = (struct diff_move){ .from = from + 1, .to = to + 1 };
}

static void add_move(struct rpt_diff *d, const char *a, const char *b)
{
	struct diff_move m = { .told = true };
	size_t end;

	if (!a || !b || a[0] != '/' || b[0] != '/' || !strcmp(a, b) || d->nmoves == DIFF_MOVES)
		return;
	end = common_end(a, b);
	if (strlen(a) <= end || strlen(b) <= end || !a[1] || !b[1])
		return;		/* one of them is the root directory */
	m.from = copy_part(d, a, strlen(a) - end);
	m.to = copy_part(d, b, strlen(b) - end);
	if (d->failed || is_known(d, m.from))
		return;
	d->moves[d->nmoves++] = m;
	add_name(d, &m);
}

static const char *product_of(const struct rpt_input *in)
{
	return in->facts->nprograms ? in->facts->programs[0].path : NULL;
}

void diff_find_moves(struct rpt_diff *d)
{
	add_move(d, product_of(d->in[DIFF_A]), product_of(d->in[DIFF_B]));
	add_move(d, d->in[DIFF_A]->run->cwd, d->in[DIFF_B]->run->cwd);
}

/* is_path_char() - a name goes on with it: "/opt/a" is no part of "/opt/ab" or "/x/opt/a" */
static bool is_path_char(char c)
{
	return is_word(c) || c == '_' || c == '-' || c == '.';
}

static const struct diff_move *move_at(const struct rpt_diff *d, const char *text, size_t at)
{
	for (size_t i = 0; i < d->nmoves; i++) {
		size_t len = strlen(d->moves[i].from);

		if (!strncmp(text + at, d->moves[i].from, len) && !is_path_char(text[at + len]))
			return &d->moves[i];
	}
	return NULL;
}

void diff_moved(const struct rpt_diff *d, const char *text, struct tb_buf *out)
{
	size_t at = 0;

	while (text[at]) {
		const struct diff_move *m = NULL;

		if (!at || !is_path_char(text[at - 1]))
			m = move_at(d, text, at);
		if (m) {
			tb_buf_adds(out, m->to);
			at += strlen(m->from);
		} else {
			tb_buf_addc(out, text[at++]);
		}
	}
}

bool diff_same_text(struct rpt_diff *d, const char *a, const char *b, bool shapes)
{
	TB_AUTOBUF struct tb_buf x = TB_BUF_INIT, moved = TB_BUF_INIT, y = TB_BUF_INIT;
	bool sure;

	if (!strcmp(a, b))
		return true;
	diff_moved(d, a, &moved);
	d->failed |= moved.failed;
	if (moved.failed || !moved.len || !*b)
		return false;
	if (!strcmp(moved.data, b))
		return true;
	if (!shapes)
		return false;
	sure = diff_shape(d, DIFF_A, moved.data, false, &x);
	sure |= diff_shape(d, DIFF_B, b, false, &y);
	d->failed |= x.failed || y.failed;
	return sure && !d->failed && !strcmp(x.data, y.data);
}
