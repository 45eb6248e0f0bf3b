/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.c - what in a path would be another thing the next time
 *
 * How it works: a path is taken component by component. In each, what is recognised as a temporary
 * name, a date, a hash, a version, a process id or a long number becomes a star; what is around it
 * stays. Nothing is guessed of a whole directory here, that is for merge.c.
 *
 * Limits: by its looks alone a random name of few letters is not told from a word. It is found when
 * several runs have different ones (merge.c).
 */
#include "policy/learn/state.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/own.h"

#define HASH_MIN 16		/* hexadecimal digits that are a hash, whatever they are */
#define HASH_SHORT 7		/* with digits and letters among them, as git(1) shortens them */
#define NUMBER_MIN 6		/* decimal digits that count or tell a time */
#define TEMP_MIN 6		/* of mkstemp(3) */
#define TEMP_MAX 16

/* A component while it is looked at. */
struct part {
	const char *s;
	size_t len;
	bool temporary;		/* it is in a directory for temporary files */
	char pid[24];		/* of who used it, and of its parent; "": not known */
	char parent[24];
};

static size_t span(const char *s, size_t left, const char *set)
{
	size_t n = 0;

	while (n < left && s[n] && strchr(set, s[n]))
		n++;
	return n;
}

#define DIGITS "0123456789"
#define HEX DIGITS "abcdef"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool begins(const struct part *p, size_t at)
{
	return !at || !isalnum((unsigned char)p->s[at - 1]);
}

static bool ends(const struct part *p, size_t at)
{
	return at == p->len || !isalnum((unsigned char)p->s[at]);
}

/* uuid() - RFC 9562, 4 */
static size_t uuid(const char *s, size_t left)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };
	size_t at = 0;

	for (size_t i = 0; i < TB_ARRAY_SIZE(groups); i++) {
		if (i && (at >= left || s[at++] != '-'))
			return 0;
		if (span(s + at, left - at, HEX "ABCDEF") < groups[i])
			return 0;
		at += groups[i];
	}
	return at;
}

static bool in_range(const char *s, size_t n, int lo, int hi)
{
	int v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	return v >= lo && v <= hi;
}

/* date() - 2026-11-30, 20261130, and a time of day behind it */
static size_t date(const char *s, size_t left)
{
	size_t n = span(s, left, DIGITS), at, more;

	if (n == 4 && left >= 10 && (s[4] == '-' || s[4] == '_' || s[4] == '.') && s[7] == s[4] &&
	    span(s + 5, 2, DIGITS) == 2 && span(s + 8, 2, DIGITS) == 2 &&
	    in_range(s, 4, 1970, 2199) && in_range(s + 5, 2, 1, 12) && in_range(s + 8, 2, 1, 31))
		at = 10;
	else if ((n == 8 || n == 14) && in_range(s, 4, 1970, 2199) && in_range(s + 4, 2, 1, 12) &&
		 in_range(s + 6, 2, 1, 31))
		at = n;
	else
		return 0;
	if (at + 2 < left && strchr("T-_ .", s[at])) {
		more = span(s + at + 1, left - at - 1, DIGITS ":.-Z+");
		while (more && strchr(":.-+", s[at + more]))
			more--;
		if (more >= 4)
			at += 1 + more;
	}
	return at;
}

/* version() - numbers with dots between them */
static size_t version(const char *s, size_t left)
{
	size_t at = span(s, left, DIGITS), dots = 0, n;

	if (!at || at > 4)
		return 0;
	while (at + 1 < left && s[at] == '.') {
		n = span(s + at + 1, left - at - 1, DIGITS);
		if (!n)
			break;
		at += n + 1;
		dots++;
	}
	return dots ? at : 0;
}

static size_t hash(const char *s, size_t left)
{
	size_t n = span(s, left, HEX), digits = 0;

	for (size_t i = 0; i < n; i++)
		digits += isdigit((unsigned char)s[i]) != 0;
	if (n >= HASH_MIN && digits < n)
		return n;
	return n >= HASH_SHORT && digits && digits < n ? n : 0;
}

/* is_mixed() - letters and digits, or small and capital letters but not one capital in front: no
 * word of people */
static bool is_mixed(const char *s, size_t n)
{
	size_t lower = 0, upper = 0, digits = 0;

	for (size_t i = 0; i < n; i++) {
		lower += islower((unsigned char)s[i]) != 0;
		upper += isupper((unsigned char)s[i]) != 0;
		digits += isdigit((unsigned char)s[i]) != 0;
	}
	if (upper && lower)
		return digits || upper > 1 || !isupper((unsigned char)s[0]);
	return digits && (upper || lower) && !(digits == 1 && isdigit((unsigned char)s[n - 1])) &&
	       !(digits == n - 1);
}

