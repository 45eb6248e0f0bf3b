/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_try.c - tcbox policy try: do small acts in a box that a policy does not declare, in an
 * ordinary run, and ask who saw them and what was made of them
 *
 * How it works: a directory is made with the files that the helper changes, and with the bundle
 * unless it is wanted elsewhere; both go away at the end. The helper is tcbox itself, run like any
 * product, with the plan on its standard input. What it says goes to the bundle, not to ours.
 */
#include "cli/policy_try.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/scratch.h"
#include "cli/show.h"
#include "cli/try_table.h"
#include "run/evaluate.h"
#include "run/options.h"
#include "run/product.h"
#include "run/run.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/try.h"

#define TIMEOUT_MS 60000

/* Where a try happens. Everything in it is ours. */
struct room {
	char dir[PATH_MAX];
	char work[PATH_MAX + 8];
	char bundle[PATH_MAX + 8];
	char program[PATH_MAX];
};

static void room_clear(const struct room *room)
{
	if (!room->dir[0])
		return;
	scratch_remove(room->work);
	scratch_remove(room->bundle);
	(void)rmdir(room->dir);
}

static bool declares(const struct pol *p, const char *path)
{
	for (size_t i = 0; i < p->nwrite; i++)
		if (pol_file_glob(p->write[i], path))
			return true;
	return false;
}

/* choose_base() - a directory in which the policy lets nothing be changed, if there is one. Not
 * /tmp: the box has its own */
static const char *choose_base(const struct pol *p)
{
	/* who runs the product of root may not enter the home of root */
	const char *const bases[] = { "/var/tmp", geteuid() == 0 ? NULL : getenv("HOME") };
	char path[PATH_MAX];

	for (size_t i = 0; i < TB_ARRAY_SIZE(bases); i++) {
		if (!bases[i] || bases[i][0] != '/' || access(bases[i], W_OK))
			continue;
		(void)snprintf(path, sizeof(path), "%s/tcbox-try.XXXXXX/files/created", bases[i]);
		if (!declares(p, path))
			return bases[i];
	}
	return bases[0];
}

/* give() - the product of root is somebody else, and it changes its own files */
static int give(const char *path, struct tb_err *err)
{
	struct run_options none;
	struct product product;
	const char *why;
	int ret;

	if (geteuid() != 0)
		return 0;
	run_options_init(&none);
	ret = product_ids(&product, &none, &why, err);
	run_options_clear(&none);
	if (!ret && lchown(path, product.ids.uid, product.ids.gid))
		ret = tb_err_set(err, errno, "give away %s", path);
	return ret;
}

static int make_file(const char *path, struct tb_err *err)
{
	TB_AUTOCLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || fchmod(fd, 0644))		/* whatever the mask says */
		return tb_err_set(err, errno, "make %s", path);
	return give(path, err);
}

static int make_files(const struct room *room, struct tb_err *err)
{
	char path[PATH_MAX + 64];
	int ret = 0;

	if (mkdir(room->work, 0755) || chmod(room->work, 0755))
		return tb_err_set(err, errno, "make %s", room->work);
	for (size_t i = 0; !ret && try_files[i]; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", room->work, try_files[i]);
		ret = make_file(path, err);
	}
	return ret ? ret : give(room->work, err);
}

static int room_make(struct room *room, const struct pol *p, struct tb_err *err)
{
	ssize_t n = readlink("/proc/self/exe", room->program, sizeof(room->program) - 1);

	if (n < 0)
		return tb_err_set(err, errno, "find tcbox itself");
	room->program[n] = '\0';
	(void)snprintf(room->dir, sizeof(room->dir), "%s/tcbox-try.XXXXXX", choose_base(p));
	if (!mkdtemp(room->dir)) {
		int code = errno;

		room->dir[0] = '\0';
		return tb_err_set(err, code, "make a directory for the test");
	}
	(void)snprintf(room->work, sizeof(room->work), "%s/files", room->dir);
	(void)snprintf(room->bundle, sizeof(room->bundle), "%s/bundle", room->dir);
	if (chmod(room->dir, 0755))
		return tb_err_set(err, errno, "open %s", room->dir);
	return make_files(room, err);
}

/* hand_in() - the plan, as standard input of the helper; its output goes to the bundle only.
 * Return: what was standard output, negative errno */
