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

struct exec;
struct proc;
struct watch;
struct watch_note;

/* exec_new() - remembers hashes and execs that are on their way. NULL: no memory. exec_free() takes
 * NULL, too */
struct exec *exec_new(void);
void exec_free(struct exec *x);

/* exec_call() - look at an execve or execveat: arguments, file, interpreters, hashes */
void exec_call(struct watch *w, struct watch_note *n);

/*
 * exec_inherit() - a process that appears runs its parent's program, says the record. Where that is
 * not so, an EV_EXEC says what runs: the parent has become another program since the fork, or it is
 * not the one that forked (clone(2) with CLONE_PARENT, a subreaper). @parent may be NULL
 */
void exec_inherit(struct watch *w, struct proc *p, const struct proc *parent);

/* exec_verify() - at notifications of thread @tid after an exec: does the file run that the
 * argument named? */
void exec_verify(struct watch *w, struct proc *p, pid_t tid);

/**
 * exec_look() - the same for processes that make no watched call after it
 *
 * Return: nanoseconds until the next try, -1: there are none
 */
int64_t exec_look(struct watch *w);

/**
 * exec_script() - the interpreter that a file names, as the kernel's binfmt_script understands it
 * @head:	How the file begins, @n bytes of it, at most EXEC_HEAD
 *
 * Return: false if it names none
 */
#define EXEC_HEAD 256 /* BINPRM_BUF_SIZE: how far the kernel looks for the end of the name,
		       * linux/binfmts.h */
bool exec_script(const char *head, size_t n, char path[EXEC_HEAD + 1]);

/* exec_known() - nothing more is to be found out: it is, or the process is gone */
void exec_known(struct proc *p);

#endif
