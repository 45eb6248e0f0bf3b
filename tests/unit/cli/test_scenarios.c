/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_scenarios.c - a signal that comes between the start of a run and the wait for its end
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/scenarios.h"
#include "tcbox/lab.h"

static int started, signal_at;	/* which start it follows */

pid_t __real_fork(void);
pid_t __wrap_fork(void);

pid_t __wrap_fork(void)
{
	pid_t pid = __real_fork();

	if (pid > 0 && ++started == signal_at)
		(void)raise(SIGTERM);
	return pid;
}

/* once() - a run that ends by a signal only, or late */
static int once(const struct run_options *o, char **argv)
{
	(void)o;
	(void)argv;
	(void)sleep(10);
	return 0;
}

static void a_signal_before_the_wait_is_passed_on(void **state)
{
	char dir[] = "/tmp/tcbox-scenarios-XXXXXX", set[64];
	char product[] = "product", *argv[] = { product, NULL };
	struct run_options o = { .nseveral = 2, .quiet = true, .output = set };

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(set, sizeof(set), "%s/set", dir);
	o.several[0] = lab_scenario_find("normal");
	o.several[1] = lab_scenario_find("cut");
	signal_at = 1;
	assert_int_equal(scenarios_run(&o, argv, once), 128 + SIGTERM);
	assert_int_equal(started, 1);
	(void)rmdir(set);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signal_before_the_wait_is_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
