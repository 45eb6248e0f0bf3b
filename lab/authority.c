/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authority.c - the run's own certificate authority
 *
 * Made before the box is built, because the box trusts it through files; leaf.c mints the
 * servers' certificates with it. The key is written nowhere, but for a layer that is kept from
 * run to run: what is in it trusts the authority of its first run. ECDSA on P-256: quick to
 * make, and every TLS library of the last fifteen years knows it.
 */
#include "lab/authority.h"

#include <errno.h>
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tcbox/openssl_err.h"

#define DAY_S 86400
#define VALID_BEFORE_S DAY_S
#define VALID_AFTER_S (30 * DAY_S)
#define SERIAL_BITS 127		/* positive and at most 20 octets, RFC 5280, 4.1.2.2 */

struct lab_authority {
	EVP_PKEY *key;
	X509 *cert;
	char *pem;
	char hash[16];
};

EVP_PKEY *authority_key(const struct lab_authority *ca)
{
	return ca->key;
}

X509 *authority_cert(const struct lab_authority *ca)
{
	return ca->cert;
}

static bool set_serial(X509 *cert)
{
	BIGNUM *bn = BN_new();
	bool ok = bn && BN_rand(bn, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
		  BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert));

	BN_free(bn);
	return ok;
}

static bool set_validity(const struct lab_authority *ca, X509 *cert)
{
	return X509_set1_notBefore(cert, X509_get0_notBefore(ca->cert)) &&
	       X509_set1_notAfter(cert, X509_get0_notAfter(ca->cert));
}

/* set_time() - X509_gmtime_adj() takes no more than a long of seconds, and no less than now */
static bool set_time(ASN1_TIME *to, int64_t after_s)
{
	return ASN1_TIME_adj(to, time(NULL), (int)(after_s / DAY_S), after_s % DAY_S);
}

/* set_span() - programs with the machine's clock believe it, and those with the product's */
static bool set_span(X509 *cert, int64_t ahead_s)
{
	int64_t later = ahead_s > 0 ? ahead_s : 0, earlier = ahead_s < 0 ? ahead_s : 0;

	return set_time(X509_getm_notBefore(cert), earlier - VALID_BEFORE_S) &&
	       set_time(X509_getm_notAfter(cert), later + VALID_AFTER_S);
}

X509 *authority_draft(const struct lab_authority *ca, EVP_PKEY *key)
{
	X509 *cert = X509_new();

	if (cert && X509_set_version(cert, X509_VERSION_3) && set_serial(cert) &&
	    (!ca || set_validity(ca, cert)) &&
	    (!ca || X509_set_issuer_name(cert, X509_get_subject_name(ca->cert))) &&
	    X509_set_pubkey(cert, key))
		return cert;
	X509_free(cert);
	return NULL;
}

int authority_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	int ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

static bool sign_self(struct lab_authority *ca, int64_t ahead_s)
{
	const unsigned char *serial;
	X509_NAME *name;
	char cn[64];

	ca->cert = authority_draft(NULL, ca->key);
	if (!ca->cert || !set_span(ca->cert, ahead_s))
		return false;
	/* A name of its own for every run, so that a trust store never confuses two of them; and
	 * a plain one, because the product can read it. */
	serial = ASN1_STRING_get0_data(X509_get0_serialNumber(ca->cert));
	(void)snprintf(cn, sizeof(cn), "Internal Root CA %02x%02x%02x%02x", serial[0], serial[1],
		       serial[2], serial[3]);
	name = X509_get_subject_name(ca->cert);
	return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const uint8_t *)"Internal", -1,
					  -1, 0) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)cn, -1, -1,
					  0) &&
	       X509_set_issuer_name(ca->cert, name) &&
	       authority_extend(ca->cert, ca->cert, NID_basic_constraints,
				"critical,CA:TRUE,pathlen:0") &&
	       authority_extend(ca->cert, ca->cert, NID_key_usage,
				"critical,keyCertSign,cRLSign") &&
	       authority_extend(ca->cert, ca->cert, NID_subject_key_identifier, "hash") &&
	       X509_sign(ca->cert, ca->key, EVP_sha256());
}

