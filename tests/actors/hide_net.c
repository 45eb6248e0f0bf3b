/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hide_net.c - talks to the network in ways in which a product could hope to mislead who watches
 * its calls
 *
 *	hide_net WHAT [ARG...]		see table[] at the end
 *
 * Conversations are told as talk.h says; other lines begin with another word. What this kernel does
 * not have is told as "no WHAT". Addresses are literal.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "talk.h"

#ifndef IPV6_FLOWINFO_SEND
#define IPV6_FLOWINFO_SEND 33	/* linux/in6.h, which excludes netinet/in.h */
#endif
#define FOREVER_S 20		/* nothing takes longer: the box ends what hangs */

static char **args;
static char payload[65536];

static int need(int fd, const char *what)
{
	if (fd >= 0)
		return fd;
	printf("no %s: %s\n", what, strerrorname_np(errno));
	exit(0);
}

static void must(bool worked, const char *what)
{
	if (!worked)
		die(what);
}

static void set(int fd, int level, int option, int value)
{
	must(setsockopt(fd, level, option, &value, sizeof(value)) == 0, "setsockopt");
}

static int udp_socket(int family)
{
	int fd = socket(family, SOCK_DGRAM, 0);

	must(fd >= 0, "socket");
	return fd;
}

static void send_one(int fd, const char *ip, const char *port, size_t bytes)
{
	union address to;
	socklen_t len = parse(ip, port, &to);

	must(sendto(fd, payload, bytes, 0, &to.sa, len) == (ssize_t)bytes, "sendto");
}

/* send_told() - one datagram from an unconnected socket, and its line */
static void send_told(int fd, const char *ip, const char *port, size_t bytes)
{
	union address to;

	(void)parse(ip, port, &to);
	send_one(fd, ip, port, bytes);
	say("udp", fd, &to, bytes, 0);
}

static int reap(void)
{
	int status, failed = 0;

	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}

/*
 * Races. A thread puts another address where the call's argument is, some time after the call was
 * begun: if that is between the supervisor's look and the kernel's, call and packets disagree.
 */
static union address honest, lie, argument;
static atomic_int armed;		/* the delay in steps; 0: not now */

/* pin() - on two processors both threads run at once; on one they take turns, and seldom at the
 * right moment */
static void pin(int number)
{
	cpu_set_t all, one;

	CPU_ZERO(&one);
	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all) && number-- == 0)
			CPU_SET(i, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
}

static void *change(void *unused)
{
	pin(1);
	for (;;) {
		int steps = armed;

		if (!steps)
			continue;
		for (volatile int i = 0; i < steps * 20; i++)
			;
		argument = lie;
		armed = 0;
	}
	return unused;
}

static int race_once(const char *call, int fd, socklen_t len)
{
	struct iovec data = { payload, 10 };
	struct mmsghdr m = { .msg_hdr = { .msg_name = &argument, .msg_namelen = len,
					  .msg_iov = &data, .msg_iovlen = 1 } };

	if (!strcmp(call, "connect"))
		return connect(fd, &argument.sa, len);
	if (!strcmp(call, "sendto"))
		return sendto(fd, payload, 10, 0, &argument.sa, len) == 10 ? 0 : -1;
	if (!strcmp(call, "sendmsg"))
		return sendmsg(fd, &m.msg_hdr, 0) == 10 ? 0 : -1;
	return sendmmsg(fd, &m, 1, 0) == 1 ? 0 : -1;
}

