/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - files that were created, changed and removed, by directory
 *
 * How it works: files are sorted by directory. As long as there are more directories than a reader
 * wants, those at the greatest depth are told with the one above them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/grid.h"
#include "report/phrases.h"
#include "report/sections.h"
#include "tcbox/facts.h"
#include "tcbox/own.h"
#include "tcbox/word.h"

#define DIRS_MAX 16		/* report.json has all files */
#define EXAMPLES 3
#define NAME_COLUMNS 40

/* Files that are told together: those in one directory, or below it. */
struct place {
	size_t from, to;	/* in the list of files */
	size_t dir;		/* bytes of the directory in the path of each of them */
	bool below;		/* some are deeper */
};

enum { CREATED, CHANGED, REMOVED, TRANSIENT, FAILED, SORTS };

struct places {
	const struct facts *f;
	struct place *v;
	size_t n;
};

static const char *dir_of(const struct places *s, const struct place *p)
{
	return s->f->files[p->from].path;
}

static size_t depth(const char *path, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += path[i] == '/';
	return n;
}

/* above() - bytes of the directory above that of the first @len bytes; 0: there is none */
static size_t above(const char *path, size_t len)
{
	if (len)
		len--;
	while (len && path[len - 1] != '/')
		len--;
	return len;
}

static bool same_dir(const struct places *s, const struct place *a, const struct place *b)
{
	return a->dir == b->dir && !memcmp(dir_of(s, a), dir_of(s, b), a->dir);
}

/* unite() - neighbours with the same directory are one. They are neighbours, because what is below
 * a directory follows it */
static void unite(struct places *s)
{
	size_t out = 0;

	for (size_t i = 1; i < s->n; i++) {
		if (same_dir(s, &s->v[out], &s->v[i])) {
			s->v[out].to = s->v[i].to;
			s->v[out].below |= s->v[i].below;
		} else {
			s->v[++out] = s->v[i];
		}
	}
	s->n = s->n ? out + 1 : 0;
}

/* lift() - the deepest places go up by one directory. Return: false if none can */
static bool lift(struct places *s)
{
	size_t deepest = 0;

	for (size_t i = 0; i < s->n; i++) {
		size_t d = depth(dir_of(s, &s->v[i]), s->v[i].dir);

		deepest = d > deepest ? d : deepest;
	}
	if (deepest < 2)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		if (depth(dir_of(s, &s->v[i]), s->v[i].dir) != deepest)
			continue;
		s->v[i].dir = above(dir_of(s, &s->v[i]), s->v[i].dir);
		s->v[i].below = true;
	}
	unite(s);
	return true;
}

static int sort_of(const struct facts *f, const struct fact_file *file)
{
	static const int sorts[] = {
		[FACT_LEFT_CREATED] = CREATED, [FACT_LEFT_CHANGED] = CHANGED,
		[FACT_LEFT_REMOVED] = REMOVED, [FACT_LEFT_REPLACED] = CHANGED,
	};

	if (file->left != FACT_LEFT_NOTHING)
		return sorts[file->left];
	if (file->denied || file->tried)
		return FAILED;
	if (f->disk_listed)
		return TRANSIENT;
	return tb_is_word(file->op, "create") ? CREATED : CHANGED;
}

/* add_examples() - the names of some */
static void add_examples(struct tb_buf *b, const struct places *s, const struct place *p)
{
	size_t shown = 0;

	for (size_t i = p->from; i < p->to && shown < EXAMPLES; i++, shown++) {
		const struct fact_file *f = &s->f->files[i];

		tb_buf_adds(b, shown ? ", " : "");
		phrase_cut(b, f->path + p->dir, NAME_COLUMNS);
		if (f->denied && f->error)
			tb_buf_addf(b, " (%s)", f->error);
		if (f->unexplained)
			tb_buf_adds(b, " (no recorded call explains it)");
	}
	if (p->to - p->from > shown)
		tb_buf_adds(b, ", ...");
}

/* add_programs() - who did it: the first, and how many others there were */
static void add_programs(struct tb_buf *b, const struct places *s, const struct place *p)
{
	const char *first = NULL;
	bool others = false;

	for (size_t i = p->from; i < p->to; i++) {
		const struct fact_file *f = &s->f->files[i];

		if (!first)
			first = f->program;
		others |= f->programs > 1 || (f->program && f->program != first);
	}
	if (!first)
		return;
	tb_buf_addf(b, "%s%s: ", first, others ? " and others" : "");
}

static void row(struct grid *g, const struct places *s, const struct place *p, struct tb_buf *b)
{
	uint64_t counts[SORTS] = { 0 };
	uint64_t undeclared = 0;
	bool unexplained = false;

	for (size_t i = p->from; i < p->to; i++) {
		undeclared += s->f->files[i].stand == FND_UNDECLARED;
		counts[sort_of(s->f, &s->f->files[i])]++;
		unexplained |= s->f->files[i].unexplained;
	}
	grid_row(g, unexplained ? DOC_BAD : DOC_PLAIN);
	tb_buf_add(b, dir_of(s, p), p->dir);
	if (p->below)
		tb_buf_adds(b, "**");
	grid_cell(g, 0, b);
	for (size_t i = 0; i < SORTS; i++) {
		if (counts[i])
			tb_buf_addf(b, "%" PRIu64, counts[i]);
		grid_cell(g, i + 1, b);
	}
	if (undeclared)
		tb_buf_addf(b, "%" PRIu64, undeclared);
	grid_cell(g, SORTS + 1, b);
	add_programs(b, s, p);
	add_examples(b, s, p);
	grid_note(g, b);
}

/* gather() - one place for each directory, then fewer. Return: false without memory */
static bool gather(struct places *s)
{
	s->v = calloc(s->f->nfiles, sizeof(*s->v));
	if (!s->v)
		return false;
	for (size_t i = 0; i < s->f->nfiles; i++)
		s->v[s->n++] = (struct place){ i, i + 1, s->f->files[i].dir, false };
	unite(s);
	while (s->n > DIRS_MAX && lift(s))
		;
	return true;
}

void rpt_files(struct doc *d, const struct rpt_input *in)
{
	static const struct grid_column columns[] = {
		{ .head = "directory" }, { .head = "created", .right = true },
		{ .head = "changed", .right = true }, { .head = "removed", .right = true },
		{ .head = "transient", .right = true }, { .head = "failed", .right = true },
		{ .head = "not declared", .right = true },
	};
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct places s = { .f = in->facts };
	size_t shown;
	struct grid g;

	if (!s.f->nfiles)
		return;
	if (!gather(&s)) {
		d->out->failed = true;
		return;
	}
	doc_heading(d, "Files", s.f->nfiles + s.f->more_files);
	grid_init(&g, columns, TB_ARRAY_SIZE(columns));
	shown = s.n < DIRS_MAX ? s.n : DIRS_MAX;
	for (size_t i = 0; i < shown; i++)
		row(&g, &s, &s.v[i], &b);
	grid_end(&g, d);
	grid_free(&g);
	free(s.v);
	phrase_more(d, s.n - shown + s.f->more_files);
}
