/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec.h - which program a process becomes
 */
#ifndef SANDBOX_WATCH_EXEC_H
#define SANDBOX_WATCH_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/watch/target.h"
#include "tcbox/event.h"

struct exec;
struct held;
struct proc;
struct seccomp_notif;
struct watch;
struct watch_note;

/* An exec that was let go on. */
struct exec_claim {
	struct exec_claim *next;
	pid_t tid;
	struct file_id want[2]; /* the file that it named, and the interpreter of a script */
	bool told; /* its EV_EXEC is written: it says why the exec fails */
	bool sure; /* success would show: the addresses are random */
	struct ev ev; /* owned, unless it is told */
	struct held *held; /* sockets that stay open over it. Owned */
};

/* exec_new() - remembers hashes and execs that are on their way. NULL: no memory. exec_free() takes
 * NULL, too */
struct exec *exec_new(void);
void exec_free(struct exec *x);

/* exec_call() - look at an execve or execveat: arguments, file, interpreters, hashes. With
 * @n->later afterwards the exec waits until a large file is hashed: then exec_work() gives it
 * back */
void exec_call(struct watch *w, struct watch_note *n);

/* exec_waiting() - does an exec wait so? */
bool exec_waiting(const struct watch *w);
/* exec_work() - hash a piece. Return: is there an exec to be looked at again, @n with its @req? Its
 * process and its caller may be gone */
bool exec_work(struct watch *w, struct watch_note *n, struct seccomp_notif *req);

/*
 * exec_inherit() - a process that appears runs its parent's program, says the record. Where that is
 * not so, an EV_EXEC says what runs: the parent has become another program since the fork, or it is
 * not the one that forked (clone(2) with CLONE_PARENT, a subreaper). @parent may be NULL
 */
void exec_inherit(struct watch *w, struct proc *p, struct proc *parent);

/* exec_verify() - at notifications of thread @tid while an exec is on its way: what has become of
 * it? */
void exec_verify(struct watch *w, struct proc *p, pid_t tid);

/**
 * exec_look() - the same for processes that make no watched call after it
 *
 * Return: nanoseconds until the next try, -1: there are none
 */
int64_t exec_look(struct watch *w);
/* exec_look_at() - at one of them */
void exec_look_at(struct watch *w, struct proc *p);

/* exec_not_made() - thread @tid was killed while it waited for an answer: if that was to an exec,
 * the kernel never made it */
void exec_not_made(struct watch *w, struct proc *p, pid_t tid);

/* exec_dead() - a process has ended: what is not known about its execs never will be */
void exec_dead(struct watch *w, struct proc *p);

/* exec_forget() - its execs, without a word in the record */
void exec_forget(struct proc *p);

#endif
