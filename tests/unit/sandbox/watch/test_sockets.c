/* SPDX-License-Identifier: Apache-2.0 */
/* test_sockets.c - what is recorded of socket calls, with the socket in hand */
#include "tests/unit/sandbox/watch/caller.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/un.h>

/* One socket and one call on it. */
struct row {
	int domain, type, protocol;
	int nr; /* the call that is looked at */
	const char *to; /* its address: ev_addr_parse(), a path, "@abstract", or "" for none */
	const char *proto;
	const char *remote, *path; /* what is recorded; "": none */
	bool local; /* a local port is there in the end */
};

/* Somebody who listens: a connection that is refused may leave no local port. */
static char tcp[EV_ADDR_STRLEN], mapped[EV_ADDR_STRLEN];

static int listen_here(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	if (bind(fd, (struct sockaddr *)&a, len) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&a, &len))
		return -1;
	(void)snprintf(tcp, sizeof(tcp), "127.0.0.1:%u", ntohs(a.sin_port));
	(void)snprintf(mapped, sizeof(mapped), "[::ffff:127.0.0.1]:%u", ntohs(a.sin_port));
	return 0;
}

union any {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

static socklen_t address(const char *text, union any *a)
{
	struct ev_addr ip;

	memset(a, 0, sizeof(*a));
	if (text[0] == '/' || text[0] == '@') {
		a->un.sun_family = AF_UNIX;
		memcpy(a->un.sun_path, text, strlen(text));
		if (text[0] == '@')
			a->un.sun_path[0] = '\0';
		return (socklen_t)(offsetof(struct sockaddr_un,
					    sun_path) + strlen(text) + (text[0] == '/'));
	}
	if (ev_addr_parse(text, &ip) < 0)
		return 0;
	if (ip.family == AF_INET) {
		a->in = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(ip.port) };
		memcpy(&a->in.sin_addr, ip.ip, 4);
		return sizeof(a->in);
	}
	a->in6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(ip.port) };
	memcpy(&a->in6.sin6_addr, ip.ip, 16);
	return sizeof(a->in6);
}

static int make_call(const void *arg)
{
	const struct row *r = arg;
	union any a;
	socklen_t len = address(r->to, &a);
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	struct mmsghdr m[2] = { { .msg_hdr = { .msg_iov = &iov, .msg_iovlen = 1 } } };
	int fd = socket(r->domain, r->type, r->protocol);

	m[0].msg_hdr.msg_name = len ? &a : NULL;
	m[0].msg_hdr.msg_namelen = len;
	m[1] = m[0];
	switch (r->nr) {
	case SYS_connect:
	case SYS_bind:
		(void)syscall(r->nr, fd, &a, len);
		break;
	case SYS_listen:
		(void)syscall(r->nr, fd, 1);
		break;
	case SYS_sendto:
		(void)syscall(r->nr, fd, "x", 1, 0, len ? &a : NULL, len);
		break;
	case SYS_sendmsg:
		(void)syscall(r->nr, fd, &m[0].msg_hdr, 0);
		break;
	case SYS_sendmmsg:
		(void)syscall(r->nr, fd, m, 2, 0);
		break;
	default:
		break;
	}
	(void)syscall(SYS_getppid); /* plain */
	return 0;
}

static void same_addr(const struct ev_addr *a, const char *want)
{
	char text[EV_ADDR_STRLEN];

	ev_addr_format(a, text);
	assert_string_equal(text, want);
}

static void check(const struct row *r)
{
	const struct ev *ev;
	struct caller c;

	caller_start(&c, make_call, r);
	caller_until(&c, r->nr);
	sockets_call(&c.w, &c.note);
	caller_answer(&c);
	assert_int_equal(caller_finish(&c), 0);
	sockets_settle_proc(&c.w, 0);
	assert_int_equal(sockets_settle(&c.w, 0), -1);
	ev = caller_last(&c, EV_SOCK);
	assert_non_null(ev);
	assert_string_equal(ev->u.sock.call, c.note.row ? calls_row(r->nr)->name : "");
	if (r->proto)
		assert_string_equal(ev->u.sock.proto, r->proto);
	same_addr(&ev->u.sock.remote, r->remote);
	assert_string_equal(ev->u.sock.path ? ev->u.sock.path : "", r->path);
	assert_int_equal(ev->u.sock.local.port != 0, r->local);
	assert_true(ev->u.sock.cookie != 0);
	assert_string_equal(ev->u.sock.outcome, "allowed");
	assert_false(ev->u.sock.elsewhere);
	assert_int_equal(c.w.n.calls_unread, 0);
	caller_end(&c);
}

