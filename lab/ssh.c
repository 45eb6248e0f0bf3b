/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ssh.c - an SSH server that says who it is, reads who the client is, and ends the session
 *
 * How it works: both sides begin with a line of text, RFC 4253, 4.2. What the client calls itself
 * is recorded. Then the server sends SSH_MSG_DISCONNECT (11.1), which is in the clear before the
 * keys are exchanged, and closes: so no client waits for more.
 *
 * Limits: no key is exchanged, so no client says a user, a password or a command.
 */
#include <string.h>

#include "lab/conn.h"
#include "lab/line.h"

/*
 * RFC 4253, 6 and 11.1: the length of all that follows, that of the padding, SSH_MSG_DISCONNECT,
 * SSH_DISCONNECT_SERVICE_NOT_AVAILABLE, a text, no language, and padding to a multiple of 8
 */
static const char disconnect[] = "\0\0\0\54"
				 "\11"
				 "\1"
				 "\0\0\0\7"
				 "\0\0\0\25Service not available"
				 "\0\0\0\0"
				 "\0\0\0\0\0\0\0\0\0";

void ssh_input(struct conn *c)
{
	char line[LINE_MAX_LEN + 1];
	struct line_turn t = { .method = "IDENT", .argument = line };

	while (line_next(c, line)) {
		if (strncmp(line, "SSH-", 4) != 0)
			continue;
		line_note(c, &t);
		conn_send(c, disconnect, sizeof(disconnect) - 1);
		c->closing = true;
	}
}
