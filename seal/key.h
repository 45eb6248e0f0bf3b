/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h - keys, with what OpenSSL needs of them
 */
#ifndef SEAL_KEY_H
#define SEAL_KEY_H

#include <openssl/types.h>

#include "tcbox/buf.h"
#include "tcbox/seal.h"

struct seal_key {
	EVP_PKEY *pkey;
	char id[TB_SHA256_HEX];		/* SHA-256 of the public key, SubjectPublicKeyInfo in
					 * DER */
	char *name;			/* of its file, for people */
};

/* key_take() - make a key of @pkey, which it owns then, also when it fails; refused if it is of no
 * kind that we sign with. Return: 0; -EINVAL; -ENOMEM */
int key_take(EVP_PKEY *pkey, const char *name, struct seal_key **out, struct tb_err *err);

/* key_public() - append the public key in DER */
int key_public(const struct seal_key *k, struct tb_buf *out, struct tb_err *err);

/* key_from_public() - a public key in DER. Return: 0; -EINVAL; -ENOMEM */
int key_from_public(const struct tb_buf *der, struct seal_key **out, struct tb_err *err);

int key_sign(const struct seal_key *k, const struct tb_buf *text, struct tb_buf *sig,
	     struct tb_err *err);

/* key_verify() - Return: 1: the signature is the key's, of this text; 0: it is not; -ENOMEM */
int key_verify(const struct seal_key *k, const struct tb_buf *text, const struct tb_buf *sig,
	       struct tb_err *err);

#endif
