/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_detached.c - detached signatures of files that others made
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/pem.h>	/* before cms.h, which then declares what it has of PEM */
#include <openssl/cms.h>
#include <openssl/x509.h>

#include "tcbox/seal.h"

static char ca[] = "/tmp/tcbox-test-detached-XXXXXX";
static EVP_PKEY *key;
static X509 *cert;
static struct tb_buf text = TB_BUF_INIT, signature = TB_BUF_INIT;

static X509 *certificate(EVP_PKEY *k)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	assert_true(X509_set_version(x, X509_VERSION_3));
	assert_true(ASN1_INTEGER_set(X509_get_serialNumber(x), 7));
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -60));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 3600));
	assert_true(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					       (const unsigned char *)"Acme\nMUD", -1, -1, 0));
	assert_true(X509_set_issuer_name(x, name));
	assert_true(X509_set_pubkey(x, k));
	assert_true(X509_sign(x, k, EVP_sha256()) > 0);
	return x;
}

static void save_ca(X509 *x)
{
	FILE *f = fopen(ca, "w");

	assert_non_null(f);
	assert_true(PEM_write_X509(f, x));
	assert_int_equal(fclose(f), 0);
}

/* sign() - in DER, or in PEM */
static void sign(bool pem)
{
	BIO *in = BIO_new_mem_buf(text.data, (int)text.len), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(cert, key, NULL, in, CMS_BINARY | CMS_DETACHED);
	char *data;
	long n;

	assert_non_null(cms);
	assert_true(pem ? PEM_write_bio_CMS(out, cms) : i2d_CMS_bio(out, cms));
	n = BIO_get_mem_data(out, &data);
	tb_buf_reset(&signature);
	tb_buf_add(&signature, data, (size_t)n);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	BIO_free(out);
}

static int setup(void **state)
{
	int fd = mkstemp(ca);

	(void)state;
	if (fd < 0 || close(fd))
		return -1;
	key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	cert = certificate(key);
	tb_buf_adds(&text, "{\n  \"a\": 1\r\n}\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	(void)unlink(ca);
	EVP_PKEY_free(key);
	X509_free(cert);
	tb_buf_free(&text);
	tb_buf_free(&signature);
	return 0;
}

/* check() - Return: of seal_detached_check(); @words: what is said */
static int check(const struct tb_buf *of, char words[256])
{
	TB_AUTOBUF struct tb_buf signer = TB_BUF_INIT;
	struct tb_err err = { 0 };
	int ret = seal_detached_check(of, &signature, ca, &signer, &err);

	(void)snprintf(words, 256, "%.255s", ret ? err.msg : signer.data);
	return ret;
}

static void a_signature_verifies_in_der_and_pem(void **state)
{
	char words[256];

	(void)state;
	save_ca(cert);
	for (int pem = 0; pem < 2; pem++) {
		sign(pem);
		assert_int_equal(check(&text, words), 0);
		assert_string_equal(words, "CN=Acme\\0AMUD");
	}
}

static void a_byte_that_was_changed_is_seen(void **state)
{
	TB_AUTOBUF struct tb_buf other = TB_BUF_INIT, none = TB_BUF_INIT;
	char words[256];

	(void)state;
	save_ca(cert);
	sign(false);
	for (size_t i = 0; i < text.len; i++) {
		tb_buf_reset(&other);
		tb_buf_add(&other, text.data, text.len);
		other.data[i] ^= 1;
		assert_int_equal(check(&other, words), -EBADMSG);
	}
	assert_non_null(strstr(words, "the signature does not verify"));
	assert_int_equal(check(&none, words), -EBADMSG);
}

static void a_signer_who_is_not_believed_is_none(void **state)
{
	EVP_PKEY *other_key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *other = certificate(other_key);
	char words[256];

	(void)state;
	sign(false);
	save_ca(other);
	assert_int_equal(check(&text, words), -EBADMSG);
	X509_free(other);
	EVP_PKEY_free(other_key);
}

static void what_is_no_signature_is_said(void **state)
{
	char words[256];

	(void)state;
	save_ca(cert);
	tb_buf_reset(&signature);
	tb_buf_adds(&signature, "-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n");
	assert_int_equal(check(&text, words), -EINVAL);
	assert_string_equal(words, "it is no signature of CMS");
	tb_buf_reset(&signature);
	assert_int_equal(check(&text, words), -EINVAL);
}

static void certificates_that_are_not_there_are_an_error(void **state)
{
	FILE *f = fopen(ca, "w");
	char words[256];

	(void)state;
	assert_int_equal(fclose(f), 0);
	sign(false);
	assert_int_equal(check(&text, words), -EINVAL);
	assert_non_null(strstr(words, ca));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_verifies_in_der_and_pem),
		cmocka_unit_test(a_byte_that_was_changed_is_seen),
		cmocka_unit_test(a_signer_who_is_not_believed_is_none),
		cmocka_unit_test(what_is_no_signature_is_said),
		cmocka_unit_test(certificates_that_are_not_there_are_an_error),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
