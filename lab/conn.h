/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn.h - one TCP connection of the product
 */
#ifndef LAB_CONN_H
#define LAB_CONN_H

#include <event2/bufferevent.h>

#include "lab/fault.h"
#include "lab/ftp.h"
#include "lab/http.h"
#include "lab/http2.h"
#include "lab/imap.h"
#include "lab/irc.h"
#include "lab/loop.h"
#include "lab/mqtt.h"
#include "lab/mysql.h"
#include "lab/pop3.h"
#include "lab/request.h"
#include "lab/responder.h"
#include "lab/smtp.h"
#include "lab/socks.h"
#include "lab/telnet.h"
#include "lab/websocket.h"

enum conn_state {
	CONN_PEEK,		/* no byte was read yet: TLS or not? */
	CONN_INNER,		/* the same in a tunnel whose bytes come through a stream */
	CONN_OPENING,		/* a stream, plain or inside TLS, whose protocol is not known yet */
	CONN_TALKING,		/* with a responder */
	CONN_SINK,		/* accept everything, say nothing */
	CONN_LINGER,		/* the last byte was sent; wait for the other side to close */
};

/* What follows the answer that is on its way. */
enum conn_tunnel {
	TUNNEL_NONE,
	TUNNEL_ANEW,		/* CONNECT: any protocol, with TLS or without */
	TUNNEL_SAME,		/* STARTTLS: the same protocol, with TLS */
};

#define CONN_LAYERS 3		/* of TLS in TLS */

/* A stream of TLS, or a plain one, that carries another of TLS. */
struct layer {
	struct bufferevent *bev;
	SSL *ssl;
};

struct conn {
	TAILQ_ENTRY(conn) link;
	struct lab *lab;
	int fd;
	struct event *peek;		/* while CONN_PEEK */
	struct bufferevent *bev;	/* afterwards */
	SSL *ssl;			/* NULL: plain */
	struct layer below[CONN_LAYERS];	/* from the socket up */
	unsigned int nbelow;
	enum conn_state state;
	const struct responder *talks;	/* NULL: not known yet */
	bool peeked_short;		/* the first bytes looked like TLS, but there were too
					 * few */
	bool greeted, closing, paused;
	bool rest;			/* something came that nobody read, and was recorded */
	enum conn_tunnel tunnel;
	struct http_req *http;
	bool is_http;			/* a request was read since http began */
	struct smtp smtp;
	struct socks socks;
	union {				/* of who talks; begin() makes it */
		struct ftp ftp;
		struct ftp_data ftp_data;
		struct http2 http2;
		struct imap imap;
		struct irc irc;
		struct mqtt mqtt;
		struct mysql mysql;
		struct pop3 pop3;
		struct telnet telnet;
		struct websocket websocket;
	} talk;
	struct fault fault;
	struct requests asked;
	unsigned int requests;		/* in all; the last of them are noted in detail */
	unsigned int noted;
	struct ev_addr client, server;
	const char *service;
	char name[256];			/* server name of TLS, or Host of the first request */
	struct tb_buf detail;
	uint8_t first[LAB_FIRST_BYTES];
	size_t nfirst;
	uint64_t in, out;		/* since the last event */
	uint64_t stream;		/* read from the socket, but by ssl: its BIO counts */
	int64_t accepted;		/* as ev.t */
	bool ended;			/* it is being closed: nothing is sent any more */
	bool tls_failed;		/* as of struct ev_served; static text: */
	const char *tls_refused;
	int64_t active_ns;		/* when it began, or its last byte came: the lab's list
					 * is in this order */
};

/* conn_send() - queue bytes for the product, or what the scenario leaves of them */
void conn_send(struct conn *c, const void *data, size_t len);
/*
 * conn_take() - the next contiguous bytes of the input, at most @max of them. Return: their
 * number
 */
size_t conn_take(struct conn *c, const uint8_t **data, size_t max);
/* conn_pull() - the same, also of bytes that came apart from each other */
size_t conn_pull(struct conn *c, const uint8_t **data, size_t max);
/* conn_used() - remove bytes from the input and count them */
void conn_used(struct conn *c, const uint8_t *data, size_t len);
/* conn_note() - one more request: where to describe it for the record */
struct tb_buf *conn_note(struct conn *c);
/* conn_stream() - from now on @c->bev reads the socket itself: count what it reads */
void conn_stream(struct conn *c);
/* conn_full() - so much output waits that no further request may be answered */
bool conn_full(const struct conn *c);

/* conn_idle_time - so long a connection may be silent */
extern const struct timeval conn_idle_time;

/* conn_unread() - bytes came that nobody could read as requests, or not all of one: the record
 * says so, once */
void conn_unread(struct conn *c);

/* conn_settle() - its session is over: record what is not yet recorded of it, also of input that
 * nobody will read */
void conn_settle(struct conn *c);

/* conn_end() - record how it ended, and close it; @why may be NULL */
void conn_end(struct conn *c, const char *why);

/* conn_tunnel() - once its answer is out, what follows is for @target: "example.com:443" */
void conn_tunnel(struct conn *c, const char *target);

/* conn_sink() - from now on accept everything and say nothing */
void conn_sink(struct conn *c);

/*
 * The begin(), input(), end() and half() of responders, see responder.h. web_input() leaves the
 * state for CONN_SINK if this is not HTTP. web_end() releases what web_begin() made; safe without
 * it. What it had not read to its end is recorded
 */
bool web_begin(struct conn *c);
void web_input(struct conn *c);
void web_end(struct conn *c);
/*
 * web_left() - these bytes will not be read: the connection ends, and the other side may have heard
 * that or not. They may be requests, and the record says so, once
 */
void web_left(struct conn *c, const uint8_t *data, size_t len);
void smtp_input(struct conn *c);
bool smtp_half(const struct conn *c);
bool ftp_begin(struct conn *c);
void ftp_input(struct conn *c);
void ftp_end(struct conn *c);
void ftp_data_opened(struct conn *c);
void ftp_data_input(struct conn *c);
void ftp_data_end(struct conn *c);
bool imap_begin(struct conn *c);
void imap_input(struct conn *c);
bool imap_half(const struct conn *c);
bool irc_begin(struct conn *c);
void irc_input(struct conn *c);
bool mysql_begin(struct conn *c);
void mysql_greet(struct conn *c);
void mysql_input(struct conn *c);
bool mysql_half(const struct conn *c);
bool pop3_begin(struct conn *c);
void pop3_input(struct conn *c);
void ssh_input(struct conn *c);
bool telnet_begin(struct conn *c);
void telnet_greet(struct conn *c);
void telnet_input(struct conn *c);
bool telnet_half(const struct conn *c);
bool websocket_begin(struct conn *c);
void websocket_input(struct conn *c);
bool websocket_half(const struct conn *c);
bool socks_begin(struct conn *c);
void socks_input(struct conn *c);
void lookup_input(struct conn *c);

/* tls_half() - did the client begin a record of TLS, and not end it? */
bool tls_half(const SSL *ssl);
/* tls_new() - the server's side of TLS for a connection. Return: NULL on failure */
SSL *tls_new(struct conn *c);
/* tls_version() - "1.0" ... "1.3"; NULL while the handshake is not complete. Static */
const char *tls_version(const SSL *ssl);
/* tls_refused() - the handshake failed with @code: the version of the lab's hello, if the client
 * ended it there, and not for its certificate. Static; NULL: it did not */
const char *tls_refused(const SSL *ssl, unsigned long code);

#endif
