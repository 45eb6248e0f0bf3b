/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_words.c - tests of the sentences of the report
 */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "report/words.h"

typedef void (*words_fn)(struct tb_buf *b, const struct fnd *f);

static void assert_words(words_fn words, struct fnd f, const char *want)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	words(&b, &f);
	assert_string_equal(b.data ? b.data : "", want);
}

static void every_code_has_a_title_that_names_the_facts(void **state)
{
	struct fnd f = { .program = S("PROGRAM"), .object = S("OBJECT"), .declared = S("RULE"),
			 .nseen = 1 };
	struct fnd_detail all[FND_KEYS];

	(void)state;
	for (int i = 0; i < FND_KEYS; i++)
		all[i] = (struct fnd_detail){ .key = (enum fnd_key)i, .text = S("v") };
	f.seen[0].details = (struct fnd_details)DETAILS(all);
	for (int code = 0; code < FND_CODES; code++) {
		TB_AUTOBUF struct tb_buf title = TB_BUF_INIT, question = TB_BUF_INIT;
		TB_AUTOBUF struct tb_buf observed = TB_BUF_INIT;

		f.code = (enum fnd_code)code;
		words_title(&title, &f);
		words_question(&question, &f);
		if (!strstr(title.data, "OBJECT") && !strstr(title.data, "RULE"))
			fail_msg("%s says of nothing: %s", fnd_code_name(f.code), title.data);
		if (strpbrk(title.data, "{}") || (question.len && strpbrk(question.data, "{}")))
			fail_msg("%s leaves a word out: %s", fnd_code_name(f.code), title.data);
		words_observed(&observed, &f);
		if (!observed.len || strpbrk(observed.data, "{}[]"))
			fail_msg("%s: %s", fnd_code_name(f.code), observed.data);
		if (question.len && question.data[question.len - 1] != '?' &&
		    !strstr(question.data, "? ("))
			fail_msg("%s asks nothing: %s", fnd_code_name(f.code), question.data);
	}
}

static void a_title_names_program_object_and_rule(void **state)
{
	const struct fnd f = { .code = FND_NET_LIMIT, .program = S("/bin/a"),
			       .object = S("bytes out"),
			       .declared = S("r1") };
	const struct fnd unknown = { .code = FND_NET_UNDECLARED, .object = S("x port 1 (tcp)") };

	(void)state;
	assert_words(words_title, f, "/bin/a went over the limit of rule \"r1\" for bytes out");
	assert_words(words_question, f, "Why does rule \"r1\" need more bytes out than declared?");
	assert_words(words_title, unknown,
		     "An unknown program contacted x port 1 (tcp), which no rule declares");
	assert_words(words_title, (struct fnd){ .code = FND_NET_LIMIT, .object = S("x") },
		     "An unknown program went over the limit of rule \"\" for x");
	assert_words(words_question, (struct fnd){ .code = FND_DNS_UNDECLARED, .object = S("x") },
		     "Why does an unknown program look up x?");
}

static void what_was_done_to_a_file_is_said(void **state)
{
	static const struct { const char *op; enum fnd_key how; const char *want; } rows[] = {
		{ "create", FND_KEY_OP, "/a created /f, which no rule declares" },
		{ "rmdir", FND_KEY_OP, "/a removed /f, which no rule declares" },
		{ "write", FND_KEY_OP, "/a changed /f, which no rule declares" },
		{ "create", FND_KEY_DENIED, "/a tried to create /f, which no rule declares" },
		{ "mkdir", FND_KEY_TRIED, "/a tried to make /f, which no rule declares" },
		{ "xattr", FND_KEY_TRIED, "/a tried to change /f, which no rule declares" },
	};
	struct fnd f = { .code = FND_FILE_UNDECLARED, .program = S("/a"), .object = S("/f") };

	(void)state;
	assert_words(words_title, f, "/a changed /f, which no rule declares");
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct fnd_detail details[] = {
			{ .key = FND_KEY_OP, .text = S(rows[i].op) }, { .key = rows[i].how },
		};

		f.nseen = 1;
		f.count = 2;
		f.failed = rows[i].how == FND_KEY_OP ? 1 : 2;
		f.seen[0].details = (struct fnd_details){ details, 2 };
		assert_words(words_title, f, rows[i].want);
		f.objects.n = 2;
		f.failed = 1;
		assert_words(words_title, f, "/a changed /f, which no rule declares");
		f.failed = 2;
		assert_words(words_title, f, "/a tried to change /f, which no rule declares");
		f.objects.n = 0;
	}
}

