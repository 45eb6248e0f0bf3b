/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta.c - application protocol and metadata of a flow, by nDPI
 *
 * How it works: nDPI sees the first packets with payload of each flow, until it is sure or
 * MAX_PACKETS have passed; then what it found is copied and its state (some kilobytes for a TLS
 * flow) is freed. So this memory is bounded by META_MAX flows that are still being looked at,
 * however many there are. What clients say first over TCP and QUIC may be held until the flow ends:
 * that is bounded by OPENING_BUDGET.
 *
 * Only what was read in the packets counts: nDPI would also guess by port and address, but a
 * product that speaks something else on port 443 must not be called "tls". Such a flow is
 * "unknown".
 *
 * nDPI takes as long to start as all else that a short run needs. So plain lookups, which every
 * run has, do without it.
 *
 * What a client says first over TCP is followed to its end by opening.c, which also says the names
 * in it: nDPI 4.2 keeps the last 79 bytes of a server name, and knows ten methods of HTTP.
 *
 * What a client says first over QUIC is read by quic.c: nDPI 4.2 does not know version 2, nor a
 * hello in several datagrams.
 *
 * Limits: names in TLS that begins later are nDPI's word alone.
 */
#include "capture/meta.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <gcrypt.h>
#include <ndpi_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/dns.h"
#include "capture/later.h"
#include "capture/opening.h"
#include "capture/quic.h"
#include "tcbox/own.h"

#define MAX_PACKETS_TCP 24
#define MAX_PACKETS_OTHER 12
/* of one packet: a hello with post-quantum keys has 2 KiB; of a super-packet the beginning */
#define MAX_BYTES 4096

struct meta {
	struct ndpi_detection_module_struct *ndpi;	/* NULL: no flow needed it yet */
	struct meta_flow *oldest, *newest;	/* still being looked at */
	uint32_t count;
	struct opening_budget openings;
	uint32_t copy[MAX_BYTES / 4];		/* aligned for nDPI's structures */
	uint8_t joined[OPENING_HEAD_MAX + HELLO_MAX];	/* a packet that was put together */
};

struct meta_flow {
	struct meta_flow *prev, *next;
	struct ndpi_flow_struct *flow;		/* NULL: concluded */
	ndpi_protocol proto;
	bool dns;				/* plain, nDPI was not asked */
	bool sure;				/* nDPI needs no more */
	uint8_t l4;				/* protocol below; 0: no packet was seen */
	uint64_t time;				/* of the last packet, ms */
	uint32_t packets;
	struct meta_info *info;			/* NULL: not concluded, or nothing found */
	struct opening opening;
	struct later later;
	struct quic *quic;			/* NULL: no such packet came */
	bool quic_lost;				/* one came, and could not be looked at */
};

struct meta *meta_new(void)
{
	struct meta *m;

	/* It looks for files of its configuration, and there is no file system later. */
	if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
		if (!gcry_check_version(NULL))
			return NULL;
		(void)gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	}
	m = calloc(1, sizeof(*m));
	if (m)
		m->openings.left = OPENING_BUDGET;
	return m;
}

/* start() - Return: false without memory */
static bool start(struct meta *m)
{
	NDPI_PROTOCOL_BITMASK all;

	if (m->ndpi)
		return true;
	/* The list of Tor hosts is a snapshot from when nDPI was built: addresses are no
	 * evidence of a protocol. */
	m->ndpi = ndpi_init_detection_module(ndpi_dont_load_tor_hosts | ndpi_dont_init_libgcrypt);
	if (!m->ndpi)
		return false;
	NDPI_BITMASK_SET_ALL(all);
	ndpi_set_protocol_detection_bitmask2(m->ndpi, &all);
	ndpi_finalize_initialization(m->ndpi);
	return true;
}

void meta_free(struct meta *m)
{
	if (m && m->ndpi)
		ndpi_exit_detection_module(m->ndpi);
	free(m);
}