/* race CALL HONEST LIE COUNT */
static int race(void)
{
	socklen_t len = parse(args[1], "7000", &honest);
	bool tcp = !strcmp(args[0], "connect");
	pthread_t t;

	(void)parse(args[2], "7000", &lie);
	if (pthread_create(&t, NULL, change, NULL))
		return 1;
	pin(0);
	for (int i = 1; i <= atoi(args[3]); i++) {
		int fd = socket(honest.sa.sa_family, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
		union address own, peer;
		socklen_t n = sizeof(peer);

		argument = honest;
		armed = i % 64 * 32 + 1;
		must(race_once(args[0], fd, len) == 0, args[0]);
		while (armed)
			;
		if (tcp) {
			must(getpeername(fd, &peer.sa, &n) == 0, "getpeername");
			say("tcp", fd, &peer, 0, 0);
		} else {
			n = sizeof(own);
			must(getsockname(fd, &own.sa, &n) == 0, "getsockname");
			printf("from %d\n", ntohs(own.in.sin_port));
		}
		close(fd);
	}
	return 0;
}

static volatile sig_atomic_t signals;

static void on_signal(int sig)
{
	(void)sig;
	signals++;
}

/* restart: a signal comes while accept(2) waits, and the kernel makes the call again, signal(7) */
static int restart(void)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	union address at;
	socklen_t len = parse("127.0.0.1", "0", &at);
	int fd = socket(AF_INET, SOCK_STREAM, 0), status, one;
	pid_t self = getpid(), pid;

	sigaction(SIGUSR1, &act, NULL);
	must(bind(fd, &at.sa, len) == 0 && listen(fd, 5) == 0 && getsockname(fd, &at.sa, &len) == 0,
	     "listen");
	pid = fork();
	if (pid == 0) {
		int mine = socket(AF_INET, SOCK_STREAM, 0);

		for (int i = 0; i < 3; i++) {
			usleep(100000);
			kill(self, SIGUSR1);
		}
		usleep(100000);
		_exit(connect(mine, &at.sa, len) != 0);
	}
	one = accept(fd, NULL, NULL);
	must(one >= 0, "accept");
	printf("restarts %d\n", signals);
	return waitpid(pid, &status, 0) != pid || status;
}

static void pass(int over, int fd)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control = { .h = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS } };
	struct iovec byte = { payload, 1 };
	struct msghdr m = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.h), &fd, sizeof(fd));
	must(sendmsg(over, &m, 0) == 1, "sendmsg");
}

static int passed(int over)
{
	union {
		struct cmsghdr h;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec byte = { payload, 1 };
	struct msghdr m = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	int fd;

	must(recvmsg(over, &m, 0) == 1 && m.msg_controllen, "recvmsg");
	memcpy(&fd, CMSG_DATA(&control.h), sizeof(fd));
	return fd;
}

/* rights IP: a connected and an unconnected socket are made by one process and used by another,
 * which got them by a message */
static int rights(void)
{
	int pair[2];
	union address to;
	socklen_t len = parse(args[0], "7101", &to);

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0, "socketpair");
	if (fork() == 0) {
		int fd = socket(to.sa.sa_family, SOCK_STREAM, 0);

		must(connect(fd, &to.sa, len) == 0, "connect");
		printf("connects %d\n", getpid());
		fflush(stdout);
		pass(pair[0], fd);
		pass(pair[0], udp_socket(to.sa.sa_family));
		_exit(0);
	}
	if (fork() == 0) {
		int tcp = passed(pair[1]), udp = passed(pair[1]);

		printf("sends %d\n", getpid());
		say("tcp", tcp, &to, send_all(tcp, 20), 0);
		send_told(udp, args[0], "7102", 30);
		fflush(stdout);
		_exit(0);
	}
	return reap();
}

/* taken IP: a process takes another's connected socket, pidfd_getfd(2) */
static int taken(void)
{
	union address to;
	socklen_t len = parse(args[0], "7101", &to);
	int fd = socket(to.sa.sa_family, SOCK_STREAM, 0);

	must(connect(fd, &to.sa, len) == 0, "connect");
	if (fork() == 0) {
		int parent, mine;

		close(fd);
		parent = (int)syscall(SYS_pidfd_open, getppid(), 0);
		mine = (int)syscall(SYS_pidfd_getfd, parent, fd, 0);
		if (mine < 0)
			printf("no pidfd_getfd: %s\n", strerrorname_np(errno));
		else
			say("tcp", mine, &to, send_all(mine, 25), 0);
		fflush(stdout);
		_exit(0);
	}
	return reap();
}

