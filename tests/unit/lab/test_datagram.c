/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_datagram.c - conversations of datagrams; the calls that need privilege or time are the
 * test's own
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/lab/world.h"

#define BATCH 32
#define CLIENT4 "198.19.255.2"
#define SERVER4 "198.18.0.7"

/* What the kernel would give and get. */
static struct {
	struct {
		char client[64], server[64];
		char data[64];
		size_t taken, len;
		uint32_t lost;
		bool plain;		/* without the original destination */
	} in[200];
	size_t n, next;
	struct {
		struct sockaddr_storage to;
		char data[600];
		size_t len;
		int fd;
	} out[200];
	size_t nout, nbound, batches;
	struct sockaddr_storage bound[200];
	bool refuse_bind, refuse_send;
	int64_t now;
} net;

int64_t __wrap_tb_monotonic_ns(void);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
ssize_t __wrap_sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len);
int __wrap_recvmmsg(int fd, struct mmsghdr *msg, unsigned int n, int flags, struct timespec *wait);

int64_t __wrap_tb_monotonic_ns(void)
{
	return net.now;
}

int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	(void)fd;
	assert_true((level == IPPROTO_IP && option == IP_TRANSPARENT) ||
		    (level == IPPROTO_IPV6 && option == IPV6_TRANSPARENT));
	assert_int_equal(len, sizeof(int));
	return *(const int *)value == 1 ? 0 : -1;
}

int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	(void)fd;
	assert_int_equal(len, addr->sa_family == AF_INET ? sizeof(struct sockaddr_in) :
							   sizeof(struct sockaddr_in6));
	memcpy(&net.bound[net.nbound++ % 200], addr, len);
	return net.refuse_bind ? -1 : 0;
}

ssize_t __wrap_sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len)
{
	assert_int_equal(flags, 0);
	if (net.refuse_send)
		return -1;
	memcpy(&net.out[net.nout].to, to, to_len);
	memcpy(net.out[net.nout].data, data, len);
	net.out[net.nout].len = len;
	net.out[net.nout++].fd = fd;
	return (ssize_t)len;
}

static socklen_t sock_of(struct sockaddr_storage *out, const char *text)
{
	struct ev_addr a;

	assert_int_equal(ev_addr_parse(text, &a), 0);
	memset(out, 0, sizeof(*out));
	out->ss_family = (sa_family_t)a.family;
	if (a.family == AF_INET) {
		((struct sockaddr_in *)out)->sin_port = htons(a.port);
		memcpy(&((struct sockaddr_in *)out)->sin_addr, a.ip, 4);
		return sizeof(struct sockaddr_in);
	}
	((struct sockaddr_in6 *)out)->sin6_port = htons(a.port);
	memcpy(&((struct sockaddr_in6 *)out)->sin6_addr, a.ip, 16);
	return sizeof(struct sockaddr_in6);
}

/* add_control() - one control message at the end of those that are there */
static void add_control(struct msghdr *m, size_t *used, int level, int type, const void *data,
			size_t len)
{
	struct cmsghdr *c = (struct cmsghdr *)((char *)m->msg_control + *used);

	*used += CMSG_SPACE(len);
	assert_true(*used <= m->msg_controllen);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
}

int __wrap_recvmmsg(int fd, struct mmsghdr *msg, unsigned int n, int flags, struct timespec *wait)
{
	unsigned int i;

	(void)fd;
	(void)wait;
	assert_int_equal(n, BATCH);
	assert_int_equal(flags, MSG_DONTWAIT | MSG_TRUNC);
	net.batches++;
	for (i = 0; i < n && net.next < net.n; i++, net.next++) {
		struct msghdr *m = &msg[i].msg_hdr;
		struct sockaddr_storage server;
		socklen_t len = sock_of(&server, net.in[net.next].server);
		bool v4 = server.ss_family == AF_INET;
		size_t used = 0;

		m->msg_namelen = sock_of(m->msg_name, net.in[net.next].client);
		memcpy(m->msg_iov->iov_base, net.in[net.next].data, net.in[net.next].taken);
		if (!net.in[net.next].plain)
			add_control(m, &used, v4 ? IPPROTO_IP : IPPROTO_IPV6,
				    v4 ? IP_ORIGDSTADDR : IPV6_ORIGDSTADDR, &server, len);
		if (net.in[net.next].lost)
			add_control(m, &used, SOL_SOCKET, SO_RXQ_OVFL, &net.in[net.next].lost, 4);
		m->msg_controllen = used;
		msg[i].msg_len = (unsigned int)net.in[net.next].len;
	}
	return i ? (int)i : -1;
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct tb_err err = { 0 };

	memset(&net, 0, sizeof(net));
	net.now = 1000 * TB_NS_PER_S;
	*state = w;
	return !w || world_open(w) || datagrams_new(&w->lab, &err);
}

