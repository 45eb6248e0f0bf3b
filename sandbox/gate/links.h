/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links.h - the veth pair between gate and box: addresses, routes, settings, shaping; by libnl
 */
#ifndef SANDBOX_GATE_LINKS_H
#define SANDBOX_GATE_LINKS_H

#include <stdint.h>

#include "tcbox/err.h"
#include "tcbox/own.h"

/**
 * gate_links() - join the gate and the box by a veth pair, with addresses, routes, neighbours and
 * shaping
 * @box_netns:	Descriptor of the box's network namespace; the caller's own is the gate's
 * @rate_bits:	Shape each direction with tbf; 0: do not
 *
 * IPv4 and IPv6, see tcbox/net.h. Neighbour entries are permanent on both sides and router
 * advertisements, address configuration and duplicate address detection are off, so that the
 * kernels themselves stay quiet on the link. The calling process is back in its own network
 * namespace at return. Needs CAP_NET_ADMIN in both.
 */
int gate_links(int box_netns, uint64_t rate_bits, struct tb_err *err) TB_MUST_CHECK;

/**
 * links_answer_all() - make every IPv4 and IPv6 address an address of the calling network namespace
 *
 * A local default route ("AnyIP") for each family; the box's own two addresses have better routes
 * from gate_links(). Packets for any address are then delivered here, to the sockets that TPROXY
 * chose or to the kernel (echo requests), and none can be forwarded. A routing rule by mark, the
 * usual way with TPROXY, would not do for IPv4: echo replies and ICMP errors leave only from
 * addresses that the local table itself knows (__ip_dev_find()).
 */
int links_answer_all(struct tb_err *err) TB_MUST_CHECK;

/* links_set_gate(), links_set_box() - the settings of the calling network namespace, before it has
 * a link */
int links_set_gate(struct tb_err *err) TB_MUST_CHECK;
int links_set_box(struct tb_err *err) TB_MUST_CHECK;

/* links_errno() - the errno value (positive) nearest to a negative libnl result */
int links_errno(int nlerr);

#endif
