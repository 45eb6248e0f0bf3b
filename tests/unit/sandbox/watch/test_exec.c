/* SPDX-License-Identifier: Apache-2.0 */
/* test_exec.c - which program a process becomes: what is recorded before the call, and what is
 * found afterwards */
#include "tests/unit/sandbox/watch/caller.h"

#include <sys/stat.h>
#include <time.h>

#include "sandbox/watch/exec_file.h"

static const char *const no_env[] = { NULL };
static char dir[] = "/tmp/tcbox-exec-XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[8][128];
	static unsigned int at;
	char *p = path[at++ % 8];

	(void)snprintf(p, sizeof(path[0]), "%s/%s", dir, name);
	return p;
}

static int put(const char *name, const char *text, mode_t mode)
{
	const char *path = in_dir(name);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd))
		return -1;
	return chmod(path, mode);
}

static int make_dir(void **state)
{
	char script[160];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(script, sizeof(script), "#! %s -x\n", in_dir("script"));
	if (put("script", "#!/bin/sh\nexit 3\n", 0755) || put("nested", script, 0755) ||
	    put("plain", "echo\n", 0644) ||
	    put("lost", "#!/nonexist/interpreter\n", 0755) || put("nobody", "#!", 0755))
		return -1;
	return symlink("script", in_dir("link"));
}

static int remove_dir(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static int run(const void *arg)
{
	const char *argv[] = { "zero", "one", "two words", NULL };

	(void)syscall(SYS_execve, arg, argv, no_env);
	return 77;
}

static size_t count(struct caller *c, enum ev_kind kind)
{
	size_t n = 0;

	caller_read(c);
	for (size_t i = 0; i < c->nev; i++)
		n += c->ev[i].kind == kind;
	return n;
}

static bool has_error(const struct ev *ev)
{
	return ev->u.exec.error && *ev->u.exec.error;
}

/* waits() - it is written when its end is known; NULL: it was */
static const struct ev_exec *waits(const struct caller *c)
{
	return c->p->claims && !c->p->claims->told ? &c->p->claims->ev.u.exec : NULL;
}

/* hash() - what is large, as this program is under a sanitizer, is hashed in pieces, and the exec
 * looked at again */
static void hash(struct caller *c)
{
	struct seccomp_notif req;
	struct watch_note n;

	while (c->note.later) {
		if (!exec_work(&c->w, &n, &req))
			continue;
		n.p = c->p;
		exec_call(&c->w, &n);
		c->note.later = n.later;
		c->note.error = n.error;
	}
}

/* look() - an exec waits: look at it. Return: its event, written or not */
static const struct ev_exec *look(struct caller *c, int nr)
{
	size_t before = count(c, EV_EXEC);
	const struct ev *ev;

	caller_until(c, nr);
	exec_call(&c->w, &c->note);
	hash(c);
	if (waits(c)) {
		assert_int_equal(count(c, EV_EXEC), before);
		return waits(c);
	}
	ev = caller_last(c, EV_EXEC);
	assert_non_null(ev);
	return &ev->u.exec;
}

/* verify() - let the exec go on, and look at what is heard of next. Return: what is recorded */
static const struct ev_exec *verify(struct caller *c)
{
	const struct ev *ev;

	caller_answer(c);
	caller_next(c);
	exec_verify(&c->w, c->p, (pid_t)c->req.pid);
	ev = caller_last(c, EV_EXEC);
	assert_non_null(ev);
	return &ev->u.exec;
}

static void file_and_arguments_are_recorded(void **state)
{
	const struct ev_exec *x;
	char real[PATH_MAX];
	struct caller c;
	struct stat st;

	(void)state;
	assert_non_null(realpath("/bin/true", real));
	assert_int_equal(stat(real, &st), 0);
	caller_start(&c, run, "/bin/true");
	x = look(&c, SYS_execve);
	assert_string_equal(x->path, "/bin/true");
	assert_string_equal(x->exe, real);
	assert_string_equal(x->alias ? x->alias : "", strcmp(real, "/bin/true") ? "/bin/true" : "");
	assert_int_equal(x->argv.n, 3);
	assert_string_equal(x->argv.v[2], "two words");
	assert_false(x->argv_cut);
	assert_int_equal(x->size, st.st_size);
	assert_int_equal(strlen(x->sha256), 64);
	assert_int_equal(x->interpreters.n, 0);
	assert_true(!x->error || !*x->error);
	assert_true(c.p->claims && x == waits(&c));
	caller_end(&c);
}

static void the_same_file_has_the_same_hash_and_another_has_another(void **state)
{
	char first[80], again[80];
	struct caller c;

	(void)state;
	for (int i = 0; i < 2; i++) {
		caller_start(&c, run, i ? "/bin/false" : "/bin/true");
		(void)snprintf(first, sizeof(first), "%s", look(&c, SYS_execve)->sha256);
		exec_call(&c.w, &c.note); /* from what is remembered */
		(void)snprintf(again, sizeof(again), "%s", waits(&c)->sha256);
		assert_string_equal(first, again);
		caller_end(&c);
	}
	caller_start(&c, run, "/bin/true");
	assert_string_not_equal(look(&c, SYS_execve)->sha256, first);
	caller_end(&c);
}

static void scripts_are_followed_to_their_interpreters(void **state)
{
	const struct ev_exec *x;
	char sh[PATH_MAX];
	struct caller c;

	(void)state;
	assert_non_null(realpath("/bin/sh", sh));
	caller_start(&c, run, in_dir("nested"));
	x = look(&c, SYS_execve);
	assert_string_equal(x->exe, in_dir("nested"));
	assert_int_equal(x->interpreters.n, 2);
	assert_string_equal(x->interpreters.v[0], in_dir("script"));
	assert_string_equal(x->interpreters.v[1], sh);
	assert_string_equal(x->interpreters_alias.v[1], strcmp(sh, "/bin/sh") ? "/bin/sh" : "");
	assert_int_equal(strlen(x->interpreters_sha256.v[0]), 64);
	assert_int_equal(strlen(x->interpreters_sha256.v[1]), 64);
	assert_string_not_equal(x->interpreters_sha256.v[0], x->interpreters_sha256.v[1]);
	caller_end(&c);
}

static void an_exec_that_will_fail_says_why(void **state)
{
	static const struct {
		const char *path, *error;
	} rows[] = {
		{ "nonexist", "ENOENT" }, { "plain", "EACCES" }, { ".", "EACCES" },
		{ "lost", "ENOENT" }, { "script/x", "ENOTDIR" },
	};
	const struct ev_exec *x;
	struct caller c;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		caller_start(&c, run, in_dir(rows[i].path));
		x = look(&c, SYS_execve);
		assert_string_equal(x->error, rows[i].error);
		assert_true(c.p->claims && !waits(&c));
		caller_answer(&c);
		assert_int_equal(caller_finish(&c), 77);
		caller_end(&c);
	}
}

