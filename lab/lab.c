/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lab.c - the lab process: sockets, privileges, the loop, and its end
 *
 * Runs in the gate, after the fork and before the product: sockets first, then privilege is
 * given up, then the ready byte. One thread, one libevent loop; what was recorded goes out
 * whenever the loop has nothing else to do, so a record that cannot be written fast enough holds
 * the product back.
 */
#include "tcbox/lab.h"

#include <errno.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lab/authority.h"
#include "lab/datagram.h"
#include "lab/loop.h"
#include "lab/serve.h"
#include "tcbox/clock.h"
#include "tcbox/fd.h"
#include "tcbox/lockup.h"
#include "tcbox/memory.h"
#include "tcbox/net.h"
#include "tcbox/own.h"

#define CONNS_MAX 16384
#define MEMORY (UINT64_C(2) << 30)	/* of address space */
#define BODIES_MAX (UINT64_C(1) << 30)	/* of the file that bodies are kept in */
#define FDS_OF_OUR_OWN 160		/* listeners, reply sockets, pipes */
#define UDP_BUFFER (4 << 20)
#define DRAIN_NS (200 * TB_NS_PER_MS)	/* at most, for what had arrived before the end */

enum { TCP4, TCP6, UDP4, UDP6, SOCKETS };

int64_t lab_time_ns(const struct lab *lab)
{
	return tb_realtime_ns() + lab->opt->ahead_s * TB_NS_PER_S;
}

void lab_date(const struct lab *lab, char out[LAB_DATE_LEN])
{
	time_t now = lab_time_ns(lab) / TB_NS_PER_S;
	struct tm tm;

	out[0] = '\0';
	if (gmtime_r(&now, &tm))
		(void)strftime(out, LAB_DATE_LEN, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

void lab_record(struct lab *lab, struct ev *ev)
{
	int r = lab->record_error ? 0 : rec_append(lab->rec, ev);

	if (r < 0) {
		lab->record_error = r;
		(void)event_base_loopbreak(lab->base);
	}
}

void lab_addr(struct ev_addr *out, const struct sockaddr_storage *ss)
{
	memset(out, 0, sizeof(*out));
	out->family = ss->ss_family;
	if (ss->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)ss;

		memcpy(out->ip, &in->sin_addr, 4);
		out->port = ntohs(in->sin_port);
	} else if (ss->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)ss;

		memcpy(out->ip, &in6->sin6_addr, 16);
		out->port = ntohs(in6->sin6_port);
	}
}

void lab_shown(struct tb_buf *out, const uint8_t *first, size_t len)
{
	tb_buf_adds(out, "first bytes: ");
	tb_buf_add_shown(out, (const char *)first, len);
}

static int set(int fd, int level, int option)
{
	return setsockopt(fd, level, option, &(int){ 1 }, sizeof(int));
}

/* open_socket() - a transparent socket for every address. Return: the socket; caller owns it */
static int open_socket(int family, int type, struct tb_err *err)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(TB_LAB_PORT) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(TB_LAB_PORT),
				    .sin6_addr = IN6ADDR_ANY_INIT };
	bool v4 = family == AF_INET, udp = type == SOCK_DGRAM;
	int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	TB_AUTOCLOSE int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return tb_err_set(err, errno, "socket of the lab for IPv%d", v4 ? 4 : 6);
	if (set(fd, level, v4 ? IP_TRANSPARENT : IPV6_TRANSPARENT) < 0)
		return tb_err_set(err, errno, "make a socket of the lab transparent");
	if ((!v4 && set(fd, level, IPV6_V6ONLY) < 0) ||
	    (!udp && set(fd, SOL_SOCKET, SO_REUSEADDR) < 0) ||
	    (udp && (set(fd, level, v4 ? IP_RECVORIGDSTADDR : IPV6_RECVORIGDSTADDR) < 0 ||
		     set(fd, SOL_SOCKET, SO_RXQ_OVFL) < 0)))
		return tb_err_set(err, errno, "options of the lab's sockets");
	/* The first needs privilege over the machine, the second is cut to rmem_max. Losses are
	 * counted. */
	if (udp &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &(int){ UDP_BUFFER }, sizeof(int)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){ UDP_BUFFER }, sizeof(int));
	if (bind(fd, v4 ? (struct sockaddr *)&in : (struct sockaddr *)&in6,
		 v4 ? sizeof(in) : sizeof(in6)))
		return tb_err_set(err, errno, "bind the lab's sockets to port %d", TB_LAB_PORT);
	if (!udp && listen(fd, SOMAXCONN) < 0)
		return tb_err_set(err, errno, "listen on the lab's sockets");
	return tb_take_fd(&fd);
}

