/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.c - a policy from its file to struct pol, and its end
 */
#include "tcbox/policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rank.h"
#include "policy/read.h"
#include "tcbox/file.h"

static void free_strings(char **list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

static void free_idle(struct pol_idle *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].name);
	free(list);
}

static void free_conn(struct pol_conn *c)
{
	size_t i;

	for (i = 0; i < c->nto; i++)
		free(c->to[i].name);
	free(c->to);
	free(c->ports);
	free(c->id);
	free(c->why);
	free(c->process);
	free(c->protocol);
	free(c->application);
	free(c->tls_min);
}

static void free_listen(struct pol_listen *l)
{
	free(l->ports);
	free(l->id);
	free(l->why);
	free(l->process);
	free(l->protocol);
}

void pol_free(struct pol *p)
{
	size_t i;

	if (!p)
		return;
	for (i = 0; i < p->nconns; i++)
		free_conn(&p->conns[i]);
	free(p->conns);
	for (i = 0; i < p->nlistens; i++)
		free_listen(&p->listens[i]);
	free(p->listens);
	free_strings(p->names, p->nnames);
	free_strings(p->executes, p->nexecutes);
	free_strings(p->write, p->nwrite);
	free_strings(p->read, p->nread);
	free_idle(p->foreign, p->nforeign);
	free_idle(p->unused, p->nunused);
	free(p->names_at);
	free(p->executes_at);
	free(p->write_at);
	free(p->read_at);
	free(p->path);
	free(p->vendor);
	free(p->product);
	free(p->version);
	free(p);
}

/* read_document() - the values of the text into r->pol */
static void read_document(struct pol_reader *r, const char *text, size_t len)
{
	struct jsonc_syntax bad = { { 1, 1 }, "" };
	struct jsonc *doc = NULL;
	int ret;

	if (len > POL_MAX_BYTES) {
		pol_bad(r, bad.pos, "longer than %u bytes", POL_MAX_BYTES);
		return;
	}
	ret = jsonc_parse(text, len, &doc, &bad);
	if (ret == -EINVAL) {
		r->code = "syntax";
		pol_bad(r, bad.pos, "%s", bad.text);
		r->code = NULL;
	} else if (ret < 0) {
		r->no_memory = true;
	} else {
		r->pool = jsonc_pool(doc);
		pol_read_policy(r, jsonc_root(doc));
	}
	free(r->defined);
	jsonc_free(doc);
}

/* check_text() - read a policy and report every problem */
static int check_text(const char *path, const char *text, size_t len, struct pol **out,
		      pol_problem_fn *fn,
		      void *arg, struct tb_err *err)
{
	struct pol_reader r = { .file = path, .fn = fn, .arg = arg };

	*out = NULL;
	r.pol = calloc(1, sizeof(*r.pol));
	r.ids = tb_map_new(JSONC_MAX_VALUES);
	r.no_memory = !r.pol || !r.ids;
	if (!r.no_memory) {
		r.pol->path = pol_keep(&r, path);
		read_document(&r, text, len);
	}
	if (!r.problems && !r.no_memory && rank_rules(r.pol))
		r.no_memory = true;
	tb_map_free(r.ids);
	if (!r.problems && !r.no_memory) {
		*out = r.pol;
		return 0;
	}
	pol_free(r.pol);
	if (r.no_memory)
		return tb_err_set(err, ENOMEM, "read %s", path);
	return tb_err_msg(err, EINVAL, "%s: not a valid policy", path);
}

int pol_check(const char *path, struct pol **out, pol_problem_fn *fn, void *arg, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = tb_read_file(AT_FDCWD, path, POL_MAX_BYTES, &text, err);

	*out = NULL;
	if (ret < 0)
		return ret;
	return check_text(path, text.len ? text.data : "", text.len, out, fn, arg, err);
}

struct first_problem {
	struct tb_err *err;
	bool seen;
};

void pol_problem_place(struct tb_buf *out, const struct pol_problem *problem)
{
	tb_buf_add_shown(out, problem->file, strlen(problem->file));
	tb_buf_addf(out, ":%u:%u: ", problem->at.line, problem->at.column);
}

static void keep_first(void *arg, const struct pol_problem *problem)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	struct first_problem *first = arg;

	if (first->seen)
		return;
	first->seen = true;
	pol_problem_place(&line, problem);
	tb_buf_adds(&line, problem->text);
	(void)tb_err_msg(first->err, EINVAL, "%s", line.failed ? problem->text : line.data);
}

int pol_parse(const char *path, const char *text, size_t len, struct pol **out, struct tb_err *err)
{
	struct first_problem first = { err, false };
	struct tb_err whole = { 0, "" };
	int ret = check_text(path, text, len, out, keep_first, &first, &whole);

	if (ret < 0 && ret != -EINVAL && err)
		*err = whole;
	return ret;
}
