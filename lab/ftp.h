/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ftp.h - a file server that takes every file, and has every file
 */
#ifndef LAB_FTP_H
#define LAB_FTP_H

#include "lab/line.h"

struct ev_addr;
struct lab;

#define FTP_NAME_LEN 256
#define FTP_SLOTS 64 /* control connections at a time that wait for one of data */

/* A transfer, between its command and the end of its data connection. */
enum ftp_transfer {
	FTP_NONE,
	FTP_LIST,
	FTP_SEND,
	FTP_RECEIVE,
};

/* A control connection. */
struct ftp {
	enum ftp_transfer transfer;
	bool started; /* its data are on their way */
	char command[8], name[FTP_NAME_LEN]; /* of the transfer, for the record */
	bool private; /* data connections are in TLS, RFC 4217 */
	bool passive; /* this turn asks for a port */
	bool extended; /* by EPSV, RFC 2428 */
	uint16_t port; /* where the next data connection is awaited; 0: nowhere */
	struct conn *data; /* the data connection; NULL: it is not there */
};

/* A data connection. */
struct ftp_data {
	struct conn *control; /* NULL: it is gone */
};

/* What a file has in it, and the listing of a directory. */
extern const char ftp_content[], ftp_listing[];

/**
 * ftp_turn() - answer one line, RFC 959, 2389, 2428, 3659, 4217
 *
 * Sets s->passive where a port is asked for, and s->transfer where data are to move: then the
 * caller says the reply.
 */
void ftp_turn(struct ftp *s, struct line_turn *t);

/* ftp_pasv() - say where data are awaited; of IPv6 by EPSV only */
void ftp_pasv(struct ftp *s, const struct ev_addr *here, struct tb_buf *out);

/*
 * ftp_claims() - is this new connection one of data that a control connection awaits? Then it is
 * its own from now on, and the row of data talks
 */
bool ftp_claims(struct conn *c);
/* ftp_data_is_private() - will a data connection begin with TLS? */
bool ftp_data_is_private(const struct conn *c);

#endif
