/* SPDX-License-Identifier: Apache-2.0 */
/*
 * binding.h - what the chain of a record begins with
 */
#ifndef RUN_BINDING_H
#define RUN_BINDING_H

#include "tcbox/bundle.h"
#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/run.h"

/**
 * binding_write() - the first line of events.chain, tcbox/chain.h
 * @b:		Has its manifest already
 * @challenge:	What somebody said just before; empty: nothing
 * @review:	What review.jsonl begins with; empty: nothing
 * @out:	Receives the line
 *
 * Return: 0 or negative errno
 */
int binding_write(const struct bundle *b, const struct run_info *info, const char *challenge,
		  const struct tb_buf *review, struct tb_buf *out, struct tb_err *err);

#endif
