/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stamp.c - the time stamp of a seal: seal.tsq and seal.tsr, RFC 3161
 *
 * What is stamped are the bytes that are signed: so what is in the bundle was there at that time,
 * whoever signs it later. The request has a number that nobody could guess, and the stamp must
 * have it, too: so an authority's answer to another question is none. Whether the authority is
 * believed is for who verifies to say; its certificates are judged at the time of the stamp.
 */
#include "seal/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "seal/key.h"
#include "seal/said.h"
#include "tcbox/file.h"
#include "tcbox/openssl_err.h"
#include "tcbox/own.h"

#define STAMP_MAX (256u << 10)
#define NONCE_BYTES 16
#define HASH_BYTES 32

/* hash() - of the bytes that are signed */
static int hash(const struct envelope *e, unsigned char out[HASH_BYTES], struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	envelope_signed(e, &text);
	if (text.failed)
		return tb_err_set(err, ENOMEM, "time stamp");
	if (!EVP_Digest(text.data, text.len, out, NULL, EVP_sha256(), NULL))
		return tb_openssl_err(err, EIO, "time stamp");
	return 0;
}

static bool set_imprint(TS_REQ *req, unsigned char *md)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algo = X509_ALGOR_new();
	bool ok = imprint && algo &&
		  X509_ALGOR_set0(algo, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) &&
		  TS_MSG_IMPRINT_set_algo(imprint, algo) &&
		  TS_MSG_IMPRINT_set_msg(imprint, md, HASH_BYTES) &&
		  TS_REQ_set_msg_imprint(req, imprint);

	X509_ALGOR_free(algo);
	TS_MSG_IMPRINT_free(imprint);
	return ok;
}

static bool set_nonce(TS_REQ *req)
{
	unsigned char bytes[NONCE_BYTES];
	ASN1_INTEGER *nonce = NULL;
	BIGNUM *n = NULL;
	bool ok;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] |= 0x80;		/* so that it is never shorter */
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	nonce = n ? BN_to_ASN1_INTEGER(n, NULL) : NULL;
	ok = nonce && TS_REQ_set_nonce(req, nonce);
	ASN1_INTEGER_free(nonce);
	BN_free(n);
	return ok;
}

static int request(const struct envelope *e, struct tb_buf *out, struct tb_err *err)
{
	unsigned char md[HASH_BYTES], *der = NULL;
	TS_REQ *req = TS_REQ_new();
	int len = 0, ret = hash(e, md, err);

	if (!ret && (!req || !TS_REQ_set_version(req, 1) || !set_imprint(req, md) ||
		     !set_nonce(req) || !TS_REQ_set_cert_req(req, 1) ||
		     (len = i2d_TS_REQ(req, &der)) <= 0))
		ret = tb_openssl_err(err, EIO, "request a time stamp");
	TS_REQ_free(req);
	if (ret)
		return ret;
	tb_buf_add(out, der, (size_t)len);
	OPENSSL_free(der);
	return out->failed ? tb_err_set(err, ENOMEM, "request a time stamp") : 0;
}

int seal_stamp_request(int bundle_fd, struct tb_buf *out, struct tb_err *err)
{
	struct envelope e;
	int ret = envelope_need(bundle_fd, &e, err);

	if (ret)
		return ret;
	if (!faccessat(bundle_fd, STAMP_FILE, F_OK, AT_SYMLINK_NOFOLLOW))
		ret = tb_err_msg(err, EEXIST, "it has a time stamp already");
	if (!ret)
		ret = request(&e, out, err);
	if (!ret)
		ret = tb_store_file(bundle_fd, STAMP_REQUEST_FILE, out->data, out->len, err);
	envelope_clear(&e);
	return ret;
}

/* What was asked and what was answered. */
struct stamp {
	TS_REQ *req;
	TS_RESP *resp;
	TS_TST_INFO *info;		/* of resp; NULL: no stamp was given */
};

static void stamp_clear(struct stamp *s)
{
	TS_REQ_free(s->req);
	TS_RESP_free(s->resp);
}

/* parse() - Return: 0; -EBADMSG with a sentence */
static int parse(struct stamp *s, const struct tb_buf *req, const struct tb_buf *resp,
		 struct tb_err *err)
{
	const unsigned char *at = (const unsigned char *)req->data;

	s->req = d2i_TS_REQ(NULL, &at, (long)req->len);
	if (!s->req || at != (const unsigned char *)req->data + req->len)
		return tb_err_msg(err, EBADMSG, "%s: it is no request of a time stamp",
				  STAMP_REQUEST_FILE);
	at = (const unsigned char *)resp->data;
	s->resp = d2i_TS_RESP(NULL, &at, (long)resp->len);
	if (!s->resp || at != (const unsigned char *)resp->data + resp->len)
		return tb_err_msg(err, EBADMSG, "%s: it is no answer of a time stamp authority",
				  STAMP_FILE);
	s->info = TS_RESP_get_tst_info(s->resp);
	if (!s->info)
		return tb_err_msg(err, EBADMSG, "%s: the authority refused to stamp", STAMP_FILE);
	return 0;
}

/* fits() - is it of this seal, and the answer to our request? Return: 0; -EBADMSG; other negative
 * errno */
