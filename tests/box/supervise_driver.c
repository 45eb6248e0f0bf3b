/* SPDX-License-Identifier: Apache-2.0 */
/*
 * supervise_driver.c - the filter and the supervisor around a command, without a box: no
 * namespaces, no privilege
 *
 *	supervise_driver [-a] [-e] [-k] [-u CALL]... EVENTS COMMAND [ARG...]
 *
 * -a observes every call, -u takes a call out of an otherwise permissive policy, -e refuses
 * undeclared calls,
 * -k does as on a kernel without SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV. Events go to the file
 * EVENTS; the exit status is the command's.
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

/* Who has the filter, and which number the listener has there. */
struct listens {
	pid_t pid;
	int fd;
};

/*
 * The command tells where its listener will be, then loads the filter: afterwards even a write may
 * have to be answered.
 */
static void become(const struct flt *f, int tell, int go, char **argv)
{
	const struct listens where = { getpid(), fcntl(0, F_DUPFD_CLOEXEC, 0) };
	char byte;

	(void)close(where.fd);
	if (write(tell, &where, sizeof(where)) != sizeof(where))
		die("tell");
	if (flt_load(f) != where.fd)
		die("load the filter");
	if (read(go, &byte, 1) != 1)
		_exit(125);
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? 127 : 126);
}

/* As in a box: the command's parent has no other children, but whom the command leaves behind.
 * Return: its status */
static int be_init(const struct flt *f, int tell, int go, char **argv)
{
	int status = 0, st;
	pid_t pid, ended;

	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		become(f, tell, go, argv);
	(void)close(tell);
	(void)close(go);
	while ((ended = waitpid(-1, &st, 0)) > 0) {
		if (ended == pid)
			status = st;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int take_listener(const struct listens *where)
{
	int pidfd = (int)syscall(SYS_pidfd_open, where->pid, 0);

	for (int tries = 0; tries < 100000; tries++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, where->fd, 0);

		if (fd >= 0) {
			(void)close(pidfd);
			return fd;
		}
		(void)usleep(100);
	}
	die("take the listener");
}

static int run(struct sup_options *opt, const struct flt *f, char **argv)
{
	struct tb_err err = { 0 };
	int tell[2], go[2], stop[2], status;
	struct listens where;
	pid_t init;

	if (pipe2(tell, O_CLOEXEC) || pipe2(go, O_CLOEXEC) || pipe2(stop, O_CLOEXEC))
		die("pipe");
	init = fork();
	if (init < 0)
		die("fork");
	if (init == 0) {
		(void)close(go[1]);
		_exit(be_init(f, tell[1], go[0], argv));
	}
	(void)close(tell[1]);
	(void)close(go[0]);
	(void)close(stop[1]); /* init's: closed once the last of them is gone */
	if (read(tell[0], &where, sizeof(where)) != sizeof(where))
		die("listen");
	opt->listener = take_listener(&where);
	opt->first_pid = where.pid;
	opt->ready_fd = go[1];
	opt->stop_fd = stop[0];
	if (sup_main(opt, &err) < 0) {
		fprintf(stderr, "supervise_driver: %s\n", err.msg);
		return 125;
	}
	if (waitpid(init, &status, 0) != init)
		die("wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

int main(int argc, char **argv)
{
	struct sup_options opt = { .t0_ns = tb_realtime_ns(), .last_fd = -1 };
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
