/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_actor.c - talks to the network in a known way, and says truthfully what it did
 *
 *	net_actor WHAT [ARG...]		see table[] at the end
 *
 * Conversations are told as talk.h says; other lines begin with another word. Addresses are
 * literal: an actor looks nothing up unless that is its act.
 */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/wait.h>

#include "talk.h"

#define NTHREADS 16

static char **args;

static int tcp_once(const char *ip, const char *port, size_t bytes)
{
	union address to;
	socklen_t len = parse(ip, port, &to);
	int fd = socket(to.sa.sa_family, SOCK_STREAM, 0);
	size_t sent, received;

	if (fd < 0)
		die("socket");
	if (connect(fd, &to.sa, len)) {
		printf("failed %s\n", strerrorname_np(errno));
		close(fd);
		return 1;
	}
	sent = send_all(fd, bytes);
	shutdown(fd, SHUT_WR);
	received = receive_all(fd, ANSWER_MS);
	say("tcp", fd, &to, sent, received);
	close(fd);
	return 0;
}

/* tcp IP PORT BYTES */
static int tcp(void)
{
	return tcp_once(args[0], args[1], strtoul(args[2], NULL, 10));
}

/* many IP PORT COUNT: one after the other */
static int many(void)
{
	int failed = 0;

	for (int i = 0; i < atoi(args[2]); i++)
		failed |= tcp_once(args[0], args[1], (size_t)(i % 7));
	return failed;
}

/* udp IP PORT BYTES COUNT: COUNT datagrams from one socket */
static int udp(void)
{
	union address to;
	socklen_t len = parse(args[0], args[1], &to);
	int fd = socket(to.sa.sa_family, SOCK_DGRAM, 0);
	size_t bytes = strtoul(args[2], NULL, 10), sent = 0;
	static char data[CHUNK];

	for (int i = 0; i < atoi(args[3]); i++) {
		if (sendto(fd, data, bytes, 0, &to.sa, len) != (ssize_t)bytes)
			die("sendto");
		sent += bytes;
	}
	say("udp", fd, &to, sent, receive_all(fd, SILENCE_MS));
	return 0;
}

/* dns IP NAME: asks a name server of its own choice for an address, RFC 1035 */
static int dns(void)
{
	unsigned char query[512] = { 0x12, 0x34, 1, 0, 0, 1 };
	const char *label = args[1], *dot;
	union address to;
	socklen_t len = parse(args[0], "53", &to);
	int fd = socket(to.sa.sa_family, SOCK_DGRAM, 0);
	size_t n = 12, sent;

	for (; *label; label = *dot ? dot + 1 : dot) {
		dot = strchrnul(label, '.');
		query[n++] = (unsigned char)(dot - label);
		memcpy(query + n, label, (size_t)(dot - label));
		n += (size_t)(dot - label);
	}
	n += 2;
	query[n] = 1;
	n += 2;
	query[n++] = 1;
	if (connect(fd, &to.sa, len) || send(fd, query, n, 0) != (ssize_t)n)
		die("send");
	sent = n;
	say("udp", fd, &to, sent, receive_all(fd, SILENCE_MS));
	printf("asked %s\n", args[1]);
	return 0;
}

/* grandchild IP PORT: a child of a child connects */
static int grandchild(void)
{
	int status, failed;
	pid_t pid = fork();

	if (pid == 0) {
		pid = fork();
		if (pid == 0) {
			failed = tcp_once(args[0], args[1], 3);
			printf("pids %d %d\n", (int)getpid(), (int)getppid());
			fflush(stdout);
			_exit(failed);
		}
		_exit(waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 1);
	}
	return waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 1;
}

/* loopback: listens, is called from inside, both sides talk; and a port where nobody listens */
static int loopback(void)
{
	union address at, closed;
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one, status;
	pid_t pid;
	char a[80];

	parse("127.0.0.1", "8080", &at);
	if (bind(fd, &at.sa, sizeof(at.in)) || listen(fd, 5) || getsockname(fd, &at.sa, &len))
		die("listen");
	printf("listens %s\n", text(&at, a));
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(tcp_once("127.0.0.1", "8080", 10));
	one = accept(fd, NULL, NULL);
	if (one < 0 || receive_all(one, ANSWER_MS) != 10 || send_all(one, 4) != 4)
		die("accept");
	close(one);
	waitpid(pid, &status, 0);
	one = socket(AF_INET, SOCK_STREAM, 0);
	parse("127.0.0.1", "9", &closed);
	if (!connect(one, &closed.sa, sizeof(closed.in)))
		return 1;
	printf("refused %s %s\n", text(&closed, a), strerrorname_np(errno));
	return WEXITSTATUS(status);
}

