/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run.c - tcbox run: run a product in the box, compare what it does with its policy, leave a bundle
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "run/box_opts.h"
#include "tcbox/bundle.h"
#include "cli/cli.h"
#include "cli/evaluate.h"
#include "run/parts.h"
#include "run/places.h"
#include "run/product.h"
#include "run/session.h"
#include "run/state.h"
#include "run/trust.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/log.h"
#include "tcbox/sha256.h"

#define POLICY_MAX (16u << 20)
#define RATE_BITS UINT64_C(1000000000)	/* what the machine can write while it captures, design: "shaped" */
#define MIB (UINT64_C(1) << 20)
#define CANARY_PORT 443
#define FILES_MIN 64		/* open at a time: about 30 of our own, and one for each process of the product */

enum { OPT_POLICY, OPT_OUTPUT, OPT_NET, OPT_TIMEOUT, OPT_OBSERVE, OPT_ENFORCE, OPT_ENV, OPT_WORKDIR, OPT_BIND, OPT_HOSTNAME,
	OPT_ROOT, OPT_AS_ROOT, OPT_STATE, OPT_PROCESSES, OPT_LAYER, OPT_FILE_SIZE, OPT_MEMORY, OPT_CPUS, OPT_CPU_TIME,
	OPT_OUTPUT_SIZE, OPT_QUIET };

static const struct cli_opt opts[] = {
	[OPT_POLICY] = { "policy", "FILE", "compare with this policy; without one, only record" },
	[OPT_OUTPUT] = { "output", "DIR", "leave the bundle here; must not exist (default: PROGRAM-DATE-TIME.tcbox)" },
	[OPT_NET] = { "net", "sim|none", "sim: a simulated internet answers (default); none: no way out" },
	[OPT_TIMEOUT] = { "timeout", "T", "end the product after T: seconds, or with unit ms, s, m, h" },
	[OPT_OBSERVE] = { "observe", "default|all", "all: notice and count every system call (slow)" },
	[OPT_ENFORCE] = { "enforce", NULL, "undeclared connections, system calls and files fail" },
	[OPT_ENV] = { "env", "NAME[=VALUE]", "set a variable for the product, or pass on the one here; repeatable" },
	[OPT_WORKDIR] = { "workdir", "DIR", "run the product in this directory instead of the current one" },
	[OPT_BIND] = { "bind", "SRC[:DST][:ro]", "show this file or directory of the host at DST; repeatable" },
	[OPT_HOSTNAME] = { "hostname", "NAME", "name of the machine that the product sees" },
	[OPT_ROOT] = { "root", "DIR", "let the product see this file system instead of the machine's" },
	[OPT_AS_ROOT] = { "as-root", NULL, "the product is root, of the box only: to install packages" },
	[OPT_STATE] = { "state", "NAME", "keep what the product writes, and use it again in the next run" },
	[OPT_PROCESSES] = { "processes", "N", "at most this many processes and threads (default: 4096)" },
	[OPT_LAYER] = { "layer", "SIZE", "space for the product's private files (default: 2GiB)" },
	[OPT_FILE_SIZE] = { "file-size", "SIZE", "no file grows beyond this" },
	[OPT_MEMORY] = { "memory", "SIZE", "memory for all of the product; without a control group, for each process" },
	[OPT_CPUS] = { "cpus", "N", "processors for all of the product, such as 2 or 1.5" },
	[OPT_CPU_TIME] = { "cpu-time", "T", "end a process that has used a processor for this long" },
	[OPT_OUTPUT_SIZE] = { "output-size", "SIZE", "keep this much of each output stream in the bundle (default: 1GiB)" },
	[OPT_QUIET] = { "quiet", NULL, "no progress and no report on the terminal" },
	{ NULL, NULL, NULL },
};

/* Everything that one "tcbox run" owns. */
struct run_cmd {
	const char *policy_path, *output;
	bool net_none, observe_all, enforce, quiet;
	uint64_t timeout_ms;
	char canary_name[64];
	struct pol *policy;
	struct tb_buf policy_text;
	struct box_opts wants;
	struct product product;
	const char *one_user;		/* why root of the box has no other users; NULL: it has, or is none */
	struct state_key key;
	struct state state;
	char *state_home;
	const char *hide[2];
	struct bundle bundle;
	struct run_info info;
	struct trust trust;
	struct lab_authority *authority;
	struct parts parts;
	struct sbx_open *opens;
	struct places places;
	struct sbx_options box;
	struct session session;
};

