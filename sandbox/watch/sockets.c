/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sockets.c - who talks to whom: socket calls with the socket in hand
 *
 * How it works: while the caller waits for its answer, the supervisor takes a copy of its socket
 * (pidfd_getfd), so that what the call is about is certain: protocol, cookie, local address. Remote
 * addresses come from the caller's memory and are claims; the packets tell. Where the kernel
 * chooses the local port only during the call, the copy is kept until the port is there, and
 * dropped at once, so that the product's close(2) still closes.
 *
 * That a datagram socket has got a peer makes it a client, and the kernel may refuse it, or read
 * another address than was looked at. Such a connect(2) neither waits nor sends: it is made here,
 * on the copy, and its answer is the caller's. The socket is what counts for it, not who asks: its
 * network, its user, its options.
 */
#include "sandbox/watch/sockets.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "sandbox/watch/detail.h"
#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/files.h"
#include "sandbox/watch/holders.h"
#include "sandbox/watch/joins.h"
#include "sandbox/watch/ports.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/socket_info.h"
#include "sandbox/watch/target.h"
#include "sandbox/watch/watch.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

#define MMSG_LOOK 64u		/* messages looked at at once */
#define MMSG_MAX 1024u		/* UIO_MAXIOV: the kernel sends no more with one sendmmsg(2) */
#define SETTLE_FIRST_NS (INT64_C(50) * 1000)
#define SETTLE_LONGEST_NS (INT64_C(10) * TB_NS_PER_MS)
#define SETTLE_GIVE_UP_NS TB_NS_PER_S

#define PENDING_MAX 256u

/* The kernel's struct mmsghdr and struct msghdr of a 64-bit process. */
struct msg64 {
	uint64_t name;
	uint32_t namelen;
	uint32_t pad;
	uint64_t iov, iovlen, control, controllen;
	uint32_t flags;
	uint32_t pad2;
};
struct mmsg64 {
	struct msg64 hdr;
	uint32_t len;
	uint32_t pad;
};
/* The same of a 32-bit process. */
struct msg32 {
	uint32_t name, namelen;
	uint32_t iov, iovlen, control, controllen;
	uint32_t flags;
};
struct mmsg32 {
	struct msg32 hdr;
	uint32_t len;
};
static_assert(sizeof(struct mmsg64) == 64 && sizeof(struct mmsg32) == 32, "as the kernel has them");

/* A call that was let go on: the local address is read as soon as the kernel has chosen it. */
struct pending {
	int fd; /* our copy of the socket; dropped within a second at most */
	pid_t tid;
	uint64_t proc;
	int64_t t;
	int64_t next_try; /* CLOCK_MONOTONIC */
	int64_t delay;
	int64_t give_up;
	struct ev_sock sock; /* strings are constants */
	struct ev_addr *remotes; /* owned; one event for each */
	size_t nremotes;
};

struct sockets {
	struct pending v[PENDING_MAX];
	size_t n;
};

struct sockets *sockets_new(void)
{
	return calloc(1, sizeof(struct sockets));
}

void sockets_free(struct sockets *k)
{
	for (size_t i = 0; k && i < k->n; i++) {
		tb_close(&k->v[i].fd);
		free(k->v[i].remotes);
	}
	free(k);
}

/* AF_UNIX names; an abstract one starts with NUL and may hold more of them, shown as '@' as ss(8)
 * does. */
static void unix_from(const union socket_addr *a, socklen_t len,
		      char path[sizeof(struct sockaddr_un)])
{
	size_t n = len > offsetof(struct sockaddr_un, sun_path) ?
			   len - offsetof(struct sockaddr_un, sun_path) :
			   0;

	if (n > sizeof(a->un.sun_path))
		n = sizeof(a->un.sun_path);
	if (n && a->un.sun_path[0])
		n = strnlen(a->un.sun_path, n);
	for (size_t i = 0; i < n; i++)
		path[i] = a->un.sun_path[i] ? a->un.sun_path[i] : '@';
	path[n] = '\0';
}

