/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_text.c - tests of the text report
 */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/sections.h"
#include "report/width.h"

static struct tb_buf text_of(const struct rpt_input *in, int width, bool colour)
{
	struct rpt_style style = { .width = width, .colour = colour };
	struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	assert_int_equal(rpt_text(in, &style, &out, &err), 0);
	assert_false(out.failed);
	return out;
}

static void the_report_at_80_columns_is_as_expected(void **state)
{
	TB_AUTOBUF struct tb_buf out = text_of(&sample, 80, false);

	(void)state;
	assert_true(matches("violates-80.txt", &out));
}

static void the_report_at_120_columns_is_as_expected(void **state)
{
	TB_AUTOBUF struct tb_buf out = text_of(&sample, 120, false);

	(void)state;
	assert_true(matches("violates-120.txt", &out));
}

static void the_report_in_colour_is_as_expected(void **state)
{
	TB_AUTOBUF struct tb_buf out = text_of(&sample, 80, true);

	(void)state;
	assert_true(matches("violates-80-colour.txt", &out));
}

static void the_report_at_40_columns_is_as_expected(void **state)
{
	struct rpt_input in = sample;
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	(void)state;
	in.verbose = true;
	out = text_of(&in, 40, false);
	assert_true(matches("violates-40.txt", &out));
}

static void a_single_finding_is_as_expected(void **state)
{
	const struct rpt_style style = { .width = 72, .colour = true };
	struct rpt_input in = sample;
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(sample_findings); i++) {
		in.only = rpt_numbered(&in, i + 1);
		assert_non_null(in.only);
		assert_int_equal(rpt_text_finding(&in, &style, &out, &err), 0);
	}
	assert_null(rpt_numbered(&in, 0));
	assert_null(rpt_numbered(&in, TB_ARRAY_SIZE(sample_findings) + 1));
	assert_int_equal(rpt_text(&in, &style, &out, &err), 0);
	assert_true(matches("findings-72.txt", &out));
}

/* widest() - columns of the widest line */
static size_t widest(const char *text)
{
	size_t max = 0, len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (rpt_width(text, len) > max)
			max = rpt_width(text, len);
	}
	return max;
}

static void no_line_is_wider_than_asked(void **state)
{
	static const int widths[] = { 40, 41, 57, 72, 80, 81, 100, 120, 200 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(widths); i++) {
		TB_AUTOBUF struct tb_buf out = text_of(&sample, widths[i], false);

		assert_true(widest(out.data) <= (size_t)widths[i]);
	}
}

static void absurd_widths_are_corrected(void **state)
{
	TB_AUTOBUF struct tb_buf standard = TB_BUF_INIT, narrow = text_of(&sample, 1, false);
	TB_AUTOBUF struct tb_buf none = text_of(&sample, 0, false),
		negative = text_of(&sample, -5, false);
	TB_AUTOBUF struct tb_buf hundred = text_of(&sample, 100, false);
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(rpt_text(&sample, NULL, &standard, &err), 0);
	assert_int_equal(widest(narrow.data), 40);
	assert_string_equal(none.data, hundred.data);
	assert_string_equal(negative.data, hundred.data);
	assert_string_equal(standard.data, hundred.data);
}

static void there_is_no_colour_unless_asked_for(void **state)
{
	TB_AUTOBUF struct tb_buf plain = text_of(&sample, 80, false),
		colour = text_of(&sample, 80, true);
	TB_AUTOBUF struct tb_buf stripped = TB_BUF_INIT;

	(void)state;
	assert_null(memchr(plain.data, '\033', plain.len));
	assert_non_null(strstr(colour.data, "\033[1;31mVIOLATES\033[0m"));
	for (const char *c = colour.data; *c; c++) {
		if (*c == '\033')
			c += strcspn(c, "m");
		else
			tb_buf_addc(&stripped, *c);
	}
	assert_string_equal(stripped.data, plain.data);
}

static void a_conforming_run_is_as_expected(void **state)
{
	struct fnd_rule rules[] = { sample_rules[0], sample_rules[3] };
	struct fnd_result result = sample_result;
	struct run_info run = sample_run;
	struct rpt_input in = sample;
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	(void)state;
	result.verdict = FND_CONFORMS;
	result.nfindings = 0;
	result.ngaps = 1;
	result.rules = rules;
	result.nrules = 2;
	run.ndegraded = 0;
	run.enforce = true;
	run.writes_by = run.reads_by = S("Landlock ABI 7");
	in.result = &result;
	in.run = &run;
	out = text_of(&in, 80, false);
	assert_true(matches("conforms-80.txt", &out));
}

