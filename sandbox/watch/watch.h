/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch.h - what the files share that watch the product's system calls
 *
 * supervisor.c receives, decides and answers. One file each looks closer at a kind of call: exec.c,
 * sockets.c, files.c, elsewhere.c; proc.c knows the processes, and i386.c reads 32-bit calls. They
 * append what they saw; none of them answers, waits, or decides on what the product could change.
 * Each has a struct of its own for what it remembers, and struct watch leads to it.
 */
#ifndef SANDBOX_WATCH_WATCH_H
#define SANDBOX_WATCH_WATCH_H

#include <linux/seccomp.h>

#include "sandbox/filter/calls.h"
#include "sandbox/filter/calls_i386.h"
#include "sandbox/filter/filter.h"
#include "tcbox/event.h"

struct clocks;
struct elsewhere;
struct exec;
struct fold;
struct holders;
struct maps;
struct outcomes;
struct ports;
struct proc;
struct proc_table;
struct rec_out;
struct sockets;

struct watch_counters {
	uint64_t notifications;
	uint64_t calls_unread; /* arguments that could not be read */
	uint64_t attempts; /* dangerous calls refused */
	uint64_t undeclared;
	uint64_t gone; /* callers that died before they got an answer */
	uint64_t execs_unverified; /* processes that were killed before it was known what an exec
				    * had led to */
	uint64_t local_unknown; /* socket calls without a local address in the end */
	uint64_t *all; /* observe_all: by number; the last one counts unknown numbers */
};

struct watch {
	const struct sbx_calls *filter;
	int listener;
	struct rec_out *out;
	struct fold *fold;
	struct watch_counters n;
	int64_t now; /* event clock: when the notification in hand was received */
	bool unflushed; /* something waits in @out */
	int failed; /* negative errno: the record cannot be written any more */
	struct proc_table *procs;
	struct exec *exec;
	struct sockets *sockets;
	struct holders *holders;
	struct maps *maps;
	struct clocks *clocks;
	struct outcomes *outcomes;
	struct elsewhere *where;
	struct ports *ports;
};

/* A notification in hand. */
struct watch_note {
	const struct seccomp_notif *req;
	const struct call_row *row;
	const char *abi; /* the table it was made by, if that is a declared foreign one; NULL: the
			  * native one */
	bool unread; /* arguments of socketcall(2) */
	struct i386_call i386; /* what it was before it was read as the native call */
	struct proc *p; /* NULL: not known */
	int error; /* what will be answered: 0 goes on */
	bool made; /* the supervisor made it, and error is what the kernel said */
	const char *group;
	bool undeclared;
	bool harmless; /* it needs no declaration */
	bool later; /* it is answered when the file that it executes is hashed */
};

/* What a notified call is answered with. */
enum watch_answer_kind {
	ANSWER_GO_ON, /* the kernel makes the call */
	ANSWER_ERROR, /* it fails with the error */
	ANSWER_PRETEND, /* it is not made, and the product hears that it succeeded */
	ANSWER_GIVEN, /* the product has its answer already, or is gone */
	ANSWER_LATER, /* it waits: exec_work() */
};

struct watch_answer {
	enum watch_answer_kind kind;
	int error; /* positive errno, with ANSWER_ERROR only */
};

/* watch_answer() - that a call goes on (0), or fails with a positive errno */
static inline struct watch_answer watch_answer(int error)
{
	return (struct watch_answer){ error ? ANSWER_ERROR : ANSWER_GO_ON, error };
}

/*
 * watch_append() / watch_fold() - append an event of process @proc, at once or counted with its
 * equals; the time is filled in if it is 0. A failure sticks in w->failed
 */
void watch_append(struct watch *w, uint64_t proc, struct ev *ev);
void watch_fold(struct watch *w, uint64_t proc, struct ev *ev);
/* watch_flush() - append what was counted of a process so far, 0: of all */
void watch_flush(struct watch *w, uint64_t proc);
/* watch_write() - what was appended goes to the pipe of the record */
void watch_write(struct watch *w);

/*
 * watch_call() - append an EV_CALL with its arguments in words
 * watch_call_as() - with @text in their place, NULL: none; of a call without native meaning it is
 * the name
 */
void watch_call(struct watch *w, const struct watch_note *n);
void watch_call_as(struct watch *w, const struct watch_note *n, const char *text);

/*
 * watch_alive() - the caller still waits for our answer, so what was read under its number was its
 * own. Not a check of memory
 */
bool watch_alive(const struct watch *w, const struct seccomp_notif *req);

/* watch_errno_name() - "EPERM"; NULL for 0 */
const char *watch_errno_name(int error);

/* watch_outcome() - the word of the record for a call that is about to be answered */
static inline const char *watch_outcome(const struct watch_note *n)
{
	return n->error ? "denied" : "allowed";
}

#endif
