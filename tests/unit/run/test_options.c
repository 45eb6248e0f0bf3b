/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_options.c - what can only be said of all options together, and what the manifest says of
 * them
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "run/options.h"
#include "tcbox/clock.h"
#include "tests/unit/run/tree.h"

static struct run_options o;
static struct tb_err err;

static int init(void **state)
{
	(void)state;
	run_options_init(&o);
	err = (struct tb_err){ 0 };
	return 0;
}

static int clear(void **state)
{
	(void)state;
	run_options_clear(&o);
	return 0;
}

static void expect_wrong(const char *says)
{
	assert_true(run_options_check(&o, &err) < 0);
	if (!strstr(err.msg, says))
		fail_msg("%s", err.msg);
	err = (struct tb_err){ 0 };
}

static void enforcing_needs_a_policy(void **state)
{
	(void)state;
	o.enforce = true;
	expect_wrong("--enforce needs a --policy");
	o.policy_path = "p.json";
	assert_int_equal(run_options_check(&o, &err), 0);
	assert_true(o.network.enforce && o.calls.enforce);
}

static void a_clock_is_a_distance_or_a_moment(void **state)
{
	static const struct {
		const char *text;
		int64_t s;
	} distances[] = {
		{ "+30d", 30 * 86400 }, { "-2h", -7200 }, { "+0s", 0 }, { "+5m", 300 },
		{ "+2w", 14 * 86400 },
	};
	static const struct {
		const char *text;
		int64_t at_s;
	} moments[] = {
		{ "2150-03-01T12:30:10Z", 5685424210 }, { "1999-12-31", 946598400 },
	};
	static const char *const wrong[] = {
		"", "30d", "+d", "+30", "+30x", "+1.5h", "+ 3d", "+3dd", "2027-1-1", "2027-13-01",
		"2027-01-01T12:00:00", "2027-01-01T12:00:00z", "2027-01-01T12:00:61Z",
		"2027-02-29", "1979-12-31", "2200-01-01", "+999999w", "-3000w", "+99999999999w",
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(distances); i++) {
		assert_int_equal(run_options_clock(&o, distances[i].text, &err), 0);
		assert_int_equal(o.clock_s, distances[i].s);
		assert_string_equal(o.clock, distances[i].text);
	}
	for (size_t i = 0; i < TB_ARRAY_SIZE(moments); i++) {
		int64_t before = tb_realtime_ns() / TB_NS_PER_S;

		assert_int_equal(run_options_clock(&o, moments[i].text, &err), 0);
		assert_in_range(moments[i].at_s - o.clock_s, before, before + 60);
	}
	for (size_t i = 0; i < TB_ARRAY_SIZE(wrong); i++)
		if (run_options_clock(&o, wrong[i], &err) != -EINVAL)
			fail_msg("\"%s\"", wrong[i]);
}

static void nothing_is_enforced_that_was_not_asked_for(void **state)
{
	(void)state;
	o.policy_path = "p.json";
	assert_int_equal(run_options_check(&o, &err), 0);
	assert_true(!o.network.enforce && !o.calls.enforce && !o.root && !o.cwd);
}

static void another_root_is_a_directory_and_not_the_machines_own(void **state)
{
	(void)state;
	tree_dir("root");
	tree_file("file", "", 0644);
	assert_int_equal(symlink("root", "link"), 0);
	o.root_given = "link";
	assert_int_equal(run_options_check(&o, &err), 0);
	assert_string_equal(o.root, in_tree("root"));
	assert_string_equal(o.cwd, "/");		/* its own, without --workdir */
	run_options_clear(&o);
	run_options_init(&o);
	o.root_given = "none";
	expect_wrong("--root: none: No such file");
	o.root_given = "file";
	expect_wrong("--root: file: Not a directory");
	free(o.root);
	o.root_given = "/";
	expect_wrong("--root: / is what the product sees");
}

static void a_working_directory_is_a_directory(void **state)
{
	(void)state;
	tree_dir("work");
	tree_file("plain", "", 0644);
	o.workdir = "work/../work";
	assert_int_equal(run_options_check(&o, &err), 0);
	assert_string_equal(o.cwd, in_tree("work"));
	free(o.cwd);
	o.workdir = "none";
	expect_wrong("--workdir: none: No such file");
	o.workdir = "plain";
	expect_wrong("--workdir: plain: Not a directory");
	free(o.cwd);
	o.cwd = NULL;
}

static void only_the_box_knows_the_directories_of_a_layer_or_another_root(void **state)
{
	(void)state;
	o.state = "case";
	o.workdir = "/no/such/place";
	assert_int_equal(run_options_check(&o, &err), 0);
	assert_string_equal(o.cwd, "/no/such/place");
	run_options_clear(&o);
	run_options_init(&o);
	o.state = "case";
	o.workdir = "no/such/place";
	expect_wrong("--workdir: no/such/place");
	o.state = NULL;
	o.root_given = tree;
	o.workdir = "/opt/acme";
	assert_int_equal(run_options_check(&o, &err), 0);
	assert_string_equal(o.cwd, "/opt/acme");
	free(o.root);
	free(o.cwd);
	o.root = o.cwd = NULL;
	o.workdir = "opt";
	expect_wrong("with --root, write an absolute path");
}

