/* SPDX-License-Identifier: Apache-2.0 */
/*
 * caller.h - a process that makes system calls under the real filter, and its notifications in the
 * hands of a test
 *
 * The child makes what the test gave it, call by call; each notified call waits until the test has
 * looked at it and answered. What was appended is read back from a file in memory.
 */
#ifndef TESTS_UNIT_SANDBOX_WATCH_CALLER_H
#define TESTS_UNIT_SANDBOX_WATCH_CALLER_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/exec.h"
#include "sandbox/watch/fold.h"
#include "sandbox/watch/holders.h"
#include "sandbox/watch/maps.h"
#include "sandbox/watch/outcome.h"
#include "sandbox/watch/ports.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/sockets.h"
#include "sandbox/watch/watch.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define CALLER_EVENTS 64

struct caller {
	struct sbx_calls filter;
	struct watch w;
	struct proc_table procs;
	struct elsewhere where;
	struct proc *p;
	struct seccomp_notif req;
	struct watch_note note; /* of the call that waits */
	pid_t pid;
	int go;
	int record;
	struct ev ev[CALLER_EVENTS]; /* filled in by caller_read() */
	size_t nev;
};

/* caller_record() - a watch that appends to a file in memory, and watches nobody yet */
static inline void caller_record(struct caller *c)
{
	memset(c, 0, sizeof(*c));
	c->record = memfd_create("record", MFD_CLOEXEC);
	c->go = c->procs.epfd = c->where.root = -1;
	c->w = (struct watch){ .filter = &c->filter, .listener = -1, .procs = &c->procs,
			       .where = &c->where, .now = 7 };
	c->w.out = rec_out_new(c->record, EV_SRC_BOX, 0);
	c->w.fold = fold_new(c->w.out);
	c->w.exec = exec_new();
	c->w.sockets = sockets_new();
	c->w.ports = ports_new(-1);
	c->w.holders = holders_new();
	c->w.maps = maps_new();
	c->w.outcomes = outcomes_new();
	c->procs.by_tid = tb_map_new(1024);
	c->procs.epfd = epoll_create1(EPOLL_CLOEXEC);
	assert_non_null(c->w.fold);
}

static inline void caller_child(const struct flt *f, const int tell[2], const int go[2],
				int (*act)(const void *), const void *arg)
{
	int listener;
	char byte;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody who waits */
	listener = flt_load(f);
	(void)close(go[1]);
	if (write(tell[1], &listener, sizeof(listener)) != sizeof(listener) ||
	    read(go[0], &byte, 1) != 1)
		_exit(99);
	_exit(act(arg));
}

/* caller_start() - fork; what @act returns is the exit status. Skips the test where filters cannot
 * be loaded */
static inline void caller_start(struct caller *c, int (*act)(const void *), const void *arg)
{
	int tell[2], go[2], listener = -1, pidfd;
	struct flt f;

	caller_record(c);
	assert_int_equal(flt_build(&c->filter, &f, NULL), 0);
	assert_int_equal(pipe(tell) | pipe(go), 0);
	c->pid = fork();
	assert_true(c->pid >= 0);
	if (c->pid == 0)
		caller_child(&f, tell, go, act, arg);
	flt_free(&f);
	assert_int_equal(read(tell[0], &listener, sizeof(listener)), sizeof(listener));
	(void)close(tell[0]);
	(void)close(tell[1]);
	(void)close(go[0]);
	c->go = go[1];
	if (listener < 0)
		skip(); /* EBUSY: a sandbox around the tests listens already */
	pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	c->w.listener = (int)syscall(SYS_pidfd_getfd, pidfd, listener, 0);
	(void)close(pidfd);
	assert_true(c->w.listener >= 0);
	assert_int_equal(elsewhere_open(&c->where, c->pid), 0);
	c->p = proc_add(&c->w, c->pid);
	assert_non_null(c->p);
	c->p->ours = false;
	assert_int_equal(write(c->go, "", 1), 1);
}

/* caller_next() - the next notified call, ready to be looked at */
static inline void caller_next(struct caller *c)
{
	int rc;

	memset(&c->req, 0, sizeof(c->req));
	do {
		rc = ioctl(c->w.listener, SECCOMP_IOCTL_NOTIF_RECV, &c->req);
	} while (rc < 0 && errno == EINTR);
	assert_int_equal(rc, 0);
	c->note = (struct watch_note){ .req = &c->req, .p = c->p,
				       .row = calls_row(c->req.data.nr) };
	if (c->note.row)
		c->note.group = c->note.row->group;
}

/* caller_answer() - it goes on, fails with c->note.error, or was made */
static inline void caller_answer(struct caller *c)
{
	struct seccomp_notif_resp resp = { .id = c->req.id, .error = -c->note.error };

	if (!c->note.error && !c->note.made)
		resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	(void)ioctl(c->w.listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

/* caller_until() - let calls go on until number @nr waits */
static inline void caller_until(struct caller *c, int nr)
{
	for (caller_next(c); c->req.data.nr != nr; caller_next(c)) {
		assert_int_not_equal(c->req.data.nr, SYS_exit_group);
		caller_answer(c);
	}
}

/* caller_finish() - the call in hand was answered: let everything go on until the child ends.
 * Return: its exit status */
static inline int caller_finish(struct caller *c)
{
	int status;

	while (c->req.data.nr != SYS_exit_group) {
		caller_next(c);
		caller_answer(c);
	}
	assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
	c->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* caller_read() - c->ev: what was appended so far */
static inline void caller_read(struct caller *c)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	char path[64];

	while (c->nev)
		ev_clear(&c->ev[--c->nev]);
	outcome_settle_proc(&c->w, 0);
	watch_write(&c->w);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", c->record);
	assert_int_equal(tb_read_file(AT_FDCWD, path, 1u << 20, &text, NULL), 0);
	for (char *line = text.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		assert_true(c->nev < CALLER_EVENTS);
		assert_int_equal(ev_parse(line, (size_t)(end - line), &c->ev[c->nev++], NULL), 0);
	}
}

/* caller_last() - the last event of a kind; NULL: none was appended */
static inline const struct ev *caller_last(struct caller *c, enum ev_kind kind)
{
	caller_read(c);
	for (size_t i = c->nev; i-- > 0;)
		if (c->ev[i].kind == kind)
			return &c->ev[i];
	return NULL;
}

static inline void caller_end(struct caller *c)
{
	while (c->nev)
		ev_clear(&c->ev[--c->nev]);
	if (c->pid) {
		(void)kill(c->pid, SIGKILL);
		(void)waitpid(c->pid, NULL, 0);
	}
	proc_free_all(&c->w);
	sockets_free(c->w.sockets);
	ports_free(c->w.ports);
	holders_free(c->w.holders);
	maps_free(c->w.maps);
	outcomes_free(c->w.outcomes);
	exec_free(c->w.exec);
	fold_free(c->w.fold);
	rec_out_free(c->w.out);
	elsewhere_close(&c->where);
	(void)close(c->procs.epfd);
	(void)close(c->record);
	if (c->w.listener >= 0)
		(void)close(c->w.listener);
	if (c->go >= 0)
		(void)close(c->go);
}

#endif
