/* SPDX-License-Identifier: Apache-2.0 */
/*
 * copy.h - a redacted copy: what redacted.json and redacted.jsonl say of what is not as it was,
 * tcbox-record(5)
 */
#ifndef SEAL_COPY_H
#define SEAL_COPY_H

#include "seal/lines.h"
#include "seal/statement.h"
#include "tcbox/seal.h"

struct copy_file {
	struct sealed_file was;
	char sha256[TB_SHA256_HEX];	/* as it is; empty: it is not there */
	uint64_t parts;			/* that were taken out of it */
};

struct copy {
	bool is;			/* it is a redacted copy */
	struct copy_file files[STATEMENT_FILES_MAX];
	size_t n;
};

/* copy_read() - what is damaged is said. Return: 0 or negative errno */
int copy_read(int bundle_fd, struct copy *c, struct seal_check *out, struct tb_err *err);

/* copy_file() - NULL: this file is as it was */
const struct copy_file *copy_file(const struct copy *c, const char *name);

/* copy_check() - is what is there what the copy was made with? Return: 0 or negative errno */
int copy_check(int bundle_fd, const struct copy *c, struct seal_check *out, struct tb_err *err);

/* The lines of the record that are not as they were, one after the other. */
struct copy_lines {
	int fd;				/* -1: it is no copy */
	struct lines lines;
	uint64_t line;			/* the last that was read; 0: none yet */
	char sha256[TB_SHA256_HEX];
};

int copy_lines_open(struct copy_lines *c, int bundle_fd, const struct copy *copy,
		    struct tb_err *err);
void copy_lines_close(struct copy_lines *c);

/* copy_line() - the hash that this line had; the numbers of lines only grow. Return: 1; 0: it is as
 * it was; negative errno */
int copy_line(struct copy_lines *c, uint64_t line, char hex[TB_SHA256_HEX], struct tb_err *err);

#endif
