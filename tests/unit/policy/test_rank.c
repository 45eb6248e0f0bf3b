/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_rank.c - tests of policy/rank.c: of rules that agree the most specific counts
 */
#include "policy/match.h"
#include "policy/rank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "{ \"tcbox_policy\": 1, \"connections\": ["
#define TWO(a, b) HEAD "{ \"id\": \"one\", " a " }, { \"id\": \"two\", " b " } ] }"

/* counts() - which of two rules counts, whichever stands first: both orders are tried. Return: its
 * id; "the first": neither says more */
static const char *counts(const char *a, const char *b)
{
	const char *texts[2] = { a, b };
	bool first[2];
	struct tb_err err;
	struct pol *p;

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pol_parse("p", texts[i], strlen(texts[i]), &p, &err), 0);
		first[i] = p->conns[0].rank < p->conns[1].rank;
		assert_true(p->conns[0].rank != p->conns[1].rank);
		pol_free(p);
	}
	if (first[0] == first[1])
		return first[0] ? "the first" : "the second";
	return first[0] ? "one" : "two";
}

#define COUNTS(a, b) counts(TWO(a, b), TWO(b, a))

static void names_and_addresses_before_globs_before_networks_before_any(void **state)
{
	(void)state;
	assert_string_equal(COUNTS("\"to\": [\"a.example\"]",
				   "\"to\": [\"*.example\"]"),
			    "one");
	assert_string_equal(COUNTS("\"to\": [\"192.0.2.1\"]",
				   "\"to\": [\"192.0.2.0/24\"]"),
			    "one");
	assert_string_equal(COUNTS("\"to\": [\"2001:db8::1\"]",
				   "\"to\": [\"2001:db8::/32\"]"),
			    "one");
	assert_string_equal(COUNTS("\"to\": [\"*.b.example\"]",
				   "\"to\": [\"*.example\"]"),
			    "one");
	assert_string_equal(COUNTS("\"to\": [\"*.example\"]",
				   "\"to\": [\"192.0.2.0/24\"]"),
			    "one");
	assert_string_equal(COUNTS("\"to\": [\"192.0.2.0/25\"]",
				   "\"to\": [\"192.0.2.0/24\"]"),
			    "one");
	assert_string_equal(COUNTS("\"to\": [\"192.0.2.0/24\"]", "\"protocol\": \"tcp\""), "one");
	assert_string_equal(COUNTS("\"to\": [\"*\"]", "\"protocol\": \"tcp\""), "two");
	assert_string_equal(COUNTS("\"to\": [\"*\"]", "\"to\": [\"0.0.0.0/0\"]"), "the first");
}

static void a_rule_is_as_wide_as_its_widest_destination(void **state)
{
	(void)state;
	assert_string_equal(COUNTS("\"to\": [\"a.example\", \"*.example\"]",
				   "\"to\": [\"a.example\", \"b.example\"]"), "two");
	assert_string_equal(COUNTS("\"to\": [\"a.example\", \"0.0.0.0/0\"]",
				   "\"to\": [\"*.example\"]"), "two");
}

static void then_the_program_then_the_ports_then_the_rest(void **state)
{
	(void)state;
	assert_string_equal(COUNTS("\"process\": \"/opt/a\"", "\"process\": \"/opt/*\""), "one");
	assert_string_equal(COUNTS("\"process\": \"/opt/a/*\"", "\"process\": \"/opt/**\""), "one");
	assert_string_equal(COUNTS("\"process\": \"**\"", "\"ports\": [443]"), "one");
	assert_string_equal(COUNTS("\"to\": [\"a.example\"]", "\"process\": \"/opt/a\""), "one");
	assert_string_equal(COUNTS("\"ports\": [443]", "\"ports\": [80, 443]"), "one");
	assert_string_equal(COUNTS("\"ports\": [\"1-65535\"]", "\"protocol\": \"tcp\""), "two");
	assert_string_equal(COUNTS("\"ports\": [443]", "\"protocol\": \"tcp\""), "one");
	assert_string_equal(COUNTS("\"protocol\": \"tcp\"", "\"application\": \"tls\""), "one");
	assert_string_equal(COUNTS("\"application\": \"tls\"",
				   "\"tls\": { \"min_version\": \"1.2\" }"),
			    "one");
	assert_string_equal(COUNTS("\"ports\": [443]", "\"ports\": [80]"), "the first");
}

static void listen_rules_on_loopback_count_first(void **state)
{
	static const char text[] =
		"{ \"tcbox_policy\": 1, \"listens\": [ { \"id\": \"any\", \"ports\": [80] },"
		" { \"id\": \"own\", \"on\": \"loopback\", \"protocol\": \"tcp\" },"
		" { \"id\": \"who\", \"process\": \"/opt/a\" } ] }";
	struct tb_err err;
	struct pol *p;

	(void)state;
	assert_int_equal(pol_parse("p", text, strlen(text), &p, &err), 0);
	assert_int_equal(p->listens[1].rank, 0);
	assert_int_equal(p->listens[2].rank, 1);
	assert_int_equal(p->listens[0].rank, 2);
	assert_true(rank_equal_listen(&p->listens[0], &p->listens[0]));
	assert_false(rank_equal_listen(&p->listens[0], &p->listens[1]));
	pol_free(p);
}

static void what_counts_is_found_whatever_the_order(void **state)
{
	static const char text[] = TWO("\"to\": [\"*.example\"], \"limits\": { \"connections\": 1 }",
				       "\"to\": [\"a.example\"], \"ports\": [443]");
	const char *name = "a.example";
	struct ev_addr remote = { .family = AF_INET, .ip = { 192, 0, 2, 1 }, .port = 443 };
	struct match_flow f = { .names = &name, .nnames = 1, .remote = &remote, .proto = "tcp" };
	struct match_index *m;
	struct match found;
	struct tb_err err;
	struct pol *p;

	(void)state;
	assert_int_equal(pol_parse("p", text, strlen(text), &p, &err), 0);
	m = match_index_conns(p);
	assert_non_null(m);
	assert_true(match_find(m, &f, &found));
	assert_int_equal(found.rule, 1);
	assert_int_equal(match_find_name(m, name), 1);
	remote.port = 80;
	assert_true(match_find(m, &f, &found));
	assert_int_equal(found.rule, 0);
	match_index_free(m);
	pol_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_addresses_before_globs_before_networks_before_any),
		cmocka_unit_test(a_rule_is_as_wide_as_its_widest_destination),
		cmocka_unit_test(then_the_program_then_the_ports_then_the_rest),
		cmocka_unit_test(listen_rules_on_loopback_count_first),
		cmocka_unit_test(what_counts_is_found_whatever_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
