/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_children.c - parts of the airlock: what each is given, in which order they start and stop,
 * and what follows when one dies
 */
#include <dirent.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/unit/sandbox/whole.h"
#include "tcbox/title.h"

static struct whole w;
static int stranger = -1;		/* a descriptor that no part asked for */

static int clear(void **state)
{
	(void)state;
	whole_end(&w);
	tb_close(&stranger);
	return 0;
}

static void say(const struct sbx_part_env *env, const char *who, const char *what)
{
	(void)dprintf(env->record_fd, "%s %s\n", who, what);
}

static void await_stop(const struct sbx_part_env *env)
{
	struct pollfd p = { .fd = env->stop_fd, .events = POLLIN };

	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
}

/* witness() - says when it starts, and when it is told to stop */
static int witness(void *arg, const struct sbx_part_env *env, struct tb_err *err)
{
	(void)err;
	say(env, arg, "ready");
	if (write(env->ready_fd, "r", 1) != 1)
		return -1;
	await_stop(env);
	say(env, arg, "stopped");
	return 0;
}

static char one[] = "one", two[] = "two", late[] = "late", helper[] = "helper";

static struct sbx_part part(char *name, int (*run)(void *, const struct sbx_part_env *,
						   struct tb_err *))
{
	return (struct sbx_part){ .name = name, .src = EV_SRC_LAB, .wait_ready = true, .main = run,
				  .arg = name, .keep_fds = { -1 } };
}

static const char *told(void)
{
	return whole_said(&w, WHOLE_RECORDS + EV_SRC_LAB);
}

static void witnesses_are_ready_before_and_stop_after_the_product(void **state)
{
	struct sbx_part parts[] = { part(one, witness), part(two, witness), part(late, witness),
				    part(helper, witness) };

	(void)state;
	parts[2].after_box = true;
	parts[3].wait_ready = false;
	whole_init(&w, "exit 0");
	w.opt.parts = parts;
	w.opt.nparts = TB_ARRAY_SIZE(parts);
	whole_run(&w);
	whole_good(&w, 0);
	assert_non_null(strstr(told(), "one ready\n"));
	assert_non_null(strstr(told(), "two ready\n"));
	assert_non_null(strstr(told(), "late ready\n"));
	assert_non_null(strstr(told(), "late stopped\ntwo stopped\none stopped\n"
				       "helper stopped\n"));
}

/* prepared_late() - what the slow part has not, and the others get */
static int prepared_late(void *arg, struct tb_err *err)
{
	struct sbx_part *part = arg;

	(void)err;
	part->arg = late;
	return 0;
}

static int late_failure(void *arg, struct tb_err *err)
{
	(void)arg;
	return tb_err_msg(err, EPROTO, "no certificate");
}

static void what_is_prepared_late_reaches_all_but_the_slow_parts(void **state)
{
	struct sbx_part parts[] = { part(one, witness), part(two, witness) };

	(void)state;
	parts[1].slow = true;
	whole_init(&w, "exit 0");
	w.opt.parts = parts;
	w.opt.nparts = TB_ARRAY_SIZE(parts);
	w.opt.late = prepared_late;
	w.opt.late_arg = &parts[0];
	whole_run(&w);
	whole_good(&w, 0);
	assert_non_null(strstr(told(), "late ready\n"));
	assert_non_null(strstr(told(), "late stopped\ntwo stopped\n"));	/* started first */
	whole_end(&w);
	whole_init(&w, "exit 0");
	w.opt.parts = parts;
	w.opt.nparts = TB_ARRAY_SIZE(parts);
	w.opt.late = prepared_late;
	w.opt.late_arg = &parts[1];
	whole_run(&w);
	whole_good(&w, 0);
	assert_non_null(strstr(told(), "two ready\n"));	/* it was running already */
}

static void what_cannot_be_prepared_late_ends_the_run_before_the_product(void **state)
{
	(void)state;
	whole_init(&w, "echo ran");
	w.opt.late = late_failure;
	whole_run(&w);
	assert_int_equal(w.ret, -EPROTO);
	assert_string_equal(w.err.msg, "no certificate");
	assert_false(w.started);
	whole_says(&w, "");
}

static int fail_at_once(void *arg, const struct sbx_part_env *env, struct tb_err *err)
{
	(void)arg;
	(void)env;
	return tb_err_msg(err, EIO, "it cannot");
}

static void no_product_runs_without_a_witness(void **state)
{
	struct sbx_part parts[] = { part(one, witness), part(two, fail_at_once) };

	(void)state;
	whole_init(&w, "echo ran");
	w.opt.parts = parts;
	w.opt.nparts = TB_ARRAY_SIZE(parts);
	whole_run(&w);
	assert_int_equal(w.ret, -ECHILD);
	assert_string_equal(w.err.msg, "two could not start");
	assert_false(w.started);
	whole_says(&w, "");
}

