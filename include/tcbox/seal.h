/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - is a bundle as it was written? tcbox-seal(5)
 *
 * What is found is kept in words, for people: each thing that is not as it was, by file and line,
 * and each thing that cannot be said.
 */
#ifndef TCBOX_SEAL_H
#define TCBOX_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/run.h"
#include "tcbox/sha256.h"

#define SEAL_SAID_MAX 100	/* of each list; what is beyond is counted */

struct seal_list {
	char *texts[SEAL_SAID_MAX];
	size_t n;
	uint64_t more;		/* that are not there */
};

struct seal_check {
	struct seal_list wrong;		/* what is not as it was */
	struct seal_list open;		/* what cannot be said, and why */
	enum run_state state;
	uint64_t lines;			/* of the record that the chain holds */
	char head[TB_SHA256_HEX];	/* the chain's value of the last of them; empty: no chain */
	bool no_memory;
};

/**
 * seal_verify() - look at every part of a bundle
 * @bundle_fd:	Its directory, which may come from anybody
 * @out:	Becomes the caller's, seal_check_clear(), whatever is returned
 *
 * What is damaged is in @out. Memory is bounded, however large the bundle is. Return: 0; negative
 * errno: it could not be looked at
 */
int seal_verify(int bundle_fd, struct seal_check *out, struct tb_err *err);
void seal_check_clear(struct seal_check *c);

/* seal_words() - append a hash as sixteen words of five letters (proquints, arXiv:0901.4016), to be
 * read aloud; @hex: 64 digits */
void seal_words(struct tb_buf *out, const char *hex);

#endif
