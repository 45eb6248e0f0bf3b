/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_lint.c - tests of what lint says of policies that can be read
 */
#include "tcbox/policy_lint.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

/* add_code() - "LINE code", without what no rule can be enforced in */
static void add_code(void *arg, const struct pol_problem *problem)
{
	static const char *const levels[] = { [POL_ERROR] = "error ", [POL_WARN] = "" };

	if (problem->level == POL_NOTE)
		return;
	tb_buf_addf(arg, "%u %s%s\n", problem->at.line, levels[problem->level], problem->code);
	assert_string_equal(problem->file, "p");
	assert_non_null(problem->text);
}

static void add_note(void *arg, const struct pol_problem *problem)
{
	if (problem->level == POL_NOTE)
		tb_buf_addf(arg, "%u %s\n", problem->at.line, problem->text);
}

static char *lint(const char *members, pol_problem_fn *fn)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	tb_buf_addf(&text, "{ \"tcbox_policy\": 1,\n%s }", members);
	if (pol_parse("p", text.data, text.len, &p, &err))
		fail_msg("%s", err.msg);
	tb_buf_adds(&out, "");
	assert_int_equal(pol_lint(p, fn, &out, &err), 0);
	pol_free(p);
	return tb_buf_take(&out);
}

static void assert_codes(const char *members, const char *want)
{
	TB_AUTOFREE char *got = lint(members, add_code);

	assert_string_equal(got ? got : "", want);
}

#define CONNS(...) "\"connections\": [\n" __VA_ARGS__ "]"
#define RULE(id, rest) "{ \"id\": \"" id "\", " rest " }"
#define WEB "\"protocol\": \"tcp\", \"ports\": [443]"

static void equal_rules_for_the_same_act_are_a_tie(void **state)
{
	(void)state;
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"x.example\", \"y.example\"]") ",\n"
			   RULE("b", WEB ", \"to\": [\"y.example\", \"z.example\"]")),
		     "4 error tie\n");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"*.x.example\", \"y.example\"]") ",\n"
			   RULE("b", WEB ", \"to\": [\"*.z.example\", \"a.x.example\"]")),
		     "4 error tie\n");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"10.0.0.0/16\", \"10.2.0.0/17\"]") ",\n"
			   RULE("b", WEB ", \"to\": [\"10.1.0.0/16\", \"10.2.0.0/16\"]")),
		     "4 error tie\n");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"x.example\"], \"process\": \"/a/*b\"") ",\n"
			   RULE("b", WEB ", \"to\": [\"x.example\"], \"process\": \"/a/b*\"")),
		     "4 error tie\n");
	assert_codes("\"listens\": [\n" RULE("a", "\"ports\": [1, 2]") ",\n"
		     RULE("b", "\"ports\": [2, 3]") "]", "4 error tie\n");
}

static void rules_that_differ_in_what_they_agree_with_are_none(void **state)
{
	(void)state;
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"x.example\"]") ",\n"
			   RULE("b", WEB ", \"to\": [\"y.example\"]") ",\n"
			   RULE("c", "\"protocol\": \"tcp\", \"ports\": [80], "
				     "\"to\": [\"x.example\"]") ",\n"
			   RULE("d", "\"protocol\": \"udp\", \"ports\": [443], "
				     "\"to\": [\"x.example\"]") ",\n"
			   RULE("e", WEB ", \"to\": [\"*.x.example\"]") ",\n"
			   RULE("f", WEB ", \"to\": [\"*.y.example\"]") ",\n"
			   RULE("g", WEB ", \"to\": [\"192.0.2.0/25\"]") ",\n"
			   RULE("h", WEB ", \"to\": [\"192.0.2.128/25\"]") ",\n"
			   RULE("i", WEB ", \"to\": [\"192.0.2.1\"]")), "");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"x.example\"], \"process\": \"/a/b\"") ",\n"
			   RULE("b", WEB ", \"to\": [\"x.example\"], \"process\": \"/a/c\"")), "");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"x.example\"], \"application\": \"tls\"")
			   ",\n"
			   RULE("b", WEB ", \"to\": [\"x.example\"], \"application\": \"ssh\"")),
		     "");
	assert_codes("\"listens\": [\n" RULE("a", "\"ports\": [1]") ",\n"
		     RULE("b", "\"ports\": [2]") ",\n"
		     RULE("c", "\"ports\": [1], \"on\": \"loopback\"") "]", "");
}

