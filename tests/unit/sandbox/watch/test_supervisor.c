/* SPDX-License-Identifier: Apache-2.0 */
/* test_supervisor.c - the whole supervisor around a process: what it answers, and what the record
 * has in the end */
#include "tests/unit/sandbox/watch/caller.h"

#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "sandbox/watch/supervisor.h"

static enum pol_sys sys[TB_SYSCALL_MAX];

/* What the child has found, in memory that both share. */
static struct found {
	int v[16];
	size_t n;
} *found;

static void note_result(long rc)
{
	found->v[found->n++] = rc < 0 ? -errno : 0;
}

struct run {
	struct sup_options opt;
	int record;
	int status; /* of the child */
	struct caller c; /* only for what was recorded */
};

static void read_record(struct run *r)
{
	caller_record(&r->c);
	(void)close(r->c.record);
	r->c.record = r->record;
	caller_read(&r->c);
}

/* Who has the filter, and which number the listener has there: told before, afterwards even
 * write(2) may notify. */
struct listens {
	pid_t pid;
	int fd;
};

static void become(const struct flt *f, int tell, int go, int (*act)(const void *), const void *arg)
{
	const struct listens where = { getpid(), fcntl(0, F_DUPFD_CLOEXEC, 0) };
	char byte;

	(void)close(where.fd);
	if (write(tell, &where, sizeof(where)) != sizeof(where) || flt_load(f) != where.fd ||
	    read(go, &byte, 1) != 1)
		_exit(99);
	_exit(act(arg));
}

/* As in a box, the first process has a parent that has no other children. It ends as its child
 * did */
static void be_init(const struct flt *f, int tell, int go, int (*act)(const void *),
		    const void *arg)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		become(f, tell, go, act, arg);
	(void)close(tell);
	(void)close(go);
	if (waitpid(pid, &status, 0) != pid)
		_exit(97);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 96);
}

static int listener_of(const struct listens *l)
{
	int pidfd = (int)syscall(SYS_pidfd_open, l->pid, 0), fd;

	do {
		fd = (int)syscall(SYS_pidfd_getfd, pidfd, l->fd, 0);
	} while (fd < 0 && errno == EBADF && kill(l->pid, 0) == 0);
	(void)close(pidfd);
	return fd;
}

/* run() - @act in a child, and the supervisor around it, until the child is gone */
static void run(struct run *r, int (*act)(const void *), const void *arg)
{
	int tell[2], go[2], stop[2], status, null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct tb_err err = { 0 };
	struct listens where;
	struct flt f;
	pid_t init, sup;

	memset(found, 0, sizeof(*found));
	assert_int_equal(flt_build(&r->opt.filter, &f, NULL), 0);
	assert_int_equal(pipe(tell) | pipe(go) | pipe2(stop, O_CLOEXEC), 0);
	r->record = memfd_create("record", MFD_CLOEXEC);
	init = fork();
	if (init == 0)
		be_init(&f, tell[1], go[0], act, arg);
	flt_free(&f);
	assert_int_equal(read(tell[0], &where, sizeof(where)), sizeof(where));
	r->opt.listener = listener_of(&where);
	if (r->opt.listener < 0)
		skip(); /* a sandbox around the tests listens already */
	r->opt.record_fd = r->record;
	r->opt.stop_fd = stop[0];
	r->opt.last_fd = -1;
	r->opt.ready_fd = null;
	r->opt.first_pid = where.pid;
	sup = fork();
	if (sup == 0) {
		(void)close(stop[1]);
		_exit(sup_main(&r->opt, &err) < 0);
	}
	(void)close(r->opt.listener);
	assert_int_equal(write(go[1], "", 1), 1);
	assert_int_equal(waitpid(init, &r->status, 0), init);
	for (size_t i = 0; i < 2; i++) {
		(void)close(tell[i]);
		(void)close(go[i]);
		(void)close(stop[i]);
	}
	assert_int_equal(waitpid(sup, &status, 0), sup);
	assert_int_equal(status, 0);
	(void)close(null);
	read_record(r);
}

static uint64_t counter(const struct run *r, const char *name)
{
	const struct ev *last = &r->c.ev[r->c.nev - 1];

	assert_int_equal(last->kind, EV_COUNTERS);
	assert_true(last->u.counters.final);
	for (size_t i = 0; i < last->u.counters.n; i++)
		if (!strcmp(last->u.counters.v[i].name, name))
			return last->u.counters.v[i].value;
	return 0;
}

