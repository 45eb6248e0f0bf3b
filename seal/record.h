/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - events.jsonl against its chain
 */
#ifndef SEAL_RECORD_H
#define SEAL_RECORD_H

#include "seal/copy.h"
#include "tcbox/chain.h"
#include "tcbox/seal.h"

/**
 * record_check() - look at each line; what is not as it was is said in @out, and how far the chain
 * goes
 * @copy:	What of it is not as it was, if it is redacted
 * @torn:	The run has no end: the last lines may have no value yet
 *
 * Return: 0 or negative errno
 */
int record_check(int bundle_fd, struct chain *chain, const struct copy *copy, bool torn,
		 struct seal_check *out, struct tb_err *err);

#endif
