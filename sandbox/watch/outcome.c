/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outcome.c - whether a call on a file did something: the file is looked at before and after
 *
 * How it works: a notification comes before its call, and nothing tells how the call ended. So the
 * file is looked at while the caller waits, and again when the caller is next heard of, or a moment
 * later. Where it appeared, is gone, has another time of change, or is open for writing in the
 * process, the call did something. Else it was tried: perhaps it failed, perhaps it changed
 * nothing. Where another call on the same file comes before that, it is looked at then, too.
 *
 * Limits: what another process did to the same file in between counts for this call. Times of
 * change are those of the kernel's clock tick: a second change within one is not seen, but there
 * the first one was.
 */
#include "sandbox/watch/outcome.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"

#define OUTCOMES_MAX 64u
#define SETTLE_NS (INT64_C(20) * TB_NS_PER_MS) /* as much as the record may be behind */
#define DESCRIPTORS_MAX 256u /* looked at in one process */

struct waiting {
	struct ev ev; /* owned */
	uint64_t proc;
	pid_t tid;
	int64_t until; /* CLOCK_MONOTONIC */
	char *path; /* owned */
	struct outcome_look before;
};

struct outcomes {
	struct waiting v[OUTCOMES_MAX];
	size_t n;
};

struct outcomes *outcomes_new(void)
{
	return calloc(1, sizeof(struct outcomes));
}

void outcomes_free(struct outcomes *o)
{
	for (size_t i = 0; o && i < o->n; i++) {
		ev_clear(&o->v[i].ev);
		free(o->v[i].path);
	}
	free(o);
}

struct outcome_look outcome_look(const struct watch *w, pid_t tid, const char *path)
{
	TB_AUTOCLOSE int own = w->where->moved ? tgt_root(tid) : -1;
	int root = w->where->moved ? own : w->where->root;
	struct outcome_look look = { .known = false };
	struct stat st;

	if (root < 0 || path[0] != '/')
		return look;
	look.known = true;
	if (fstatat(root, path[1] ? path + 1 : ".", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return look;
	look.there = true;
	look.dev = st.st_dev;
	look.ino = st.st_ino;
	look.size = (uint64_t)st.st_size;
	look.ctime = st.st_ctim;
	return look;
}

static bool same_look(const struct outcome_look *a, const struct outcome_look *b)
{
	return a->there == b->there && a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->ctime.tv_sec == b->ctime.tv_sec && a->ctime.tv_nsec == b->ctime.tv_nsec;
}

/* is_open() - has the process this file open for writing? The links in /proc say how:
 * proc_pid_fd(5) */
static bool is_open(pid_t tid, const struct outcome_look *look)
{
	bool found = false;
	char path[64];
	struct stat st;
	struct dirent *e;
	DIR *d;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)tid);
	d = opendir(path);
	if (!d)
		return false;
	for (size_t i = 0; !found && i < DESCRIPTORS_MAX && (e = readdir(d)); i++) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    !S_ISLNK(st.st_mode) ||
		    !(st.st_mode & S_IWUSR))
			continue;
		found = fstatat(dirfd(d), e->d_name, &st, 0) == 0 && st.st_dev == look->dev &&
			st.st_ino == look->ino;
	}
	(void)closedir(d);
	return found;
}

static bool did_something(const struct watch *w, const struct waiting *p)
{
	struct outcome_look now = outcome_look(w, p->tid, p->path);

	if (!p->before.known || !now.known)
		return false;
	if (!same_look(&p->before, &now))
		return true;
	return now.there && !strcmp(p->ev.u.file.op, "write") && is_open(p->tid, &now);
}

static void settle_one(struct watch *w, size_t i)
{
	struct outcomes *o = w->outcomes;
	struct waiting p = o->v[i];

	o->n--;
	memmove(&o->v[i], &o->v[i + 1], (o->n - i) * sizeof(o->v[0])); /* they stay in order */
	p.ev.u.file.outcome = did_something(w, &p) ? "allowed" : "tried";
	watch_fold(w, p.proc, &p.ev);
	ev_clear(&p.ev);
	free(p.path);
}

/* before_others() - another call on the same path is about to be made: what shows now is of those
 * before it */
static void before_others(struct watch *w, const char *path)
{
	struct outcomes *o = w->outcomes;

	for (size_t i = 0; i < o->n;) {
		if (!strcmp(o->v[i].path, path) && did_something(w, &o->v[i]))
			settle_one(w, i);
		else
			i++;
	}
}

void outcome_later(struct watch *w, const struct watch_note *n, const struct ev *ev,
		   const char *path,
		   const struct outcome_look *before)
{
	struct outcomes *o = w->outcomes;
	struct waiting *p;

	before_others(w, path);
	if (o->n == OUTCOMES_MAX)
		settle_one(w, 0);
	p = &o->v[o->n];
	*p = (struct waiting){ .proc = n->p ? n->p->id : 0, .tid = (pid_t)n->req->pid,
			       .before = *before };
	p->until = tb_monotonic_ns() + SETTLE_NS;
	p->path = strdup(path);
	if (!p->path || ev_dup(ev, &p->ev) < 0) {
		free(p->path);
		w->failed = -ENOMEM;
		return;
	}
	p->ev.t = w->now;
	o->n++;
}

int64_t outcome_settle(struct watch *w, pid_t tid)
{
	struct outcomes *o = w->outcomes;
	int64_t now;

	if (!o->n)
		return -1;
	now = tb_monotonic_ns();
	for (size_t i = 0; i < o->n;) {
		if (o->v[i].tid == tid || o->v[i].until <= now)
			settle_one(w, i);
		else
			i++;
	}
	return o->n ? o->v[0].until - now : -1;
}

void outcome_settle_proc(struct watch *w, uint64_t proc)
{
	for (size_t i = 0; i < w->outcomes->n;) {
		if (!proc || w->outcomes->v[i].proc == proc)
			settle_one(w, i);
		else
			i++;
	}
}