bool sockets_are_local(const struct watch_note *n)
{
	TB_AUTOCLOSE int fd = socket_take(n, (int)n->req->data.args[0]);
	socklen_t len = sizeof(int);
	int family;

	return fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len) == 0 &&
		family == AF_UNIX;
}

static void append_sock(struct watch *w, uint64_t proc, int64_t t, const struct ev_sock *sock)
{
	struct ev ev = { .kind = EV_SOCK, .t = t, .u.sock = *sock };

	watch_fold(w, proc, &ev);
}

static void settle_one(struct watch *w, size_t i, bool last)
{
	struct pending *p = &w->sockets->v[i];
	struct ev_addr now;

	socket_local(p->fd, &now);
	if (!now.port && !last)
		return;
	if (now.port ||
	    strcmp(p->sock.call, "bind") != 0) /* a bind that failed keeps the address that was
					        * asked for */
		p->sock.local = now;
	tb_close(&p->fd);
	if (!p->sock.local.port)
		w->n.local_unknown++;
	for (size_t r = 0; r < p->nremotes; r++) {
		p->sock.remote = p->remotes[r];
		append_sock(w, p->proc, p->t, &p->sock);
	}
	free(p->remotes);
	w->sockets->n--;
	if (i != w->sockets->n)
		*p = w->sockets->v[w->sockets->n];
}

int64_t sockets_settle(struct watch *w, pid_t tid)
{
	int64_t now, next = -1;

	if (!w->sockets->n)
		return -1;
	now = tb_monotonic_ns();
	for (size_t i = w->sockets->n; i-- > 0;) { /* backwards: settling moves the last one into
						    * the gap */
		struct pending *p = &w->sockets->v[i];

		if (p->next_try > now && p->tid != tid)
			continue;
		p->delay = p->delay * 2 < SETTLE_LONGEST_NS ? p->delay * 2 : SETTLE_LONGEST_NS;
		p->next_try = now + p->delay;
		settle_one(w, i, p->tid == tid || now >= p->give_up);
	}
	for (size_t i = 0; i < w->sockets->n; i++)
		if (next < 0 || w->sockets->v[i].next_try - now < next)
			next = w->sockets->v[i].next_try - now;
	return next < 0 && w->sockets->n ? 0 : next;
}

void sockets_settle_proc(struct watch *w, uint64_t proc)
{
	for (size_t i = w->sockets->n; i-- > 0;)
		if (!proc || w->sockets->v[i].proc == proc)
			settle_one(w, i, true);
}

/* @fd and @remotes are taken over. */
static void settle_later(struct watch *w, const struct watch_note *n, int fd,
			 const struct ev_sock *sock,
			 struct ev_addr *remotes, size_t nremotes)
{
	const struct timespec pause = { .tv_nsec = SETTLE_FIRST_NS };
	int64_t now = tb_monotonic_ns();

	/* Full: the caller waits, and so does whoever calls next, until the kernel has chosen a
	 * port for one of the others; the oldest is given up after SETTLE_GIVE_UP_NS. */
	while (w->sockets->n == PENDING_MAX) {
		(void)sockets_settle(w, 0);
		if (w->sockets->n == PENDING_MAX)
			(void)nanosleep(&pause, NULL);
		now = tb_monotonic_ns();
	}
	w->sockets->v[w->sockets->n++] = (struct pending){
		.fd = fd,
		.tid = (pid_t)n->req->pid,
		.proc = n->p ? n->p->id : 0,
		.t = w->now,
		.delay = SETTLE_FIRST_NS,
		.next_try = now + SETTLE_FIRST_NS,
		.give_up = now + SETTLE_GIVE_UP_NS,
		.sock = *sock,
		.remotes = remotes,
		.nremotes = nremotes,
	};
}

/* Does the kernel choose the local port during this call? */
static bool port_comes_later(const struct watch_note *n, const struct socket_info *i)
{
	int nr = n->req->data.nr;

	if (n->error || i->local.port || (i->family != AF_INET && i->family != AF_INET6) ||
	    i->type == SOCK_RAW)
		return false;
	return nr == SYS_connect || nr == SYS_bind || nr == SYS_listen || nr == SYS_sendto ||
	       nr == SYS_sendmsg || nr == SYS_sendmmsg;
}