static const struct ev *call_event(const struct run *r, const char *name)
{
	for (size_t i = 0; i < r->c.nev; i++)
		if (r->c.ev[i].kind == EV_CALL && !strcmp(r->c.ev[i].u.call.call, name))
			return &r->c.ev[i];
	return NULL;
}

/* An exec first: until then the process is tcbox's own. */
static int exec_self(const void *act)
{
	(void)setenv("TCBOX_TEST_ACT", act, 1);
	(void)execl("/proc/self/exe", "supervised", (char *)NULL);
	return 98;
}

static void act_dangerous(void)
{
	struct rlimit none = { 0, 0 };

	note_result(syscall(SYS_bpf, 0, 0, 0));
	note_result(syscall(SYS_clone3, 0, 0));
	note_result(syscall(9999));
	note_result(setrlimit(RLIMIT_CORE, &none));
	note_result(socket(AF_VSOCK, SOCK_STREAM, 0));
	note_result(syscall(SYS_getppid));
}

static void act_undeclared(void)
{
	note_result(syscall(SYS_setpgid, 0, 0));
	note_result(socket(AF_UNIX, SOCK_STREAM, 0));
	note_result(syscall(SYS_getppid));
}

static void *in_thread(void *arg)
{
	(void)syscall(SYS_mkdir, "/nonexist/thread", 0700);
	return arg;
}

static void act_threads(void)
{
	pthread_t t;
	pid_t pid;
	int status;

	(void)pthread_create(&t, NULL, in_thread, NULL);
	(void)pthread_join(t, NULL);
	pid = fork();
	if (pid == 0) {
		(void)syscall(SYS_mkdir, "/nonexist/child", 0700);
		_exit(5);
	}
	(void)waitpid(pid, &status, 0);
	pid = fork();
	if (pid == 0) {
		(void)syscall(SYS_mkdir, "/nonexist/killed", 0700);
		(void)raise(SIGKILL);
		_exit(6);
	}
	(void)waitpid(pid, &status, 0);
}

static void dangerous_calls_fail_and_are_attempts(void **state)
{
	struct run r = { .opt = { .t0_ns = 0 } };

	(void)state;
	run(&r, exec_self, "dangerous");
	assert_int_equal(WEXITSTATUS(r.status), 0);
	assert_int_equal(found->v[0], -EPERM);
	assert_int_equal(found->v[1], -ENOSYS);
	assert_int_equal(found->v[2], -ENOSYS);
	assert_int_equal(found->v[3], 0); /* pretended */
	assert_int_equal(found->v[4], -EAFNOSUPPORT);
	assert_int_equal(found->v[5], 0);
	assert_int_equal(counter(&r, "attempts"), 3); /* bpf, 9999, the family; clone3 is
						       * everyday */
	assert_string_equal(call_event(&r, "bpf")->u.call.outcome, "denied");
	assert_string_equal(call_event(&r, "bpf")->u.call.error, "EPERM");
	assert_string_equal(call_event(&r, "syscall-9999")->u.call.group, "unknown");
	assert_null(call_event(&r, "clone3"));
	assert_true(counter(&r, "notifications") >= 5);
	assert_int_equal(counter(&r, "calls_unread"), 0);
	caller_end(&r.c);
}

static void declare_all_but(int nr)
{
	for (size_t i = 0; i < TB_SYSCALL_MAX; i++)
		sys[i] = POL_SYS_ALLOWED;
	sys[nr] = POL_SYS_UNDECLARED;
}

static void undeclared_calls_go_on_unless_the_policy_is_enforced(void **state)
{
	for (int enforce = 0; enforce < 2; enforce++) {
		struct run r = { .opt = { .filter = { .sys = sys, .enforce = enforce } } };

		(void)state;
		declare_all_but(SYS_setpgid);
		run(&r, exec_self, "undeclared");
		assert_int_equal(found->v[0], enforce ? -EPERM : 0);
		assert_int_equal(found->v[1], 0);
		assert_true(call_event(&r, "setpgid")->u.call.undeclared);
		assert_string_equal(call_event(&r, "setpgid")->u.call.outcome,
				    enforce ? "denied" : "allowed");
		assert_string_equal(call_event(&r, "setpgid")->u.call.group,
				    enforce ? "undeclared" : "process");
		assert_int_equal(counter(&r, "calls_undeclared"), 1);
		assert_int_equal(counter(&r, "attempts"), 0);
		caller_end(&r.c);
	}
}

