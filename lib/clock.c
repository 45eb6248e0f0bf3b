/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.c - the clocks, in nanoseconds
 */
#include "tcbox/clock.h"

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
