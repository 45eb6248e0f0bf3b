/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net.h - the addresses of the gate, the box and the lab
 *
 * 198.18.0.0/15 is reserved for benchmarks (RFC 2544, RFC 5735) and 2001:db8::/32 for
 * documentation (RFC 3849): no real service lives there, so an address of ours is never mistaken
 * for one. Names get addresses from 198.18.0.0/16 and the lower part of 198.19; 198.19.255.0/24
 * and 2001:db8:ffff::/64 belong to the link.
 */
#ifndef TCBOX_NET_H
#define TCBOX_NET_H

#define TB_GATE_IF "g0"
#define TB_BOX_IF "eth0"		/* the box's end; an ordinary name, so as not to stand
					 * out */
#define TB_GATE_IP4 "198.19.255.1"
#define TB_BOX_IP4 "198.19.255.2"
#define TB_LINK_PREFIX4 24
#define TB_GATE_IP6 "2001:db8:ffff::1"
#define TB_BOX_IP6 "2001:db8:ffff::2"
#define TB_LINK_PREFIX6 64

#define TB_LAB_PORT 9		/* every TCP and UDP packet of the box is steered to this port of
				 * the lab's sockets */

#endif