static void each_call_is_recorded_with_socket_and_address(void **state)
{
	const struct row rows[] = {
		{ AF_INET, SOCK_STREAM, 0, SYS_connect, tcp, "tcp", tcp, "", true },
		{ AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 262, SYS_connect, tcp, "tcp", tcp, "",
		  true },
		{ AF_INET6, SOCK_STREAM, 0, SYS_connect, mapped, "tcp", tcp, "", true },
		{ AF_INET, SOCK_DGRAM, 0, SYS_connect, "127.0.0.1:3", "udp", "127.0.0.1:3", "",
		  true },
		{ AF_INET, SOCK_DGRAM, 0, SYS_sendto, "127.0.0.1:4", "udp", "127.0.0.1:4", "",
		  true },
		{ AF_INET, SOCK_DGRAM, 0, SYS_sendmsg, "127.0.0.1:5", "udp", "127.0.0.1:5", "",
		  true },
		{ AF_INET, SOCK_DGRAM, 0, SYS_sendmmsg, "127.0.0.1:6", "udp", "127.0.0.1:6", "",
		  true },
		{ AF_INET, SOCK_DGRAM, 0, SYS_bind, "127.0.0.1", "udp", "", "", true },
		{ AF_INET, SOCK_STREAM, 0, SYS_listen, "", "tcp", "", "", true },
		{ AF_UNIX, SOCK_STREAM, 0, SYS_connect, "/nonexist/socket", "unix", "",
		  "/nonexist/socket", false },
		{ AF_UNIX, SOCK_STREAM, 0, SYS_connect, "@nobody", "unix", "", "@nobody", false },
		{ AF_UNIX, SOCK_DGRAM, 0, SYS_sendto, "/nonexist/log", "unix", "", "/nonexist/log",
		  false },
		{ AF_UNIX, SOCK_DGRAM, 0, SYS_sendmsg, "/nonexist/log", "unix", "", "/nonexist/log",
		  false },
		{ AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, SYS_sendmsg, "", "netlink", "", "", false },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		check(&rows[i]);
}

static void a_socket_is_recorded_when_it_is_made(void **state)
{
	static const struct {
		struct row r;
		const char *proto;
		const char *detail; /* of an EV_CALL; NULL: there is none */
	} rows[] = {
		{ { AF_INET, SOCK_STREAM, 0, SYS_socket, "", NULL, "", "", false }, "tcp", NULL },
		{ { AF_INET6, SOCK_DGRAM, 0, SYS_socket, "", NULL, "", "", false }, "udp", NULL },
		{ { AF_INET, SOCK_DGRAM, IPPROTO_ICMP, SYS_socket, "", NULL, "", "", false },
		  "icmp", NULL },
		{ { AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6, SYS_socket, "", NULL, "", "", false },
		  "icmpv6", NULL },
		{ { AF_INET, SOCK_STREAM, IPPROTO_SCTP, SYS_socket, "", NULL, "", "", false },
		  "sctp", NULL },
		{ { AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, SYS_socket, "", NULL, "", "", false },
		  "udplite", NULL },
		{ { AF_INET, SOCK_DCCP, IPPROTO_DCCP, SYS_socket, "", NULL, "", "", false }, "dccp",
		  NULL },
		{ { AF_INET, SOCK_RAW, IPPROTO_ICMP, SYS_socket, "", NULL, "", "", false }, "icmp",
		  "AF_INET SOCK_RAW protocol 1" },
		{ { AF_INET, SOCK_RAW, IPPROTO_GRE, SYS_socket, "", NULL, "", "", false }, "raw",
		  "AF_INET SOCK_RAW protocol 47" },
		{ { AF_UNIX, SOCK_STREAM, 0, SYS_socket, "", NULL, "", "", false }, "unix", NULL },
		{ { AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, SYS_socket, "", NULL, "", "", false },
		  "netlink", NULL },
		{ { AF_NETLINK, SOCK_RAW, NETLINK_AUDIT, SYS_socket, "", NULL, "", "", false },
		  "netlink",
		  "AF_NETLINK SOCK_RAW protocol 9" },
		{ { AF_VSOCK, SOCK_STREAM, 0, SYS_socket, "", NULL, "", "", false }, "AF_VSOCK",
		  NULL },
		{ { 44444, SOCK_STREAM, 0, SYS_socket, "", NULL, "", "", false }, "family-44444",
		  NULL },
	};
	const struct ev *ev;
	struct caller c;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		caller_start(&c, make_call, &rows[i].r);
		caller_until(&c, SYS_socket);
		sockets_made(&c.w, &c.note);
		ev = caller_last(&c, EV_SOCK);
		assert_non_null(ev);
		assert_string_equal(ev->u.sock.proto, rows[i].proto);
		assert_string_equal(ev->u.sock.call, "socket");
		ev = caller_last(&c, EV_CALL);
		assert_int_equal(!ev, !rows[i].detail);
		if (ev)
			assert_string_equal(ev->u.call.detail, rows[i].detail);
		caller_end(&c);
	}
}

