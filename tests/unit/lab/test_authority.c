/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_authority.c - the run's certificate authority and the certificates minted with it
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "lab/authority.h"
#include "lab/leaf.h"
#include "tcbox/own.h"

struct fixture {
	struct lab_authority *ca;
	struct leaf_mint *mint;
	X509 *root;		/* as a client reads it from the file */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct tb_err err = { 0 };
	BIO *bio;

	assert_int_equal(lab_authority_new(&f->ca, 0, &err), 0);
	assert_int_equal(leaf_mint_new(&f->mint, f->ca, &err), 0);
	bio = BIO_new_mem_buf(lab_authority_pem(f->ca), -1);
	f->root = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	assert_non_null(f->root);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	X509_free(f->root);
	leaf_mint_free(f->mint);
	lab_authority_free(f->ca);
	free(f);
	return 0;
}

/* verify() - as a strict client does. Return: X509_V_OK, or the error */
static int verify(X509 *root, X509 *cert, const char *host, const char *ip)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int r;

	assert_true(X509_STORE_add_cert(store, root));
	assert_true(X509_STORE_CTX_init(ctx, store, cert, NULL));
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_flags(param,
				    X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
	assert_true(X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER));
	if (host)
		assert_true(X509_VERIFY_PARAM_set1_host(param, host, 0));
	if (ip)
		assert_true(X509_VERIFY_PARAM_set1_ip_asc(param, ip));
	r = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return r;
}

static struct ev_addr ip(const char *text)
{
	struct ev_addr a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	assert_int_equal(inet_pton(a.family, text, a.ip), 1);
	return a;
}

static void a_strict_client_accepts_the_server_it_named(void **state)
{
	struct fixture *f = *state;
	X509 *cert = leaf_get(f->mint, "updates.acme.example", NULL);

	assert_non_null(cert);
	assert_int_equal(verify(f->root, cert, "updates.acme.example", NULL), X509_V_OK);
	assert_int_equal(verify(f->root, cert, "other.acme.example", NULL),
			 X509_V_ERR_HOSTNAME_MISMATCH);
	assert_int_equal(X509_check_private_key(cert, leaf_key(f->mint)), 1);
	assert_int_equal(X509_check_ca(f->root), 1);
	assert_int_equal(X509_check_ca(cert), 0);
}

static void a_client_that_names_nobody_gets_the_address_and_its_owner(void **state)
{
	struct fixture *f = *state;
	struct ev_addr a4 = ip("198.18.3.7"), a6 = ip("2001:db8::c612:307");

	assert_int_equal(verify(f->root, leaf_get(f->mint, NULL, &a4), NULL, "198.18.3.7"),
			 X509_V_OK);
	assert_int_equal(verify(f->root, leaf_get(f->mint, NULL, &a4), NULL, "198.18.3.8"),
			 X509_V_ERR_IP_ADDRESS_MISMATCH);
	assert_int_equal(verify(f->root, leaf_get(f->mint, "own.example", &a6), "own.example",
				"2001:db8::c612:307"),
			 X509_V_OK);
	assert_null(leaf_get(f->mint, NULL, NULL));
}

static void an_address_sent_as_a_name_is_an_address(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(verify(f->root, leaf_get(f->mint, "192.0.2.1", NULL), NULL, "192.0.2.1"),
			 X509_V_OK);
	assert_int_equal(verify(f->root, leaf_get(f->mint, "2001:db8::1", NULL), NULL,
				"2001:db8::1"),
			 X509_V_OK);
}

static void another_authority_is_not_trusted(void **state)
{
	struct fixture *f = *state;
	struct lab_authority *other;
	struct leaf_mint *mint;

	assert_int_equal(lab_authority_new(&other, 0, NULL), 0);
	assert_int_equal(leaf_mint_new(&mint, other, NULL), 0);
	assert_int_not_equal(verify(f->root, leaf_get(mint, "www.example", NULL), "www.example",
				    NULL),
			     X509_V_OK);
	assert_string_not_equal(lab_authority_hash(other), lab_authority_hash(f->ca));
	leaf_mint_free(mint);
	lab_authority_free(other);
}

static void a_scenario_makes_certificates_wrong(void **state)
{
	struct fixture *f = *state;
	struct ev_addr a4 = ip("198.18.3.7");
	struct leaf_mint *mint;
	X509 *cert;

	leaf_fault(f->mint, LAB_CERT_EXPIRED);
	cert = leaf_get(f->mint, "www.example", NULL);
	assert_int_equal(verify(f->root, cert, "www.example", NULL), X509_V_ERR_CERT_HAS_EXPIRED);
	assert_int_equal(leaf_mint_new(&mint, f->ca, NULL), 0);
	leaf_fault(mint, LAB_CERT_OTHER_NAME);
	cert = leaf_get(mint, "www.example", NULL);
	assert_int_equal(verify(f->root, cert, "www.example", NULL), X509_V_ERR_HOSTNAME_MISMATCH);
	assert_int_equal(verify(f->root, cert, "gateway.internal", NULL), X509_V_OK);
	assert_ptr_equal(leaf_get(mint, NULL, &a4), cert);
	leaf_mint_free(mint);
}

#define YEARS_S INT64_C(3155760000)	/* a hundred */

/* verify_at() - as a client whose clock is ahead */
static int verify_at(const struct lab_authority *ca, X509 *cert, int64_t ahead_s)
{
	BIO *bio = BIO_new_mem_buf(lab_authority_pem(ca), -1);
	X509 *root = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int r;

	assert_true(root && X509_STORE_add_cert(store, root));
	assert_true(X509_STORE_CTX_init(ctx, store, cert, NULL));
	X509_STORE_CTX_set_time(ctx, 0, time(NULL) + ahead_s);
	r = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	X509_free(root);
	BIO_free(bio);
	return r;
}