struct meta_flow *meta_open(struct meta *m)
{
	struct meta_flow *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->flow = ndpi_flow_malloc(sizeof(*f->flow));
	if (!f->flow) {
		free(f);
		return NULL;
	}
	memset(f->flow, 0, sizeof(*f->flow));
	if (m->count >= META_MAX)
		(void)meta_conclude(m, m->oldest);
	f->prev = m->newest;
	*(m->newest ? &m->newest->next : &m->oldest) = f;
	m->newest = f;
	m->count++;
	return f;
}

/*
 * whole() - make the copy look like an uncut packet: nDPI refuses one that is shorter than its
 * header says. @ip: a packet of @cap bytes with its transport header @offset bytes before payload
 */
static uint16_t whole(struct meta *m, const uint8_t *ip, size_t cap, size_t udp_payload)
{
	uint8_t *copy = (uint8_t *)m->copy;
	size_t len = cap < MAX_BYTES ? cap : MAX_BYTES;
	bool v4 = ip[0] >> 4 == 4;
	uint16_t be;

	memcpy(copy, ip, len);
	be = htons((uint16_t)(v4 ? len : len - 40));
	memcpy(copy + (v4 ? 2 : 4), &be, 2);
	if (udp_payload && udp_payload <= len) {
		be = htons((uint16_t)(len - udp_payload + 8));
		memcpy(copy + udp_payload - 4, &be, 2);
	}
	return (uint16_t)len;
}

/* inspect() - nDPI looks at a packet. @udp_payload: where that of UDP begins; 0: it is not UDP */
static void inspect(struct meta *m, struct meta_flow *f, const uint8_t *ip, size_t cap,
		    size_t udp_payload)
{
	uint32_t max = f->l4 == IPPROTO_TCP ? MAX_PACKETS_TCP : MAX_PACKETS_OTHER;
	uint16_t len;

	if (f->sure)
		return;
	len = whole(m, ip, cap, udp_payload);
	f->proto = ndpi_detection_process_packet(m->ndpi, f->flow, (const uint8_t *)m->copy, len,
						 f->time);
	f->sure = f->proto.app_protocol != NDPI_PROTOCOL_UNKNOWN &&
		  f->flow->confidence == NDPI_CONFIDENCE_DPI &&
		  !ndpi_extra_dissection_possible(m->ndpi, f->flow);
	if (++f->packets >= max)
		f->sure = true;
}

/* look_later() - does it go on as something else than it began? What began as TLS or HTTP the lab
 * follows */
static void look_later(struct meta_flow *f, const struct pkt *p, int64_t at)
{
	if (f->opening.state == OPENING_TLS || f->opening.state == OPENING_HTTP || at < 0)
		return;
	if (p->proto == IPPROTO_TCP)
		later_tcp(&f->later, p, at);
	else if (p->proto == IPPROTO_UDP)
		later_udp(&f->later, p);
}

/* is_later_unread() - it is known by now what it began as */
static bool is_later_unread(const struct meta_flow *f)
{
	return f->later.found && f->opening.state != OPENING_TLS &&
	       f->opening.state != OPENING_HTTP;
}

static void tcp_packet(struct meta *m, struct meta_flow *f, const struct pkt *p, int64_t at)
{
	struct opening_out look = opening_packet(&f->opening, &m->openings, p, at, m->joined);

	if (look.len)
		inspect(m, f, m->joined, look.len, 0);
	if (look.packet)
		inspect(m, f, look.packet->ip, look.packet->ip_cap, 0);
	if (f->sure && f->opening.state != OPENING_MORE)
		(void)meta_conclude(m, f);
}

_Static_assert(META_SERVER == OPENING_SERVER && META_BEFORE == OPENING_BEFORE, "one meaning");

/* new_quic() - NULL: no room */
static struct quic *new_quic(struct meta *m)
{
	struct quic *q = m->openings.left >= sizeof(*q) ? calloc(1, sizeof(*q)) : NULL;