static void a_port_that_the_kernel_chooses_is_waited_for(void **state)
{
	static const struct row r = { AF_INET, SOCK_DGRAM, 0, SYS_sendto, "127.0.0.1:9", "udp", "",
				      "", true };
	const struct ev *ev;
	struct caller c;
	int64_t next;

	(void)state;
	caller_start(&c, make_call, &r);
	caller_until(&c, SYS_sendto);
	sockets_call(&c.w, &c.note);
	assert_null(caller_last(&c, EV_SOCK)); /* the call waits for us: there is no port yet */
	next = sockets_settle(&c.w, 0);
	assert_true(next > 0 && next < 1000000000);
	c.w.now = 99;
	caller_answer(&c);
	caller_next(&c); /* the thread is heard of again: its call is over */
	assert_int_equal(sockets_settle(&c.w, (pid_t)c.req.pid), -1);
	ev = caller_last(&c, EV_SOCK);
	assert_non_null(ev);
	assert_int_equal(ev->t, 7); /* when the call was made */
	assert_int_not_equal(ev->u.sock.local.port, 0);
	assert_int_equal(ev->proc, c.p->id);
	assert_int_equal(c.w.n.local_unknown, 0);
	caller_end(&c);
}

static void a_call_that_was_never_made_has_no_port_in_the_end(void **state)
{
	static const struct row r = { AF_INET, SOCK_DGRAM, 0, SYS_sendto, "127.0.0.1:9", "udp", "",
				      "", true };
	struct caller c;

	(void)state;
	caller_start(&c, make_call, &r);
	caller_until(&c, SYS_sendto);
	sockets_call(&c.w, &c.note);
	assert_int_equal(sockets_settle(&c.w, c.pid), -1);
	assert_non_null(caller_last(&c, EV_SOCK));
	assert_int_equal(c.w.n.local_unknown, 1);
	caller_end(&c);
}

/* What connect(2) answers to a datagram socket that has a port. */
struct wanted {
	const char *to;
	int error;
	bool peer;
};

static int bind_and_connect(const void *arg)
{
	const struct wanted *want = arg;
	struct sockaddr_in a = { .sin_family = AF_INET };
	union any to;
	socklen_t len = address(want->to, &to);
	int s = (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0), rc;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0 || syscall(SYS_bind, s, &a, sizeof(a)))
		return 78;
	rc = (int)syscall(SYS_connect, s, &to, len);
	if ((rc < 0 ? errno : 0) != want->error)
		return 79;
	len = sizeof(to);
	return (getpeername(s, &to.sa, &len) == 0) == want->peer ? 0 : 80;
}

/* The answer of the kernel is the caller's, and the record's. */
static void a_datagram_socket_gets_its_peer_from_the_supervisor(void **state)
{
	static const struct wanted wants[] = {
		{ "127.0.0.1:9", 0, true },
		{ "255.255.255.255:9", EACCES, false },
		{ "127.0.0.1", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(wants); i++) {
		const struct ev *ev;
		struct caller c;

		caller_start(&c, bind_and_connect, &wants[i]);
		caller_until(&c, SYS_connect);
		sockets_call(&c.w, &c.note);
		assert_true(c.note.made);
		assert_int_equal(c.note.error, wants[i].error);

		caller_answer(&c);
		ev = caller_last(&c, EV_SOCK);
		assert_non_null(ev);
		assert_string_equal(ev->u.sock.outcome, "allowed");
		assert_string_equal(ev->u.sock.error ? ev->u.sock.error : "",
				    wants[i].error ? "EACCES" : "");
		assert_int_not_equal(ev->u.sock.local.port, 0);
		assert_int_equal(caller_finish(&c), 0);
		caller_end(&c);
	}
}

static int connect_to_nothing(const void *arg)
{
	(void)arg;
	return (int)syscall(SYS_connect, (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0), 8, 16);
}

static void what_cannot_be_read_is_left_to_the_kernel(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, connect_to_nothing, NULL);
	caller_until(&c, SYS_connect);
	sockets_call(&c.w, &c.note);
	assert_false(c.note.made);
	assert_int_equal(c.w.n.calls_unread, 1);
	caller_end(&c);
}

static void a_refused_call_is_recorded_at_once(void **state)
{
	static const struct row r = { AF_INET, SOCK_DGRAM, 0, SYS_connect, "127.0.0.1:9", "udp", "",
				      "", true };
	const struct ev *ev;
	struct caller c;

	(void)state;
	caller_start(&c, make_call, &r);
	caller_until(&c, SYS_connect);
	c.note.error = EPERM;
	sockets_call(&c.w, &c.note);
	ev = caller_last(&c, EV_SOCK);
	assert_non_null(ev);
	assert_string_equal(ev->u.sock.outcome, "denied");
	assert_string_equal(ev->u.sock.error, "EPERM");
	same_addr(&ev->u.sock.remote, "127.0.0.1:9");
	caller_end(&c);
}

