/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nft_sets.h - the sets of the gate's rules, filled by nfnetlink messages
 */
#ifndef SANDBOX_GATE_NFT_SETS_H
#define SANDBOX_GATE_NFT_SETS_H

#include "tcbox/sandbox.h"

/*
 * Elements that names may add to one set during a run: bounded, because the product chooses how many
 * names it asks for.
 */
#define OPEN_NAMED_MAX 65536

/* nft_add_open() - fill the gate's sets with what the policy opens; for gate_rules(), once the sets exist */
int nft_add_open(const struct sbx_open *open, size_t n, struct tb_err *err) TB_MUST_CHECK;

#endif