	if (q)
		m->openings.left -= sizeof(*q);
	return q;
}

/* quic_packet() - a datagram of the client */
static void quic_packet(struct meta *m, struct meta_flow *f, const struct pkt *p)
{
	bool begins = quic_begins(p->payload, p->payload_cap);

	if (begins && !f->quic)
		f->quic = new_quic(m);
	f->quic_lost |= begins && (!f->quic || p->payload_cap < p->payload_len);
	if (f->quic)
		quic_datagram(f->quic, &m->openings, p->payload, p->payload_cap, m->joined);
}

/* more_quic() - is a hello awaited? */
static bool more_quic(const struct meta_flow *f)
{
	return f->quic && !f->quic_lost && !f->quic->others && quic_unread(f->quic);
}

/* in_place() - a flow is concluded: does the client now say other bytes than it was judged by, or
 * more? */
static void in_place(struct meta *m, struct meta_flow *f, const struct pkt *p, int64_t at)
{
	if (p->proto == IPPROTO_UDP && at != META_SERVER && !f->dns) {
		quic_packet(m, f, p);
		if (f->info && f->quic)
			f->info->unread |= f->quic_lost || quic_unread(f->quic);
		return;
	}
	if (!f->opening.held || f->opening.state == OPENING_MORE)
		return;
	(void)opening_packet(&f->opening, &m->openings, p, at, m->joined);
	if (f->info)
		f->info->unread |= f->opening.others;
}

void meta_packet(struct meta *m, struct meta_flow *f, const struct pkt *p, int64_t at)
{
	bool fragment = p->first_fragment || p->later_fragment;

	if (fragment && p->proto == IPPROTO_TCP && at != META_SERVER)
		opening_lost(&f->opening);
	if (p->first_fragment && p->proto == IPPROTO_UDP && at != META_SERVER && p->payload) {
		f->quic_lost |= quic_begins(p->payload, p->payload_cap);
		if (f->info)
			f->info->unread |= f->quic_lost;
	}
	if (!p->payload || p->broken || fragment || at == META_OLD)
		return;
	look_later(f, p, at);
	if (!f->flow) {
		in_place(m, f, p, at);
		if (f->info)
			f->info->unread |= is_later_unread(f);
		return;
	}
	if (!f->l4 && dns_opens(p))
		f->dns = true;
	if (f->dns || !start(m)) {
		(void)meta_conclude(m, f);
		return;
	}
	f->l4 = p->proto;
	f->time = (uint64_t)p->time / 1000000u;
	if (p->proto == IPPROTO_TCP) {
		tcp_packet(m, f, p, at);
		return;
	}
	if (p->proto == IPPROTO_UDP && at != META_SERVER)
		quic_packet(m, f, p);
	inspect(m, f, p->ip, p->ip_cap,
		p->proto == IPPROTO_UDP ? (size_t)(p->payload - p->ip) : 0);
	if (f->sure && !more_quic(f))
		(void)meta_conclude(m, f);
}

void meta_acked(struct meta *m, struct meta_flow *f, uint32_t upto)
{
	opening_acked(&f->opening, &m->openings, upto);
}

static void lower(char *s)
{
	for (; *s; s++)
		*s = (char)tolower((unsigned char)*s);
}

/* tls_version() - "1.3" from a version on the wire; "" if it is none */
static const char *tls_version(unsigned int v)
{
	switch (v) {
	case 0x0002: return "SSL 2";
	case 0x0300: return "SSL 3";
	case 0x0301: return "1.0";
	case 0x0302: return "1.1";
	case 0x0303: return "1.2";
	case 0x0304: return "1.3";
	case 0xfeff: return "DTLS 1.0";
	case 0xfefd: return "DTLS 1.2";
	case 0xfefc: return "DTLS 1.3";
	default: return "";
	}
}

