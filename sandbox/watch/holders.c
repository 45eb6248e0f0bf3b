/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holders.c - who has a socket in hand that another process opened
 *
 * How it works: who opened a socket is known by the call. Another program gets it over execve(2),
 * or by a message (SCM_RIGHTS, unix(7)), or takes it (pidfd_getfd(2)). The first is looked at
 * twice: while the exec waits, in the old program's table of descriptors, and when the new program
 * is seen to run, in its own. A socket need not be connected yet: whoever has it shares what comes.
 * The others are not seen where they arrive; once one may have happened, the tables of all
 * processes are read, soon and then every half second, and that of each process before it ends.
 *
 * Two processes may have one table, which CLONE_FILES of clone(2) does. The kernel parts them in
 * the exec, behind the look: what the other one put there until then is kept, and the new program
 * can close it before it is looked at. So it is not known what such an exec keeps, and the record
 * says so. Threads may have tables of their own: then each is read.
 *
 * Limits: who receives a socket, uses it and closes it between two looks is not seen. So the
 * comparison does not rest on this alone: what may have been passed is known by its sender.
 */
#include "sandbox/watch/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/socket_info.h"
#include "sandbox/watch/task.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define DESCRIPTORS_MAX 4096u	/* of a process that are looked at */
#define NUMBERS_MAX 65536u	/* that are tried in one that hides them */
#define KNOWN_MAX 65536u
#define SOON_NS (INT64_C(5) * TB_NS_PER_MS)
#define AGAIN_NS (INT64_C(500) * TB_NS_PER_MS)
#define REST 20			/* times as long as a look took */

struct holders {
	struct tb_map *known;	/* (process, its program, cookie) that was told */
	bool network;
	bool passed;
	bool full;		/* and that was said */
	bool shared;		/* processes may have one table */
	bool kept, kept_told;	/* one of them became another program; and that was said */
	int64_t next;		/* CLOCK_MONOTONIC */
	int64_t rest_until;
	uint64_t looks;
};

/* Strings are constants. */
struct held {
	int64_t t;		/* when it was looked at, as ev.t */
	size_t n;
	struct ev_sock v[];
};

struct list {
	struct held *held;
	bool unread;		/* not all of them */
	bool empty;		/* there is no descriptor at all */
};

/* The descriptors of a thread. */
struct table {
	pid_t tgid, tid;
	int pidfd;		/* of the thread, or of a process all whose threads have it */
	int own;		/* the same, if it is to be closed */
	DIR *dir;
};

struct holders *holders_new(void)
{
	struct holders *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->known = tb_map_new(KNOWN_MAX);
	if (h->known)
		return h;
	free(h);
	return NULL;
}

void holders_free(struct holders *h)
{
	if (!h)
		return;
	tb_map_free(h->known);
	free(h);
}

/* say_kept() - it matters once there is a socket that can leave the box */
static void say_kept(struct watch *w)
{
	struct holders *h = w->holders;
	struct ev ev = { .kind = EV_LOSS };

	if (!h->network || !h->kept || h->kept_told)
		return;
	h->kept_told = true;
	ev.u.loss = (struct ev_loss){ .what = "who has which socket",
				      .detail = "a process became another program while it had its "
						"descriptors in common with another process" };
	watch_append(w, 0, &ev);
}

void holders_network(struct watch *w)
{
	w->holders->network = true;
	say_kept(w);
}

void holders_shared(struct holders *h)
{
	h->shared = true;
}

/* is_shared() - has another process the same table? kcmp(2). Where the kernel does not say, it
 * has */
static bool is_shared(struct watch *w, const struct proc *p)
{
	const struct proc *other;
	size_t pos = 0;

	proc_look_around(w);
	while ((other = tb_map_next(w->procs->by_tid, &pos))) {
		long rc;

		if (other == p || other->ours)
			continue;
		rc = syscall(SYS_kcmp, p->tgid, other->tgid, KCMP_FILES, 0, 0);
		if (rc == 0 || (rc < 0 && errno != ESRCH))
			return true;
	}
	return false;
}

/* is_ending() - has a thread begun to end? Then it has nothing any more, and nobody may look into
 * it */
static bool is_ending(pid_t tid)
{
	struct task t;

	return !task_read(tid, &t) || t.state == 'Z' || t.state == 'X' || (t.flags & TASK_ENDING);
}

/* is_gone() - has the thread ended, or closed the descriptor? While it ends, it is not allowed to
 * look; nor is it at a living one that is out of reach. @error: negative errno */
static bool is_gone(pid_t tid, int error)
{
	if (error == -EACCES || error == -EPERM)
		return is_ending(tid);
	return error == -ENOENT || error == -ESRCH || error == -EBADF;
}

/* describe() - a descriptor. Return: 1 if it is a socket that can leave the box, 0 if not, negative
 * errno */
