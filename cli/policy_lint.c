/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_lint.c - tcbox policy lint: what is wrong with policies, and what a valid one declares
 *
 * Problems go to standard output: they are the result of this command.
 */
#include "cli/policy_lint.h"

#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/json_write.h"
#include "tcbox/own.h"
#include "tcbox/policy_lint.h"

/* What is printed, and whether this policy has an error. */
struct linted {
	struct tb_buf *out;
	struct jw *json;	/* NULL: text */
	bool wrong;
};

static const char *const levels[] = {
	[POL_ERROR] = "error", [POL_WARN] = "warning", [POL_NOTE] = "note",
};

/* add_count() - ", 2 NAMEs"; nothing for 0 */
static void add_count(struct tb_buf *out, size_t n, const char *name)
{
	if (n)
		tb_buf_addf(out, ", %zu %s%s", n, name, n == 1 ? "" : "s");
}

/* add_ignored() - undeclared behaviour that can never be a finding */
static void add_ignored(struct tb_buf *out, const struct pol *p)
{
	const struct {
		const char *name;
		enum pol_level level;
	} kinds[] = {
		{ "connections", p->on_conn }, { "names", p->on_name }, { "listens", p->on_listen },
		{ "executes", p->on_exec }, { "files", p->on_file }, { "syscalls", p->on_sys },
	};
	const char *sep = "; undeclared ";
	size_t n = 0;

	for (size_t i = 0; i < TB_ARRAY_SIZE(kinds); i++) {
		if (kinds[i].level != POL_IGNORE)
			continue;
		tb_buf_addf(out, "%s%s", sep, kinds[i].name);
		sep = ", ";
		n++;
	}
	if (n)
		tb_buf_adds(out, " are ignored");
	if (!p->has_syscalls && p->on_sys != POL_IGNORE)
		tb_buf_adds(out, "; system calls are not compared");
}

/* add_unheld() - what an option of run cannot do for this policy */
static void add_unheld(struct tb_buf *out, const struct pol *p)
{
	TB_AUTOBUF struct tb_buf unheld = TB_BUF_INIT;

	pol_unheld(p, &unheld);
	out->failed |= unheld.failed;
	if (unheld.len)
		tb_buf_addf(out, "  run --enforce cannot hold: %s\n", unheld.data);
}

static void add_summary(struct tb_buf *out, const struct pol *p)
{
	size_t allowed = 0, nr;

	for (nr = 0; nr < TB_SYSCALL_MAX; nr++)
		allowed += p->sys[nr] == POL_SYS_ALLOWED;
	tb_buf_add_shown(out, p->path, strlen(p->path));
	tb_buf_addf(out, ": ok (%zu connection rule%s", p->nconns, p->nconns == 1 ? "" : "s");
	add_count(out, p->nlistens, "listening rule");
	add_count(out, p->nnames, "name");
	add_count(out, p->nexecutes, "program");
	add_count(out, p->nwrite, "written path");
	add_count(out, p->nread, "read path");
	if (p->has_syscalls)
		add_count(out, allowed, "system call");
	if (p->i386)
		tb_buf_adds(out, ", also of i386");
	add_ignored(out, p);
	tb_buf_adds(out, ")\n");
	add_unheld(out, p);
}

/* add_line() - "FILE:LINE:COLUMN: warning: text [code]", as compilers do. Notes are in the
 * summary */
static void add_line(struct linted *l, const struct pol_problem *problem)
{
	if (problem->level == POL_NOTE)
		return;
	pol_problem_place(l->out, problem);
	tb_buf_addf(l->out, "%s: ", levels[problem->level]);
	tb_buf_adds(l->out, problem->text);
	tb_buf_addf(l->out, " [%s]\n", problem->code);
}

static void add_problem(void *arg, const struct pol_problem *problem)
{
	struct linted *l = arg;

	l->wrong |= problem->level == POL_ERROR;
	if (!l->json) {
		add_line(l, problem);
		return;
	}
	jw_object(l->json, NULL);
	jw_uint(l->json, "line", problem->at.line);
	jw_uint(l->json, "column", problem->at.column);
	jw_str(l->json, "level", levels[problem->level]);
	jw_str(l->json, "code", problem->code);
	jw_str(l->json, "text", problem->text);
	jw_end(l->json);
}

/* lint_one() - Return: exit status */
static int lint_one(struct linted *l, const char *path)
{
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	int ret = pol_check(path, &p, add_problem, l, &err);

	if (ret && ret != -EINVAL)
		(void)cli_error(0, &err);
	if (ret) {
		l->wrong = true;
		return ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE;
	}
	ret = pol_end(p, tb_realtime_ns(), NULL, &err);
	if (!ret)
		ret = pol_lint(p, add_problem, l, &err);
	if (!ret && !l->wrong && !l->json)
		add_summary(l->out, p);
	pol_free(p);
	if (ret)
		return cli_error(TB_EXIT_FAILED, &err);
	return l->wrong ? TB_EXIT_USAGE : 0;
}

/* lint_json() - the same as one object */
static int lint_json(struct tb_buf *out, int n, char *const *paths)
{
	int status = 0, one;
	struct jw json;

	jw_init(&json, out);
	jw_object(&json, NULL);
	jw_uint(&json, "tcbox_lint", 1);
	jw_array(&json, "policies");
	for (int i = 0; i < n; i++) {
		struct linted l = { out, &json, false };

		jw_object(&json, NULL);
		jw_str(&json, "file", paths[i]);
		jw_array(&json, "problems");
		one = lint_one(&l, paths[i]);
		jw_end(&json);
		jw_bool(&json, "valid", !l.wrong);
		jw_end(&json);
		status = one ? one : status;
	}
	jw_end(&json);
	jw_end(&json);
	return status;
}

int policy_lint(int n, char *const *paths, bool json)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	int status = 0, one;

	if (json) {
		status = lint_json(&out, n, paths);
		return cli_print(&out, status);
	}
	for (int i = 0; i < n; i++) {
		struct linted l = { &out, NULL, false };

		one = lint_one(&l, paths[i]);
		status = one ? one : status;
	}
	return cli_print(&out, status);
}
