/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256.c - SHA-256 of files, by OpenSSL's libcrypto (it uses the processor's SHA instructions)
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/own.h"
#include "tcbox/sha256.h"

#define CHUNK 65536
#define SLACK (1 << 20)	/* files of proc(5) and sysfs(5) do not tell their size */

struct tb_sha256_job {
	EVP_MD_CTX *ctx;
	int fd;
	off_t at, most;
};

int tb_sha256_begin(int fd, struct tb_sha256_job **out, struct tb_err *err)
{
	struct tb_sha256_job *job;
	struct stat st;

	if (fstat(fd, &st))
		return tb_err_set(err, errno, "read");
	job = calloc(1, sizeof(*job));
	if (!job)
		return tb_err_set(err, ENOMEM, "SHA-256");
	job->fd = fd;
	/* whoever makes it grow must not keep us for ever */
	job->most = S_ISREG(st.st_mode) ? st.st_size + SLACK : INT64_MAX;
	job->ctx = EVP_MD_CTX_new();
	if (!job->ctx || !EVP_DigestInit_ex(job->ctx, EVP_sha256(), NULL)) {
		tb_sha256_end(job);
		return tb_err_msg(err, EIO, "SHA-256 is not available");
	}
	*out = job;
	return 0;
}

void tb_sha256_end(struct tb_sha256_job *job)
{
	if (job)
		EVP_MD_CTX_free(job->ctx);
	free(job);
}

static void to_hex(const unsigned char *md, unsigned int len, char hex[TB_SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (unsigned int i = 0; i < len && i < (TB_SHA256_HEX - 1) / 2; i++) {
		hex[n++] = digits[md[i] >> 4];
		hex[n++] = digits[md[i] & 15];
	}
	hex[n] = 0;
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

/* next_chunk() - Return: 1; 0: that was the end; negative errno */
static int next_chunk(struct tb_sha256_job *job, struct tb_err *err)
{
	unsigned char chunk[CHUNK];
	ssize_t n;

	do {
		n = pread(job->fd, chunk, sizeof(chunk), job->at);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return tb_err_set(err, errno, "read");
	if (!EVP_DigestUpdate(job->ctx, chunk, (size_t)n))
		return tb_err_msg(err, EIO, "SHA-256 failed");
	job->at += n;
	if (job->at > job->most)
		return tb_err_msg(err, EFBIG, "the file grows while it is read");
	return n > 0;
}

int tb_sha256_step(struct tb_sha256_job *job, uint64_t bytes, char hex[TB_SHA256_HEX],
		   struct tb_err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	uint64_t end = (uint64_t)job->at + bytes;
	int more = 1;

	while (more > 0 && (uint64_t)job->at < end)
		more = next_chunk(job, err);
	if (more)
		return more;
	if (!EVP_DigestFinal_ex(job->ctx, md, &len))
		return tb_err_msg(err, EIO, "SHA-256 failed");
	to_hex(md, len, hex);
	return 0;
}

int tb_sha256_fd(int fd, char hex[TB_SHA256_HEX], uint64_t *size, struct tb_err *err)
{
	struct tb_sha256_job *job = NULL;
	int ret = tb_sha256_begin(fd, &job, err);

	if (ret)
		return ret;
	ret = tb_sha256_step(job, INT64_MAX, hex, err);
	if (!ret && size)
		*size = (uint64_t)job->at;
	tb_sha256_end(job);
	return ret;
}

struct tb_sha256 {
	EVP_MD_CTX *ctx, *copy;
	bool begun;
	bool failed;
};

struct tb_sha256 *tb_sha256_new(void)
{
	struct tb_sha256 *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->ctx = EVP_MD_CTX_new();
	h->copy = EVP_MD_CTX_new();
	if (h->ctx && h->copy && EVP_DigestInit_ex(h->ctx, EVP_sha256(), NULL)) {
		h->begun = true;
		return h;
	}
	tb_sha256_free(h);
	return NULL;
}

void tb_sha256_free(struct tb_sha256 *h)
{
	if (!h)
		return;
	EVP_MD_CTX_free(h->ctx);
	EVP_MD_CTX_free(h->copy);
	free(h);
}

/* begin() - after an end; without a type OpenSSL keeps the one that it has, and need not look for
 * it */
static void begin(struct tb_sha256 *h)
{
	if (!h->begun && !EVP_DigestInit_ex(h->ctx, NULL, NULL))
		h->failed = true;
	h->begun = true;
}

void tb_sha256_add(struct tb_sha256 *h, const void *data, size_t len)
{
	begin(h);
	if (!h->failed && len && !EVP_DigestUpdate(h->ctx, data, len))
		h->failed = true;
}

/* end() - of either context */
static int end(struct tb_sha256 *h, EVP_MD_CTX *ctx, char hex[TB_SHA256_HEX], struct tb_err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	bool failed = h->failed || !EVP_DigestFinal_ex(ctx, md, &len);

	*hex = 0;
	if (failed)
		return tb_err_msg(err, EIO, "SHA-256 failed");
	to_hex(md, len, hex);
	return 0;
}

int tb_sha256_result(struct tb_sha256 *h, char hex[TB_SHA256_HEX], struct tb_err *err)
{
	int ret;

	begin(h);
	ret = end(h, h->ctx, hex, err);
	h->begun = false;
	h->failed = false;
	return ret;
}

int tb_sha256_so_far(struct tb_sha256 *h, char hex[TB_SHA256_HEX], struct tb_err *err)
{
	begin(h);
	if (!EVP_MD_CTX_copy_ex(h->copy, h->ctx))
		h->failed = true;
	return end(h, h->copy, hex, err);
}

bool tb_sha256_is_hex(const char *text)
{
	return strlen(text) == TB_SHA256_HEX - 1 &&
	       strspn(text, "0123456789abcdef") == TB_SHA256_HEX - 1;
}
