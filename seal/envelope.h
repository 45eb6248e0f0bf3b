/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope.h - seal.json: a DSSE envelope (secure-systems-lab/dsse, v1) with exact bytes and who
 * signed them
 */
#ifndef SEAL_ENVELOPE_H
#define SEAL_ENVELOPE_H

#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/seal.h"

#define ENVELOPE_TYPE "application/vnd.in-toto+json"
#define ENVELOPE_MAX (4u << 20)		/* bytes of the file */
#define SIGNERS_MAX SEAL_SIGNERS_MAX

struct signature {
	char *keyid;
	struct tb_buf sig;
	struct tb_buf key;	/* the public key, SubjectPublicKeyInfo in DER */
};

struct envelope {
	struct tb_buf payload;
	struct signature signatures[SIGNERS_MAX];
	size_t n;
};

void envelope_clear(struct envelope *e);

/* envelope_write() - append the file's text */
void envelope_write(const struct envelope *e, struct tb_buf *out);

/**
 * envelope_parse() - read such a text
 *
 * There is one text for an envelope: what envelope_write() writes. Any other is refused, so that
 * no byte of the file can be changed unseen. Return: 0; -EBADMSG: it is none; -ENOMEM
 */
int envelope_parse(const char *text, size_t len, struct envelope *e, struct tb_err *err);

/* envelope_read() - the one of a bundle. Return: as envelope_parse(); -ENOENT; other negative
 * errno */
int envelope_read(int bundle_fd, struct envelope *e, struct tb_err *err);
/* envelope_need() - the same, for who can do nothing without: that there is none is the error */
int envelope_need(int bundle_fd, struct envelope *e, struct tb_err *err);

/* envelope_signed() - append the bytes that are signed: PAE of the payload */
void envelope_signed(const struct envelope *e, struct tb_buf *out);

#endif
