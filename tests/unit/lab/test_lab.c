/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_lab.c - the whole lab as a process, in namespaces of the test's own, with nothing steered to
 * it
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tcbox/fd.h"
#include "tcbox/lab.h"
#include "tcbox/net.h"
#include "tcbox/own.h"
#include "tcbox/record.h"
#include "tests/unit/unlocked.h"

struct fixture {
	int record[2], ready[2], stop[2];
	pid_t pid;
	size_t n;
	struct ev v[32];
};

static bool alone;	/* the namespaces are there */

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		(void)close(fd);
	return good;
}

static int enter_namespaces(void **state)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	char map[64];
	int fd;

	(void)state;
	(void)snprintf(map, sizeof(map), "0 %u 1", getuid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) || !write_text("/proc/self/uid_map", map))
		return 0;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	alone = fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &lo);
	(void)close(fd);
	return 0;
}

static void run_lab(struct fixture *x, int record_fd)
{
	struct lab_options opt = { .record_fd = record_fd, .ready_fd = x->ready[1],
				   .stop_fd = x->stop[0] };
	struct tb_err err = { 0 };

	tb_close(&x->record[0]);
	tb_close(&x->stop[1]);
	tb_close(&x->ready[0]);
	_exit(lab_main(&opt, &err) ? 1 : 0);
}

/* start() - Return: whether the lab said that it is ready */
static bool start(struct fixture *x, int record_fd)
{
	char byte;

	if (pipe2(x->ready, O_CLOEXEC) || pipe2(x->stop, O_CLOEXEC))
		return false;
	x->pid = fork();
	if (x->pid == 0)
		run_lab(x, record_fd);
	tb_close(&x->ready[1]);
	tb_close(&x->stop[0]);
	return read(x->ready[0], &byte, 1) == 1;
}

/* stop() - Return: the lab's exit status, or -1 if a signal killed it */
static int stop(struct fixture *x)
{
	int status;

	tb_close(&x->stop[1]);
	if (waitpid(x->pid, &status, 0) != x->pid)
		return -1;
	x->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int set_up(void **state)
{
	struct fixture *x = calloc(1, sizeof(*x));

	*state = x;
	if (!alone)
		return 0;
	return pipe2(x->record, O_CLOEXEC) || !start(x, x->record[1]);
}

static int tear_down(void **state)
{
	struct fixture *x = *state;

	if (x->pid > 0) {
		(void)kill(x->pid, SIGKILL);
		(void)waitpid(x->pid, NULL, 0);
	}
	while (x->n)
		ev_clear(&x->v[--x->n]);
	for (int i = 0; alone && i < 2; i++) {
		tb_close(&x->record[i]);
		tb_close(&x->ready[i]);
		tb_close(&x->stop[i]);
	}
	free(x);
	return 0;
}

/* read_events() - what the lab, which has ended, recorded */
static void read_events(struct fixture *x)
{
	static char text[65536];
	char *line = text, *end;
	ssize_t len;

	tb_close(&x->record[1]);
	len = read(x->record[0], text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	while ((end = strchr(line, '\n')) && x->n < 32) {
		assert_int_equal(ev_parse(line, (size_t)(end - line), &x->v[x->n], NULL), 0);
		if (x->v[x->n].kind == EV_REQUEST)	/* test_request.c */
			ev_clear(&x->v[x->n]);
		else
			x->n++;
		line = end + 1;
	}
}

static uint64_t counter(const struct fixture *x, const char *name)
{
	const struct ev *last = &x->v[x->n - 1];

	assert_int_equal(last->kind, EV_COUNTERS);
	assert_true(last->u.counters.final);
	for (size_t i = 0; i < last->u.counters.n; i++)
		if (!strcmp(last->u.counters.v[i].name, name))
			return last->u.counters.v[i].value;
	fail_msg("no counter %s", name);
	return 0;
}

/* open_to() - a socket whose peer is the lab on the loopback interface */
static int open_to(int family, int type)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(TB_LAB_PORT) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(TB_LAB_PORT),
				    .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (family == AF_INET)
		assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	else
		assert_int_equal(connect(fd, (struct sockaddr *)&in6, sizeof(in6)), 0);
	return fd;
}

static void connections_and_datagrams_of_both_versions_are_served(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct fixture *x = *state;
	char answer[2000], text[EV_ADDR_STRLEN];
	size_t served = 0;

	if (!alone)
		skip();
	for (size_t i = 0; i < 2; i++) {
		int fd = open_to(families[i], SOCK_STREAM), udp = open_to(families[i], SOCK_DGRAM);

		assert_int_equal(send(udp, "hello", 5, 0), 5);
		assert_int_equal(send(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, 0), 27);
		assert_true(recv(fd, answer, sizeof(answer), 0) > 200);
		assert_memory_equal(answer, "HTTP/1.1 200 OK", 15);
		(void)close(fd);
		(void)close(udp);
	}
	assert_int_equal(stop(x), 0);
	read_events(x);
	for (size_t i = 0; i < x->n; i++) {
		if (x->v[i].kind != EV_SERVED)
			continue;
		ev_addr_format(&x->v[i].u.served.server, text);
		assert_string_equal(text,
				    x->v[i].u.served.server.family == AF_INET ? "127.0.0.1:9" :
				    "[::1]:9");
		served++;
	}
	assert_int_equal(served, 4);
	assert_int_equal(counter(x, "connections"), 2);
	assert_int_equal(counter(x, "datagrams"), 2);
	assert_int_equal(counter(x, "datagrams_dropped"), 0);
	assert_int_equal(counter(x, "bytes_in"), 2 * (27 + 5));
	assert_true(counter(x, "bytes_out") > 400);
	assert_int_equal(counter(x, "refused"), 0);
	assert_int_equal(counter(x, "certificates"), 0);
	assert_int_equal(counter(x, "lookups"), 0);
	assert_true(counter(x, "memory_peak_kib") > 0);
}

static void what_arrived_before_the_end_is_served(void **state)
{
	struct fixture *x = *state;
	int udp, fd;

	if (!alone)
		skip();
	assert_int_equal(kill(x->pid, SIGSTOP), 0);
	udp = open_to(AF_INET, SOCK_DGRAM);
	fd = open_to(AF_INET, SOCK_STREAM);
	for (int i = 0; i < 300; i++)
		assert_int_equal(send(udp, "x", 1, 0), 1);
	assert_int_equal(send(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, 0), 27);
	tb_close(&x->stop[1]);
	assert_int_equal(kill(x->pid, SIGCONT), 0);
	assert_int_equal(stop(x), 0);
	read_events(x);
	assert_int_equal(counter(x, "datagrams"), 300);
	assert_int_equal(counter(x, "connections"), 1);
	assert_int_equal(counter(x, "bytes_in"), 327);
	(void)close(udp);
	(void)close(fd);
}

static void who_closes_early_does_not_kill_it(void **state)
{
	struct fixture *x = *state;
	const struct linger reset = { .l_onoff = 1 };

	if (!alone)
		skip();
	for (int i = 0; i < 20; i++) {
		int fd = open_to(AF_INET, SOCK_STREAM);

		assert_int_equal(send(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, 0), 27);
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		(void)close(fd);
	}
	assert_int_equal(stop(x), 0);
	read_events(x);
	assert_int_equal(counter(x, "connections"), 20);
}

static void events_are_written_as_they_happen(void **state)
{
	struct fixture *x = *state;
	struct pollfd p = { .events = POLLIN };
	int fd;

	if (!alone)
		skip();
	fd = open_to(AF_INET, SOCK_STREAM);
	(void)close(fd);
	p.fd = x->record[0];
	assert_int_equal(poll(&p, 1, 5000), 1);
	assert_int_equal(stop(x), 0);
}

static void a_record_that_is_gone_ends_it(void **state)
{
	struct fixture *x = *state;
	int status, fd;

	if (!alone)
		skip();
	tb_close(&x->record[1]);
	tb_close(&x->record[0]);
	fd = open_to(AF_INET, SOCK_STREAM);
	(void)close(fd);
	assert_int_equal(waitpid(x->pid, &status, 0), x->pid);
	x->pid = 0;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 1);
}

