/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_calls.c - tcbox policy groups, calls: groups of system calls, and what is done with a call
 */
#include "cli/policy_calls.h"

#include <string.h>

#include "cli/cli.h"
#include "tcbox/buf.h"
#include "tcbox/nearest.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"
#include "tcbox/sandbox.h"

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

int policy_groups(int argc, char **argv)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	int nr = argc ? tb_syscall_number(argv[0]) : -1;

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

int policy_calls(int argc, char **argv)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	int nr = argc ? tb_syscall_number(argv[0]) : -1;
	struct sbx_call call;
	size_t i;

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
