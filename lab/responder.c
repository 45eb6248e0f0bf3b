/* SPDX-License-Identifier: Apache-2.0 */
/*
 * responder.c - who answers: one row for each protocol that the lab speaks
 *
 * A client that speaks first on a port where a server would greet is not of that protocol: it is
 * treated as on any other port.
 */
#include "lab/responder.h"

#include <string.h>

#include "lab/conn.h"
#include "lab/ntp.h"
#include "lab/udp.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"

static const struct responder responders[] = {
	{ .service = "smtp", .ports = { 25, 587 }, .tls_ports = { 465 },
	  .greeting = "220 mail.internal ESMTP\r\n", .input = smtp_input },
	{ .service = "ftp", .ports = { 21 }, .tls_ports = { 990 }, .greeting = "220 ready\r\n" },
	{ .service = "pop3", .ports = { 110 }, .tls_ports = { 995 }, .greeting = "+OK ready\r\n" },
	{ .service = "imap", .ports = { 143 }, .tls_ports = { 993 },
	  .greeting = "* OK IMAP4rev1 ready\r\n" },
	{ .service = "dns", .ports = { 53 }, .tls_ports = { 853 }, .input = lookup_input,
	  .counted = "queries" },
};

/* On any port, if its first segment is a whole query. */
static const struct responder dns = { .service = "dns", .input = lookup_input,
				      .counted = "queries" };

/* On any port, by its first bytes. */
static const struct responder socks = { .service = "socks", .begin = socks_begin,
					.input = socks_input };

/* Anything else is HTTP, or turns out to be nothing that the lab knows. */
static const struct responder any_port = { .begin = web_begin, .input = web_input };

static bool listed(const uint16_t ports[RESPONDER_PORTS], uint16_t port)
{
	for (size_t i = 0; i < RESPONDER_PORTS && ports[i]; i++)
		if (ports[i] == port)
			return true;
	return false;
}

/* find() - the row of a port, among those that greet or among those that wait */
static const struct responder *find(uint16_t port, bool tls, bool greets)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(responders); i++) {
		const struct responder *r = &responders[i];

		if (greets == (r->greeting != NULL) && listed(tls ? r->tls_ports : r->ports, port))
			return r;
	}
	return NULL;
}

const struct responder *responder_greeting(uint16_t port, bool tls)
{
	return find(port, tls, true);
}

/* is_dns() - one whole query behind its length, RFC 1035, 4.2.2, and nothing else */
static bool is_dns(const uint8_t *first, size_t len)
{
	return len > 2 && ((size_t)first[0] << 8 | first[1]) == len - 2 &&
	       dns_is_query(first + 2, len - 2);
}

const struct responder *responder_first(uint16_t port, bool tls, const uint8_t *first, size_t len)
{
	const struct responder *r = find(port, tls, false);

	if (r)
		return r;
	if (is_dns(first, len))
		return &dns;
	return socks_begins(first, len) ? &socks : &any_port;
}

static bool udp_dns(const struct udp_query *q, struct udp_reply *out)
{
	const struct dns_query query = { q->data, q->len, q->client, q->server, "udp" };
	struct dns_reply reply;

	lab_lookup(q->lab, &query, &reply);
	memcpy(out->data, reply.data, reply.len);
	out->len = reply.len;
	return reply.asked;
}

/* udp_other_dns() - at another port than that of DNS */
static bool udp_other_dns(const struct udp_query *q, struct udp_reply *out)
{
	return dns_is_query(q->data, q->len) && udp_dns(q, out);
}

static bool udp_ntp(const struct udp_query *q, struct udp_reply *out)
{
	out->len = ntp_answer(q->data, q->len, tb_realtime_ns(), out->data);
	return out->len;
}

/* answer() returns whether the datagram is of its protocol. A reply is sent in any case. */
static const struct udp_responder {
	const char *service;
	uint16_t port;			/* 0: any, because the datagram itself says what it is */
	bool (*answer)(const struct udp_query *q, struct udp_reply *out);
} udp_responders[] = {
	{ "dns", 53, udp_dns },
	{ "ntp", 123, udp_ntp },
	{ "nat-pmp", 5351, udp_natpmp },
	{ "stun", 0, udp_stun },
	{ "dht", 0, udp_dht },
	{ "dns", 0, udp_other_dns },
};

_Static_assert(sizeof(((struct dns_reply *)0)->data) <= UDP_REPLY_MAX, "an answer of DNS fits");
_Static_assert(NTP_LEN <= UDP_REPLY_MAX, "an answer of NTP fits");

const char *responder_udp(const struct udp_query *q, struct udp_reply *out)
{
	out->len = 0;
	for (size_t i = 0; i < TB_ARRAY_SIZE(udp_responders) && !out->len; i++) {
		const struct udp_responder *r = &udp_responders[i];

		if ((!r->port || r->port == q->server->port) && r->answer(q, out))
			return r->service;
	}
	return NULL;
}
