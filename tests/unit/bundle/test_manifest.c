/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_manifest.c - run.json: written, read, and every kind of damage
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bundle/manifest.h"
#include "tests/unit/record/bundle.h"

#define OK "{\"tcbox_run\":1,\"state\":\"complete\""

/* full() - every member set; nothing in it is owned */
static struct run_info full(void)
{
	static char ugly[] = "a\\b \xff \"q\" \n\x1b[0m gr\xc3\xbc\xc3\x9f", x41[] = "\\x41",
		empty[] = "", sim[] = "sim";
	static char name[] = "box.odd\\name\xfe";
	static char hash[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		plain[] = "net.flows";
	static char *argv[] = { ugly, empty, x41, NULL }, *degraded[] = { ugly, sim, NULL },
		*env[] = { ugly, NULL };
	static char *binds[] = { empty, ugly, NULL };
	static struct run_file files[] = { { ugly, hash, hash, UINT64_MAX }, { x41, hash, NULL, 0 },
					   { sim, NULL, NULL, 1 } };
	static struct run_counter counters[] = { { plain, UINT64_MAX }, { name, 0 } };

	return (struct run_info){
		.state = RUN_FAILED, .error = ugly, .tcbox_version = sim, .hostname = x41,
		.kernel = sim, .machine = sim, .uid = UINT64_MAX,
		.started_ns = INT64_C(1700000000123456789), .ended_ns = INT64_MAX, .argv = argv,
		.argc = 3, .cwd = ugly,
		.env = env, .nenv = 1, .binds = binds, .nbinds = 2, .box_hostname = ugly,
		.net = RUN_NET_NONE, .observe = RUN_OBSERVE_ALL,
		.enforce = true, .writes_by = ugly, .reads_by = x41,
		.has_policy = true, .policy_path = ugly, .policy_sha256 = hash, .timeout_ms = 1,
		.processes_max = 2,
		.layer_bytes = 3, .file_size_max = UINT64_MAX, .cpu_time_max_s = 4, .output_max = 5,
		.memory_asked = 6, .memory_max = 7,
		.memory_by = sim, .cpus_asked_milli = 8, .cpus_milli = 9, .cpus_by = x41,
		.processes_by = ugly, .timed_out = true,
		.interrupted = true, .exited = true, .exit_code = 255, .exit_signal = INT64_MIN,
		.files = files, .nfiles = 3,
		.counters = counters, .ncounters = 2, .degraded = degraded, .ndegraded = 2,
		.reduced = degraded, .nreduced = 1,
	};
}

static void assert_same(const struct run_info *a, const struct run_info *b)
{
	size_t i;

	assert_int_equal(a->state, b->state);
	assert_string_equal(a->error, b->error);
	assert_string_equal(a->tcbox_version, b->tcbox_version);
	assert_string_equal(a->hostname, b->hostname);
	assert_string_equal(a->kernel, b->kernel);
	assert_string_equal(a->machine, b->machine);
	assert_string_equal(a->cwd, b->cwd);
	assert_string_equal(a->box_hostname, b->box_hostname);
	assert_int_equal(a->net, b->net);
	assert_int_equal(a->observe, b->observe);
	assert_string_equal(a->writes_by, b->writes_by);
	assert_string_equal(a->reads_by, b->reads_by);
	assert_string_equal(a->policy_path, b->policy_path);
	assert_string_equal(a->policy_sha256, b->policy_sha256);
	assert_true(a->uid == b->uid && a->started_ns == b->started_ns &&
		    a->ended_ns == b->ended_ns && a->enforce == b->enforce);
	assert_true(a->processes_max == b->processes_max && a->layer_bytes == b->layer_bytes);
	assert_true(a->file_size_max == b->file_size_max && a->cpu_time_max_s == b->cpu_time_max_s);
	assert_true(a->output_max == b->output_max && a->memory_asked == b->memory_asked &&
		    a->memory_max == b->memory_max);
	assert_true(a->cpus_asked_milli == b->cpus_asked_milli && a->cpus_milli == b->cpus_milli);
	assert_string_equal(a->memory_by, b->memory_by);
	assert_string_equal(a->cpus_by, b->cpus_by);
	assert_string_equal(a->processes_by, b->processes_by);
	assert_true(a->has_policy == b->has_policy && a->timeout_ms == b->timeout_ms &&
		    a->timed_out == b->timed_out);
	assert_true(a->interrupted == b->interrupted && a->exited == b->exited &&
		    a->exit_code == b->exit_code);
	assert_true(a->exit_signal == b->exit_signal && a->argc == b->argc &&
		    a->nfiles == b->nfiles);
	assert_true(a->ncounters == b->ncounters && a->ndegraded == b->ndegraded &&
		    a->nreduced == b->nreduced);
	for (i = 0; i < a->nreduced; i++)
		assert_string_equal(a->reduced[i], b->reduced[i]);
	for (i = 0; i < a->argc; i++)
		assert_string_equal(a->argv[i], b->argv[i]);
	assert_null(b->argv[i]);
	assert_int_equal(a->nenv, b->nenv);
	for (i = 0; i < a->nenv; i++)
		assert_string_equal(a->env[i], b->env[i]);
	assert_int_equal(a->nbinds, b->nbinds);
	for (i = 0; i < a->nbinds; i++)
		assert_string_equal(a->binds[i], b->binds[i]);
	for (i = 0; i < a->ndegraded; i++)
		assert_string_equal(a->degraded[i], b->degraded[i]);
	for (i = 0; i < a->ncounters; i++) {
		assert_string_equal(a->counters[i].name, b->counters[i].name);
		assert_true(a->counters[i].value == b->counters[i].value);
	}
	for (i = 0; i < a->nfiles; i++) {
		assert_string_equal(a->files[i].path, b->files[i].path);
		assert_true(a->files[i].size == b->files[i].size);
		assert_true(!a->files[i].sha256_before == !b->files[i].sha256_before);
		assert_true(!a->files[i].sha256_after == !b->files[i].sha256_after);
	}
	assert_string_equal(a->files[0].sha256_after, b->files[0].sha256_after);
}

static void a_manifest_reads_back_as_it_was_written(void **state)
{
	struct run_info r = full(), back;
	struct tb_err err = { 0 };

	(void)state;
	if (run_info_write(bundle, &r, &err) || run_info_read(bundle, &back, &err))
		fail_msg("%s", err.msg);
	assert_same(&r, &back);
	run_info_clear(&back);
	run_info_clear(&back);		/* again does no harm */
	assert_null(back.argv);
}

static void an_empty_manifest_reads_back(void **state)
{
	struct run_info r = { .state = RUN_RUNNING }, back;

	(void)state;
	assert_int_equal(run_info_write(bundle, &r, NULL), 0);
	assert_int_equal(run_info_read(bundle, &back, NULL), 0);
	assert_int_equal(back.state, RUN_RUNNING);
	assert_true(!back.argc && !back.nfiles && !back.ncounters && !back.ndegraded &&
		    !back.error);
	run_info_clear(&back);
}

static void times_are_shown_in_utc(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct run_info r = full();

	(void)state;
	rec_manifest_format(&r, &b);
	assert_non_null(strstr(b.data, "\"started\": \"2023-11-14T22:13:20.123456789Z\""));
	r.started_ns = r.ended_ns = -1;		/* before 1970 no clock of ours ran */
	tb_buf_reset(&b);
	rec_manifest_format(&r, &b);
	assert_null(strstr(b.data, "\"started\""));
	assert_non_null(strstr(b.data, "\"started_ns\": -1"));
}

static void a_new_manifest_replaces_the_old_one(void **state)
{
	struct run_info r = full(), back;

	(void)state;
	assert_int_equal(run_info_write(bundle, &r, NULL), 0);
	r.state = RUN_COMPLETE;
	r.argc = 1;
	assert_int_equal(run_info_write(bundle, &r, NULL), 0);
	assert_int_equal(run_info_read(bundle, &back, NULL), 0);
	assert_int_equal(back.state, RUN_COMPLETE);
	assert_int_equal(back.argc, 1);
	run_info_clear(&back);
}

static void what_is_no_manifest_is_refused(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "", "run.json:1:1: the file is empty" },
		{ "\n", "run.json:2:1: the file is empty" },
		{ "{", "is not closed" }, { "hello", "unknown word" },
		{ "[]", "not a run manifest" },
		{ "1", "run.json" }, { "null", "run.json" }, { "{}", "\"tcbox_run\" is missing" },
		{ "{\"state\":\"complete\"}", "\"tcbox_run\"" },
		{ OK, "is not closed" }, { OK "} {}", "complete here" },
		{ OK "}}", "complete here" },
		{ OK ",}", "a key in double quotes is expected" },
		{ OK "} // fine", "complete here" },
		{ "{\"tcbox_run\":0,\"state\":\"complete\"}", "known format" },
		{ "{\"tcbox_run\":-1,\"state\":\"complete\"}", "known format" },
		{ "{\"tcbox_run\":\"1\",\"state\":\"complete\"}", "known format" },
		{ "{\"tcbox_run\":1.0,\"state\":\"complete\"}", "known format" },
		{ "{\"tcbox_run\":null}", "known format" },
		{ "{\"tcbox_run\":1}", "\"state\" is missing" },
		{ "{\"tcbox_run\":1,\"state\":\"Complete\"}", "\"state\"" },
		{ "{\"tcbox_run\":1,\"state\":1}", "\"state\"" },
		{ OK ",\"state\":\"complete\"}", "duplicate key" },
		{ OK ",\"files\":[{\"path\":\"a\",\"path\":\"b\"}]}", "duplicate key" },
		{ OK ",\"counters\":{\"a\":1,\"a\":1}}", "duplicate key" },
		{ OK ",\"error\":7}", "\"error\" is not a string" },
		{ OK ",\"error\":null}", "\"error\"" },
		{ OK ",\"uid\":-1}", "\"uid\"" },
		{ OK ",\"uid\":\"0\"}", "\"uid\"" },
		{ OK ",\"uid\":18446744073709551616}", "does not fit 64 bits" },
		{ OK ",\"uid\":1e3}", "\"uid\"" },
		{ OK ",\"exit_code\":9223372036854775808}", "\"exit_code\"" },
		{ OK ",\"exit_code\":-9223372036854775809}", "does not fit 64 bits" },
		{ OK ",\"enforce\":1}", "\"enforce\" is not true or false" },
		{ OK ",\"enforce\":\"true\"}", "\"enforce\"" },
		{ OK ",\"net\":\"live\"}", "\"net\" is no word" },
		{ OK ",\"net\":\"\"}", "\"net\"" },
		{ OK ",\"net\":1}", "\"net\"" }, { OK ",\"observe\":\"All\"}", "\"observe\"" },
		{ OK ",\"argv\":\"ls\"}", "\"argv\" is not a list" },
		{ OK ",\"argv\":[\"a\",1]}", "\"argv\"" },
		{ OK ",\"argv\":[null]}", "\"argv\"" },
		{ OK ",\"degraded\":{}}", "\"degraded\"" }, { OK ",\"files\":{}}", "\"files\"" },
		{ OK ",\"files\":[1]}", "\"files\"" },
		{ OK ",\"files\":[{}]}", "without a path" },
		{ OK ",\"files\":[{\"path\":1}]}", "\"files\"" },
		{ OK ",\"files\":[{\"path\":\"a\",\"size\":-1}]}", "size" },
		{ OK ",\"files\":[{\"path\":\"a\",\"size\":\"1\"}]}", "size" },
		{ OK ",\"files\":[{\"path\":\"a\"},{\"path\":\"b\",\"sha256_before\":1}]}",
		  "\"files\"" },
		{ OK ",\"counters\":[]}", "\"counters\"" },
		{ OK ",\"counters\":{\"a\":\"1\"}}", "\"counters\"" },
		{ OK ",\"counters\":{\"a\":-1}}", "\"counters\"" },
		{ OK ",\"counters\":{\"a\":1.5}}", "\"counters\"" },
		{ OK ",\"counters\":{\"\\\\q\":1}}", "stands for nothing" },
		{ OK ",\"cwd\":\"\\\\x41\"}", "stands for nothing" },
		{ OK ",\"cwd\":\"a\\u0000b\"}", "NUL" },
		{ OK ",\"cwd\":\"\xff\"}", "UTF-8" },
		{ OK ",\"cwd\":\"\x1b\"}", "control character" },
		{ "\xef\xbb\xbf" OK "}", "run.json:1:1: a value is expected here, not U+FEFF" },
		{ OK ",\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
		  "nested deeper" },
	};
	struct run_info r;
	struct tb_err err;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(tb_write_file(bundle, RUN_FILE, rows[i].text, strlen(rows[i].text),
					       NULL), 0);
		if (run_info_read(bundle, &r, &err) != -EBADMSG || !strstr(err.msg, rows[i].says) ||
		    strncmp(err.msg, RUN_FILE, 8) != 0 ||
		    strpbrk(err.msg, "\n\x1b"))
			fail_msg("%s\nsays: %s", rows[i].text, err.msg);
		assert_true(!r.argv && !r.files && !r.counters && !r.degraded && !r.error &&
			    !r.cwd);
	}
}

