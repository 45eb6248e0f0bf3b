/* SPDX-License-Identifier: Apache-2.0 */
/*
 * product_hash.h - what is tested is not altered
 */
#ifndef RUN_PRODUCT_HASH_H
#define RUN_PRODUCT_HASH_H

#include "run/product.h"

/**
 * product_hash() - SHA-256 of the product's own files, before or after the run
 * @bundle_fd:	The run's bundle: if it lies in the product's directory, it is not the product's
 * @after:	false: find the files and fill in path, size, sha256_before; true: fill in
 *		sha256_after of those
 *
 * Its own files are the program, the files named among its arguments, and, if the program does not
 * lie in a directory of the system, everything in its directory (at most 4096 files and 2 GiB; what
 * is beyond is told in run->degraded).
 */
int product_hash(const struct product *p, struct run_info *run, int bundle_fd, bool after,
		 struct tb_err *err);

#endif
