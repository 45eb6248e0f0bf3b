/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256.c - SHA-256 of files, by OpenSSL's libcrypto (it uses the processor's SHA instructions)
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/own.h"
#include "tcbox/sha256.h"

#define CHUNK 65536
#define SLACK (1 << 20)	/* files of proc(5) and sysfs(5) do not tell their size */

static int hash_all(EVP_MD_CTX *ctx, int fd, uint64_t *size, struct tb_err *err)
{
	unsigned char chunk[CHUNK];
	struct stat st;
	off_t at = 0;
	ssize_t n;

	if (fstat(fd, &st))
		return tb_err_set(err, errno, "read");

	while ((n = pread(fd, chunk, sizeof(chunk), at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tb_err_set(err, errno, "read");
		if (!EVP_DigestUpdate(ctx, chunk, (size_t)n))
			return tb_err_msg(err, EIO, "SHA-256 failed");
		at += n;
		/* whoever makes it grow must not keep us for ever */
		if (S_ISREG(st.st_mode) && at > st.st_size + SLACK)
			return tb_err_msg(err, EFBIG, "the file grows while it is read");
	}
	*size = (uint64_t)at;
	return 0;
}

static void to_hex(const unsigned char *md, unsigned int len, char hex[TB_SHA256_HEX])
{
	for (unsigned int i = 0; i < len && i < (TB_SHA256_HEX - 1) / 2; i++)
		(void)snprintf(hex + 2 * (size_t)i, 3, "%02x", md[i]);
}

int tb_sha256(const void *data, size_t len, char hex[TB_SHA256_HEX], struct tb_err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (!EVP_Digest(data, len, md, &n, EVP_sha256(), NULL))
		return tb_err_msg(err, EIO, "SHA-256 failed");
	to_hex(md, n, hex);
	return 0;
}

int tb_sha256_fd(int fd, char hex[TB_SHA256_HEX], uint64_t *size, struct tb_err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned int len = 0;
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
	to_hex(md, len, hex);
	if (size)
		*size = total;
	return 0;
}