/* shared IP: an inherited socket is used by two processes, each sends elsewhere */
static int shared(void)
{
	union address any;
	socklen_t len = parse("0.0.0.0", "0", &any);
	int fd = udp_socket(AF_INET);

	must(bind(fd, &any.sa, len) == 0, "bind");
	for (int i = 0; i < 2; i++)
		if (fork() == 0) {
			printf("process %d %d\n", 7101 + i, getpid());
			send_told(fd, args[0], i ? "7102" : "7101", 11);
			fflush(stdout);
			_exit(0);
		}
	return reap();
}

/* reuseport IP: two processes have sockets with the same port, each sends elsewhere */
static int reuseport(void)
{
	union address at;
	socklen_t len = parse("0.0.0.0", "5555", &at);

	for (int i = 0; i < 2; i++)
		if (fork() == 0) {
			int fd = udp_socket(AF_INET);

			set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
			must(bind(fd, &at.sa, len) == 0, "bind");
			printf("process %d %d\n", 7101 + i, getpid());
			send_told(fd, args[0], i ? "7102" : "7101", 11);
			fflush(stdout);
			_exit(0);
		}
	return reap();
}

/* again IP PORT COUNT: connections from the same port to the same place, one right after the other,
 * by two processes in turn; the first sends one byte in each, the second two */
static int again(void)
{
	union address at, to;
	socklen_t len = parse(args[0], args[1], &to);
	struct linger at_once = { 1, 0 };
	int turn[2][2], count = atoi(args[2]);
	char byte = 0;

	(void)parse("0.0.0.0", "5556", &at);
	must(pipe(turn[0]) == 0 && pipe(turn[1]) == 0, "pipe");
	for (int me = 0; me < 2; me++) {
		if (fork())
			continue;
		for (int i = 0; i < count; i++) {
			int fd = socket(AF_INET, SOCK_STREAM, 0);

			must(read(turn[me][0], &byte, 1) == 1, "read");
			set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
			must(bind(fd, &at.sa, len) == 0 && connect(fd, &to.sa, len) == 0,
			     "connect");
			printf("process %d\n", getpid());
			say("tcp", fd, &to, send_all(fd, (size_t)me + 1), 0);
			fflush(stdout);
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
			close(fd);
			must(write(turn[!me][1], &byte, 1) == 1, "write");
		}
		_exit(0);
	}
	must(write(turn[0][1], &byte, 1) == 1, "write");
	return reap();
}

/* behind IP PORT BYTES: a process leaves bytes to be sent to the kernel, and is dead when they
 * are */
static int behind(void)
{
	union address to;
	socklen_t len = parse(args[0], args[1], &to);
	int full = atoi(args[2]);

	if (fork() == 0) {
		int fd = socket(to.sa.sa_family, SOCK_STREAM, 0);

		set(fd, SOL_SOCKET, SO_SNDBUF, full);
		must(connect(fd, &to.sa, len) == 0, "connect");
		printf("process %d\n", getpid());
		say("tcp", fd, &to, (size_t)send(fd, payload, sizeof(payload), 0), 0);
		fflush(stdout);
		kill(getpid(), SIGKILL);
	}
	(void)reap();
	usleep(300000);
	return 0;
}

/* mmsg IP COUNT: one call sends to COUNT ports from 7000 on */
static int mmsg(void)
{
	static union address to[1024];
	static struct mmsghdr m[1024];
	struct iovec data = { payload, 9 };
	unsigned int n = (unsigned int)atoi(args[1]);
	int fd = udp_socket(AF_INET);
	char port[16];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(port, sizeof(port), "%u", 7000 + i);
		m[i].msg_hdr = (struct msghdr){ .msg_name = &to[i],
						.msg_namelen = parse(args[0], port, &to[i]),
						.msg_iov = &data, .msg_iovlen = 1 };
	}
	must(sendmmsg(fd, m, n, 0) == (int)n, "sendmmsg");
	for (unsigned int i = 0; i < n; i++)
		say("udp", fd, &to[i], 9, 0);
	return 0;
}

/* fastopen IP PORT: connects by sending, tcp(7) */
static int fastopen(void)
{
	union address to;
	socklen_t len = parse(args[0], args[1], &to);
	int fd = socket(to.sa.sa_family, SOCK_STREAM, 0);

	must(sendto(fd, payload, 12, MSG_FASTOPEN, &to.sa, len) == 12, "sendto");
	shutdown(fd, SHUT_WR);
	say("tcp", fd, &to, 12, receive_all(fd, ANSWER_MS));
	return 0;
}