static int tear_down(void **state)
{
	world_close(*state);
	free(*state);
	return 0;
}

/* put() - a datagram that will be there */
static void put(const char *client, const char *server, const void *data, size_t len)
{
	(void)snprintf(net.in[net.n].client, 64, "%s", client);
	(void)snprintf(net.in[net.n].server, 64, "%s", server);
	net.in[net.n].taken = len < 64 ? len : 64;
	net.in[net.n].len = len;
	memcpy(net.in[net.n++].data, data, len < 64 ? len : 64);
}

static void receive(struct world *w)
{
	datagrams_receive(7, EV_READ, &w->lab);
	assert_int_equal(net.next, net.n);
}

static const struct ev_served *the_event(struct world *w)
{
	datagrams_end(&w->lab);
	world_events(w);
	assert_true(w->n > 0);
	assert_int_equal(w->v[w->n - 1].kind, EV_SERVED);
	return &w->v[w->n - 1].u.served;
}

static void datagrams_that_nobody_answers_are_one_event(void **state)
{
	struct world *w = *state;
	const struct ev_served *e;
	char text[EV_ADDR_STRLEN];

	put(CLIENT4 ":4000", SERVER4 ":5000", "hello", 5);
	put(CLIENT4 ":4000", SERVER4 ":5000", "again!", 6);
	receive(w);
	e = the_event(w);
	assert_int_equal(w->n, 1);
	assert_string_equal(e->service, "sink");
	assert_string_equal(e->proto, "udp");
	assert_string_equal(e->detail, "2 datagrams; first bytes: hello");
	assert_int_equal(e->bytes_in, 11);
	assert_int_equal(e->bytes_out, 0);
	ev_addr_format(&e->client, text);
	assert_string_equal(text, CLIENT4 ":4000");
	ev_addr_format(&e->server, text);
	assert_string_equal(text, SERVER4 ":5000");
	assert_int_equal(w->lab.count.datagrams, 2);
	assert_int_equal(w->lab.count.bytes_in, 11);
	assert_int_equal(w->lab.count.refused, 0);
	assert_true(w->lab.moved >= 2);
	assert_int_equal(net.nout, 0);
}

static void long_datagrams_are_counted_whole_and_shown_in_part(void **state)
{
	struct world *w = *state;
	const struct ev_served *e;

	put(CLIENT4 ":4000", SERVER4 ":5000",
	    "0123456789012345678901234567890123456789012345678901234567890123", 64);
	net.in[0].len = 60000;
	receive(w);
	e = the_event(w);
	assert_string_equal(e->detail, "1 datagram; first bytes: 01234567890123456789012345678901");
	assert_int_equal(e->bytes_in, 60000);
}

static void an_empty_datagram_shows_nothing(void **state)
{
	struct world *w = *state;

	put(CLIENT4 ":4000", SERVER4 ":5000", "", 0);
	receive(w);
	assert_string_equal(the_event(w)->detail, "1 datagram");
}

static const char query[] = "\0\7\1\0\0\1\0\0\0\0\0\0\4acme\0\0\1\0\1";

static void a_query_is_answered_from_where_it_was_sent_to(void **state)
{
	struct world *w = *state;
	const struct ev_served *e;
	struct sockaddr_storage expect;

	put(CLIENT4 ":4000", "198.19.255.1:53", query, sizeof(query) - 1);
	receive(w);
	assert_int_equal(net.nbound, 1);
	(void)sock_of(&expect, "198.19.255.1:53");
	assert_memory_equal(&net.bound[0], &expect, sizeof(struct sockaddr_in));
	assert_int_equal(net.nout, 1);
	(void)sock_of(&expect, CLIENT4 ":4000");
	assert_memory_equal(&net.out[0].to, &expect, sizeof(struct sockaddr_in));
	assert_int_equal(net.out[0].len, 38);
	assert_memory_equal(net.out[0].data, "\0\7\x81\x80\0\1\0\1\0\0\0\0\4acme", 17);
	e = the_event(w);
	assert_int_equal(w->n, 2);
	assert_string_equal(w->v[0].u.lookup.name, "acme");
	assert_string_equal(w->v[0].u.lookup.proto, "udp");
	assert_int_equal(w->v[0].u.lookup.client.port, 4000);
	assert_int_equal(w->v[0].u.lookup.server.port, 53);
	assert_string_equal(e->service, "dns");
	assert_string_equal(e->detail, "1 datagram");
	assert_int_equal(e->bytes_out, 38);
	assert_int_equal(w->lab.count.bytes_out, 38);
}

