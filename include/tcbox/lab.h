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
#include "tcbox/sha256.h"

/*
 * The run's own certificate authority. Its private key exists only in memory and dies with the
 * run, unless it is stored.
 */
struct lab_authority;

/*
 * lab_authority_new() - make a key and a self-signed CA certificate (ECDSA P-256), valid around
 * now and around the product's clock, which is @ahead_s ahead
 */
int lab_authority_new(struct lab_authority **out, int64_t ahead_s, struct tb_err *err);
/*
 * lab_authority_store() - key and certificate, as PEM, appended to @out. lab_authority_load() -
 * back from there; -EKEYEXPIRED: it is not valid at both of these times; -EPROTO: it is none
 */
int lab_authority_store(const struct lab_authority *ca, struct tb_buf *out, struct tb_err *err);
int lab_authority_load(struct lab_authority **out, const struct tb_buf *pem, int64_t ahead_s,
		       struct tb_err *err);
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

/* lab_name_fn() - does this name resolve? The answer to any query for another is REFUSED */
typedef bool lab_name_fn(void *arg, const char *name);

/* What a scenario does to lookups: all but that of the control. */
enum lab_names_fault {
	LAB_NAMES_RESOLVE,
	LAB_NAMES_SILENT,		/* no answer comes */
	LAB_NAMES_FAIL,			/* SERVFAIL */
	LAB_NAMES_UNKNOWN,		/* NXDOMAIN */
	LAB_NAMES_MOVE,			/* asked again, a name has another address */
};

/* What the gate does to what goes anywhere but to the resolver and the control's address. */
enum lab_gate_fault {
	LAB_GATE_PASSES,
	LAB_GATE_REFUSES,		/* TCP and UDP */
	LAB_GATE_REFUSES_ALL,		/* and echo requests */
	LAB_GATE_DROPS,			/* everything */
};

/* What is wrong with each certificate. */
enum lab_cert_fault {
	LAB_CERT_RIGHT,
	LAB_CERT_UNTRUSTED,		/* signed by an authority that nobody trusts */
	LAB_CERT_EXPIRED,
	LAB_CERT_OTHER_NAME,
};

/* What comes of the first answer in a connection. */
enum lab_answer_fault {
	LAB_ANSWER_WHOLE,
	LAB_ANSWER_CUT,			/* half of it, and the end */
	LAB_ANSWER_RESET,		/* a reset in its place */
};

/* What is found by HTTP. */
enum lab_web_fault {
	LAB_WEB_CONTENT,
	LAB_WEB_ERROR,			/* 503 */
	LAB_WEB_MISSING,		/* 404 */
	LAB_WEB_EMPTY,			/* 200, with no byte of a body */
	LAB_WEB_PORTAL,			/* a login page; TLS shows its certificate */
};

/* A scenario: what the simulated internet does wrong, on purpose. 0: nothing of that kind. */
struct lab_scenario {
	const char *name;
	const char *means;		/* in a sentence: "no name resolves" */
	enum lab_names_fault names;
	enum lab_gate_fault gate;
	enum lab_cert_fault cert;
	enum lab_answer_fault answer;
	enum lab_web_fault web;
	int family;			/* the one that there is, AF_INET or AF_INET6 */
	unsigned int lose_nth;		/* of so many packets from the box the gate drops one */
	bool tls_old;			/* TLS 1.0 only */
	unsigned int delay_ms;		/* of the first answer in a connection */
	unsigned int bytes_per_s;	/* of each direction of a connection */
};

/* lab_scenario_find() - by its name. Return: NULL if there is none */
const struct lab_scenario *lab_scenario_find(const char *name);
/* lab_scenario_at() - each of them, from 0 on. Return: NULL behind the last */
const struct lab_scenario *lab_scenario_at(size_t i);

/*
 * Answers that the technician gives. lab_fixture_read() - from a file that was read, with the files
 * that it names. Return: 0; -EINVAL: what is wrong with it, with its place; -ENOMEM
 */
struct lab_fixture;
int lab_fixture_read(struct lab_fixture **out, const char *name, const struct tb_buf *file,
		     struct tb_err *err);
void lab_fixture_free(struct lab_fixture *f);

/*
 * lab_fixture_hash() - SHA-256 of the bytes of @file, followed by a line with that of each file
 * that they name, in their order. Return: 0 or negative errno
 */
int lab_fixture_hash(const struct lab_fixture *f, const struct tb_buf *file,
		     char hex[TB_SHA256_HEX], struct tb_err *err);

struct lab_options {
	struct lab_authority *authority;	/* borrowed */
	const struct lab_scenario *scenario;	/* NULL: nothing goes wrong */
	const struct lab_fixture *fixture;	/* NULL: none */
	int64_t ahead_s;		/* of the machine's clock, what the lab says about the
					 * time */
	const char *canary_name;	/* its lookup is always answered; NULL: there is none */
	int bodies_fd;				/* file that bodies are kept in; only if
						 * body_max is more than 0 */
	uint64_t body_max;			/* kept of each body; 0: none is */
	int record_fd;				/* pipe to the record, source "lab" */
	int ready_fd;				/* one byte once every port answers */
	int stop_fd;				/* readable or at its end: record what is open
						 * and return */
	int64_t t0_ns;
	lab_answer_fn *on_answer;		/* may be NULL */
	lab_name_fn *may_resolve;		/* NULL: every name */
	void *arg;				/* of both */
};

/**
 * lab_main() - serve until told to stop
 *
 * Needs CAP_NET_ADMIN and CAP_NET_BIND_SERVICE in the gate's network namespace. Appends
 * EV_LOOKUP for each query, EV_SERVED at the end of each connection or conversation (and for
 * every 16 requests within one: its bytes are those since the one before), EV_REQUEST for each
 * request as soon as it is answered, and at the end EV_COUNTERS: lookups, connections, datagrams,
 * datagrams_dropped (the socket was full), bytes_in, bytes_out, certificates, refused (over a
 * limit), requests, requests_unrecorded, secrets, secrets_unrecorded, bodies_bytes (kept),
 * bodies_left_out (that were not kept, or not as far as they should). Each TLS session adds some
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

/*
 * Trusted certificates in the forms of programs that do not read the system's: each makes a file
 * for the box out of certificates in PEM, of which none is secret.
 *
 * lab_store_java() - a key store of Java with all of them: format "JKS" version 2, which every JVM
 *	reads. Its password is "changeit", that of the store which a JVM comes with
 * lab_store_chromium() - a policy of Chromium and Chrome: CACertificates, since version 133
 * lab_store_firefox() - a policy of Firefox, which names the @file with the certificate
 *
 * Return: 0, -EINVAL: there is no certificate in @pem
 */
int lab_store_java(const char *pem, size_t len, struct tb_buf *out, struct tb_err *err);
int lab_store_chromium(const char *pem, size_t len, struct tb_buf *out, struct tb_err *err);
int lab_store_firefox(const char *file, struct tb_buf *out, struct tb_err *err);

#endif
