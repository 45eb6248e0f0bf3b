/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact_text.h - lines of a bundle's files without names of users, variables, secrets
 */
#ifndef RUN_REDACT_TEXT_H
#define RUN_REDACT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "tcbox/buf.h"

/* What a line lost; bits. */
enum redact_what {
	REDACT_PAYLOADS = 1,	/* of packets, what the product printed or sent to services */
	REDACT_SECRETS = 2,	/* of TLS sessions */
	REDACT_ENVIRONMENT = 4,
	REDACT_USERS = 8,
	REDACT_REPORT = 16,	/* tcbox report makes it again */
};

/* What a file is made of. */
enum redact_text {
	REDACT_RECORD,		/* events.jsonl */
	REDACT_POLICY,
	REDACT_SAID,		/* by examiners: reviews and notes */
	REDACT_MANIFEST,
};

struct redact_names;

struct redact_names *redact_names_new(void);
void redact_names_free(struct redact_names *n);

/* redact_names_find() - remember the users that a line names: below /home, and as examiners.
 * Return: 0; -E2BIG: too many */
int redact_names_find(struct redact_names *n, const char *line, size_t len);

size_t redact_names_count(const struct redact_names *n);

struct redact_line {
	enum redact_text text;
	const struct redact_names *names;
	const char *policy_sha256;	/* what run.json is to say of the policy; NULL: as it
					 * does */
	char key[32];			/* of the value that comes next: a list has many lines */
	bool request;			/* the line is one of the lab's requests, or what it
				 * served */
	bool keeps;			/* its service keeps more than the method: HTTP, TLS, DNS */
	bool user;			/* it has a user before the server of CONNECT */
};

/**
 * redact_line() - append the line to @out without what must go
 * @r:	The same for all lines of a file, in their order
 *
 * Whatever is no JSON passes, but for what is below /home. Return: what went, bits of enum
 * redact_what; check out->failed
 */
unsigned int redact_line(struct redact_line *r, const char *line, size_t len, struct tb_buf *out);

/* redact_key_known() - was it decided how strings of this key of the record, or of run.json, are
 * read? Others are read as if the name of a user may stand in them */
bool redact_key_known(const char *key);

#endif