static void what_is_no_query_at_the_port_of_dns_is_shown(void **state)
{
	struct world *w = *state;
	const struct ev_served *e;

	put(CLIENT4 ":4000", "198.19.255.1:53", "no query here", 13);
	receive(w);
	assert_int_equal(net.nout, 1);	/* a format error */
	e = the_event(w);
	assert_string_equal(e->service, "sink");
	assert_string_equal(e->detail, "1 datagram; first bytes: no query here");
}

static void an_address_of_ipv6_is_answered_in_the_same_way(void **state)
{
	struct world *w = *state;
	struct sockaddr_storage expect;
	char ntp[48] = { 0x23 };

	put("[2001:db8:ffff::2]:4000", "[2001:db8::7]:123", ntp, sizeof(ntp));
	receive(w);
	(void)sock_of(&expect, "[2001:db8::7]:123");
	assert_memory_equal(&net.bound[0], &expect, sizeof(struct sockaddr_in6));
	(void)sock_of(&expect, "[2001:db8:ffff::2]:4000");
	assert_memory_equal(&net.out[0].to, &expect, sizeof(struct sockaddr_in6));
	assert_int_equal(net.out[0].len, 48);
	assert_int_equal(net.out[0].data[0], 0x24);
	assert_string_equal(the_event(w)->service, "ntp");
}

static void what_is_no_request_at_the_port_of_ntp_is_shown(void **state)
{
	struct world *w = *state;

	put(CLIENT4 ":4000", SERVER4 ":123", "x", 1);
	receive(w);
	assert_int_equal(net.nout, 0);
	assert_string_equal(the_event(w)->detail, "1 datagram; first bytes: x");
}

static void what_says_itself_what_it_is_may_have_any_port(void **state)
{
	struct world *w = *state;

	put(CLIENT4 ":4000", SERVER4 ":19302", "\0\1\0\0\x21\x12\xa4\x42" "abcdefghijkl", 20);
	put(CLIENT4 ":4000", SERVER4 ":5350", "\0\0", 2);	/* but a gateway has its port */
	receive(w);
	assert_int_equal(net.nout, 1);
	assert_int_equal(net.out[0].len, 32);
	put(CLIENT4 ":4001", SERVER4 ":5351", "\0\0", 2);
	receive(w);
	assert_int_equal(net.nout, 2);
	assert_string_equal(the_event(w)->service, "nat-pmp");
	assert_int_equal(w->n, 3);
	assert_string_equal(w->v[0].u.served.service, "stun");
	assert_string_equal(w->v[0].u.served.detail, "1 datagram");
	assert_string_equal(w->v[1].u.served.service, "sink");
}

static void sockets_for_replies_are_kept_and_the_longest_unused_goes(void **state)
{
	struct world *w = *state;
	char server[64], ntp[48] = { 0x23 };

	for (int i = 0; i < 64; i++) {
		(void)snprintf(server, sizeof(server), "198.18.1.%d:123", i + 1);
		put(CLIENT4 ":4000", server, ntp, sizeof(ntp));
	}
	/* used again: not the oldest */
	put(CLIENT4 ":4000", "198.18.1.1:123", ntp, sizeof(ntp));
	receive(w);
	assert_int_equal(net.nbound, 64);
	assert_int_equal(net.out[64].fd, net.out[0].fd);
	/* in the place of the second */
	put(CLIENT4 ":4000", "198.18.2.1:123", ntp, sizeof(ntp));
	put(CLIENT4 ":4000", "198.18.1.1:123", ntp, sizeof(ntp));
	put(CLIENT4 ":4000", "198.18.1.3:123", ntp, sizeof(ntp));
	receive(w);
	assert_int_equal(net.nbound, 65);
	put(CLIENT4 ":4000", "198.18.1.2:123", ntp, sizeof(ntp));
	receive(w);
	assert_int_equal(net.nbound, 66);
	assert_int_equal(net.nout, 69);
}

static void a_reply_that_cannot_be_sent_is_lost_and_not_counted(void **state)
{
	struct world *w = *state;
	char ntp[48] = { 0x23 };

	net.refuse_bind = true;
	put(CLIENT4 ":4000", SERVER4 ":123", ntp, sizeof(ntp));
	receive(w);
	assert_int_equal(net.nout, 0);
	net.refuse_bind = false;
	net.refuse_send = true;
	put(CLIENT4 ":4000", SERVER4 ":123", ntp, sizeof(ntp));
	receive(w);
	assert_int_equal(the_event(w)->bytes_out, 0);
}

