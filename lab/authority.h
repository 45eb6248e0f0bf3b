/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authority.h - the run's certificate authority, inside the room
 */
#ifndef LAB_AUTHORITY_H
#define LAB_AUTHORITY_H

#include <openssl/x509.h>

#include "tcbox/lab.h"

/* authority_key() / authority_cert() - borrowed */
EVP_PKEY *authority_key(const struct lab_authority *ca);
X509 *authority_cert(const struct lab_authority *ca);

/**
 * authority_draft() - an unsigned version 3 certificate for @key with a random serial number
 * @ca:		Gives issuer and validity; NULL: no issuer yet, from a day ago to 30 days from now
 *
 * Return: NULL on failure
 */
X509 *authority_draft(const struct lab_authority *ca, EVP_PKEY *key);

/*
 * authority_extend() - add an extension given as in openssl.cnf. @value is never anything from
 * outside
 */
int authority_extend(X509 *cert, X509 *issuer, int nid, const char *value);

#endif
