/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rare.c - tests of what the report says of things that the run of sample.h does not have
 */
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define ADDR(a, b, c, d) { .family = AF_INET, .ip = { a, b, c, d } }

static const struct ev_addr many_addrs[] = {
	ADDR(198, 18, 0, 1), ADDR(198, 18, 0, 2), ADDR(198, 18, 0, 3), ADDR(198, 18, 0, 4),
	ADDR(198, 18, 0, 5), ADDR(198, 18, 0, 6),
}, one_group = ADDR(224, 0, 0, 251), outside = ADDR(198, 18, 0, 99);

/* Each kind of destination that there is. */
static const struct fact_dest dests[] = {
	{ .addrs = &one_group, .naddrs = 1, .proto = "ip-2", .group = true, .count = 2, .pkts = 2,
	  .stand = FND_DECLARED, .owner = { "/bin/a", 2, 3, 1 } },
	{ .addrs = &outside, .naddrs = 1, .port = 8080, .proto = "tcp", .inbound = true,
	  .count = 1, .app = "http", .content = FACT_CLEAR, .bytes_in = 10, .stand = FND_BROKEN, .rule = "in",
	  .owner = { "/bin/a", 2, 3, 1 } },
	{ .addrs = &outside, .naddrs = 1, .proto = "icmp", .inbound = true, .count = 1 },
	{ .host = "a.example", .addrs = many_addrs, .naddrs = 6, .port = 443, .proto = "tcp",
	  .state = "refused", .count = 6, .stand = FND_IGNORED, .owner = { "/bin/b", 4, 5, 2 } },
	{ .host = "b.example", .addrs = many_addrs, .naddrs = 4, .addrs_left_out = true,
	  .port = 443, .proto = "udp", .tls_version = "1.3", .ech = true, .sni = "cover.example", .app = "quic",
	  .content = FACT_ENCRYPTED, .count = 99, .unfinished = 99, .bytes_out = 7,
	  .stand = FND_NOT_COMPARED, .owner = { "/bin/b", 4, 5, 2 } },
	{ .host = "c.example", .addrs = many_addrs, .naddrs = 5, .port = 53, .proto = "udp",
	  .app = "dns", .content = FACT_CLEAR, .count = 2, .unfinished = 1, .state = "timeout",
	  .stand = FND_DECLARED, .rule = "a-rule-with-a-very-long-name-that-does-not-fit-its-column",
	  .owner = { "/bin/b", 4, 5, 3 } },
	{ .addrs = many_addrs, .naddrs = 1, .port = 9, .proto = "tcp", .count = 1,
	  .stand = FND_UNDECLARED },
};

enum { DIRS = 40, GENERATIONS = 12 };
static char paths[DIRS][40], exes[GENERATIONS][16];
static struct fact_file files[DIRS];
static struct fnd_proc procs[GENERATIONS];
static struct fnd_detail seen[] = { TEXT(PATH, "/bin/x") };
static struct fnd findings[] = {
	{ .id = ID("1"), .code = FND_EXEC_UNDECLARED, .severity = FND_VIOLATION,
	  .basis = FND_SEEN, .program = S("/bin/p11"), .object = S("/bin/x"),
	  .seen = { { .details = DETAILS(seen) } }, .nseen = 1, .proc = GENERATIONS, .count = 1 },
	{ .id = ID("2"), .code = FND_EVIDENCE_LOST, .severity = FND_WARNING,
	  .basis = FND_NOT_OBSERVABLE, .object = S("packets"), .count = 1 },
};
static struct fact_program program = {
	.path = "/bin/p0", .parent = SIZE_MAX, .proc = 1, .count = 1,
};
static struct facts facts;
static struct fnd_result result;
static struct run_info run;
static struct rpt_input in;