static int describe(struct watch *w, const struct table *t, int number, struct ev_sock *sock)
{
	TB_AUTOCLOSE int fd = socket_take_from(t->pidfd, number);
	union socket_addr peer = { .storage = { 0 } };
	socklen_t len = sizeof(peer);
	struct socket_info info;

	if (fd < 0)
		return fd;
	socket_look(fd, &info);
	if (info.family != AF_INET && info.family != AF_INET6)
		return 0;
	*sock = (struct ev_sock){ .outcome = "allowed" };
	sock->proto = socket_proto(&info);
	sock->cookie = info.cookie;
	sock->local = info.local;
	if (getpeername(fd, &peer.sa, &len) == 0)
		socket_addr_from(&peer, len, &sock->remote);
	sock->elsewhere = elsewhere_socket(w->where, fd);
	return 1;
}

/* add() - Return: false without memory */
static bool add(struct list *l, const struct ev_sock *sock)
{
	size_t n = l->held ? l->held->n : 0;
	struct held *more = realloc(l->held, sizeof(*more) + (n + 1) * sizeof(more->v[0]));

	if (!more)
		return false;
	l->held = more;
	more->v[n] = *sock;
	more->n = n + 1;
	return true;
}

/* closes() - will an exec close it? */
static bool closes(const struct table *t, const char *number)
{
	TB_AUTOCLOSE int fd = -1;
	char path[96], text[256] = "";
	const char *flags;

	if (snprintf(path, sizeof(path), "/proc/%d/task/%d/fdinfo/%s", (int)t->tgid, (int)t->tid,
		     number) >= (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	flags = strstr(text, "flags:");
	return flags && (strtoul(flags + 6, NULL, 8) & O_CLOEXEC);
}

/* list_descriptor() - @name: its number */
static void list_descriptor(struct watch *w, const struct table *t, const char *name, bool stay,
			    struct list *l)
{
	struct ev_sock sock;
	char link[64];
	ssize_t n = readlinkat(dirfd(t->dir), name, link, sizeof(link));
	int rc;

	if (n < 0)
		l->unread = errno != EINVAL && !is_gone(t->tid, -errno);	/* "." is no link */
	else
		l->empty = false;
	if (n <= 8 || strncmp(link, "socket:[", 8) != 0 || (stay && closes(t, name)))
		return;
	rc = describe(w, t, (int)strtol(name, NULL, 10), &sock);
	if (rc > 0)
		l->unread = !add(l, &sock);
	else if (rc < 0 && !is_gone(t->tid, rc))
		l->unread = true;
}

/* open_table() - @t->dir stays NULL where the kernel shows the table to nobody. Return: 0 or
 * negative errno */
static int open_table(const struct proc *p, pid_t tid, struct table *t)
{
	char path[64];

	*t = (struct table){ .tgid = p->tgid, .tid = tid, .pidfd = p->pidfd, .own = -1 };
	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/fd", (int)p->tgid, (int)tid);
	t->dir = opendir(path);
	if (!t->dir && (errno != EACCES || is_ending(tid)))
		return -errno;
	if (tid == p->tgid)
		return 0;
	t->pidfd = t->own = socket_pidfd(p, tid);
	if (t->own >= 0)
		return 0;
	if (t->dir)
		(void)closedir(t->dir);
	return t->own;
}

/* list_shown() - what the kernel shows */
static void list_shown(struct watch *w, const struct table *t, bool stay, struct list *l)
{
	struct dirent *e;

	for (size_t i = 0; !l->unread && (e = readdir(t->dir)); i++) {
		if (i == DESCRIPTORS_MAX)
			l->unread = true;
		else
			list_descriptor(w, t, e->d_name, stay, l);
	}
}

/* numbers_of() - how many numbers a table has room for: FDSize of proc_pid_status(5), which
 * everybody may read. Return: 0: it is not known */
static unsigned long numbers_of(const struct table *t)
{
	TB_AUTOCLOSE int fd = -1;
	char path[64], text[4096];
	const char *at;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/status", (int)t->tgid, (int)t->tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "\nFDSize:");	/* the name before it has no newline, it is escaped */
	return at ? strtoul(at + 8, NULL, 10) : 0;
}

/* list_hidden() - of a process that has made itself unreadable, prctl(2) PR_SET_DUMPABLE, as
 * browsers do: each number is tried. Which of them an exec closes is not known */
static void list_hidden(struct watch *w, const struct table *t, bool stay, struct list *l)
{
	unsigned long numbers = numbers_of(t);

	l->unread = !numbers || numbers > NUMBERS_MAX;
	for (unsigned long i = 0; !l->unread && i < numbers; i++) {
		struct ev_sock sock;
		int rc = describe(w, t, (int)i, &sock);

		if (rc != -EBADF)
			l->empty = false;
		if (rc > 0)
			l->unread = stay || !add(l, &sock);
		else if (rc < 0)
			l->unread = !is_gone(t->tid, rc);
	}
}

/*
 * list() - the sockets of a thread of a process, and of all threads that have the same table
 * @stay:	Those that an exec keeps
 * @l:		Receives them, owned by the caller
 *
 * Return: were all read? What was not is counted: a process without a pidfd as unwatched
 */
static bool list(struct watch *w, const struct proc *p, pid_t tid, bool stay, struct list *l)
{
	struct table t;
	int rc;

	*l = (struct list){ .empty = true };
	if (!w->holders->network || p->ours)
		return true;
	if (p->pidfd < 0)
		return false;
	rc = open_table(p, tid, &t);
	if (rc < 0) {
		w->n.calls_unread += !is_gone(tid, rc);
		return false;
	}
	if (t.dir)
		list_shown(w, &t, stay, l);
	else
		list_hidden(w, &t, stay, l);
	if (t.dir)
		(void)closedir(t.dir);
	tb_close(&t.own);
	w->n.calls_unread += l->unread;
	return !l->unread;
}

static bool has(const struct held *h, uint64_t cookie)
{
	for (size_t i = 0; h && i < h->n; i++)
		if (h->v[i].cookie == cookie)
			return true;
	return false;
}

/* append() - @t: since when; 0: now */
static void append(struct watch *w, const struct proc *p, const struct ev_sock *sock,
		   const char *call, int64_t t)
{
	struct ev ev = { .kind = EV_SOCK, .t = t, .u.sock = *sock };

	ev.u.sock.call = call;
	watch_append(w, p->id, &ev);
}

bool holders_before(struct watch *w, const struct proc *p, pid_t tid, struct held **out)
{
	struct list l;
	bool all = list(w, p, tid, true, &l);

	*out = l.held;
	if (l.held)
		l.held->t = w->now;
	if (w->holders->shared && is_shared(w, p)) {
		w->holders->kept = true;
		say_kept(w);
	}
	return all;
}

void holders_had(struct watch *w, const struct proc *p, const struct held *before)
{
	for (size_t i = 0; before && i < before->n; i++)
		append(w, p, &before->v[i], "execve", before->t);
}

void holders_kept(struct watch *w, const struct proc *p, const struct held *before)
{
	struct list now;

	(void)list(w, p, p->tgid, false, &now);
	holders_had(w, p, before);
	for (size_t i = 0; now.held && i < now.held->n; i++)
		if (!has(before, now.held->v[i].cookie))
			append(w, p, &now.held->v[i], "execve", 0);
	free(now.held);
}

void holders_passed(struct holders *h)
{
	int64_t soon = tb_monotonic_ns() + SOON_NS;

	if (!h->passed || h->next > soon)
		h->next = soon;
	h->passed = true;
}

static void say_full(struct watch *w)
{
	struct ev ev = { .kind = EV_LOSS };

	if (w->holders->full)
		return;
	w->holders->full = true;
	ev.u.loss = (struct ev_loss){ .what = "who has which socket",
				      .detail = "more sockets were in the hands of more processes "
						"than are recorded" };
	watch_append(w, 0, &ev);
}

/* look_at_table() - Return: has the thread any descriptor? */
static bool look_at_table(struct watch *w, const struct proc *p, pid_t tid)
{
	struct list now;

	(void)list(w, p, tid, false, &now);
	for (size_t i = 0; now.held && i < now.held->n; i++) {
		uint64_t key[3] = { p->id, p->programs, now.held->v[i].cookie };

		if (tb_map_get(w->holders->known, key, sizeof(key)))
			continue;
		if (tb_map_put(w->holders->known, key, sizeof(key), w))
			say_full(w);
		else
			append(w, p, &now.held->v[i], "held", 0);
	}
	free(now.held);
	return !now.empty;
}

void holders_look_at(struct watch *w, const struct proc *p)
{
	struct dirent *e;
	char path[64];
	DIR *d;

	/* the first thread may have ended before the others: then it has none */
	if (!w->holders->passed ||
	    (look_at_table(w, p, p->tgid) && !p->private_files))
		return;
	(void)snprintf(path, sizeof(path), "/proc/%d/task", (int)p->tgid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		pid_t tid = (pid_t)strtol(e->d_name, NULL, 10);

		if (tid > 0 && tid != p->tgid && look_at_table(w, p, tid) && !p->private_files)
			break;
	}
	if (d)
		(void)closedir(d);
}

void holders_look(struct watch *w)
{
	struct holders *h = w->holders;
	int64_t began = tb_monotonic_ns(), took;
	struct proc *p;
	size_t pos = 0;

	if (holders_due(h) != 0)
		return;
	h->looks++;
	while ((p = tb_map_next(w->procs->by_tid, &pos))) {
		if (p->holders_look == h->looks)
			continue;	/* by another of its threads */
		p->holders_look = h->looks;
		holders_look_at(w, p);
	}
	took = tb_monotonic_ns() - began;
	h->rest_until = began + took + took * REST;
	h->next = began + took + AGAIN_NS;
}

int64_t holders_due(const struct holders *h)
{
	int64_t at = h->next > h->rest_until ? h->next : h->rest_until, now;

	if (!h->passed)
		return -1;
	now = tb_monotonic_ns();
	return at > now ? at - now : 0;
}
