/* SPDX-License-Identifier: Apache-2.0 */
/*
 * task.c - the state of a thread, as proc_pid_stat(5) has it
 */
#include "sandbox/watch/task.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tcbox/own.h"

bool task_parse(const char *text, struct task *out)
{
	const char *at = strrchr(text, ')');	/* its name may hold anything, ')' included */
	unsigned long long start;

	/* fields 3, 9 and 22 */
	if (!at || sscanf(at, ") %c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			      "%*d %*d %llu",
			  &out->state, &out->flags, &start) != 3)
		return false;
	out->start = start;
	return true;
}

bool task_read(pid_t tid, struct task *out)
{
	TB_AUTOCLOSE int fd = -1;
	char path[64], text[1024];
	ssize_t n;

	*out = (struct task){ 0 };
	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	return task_parse(text, out);
}
