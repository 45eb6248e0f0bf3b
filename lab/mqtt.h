/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mqtt.h - a broker of MQTT 3.1, 3.1.1 and 5.0 that takes everything and has nothing to tell
 */
#ifndef LAB_MQTT_H
#define LAB_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/responder.h"
#include "tcbox/buf.h"

#define MQTT_PEEK 4096		/* of a packet, at most, before its payload */
#define MQTT_TEXT 512		/* kept of a topic, or of a client's name */
#define MQTT_REPLY 128

enum mqtt_what {
	MQTT_MORE,		/* it is not there yet */
	MQTT_TAKEN,
	MQTT_END,		/* the client says goodbye */
	MQTT_FAILED,		/* this is none: the connection ends */
};

/* What a connection remembers. */
struct mqtt {
	bool five;		/* version 5.0: replies have properties */
	bool connected;
	uint64_t left;		/* of a payload */
};

/* One packet. */
struct mqtt_step {
	size_t used;
	uint64_t payload;	/* bytes that follow, and are only counted */
	uint8_t reply[MQTT_REPLY];
	size_t reply_len;
	const char *method;	/* for the record; NULL: nothing to tell */
	char text[MQTT_TEXT];
	bool cut;		/* the text is longer */
	struct tb_rd topics;	/* that follow the one in text: in the bytes of the packet */
	bool options;		/* behind each of them is a byte */
};

/* mqtt_packet() - read a packet and answer it. Pure but for @s */
enum mqtt_what mqtt_packet(struct mqtt *s, const uint8_t *data, size_t len, struct mqtt_step *out);

/* mqtt_next() - the next topic into @step->text. Return: false if there is none */
bool mqtt_next(struct mqtt_step *step);

/* Rows of responder.h. */
enum responder_begins mqtt_begins(uint16_t port, const uint8_t *first, size_t len);
bool mqtt_begin(struct conn *c);
/* mqtt_half() - of a packet that is published there is more to come */
bool mqtt_half(const struct conn *c);
void mqtt_input(struct conn *c);

#endif
