/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaf.h - certificates for the servers that the lab plays
 */
#ifndef LAB_LEAF_H
#define LAB_LEAF_H

#include <openssl/ssl.h>

#include "tcbox/event.h"
#include "tcbox/lab.h"

#define LEAF_CACHE_MAX 4096	/* certificates kept; the oldest goes first */

struct leaf_mint;

/* leaf_mint_new() - borrows @ca. Makes the one key that all servers share */
int leaf_mint_new(struct leaf_mint **out, const struct lab_authority *ca, struct tb_err *err);
/* leaf_fault() - what is to be wrong with every certificate */
void leaf_fault(struct leaf_mint *m, enum lab_cert_fault fault);
void leaf_mint_free(struct leaf_mint *m);

/**
 * leaf_get() - the certificate of a server
 * @name:	Server name that the client asked for, or else the owner of the address; NULL: none
 * @addr:	For clients that name no server: the address they connected to. NULL: they did
 *
 * Return: borrowed, valid until the next call; NULL on failure
 */
X509 *leaf_get(struct leaf_mint *m, const char *name, const struct ev_addr *addr);
EVP_PKEY *leaf_key(const struct leaf_mint *m);
uint64_t leaf_count(const struct leaf_mint *m);		/* certificates minted so far */

#endif