static void *thread_main(void *arg)
{
	char port[16];

	snprintf(port, sizeof(port), "%d", 7000 + (int)(intptr_t)arg);
	tcp_once(args[0], port, 5 + (size_t)(intptr_t)arg);
	return NULL;
}

/* threads IP: each of the threads talks to a port of its own, from 7000 on */
static int threads(void)
{
	pthread_t t[NTHREADS];

	for (intptr_t i = 0; i < NTHREADS; i++)
		if (pthread_create(&t[i], NULL, thread_main, (void *)i))
			die("pthread_create");
	for (int i = 0; i < NTHREADS; i++)
		pthread_join(t[i], NULL);
	return 0;
}

/* procs COUNT IP PORT: all alive at once, each connects; the barrier is a pipe that the parent
 * closes */
static int procs(void)
{
	int gate[2], status, failed = 0, all = atoi(args[0]);
	char byte;

	if (pipe(gate))
		die("pipe");
	for (int i = 0; i < all; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(gate[1]);
			if (read(gate[0], &byte, 1))
				_exit(1);
			printf("process %d\n", (int)getpid());
			status = tcp_once(args[1], args[2], 1);
			fflush(stdout);
			_exit(status);
		}
		if (pid < 0)
			die("fork");
	}
	close(gate[0]);
	close(gate[1]);
	while (wait(&status) > 0)
		failed |= status;
	return failed != 0;
}

/* daemon IP PORT: the first process ends at once; what it left behind connects later and outlives
 * it */
static int daemonize(void)
{
	if (fork())
		_exit(0);
	setsid();
	if (fork())
		_exit(0);
	usleep(300000);
	printf("daemon %d %d\n", (int)getpid(), (int)getppid());
	fflush(stdout);
	return tcp_once(args[0], args[1], 6);
}

/* echo IP: one ICMP echo request, by the socket that needs no privilege, icmp(7) */
static int echo(void)
{
	unsigned char request[16] = { 0 };
	union address to;
	socklen_t len = parse(args[0], "0", &to);
	bool six = to.sa.sa_family == AF_INET6;
	int fd = socket(to.sa.sa_family, SOCK_DGRAM, six ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP);

	request[0] = six ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	if (fd < 0) {
		printf("failed %s\n", strerrorname_np(errno));
		return 1;
	}
	if (sendto(fd, request, sizeof(request), 0, &to.sa, len) != (ssize_t)sizeof(request))
		die("sendto");
	printf("%s %s %zu\n", six ? "icmpv6" : "icmp", args[0], receive_all(fd, SILENCE_MS));
	return 0;
}

/* hold IP PORT SECONDS: an open connection, then nothing, whatever signals say but the last */
static int hold(void)
{
	union address to;
	socklen_t len = parse(args[0], args[1], &to);
	int fd = socket(to.sa.sa_family, SOCK_STREAM, 0);

	if (connect(fd, &to.sa, len))
		die("connect");
	printf("holding\n");
	fflush(stdout);
	sleep((unsigned int)atoi(args[2]));
	return 0;
}

static const struct {
	const char *what;
	int nargs;
	int (*act)(void);
} table[] = {
	{ "tcp", 3, tcp },
	{ "many", 3, many },
	{ "udp", 4, udp },
	{ "dns", 2, dns },
	{ "grandchild", 2, grandchild },
	{ "loopback", 0, loopback },
	{ "threads", 1, threads },
	{ "procs", 3, procs },
	{ "daemon", 2, daemonize },
	{ "echo", 1, echo },
	{ "hold", 3, hold },
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	args = argv + 2;
	for (size_t i = 0; argc > 1 && i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(argv[1], table[i].what) && argc == 2 + table[i].nargs)
			return table[i].act();
	fprintf(stderr, "usage: net_actor WHAT [ARG...]\n");
	return 2;
}
