/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp.h - the time stamp of a seal: seal.tsq and seal.tsr, RFC 3161
 */
#ifndef SEAL_STAMP_H
#define SEAL_STAMP_H

#include "seal/envelope.h"


/* stamp_check() - whose time is it, and is it of this seal? Return: 0 or negative errno */
int stamp_check(int bundle_fd, const struct envelope *e, const struct seal_trust *trust,
		struct seal_check *out, struct tb_err *err);

#endif
