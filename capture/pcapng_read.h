/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng_read.h - read a capture file
 */
#ifndef CAPTURE_PCAPNG_READ_H
#define CAPTURE_PCAPNG_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"

/* One packet of a file; the data is valid during the call. */
struct capt_packet {
	int64_t time_ns;	/* CLOCK_REALTIME */
	uint64_t number;	/* from 1 */
	const uint8_t *data;
	uint32_t caplen, origlen;
};

/* capt_packet_fn() - Return: non-zero to stop reading; capt_read_file() returns it */
typedef int capt_packet_fn(void *arg, const struct capt_packet *p);

/**
 * capt_read_file() - read an Ethernet capture from start to end, pcapng or pcap
 * @truncated:	Set if the file ends in the middle of a packet; may be NULL. The packets before that were
 * given to @fn
 *
 * Return: 0; -ENOENT and the like; -EBADMSG: no capture file, or damaged; -EPROTONOSUPPORT: not Ethernet
 */
int capt_read_file(const char *path, capt_packet_fn *fn, void *arg, bool *truncated, struct tb_err *err);

#endif
