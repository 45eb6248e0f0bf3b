/* SPDX-License-Identifier: Apache-2.0 */
/*
 * datagram.c - UDP datagrams of the product
 *
 * How it works: one socket per IP version receives everything; the original destination comes
 * with each datagram (IP_RECVORIGDSTADDR, ip(7)). A reply must come from that address and port,
 * so it leaves through a transparent socket that is bound to them; the last few of those are
 * kept.
 *
 * Datagrams between the same two addresses and ports are one conversation and one event, written
 * when it was quiet for IDLE_NS or when FLOWS_MAX others are younger. So a flood costs bounded
 * memory, and its events are at most one for each datagram.
 */
#include "lab/datagram.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/responder.h"
#include "tcbox/clock.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define FLOWS_MAX 16384
#define IDLE_NS (30 * TB_NS_PER_S)
#define BATCH 32
#define BATCHES_AT_ONCE 8	/* then other sockets get their turn */
#define TAKEN (DNS_QUERY_MAX + 1)	/* bytes read of each datagram; longer ones are only
					 * counted */
#define REPLY_SOCKETS 64

struct flow_key {
	struct ev_addr client, server;
};

struct flow {
	TAILQ_ENTRY(flow) link;
	struct flow_key key;
	int64_t last_ns;
	const char *service;
	uint64_t count, in, out;
	uint8_t first[LAB_FIRST_BYTES];
	size_t nfirst;
};

struct reply_socket {
	int fd;			/* -1: unused */
	struct ev_addr from;
	uint64_t used;		/* greater is more recent */
};

struct datagrams {
	struct tb_map *by_key;
	TAILQ_HEAD(flow_list, flow) oldest;	/* by last_ns */
	struct event *tick;
	struct reply_socket replies[REPLY_SOCKETS];
	uint64_t clock;
	uint32_t lost[2];	/* IPv4, IPv6: the kernel had no room for them; SO_RXQ_OVFL,
				 * socket(7) */
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
	struct sockaddr_storage from[BATCH];
	uint8_t data[BATCH][TAKEN];
	union {
		struct cmsghdr align;
		char bytes[256];
	} control[BATCH];
};

/* What one datagram says about itself. */
struct datagram {
	struct sockaddr_storage client, server;
	const uint8_t *data;
	size_t taken, len;	/* bytes in data; bytes that were sent */
};

static void flow_end(struct lab *lab, struct flow *f)
{
	struct datagrams *d = lab->datagrams;
	struct tb_buf detail = TB_BUF_INIT;
	struct ev ev = { .kind = EV_SERVED };

	tb_buf_addf(&detail, "%llu datagram", (unsigned long long)f->count);
	if (f->count != 1)
		tb_buf_adds(&detail, "s");
	if (f->nfirst) {
		tb_buf_adds(&detail, "; ");
		lab_shown(&detail, f->first, f->nfirst);
	}
	ev.u.served = (struct ev_served){
		.service = f->service,
		.proto = "udp",
		.client = f->key.client,
		.server = f->key.server,
		.detail = detail.data ? detail.data : "",
		.bytes_in = f->in,
		.bytes_out = f->out,
	};
	lab->count.bytes_in += f->in;
	lab->count.bytes_out += f->out;
	lab_record(lab, &ev);
	tb_buf_free(&detail);
	TAILQ_REMOVE(&d->oldest, f, link);
	(void)tb_map_del(d->by_key, &f->key, sizeof(f->key));
	free(f);
}

void datagrams_tick(evutil_socket_t fd, short what, void *arg)
{
	struct lab *lab = arg;
	int64_t now = tb_monotonic_ns();
	struct flow *f;

	(void)fd;
	(void)what;
	while ((f = TAILQ_FIRST(&lab->datagrams->oldest)) && now - f->last_ns >= IDLE_NS)
		flow_end(lab, f);
}

/* flow_of() - the conversation that a datagram belongs to. Return: NULL without memory */
static struct flow *flow_of(struct lab *lab, const struct datagram *dg)
{
	struct datagrams *d = lab->datagrams;
	struct flow_key key;
	struct flow *f;

	memset(&key, 0, sizeof(key));		/* the padding is part of the key */
	lab_addr(&key.client, &dg->client);
	lab_addr(&key.server, &dg->server);
	f = tb_map_get(d->by_key, &key, sizeof(key));
	if (f) {
		TAILQ_REMOVE(&d->oldest, f, link);
		TAILQ_INSERT_TAIL(&d->oldest, f, link);
		return f;
	}
	if (tb_map_count(d->by_key) >= FLOWS_MAX)
		flow_end(lab, TAILQ_FIRST(&d->oldest));
	f = calloc(1, sizeof(*f));
	if (!f || tb_map_put(d->by_key, &key, sizeof(key), f) < 0) {
		free(f);
		return NULL;
	}
	memcpy(&f->key, &key, sizeof(key));
	f->service = "sink";
	f->nfirst = dg->taken < sizeof(f->first) ? dg->taken : sizeof(f->first);
	memcpy(f->first, dg->data, f->nfirst);
	TAILQ_INSERT_TAIL(&d->oldest, f, link);
	return f;
}

