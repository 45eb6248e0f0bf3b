/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proc.h - the processes of the box, as the supervisor knows them
 *
 * A process is one thread group, told apart from a later one with the same number by its start
 * time. It is known from its first notification, or from its parent's last: so that children of a
 * parent that dies at once keep it.
 */
#ifndef SANDBOX_WATCH_PROC_H
#define SANDBOX_WATCH_PROC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/watch/target.h"
#include "tcbox/map.h"

struct exec_claim;
struct watch;

struct proc {
	uint64_t id; /* from 1, in order of appearance */
	uint64_t parent;
	pid_t tgid; /* in the supervisor's PID namespace */
	pid_t box_pid; /* as the product sees it */
	uint64_t start; /* clock ticks since boot, proc_pid_stat(5) */
	int pidfd; /* -1: no descriptors left */
	bool canary;
	bool ours; /* tcbox's own code still: the first process before its first exec, or the
		    * canary */
	bool private_files; /* a thread may have a descriptor table of its own */
	bool exiting; /* exit_group was let go on with exit_code */
	int exit_code;
	uint32_t children; /* children that were seen */
	struct file_id exe; /* what runs, as far as verified */
	uint64_t image; /* and tells it from the same file executed again; 0: not known */
	struct file_id
		told[2]; /* the same as the record has it: the file that its last EV_EXEC named and
			  * the interpreter of a script, or its parent's when it appeared */
	struct exec_claim *claims; /* execs that were let go on, and whose end is not known.
				    * Owned */
	struct proc *exec_next, **exec_link; /* in the list of those with claims; exec_link is NULL
					      * outside of it */
	uint64_t programs; /* that it has become by exec */
	uint64_t maps_round; /* the round of maps_look_around() that it was in last */
	uint64_t clock_seen, clock_told; /* by clocks.c: programs + 1 of the one that it looked at,
					  * and of the one whose clock it told */
	uint64_t holders_look; /* number of the look that it was in last */
	bool exec_unknown; /* what it runs could not be read */
	pid_t *tids; /* threads in the table besides tgid */
	size_t ntids;
	uint32_t *counts; /* observe_all: calls by number; NULL else */
};

struct proc_table {
	int epfd; /* pidfds, and what the one that started the supervisor watches the box by */
	bool canary; /* the first child of the first process, before its first exec, is tcbox's
		      * control process */
	bool last_canary; /* the box is dead, and who appears is tcbox's control process */
	bool ended; /* the box is dead, and nothing follows */
	struct tb_map *by_tid; /* pid_t to struct proc, for thread group leaders and other
			        * threads */
	uint64_t last_id;
	pid_t init; /* the parent of the first process: everybody below it is the box's */
	struct {
		uint64_t id;
		uint64_t start, end; /* clock ticks since boot */
	} killed[8]; /* the last processes whose children could not be read */
	size_t next_killed;
	uint64_t unwatched; /* processes without a pidfd or without room in the table */
};

/* What /proc says about a thread. */
struct proc_facts {
	pid_t tgid;
	pid_t ppid;
	pid_t box_pid; /* the number of the thread group in the PID namespace below the reader's:
		        * the box's */
	bool dead; /* it only waits to be reaped */
};

/* proc_parse_status() - proc_pid_status(5): State, Tgid, PPid, NStgid. Return: 0, -EBADMSG */
int proc_parse_status(const char *text, struct proc_facts *out);
/* proc_parse_stat() - proc_pid_stat(5): start time and, where permitted, exit status. Return: 0,
 * -EBADMSG */
int proc_parse_stat(const char *text, uint64_t *start, int *exit_status);

/* proc_find() - the process of a thread, without looking further; NULL if the thread is new. See
 * proc_of_caller() */
static inline struct proc *proc_find(const struct proc_table *t, pid_t tid)
{
	return tb_map_get(t->by_tid, &tid, sizeof(tid));
}

/* proc_of_caller() - the same for a thread that makes a call; forgets a number that another process
 * has now */
struct proc *proc_of_caller(struct watch *w, pid_t tid);

/**
 * proc_add() - get to know a thread: its process is recorded if it is new
 *
 * Return: the process; NULL if it is gone or the table is full (counted)
 */
struct proc *proc_add(struct watch *w, pid_t tid);

/* proc_add_children() - get to know all children of a process that is about to end */
void proc_add_children(struct watch *w, struct proc *p);

/* proc_look_around() - get to know processes that make no watched call: they only compute, or
 * fork */
void proc_look_around(struct watch *w);

/* proc_forget_thread() - a thread ends: its number may be used again */
void proc_forget_thread(struct watch *w, struct proc *p, pid_t tid);
/* proc_forget_threads() - all but the leader: what execve(2) does to a process */
void proc_forget_threads(struct watch *w, struct proc *p);

/* proc_reap() - record the processes that ended, by their pidfds; sets procs->ended when the box is
 * dead */
void proc_reap(struct watch *w);

/* proc_free_all() - at the end, without recording */
void proc_free_all(struct watch *w);

#endif
