/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options.c - what a technician asks of a run
 */
#include "run/options.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

#define PROCESSES 4096		/* and threads: a fork bomb must not take the machine's */
#define LAYER (UINT64_C(2) << 30)
#define OUTPUT (UINT64_C(1) << 30)
#define CLOCK_FIRST_S INT64_C(315532800)	/* 1980 */
#define CLOCK_END_S INT64_C(7258118400)	/* 2200: what clocks in nanoseconds have, and calendars */

void run_options_init(struct run_options *o)
{
	memset(o, 0, sizeof(*o));
	o->network.mode = RUN_NET_SIM;
	o->limits.processes_max = PROCESSES;
	o->limits.layer_bytes = LAYER;
	o->output_max = OUTPUT;
}

int run_options_env(struct run_options *o, const char *value, struct tb_err *err)
{
	char **grown = tb_grow(o->env, o->nenv, 1, sizeof(*grown));
	const char *own = NULL;
	int n;

	if (!grown)
		return tb_err_set(err, ENOMEM, "environment");
	o->env = grown;
	if (!value[0] || value[0] == '=')
		return tb_err_msg(err, EINVAL, "\"%s\" names no variable; write NAME=VALUE or NAME",
				  value);
	if (!strchr(value, '=')) {
		own = getenv(value);
		if (!own)
			return tb_err_msg(err, EINVAL, "%s is not set here; write %s=VALUE", value,
					  value);
	}
	if (own)
		n = asprintf(&grown[o->nenv], "%s=%s", value, own);
	else
		n = asprintf(&grown[o->nenv], "%s", value);
	if (n < 0)
		return tb_err_set(err, ENOMEM, "environment");
	o->nenv++;
	return 0;
}

/* add_scenario() - Return: 0; -EINVAL: there is none of that name, or it is there already */
static int add_scenario(struct run_options *o, const char *name, struct tb_err *err)
{
	const struct lab_scenario *s = lab_scenario_find(name);
	TB_AUTOBUF struct tb_buf names = TB_BUF_INIT;

	for (size_t i = 0; s && i < o->nseveral; i++)
		if (o->several[i] == s)
			return tb_err_msg(err, EINVAL, "%s is named twice", name);
	if (s && o->nseveral < RUN_SCENARIOS_MAX) {
		o->several[o->nseveral++] = s;
		return 0;
	}
	for (size_t i = 0; (s = lab_scenario_at(i)); i++)
		tb_buf_addf(&names, "%s%s", i ? ", " : "", s->name);
	if (names.failed)
		return tb_err_set(err, ENOMEM, "scenarios");
	return tb_err_msg(err, EINVAL, "\"%s\" is no scenario; there are %s", name, names.data);
}

/* put_normal_first() - the others are compared with it */
static void put_normal_first(struct run_options *o)
{
	const struct lab_scenario *normal = lab_scenario_find(RUN_SCENARIO_NORMAL);
	size_t at = 0;

	while (at < o->nseveral && o->several[at] != normal)
		at++;
	o->nseveral += at == o->nseveral;
	memmove(&o->several[1], &o->several[0], at * sizeof(o->several[0]));
	o->several[0] = normal;
}

int run_options_scenarios(struct run_options *o, const char *names, struct tb_err *err)
{
	TB_AUTOFREE char *copy = strdup(names);
	char *rest = copy, *name;
	int ret = copy ? 0 : tb_err_set(err, ENOMEM, "scenarios");

	o->named_scenarios = true;
	o->nseveral = 0;
	while (!ret && (name = strsep(&rest, ",")))
		ret = add_scenario(o, name, err);
	if (!ret && o->nseveral > 1) {
		put_normal_first(o);
	} else if (!ret) {
		o->scenario = o->several[0];
		o->nseveral = 0;
	}
	return ret;
}

void run_options_all(struct run_options *o)
{
	const struct lab_scenario *s;

	o->all_scenarios = true;
	for (o->nseveral = 0; (s = lab_scenario_at(o->nseveral)); o->nseveral++)
		o->several[o->nseveral] = s;
	put_normal_first(o);
}