static void every_prefix_is_refused(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	struct run_info r = full(), back;
	size_t len;

	(void)state;
	rec_manifest_format(&r, &b);
	for (len = 0; len < b.len - 1; len++)	/* all but the last newline */
		assert_int_equal(rec_manifest_parse(b.data, len, &back, NULL), -EBADMSG);
	assert_int_equal(rec_manifest_parse(b.data, len, &back, NULL), 0);
	run_info_clear(&back);
}

static void a_newer_format_is_said_to_be_newer(void **state)
{
	static const char *const texts[] = { "{\"tcbox_run\":2}",
					     "{\"tcbox_run\":18446744073709551615,\"state\":\"frozen\",\"argv\":7}" };
	struct run_info r;
	struct tb_err err;
	size_t i;

	(void)state;
	for (i = 0; i < TB_ARRAY_SIZE(texts); i++) {
		memset(&err, 0, sizeof(err));
		assert_int_equal(rec_manifest_parse(texts[i], strlen(texts[i]), &r, &err), -EPROTO);
		assert_non_null(strstr(err.msg, "newer tcbox"));
	}
}

static void unknown_keys_are_ignored(void **state)
{
	static const char text[] = OK ",\"seal\":{\"by\":[\"x\",1.5,null]},\"argv\":[\"a\"]} \n";
	struct run_info r;

	(void)state;
	assert_int_equal(rec_manifest_parse(text, strlen(text), &r, NULL), 0);
	assert_int_equal(r.argc, 1);
	run_info_clear(&r);
}

