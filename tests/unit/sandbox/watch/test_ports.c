/* SPDX-License-Identifier: Apache-2.0 */
/* test_ports.c - open ports are what the kernel says, each recorded once; on loopback, with real
 * sockets */
#include <arpa/inet.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/ports.h"
#include "sandbox/watch/watch.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

struct bench {
	int fd, diag;
	struct watch w;
	struct ports *ports;
};

static struct bench start(void)
{
	struct bench b = { .fd = memfd_create("record", MFD_CLOEXEC), .diag = ports_socket() };

	assert_true(b.fd >= 0 && b.diag >= 0);
	b.w.listener = -1;
	b.w.out = rec_out_new(b.fd, EV_SRC_BOX, 0);
	b.ports = ports_new(b.diag);
	assert_non_null(b.w.out);
	assert_non_null(b.ports);
	return b;
}

static void finish(struct bench *b)
{
	ports_free(b->ports);
	rec_out_free(b->w.out);
	assert_int_equal(close(b->fd), 0);
	assert_int_equal(close(b->diag), 0);
}

/* seen() - how often a port was recorded; the cookie of the last one */
static size_t seen(struct bench *b, const char *proto, const char *local, uint64_t *cookie)
{
	struct tb_buf text = TB_BUF_INIT;
	char path[32], addr[EV_ADDR_STRLEN];
	size_t n = 0;

	assert_int_equal(rec_flush(b->w.out), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", b->fd);
	assert_int_equal(tb_read_file(AT_FDCWD, path, 64u << 20, &text, NULL), 0);
	for (char *line = text.data, *end; line && (end = strchr(line, '\n')); line = end + 1) {
		struct ev ev;

		assert_int_equal(ev_parse(line, (size_t)(end - line), &ev, NULL), 0);
		ev_addr_format(&ev.u.port.local, addr);
		if (ev.kind == EV_PORT && !strcmp(ev.u.port.proto, proto) && !strcmp(addr, local)) {
			n++;
			*cookie = ev.u.port.cookie;
		}
		ev_clear(&ev);
	}
	tb_buf_free(&text);
	return n;
}

/* open_port() - on loopback, any port. @local receives what the record calls it */
static int open_port(int family, int type, char local[EV_ADDR_STRLEN])
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a = { .any.sa_family = (sa_family_t)family };
	socklen_t len = family == AF_INET ? sizeof(a.in) : sizeof(a.in6);
	struct ev_addr ev = { .family = family };

	assert_true(fd >= 0);
	if (family == AF_INET)
		a.in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		a.in6.sin6_addr = in6addr_loopback;
	assert_int_equal(bind(fd, &a.any, len), 0);
	assert_int_equal(getsockname(fd, &a.any, &len), 0);
	if (family == AF_INET)
		memcpy(ev.ip, &a.in.sin_addr, 4);
	else
		memcpy(ev.ip, &a.in6.sin6_addr, 16);
	ev.port = ntohs(family == AF_INET ? a.in.sin_port : a.in6.sin6_port);
	ev_addr_format(&ev, local);
	return fd;
}

static uint64_t cookie_of(int fd)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	return cookie;
}

static void look(struct bench *b)
{
	uint64_t before = ports_looks(b->ports);

	for (int tries = 0; tries < 1000 && ports_looks(b->ports) == before; tries++) {
		ports_look(&b->w, b->ports);	/* it rests after each look */
		(void)usleep(1000);
	}
	assert_int_equal(ports_looks(b->ports), before + 1);
}

static void a_socket_is_open_once_it_listens(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(families); i++) {
		struct bench b = start();
		char local[EV_ADDR_STRLEN];
		uint64_t cookie = 0;
		TB_AUTOCLOSE int fd = open_port(families[i], SOCK_STREAM, local);

		look(&b);
		assert_int_equal(seen(&b, "tcp", local, &cookie), 0);	/* bound only */
		assert_int_equal(listen(fd, 1), 0);
		look(&b);
		assert_int_equal(seen(&b, "tcp", local, &cookie), 1);
		assert_true(cookie == cookie_of(fd));
		look(&b);
		assert_int_equal(seen(&b, "tcp", local, &cookie), 1);	/* once */
		finish(&b);
	}
}

