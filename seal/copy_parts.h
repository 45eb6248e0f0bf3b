/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy_parts.h - what redacted.jsonl tells of each file of a redacted copy
 */
#ifndef SEAL_COPY_PARTS_H
#define SEAL_COPY_PARTS_H

#include "seal/copy.h"

/* copy_parts() - is each file that is not as it was told of, part by part, and does each line that
 * is told of show that something was taken out? Return: 0 or negative errno */
int copy_parts(int bundle_fd, const struct copy *c, struct seal_check *out, struct tb_err *err);

#endif
