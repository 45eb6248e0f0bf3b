/* SPDX-License-Identifier: Apache-2.0 */
/*
 * imap.h - mailboxes that every password opens, and that are empty
 */
#ifndef LAB_IMAP_H
#define LAB_IMAP_H

#include "lab/line.h"

#define IMAP_TAG_LEN 64
#define IMAP_COMMAND_LEN 32
#define IMAP_ARGUMENT_LEN 256

struct imap {
	char tag[IMAP_TAG_LEN]; /* of a command that goes on, e.g. behind a literal */
	char command[IMAP_COMMAND_LEN]; /* of it; "": none goes on */
	char argument[IMAP_ARGUMENT_LEN];
	uint64_t literal; /* bytes that come as they are, RFC 9051, 4.3 */
	uint64_t body; /* bytes of literals in this command */
	unsigned int secrets; /* lines of AUTHENTICATE that are still to come */
	bool idle; /* until "DONE" */
};

/* imap_turn() - answer one line, RFC 3501, 9051, 2177; behind it s->literal bytes are no lines */
void imap_turn(struct imap *s, struct line_turn *t);

#endif
