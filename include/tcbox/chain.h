/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.h - the hash chain of a record, events.chain of a bundle, tcbox-seal(5)
 *
 * Its first line says what the run was bound to before it began. Then comes one value for each
 * line of the record: the SHA-256 of the value before it and the SHA-256 of the line, each with a
 * newline behind it. So a copy can leave out a line, and with its hash the chain still holds. The
 * value before the first is the SHA-256 of the first line of events.chain.
 */
#ifndef TCBOX_CHAIN_H
#define TCBOX_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/sha256.h"

#define CHAIN_FILE "events.chain"
#define CHAIN_FORMAT 1			/* "tcbox_chain": readers refuse a greater number */
#define CHAIN_VALUE_BYTES TB_SHA256_HEX	/* of a value in the file: 64 digits and a newline */
#define CHAIN_HEAD_MAX 4096		/* bytes of the first line */
#define CHAIN_CHALLENGE 129		/* 128 digits and a NUL */
#define CHAIN_CHALLENGE_MIN 16		/* digits: less could be guessed */
#define CHAIN_RANDOM 33			/* 32 digits and a NUL */

/* What the chain begins with. An empty text: there was none. */
struct chain_head {
	int64_t started_ns;		/* CLOCK_REALTIME, as in run.json */
	char random[CHAIN_RANDOM];	/* no two runs have the same */
	char manifest_sha256[TB_SHA256_HEX];	/* run.json, as the run began */
	char policy_sha256[TB_SHA256_HEX];	/* policy.json */
	char review_sha256[TB_SHA256_HEX];	/* review.jsonl, as the run began: decisions about
						 * an earlier version */
	char challenge[CHAIN_CHALLENGE];	/* what somebody said just before the run */
};

/* chain_challenge() - is this a challenge: 16 to 128 hexadecimal digits? @out: in lower case.
 * Return: 0; -EINVAL with a sentence */
int chain_challenge(const char *text, char out[CHAIN_CHALLENGE], struct tb_err *err);

/* chain_head_write() - append the line to @out, with its newline */
void chain_head_write(struct tb_buf *out, const struct chain_head *head);

/* chain_head_parse() - read such a line. @text: without its newline. Return: 0; -EBADMSG: it is
 * none; -EPROTO: written by a newer tcbox; -ENOMEM */
int chain_head_parse(const char *text, size_t len, struct chain_head *head, struct tb_err *err);

/**
 * chain_first() - the value before that of the first line
 * @line:	The first line of events.chain, with its newline
 *
 * Return: 0 or negative errno
 */
int chain_first(struct tb_sha256 *h, const char *line, size_t len, char value[TB_SHA256_HEX],
		struct tb_err *err);

/* chain_next() - from the value of one line to that of the next. @line: the SHA-256 of that one
 * without its newline. Return: 0 or negative errno */
int chain_next(struct tb_sha256 *h, const char *line, char value[TB_SHA256_HEX],
	       struct tb_err *err);

/* chain_line() - that hash. Return: 0 or negative errno */
int chain_line(struct tb_sha256 *h, const char *line, size_t len, char hex[TB_SHA256_HEX],
	       struct tb_err *err);

#define CHAIN_CACHED 256	/* values that are read at once */

/* A chain that is read. */
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

/* chain_last() - the value of the last line until now. Return: as chain_open() and chain_value() */
int chain_last(int bundle_fd, char value[TB_SHA256_HEX], struct tb_err *err);

#endif
