/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body.h - what a request brings, of any size: counted, hashed, its first bytes noted, and kept as
 * far as the technician wants that
 */
#ifndef LAB_BODY_H
#define LAB_BODY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/sha256.h"

#define BODY_FIRST 64
#define BODIES_WAIT_MAX (64u << 20)	/* kept in memory of bodies that go on */

/* The file of the bundle that bodies are kept in, one behind the other. */
struct body_store {
	int fd;			/* only if each is more than 0 */
	uint64_t each;		/* kept of one body; 0: nothing is kept */
	uint64_t most;		/* of the file */
	uint64_t size;		/* of it so far */
	uint64_t waiting;	/* bytes in memory */
	uint64_t left_out;	/* bodies that would have been kept, or more of them */
	bool broken;		/* it could not be written */
};

struct body {
	struct body_store *store;	/* NULL: nothing is kept */
	struct tb_sha256 *hash;		/* NULL: nothing came yet */
	uint64_t len;
	uint8_t first[BODY_FIRST];
	struct tb_buf kept;
	bool full;		/* no more of it is kept */
	bool failed;		/* its hash is not known */
};

/* What is said of one. */
struct body_told {
	char sha256[TB_SHA256_HEX];	/* "": nothing came, or there was no memory */
	struct tb_buf begins;		/* its first bytes, to be shown; released by who asked */
	uint64_t kept, kept_at;		/* so much of it is in the store, and where */
};

/* body_add() - more of it came */
void body_add(struct body *b, const void *data, size_t len);

/* body_end() - it came to its end: what is kept goes to the store, and @b is ready for another */
void body_end(struct body *b, struct body_told *out);

/* body_drop() - forget what came of it. body_free() - and release its memory */
void body_drop(struct body *b);
void body_free(struct body *b);

/* body_keep() - bytes that are there as a whole. Return: how many of them are in the store now;
 * *at: where */
uint64_t body_keep(struct body_store *store, const void *data, size_t len, uint64_t *at);

#endif