static void what_another_rule_declares_already_is_shadowed(void **state)
{
	(void)state;
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"x.example\", \"y.example\"]") ",\n"
			   RULE("b", WEB ", \"to\": [\"y.example\"]")), "4 shadowed\n");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"y.example\"]") ",\n"
			   RULE("b", WEB ", \"to\": [\"x.example\", \"y.example\"]")),
		     "4 error tie\n");
	assert_codes("\"listens\": [\n" RULE("a", "\"ports\": [1]") ",\n"
		     RULE("b", "\"ports\": [1]") "]", "4 shadowed\n");
	assert_codes("\"names\": [\"*.x.example\",\n\"a.x.example\",\n\"b.example\",\n"
		     "\"b.example\"]", "3 shadowed\n5 shadowed\n");
	assert_codes("\"executes\": [\"/usr/**\",\n\"/usr/bin/*\",\n\"/bin/sh\"]",
		     "3 shadowed\n");
	assert_codes("\"files\": { \"write\": [\"/a/*\",\n\"/a/b/*\",\n\"/a/b\"],\n"
		     "\"read\": [\"/a/**\",\n\"/a/b\"] }", "4 shadowed\n6 shadowed\n");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"*.x.example\"]"))
		     ",\n\"names\": [\"a.x.example\",\n\"x.example\"]", "4 shadowed\n");
}

static void what_never_comes_together_is_told(void **state)
{
	(void)state;
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"x.example\"], \"application\": \"quic\"")),
		     "3 never\n");
	assert_codes(CONNS(RULE("a", "\"protocol\": \"udp\", \"ports\": [22], "
				     "\"to\": [\"x.example\"], \"application\": \"ssh\"")),
		     "3 never\n");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"x.example\"], \"application\": \"http\", "
				     "\"tls\": { \"min_version\": \"1.2\" }")), "3 never\n");
	assert_codes(CONNS(RULE("a", "\"protocol\": \"icmp\", \"to\": [\"x.example\"], "
				     "\"tls\": { \"min_version\": \"1.2\" }")), "3 never\n");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"224.0.0.1\", \"ff02::1\"]")),
		     "3 never\n");
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"224.0.0.1\", \"x.example\"]")), "");
}

static void what_changes_no_verdict_is_told(void **state)
{
	(void)state;
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"x.example\"], \"required\": true") ",\n"
			   RULE("b", WEB ", \"to\": [\"y.example\"]")) ",\n"
		     "\"names\": [\"z.example\"],\n\"executes\": [\"/a\"],\n"
		     "\"files\": { \"write\": [\"/b\"] },\n"
		     "\"listens\": [" RULE("c", "\"ports\": [1]") "],\n"
		     "\"undeclared\": { \"connections\": \"ignore\", \"names\": \"ignore\", "
		     "\"executes\": \"ignore\", \"files\": \"ignore\", \"listens\": \"ignore\" }",
		     "4 no-effect\n5 no-effect\n6 no-effect\n7 no-effect\n8 no-effect\n");
}

