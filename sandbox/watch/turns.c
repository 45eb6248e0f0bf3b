/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turns.c - what a thread did with its time
 */
#include "sandbox/watch/turns.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/own.h"

/* read_line() - Return: false: nothing was there */
static bool read_line(pid_t tid, const char *name, char text[512])
{
	TB_AUTOCLOSE int fd = -1;
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, 511);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

bool turns_read(pid_t tid, struct turns *out)
{
	unsigned long long ran, queued, n;
	char text[512];

	*out = (struct turns){ 0 };
	if (!read_line(tid, "schedstat", text) ||
	    sscanf(text, "%llu %llu %llu", &ran, &queued, &n) != 3)
		return false;
	*out = (struct turns){ (int64_t)ran, (int64_t)queued, n };
	return true;
}

bool turns_idle(pid_t tid)
{
	char text[512];
	const char *at;

	/* its name before the state may hold anything, ')' included: proc_pid_stat(5) */
	if (!read_line(tid, "stat", text))
		return true;
	at = strrchr(text, ')');
	return !at || (strncmp(at, ") R", 3) != 0 && strncmp(at, ") D", 3) != 0);
}
