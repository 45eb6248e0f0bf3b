/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256.c - SHA-256 of files, by OpenSSL's libcrypto (it uses the processor's SHA instructions)
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <unistd.h>

#include "tcbox/io.h"
#include "tcbox/own.h"

#define CHUNK 65536

static int hash_all(EVP_MD_CTX *ctx, int fd, uint64_t *size, struct tb_err *err)
{
	unsigned char chunk[CHUNK];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, chunk, sizeof(chunk), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tb_err_set(err, errno, "read");
		if (!EVP_DigestUpdate(ctx, chunk, (size_t)n))
			return tb_err_msg(err, EIO, "SHA-256 failed");
		at += n;
	}
	*size = (uint64_t)at;
	return 0;
}

int tb_sha256_fd(int fd, char hex[TB_SHA256_HEX], uint64_t *size, struct tb_err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int i, len = 0;
	uint64_t total = 0;
	int ret;

	if (!ctx)
		return tb_err_set(err, ENOMEM, "SHA-256");
	if (!EVP_DigestInit_ex(ctx, EVP_sha256(), NULL))
		ret = tb_err_msg(err, EIO, "SHA-256 is not available");
	else
		ret = hash_all(ctx, fd, &total, err);
	if (!ret && !EVP_DigestFinal_ex(ctx, md, &len))
		ret = tb_err_msg(err, EIO, "SHA-256 failed");
	EVP_MD_CTX_free(ctx);
	if (ret)
		return ret;
	for (i = 0; i < len && i < (TB_SHA256_HEX - 1) / 2; i++)
		(void)snprintf(hex + 2 * (size_t)i, 3, "%02x", md[i]);
	if (size)
		*size = total;
	return 0;
}
