/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_policy.c - tcbox policy: judge policies, try whether what they do not declare is seen, list
 * groups of system calls, say what is done with a call
 */
#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/policy_try.h"
#include "tcbox/buf.h"
#include "tcbox/nearest.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"
#include "tcbox/sandbox.h"

/* What the options say; they are for "try" only. */
static struct policy_try wants;

/* no_options() - for the other words. Return: false after a message */
static bool no_options(int *status)
{
	if (!wants.json && !wants.output && !wants.judge)
		return true;
	*status = cli_usage(&cmd_policy, "the options are for \"try\"");
	return false;
}

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

static void add_problem(void *arg, const char *text)
{
	tb_buf_adds(arg, text);
	tb_buf_addc(arg, '\n');
}

/* Problems go to standard output, as FILE:LINE:COLUMN: they are the result of this command. */
static int lint(int argc, char **argv)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	int i, ret, status = 0;

	if (!no_options(&status))
		return status;
	if (!argc)
		return cli_usage(&cmd_policy, "name a policy");
	for (i = 0; i < argc; i++) {
		ret = pol_check(argv[i], &p, add_problem, &out, &err);
		if (!ret)
			add_summary(&out, p);
		else if (ret != -EINVAL)
			(void)cli_error(0, &err);
		if (ret)
			status = ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE;
		pol_free(p);
	}
	return cli_print(&out, status);
}

static void add_calls(struct tb_buf *out, const struct pol_group *g)
{
	bool set[TB_SYSCALL_MAX] = { false };
	int nr;

	pol_group_mark(g, set);
	for (nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (set[nr])
			tb_buf_addf(out, "%s\n", tb_syscall_name(nr));
}

/* add_groups() - all groups, or those that contain the call @nr */
static void add_groups(struct tb_buf *out, int nr)
{
	const struct pol_group *g;
	size_t i;

	for (i = 0; (g = pol_group_at(i)); i++) {
		bool set[TB_SYSCALL_MAX] = { false };

		pol_group_mark(g, set);
		if (nr < 0 || set[nr])
			tb_buf_addf(out, "%-16s %s\n", g->name, g->about);
	}
}

static int unknown_group(const char *name)
{
	struct tb_nearest near;
	const char *best;
	size_t i;

	tb_nearest_init(&near, name);
	for (i = 0; pol_group_at(i); i++)
		tb_nearest_try(&near, pol_group_at(i)->name);
	best = *name == '@' ? near.best : tb_syscall_nearest(name);
	if (best)
		return cli_usage(&cmd_policy,
				 "no group or system call is called \"%.64s\"; did you mean %s?",
				 name,
				 best);
	return cli_usage(&cmd_policy, "no group or system call is called \"%.64s\"", name);
}

static int groups(int argc, char **argv)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	int nr = argc ? tb_syscall_number(argv[0]) : -1, status;

	if (!no_options(&status))
		return status;
	if (argc > 1)
		return cli_usage(&cmd_policy, "one group or system call only");
	if (argc && nr < 0) {
		if (!pol_group_find(argv[0]))
			return unknown_group(argv[0]);
		add_calls(&out, pol_group_find(argv[0]));
	} else {
		add_groups(&out, nr);
	}
	return cli_print(&out, 0);
}

static void add_call(struct tb_buf *out, const struct sbx_call *call)
{
	tb_buf_addf(out, "%-24s %s", call->name, call->verdict);
	if (call->why)
		tb_buf_addf(out, ": %s", call->why);
	tb_buf_addc(out, '\n');
}

/* add_i386() - the calls that only 32-bit x86 has, or those of this name. Return: how many */
static size_t add_i386(struct tb_buf *out, const char *name)
{
	static const char prefix[] = "i386 ";
	size_t len = name ? strlen(name) : 0, n = 0, i;
	struct sbx_call call;

	for (i = 0; i < SBX_CALLS_I386; i++) {
		const char *own = call.name + sizeof(prefix) - 1;

		if (!sbx_call_i386_about(i, &call) ||
		    (name && (strncmp(own, name, len) != 0 || (own[len] && own[len] != ' '))))
			continue;
		add_call(out, &call);
		n++;
	}
	return n;
}