static socklen_t addr_len(const struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

/*
 * reply_socket() - a socket that sends from an address that is not ours. Return: borrowed, -1 on
 * failure
 */
static int reply_socket(struct datagrams *d, const struct ev_addr *from,
			const struct sockaddr_storage *ss)
{
	bool v4 = ss->ss_family == AF_INET;
	struct reply_socket *r = &d->replies[0];
	TB_AUTOCLOSE int fd = -1;

	for (size_t i = 0; i < REPLY_SOCKETS; i++) {
		if (d->replies[i].fd >= 0 && ev_addr_eq(&d->replies[i].from, from)) {
			d->replies[i].used = ++d->clock;
			return d->replies[i].fd;
		}
		if (d->replies[i].used < r->used)
			r = &d->replies[i];
	}
	fd = socket(ss->ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_TRANSPARENT : IPV6_TRANSPARENT,
		       &(int){ 1 }, sizeof(int)) < 0 ||
	    bind(fd, (const struct sockaddr *)ss, addr_len(ss)) < 0)
		return -1;
	tb_close(&r->fd);
	r->from = *from;
	r->used = ++d->clock;
	r->fd = tb_take_fd(&fd);
	return r->fd;
}

static void reply(struct lab *lab, struct flow *f, const struct datagram *dg,
		  const struct udp_reply *out)
{
	int fd = reply_socket(lab->datagrams, &f->key.server, &dg->server);
	const struct sockaddr *to = (const struct sockaddr *)&dg->client;
	ssize_t n = fd < 0 ? -1 : sendto(fd, out->data, out->len, 0, to, addr_len(&dg->client));

	if (n > 0)
		f->out += (uint64_t)n;	/* otherwise it is lost, as datagrams may be; the client
					 * asks again */
}

static void serve_one(struct lab *lab, const struct datagram *dg)
{
	struct flow *f = flow_of(lab, dg);
	const char *service;
	struct udp_reply out;
	struct udp_query q = { .lab = lab, .data = dg->data, .len = dg->taken };

	lab->count.datagrams++;
	lab->moved++;
	if (!f) {
		lab->count.refused++;
		return;
	}
	f->count++;
	f->in += dg->len;
	f->last_ns = tb_monotonic_ns();
	q.client = &f->key.client;
	q.server = &f->key.server;
	service = responder_udp(&q, &out);
	if (out.len)
		reply(lab, f, dg, &out);
	if (service) {
		f->service = service;
		f->nfirst = 0;		/* the service says it all */
	}
}

/*
 * read_control() - original destination, and what the socket lost so far. Return: false without
 * the former
 */
static bool read_control(struct msghdr *m, struct sockaddr_storage *server, uint32_t *lost)
{
	bool found = false;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_ORIGDSTADDR) {
			memcpy(server, CMSG_DATA(c), sizeof(struct sockaddr_in));
			found = true;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_ORIGDSTADDR) {
			memcpy(server, CMSG_DATA(c), sizeof(struct sockaddr_in6));
			found = true;
		} else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(lost, CMSG_DATA(c), sizeof(*lost));
		}
	}
	return found;
}

static int receive_batch(struct lab *lab, int fd)
{
	struct datagrams *d = lab->datagrams;
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		d->iov[i] = (struct iovec){ d->data[i], TAKEN };
		d->msg[i].msg_hdr = (struct msghdr){
			.msg_name = &d->from[i],
			.msg_namelen = sizeof(d->from[i]),
			.msg_iov = &d->iov[i],
			.msg_iovlen = 1,
			.msg_control = &d->control[i],
			.msg_controllen = sizeof(d->control[i]),
		};
	}
	n = recvmmsg(fd, d->msg, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
	for (int i = 0; i < n; i++) {
		struct datagram dg = { .client = d->from[i],
				       .data = d->data[i],
				       .len = d->msg[i].msg_len };
		uint32_t *lost = &d->lost[d->from[i].ss_family == AF_INET6];
		uint32_t before = *lost;

		dg.taken = dg.len < TAKEN ? dg.len : TAKEN;
		if (read_control(&d->msg[i].msg_hdr, &dg.server, lost))
			serve_one(lab, &dg);
		lab->count.datagrams_dropped += *lost - before;
	}
	return n;
}

void datagrams_receive(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	for (int i = 0; i < BATCHES_AT_ONCE && receive_batch(arg, fd) == BATCH; i++)
		;
}

int datagrams_new(struct lab *lab, struct tb_err *err)
{
	const struct timeval every = { .tv_sec = 5 };
	struct datagrams *d = calloc(1, sizeof(*d));

	if (!d)
		return tb_err_set(err, ENOMEM, "datagrams");
	lab->datagrams = d;
	TAILQ_INIT(&d->oldest);
	for (size_t i = 0; i < REPLY_SOCKETS; i++)
		d->replies[i].fd = -1;
	d->by_key = tb_map_new(FLOWS_MAX);
	d->tick = event_new(lab->base, -1, EV_PERSIST, datagrams_tick, lab);
	if (!d->by_key || !d->tick || event_add(d->tick, &every) < 0)
		return tb_err_set(err, ENOMEM, "datagrams");
	return 0;
}

void datagrams_end(struct lab *lab)
{
	struct datagrams *d = lab->datagrams;

	if (!d)
		return;
	while (!TAILQ_EMPTY(&d->oldest))
		flow_end(lab, TAILQ_FIRST(&d->oldest));
	for (size_t i = 0; i < REPLY_SOCKETS; i++)
		tb_close(&d->replies[i].fd);
	if (d->tick)
		event_free(d->tick);
	tb_map_free(d->by_key);
	free(d);
	lab->datagrams = NULL;
}
