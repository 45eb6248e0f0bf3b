/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sealed.h - a bundle against its seal
 */
#ifndef SEAL_SEALED_H
#define SEAL_SEALED_H

#include "seal/copy.h"
#include "tcbox/chain.h"
#include "tcbox/seal.h"

/**
 * sealed_check() - who signed what, and is it what is there?
 * @chain:	Of the record; NULL: there is none
 *
 * Return: 0 or negative errno
 */
int sealed_check(int bundle_fd, const struct seal_trust *trust, const struct chain *chain,
		 const struct copy *copy, struct seal_check *out, struct tb_err *err);

#endif
