/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - the clocks, in nanoseconds
 */
#include "tcbox/clock.h"

#include <errno.h>
#include <stdio.h>
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
