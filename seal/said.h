/* SPDX-License-Identifier: Apache-2.0 */
/*
 * said.h - what is found, in words
 */
#ifndef SEAL_SAID_H
#define SEAL_SAID_H

#include "tcbox/seal.h"

/* said_wrong(), said_open() - add a sentence without its full stop. Without memory no_memory is
 * set, and the caller of all this learns it at the end */
void said_wrong(struct seal_check *c, const char *fmt, ...) TB_PRINTF(2, 3);
void said_open(struct seal_check *c, const char *fmt, ...) TB_PRINTF(2, 3);

#endif
