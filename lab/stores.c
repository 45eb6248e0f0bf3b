/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stores.c - trusted certificates in the forms of programs that do not read the system's
 *
 * "JKS" is what sun.security.provider.JavaKeyStore reads and writes: big-endian numbers, strings
 * as java.io.DataInput.readUTF() has them, and at the end SHA-1 of the password, of a phrase and
 * of all before it. It protects against accidents only, which is all that is asked of it here.
 */
#include "tcbox/lab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "tcbox/own.h"

#define JKS_MAGIC UINT32_C(0xfeedfeed)
#define JKS_VERSION 2
#define JKS_TRUSTED 2		/* this entry is a certificate */
#define JKS_TYPE "X.509"
#define CERTS_MAX 4096		/* of one file; Debian has 142 */

typedef void entry_fn(struct tb_buf *out, int number, const uint8_t *der, long size);

static void put32(struct tb_buf *b, uint32_t v)
{
	const uint8_t bytes[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
				  (uint8_t)v };

	tb_buf_add(b, bytes, sizeof(bytes));
}

static void put_utf(struct tb_buf *b, const char *s)
{
	const uint8_t len[] = { (uint8_t)(strlen(s) >> 8), (uint8_t)strlen(s) };

	tb_buf_add(b, len, sizeof(len));
	tb_buf_adds(b, s);
}

/* is_end() - did reading stop because nothing more begins? Else what was read was damaged */
static bool is_end(void)
{
	unsigned long why = ERR_peek_last_error();

	ERR_clear_error();
	return !why || ERR_GET_REASON(why) == PEM_R_NO_START_LINE;
}

/* each() - @fn for each certificate, as DER; what is damaged is left out. Return: how many there
 * are, negative errno */
static int each(const char *pem, size_t len, entry_fn *fn, struct tb_buf *out, struct tb_err *err)
{
	BIO *bio = len <= INT32_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	char *name, *header;
	unsigned char *der;
	long size;
	int n = 0;

	if (!bio)
		return tb_err_set(err, ENOMEM, "read certificates");
	while (n < CERTS_MAX) {
		if (!PEM_read_bio(bio, &name, &header, &der, &size)) {
			if (is_end())
				break;
			continue;
		}
		if (!strcmp(name, PEM_STRING_X509) || !strcmp(name, PEM_STRING_X509_TRUSTED))
			fn(out, n++, der, size);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	BIO_free(bio);
	return n ? n : tb_err_msg(err, EINVAL, "there is no certificate to trust");
}

static void java_entry(struct tb_buf *out, int number, const uint8_t *der, long size)
{
	char alias[16];

	(void)snprintf(alias, sizeof(alias), "ca%d", number);
	put32(out, JKS_TRUSTED);
	put_utf(out, alias);
	put32(out, 0);			/* made at the epoch, in milliseconds: nobody asks */
	put32(out, 0);
	put_utf(out, JKS_TYPE);
	put32(out, (uint32_t)size);
	tb_buf_add(out, der, (size_t)size);
}

/* java_end() - the digest */
static void java_end(struct tb_buf *out)
{
	static const char secret[] = "\0c\0h\0a\0n\0g\0e\0i\0t" "Mighty Aphrodite";
	uint8_t digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned int len = 0;

	if (md && !out->failed && EVP_DigestInit_ex(md, EVP_sha1(), NULL) &&
	    EVP_DigestUpdate(md, secret, sizeof(secret) - 1) &&
	    EVP_DigestUpdate(md, out->data, out->len) && EVP_DigestFinal_ex(md, digest, &len))
		tb_buf_add(out, digest, len);
	else
		out->failed = true;
	EVP_MD_CTX_free(md);
}

int lab_store_java(const char *pem, size_t len, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf entries = TB_BUF_INIT;
	int n = each(pem, len, java_entry, &entries, err);

	if (n < 0)
		return n;
	put32(out, JKS_MAGIC);
	put32(out, JKS_VERSION);
	put32(out, (uint32_t)n);
	out->failed |= entries.failed;
	if (!entries.failed)
		tb_buf_add(out, entries.data, entries.len);
	java_end(out);
	return out->failed ? tb_err_set(err, ENOMEM, "write Java's trusted certificates") : 0;
}

static void chromium_entry(struct tb_buf *out, int number, const uint8_t *der, long size)
{
	size_t room = ((size_t)size + 2) / 3 * 4 + 1;
	TB_AUTOFREE unsigned char *text = malloc(room);

	if (!text) {
		out->failed = true;
		return;
	}
	(void)EVP_EncodeBlock(text, der, (int)size);
	tb_buf_addf(out, "%s\"%s\"", number ? ", " : "", (char *)text);
}

int lab_store_chromium(const char *pem, size_t len, struct tb_buf *out, struct tb_err *err)
{
	int n;

	tb_buf_adds(out, "{ \"CACertificates\": [");
	n = each(pem, len, chromium_entry, out, err);
	tb_buf_adds(out, "] }\n");
	if (n < 0)
		return n;
	return out->failed ? tb_err_set(err, ENOMEM, "write Chromium's policy") : 0;
}

int lab_store_firefox(const char *file, struct tb_buf *out, struct tb_err *err)
{
	tb_buf_adds(out, "{ \"policies\": { \"Certificates\": { \"Install\": [");
	tb_buf_add_json(out, file, strlen(file));
	tb_buf_adds(out, "] } } }\n");
	return out->failed ? tb_err_set(err, ENOMEM, "write Firefox's policy") : 0;
}