/* leave_early() - ready, and gone when the product is heard */
static int leave_early(void *arg, const struct sbx_part_env *env, struct tb_err *err)
{
	const int *pipe = arg;
	char byte;

	(void)err;
	if (write(env->ready_fd, "r", 1) != 1)
		return -1;
	return read(*pipe, &byte, 1) ? -1 : 0;
}

static int started_pipe[2];

static void tell_part(struct whole *me, enum sbx_event ev)
{
	(void)me;
	if (ev == SBX_STARTED)
		tb_close(&started_pipe[1]);
}

static void the_product_dies_with_a_witness(void **state)
{
	struct sbx_part parts[] = { part(one, leave_early) };

	(void)state;
	assert_return_code(pipe2(started_pipe, O_CLOEXEC), errno);
	parts[0].arg = &started_pipe[0];
	parts[0].keep_fds[0] = started_pipe[0];
	parts[0].keep_fds[1] = -1;
	whole_init(&w, "mkfifo /tmp/f; read x <>/tmp/f");
	w.opt.parts = parts;
	w.opt.nparts = 1;
	w.at = tell_part;
	whole_run(&w);
	tb_close(&started_pipe[0]);
	assert_int_equal(w.ret, 0);
	assert_true(w.started && w.done);
	assert_string_equal(w.part, "one");
	assert_int_equal(w.status, W_EXITCODE(0, SIGKILL));
}

static void a_helper_may_end_by_itself_but_not_fail(void **state)
{
	struct sbx_part parts[] = { part(helper, fail_at_once) };

	(void)state;
	parts[0].wait_ready = false;
	whole_init(&w, "exit 0");
	w.opt.parts = parts;
	w.opt.nparts = 1;
	whole_run(&w);
	assert_int_equal(w.ret, 0);
	assert_int_equal(w.status, 0);
	assert_string_equal(w.part, "helper");
}

/* look() - what a part can reach */
static int look(void *arg, const struct sbx_part_env *env, struct tb_err *err)
{
	struct if_nameindex *names = if_nameindex();
	char text[256] = "", name[17] = "";
	struct dirent *d;
	sigset_t blocked;
	DIR *dir = opendir("/");
	int n = 0;

	(void)err;
	for (int i = 0; names && names[i].if_name; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), " %s",
			       names[i].if_name);
	say(env, "links", text);
	while (dir && (d = readdir(dir)))
		n += d->d_name[0] != '.';
	say(env, "root", dir && !n && mkdir("/x", 0700) && errno == EROFS ? "empty" : "full");
	(void)closedir(dir);
	say(env, "stranger", fcntl(stranger, F_GETFD) < 0 ? "closed" : "open");
	say(env, "kept", fcntl(*(int *)arg, F_GETFD) < 0 ? "closed" : "open");
	say(env, "layer", env->layer_fd < 0 ? "none" : "there");
	(void)sigprocmask(SIG_BLOCK, NULL, &blocked);
	say(env, "signals", sigismember(&blocked, SIGCHLD) ? "blocked" : "open");
	(void)prctl(PR_GET_NAME, name);
	say(env, "name", name);
	say(env, "input", read(STDIN_FILENO, text, 1) == 0 && isatty(1) == 0 ? "empty" : "ours");
	if (write(env->ready_fd, "r", 1) != 1)
		return -1;
	await_stop(env);
	return 0;
}

static void a_part_reaches_what_it_needs_and_no_more(void **state)
{
	struct sbx_part parts[] = { part(one, look) };
	int kept = open("/", O_PATH | O_CLOEXEC);

	(void)state;
	stranger = open("/", O_PATH | O_CLOEXEC);
	parts[0].arg = &kept;
	parts[0].keep_fds[0] = kept;
	parts[0].keep_fds[1] = -1;
	whole_init(&w, "exit 0");
	w.opt.parts = parts;
	w.opt.nparts = 1;
	whole_run(&w);
	whole_good(&w, 0);
	assert_string_equal(told(), "links  lo g0\nroot empty\nstranger closed\nkept open\n"
				    "layer none\nsignals open\nname tcbox: one\ninput empty\n");
	whole_end(&w);

	parts[0].no_net = parts[0].layer = parts[0].after_box = true;
	whole_init(&w, "exit 0");
	w.opt.parts = parts;
	w.opt.nparts = 1;
	whole_run(&w);
	whole_good(&w, 0);
	assert_non_null(strstr(told(), "links  lo\nroot empty\n"));
	assert_non_null(strstr(told(), "layer there\n"));
	(void)close(kept);
}

#define TEST(name) cmocka_unit_test_teardown(name, clear)

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		TEST(witnesses_are_ready_before_and_stop_after_the_product),
		TEST(what_is_prepared_late_reaches_all_but_the_slow_parts),
		TEST(what_cannot_be_prepared_late_ends_the_run_before_the_product),
		TEST(no_product_runs_without_a_witness),
		TEST(the_product_dies_with_a_witness),
		TEST(a_helper_may_end_by_itself_but_not_fail),
		TEST(a_part_reaches_what_it_needs_and_no_more),
	};

	tb_title_init(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