static void a_limit_that_another_one_covers_is_told(void **state)
{
	static const struct { const char *limits, *want; } rows[] = {
		{ "\"requests\": 5, \"each_connection\": { \"requests\": 10 }", "3 unreached-limit\n" },
		{ "\"requests\": 5, \"each_connection\": { \"requests\": 5 }", "3 unreached-limit\n" },
		{ "\"requests\": 5, \"each_connection\": { \"requests\": 4 }", "" },
		{ "\"requests\": 5, \"each_connection\": { \"bytes_in\": 10 }", "" },
		{ "\"bytes_in\": \"1KiB\", \"each_destination\": { \"bytes_in\": 1025 }",
		  "3 unreached-limit\n" },
		{ "\"each_destination\": { \"bytes_out\": 9 }, \"each_connection\": { \"bytes_out\": 9 }",
		  "3 unreached-limit\n" },
		{ "\"connections\": 5, \"rates\": [{ \"every\": \"1h\", \"connections\": 6 }]",
		  "3 unreached-limit\n" },
		{ "\"connections\": 5, \"rates\": [{ \"every\": \"1h\", \"connections\": 4 }]", "" },
		{ "\"rates\": [{ \"every\": \"1h\", \"requests\": 3 }, { \"every\": \"60m\", \"requests\": 9 }]",
		  "3 unreached-limit\n" },
		{ "\"rates\": [{ \"every\": \"1h\", \"requests\": 3 }, { \"every\": \"60m\", \"requests\": 3 }]",
		  "3 unreached-limit\n" },
		{ "\"rates\": [{ \"every\": \"1m\", \"requests\": 9 }, { \"every\": \"1h\", \"requests\": 9 }]",
		  "3 unreached-limit\n" },
		{ "\"rates\": [{ \"every\": \"1m\", \"requests\": 3 }, { \"every\": \"1h\", \"requests\": 9 }]", "" },
		{ "\"rates\": [{ \"every\": \"1m\", \"requests\": 9 }, { \"every\": \"1h\", \"connections\": 9 }]",
		  "" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

		tb_buf_addf(&text, "\"connections\": [\n{ \"id\": \"a\", \"to\": [\"x.example\"], " WEB
			    ", \"limits\": { %s } }]", rows[i].limits);
		assert_codes(text.data, rows[i].want);
	}
}

static void what_is_too_wide_is_told(void **state)
{
	(void)state;
	assert_codes(CONNS(RULE("a", "\"protocol\": \"tcp\"") ",\n"
			   RULE("b", "\"protocol\": \"icmp\", \"to\": [\"*\"]") ",\n"
			   RULE("c", WEB ", \"to\": [\"11.0.0.0/8\",\n\"192.0.0.0/9\",\n"
				     "\"2001:db8::/32\"]") ",\n"
			   RULE("d", WEB ", \"to\": [\"*.co.uk\",\n\"*.github.io\",\n"
				     "\"*.acme.co.uk\",\n\"*.example\"]") ",\n"
			   RULE("e", "\"to\": [\"e.example\"], \"ports\": [\"1-65535\"]")),
		     "3 any-destination\n3 any-port\n4 any-destination\n5 wide-network\n"
		     "7 wide-network\n8 public-suffix\n9 public-suffix\n12 any-port\n");
	/* RFC 8520's network of the site */
	assert_codes(CONNS(RULE("a", WEB ", \"to\": [\"10.0.0.0/8\", \"127.0.0.0/8\",\n"
				     "\"fc00::/7\", \"fd00::/8\", \"fe80::/10\",\n"
				     "\"fe00::/9\",\n\"fc00::/6\",\n\"8.0.0.0/7\"]")),
		     "5 wide-network\n6 wide-network\n7 wide-network\n");
	assert_codes("\"names\": [\"*\"],\n\"executes\": [\"/**\"],\n"
		     "\"files\": { \"write\": [\"**\"] }",
		     "2 any-destination\n3 any-path\n4 any-path\n");
	assert_codes("\"names\": [\"*.com\",\n\"www*.org\",\n\"com\"]",
		     "2 public-suffix\n3 public-suffix\n");
}

static void calls_of_other_architectures_are_told_and_say_nothing(void **state)
{
	(void)state;
	assert_codes("\"syscalls\": { \"allow\": [\"read\",\n\"socketcall\"],\n"
		     "\"deny\": [\"waitpid\"] }", "3 foreign-call\n4 foreign-call\n");
}

static void what_is_defined_and_not_used_is_told(void **state)
{
	(void)state;
	assert_codes("\"variables\": { \"a\": \"/x\",\n\"b\": \"/y\" },\n"
		     "\"groups\": { \"destinations\": { \"c\": [\"c.example\"],\n"
		     "\"d\": [\"d.example\"] } },\n"
		     CONNS(RULE("r", WEB ", \"to\": [\"@d\"]")) ", \"executes\": [\"${b}\"]",
		     "2 unused\n4 unused\n");
}

static void rules_of_other_phases_are_taken_away(void **state)
{
	static const char text[] =
		"{ \"tcbox_policy\": 1, "
		CONNS(RULE("a", WEB ", \"phases\": [\"install\", \"update\"]") ",\n"
		      RULE("b", WEB ", \"phases\": [\"use\"]") "," RULE("c", WEB)) ","
		"\"listens\": [" RULE("d", "\"ports\": [1], \"phases\": [\"start\"]") "] }";
	static const struct { const char *phase; size_t conns, listens; } rows[] = {
		{ NULL, 3, 1 }, { "install", 2, 0 }, { "update", 2, 0 }, { "use", 2, 0 },
		{ "start", 1, 1 },
	};
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		assert_int_equal(pol_parse("p", text, strlen(text), &p, &err), 0);
		assert_int_equal(pol_end(p, 0, rows[i].phase, &err), 0);
		assert_int_equal(p->nconns, rows[i].conns);
		assert_int_equal(p->nlistens, rows[i].listens);
		assert_int_equal(p->nended, 3 - rows[i].conns);
		assert_int_equal(p->nended_listens, 1 - rows[i].listens);
		pol_free(p);
	}
	assert_true(pol_phase_ok("install") && pol_phase_ok("use"));
	assert_false(pol_phase_ok("later") || pol_phase_ok(""));
}