static void what_the_kernel_had_no_room_for_is_counted(void **state)
{
	struct world *w = *state;

	put(CLIENT4 ":4000", SERVER4 ":5000", "a", 1);
	put(CLIENT4 ":4000", SERVER4 ":5000", "a", 1);
	put("[2001:db8:ffff::2]:4000", "[2001:db8::7]:5000", "a", 1);
	put(CLIENT4 ":4000", SERVER4 ":5000", "a", 1);
	net.in[0].lost = 3;
	net.in[1].lost = 5;
	net.in[2].lost = 2;
	receive(w);
	assert_int_equal(w->lab.count.datagrams_dropped, 7);
	assert_int_equal(w->lab.count.datagrams, 4);
}

static void a_datagram_without_its_destination_is_left_out(void **state)
{
	struct world *w = *state;

	put(CLIENT4 ":4000", SERVER4 ":5000", "a", 1);
	net.in[0].plain = true;
	receive(w);
	assert_int_equal(w->lab.count.datagrams, 0);
	datagrams_end(&w->lab);
	world_events(w);
	assert_int_equal(w->n, 0);
}

static void full_batches_go_on_but_not_for_ever(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 40; i++)
		put(CLIENT4 ":4000", SERVER4 ":5000", "a", 1);
	receive(w);
	assert_int_equal(net.batches, 2);
	assert_string_equal(the_event(w)->detail, "40 datagrams; first bytes: a");
}

static void a_conversation_ends_when_it_was_quiet_for_thirty_seconds(void **state)
{
	struct world *w = *state;

	put(CLIENT4 ":4000", SERVER4 ":5000", "a", 1);
	receive(w);
	net.now += 10 * TB_NS_PER_S;
	put(CLIENT4 ":4001", SERVER4 ":5000", "b", 1);
	receive(w);
	net.now += 10 * TB_NS_PER_S;
	put(CLIENT4 ":4000", SERVER4 ":5000", "a", 1);
	receive(w);
	net.now += 20 * TB_NS_PER_S - 1;
	datagrams_tick(-1, EV_TIMEOUT, &w->lab);
	world_events(w);
	assert_int_equal(w->n, 0);
	net.now += 1;
	datagrams_tick(-1, EV_TIMEOUT, &w->lab);
	world_events(w);
	assert_int_equal(w->n, 1);
	assert_int_equal(w->v[0].u.served.client.port, 4001);
	put(CLIENT4 ":4001", SERVER4 ":5000", "c", 1);	/* another conversation now */
	receive(w);
	datagrams_end(&w->lab);
	world_events(w);
	assert_int_equal(w->n, 2);
	assert_string_equal(w->v[0].u.served.detail, "2 datagrams; first bytes: a");
	assert_string_equal(w->v[1].u.served.detail, "1 datagram; first bytes: c");
}

static void conversations_over_the_limit_end_the_oldest(void **state)
{
	struct world *w = *state;
	char client[64];

	for (int i = 0; i < 16385; i++) {
		net.n = net.next = 0;
		(void)snprintf(client, sizeof(client), "198.19.%d.%d:4000", i >> 8, i & 255);
		put(client, SERVER4 ":5000", "a", 1);
		if (i == 16384)
			world_events(w);
		assert_int_equal(w->n, 0);
		receive(w);
	}
	world_events(w);
	assert_int_equal(w->n, 1);
	assert_int_equal(w->v[0].u.served.client.ip[3], 0);
	assert_int_equal(w->v[0].u.served.client.ip[2], 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(datagrams_that_nobody_answers_are_one_event),
		T(long_datagrams_are_counted_whole_and_shown_in_part),
		T(an_empty_datagram_shows_nothing),
		T(a_query_is_answered_from_where_it_was_sent_to),
		T(what_is_no_query_at_the_port_of_dns_is_shown),
		T(an_address_of_ipv6_is_answered_in_the_same_way),
		T(what_is_no_request_at_the_port_of_ntp_is_shown),
		T(what_says_itself_what_it_is_may_have_any_port),
		T(sockets_for_replies_are_kept_and_the_longest_unused_goes),
		T(a_reply_that_cannot_be_sent_is_lost_and_not_counted),
		T(what_the_kernel_had_no_room_for_is_counted),
		T(a_datagram_without_its_destination_is_left_out),
		T(full_batches_go_on_but_not_for_ever),
		T(a_conversation_ends_when_it_was_quiet_for_thirty_seconds),
		T(conversations_over_the_limit_end_the_oldest),
	};

	return cmocka_run_group_tests_name("datagram", tests, NULL, NULL);
}
