/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.h - packets gathered into conversations
 */
#ifndef CAPTURE_FLOW_H
#define CAPTURE_FLOW_H

#include "capture/meta.h"
#include "capture/names.h"
#include "capture/packet.h"
#include "capture/sink.h"

#define FLOW_DEFAULT_MAX 1000000u

struct flow_table;

/* What flow_packet() says about a packet. */
struct flow_hit {
	uint64_t id;		/* of the flow */
	bool from_box;		/* the packet came from the flow's local side */
	int64_t at;		/* where its payload stands in what the client says, or META_... */
};

struct flow_options {
	const struct sink *sink;	/* borrowed, like all that is pointed to */
	const struct names *names;
	struct meta *meta;	/* NULL: application protocols are not looked for */
	struct ev_addrs box;	/* the addresses of the box, without ports */
	uint32_t max;		/* flows kept at once; 0: FLOW_DEFAULT_MAX */
};

/*
 * flow_table_new() - gather packets into flows and give EV_FLOW events. Return: NULL without
 * memory
 */
struct flow_table *flow_table_new(const struct flow_options *opt);
void flow_table_free(struct flow_table *t);	/* appends nothing */

/*
 * flow_packet() - count a packet of kind PKT_IP. Return: 0, or negative errno of the sink or
 * memory
 */
int flow_packet(struct flow_table *t, const struct pkt *p, struct flow_hit *hit);

/* flow_expire() - end flows that have been silent for too long at @now (CLOCK_REALTIME, ns) */
int flow_expire(struct flow_table *t, int64_t now);

/* flow_end() - the capture is over: end every flow */
int flow_end(struct flow_table *t);

uint64_t flow_count(const struct flow_table *t);	/* all that ever began */
uint64_t flow_evicted(const struct flow_table *t);

#endif
