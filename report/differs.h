/* SPDX-License-Identifier: Apache-2.0 */
/*
 * differs.h - the sentence about how what was seen differs from a rule
 */
#ifndef REPORT_DIFFERS_H
#define REPORT_DIFFERS_H

#include "tcbox/buf.h"
#include "tcbox/details.h"

/* differs_add() - "host and protocol match, but port 8443 is not 443"; nothing without details */
void differs_add(struct tb_buf *b, const struct fnd_details *details);

#endif