static bool make_pem(struct lab_authority *ca)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;

	if (bio && PEM_write_bio_X509(bio, ca->cert)) {
		len = BIO_get_mem_data(bio, &data);
		ca->pem = strndup(data, (size_t)len);
	}
	BIO_free(bio);
	return ca->pem;
}

/* finish() - what follows from key and certificate; takes @ca */
static int finish(struct lab_authority *ca, struct lab_authority **out, struct tb_err *err)
{
	int hashed = 0;

	if (!make_pem(ca)) {
		lab_authority_free(ca);
		return tb_openssl_err(err, EPROTO, "certificate authority");
	}
	(void)snprintf(ca->hash, sizeof(ca->hash), "%08lx.0",
		       X509_NAME_hash_ex(X509_get_subject_name(ca->cert), NULL, NULL, &hashed));
	if (!hashed) {
		lab_authority_free(ca);
		return tb_openssl_err(err, EPROTO, "hash of the certificate authority");
	}
	*out = ca;
	return 0;
}

/*
 * start() - The machine's openssl.cnf must not change what the lab can do; and to read it takes
 * time.
 */
static struct lab_authority *start(void)
{
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	return calloc(1, sizeof(struct lab_authority));
}

int lab_authority_new(struct lab_authority **out, int64_t ahead_s, struct tb_err *err)
{
	struct lab_authority *ca = start();

	if (!ca)
		return tb_err_set(err, ENOMEM, "certificate authority");
	ca->key = EVP_EC_gen("P-256");
	if (ca->key && sign_self(ca, ahead_s))
		return finish(ca, out, err);
	lab_authority_free(ca);
	return tb_openssl_err(err, EPROTO, "certificate authority");
}

int lab_authority_store(const struct lab_authority *ca, struct tb_buf *out, struct tb_err *err)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool ok = bio && PEM_write_bio_PrivateKey(bio, ca->key, NULL, NULL, 0, NULL, NULL) &&
		  PEM_write_bio_X509(bio, ca->cert);
	char *data;
	long len;

	if (ok) {
		len = BIO_get_mem_data(bio, &data);
		tb_buf_add(out, data, (size_t)len);
	}
	BIO_free(bio);
	if (ok && !out->failed)
		return 0;
	return tb_openssl_err(err, EPROTO, "store the certificate authority");
}

/* is_valid() - for a day yet */
static bool is_valid(X509 *cert, int64_t ahead_s)
{
	time_t from = time(NULL), to = from + DAY_S;

	if (ahead_s < 0)
		from += ahead_s;
	else
		to += ahead_s;
	return X509_cmp_time(X509_get0_notBefore(cert), &from) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(cert), &to) > 0;
}

int lab_authority_load(struct lab_authority **out, const struct tb_buf *pem, int64_t ahead_s,
		       struct tb_err *err)
{
	struct lab_authority *ca = start();
	BIO *bio = pem->len <= INT_MAX ?
		   BIO_new_mem_buf(pem->len ? pem->data : "", (int)pem->len) : NULL;

	if (!ca) {
		BIO_free(bio);
		return tb_err_set(err, ENOMEM, "certificate authority");
	}
	ca->key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
	ca->cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	if (!ca->key || !ca->cert || X509_check_private_key(ca->cert, ca->key) != 1) {
		lab_authority_free(ca);
		return tb_openssl_err(err, EPROTO, "read the certificate authority");
	}
	if (!is_valid(ca->cert, ahead_s)) {
		lab_authority_free(ca);
		return tb_err_msg(err, EKEYEXPIRED, "the certificate authority is no longer valid");
	}
	return finish(ca, out, err);
}

void lab_authority_free(struct lab_authority *ca)
{
	if (!ca)
		return;
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	free(ca->pem);
	free(ca);
}

const char *lab_authority_pem(const struct lab_authority *ca)
{
	return ca->pem;
}

const char *lab_authority_hash(const struct lab_authority *ca)
{
	return ca->hash;
}
