/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256.h - SHA-256 of files and of bytes
 */
#ifndef TCBOX_SHA256_H
#define TCBOX_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/err.h"

#define TB_SHA256_HEX 65	/* 64 digits and a NUL */

/**
 * tb_sha256_fd() - SHA-256 of a file from offset 0 to its end; the offset of @fd is not moved
 * @hex:	Receives 64 lower-case digits
 * @size:	Receives the number of bytes hashed; may be NULL
 *
 * Return: 0; -EFBIG: a regular file grew by more than a mebibyte meanwhile; other negative errno
 */
int tb_sha256_fd(int fd, char hex[TB_SHA256_HEX], uint64_t *size, struct tb_err *err);

/*
 * tb_sha256_begin() - the same in pieces, which tb_sha256_step() hashes. @fd stays the caller's.
 * Return: 0 or negative errno. tb_sha256_end() takes NULL, too
 */
struct tb_sha256_job;
int tb_sha256_begin(int fd, struct tb_sha256_job **out, struct tb_err *err);
void tb_sha256_end(struct tb_sha256_job *job);
/* tb_sha256_step() - @bytes more. Return: 1: there is more; 0: @hex is filled in; negative errno,
 * as above */
int tb_sha256_step(struct tb_sha256_job *job, uint64_t bytes, char hex[TB_SHA256_HEX],
		   struct tb_err *err);

/* tb_sha256() - SHA-256 of bytes in memory. Return: 0 or negative errno */
int tb_sha256(const void *data, size_t len, char hex[TB_SHA256_HEX], struct tb_err *err);

/*
 * Bytes that come one after the other, and many hashes with one object. A failure is sticky: what
 * ends the hash tells of it.
 */
struct tb_sha256;

/* tb_sha256_new() - Return: an object that has no bytes yet; NULL without memory */
struct tb_sha256 *tb_sha256_new(void);
void tb_sha256_free(struct tb_sha256 *h);
void tb_sha256_add(struct tb_sha256 *h, const void *data, size_t len);

/* tb_sha256_result() - the hash of what was added since the last one; then there is nothing again.
 * Return: 0 or negative errno, and @hex is empty */
int tb_sha256_result(struct tb_sha256 *h, char hex[TB_SHA256_HEX], struct tb_err *err);

/* tb_sha256_so_far() - the same, and what was added stays */
int tb_sha256_so_far(struct tb_sha256 *h, char hex[TB_SHA256_HEX], struct tb_err *err);

/* tb_sha256_is_hex() - is the text 64 lower-case digits, and nothing else? */
bool tb_sha256_is_hex(const char *text);

#endif