static int fits(const struct stamp *s, const struct envelope *e, struct tb_err *err)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(s->info);
	const ASN1_INTEGER *asked = TS_REQ_get_nonce(s->req);
	const ASN1_INTEGER *got = TS_TST_INFO_get_nonce(s->info);
	ASN1_OCTET_STRING *text = imprint ? TS_MSG_IMPRINT_get_msg(imprint) : NULL;
	unsigned char md[HASH_BYTES];
	int ret = hash(e, md, err);

	if (ret)
		return ret;
	if (!text || ASN1_STRING_length(text) != HASH_BYTES ||
	    memcmp(ASN1_STRING_get0_data(text), md, HASH_BYTES) != 0)
		return tb_err_msg(err, EBADMSG, "%s: it is not of what is sealed here",
				  STAMP_FILE);
	if (!asked || !got || ASN1_INTEGER_cmp(asked, got))
		return tb_err_msg(err, EBADMSG, "%s: it does not have the number of the request, "
				  "so it may be older", STAMP_FILE);
	return 0;
}

int seal_stamp_take(int bundle_fd, const struct tb_buf *answer, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf asked = TB_BUF_INIT;
	struct stamp s = { 0 };
	struct envelope e;
	int ret = envelope_need(bundle_fd, &e, err);

	if (ret)
		return ret;
	ret = tb_read_regular(bundle_fd, STAMP_REQUEST_FILE, STAMP_MAX, &asked, NULL);
	if (ret == -ENOENT)
		ret = tb_err_msg(err, ENOENT, "no time stamp was requested: --timestamp-request");
	else if (ret)
		ret = tb_err_set(err, -ret, "read %s", STAMP_REQUEST_FILE);
	if (!ret)
		ret = parse(&s, &asked, answer, err);
	if (!ret)
		ret = fits(&s, &e, err);
	if (!ret)
		ret = tb_store_file(bundle_fd, STAMP_FILE, answer->data, answer->len, err);
	ERR_clear_error();
	stamp_clear(&s);
	envelope_clear(&e);
	return ret;
}

/* time_of() - when it was stamped. Return: false if that is no time */
static bool time_of(const struct stamp *s, time_t *out)
{
	const ASN1_GENERALIZEDTIME *t = TS_TST_INFO_get_time(s->info);
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return false;
	*out = timegm(&tm);
	return true;
}

/* roots() - the certificates that who verifies believes. NULL with an error */
static X509_STORE *roots(const char *path, time_t at, struct tb_err *err)
{
	X509_STORE *store = X509_STORE_new();

	if (store && X509_STORE_load_file(store, path) == 1 &&
	    X509_STORE_set_purpose(store, X509_PURPOSE_TIMESTAMP_SIGN) == 1) {
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), at);
		return store;
	}
	X509_STORE_free(store);
	(void)tb_openssl_err(err, EIO, path);
	return NULL;
}

/* is_signed() - by an authority that leads to these roots? Return: 1, 0, negative errno */
static int is_signed(const struct stamp *s, const char *path, time_t at, struct tb_err *err)
{
	TS_VERIFY_CTX *ctx = TS_REQ_to_TS_VERIFY_CTX(s->req, NULL);
	X509_STORE *store = ctx ? roots(path, at, err) : NULL;
	int ok;

	if (!ctx)
		return tb_err_set(err, ENOMEM, "verify a time stamp");
	if (!store) {
		TS_VERIFY_CTX_free(ctx);
		return -EIO;
	}
	(void)TS_VERIFY_CTX_set_store(ctx, store);
	(void)TS_VERIFY_CTX_add_flags(ctx, TS_VFY_SIGNATURE);
	ok = TS_RESP_verify_response(ctx, s->resp) == 1;
	ERR_clear_error();
	TS_VERIFY_CTX_free(ctx);		/* and the store */
	return ok;
}

static int tell(const struct stamp *s, const struct seal_trust *trust, struct seal_check *out,
		struct tb_err *err)
{
	time_t at;
	int ok;

	if (!time_of(s, &at) || tb_time_format((int64_t)at * TB_NS_PER_S, out->stamped)) {
		said_wrong(out, "%s: it has no time", STAMP_FILE);
		return 0;
	}
	if (!trust->stamp_roots) {
		said_open(out, "There is a time stamp, but whether its authority is to be believed "
			  "is not known here: name its certificate with --timestamp-root");
		return 0;
	}
	ok = is_signed(s, trust->stamp_roots, at, err);
	if (ok < 0)
		return ok;
	if (!ok)
		said_wrong(out, "%s: its authority does not lead to a certificate in %s",
			   STAMP_FILE, trust->stamp_roots);
	out->stamp_believed = ok;
	return 0;
}

int stamp_check(int bundle_fd, const struct envelope *e, const struct seal_trust *trust,
		struct seal_check *out, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf asked = TB_BUF_INIT, answer = TB_BUF_INIT;
	struct tb_err bad = { 0 };
	struct stamp s = { 0 };
	int ret = tb_read_regular(bundle_fd, STAMP_FILE, STAMP_MAX, &answer, &bad);

	if (ret == -ENOENT) {
		if (trust->stamp_roots)
			said_wrong(out, "%s: it is missing: there is no time stamp", STAMP_FILE);
		return 0;
	}
	if (!ret)
		ret = tb_read_regular(bundle_fd, STAMP_REQUEST_FILE, STAMP_MAX, &asked, &bad);
	if (!ret)
		ret = parse(&s, &asked, &answer, &bad);
	if (!ret)
		ret = fits(&s, e, &bad);
	if (ret == -ENOMEM)
		ret = tb_err_set(err, ENOMEM, "verify a time stamp");
	else if (ret) {
		said_wrong(out, "%s", bad.msg);
		ret = 0;
	} else {
		ret = tell(&s, trust, out, err);
	}
	ERR_clear_error();
	stamp_clear(&s);
	return ret;
}
