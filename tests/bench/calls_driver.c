/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls_driver.c - one system call in a tight loop
 *
 * usage: calls_driver CALL COUNT	CALL is getppid, mkdir (of a directory that exists) or open
 *					(/dev/null for writing; with
 * its close); prints the nanoseconds that one took: the median of BATCHES batches
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BATCHES 11

static void call_getppid(void)
{
	(void)syscall(SYS_getppid);
}

static void call_mkdir(void)
{
	(void)mkdir("/usr", 0755);
}

static void call_open(void)
{
	(void)close(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = { { "getppid", call_getppid }, { "mkdir", call_mkdir }, { "open", call_open } };

static double now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? strtol(argv[2], NULL, 10) / BATCHES : 0;
	double each[BATCHES];

	for (size_t i = 0; count > 0 && i < sizeof(calls) / sizeof(*calls); i++) {
		if (strcmp(argv[1], calls[i].name))
			continue;
		for (size_t b = 0; b < BATCHES; b++) {
			double start = now_ns();

			for (long n = 0; n < count; n++)
				calls[i].call();
			each[b] = (now_ns() - start) / (double)count;
		}
		qsort(each, BATCHES, sizeof(*each), by_value);
		(void)printf("%.0f\n", each[BATCHES / 2]);
		return 0;
	}
	return 2;
}