static int run_at(const void *arg)
{
	const char *argv[] = { "zero", NULL };
	int fd = open(arg, O_RDONLY | O_CLOEXEC);

	(void)syscall(SYS_execveat, fd, "", argv, no_env, AT_EMPTY_PATH);
	return 77;
}

static void a_descriptor_can_be_executed(void **state)
{
	char real[PATH_MAX];
	struct caller c;

	(void)state;
	assert_non_null(realpath("/bin/true", real));
	caller_start(&c, run_at, real);
	assert_string_equal(look(&c, SYS_execveat)->exe, real);
	assert_int_equal(waits(&c)->argv.n, 1);
	caller_end(&c);
}

#define MANY 80
static int run_many(const void *arg)
{
	const char *argv[MANY + 1];

	for (size_t i = 0; i < MANY; i++)
		argv[i] = arg;
	argv[MANY] = NULL;
	(void)syscall(SYS_execve, "/nonexist/program", argv, no_env);
	(void)syscall(SYS_execve, "/etc", argv, no_env);
	return 77;
}

static void arguments_are_bounded_and_a_search_has_none(void **state)
{
	static char longest[5000];
	struct caller c;

	(void)state;
	caller_start(&c, run_many, "x");
	assert_int_equal(look(&c, SYS_execve)->argv.n, 0); /* a search along $PATH: nothing is
							    * there */
	caller_answer(&c);
	assert_int_equal(look(&c, SYS_execve)->argv.n, 64);
	assert_true(caller_last(&c, EV_EXEC)->u.exec.argv_cut);
	caller_end(&c);
	memset(longest, 'x', sizeof(longest) - 1);
	caller_start(&c, run_many, longest);
	caller_until(&c, SYS_execve);
	caller_answer(&c);
	assert_int_equal(look(&c, SYS_execve)->argv.n, 1);
	assert_true(caller_last(&c, EV_EXEC)->u.exec.argv_cut);
	assert_int_equal(strlen(caller_last(&c, EV_EXEC)->u.exec.argv.v[0]), 4095);
	caller_end(&c);
}

static int bad_memory(const void *arg)
{
	(void)arg;
	(void)syscall(SYS_execve, 8, 0, 0);
	(void)syscall(SYS_execve, "/etc", 8, 0);
	return 0;
}