static void a_datagram_socket_with_a_peer_is_a_client(void **state)
{
	static const int families[] = { AF_INET, AF_INET6 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(families); i++) {
		struct bench b = start();
		char server[EV_ADDR_STRLEN], client[EV_ADDR_STRLEN];
		uint64_t cookie = 0;
		TB_AUTOCLOSE int fd = open_port(families[i], SOCK_DGRAM, server);
		TB_AUTOCLOSE int peer = open_port(families[i], SOCK_DGRAM, client);
		struct sockaddr_storage to;
		socklen_t len = sizeof(to);

		assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &len), 0);
		assert_int_equal(connect(peer, (struct sockaddr *)&to, len), 0);
		look(&b);
		assert_int_equal(seen(&b, "udp", client, &cookie), 0);
		assert_int_equal(seen(&b, "udp", server, &cookie), 1);
		assert_true(cookie == cookie_of(fd));
		finish(&b);
	}
}

static void a_socket_without_a_peer_waits_for_others_unless_it_is_on_its_way(void **state)
{
	struct bench b = start();
	char local[EV_ADDR_STRLEN];
	uint64_t cookie = 0;
	int fd = open_port(AF_INET, SOCK_DGRAM, local);

	(void)state;
	b.w.ports = b.ports;
	ports_waits(&b.w, cookie_of(fd), getpid());
	look(&b);
	assert_int_equal(seen(&b, "udp", local, &cookie), 0);
	assert_true(ports_due(b.ports) >= 0);	/* it is looked at again by itself */
	ports_look_last(&b.w, b.ports);		/* without a rest, and without a grace */
	assert_int_equal(seen(&b, "udp", local, &cookie), 1);
	assert_true(cookie == cookie_of(fd));
	(void)close(fd);
	finish(&b);
}

static void a_socket_that_had_a_peer_is_looked_at_anew(void **state)
{
	struct bench b = start();
	char local[EV_ADDR_STRLEN];
	uint64_t cookie = 0;
	int fd = open_port(AF_INET, SOCK_DGRAM, local);

	(void)state;
	b.w.ports = b.ports;
	look(&b);
	look(&b);
	assert_int_equal(seen(&b, "udp", local, &cookie), 1);
	ports_connected(&b.w, cookie_of(fd), 7);
	look(&b);	/* it was released, says the kernel */
	assert_int_equal(seen(&b, "udp", local, &cookie), 2);
	(void)close(fd);
	finish(&b);
}

/* The kernel calls it connected, and it hears every port of that address. */
static void a_peer_without_a_port_is_none(void **state)
{
	struct bench b = start();
	char local[EV_ADDR_STRLEN];
	uint64_t cookie = 0;
	int fd = open_port(AF_INET, SOCK_DGRAM, local);
	struct sockaddr_in to = { .sin_family = AF_INET };

	(void)state;
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	look(&b);
	assert_int_equal(seen(&b, "udp", local, &cookie), 1);
	(void)close(fd);
	finish(&b);
}

static void another_socket_on_the_same_port_is_another(void **state)
{
	struct bench b = start();
	char local[EV_ADDR_STRLEN];
	uint64_t cookie = 0;
	int fd = open_port(AF_INET, SOCK_STREAM, local), on = 1;
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	(void)state;
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	assert_int_equal(listen(fd, 1), 0);
	look(&b);
	(void)close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	look(&b);
	assert_int_equal(seen(&b, "tcp", local, &cookie), 2);
	assert_true(cookie == cookie_of(fd));
	(void)close(fd);
	finish(&b);
}

static void without_a_socket_to_ask_nothing_is_claimed(void **state)
{
	struct bench b = start();
	struct ports *none = ports_new(-1);

	(void)state;
	assert_non_null(none);
	ports_soon(none);
	assert_true(ports_due(none) == -1);
	ports_look(&b.w, none);
	assert_int_equal(ports_looks(none), 0);
	ports_free(none);
	finish(&b);
}

static void a_look_is_due_soon_after_it_was_asked_for(void **state)
{
	struct bench b = start();
	int64_t due;

	(void)state;
	assert_true(ports_due(b.ports) == -1);
	ports_soon(b.ports);
	due = ports_due(b.ports);
	assert_true(due >= 0 && due <= 5000000);
	while (ports_due(b.ports) > 0)
		(void)usleep(1000);
	look(&b);
	assert_true(ports_due(b.ports) == -1);
	finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_open_once_it_listens),
		cmocka_unit_test(a_datagram_socket_with_a_peer_is_a_client),
		cmocka_unit_test(a_socket_without_a_peer_waits_for_others_unless_it_is_on_its_way),
		cmocka_unit_test(a_socket_that_had_a_peer_is_looked_at_anew),
		cmocka_unit_test(a_peer_without_a_port_is_none),
		cmocka_unit_test(another_socket_on_the_same_port_is_another),
		cmocka_unit_test(without_a_socket_to_ask_nothing_is_claimed),
		cmocka_unit_test(a_look_is_due_soon_after_it_was_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