static void a_run_that_died_without_a_policy_is_as_expected(void **state)
{
	struct fnd_gap gaps[] = { { .code = FND_GAP_RUN_GOES_ON, .blocks_conforms = true } };
	struct fnd_result result = { .verdict = FND_INCONCLUSIVE,
				     .gaps = gaps, .ngaps = 1 };
	struct run_info run = { .state = RUN_RUNNING, .argv = sample_argv, .argc = 2,
				.started_ns = sample_run.started_ns,
				.net = RUN_NET_NONE, .observe = RUN_OBSERVE_ALL, .enforce = true };
	const struct rpt_input in = { .run = &run, .result = &result, .facts = &no_facts, .bundle = "b" };
	TB_AUTOBUF struct tb_buf out = text_of(&in, 80, false);

	(void)state;
	assert_true(matches("incomplete-80.txt", &out));
}

static void what_did_not_succeed_is_not_told_as_not_held(void **state)
{
	struct fnd found[] = {
		{ .code = FND_EXEC_UNDECLARED, .count = 3, .failed = 1 },
		{ .code = FND_SYS_UNDECLARED, .count = 5, .failed = 4 },
		{ .code = FND_FILE_UNDECLARED, .count = 7, .failed = 5 },
		{ .code = FND_LISTEN_UNDECLARED, .count = 1, .failed = 1 },
		{ .code = FND_DNS_UNDECLARED, .count = 4, .failed = 2 },
	};
	struct fnd_result result = { .verdict = FND_VIOLATES, .findings = found,
				     .nfindings = TB_ARRAY_SIZE(found) };
	struct run_info run = { .state = RUN_COMPLETE, .enforce = true };
	const struct rpt_input in = { .run = &run, .result = &result, .facts = &no_facts, .bundle = "b" };
	TB_AUTOBUF struct tb_buf out = text_of(&in, 200, false);

	(void)state;
	assert_non_null(strstr(out.data,
			       "4 system calls, 5 changes of files, 1 program, 1 listener, 2 lookups that nothing "
			       "declares: refused, or not seen to succeed\n"));
	assert_non_null(strstr(out.data, "1 system call, 2 changes of files, 2 programs, 2 lookups: not "
					 "declared, and not held\n"));
}

static void a_run_that_tcbox_gave_up_says_why(void **state)
{
	struct fnd_result result = { .verdict = FND_INCONCLUSIVE };
	struct run_info run = { .state = RUN_FAILED,
				.error = S("write events.jsonl: No space left on device"),
				.timed_out = true,
				.timeout_ms = 1500, .exit_signal = 9, .interrupted = true };
	const struct rpt_input in = { .run = &run, .result = &result, .facts = &no_facts };
	TB_AUTOBUF struct tb_buf out = text_of(&in, 200, false);

	(void)state;
	assert_non_null(strstr(out.data,
			       "tcbox gave up: write events.jsonl: No space left on device; after "
			       "the time limit "
					 "of 1.500 s; by the technician; killed by signal 9\n"));
}

static void many_findings_of_one_code_are_told_in_short(void **state)
{
	enum { N = 200 };
	static struct fnd many[N];
	static char remote[N][64], name[N][64];
	static struct fnd_detail details[N][3];
	struct fnd_result result = sample_result;
	struct rpt_input in = sample;
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	(void)state;
	for (size_t i = 0; i < N; i++) {
		(void)snprintf(remote[i], sizeof(remote[i]), "198.18.4.%zu:%zu", i, 1000 + i);
		(void)snprintf(name[i], sizeof(name[i]), "h%zu.stranger.example", i);
		details[i][0] = sample_flow[0];
		details[i][1] = (struct fnd_detail){ .key = FND_KEY_REMOTE, .text = remote[i] };
		details[i][2] = (struct fnd_detail){ .key = FND_KEY_NAME, .text = name[i] };
		many[i] = sample_findings[0];
		many[i].seen[0].details = (struct fnd_details)DETAILS(details[i]);
		many[i].count = i + 1;
	}
	result.findings = many;
	result.nfindings = N;
	in.result = &result;
	out = text_of(&in, 80, false);
	assert_true(matches("many-80.txt", &out));
}

static void a_finding_without_a_time_shows_none(void **state)
{
	struct fnd findings[] = { { .code = FND_EVIDENCE_LOST, .severity = FND_WARNING,
				    .object = S("packets"), .count = 1 } };
	struct fnd_result result = { .verdict = FND_INCONCLUSIVE, .findings = findings,
				     .nfindings = 1 };
	const struct rpt_input in = { .run = &sample_run, .result = &result, .facts = &no_facts };
	TB_AUTOBUF struct tb_buf text = text_of(&in, 80, false), json = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	assert_null(strstr(text.data, " when "));
	assert_int_equal(rpt_json(&in, &json, &err), 0);
	assert_non_null(strstr(json.data,
			       "\"first\": null,\n      \"last\": null,\n      \"count\": 1,"));
}

