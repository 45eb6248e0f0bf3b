/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_opts.c - the options of tcbox run: a row for each, and what reads its value
 */
#include "cli/run_opts.h"

#include <errno.h>

#include "cli/show.h"
#include "cli/values.h"
#include "run/options.h"
#include "run/state.h"

#define MIB (UINT64_C(1) << 20)
#define MEMORY_MIN (16 * MIB)		/* below, the box's own first process may not live */
#define MEMORY_MAX (UINT64_C(1) << 50)
#define LAYER_MAX (MIB << 20)
#define BODY_MAX (16 * MIB)

static int set_policy(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	(void)err;
	o->policy_path = value;
	return 0;
}

static int set_review(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	(void)err;
	o->review_path = value;
	return 0;
}

static int set_output(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	o->output = value;
	return *value ? 0 : tb_err_msg(err, EINVAL, "the name of the bundle is empty");
}

static int set_net(void *ctx, const char *value, struct tb_err *err)
{
	static const char *const words[] = { "sim", "none" };
	static const enum run_net modes[] = { RUN_NET_SIM, RUN_NET_NONE };
	struct run_options *o = ctx;
	int i = value_word(value, words, TB_ARRAY_SIZE(words), err);

	if (i < 0)
		return i;
	o->network.mode = modes[i];
	return 0;
}

static int set_lab(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	(void)err;
	o->lab_path = value;
	return 0;
}

static int set_phase(void *ctx, const char *value, struct tb_err *err)
{
	((struct run_options *)ctx)->phase = value;
	return value_phase(value, err);
}

static int set_scenario(void *ctx, const char *value, struct tb_err *err)
{
	return run_options_scenarios(ctx, value, err);
}

static int set_scenarios(void *ctx, const char *value, struct tb_err *err)
{
	(void)value;
	(void)err;
	run_options_all(ctx);
	return 0;
}

static int set_clock(void *ctx, const char *value, struct tb_err *err)
{
	return run_options_clock(ctx, value, err);
}

static int set_timeout(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	return value_time(value, &o->timeout_ms, err);
}

static int set_observe(void *ctx, const char *value, struct tb_err *err)
{
	static const char *const words[] = { "default", "all" };
	struct run_options *o = ctx;
	int i = value_word(value, words, TB_ARRAY_SIZE(words), err);

	if (i < 0)
		return i;
	o->calls.observe_all = i == 1;
	return 0;
}

static int set_enforce(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	(void)value;
	(void)err;
	o->enforce = true;
	return 0;
}

static int set_env(void *ctx, const char *value, struct tb_err *err)
{
	return run_options_env(ctx, value, err);
}

static int set_workdir(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	(void)err;
	o->workdir = value;
	return 0;
}

static int set_bind(void *ctx, const char *value, struct tb_err *err)
{
	return run_options_bind(ctx, value, err);
}

static int set_hostname(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	o->identity.hostname = value;
	return value_hostname(value, err);
}

static int set_root(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	(void)err;
	o->root_given = value;
	return 0;
}

static int set_as_root(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	(void)value;
	(void)err;
	o->identity.as_root = true;
	return 0;
}

static int set_state(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	o->state = value;
	if (state_name_valid(value))
		return 0;
	return tb_err_msg(err, EINVAL,
			  "\"%s\" is no name for a state: at most 64 letters, digits and \"._-\", "
			  "no dot first", value);
}

static int set_processes(void *ctx, const char *value, struct tb_err *err)
{
	/* the control process is one beside the product */
	static const uint64_t bounds[] = { 2, 1000000 };
	struct run_options *o = ctx;

	return value_number(value, "processes", bounds, &o->limits.processes_max, err);
}

static int set_layer(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	return value_size(value, MIB, LAYER_MAX, &o->limits.layer_bytes, err);
}

static int set_file_size(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	return value_size(value, 1, INT64_MAX, &o->limits.file_size_max, err);
}

static int set_memory(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	return value_size(value, MEMORY_MIN, MEMORY_MAX, &o->limits.memory_max, err);
}

static int set_cpus(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	return value_cpus(value, &o->limits.cpus_milli, err);
}

/* set_cpu_time() - the kernel counts whole seconds, setrlimit(2) */
static int set_cpu_time(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;
	uint64_t ms;
	int ret = value_time(value, &ms, err);

	if (!ret)
		o->limits.cpu_time_max_s = (ms + 999) / 1000;
	return ret;
}

static int set_output_size(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	return value_size(value, 1, INT64_MAX, &o->output_max, err);
}

