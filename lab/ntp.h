/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ntp.h - one NTP request in, one reply out
 */
#ifndef LAB_NTP_H
#define LAB_NTP_H

#include <stddef.h>
#include <stdint.h>

#define NTP_LEN 48

/**
 * ntp_answer() - answer a client's request with the given time
 * @now_ns:	CLOCK_REALTIME, nanoseconds
 *
 * Return: NTP_LEN, or 0 if it is no client's request
 */
size_t ntp_answer(const uint8_t *query, size_t len, int64_t now_ns, uint8_t out[NTP_LEN]);

#endif
