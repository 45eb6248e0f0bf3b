/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_plan.c - tests of the acts that are planned for a policy
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/own.h"
#include "tcbox/try.h"

static struct try_acts acts;

static void plan(const char *members)
{
	static const struct try_place place = { .program = "/usr/bin/tcbox", .dir = "/srv/try" };
	struct tb_err err = { 0 };
	struct pol *p;
	char text[2048];
	int n = snprintf(text, sizeof(text), "{'tcbox_policy':1%s%s}", *members ? "," : "", members);

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (pol_parse("policy", text, (size_t)n, &p, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(try_plan(p, &place, &acts, &err), 0);
	pol_free(p);
}

static int forget(void **state)
{
	(void)state;
	try_clear(&acts);
	return 0;
}

/* find() - the first act of a kind for a rule, NULL for none */
static const struct try_act *find(enum try_kind kind, const char *rule, bool declared)
{
	for (size_t i = 0; i < acts.n; i++) {
		const struct try_act *a = &acts.v[i];

		if (a->kind == kind && a->declared == declared && !a->rule == !rule &&
		    (!rule || !strcmp(a->rule, rule)))
			return a;
	}
	return NULL;
}

static void each_kind_of_act_is_planned(void **state)
{
	(void)state;
	plan("'syscalls':{'allow':['@basic-io']}");
	for (int kind = 0; kind < TRY_KINDS; kind++) {
		const struct try_act *a = find((enum try_kind)kind, NULL, false);

		if (kind == TRY_DENIED)
			continue;	/* is that of a rule */
		if (!a || !a->target)
			fail_msg("%s is not planned", try_kind_name((enum try_kind)kind));
	}
}

static void what_is_all_declared_is_not_planned(void **state)
{
	(void)state;
	plan("'connections':[{'id':'any','protocol':'tcp'}],'names':['*'],"
	     "'listens':[{'id':'all','ports':['1-65535']}],'executes':['**'],"
	     "'files':{'write':['**']}");
	assert_null(find(TRY_CONNECT, NULL, false)->target);
	assert_null(find(TRY_LOOKUP, NULL, false)->target);
	assert_null(find(TRY_EXEC, NULL, false)->target);
	assert_null(find(TRY_CREATE, NULL, false)->target);
	assert_non_null(find(TRY_CREATE, NULL, false)->why);
	/* of another protocol nothing was declared */
	assert_non_null(find(TRY_DATAGRAM, NULL, false)->target);
}

static void a_rule_gets_its_act_and_its_neighbour(void **state)
{
	const struct try_act *a;

	(void)state;
	plan("'connections':[{'id':'up','to':['*.up.example'],'protocol':'tcp','ports':['443-445']}],"
	     "'names':['*.acme.example'],'listens':[{'id':'ui','ports':[8080],'on':'loopback'}]");
	a = find(TRY_CONNECT, "up", true);
	assert_string_equal(a->target, "tcbox-try.up.example");
	assert_int_equal(a->port, 443);
	assert_int_equal(find(TRY_CONNECT, "up", false)->port, 446);
	assert_string_equal(find(TRY_LOOKUP, "*.acme.example", true)->target,
			    "tcbox-try.acme.example");
	assert_string_equal(find(TRY_LOOKUP, "*.acme.example", false)->target, "acme.example");
	assert_string_equal(find(TRY_LISTEN, "ui", true)->target, "127.0.0.1");
	assert_int_equal(find(TRY_LISTEN, "ui", false)->port, 8081);
}

static void another_program_or_application_is_not_what_a_rule_declares(void **state)
{
	(void)state;
	plan("'connections':[{'id':'other','process':'/opt/acme/**','to':['10.0.0.0/8']},"
	     "{'id':'tls','to':['a.example'],'application':'tls'},"
	     "{'id':'old','to':['b.example'],'tls':{'min_version':'1.2'}},"
	     "{'id':'ours','process':'/usr/bin/*','to':['2001:db8:1::/48']}]");
	assert_string_equal(find(TRY_CONNECT, "other", false)->target, "10.0.0.1");
	assert_null(find(TRY_CONNECT, "other", true));
	assert_null(find(TRY_CONNECT, "tls", true));
	assert_null(find(TRY_CONNECT, "old", true));
	assert_string_equal(find(TRY_CONNECT6, "ours", true)->target, "2001:db8:1::1");
}

static void a_rule_that_declares_requests_gets_one_and_one_beside_it(void **state)
{
	static const struct { const char *http, *right, *beside; } rows[] = {
		{ "'methods':['POST'],'paths':['/v1/*/x\\\\*','/v2']", "POST /v1/tcbox-try/x*",
		  "POST /tcbox-try-beside" },
		{ "'methods':['CONNECT','PUT']", "PUT /", NULL },
		{ "'paths':['/**']", "GET /tcbox-try", NULL },
		{ "'paths':['/[a-c]','/b']", "GET /b", "GET /tcbox-try-beside" },
		{ "'methods':['CONNECT']", NULL, NULL },
	};
	const struct try_act *right, *beside;
	char text[512];

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		(void)snprintf(text, sizeof(text), "'connections':[{'id':'r','to':['u.example'],"
			       "'ports':[80],'http':{%s}}]", rows[i].http);
		plan(text);
		right = find(TRY_CONNECT, "r", true);
		beside = find(TRY_CONNECT, "r", false);
		assert_int_equal(right != NULL, rows[i].right != NULL);
		if (right)
			assert_string_equal(try_request(right), rows[i].right);
		assert_non_null(beside);
		if (rows[i].beside)
			assert_string_equal(try_request(beside), rows[i].beside);
		else
			assert_null(try_request(beside));	/* the next port; or why not */
		(void)forget(state);
	}
}

static void requests_of_another_program_are_no_act_that_is_declared(void **state)
{
	const struct try_act *a;

	(void)state;
	plan("'connections':[{'id':'r','process':'/usr/bin/curl','to':['u.example'],'ports':[80],"
	     "'protocol':'tcp','http':{'paths':['/x']}},"
	     "{'id':'tls','to':['t.example'],'protocol':'tcp','application':'tls'}]");
	assert_null(find(TRY_CONNECT, "r", true));
	a = find(TRY_CONNECT, "r", false);
	assert_null(try_request(a));
	assert_non_null(strstr(a->why, "another program"));
	assert_non_null(strstr(find(TRY_CONNECT, "tls", false)->why, "declares to be said"));
}

static void any_rule_that_agrees_declares_a_request(void **state)
{
	(void)state;
	plan("'connections':[{'id':'h','to':['u.example'],'ports':[443],'protocol':'tcp',"
	     "'http':{'paths':['/v1']}},"
	     "{'id':'e1','to':['u.example'],'ports':[443],'protocol':'tcp'},"
	     "{'id':'host','to':['v.example'],'http':{'hosts':['v.example']}},"
	     "{'id':'front','to':['w.example'],'http':{'hosts':['other.example']}}]");
	assert_non_null(find(TRY_CONNECT, "e1", true));
	/* the other rule declares what lies beside this one: only the next port is not declared */
	assert_int_equal(find(TRY_CONNECT, "h", false)->port, 444);
	assert_non_null(find(TRY_CONNECT, "host", true));
	assert_null(find(TRY_CONNECT, "front", true));
	assert_non_null(find(TRY_CONNECT, "front", false));
}

/* A name gets one of 198.18.0.0/15, and a rule for this network declares it. */
static void names_are_not_tried_where_the_lab_s_addresses_are_declared(void **state)
{
	static const char *const nets[] = { "198.18.0.0/15", "198.0.0.0/8", "198.18.0.0/16" };
	char text[256];

	for (size_t i = 0; i < TB_ARRAY_SIZE(nets); i++) {
		const struct try_act *a;

		(void)snprintf(text, sizeof(text), "'connections':[{'id':'net','to':['%s'],"
			       "'protocol':'tcp'},{'id':'tls','to':['a.example'],"
			       "'protocol':'tcp','ports':[443],'application':'tls'}]", nets[i]);
		plan(text);
		a = find(TRY_CONNECT, NULL, false);
		assert_null(a->target);
		assert_non_null(strstr(a->why, "addresses of the lab"));
		assert_non_null(find(TRY_CONNECT, "net", true));
		a = find(TRY_CONNECT, "tls", i < 2);
		assert_int_equal(a->target != NULL, i < 2);
		(void)forget(state);
	}
	plan("'connections':[{'id':'net','to':['198.20.0.0/16'],'protocol':'tcp'}]");
	assert_non_null(find(TRY_CONNECT, NULL, false)->target);
}

static void programs_of_the_vendor_are_not_started(void **state)
{
	(void)state;
	plan("'executes':['/opt/acme/**','/usr/bin/**']");
	assert_null(find(TRY_EXEC, "/opt/acme/**", false)->target);
	assert_string_equal(find(TRY_EXEC, "/usr/bin/**", true)->target, "/usr/bin/true");
}

static void calls_that_end_the_helper_are_not_made(void **state)
{
	(void)state;
	plan("'syscalls':{'allow':['@default'],'deny':['ptrace','exit_group']}");
	assert_string_equal(find(TRY_DENIED, "ptrace", false)->target, "ptrace");
	assert_null(find(TRY_DENIED, "exit_group", false));
}

/* What is written for the helper comes back the same, whatever a vendor calls his rules. */
static void a_plan_comes_back_as_it_was(void **state)
{
	TB_AUTOBUF struct tb_buf one = TB_BUF_INIT, two = TB_BUF_INIT;
	struct tb_err err = { 0 };

	(void)state;
	plan("'files':{'write':['/srv/a\\tb\\\\\\\\c\\nd']}");
	try_write(&acts, &one);
	try_clear(&acts);
	assert_int_equal(try_read(one.data, one.len, &acts, &err), 0);
	assert_non_null(find(TRY_CREATE, "/srv/a\tb\\\\c\nd", true));
	try_write(&acts, &two);
	assert_string_equal(one.data, two.data);
}

static void a_policy_of_many_rules_is_tried_in_part_and_says_so(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	static const struct try_place place = { .program = "/usr/bin/tcbox", .dir = "/srv/try" };
	const struct try_act *last;
	struct tb_err err = { 0 };
	struct pol *p;

	(void)state;
	tb_buf_adds(&text, "{\"tcbox_policy\":1,\"names\":[\"n\"");
	for (int i = 0; i < TRY_ACTS; i++)
		tb_buf_addf(&text, ",\"n%d.example\"", i);
	tb_buf_adds(&text, "]}");
	assert_int_equal(pol_parse("policy", text.data, text.len, &p, &err), 0);
	assert_int_equal(try_plan(p, &place, &acts, &err), 0);
	pol_free(p);
	assert_in_range(acts.n, TRY_ACTS - 2, TRY_ACTS + 2);
	last = &acts.v[acts.n - 1];
	assert_null(last->target);
	assert_non_null(strstr(last->why, "rules more than are tried"));
}

#define TEST(f) cmocka_unit_test_teardown(f, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_of_act_is_planned),
		TEST(what_is_all_declared_is_not_planned),
		TEST(a_rule_gets_its_act_and_its_neighbour),
		TEST(another_program_or_application_is_not_what_a_rule_declares),
		TEST(a_rule_that_declares_requests_gets_one_and_one_beside_it),
		TEST(requests_of_another_program_are_no_act_that_is_declared),
		TEST(any_rule_that_agrees_declares_a_request),
		TEST(names_are_not_tried_where_the_lab_s_addresses_are_declared),
		TEST(programs_of_the_vendor_are_not_started),
		TEST(calls_that_end_the_helper_are_not_made),
		TEST(a_plan_comes_back_as_it_was),
		TEST(a_policy_of_many_rules_is_tried_in_part_and_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