/*
 * temp() - the random end of a name, as mkstemp(3), tempfile of Python and rsync(1) make them: in a
 * directory for such files anywhere, elsewhere six characters behind a dot, '_' or '-' at the end
 */
static size_t temp(const struct part *p, size_t at)
{
	const char *s = p->s + at;
	size_t left = p->len - at, n = span(s, left, DIGITS LETTERS);

	if (p->temporary)
		n = span(s, left, DIGITS LETTERS "_");
	if (n < TEMP_MIN || n > TEMP_MAX || !is_mixed(s, n))
		return 0;
	if (p->temporary && (n == left || strchr(".-", s[n])))
		return n;
	return n == TEMP_MIN && at && strchr("._-", p->s[at - 1]) && n == left ? n : 0;
}

static size_t pid(const struct part *p, size_t at)
{
	size_t n = span(p->s + at, p->len - at, DIGITS);

	if (!n || !begins(p, at) || !ends(p, at + n))
		return 0;
	if ((n == strlen(p->pid) && !strncmp(p->pid, p->s + at, n)) ||
	    (n == strlen(p->parent) && !strncmp(p->parent, p->s + at, n)))
		return n;
	return 0;
}

static size_t number(const struct part *p, size_t at)
{
	size_t n = span(p->s + at, p->len - at, DIGITS);

	return n >= NUMBER_MIN ? n : 0;
}

/* changing() - what at this place is something else the next time. Return: how long it is; 0:
 * nothing is */
static size_t changing(const struct part *p, size_t at, bool program, unsigned int *star)
{
	const char *s = p->s + at;
	size_t left = p->len - at, n;

	*star = LRN_STAR_HASH;
	n = begins(p, at) ? uuid(s, left) : 0;
	if (n)
		return n;
	*star = LRN_STAR_DATE;
	n = at && isdigit((unsigned char)s[-1]) ? 0 : date(s, left);
	if (n)
		return n;
	*star = LRN_STAR_HASH;
	n = begins(p, at) ? hash(s, left) : 0;
	if (n && ends(p, at + n))
		return n;
	*star = LRN_STAR_TEMP;
	n = begins(p, at) || p->temporary ? temp(p, at) : 0;
	if (n)
		return n;
	*star = LRN_STAR_PID;
	n = program ? 0 : pid(p, at);
	if (n)
		return n;
	*star = LRN_STAR_VERSION;
	n = program || (at && isdigit((unsigned char)s[-1])) ? 0 : version(s, left);
	if (n)
		return n;
	*star = LRN_STAR_NUMBER;
	return at && isdigit((unsigned char)s[-1]) ? 0 : number(p, at);
}

size_t lrn_changing(const char *s, size_t len, size_t at, unsigned int *star)
{
	const struct part p = { .s = s, .len = len };

	return changing(&p, at, false, star);
}

size_t lrn_step(const char *s, size_t len, size_t at)
{
	return len - at > 1 && s[at] == '$' && s[at + 1] == '{' ? 2 : 1;
}

static void add_example(struct lrn_shape *shape, const char *s, size_t len)
{
	if (!shape->example[0])
		(void)snprintf(shape->example, sizeof(shape->example), "%.*s", (int)len, s);
}

/* add_part() - one component */
static void add_part(const struct part *p, bool program, struct tb_buf *out,
		     struct lrn_shape *shape)
{
	size_t at = 0, n;
	unsigned int star;

	while (at < p->len) {
		n = changing(p, at, program, &star);
		if (n) {
			tb_buf_addc(out, '*');
			shape->stars |= star;
			add_example(shape, p->s, p->len);
		} else {
			n = lrn_step(p->s, p->len, at);
			lines_glob(out, p->s + at, n);
		}
		at += n;
	}
}

/* component() - where the one at this depth begins; the end of @path, if it has fewer */
static const char *component(const char *path, size_t depth)
{
	const char *s = path + (*path == '/');

	for (; depth && *s; depth--) {
		s += strcspn(s, "/");
		s += *s == '/';
	}
	return s;
}

static size_t depth_of(const char *path)
{
	size_t n = 0;

	for (; *path; path++)
		n += *path == '/' && path[1];
	return n;
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/';
}

