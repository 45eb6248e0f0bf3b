/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scenarios.c - tcbox run in several scenarios: a bundle for each, and one comparison
 *
 * How it works: each run is a process of its own, as if it had been started alone. The first one,
 * in which nothing goes wrong, is made alone: what is wrong with the command is said once. Then two
 * go at a time where there are two processors. What the product prints is in the bundles only.
 *
 * Limits: where no --timeout is given each run has TIMEOUT_MS, because a product that waits for
 * what never comes may wait for ever. An interrupt ends the runs that go on, and no more are begun.
 */
#include "cli/scenarios.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "run/evaluate.h"
#include "tcbox/bundle.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/run.h"

#define TIMEOUT_MS (60 * 1000)
#define AT_A_TIME 2
#define SAID_MAX 65536u
#define JSON_FILE "comparison.json"
#define MARKDOWN_FILE "comparison.md"

/* One run. */
struct job {
	const struct lab_scenario *scenario;
	char *bundle;
	pid_t pid;		/* 0: not started, or over */
	int said;		/* what it says on standard error; -1: not started */
	int status;
	int64_t begun_ns;
	bool over;
	int passed;		/* signals that were passed on */
};

struct set {
	const struct run_options *o;
	struct run_options each;	/* what all have in common */
	char **argv;
	scenarios_once_fn *once;
	char *dir, *real;
	struct job jobs[RUN_SCENARIOS_MAX];
	size_t n;
	sigset_t mask_before, mask;	/* what is blocked between the waits */
};

static volatile sig_atomic_t ended_by;	/* the signal that ends the set; 0: none */
static volatile sig_atomic_t signals;	/* of these, so far */

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };

static void on_signal(int sig)
{
	if (sig == SIGCHLD)	/* only ends the wait */
		return;
	ended_by = sig;
	signals++;
}

/* in_child() - the run itself. Never returns */
static void in_child(const struct set *s, const struct job *job)
{
	struct run_options o = s->each;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* in a group of its own a run gets an interrupt once: from us */
	(void)setpgid(0, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (size_t i = 0; i < TB_ARRAY_SIZE(caught); i++)
		(void)signal(caught[i], SIG_DFL);
	(void)sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(job->said, 2) < 0)
		_exit(TB_EXIT_FAILED);
	(void)close(null);
	(void)close(job->said);
	o.scenario = job->scenario;
	o.output = job->bundle;
	_exit(s->once(&o, s->argv));
}

static int start(const struct set *s, struct job *job, struct tb_err *err)
{
	job->said = memfd_create("said", MFD_CLOEXEC);
	if (job->said < 0)
		return tb_err_set(err, errno, "start a run");
	job->begun_ns = tb_monotonic_ns();
	job->pid = fork();
	if (job->pid == 0)
		in_child(s, job);
	if (job->pid > 0)
		return 0;
	job->pid = 0;
	return tb_err_set(err, errno, "start a run");
}

/* verdict_of() - by the exit status; NULL: there is none */
static const char *verdict_of(int status)
{
	switch (status) {
	case TB_EXIT_CONFORMS:
		return "conforms";
	case TB_EXIT_VIOLATES:
		return "violates";
	case TB_EXIT_INCONCLUSIVE:
		return "inconclusive";
	default:
		return NULL;
	}
}

/* told() - what a run said on standard error */
static void told(const struct job *job)
{
	TB_AUTOBUF struct tb_buf said = TB_BUF_INIT;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", job->said);
	(void)tb_read_file(AT_FDCWD, path, SAID_MAX, &said, NULL);
	if (said.len && !said.failed)
		(void)fwrite(said.data, 1, said.len, stderr);
}

