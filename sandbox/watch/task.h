/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task.h - the state of a thread, as proc_pid_stat(5) has it
 */
#ifndef SANDBOX_WATCH_TASK_H
#define SANDBOX_WATCH_TASK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Of linux/sched.h: it has begun to end; it has become no other program since its fork. */
#define TASK_ENDING 0x4u	/* PF_EXITING */
#define TASK_FORKED 0x40u	/* PF_FORKNOEXEC */

struct task {
	char state;		/* 'R', 'S', 'D', 'T', 'Z', 'X', ... */
	unsigned int flags;
	uint64_t start;		/* clock ticks since boot */
};

/* task_read() - of thread @tid, also of one that only waits to be reaped. Return: false if it is
 * gone */
bool task_read(pid_t tid, struct task *out);

/* task_parse() - the same from the text. Return: false if it is none */
bool task_parse(const char *text, struct task *out);

#endif
