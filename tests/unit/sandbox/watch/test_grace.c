/* SPDX-License-Identifier: Apache-2.0 */
/* test_grace.c - who goes on at once is a client, however busy the machine is */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/grace.h"
#include "sandbox/watch/turns.h"

/* somebody() - a process that waits, or that uses its processor */
static pid_t somebody(bool works)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		if (!works)
			(void)pause();
}

static void end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void ms(int n)
{
	(void)usleep((useconds_t)n * 1000);
}

static void a_socket_that_nothing_is_known_of_waits(void **state)
{
	struct grace *g = grace_new();

	(void)state;
	assert_true(grace_over(g, 5, 7777, true));
	grace_begin(g, 6, getpid());
	assert_true(grace_over(g, 5, 7777, true));
	assert_false(grace_over(g, 6, 7777, true));
	grace_free(g);
}

static void who_could_have_gone_on_waits(void **state)
{
	struct grace *g = grace_new();
	pid_t pid = somebody(false);

	(void)state;
	ms(50);
	grace_begin(g, 5, pid);
	ms(300);
	assert_false(grace_over(g, 5, 7777, false));	/* its connect may be heard of next */
	assert_true(grace_over(g, 5, 7777, true));
	grace_begin(g, 5, pid);
	assert_false(grace_over(g, 5, 7777, true));	/* and is looked at anew then */
	end(pid);
	grace_free(g);
}

static void whoever_uses_a_processor_could_have_gone_on(void **state)
{
	struct grace *g = grace_new();
	pid_t pid = somebody(true);
	struct turns then, now;
	int tries = 0;

	(void)state;
	grace_begin(g, 5, pid);
	assert_true(turns_read(pid, &then));
	do {
		ms(20);
		assert_true(turns_read(pid, &now));
	} while (now.ran_ns - then.ran_ns < 400000000 && ++tries < 500);
	assert_true(grace_over(g, 5, 7777, true));
	end(pid);
	grace_free(g);
}

static void who_is_gone_does_not_go_on(void **state)
{
	struct grace *g = grace_new();
	pid_t pid = somebody(false);

	(void)state;
	grace_begin(g, 5, pid);
	end(pid);
	ms(300);
	assert_true(grace_over(g, 5, 7777, true));
	grace_free(g);
}

static void sockets_of_one_port_are_one(void **state)
{
	struct grace *g = grace_new();
	pid_t pid = somebody(false);

	(void)state;
	ms(50);
	for (uint64_t cookie = 1; cookie <= 3; cookie++) {
		grace_begin(g, cookie, pid);
		ms(90);
		grace_end(g, cookie, 7777);
	}
	grace_begin(g, 4, pid);
	grace_begin(g, 5, pid);
	assert_true(grace_over(g, 4, 7777, true));
	assert_false(grace_over(g, 5, 7778, true));
	grace_end(g, 6, 7778);		/* not known */
	end(pid);
	grace_free(g);
}

/* What is not remembered is taken for one that waits. */
static void the_table_is_bounded(void **state)
{
	struct grace *g = grace_new();

	(void)state;
	for (uint64_t cookie = 1; cookie <= 16385; cookie++)
		grace_begin(g, cookie, getpid());
	assert_false(grace_over(g, 16384, 7777, true));
	assert_true(grace_over(g, 16385, 7777, true));
	grace_end(g, 8000, 1);
	grace_begin(g, 16386, getpid());
	assert_false(grace_over(g, 16386, 7777, true));
	grace_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_that_nothing_is_known_of_waits),
		cmocka_unit_test(who_could_have_gone_on_waits),
		cmocka_unit_test(whoever_uses_a_processor_could_have_gone_on),
		cmocka_unit_test(who_is_gone_does_not_go_on),
		cmocka_unit_test(sockets_of_one_port_are_one),
		cmocka_unit_test(the_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
