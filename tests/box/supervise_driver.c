/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervise_driver.c - the filter and the supervisor around a command, without a box: no namespaces, no
 * privilege
 *
 *	supervise_driver [-a] [-e] [-k] [-u CALL]... EVENTS COMMAND [ARG...]
 *
 * -a observes every call, -u takes a call out of an otherwise permissive policy, -e refuses undeclared calls,
 * -k does as on a kernel without SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV. Events go to the file EVENTS; the
 * exit status is the command's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/watch/supervisor.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"

static enum pol_sys calls[TB_SYSCALL_MAX];

static void die(const char *what) __attribute__((noreturn));
static void die(const char *what)
{
	perror(what);
	_exit(125);
}

/*
 * The child tells which number its listener will get, then loads the filter: afterwards even a write may have
 * to be answered.
 */
static void become(const struct flt *f, int tell, int go, char **argv)
{
	int probe = fcntl(0, F_DUPFD_CLOEXEC, 0);
	char byte;

	(void)close(probe);
	if (write(tell, &probe, sizeof(probe)) != sizeof(probe))
		die("tell");
	if (flt_load(f) != probe)
		die("load the filter");
	if (read(go, &byte, 1) != 1)
		_exit(125);
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? 127 : 126);
}

static int take_listener(pid_t pid, int number)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	for (int tries = 0; tries < 10000; tries++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);

		if (fd >= 0) {
			(void)close(pidfd);
			return fd;
		}
		(void)usleep(100);
	}
	die("take the listener");
}

/* Is the supervisor the only child that is left? */
static bool only_child(pid_t pid)
{
	char path[64], text[4096], want[16];
	TB_AUTOCLOSE int fd = -1;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	(void)snprintf(want, sizeof(want), "%d ", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text));
	return n == (ssize_t)strlen(want) && memcmp(text, want, (size_t)n) == 0;
}

/*
 * Reaps until nobody is left, and tells the supervisor when the command's last descendant is gone. Return:
 * status of the command
 */
static int reap(pid_t command, pid_t supervisor, int *stop)
{
	int status = -1, st;
	pid_t ended;

	while ((ended = waitpid(-1, &st, 0)) > 0) {
		if (ended == command)
			status = st;
		if (ended == supervisor && st)
			die("the supervisor failed");
		if (*stop >= 0 && only_child(supervisor))
			tb_close(stop);
	}
	return status;
}

static int run(struct sup_options *opt, const struct flt *f, char **argv)
{
	struct tb_err err = { 0 };
	int tell[2], go[2], stop[2], number, status, rc;
	pid_t pid, waiter;

	if (pipe2(tell, O_CLOEXEC) || pipe2(go, O_CLOEXEC) || pipe2(stop, O_CLOEXEC))
		die("pipe");
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		(void)close(go[1]);
		become(f, tell[1], go[0], argv);
	}
	if (read(tell[0], &number, sizeof(number)) != sizeof(number))
		die("listen");
	opt->listener = take_listener(pid, number);
	/* The supervisor is a child, so that this process can reap until the last descendant is gone. */
	waiter = fork();
	if (waiter == 0) {
		opt->first_pid = pid;
		opt->ready_fd = go[1];
		opt->stop_fd = stop[0];
		(void)close(stop[1]);
		rc = sup_main(opt, &err);
		if (rc < 0)
			fprintf(stderr, "supervise_driver: %s\n", err.msg);
		_exit(rc < 0 ? 125 : 0);
	}
	(void)close(opt->listener);
	(void)close(go[1]);
	status = reap(pid, waiter, &stop[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	struct sup_options opt = { .t0_ns = tb_realtime_ns() };
	struct tb_err err = { 0 };
	bool killable = true;
	struct flt f;
	int c;

	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		calls[nr] = POL_SYS_ALLOWED;
	while ((c = getopt(argc, argv, "+aeku:")) > 0) {
		if (c == 'k')
			killable = false;
		else if (c == 'a')
			opt.filter.observe_all = true;
		else if (c == 'e')
			opt.filter.enforce = true;
		else if (c == 'u' && tb_syscall_number(optarg) >= 0)
			calls[tb_syscall_number(optarg)] = POL_SYS_UNDECLARED;
		else
			return 2;
		if (c == 'u')
			opt.filter.sys = calls;
	}
	if (argc - optind < 2)
		return 2;
	opt.record_fd = open(argv[optind], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (opt.record_fd < 0)
		die(argv[optind]);
	if (flt_build(&opt.filter, &f, &err) < 0) {
		fprintf(stderr, "supervise_driver: %s\n", err.msg);
		return 125;
	}
	f.wait_killable = f.wait_killable && killable;
	c = run(&opt, &f, argv + optind + 1);
	flt_free(&f);
	return c;
}
