/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pop3.h - a mailbox that every password opens, and that is empty
 */
#ifndef LAB_POP3_H
#define LAB_POP3_H

#include "lab/line.h"

struct pop3 {
	unsigned int secrets; /* lines of an AUTH exchange that are still to come */
};

/* pop3_turn() - answer one line, RFC 1939, 2449, 2595, 5034 */
void pop3_turn(struct pop3 *s, struct line_turn *t);

#endif
