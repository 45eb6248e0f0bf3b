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

/* authority_err() - record a failure of OpenSSL: @what and the oldest error of its queue. Return: -EPROTO */
int authority_err(struct tb_err *err, const char *what);

/* authority_draft() - a version 3 certificate with a random serial number, issuer and validity of @ca (of itself if @ca is
 * NULL: now - 1 day to now + 30 days), for @key; unsigned. Return: NULL on failure */
X509 *authority_draft(const struct lab_authority *ca, EVP_PKEY *key);

/* authority_extend() - add an extension given as in openssl.cnf. @value is never anything from outside */
int authority_extend(X509 *cert, X509 *issuer, int nid, const char *value);

#endif
