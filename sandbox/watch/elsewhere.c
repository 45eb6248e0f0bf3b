/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elsewhere.c - where a process is: in the box's mounts and network, or in some that the product made
 *
 * How it works: a policy may declare namespaces and mounts. A process in them is under the filter like every other, and its
 * memory, descriptors and directories are reached through its thread number as before. But there a path can mean another
 * file than in the box, and an address another network. So once such a call went on, each path that is recorded is looked up
 * in the box's root too, and each socket is asked for its network namespace; what is not the box's is marked.
 *
 * Limits: a process that changes its mounts between the look and the call is believed, like one that changes its memory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "sandbox/watch/watch.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71 /* Linux 5.14 */
#endif

int place_open(struct sup *s, pid_t first)
{
	s->root = tgt_root(first);
	return s->root < 0 ? s->root : 0;
}

/* The words of mount(2) and the like: claims from the caller's memory, but who reads the record wants to know. */
static const char *words_of(const struct sup_note *n, char *buf, size_t cap)
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

void look_place(struct sup *s, const struct sup_note *n)
{
	char words[160];

	if (!n->error)
		s->moved = true;
	if (!n->undeclared) /* else it is recorded already */
		call_append(s, n, words_of(n, words, sizeof(words)));
}

static const char *elsewhere(const char *path, char buf[PLACE_MAX])
{
	(void)snprintf(buf, PLACE_MAX, "%s%s", PLACE_ELSEWHERE, path);
	return buf;
}

const char *place_name(const struct sup *s, pid_t tid, const char *path, char buf[PLACE_MAX])
{
	return !s->moved || path[0] != '/' || tgt_same(s->root, tid, path) ? path : elsewhere(path, buf);
}

const char *place_program(const struct sup *s, const struct file_id *id, const char *path, char buf[PLACE_MAX])
{
	return !s->moved || path[0] != '/' || tgt_is(s->root, path, id->dev, id->ino) ? path : elsewhere(path, buf);
}

bool place_socket(struct sup *s, int fd)
{
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie = 0;

	if (s->netns && !s->moved)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) < 0)
		return false;
	if (!s->moved)
		s->netns = cookie; /* the control process's, before the product's first program */
	return s->netns && cookie != s->netns;
}