static void arguments_that_cannot_be_read_are_counted(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, bad_memory, NULL);
	assert_string_equal(look(&c, SYS_execve)->error, "EFAULT");
	assert_int_equal(c.w.n.calls_unread, 1);
	caller_answer(&c);
	assert_string_equal(look(&c, SYS_execve)->error, "EACCES");
	assert_int_equal(c.w.n.calls_unread, 2);
	caller_end(&c);
}

static void what_runs_is_recorded_when_it_runs(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, run, in_dir("script"));
	(void)look(&c, SYS_execve);
	assert_int_equal(count(&c, EV_EXEC), 0);
	assert_string_equal(verify(&c)->exe, in_dir("script")); /* the shell's first call */
	assert_null(c.p->claims);
	assert_int_equal(count(&c, EV_EXEC), 1);
	assert_null(caller_last(&c, EV_CALL));
	caller_answer(&c);
	assert_int_equal(caller_finish(&c), 3);
	caller_end(&c);
}

static void another_file_than_the_argument_named_is_recorded(void **state)
{
	struct file_id other;
	struct caller c;
	char real[PATH_MAX];

	(void)state;
	assert_non_null(realpath("/bin/true", real));
	caller_start(&c, run, "/bin/true");
	(void)look(&c, SYS_execve);
	other = c.p->claims->want[0];
	c.p->claims->want[0].ino++; /* as if the argument had been changed after it was read */
	assert_string_equal(verify(&c)->exe, real);
	assert_string_equal(caller_last(&c, EV_CALL)->u.call.detail,
			    "executed file differs from the argument");
	assert_true(!caller_last(&c, EV_EXEC)->u.exec.path ||
		    !*caller_last(&c, EV_EXEC)->u.exec.path);
	assert_int_equal(c.p->exe.ino, other.ino);
	assert_int_equal(strlen(caller_last(&c, EV_EXEC)->u.exec.sha256), 64);
	assert_int_equal(count(&c, EV_EXEC), 2); /* what was asked for has failed */
	caller_end(&c);
}

static int fail_late(const void *arg)
{
	const char *argv[] = { "zero", NULL };

	(void)syscall(SYS_execve, arg, argv, 8); /* EFAULT, after all that can be seen from
						  * outside */
	return 0;
}

static void an_exec_that_failed_makes_no_other_program(void **state)
{
	struct file_id was;
	struct caller c;

	(void)state;
	caller_start(&c, fail_late, "/bin/true");
	(void)look(&c, SYS_execve);
	was = c.p->exe;
	assert_string_equal(verify(&c)->error, "unknown"); /* at exit_group */
	assert_int_equal(count(&c, EV_EXEC), 1);
	assert_null(caller_last(&c, EV_CALL));
	assert_null(c.p->claims);
	assert_int_equal(c.p->exe.ino, was.ino);
	caller_end(&c);
}

/* The same file is executed again, or not: by what the process is then it cannot be told. */
static int run_self(const void *arg)
{
	const char *argv[] = { "/nonexist/argument", NULL };
	const bool *works = arg;

	if (*works)
		(void)syscall(SYS_execve, "/proc/self/exe", argv, no_env);
	(void)syscall(SYS_execve, "/proc/self/exe", argv, 8);
	(void)syscall(SYS_rmdir, "/nonexist/end");
	return 0;
}

static void the_same_program_executed_again_is_told_from_a_failure(void **state)
{
	struct caller c;
	bool works[] = { false, true };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(works); i++) {
		const char *error;

		caller_start(&c, run_self, &works[i]);
		(void)look(&c, SYS_execve);
		if (!c.p->claims->sure)
			skip(); /* a machine that puts programs where they always are */
		error = verify(&c)->error;
		assert_string_equal(error ? error : "", works[i] ? "" : "unknown");
		assert_int_equal(count(&c, EV_EXEC), 1);
		caller_end(&c);
	}
}

/* Without random addresses it cannot be told: then both is recorded, and neither script's are the
 * acts. */
static void a_script_that_cannot_be_told_apart_counts_as_run(void **state)
{
	struct caller c;
	bool works = false;

	(void)state;
	caller_start(&c, run_self, &works);
	(void)look(&c, SYS_execve);
	c.p->claims->sure = false;
	assert_true(!verify(&c)->path || !*verify(&c)->path);
	assert_int_equal(count(&c, EV_EXEC), 2);
	for (size_t i = 0; i < c.nev; i++)
		assert_true(c.ev[i].kind != EV_EXEC || !has_error(&c.ev[i]));
	caller_end(&c);
}

