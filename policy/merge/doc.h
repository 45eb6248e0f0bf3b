/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doc.h - a policy as a document, of which parts can be taken with their comments
 */
#ifndef POLICY_MERGE_DOC_H
#define POLICY_MERGE_DOC_H

#include <stdbool.h>

#include "tcbox/buf.h"
#include "tcbox/jsonc.h"

/* A policy and those that it includes, which stand in its text. */
struct doc {
	const char *path;
	const char *text;
	size_t len;
	struct jsonc *json;
	const struct jsonc_val **roots;	/* what is included stands before what includes it */
	size_t nroots;
};

/* doc_open() - of a text that was read as a policy. Return: 0, -ENOMEM */
int doc_open(struct doc *d, const char *path, const struct tb_buf *text);
void doc_close(struct doc *d);

/* Another name for a variable or group of the document. */
struct doc_name {
	char *kind;		/* "variables", "destinations", "ports" */
	char *old, *new;
};

struct doc_names {
	struct doc_name *v;
	size_t n;
};

/* doc_names_find() - the new name of it; NULL: it keeps its own */
const char *doc_names_find(const struct doc_names *names, const char *kind, const char *old,
			   size_t len);

/*
 * doc_plain() - append a value so that values which mean the same are the same: without comments,
 * keys in order, arrays as sets. @without: keys of the outermost object that do not matter, ended
 * by NULL; NULL: all do. @names: as they are called in the other policy; NULL: as here
 */
void doc_plain(const struct jsonc_val *v, const char *const *without, const struct doc_names *names,
	       struct tb_buf *out);

/* An element of an array, with the comments that belong to it. */
struct doc_part {
	size_t begin;		/* of its comments, or of itself */
	size_t end;		/* of itself */
	size_t rest, rest_end;	/* a comment behind it on its line; the same: none */
	bool line;		/* @begin is at the beginning of a line */
};

/* An element, and what stands before it. */
struct doc_at {
	const struct jsonc_val *array, *prev, *v;	/* @prev: NULL: it is the first one */
};

/* doc_part() - what belongs to an element */
void doc_part(const struct doc *d, const struct doc_at *at, struct doc_part *out);
/* doc_tail() - comments behind the last element. Return: false: there are none */
bool doc_tail(const struct doc *d, const struct jsonc_val *array, size_t *begin, size_t *end);

/* What is different in a copy of an element. */
struct doc_copy {
	const struct doc_names *names;
	const char *id;		/* instead of its own; NULL: it keeps that */
};

/* doc_add_part() - append whole lines: the comments, the element, a comma. @indent: before an
 * element that stands on a line with others */
void doc_add_part(const struct doc *d, const struct doc_at *at, const struct doc_copy *how,
		  const char *indent, struct tb_buf *out);

/* doc_add_value() - append a value as it is written, with other names */
void doc_add_value(const struct doc *d, const struct jsonc_val *v, const char *kind,
		   const struct doc_copy *how, struct tb_buf *out);

#endif