static void the_verb_follows_the_outcome(void **state)
{
	struct fnd f = { .code = FND_NET_UNDECLARED, .program = S("/a"), .object = S("x"),
			 .count = 2, .bytes_out = 5, .bytes_in = 7 };

	(void)state;
	assert_words(words_title, f, "/a talked to x, which no rule declares");
	f.bytes_in = 0;
	assert_words(words_title, f, "/a sent data to x, which no rule declares");
	f.bytes_out = 0;
	f.failed = 1;
	assert_words(words_title, f, "/a contacted x, which no rule declares");
	f.failed = 2;
	assert_words(words_title, f, "/a tried to reach x, which no rule declares");
	f.code = FND_EXEC_UNDECLARED;
	assert_words(words_title, f, "/a tried to execute x, which no rule declares");
	f.failed = 1;
	assert_words(words_title, f, "/a executed x, which no rule declares");
}

static void acts_that_are_counted_together_have_no_question(void **state)
{
	const struct fnd rest = { .code = FND_NET_UNDECLARED, .count = 7 };

	(void)state;
	assert_words(words_title, rest, "7 more of this kind, which are not told one by one");
	assert_words(words_observed, rest, "different acts, counted together");
	assert_words(words_question, rest, "");
	assert_words(words_question,
		     (struct fnd){ .code = FND_EVIDENCE_LOST, .object = S("packets") }, "");
	assert_words(words_observed, (struct fnd){ .object = S("x") }, "");
}

static void what_is_declared_is_said_with_what_differs(void **state)
{
	static const enum fnd_code undeclared[] = {
		FND_NET_UNDECLARED, FND_DNS_UNDECLARED, FND_LISTEN_UNDECLARED, FND_EXEC_UNDECLARED,
		FND_FILE_UNDECLARED, FND_SYS_UNDECLARED,
	};
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(undeclared); i++)
		assert_words(words_declared, (struct fnd){ .code = undeclared[i] }, "nothing");
	for (int code = 0; code < FND_CODES; code++) {
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		words_declared(&b, &(struct fnd){ .code = (enum fnd_code)code });
		n += b.len > 0;
	}
	assert_int_equal(n, TB_ARRAY_SIZE(undeclared));
	assert_words(words_declared, (struct fnd){ .code = FND_NET_LIMIT, .declared = S("r") },
		     "rule \"r\"");
	assert_words(words_declared,
		     (struct fnd){ .code = FND_NET_UNRESOLVED, .nearest = S("n"),
				   .seen = { { .differs = DETAILS(sample_port) } } },
		     "nothing; the nearest rule is \"n\": host and protocol match, but port 8443 "
		     "is not 443");
}

static void assert_reason(struct fnd_result r, const struct pol *policy, const char *want)
{
	const struct rpt_input in = { .run = &sample_run, .result = &r, .policy = policy };
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	words_reason(&b, &in);
	assert_string_equal(b.data, want);
}

static void a_verdict_says_why(void **state)
{
	struct fnd f[] = { { .severity = FND_VIOLATION, .object = S("x") },
			   { .severity = FND_VIOLATION },
			   { .severity = FND_WARNING } };
	struct fnd_gap gaps[] = { { .code = FND_GAP_READS },
				  { .code = FND_GAP_RECORD_CUT, .blocks_conforms = true },
				  { .code = FND_GAP_ALIEN, .blocks_conforms = true } };

	(void)state;
	assert_reason((struct fnd_result){ .verdict = FND_CONFORMS }, &sample_policy,
		      "Everything that was seen is declared, and no evidence was lost.");
	assert_reason((struct fnd_result){ .verdict = FND_VIOLATES, .findings = f, .nfindings = 1 },
		      &sample_policy, "An unknown program contacted x, which no rule declares.");
	f[1].object = S("y");
	assert_reason((struct fnd_result){ .verdict = FND_VIOLATES, .findings = f, .nfindings = 3 },
		      &sample_policy,
		      "2 findings contradict the policy; the first: An unknown program contacted "
		      "x, which no rule declares.");
	f[1].object = NULL;
	assert_reason((struct fnd_result){ .verdict = FND_VIOLATES, .findings = f, .nfindings = 3 },
		      &sample_policy,
		      "More than 1 findings contradict the policy; the first: An unknown program "
		      "contacted x, which no rule declares.");
	assert_reason((struct fnd_result){ .verdict = FND_INCONCLUSIVE, .gaps = gaps, .ngaps = 3 },
		      &sample_policy,
		      "Nothing contradicts the policy, but not everything was seen. The last line "
		      "of the record is cut off.");
	assert_reason((struct fnd_result){ .verdict = FND_INCONCLUSIVE, .gaps = gaps, .ngaps = 1 },
		      &sample_policy,
		      "Nothing contradicts the policy, but a required rule was not seen.");
	assert_reason((struct fnd_result){ .verdict = FND_INCONCLUSIVE, .gaps = gaps, .ngaps = 3 },
		      NULL,
		      "No policy was given, so nothing was compared.");
}