static void with_a_clock_ahead_certificates_are_valid_at_both_times(void **state)
{
	static const int64_t clocks[] = { YEARS_S, -40 * 86400, 7200, 0 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(clocks); i++) {
		struct lab_authority *ca;
		struct leaf_mint *mint;
		X509 *cert;

		assert_int_equal(lab_authority_new(&ca, clocks[i], NULL), 0);
		assert_int_equal(leaf_mint_new(&mint, ca, NULL), 0);
		cert = leaf_get(mint, "www.example", NULL);
		assert_int_equal(verify_at(ca, cert, 0), X509_V_OK);
		assert_int_equal(verify_at(ca, cert, clocks[i]), X509_V_OK);
		assert_int_equal(verify_at(ca, cert, YEARS_S + 31 * 86400),
				 X509_V_ERR_CERT_HAS_EXPIRED);
		assert_int_equal(verify_at(ca, cert, -42 * 86400), X509_V_ERR_CERT_NOT_YET_VALID);
		leaf_mint_free(mint);
		assert_int_equal(leaf_mint_new(&mint, ca, NULL), 0);
		leaf_fault(mint, LAB_CERT_EXPIRED);
		cert = leaf_get(mint, "www.example", NULL);
		assert_int_equal(verify_at(ca, cert, 0), X509_V_ERR_CERT_HAS_EXPIRED);
		assert_int_equal(verify_at(ca, cert, clocks[i]), X509_V_ERR_CERT_HAS_EXPIRED);
		leaf_mint_free(mint);
		lab_authority_free(ca);
	}
}

static void a_stored_authority_serves_clocks_within_its_time(void **state)
{
	struct fixture *f = *state;
	TB_AUTOBUF struct tb_buf pem = TB_BUF_INIT;
	struct lab_authority *again;
	struct tb_err err = { 0 };

	assert_int_equal(lab_authority_store(f->ca, &pem, &err), 0);
	assert_int_equal(lab_authority_load(&again, &pem, 28 * 86400, &err), 0);
	assert_string_equal(lab_authority_pem(again), lab_authority_pem(f->ca));
	lab_authority_free(again);
	assert_int_equal(lab_authority_load(&again, &pem, 30 * 86400, &err), -EKEYEXPIRED);
	assert_int_equal(lab_authority_load(&again, &pem, -2 * 86400, &err), -EKEYEXPIRED);
	assert_int_equal(lab_authority_load(&again, &pem, -7200, &err), 0);
	lab_authority_free(again);
}

static void a_name_is_minted_once(void **state)
{
	struct fixture *f = *state;
	X509 *cert = leaf_get(f->mint, "www.example", NULL);

	assert_ptr_equal(leaf_get(f->mint, "www.example", NULL), cert);
	assert_int_equal(leaf_count(f->mint), 1);
	assert_ptr_not_equal(leaf_get(f->mint, "ftp.example", NULL), cert);
	assert_int_equal(leaf_count(f->mint), 2);
}

static void hostile_names_stay_bytes(void **state)
{
	static const char *const names[] = { "a,DNS:evil.example", "*", "\x01\xff\n", "a b",
					     "DNS:x" };
	struct fixture *f = *state;
	char longest[300] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		X509 *cert = leaf_get(f->mint, names[i], NULL);
		GENERAL_NAMES *alt;

		assert_non_null(cert);
		alt = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
		assert_int_equal(sk_GENERAL_NAME_num(alt), 1);
		assert_int_equal(ASN1_STRING_length(sk_GENERAL_NAME_value(alt, 0)->d.dNSName),
				 strlen(names[i]));
		GENERAL_NAMES_free(alt);
		assert_int_not_equal(verify(f->root, cert, "evil.example", NULL), X509_V_OK);
	}
	memset(longest, 'a', 255);
	assert_non_null(leaf_get(f->mint, longest, NULL));
	longest[255] = 'a';
	assert_null(leaf_get(f->mint, longest, NULL));
	assert_null(leaf_get(f->mint, "", NULL));
}

static void the_cache_forgets_the_oldest(void **state)
{
	struct fixture *f = *state;
	char name[32];

	for (unsigned int i = 0; i <= LEAF_CACHE_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%u.example", i);
		assert_non_null(leaf_get(f->mint, name, NULL));
	}
	(void)leaf_get(f->mint, "n1.example", NULL);
	assert_int_equal(leaf_count(f->mint), LEAF_CACHE_MAX + 1);
	(void)leaf_get(f->mint, "n0.example", NULL);
	assert_int_equal(leaf_count(f->mint), LEAF_CACHE_MAX + 2);
}

static void the_hash_is_the_one_of_the_openssl_program(void **state)
{
	struct fixture *f = *state;
	char expect[16];

	(void)snprintf(expect, sizeof(expect), "%08lx.0", X509_subject_name_hash(f->root));
	assert_string_equal(lab_authority_hash(f->ca), expect);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_strict_client_accepts_the_server_it_named),
		T(a_client_that_names_nobody_gets_the_address_and_its_owner),
		T(an_address_sent_as_a_name_is_an_address),
		T(another_authority_is_not_trusted),
		T(a_scenario_makes_certificates_wrong),
		T(with_a_clock_ahead_certificates_are_valid_at_both_times),
		T(a_stored_authority_serves_clocks_within_its_time),
		T(a_name_is_minted_once),
		T(hostile_names_stay_bytes),
		T(the_cache_forgets_the_oldest),
		T(the_hash_is_the_one_of_the_openssl_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
