/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pack.h - what writing and reading an archive agree on
 */
#ifndef BUNDLE_PACK_H
#define BUNDLE_PACK_H

#include <stdbool.h>

#define PACK_TOP "bundle/"	/* what "tar -x" makes */
#define PACK_CHUNK 65536

/* pack_name_good() - may a file of a bundle have this name? Letters, digits, "." "-" "_", at most
 * 64, and the first is no "." */
bool pack_name_good(const char *name);

#endif
