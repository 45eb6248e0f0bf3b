/* SPDX-License-Identifier: Apache-2.0 */
/*
 * live_compare.c - comparisons of the record while a run goes on, by a process of their own
 *
 * How it works: a comparison reads the whole record, which takes longer the longer a run lasts, and
 * the run must not wait for it: its pipes would fill, and the product with them. So a child makes
 * it, with bounds for its time and its memory, and tells the findings through a pipe.
 */
#include "run/live_compare.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/evaluate.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/log.h"
#include "tcbox/own.h"
#include "tcbox/title.h"

#define CPU_S 20
#define MEMORY_BYTES (512u << 20)	/* beside what tcbox has */
#define NICE 10

void live_compare_init(struct live_compare *c)
{
	c->pid = -1;
	c->fd = -1;
}

/* size_now() - of the address space, proc_pid_statm(5): what tcbox has mapped is shared with it */
static rlim_t size_now(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%lu", &pages) != 1)
		pages = 0;
	(void)fclose(f);
	return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void bound(int resource, rlim_t most)
{
	struct rlimit r;

	if (getrlimit(resource, &r) || (r.rlim_cur != RLIM_INFINITY && r.rlim_cur < most))
		return;
	r.rlim_cur = most;
	(void)setrlimit(resource, &r);
}

/* settle() - nothing of the run is the child's: not its pipes, not its terminal, not its life.
 * Return: the descriptor to tell through; -1: it cannot go on */
static int settle(int fd, pid_t parent)
{
	int null;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		return -1;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0 || dup2(fd, 3) < 0)
		return -1;
	if (close_range(4, ~0u, 0))
		return -1;
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	bound(RLIMIT_CPU, CPU_S);
	bound(RLIMIT_AS, size_now() + MEMORY_BYTES);
	return 3;
}

/* child() - what is wrong with the record is said at the end of the run, and not here */
static _Noreturn void child(const char *path, int fd, pid_t parent)
{
	static struct seen_acts acts;
	struct tb_err err = { 0 };
	struct evaluation e;

	tb_title("compare");
	fd = settle(fd, parent);
	if (fd < 0 || evaluate_bundle(path, NULL, &e, &err))
		_exit(1);
	seen_acts(&acts, e.result);
	_exit(tb_write_all(fd, &acts, sizeof(acts)) ? 1 : 0);
}

int live_compare_begin(struct live_compare *c, const char *path, struct tb_err *err)
{
	pid_t self = getpid();
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK))
		return tb_err_set(err, errno, "compare the record");
	c->pid = fork();
	if (!c->pid) {
		(void)fcntl(p[1], F_SETFL, 0);		/* it may wait, tcbox may not */
		child(path, p[1], self);
	}
	(void)close(p[1]);
	c->fd = p[0];
	c->have = 0;
	if (c->pid < 0) {
		tb_close(&c->fd);
		return tb_err_set(err, errno, "compare the record");
	}
	return 0;
}

size_t live_compare_poll(const struct live_compare *c, struct pollfd *p)
{
	if (c->pid < 0)
		return 0;
	*p = (struct pollfd){ .fd = c->fd, .events = POLLIN };
	return 1;
}

/* reap() - it closed its pipe, so it ends now. Return: did it end well? */
static bool reap(struct live_compare *c, int64_t *cpu_ns)
{
	struct rusage use = { 0 };
	int status = -1;

	while (wait4(c->pid, &status, 0, &use) < 0 && errno == EINTR)
		;
	tb_close(&c->fd);
	c->pid = -1;
	*cpu_ns = (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * TB_NS_PER_S +
		  (use.ru_utime.tv_usec + use.ru_stime.tv_usec) * (TB_NS_PER_MS / 1000);
	return status == 0;
}

enum live_compared live_compare_step(struct live_compare *c, int64_t *cpu_ns)
{
	char *to = (char *)&c->acts;
	bool whole;
	ssize_t n;

	if (c->pid < 0)
		return LIVE_COMPARES;
	do {
		n = read(c->fd, to + c->have, sizeof(c->acts) - c->have);
		c->have += n > 0 ? (size_t)n : 0;
	} while (n > 0 && c->have < sizeof(c->acts));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return LIVE_COMPARES;
	whole = c->have == sizeof(c->acts);
	whole &= reap(c, cpu_ns);
	return whole && seen_acts_good(&c->acts) ? LIVE_COMPARED : LIVE_NOT_COMPARED;
}

void live_compare_end(struct live_compare *c)
{
	int64_t cpu_ns;

	if (c->pid < 0)
		return;
	(void)kill(c->pid, SIGKILL);
	(void)reap(c, &cpu_ns);
}
