/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_image.c - what tells a process from the same program executed again
 */
#include "sandbox/watch/exec_image.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <unistd.h>

#include "tcbox/hash.h"
#include "tcbox/own.h"

#define AUXV_MAX 1024u /* it has about 20 entries of 16 bytes: getauxval(3) */

/* read_some() - the beginning of a file below /proc/PID. Return: how much, 0: nothing */
static size_t read_some(pid_t pid, const char *name, char *buf, size_t cap)
{
	TB_AUTOCLOSE int fd = -1;
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, cap);
	return n > 0 ? (size_t)n : 0;
}

uint64_t exec_image(pid_t tid)
{
	char auxv[AUXV_MAX];
	size_t n = read_some(tid, "auxv", auxv, sizeof(auxv));

	return n ? tb_hash(auxv, n) | 1 : 0;
}

bool exec_image_random(void)
{
	FILE *f = fopen("/proc/sys/kernel/randomize_va_space", "re");
	bool random = f && fgetc(f) != '0';

	if (f)
		(void)fclose(f);
	return random;
}

bool exec_image_moves(pid_t tid)
{
	char text[32] = "";

	return read_some(tid, "personality", text, sizeof(text) - 1) &&
	       !(strtoul(text, NULL, 16) & ADDR_NO_RANDOMIZE);
}