#define TO_X WEB ", \"to\": [\"x.example\"]"

static void rules_of_different_phases_do_not_tie(void **state)
{
	(void)state;
	assert_codes(CONNS(RULE("a", TO_X ", \"phases\": [\"install\", \"update\"]") ",\n"
			   RULE("b", TO_X ", \"phases\": [\"use\"]") ",\n" RULE("c", TO_X)), "");
	assert_codes(CONNS(RULE("a", TO_X ", \"phases\": [\"install\", \"update\"]") ",\n"
			   RULE("b", TO_X ", \"phases\": [\"update\"]")), "4 shadowed\n");
	assert_codes(CONNS(RULE("a", TO_X ", \"phases\": [\"install\"]") ",\n"
			   RULE("b", TO_X ", \"phases\": [\"install\", \"update\"]")),
		     "4 error tie\n");
}

static void a_wildcard_in_a_value_that_is_a_part_of_a_word_is_told(void **state)
{
	(void)state;
	assert_codes("\"variables\": { \"v\": \"4*\", \"d\": \"/srv/*\", \"n\": \"*.n.example\" },\n"
		     "\"executes\": [\"/opt/a-${v}/x\",\n\"${d}/x\"], \"names\": [\"${n}\"]",
		     "3 wild-value\n");
	assert_codes("\"variables\": { \"v\": \"4\\\\*\", \"w\": [\"a\", \"[bc]\"], \"n\": \"*.n\" },\n"
		     "\"executes\": [\"/opt/a-${v}/x\",\n\"/opt/${w}\",\n\"/opt/${w}s\"], "
		     "\"names\": [\"${n}.example\"]",
		     "5 wild-value\n");
	assert_codes("\"product\": { \"version\": \"1.?\" }, \"variables\": { \"n\": \"*\" },\n"
		     "\"executes\": [\"/opt/a-${version}\"],\n\"names\": [\"www${n}.a.example\"]",
		     "3 wild-value\n4 wild-value\n");
}

