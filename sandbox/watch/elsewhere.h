/* SPDX-License-Identifier: Apache-2.0 */
/*
 * elsewhere.h - where a process is: in the box's mounts and network, or in some that the product
 * made
 */
#ifndef SANDBOX_WATCH_ELSEWHERE_H
#define SANDBOX_WATCH_ELSEWHERE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/watch/target.h"

struct watch;
struct watch_note;

struct elsewhere {
	int root; /* of the box's first process, O_PATH: what paths mean in the box. Owned */
	struct file_id network; /* the box's network namespace */
	uint64_t netns; /* SO_NETNS_COOKIE of that network; 0: not known yet */
	bool moved; /* some process may be in another root, in mounts or in a network of its own */
};

/*
 * elsewhere_open() - remember what the box is, by its first process, while it is tcbox's own;
 * elsewhere_close() takes also what was not opened, root -1. Return: 0 or negative errno
 */
int elsewhere_open(struct elsewhere *e, pid_t first);
void elsewhere_close(struct elsewhere *e);

/* elsewhere_call() - look at a call that makes namespaces, mounts or roots, or enters them */
void elsewhere_call(struct watch *w, const struct watch_note *n);

/**
 * elsewhere_path() - what is recorded for a path of a thread
 * @path:	Absolute, in the thread's root
 *
 * Return: @path, or @buf with ELSEWHERE before it, if there the path means another file than in the
 * box
 */
#define ELSEWHERE "elsewhere:"
#define ELSEWHERE_MAX (TGT_PATH_MAX + sizeof(ELSEWHERE))
const char *elsewhere_path(const struct elsewhere *e, pid_t tid, const char *path,
			   char buf[ELSEWHERE_MAX]);

/* elsewhere_program() - the same for a file that is open, and its path from the top of the
 * mounts */
const char *elsewhere_program(const struct elsewhere *e, const struct file_id *id, const char *path,
			      char buf[ELSEWHERE_MAX]);

/* elsewhere_socket() - is it a socket of another network namespace than the box's? */
bool elsewhere_socket(struct elsewhere *e, int fd);

/* elsewhere_network() - is a thread, which waits for its answer, in another network namespace than
 * the box's? */
bool elsewhere_network(const struct elsewhere *e, pid_t tid);

#endif
