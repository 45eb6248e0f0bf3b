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
#include "lab/stun.h"
#include "lab/udp.h"
#include "tcbox/clock.h"
#include "tcbox/own.h"

/* begins_word() - is it the beginning of a word, or does it begin with it? */
static enum responder_begins begins_word(const char *word, const uint8_t *first, size_t len)
{
	size_t n = strlen(word);

	if (memcmp(word, first, len < n ? len : n) != 0)
		return BEGINS_NOT;
	return len < n ? BEGINS_MAYBE : BEGINS;
}

/* dns_begins() - one whole query behind its length, RFC 1035, 4.2.2, and nothing else */
static enum responder_begins dns_begins(uint16_t port, const uint8_t *first, size_t len)
{
	(void)port;
	if (len <= 2 || ((size_t)first[0] << 8 | first[1]) != len - 2 ||
	    !dns_is_query(first + 2, len - 2))
		return BEGINS_NOT;
	return BEGINS;
}

static enum responder_begins ssh_begins(uint16_t port, const uint8_t *first, size_t len)
{
	(void)port;
	return begins_word("SSH-", first, len);
}

/* irc_begins() - some of its words are those of other protocols: they count on its own ports */
static enum responder_begins irc_begins(uint16_t port, const uint8_t *first, size_t len)
{
	static const char *const words[] = { "NICK ", "CAP ", "USER ", "PASS " };
	size_t n = (port >= 6660 && port <= 6669) || port == 6697 || port == 7000 ? 4 : 2;
	enum responder_begins best = BEGINS_NOT;

	for (size_t i = 0; i < n; i++) {
		enum responder_begins b = begins_word(words[i], first, len);

		best = b > best ? b : best;
	}
	return best;
}

/* telnet_begins() - with a negotiation: IAC, and WILL, WONT, DO or DONT */
static enum responder_begins telnet_begins(uint16_t port, const uint8_t *first, size_t len)
{
	(void)port;
	if (first[0] != 0xff || (len > 1 && (first[1] < 0xfb || first[1] > 0xfe)))
		return BEGINS_NOT;
	return len > 1 ? BEGINS : BEGINS_MAYBE;
}

static enum responder_begins socks_first(uint16_t port, const uint8_t *first, size_t len)
{
	(void)port;
	return socks_begins(first, len) ? BEGINS : BEGINS_NOT;
}

static enum responder_begins http2_first(uint16_t port, const uint8_t *first, size_t len)
{
	(void)port;
	return begins_word(HTTP2_PREFACE, first, len);
}

static const struct responder responders[] = {
	{ .service = "smtp", .ports = { 25, 587, 2525 }, .tls_ports = { 465 },
	  .greeting = "220 mail.internal ESMTP\r\n", .input = smtp_input,
	  .half = smtp_half },
	{ .service = "ftp", .ports = { 21, 2121 }, .tls_ports = { 990 },
	  .greeting = "220 ready\r\n", .begin = ftp_begin, .input = ftp_input, .end = ftp_end },
	{ .service = "pop3", .ports = { 110 }, .tls_ports = { 995 }, .greeting = "+OK ready\r\n",
	  .begin = pop3_begin, .input = pop3_input },
	{ .service = "imap", .ports = { 143 }, .tls_ports = { 993 },
	  .greeting = "* OK IMAP4rev1 ready\r\n", .begin = imap_begin, .input = imap_input,
	  .half = imap_half },
	{ .service = "ssh", .ports = { 22, 2222 },
	  .greeting = "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", .begins = ssh_begins,
	  .input = ssh_input },
	{ .service = "telnet", .ports = { 23, 2323 }, .tls_ports = { 992 }, .greet = telnet_greet,
	  .begins = telnet_begins, .begin = telnet_begin, .input = telnet_input,
	  .half = telnet_half },
	{ .service = "mysql", .ports = { 3306 }, .greet = mysql_greet, .begin = mysql_begin,
	  .input = mysql_input, .half = mysql_half },
	{ .service = "dns", .ports = { 53 }, .tls_ports = { 853 }, .begins = dns_begins,
	  .input = lookup_input, .counted = "queries" },
	{ .service = "mqtt", .begins = mqtt_begins, .begin = mqtt_begin, .input = mqtt_input,
	  .half = mqtt_half },
	{ .service = "stun", .begins = stun_begins, .input = stun_input, .counted = "requests" },
	{ .service = "irc", .begins = irc_begins, .begin = irc_begin, .input = irc_input },
	{ .begins = http2_first, .begin = http2_begin, .input = http2_input, .end = http2_end,
	  .half = http2_half },
	{ .service = "socks", .begins = socks_first, .begin = socks_begin, .input = socks_input },
};

/* Anything else is HTTP, or turns out to be nothing that the lab knows. */
static const struct responder any_port = { .begin = web_begin, .input = web_input };

const struct responder responder_ftp_data = {
	.service = "ftp_data", .opened = ftp_data_opened, .input = ftp_data_input,
	.end = ftp_data_end,
};

const struct responder responder_websocket = {
	.service = "websocket", .begin = websocket_begin, .input = websocket_input,
	.half = websocket_half,
	.counted = "requests and messages",
};

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

		if (greets == (r->greeting || r->greet) &&
		    listed(tls ? r->tls_ports : r->ports, port))
			return r;
	}
	return NULL;
}

const struct responder *responder_greeting(uint16_t port, bool tls)
{
	return find(port, tls, true);
}

const struct responder *responder_first(const struct conn *c, const uint8_t *first, size_t len,
					bool more)
{
	const struct responder *r = find(c->server.port, c->ssl, false);
	bool maybe = !len;

	if (r)
		return r;
	for (size_t i = 0; i < TB_ARRAY_SIZE(responders) && len; i++) {
		enum responder_begins b = BEGINS_NOT;

		if (responders[i].begins)
			b = responders[i].begins(c->server.port, first, len);
		if (b == BEGINS)
			return &responders[i];
		maybe |= b == BEGINS_MAYBE;
	}
	return maybe && more ? NULL : &any_port;
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
	out->len = ntp_answer(q->data, q->len, lab_time_ns(q->lab), out->data);
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
