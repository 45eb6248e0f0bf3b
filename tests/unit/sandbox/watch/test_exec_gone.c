/* SPDX-License-Identifier: Apache-2.0 */
/* test_exec_gone.c - a process that ends while the supervisor looks what it runs: that is counted
 * as lost */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/elsewhere.h"
#include "sandbox/watch/exec.h"
#include "sandbox/watch/proc.h"
#include "sandbox/watch/watch.h"
#include "tcbox/record.h"

static bool gone;

ssize_t __real_readlink(const char *path, char *buf, size_t size);
ssize_t __wrap_readlink(const char *path, char *buf, size_t size);
ssize_t __wrap_readlink(const char *path, char *buf, size_t size)
{
	if (!gone)
		return __real_readlink(path, buf, size);
	errno = ENOENT;
	return -1;
}

/* look() - at this process, of which the record says something else. Return: the length of what is
 * recorded */
static size_t look(struct proc *p)
{
	char text[8192] = "";
	struct elsewhere nowhere = { .root = -1 };
	struct watch w = { .where = &nowhere };
	int fds[2];
	ssize_t n;

	assert_int_equal(pipe(fds), 0);
	w.out = rec_out_new(fds[1], EV_SRC_BOX, 0);
	w.exec = exec_new();
	assert_non_null(w.out);
	assert_non_null(w.exec);
	*p = (struct proc){ .id = 7, .tgid = getpid(), .pidfd = -1 };
	exec_inherit(&w, p, NULL);
	assert_int_equal(rec_flush(w.out), 0);
	(void)close(fds[1]);
	n = read(fds[0], text, sizeof(text) - 1);
	assert_true(n >= 0);
	if (n > 0)
		assert_non_null(strstr(text, "\"k\":\"exec\""));
	(void)close(fds[0]);
	exec_free(w.exec);
	rec_out_free(w.out);
	return (size_t)n;
}

static void what_a_process_runs_is_recorded(void **state)
{
	struct proc p;

	(void)state;
	gone = false;
	assert_true(look(&p) > 0);
	assert_false(p.exec_unknown);
}

static void what_a_process_ran_that_is_gone_is_not_known(void **state)
{
	struct proc p;

	(void)state;
	gone = true;
	assert_int_equal(look(&p), 0);
	assert_true(p.exec_unknown); /* exec_dead() counts it as a call that was not read */
	gone = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_process_runs_is_recorded),
		cmocka_unit_test(what_a_process_ran_that_is_gone_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