/* protocol NAME IP PORT: a protocol that few programs speak */
static int protocol(void)
{
	static const struct {
		const char *name;
		int type, number;
	} protocols[] = {
		{ "mptcp", SOCK_STREAM, 262 }, { "sctp", SOCK_STREAM, IPPROTO_SCTP },
		{ "udplite", SOCK_DGRAM, IPPROTO_UDPLITE }, { "dccp", 6, IPPROTO_DCCP },
	};
	union address to;
	socklen_t len = parse(args[1], args[2], &to);
	int i = 0, fd;

	while (strcmp(protocols[i].name, args[0]))
		i++;
	fd = need(socket(to.sa.sa_family, protocols[i].type | SOCK_NONBLOCK, protocols[i].number),
		  args[0]);
	(void)connect(fd, &to.sa, len);
	usleep(200000);
	if (protocols[i].type == SOCK_DGRAM || !i)
		must(send(fd, payload, 14, 0) == 14, "send");
	say(i ? protocols[i].name : "tcp", fd, &to, i && protocols[i].type != SOCK_DGRAM ? 0 : 14,
	    0);
	usleep(100000);
	return 0;
}

/* say_mapped() - the line of what an IPv6 socket sent by IPv4 */
static void say_mapped(const char *proto, int fd, const char *ip, const char *port_text, int sent)
{
	union address own;
	socklen_t len = sizeof(own);

	must(getsockname(fd, &own.sa, &len) == 0, "getsockname");
	printf("%s [::]:%d %s:%s %d 0\n", proto, ntohs(own.in6.sin6_port), ip, port_text, sent);
}

/* mapped IP PORT: IPv4 by sockets of IPv6, ipv6(7) */
static int mapped(void)
{
	int tcp = socket(AF_INET6, SOCK_STREAM, 0), udp = udp_socket(AF_INET6);
	union address to;
	socklen_t len;
	char six[64];

	snprintf(six, sizeof(six), "::ffff:%s", args[0]);
	len = parse(six, args[1], &to);
	must(connect(tcp, &to.sa, len) == 0 && send_all(tcp, 8) == 8, "connect");
	say_mapped("tcp", tcp, args[0], args[1], 8);
	must(sendto(udp, payload, 9, 0, &to.sa, len) == 9, "sendto");
	say_mapped("udp", udp, args[0], args[1], 9);
	return 0;
}

/* route4 SAID HOP PORT: the call names SAID, and a source route sends the packets to HOP first,
 * ip(7) */
static int route4(void)
{
	/* loose source and record route, RFC 791: the first hop goes to the destination of the
	 * packet */
	unsigned char option[8] = { 1, 131, 7, 4 };
	union address to;
	socklen_t len = parse(args[0], args[2], &to);
	int fd = udp_socket(AF_INET);

	must(inet_pton(AF_INET, args[1], option + 4) == 1, "address");
	if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, option, sizeof(option)))
		return need(-1, "source route") < 0;
	must(sendto(fd, payload, 13, 0, &to.sa, len) == 13, "sendto");
	say("udp", fd, &to, 13, 0);
	return 0;
}

/* route6 SAID HOP PORT: the same by a segment routing header, RFC 8754 */
static int route6(void)
{
	/* length, type, segments left, first segment */
	unsigned char srh[8 + 2 * 16] = { 0, 4, 4, 1, 1 };
	union address to;
	socklen_t len = parse(args[0], args[2], &to);
	int fd = udp_socket(AF_INET6);

	must(inet_pton(AF_INET6, args[1], srh + 24) == 1, "address");
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, srh, sizeof(srh)))
		return need(-1, "segment routing") < 0;
	must(sendto(fd, payload, 13, 0, &to.sa, len) == 13, "sendto");
	say("udp", fd, &to, 13, 0);
	return 0;
}

