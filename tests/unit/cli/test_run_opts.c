/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_run_opts.c - each option of tcbox run: what its row stores, and what it refuses
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/run_opts.h"
#include "run/options.h"

static struct run_options o;

static const struct cli_opt *row(const char *name)
{
	for (const struct cli_opt *r = run_opts; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	fail_msg("no option --%s", name);
	return NULL;
}

static void good(const char *name, const char *value)
{
	struct tb_err err = { 0 };

	if (row(name)->set(&o, value, &err))
		fail_msg("--%s %s: %s", name, value, err.msg);
}

static void bad(const char *name, const char *value, const char *says)
{
	struct tb_err err = { 0 };

	if (!row(name)->set(&o, value, &err))
		fail_msg("--%s %s was taken", name, value);
	if (!strstr(err.msg, says))
		fail_msg("--%s %s: %s", name, value, err.msg);
}

static int init(void **state)
{
	(void)state;
	run_options_init(&o);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	run_options_clear(&o);
	return 0;
}

static void every_row_is_whole(void **state)
{
	size_t n = 0;

	(void)state;
	for (const struct cli_opt *r = run_opts; r->name; r++, n++) {
		assert_non_null(r->set);
		assert_non_null(r->about);
		assert_true(strlen(r->about) > 8);
		for (const struct cli_opt *other = run_opts; other < r; other++)
			assert_string_not_equal(other->name, r->name);
	}
	assert_true(n > 20);
}

static void nothing_asked_for_is_a_run_as_usual(void **state)
{
	(void)state;
	assert_int_equal(o.network.mode, RUN_NET_SIM);
	assert_int_equal(o.limits.processes_max, 4096);
	assert_true(o.limits.layer_bytes == UINT64_C(2) << 30 && o.output_max == UINT64_C(1) << 30);
	assert_true(!o.policy_path && !o.output && !o.enforce && !o.quiet && !o.timeout_ms &&
		    !o.state);
	assert_true(!o.calls.observe_all && !o.identity.as_root && !o.identity.hostname &&
		    !o.root_given);
	assert_true(!o.limits.file_size_max && !o.limits.memory_max && !o.limits.cpus_milli);
	assert_true(!o.limits.cpu_time_max_s && !o.workdir && !o.nbinds && !o.nenv);
}

static void a_scenario_is_one_of_the_table(void **state)
{
	(void)state;
	assert_null(o.scenario);
	good("scenario", "tls-expired");
	assert_string_equal(o.scenario->name, "tls-expired");
	bad("scenario", "tls", "\"tls\" is no scenario; there are normal, offline, ");
	bad("scenario", "", "captive-portal");
	bad("scenario", "reset,cut,reset", "reset is named twice");
	bad("scenario", "reset,", "\"\" is no scenario");
}

static void several_scenarios_begin_with_the_normal_one(void **state)
{
	(void)state;
	good("scenario", "reset,cut");
	assert_null(o.scenario);
	assert_int_equal(o.nseveral, 3);
	assert_string_equal(o.several[0]->name, "normal");
	assert_string_equal(o.several[1]->name, "reset");
	assert_string_equal(o.several[2]->name, "cut");
	good("scenario", "late,normal");
	assert_int_equal(o.nseveral, 2);
	assert_string_equal(o.several[0]->name, "normal");
	assert_string_equal(o.several[1]->name, "late");
	good("scenario", "normal,late");
	assert_int_equal(o.nseveral, 2);
	assert_string_equal(o.several[1]->name, "late");
	good("scenarios", NULL);
	assert_int_equal(o.nseveral, 22);
	assert_string_equal(o.several[0]->name, "normal");
}

static void switches_are_switched(void **state)
{
	(void)state;
	good("enforce", NULL);
	assert_true(o.enforce && !o.quiet && !o.identity.as_root);
	good("quiet", NULL);
	assert_true(o.quiet && !o.identity.as_root);
	good("as-root", NULL);
	assert_true(o.identity.as_root && !o.live);
	good("live", NULL);
	assert_true(o.live);
}

static void words_are_kept_as_given(void **state)
{
	(void)state;
	good("policy", "p.json");
	good("review", "old.jsonl");
	good("events", "3");
	assert_string_equal(o.events, "3");
	bad("events", "", "the name of the file is empty");
	good("output", "out");
	good("workdir", "dir");
	good("root", "tree");
	good("state", "case-7");
	good("hostname", "till-7");
	good("challenge", "0123456789ABCDEF");
	good("seal", NULL);
	assert_string_equal(o.policy_path, "p.json");
	assert_string_equal(o.review_path, "old.jsonl");
	assert_string_equal(o.output, "out");
	assert_string_equal(o.workdir, "dir");
	assert_string_equal(o.root_given, "tree");
	assert_string_equal(o.state, "case-7");
	assert_string_equal(o.identity.hostname, "till-7");
	assert_string_equal(o.challenge, "0123456789abcdef");
	assert_true(o.seal);
	bad("output", "", "the name of the bundle is empty");
	bad("state", "../x", "no name for a state");
	bad("state", "", "no name for a state");
	bad("hostname", "till_7", "no host name");
	bad("challenge", "12", "16 to 128 hexadecimal digits");
}

static void choices_are_one_of_their_words(void **state)
{
	(void)state;
	good("net", "none");
	assert_int_equal(o.network.mode, RUN_NET_NONE);
	good("net", "sim");
	assert_int_equal(o.network.mode, RUN_NET_SIM);
	bad("net", "live", "neither \"sim\" nor \"none\"");
	good("observe", "all");
	assert_true(o.calls.observe_all);
	good("observe", "default");
	assert_false(o.calls.observe_all);
	bad("observe", "none", "neither \"default\" nor \"all\"");
}

static void limits_have_bounds(void **state)
{
	(void)state;
	good("timeout", "1.5");
	assert_int_equal(o.timeout_ms, 1500);
	bad("timeout", "0", "no time");
	good("processes", "2");
	assert_int_equal(o.limits.processes_max, 2);
	good("processes", "1000000");
	assert_int_equal(o.limits.processes_max, 1000000);
	bad("processes", "1", "from 2 to 1000000");
	bad("processes", "1000001", "from 2 to 1000000");
	good("layer", "1MiB");
	assert_int_equal(o.limits.layer_bytes, 1 << 20);
	good("layer", "1TiB");
	assert_true(o.limits.layer_bytes == UINT64_C(1) << 40);
	bad("layer", "1MB", "out of range");
	bad("layer", "2TiB", "out of range");
	good("file-size", "1B");
	assert_int_equal(o.limits.file_size_max, 1);
	bad("file-size", "0B", "out of range");
	good("memory", "16MiB");
	assert_int_equal(o.limits.memory_max, 16 << 20);
	good("memory", "1024TiB");
	bad("memory", "16MB", "out of range");
	bad("memory", "1025TiB", "out of range");
	good("cpus", "1.5");
	assert_int_equal(o.limits.cpus_milli, 1500);
	bad("cpus", "0", "number of processors");
	good("output-size", "1B");
	assert_int_equal(o.output_max, 1);
	bad("output-size", "0B", "out of range");
}

static void processor_time_is_whole_seconds_and_never_less(void **state)
{
	(void)state;
	good("cpu-time", "1ms");
	assert_int_equal(o.limits.cpu_time_max_s, 1);
	good("cpu-time", "1s");
	assert_int_equal(o.limits.cpu_time_max_s, 1);
	good("cpu-time", "1001ms");
	assert_int_equal(o.limits.cpu_time_max_s, 2);
	bad("cpu-time", "x", "no time");
	assert_int_equal(o.limits.cpu_time_max_s, 2);
}

static void variables_and_binds_add_up(void **state)
{
	(void)state;
	assert_int_equal(setenv("TCBOX_TEST_HERE", "of=here", 1), 0);
	assert_int_equal(unsetenv("TCBOX_TEST_GONE"), 0);
	good("env", "A=1");
	good("env", "B=");
	good("env", "TCBOX_TEST_HERE");
	bad("env", "TCBOX_TEST_GONE", "is not set here; write TCBOX_TEST_GONE=VALUE");
	bad("env", "", "names no variable");
	bad("env", "=x", "names no variable");
	assert_int_equal(o.nenv, 3);
	assert_string_equal(o.env[0], "A=1");
	assert_string_equal(o.env[1], "B=");
	assert_string_equal(o.env[2], "TCBOX_TEST_HERE=of=here");
	good("bind", "/usr:/srv/a");
	good("bind", "/usr:/srv/b:ro");
	bad("bind", "/usr/bin:/srv/a", "/srv/a is the place of another bind");
	assert_false(o.binds[0].readonly);
	assert_string_equal(o.binds[1].to, "/srv/b");
	assert_true(o.binds[1].readonly);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, init, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_is_whole),
		TEST(nothing_asked_for_is_a_run_as_usual),
		TEST(a_scenario_is_one_of_the_table),
		TEST(several_scenarios_begin_with_the_normal_one),
		TEST(switches_are_switched),
		TEST(words_are_kept_as_given),
		TEST(choices_are_one_of_their_words),
		TEST(limits_have_bounds),
		TEST(processor_time_is_whole_seconds_and_never_less),
		TEST(variables_and_binds_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
