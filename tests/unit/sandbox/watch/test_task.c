/* SPDX-License-Identifier: Apache-2.0 */
/* test_task.c - the state of a thread, also behind a name that looks like one, and of the dead */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/task.h"

static void a_name_cannot_pretend_to_be_a_state(void **state)
{
	struct task t;

	(void)state;
	assert_true(task_parse("7 (x) R 1 1 (y) S 1 7 7 0 -1 4194368 5 6 7 8 9 10 11 12 20 0 1 0 "
			       "4711 8 9\n", &t));
	assert_int_equal(t.state, 'S');
	assert_int_equal(t.flags, 4194368);
	assert_true(t.start == 4711);
	assert_false(task_parse("", &t));
	assert_false(task_parse("7 x S 1", &t));
	assert_false(task_parse("7 (x) S 1 7 7 0 -1 64", &t));
}

/* look_at() - @dead: once it is, and is not reaped */
static void look_at(pid_t pid, bool dead, struct task *t)
{
	siginfo_t info;

	if (dead)
		assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_true(task_read(pid, t));
	assert_int_equal(t->state == 'Z', dead);
}

static void the_dead_say_whether_they_became_another_program(void **state)
{
	(void)state;
	for (int executes = 0; executes < 2; executes++) {
		struct task t;
		pid_t pid = fork();

		if (pid == 0) {
			if (executes)
				(void)execl("/bin/true", "true", (char *)NULL);
			_exit(0);
		}
		look_at(pid, true, &t);
		assert_int_equal((t.flags & TASK_FORKED) != 0, !executes);
		assert_true(t.flags & TASK_ENDING);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_false(task_read(pid, &t));
	}
}

static void the_living_do_not_end(void **state)
{
	struct task t;

	(void)state;
	look_at(getpid(), false, &t);
	assert_false(t.flags & TASK_ENDING);
	assert_true(t.start > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_cannot_pretend_to_be_a_state),
		cmocka_unit_test(the_dead_say_whether_they_became_another_program),
		cmocka_unit_test(the_living_do_not_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
