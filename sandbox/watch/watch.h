/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - what the supervisor's files share
 *
 * supervisor.c receives, decides and answers; one file each for what is looked at more closely: exec.c,
 * sockets.c, files.c, elsewhere.c, detail.c. They append what they saw; none of them answers, waits, or decides on what
 * the product could change. i386.c reads 32-bit calls.
 */
#ifndef SANDBOX_WATCH_WATCH_H
#define SANDBOX_WATCH_WATCH_H

#include <linux/seccomp.h>

#include "sandbox/filter/calls.h"
#include "sandbox/filter/calls_i386.h"
#include "sandbox/watch/fold.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/supervisor.h"
#include "sandbox/watch/target.h"

#define SUP_PENDING 256u

/* A socket call that was let go on: the local address is read as soon as the kernel has chosen it. */
struct sup_pending {
	int fd; /* our copy of the socket; dropped within a second at most */
	pid_t tid;
	uint64_t proc;
	int64_t t;
	int64_t next_try; /* CLOCK_MONOTONIC */
	int64_t delay;
	int64_t give_up;
	struct ev_sock sock; /* strings are constants */
	struct ev_addr *remotes; /* owned; one event for each */
	size_t nremotes;
};

struct sup_counters {
	uint64_t notifications;
	uint64_t calls_unread; /* arguments that could not be read */
	uint64_t attempts; /* dangerous calls refused */
	uint64_t undeclared;
	uint64_t gone; /* callers that died before they got an answer */
	uint64_t execs_unverified; /* processes that were killed before it was known what an exec had led to */
	uint64_t local_unknown; /* socket calls without a local address in the end */
	uint64_t *all; /* observe_all: by number; the last one counts unknown numbers */
};

struct sup {
	const struct sup_options *opt;
	int listener;
	int epfd; /* pidfds, and stop_fd */
	struct rec_out *out;
	struct fold *fold;
	struct proc_table procs;
	struct exec_cache *hashes;
	struct sup_pending pending[SUP_PENDING];
	size_t npending;
	struct sup_counters n;
	int64_t now; /* event clock: when the notification in hand was received */
	int64_t looked; /* at the same clock: when all processes were looked at */
	int root; /* of the box's first process, O_PATH: what paths mean in the box */
	struct file_id network; /* the box's, if the supervisor is in it: i386.c */
	uint64_t netns; /* SO_NETNS_COOKIE of the box's network; 0: not known yet */
	int64_t exec_next, exec_delay; /* CLOCK_MONOTONIC: when exec_look() looks again */
	bool moved; /* some process may be in another root, in mounts or in a network of its own */
	bool unflushed;
	bool stop; /* the box is dead */
	int failed; /* negative errno: the record cannot be written any more */
};

/* A notification in hand. */
struct sup_note {
	const struct seccomp_notif *req;
	const struct call_row *row;
	const char *abi; /* the table it was made by, if that is another than the native one and declared; else NULL */
	bool unread; /* arguments of socketcall(2) */
	struct i386_call i386; /* what it was before it was read as the native call */
	struct proc *p; /* NULL: not known */
	int error; /* what will be answered: 0 goes on */
	const char *group;
	bool undeclared;
};

/*
 * sup_append() / sup_fold() - append an event of process @proc; fill in the time if it is 0; failures stick
 * in s->failed
 */
void sup_append(struct sup *s, uint64_t proc, struct ev *ev);
void sup_fold(struct sup *s, uint64_t proc, struct ev *ev);
void sup_fold_flush(struct sup *s, uint64_t proc); /* append what was folded of a process so far */

/*
 * sup_alive() - the caller still waits for our answer, so what was read under its number was its own. Not a
 * check of memory
 */
bool sup_alive(struct sup *s, const struct seccomp_notif *req);

static inline const char *sup_outcome(const struct sup_note *n)
{
	return n->error ? "denied" : "allowed";
}
const char *sup_errno_name(int error); /* NULL for 0 */