/* One address argument: a struct sockaddr of the caller. */
struct claim {
	struct ev_addr addr;
	char path[sizeof(struct sockaddr_un)];
	bool abstract;
	bool control; /* beside the message, where descriptors are passed: unix(7) */
};

static int read_claim(struct watch *w, const struct watch_note *n, uint64_t addr, uint64_t len,
		      struct claim *out)
{
	bool sends = n->req->data.nr != SYS_connect && n->req->data.nr != SYS_bind;
	union socket_addr a = { .storage = { 0 } };
	size_t want = len > sizeof(a) ? sizeof(a) : (size_t)len;

	*out = (struct claim){ .addr = { 0 } };
	if (!addr || want < sizeof(a.sa.sa_family))
		return 0;
	if (tgt_read((pid_t)n->req->pid, addr, &a, want) < 0) {
		w->n.calls_unread++;
		return -EFAULT;
	}
	if (a.sa.sa_family == AF_UNSPEC && sends)	/* udp_sendmsg() and raw_sendmsg() take it
							 * for AF_INET */
		a.sa.sa_family = AF_INET;
	out->abstract = !a.un.sun_path[0];
	if (a.sa.sa_family == AF_UNIX)
		unix_from(&a, (socklen_t)want, out->path);
	else
		socket_addr_from(&a, (socklen_t)want, &out->addr);
	return 0;
}

/* How many messages the call sends, if it gets as far as that. */
static size_t count_messages(const struct watch_note *n)
{
	const __u64 *a = n->req->data.args;
	uint32_t vlen = (uint32_t)a[2];

	if (!a[1])
		return 0;	/* sends nothing: libuv asks like this whether the call exists */
	if (n->req->data.nr != SYS_sendmmsg)
		return 1;
	return vlen < MMSG_MAX ? vlen : MMSG_MAX;
}

/* read_messages() - the addresses of @count messages of sendmsg or sendmmsg, from number @first on.
 * Return: how many */
static size_t read_messages(struct watch *w, const struct watch_note *n, size_t first, size_t count,
			    struct claim claims[MMSG_LOOK])
{
	bool many = n->req->data.nr == SYS_sendmmsg;
	size_t each = n->abi ? sizeof(struct mmsg32) : sizeof(struct mmsg64);
	size_t one = n->abi ? sizeof(struct msg32) : sizeof(struct msg64);
	uint64_t addr = n->req->data.args[1] + first * each;
	union {
		struct mmsg64 of64[MMSG_LOOK];
		struct mmsg32 of32[MMSG_LOOK];
	} msgs;

	if (count > MMSG_LOOK)
		count = MMSG_LOOK;
	if (tgt_read((pid_t)n->req->pid, addr, &msgs, many ? count * each : one) < 0) {
		w->n.calls_unread++;
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		if (n->abi)
			(void)read_claim(w, n, msgs.of32[i].hdr.name, msgs.of32[i].hdr.namelen,
					 &claims[i]);
		else
			(void)read_claim(w, n, msgs.of64[i].hdr.name, msgs.of64[i].hdr.namelen,
					 &claims[i]);
		claims[i].control = n->abi ? msgs.of32[i].hdr.controllen != 0 :
			msgs.of64[i].hdr.controllen != 0;
	}
	return count;
}

/* The addresses of a call that is recorded as soon as the kernel has chosen the local port. */
struct later {
	struct ev_addr *v;
	size_t n;
};

/* append_claims() - one event for each address of the call; or keep them in @later, if that is not
 * NULL */
static void append_claims(struct watch *w, const struct watch_note *n, struct ev_sock *sock,
			  const struct claim *claims,
			  size_t nclaims, struct later *later)
{
	struct ev_addr *v = later ? tb_grow(later->v, later->n, nclaims, sizeof(*v)) : NULL;

	if (v)
		later->v = v;
	for (size_t i = 0; i < nclaims; i++) {
		sock->remote = claims[i].addr;
		sock->path = claims[i].path;
		if (v)
			v[later->n++] = claims[i].addr;	/* not AF_UNIX: there is no path */
		else
			append_sock(w, n->p ? n->p->id : 0, w->now, sock);
	}
}

