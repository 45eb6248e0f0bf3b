/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp_data.c - the connections of a file server: commands on one, the files on others
 *
 * How it works: PASV gives a port of the same address to a control connection, from a table of
 * FTP_SLOTS; the next connection to that address and port belongs to it. Data move once both are
 * there, the command and the connection (behind its TLS handshake, after PROT P). The end of the
 * data connection is the end of the transfer, and the control connection says so.
 *
 * Limits: a port that nobody connects to is given to another after FTP_SLOTS more of PASV.
 */
#include <string.h>

#include "lab/conn.h"
#include "lab/ftp.h"
#include "lab/serve.h"

#define FIRST_PORT 50000
#define ROUNDS 100 /* ports of a slot, one after the other */

/* give_port() - a port for the next data connection; the slot's previous owner loses its own */
static uint16_t give_port(struct conn *c)
{
	struct lab *lab = c->lab;
	unsigned int slot = lab->ftp_given % FTP_SLOTS;
	unsigned int round = lab->ftp_given / FTP_SLOTS % ROUNDS;

	lab->ftp_given++;
	if (lab->ftp[slot])
		lab->ftp[slot]->talk.ftp.port = 0;
	lab->ftp[slot] = c;
	return (uint16_t)(FIRST_PORT + round * FTP_SLOTS + slot);
}

static void take_port(struct conn *control)
{
	uint16_t port = control->talk.ftp.port;

	if (port)
		control->lab->ftp[(port - FIRST_PORT) % FTP_SLOTS] = NULL;
	control->talk.ftp.port = 0;
}

/* say() - to the control connection, if it can hear */
static void say(struct conn *control, const char *text)
{
	if (control->bev && control->state == CONN_TALKING)
		conn_send(control, text, strlen(text));
}

/* drop_data() - the control connection has done with its data connection, which goes on alone */
static void drop_data(struct conn *control)
{
	struct conn *data = control->talk.ftp.data;

	control->talk.ftp.data = NULL;
	if (!data)
		return;
	data->talk.ftp_data.control = NULL;
	if (data->bev)
		(void)bufferevent_enable(data->bev, EV_READ);
}

/* record() - what moved; borrowed until the call returns */
static void record(struct conn *data, const struct ftp *s, uint64_t in, uint64_t out)
{
	const struct line_turn t = {
		.method = s->command,
		.argument = s->name,
		.status = 226,
		.bytes_in = in,
		.bytes_out = out,
	};

	line_note(data, &t);
}

/* move() - begin the transfer, if the command and the connection are both there */
static void move(struct conn *control)
{
	struct ftp *s = &control->talk.ftp;
	struct conn *data = s->data;
	const char *text = s->transfer == FTP_LIST ? ftp_listing : ftp_content;

	if (s->transfer == FTP_NONE || s->started || !data || data->state != CONN_TALKING)
		return;
	s->started = true;
	(void)bufferevent_enable(data->bev, EV_READ);
	if (s->transfer == FTP_RECEIVE)
		return;
	conn_send(data, text, strlen(text));
	data->closing = true;
	record(data, s, 0, strlen(text));
	s->transfer = FTP_NONE;
	drop_data(control);
	say(control, "226 Done\r\n");
}

bool ftp_begin(struct conn *c)
{
	memset(&c->talk.ftp, 0, sizeof(c->talk.ftp));
	return true;
}

void ftp_end(struct conn *c)
{
	take_port(c);
	drop_data(c);
}

static void turn(struct conn *c, struct line_turn *t)
{
	struct ftp *s = &c->talk.ftp;

	ftp_turn(s, t);
	if (s->passive) {
		take_port(c);
		drop_data(c);
		s->port = give_port(c);
		ftp_pasv(s, &c->server, t->out);
	}
	if (t->starttls)
		ftp_end(c);
}

void ftp_input(struct conn *c)
{
	while (line_one(c, turn))
		move(c);
}

bool ftp_claims(struct conn *c)
{
	uint16_t port = c->server.port;
	struct conn *control =
		port < FIRST_PORT ? NULL : c->lab->ftp[(port - FIRST_PORT) % FTP_SLOTS];
	struct ev_addr here;

	if (!control || control->talk.ftp.port != port)
		return false;
	here = control->server;
	here.port = port;
	if (!ev_addr_eq(&here, &c->server))
		return false;
	take_port(control);
	control->talk.ftp.data = c;
	c->talk.ftp_data.control = control;
	return true;
}

bool ftp_data_is_private(const struct conn *c)
{
	return c->talk.ftp_data.control && c->talk.ftp_data.control->talk.ftp.private;
}

void ftp_data_opened(struct conn *c)
{
	if (!c->talk.ftp_data.control)
		return;
	(void)bufferevent_disable(c->bev, EV_READ); /* or its end would be seen too early */
	move(c->talk.ftp_data.control);
}

void ftp_data_input(struct conn *c)
{
	const uint8_t *data;
	size_t len;

	while ((len = conn_take(c, &data, SIZE_MAX)))
		conn_used(c, data, len);
}

void ftp_data_end(struct conn *c)
{
	struct conn *control = c->talk.ftp_data.control;
	struct ftp *s;

	if (!control)
		return;
	s = &control->talk.ftp;
	s->data = NULL;
	if (s->transfer == FTP_NONE)
		return;
	if (s->started && s->transfer == FTP_RECEIVE) {
		record(c, s, c->in, 0);
		say(control, "226 Done\r\n");
	} else {
		say(control, "426 The data connection is gone\r\n");
	}
	s->transfer = FTP_NONE;
}
