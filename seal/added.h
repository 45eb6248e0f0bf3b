/* SPDX-License-Identifier: Apache-2.0 */
/*
 * added.h - what examiners added: review.jsonl and notes.jsonl, whose lines are chains that extend
 * the record's
 */
#ifndef SEAL_ADDED_H
#define SEAL_ADDED_H

#include "seal/copy.h"
#include "tcbox/chain.h"
#include "tcbox/seal.h"

/**
 * added_check() - look at each line of both files
 * @chain:	Of the record; NULL: there is none
 *
 * Return: 0 or negative errno
 */
int added_check(int bundle_fd, struct chain *chain, const struct copy *copy,
		struct seal_check *out, struct tb_err *err);

#endif
