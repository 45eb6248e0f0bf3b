/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_actor.c - has port 7777 as a datagram socket, and perhaps hears a stranger on it
 *
 *	  port_actor client		binds and connects at once
 *	  port_actor again		and is without a peer in between
 *	  port_actor refused		is refused its peer, and hears the stranger; three sockets
 *					in turn
 *	  port_actor late		hears the stranger, then has a peer
 *	  port_actor often		the same with many sockets in turn, each for a moment
 *	  port_actor any		has a peer that stands for everybody: port 0 of an address
 *	  port_actor busy		binds and connects while all processors are busy, ten times
 *
 * The stranger is another process, which sends from a port of its own all the time. Prints "ok" if
 * the act worked.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT 7777
#define ELSEWHERE "203.0.113.68"

static struct sockaddr_in address(const char *ip, uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };

	(void)inet_pton(AF_INET, ip, &a.sin_addr);
	return a;
}

static int connect_to(int s, const char *ip, uint16_t port)
{
	struct sockaddr_in a = address(ip, port);

	return connect(s, (struct sockaddr *)&a, sizeof(a));
}

static bool has_peer(int s)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	return getpeername(s, (struct sockaddr *)&a, &len) == 0;
}

/* bound() - a new socket with the port */
static int bound(void)
{
	struct sockaddr_in a = address("0.0.0.0", PORT);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

	if (setsockopt(s, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) < 0 ||
	    bind(s, (struct sockaddr *)&a, sizeof(a)) < 0)
		exit(2);
	return s;
}

static pid_t stranger(void)
{
	struct sockaddr_in a = address("127.0.0.1", PORT);
	pid_t pid = fork();
	int s;

	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	s = socket(AF_INET, SOCK_DGRAM, 0);
	for (;;) {
		(void)sendto(s, "?", 1, 0, (struct sockaddr *)&a, sizeof(a));
		(void)usleep(5000);
	}
}

/* hears() - does the stranger's voice come for so many milliseconds? */
static bool hears(int s, int ms)
{
	struct timeval wait = { .tv_sec = 5 }, began, now;
	char byte;

	(void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	(void)gettimeofday(&began, NULL);
	do {
		if (recv(s, &byte, 1, 0) != 1)
			return false;
		(void)gettimeofday(&now, NULL);
	} while ((now.tv_sec - began.tv_sec) * 1000 + (now.tv_usec - began.tv_usec) / 1000 < ms);
	return true;
}

static bool client(void)
{
	int s = bound();

	return connect_to(s, ELSEWHERE, 80) == 0 && has_peer(s);
}

static bool again(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int s = bound();

	return connect_to(s, ELSEWHERE, 80) == 0 && connect(s, &none, sizeof(none)) == 0 &&
		!has_peer(s) && connect_to(s, ELSEWHERE, 80) == 0;
}

static bool refused(void)
{
	for (int i = 0; i < 3; i++) {
		int s = bound();

		if (connect_to(s, "255.255.255.255", 80) == 0 || errno != EACCES || has_peer(s) ||
		    !hears(s, 600))
			return false;
		(void)close(s);
	}
	return true;
}

static bool late(void)
{
	int s = bound();

	return hears(s, 1000) && connect_to(s, ELSEWHERE, 80) == 0;
}

static bool often(void)
{
	for (int i = 0; i < 20; i++) {
		int s = bound();

		if (!hears(s, 100) || connect_to(s, ELSEWHERE, 80) < 0)
			return false;
		(void)close(s);
	}
	return true;
}

static bool any(void)
{
	int s = bound();

	return connect_to(s, "127.0.0.1", 0) == 0 && hears(s, 600);
}

static bool busy(void)
{
	for (long i = 2 * sysconf(_SC_NPROCESSORS_ONLN); i > 0; i--) {
		if (fork() == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				;
		}
	}
	for (int i = 0; i < 10; i++) {
		int s = bound();

		for (volatile int n = 0; n < 1000000; n++)
			;	/* its turn may be over */
		if (connect_to(s, ELSEWHERE, 80) < 0)
			return false;
		(void)usleep(20000);
		(void)close(s);
	}
	return true;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		bool (*act)(void);
		bool stranger;
	} acts[] = {
		{ "client", client, false }, { "again", again, false },
		{ "refused", refused, true }, { "late", late, true }, { "often", often, true },
		{ "any", any, true }, { "busy", busy, false },
	};

	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
		if (argc != 2 || strcmp(argv[1], acts[i].name) != 0)
			continue;
		if (acts[i].stranger)
			(void)stranger();
		if (!acts[i].act())
			return 1;
		(void)puts("ok");
		return 0;
	}
	return 2;
}