static void rules_whose_last_day_is_over_are_taken_away(void **state)
{
	static const char text[] =
		"{ \"tcbox_policy\": 1, " CONNS(RULE("a", WEB ", \"to\": [\"*.x.example\"], "
						  "\"until\": \"2026-11-29\"") ",\n"
			RULE("b", WEB ", \"to\": [\"x.example\"], \"until\": \"2026-11-30\"")) ","
		"\"listens\": [" RULE("c", "\"ports\": [1], \"until\": \"2026-11-29\"") "] }";
	const int64_t now = INT64_C(1796083199) * 1000000000;	/* 2026-11-30 23:59:59 */
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	(void)state;
	assert_int_equal(pol_parse("p", text, strlen(text), &p, &err), 0);
	assert_int_equal(pol_end(p, now, NULL, &err), 0);
	assert_int_equal(p->nconns, 1);
	assert_string_equal(p->conns[0].id, "b");
	assert_int_equal(p->conns[0].rank, 0);
	assert_int_equal(p->nended, 1);
	assert_string_equal(p->ended[0].id, "a");
	assert_int_equal(p->nlistens, 0);
	assert_int_equal(p->nended_listens, 1);
	assert_string_equal(p->ended_listens[0].id, "c");
	assert_int_equal(pol_lint(p, add_code, &out, &err), 0);
	assert_string_equal(out.data, "2 ended\n3 ended\n");
	assert_int_equal(pol_end(p, now + 1000000000, NULL, &err), 0);
	assert_int_equal(p->nconns, 0);
	pol_free(p);
}

static void what_cannot_be_enforced_is_a_note(void **state)
{
	TB_AUTOFREE char *got = lint(
		CONNS(RULE("a", WEB ", \"to\": [\"x.example\"], \"process\": \"/a\", "
				"\"limits\": { \"connections\": 1 }") ",\n"
		      RULE("b", WEB ", \"to\": [\"y.example\"]")) ",\n\"names\": [\"n.example\"]",
		add_note);

	(void)state;
	assert_string_equal(got, "3 run --enforce cannot hold what \"a\" says of \"process\", "
				 "\"limits\"\n");
}

static void a_large_policy_is_compared_up_to_a_bound(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	TB_AUTOFREE char *got = NULL;

	(void)state;
	tb_buf_adds(&text, "\"connections\": [\n");
	for (size_t i = 0; i < 3200; i++)
		tb_buf_addf(&text, "%s{ \"id\": \"r%zu\", \"to\": [\"*.h%zu.example\"], " WEB " }",
			    i ? ", " : "", i, i);
	tb_buf_adds(&text, "]");
	got = lint(text.data, add_code);
	assert_string_equal(got, "1 not-compared\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_rules_for_the_same_act_are_a_tie),
		cmocka_unit_test(rules_that_differ_in_what_they_agree_with_are_none),
		cmocka_unit_test(what_another_rule_declares_already_is_shadowed),
		cmocka_unit_test(what_never_comes_together_is_told),
		cmocka_unit_test(what_changes_no_verdict_is_told),
		cmocka_unit_test(a_limit_that_another_one_covers_is_told),
		cmocka_unit_test(what_is_too_wide_is_told),
		cmocka_unit_test(calls_of_other_architectures_are_told_and_say_nothing),
		cmocka_unit_test(what_is_defined_and_not_used_is_told),
		cmocka_unit_test(rules_of_other_phases_are_taken_away),
		cmocka_unit_test(rules_of_different_phases_do_not_tie),
		cmocka_unit_test(a_wildcard_in_a_value_that_is_a_part_of_a_word_is_told),
		cmocka_unit_test(rules_whose_last_day_is_over_are_taken_away),
		cmocka_unit_test(what_cannot_be_enforced_is_a_note),
		cmocka_unit_test(a_large_policy_is_compared_up_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
