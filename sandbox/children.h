/* SPDX-License-Identifier: Apache-2.0 */
/*
 * children.h - the processes that the airlock starts beside the box: parts and supervisor
 */
#ifndef SANDBOX_CHILDREN_H
#define SANDBOX_CHILDREN_H

#include "tcbox/sandbox.h"

#define CHILDREN_MAX 8

struct child {
	const char *name;
	pid_t pid;		/* 0: not running (any more) */
	int ready;		/* reading end; -1 once ready */
	int stop;		/* writing end: closing it tells the child to finish */
	bool wait_ready;
};

struct children {
	struct child v[CHILDREN_MAX];	/* in the order of their start */
	size_t n;
};

/* What a new child got: its ends of the two pipes. */
struct child_ends {
	int ready, stop;
};

/**
 * children_start() - fork a process of the airlock
 * @wait_ready:	It is a witness: children_await_ready() waits for it, and without it the run must
 *		end
 *
 * Return: 0 in the child, with an empty signal mask; its pid in the airlock; negative errno
 */
pid_t children_start(struct children *l, const char *name, bool wait_ready,
		     struct child_ends *ends);

/* children_run_part() - in the child: close what is not the part's, make @root, a directory, its
 * root, run it, exit */
void children_run_part(const struct sbx_part *part, const struct sbx_part_env *env,
		       int root) __attribute__((noreturn));

/* children_await_ready() - until every child that must be ready has said so */
int children_await_ready(struct children *l, int deadline_ms, struct tb_err *err) TB_MUST_CHECK;

/* children_died() - Return: the child with this pid, now marked as not running; NULL if it is none
 * of them */
struct child *children_died(struct children *l, pid_t pid);

/* children_watching() - do all witnesses still live? */
bool children_watching(const struct children *l);

/* unblock_signals() - a new process starts with an empty signal mask, like any other */
void unblock_signals(void);

#endif
