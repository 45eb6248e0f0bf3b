/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - the clocks, in nanoseconds
 */
#include "tcbox/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int64_t now(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	(void)clock_gettime(clock, &ts);	/* cannot fail for these clocks, clock_gettime(2) */
	return ts.tv_sec * TB_NS_PER_S + ts.tv_nsec;
}

int64_t tb_realtime_ns(void)
{
	return now(CLOCK_REALTIME);
}

int64_t tb_monotonic_ns(void)
{
	return now(CLOCK_MONOTONIC);
}

int tb_time_format(int64_t ns, char out[TB_TIMELEN])
{
	int64_t frac = ns % TB_NS_PER_S;
	time_t s = ns / TB_NS_PER_S;
	struct tm tm;
	size_t n;

	out[0] = '\0';
	if (frac < 0) {
		frac += TB_NS_PER_S;
		s--;
	}
	if (!gmtime_r(&s, &tm))
		return -ERANGE;
	n = strftime(out, TB_TIMELEN, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(out + n, TB_TIMELEN - n, ".%09uZ", (unsigned int)frac);
	return 0;
}

/* The calendar is the C library's: what it writes again as it was given is a time. */
int tb_time_parse(const char *text, int64_t *ns)
{
	struct tm tm = { 0 };
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	char again[TB_TIMELEN];
	int64_t whole;

	if (!rest || strlen(rest) != 11 || rest[0] != '.')
		return -EINVAL;
	if (__builtin_mul_overflow((int64_t)timegm(&tm), TB_NS_PER_S, &whole) ||
	    __builtin_add_overflow(whole, strtoll(rest + 1, NULL, 10), ns))
		return -EINVAL;
	return tb_time_format(*ns, again) || strcmp(again, text) ? -EINVAL : 0;
}
