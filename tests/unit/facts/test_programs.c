/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_programs.c - tests of facts/programs.c: the tree of what started what
 */
#include "tests/unit/facts/told.h"

static void fork_of(int parent, int id, long long t)
{
	tell("'k':'proc','src':'box','t':%lld,'proc':%d,'parent':%d,'pid':%d,'how':'fork'", t, id,
	     parent, id + 10);
}

static void exec(int id, const char *exe, const char *args, long long t)
{
	tell("'k':'exec','src':'box','t':%lld,'proc':%d,'path':'%s','exe':'%s','argv':[%s],"
	     "'sha256':'b'", t, id, exe, exe, args);
}

static void starts_that_are_alike_are_one_node(void **state)
{
	const struct fact_program *p;

	(void)state;
	begin(NULL);
	for (int i = 0; i < 3; i++) {
		fork_of(2, 10 + i, 200 + i);
		exec(10 + i, "/bin/true", "'true'", 210 + i);
	}
	fork_of(2, 20, 300);
	exec(20, "/bin/true", "'true','-x'", 310);
	collect();
	p = facts->programs;
	assert_int_equal(facts->nprograms, 3);
	assert_string_equal(p[0].path, "/opt/acme/agent");
	assert_true(p[0].parent == SIZE_MAX);
	assert_int_equal(p[0].depth, 0);
	assert_int_equal(p[0].count, 1);
	assert_int_equal(p[0].forks, 0);
	assert_string_equal(p[1].path, "/bin/true");
	assert_int_equal(p[1].count, 3);
	assert_int_equal(p[1].parent, 0);
	assert_int_equal(p[1].depth, 1);
	assert_int_equal(p[1].proc, 10);
	assert_int_equal(p[1].pid, 20);
	assert_int_equal(p[1].first, 210);
	assert_string_equal(p[1].sha256, "b");
	assert_string_equal(p[2].args, "true -x");
}

static void processes_that_start_nothing_are_counted_where_they_were_forked(void **state)
{
	(void)state;
	begin(NULL);
	fork_of(2, 10, 200);
	fork_of(10, 11, 210);
	fork_of(11, 12, 220);
	exec(12, "/bin/x", "'x'", 230);
	collect();
	assert_int_equal(facts->nprograms, 2);
	assert_int_equal(facts->programs[0].forks, 2);
	assert_int_equal(facts->programs[1].parent, 0);
}

static void what_a_process_became_was_started_by_what_it_was(void **state)
{
	(void)state;
	begin(NULL);
	fork_of(2, 10, 200);
	exec(10, "/bin/a", "'a'", 210);
	fork_of(10, 11, 220);
	exec(10, "/bin/b", "'b'", 230);
	fork_of(10, 12, 240);
	exec(11, "/bin/of-a", "'of-a'", 250);
	exec(12, "/bin/of-b", "'of-b'", 260);
	collect();
	assert_int_equal(facts->nprograms, 5);
	assert_string_equal(facts->programs[1].path, "/bin/a");
	assert_string_equal(facts->programs[2].path, "/bin/b");
	assert_int_equal(facts->programs[2].parent, 1);
	assert_string_equal(facts->programs[3].path, "/bin/of-b");
	assert_int_equal(facts->programs[3].parent, 2);
	assert_string_equal(facts->programs[4].path, "/bin/of-a");
	assert_int_equal(facts->programs[4].parent, 1);
	assert_int_equal(facts->programs[4].depth, 2);
}

static void an_orphan_and_a_forged_parent_are_roots(void **state)
{
	(void)state;
	begin(NULL);
	fork_of(0, 10, 200);
	exec(10, "/bin/a", "'a'", 210);
	fork_of(11, 11, 220);
	exec(11, "/bin/b", "'b'", 230);
	fork_of(12, 13, 240);		/* of a process that is told later */
	exec(13, "/bin/c", "'c'", 250);
	fork_of(99, 14, 260);
	exec(14, "/bin/d", "'d'", 270);
	collect();
	assert_int_equal(facts->nprograms, 5);
	for (size_t i = 0; i < 5; i++)
		assert_true(facts->programs[i].parent == SIZE_MAX);
}

static void a_long_chain_is_no_recursion(void **state)
{
	char exe[32];

	(void)state;
	begin(NULL);
	for (int i = 0; i < 20000; i++) {
		fork_of(i ? 9 + i : 2, 10 + i, 200 + 2 * i);
		(void)snprintf(exe, sizeof(exe), "/bin/%d", i);
		exec(10 + i, exe, "'x'", 201 + 2 * i);
	}
	collect();
	assert_int_equal(facts->nprograms, 20001);
	assert_int_equal(facts->programs[20000].depth, 20000);
}

static void the_control_is_no_program_of_the_product(void **state)
{
	(void)state;
	begin(NULL);
	exec(1, "/bin/control", "'c'", 50);
	collect();
	assert_int_equal(facts->nprograms, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(starts_that_are_alike_are_one_node),
		TEST(processes_that_start_nothing_are_counted_where_they_were_forked),
		TEST(what_a_process_became_was_started_by_what_it_was),
		TEST(an_orphan_and_a_forged_parent_are_roots),
		TEST(a_long_chain_is_no_recursion),
		TEST(the_control_is_no_program_of_the_product),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
