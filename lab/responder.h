/* SPDX-License-Identifier: Apache-2.0 */
/*
 * responder.h - who answers: one row for each protocol that the lab speaks
 */
#ifndef LAB_RESPONDER_H
#define LAB_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/event.h"

struct conn;
struct lab;

#define RESPONDER_PORTS 4

/* Do the first bytes of a client begin a protocol? */
enum responder_begins {
	BEGINS_NOT,
	BEGINS_MAYBE,		/* so far; more bytes decide */
	BEGINS,
};

/* Who answers on a TCP connection. */
struct responder {
	const char *service;		/* for the record; NULL: input() says it when it knows */
	uint16_t ports[RESPONDER_PORTS];	/* 0: no more */
	uint16_t tls_ports[RESPONDER_PORTS];	/* those where TLS comes first */
	const char *greeting;		/* for a client that stays quiet; NULL: the server waits,
					 * too */
	void (*greet)(struct conn *c);	/* the same, of what is no text */
	/* for a client that speaks first, on any port; NULL: it does not */
	enum responder_begins (*begins)(uint16_t port, const uint8_t *first, size_t len);
	bool (*begin)(struct conn *c);	/* before the greeting and the first input; may be NULL.
					 * Return: false without memory */
	void (*input)(struct conn *c);	/* read what is there, and answer; NULL: swallow it */
	void (*opened)(struct conn *c);	/* of a row that a connection has from its start: its
					 * stream is there. May be NULL */
	void (*end)(struct conn *c);	/* its session or the connection ends, or both, one
					 * after the other; may be NULL */
	bool (*half)(const struct conn *c);	/* did a message begin whose bytes were
						 * taken, and not end? May be NULL */
	const char *counted;		/* what its requests are called, where they are only
					 * counted */
};

/* The data connections of ftp.h, which no port and no byte tells. */
extern const struct responder responder_ftp_data;
/* What HTTP leads to, websocket.h. */
extern const struct responder responder_websocket;

/* responder_greeting() - the row that greets a quiet client on a port. Return: NULL if none does */
const struct responder *responder_greeting(uint16_t port, bool tls);

/**
 * responder_first() - the row for a client that speaks first: of the port, or else one for all
 * ports, by what it says
 * @more:	More bytes may follow
 *
 * Return: NULL if more bytes must decide
 */
const struct responder *responder_first(const struct conn *c, const uint8_t *first, size_t len,
					bool more);

/* One datagram of the product. */
struct udp_query {
	struct lab *lab;
	const struct ev_addr *client, *server;
	const uint8_t *data;
	size_t len;
};

#define UDP_REPLY_MAX 512

struct udp_reply {
	uint8_t data[UDP_REPLY_MAX];
	size_t len;		/* 0: no reply is due */
};

/*
 * responder_udp() - answer a datagram
 *
 * Return: the service that understood it; NULL if none did, and even then there may be a reply
 */
const char *responder_udp(const struct udp_query *q, struct udp_reply *out);

#endif
