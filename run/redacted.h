/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redacted.h - what redacted.json says of a bundle that was given away without all that it had
 */
#ifndef RUN_REDACTED_H
#define RUN_REDACTED_H

#include <stddef.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/run.h"

#define REDACTED_FORMAT 1		/* "tcbox_redacted": readers refuse a greater number */

/* Words for the bits of enum redact_what, as both files have them, and as people read them. */
struct redacted_word {
	const char *name, *shown;
};
#define REDACTED_WORDS 5
extern const struct redacted_word redacted_words[REDACTED_WORDS];

/* redacted_say() - append a sentence on what was taken out of the bundle; nothing if it is whole.
 * What cannot be read is said so, too. Return: 0, -ENOMEM */
int redacted_say(int dir, struct tb_buf *out, struct tb_err *err);

#endif