/* What the product wrote: terminal escapes, a false verdict on a "line" of its own, bidi, bad
 * UTF-8, and much of it. */
static void hostile_strings_can_not_leave_their_place(void **state)
{
	static char evil[] = "a\033]0;owned\007\033[2J\r\n\nCONFORMS  all is "
			     "well\n\xe2\x80\xae" "gnp.exe\xff\xc2\x9b" "2J"
			     "\xe2\x80\x8b\t\xf0\x9f\x98\x80\xe6\xbc\xa2\xe5\xad\x97 z";
	static char longest[70000];
	struct fnd_proc procs[] = { { .id = 1, .pid = 7, .exe = evil, .sha256 = evil,
				      .cmdline = longest },
				    { .id = 2, .pid = 8, .parent = 1, .exe = longest,
				      .cmdline = evil } };
	struct fnd_detail evil_path[] = { { .key = FND_KEY_PATH, .text = evil } };
	struct fnd_detail long_path[] = { { .key = FND_KEY_PATH, .text = longest } };
	struct fnd_detail long_exe[] = { { .key = FND_KEY_EXE, .text = longest },
				       { .key = FND_KEY_RULE_EXE, .text = evil } };
	struct fnd_detail loss[] = { { .key = FND_KEY_WHAT, .text = evil },
				   { .key = FND_KEY_SAID, .text = longest } };
	struct fnd findings[] = { { .code = FND_EXEC_UNDECLARED, .program = evil, .object = evil,
				    .declared = evil, .nearest = evil,
				    .seen = { { DETAILS(long_path), DETAILS(long_exe) } },
				    .nseen = 1, .proc = 2, .count = 1 },
				  { .code = FND_EXEC_UNDECLARED, .object = longest,
				    .seen = { { .details = DETAILS(evil_path) } }, .nseen = 1,
				    .proc = 1 } };
	struct fnd_rule rules[] = { { .section = "executes", .id = longest, .why = evil,
				      .count = 2 },
				    { .section = "executes", .id = evil, .why = longest } };
	struct fnd_gap gaps[] = { { .code = FND_GAP_LOSS, .details = DETAILS(loss) } };
	struct fnd_share shares[] = { { .proc = 1 }, { .proc = 2 } };
	struct fnd_result result = { .verdict = FND_VIOLATES, .findings = findings, .nfindings = 2,
				     .rules = rules, .nrules = 2,
				     .gaps = gaps, .ngaps = 1, .procs = procs, .nprocs = 2,
					     .shares = shares, .nshares = 2 };
	char *argv[] = { evil, longest, NULL };
	struct run_file files[] = { { .path = evil }, { .path = longest, .sha256_after = evil } };
	struct run_info run = { .argv = argv, .argc = 2, .cwd = evil,
				.env = argv, .nenv = 2, .binds = argv, .nbinds = 1,
				.box_hostname = evil,
				.files = files, .nfiles = 2, .net = RUN_NET_SIM,
				.observe = RUN_OBSERVE_DEFAULT, .writes_by = evil,
				.reads_by = longest,
				.policy_path = evil, .policy_sha256 = evil, .degraded = argv,
					.ndegraded = 2 };
	struct pol policy = { .vendor = evil, .product = evil, .version = longest };
	const struct rpt_input in = { .run = &run, .result = &result, .facts = &no_facts,
				      .policy = &policy, .bundle = evil };
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(longest) - 1; i++)	/* one word without a space */
		longest[i] = "0123456789\xc3\xa9xyz"[i % 15];
	out = text_of(&in, 80, false);
	assert_true(widest(out.data) <= 80);
	assert_null(strstr(out.data, "\nCONFORMS"));
	assert_null(strstr(out.data, "\xe2\x80\xae"));
	for (size_t i = 0; i < out.len; i++)
		assert_true(out.data[i] == '\n' ||
			    ((unsigned char)out.data[i] >= 0x20 && out.data[i] != 0x7f));
	assert_true(out.len < 64 * 1024);
	assert_true(matches("hostile-80.txt", &out));
}

static void widths_are_those_of_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(rpt_width("abc", 3), 3);
	/* combining acute */
	assert_int_equal(rpt_width("e\xcc\x81", 3), 1);
	assert_int_equal(rpt_width("\xe6\xbc\xa2\xe5\xad\x97", 6), 4);		/* two ideographs */
	assert_int_equal(rpt_width("\xf0\x9f\x98\x80", 4), 2);			/* emoji */
	assert_int_equal(rpt_width("\xc3\xa9", 2), 1);
	/* not UTF-8: no harm */
	assert_int_equal(rpt_width("\xff", 1), 1);
	assert_int_equal(rpt_width("\xe6\xbc", 2), 2);				/* cut short */
	assert_int_equal(rpt_width("", 0), 0);
}

