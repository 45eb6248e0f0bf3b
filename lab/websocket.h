/* SPDX-License-Identifier: Apache-2.0 */
/*
 * websocket.h - the other side of a WebSocket: takes every message, and answers pings and the end
 */
#ifndef LAB_WEBSOCKET_H
#define LAB_WEBSOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEBSOCKET_CONTROL 125 /* bytes of a control frame at most, RFC 6455, 5.5 */
#define WEBSOCKET_PEEK (2 + 8 + 4 + WEBSOCKET_CONTROL)
#define WEBSOCKET_ACCEPT 29 /* bytes of the answer to a key, with its NUL */

struct websocket {
	uint64_t left; /* bytes of a frame's payload that are still to come */
	uint64_t message; /* bytes of the message so far */
	bool last; /* the frame is the last one of its message */
	bool in_message;
};

enum websocket_what {
	WEBSOCKET_MORE, /* it is not whole */
	WEBSOCKET_DATA, /* s->left bytes of a message follow */
	WEBSOCKET_REPLY, /* a ping, or another that needs no answer */
	WEBSOCKET_END, /* the reply is the last */
};

struct websocket_step {
	size_t used;
	uint8_t reply[2 + WEBSOCKET_CONTROL];
	size_t reply_len;
};

/* websocket_frame() - read the head of a frame, and all of a control frame, RFC 6455, 5.2 */
enum websocket_what websocket_frame(struct websocket *s, const uint8_t *data, size_t len,
				    struct websocket_step *out);

/* websocket_accept() - the answer to a client's key, RFC 6455, 4.2.2. Return: false on failure */
bool websocket_accept(const char *key, char out[WEBSOCKET_ACCEPT]);

#endif
