/* SPDX-License-Identifier: Apache-2.0 */
/*
 * irc.h - a chat server on which nobody else is
 */
#ifndef LAB_IRC_H
#define LAB_IRC_H

#include "lab/line.h"

#define IRC_NICK_LEN 64

struct irc {
	char nick[IRC_NICK_LEN];
	bool user, waits; /* USER was said; CAP is not at its end */
	bool welcome; /* was said */
};

/* irc_turn() - answer one line, RFC 1459, 2812; IRCv3 capabilities: there are none */
void irc_turn(struct irc *s, struct line_turn *t);

#endif
