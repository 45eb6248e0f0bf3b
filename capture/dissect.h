/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dissect.h - packets in, events out
 *
 * No pipe, no process, no clock: the packets may come from the gate or from a file.
 */
#ifndef CAPTURE_DISSECT_H
#define CAPTURE_DISSECT_H

#include "capture/meta.h"
#include "capture/packet.h"
#include "capture/sink.h"

struct dissect;

struct dissect_options {
	struct sink sink;	/* where the events go */
	struct ev_addrs box;	/* the addresses of the observed side, without ports; borrowed,
				 * like @gate */
	struct ev_addrs gate;	/* those of the other end of its link: neighbour discovery with
				 * them is no flow */
	struct meta *meta;	/* borrowed, for many dissectors one after the other: nDPI is
				 * slow to start. NULL: one of its own */
	uint32_t max_flows;	/* kept at once; 0: FLOW_DEFAULT_MAX. When full the oldest idle
				 * one ends early */
};

/* dissect_new() - Return: NULL without memory */
struct dissect *dissect_new(const struct dissect_options *opt);
void dissect_free(struct dissect *d);	/* gives no events */

/**
 * dissect_feed() - one packet
 *
 * Gives EV_FLOW and EV_LOOKUP. Packets come in the order of their numbers; flows also end by the
 * time of packets, see dissect_idle().
 *
 * Return: 0, or negative errno of the sink or memory
 */
int dissect_feed(struct dissect *d, const struct pkt_frame *f);

/*
 * dissect_idle() - no packet came for @ns after the last one: end the flows that are silent for
 * too long
 */
int dissect_idle(struct dissect *d, int64_t ns);

/**
 * dissect_end() - no packet will come any more
 *
 * Gives the lookups without an answer, the flows that are still open, and as the last event the
 * final EV_COUNTERS: flows, packets_decoded, packets_malformed, packets_link_arp,
 * packets_link_nd, packets_link_mld, packets_other, flows_evicted, lookups_malformed,
 * names_lost.
 */
int dissect_end(struct dissect *d);

#endif
