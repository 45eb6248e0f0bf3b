/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge_files.c - files that become one glob
 *
 * How it works: where two runs have each a file of its own in one directory, of the same program,
 * and their names are as long and differ in one stretch of letters and digits, that stretch is what
 * differs from run to run. Then a directory with DIR_FROM or more files and directories in it
 * becomes all that is below it, the deepest first; but not one that many programs share.
 */
#include "policy/learn/state.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

#define DIR_FROM 8		/* that many, and a directory is a place of the product's */
#define PAIRS_MAX 4000000u	/* names that are compared with each other */
#define DIFFERENT_MIN 4		/* characters that differ: fewer are a word or a counter */
#define DIRS_MAX 100000

static size_t dir_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

static bool is_file(const struct lrn_item *it)
{
	return (it->section == LRN_WRITES || it->section == LRN_REQUESTS) && !it->gone &&
	       !it->doubts;
}

static void add_example(struct lrn_item *it, const char *path)
{
	for (size_t i = 0; i < it->nexamples; i++)
		if (!path || !strcmp(it->examples[i], path))
			return;
	if (path && it->nexamples < LRN_EXAMPLES)
		it->examples[it->nexamples++] = path;
}

static void join(struct lrn_item *to, struct lrn_item *from)
{
	add_example(to, to->path);
	add_example(to, from->path);
	lrn_add_up(to, from);
	to->members = (to->members ? to->members : 1) + (from->members ? from->members : 1);
	to->stars |= from->stars;
}

/* stretch() - where two paths of one length differ. Return: how long that is; 0: nowhere, or in
 * more than letters and digits */
static size_t stretch(const char *a, const char *b, size_t *at)
{
	size_t len = strlen(a), head = 0, tail = 0;

	while (a[head] && a[head] == b[head])
		head++;
	while (tail < len - head && a[len - tail - 1] == b[len - tail - 1])
		tail++;
	*at = head;
	for (size_t i = head; i < len - tail; i++)
		if (!isalnum((unsigned char)a[i]) || !isalnum((unsigned char)b[i]))
			return 0;
	return len - tail - head;
}

/* differs() - are these the same file, with another name in each run? Then they are one */
static bool differs(struct learn *l, struct lrn_item *a, struct lrn_item *b)
{
	TB_AUTOBUF struct tb_buf glob = TB_BUF_INIT;
	size_t at, n, len, tail;

	if (a->seen.runs & b->seen.runs || !a->path || !b->path || !a->program ||
	    a->program != b->program)
		return false;
	if (a->stars & LRN_STAR_DIFFERS && pol_path_glob(a->what, b->path)) {
		join(a, b);
		return true;
	}
	len = strlen(a->path);
	if (a->stars || b->stars || len != strlen(b->path))
		return false;
	n = stretch(a->path, b->path, &at);
	if (n < DIFFERENT_MIN || at <= dir_len(a->path))
		return false;
	tail = len - at - n;
	lrn_star(a->path, len, &at, &tail);
	lines_glob(&glob, a->path, at);
	tb_buf_addc(&glob, '*');
	lines_glob(&glob, a->path + len - tail, tail);
	a->what = lrn_take(l, &glob);
	join(a, b);
	a->stars |= LRN_STAR_DIFFERS;
	return true;
}

static int by_dir(const void *pa, const void *pb)
{
	const struct lrn_item *a = *(const struct lrn_item *const *)pa;
	const struct lrn_item *b = *(const struct lrn_item *const *)pb;
	size_t la = dir_len(a->what), lb = dir_len(b->what), n = la < lb ? la : lb;
	int order = memcmp(a->what, b->what, n);

	if (order)
		return order;
	if (la != lb)
		return la < lb ? -1 : 1;
	return strcmp(a->what, b->what);
}

static bool same_dir(const struct lrn_item *a, const struct lrn_item *b)
{
	size_t n = dir_len(a->what);

	return n == dir_len(b->what) && !strncmp(a->what, b->what, n);
}

static void names(struct learn *l, struct lrn_item **v, size_t n)
{
	size_t pairs = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && same_dir(v[i], v[k]) && pairs < PAIRS_MAX;
		     k++, pairs++)
			if (!v[i]->gone && !v[k]->gone)
				(void)differs(l, v[i], v[k]);
}

/* is_shared() - a directory of many programs, hier(7) and the XDG base directories: all that is
 * below it is not one product's. Stars of the glob are characters here */