static int set_choice(const char *value, const char *first, const char *second, bool *is_second, struct tb_err *err)
{
	*is_second = !strcmp(value, second);
	if (*is_second || !strcmp(value, first))
		return 0;
	return tb_err_msg(err, EINVAL, "\"%s\" is neither \"%s\" nor \"%s\"", value, first, second);
}

/* set_time() - a positive number with an optional unit */
static int set_time(const char *value, uint64_t *ms, struct tb_err *err)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "ms", 1 }, { "s", 1e3 }, { "", 1e3 }, { "m", 60e3 }, { "h", 3600e3 } };
	char *end;
	double n = strtod(value, &end);
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(units); i++) {
		if (end == value || strcmp(end, units[i].unit) || !(n * units[i].ms >= 1) || n * units[i].ms > 1e12)
			continue;
		*ms = (uint64_t)(n * units[i].ms);
		return 0;
	}
	return tb_err_msg(err, EINVAL, "\"%s\" is no time; write for example 30, 30s, 500ms, 10m or 2h", value);
}

static int set_opt(void *ctx, size_t i, const char *value, struct tb_err *err)
{
	struct run_cmd *c = ctx;

	switch (i) {
	case OPT_POLICY:
		c->policy_path = value;
		return 0;
	case OPT_OUTPUT:
		c->output = value;
		return *value ? 0 : tb_err_msg(err, EINVAL, "the name of the bundle is empty");
	case OPT_NET:
		return set_choice(value, "sim", "none", &c->net_none, err);
	case OPT_TIMEOUT:
		return set_time(value, &c->timeout_ms, err);
	case OPT_OBSERVE:
		return set_choice(value, "default", "all", &c->observe_all, err);
	case OPT_ENFORCE:
		c->enforce = true;
		return 0;
	case OPT_ENV:
		return box_opts_env(&c->wants, value, err);
	case OPT_WORKDIR:
		c->wants.workdir = value;
		return 0;
	case OPT_BIND:
		return box_opts_bind(&c->wants, value, err);
	case OPT_HOSTNAME:
		return box_opts_hostname(&c->wants, value, err);
	case OPT_ROOT:
		c->wants.root_given = value;
		return 0;
	case OPT_AS_ROOT:
		c->wants.as_root = true;
		return 0;
	case OPT_STATE:
		return box_opts_state(&c->wants, value, err);
	case OPT_PROCESSES:
		return box_opts_processes(&c->wants, value, err);
	case OPT_LAYER:
		return box_opts_size(value, MIB, MIB << 20, &c->wants.layer, err);
	case OPT_FILE_SIZE:
		return box_opts_size(value, 1, INT64_MAX, &c->wants.file_size, err);
	case OPT_MEMORY:
		return limits_memory(value, &c->wants.limits.memory, err);
	case OPT_CPUS:
		return limits_cpus(value, &c->wants.limits.cpus_milli, err);
	case OPT_CPU_TIME:
		return set_time(value, &c->wants.limits.cpu_time_ms, err);
	case OPT_OUTPUT_SIZE:
		return box_opts_size(value, 1, INT64_MAX, &c->wants.limits.output, err);
	default:
		c->quiet = true;
		return 0;
	}
}

static int load_policy(struct run_cmd *c, struct tb_err *err)
{
	int ret;

	if (!c->policy_path)
		return 0;
	ret = tb_read_file(AT_FDCWD, c->policy_path, POLICY_MAX, &c->policy_text, err);
	return ret ? ret : pol_parse(c->policy_path, c->policy_text.data, c->policy_text.len, &c->policy, err);
}

