/* SPDX-License-Identifier: Apache-2.0 */
/*
 * clock.h - the clocks, in nanoseconds
 */
#ifndef TCBOX_CLOCK_H
#define TCBOX_CLOCK_H

#include <stdint.h>

#define TB_NS_PER_S INT64_C(1000000000)
#define TB_NS_PER_MS INT64_C(1000000)

/* tb_realtime_ns() - CLOCK_REALTIME, the clock of packet time stamps; tb_monotonic_ns() - for durations and
 * deadlines */
int64_t tb_realtime_ns(void);
int64_t tb_monotonic_ns(void);

#endif