static const char *bytes_text(struct tb_buf *b, uint64_t n)
{
	tb_buf_reset(b);
	amount_bytes(b, n);
	return b->data;
}

static void amounts_are_readable_at_both_ends(void **state)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	(void)state;
	assert_string_equal(bytes_text(&b, 0), "0 bytes");
	assert_string_equal(bytes_text(&b, 1), "1 byte");
	assert_string_equal(bytes_text(&b, 1023), "1023 bytes");
	assert_string_equal(bytes_text(&b, 1024), "1.0 KiB");
	assert_string_equal(bytes_text(&b, 1024 * 1024 - 1), "1023.9 KiB");
	assert_string_equal(bytes_text(&b, 1024 * 1024), "1.0 MiB");
	assert_string_equal(bytes_text(&b, UINT64_MAX), "15.9 EiB");
	tb_buf_reset(&b);
	amount_seconds(&b, INT64_MIN);
	assert_string_equal(b.data, "-9223372036.854 s");
	tb_buf_reset(&b);
	amount_span(&b, 1, 999);
	assert_string_equal(b.data, "0.000 s");
}

static void assert_limits(struct run_info run, const char *text)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	limits_add(&b, &run);
	assert_string_equal(b.data ? b.data : "", text);
}

static void limits_are_told_with_what_kept_them(void **state)
{
	const uint64_t mib = 1 << 20;

	(void)state;
	assert_limits((struct run_info){ 0 }, "");
	assert_limits((struct run_info){ .processes_max = 10, .processes_by = S("rlimit"),
					 .layer_bytes = mib, .file_size_max = 1,
					 .output_max = 2048, .cpu_time_max_s = 7 },
		      "10 processes, 7 s of processor time a process, 1.0 MiB of private files, 1 "
		      "byte a file, "
		      "2.0 KiB of output a stream");
	assert_limits((struct run_info){ .processes_max = 10, .processes_by = S("cgroup"),
					 .memory_asked = 2 * mib,
					 .memory_max = mib, .memory_by = S("cgroup"),
					 .cpus_milli = 1500, .cpus_by = S("cgroup") },
		      "10 processes (cgroup), memory 1.0 MiB for all of it (cgroup), 1.5 "
		      "processors for all of it (cgroup)");
	assert_limits((struct run_info){ .memory_asked = mib, .memory_max = mib,
					 .memory_by = S("rlimit"), .cpus_asked_milli = 1500,
					 .cpus_milli = 2000, .cpus_by = S("affinity") },
		      "memory 1.0 MiB for each process (rlimit), not for all together, 2 "
		      "processors unless it chose others "
		      "(affinity)");
	assert_limits((struct run_info){ .memory_asked = mib, .cpus_asked_milli = 10 },
		      "memory 1.0 MiB asked for, but not known to be in force, 0.01 processors "
		      "asked for, but not known to be in "
		      "force");
	assert_limits((struct run_info){ .memory_max = mib, .memory_by = S("hope"),
					 .cpus_milli = 1025, .cpus_by = S("cgroup") },
		      "memory 1.0 MiB asked for, but not known to be in force, 1.025 processors "
		      "for all of it (cgroup)");
	assert_limits((struct run_info){ .cpus_milli = 1000, .cpus_by = S("cgroup") },
		      "1 processor for all of it (cgroup)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_at_80_columns_is_as_expected),
		cmocka_unit_test(the_report_at_120_columns_is_as_expected),
		cmocka_unit_test(the_report_in_colour_is_as_expected),
		cmocka_unit_test(the_report_at_40_columns_is_as_expected),
		cmocka_unit_test(a_single_finding_is_as_expected),
		cmocka_unit_test(a_conforming_run_is_as_expected),
		cmocka_unit_test(a_run_that_died_without_a_policy_is_as_expected),
		cmocka_unit_test(what_did_not_succeed_is_not_told_as_not_held),
		cmocka_unit_test(a_run_that_tcbox_gave_up_says_why),
		cmocka_unit_test(many_findings_of_one_code_are_told_in_short),
		cmocka_unit_test(a_finding_without_a_time_shows_none),
		cmocka_unit_test(no_line_is_wider_than_asked),
		cmocka_unit_test(absurd_widths_are_corrected),
		cmocka_unit_test(there_is_no_colour_unless_asked_for),
		cmocka_unit_test(hostile_strings_can_not_leave_their_place),
		cmocka_unit_test(widths_are_those_of_a_terminal),
		cmocka_unit_test(amounts_are_readable_at_both_ends),
		cmocka_unit_test(limits_are_told_with_what_kept_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
