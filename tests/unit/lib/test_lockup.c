/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_lockup.c - what a locked-up process can still do, and what kills it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcbox/lockup.h"

typedef void deed_fn(void);

static int pipe_fds[2];

static const struct tb_lock_call more[] = {
	{ .nr = __NR_getsockopt },
	{ .nr = __NR_ioctl, .kind = TB_LOCK_SECOND, .value = FIONREAD },
	{ .nr = __NR_socket, .kind = TB_LOCK_FIRST, .value = AF_PACKET },
	{ .nr = __NR_socket, .kind = TB_LOCK_FIRST, .value = AF_NETLINK },
	{ .nr = __NR_uname, .kind = TB_LOCK_REFUSED },
};

/* quit() - by the bare system call: a sanitizer looks for leaks in _exit(2), with calls that are
 * forbidden here */
static void quit(int status)
{
	(void)syscall(__NR_exit_group, status);
}

static void do_nothing(void)
{
}

static void do_pipes_and_memory(void)
{
	struct pollfd p = { .fd = pipe_fds[0], .events = POLLIN };
	char *volatile m = malloc(10 << 20), c;

	if (!m || write(pipe_fds[1], "x", 1) != 1 || poll(&p, 1, 100) != 1 ||
	    read(pipe_fds[0], &c, 1) != 1)
		quit(1);
	m[5 << 20] = 1;
	free(m);
}

static void do_open(void)
{
	(void)syscall(__NR_openat, AT_FDCWD, "/dev/null", O_RDONLY);
}

static void do_socket(void)
{
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void do_fork(void)
{
	(void)syscall(__NR_fork);
}

static void do_exec(void)
{
	(void)execl("/bin/true", "true", (char *)NULL);
}

static void do_map_code(void)
{
	(void)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void do_kill(void)
{
	(void)kill(getppid(), 0);
}

static void do_getsockopt(void)
{
	int v;
	socklen_t len = sizeof(v);

	(void)getsockopt(pipe_fds[0], SOL_SOCKET, SO_TYPE, &v, &len);
}

static void do_ioctl(void)
{
	(void)syscall(__NR_ioctl, 0, 0x5412 /* TIOCSTI: types into the terminal */, "x");
}

static void do_packet_socket(void)
{
	(void)socket(AF_PACKET, SOCK_RAW, 0);
}

static void do_netlink_socket(void)
{
	(void)socket(AF_NETLINK, SOCK_RAW, 0);
}

static void do_refused(void)
{
	struct utsname name;

	if (!uname(&name) || errno != EPERM)
		quit(1);
}

static void do_protect_code(void)
{
	(void)syscall(__NR_mprotect, 0x1000, 4096, PROT_EXEC);
}

static void do_x32(void)
{
	(void)syscall(0x40000000 | __NR_write, 1, "x", 1);
}

/* fate() - Return: exit status of a child that did the deed after it was locked up, or 128 and the
 * signal that killed it */
static int fate(bool capture, deed_fn *deed)
{
	struct tb_err err = { 0 };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (tb_lock_privileges(0, &err) ||
		    tb_lock_calls(more, capture ? TB_ARRAY_SIZE(more) : 0, &err))
			_exit(99);
		deed();
		quit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int open_pipe(void **state)
{
	(void)state;
	return pipe(pipe_fds);
}

static void pipes_memory_and_exit_are_allowed(void **state)
{
	(void)state;
	assert_int_equal(fate(false, do_nothing), 0);
	assert_int_equal(fate(false, do_pipes_and_memory), 0);
	assert_int_equal(fate(true, do_pipes_and_memory), 0);
}

static void everything_else_kills(void **state)
{
	static deed_fn *const deeds[] = { do_open,     do_socket, do_fork,  do_exec,
					  do_map_code, do_kill,	  do_ioctl, do_x32,
						  do_protect_code };
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(deeds); i++) {
		assert_int_equal(fate(false, deeds[i]), 128 + SIGSYS);
		assert_int_equal(fate(true, deeds[i]), 128 + SIGSYS);
	}
}

static void what_is_in_the_list_is_allowed_with_its_arguments(void **state)
{
	(void)state;
	assert_int_equal(fate(true, do_getsockopt), 0);
	assert_int_equal(fate(false, do_getsockopt), 128 + SIGSYS);
	assert_int_equal(fate(true, do_packet_socket), 0);
	assert_int_equal(fate(true, do_netlink_socket), 0);
	assert_int_equal(fate(false, do_netlink_socket), 128 + SIGSYS);
	assert_int_equal(fate(true, do_refused), 0);
	assert_int_equal(fate(false, do_refused), 128 + SIGSYS);
}

static void descriptors_that_are_not_kept_are_closed(void **state)
{
	struct tb_err err = { 0 };
	int status, keep;
	pid_t pid;

	(void)state;
	keep = fcntl(pipe_fds[1], F_DUPFD, 100);
	assert_true(keep >= 100);
	pid = fork();
	if (pid == 0) {
		if (tb_lock_fds(&keep, 1, &err))
			_exit(1);
		if (fcntl(pipe_fds[0], F_GETFD) >= 0 || fcntl(pipe_fds[1], F_GETFD) >= 0 ||
		    fcntl(keep, F_GETFD) < 0)
			_exit(2);
		if (write(STDOUT_FILENO, "nowhere", 7) != 7 || fcntl(STDERR_FILENO, F_GETFD) < 0)
			_exit(3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(keep);
}

static void no_descriptor_can_be_opened_but_one_can_be_polled(void **state)
{
	struct tb_err err = { 0 };
	struct pollfd p = { .fd = pipe_fds[0], .events = POLLIN };
	struct rlimit core;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (tb_lock_memory(0, &err) || tb_lock_open(&err))
			_exit(1);
		if (open("/dev/null", O_RDONLY) >= 0 || errno != EMFILE)
			_exit(2);
		if (poll(&p, 1, 0) != 0)
			_exit(3);
		if (getrlimit(RLIMIT_CORE, &core) || core.rlim_max != 0)
			_exit(4);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void a_lower_limit_of_memory_is_kept(void **state)
{
	const struct rlimit given = { 1u << 30, 1u << 30 };
	struct tb_err err = { 0 };
	struct rlimit now;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (setrlimit(RLIMIT_AS, &given))
			_exit(1);
		if (tb_lock_memory((size_t)2 << 30, &err))
			_exit(2);
		if (getrlimit(RLIMIT_AS, &now) || now.rlim_max != given.rlim_max)
			_exit(3);
		if (tb_lock_memory((size_t)1 << 29, &err))
			_exit(4);
		_exit(getrlimit(RLIMIT_AS, &now) || now.rlim_max != (rlim_t)1 << 29 ? 5 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void privileges_are_gone_for_good(void **state)
{
	struct tb_err err = { 0 };
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		if (tb_lock_privileges(0, &err) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
			_exit(1);
		_exit(socket(AF_PACKET, SOCK_RAW, 0) >= 0 ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipes_memory_and_exit_are_allowed),
		cmocka_unit_test(everything_else_kills),
		cmocka_unit_test(what_is_in_the_list_is_allowed_with_its_arguments),
		cmocka_unit_test(descriptors_that_are_not_kept_are_closed),
		cmocka_unit_test(no_descriptor_can_be_opened_but_one_can_be_polled),
		cmocka_unit_test(a_lower_limit_of_memory_is_kept),
		cmocka_unit_test(privileges_are_gone_for_good),
	};

	return cmocka_run_group_tests(tests, open_pipe, NULL);
}
