/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authority.h - an authority that stamps, and certificates that lead to it
 */
#ifndef TESTS_UNIT_SEAL_AUTHORITY_H
#define TESTS_UNIT_SEAL_AUTHORITY_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include <stdio.h>

#include "tcbox/buf.h"

/* When certificates are good, and when stamps are made as a rule: 2001. */
#define FROM_S 978307200L
#define UNTIL_S (FROM_S + 86400L * 300)
#define STAMPED_S (FROM_S + 86400L * 100)

struct authority {
	EVP_PKEY *key;
	X509 *root, *own;
	long until; /* its certificates are good */
	long at; /* its clock */
	bool refuses;
};

/* certificate() - for our key, made by us. @end: it is one that stamps, else the root */
static X509 *certificate(const char *name, const struct authority *a, bool end)
{
	X509 *c = X509_new();
	X509_NAME *subject = X509_get_subject_name(c);
	X509_EXTENSION *use;

	assert_int_equal(X509_set_version(c, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(c), end ? 2 : 1), 1);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(c), FROM_S));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(c), a->until));
	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
						    (const unsigned char *)name, -1, -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(c, end ? X509_get_subject_name(a->root) : subject),
			 1);
	assert_int_equal(X509_set_pubkey(c, a->key), 1);
	use = end ? X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "critical,timeStamping") :
		    X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
	assert_non_null(use);
	assert_int_equal(X509_add_ext(c, use, -1), 1);
	X509_EXTENSION_free(use);
	assert_true(X509_sign(c, a->key, EVP_sha256()) > 0);
	return c;
}

/* authority_new() - both certificates have one key: nobody asks */
static struct authority authority_new(const char *name, long until)
{
	struct authority a = { .key = EVP_EC_gen("P-256"), .until = until, .at = STAMPED_S };

	assert_non_null(a.key);
	a.root = certificate(name, &a, false);
	a.own = certificate("stamps", &a, true);
	return a;
}

static void authority_free(struct authority *a)
{
	X509_free(a->root);
	X509_free(a->own);
	EVP_PKEY_free(a->key);
}

static ASN1_INTEGER *serial(TS_RESP_CTX *ctx, void *data)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();

	(void)ctx;
	(void)data;
	assert_int_equal(ASN1_INTEGER_set(n, 7), 1);
	return n;
}

static int clock_of(TS_RESP_CTX *ctx, void *data, long *s, long *us)
{
	const struct authority *a = data;

	(void)ctx;
	*s = a->at;
	*us = 0;
	return 1;
}

/* authority_answer() - to a request; the caller frees it */
static struct tb_buf authority_answer(struct authority *a, const struct tb_buf *request)
{
	BIO *in = BIO_new_mem_buf(request->data, (int)request->len);
	TS_RESP_CTX *ctx = TS_RESP_CTX_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
	struct tb_buf out = TB_BUF_INIT;
	unsigned char *der = NULL;
	TS_RESP *answer;
	int n;

	assert_int_equal(TS_RESP_CTX_set_signer_cert(ctx, a->own), 1);
	assert_int_equal(TS_RESP_CTX_set_signer_key(ctx, a->key), 1);
	assert_int_equal(TS_RESP_CTX_set_def_policy(ctx, policy), 1);
	assert_int_equal(TS_RESP_CTX_add_md(ctx, a->refuses ? EVP_sha512() : EVP_sha256()), 1);
	assert_int_equal(TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()), 1);
	TS_RESP_CTX_set_serial_cb(ctx, serial, NULL);
	TS_RESP_CTX_set_time_cb(ctx, clock_of, a);
	answer = TS_RESP_create_response(ctx, in);
	assert_non_null(answer);
	n = i2d_TS_RESP(answer, &der);
	assert_true(n > 0);
	tb_buf_add(&out, der, (size_t)n);
	OPENSSL_free(der);
	TS_RESP_free(answer);
	ASN1_OBJECT_free(policy);
	TS_RESP_CTX_free(ctx);
	BIO_free(in);
	return out;
}

/* authority_root() - write its certificate to a file of the made bundle, which nothing looks at */
static void authority_root(const struct authority *a, const char *path)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, a->root), 1);
	assert_int_equal(fclose(f), 0);
}

#endif