/* offered() - the greatest version in nDPI's list "TLSv1.3,TLSv1.2"; "" if there is none */
static const char *offered(const char *list)
{
	static const char *const known[] = { "1.3", "1.2", "1.1", "1.0" };
	size_t i;

	for (i = 0; list && i < TB_ARRAY_SIZE(known); i++) {
		const char *at = strstr(list, known[i]);

		if (at && at > list && at[-1] == 'v')
			return known[i];
	}
	return "";
}

/* What was found in a flow: its texts are in nDPI's memory, or here. */
struct found {
	struct meta_info info;
	char app[64], app_detail[128], host[64], request[1024];
};

static void find_tls(const struct meta_flow *mf, struct found *out)
{
	const struct ndpi_flow_struct *f = mf->flow;
	bool answered = f->protos.tls_quic.ja3_server[0];
	const char *version = answered ? "" : offered(f->protos.tls_quic.tls_supported_versions);

	out->info.sni = f->host_server_name;
	out->info.alpn = f->protos.tls_quic.alpn;
	out->info.tls_version = *version ? version : tls_version(f->protos.tls_quic.ssl_version);
	out->info.ja3 = f->protos.tls_quic.ja3_client;
}

/*
 * find_http() - nDPI's URL is the Host header and the request target in one string
 *
 * nDPI cuts the host at its first colon, which is right for a port but not for an IPv6 literal:
 * that one is taken from the URL.
 */
static void find_http(const struct ndpi_flow_struct *f, struct found *out)
{
	const char *url = f->http.url, *path, *bracket;

	out->info.http_host = f->host_server_name;
	if (!url)
		return;
	bracket = *url == '[' ? strchr(url, ']') : NULL;
	if (bracket &&
	    snprintf(out->host, sizeof(out->host), "%.*s", (int)(bracket - url) + 1, url) > 0)
		out->info.http_host = out->host;
	path = strchr(url, '/');
	if (!path || (path > url && path[-1] == ':' && path[1] == '/'))
		path = url;		/* "*", or the absolute form for proxies */
	if (snprintf(out->request, sizeof(out->request), "%s %s",
		     ndpi_http_method2str(f->http.method), path) > 0)
		out->info.http_request = out->request;
}

static bool is_app(const struct found *found, const char *app)
{
	return !strcmp(found->app, app);
}

/*
 * find_opening() - what was read of the client's first words goes before what nDPI says.
 * "SUBSCRIBE" it takes for NATS
 */
static void find_opening(const struct meta_flow *f, struct found *out)
{
	const struct opening *o = &f->opening;

	out->info.unread |= opening_unread(o) || is_later_unread(f);
	if (o->state == OPENING_TLS) {
		if (is_app(out, "unknown"))
			(void)snprintf(out->app, sizeof(out->app), "tls");
		if (o->name)
			out->info.sni = o->name;
		out->info.ech = o->ech;
	} else if (o->state == OPENING_HTTP) {
		if (is_app(out, "unknown") || is_app(out, "nats"))
			(void)snprintf(out->app, sizeof(out->app), "http");
		if (o->name)
			out->info.http_host = o->name;
		if (!out->info.http_request || !*out->info.http_request)
			out->info.http_request = o->request;
	}
}

/* find_quic() - the same of a hello over QUIC */
static void find_quic(const struct meta_flow *f, struct found *out)
{
	const struct quic *q = f->quic;

	out->info.unread |= f->quic_lost;
	if (!q || (!q->known && !is_app(out, "quic")))
		return;
	if (is_app(out, "unknown"))
		(void)snprintf(out->app, sizeof(out->app), "quic");
	out->info.unread |= quic_unread(q);
	if (!q->hellos)
		return;
	out->info.unread |= q->others;
	out->info.sni = q->name;
	out->info.alpn = q->alpn;
	out->info.ech = q->ech;
	if (!out->info.tls_version || !*out->info.tls_version)
		out->info.tls_version = "1.3";	/* or a later one: RFC 9001, 4.2 */
}

