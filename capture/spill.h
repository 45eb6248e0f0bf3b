/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spill.h - the pipe from the capture to the decoder, with room for when the decoder is slow
 */
#ifndef CAPTURE_SPILL_H
#define CAPTURE_SPILL_H

#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/own.h"

/*
 * Before each packet in the pipe, in the byte order of the machine; both ends are the same
 * program.
 */
struct spill_head {
	int64_t time_ns;	/* CLOCK_REALTIME */
	uint64_t number;	/* in the capture file, from 1 */
	uint32_t origlen;
	uint32_t caplen;	/* bytes that follow; at most CAPT_DECODE_LEN */
};

struct spill;

/*
 * spill_new() - @fd: writing end of the pipe, borrowed, made non-blocking; @max: bytes to hold
 * back
 */
int spill_new(struct spill **out, int fd, size_t max, struct tb_err *err) TB_MUST_CHECK;
void spill_free(struct spill *s);

/*
 * spill_add() - queue one packet. Return: 0; -ENOBUFS when there is no room: the decoder will
 * not see this packet
 */
int spill_add(struct spill *s, const struct spill_head *head, const uint8_t *data);

/*
 * spill_flush() - write what the pipe takes now. Return: 1 all written, 0 some is left, negative
 * errno: the reader is gone
 */
int spill_flush(struct spill *s);

/* spill_waiting() - packets that the pipe did not take whole yet */
uint64_t spill_waiting(const struct spill *s);

#endif