/* In a process of its own, since a lowered limit cannot be raised again. Return: that child's exit
 * status */
static int with_limit(int resource, rlim_t max)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		const struct rlimit r = { max, max };

		if (setrlimit(resource, &r) || run_options_check(&o, &err))
			_exit(2);
		if (resource == RLIMIT_NPROC)
			_exit(o.limits.processes_max != max);
		_exit(o.limits.file_size_max != max);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void limits_are_never_beyond_those_of_who_started_it(void **state)
{
	(void)state;
	assert_int_equal(with_limit(RLIMIT_NPROC, 1000), 0);		/* of 4096 */
	assert_int_equal(with_limit(RLIMIT_FSIZE, 1 << 20), 0);		/* of any */
	o.limits.processes_max = 500;
	assert_int_equal(with_limit(RLIMIT_NPROC, 1000), 1);		/* 500 stay 500 */
	o.limits.file_size_max = 1 << 10;
	assert_int_equal(with_limit(RLIMIT_FSIZE, 1 << 20), 1);
}

static void the_manifest_says_what_was_asked_for(void **state)
{
	struct run_info run = { 0 };

	(void)state;
	o.policy_path = "p.json";
	o.enforce = true;
	o.timeout_ms = 1;
	o.output_max = 2;
	o.network.mode = RUN_NET_NONE;
	o.calls.observe_all = true;
	o.identity.as_root = true;
	o.identity.hostname = "till-7";
	o.scenario = lab_scenario_find("refused");
	o.state = "case";
	o.root = strdup("/srv/root");
	o.limits = (struct sbx_limit_opts){ 3, 4, 5, 6, 7, 8 };
	assert_int_equal(run_options_env(&o, "TOKEN=secret", &err), 0);
	assert_int_equal(run_options_env(&o, "TOKEN=other", &err), 0);
	assert_int_equal(run_options_env(&o, "TOKENS=1", &err), 0);
	assert_int_equal(run_options_bind(&o, "/usr:/srv/a:ro", &err), 0);
	assert_int_equal(run_options_bind(&o, "/usr:/srv/b", &err), 0);
	assert_int_equal(run_options_describe(&o, &run, &err), 0);
	assert_true(run.enforce && run.as_root && run.timeout_ms == 1 && run.output_max == 2);
	assert_int_equal(run.net, RUN_NET_NONE);
	assert_int_equal(run.observe, RUN_OBSERVE_ALL);
	assert_string_equal(run.policy_path, "p.json");
	assert_string_equal(run.box_hostname, "till-7");
	assert_string_equal(run.state_name, "case");
	assert_string_equal(run.root, "/srv/root");
	assert_string_equal(run.scenario, "refused");
	assert_string_equal(run.scenario_means, "every port refuses");
	assert_true(run.layer_bytes == 3 && run.processes_max == 4 && run.file_size_max == 5);
	assert_true(run.memory_asked == 6 && run.cpus_asked_milli == 7 && run.cpu_time_max_s == 8);
	/* that was in force is not known yet */
	assert_true(!run.memory_max && !run.cpus_milli);
	assert_int_equal(run.nenv, 2);			/* names, each once, and no values */
	assert_string_equal(run.env[0], "TOKEN");
	assert_string_equal(run.env[1], "TOKENS");
	assert_int_equal(run.nbinds, 2);
	assert_string_equal(run.binds[0], "/usr:/srv/a:ro");
	assert_string_equal(run.binds[1], "/usr:/srv/b");
	run_info_clear(&run);
	o.calls.observe_all = false;
	assert_int_equal(run_options_describe(&o, &run, &err), 0);
	assert_int_equal(run.observe, RUN_OBSERVE_DEFAULT);
	run_info_clear(&run);
}

static void a_scenario_needs_a_simulated_internet(void **state)
{
	(void)state;
	o.scenario = lab_scenario_find("offline");
	assert_int_equal(run_options_check(&o, &err), 0);
	o.network.mode = RUN_NET_NONE;
	assert_int_equal(run_options_check(&o, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "--scenario"));
	o.network.mode = RUN_NET_SIM;
	assert_int_equal(run_options_scenarios(&o, "reset,cut", &err), 0);
	assert_int_equal(run_options_check(&o, &err), 0);
	o.state = "case";
	assert_int_equal(run_options_check(&o, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "several scenarios are several runs"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, init, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(enforcing_needs_a_policy),
		TEST(a_clock_is_a_distance_or_a_moment),
		TEST(nothing_is_enforced_that_was_not_asked_for),
		TEST(another_root_is_a_directory_and_not_the_machines_own),
		TEST(a_working_directory_is_a_directory),
		TEST(only_the_box_knows_the_directories_of_a_layer_or_another_root),
		TEST(limits_are_never_beyond_those_of_who_started_it),
		TEST(a_scenario_needs_a_simulated_internet),
		TEST(the_manifest_says_what_was_asked_for),
	};

	return cmocka_run_group_tests(tests, tree_make, tree_remove);
}