static bool is_temporary(const char *path)
{
	static const char *const dirs[] = { "/tmp", "/var/tmp", "/dev/shm" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(dirs); i++)
		if (is_below(path, dirs[i]))
			return true;
	return false;
}

/* fan() - two hexadecimal digits above a hash, as git(1) and many caches have them */
static bool fan(const char *s, size_t len, const char *next)
{
	return len == 2 && span(s, 2, HEX) == 2 && *next == '/' &&
	       hash(next + 1, strcspn(next + 1, "/")) >= HASH_MIN;
}

void lrn_star(const char *s, size_t len, size_t *head, size_t *tail)
{
	while (*head && isalnum((unsigned char)s[*head - 1]))
		(*head)--;
	while (*tail && isalnum((unsigned char)s[len - *tail]))
		(*tail)--;
}

/* differ() - one component of the directories in which the runs were started, if it is not the same
 * in all: what it has in common, with a star */
static bool differ(const struct learn *l, size_t depth, struct tb_buf *out)
{
	const char *first = component(l->runs[0].run->cwd, depth), *s;
	size_t len = strcspn(first, "/"), head = len, tail = len, n, i;
	bool same = true;

	for (i = 1; i < l->nruns; i++) {
		s = component(l->runs[i].run->cwd, depth);
		n = strcspn(s, "/");
		same &= n == len && !strncmp(s, first, n);
		head = head < n ? head : n;
		tail = tail < n ? tail : n;
		while (head && strncmp(s, first, head) != 0)
			head--;
		while (tail && strncmp(s + n - tail, first + len - tail, tail) != 0)
			tail--;
	}
	if (same)
		return false;
	if (head + tail > len)
		tail = len - head;
	for (i = 0; i < l->nruns; i++) {	/* nor may they overlap in the shortest */
		n = strcspn(component(l->runs[i].run->cwd, depth), "/");
		tail = head + tail > n ? n - head : tail;
	}
	lrn_star(first, len, &head, &tail);
	lines_glob(out, first, head);
	tb_buf_addc(out, '*');
	lines_glob(out, first + len - tail, tail);
	return true;
}

/* started_depth() - how many components of @path are the directory in which the run was started,
 * where not all runs were started in the same one, but in ones that are as deep. 0: none */
static size_t started_depth(const struct learn *l, const char *path)
{
	const char *cwd = lrn_run(l)->run->cwd;
	size_t depth = cwd ? depth_of(cwd) : 0;

	if (depth < 2 || (!is_below(path, cwd) && strcmp(path, cwd) != 0))
		return 0;
	for (size_t i = 0; i < l->nruns; i++)
		if (!l->runs[i].run->cwd || depth_of(l->runs[i].run->cwd) != depth)
			return 0;
	return depth;
}

static void pid_text(char out[24], int64_t pid)
{
	if (pid > 1)
		(void)snprintf(out, 24, "%lld", (long long)pid);
}

void lrn_path(struct learn *l, const char *path, const struct evd_proc *proc, bool program,
	      struct tb_buf *out, struct lrn_shape *shape)
{
	const struct evd_proc *parent = proc ? evd_proc(lrn_run(l)->evidence, proc->parent) : NULL;
	struct part p = { .temporary = is_temporary(path) };
	size_t depth = 0, start = started_depth(l, path);

	if (proc)
		pid_text(p.pid, proc->pid);
	if (parent)
		pid_text(p.parent, parent->pid);
	for (const char *s = path; *s == '/'; s = p.s + p.len, depth++) {
		p.s = s + 1;
		p.len = strcspn(p.s, "/");
		tb_buf_addc(out, '/');
		if (depth < start && differ(l, depth, out)) {
			shape->stars |= LRN_STAR_DIFFERS;
			add_example(shape, p.s, p.len);
		} else if (depth == 1 && is_below(path, "/home")) {
			tb_buf_addc(out, '*');
			shape->stars |= LRN_STAR_HOME;
			add_example(shape, p.s, p.len);
		} else if (depth == 1 && is_below(path, "/proc") &&
			   span(p.s, p.len, DIGITS) == p.len) {
			tb_buf_addc(out, '*');
			shape->stars |= LRN_STAR_PID;
			add_example(shape, p.s, p.len);
		} else if (!program && fan(p.s, p.len, p.s + p.len)) {
			tb_buf_addc(out, '*');
			shape->stars |= LRN_STAR_HASH;
		} else {
			add_part(&p, program, out, shape);
		}
	}
	l->failed |= out->failed;
}