static void find(struct meta *m, struct meta_flow *f, struct found *out)
{
	uint16_t master = f->proto.master_protocol, app = f->proto.app_protocol,
		 top = master ? master : app;

	out->info.app = out->app;
	out->info.app_detail = out->app_detail;
	if (f->dns) {
		(void)snprintf(out->app, sizeof(out->app), "dns");
		return;
	}
	if (!top || f->flow->confidence < NDPI_CONFIDENCE_DPI_CACHE) {
		(void)snprintf(out->app, sizeof(out->app), "unknown");
		return;
	}
	if (snprintf(out->app, sizeof(out->app), "%s", ndpi_get_proto_name(m->ndpi, top)) < 0)
		return;
	lower(out->app);
	if (master && app && app != master &&
	    snprintf(out->app_detail, sizeof(out->app_detail), "%s.%s", out->app,
		     ndpi_get_proto_name(m->ndpi, app)) > 0)
		lower(out->app_detail);
	if (top == NDPI_PROTOCOL_QUIC && !f->quic && !f->flow->host_server_name[0])
		out->info.unread = true;	/* of a version that is not read */
	if (top == NDPI_PROTOCOL_TLS || app == NDPI_PROTOCOL_TLS || top == NDPI_PROTOCOL_QUIC ||
	    top == NDPI_PROTOCOL_DTLS)
		find_tls(f, out);
	else if (f->flow->http.url || top == NDPI_PROTOCOL_HTTP)
		find_http(f->flow, out);
}

/* pack() - copy the texts that are there behind the structure that points to them */
static struct meta_info *pack(const struct meta_info *found)
{
	struct meta_info copy = *found, *info;
	const char **text[] = { &copy.app,	 &copy.app_detail,  &copy.sni,
				&copy.alpn,	 &copy.tls_version, &copy.ja3,
				&copy.http_host, &copy.http_request };
	size_t size = sizeof(*info), i, n;
	char *at;

	for (i = 0; i < TB_ARRAY_SIZE(text); i++)
		size += *text[i] ? strlen(*text[i]) + 1 : 0;
	info = calloc(1, size);
	if (!info)
		return NULL;
	at = (char *)(info + 1);
	for (i = 0; i < TB_ARRAY_SIZE(text); i++) {
		n = *text[i] ? strlen(*text[i]) : 0;
		*text[i] = n ? memcpy(at, *text[i], n + 1) : NULL;
		at += n ? n + 1 : 0;
	}
	*info = copy;
	return info;
}

const struct meta_info *meta_conclude(struct meta *m, struct meta_flow *f)
{
	struct found found = { .app = "" };
	uint8_t guessed = 0;
	size_t rest;

	if (!f->flow)
		return f->info;
	rest = opening_rest(&f->opening, &m->openings, m->joined);
	if (rest)
		inspect(m, f, m->joined, rest, 0);
	if (f->proto.app_protocol == NDPI_PROTOCOL_UNKNOWN && f->packets)
		f->proto = ndpi_detection_giveup(m->ndpi, f->flow, 0, &guessed);
	find(m, f, &found);
	find_opening(f, &found);
	find_quic(f, &found);
	f->info = pack(&found.info);
	ndpi_free_flow(f->flow);
	f->flow = NULL;
	*(f->prev ? &f->prev->next : &m->oldest) = f->next;
	*(f->next ? &f->next->prev : &m->newest) = f->prev;
	m->count--;
	return f->info;
}

void meta_close(struct meta *m, struct meta_flow *f)
{
	if (!f)
		return;
	(void)meta_conclude(m, f);
	opening_free(&f->opening, &m->openings);
	if (f->quic) {
		quic_free(f->quic, &m->openings);
		m->openings.left += sizeof(*f->quic);
	}
	free(f->quic);
	free(f->info);
	free(f);
}