static int set_bodies(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	return value_size(value, 1, BODY_MAX, &o->body_max, err);
}

static int set_fail(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;
	struct show_choice choice = { .fail = false };
	int ret = show_fail_set(&choice, value, err);

	o->fail = choice.fail;
	o->fail_on = choice.fail_on;
	return ret;
}

static int set_events(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	o->events = value;
	return *value ? 0 : tb_err_msg(err, EINVAL, "the name of the file is empty");
}

static int set_live(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	(void)value;
	(void)err;
	o->live = true;
	return 0;
}

static int set_quiet(void *ctx, const char *value, struct tb_err *err)
{
	struct run_options *o = ctx;

	(void)value;
	(void)err;
	o->quiet = true;
	return 0;
}

static int set_challenge(void *ctx, const char *value, struct tb_err *err)
{
	return chain_challenge(value, ((struct run_options *)ctx)->challenge, err);
}

static int set_seal(void *ctx, const char *value, struct tb_err *err)
{
	(void)value;
	(void)err;
	((struct run_options *)ctx)->seal = true;
	return 0;
}

/* In the order of --help. scripts/completions makes the shells' completions of it. */
const struct cli_opt run_opts[] = {
	{ "policy", "FILE", "compare with this policy; without one, only record", set_policy },
	{ "review", "FILE", "decisions about the findings of an earlier version, tcbox-review(5)",
		set_review },
	{ "output", "DIR",
		"leave the bundle here; must not exist (default: PROGRAM-DATE-TIME.tcbox)",
		set_output },
	{ "phase", "NAME", "only rules of install, start, use or update, and of none, are in force",
		set_phase },
	{ "net", "sim|none", "sim: a simulated internet answers (default); none: nothing answers",
		set_net },
	{ "lab", "FILE", "answers that the simulated internet gives, tcbox(7)", set_lab },
	{ "scenario", "NAME[,NAME...]",
		"let the simulated internet do something wrong; several: a run in each",
		set_scenario },
	{ "scenarios", NULL, "a run in each scenario, and what shows only in some of them",
		set_scenarios },
	{ "clock", "+T|-T|DATE",
		"let the product have another time: +30d, -2h, 2027-01-01", set_clock },
	{ "timeout", "T", "end the product after T: seconds, or with unit ms, s, m, h",
		set_timeout },
	{ "observe", "default|all", "all: notice and count every system call (slow)", set_observe },
	{ "enforce", NULL, "undeclared connections, system calls and files fail", set_enforce },
	{ "env", "NAME[=VALUE]",
		"set a variable for the product, or pass on the one here; repeatable", set_env },
	{ "workdir", "DIR", "run the product in this directory instead of the current one",
		set_workdir },
	{ "bind", "SRC[:DST][:ro]", "show this file or directory of the host at DST; repeatable",
		set_bind },
	{ "hostname", "NAME", "name of the machine that the product sees", set_hostname },
	{ "root", "DIR", "let the product see this file system instead of the machine's",
		set_root },
	{ "as-root", NULL, "the product is root, of the box only: to install packages",
		set_as_root },
	{ "state", "NAME", "keep what the product writes, and use it again in the next run",
		set_state },
	{ "processes", "N", "at most this many processes and threads (default: 4096)",
		set_processes },
	{ "layer", "SIZE", "space for the product's private files (default: 2GiB)", set_layer },
	{ "file-size", "SIZE", "no file grows beyond this", set_file_size },
	{ "memory", "SIZE",
		"memory for all of the product; without a control group, for each process",
		set_memory },
	{ "cpus", "N", "processors for all of the product, such as 2 or 1.5", set_cpus },
	{ "cpu-time", "T", "end a process that has used a processor for this long", set_cpu_time },
	{ "output-size", "SIZE",
		"keep this much of each output stream in the bundle (default: 1GiB)",
		set_output_size },
	{ "bodies", "SIZE",
		"keep this much of the body of each request in the bundle (up to 16MiB)",
		set_bodies },
	{ "challenge", "HEX",
		"a number that the other party says now: the run was not made before",
		set_challenge },
	{ "seal", NULL, "sign the bundle at the end with your own key, tcbox-seal(5)", set_seal },
	{ "fail-on", "SEVERITY", SHOW_FAIL_ELSE, set_fail },
	{ "live", NULL, "show what it does while it runs, instead of its output; n makes a note",
		set_live },
	{ "events", "FILE|FD",
		"while it runs, write what it tries as lines of JSON, tcbox-record(5)",
		set_events },
	{ "quiet", NULL, "no progress and no report on the terminal", set_quiet },
	{ 0 },
};
