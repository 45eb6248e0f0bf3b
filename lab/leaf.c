/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaf.c - mints a server's certificate when a client asks for it
 *
 * The certificate says exactly what the client asked for: the server name of its ClientHello, or
 * the address it connected to. One key serves all of them, so a certificate costs one signature.
 * It is valid as long as the authority is.
 */
#include "lab/leaf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

#include "lab/authority.h"
#include "lab/fault.h"
#include "tcbox/map.h"
#include "tcbox/openssl_err.h"

#define CN_MAX 64		/* ub-common-name, RFC 5280, appendix A.1 */
#define NAME_MAX_LEN 255

struct leaf {
	TAILQ_ENTRY(leaf) link;
	X509 *cert;
	size_t key_len;
	char key[];		/* the name, or the address as text: no name of ours looks like
				 * one */
};

struct leaf_mint {
	const struct lab_authority *ca;
	enum lab_cert_fault fault;
	EVP_PKEY *key;
	struct tb_map *by_key;
	TAILQ_HEAD(leaf_list, leaf) oldest;
	uint64_t count;
};

int leaf_mint_new(struct leaf_mint **out, const struct lab_authority *ca, struct tb_err *err)
{
	struct leaf_mint *m = calloc(1, sizeof(*m));

	if (!m)
		return tb_err_set(err, ENOMEM, "certificates");
	TAILQ_INIT(&m->oldest);
	m->ca = ca;
	m->by_key = tb_map_new(LEAF_CACHE_MAX);
	m->key = EVP_EC_gen("P-256");
	if (!m->by_key || !m->key) {
		leaf_mint_free(m);
		return tb_openssl_err(err, EPROTO, "key for certificates");
	}
	*out = m;
	return 0;
}

void leaf_fault(struct leaf_mint *m, enum lab_cert_fault fault)
{
	m->fault = fault;
}

static void forget_oldest(struct leaf_mint *m)
{
	struct leaf *l = TAILQ_FIRST(&m->oldest);

	TAILQ_REMOVE(&m->oldest, l, link);
	(void)tb_map_del(m->by_key, l->key, l->key_len);
	X509_free(l->cert);
	free(l);
}

void leaf_mint_free(struct leaf_mint *m)
{
	if (!m)
		return;
	while (!TAILQ_EMPTY(&m->oldest))
		forget_oldest(m);
	tb_map_free(m->by_key);
	EVP_PKEY_free(m->key);
	free(m);
}

/* add_alt_name() - one more name, as bytes, never as configuration text: a client chose it */
static bool add_alt_name(GENERAL_NAMES *names, int type, const void *data, size_t len)
{
	GENERAL_NAME *gn = GENERAL_NAME_new();
	ASN1_STRING *value = type == GEN_DNS ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();

	if (names && gn && value && ASN1_STRING_set(value, data, (int)len)) {
		GENERAL_NAME_set0_value(gn, type, value);
		value = NULL;
		if (sk_GENERAL_NAME_push(names, gn))
			return true;
	}
	ASN1_STRING_free(value);
	GENERAL_NAME_free(gn);
	return false;
}

static bool add_alt_names(X509 *cert, const char *name, const struct ev_addr *addr)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	bool ok = (!name || add_alt_name(names, GEN_DNS, name, strlen(name))) &&
		  (!addr ||
		   add_alt_name(names, GEN_IPADD, addr->ip, addr->family == AF_INET ? 4 : 16)) &&
		  X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, X509V3_ADD_DEFAULT) == 1;

	GENERAL_NAMES_free(names);
	return ok;
}

/* expire() - it was valid until the authority began to be: yesterday, on the earlier clock */
static bool expire(X509 *cert, const X509 *issuer)
{
	const ASN1_TIME *end = X509_get0_notBefore(issuer);
	struct tm tm;

	return ASN1_TIME_to_tm(end, &tm) && X509_set1_notAfter(cert, end) &&
	       ASN1_TIME_adj(X509_getm_notBefore(cert), timegm(&tm), -90, 0);
}

static X509 *mint(struct leaf_mint *m, const char *cn, const char *name, const struct ev_addr *addr)
{
	X509 *cert = authority_draft(m->ca, m->key);
	X509 *issuer = authority_cert(m->ca);

	if (!cert)
		return NULL;
	/* Programs older than subject alternative names look here. */
	if (strlen(cn) > CN_MAX)
		cn = "server";
	if (!X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
					(const unsigned char *)cn, -1, -1, 0) ||
	    !authority_extend(cert, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
	    !authority_extend(cert, issuer, NID_key_usage, "critical,digitalSignature") ||
	    !authority_extend(cert, issuer, NID_ext_key_usage, "serverAuth") ||
	    !authority_extend(cert, issuer, NID_subject_key_identifier, "hash") ||
	    !authority_extend(cert, issuer, NID_authority_key_identifier, "keyid:always") ||
	    !add_alt_names(cert, name, addr) ||
	    (m->fault == LAB_CERT_EXPIRED && !expire(cert, issuer)) ||
	    !X509_sign(cert, authority_key(m->ca), EVP_sha256())) {
		X509_free(cert);
		return NULL;
	}
	m->count++;
	return cert;
}

X509 *leaf_get(struct leaf_mint *m, const char *name, const struct ev_addr *addr)
{
	struct ev_addr literal = { .family = 0 };
	char text[INET6_ADDRSTRLEN];
	const char *key = name;
	struct leaf *l;
	size_t len;

	if (m->fault == LAB_CERT_OTHER_NAME) {
		key = name = FAULT_OTHER_NAME;
		addr = NULL;
	}
	/* An address is no server name (RFC 6066, 3), but some clients send it, and expect an
	 * address. */
	if (name && inet_pton(AF_INET, name, literal.ip) == 1)
		literal.family = AF_INET;
	else if (name && inet_pton(AF_INET6, name, literal.ip) == 1)
		literal.family = AF_INET6;
	if (literal.family) {
		addr = &literal;
		name = NULL;
	}
	if (addr)
		key = inet_ntop(addr->family, addr->ip, text, sizeof(text));
	len = key ? strnlen(key, NAME_MAX_LEN + 1) : 0;
	if (!len || len > NAME_MAX_LEN)
		return NULL;
	l = tb_map_get(m->by_key, key, len);
	if (l)
		return l->cert;
	if (tb_map_count(m->by_key) >= LEAF_CACHE_MAX)
		forget_oldest(m);
	l = malloc(sizeof(*l) + len);
	if (!l)
		return NULL;
	memcpy(l->key, key, len);
	l->key_len = len;
	l->cert = mint(m, key, name, addr);
	if (!l->cert || tb_map_put(m->by_key, key, len, l) < 0) {
		X509_free(l->cert);
		free(l);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&m->oldest, l, link);
	return l->cert;
}

EVP_PKEY *leaf_key(const struct leaf_mint *m)
{
	return m->key;
}

uint64_t leaf_count(const struct leaf_mint *m)
{
	return m->count;
}
