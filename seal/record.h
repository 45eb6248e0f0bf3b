/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - events.jsonl against its chain
 */
#ifndef SEAL_RECORD_H
#define SEAL_RECORD_H

#include "tcbox/chain.h"
#include "tcbox/seal.h"

/**
 * record_check() - look at each line; what is not as it was is said in @out, and how far the chain
 * goes
 * @torn:	The run has no end: the last lines may have no value yet
 *
 * Return: 0 or negative errno
 */
int record_check(int bundle_fd, struct chain *chain, bool torn, struct seal_check *out,
		 struct tb_err *err);

#endif
