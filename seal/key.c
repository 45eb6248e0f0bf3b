/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.c - signing and verifying
 *
 * Ed25519 is what we make. Other keys are there for who has them in a token: EC and RSA, with
 * SHA-256.
 */
#include "seal/key.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/openssl_err.h"

#define RSA_BITS_MIN 2048
#define EC_BITS_MIN 256

void seal_key_free(struct seal_key *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k->name);
	free(k);
}

const char *seal_key_id(const struct seal_key *k)
{
	return k->id;
}

/* usable() - is it of a kind that we sign with, and strong enough? */
static bool usable(const EVP_PKEY *pkey)
{
	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_ED25519:
		return true;
	case EVP_PKEY_EC:
		return EVP_PKEY_get_bits(pkey) >= EC_BITS_MIN;
	case EVP_PKEY_RSA:
		return EVP_PKEY_get_bits(pkey) >= RSA_BITS_MIN;
	default:
		return false;
	}
}

/* digest() - what is signed: the text itself, or its SHA-256 */
static const EVP_MD *digest(const struct seal_key *k)
{
	return EVP_PKEY_get_base_id(k->pkey) == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
}

int key_public(const struct seal_key *k, struct tb_buf *out, struct tb_err *err)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(k->pkey, &der);

	if (len <= 0)
		return tb_openssl_err(err, EIO, "public key");
	tb_buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	return out->failed ? tb_err_set(err, ENOMEM, "public key") : 0;
}

static int name_it(struct seal_key *k, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf der = TB_BUF_INIT;
	int ret = key_public(k, &der, err);

	return ret ? ret : tb_sha256(der.data, der.len, k->id, err);
}

int key_take(EVP_PKEY *pkey, const char *name, struct seal_key **out, struct tb_err *err)
{
	struct seal_key *k = calloc(1, sizeof(*k));
	int ret;

	if (!k) {
		EVP_PKEY_free(pkey);
		return tb_err_set(err, ENOMEM, "read the key %s", name);
	}
	k->pkey = pkey;
	k->name = strdup(name);
	if (!k->name)
		ret = tb_err_set(err, ENOMEM, "read the key %s", name);
	else if (!usable(pkey))
		ret = tb_err_msg(err, EINVAL, "%s: neither a key of Ed25519, nor of EC with 256 "
				 "bits or RSA with 2048 or more", name);
	else
		ret = name_it(k, err);
	if (ret)
		seal_key_free(k);
	else
		*out = k;
	return ret;
}

int key_from_public(const struct tb_buf *der, struct seal_key **out, struct tb_err *err)
{
	const unsigned char *at = (const unsigned char *)der->data;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)der->len);

	ERR_clear_error();
	if (!pkey || at != (const unsigned char *)der->data + der->len) {
		EVP_PKEY_free(pkey);
		return tb_err_msg(err, EINVAL, "this is not a public key");
	}
	return key_take(pkey, "public key", out, err);
}

int key_sign(const struct seal_key *k, const struct tb_buf *text, struct tb_buf *sig,
	     struct tb_err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const unsigned char *data = (const unsigned char *)text->data;
	unsigned char bytes[1024];
	size_t len = sizeof(bytes);
	int ok = ctx && EVP_DigestSignInit(ctx, NULL, digest(k), NULL, k->pkey) == 1 &&
		 EVP_DigestSign(ctx, bytes, &len, data, text->len) == 1;

	EVP_MD_CTX_free(ctx);
	if (!ok)
		return tb_openssl_err(err, EIO, "sign");
	tb_buf_add(sig, bytes, len);
	return sig->failed ? tb_err_set(err, ENOMEM, "sign") : 0;
}

int key_verify(const struct seal_key *k, const struct tb_buf *text, const struct tb_buf *sig,
	       struct tb_err *err)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	const unsigned char *data = (const unsigned char *)text->data;
	int ok;

	if (!ctx)
		return tb_err_set(err, ENOMEM, "verify a signature");
	ok = EVP_DigestVerifyInit(ctx, NULL, digest(k), NULL, k->pkey) == 1 &&
	     EVP_DigestVerify(ctx, (const unsigned char *)sig->data, sig->len, data,
			      text->len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}