/* progress() - one line for each run that is over */
static void progress(const struct set *s, const struct job *job)
{
	double seconds = (double)(tb_monotonic_ns() - job->begun_ns) / (double)TB_NS_PER_S;
	const char *verdict = s->o->policy_path ? verdict_of(job->status) : "recorded";

	if (!verdict_of(job->status)) {
		(void)fprintf(stderr, "%-15s failed with status %d\n", job->scenario->name,
			      job->status);
		told(job);
	} else if (!s->o->quiet) {
		(void)fprintf(stderr, "%-15s %-12s %.1f s\n", job->scenario->name, verdict,
			      seconds);
	}
}

/* is_ended() - has a signal come that ends the set? */
static bool is_ended(const struct set *s)
{
	(void)sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
	(void)sigprocmask(SIG_SETMASK, &s->mask, NULL);
	return ended_by;
}

/* pass_on() - each signal that came, to each run that goes on */
static void pass_on(struct set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct job *job = &s->jobs[i];

		if (job->pid && job->passed != signals)
			(void)kill(job->pid, ended_by);
		job->passed = signals;
	}
}

/* finish() - one of the runs that go on; waits for it. A signal comes in the wait or not at all, so
 * that none is missed. Return: false if none is left */
static bool finish(struct set *s)
{
	int status;
	pid_t pid;

	while (!(pid = waitpid(-1, &status, WNOHANG))) {
		(void)sigsuspend(&s->mask_before);
		pass_on(s);
	}
	for (size_t i = 0; pid > 0 && i < s->n; i++) {
		struct job *job = &s->jobs[i];

		if (job->pid != pid)
			continue;
		job->pid = 0;
		job->over = true;
		job->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		progress(s, job);
	}
	return pid > 0;
}

/* run_all() - Return: 0, or negative errno if one could not be started */
static int run_all(struct set *s, struct tb_err *err)
{
	size_t most = sysconf(_SC_NPROCESSORS_ONLN) < AT_A_TIME ? 1 : AT_A_TIME, going = 0;
	int ret = 0;

	for (size_t i = 0; i < s->n && !ret && !is_ended(s); i++) {
		/* the first alone: what fails for it fails for all */
		if (i == 1 && !verdict_of(s->jobs[0].status))
			break;
		ret = start(s, &s->jobs[i], err);
		going += !ret;
		while (going && (going == most || !i) && finish(s))
			going--;
	}
	while (going && finish(s))
		going--;
	return ret;
}

/* add() - one more bundle to the comparison */
static int add(struct rpt_across *a, const struct job *job, struct tb_err *err)
{
	struct evaluation e;
	int ret = evaluate_bundle(job->bundle, NULL, &e, err);

	if (ret)
		return ret;
	ret = rpt_across_add(a, &e.input, err);
	evaluation_clear(&e);
	return ret;
}

static int store(const struct set *s, const struct rpt_across *a, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf json = TB_BUF_INIT, markdown = TB_BUF_INIT;
	TB_AUTOCLOSE int dir = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = dir < 0 ? tb_err_set(err, errno, "open %s", s->dir) : 0;

	if (!ret)
		ret = rpt_across_json(a, &json, err);
	if (!ret)
		ret = rpt_across_markdown(a, &markdown, err);
	if (!ret)
		ret = tb_write_file(dir, JSON_FILE, json.data, json.len, err);
	if (!ret)
		ret = tb_write_file(dir, MARKDOWN_FILE, markdown.data, markdown.len, err);
	return ret;
}

/* show() - the comparison, for people: to standard error, as the report of a run */
static int show(const struct rpt_across *a, struct tb_err *err)
{
	const struct rpt_style style = { .colour = cli_colour(STDERR_FILENO),
					 .width = cli_width(STDERR_FILENO) };
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	int ret = rpt_across_text(a, &style, &text, err);

	if (!ret)
		ret = tb_write_all(STDERR_FILENO, text.data, text.len);
	return ret;
}

static bool has_bundle(const struct job *job)
{
	return job->over && verdict_of(job->status);
}

