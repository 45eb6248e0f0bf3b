/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_hash.h - the SHA-256 of files that are executed
 */
#ifndef SANDBOX_WATCH_EXEC_HASH_H
#define SANDBOX_WATCH_EXEC_HASH_H

#include <stdbool.h>
#include <stdint.h>

#include "sandbox/watch/target.h"
#include "tcbox/sha256.h"

struct exec_hashes;
struct stat;

/**
 * exec_hashes_new() - remembers the hashes of files
 * @bytes:	That may be hashed in all, beside EXEC_HASH_PER_S for each second since then: many
 *		large files must not use up a run
 *
 * Return: NULL: no memory. exec_hashes_free() takes that, too
 */
#define EXEC_HASH_BYTES (UINT64_C(4) << 30)
#define EXEC_HASH_PER_S (UINT64_C(64) << 20)
struct exec_hashes *exec_hashes_new(uint64_t bytes);
void exec_hashes_free(struct exec_hashes *c);

/**
 * exec_hash() - of a file that is open for reading
 *
 * Return: 0; -EINPROGRESS: it is large, ask again when exec_hash_step() has said so; -ETXTBSY: it
 * was changed meanwhile; -EFBIG: it is too large, or too much was hashed; other negative errno
 */
int exec_hash(struct exec_hashes *c, int fd, const struct stat *st, char hex[TB_SHA256_HEX]);

/* exec_hash_soon() - the same for who cannot wait. Return: -EFBIG in the place of -EINPROGRESS, of
 * files that are larger than EXEC_HASH_SOON_MAX and were not hashed before */
#define EXEC_HASH_SOON_MAX (UINT64_C(16) << 20)
int exec_hash_soon(struct exec_hashes *c, int fd, const struct stat *st, char hex[TB_SHA256_HEX]);

/**
 * exec_hash_step() - a piece of the large file in hand
 * @done:	Receives the file, if it is finished
 *
 * Return: is it finished? What came out stays until exec_hash_next(), but only for who has waited
 * for it, exec_hash_again(): a file that changed lately is hashed anew for others
 */
bool exec_hash_step(struct exec_hashes *c, struct file_id *done);
void exec_hash_next(struct exec_hashes *c);
void exec_hash_again(struct exec_hashes *c, bool waited);

/* exec_hash_works() - is there a large file in hand? */
bool exec_hash_works(const struct exec_hashes *c);

#endif
