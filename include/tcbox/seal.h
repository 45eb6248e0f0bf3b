/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal.h - is a bundle as it was written? tcbox-seal(5)
 *
 * What is found is kept in words, for people: each thing that is not as it was, by file and line,
 * and each thing that cannot be said.
 */
#ifndef TCBOX_SEAL_H
#define TCBOX_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/chain.h"
#include "tcbox/clock.h"
#include "tcbox/err.h"
#include "tcbox/finding.h"
#include "tcbox/run.h"
#include "tcbox/sha256.h"

#define SEAL_SAID_MAX 100	/* of each list; what is beyond is counted */

struct seal_list {
	char *texts[SEAL_SAID_MAX];
	size_t n;
	uint64_t more;		/* that are not there */
};

/* A key: a secret one, or a public one. */
struct seal_key;

/**
 * seal_key_own() - the user's own secret key, which is made if it is not there
 * @made:	Receives whether it was made now
 *
 * Return: 0 or negative errno
 */
int seal_key_own(struct seal_key **out, bool *made, struct tb_err *err);

/* seal_key_own_public() - its public part. Return: 0; -ENOENT: there is none; other negative
 * errno */
int seal_key_own_public(struct seal_key **out, struct tb_err *err);

/* seal_key_home() - the directory of these; owned by the caller, NULL without memory or place */
char *seal_key_home(void);

/* seal_key_secret() - from a file in PEM, or by a URI of PKCS#11. Return: 0; -EINVAL: there is none
 * in it that can be used; other negative errno */
int seal_key_secret(const char *from, struct seal_key **out, struct tb_err *err);

/* seal_key_public() - from a file in PEM: a public key, or a certificate. Return: the same */
int seal_key_public(const char *path, struct seal_key **out, struct tb_err *err);
void seal_key_free(struct seal_key *k);

/* seal_key_id() - SHA-256 of the public key in DER */
const char *seal_key_id(const struct seal_key *k);

/* What is said of a bundle beside its files. */
struct seal_claim {
	const struct run_info *run;
	bool judged;
	enum fnd_verdict verdict;	/* if judged */
};

/* seal_make() - sign all files of a bundle. Return: 0; -EEXIST: there is a seal; other negative
 * errno */
int seal_make(int bundle_fd, const struct seal_claim *claim, const struct seal_key *key,
	      struct tb_err *err);

/* seal_add() - sign what is sealed already. Return: 0; -ENOENT: there is no seal; -EEXIST: the key
 * signed it before; -EBADMSG: the seal is damaged; other negative errno */
int seal_add(int bundle_fd, const struct seal_key *key, struct tb_err *err);

/**
 * seal_stamp_request() - ask for a time stamp of a seal
 * @out:	Receives the request in DER, for the authority; the bundle keeps it, too
 *
 * Return: 0; -ENOENT: there is no seal; -EEXIST: it has a time stamp; other negative errno
 */
int seal_stamp_request(int bundle_fd, struct tb_buf *out, struct tb_err *err);

/* seal_stamp_take() - keep the authority's answer. Return: 0; -ENOENT: nothing was asked;
 * -EBADMSG: it is not the answer; other negative errno */
int seal_stamp_take(int bundle_fd, const struct tb_buf *answer, struct tb_err *err);

#define SEAL_DETACHED_MAX (256u << 10)

/**
 * seal_detached_check() - is a file of somebody else as it was signed? CMS, RFC 5652
 * @signature:	Detached, in DER or PEM
 * @ca:		File of certificates in PEM that are believed
 * @signer:	Receives the name in the certificate of who signed, RFC 2253
 *
 * Return: 0; -EBADMSG: it does not verify; -EINVAL: one of them is not what it should be; -ENOMEM
 */
int seal_detached_check(const struct tb_buf *text, const struct tb_buf *signature, const char *ca,
			struct tb_buf *signer, struct tb_err *err);

/* Whose seals are believed. */
struct seal_trust {
	struct seal_key *const *keys;
	size_t n;			/* 0: the user's own key only */
	const struct seal_key *own;	/* NULL: there is none */
	const char *challenge;		/* what was said before the run; NULL: not asked */
	const char *stamp_roots;	/* file of certificates whose time is believed; NULL: no
					 * time is asked for */
};

#define SEAL_SIGNERS_MAX 16

struct seal_signer {
	char id[TB_SHA256_HEX];		/* of the key; empty: the signature is wrong */
	const char *known_as;		/* name of the trusted key; NULL: it is none. Lives as long
					 * as that */
};

struct seal_check {
	struct seal_list wrong;		/* what is not as it was */
	struct seal_list open;		/* what cannot be said, and why */
	struct seal_list held;		/* what was proven, or made again with the same result */
	enum run_state state;
	bool redacted;			/* it is a copy from which something was taken out */
	uint64_t lines;			/* of the record that the chain holds */
	char head[TB_SHA256_HEX];	/* the chain's value of the last of them; empty: no chain */
	char challenge[CHAIN_CHALLENGE];	/* that the run was bound to; empty: none */
	bool sealed;			/* there is a seal */
	struct seal_signer signers[SEAL_SIGNERS_MAX];
	size_t nsigners;
	char sealed_time[TB_TIMELEN];	/* when, on the signer's clock */
	char sealed_verdict[16];	/* and with which verdict; empty: none */
	char stamped[TB_TIMELEN];	/* time of the time stamp; empty: there is none */
	bool stamp_believed;		/* it is of an authority that is believed */
	bool no_memory;
};

/**
 * seal_verify() - look at every part of a bundle
 * @bundle_fd:	Its directory, which may come from anybody
 * @trust:	Borrowed until seal_check_clear()
 * @out:	Becomes the caller's, seal_check_clear(), whatever is returned
 *
 * What is damaged is in @out. Memory is bounded, however large the bundle is. Return: 0; negative
 * errno: it could not be looked at
 */
int seal_verify(int bundle_fd, const struct seal_trust *trust, struct seal_check *out,
		struct tb_err *err);
void seal_check_clear(struct seal_check *c);

/* seal_say() - add a sentence without its full stop to one of the lists. Without memory no_memory
 * is set, and the caller of all this learns it at the end */
void seal_say(struct seal_check *c, struct seal_list *l, const char *fmt, ...) TB_PRINTF(3, 4);

/* seal_words() - append a hash as sixteen words of five letters (proquints, arXiv:0901.4016), to be
 * read aloud; @hex: 64 digits */
void seal_words(struct tb_buf *out, const char *hex);

#endif
