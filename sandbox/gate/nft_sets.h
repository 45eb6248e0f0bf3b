/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_sets.h - the sets of the gate's rules, filled by nfnetlink messages
 */
#ifndef SANDBOX_GATE_NFT_SETS_H
#define SANDBOX_GATE_NFT_SETS_H

#include "tcbox/sandbox.h"

/*
 * Elements that names may add to one set during a run: bounded, because the product chooses how
 * many names it asks for.
 */
#define OPEN_NAMED_MAX 65536

/* nft_add_open() - fill the gate's sets with what the policy opens; for gate_rules(), once the sets
 * exist */
int nft_add_open(const struct sbx_open *open, size_t n, struct tb_err *err) TB_MUST_CHECK;

/**
 * nft_answer() - what the kernel says to one transaction: an NLMSG_ERROR, whose error 0 is the
 * acknowledgement, netlink(7)
 *
 * Return: 0, the kernel's negative errno, or -EPROTO if it is no such message
 */
int nft_answer(const void *data, size_t len);

#endif