/* options IP PORT: data in the header of packets: IPv4 options, or the flow label of IPv6 */
static int options(void)
{
	unsigned char stamps[8] = { 68, 8, 5, 0, 's', 'e', 'c', 'r' };	/* time stamps, RFC 791 */
	union address to;
	socklen_t len = parse(args[0], args[1], &to);
	int fd = udp_socket(to.sa.sa_family);

	if (to.sa.sa_family == AF_INET) {
		if (setsockopt(fd, IPPROTO_IP, IP_OPTIONS, stamps, sizeof(stamps)))
			return need(-1, "IP options") < 0;
	} else {
		set(fd, IPPROTO_IPV6, IPV6_FLOWINFO_SEND, 1);
		to.in6.sin6_flowinfo = htonl(0x73656);
	}
	must(sendto(fd, payload, 16, 0, &to.sa, len) == 16, "sendto");
	say("udp", fd, &to, 16, 0);
	return 0;
}

/* udp IP PORT BYTES: one datagram, from a socket that may broadcast; link-local addresses by the
 * first interface but loopback */
static int udp(void)
{
	union address to;
	socklen_t len = parse(args[0], args[1], &to);
	int fd = udp_socket(to.sa.sa_family);
	size_t bytes = strtoul(args[2], NULL, 10);

	set(fd, SOL_SOCKET, SO_BROADCAST, 1);
	if (to.sa.sa_family == AF_INET6 &&
	    (IN6_IS_ADDR_LINKLOCAL(&to.in6.sin6_addr) ||
	     IN6_IS_ADDR_MC_LINKLOCAL(&to.in6.sin6_addr)))
		to.in6.sin6_scope_id = if_nametoindex("eth0");
	must(sendto(fd, payload, bytes, 0, &to.sa, len) == (ssize_t)bytes, "sendto");
	say("udp", fd, &to, bytes, 0);
	return 0;
}

/* elsewhere A B PORT: a socket that is connected to A is then connected to B; between them, to
 * nothing */
static int elsewhere(void)
{
	union address to, none = { .sa = { .sa_family = AF_UNSPEC } };
	socklen_t len = parse(args[0], args[2], &to);
	int fd = udp_socket(to.sa.sa_family);

	must(connect(fd, &to.sa, len) == 0 && send(fd, payload, 5, 0) == 5, "send");
	say("udp", fd, &to, 5, 0);
	(void)parse(args[1], args[2], &to);
	must(connect(fd, &to.sa, len) == 0 && send(fd, payload, 6, 0) == 6, "send");
	say("udp", fd, &to, 6, 0);
	must(connect(fd, &none.sa, sizeof(none.sa)) == 0, "disconnect");
	send_told(fd, args[0], "7103", 7);
	return 0;
}

/* unspec IP PORT: a destination whose family is not said, which the kernel takes for AF_INET */
static int unspec(void)
{
	int fd = udp_socket(AF_INET);
	union address to, said;
	socklen_t len = parse(args[0], args[1], &to);

	said = to;
	said.sa.sa_family = AF_UNSPEC;
	must(sendto(fd, payload, 21, 0, &said.sa, len) == 21, "sendto");
	say("udp", fd, &to, 21, 0);
	return 0;
}

/* odd IP: TCP that is begun and dropped, and TCP with urgent data */
static int odd(void)
{
	union address to;
	socklen_t len = parse(args[0], "7101", &to);
	int half = socket(to.sa.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0),
		urgent = socket(to.sa.sa_family, SOCK_STREAM, 0);

	(void)connect(half, &to.sa, len);
	say("tcp", half, &to, 0, 0);
	close(half);
	(void)parse(args[0], "7102", &to);
	must(connect(urgent, &to.sa, len) == 0 && send(urgent, "!", 1, MSG_OOB) == 1, "send");
	say("tcp", urgent, &to, 1, 0);
	return 0;
}

/* ttl IP PORT: a packet that would not go further than the next router */
static int ttl(void)
{
	int fd = udp_socket(AF_INET);

	set(fd, IPPROTO_IP, IP_TTL, 1);
	send_told(fd, args[0], args[1], 17);
	return 0;
}

