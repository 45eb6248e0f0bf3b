/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ports.c - which ports are open in the box, as the kernel's own tables say
 *
 * How it works
 *	listen(2) and bind(2) are looked at before the kernel makes them, and between the two
 *	another thread may put another socket in the place of the descriptor. The kernel's tables
 *	cannot be deceived so: sock_diag(7) lists them, with the same cookie for a socket as
 *	SO_COOKIE gives. They are read every half second, and soon after a call that may have opened
 *	a port. A datagram socket without a peer is open; whether it is on its way to one is told by
 *	grace.c, and that it has one by the answer to its connect(2), which the supervisor makes.
 *
 * Limits
 *	A port that was open for less than that, and that no call opened, is not seen; what came
 *	there is, as a flow. PORTS_MAX sockets are recorded. Without the kernel's inet_diag there
 *	is nothing to read: then ports_looks() is 0, which bounds the verdict.
 */
#include "sandbox/watch/ports.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/watch/grace.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/map.h"
#include "tcbox/own.h"

#define PORTS_MAX 16384u
#define SOON_NS (INT64_C(5) * TB_NS_PER_MS)
#define PASSING_NS (INT64_C(50) * TB_NS_PER_MS)	/* a socket is on its way: until the next look */
#define REST 20		/* times as long as a look took */
#define ANSWER_BYTES 32768
#define UDP_STATES (1u << TCP_CLOSE | 1u << TCP_ESTABLISHED)

struct ports {
	int diag;
	struct tb_map *known;	/* cookies of what was recorded */
	struct grace *grace;
	int64_t soon;		/* CLOCK_MONOTONIC: ports_soon() asked for a look then; 0: it did
				 * not */
	int64_t rest_until;
	uint64_t looks;
	uint32_t question;	/* number of the last one */
	bool full;		/* and that was said */
	bool passing;		/* the last look saw a socket that may soon have its peer */
	bool heard;		/* nobody waited for an answer when it began */
	bool last;		/* no call goes on any more */
};

/* What is asked for; UDP sockets with a peer are clients. One whose peer has port 0 is connected
 * for the kernel, and hears every port of that address. */
static const struct table {
	uint8_t family, protocol;
	uint32_t states;
	const char *name;
} tables[] = {
	{ AF_INET, IPPROTO_TCP, 1u << TCP_LISTEN, "tcp" },
	{ AF_INET6, IPPROTO_TCP, 1u << TCP_LISTEN, "tcp" },
	{ AF_INET, IPPROTO_UDP, UDP_STATES, "udp" },
	{ AF_INET6, IPPROTO_UDP, UDP_STATES, "udp" },
};

int ports_socket(void)
{
	const struct timeval wait = { .tv_sec = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return fd;
}

struct ports *ports_new(int diag)
{
	struct ports *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->diag = diag;
	p->known = tb_map_new(PORTS_MAX);
	p->grace = grace_new();
	if (p->known && p->grace)
		return p;
	ports_free(p);
	return NULL;
}

void ports_free(struct ports *p)
{
	if (!p)
		return;
	tb_map_free(p->known);
	grace_free(p->grace);
	free(p);
}

static int ask(struct ports *p, const struct table *t)
{
	const struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 req;
	} question = {
		.head = { .nlmsg_len = sizeof(question), .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP, .nlmsg_seq = ++p->question },
		.req = { .sdiag_family = t->family, .sdiag_protocol = t->protocol,
			 .idiag_states = t->states },
	};
	ssize_t n = send(p->diag, &question, sizeof(question), 0);

	return n == (ssize_t)sizeof(question) ? 0 : -errno;
}

static void say_full(struct watch *w, struct ports *p)
{
	struct ev ev = { .kind = EV_LOSS };

	if (p->full)
		return;
	p->full = true;
	ev.u.loss = (struct ev_loss){ .what = "ports",
				      .detail = "more ports were open in the box than are "
						"recorded" };
	watch_append(w, 0, &ev);
}

/* append() - an open port, once for each socket */
static void append(struct watch *w, struct ports *p, const struct ev_port *port)
{
	struct ev ev = { .kind = EV_PORT, .u.port = *port };

	if (tb_map_get(p->known, &port->cookie, sizeof(port->cookie)))
		return;
	if (tb_map_put(p->known, &port->cookie, sizeof(port->cookie), p))
		say_full(w, p);
	else
		watch_append(w, 0, &ev);
}

