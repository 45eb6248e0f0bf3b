/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the clocks, in nanoseconds
 */
#ifndef TCBOX_CLOCK_H
#define TCBOX_CLOCK_H

#include <stdint.h>

#define TB_NS_PER_S INT64_C(1000000000)
#define TB_NS_PER_MS INT64_C(1000000)

/* tb_realtime_ns() - CLOCK_REALTIME, the clock of packet time stamps; tb_monotonic_ns() - for
 * durations and deadlines */
int64_t tb_realtime_ns(void);
int64_t tb_monotonic_ns(void);

#define TB_TIMELEN 40

/**
 * tb_time_format() - a moment of CLOCK_REALTIME, UTC, as RFC 3339 says:
 * "2026-11-24T10:15:02.123456789Z"
 *
 * Return: 0, or -ERANGE, with an empty string, if no calendar has it
 */
int tb_time_format(int64_t ns, char out[TB_TIMELEN]);

/* tb_time_parse() - read what tb_time_format() writes, and nothing else. Return: 0 or -EINVAL */
int tb_time_parse(const char *text, int64_t *ns);

#endif