static int compare_with(const struct set *s, struct rpt_across *a, struct tb_err *err)
{
	size_t n = 0;
	int ret = 0;

	for (size_t i = 1; i < s->n && !ret; i++) {
		if (!has_bundle(&s->jobs[i]))
			continue;
		ret = add(a, &s->jobs[i], err);
		n++;
	}
	if (ret || !n)
		return ret;
	rpt_across_end(a);
	ret = store(s, a, err);
	return ret || s->o->quiet ? ret : show(a, err);
}

/* compare() - what shows in which of the runs. Nothing if fewer than two are there */
static int compare(const struct set *s, struct tb_err *err)
{
	struct evaluation first;
	struct rpt_across *a;
	int ret;

	if (!has_bundle(&s->jobs[0]))
		return 0;
	ret = evaluate_bundle(s->jobs[0].bundle, NULL, &first, err);
	if (ret)
		return ret;
	a = rpt_across_new(&first.input, err);
	ret = a ? compare_with(s, a, err) : -ENOMEM;
	rpt_across_free(a);
	evaluation_clear(&first);
	return ret;
}

/* worst() - of a run that failed, or of the gravest verdict; what was interrupted is not
 * conclusive */
static int worst(const struct set *s)
{
	int status = ended_by ? TB_EXIT_INCONCLUSIVE : TB_EXIT_CONFORMS;

	for (size_t i = 0; i < s->n; i++) {
		const struct job *job = &s->jobs[i];

		if (job->over && !verdict_of(job->status))
			return job->status;
		if (job->over && job->status == TB_EXIT_VIOLATES)
			status = TB_EXIT_VIOLATES;
		else if (job->over && status == TB_EXIT_CONFORMS)
			status = job->status;
	}
	return status;
}

static int prepare(struct set *s, struct tb_err *err)
{
	int ret = bundle_make_dir(s->o->output, s->argv[0], RUN_SCENARIOS_SUFFIX, &s->dir, err);

	if (ret)
		return ret;
	s->real = realpath(s->dir, NULL);
	if (!s->real)
		return tb_err_set(err, errno, "find %s", s->dir);
	s->each = *s->o;
	s->each.nseveral = 0;
	s->each.quiet = s->each.mute = true;
	s->each.hide = s->real;
	if (!s->each.timeout_ms)
		s->each.timeout_ms = TIMEOUT_MS;
	for (; s->n < s->o->nseveral; s->n++) {
		struct job *job = &s->jobs[s->n];

		*job = (struct job){ .scenario = s->o->several[s->n], .said = -1 };
		if (asprintf(&job->bundle, "%s/%s" RUN_BUNDLE_SUFFIX, s->dir,
			     job->scenario->name) < 0) {
			job->bundle = NULL;
			return tb_err_set(err, ENOMEM, "name the bundles");
		}
	}
	return 0;
}

static void clear(struct set *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->jobs[i].bundle);
		tb_close(&s->jobs[i].said);
	}
	free(s->dir);
	free(s->real);
}

static void catch_signals(struct set *s)
{
	const struct sigaction action = { .sa_handler = on_signal };

	(void)sigprocmask(SIG_SETMASK, NULL, &s->mask_before);
	s->mask = s->mask_before;
	(void)sigdelset(&s->mask_before, SIGCHLD);
	for (size_t i = 0; i < TB_ARRAY_SIZE(caught); i++) {
		(void)sigaddset(&s->mask, caught[i]);
		(void)sigaction(caught[i], &action, NULL);
	}
	(void)sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

int scenarios_run(const struct run_options *o, char **argv, scenarios_once_fn *once)
{
	struct set s = { .o = o, .argv = argv, .once = once };
	struct tb_err err = { 0 };
	int status;

	if (prepare(&s, &err)) {
		status = cli_error(err.code == EEXIST ? TB_EXIT_USAGE : TB_EXIT_FAILED, &err);
		clear(&s);
		return status;
	}
	catch_signals(&s);
	if (run_all(&s, &err) || compare(&s, &err))
		status = cli_error(TB_EXIT_FAILED, &err);
	else
		status = worst(&s);
	clear(&s);
	return status;
}