/* raise_limit() - as many descriptors as we may have. Return: how many connections fit into them */
static size_t raise_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) < 0)
		return 256;
	lim.rlim_cur = lim.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &lim);
	if (getrlimit(RLIMIT_NOFILE, &lim) < 0 || lim.rlim_cur < 2 * FDS_OF_OUR_OWN)
		return FDS_OF_OUR_OWN / 2;
	return lim.rlim_cur - FDS_OF_OUR_OWN < CONNS_MAX ? (size_t)lim.rlim_cur - FDS_OF_OUR_OWN :
							   CONNS_MAX;
}

/*
 * lock_up() - whoever takes over the lab through what it parses can talk to the product, which
 * it could before, and write its own kind of events. No file, no process, no terminal; of the
 * gate, its rules under --enforce only
 */
static int lock_up(const struct lab *lab, struct tb_err *err)
{
	static const struct tb_lock_call calls[] = {
		{ .nr = SYS_epoll_wait },
		{ .nr = SYS_epoll_pwait },
		{ .nr = SYS_epoll_pwait2 },
		{ .nr = SYS_epoll_ctl },
		{ .nr = SYS_accept4 },
		{ .nr = SYS_bind },
		{ .nr = SYS_shutdown },
		{ .nr = SYS_getsockname },
		{ .nr = SYS_getsockopt },
		{ .nr = SYS_setsockopt },
		{ .nr = SYS_fcntl },
		{ .nr = SYS_readv },
		{ .nr = SYS_recvfrom },
		{ .nr = SYS_recvmsg },
		{ .nr = SYS_recvmmsg },
		{ .nr = SYS_sendto },
		{ .nr = SYS_sendmsg },
		{ .nr = SYS_ioctl, .kind = TB_LOCK_SECOND, .value = FIONREAD },
		{ .nr = SYS_getpid },
		{ .nr = SYS_gettid },
		{ .nr = SYS_rt_sigprocmask },
		{ .nr = SYS_socket, .kind = TB_LOCK_FIRST, .value = AF_INET },
		{ .nr = SYS_socket, .kind = TB_LOCK_FIRST, .value = AF_INET6 },
		/* OpenSSL asks for its configuration, libraries for the machine */
		{ .nr = SYS_openat, .kind = TB_LOCK_REFUSED },
		{ .nr = SYS_newfstatat, .kind = TB_LOCK_REFUSED },
		{ .nr = SYS_uname, .kind = TB_LOCK_REFUSED },
		{ .nr = SYS_sysinfo, .kind = TB_LOCK_REFUSED },
		/* last: only to open the gate for a name's address */
		{ .nr = SYS_socket, .kind = TB_LOCK_FIRST, .value = AF_NETLINK },
	};
	bool opens = lab->opt->on_answer;
	/* replies from foreign addresses are allowed by either of the first two, ip(7) */
	uint32_t keep =
		(opens ? 1u << CAP_NET_ADMIN : 1u << CAP_NET_RAW) | 1u << CAP_NET_BIND_SERVICE;
	int r = tb_lock_privileges(keep, err);

	if (!r)
		r = tb_lock_memory(MEMORY, err);
	if (!r)
		r = tb_lock_file_size(BODIES_MAX, err);
	if (!r)
		r = tb_lock_terminal(err);
	return r ? r : tb_lock_calls(calls, TB_ARRAY_SIZE(calls) - !opens, err);
}

