/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lab.h - the simulated internet behind the gate
 *
 * Any name resolves, any address and port answers, nothing leaves the machine. The lab runs as
 * one process in the gate's network namespace, where nftables TPROXY steers every TCP connection
 * and UDP datagram of the box to its sockets.
 */
#ifndef TCBOX_LAB_H
#define TCBOX_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/event.h"

/*
 * The run's own certificate authority. Its private key exists only in memory and dies with the
 * run, unless it is stored.
 */
struct lab_authority;

/*
 * lab_authority_new() - make a key and a self-signed CA certificate (ECDSA P-256), valid around
 * now
 */
int lab_authority_new(struct lab_authority **out, struct tb_err *err);
/*
 * lab_authority_store() - key and certificate, as PEM, appended to @out. lab_authority_load() -
 * back from there; -EKEYEXPIRED: it was valid once; -EPROTO: it is none
 */
int lab_authority_store(const struct lab_authority *ca, struct tb_buf *out, struct tb_err *err);
int lab_authority_load(struct lab_authority **out, const char *pem, size_t len, struct tb_err *err);
void lab_authority_free(struct lab_authority *ca);
/* lab_authority_pem() - the certificate; borrowed */
const char *lab_authority_pem(const struct lab_authority *ca);
/*
 * lab_authority_hash() - its file name in OpenSSL's certificate directories, "1a2b3c4d.0";
 * borrowed
 */
const char *lab_authority_hash(const struct lab_authority *ca);

/**
 * lab_answer_fn() - called before an answer with addresses leaves
 * @name:	The name that was asked
 *
 * The gate opens the addresses of declared names here. Return: true if the name is declared and
 * the addresses are open
 */
typedef bool lab_answer_fn(void *arg, const char *name, const struct ev_addr *addrs, size_t n);

struct lab_options {
	struct lab_authority *authority;	/* borrowed */
	int record_fd;				/* pipe to the record, source "lab" */
	int ready_fd;				/* one byte once every port answers */
	int stop_fd;				/* readable or at its end: record what is open
						 * and return */
	int64_t t0_ns;
	lab_answer_fn *on_answer;		/* may be NULL */
	void *arg;
};

/**
 * lab_main() - serve until told to stop
 *
 * Needs CAP_NET_ADMIN and CAP_NET_BIND_SERVICE in the gate's network namespace. Appends
 * EV_LOOKUP for each query, EV_SERVED at the end of each connection or conversation (and for
 * every 16 requests within one: its bytes are those since the one before), EV_REQUEST for each
 * request as soon as it is answered, and at the end EV_COUNTERS: lookups, connections, datagrams,
 * datagrams_dropped (the socket was full), bytes_in, bytes_out, certificates, refused (over a
 * limit), requests, requests_unrecorded, secrets, secrets_unrecorded. Each TLS session adds some
 * EV_SECRET, by which its packets can be read. Ignores SIGPIPE, raises
 * RLIMIT_NOFILE and gives up privilege: call it in a process of its own.
 */
int lab_main(const struct lab_options *opt, struct tb_err *err);

/**
 * lab_name_addr() - the address that belongs to a name
 * @family:	AF_INET or AF_INET6
 *
 * Stable: the same name has the same address in every run, unless two names of one run collide
 * (then the later gets the next free one).
 */
struct lab_names;
struct lab_names *lab_names_new(void);
void lab_names_free(struct lab_names *n);
int lab_name_addr(struct lab_names *n, const char *name, int family, struct ev_addr *out);
/* lab_addr_name() - the name that owns an address; NULL if none does; borrowed */
const char *lab_addr_name(const struct lab_names *n, const struct ev_addr *addr);

#endif
