/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hear.h - what a command prints, standard output and standard error together
 */
#ifndef TESTS_HEAR_H
#define TESTS_HEAR_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static FILE *hear_file;
static int hear_saved[2];

/* hear() - from now on */
static inline void hear(void)
{
	hear_file = tmpfile();
	assert_non_null(hear_file);
	for (int fd = 1; fd <= 2; fd++) {
		(void)fflush(NULL);
		hear_saved[fd - 1] = fcntl(fd, F_DUPFD_CLOEXEC, 10);
		assert_return_code(dup2(fileno(hear_file), fd), errno);
	}
}

/* heard() - what was printed since hear() */
static inline const char *heard(void)
{
	static char text[1 << 16];
	ssize_t n;

	(void)fflush(NULL);
	for (int fd = 1; fd <= 2; fd++) {
		(void)dup2(hear_saved[fd - 1], fd);
		(void)close(hear_saved[fd - 1]);
	}
	n = pread(fileno(hear_file), text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	(void)fclose(hear_file);
	return text;
}

#endif