static void the_headline_of_a_conforming_run_counts_what_is_below_it(void **state)
{
	struct fnd f[] = { { .code = FND_CALL_WITHOUT_PACKETS, .severity = FND_WARNING },
			   { .code = FND_NET_UNRESOLVED }, { .code = FND_NET_RESOLVER },
			   { .code = FND_FILE_UNDECLARED, .severity = FND_WARNING } };
	struct fnd_result r = { .findings = f, .nfindings = 1 };

	(void)state;
	assert_reason(r, &sample_policy,
		      "Everything that was seen is declared, and no evidence was lost; 1 warning "
		      "follows.");
	r.nfindings = 2;
	assert_reason(r, &sample_policy,
		      "Everything that was seen is declared, and no evidence was lost; 1 warning "
		      "and 1 note "
		      "follow.");
	r.findings = &f[1];
	assert_reason(r, &sample_policy,
		      "Everything that was seen is declared, and no evidence was lost; 2 notes "
		      "follow.");
	r.nfindings = 1;
	assert_reason(r, &sample_policy,
		      "Everything that was seen is declared, and no evidence was lost; 1 note "
		      "follows.");
	r.findings = f;
	r.nfindings = 4;
	assert_reason(r, &sample_policy,
		      "Nothing that was seen violates the policy, and no evidence was lost; 2 "
		      "warnings and "
		      "2 notes follow.");
}

static void the_headline_says_what_the_policy_ignores(void **state)
{
	static const char *const kinds[FND_KINDS] = { "connections", "names", "listens", "executes",
						      "files",
						      "syscalls" };
	struct fnd_result r = { 0 };
	char want[160];

	(void)state;
	for (size_t i = 0; i < FND_KINDS; i++) {
		memset(r.ignored, 0, sizeof(r.ignored));
		r.ignored[i] = true;
		(void)snprintf(want, sizeof(want),
			       "Everything that was seen is declared, but for what the policy "
			       "ignores (%s), "
			       "and no evidence was lost.", kinds[i]);
		assert_reason(r, &sample_policy, want);
	}
	r.ignored[FND_NAMES] = true;
	assert_reason(r, &sample_policy,
		      "Everything that was seen is declared, but for what the policy ignores "
		      "(names, "
		      "syscalls), and no evidence was lost.");
}

static void a_run_that_was_cut_conforms_for_the_time_that_it_ran(void **state)
{
	const struct fnd_result r = { .verdict = FND_CONFORMS };
	struct run_info runs[] = { { .timed_out = true }, { .interrupted = true } };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(runs); i++) {
		const struct rpt_input in = { .run = &runs[i], .result = &r,
					      .policy = &sample_policy };
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		words_reason(&b, &in);
		assert_string_equal(b.data, "For the time that it ran: everything that was seen is "
					    "declared, and no evidence was lost.");
	}
}

static void a_run_in_which_things_went_wrong_conforms_under_its_scenario(void **state)
{
	const struct fnd_result r = { .verdict = FND_CONFORMS };
	static char offline[] = "offline", normal[] = "normal", later[] = "+30d";
	struct {
		struct run_info run;
		const char *says;
	} rows[] = {
		{ { .scenario = offline }, "Under the scenario offline: everything that was seen" },
		{ { .scenario = offline, .timed_out = true },
		  "Under the scenario offline, for the time that it ran: everything that" },
		{ { .scenario = normal }, "Everything that was seen is declared" },
		{ { .clock = later }, "With the clock +30d: everything that was seen" },
		{ { .scenario = offline, .clock = later, .interrupted = true },
		  "Under the scenario offline, with the clock +30d, for the time that it ran: e" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		const struct rpt_input in = { .run = &rows[i].run, .result = &r,
					      .policy = &sample_policy };
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		words_reason(&b, &in);
		assert_ptr_equal(strstr(b.data, rows[i].says), b.data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_has_a_title_that_names_the_facts),
		cmocka_unit_test(a_title_names_program_object_and_rule),
		cmocka_unit_test(what_was_done_to_a_file_is_said),
		cmocka_unit_test(the_verb_follows_the_outcome),
		cmocka_unit_test(acts_that_are_counted_together_have_no_question),
		cmocka_unit_test(what_is_declared_is_said_with_what_differs),
		cmocka_unit_test(a_verdict_says_why),
		cmocka_unit_test(the_headline_of_a_conforming_run_counts_what_is_below_it),
		cmocka_unit_test(the_headline_says_what_the_policy_ignores),
		cmocka_unit_test(a_run_in_which_things_went_wrong_conforms_under_its_scenario),
		cmocka_unit_test(a_run_that_was_cut_conforms_for_the_time_that_it_ran),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
