/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pcapng_read.h - read a capture file
 */
#ifndef CAPTURE_PCAPNG_READ_H
#define CAPTURE_PCAPNG_READ_H

#include <stdbool.h>

#include "capture/packet.h"
#include "tcbox/err.h"

/* capt_packet_fn() - Return: non-zero to stop reading; capt_read_file() returns it */
typedef int capt_packet_fn(void *arg, const struct pkt_frame *f);

/**
 * capt_read_file() - read a capture from start to end, pcapng or pcap, of any link type in enum
 * pkt_link
 * @truncated:	Set if the file ends in the middle of a packet; may be NULL. The packets
 *   before that were given to @fn
 *
 * Return: 0; -ENOENT and the like; -EBADMSG: no capture file, or damaged; -EPROTONOSUPPORT: another
 * link type
 */
int capt_read_file(const char *path, capt_packet_fn *fn, void *arg, bool *truncated,
		   struct tb_err *err);

#endif