static void a_process_can_always_end(void **state)
{
	struct run r = { .opt = { .filter = { .sys = sys, .enforce = true } } };

	(void)state;
	declare_all_but(SYS_exit_group);
	run(&r, exec_self, "undeclared");
	assert_true(WIFEXITED(r.status));
	assert_int_equal(WEXITSTATUS(r.status), 0);
	assert_true(call_event(&r, "exit_group")->u.call.undeclared);
	caller_end(&r.c);
}

static void processes_and_threads_are_told_apart(void **state)
{
	struct run r = { .opt = { .t0_ns = 0 } };
	size_t files = 0, exits = 0;

	(void)state;
	run(&r, exec_self, "threads");
	assert_int_equal(counter(&r, "processes"), 3);
	for (size_t i = 0; i < r.c.nev; i++) {
		const struct ev *ev = &r.c.ev[i];

		if (ev->kind == EV_FILE && strstr(ev->u.file.path, "thread"))
			files += ev->proc == 1;
		if (ev->kind == EV_FILE && strstr(ev->u.file.path, "child"))
			files += ev->proc == 2;
		if (ev->kind == EV_EXIT && ev->proc == 2)
			exits += ev->u.exit.known && ev->u.exit.code == 5;
		if (ev->kind == EV_EXIT && ev->proc == 1)
			exits += ev->u.exit.known && ev->u.exit.code == 0;
		if (ev->kind == EV_PROC && ev->proc > 1)
			assert_int_equal(ev->u.process.parent, 1);
	}
	assert_int_equal(files, 2);
	assert_int_equal(exits, 2);
	assert_int_equal(counter(&r, "processes_unwatched"), 0);
	caller_end(&r.c);
}

static void every_call_is_counted_where_all_are_observed(void **state)
{
	struct run r = { .opt = { .filter = { .observe_all = true } } };

	(void)state;
	run(&r, exec_self, "undeclared");
	assert_true(counter(&r, "calls_all_getppid") >= 1);
	assert_true(counter(&r, "calls_all_setpgid") == 1);
	assert_int_equal(call_event(&r, "setpgid")->u.call.count <= 1, 1);
	assert_string_equal(call_event(&r, "setpgid")->u.call.group, "observed");
	caller_end(&r.c);
}

static void a_record_that_cannot_be_written_is_an_error(void **state)
{
	const struct sup_options opt = { .listener = -1, .record_fd = -1, .stop_fd = -1,
					 .ready_fd = -1, .first_pid = getpid() };
	struct tb_err err = { 0 };

	(void)state;
	assert_true(sup_main(&opt, &err) < 0);
	assert_string_not_equal(err.msg, "");
}

int main(void)
{
	static const struct {
		const char *name;
		void (*act)(void);
	} acts[] = { { "dangerous", act_dangerous }, { "undeclared", act_undeclared },
		     { "threads", act_threads } };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dangerous_calls_fail_and_are_attempts),
		cmocka_unit_test(undeclared_calls_go_on_unless_the_policy_is_enforced),
		cmocka_unit_test(a_process_can_always_end),
		cmocka_unit_test(processes_and_threads_are_told_apart),
		cmocka_unit_test(every_call_is_counted_where_all_are_observed),
		cmocka_unit_test(a_record_that_cannot_be_written_is_an_error),
	};
	const char *act = getenv("TCBOX_TEST_ACT"), *memory = getenv("TCBOX_TEST_MEMORY");
	char number[32];
	int fd = act ? (int)strtol(memory, NULL, 10) : memfd_create("found", 0);

	if (!act && ftruncate(fd, sizeof(*found)) < 0)
		return 1;
	found = mmap(NULL, sizeof(*found), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (found == MAP_FAILED)
		return 1;
	for (size_t i = 0; act && i < TB_ARRAY_SIZE(acts); i++) {
		if (!strcmp(act, acts[i].name)) {
			acts[i].act();
			_exit(0);
		}
	}
	(void)snprintf(number, sizeof(number), "%d", fd);
	(void)setenv("TCBOX_TEST_MEMORY", number, 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
