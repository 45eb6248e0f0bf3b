/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h - the values of events.chain
 */
#ifndef SEAL_CHAIN_H
#define SEAL_CHAIN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tcbox/chain.h"

#define CHAIN_CACHED 256	/* values that are read at once */

struct chain {
	int fd;			/* -1: not open */
	struct chain_head head;
	char before[TB_SHA256_HEX];	/* the value before the first line's */
	uint64_t n;		/* whole values in the file */
	bool cut;		/* a part of one follows */
	off_t first;		/* where they begin */
	uint64_t cached_from, cached_n;	/* position of the first, how many */
	char cached[CHAIN_CACHED * CHAIN_VALUE_BYTES];
};

/**
 * chain_open() - open the chain of a bundle, and read what it begins with
 * @c:	fd is -1; chain_close() is the caller's, whatever is returned
 *
 * Return: 0; -ENOENT: there is none; -EBADMSG: it does not begin as a chain; other negative errno
 */
int chain_open(struct chain *c, int bundle_fd, struct tb_sha256 *hash, struct tb_err *err);
void chain_close(struct chain *c);

/* chain_value() - that of a line, from 1; 0: the one before. Return: 0; -ERANGE: there is none;
 * -EBADMSG: what stands there is none; other negative errno */
int chain_value(struct chain *c, uint64_t pos, char value[TB_SHA256_HEX], struct tb_err *err);

#endif
