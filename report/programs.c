/* SPDX-License-Identifier: Apache-2.0 */
/*
 * programs.c - the tree of programs that were started
 */
#include <inttypes.h>
#include <string.h>

#include "report/phrases.h"
#include "report/sections.h"
#include "tcbox/facts.h"

#define PROGRAMS_MAX 40		/* report.json has all */
#define ARGS_MAX 160		/* bytes of the arguments of one */
#define DEPTH_MAX 10		/* what is deeper stands at this depth */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* is_called() - does the word of @len bytes call a program by its own name? */
static bool is_called(const char *word, size_t len, const char *path)
{
	const char *name = last_part(path);
	const char *slash = memrchr(word, '/', len);
	size_t skipped = slash ? (size_t)(slash - word) + 1 : 0;

	return strlen(name) == len - skipped && !memcmp(name, word + skipped, len - skipped);
}

/* arguments() - without the first word, unless that is another name of the program: a shell that is
 * busybox */
static void arguments(struct tb_buf *b, const struct fact_program *p)
{
	size_t first = strcspn(p->args, " "), cut;
	const char *rest = p->args + first;

	if (first && !(p->path && is_called(p->args, first, p->path))) {
		tb_buf_adds(b, " as ");
		tb_buf_add(b, p->args, doc_cut(p->args, first < ARGS_MAX ? first : ARGS_MAX));
	}
	cut = doc_cut(rest, ARGS_MAX);
	tb_buf_add(b, rest, cut);
	if (rest[cut])
		tb_buf_addf(b, " ... (%zu bytes)", strlen(rest));
}

static void node(struct doc *d, const struct fact_program *p, struct tb_buf *b)
{
	TB_AUTOBUF struct tb_buf aside = TB_BUF_INIT;

	tb_buf_adds(b, p->path ? p->path : "a program that is not known");
	if (p->args)
		arguments(b, p);
	if (p->count > 1)
		tb_buf_addf(&aside, "%" PRIu64 " times from ", p->count);
	else
		tb_buf_adds(&aside, "at ");
	amount_seconds(&aside, p->first);
	if (p->forks)
		tb_buf_adds(&aside, "; ");
	if (p->forks)
		amount_count(&aside, p->forks, "more process", "more processes");
	if (p->stand == FND_UNDECLARED || p->stand == FND_IGNORED)
		tb_buf_adds(&aside, "; not declared");
	if (p->stand == FND_IGNORED)
		tb_buf_adds(&aside, ", ignored");
	doc_node(d, p->depth < DEPTH_MAX ? p->depth : DEPTH_MAX, doc_text(d, b),
		 doc_text(d, &aside));
	tb_buf_reset(b);
}

void rpt_programs(struct doc *d, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	size_t shown = f->nprograms < PROGRAMS_MAX ? f->nprograms : PROGRAMS_MAX;

	if (!f->nprograms)
		return;
	doc_heading(d, "Programs started", f->nprograms + f->more_programs);
	for (size_t i = 0; i < shown; i++)
		node(d, &f->programs[i], &b);
	phrase_more(d, f->nprograms - shown + f->more_programs);
}
