/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk.h - how actors talk to the network, and how they say what they did
 *
 * Each conversation is one line: PROTOCOL LOCAL REMOTE SENT RECEIVED, addresses as tcbox writes
 * them, payload bytes.
 */
#ifndef ACTORS_TALK_H
#define ACTORS_TALK_H

#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 65536
#define ANSWER_MS 2000
#define SILENCE_MS 300

union address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static inline void die(const char *what)
{
	perror(what);
	exit(9);
}

static inline socklen_t parse(const char *ip, const char *port, union address *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, ip, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons((uint16_t)atoi(port));
		return sizeof(a->in);
	}
	if (inet_pton(AF_INET6, ip, &a->in6.sin6_addr) != 1)
		die(ip);
	a->in6.sin6_family = AF_INET6;
	a->in6.sin6_port = htons((uint16_t)atoi(port));
	return sizeof(a->in6);
}

static inline const char *text(const union address *a, char out[80])
{
	char ip[INET6_ADDRSTRLEN];

	if (a->sa.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->in6.sin6_addr, ip, sizeof(ip));
		snprintf(out, 80, "[%s]:%d", ip, ntohs(a->in6.sin6_port));
	} else {
		inet_ntop(AF_INET, &a->in.sin_addr, ip, sizeof(ip));
		snprintf(out, 80, "%s:%d", ip, ntohs(a->in.sin_port));
	}
	return out;
}

/* say() - the line of one conversation; one write, so that threads and processes do not mix
 * theirs */
static inline void say(const char *proto, int fd, const union address *to, size_t sent,
		       size_t received)
{
	union address own;
	socklen_t len = sizeof(own);
	char a[80], b[80], line[256];
	int n;

	if (getsockname(fd, &own.sa, &len))
		die("getsockname");
	n = snprintf(line, sizeof(line), "%s %s %s %zu %zu\n", proto, text(&own, a), text(to, b),
		     sent, received);
	if (write(1, line, (size_t)n) != n)
		die("write");
}

static inline size_t send_all(int fd, size_t bytes)
{
	static char chunk[CHUNK];
	size_t sent = 0;
	ssize_t n;

	while (sent < bytes) {
		n = send(fd, chunk, bytes - sent > CHUNK ? CHUNK : bytes - sent, MSG_NOSIGNAL);
		if (n <= 0)
			die("send");
		sent += (size_t)n;
	}
	return sent;
}

static inline size_t receive_all(int fd, int patience_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char chunk[CHUNK];
	size_t received = 0;
	ssize_t n;

	while (poll(&p, 1, patience_ms) > 0 && (n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
		received += (size_t)n;
	return received;
}

#endif
