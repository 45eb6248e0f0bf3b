/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loop.h - what the parts of the running lab share
 */
#ifndef LAB_LOOP_H
#define LAB_LOOP_H

#include <event2/event.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "lab/body.h"
#include "lab/dns.h"
#include "lab/ftp.h"
#include "lab/leaf.h"
#include "tcbox/event.h"
#include "tcbox/lab.h"
#include "tcbox/record.h"

struct conn;
struct datagrams;
struct ev_token_bucket_cfg;

struct lab_counters {
	uint64_t lookups, connections, datagrams, datagrams_dropped;
	uint64_t bytes_in, bytes_out, refused;
	uint64_t requests, requests_unrecorded;
	uint64_t secrets, secrets_unrecorded;
};

struct lab {
	const struct lab_options *opt;
	struct event_base *base;
	struct rec_out *rec;
	struct lab_names *names;
	struct leaf_mint *mint;		/* made for the first TLS connection, as is tls */
	SSL_CTX *tls;
	struct lab_authority *stranger;	/* whom nobody trusts; for a scenario */
	struct ev_token_bucket_cfg *rate;	/* of each connection; for a scenario */
	TAILQ_HEAD(conn_list, conn) conns;
	size_t nconns, max_conns;
	size_t http2_streams;		/* of all connections */
	struct datagrams *datagrams;
	struct conn *ftp[FTP_SLOTS];	/* who awaits a data connection, see ftp_data.c */
	unsigned int ftp_given;		/* ports, so far */
	struct body_store bodies;
	struct lab_counters count;
	uint64_t moved;			/* grows with all that happens: the end waits for it to
					 * stop */
	int record_error;		/* negative errno: the record cannot be written, the lab
					 * must end */
};

/* lab_record() - append an event; a failure ends the loop */
void lab_record(struct lab *lab, struct ev *ev);

/* lab_time_ns() - what the lab says about the time: the product's clock; lab_date() - the same as
 * HTTP has it (RFC 9110, 5.6.7) */
#define LAB_DATE_LEN 40
int64_t lab_time_ns(const struct lab *lab);
void lab_date(const struct lab *lab, char out[LAB_DATE_LEN]);

/* One DNS message of the product. */
struct dns_query {
	const uint8_t *data;
	size_t len;
	const struct ev_addr *client, *server;
	const char *proto;		/* "udp", "tcp" */
};

/*
 * lab_lookup() - answer a DNS query, record it, open a declared name's addresses. reply->len 0:
 * silence
 */
void lab_lookup(struct lab *lab, const struct dns_query *q, struct dns_reply *reply);

/* lab_addr() - a socket address as an event's address, every byte of it defined */
void lab_addr(struct ev_addr *out, const struct sockaddr_storage *ss);

/* lab_shown() - the first bytes of a conversation, for the detail of an event */
#define LAB_FIRST_BYTES 32
void lab_shown(struct tb_buf *out, const uint8_t *first, size_t len);

#endif