static void two_labs_do_not_fit_into_one_namespace(void **state)
{
	struct fixture *x = *state, second = { .n = 0 };

	if (!alone)
		skip();
	assert_int_equal(pipe2(second.record, O_CLOEXEC), 0);
	assert_false(start(&second, second.record[1]));
	assert_int_equal(stop(&second), 1);
	read_events(&second);
	assert_int_equal(second.n, 1);
	assert_int_equal(second.v[0].kind, EV_LOSS);
	assert_string_equal(second.v[0].u.loss.what, "lab");
	assert_non_null(strstr(second.v[0].u.loss.detail, "port 9"));
	ev_clear(&second.v[0]);
	tb_close(&second.record[0]);
	tb_close(&second.ready[0]);
	assert_int_equal(stop(x), 0);
}

static void it_is_locked_up_once_it_is_ready(void **state)
{
	struct fixture *x = *state;
	char path[64], line[256];
	bool filtered = false, caps = false;
	FILE *f;

	if (!alone)
		skip();
	(void)snprintf(path, sizeof(path), "/proc/%d/status", x->pid);
	f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		filtered |= !strcmp(line, "Seccomp:\t2\n");
		/* NET_RAW and NET_BIND_SERVICE */
		caps |= !strcmp(line, "CapEff:\t0000000000002400\n");
	}
	(void)fclose(f);
	assert_int_equal(filtered, !unlocked());
	assert_true(caps);
	assert_int_equal(stop(x), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(connections_and_datagrams_of_both_versions_are_served),
		T(what_arrived_before_the_end_is_served),
		T(who_closes_early_does_not_kill_it),
		T(events_are_written_as_they_happen),
		T(a_record_that_is_gone_ends_it),
		T(two_labs_do_not_fit_into_one_namespace),
		T(it_is_locked_up_once_it_is_ready),
	};

	return cmocka_run_group_tests_name("lab", tests, enter_namespaces, NULL);
}