/* More messages than are looked at in one piece, each to another port. */
#define MANY 100
static int send_many(const void *arg)
{
	static struct mmsghdr m[MANY];
	static struct sockaddr_in to[MANY];
	char byte = 'x';
	struct iovec iov = { &byte, 1 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)arg;
	for (size_t i = 0; i < MANY; i++) {
		to[i] = (struct sockaddr_in){ .sin_family = AF_INET,
					      .sin_port = htons((uint16_t)(i + 1)) };
		to[i].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		m[i].msg_hdr = (struct msghdr){ .msg_name = &to[i], .msg_namelen = sizeof(to[i]),
						.msg_iov = &iov, .msg_iovlen = 1 };
	}
	(void)syscall(SYS_sendmmsg, fd, m, MANY, 0);
	return 0;
}

static void every_message_has_an_address_of_its_own(void **state)
{
	size_t n = 0;
	struct caller c;

	(void)state;
	caller_start(&c, send_many, NULL);
	caller_until(&c, SYS_sendmmsg);
	c.note.error = EPERM; /* so that none waits for its port */
	sockets_call(&c.w, &c.note);
	watch_write(&c.w);
	{
		TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
		char path[64], want[32];

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", c.record);
		assert_int_equal(tb_read_file(AT_FDCWD, path, 1u << 20, &text, NULL), 0);
		for (; n < MANY; n++) {
			(void)snprintf(want, sizeof(want), "\"127.0.0.1:%zu\"", n + 1);
			assert_non_null(strstr(text.data, want));
		}
	}
	assert_int_equal(c.w.n.calls_unread, 0);
	caller_end(&c);
}

static int bad_memory(const void *arg)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)arg;
	(void)syscall(SYS_connect, fd, 8, 16);
	return 0;
}

static void an_address_that_cannot_be_read_is_counted(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, bad_memory, NULL);
	caller_until(&c, SYS_connect);
	sockets_call(&c.w, &c.note);
	assert_int_equal(c.w.n.calls_unread, 1);
	caller_end(&c);
}

static int bad_descriptor(const void *arg)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	(void)arg;
	(void)syscall(SYS_connect, 1000, &to, sizeof(to));
	return 0;
}

static void a_descriptor_that_is_none_fails_in_the_kernel_too(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, bad_descriptor, NULL);
	caller_until(&c, SYS_connect);
	sockets_call(&c.w, &c.note);
	assert_int_equal(c.w.n.calls_unread, 0);
	assert_non_null(caller_last(&c, EV_SOCK));
	assert_int_equal(caller_last(&c, EV_SOCK)->u.sock.cookie, 0);
	caller_end(&c);
}

static void a_bound_path_is_a_file_and_a_bound_name_is_none(void **state)
{
	static const struct row rows[] = {
		{ AF_UNIX, SOCK_DGRAM, 0, SYS_bind, "/nonexist/bound", "unix", "",
		  "/nonexist/bound", false },
		{ AF_UNIX, SOCK_DGRAM, 0, SYS_bind, "@tcbox-unit", "unix", "", "@tcbox-unit",
		  false },
	};
	struct caller c;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		caller_start(&c, make_call, &rows[i]);
		caller_until(&c, SYS_bind);
		sockets_call(&c.w, &c.note);
		assert_int_equal(caller_last(&c, EV_FILE) != NULL, i == 0);
		assert_string_equal(caller_last(&c, EV_SOCK)->u.sock.path, rows[i].path);
		caller_end(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_is_recorded_with_socket_and_address),
		cmocka_unit_test(a_socket_is_recorded_when_it_is_made),
		cmocka_unit_test(a_port_that_the_kernel_chooses_is_waited_for),
		cmocka_unit_test(a_call_that_was_never_made_has_no_port_in_the_end),
		cmocka_unit_test(a_datagram_socket_gets_its_peer_from_the_supervisor),
		cmocka_unit_test(what_cannot_be_read_is_left_to_the_kernel),
		cmocka_unit_test(a_refused_call_is_recorded_at_once),
		cmocka_unit_test(every_message_has_an_address_of_its_own),
		cmocka_unit_test(an_address_that_cannot_be_read_is_counted),
		cmocka_unit_test(a_descriptor_that_is_none_fails_in_the_kernel_too),
		cmocka_unit_test(a_bound_path_is_a_file_and_a_bound_name_is_none),
	};

	return cmocka_run_group_tests(tests, listen_here, NULL);
}
