/* SPDX-License-Identifier: Apache-2.0 */
/*
 * product_hash.h - what is tested is not altered
 */
#ifndef RUN_PRODUCT_HASH_H
#define RUN_PRODUCT_HASH_H

#include "run/product.h"

#define PRODUCT_OUTPUTS 3

/* What is tcbox's own, also if it lies in the product's directory. */
struct product_own {
	int bundle;			/* the run's bundle, a directory */
	int outputs[PRODUCT_OUTPUTS];	/* what is written to: a file behind one is not the
					 * product's; -1: none */
};

/**
 * product_hash() - SHA-256 of the product's own files, before or after the run
 * @own:	What is not the product's, unless it is the program or among its arguments
 * @after:	false: find the files and fill in path, size, sha256_before; true: fill in
 *		sha256_after of those
 *
 * Its own files are the program, the files named among its arguments, and, if the program does not
 * lie in a directory of the system, everything in its directory (at most 4096 files and 2 GiB; what
 * is beyond is told in run->degraded).
 */
int product_hash(const struct product *p, struct run_info *run,
		 const struct product_own *own, bool after, struct tb_err *err);

#endif
