/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealing.h - the seal of a bundle with its verdict: what tcbox run and tcbox seal share
 */
#ifndef RUN_SEALING_H
#define RUN_SEALING_H

#include "run/evaluate.h"
#include "tcbox/seal.h"

/* sealing_make() - seal a bundle that is evaluated. Return: as seal_make() */
int sealing_make(int bundle_fd, const struct evaluation *e, const struct seal_key *key,
		 struct tb_err *err);

/* sealing_made() - append where the key is that was made now, and its public half */
void sealing_made(struct tb_buf *out);

/* sealing_told() - append what its maker wants to know: the key, and where it is if it was made
 * now */
void sealing_told(const struct seal_key *key, bool made, struct tb_buf *out);

#endif