/* spoof FROM IP PORT: a source address that is not this machine's, ip(7) IP_FREEBIND */
static int spoof(void)
{
	union address from, to;
	socklen_t len = parse(args[0], "5557", &from);
	bool six = from.sa.sa_family == AF_INET6;
	int fd = udp_socket(from.sa.sa_family);

	(void)parse(args[1], args[2], &to);
	set(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_FREEBIND : IP_FREEBIND, 1);
	if (bind(fd, &from.sa, len) || sendto(fd, payload, 18, 0, &to.sa, len) != 18)
		return need(-1, "foreign source") < 0;
	say("udp", fd, &to, 18, 0);
	return 0;
}

/* onlink IP: asks the link who has IP, arp(7): the datagram itself stays behind until somebody
 * answers */
static int onlink(void)
{
	union address to;
	socklen_t len = parse(args[0], "7101", &to);
	int fd = udp_socket(to.sa.sa_family);

	must(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "eth0", 5) == 0, "SO_BINDTODEVICE");
	if (sendto(fd, payload, 19, MSG_DONTROUTE, &to.sa, len) != 19)
		return need(-1, "link route") < 0;
	printf("asked %s\n", args[0]);
	usleep(300000);
	return 0;
}

/* local: AF_UNIX sockets with a path and with an abstract name, one process talks to another */
static int local(void)
{
	for (int abstract = 0; abstract < 2; abstract++) {
		struct sockaddr_un at = { .sun_family = AF_UNIX };
		int fd = socket(AF_UNIX, SOCK_STREAM, 0), one;
		socklen_t len;

		snprintf(at.sun_path + abstract, sizeof(at.sun_path) - 1, "%s", "meeting");
		len = (socklen_t)(sizeof(at.sun_family) + strlen("meeting") + 1);
		must(bind(fd, (struct sockaddr *)&at, len) == 0 && listen(fd, 1) == 0, "bind");
		if (fork() == 0) {
			one = socket(AF_UNIX, SOCK_STREAM, 0);
			_exit(connect(one, (struct sockaddr *)&at, len) || send_all(one, 3) != 3);
		}
		one = accept(fd, NULL, NULL);
		must(receive_all(one, ANSWER_MS) == 3, "receive");
		printf("met %s%s\n", abstract ? "@" : "", "meeting");
		close(fd);
	}
	return reap();
}

/* echoes IP COUNT: ping sockets of several processes to the same place, icmp(7) */
static int echoes(void)
{
	for (int i = 0; i < atoi(args[1]); i++)
		if (fork() == 0) {
			unsigned char request[16] = { 8 };
			union address to, own;
			socklen_t len = parse(args[0], "0", &to);
			int fd = need(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), "ping socket");

			must(sendto(fd, request, sizeof(request), 0, &to.sa, len) == 16, "sendto");
			must(getsockname(fd, &own.sa, &len) == 0, "getsockname");
			printf("echo %d %d %zu\n", getpid(), ntohs(own.in.sin_port),
			       receive_all(fd, SILENCE_MS));
			fflush(stdout);
			_exit(0);
		}
	return reap();
}

static const struct {
	const char *what;
	int nargs;
	int (*act)(void);
} table[] = {
	{ "race", 4, race }, { "restart", 0, restart }, { "rights", 1, rights },
	{ "taken", 1, taken },
	{ "shared", 1, shared }, { "reuseport", 1, reuseport }, { "again", 3, again },
	{ "behind", 3, behind },
	{ "mmsg", 2, mmsg }, { "fastopen", 2, fastopen }, { "protocol", 3, protocol },
	{ "mapped", 2, mapped },
	{ "route4", 3, route4 }, { "route6", 3, route6 }, { "options", 2, options },
	{ "udp", 3, udp },
	{ "elsewhere", 3, elsewhere }, { "odd", 1, odd }, { "ttl", 2, ttl }, { "spoof", 3, spoof },
	{ "unspec", 2, unspec }, { "onlink", 1, onlink }, { "local", 0, local },
	{ "echoes", 2, echoes },
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(FOREVER_S);
	args = argv + 2;
	for (size_t i = 0; argc > 1 && i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(argv[1], table[i].what) && argc == 2 + table[i].nargs)
			return table[i].act();
	fprintf(stderr, "usage: hide_net WHAT [ARG...]\n");
	return 2;
}