static void another_thread_does_not_tell_what_became_of_an_exec(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, fail_late, "/bin/true");
	(void)look(&c, SYS_execve);
	c.p->claims->tid = 1; /* as if another thread had asked */
	caller_answer(&c);
	caller_next(&c);
	exec_verify(&c.w, c.p, (pid_t)c.req.pid);
	assert_non_null(c.p->claims);
	assert_int_equal(count(&c, EV_EXEC), 0);
	exec_dead(&c.w, c.p); /* killed: nobody will know */
	assert_int_equal(count(&c, EV_EXEC), 1);
	assert_int_equal(c.w.n.execs_unverified, 1);
	assert_false(has_error(caller_last(&c, EV_EXEC)));
	assert_null(c.p->claims);
	caller_end(&c);
}

/* end_by_force() - and wait for it, but leave it to be reaped */
static void end_by_force(const struct caller *c)
{
	siginfo_t info;

	assert_int_equal(kill(c->pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT), 0);
}

static void who_was_killed_as_the_old_program_executed_nothing(void **state)
{
	for (int executed = 0; executed < 2; executed++) {
		struct caller c;

		(void)state;
		caller_start(&c, fail_late, "/bin/true");
		(void)look(&c, SYS_execve);
		assert_non_null(c.p->claims);
		if (executed)
			c.p->start++;	/* another one has its number: nothing is known */
		end_by_force(&c);
		exec_dead(&c.w, c.p);
		assert_int_equal(count(&c, EV_EXEC), 1);
		assert_int_equal(has_error(caller_last(&c, EV_EXEC)), !executed);
		assert_int_equal(c.w.n.execs_unverified, executed);
		caller_end(&c);
	}
}

static int run_quiet(const void *arg)
{
	const char *argv[] = { "sleep", arg, NULL };

	(void)syscall(SYS_execve, "/bin/sleep", argv, no_env);
	return 77;
}

static void a_program_that_makes_no_watched_call_is_looked_at_too(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, run_quiet, "60");
	assert_int_equal(exec_look(&c.w), -1);
	(void)look(&c, SYS_execve);
	caller_answer(&c);
	for (int i = 0; i < 10000 && c.p->claims; i++) {
		struct timespec pause = { .tv_nsec = exec_look(&c.w) > 0 ? 1000000 : 0 };

		(void)nanosleep(&pause, NULL);
	}
	assert_null(c.p->claims);
	assert_int_equal(exec_look(&c.w), -1);
	caller_end(&c);
}

static void the_name_in_a_script_ends_as_in_the_kernel(void **state)
{
	static const struct {
		const char *head, *want; /* NULL: there is none */
	} rows[] = {
		{ "#!/bin/sh\n", "/bin/sh" }, { "#!/bin/sh", "/bin/sh" },
		{ "#! \t/bin/sh -x\n", "/bin/sh" },
		{ "#!/bin/sh\t-x", "/bin/sh" }, { "#!a", "a" }, { "#!", NULL },
		{ "#! \n/bin/sh", NULL },
		{ "", NULL }, { "# !/bin/sh", NULL }, { "!#/bin/sh", NULL }, { "\x7f" "ELF", NULL },
	};
	char path[EXEC_HEAD + 1], head[EXEC_HEAD];

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		assert_int_equal(exec_file_script(rows[i].head, strlen(rows[i].head), path),
				 rows[i].want != NULL);
		if (rows[i].want)
			assert_string_equal(path, rows[i].want);
	}
	memset(head, 'x', sizeof(head));
	memcpy(head, "#!", 2);
	assert_false(exec_file_script(head, sizeof(head), path)); /* cut: ENOEXEC */
	head[sizeof(head) - 1] = '\n';
	assert_true(exec_file_script(head, sizeof(head), path));
	assert_int_equal(strlen(path), EXEC_HEAD - 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_and_arguments_are_recorded),
		cmocka_unit_test(the_same_file_has_the_same_hash_and_another_has_another),
		cmocka_unit_test(scripts_are_followed_to_their_interpreters),
		cmocka_unit_test(an_exec_that_will_fail_says_why),
		cmocka_unit_test(a_descriptor_can_be_executed),
		cmocka_unit_test(arguments_are_bounded_and_a_search_has_none),
		cmocka_unit_test(arguments_that_cannot_be_read_are_counted),
		cmocka_unit_test(what_runs_is_recorded_when_it_runs),
		cmocka_unit_test(another_file_than_the_argument_named_is_recorded),
		cmocka_unit_test(an_exec_that_failed_makes_no_other_program),
		cmocka_unit_test(the_same_program_executed_again_is_told_from_a_failure),
		cmocka_unit_test(a_script_that_cannot_be_told_apart_counts_as_run),
		cmocka_unit_test(another_thread_does_not_tell_what_became_of_an_exec),
		cmocka_unit_test(who_was_killed_as_the_old_program_executed_nothing),
		cmocka_unit_test(a_program_that_makes_no_watched_call_is_looked_at_too),
		cmocka_unit_test(the_name_in_a_script_ends_as_in_the_kernel),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
