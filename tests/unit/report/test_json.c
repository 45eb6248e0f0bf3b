/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_json.c - tests of the JSON writer and of report.json
 */
#include "sample.h"

#include <errno.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "report/derive.h"
#include "tcbox/json_write.h"

static void the_writer_nests_and_separates(void **state)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct jw w;

	(void)state;
	jw_init(&w, &out);
	jw_object(&w, NULL);
	jw_uint(&w, "max", UINT64_MAX);
	jw_sint(&w, "min", INT64_MIN);
	jw_array(&w, "empty");
	jw_end(&w);
	jw_array(&w, "numbers");
	jw_uint(&w, NULL, 1);
	jw_uint(&w, NULL, 2);
	jw_end(&w);
	jw_array(&w, "mixed");
	jw_str(&w, NULL, "a");
	jw_str(&w, NULL, NULL);
	jw_object(&w, NULL);
	jw_bool(&w, "yes", true);
	jw_end(&w);
	jw_end(&w);
	jw_object(&w, "none");
	jw_end(&w);
	jw_end(&w);
	assert_string_equal(out.data, "{\n"
				      "  \"max\": 18446744073709551615,\n"
				      "  \"min\": -9223372036854775808,\n"
				      "  \"empty\": [],\n"
				      "  \"numbers\": [1, 2],\n"
				      "  \"mixed\": [\n"
				      "    \"a\",\n"
				      "    null,\n"
				      "    {\n"
				      "      \"yes\": true\n"
				      "    }\n"
				      "  ],\n"
				      "  \"none\": {}\n"
				      "}\n");
}

static struct tb_buf json_of(const struct rpt_input *in)
{
	struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	assert_int_equal(rpt_json(in, &out, &err), 0);
	assert_false(out.failed);
	return out;
}

static void the_report_is_as_expected(void **state)
{
	TB_AUTOBUF struct tb_buf out = json_of(&sample), again = json_of(&sample);

	(void)state;
	assert_true(matches("violates.json", &out));
	assert_string_equal(out.data, again.data);
}

static void an_empty_result_without_a_policy_is_as_expected(void **state)
{
	struct fnd_result result = { .verdict = FND_INCONCLUSIVE };
	struct run_info run = { .state = RUN_RUNNING };
	const struct rpt_input in = { .run = &run, .result = &result, .facts = &no_facts };
	TB_AUTOBUF struct tb_buf out = json_of(&in);

	(void)state;
	assert_true(matches("empty.json", &out));
}

static void another_policy_is_named_with_its_own_hash(void **state)
{
	struct rpt_input in = sample;
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	(void)state;
	in.policy_path = "other.json";
	in.policy_sha256 = SHA_C;
	out = json_of(&in);
	assert_non_null(strstr(out.data,
			       "\"of_run\": false,\n    \"path\": \"other.json\",\n    "
			       "\"sha256\": \"" SHA_C "\""));
}

/* Hostile bytes in every string that a product can choose still make valid JSON. */
static void hostile_strings_stay_inside_their_quotes(void **state)
{
#define SHOWN "\"}],\033[2J\r\n\\x9b\\xff\\xfe \xe2\x80\xae \\\\ \x7f \\xc0\\xaf \\xed\\xa0\\x80"
	static char evil[] = "\"}],\033[2J\r\n\x9b\xff\xfe \xe2\x80\xae \\ \x7f \xc0\xaf "
			     "\xed\xa0\x80";
	struct fnd_proc procs[] = { { .id = 1, .pid = -1, .exe = evil, .sha256 = evil,
				      .cmdline = evil } };
	struct fnd_detail flow[] = { { .key = FND_KEY_REMOTE, .text = evil } };
	struct fnd_detail exe[] = { { .key = FND_KEY_RULE_EXE, .text = evil } };
	struct fnd_detail loss[] = { { .key = FND_KEY_WHAT, .text = evil },
				   { .key = FND_KEY_SAID, .text = evil } };
	struct fnd findings[] = { { .code = FND_NET_UNDECLARED, .severity = FND_VIOLATION,
				    .program = evil, .object = evil,
				    .declared = evil, .nearest = evil,
				    .seen = { { DETAILS(flow), DETAILS(exe) } }, .nseen = 1,
				    .proc = 1, .count = 1 } };
	struct fnd_rule rules[] = { { .section = "names", .id = evil, .why = evil } };
	struct fnd_gap gaps[] = { { .code = FND_GAP_LOSS, .details = DETAILS(loss) } };
	struct fnd_result result = { .verdict = FND_VIOLATES, .findings = findings, .nfindings = 1,
				     .rules = rules, .nrules = 1,
				     .gaps = gaps, .ngaps = 1, .procs = procs, .nprocs = 1 };
	char *argv[] = { evil, NULL };
	struct run_file files[] = { { .path = evil } };
	struct run_info run = { .argv = argv, .argc = 1, .cwd = evil, .env = argv, .nenv = 1,
				.binds = argv, .nbinds = 1,
				.box_hostname = evil, .writes_by = evil, .reads_by = evil,
				.hostname = evil, .files = files, .nfiles = 1,
				.policy_path = evil, .degraded = argv, .ndegraded = 1 };
	struct pol policy = { .vendor = evil, .product = evil, .version = evil };
	const struct rpt_input in = { .run = &run, .result = &result, .facts = &no_facts,
				      .policy = &policy };
	TB_AUTOBUF struct tb_buf out = json_of(&in);
	struct json_object *o, *v;

	(void)state;
	o = json_tokener_parse(out.data);
	assert_non_null(o);
	assert_true(json_object_object_get_ex(o, "reason", &v));
	assert_string_equal(json_object_get_string(v),
			    SHOWN " contacted " SHOWN ", which no rule declares.");
	for (size_t i = 0; i < out.len; i++)
		assert_true(out.data[i] == '\n' || (unsigned char)out.data[i] >= 0x20);
	json_object_put(o);
}