/* add_ioctls() - the commands of ioctl(2) */
static void add_ioctls(struct tb_buf *out)
{
	struct sbx_call call;

	for (size_t i = 0; sbx_call_ioctl_about(i, &call); i++)
		add_call(out, &call);
}

static int calls(int argc, char **argv)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	int nr = argc ? tb_syscall_number(argv[0]) : -1, status;
	struct sbx_call call;
	size_t i;

	if (!no_options(&status))
		return status;
	if (argc > 1)
		return cli_usage(&cmd_policy, "one system call only");
	if (argc && nr < 0 && *argv[0] && add_i386(&out, argv[0]))
		return cli_print(&out, 0);
	if (argc && !sbx_call_about(nr, &call)) {
		const char *near = tb_syscall_nearest(argv[0]);

		if (!near)
			return cli_usage(&cmd_policy, "no system call is called \"%.64s\"",
					 argv[0]);
		return cli_usage(&cmd_policy,
				 "no system call is called \"%.64s\"; did you mean %s?", argv[0],
				 near);
	}
	if (argc)
		add_call(&out, &call);
	if (argc && !strcmp(argv[0], "ioctl"))
		add_ioctls(&out);
	for (nr = 0; !argc && nr < TB_SYSCALL_MAX; nr++)
		if (sbx_call_about(nr, &call))
			add_call(&out, &call);
	for (i = 0; !argc && sbx_call_table_about(i, &call); i++)
		add_call(&out, &call);
	if (!argc) {
		add_ioctls(&out);
		(void)add_i386(&out, NULL);
	}
	return cli_print(&out, 0);
}

static int try(int argc, char **argv)
{
	if (wants.judge && argc)
		return cli_usage(&cmd_policy, "with --judge the policy is that of the bundle");
	if (wants.judge && wants.output)
		return cli_usage(&cmd_policy, "--judge makes no bundle");
	if (!wants.judge && argc != 1)
		return cli_usage(&cmd_policy, argc ? "one policy only" : "name a policy");
	return policy_try(&wants, argv[0]);
}

static int cmd_policy_main(int argc, char **argv)
{
	static const struct cli_word words[] = {
		{ "lint", lint }, { "try", try }, { "groups", groups }, { "calls", calls },
		{ NULL, NULL },
	};

	return cli_word(&cmd_policy, words, &wants, argc, argv);
}

static int set_format(void *ctx, const char *value, struct tb_err *err)
{
	struct policy_try *o = ctx;

	o->json = !strcmp(value, "json");
	if (!o->json && strcmp(value, "text") != 0)
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is not a format; there are \"text\" and \"json\"", value);
	return 0;
}

static int set_output(void *ctx, const char *value, struct tb_err *err)
{
	struct policy_try *o = ctx;

	(void)err;
	o->output = value;
	return 0;
}

static int set_judge(void *ctx, const char *value, struct tb_err *err)
{
	struct policy_try *o = ctx;

	(void)err;
	o->judge = value;
	return 0;
}

static const struct cli_opt opts[] = {
	{ "format", "text|json", "of try: form of the list (default: text)", set_format },
	{ "output", "BUNDLE", "of try: keep the bundle of its run here", set_output },
	{ "judge", "BUNDLE", "of try: judge again what an earlier one left", set_judge },
	{ 0 },
};

const struct cli_cmd cmd_policy = {
	.name = "policy",
	.synopsis = "lint FILE... | try [OPTION...] FILE | groups [GROUP|CALL] | calls [CALL]",
	.about = "Say what is wrong with a policy, try whether it would be kept, list system calls",
	.opts = opts,
	.interleave = true,
	.main = cmd_policy_main,
};