/* look_NAME() - look closer at a call; see enum call_look */
void look_call(struct sup *s, const struct sup_note *n);
void look_place(struct sup *s, const struct sup_note *n);
void look_exec(struct sup *s, struct sup_note *n);
void look_socket(struct sup *s, const struct sup_note *n);
void look_sock(struct sup *s, const struct sup_note *n);
void look_file(struct sup *s, const struct sup_note *n);
void look_bound_file(struct sup *s, const struct sup_note *n, const char *path); /* bind(2) makes a file, unix(7) */

/**
 * compat_read() - a call of a declared 32-bit table becomes the native one, in place
 *
 * compat_verdict() - calls_verdict(), and of such a call whether there is a native one, and it can be made on the caller's behalf
 * compat_make() - make it. Return: as handle()
 * compat_open() - get ready for that, if the table is declared: into the network of the box's first process
 */
#define SUP_PRETEND (-1) /* answered with 0, and not made by the kernel */
#define SUP_ANSWERED (-2)
void compat_read(struct sup *s, struct seccomp_notif *req, struct sup_note *n);
struct call_verdict compat_verdict(const struct sup *s, const struct sup_note *n);
int compat_make(struct sup *s, const struct sup_note *n);
int compat_open(struct sup *s, pid_t first);
/* compat_claims() - are its arguments what memory said? Then a harmless one proves nothing */
static inline bool compat_claims(const struct sup_note *n)
{
	return n->abi && n->i386.form == I386_SOCKETCALL && !n->i386.behalf && !n->i386.connected;
}

/* call_append() - an EV_CALL with this detail, NULL: none */
void call_append(struct sup *s, const struct sup_note *n, const char *detail);

/* place_open() - remember what the box is, by its first process, while it is tcbox's own. Return: 0 or negative errno */
int place_open(struct sup *s, pid_t first);

/**
 * place_name() - what is recorded for a path of a thread
 * @path:	Absolute, in the thread's root
 *
 * Return: @path, or @buf with PLACE_ELSEWHERE before it, if there the path means another file than in the box
 */
#define PLACE_ELSEWHERE "elsewhere:"
#define PLACE_MAX (TGT_PATH_MAX + sizeof(PLACE_ELSEWHERE))
const char *place_name(const struct sup *s, pid_t tid, const char *path, char buf[PLACE_MAX]);

/* place_program() - the same for a file that is open, and its path from the top of the mounts */
const char *place_program(const struct sup *s, const struct file_id *id, const char *path, char buf[PLACE_MAX]);

/* place_socket() - is it a socket of another network namespace than the box's? */
bool place_socket(struct sup *s, int fd);

/*
 * exec_inherit() - a process that appears runs its parent's program, says the record. Where that is not so, an EV_EXEC says what
 * runs: the parent has become another program since the fork, or it is not the one that forked (clone(2) with CLONE_PARENT, a
 * subreaper). @parent may be NULL
 */
void exec_inherit(struct sup *s, struct proc *p, const struct proc *parent);

/* exec_verify() - at notifications of thread @tid after an exec: does the file run that the argument named? */
void exec_verify(struct sup *s, struct proc *p, pid_t tid);

/**
 * exec_look() - the same for processes that make no watched call after it
 *
 * Return: nanoseconds until the next try, -1: there are none
 */
int64_t exec_look(struct sup *s);

/* exec_known() - nothing more is to be found out: it is, or the process is gone */
void exec_known(struct proc *p);

struct exec_cache *exec_cache_new(void);
void exec_cache_free(struct exec_cache *c);

/**
 * sock_settle() - append the socket calls whose local address is known now, or whose time is over
 * @tid:	Its calls have returned, so that nothing will change any more; 0: nobody's
 *
 * Return: nanoseconds until the next try, -1: nothing is pending
 */
int64_t sock_settle(struct sup *s, pid_t tid);
void sock_settle_all(struct sup *s);

/*
 * detail_of() - readable arguments, where they are plain values. Return: @buf, or NULL if there is nothing to
 * say
 */
const char *detail_of(const struct seccomp_data *d, char *buf, size_t cap);
const char *detail_family(uint32_t family, char *buf, size_t cap);

#endif