/* name_canary() - a name that no product can know or have asked before */
static int name_canary(struct run_cmd *c, struct tb_err *err)
{
	uint64_t nonce;

	if (getrandom(&nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return tb_err_set(err, errno, "get random bytes");
	(void)snprintf(c->canary_name, sizeof(c->canary_name), "%016" PRIx64 ".canary.invalid", nonce);
	return 0;
}

static char *copy(const char *s)
{
	return s ? strdup(s) : NULL;
}

/* describe() - the manifest as it is known before the product starts */
static int describe(struct run_cmd *c, struct tb_err *err)
{
	struct run_info *r = &c->info;
	struct utsname u;
	size_t i;
	int ret;

	if (uname(&u))
		return tb_err_set(err, errno, "uname");
	r->state = RUN_RUNNING;
	r->tcbox_version = strdup(TCBOX_VERSION);
	r->hostname = strdup(u.nodename);
	r->machine = strdup(u.machine);
	if (asprintf(&r->kernel, "%s %s %s", u.sysname, u.release, u.version) < 0)
		r->kernel = NULL;
	r->uid = getuid();
	r->started_ns = c->box.t0_ns;
	r->cwd = copy(c->product.cwd);
	r->net = c->net_none ? RUN_NET_NONE : RUN_NET_SIM;
	r->observe = c->observe_all ? RUN_OBSERVE_ALL : RUN_OBSERVE_DEFAULT;
	r->enforce = c->enforce;
	r->has_policy = c->policy;
	r->policy_path = copy(c->policy_path);
	r->timeout_ms = c->timeout_ms;
	r->argv = calloc(c->product.argc + 1, sizeof(*r->argv));
	for (i = 0; r->argv && i < c->product.argc; i++) {
		r->argv[i] = strdup(c->product.argv[i]);
		r->argc += r->argv[i] ? 1 : 0;
	}
	if (r->argc != c->product.argc || !r->cwd || !r->kernel || !r->hostname)
		return tb_err_set(err, ENOMEM, "describe the run");
	r->state_run = c->state.run;
	r->ids = c->wants.as_root ? c->product.ids.n + UINT64_C(1) : 1;
	ret = box_opts_describe(&c->wants, r, err);
	if (!ret && c->one_user)
		ret = run_reduced(r, c->one_user, err);
	return ret ? ret : product_hash(&c->product, r, c->bundle.dir, false, err);
}

/* store_policy() - the policy as it was used, byte for byte, and its hash */
static int store_policy(struct run_cmd *c, struct tb_err *err)
{
	char hex[TB_SHA256_HEX];
	int ret, fd;

	if (!c->policy)
		return 0;
	ret = bundle_put(&c->bundle, RUN_POLICY_FILE, &c->policy_text, err);
	if (ret)
		return ret;
	fd = openat(c->bundle.dir, RUN_POLICY_FILE, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return tb_err_set(err, errno, "read %s", RUN_POLICY_FILE);
	ret = tb_sha256_fd(fd, hex, NULL, err);
	(void)close(fd);
	if (!ret)
		c->info.policy_sha256 = strdup(hex);
	return ret;
}

/* prepare_lab() - the run's authority, what trusts it, and the parts */
static int prepare_lab(struct run_cmd *c, struct tb_err *err)
{
	int ret = 0;

	if (!c->net_none)
		ret = c->wants.state ? state_authority(&c->state, &c->authority, err) : lab_authority_new(&c->authority, err);
	if (!ret)
		ret = trust_prepare(&c->trust, c->authority ? lab_authority_pem(c->authority) : NULL,
				    c->authority ? lab_authority_hash(c->authority) : NULL, &c->wants, err);
	return ret;
}

static int prepare_box(struct run_cmd *c, struct tb_err *err)
{
	struct sbx_options *b = &c->box;
	size_t nopens;
	int ret;

	c->parts = (struct parts){ .capture_fd = c->bundle.capture, .packets = { -1, -1 }, .authority = c->authority,
				   .policy = c->policy, .canary_name = c->canary_name, .enforce = c->enforce,
				   .layer_fd = c->state.layer_fd, .root_fd = -1, .root = c->wants.root ? c->wants.root : "/" };
	ret = parts_prepare(&c->parts, err);
	if (!ret)
		ret = parts_opens(c->policy, &c->opens, &nopens, err);
	if (!ret)
		ret = places_prepare(&c->places, c->enforce ? c->policy : NULL, err);
	if (ret)
		return ret;
	b->product = (struct sbx_product){ .argv = c->product.argv, .program = c->product.program, .cwd = c->product.cwd,
					   .expose = (const char *const *)c->product.expose,
					   .nexpose = c->product.nexpose, .env = c->product.env };
	b->mounts.hide = c->hide;
	c->hide[b->mounts.nhide++] = c->bundle.real;
	c->state_home = state_home();		/* that of other cases, too, with the keys of their authorities */
	if (c->state_home)
		c->hide[b->mounts.nhide++] = c->state_home;
	b->mounts.root = c->wants.root;
	b->mounts.state = c->state.layer;
	b->mounts.state_lock = c->state.lock;
	b->mounts.files = c->trust.files;
	b->mounts.nfiles = c->trust.nfiles;
	b->mounts.binds = c->wants.binds;
	b->mounts.nbinds = c->wants.nbinds;
	b->identity = (struct sbx_identity){ c->product.ids, c->wants.as_root, c->wants.hostname };
	b->network = (struct sbx_network){ .mode = c->net_none ? RUN_NET_NONE : RUN_NET_SIM, .enforce = c->enforce,
					   .open = c->opens, .nopen = nopens, .rate_bits = RATE_BITS,
					   .canary_name = c->canary_name, .canary_port = CANARY_PORT };
	b->calls.enforce = c->enforce;
	b->calls.observe_all = c->observe_all;
	b->calls.sys = c->policy && c->policy->has_syscalls ? c->policy->sys : NULL;
	b->calls.i386 = c->policy && c->policy->i386;
	b->places = (struct sbx_places){ c->places.writes, c->places.reads, c->places.list, c->places.n };
	b->limits.layer_bytes = c->wants.layer;
	b->limits.processes_max = c->wants.processes;
	b->limits.file_size_max = c->wants.file_size;
	limits_set(&c->wants.limits, b);
	b->parts = c->parts.list;
	b->nparts = c->parts.n;
	return 0;
}

/* record_run() - the run itself. Return: 0 if the record is whole */
static int record_run(struct run_cmd *c, struct tb_err *err)
{
	struct tb_err close_err = { 0 };
	int ret;

	c->session = (struct session){ .bundle = &c->bundle, .run = &c->info, .opt = &c->box,
				       .parts = &c->parts, .quiet = c->quiet };
	ret = session_run(&c->session, err);
	if (session_close(&c->session, &close_err) && !ret) {
		*err = close_err;
		ret = -close_err.code;
	}
	return ret;
}

/* seal_manifest() - how it ended. This fits even on a full disk: it takes the place of the reserve */
static int seal_manifest(struct run_cmd *c, int ret, struct tb_err *err)
{
	struct run_info *r = &c->info;

	r->ended_ns = tb_realtime_ns();
	r->state = ret ? RUN_FAILED : RUN_COMPLETE;
	if (ret)
		r->error = copy(err->msg);
	(void)product_hash(&c->product, r, c->bundle.dir, true, NULL);
	ret = run_info_write(c->bundle.dir, r, ret ? NULL : err);
	bundle_release(&c->bundle);
	return ret;
}

static int store_report(struct run_cmd *c, const struct evaluation *e, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf json = TB_BUF_INIT;
	int ret = rpt_json(&e->input, &json, err);

	return ret ? ret : bundle_put(&c->bundle, RUN_REPORT_FILE, &json, err);
}

/* show_report() - to standard error: standard output is the product's */
static int show_report(const struct evaluation *e, struct tb_err *err)
{
	const struct rpt_style style = { .colour = cli_colour(STDERR_FILENO), .width = cli_width(STDERR_FILENO) };
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = rpt_text(&e->input, &style, &text, err);

	if (!ret)
		(void)tb_write_all(STDERR_FILENO, text.data, text.len);
	return ret;
}

static int report(struct run_cmd *c)
{
	struct tb_err err = { 0 };
	struct evaluation e;
	int status, ret;

	if (evaluate_bundle(c->bundle.path, NULL, &e, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	status = evaluation_status(&e);
	ret = store_report(c, &e, &err);
	session_signals(&c->session);
	if (!ret && !c->quiet)
		ret = show_report(&e, &err);
	evaluation_clear(&e);
	return ret ? cli_error(TB_EXIT_FAILED, &err) : status;
}

/* not_executed() - execve(2) failed inside the box although everything looked well from outside */
static int not_executed(const struct run_cmd *c)
{
	int code = c->session.exec_errno;
	struct tb_err err = { 0 };

	(void)tb_err_set(&err, code, "%s cannot be executed in the box", c->product.program);
	return cli_error(code == ENOENT ? TB_EXIT_NOTFOUND : TB_EXIT_NOEXEC, &err);
}

static int prepare(struct run_cmd *c, struct tb_err *err)
{
	int ret;

	c->box.t0_ns = tb_realtime_ns();
	ret = name_canary(c, err);
	if (!ret && c->wants.state)
		ret = state_begin(&c->state, &c->key, err);
	if (!ret)
		ret = describe(c, err);
	if (!ret)
		ret = store_policy(c, err);
	if (!ret)
		ret = run_info_write(c->bundle.dir, &c->info, err);
	if (!ret)
		ret = prepare_box(c, err);
	return ret;
}

/* run_in_bundle() - from the bundle's creation on, everything that happens is written down there */
static int run_in_bundle(struct run_cmd *c)
{
	struct tb_err err = { 0 };
	int ret;

	ret = prepare(c, &err);
	if (!ret)
		ret = record_run(c, &err);
	if (seal_manifest(c, ret, &err) && !ret)
		ret = -err.code;
	if (ret) {
		(void)cli_error(TB_EXIT_FAILED, &err);
		tb_log(TB_LOG_ERROR, "run", "the run is incomplete; what was recorded is in %s", c->bundle.path);
		return TB_EXIT_FAILED;
	}
	/* without a supervisor the kernel says that it has no such call: then it is not the program's fault */
	if (c->session.exec_errno && !c->session.part_died)
		return not_executed(c);
	return report(c);
}

/* enough_files() - better said now than by whichever part is the first to have none left */
static int enough_files(struct tb_err *err)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return tb_err_set(err, errno, "look at limits");
	if (files.rlim_cur >= FILES_MIN)
		return 0;
	return tb_err_msg(err, EMFILE, "only %llu files may be open, and a run needs %d (ulimit -n %d)",
			  (unsigned long long)files.rlim_cur, FILES_MIN, FILES_MIN);
}

/* open_state() - the kept layer. The subordinate ids may be those of an earlier run */
static int open_state(struct run_cmd *c, struct tb_err *err)
{
	int ret;

	c->key = (struct state_key){ .ids = c->product.ids, .root = c->wants.root };
	ret = state_open(&c->state, c->wants.state, &c->key, err);
	c->product.ids = c->key.ids;
	return ret;
}

static int run(struct run_cmd *c, char **argv)
{
	struct tb_err err = { 0 };
	int ret;

	ret = enough_files(&err);
	if (ret)
		return cli_error(TB_EXIT_FAILED, &err);
	ret = load_policy(c, &err);
	if (ret)
		return cli_error(TB_EXIT_USAGE, &err);
	ret = product_ids(&c->product, &c->wants, &c->one_user, &err);
	if (!ret && c->wants.state)
		ret = open_state(c, &err);
	if (ret == -EINVAL || ret == -EBUSY)
		return cli_error(TB_EXIT_USAGE, &err);
	if (!ret)
		ret = prepare_lab(c, &err);
	if (ret)
		return cli_error(TB_EXIT_FAILED, &err);
	ret = product_find(&c->product, argv, c->trust.env, &c->wants, &err);
	if (ret)
		return cli_error(ret == -ENOENT ? TB_EXIT_NOTFOUND : ret == -EACCES ? TB_EXIT_NOEXEC : TB_EXIT_FAILED, &err);
	ret = bundle_create(&c->bundle, c->output, argv[0], &err);
	if (ret)
		return cli_error(ret == -EEXIST ? TB_EXIT_USAGE : TB_EXIT_FAILED, &err);
	return run_in_bundle(c);
}

static void clear(struct run_cmd *c)
{
	session_end(&c->session);
	pol_free(c->policy);
	tb_buf_free(&c->policy_text);
	product_clear(&c->product);
	box_opts_clear(&c->wants);
	bundle_close(&c->bundle);
	run_info_clear(&c->info);
	trust_clear(&c->trust);
	lab_authority_free(c->authority);
	parts_clear(&c->parts);
	state_close(&c->state);
	free(c->state_home);
	free(c->opens);
	places_clear(&c->places);
}

/* check_opts() - options that are wrong together or for the machine. Return: exit status, 0: all well */
static int check_opts(struct run_cmd *c)
{
	struct tb_err err = { 0 };

	if (c->enforce && !c->policy_path)
		return cli_usage(&cmd_run, "--enforce needs a --policy that says what is declared");
	return box_opts_check(&c->wants, &err) ? cli_usage(&cmd_run, "%s", err.msg) : 0;
}

static int cmd_run_main(int argc, char **argv)
{
	static struct run_cmd c;	/* large: it holds the relay's buffers */
	int status = 0, first;

	c.bundle = (struct bundle){ .dir = -1, .capture = -1, .logs = { -1, -1 } };
	c.state = (struct state){ .dir_fd = -1, .lock = -1, .layer_fd = -1 };
	c.parts.root_fd = -1;
	c.parts.packets[0] = c.parts.packets[1] = -1;
	first = cli_opts(&cmd_run, argc, argv, set_opt, &c, &status);
	if (first >= argc)
		status = cli_usage(&cmd_run, "which program? tcbox run [OPTION...] [--] PROGRAM [ARG...]");
	else if (first >= 0)
		status = check_opts(&c);
	if (first >= 0 && !status)
		status = run(&c, argv + first);
	clear(&c);
	return status;
}

const struct cli_cmd cmd_run = {
	.name = "run",
	.synopsis = "[OPTION...] [--] PROGRAM [ARG...]",
	.about = "run a product in the box, record and compare what it does, leave a bundle",
	.opts = opts,
	.main = cmd_run_main,
};
