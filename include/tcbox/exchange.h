/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchange.h - policies from and for other formats
 *
 * A reader makes the text of a policy; a writer makes a text of the format. Both list what they
 * could not carry over, so that nothing is lost in silence.
 */
#ifndef TCBOX_EXCHANGE_H
#define TCBOX_EXCHANGE_H

#include "tcbox/policy.h"

#define EXCH_MAX_BYTES POL_MAX_BYTES	/* a larger file is refused */

enum exch_kind {
	EXCH_NOTE,	/* what a reader should know; nothing is missing */
	EXCH_FILL,	/* it stands for something that only the site knows: to be filled in */
	EXCH_WIDER,	/* the result allows more than the source */
	EXCH_LOST,	/* the source says it, and the result does not */
};

/* One thing that is not in the result as it was in the source. */
struct exch_item {
	enum exch_kind kind;
	unsigned int line, column;	/* in the source, from 1; 0: of no single place */
	const char *where;		/* the path of its key, as "acl[0].name"; may be empty */
	const char *text;		/* a sentence; any bytes */
	unsigned int file;		/* as in struct pol_at, for the order */
	const char *path;		/* of the source, or of what it includes */
};

struct exch;

/* One format: a row of the table in policy/exchange/exchange.c. */
struct exch_format {
	const char *name;		/* as it is given on the command line */
	const char *about;
	bool reads, writes;
	bool signs;			/* files of it can have a detached signature */
};

/* exch_format_at() - the formats; NULL past the end */
const struct exch_format *exch_format_at(size_t i);
/* exch_format_find() - by its name, or by that of a program that has such files, as "docker" */
const struct exch_format *exch_format_find(const char *name);

/**
 * exch_import() - make a policy of a text in another format
 * @path:	Of the text, for messages and comments
 * @notes:	Lines for the head of the policy, of who called, ended by NULL
 *
 * Return: 0, *out is the caller's (exch_free()), and exch_text() is a valid policy; -EINVAL: it is
 * not of the format, @err says where; -ENOMEM
 */
int exch_import(const struct exch_format *f, const char *path, const char *text, size_t len,
		const char *const *notes, struct exch **out, struct tb_err *err);

/* exch_export() - make a text of another format of a policy. Return: as exch_import() */
int exch_export(const struct exch_format *f, const struct pol *p, struct exch **out,
		struct tb_err *err);
void exch_free(struct exch *e);

const struct tb_buf *exch_text(const struct exch *e);

/* exch_item_at() - what was not carried over, in the order of the source; NULL past the end */
const struct exch_item *exch_item_at(const struct exch *e, size_t i);

/* exch_kind_words() - as a heading: "not carried over" */
const char *exch_kind_words(enum exch_kind kind);

#endif
