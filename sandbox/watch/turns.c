/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turns.c - what a thread did with its time
 */
#include "sandbox/watch/turns.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "sandbox/watch/task.h"
#include "tcbox/own.h"

bool turns_read(pid_t tid, struct turns *out)
{
	unsigned long long ran, queued, n;
	TB_AUTOCLOSE int fd = -1;
	char path[64], text[128];
	ssize_t len;

	*out = (struct turns){ 0 };
	(void)snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	if (sscanf(text, "%llu %llu %llu", &ran, &queued, &n) != 3)
		return false;
	*out = (struct turns){ (int64_t)ran, (int64_t)queued, n };
	return true;
}

bool turns_idle(pid_t tid)
{
	struct task t;

	return !task_read(tid, &t) || (t.state != 'R' && t.state != 'D');
}