/* clock_after() - "+30d", "-2h". Return: false if it is none */
static bool clock_after(const char *value, int64_t *ahead_s)
{
	static const struct {
		char unit;
		int64_t s;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	size_t n;

	if (value[0] != '+' && value[0] != '-')
		return false;
	n = strspn(value + 1, "0123456789");
	if (!n || n > 10 || strlen(value) != n + 2)
		return false;
	for (size_t i = 0; i < TB_ARRAY_SIZE(units); i++) {
		if (units[i].unit != value[n + 1])
			continue;
		*ahead_s = strtoll(value, NULL, 10) * units[i].s;
		return true;
	}
	return false;
}

/* clock_at() - "2027-01-01", "2027-01-01T12:00:00Z". Return: false if it is none */
static bool clock_at(const char *value, int64_t now_ns, int64_t *ahead_s)
{
	char text[TB_TIMELEN];
	size_t len = strlen(value);
	int64_t ns;

	if (len == strlen("2027-01-01"))
		(void)snprintf(text, sizeof(text), "%sT00:00:00.000000000Z", value);
	else if (len == strlen("2027-01-01T12:00:00Z") && value[len - 1] == 'Z')
		(void)snprintf(text, sizeof(text), "%.19s.000000000Z", value);
	else
		return false;
	if (tb_time_parse(text, &ns))
		return false;
	*ahead_s = ns / TB_NS_PER_S - now_ns / TB_NS_PER_S;
	return true;
}

int run_options_clock(struct run_options *o, const char *value, struct tb_err *err)
{
	int64_t now_ns = tb_realtime_ns(), at_s;

	if (!clock_after(value, &o->clock_s) && !clock_at(value, now_ns, &o->clock_s))
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is no clock; write for example +30d, -2h, 2027-01-01 or "
				  "2027-01-01T12:00:00Z", value);
	at_s = now_ns / TB_NS_PER_S + o->clock_s;
	if (at_s < CLOCK_FIRST_S || at_s >= CLOCK_END_S)
		return tb_err_msg(err, EINVAL, "--clock %s is not between 1980 and 2199", value);
	o->clock = value;
	return 0;
}

int run_options_bind(struct run_options *o, const char *value, struct tb_err *err)
{
	struct sbx_bind *grown = tb_grow(o->binds, o->nbinds, 1, sizeof(*grown));
	size_t i;
	int ret;

	if (!grown)
		return tb_err_set(err, ENOMEM, "%s", value);
	o->binds = grown;
	ret = sbx_bind_set(&grown[o->nbinds++], value, err);
	for (i = 0; !ret && i + 1 < o->nbinds; i++)
		if (!strcmp(grown[i].to, grown[o->nbinds - 1].to))
			ret = tb_err_msg(err, EINVAL, "%s is the place of another bind",
					 grown[i].to);
	return ret;
}

/* limit() - what is in force: not more than who started tcbox may have, getrlimit(2) */
static int limit(int resource, uint64_t *value, struct tb_err *err)
{
	struct rlimit r;

	if (getrlimit(resource, &r))
		return tb_err_set(err, errno, "look at limits");
	if (r.rlim_max != RLIM_INFINITY && (!*value || *value > r.rlim_max))
		*value = r.rlim_max;
	return 0;
}

static int check_root(struct run_options *o, struct tb_err *err)
{
	struct stat st;

	o->root = realpath(o->root_given, NULL);
	if (!o->root || stat(o->root, &st) || (S_ISDIR(st.st_mode) && access(o->root, R_OK | X_OK)))
		return tb_err_set(err, errno, "--root: %s", o->root_given);
	if (!S_ISDIR(st.st_mode))
		return tb_err_set(err, ENOTDIR, "--root: %s", o->root_given);
	if (strcmp(o->root, "/") != 0)
		return 0;
	return tb_err_msg(err, EINVAL, "--root: / is what the product sees without this option");
}

/* check_workdir() - in another file system, and in a kept layer, only the box can tell whether it
 * is there */
static int check_workdir(struct run_options *o, struct tb_err *err)
{
	struct stat st;

	if (!o->workdir && o->root)
		o->workdir = "/";
	if (!o->workdir)
		return 0;
	if (o->root && o->workdir[0] != '/')
		return tb_err_msg(err, EINVAL,
				  "--workdir: %s: with --root, write an absolute path in it",
				  o->workdir);
	o->cwd = o->root ? strdup(o->workdir) : realpath(o->workdir, NULL);
	if (!o->cwd && errno == ENOENT && o->state && o->workdir[0] == '/')
		o->cwd = strdup(o->workdir);
	else if (o->cwd && !o->root && (stat(o->cwd, &st) || !S_ISDIR(st.st_mode)))
		return tb_err_set(err, ENOTDIR, "--workdir: %s", o->workdir);
	return o->cwd ? 0 : tb_err_set(err, errno, "--workdir: %s", o->workdir);
}