/* is_passing() - may it soon have its peer? */
static bool is_passing(const struct ports *p, const struct table *t, const struct ev_port *port)
{
	return t->protocol == IPPROTO_UDP && !p->last &&
		!grace_over(p->grace, port->cookie, port->local.port, p->heard);
}

/* note() - one row of a table */
static void note(struct watch *w, struct ports *p, const struct table *t,
		 const struct inet_diag_msg *m)
{
	struct ev_port port = { .proto = t->name };

	if (!m->id.idiag_sport || (t->protocol == IPPROTO_UDP && m->id.idiag_dport))
		return;
	port.cookie = (uint64_t)m->id.idiag_cookie[1] << 32 | m->id.idiag_cookie[0];
	port.local.family = t->family;
	port.local.port = ntohs(m->id.idiag_sport);
	memcpy(port.local.ip, m->id.idiag_src, t->family == AF_INET ? 4 : 16);
	if (is_passing(p, t, &port))
		p->passing = true;
	else
		append(w, p, &port);
}

/* read_answer() - Return: 1 there is more, 0 that was all, negative errno */
static int read_answer(struct watch *w, struct ports *p, const struct table *t)
{
	union {
		struct nlmsghdr head;
		char space[ANSWER_BYTES];
	} answer;
	ssize_t got = recv(p->diag, &answer, sizeof(answer), 0);
	struct nlmsghdr *h = &answer.head;
	unsigned int left;

	if (got < 0)
		return errno == EINTR ? 1 : -errno;
	for (left = (unsigned int)got; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
		if (h->nlmsg_seq != p->question)
			continue;	/* the rest of an answer that was given up */
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (h->nlmsg_type == NLMSG_ERROR)
			return h->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)) ?
			       -EPROTO : ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
		if (h->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
		    h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
			note(w, p, t, NLMSG_DATA(h));
	}
	return 1;
}

/* is_heard() - a call that waits for its answer may be the connect of what the tables show */
static bool is_heard(const struct watch *w)
{
	struct pollfd calls = { .fd = w->listener, .events = POLLIN };

	return poll(&calls, 1, 0) == 0;
}

void ports_look(struct watch *w, struct ports *p)
{
	int64_t began = tb_monotonic_ns();
	int ret = 0;

	if (p->diag < 0 || began < p->rest_until)
		return;
	p->soon = 0;
	p->passing = false;
	p->heard = is_heard(w);
	for (size_t i = 0; ret >= 0 && i < TB_ARRAY_SIZE(tables); i++) {
		ret = ask(p, &tables[i]);
		if (ret == 0)
			ret = 1;
		while (ret > 0)
			ret = read_answer(w, p, &tables[i]);
	}
	if (ret >= 0)
		p->looks++;
	if (p->passing)
		p->soon = began + PASSING_NS;
	p->rest_until = tb_monotonic_ns() + (tb_monotonic_ns() - began) * REST;
}

void ports_look_last(struct watch *w, struct ports *p)
{
	p->last = true;
	p->rest_until = 0;
	ports_look(w, p);
}

void ports_waits(struct watch *w, uint64_t cookie, pid_t tid)
{
	grace_begin(w->ports->grace, cookie, tid);
	ports_soon(w->ports);
}

void ports_connected(struct watch *w, uint64_t cookie, uint16_t port)
{
	grace_end(w->ports->grace, cookie, port);
	/* that it was open before says nothing of what follows */
	(void)tb_map_del(w->ports->known, &cookie, sizeof(cookie));
}

void ports_soon(struct ports *p)
{
	if (!p->soon && p->diag >= 0)
		p->soon = tb_monotonic_ns() + SOON_NS;
}

int64_t ports_due(const struct ports *p)
{
	int64_t at = p->soon > p->rest_until ? p->soon : p->rest_until, now;

	if (!p->soon)
		return -1;
	now = tb_monotonic_ns();
	return at > now ? at - now : 0;
}

uint64_t ports_looks(const struct ports *p)
{
	return p->looks;
}
