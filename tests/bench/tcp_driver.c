/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcp_driver.c - many short TCP connections, or one long one
 *
 * usage:	tcp_driver connect ADDRESS PORT COUNT RATE	open and close COUNT connections,
 *								RATE a second (0: as fast as it
 *								goes)
 *		tcp_driver send ADDRESS PORT BYTES		upload
 *		tcp_driver serve PORT				on loopback: accept, read to the
 *								end, close; until killed
 *
 * connect prints: connected failed connections-per-second p50 p99 of connect(2) in microseconds.
 * send prints bytes a second, measured until the other side has closed too.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX 1000000

static double now_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void wait_until(double t)
{
	struct timespec ts = { (time_t)t, (long)((t - (double)(time_t)t) * 1e9) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL))
		;
}

static int by_value(const void *a, const void *b)
{
	const float *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int open_and_close(const struct sockaddr_in *to, float *us)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	double start = now_s();
	int rc = connect(fd, (const struct sockaddr *)to, sizeof(*to));

	*us = (float)((now_s() - start) * 1e6);
	(void)close(fd);
	return rc;
}

static int connect_many(const struct sockaddr_in *to, long count, double rate)
{
	float *us = count > 0 && count <= COUNT_MAX ? calloc((size_t)count, sizeof(*us)) : NULL;
	double start = now_s(), took;
	long good = 0, bad = 0;

	if (!us)
		return 2;
	for (long i = 0; i < count; i++) {
		if (rate > 0)
			wait_until(start + (double)i / rate);
		if (open_and_close(to, &us[good]))
			bad++;
		else
			good++;
	}
	took = now_s() - start;
	if (good) {
		qsort(us, (size_t)good, sizeof(*us), by_value);
		(void)printf("%ld %ld %.0f %.0f %.0f\n", good, bad, (double)good / took,
			     (double)us[good / 2],
			     (double)us[good * 99 / 100]);
	}
	free(us);
	return !good;
}

static int send_much(const struct sockaddr_in *to, double bytes)
{
	static char data[1 << 17];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	double start = now_s(), sent = 0;
	ssize_t n;

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to))) {
		perror("connect");
		return 1;
	}
	while (sent < bytes && (n = write(fd, data, sizeof(data))) > 0)
		sent += (double)n;
	(void)shutdown(fd, SHUT_WR);
	while (read(fd, data, sizeof(data)) > 0)
		;
	(void)close(fd);
	(void)printf("%.0f\n", sent / (now_s() - start));
	return sent < bytes;
}

static int serve(unsigned short port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int on = 1, s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), c;
	static char data[1 << 17];

	(void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(s, (struct sockaddr *)&at, sizeof(at)) || listen(s, 4096)) {
		perror("serve");
		return 1;
	}
	while ((c = accept4(s, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		while (read(c, data, sizeof(data)) > 0)
			;
		(void)close(c);
	}
	return 1;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	(void)signal(SIGPIPE, SIG_IGN);
	if (argc == 3 && !strcmp(argv[1], "serve"))
		return serve((unsigned short)atoi(argv[2]));
	if (argc < 5 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1)
		return 2;
	to.sin_port = htons((unsigned short)atoi(argv[3]));
	if (argc == 6 && !strcmp(argv[1], "connect"))
		return connect_many(&to, atol(argv[4]), atof(argv[5]));
	if (argc == 5 && !strcmp(argv[1], "send"))
		return send_much(&to, atof(argv[4]));
	return 2;
}