int run_options_check(struct run_options *o, struct tb_err *err)
{
	int ret = 0;

	if (o->phase && !o->policy_path)
		return tb_err_msg(err, EINVAL, "--phase needs a --policy that has rules for it");
	if (o->enforce && !o->policy_path)
		return tb_err_msg(err, EINVAL,
				  "--enforce needs a --policy that says what is declared");
	if (o->live && o->quiet)
		return tb_err_msg(err, EINVAL, "--live and --quiet contradict each other");
	if (o->all_scenarios && o->named_scenarios)
		return tb_err_msg(err, EINVAL,
				  "--scenarios is a run in each of them, and --scenario one in "
				  "those that it names: give one of both");
	if (o->nseveral && (o->state || o->live || o->events))
		return tb_err_msg(err, EINVAL,
				  "several scenarios are several runs, which --state, --live and "
				  "--events do not go with");
	if (o->lab_path && o->network.mode != RUN_NET_SIM)
		return tb_err_msg(err, EINVAL,
				  "--lab says what the simulated internet answers; with --net none "
				  "there is none");
	if (o->body_max && o->network.mode != RUN_NET_SIM)
		return tb_err_msg(err, EINVAL, "--bodies needs the simulated internet (--net sim)");
	if ((o->scenario || o->nseveral) && o->network.mode != RUN_NET_SIM)
		return tb_err_msg(err, EINVAL,
				  "--scenario is what the simulated internet does; with --net none "
				  "there is none");
	o->network.enforce = o->calls.enforce = o->enforce;
	ret = limit(RLIMIT_NPROC, &o->limits.processes_max, err);
	if (!ret)
		ret = limit(RLIMIT_FSIZE, &o->limits.file_size_max, err);
	if (!ret && o->root_given)
		ret = check_root(o, err);
	return ret ? ret : check_workdir(o, err);
}

/* describe_env() - each name once */
static int describe_env(const struct run_options *o, struct run_info *run, struct tb_err *err)
{
	size_t i, j, n;

	run->env = calloc(o->nenv + 1, sizeof(*run->env));
	if (!run->env)
		return tb_err_set(err, ENOMEM, "describe the environment");
	for (i = 0; i < o->nenv; i++) {
		n = strcspn(o->env[i], "=");
		for (j = 0; j < i && strncmp(o->env[i], o->env[j], n + 1); j++)
			;
		if (j < i)
			continue;
		run->env[run->nenv] = strndup(o->env[i], n);
		if (!run->env[run->nenv])
			return tb_err_set(err, ENOMEM, "describe the environment");
		run->nenv++;
	}
	return 0;
}

static int describe_binds(const struct run_options *o, struct run_info *run, struct tb_err *err)
{
	size_t i;

	run->binds = calloc(o->nbinds + 1, sizeof(*run->binds));
	for (i = 0; run->binds && i < o->nbinds; i++) {
		const struct sbx_bind *b = &o->binds[i];

		const char *how = b->readonly ? ":ro" : "";

		if (asprintf(&run->binds[i], "%s:%s%s", b->from, b->to, how) < 0)
			break;
		run->nbinds++;
	}
	return run->nbinds == o->nbinds ? 0 : tb_err_set(err, ENOMEM, "describe binds");
}

/* describe_limits() - what was asked for; limits_found() adds what was in force */
static void describe_limits(const struct run_options *o, struct run_info *run)
{
	run->timeout_ms = o->timeout_ms;
	run->output_max = o->output_max;
	run->body_max = o->body_max;
	run->processes_max = o->limits.processes_max;
	run->layer_bytes = o->limits.layer_bytes;
	run->file_size_max = o->limits.file_size_max;
	run->cpu_time_max_s = o->limits.cpu_time_max_s;
	run->memory_asked = o->limits.memory_max;
	run->cpus_asked_milli = o->limits.cpus_milli;
}

static int own(char **to, const char *text, struct tb_err *err)
{
	if (!text)
		return 0;
	*to = strdup(text);
	return *to ? 0 : tb_err_set(err, ENOMEM, "describe the run");
}

int run_options_describe(const struct run_options *o, struct run_info *run, struct tb_err *err)
{
	int ret = describe_env(o, run, err);

	run->net = o->network.mode;
	run->observe = o->calls.observe_all ? RUN_OBSERVE_ALL : RUN_OBSERVE_DEFAULT;
	run->enforce = o->enforce;
	run->as_root = o->identity.as_root;
	describe_limits(o, run);
	if (!ret)
		ret = describe_binds(o, run, err);
	if (!ret)
		ret = own(&run->policy_path, o->policy_path, err);
	if (!ret)
		ret = own(&run->root, o->root, err);
	if (!ret)
		ret = own(&run->state_name, o->state, err);
	if (!ret)
		ret = own(&run->box_hostname, o->identity.hostname, err);
	if (!ret)
		ret = own(&run->lab_path, o->lab_path, err);
	if (!ret)
		ret = own(&run->phase, o->phase, err);
	if (!ret)
		ret = own(&run->clock, o->clock, err);
	run->clock_ahead_s = o->clock_s;
	if (!ret && o->scenario)
		ret = own(&run->scenario, o->scenario->name, err);
	if (!ret && o->scenario)
		ret = own(&run->scenario_means, o->scenario->means, err);
	return ret;
}

void run_options_clear(struct run_options *o)
{
	size_t i;

	for (i = 0; i < o->nenv; i++)
		free(o->env[i]);
	free(o->env);
	for (i = 0; i < o->nbinds; i++)
		sbx_bind_clear(&o->binds[i]);
	free(o->binds);
	free(o->cwd);
	free(o->root);
	memset(o, 0, sizeof(*o));
}