static int set_up(void **state)
{
	(void)state;
	/* too many directories: they are told by those above */
	for (size_t i = 0; i < DIRS; i++) {
		(void)snprintf(paths[i], sizeof(paths[i]), "/srv/%zu/d%02zu/%s", i / 20, i,
			       i % 2 ? "log/x" : "y");
		files[i] = (struct fact_file){
			.path = paths[i], .dir = (size_t)(strrchr(paths[i], '/') - paths[i]) + 1,
			.op = "create", .left = FACT_LEFT_CREATED, .type = "file",
			.program = "/bin/p0", .programs = 1 + (i == 7), .count = 1,
		};
	}
	for (size_t i = 0; i < GENERATIONS; i++) {
		(void)snprintf(exes[i], sizeof(exes[i]), "/bin/p%zu", i);
		procs[i] = (struct fnd_proc){ .id = i + 1, .pid = (int64_t)i + 100, .parent = i,
					      .exe = exes[i], .cmdline = exes[i] };
	}
	facts = (struct facts){
		.dests = dests, .ndests = TB_ARRAY_SIZE(dests), .files = files, .nfiles = DIRS,
		.programs = &program, .nprograms = 1, .disk_listed = true,
	};
	result = (struct fnd_result){
		.verdict = FND_VIOLATES, .findings = findings, .nfindings = 2, .procs = procs,
		.nprocs = GENERATIONS,
	};
	run = sample_run;
	run.exit_code = 3;		/* the report doubts that the test was good */
	in = (struct rpt_input){
		.run = &run, .result = &result, .facts = &facts, .policy = &sample_policy,
		.policy_path = "other.json", .policy_sha256 = SHA_C, .bundle = "b",
	};
	return 0;
}

static void they_are_told_as_expected(void **state)
{
	const struct rpt_style style = { .width = 100 };
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT, markdown = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	assert_int_equal(rpt_text(&in, &style, &text, &err), 0);
	assert_true(matches("rare-100.txt", &text));
	assert_int_equal(rpt_markdown(&in, &markdown, &err), 0);
	assert_true(matches("rare.md", &markdown));
}

static void a_letter_without_questions_says_so(void **state)
{
	static struct review_decision confirmed[] = {
		{ .id = ID("1"), .word = REVIEW_CONFIRMED, .reviewer = "ann" },
	}, asked[] = {
		{ .id = ID("1"), .word = REVIEW_QUESTION, .reviewer = "ann",
		  .reason = "since when?" },
	};
	struct review review = { .v = confirmed, .n = 1 };
	TB_AUTOBUF struct tb_buf none = TB_BUF_INIT, one = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	in.review = &review;
	assert_int_equal(rpt_questions(&in, &none, &err), 0);
	assert_non_null(strstr(none.data, "None."));
	assert_null(strstr(none.data, "/bin/x"));
	review.v = asked;
	assert_int_equal(rpt_questions(&in, &one, &err), 0);
	assert_null(strstr(one.data, "None."));
	assert_non_null(strstr(one.data, "/bin/x"));
	assert_non_null(strstr(one.data, "since when?"));
}

static void a_letter_says_why_there_may_be_no_question(void **state)
{
	const struct fnd_result r = { .verdict = FND_INCONCLUSIVE };
	struct rpt_input bare = in;
	struct run_info cut = *in.run;
	TB_AUTOBUF struct tb_buf unjudged = TB_BUF_INIT, timed_out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct fnd_result fine = r;

	(void)state;
	bare.review = NULL;
	bare.result = &r;
	bare.policy = NULL;
	assert_int_equal(rpt_questions(&bare, &unjudged, &err), 0);
	assert_non_null(strstr(unjudged.data,
			       "None. No policy was given, so nothing was compared."));
	bare = in;
	fine.verdict = FND_CONFORMS;
	cut.timed_out = true;
	bare.review = NULL;
	bare.result = &fine;
	bare.run = &cut;
	assert_int_equal(rpt_questions(&bare, &timed_out, &err), 0);
	assert_non_null(strstr(timed_out.data, "None. For the time that it ran: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(they_are_told_as_expected, set_up),
		cmocka_unit_test_setup(a_letter_without_questions_says_so, set_up),
		cmocka_unit_test_setup(a_letter_says_why_there_may_be_no_question, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
