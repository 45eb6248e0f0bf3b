/* SPDX-License-Identifier: Apache-2.0 */
/* test_holders.c - who has a socket in hand is told once, of each program that has it */
#include "tests/unit/sandbox/watch/caller.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* open_some() - a socket that can leave the box, and one that cannot */
static int open_some(const void *arg)
{
	const struct sockaddr_in any = { .sin_family = AF_INET,
					 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int s = socket(AF_INET, SOCK_DGRAM, 0), pair[2];

	(void)arg;
	return bind(s, (const struct sockaddr *)&any, sizeof(any)) ||
	       socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}

/* held() - how many events say so, and the last of them in @ev; NULL: it does not matter */
static size_t held(struct caller *c, const struct ev **last)
{
	size_t n = 0;

	caller_read(c);
	for (size_t i = 0; i < c->nev; i++) {
		if (c->ev[i].kind != EV_SOCK || strcmp(c->ev[i].u.sock.call, "held") != 0)
			continue;
		n++;
		if (last)
			*last = &c->ev[i];
	}
	return n;
}

static void a_socket_is_told_once_of_each_program(void **state)
{
	const struct ev *ev = NULL;
	struct caller c;

	(void)state;
	caller_start(&c, open_some, NULL);
	caller_until(&c, SYS_exit_group);
	holders_network(&c.w);
	holders_look_at(&c.w, c.p);
	assert_int_equal(held(&c, NULL), 0);	/* nothing could have been passed yet */
	assert_int_equal(holders_due(c.w.holders), -1);
	holders_passed(c.w.holders);
	assert_true(holders_due(c.w.holders) >= 0);
	holders_look_at(&c.w, c.p);
	assert_int_equal(held(&c, &ev), 1);
	assert_string_equal(ev->u.sock.proto, "udp");
	assert_int_equal(ev->u.sock.local.ip[0], 127);
	assert_true(ev->u.sock.local.port && ev->u.sock.cookie);
	assert_int_equal(ev->u.sock.remote.family, 0);
	holders_look_at(&c.w, c.p);
	assert_int_equal(held(&c, NULL), 1);
	c.p->programs++;		/* what another program has is said of that one, too */
	holders_look_at(&c.w, c.p);
	holders_look_at(&c.w, c.p);
	assert_int_equal(held(&c, NULL), 2);
	caller_answer(&c);
	caller_end(&c);
}

static void without_a_network_nobody_is_looked_at(void **state)
{
	struct caller c;

	(void)state;
	caller_start(&c, open_some, NULL);
	caller_until(&c, SYS_exit_group);
	holders_passed(c.w.holders);
	holders_look_at(&c.w, c.p);
	assert_int_equal(held(&c, NULL), 0);
	caller_answer(&c);
	caller_end(&c);
	holders_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_is_told_once_of_each_program),
		cmocka_unit_test(without_a_network_nobody_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
