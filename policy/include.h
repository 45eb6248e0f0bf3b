/* SPDX-License-Identifier: Apache-2.0 */
/*
 * include.h - the documents that together are a policy
 */
#ifndef TCBOX_POLICY_INCLUDE_H
#define TCBOX_POLICY_INCLUDE_H

#include <sys/types.h>

#include "policy/read.h"
#include "tcbox/buf.h"

struct pol_doc {
	char *file;		/* as messages name it */
	unsigned int number;	/* as in struct pol_at */
	struct jsonc *json;	/* NULL: it stands in that of another */
	const struct jsonc_val *root;
	struct tb_buf text;	/* of a file */
	size_t begin;		/* of the text behind a byte order mark */
	bool known;		/* which file it is: */
	dev_t dev;
	ino_t ino;
	bool busy;		/* what it includes is being read */
	size_t order;		/* in which its rules are read, from 1; 0: it is not valid */
	struct pol_doc **parts;	/* for each element of "include"; NULL: it was there already */
	size_t nparts;
};

/* pol_read_documents() - a policy from its text, and what it includes, into r->pol */
void pol_read_documents(struct pol_reader *r, const char *file, const char *text, size_t len);

/* pol_whole() - append the text of all of it, of a policy that was read without a problem. That it
 * is too much for a bundle is one. @out: NULL: it is not needed */
void pol_whole(struct pol_reader *r, struct tb_buf *out);

void pol_free_documents(struct pol_reader *r);

#endif