static void a_bundle_without_a_manifest_or_with_something_else_is_told_apart(void **state)
{
	struct tb_err err = { 0 };
	struct run_info r;

	(void)state;
	(void)unlinkat(bundle, RUN_FILE, 0);
	assert_int_equal(run_info_read(bundle, &r, &err), -ENOENT);
	assert_return_code(mkfifoat(bundle, RUN_FILE, 0600), errno);
	assert_int_equal(run_info_read(bundle, &r, &err), -EINVAL);
	assert_return_code(unlinkat(bundle, RUN_FILE, 0), errno);
	assert_return_code(symlinkat("/dev/zero", bundle, RUN_FILE), errno);
	assert_int_equal(run_info_read(bundle, &r, &err), -EINVAL);
	assert_return_code(unlinkat(bundle, RUN_FILE, 0), errno);
	assert_true(!r.argv && !r.error);
}

static void programs_of_a_clock_are_told_or_their_loss_is(void **state)
{
	struct run_info r = { 0 };
	char name[32];

	(void)state;
	assert_int_equal(run_clock(&r, "/bin/a", true, NULL), 0);
	assert_int_equal(run_clock(&r, "/bin/b", false, "static"), 0);
	assert_int_equal(run_clock(&r, "/bin/b", false, "static"), 0);
	assert_int_equal(r.nclock_moved, 1);
	assert_string_equal(r.clock_moved[0], "/bin/a");
	assert_int_equal(r.nclock_real, 1);
	assert_string_equal(r.clock_real[0], "/bin/b (static)");
	/* a producer may leave out anything */
	assert_int_equal(run_clock(&r, NULL, true, NULL), -EBADMSG);
	assert_int_equal(run_clock(&r, "", true, NULL), -EBADMSG);
	assert_int_equal(run_clock(&r, "/bin/c", false, NULL), -EBADMSG);
	assert_int_equal(run_clock(&r, "/bin/c", false, ""), -EBADMSG);
	assert_int_equal(r.nclock_moved + r.nclock_real, 2);
	for (unsigned int i = 2; i < RUN_CLOCKS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "/bin/%u", i);
		assert_int_equal(run_clock(&r, name, i % 2, "go"), 0);
	}
	assert_int_equal(run_clock(&r, "/bin/more", true, NULL), -E2BIG);
	assert_int_equal(run_clock(&r, "/bin/a", true, NULL), 0);	/* it is there */
	assert_int_equal(r.nclock_moved + r.nclock_real, RUN_CLOCKS_MAX);
	run_info_clear(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_reads_back_as_it_was_written),
		cmocka_unit_test(an_empty_manifest_reads_back),
		cmocka_unit_test(times_are_shown_in_utc),
		cmocka_unit_test(a_new_manifest_replaces_the_old_one),
		cmocka_unit_test(what_is_no_manifest_is_refused),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(a_newer_format_is_said_to_be_newer),
		cmocka_unit_test(unknown_keys_are_ignored),
		cmocka_unit_test(programs_of_a_clock_are_told_or_their_loss_is),
		cmocka_unit_test(a_bundle_without_a_manifest_or_with_something_else_is_told_apart),
	};

	return cmocka_run_group_tests(tests, bundle_make, bundle_remove);
}
