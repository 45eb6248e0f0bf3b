/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate.h - the only way out of the box: links by libnl, packet rules by nft
 */
#ifndef SANDBOX_GATE_GATE_H
#define SANDBOX_GATE_GATE_H

#include "tcbox/sandbox.h"

/**
 * gate_links() - join the gate and the box by a veth pair, with addresses, routes, neighbours and shaping
 * @box_netns:	Descriptor of the box's network namespace; the caller's own is the gate's
 * @rate_bits:	Shape each direction with tbf; 0: do not
 *
 * IPv4 and IPv6, see tcbox/net.h. Neighbour entries are permanent on both sides and router
 * advertisements, address configuration and duplicate address detection are off, so that the kernels
 * themselves stay quiet on the link. The calling process is back in its own network namespace at return.
 * Needs CAP_NET_ADMIN in both.
 */
int gate_links(int box_netns, uint64_t rate_bits, struct tb_err *err) TB_MUST_CHECK;

/**
 * gate_ruleset() - the gate's nftables rules as text for "nft -f -"
 *
 * With opt->lab every TCP and UDP packet from the box is steered to the lab (TPROXY), other addresses' ICMP
 * echo is answered by the kernel; without it nothing passes and every attempt is refused at once. With
 * opt->enforce only what the sets hold passes: "open4", "open6", "icmp4", "icmp6" get what opt->open says
 * from gate_rules(), "name4", "name6" what sbx_gate_allow() adds (address . protocol . port, with intervals);
 * name lookups to the gate's own resolver always. The rest is refused, and counted.
 */
void gate_ruleset(const struct sbx_options *opt, struct tb_buf *out);

/*
 * gate_rules() - load the ruleset with the nft program, fill its sets, and set the routes that TPROXY needs.
 * After gate_links()
 */
int gate_rules(const struct sbx_options *opt, struct tb_err *err) TB_MUST_CHECK;

/*
 * gate_find_nft() - the nft program: in PATH, or where Debian has it, which is not in an ordinary user's PATH
 */
int gate_find_nft(char *path, size_t size, struct tb_err *err) TB_MUST_CHECK;

#endif
