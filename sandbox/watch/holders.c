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
 * Limits: who receives a socket, uses it and closes it between two looks is not seen. So the
 * comparison does not rest on this alone: what may have been passed is known by its sender.
 */
#include "sandbox/watch/holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/socket_info.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define DESCRIPTORS_MAX 4096u	/* of a process that are looked at */
#define KNOWN_MAX 65536u
#define SOON_NS (INT64_C(5) * TB_NS_PER_MS)
#define AGAIN_NS (INT64_C(500) * TB_NS_PER_MS)
#define REST 20			/* times as long as a look took */

struct holders {
	struct tb_map *known;	/* (process, its program, cookie) that was told */
	bool network;
	bool passed;
	bool full;		/* and that was said */
	int64_t next;		/* CLOCK_MONOTONIC */
	int64_t rest_until;
	uint64_t looks;
};

/* Strings are constants. */
struct held {
	size_t n;
	struct ev_sock v[];
};

struct list {
	struct held *held;
	bool unread;		/* not all of them */
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

void holders_network(struct holders *h)
{
	h->network = true;
}

/* is_gone() - has the process ended, or closed the descriptor? While it ends, and where it has put
 * itself in a user namespace of its own, it is not allowed. @error: negative errno */
static bool is_gone(int error)
{
	return error == -ENOENT || error == -ESRCH || error == -EBADF || error == -EACCES ||
		error == -EPERM;
}

/* describe() - a descriptor of a process. Return: 1 if it is a socket that can leave the box, 0 if
 * not, negative errno */
static int describe(struct watch *w, const struct proc *p, int number,
		     struct ev_sock *sock)
{
	TB_AUTOCLOSE int fd = socket_take_from(p->pidfd, number);
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
static bool closes(const struct proc *p, const char *number)
{
	TB_AUTOCLOSE int fd = -1;
	char path[64], text[256] = "";
	const char *flags;

	if (snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", (int)p->tgid, number) >=
	    (int)sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	flags = strstr(text, "flags:");
	return flags && (strtoul(flags + 6, NULL, 8) & O_CLOEXEC);
}

/* list_descriptor() - one of a process: @d is its table, @name the number */
static void list_descriptor(struct watch *w, const struct proc *p, DIR *d, const char *name,
			    bool stay, struct list *l)
{
	struct ev_sock sock;
	char link[64];
	ssize_t n = readlinkat(dirfd(d), name, link, sizeof(link));
	int rc;

	if (n < 0)
		l->unread = errno != EINVAL && !is_gone(-errno);	/* "." is no link */
	if (n <= 8 || strncmp(link, "socket:[", 8) != 0 || (stay && closes(p, name)))
		return;
	rc = describe(w, p, (int)strtol(name, NULL, 10), &sock);
	if (rc > 0)
		l->unread = !add(l, &sock);
	else if (rc < 0 && !is_gone(rc))
		l->unread = true;
}

/*
 * list() - the sockets of a process
 * @stay:	Those that an exec keeps
 * @out:	Receives them, owned by the caller; NULL: there are none, or none was read
 *
 * Return: were all read? What was not is counted: a process without a pidfd as unwatched
 */
static bool list(struct watch *w, const struct proc *p, bool stay, struct held **out)
{
	struct list l = { .held = NULL };
	struct dirent *e;
	char path[64];
	DIR *d;

	*out = NULL;
	if (!w->holders->network || p->ours)
		return true;
	if (p->pidfd < 0)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)p->tgid);
	d = opendir(path);
	if (!d) {
		w->n.calls_unread += !is_gone(-errno);
		return false;
	}
	for (size_t i = 0; !l.unread && (e = readdir(d)); i++) {
		if (i == DESCRIPTORS_MAX)
			l.unread = true;
		else
			list_descriptor(w, p, d, e->d_name, stay, &l);
	}
	(void)closedir(d);
	w->n.calls_unread += l.unread;
	*out = l.held;
	return !l.unread;
}

static bool has(const struct held *h, uint64_t cookie)
{
	for (size_t i = 0; h && i < h->n; i++)
		if (h->v[i].cookie == cookie)
			return true;
	return false;
}

static void append(struct watch *w, const struct proc *p, const struct ev_sock *sock,
		   const char *call)
{
	struct ev ev = { .kind = EV_SOCK, .u.sock = *sock };

	ev.u.sock.call = call;
	watch_append(w, p->id, &ev);
}

bool holders_before(struct watch *w, const struct proc *p, struct held **out)
{
	return list(w, p, true, out);
}

void holders_kept(struct watch *w, const struct proc *p, const struct held *before)
{
	TB_AUTOFREE struct held *now = NULL;

	(void)list(w, p, false, &now);
	for (size_t i = 0; before && i < before->n; i++)
		append(w, p, &before->v[i], "execve");
	for (size_t i = 0; now && i < now->n; i++)
		if (!has(before, now->v[i].cookie))
			append(w, p, &now->v[i], "execve");
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

void holders_look_at(struct watch *w, const struct proc *p)
{
	TB_AUTOFREE struct held *now = NULL;

	if (w->holders->passed)
		(void)list(w, p, false, &now);
	for (size_t i = 0; now && i < now->n; i++) {
		uint64_t key[3] = { p->id, p->programs, now->v[i].cookie };

		if (tb_map_get(w->holders->known, key, sizeof(key)))
			continue;
		if (tb_map_put(w->holders->known, key, sizeof(key), w))
			say_full(w);
		else
			append(w, p, &now->v[i], "held");
	}
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
