/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft.h - the gate's packet rules, loaded by the nft program
 */
#ifndef SANDBOX_GATE_NFT_H
#define SANDBOX_GATE_NFT_H

#include "tcbox/buf.h"
#include "tcbox/sandbox.h"

/**
 * gate_ruleset() - the gate's nftables rules as text for "nft -f -"
 *
 * With RUN_NET_SIM every TCP and UDP packet from the box is steered to the lab (TPROXY), other
 * addresses' ICMP echo is answered by the kernel; without it nothing passes and every attempt is
 * refused at once. With net->enforce only what the sets hold passes: "open4", "open6", "icmp4",
 * "icmp6" get what net->open says from gate_rules(), "name4", "name6" what sbx_gate_allow() adds
 * (address . protocol . port, with intervals); name lookups to the gate's own resolver always. The
 * rest is refused, and counted. net->faults come behind that: what they refuse or drop is so for
 * declared packets, too.
 */
void gate_ruleset(const struct sbx_network *net, struct tb_buf *out);

/*
 * gate_rules() - load the ruleset with the nft program, fill its sets, and set the routes that
 * TPROXY needs. After gate_links()
 */
int gate_rules(const struct sbx_network *net, struct tb_err *err) TB_MUST_CHECK;

/*
 * gate_find_nft() - the nft program: in PATH, or where Debian has it, which is not in an ordinary
 * user's PATH
 */
int gate_find_nft(char *path, size_t size, struct tb_err *err) TB_MUST_CHECK;

#endif
