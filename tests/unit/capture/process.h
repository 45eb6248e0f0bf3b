/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - a part of this room as a process: its pipes, its end, and what it recorded
 */
#ifndef TESTS_PROCESS_H
#define TESTS_PROCESS_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcbox/own.h"
#include "tcbox/record.h"

#define PROCESS_EVENTS 64

struct process {
	int packets[2], record[2], ready[2], stop[2];
	pid_t pid;
	size_t n;
	struct ev v[PROCESS_EVENTS];
	size_t len;
	char text[1 << 18];
};

/* process_start() - @run is called in the child, and returns its exit status */
static inline bool process_start(struct process *p, int (*run)(struct process *p))
{
	if (pipe2(p->packets, O_CLOEXEC) || pipe2(p->record, O_CLOEXEC) ||
	    pipe2(p->ready, O_CLOEXEC) ||
	    pipe2(p->stop, O_CLOEXEC))
		return false;
	(void)signal(SIGPIPE, SIG_IGN);
	p->pid = fork();
	if (p->pid == 0) {
		tb_close(&p->record[0]);
		tb_close(&p->ready[0]);
		tb_close(&p->stop[1]);
		_exit(run(p));
	}
	tb_close(&p->record[1]);
	tb_close(&p->ready[1]);
	tb_close(&p->stop[0]);
	return p->pid > 0;
}

/* process_ready() - wait for its byte. Return: false if it ended without one */
static inline bool process_ready(struct process *p)
{
	char byte;

	return read(p->ready[0], &byte, 1) == 1 && byte == 'r';
}

/* process_read() - what it records until its end, or until @text is there. Return: false if it
 * never was */
static inline bool process_read(struct process *p, const char *text)
{
	struct pollfd fd = { .fd = p->record[0], .events = POLLIN };
	ssize_t n;

	while (!text || !strstr(p->text, text)) {
		if (poll(&fd, 1, 10000) != 1)
			return false;
		n = read(p->record[0], p->text + p->len, sizeof(p->text) - 1 - p->len);
		if (n <= 0)
			return !text;
		p->len += (size_t)n;
	}
	return true;
}

/* process_end() - wait for its end, and read all events. Return: exit status, or -1 if a signal
 * killed it */
static inline int process_end(struct process *p)
{
	char *line = p->text, *end;
	int status;

	(void)process_read(p, NULL);
	if (waitpid(p->pid, &status, 0) != p->pid)
		return -1;
	p->pid = 0;
	while ((end = strchr(line, '\n')) && p->n < PROCESS_EVENTS) {
		if (ev_parse(line, (size_t)(end - line), &p->v[p->n], NULL) == 0)
			p->n++;
		line = end + 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* process_loss() - the first loss that it recorded. Return: NULL if there is none */
static inline const struct ev_loss *process_loss(const struct process *p)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].kind == EV_LOSS)
			return &p->v[i].u.loss;
	return NULL;
}

/* process_counter() - of the last event, which must be the final counters. Return: UINT64_MAX
 * without it */
static inline uint64_t process_counter(const struct process *p, const char *name)
{
	const struct ev *last = p->n ? &p->v[p->n - 1] : NULL;

	for (size_t i = 0; last && last->kind == EV_COUNTERS && last->u.counters.final &&
	     i < last->u.counters.n; i++)
		if (!strcmp(last->u.counters.v[i].name, name))
			return last->u.counters.v[i].value;
	return UINT64_MAX;
}

/* process_has() - whether a file of /proc/PID has a line */
static inline bool process_has(const struct process *p, const char *file, const char *line)
{
	char path[64], text[4096];
	size_t len;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)p->pid, file);
	f = fopen(path, "re");
	if (!f)
		return false;
	len = fread(text, 1, sizeof(text) - 1, f);
	(void)fclose(f);
	text[len] = '\0';
	return strstr(text, line) != NULL;
}

static inline void process_close(struct process *p)
{
	if (p->pid > 0) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
	}
	while (p->n)
		ev_clear(&p->v[--p->n]);
	for (int i = 0; i < 2; i++) {
		tb_close(&p->packets[i]);
		tb_close(&p->record[i]);
		tb_close(&p->ready[i]);
		tb_close(&p->stop[i]);
	}
}

#endif
