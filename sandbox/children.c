/* SPDX-License-Identifier: Apache-2.0 */
/*
 * children.c - start parts and supervisor, and know which of them live
 */
#include "sandbox/children.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "tcbox/fd.h"
#include "tcbox/log.h"
#include "tcbox/own.h"
#include "tcbox/title.h"

void unblock_signals(void)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t children_start(struct children *l, const char *name, bool wait_ready, struct child_ends *ends)
{
	int ready[2], stop[2];
	pid_t pid;

	TB_BUG_ON(l->n == CHILDREN_MAX);
	if (pipe2(ready, O_CLOEXEC) || pipe2(stop, O_CLOEXEC))
		return -errno;		/* the airlock ends then, and its descriptors with it */
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		unblock_signals();
		tb_title(name);
		*ends = (struct child_ends){ .ready = ready[1], .stop = stop[0] };
		return 0;
	}
	(void)close(ready[1]);
	(void)close(stop[0]);
	l->v[l->n++] = (struct child){ .name = name, .pid = pid, .ready = ready[0], .stop = stop[1],
				       .wait_ready = wait_ready };
	return pid;
}

/* part_alone() - what no part needs: the technician's streams, files, and for some the network */
static int part_alone(const struct sbx_part *part, int root, struct tb_err *err)
{
	TB_AUTOCLOSE int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return tb_err_set(err, errno, "open /dev/null");
	if (fchdir(root) || chroot("."))
		return tb_err_set(err, errno, "enter an empty root directory");
	(void)close(root);
	if (part->no_net && unshare(CLONE_NEWNET))
		return tb_err_set(err, errno, "create an empty network namespace");
	return 0;
}

void children_run_part(const struct sbx_part *part, const struct sbx_part_env *env, int root)
{
	int keep[5 + TB_ARRAY_SIZE(part->keep_fds)];
	struct tb_err err = { 0 };
	size_t n = 0, i;

	keep[n++] = env->record_fd;
	keep[n++] = env->ready_fd;
	keep[n++] = env->stop_fd;
	keep[n++] = env->layer_fd;
	for (i = 0; i < TB_ARRAY_SIZE(part->keep_fds) && part->keep_fds[i] != -1; i++)
		keep[n++] = part->keep_fds[i];
	keep[n] = root;			/* until it is entered */
	tb_close_others(keep, n + 1);
	if (part_alone(part, root, &err) || part->main(part->arg, env, &err)) {
		tb_warn(part->name, "%s", err.msg);
		_exit(1);
	}
	/* its last word: giving back the capture's ring keeps the process in the kernel for tens of
	 * milliseconds, and neither the record nor the next part should wait for that */
	for (i = 0; i < n; i++)
		if (keep[i] >= 0)
			(void)close(keep[i]);
	_exit(0);
}

int children_await_ready(struct children *l, int deadline_ms, struct tb_err *err)
{
	char byte;
	size_t i;
	int ret;

	for (i = 0; i < l->n; i++) {
		struct child *c = &l->v[i];
		struct pollfd p = { .fd = c->ready, .events = POLLIN };

		if (!c->wait_ready)
			continue;
		do
			ret = poll(&p, 1, deadline_ms);
		while (ret < 0 && errno == EINTR);
		if (ret == 0)
			return tb_err_msg(err, ETIMEDOUT, "%s did not get ready in %d s", c->name,
					  deadline_ms / 1000);
		if (ret < 0 || read(c->ready, &byte, 1) != 1)
			return tb_err_msg(err, ECHILD, "%s could not start", c->name);
		tb_close(&c->ready);
	}
	return 0;
}

struct child *children_died(struct children *l, pid_t pid)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (l->v[i].pid == pid) {
			l->v[i].pid = 0;
			return &l->v[i];
		}
	}
	return NULL;
}

bool children_watching(const struct children *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].wait_ready && !l->v[i].pid)
			return false;
	return true;
}
