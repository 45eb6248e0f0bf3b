/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elsewhere.c - where a process is: in the box's mounts and network, or in some that the product
 * made
 *
 * How it works: a policy may declare namespaces and mounts. A process in them is under the filter
 * like every other, and its memory, descriptors and directories are reached through its thread
 * number as before. But there a path can mean another file than in the box, and an address another
 * network. So once such a call went on, each path that is recorded is looked up in the box's root
 * too, and each socket is asked for its network namespace; what is not the box's is marked.
 *
 * Limits: a process that changes its mounts between the look and the call is believed, like one
 * that changes its memory.
 */
#include "sandbox/watch/elsewhere.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "sandbox/watch/detail.h"
#include "sandbox/watch/watch.h"
#include "tcbox/fd.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14 */
#endif

static bool network_of(pid_t tid, struct file_id *id)
{
	char link[64];
	struct stat st;

	(void)snprintf(link, sizeof(link), "/proc/%d/ns/net", (int)tid);
	if (stat(link, &st) < 0)
		return false;
	*id = (struct file_id){ st.st_dev, st.st_ino };
	return true;
}

int elsewhere_open(struct elsewhere *e, pid_t first)
{
	e->root = tgt_root(first);
	if (e->root < 0)
		return e->root;
	return network_of(first, &e->network) ? 0 : -ENOENT;
}

void elsewhere_close(struct elsewhere *e)
{
	tb_close(&e->root);
}

bool elsewhere_network(const struct elsewhere *e, pid_t tid)
{
	struct file_id now;

	if (!e->moved)
		return false;
	return !network_of(tid, &now) || now.dev != e->network.dev || now.ino != e->network.ino;
}

/* The words of mount(2) and the like: claims from the caller's memory, but who reads the record
 * wants to know. */
static const char *words_of(const struct watch_note *n, char *buf, size_t cap)
{
	const __u64 *a = n->req->data.args;
	char one[64], two[64];
	int nr = n->req->data.nr;

	if (nr != SYS_mount && nr != SYS_umount2 && nr != SYS_pivot_root && nr != SYS_chroot)
		return detail_of(&n->req->data, buf, cap);
	if (tgt_string((pid_t)n->req->pid, a[0], one, sizeof(one)) == -EFAULT)
		one[0] = '\0';
	if (nr == SYS_umount2 || nr == SYS_chroot ||
	    tgt_string((pid_t)n->req->pid, a[1], two, sizeof(two)) == -EFAULT)
		two[0] = '\0';
	(void)snprintf(buf, cap, "%s%s%s", one, two[0] ? " on " : "", two);
	return buf[0] ? buf : NULL;
}

void elsewhere_call(struct watch *w, const struct watch_note *n)
{
	char words[160];

	if (!n->error)
		w->where->moved = true;
	if (!n->undeclared) /* else it is recorded already */
		watch_call_as(w, n, words_of(n, words, sizeof(words)));
}

static const char *marked(const char *path, char buf[ELSEWHERE_MAX])
{
	(void)snprintf(buf, ELSEWHERE_MAX, "%s%s", ELSEWHERE, path);
	return buf;
}

const char *elsewhere_path(const struct elsewhere *e, pid_t tid, const char *path,
			   char buf[ELSEWHERE_MAX])
{
	return !e->moved || path[0] != '/' || tgt_same(e->root, tid, path) ? path :
		marked(path, buf);
}

const char *elsewhere_program(const struct elsewhere *e, const struct file_id *id, const char *path,
			      char buf[ELSEWHERE_MAX])
{
	return !e->moved || path[0] != '/' || tgt_is(e->root, path, id->dev, id->ino) ? path :
		marked(path, buf);
}

bool elsewhere_socket(struct elsewhere *e, int fd)
{
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie = 0;

	if (e->netns && !e->moved)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		return false;
	if (!e->moved)
		e->netns = cookie; /* the control process's, before the product's first program */
	return e->netns && cookie != e->netns;
}
