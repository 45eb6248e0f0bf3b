/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flood_actor.c - does one thing very often
 *
 *	flood_actor WHAT COUNT [ARG...]		see table[] at the end
 *
 * Says how often it was done, on one line, "WHAT COUNT", so that a test can compare exact numbers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_NET 0xcb007100u		/* 203.0.113.0/24, and upwards: nothing but the lab
					 * answers */
#define PIPELINE 64

static char **args;
static unsigned long count;

static void die(const char *what)
{
	perror(what);
	exit(9);
}

static struct sockaddr_in address(uint32_t ip, unsigned int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(ip),
				     .sin_port = htons((uint16_t)port) };
}

static void connect_once(unsigned long i)
{
	struct sockaddr_in to = address(FIRST_NET + 1, 1024 + (unsigned int)(i % 60000));
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	close(fd);
}

/* tcp COUNT: connections to different ports, by one process */
static void tcp(void)
{
	for (unsigned long i = 0; i < count; i++)
		connect_once(i);
}

/* in_children() - do something COUNT times in processes that do it once each, some at a time */
static void in_children(void (*once)(unsigned long))
{
	for (unsigned long i = 0; i < count; i++) {
		pid_t pid = fork();
		int status;

		if (pid < 0)
			die("fork");
		if (pid == 0) {
			once(i);
			_exit(0);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			die("a child");
	}
}

static void tcp_each(void)
{
	in_children(connect_once);
}

static void nothing(unsigned long i)
{
	(void)i;
}

static void children(void)
{
	in_children(nothing);
}

static void exec_once(unsigned long i)
{
	(void)i;
	execl("/proc/self/exe", "flood_actor", "sleep", "0", (char *)NULL);
	die("exec");
}

static void execs(void)
{
	in_children(exec_once);
}

/* udp COUNT DESTINATIONS: datagrams of one byte, in turn */
static void udp(void)
{
	unsigned long destinations = strtoul(args[0], NULL, 10);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (unsigned long i = 0; i < count; i++) {
		uint32_t n = (uint32_t)(i % destinations);
		struct sockaddr_in to = address(FIRST_NET + n % 50000, 7000 + n / 50000);

		if (sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1)
			die("sendto");
	}
}

/* open COUNT same|different|long: files opened for writing, in the working directory; long: of 3
 * KiB */
static void opens(void)
{
	bool same = !strcmp(args[0], "same"), is_long = !strcmp(args[0], "long");
	char name[64] = "flood", down[201];

	memset(down, 'd', sizeof(down) - 1);
	down[sizeof(down) - 1] = '\0';
	for (int i = 0; is_long && i < 15; i++)
		if (mkdir(down, 0700) || chdir(down))
			die("mkdir");
	for (unsigned long i = 0; i < count; i++) {
		int fd;

		if (!same)
			snprintf(name, sizeof(name), "flood-%lu", i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		if (fd < 0)
			die(name);
		close(fd);
		if (!same && unlink(name))
			die(name);
	}
}

/* deny COUNT: a call that the box refuses */
static void deny(void)
{
	for (unsigned long i = 0; i < count; i++)
		if (!mount("none", "/proc/self/none", "tmpfs", 0, NULL))
			exit(8);
}

/* dns COUNT: lookups of different names */
static void dns(void)
{
	struct sockaddr_in to = address(0xc613ff01u, 53);	/* 198.19.255.1 */
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	uint8_t answer[512];

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	for (unsigned long i = 0; i < count; i++) {
		uint8_t q[64] = { (uint8_t)(i >> 8), (uint8_t)i, 1, 0, 0, 1 };
		struct pollfd p = { .fd = fd, .events = POLLIN };
		size_t n = 12;

		q[n] = (uint8_t)snprintf((char *)q + n + 1, 20, "n%08lu", i);
		n += 1u + q[n];
		memcpy(q + n, "\7example\0\0\1\0\1", 13);
		if (send(fd, q, n + 13, 0) < 0)
			die("send");
		if (poll(&p, 1, 2000) == 1)
			(void)!recv(fd, answer, sizeof(answer), 0);
	}
}

/* listen COUNT: sockets that listen at the same time */
static void listens(void)
{
	for (unsigned long i = 0; i < count; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || listen(fd, 1))
			die("listen");
	}
}

static void *thread(void *arg)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "flood-%lu", (unsigned long)(uintptr_t)arg % 8);
	fd = open(name, O_WRONLY | O_CREAT, 0600);
	close(fd);
	poll(NULL, 0, 200);
	return NULL;
}