static void stop_cb(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

struct sockets {
	int fd[SOCKETS];
	struct event *ev[SOCKETS];
	struct event *stop;
	bool stopped;
};

static int open_sockets(struct lab *lab, struct sockets *s, struct tb_err *err)
{
	for (int i = 0; i < SOCKETS; i++) {
		bool udp = i >= UDP4;

		s->fd[i] = open_socket(i == TCP4 || i == UDP4 ? AF_INET : AF_INET6,
				       udp ? SOCK_DGRAM : SOCK_STREAM, err);
		if (s->fd[i] < 0)
			return -err->code;
		s->ev[i] = event_new(lab->base, s->fd[i], EV_READ | EV_PERSIST,
				     udp ? datagrams_receive : serve_accept, lab);
		if (!s->ev[i] || event_add(s->ev[i], NULL) < 0)
			return tb_err_set(err, ENOMEM, "events of the lab");
	}
	s->stop = event_new(lab->base, lab->opt->stop_fd, EV_READ, stop_cb, &s->stopped);
	if (!s->stop || event_add(s->stop, NULL) < 0)
		return tb_err_set(err, ENOMEM, "events of the lab");
	return 0;
}

static void close_sockets(struct sockets *s)
{
	for (int i = 0; i < SOCKETS; i++) {
		if (s->ev[i])
			event_free(s->ev[i]);
		tb_close(&s->fd[i]);
	}
	if (s->stop)
		event_free(s->stop);
}

/* drain() - serve what had arrived before the end, until nothing moves */
static void drain(struct lab *lab)
{
	int64_t deadline = tb_monotonic_ns() + DRAIN_NS;
	uint64_t before;

	do {
		before = lab->moved;
		(void)event_base_loop(lab->base, EVLOOP_NONBLOCK);
	} while (before != lab->moved && tb_monotonic_ns() < deadline);
}

static int loop(struct lab *lab, const struct sockets *s, struct tb_err *err)
{
	int r = 0;

	while (!s->stopped && !lab->record_error) {
		if (event_base_loop(lab->base, EVLOOP_ONCE) < 0)
			return tb_err_set(err, errno, "the lab's event loop");
		r = rec_flush(lab->rec);
		if (r < 0)
			lab->record_error = r;
	}
	if (!lab->record_error)
		drain(lab);
	return 0;
}

/* last_words() - the totals. Return: 0, or negative errno if the record could not be written */
static int last_words(struct lab *lab, struct tb_err *err)
{
	struct ev_pair v[] = {
		{ "lookups", lab->count.lookups },
		{ "connections", lab->count.connections },
		{ "datagrams", lab->count.datagrams },
		{ "datagrams_dropped", lab->count.datagrams_dropped },
		{ "bytes_in", lab->count.bytes_in },
		{ "bytes_out", lab->count.bytes_out },
		{ "certificates", lab->mint ? leaf_count(lab->mint) : 0 },
		{ "refused", lab->count.refused },
		{ "requests", lab->count.requests },
		{ "requests_unrecorded", lab->count.requests_unrecorded },
		{ "secrets", lab->count.secrets },
		{ "secrets_unrecorded", lab->count.secrets_unrecorded },
		{ "bodies_bytes", lab->bodies.size },
		{ "bodies_left_out", lab->bodies.left_out },
		{ "memory_peak_kib", tb_memory_peak_kib() },
	};
	struct ev ev = { .kind = EV_COUNTERS, .u.counters = { v, TB_ARRAY_SIZE(v), true } };
	int r;

	lab_record(lab, &ev);
	r = lab->record_error ? lab->record_error : rec_flush(lab->rec);
	return r < 0 ? tb_err_set(err, -r, "write the record of the lab") : 0;
}

/* say_why() - the record is the one place where the lab can still say something */
static void say_why(struct lab *lab, const struct tb_err *err)
{
	struct ev ev = { .kind = EV_LOSS, .u.loss = { .what = "lab", .detail = err->msg } };

	if (!lab->rec || lab->record_error)
		return;
	lab_record(lab, &ev);
	(void)rec_flush(lab->rec);
}

static int run(struct lab *lab, struct sockets *s, struct tb_err *err)
{
	int r;

	lab->max_conns = raise_limit();
	lab->bodies = (struct body_store){ .fd = lab->opt->bodies_fd, .each = lab->opt->body_max,
					   .most = BODIES_MAX };
	lab->base = event_base_new();
	lab->rec = rec_out_new(lab->opt->record_fd, EV_SRC_LAB, lab->opt->t0_ns);
	lab->names = lab_names_new();
	if (!lab->base || !lab->rec || !lab->names)
		return tb_err_set(err, ENOMEM, "start the lab");
	r = datagrams_new(lab, err);
	if (!r)
		r = open_sockets(lab, s, err);
	if (!r)
		r = lock_up(lab, err);
	if (r < 0)
		return r;
	r = tb_write_all(lab->opt->ready_fd, "L", 1);
	if (r < 0)
		return tb_err_set(err, -r, "say that the lab is ready");
	return loop(lab, s, err);
}

int lab_main(const struct lab_options *opt, struct tb_err *err)
{
	struct lab lab = { .opt = opt };
	struct sockets s = { .fd = { -1, -1, -1, -1 } };
	int r;

	TAILQ_INIT(&lab.conns);
	(void)signal(SIGPIPE, SIG_IGN);	/* the product may close while it is answered; writev(2)
					 * says EPIPE */
	r = run(&lab, &s, err);
	serve_end(&lab);
	datagrams_end(&lab);
	if (!r)
		r = last_words(&lab, err);
	else
		say_why(&lab, err);
	close_sockets(&s);
	SSL_CTX_free(lab.tls);
	leaf_mint_free(lab.mint);
	lab_authority_free(lab.stranger);
	lab_names_free(lab.names);
	rec_out_free(lab.rec);
	if (lab.base)
		event_base_free(lab.base);
	return r;
}
