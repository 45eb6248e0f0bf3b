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
 * On a busy machine a moment is too short: a caller that has not had a processor since has not made
 * its call. It is waited for, up to GIVE_UP_NS.
 *
 * To find out whether a file is open costs more than all else. So where a call that opens it has
 * returned and nothing has changed, that is done once for all equal calls: a moment later, or
 * before the process ends or becomes another program.
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

#include "sandbox/watch/broken.h"
#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/turns.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"

#define OUTCOMES_MAX 64u
#define SETTLE_NS (INT64_C(20) * TB_NS_PER_MS) /* as much as the record may be behind */
#define GIVE_UP_NS TB_NS_PER_S /* for a caller that does not get to make its call */
#define DESCRIPTORS_MAX 256u /* looked at in one process */

struct waiting {
	struct ev ev; /* owned */
	uint64_t proc;
	pid_t tid;
	int64_t until, give_up; /* CLOCK_MONOTONIC */
	uint64_t turns; /* of the caller when it was let go on; 0: not known */
	char *path; /* owned */
	struct outcome_look before;
	bool returned; /* it has, and nothing has changed: is the file open? */
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
	look.mode = st.st_mode;
	look.ctime = st.st_ctim;
	return look;
}

/* turns_of() - how often a thread was given a processor so far. 0: not known */
static uint64_t turns_of(pid_t tid)
{
	struct turns t;

	return turns_read(tid, &t) ? t.n : 0;
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

static bool opens(const struct waiting *p)
{
	return !strcmp(p->ev.u.file.op, "write");
}

static bool did_something(const struct watch *w, const struct waiting *p)
{
	struct outcome_look now = outcome_look(w, p->tid, p->path);

	if (!p->before.known || !now.known)
		return false;
	if (!same_look(&p->before, &now))
		return true;
	return now.there && opens(p) && is_open(p->tid, &now);
}

/*
 * is_there_already() - a mkdir(2) of what was there and still is: "mkdir -p" asks so for each
 * directory on its way. That others make files in it meanwhile changes the times of a directory,
 * and is not of this call
 */
static bool is_there_already(const struct watch *w, const struct waiting *p)
{
	struct outcome_look now;

	if (strcmp(p->ev.u.file.op, "mkdir") != 0 || !p->before.there)
		return false;
	now = outcome_look(w, p->tid, p->path);
	return now.there && now.dev == p->before.dev && now.ino == p->before.ino;
}

/* judge() - what became of it */
static void judge(const struct watch *w, struct waiting *p)
{
	if (is_there_already(w, p)) {
		p->ev.u.file.outcome = "tried";
		p->ev.u.file.error = "EEXIST";
	} else {
		p->ev.u.file.outcome = did_something(w, p) ? "allowed" : "tried";
	}
}

static void settle_one(struct watch *w, size_t i)
{
	struct outcomes *o = w->outcomes;
	struct waiting p = o->v[i];

	o->n--;
	memmove(&o->v[i], &o->v[i + 1], (o->n - i) * sizeof(o->v[0])); /* they stay in order */
	judge(w, &p);
	if (p.ev.u.file.count == 1)
		p.ev.u.file.count = 0; /* as it is read back */
	watch_fold(w, p.proc, &p.ev);
	if (!strcmp(p.ev.u.file.op, "rename") && !strcmp(p.ev.u.file.outcome, "tried"))
		broken_rename(w, p.proc, &p.ev.u.file);
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

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* is_repeated() - the same call on the same file, which nothing has changed since: then the two
 * are looked at together, when the first one's time is over */
static bool is_repeated(const struct waiting *p, uint64_t proc, const struct ev_file *file,
			const char *path, const struct outcome_look *before)
{
	return p->returned && p->proc == proc && before->known && same_look(&p->before, before) &&
	       !strcmp(p->path, path) && !strcmp(p->ev.u.file.op, file->op) &&
	       same_text(p->ev.u.file.path, file->path) &&
	       same_text(p->ev.u.file.target, file->target) &&
	       same_text(p->ev.u.file.abi, file->abi);
}

void outcome_later(struct watch *w, const struct watch_note *n, const struct ev *ev,
		   const char *path,
		   const struct outcome_look *before)
{
	struct outcomes *o = w->outcomes;
	uint64_t proc = n->p ? n->p->id : 0;
	struct waiting *p;

	for (size_t i = 0; i < o->n; i++) {
		p = &o->v[i];
		if (is_repeated(p, proc, &ev->u.file, path, before)) {
			p->ev.u.file.count++;
			return;
		}
	}
	before_others(w, path);
	if (o->n == OUTCOMES_MAX)
		settle_one(w, 0);
	p = &o->v[o->n];
	*p = (struct waiting){ .proc = proc, .tid = (pid_t)n->req->pid, .before = *before };
	p->turns = turns_of(p->tid);
	p->until = tb_monotonic_ns() + SETTLE_NS;
	p->give_up = p->until + GIVE_UP_NS;
	p->path = strdup(path);
	if (!p->path || ev_dup(ev, &p->ev) < 0) {
		free(p->path);
		w->failed = -ENOMEM;
		return;
	}
	p->ev.t = w->now;
	p->ev.u.file.count = 1;
	o->n++;
}

/* may_go() - its call has returned. Return: is it known what it did? Whether the file is open is
 * looked up once for all calls like it */
static bool may_go(const struct watch *w, struct waiting *p)
{
	struct outcome_look now;

	if (p->returned)
		return false;
	if (!opens(p) || !p->before.known)
		return true;
	now = outcome_look(w, p->tid, p->path);
	p->returned = now.known && now.there && same_look(&p->before, &now);
	return !p->returned;
}

/* is_over() - is it time to look at what became of a call? Not while the caller cannot have made
 * it */
static bool is_over(struct waiting *p, int64_t now)
{
	if (p->until > now)
		return false;
	if (!p->turns || now >= p->give_up || turns_of(p->tid) != p->turns)
		return true;
	p->until = now + SETTLE_NS;
	return false;
}

int64_t outcome_settle(struct watch *w, pid_t tid)
{
	struct outcomes *o = w->outcomes;
	int64_t now, next = -1;

	if (!o->n)
		return -1;
	now = tb_monotonic_ns();
	for (size_t i = 0; i < o->n;) {
		if (is_over(&o->v[i], now) || (o->v[i].tid == tid && may_go(w, &o->v[i])))
			settle_one(w, i);
		else
			i++;
	}
	for (size_t i = 0; i < o->n; i++)
		if (next < 0 || o->v[i].until - now < next)
			next = o->v[i].until - now;
	return next;
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