/* threads COUNT: at the same time, each with a file of eight */
static void threads(void)
{
	pthread_t *v = calloc(count, sizeof(*v));
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN + 16384);
	for (unsigned long i = 0; i < count; i++)
		if ((errno = pthread_create(&v[i], &attr, thread, (void *)(uintptr_t)i)))
			die("pthread_create");
	for (unsigned long i = 0; i < count; i++)
		pthread_join(v[i], NULL);
	free(v);
}

/* http COUNT: requests on one connection, some at a time */
static void http(void)
{
	static const char request[] = "GET /x HTTP/1.1\r\nHost: flood.example\r\n\r\n";
	struct sockaddr_in to = address(FIRST_NET, 80);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	unsigned long sent = 0, answered = 0;
	static char in[1 << 16];

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	while (answered < count) {
		ssize_t n;

		for (; sent < count && sent - answered < PIPELINE; sent++)
			if (send(fd, request, sizeof(request) - 1,
				 MSG_NOSIGNAL) != (ssize_t)sizeof(request) - 1)
				die("send");
		n = recv(fd, in, sizeof(in), 0);
		if (n <= 0)
			die("recv");
		for (ssize_t i = 0; i + 4 < n; i++)	/* an answer cut in two is not counted:
							 * asked again */
			answered += !memcmp(in + i, "HTTP/", 5);
		if (sent >= count && answered + 2 * PIPELINE > count)
			break;
	}
	close(fd);
}

/* loris COUNT: connections that begin a request and stay so */
static void loris(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	for (unsigned long i = 0; i < count; i++) {
		struct sockaddr_in to = address(FIRST_NET + (uint32_t)(i / 20000), 80);
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
		    send(fd, "GET / HT", 8, MSG_NOSIGNAL) != 8)
			die("connect");
	}
	poll(NULL, 0, 300);
}

/* bomb COUNT: every process makes others until it cannot, and then tries on, for COUNT seconds */
static void bomb(void)
{
	alarm((unsigned int)count);
	for (;;)
		if (fork() == 0)
			alarm((unsigned int)count);
}

/* out COUNT: lines of 64 bytes */
static void out(void)
{
	char chunk[64 * 1024];

	memset(chunk, 'x', sizeof(chunk));
	for (size_t i = 63; i < sizeof(chunk); i += 64)
		chunk[i] = '\n';
	for (unsigned long i = 0; i < count; i += 1024)
		if (write(1, chunk, sizeof(chunk)) < 0)
			die("write");
}

static void sleeps(void)
{
	sleep((unsigned int)count);
}

static const struct {
	const char *name;
	void (*run)(void);
	int nargs;
} table[] = {
	{ "tcp", tcp, 0 },	   { "tcp-each", tcp_each, 0 }, { "children", children, 0 },
	{ "exec", execs, 0 },
	{ "udp", udp, 1 },	   { "open", opens, 1 },	{ "deny", deny,
								  0 },	     { "dns", dns, 0 },
	{ "listen", listens, 0 },
	 { "threads", threads, 0 },	{ "http", http, 0 },	     { "loris", loris, 0 },
	{ "bomb", bomb, 0 },	   { "out", out, 0 },		{ "sleep", sleeps, 0 },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc >= 3 && i < sizeof(table) / sizeof(table[0]); i++) {
		if (strcmp(argv[1], table[i].name) || argc != 3 + table[i].nargs)
			continue;
		args = argv + 3;
		count = strtoul(argv[2], NULL, 10);
		table[i].run();
		if (strcmp(argv[1], "sleep") != 0 && strcmp(argv[1], "out") != 0)
			printf("%s %lu\n", argv[1], count);
		return 0;
	}
	fprintf(stderr, "flood_actor: see the table in its source\n");
	return 2;
}