/* look_control() - a message to a process of the box may hand it a socket */
static void look_control(struct watch *w, const struct ev_sock *sock, const struct claim *claims,
			 size_t nclaims)
{
	for (size_t i = 0; i < nclaims; i++)
		if (claims[i].control && sock->proto && !strcmp(sock->proto, "unix"))
			holders_passed(w->holders);
}

/* look_messages() - every message has an address of its own. Return: false if the caller is gone */
static bool look_messages(struct watch *w, const struct watch_note *n, struct ev_sock *sock,
			  struct later *later)
{
	size_t count = count_messages(n), done = 0, got;
	struct claim claims[MMSG_LOOK];

	while (done < count && (got = read_messages(w, n, done, count - done, claims)) > 0) {
		if (!watch_alive(w, n->req))
			return false;
		append_claims(w, n, sock, claims, got, later);
		look_control(w, sock, claims, got);
		done += got;
	}
	if (done)
		return true;
	claims[0] = (struct claim){ .addr = { 0 } };
	if (!watch_alive(w, n->req))
		return false;
	append_claims(w, n, sock, claims, 1, later);
	return true;
}

/* look_join() - the group that a setsockopt joins, and the sources that it names there: one event
 * for each. All of it is the caller's claim */
static void look_join(struct watch *w, const struct watch_note *n, struct ev_sock *sock)
{
	struct joins_option opt = joins_option(n->req->data.args, n->abi != NULL);
	struct ev_addr all[1 + JOINS_SOURCES];
	uint8_t value[JOINS_MAX];
	size_t count = 1;

	all[0] = (struct ev_addr){ 0 };
	if (tgt_read((pid_t)n->req->pid, n->req->data.args[3], value, opt.size) < 0)
		w->n.calls_unread++;
	else if (joins_read(&opt, value, opt.size, &all[0]))
		count += joins_sources(&opt, value, opt.size, all + 1);
	if (!watch_alive(w, n->req))
		return;
	for (size_t i = 0; i < count; i++) {
		sock->remote = all[i];
		append_sock(w, n->p ? n->p->id : 0, w->now, sock);
	}
}

/* look_claim() - the address of the call, if it has one */
static bool look_claim(struct watch *w, const struct watch_note *n, struct ev_sock *sock,
		       struct later *later)
{
	const __u64 *a = n->req->data.args;
	struct claim claim = { .addr = { 0 } };

	if (n->req->data.nr == SYS_connect || n->req->data.nr == SYS_bind)
		(void)read_claim(w, n, a[1], (uint32_t)a[2], &claim);
	else if (n->req->data.nr == SYS_sendto)
		(void)read_claim(w, n, a[4], (uint32_t)a[5], &claim);
	/* listen, accept, accept4: the address is the kernel's answer, not an argument */
	if (!watch_alive(w, n->req))
		return false;
	if (n->req->data.nr == SYS_bind && claim.path[0] && !claim.abstract)
		files_bound(w, n, claim.path);
	if (n->req->data.nr == SYS_bind) {
		sock->local = claim.addr; /* the claim; settled by what the kernel says */
		claim.addr = (struct ev_addr){ 0 };
	}
	append_claims(w, n, sock, &claim, 1, later);
	return true;
}

static bool has_peer(int fd)
{
	union socket_addr peer;
	socklen_t len = sizeof(peer);

	return getpeername(fd, &peer.sa, &len) == 0;
}

static bool is_datagram(const struct socket_info *i)
{
	return i->protocol == IPPROTO_UDP && (i->family == AF_INET || i->family == AF_INET6);
}

/* make_connect() - give a datagram socket its peer, in the place of the caller. Return: false if
 * its argument cannot be read, which the kernel will say, too */
