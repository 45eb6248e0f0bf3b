/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packets.h - to which conversation each packet of a capture belongs
 */
#ifndef RUN_PACKETS_H
#define RUN_PACKETS_H

#include <stddef.h>

#include "tcbox/capture.h"
#include "tcbox/evidence.h"

struct packets;

/* packets_new() - @ev must outlive them. Return: NULL without memory */
struct packets *packets_new(const struct evd_facts *ev);
void packets_free(struct packets *p);

/**
 * packets_flow() - whose is this packet?
 * @seen:	The packets of the capture in their order, each once
 * @out:	Receives the number of the flow; SIZE_MAX: it is in none
 *
 * Return: 0, -ENOMEM
 */
int packets_flow(struct packets *p, const struct capt_seen *seen, size_t *out);

#endif