static bool is_shared(const char *dir)
{
	static const char *const shared[] = {
		"", "/*", "/var/tmp", "/dev/shm", "/home/*", "/usr/*", "/var/*", "/usr/local/*",
		"/home/*/.config", "/home/*/.cache", "/home/*/.local", "/home/*/.local/*",
		"/root/.config", "/root/.cache", "/root/.local", "/root/.local/*",
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(shared); i++)
		if (pol_path_glob(shared[i], dir))
			return true;
	return false;
}

/* A directory, and what is in it. */
struct dir {
	char *path;
	size_t depth;
};

struct dirs {
	struct dir *v;
	size_t n;
};

static int deepest(const void *pa, const void *pb)
{
	const struct dir *a = pa, *b = pb;

	if (a->depth != b->depth)
		return a->depth < b->depth ? 1 : -1;
	return strcmp(a->path, b->path);
}

static bool add_dir(struct dirs *d, const char *path, size_t len)
{
	struct dir *grown = tb_grow(d->v, d->n, 1, sizeof(*grown));
	char *copy = strndup(path, len);
	size_t depth = 0;

	if (grown)
		d->v = grown;
	if (!grown || !copy) {
		free(copy);
		return false;
	}
	for (size_t i = 0; i < len; i++)
		depth += path[i] == '/';
	d->v[d->n++] = (struct dir){ .path = copy, .depth = depth };
	return true;
}

/* find_dirs() - the directories that files are in, and those above them. @v is sorted by them */
static bool find_dirs(struct dirs *d, struct lrn_item **v, size_t n)
{
	struct tb_map *known = tb_map_new(DIRS_MAX);
	bool ok = known != NULL;

	for (size_t i = 0; ok && i < n; i++) {
		size_t len = strlen(v[i]->what);

		while (ok && len > 1) {
			while (len && v[i]->what[len - 1] != '/')
				len--;
			len = len ? len - 1 : 0;
			if (len < 2 || tb_map_get(known, v[i]->what, len) ||
			    tb_map_count(known) == DIRS_MAX)
				break;
			ok = !tb_map_put(known, v[i]->what, len, d) && add_dir(d, v[i]->what, len);
		}
	}
	tb_map_free(known);
	if (d->n)
		qsort(d->v, d->n, sizeof(d->v[0]), deepest);
	return ok;
}

static bool is_in(const char *path, const char *dir, size_t len)
{
	return !strncmp(path, dir, len) && path[len] == '/';
}

/* collapse() - all that is below a directory becomes one glob. Return: whether it did */
static bool collapse(struct learn *l, const struct dir *d, struct lrn_item **v, size_t n)
{
	size_t len = strlen(d->path), children = 0;
	TB_AUTOBUF struct tb_buf glob = TB_BUF_INIT;
	struct lrn_item *first = NULL;

	for (size_t i = 0; i < n; i++)
		children += is_file(v[i]) && is_in(v[i]->what, d->path, len) &&
			    (!strchr(v[i]->what + len + 1, '/') || v[i]->stars & LRN_STAR_ALL);
	if (children < DIR_FROM || (v[0]->section == LRN_WRITES && is_shared(d->path)))
		return false;
	for (size_t i = 0; i < n; i++) {
		bool is_dir = !strcmp(v[i]->what, d->path);

		if (!is_file(v[i]) || (!is_dir && !is_in(v[i]->what, d->path, len)))
			continue;
		if (first)
			join(first, v[i]);
		else
			first = v[i];
	}
	if (!first)
		return false;
	add_example(first, first->path);
	tb_buf_addf(&glob, "%s/**", d->path);
	first->what = lrn_take(l, &glob);
	first->stars |= LRN_STAR_ALL;
	return true;
}

static void collapse_all(struct learn *l, struct lrn_item **v, size_t n)
{
	struct dirs d = { 0 };

	if (!find_dirs(&d, v, n))
		l->failed = true;
	for (size_t i = 0; i < d.n && !l->failed; i++)
		(void)collapse(l, &d.v[i], v, n);
	for (size_t i = 0; i < d.n; i++)
		free(d.v[i].path);
	free(d.v);
}

void lrn_merge_paths(struct learn *l, struct lrn_item **v, size_t n)
{
	if (n)
		qsort(v, n, sizeof(v[0]), by_dir);
	if (l->nruns > 1)
		names(l, v, n);
	collapse_all(l, v, n);
}

void lrn_merge_files(struct learn *l)
{
	struct lrn_item **v = calloc(l->nitems + 1, sizeof(struct lrn_item *));
	size_t n = 0;

	if (!v) {
		l->failed = true;
		return;
	}
	for (size_t i = 0; i < l->nitems; i++)
		if (l->items[i]->section == LRN_WRITES && is_file(l->items[i]))
			v[n++] = l->items[i];
	lrn_merge_paths(l, v, n);
	free(v);
}