static bool make_connect(struct watch *w, struct watch_note *n, int fd, struct ev_sock *sock)
{
	socklen_t len = (socklen_t)n->req->data.args[2];
	union socket_addr to = { .storage = { 0 } };
	pid_t tid = (pid_t)n->req->pid;

	if (len > sizeof(to) || tgt_read(tid, n->req->data.args[1], &to, len) < 0)
		return false;
	if (!watch_alive(w, n->req))
		return true;
	n->made = true;
	n->error = connect(fd, &to.sa, len) < 0 ? errno : 0;
	sock->error = watch_errno_name(n->error);
	socket_addr_from(&to, len, &sock->remote);
	socket_local(fd, &sock->local);
	append_sock(w, n->p ? n->p->id : 0, w->now, sock);
	if (has_peer(fd))
		ports_connected(w, sock->cookie, sock->local.port);
	else if (sock->local.port)
		ports_waits(w, sock->cookie, tid);
	return true;
}

void sockets_call(struct watch *w, struct watch_note *n)
{
	struct ev_sock sock = { .call = n->row->name,
				.abi = n->abi,
				.outcome = watch_outcome(n),
				.error = watch_errno_name(n->error) };
	bool messages = n->req->data.nr == SYS_sendmsg || n->req->data.nr == SYS_sendmmsg;
	struct socket_info info = { 0 };
	struct later later = { NULL, 0 }, *l;
	TB_AUTOCLOSE int fd = -1;

	if (n->req->data.nr == SYS_setsockopt &&
	    !joins_option(n->req->data.args, n->abi != NULL).size)
		return;
	fd = socket_take(n, (int)n->req->data.args[0]);
	if (fd >= 0)
		socket_look(fd, &info);
	else if (fd != -EBADF)	/* with that the call fails, too */
		w->n.calls_unread++;
	sock.proto = socket_proto(&info);
	sock.cookie = info.cookie;
	sock.local = info.local;
	sock.elsewhere = fd >= 0 && elsewhere_socket(w->where, fd);
	if (n->req->data.nr == SYS_setsockopt) {
		look_join(w, n, &sock);
		return;
	}
	if (n->req->data.nr == SYS_connect && !n->error && is_datagram(&info) &&
	    make_connect(w, n, fd, &sock))
		return;
	if (n->req->data.nr == SYS_bind && !n->error && is_datagram(&info))
		ports_waits(w, info.cookie, (pid_t)n->req->pid);
	l = fd >= 0 && port_comes_later(n, &info) ? &later : NULL;
	if (!(messages ? look_messages(w, n, &sock, l) : look_claim(w, n, &sock, l)) || !later.n) {
		free(later.v);
		return;
	}
	sock.path = NULL;	/* not AF_UNIX; and it would not outlive this call */
	settle_later(w, n, tb_take_fd(&fd), &sock, later.v, later.n);
}

/* A socket is made: worth one event for each process and kind; what is not everyday is told
 * apart. */
void sockets_made(struct watch *w, const struct watch_note *n)
{
	const __u64 *a = n->req->data.args;
	struct socket_info info = { .family = (int)a[0], .type = (int)(a[1] & 0xf),
				  .protocol = (int)a[2] };
	struct ev ev = { .kind = EV_SOCK,
			 .u.sock = { .call = n->row->name,
				     .abi = n->abi,
				     .outcome = watch_outcome(n),
				     .error = watch_errno_name(n->error) } };
	bool inet = info.family == AF_INET || info.family == AF_INET6;

	if (inet && !info.protocol && info.type == SOCK_STREAM)
		info.protocol = IPPROTO_TCP;
	if (inet && !info.protocol && info.type == SOCK_DGRAM)
		info.protocol = IPPROTO_UDP;
	ev.u.sock.proto = socket_proto(&info);
	if (inet)
		holders_network(w);
	watch_fold(w, n->p ? n->p->id : 0, &ev);
	if ((inet && (info.type == SOCK_RAW || info.type == SOCK_PACKET)) ||
	    (info.family == AF_NETLINK && info.protocol != 0))
		watch_call(w, n);
}
