/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit_file.h - the syntax of unit files of systemd: sections, settings, words
 */
#ifndef POLICY_EXCHANGE_UNIT_FILE_H
#define POLICY_EXCHANGE_UNIT_FILE_H

#include "policy/exchange/source.h"

#define UNIT_MAX_BYTES (1u << 20)	/* systemd reads no longer line */

/* A setting: KEY=VALUE. */
struct unit_setting {
	unsigned int line;		/* where it begins */
	const char *section;		/* as "Service"; "" before the first one */
	const char *key, *value;	/* without blanks around them */
};

/* unit_fn() - called for each setting. Return: 0, or a negative errno, which ends the reading */
typedef int unit_fn(void *arg, const struct unit_setting *s);

/**
 * unit_read() - all settings of a text, in their order
 *
 * A backslash at the end of a line joins the next one to it; comments between the two are passed
 * over (systemd.syntax(7)). Return: 0; -EINVAL: a line is none of a unit file; -ENOMEM; what @fn
 * returns
 */
int unit_read(struct source *s, const char *text, size_t len, unit_fn *fn, void *arg);

/**
 * unit_word() - the next word of a value, without its quotes
 * @rest:	Moved behind it
 *
 * Return: false at the end; *word is the draft's
 */
bool unit_word(struct draft *d, const char **rest, const char *word[static 1]);

/* unit_bool() - yes, true, on, 1 */
bool unit_bool(const char *value);

#endif
