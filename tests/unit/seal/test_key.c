/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_key.c - keys: made once, kept for their owner, read from files, and refused where they are
 * weak
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "seal/key.h"
#include "tcbox/own.h"

static char home[] = "/tmp/tcbox-test-key.XXXXXX";

static int begin(void **state)
{
	(void)state;
	return !mkdtemp(home) || setenv("XDG_DATA_HOME", home, 1);
}

static const char *at(const char *name)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

static int end(void **state)
{
	static const char *const names[] = { "tcbox/seal-key.pem", "tcbox/seal-key.pub", "k" };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(names); i++)
		(void)unlink(at(names[i]));
	(void)rmdir(at("tcbox"));
	return rmdir(home);
}

static void the_own_key_is_made_once_and_is_its_owners(void **state)
{
	struct seal_key *k = NULL, *again = NULL, *public = NULL;
	struct tb_err err = { 0 };
	bool made_now = false;
	struct stat st;

	(void)state;
	assert_int_equal(seal_key_own_public(&public, &err), -ENOENT);
	if (seal_key_own(&k, &made_now, &err))
		fail_msg("%s", err.msg);
	assert_true(made_now);
	assert_int_equal(seal_key_own(&again, &made_now, &err), 0);
	assert_false(made_now);
	assert_string_equal(seal_key_id(k), seal_key_id(again));
	assert_int_equal(seal_key_own_public(&public, &err), 0);
	assert_string_equal(seal_key_id(k), seal_key_id(public));
	/* the public half comes back if it is lost */
	seal_key_free(public);
	assert_int_equal(unlink(at("tcbox/seal-key.pub")), 0);
	seal_key_free(again);
	assert_int_equal(seal_key_own(&again, &made_now, &err), 0);
	assert_false(made_now);
	assert_int_equal(seal_key_own_public(&public, &err), 0);
	assert_string_equal(seal_key_id(k), seal_key_id(public));
	assert_int_equal(stat(at("tcbox/seal-key.pem"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(at("tcbox"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	seal_key_free(k);
	seal_key_free(again);
	seal_key_free(public);
	seal_key_free(NULL);
}

/* write_key() - the secret or the public part of a key, or a certificate of it */
static void write_key(EVP_PKEY *pkey, char what)
{
	FILE *f = fopen(at("k"), "w");
	X509 *cert;

	assert_non_null(f);
	if (what == 's')
		assert_int_equal(PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL, NULL), 1);
	else if (what == 'p')
		assert_int_equal(PEM_write_PUBKEY(f, pkey), 1);
	else if (what == 'l')
		assert_int_equal(PEM_write_PrivateKey(f, pkey, EVP_aes_128_cbc(),
						      (const unsigned char *)"x", 1, NULL, NULL), 1);
	else {
		cert = X509_new();
		assert_true(cert && X509_gmtime_adj(X509_getm_notBefore(cert), 0) &&
			    X509_gmtime_adj(X509_getm_notAfter(cert), 60) &&
			    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) &&
			    X509_set_pubkey(cert, pkey) && X509_sign(cert, pkey, NULL));
		assert_int_equal(PEM_write_X509(f, cert), 1);
		X509_free(cert);
	}
	(void)fclose(f);
}

static void a_key_is_read_from_a_file(void **state)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct seal_key *k[3] = { NULL };
	struct tb_err err = { 0 };

	(void)state;
	write_key(pkey, 's');
	assert_int_equal(seal_key_secret(at("k"), &k[0], &err), 0);
	write_key(pkey, 'p');
	assert_int_equal(seal_key_public(at("k"), &k[1], &err), 0);
	assert_int_equal(seal_key_secret(at("k"), &k[2], &err), -EINVAL);
	assert_non_null(strstr(err.msg, "there is no secret key in it"));
	write_key(pkey, 'c');
	assert_int_equal(seal_key_public(at("k"), &k[2], &err), 0);
	assert_string_equal(seal_key_id(k[0]), seal_key_id(k[1]));
	assert_string_equal(seal_key_id(k[0]), seal_key_id(k[2]));
	for (size_t i = 0; i < 3; i++)
		seal_key_free(k[i]);
	write_key(pkey, 'l');		/* nobody is asked for the password */
	assert_int_equal(seal_key_secret(at("k"), &k[0], &err), -EINVAL);
	assert_int_equal(seal_key_public("/nowhere", &k[0], &err), -ENOENT);
	assert_true(seal_key_secret("pkcs11:token=none", &k[0], &err) < 0);
	EVP_PKEY_free(pkey);
}

static void keys_of_other_kinds_sign_if_they_are_strong(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	static const struct {
		const char *type, *curve;
		size_t bits;
		int ret;
	} rows[] = {
		{ "EC", "P-256", 0, 0 }, { "EC", "P-384", 0, 0 }, { "RSA", NULL, 2048, 0 },
		{ "RSA", NULL, 1024, -EINVAL }, { "EC", "P-224", 0, -EINVAL },
		{ "X25519", NULL, 0, -EINVAL },
	};

	(void)state;
	tb_buf_adds(&text, "text");
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf sig = TB_BUF_INIT;
		struct seal_key *k = NULL;
		EVP_PKEY *pkey = rows[i].curve ?
			EVP_PKEY_Q_keygen(NULL, NULL, rows[i].type, rows[i].curve) :
			EVP_PKEY_Q_keygen(NULL, NULL, rows[i].type, rows[i].bits);

		assert_int_equal(key_take(pkey, "k", &k, NULL), rows[i].ret);
		if (rows[i].ret)
			continue;
		assert_int_equal(key_sign(k, &text, &sig, NULL), 0);
		assert_int_equal(key_verify(k, &text, &sig, NULL), 1);
		text.data[0]++;
		assert_int_equal(key_verify(k, &text, &sig, NULL), 0);
		text.data[0]--;
		seal_key_free(k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_own_key_is_made_once_and_is_its_owners),
		cmocka_unit_test(a_key_is_read_from_a_file),
		cmocka_unit_test(keys_of_other_kinds_sign_if_they_are_strong),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
