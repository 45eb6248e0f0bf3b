/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_args.c - the arguments of a program: as execve(2) was given them, and as a process has them
 */
#include "sandbox/watch/exec_args.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sandbox/watch/target.h"
#include "sandbox/watch/watch.h"
#include "tcbox/own.h"

void exec_args_read(struct watch *w, pid_t tid, uint64_t addr, size_t width, struct exec_args *out)
{
	size_t used = 0;

	out->n = 0;
	out->cut = false;
	for (; addr; addr += width) {
		uint64_t ptr = 0;
		ssize_t len;

		if (tgt_read(tid, addr, &ptr, width) < 0) {
			w->n.calls_unread++;
			out->cut = true;
			return;
		}
		if (!ptr)
			return;
		if (out->n == EXEC_ARGS || EXEC_ARG_BYTES - used < 2) {
			out->cut = true;
			return;
		}
		len = tgt_string(tid, ptr, out->bytes + used, EXEC_ARG_BYTES - used);
		if (len == -ENAMETOOLONG) {
			out->cut = true;
			len = (ssize_t)(EXEC_ARG_BYTES - used - 1);
		} else if (len < 0) {
			w->n.calls_unread++;
			out->cut = true;
			return;
		}
		out->v[out->n++] = out->bytes + used;
		used += (size_t)len + 1;
		if (out->cut)
			return;
	}
}

void exec_args_now(pid_t pid, struct exec_args *out)
{
	TB_AUTOCLOSE int fd = -1;
	size_t len = 0, at = 0;
	char path[64];
	ssize_t n;

	out->n = 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, out->bytes, EXEC_ARG_BYTES - 1);
	if (n > 0)
		len = (size_t)n;
	out->bytes[len] = '\0';
	out->cut = len == EXEC_ARG_BYTES - 1;
	while (at < len && out->n < EXEC_ARGS) {
		out->v[out->n++] = out->bytes + at;
		at += strlen(out->bytes + at) + 1;
	}
	out->cut = out->cut || at < len;
}
