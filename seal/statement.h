/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement.h - what is signed: an in-toto Statement (v1) about every file of a bundle
 */
#ifndef SEAL_STATEMENT_H
#define SEAL_STATEMENT_H

#include "tcbox/buf.h"
#include "tcbox/chain.h"
#include "tcbox/clock.h"
#include "tcbox/seal.h"

#define STATEMENT_FILES_MAX 32
#define STATEMENT_NAME_MAX 64

struct sealed_file {
	char name[STATEMENT_NAME_MAX];
	char sha256[TB_SHA256_HEX];
	uint64_t size;
};

struct statement {
	struct sealed_file files[STATEMENT_FILES_MAX];
	size_t n;
	uint64_t lines;			/* of the record */
	char head[TB_SHA256_HEX];	/* the chain's value of the last one; empty: no chain */
	char random[64];		/* of the chain */
	char challenge[CHAIN_CHALLENGE];	/* of the chain; empty: none */
	char verdict[16];		/* a word of fnd_verdict_name(); empty: nobody judged */
	char time[TB_TIMELEN];		/* when it was made, on its maker's clock */
};

/* statement_file() - that of this name; NULL: it is in none */
const struct sealed_file *statement_file(const struct statement *s, const char *name);

/* statement_write() - append the text that is to be signed */
void statement_write(const struct statement *s, const struct run_info *run, struct tb_buf *out);

/* statement_parse() - Return: 0; -EBADMSG: it is no statement of ours; -ENOMEM */
int statement_parse(const struct tb_buf *text, struct statement *s, struct tb_err *err);

#endif