static int hand_in(const struct tb_buf *plan, struct tb_err *err)
{
	TB_AUTOCLOSE int in = memfd_create("plan", MFD_CLOEXEC), null = -1, saved = -1;

	if (in < 0 || tb_write_all(in, plan->data, plan->len) || lseek(in, 0, SEEK_SET))
		return tb_err_set(err, errno, "write the plan");
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (null < 0 || saved < 0 || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		return tb_err_set(err, errno, "hand in the plan");
	return tb_take_fd(&saved);
}

static void hand_back(int saved)
{
	(void)dup2(saved, STDOUT_FILENO);
	(void)close(saved);
}

static int show(const struct policy_try *o, const struct try_result *r)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	if (o->json)
		try_table_json(r, &out);
	else
		try_table_text(r, cli_colour(STDOUT_FILENO), &out);
	return cli_print(&out, try_table_status(r));
}

/* judge() - the bundle at @path, whose evaluation is @e */
static int judge(const struct policy_try *o, const char *policy, const struct evaluation *e,
		 struct try_acts *acts, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	TB_AUTOCLOSE int dir = open(e->input.bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct try_result r = { .acts = acts, .result = e->result, .policy = policy };
	int ret;

	if (dir < 0)
		return tb_err_set(err, errno, "open bundle %s", e->input.bundle);
	ret = tb_read_regular(dir, RUN_STDOUT_FILE, TRY_MAX_BYTES, &text, err);
	if (!ret)
		ret = try_read(text.data ? text.data : "", text.len, acts, err);
	if (ret)
		return tb_err_wrap(err, "%s of %s is not that of \"policy try\"", RUN_STDOUT_FILE,
				   e->input.bundle);
	try_judge(acts, e->policy, e->input.evidence, e->result);
	return show(o, &r);
}

static int judge_again(const struct policy_try *o)
{
	struct try_acts acts = { 0 };
	struct tb_err err = { 0 };
	struct evaluation e;
	int status = evaluate_bundle(o->judge, NULL, &e, &err);

	if (status)
		return show_failed(status, &err);
	if (!e.policy)
		status = tb_err_msg(&err, EINVAL, "%s: its policy cannot be used", o->judge);
	else
		status = judge(o, e.run.policy_path, &e, &acts, &err);
	try_clear(&acts);
	evaluation_clear(&e);
	return status < 0 ? cli_error(TB_EXIT_FAILED, &err) : status;
}

/* run_plan() - Return: exit status, or negative errno */
static int run_plan(const struct policy_try *o, const char *policy, const struct room *room,
		    const struct tb_buf *plan, struct tb_err *err)
{
	char *argv[] = { (char *)(uintptr_t)room->program, (char[]){ TRY_HELPER }, NULL };
	struct run_options options;
	struct try_acts acts = { 0 };
	enum run_outcome outcome = RUN_BROKEN;
	struct run *run;
	int saved, ret;

	run_options_init(&options);
	options.policy_path = policy;
	options.output = o->output ? o->output : room->bundle;
	options.workdir = room->work;
	options.timeout_ms = TIMEOUT_MS;
	ret = run_options_check(&options, err);
	run = ret ? NULL : run_new(&options);
	saved = run ? hand_in(plan, err) : -ENOMEM;
	if (saved >= 0) {
		outcome = run_product(run, argv, err);
		hand_back(saved);
	}
	ret = outcome == RUN_DONE ? judge(o, policy, run_evaluation(run), &acts, err) : -EIO;
	try_clear(&acts);
	run_free(run);
	run_options_clear(&options);
	return ret;
}

static int try_policy(const struct policy_try *o, const char *policy, const struct pol *p,
		      struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf plan = TB_BUF_INIT;
	struct room room = { .dir = "" };
	struct try_place place = { .program = room.program, .dir = room.work };
	struct try_acts acts = { 0 };
	int ret = room_make(&room, p, err);

	if (!ret)
		ret = try_plan(p, &place, &acts, err);
	if (!ret) {
		try_write(&acts, &plan);
		ret = plan.failed ? tb_err_set(err, ENOMEM, "write the plan") :
				    run_plan(o, policy, &room, &plan, err);
	}
	try_clear(&acts);
	room_clear(&room);
	return ret;
}

int policy_try(const struct policy_try *o, const char *policy)
{
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	int ret;

	if (o->judge)
		return judge_again(o);
	ret = pol_load(policy, &p, NULL, &err);
	if (!ret)
		ret = pol_end(p, tb_realtime_ns(), NULL, &err);
	if (ret) {
		pol_free(p);
		return cli_error(ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE, &err);
	}
	ret = try_policy(o, policy, p, &err);
	pol_free(p);
	return ret < 0 ? cli_error(TB_EXIT_FAILED, &err) : ret;
}
