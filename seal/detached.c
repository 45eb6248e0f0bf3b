/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detached.c - detached signatures of files that others made: CMS, RFC 5652, as MUD files have
 * (RFC 8520, 13)
 */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/pem.h>	/* before cms.h, which then declares what it has of PEM */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "tcbox/openssl_err.h"
#include "tcbox/own.h"
#include "tcbox/seal.h"

/* parse() - in DER as RFC 8520 has it, or in PEM. Return: NULL: it is neither */
static CMS_ContentInfo *parse(const struct tb_buf *signature)
{
	const unsigned char *at = (const unsigned char *)signature->data;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)signature->len);
	BIO *in = cms ? NULL : BIO_new_mem_buf(signature->data, (int)signature->len);

	if (in)
		cms = PEM_read_bio_CMS(in, NULL, NULL, NULL);
	BIO_free(in);
	return cms;
}

/* roots() - the certificates that are believed, for a signer of whatever purpose: RFC 8520 asks
 * for none that OpenSSL knows. Return: NULL with an error */
static X509_STORE *roots(const char *path, struct tb_err *err)
{
	X509_STORE *store = X509_STORE_new();

	if (store && X509_STORE_load_file(store, path) == 1 &&
	    X509_STORE_set_purpose(store, X509_PURPOSE_ANY) == 1)
		return store;
	X509_STORE_free(store);
	(void)tb_openssl_err(err, EINVAL, path);
	return NULL;
}

/* add_signer() - the subject of who signed */
static void add_signer(CMS_ContentInfo *cms, struct tb_buf *out)
{
	STACK_OF(X509) *signers = CMS_get0_signers(cms);
	BIO *text = BIO_new(BIO_s_mem());
	char *data = NULL;
	long n = 0;

	if (text && signers && sk_X509_num(signers) > 0 &&
	    X509_NAME_print_ex(text, X509_get_subject_name(sk_X509_value(signers, 0)), 0,
			       XN_FLAG_RFC2253) >= 0)
		n = BIO_get_mem_data(text, &data);
	if (n > 0)
		tb_buf_add(out, data, (size_t)n);
	BIO_free(text);
	sk_X509_free(signers);
}

int seal_detached_check(const struct tb_buf *text, const struct tb_buf *signature, const char *ca,
			struct tb_buf *signer, struct tb_err *err)
{
	X509_STORE *store = roots(ca, err);
	CMS_ContentInfo *cms = NULL;
	BIO *content = NULL;
	int ret = store ? 0 : -EINVAL;

	if (!ret)
		cms = parse(signature);
	if (!ret && (!cms || OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed))
		ret = tb_err_msg(err, EINVAL, "it is no signature of CMS");
	if (!ret)
		content = BIO_new_mem_buf(text->len ? text->data : "", (int)text->len);
	if (!ret && !content)
		ret = tb_err_set(err, ENOMEM, "verify a signature");
	ERR_clear_error();
	if (!ret && CMS_verify(cms, NULL, store, content, NULL, CMS_BINARY) != 1)
		ret = tb_openssl_err(err, EBADMSG, "the signature does not verify");
	if (!ret)
		add_signer(cms, signer);
	ERR_clear_error();
	BIO_free(content);
	CMS_ContentInfo_free(cms);
	X509_STORE_free(store);
	return ret;
}