static void an_ancestor_is_the_program_that_it_was_when_it_had_the_child(void **state)
{
	char sh[] = "/bin/sh", cat[] = "/bin/cat";
	struct fnd_proc procs[] = { { .id = 1, .exe = sh, .past = true, .until = 10 },
				    { .id = 1, .exe = cat },
				    { .id = 2, .parent = 1, .born = 9 } };
	const struct fnd_result r = { .procs = procs, .nprocs = 3 };
	const struct fnd_proc *up[RPT_ANCESTORS];

	(void)state;
	assert_int_equal(rpt_ancestry(&r, &procs[2], up), 1);
	assert_string_equal(up[0]->exe, "/bin/sh");
	procs[2].born = 10;
	assert_int_equal(rpt_ancestry(&r, &procs[2], up), 1);
	assert_string_equal(up[0]->exe, "/bin/cat");
}

static void a_process_that_is_its_own_ancestor_ends(void **state)
{
	struct fnd_proc procs[] = { { .id = 1, .parent = 2 }, { .id = 2, .parent = 1 } };
	const struct fnd_result r = { .procs = procs, .nprocs = 2 };
	const struct fnd_proc *up[RPT_ANCESTORS];

	(void)state;
	assert_int_equal(rpt_ancestry(&r, &procs[0], up), RPT_ANCESTORS);
}

static void findings_are_told_by_severity_and_code(void **state)
{
	struct fnd findings[] = {
		{ .code = FND_NET_LIMIT, .severity = FND_INFO },
		{ .code = FND_SYS_DENIED, .severity = FND_VIOLATION },
		{ .code = FND_NET_RESOLVER, .severity = FND_VIOLATION },
		{ .code = FND_SYS_DENIED, .severity = FND_WARNING },
		{ .code = FND_SYS_DENIED, .severity = FND_VIOLATION },
	};
	static const size_t want[] = { 2, 1, 4, 3, 0 };
	const struct fnd_result r = { .findings = findings, .nfindings = 5 };
	TB_AUTOFREE size_t *order = rpt_order(&r, NULL);

	(void)state;
	assert_non_null(order);
	assert_memory_equal(order, want, sizeof(want));
}

static void references_are_in_ascending_order(void **state)
{
	const struct fnd_refs refs = { { 9, 3, 3, UINT64_MAX, 1 }, 5 }, none = { .n = 0 };
	static const uint64_t want[] = { 1, 3, 3, 9, UINT64_MAX };
	uint64_t v[FND_REFS];

	(void)state;
	assert_int_equal(rpt_refs(&refs, v), 5);
	assert_memory_equal(v, want, sizeof(want));
	assert_int_equal(rpt_refs(&none, v), 0);
}

static void times_are_utc_with_nanoseconds(void **state)
{
	char s[RPT_TIMELEN];

	(void)state;
	assert_int_equal(rpt_time_format(INT64_C(1764065702123456789), 1, s), 0);
	assert_string_equal(s, "2025-11-25T10:15:02.123456790Z");
	assert_int_equal(rpt_time_format(0, -1, s), 0);
	assert_string_equal(s, "1969-12-31T23:59:59.999999999Z");
	assert_int_equal(rpt_time_format(INT64_MAX, 0, s), 0);
	assert_string_equal(s, "2262-04-11T23:47:16.854775807Z");
	assert_int_equal(rpt_time_format(INT64_MAX, 1, s), -ERANGE);
	assert_string_equal(s, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_writer_nests_and_separates),
		cmocka_unit_test(the_report_is_as_expected),
		cmocka_unit_test(an_empty_result_without_a_policy_is_as_expected),
		cmocka_unit_test(another_policy_is_named_with_its_own_hash),
		cmocka_unit_test(hostile_strings_stay_inside_their_quotes),
		cmocka_unit_test(an_ancestor_is_the_program_that_it_was_when_it_had_the_child),
		cmocka_unit_test(a_process_that_is_its_own_ancestor_ends),
		cmocka_unit_test(findings_are_told_by_severity_and_code),
		cmocka_unit_test(references_are_in_ascending_order),
		cmocka_unit_test(times_are_utc_with_nanoseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
