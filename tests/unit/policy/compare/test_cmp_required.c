/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmp_required.c - tests of policy/compare/required.c: what a rule that was not seen says of
 * the product, and what it does not
 */
#include "tests/unit/policy/compare/story.h"

#define RULE "'connections':[{'id':'u','to':['u.example']%s,'required':true}]"

static void begin_rule(const char *more)
{
	char policy[256];

	assert_in_range(snprintf(policy, sizeof(policy), RULE, more), 1, sizeof(policy) - 1);
	begin(policy);
}

/* talk() - one conversation with the declared destination. @how: further members of its flow */
static void talk(const char *proto, const char *how)
{
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'connect','proto':'%s',"
	     "'local':'198.19.255.2:60','remote':'198.18.3.7:443'", proto);
	tell("'k':'flow','src':'net','id':9,'end':true,'proto':'%s','local':'198.19.255.2:60',"
	     "'remote':'198.18.3.7:443','first':201,'last':202,'pkts_out':3,'names':['u.example'],%s", proto, how);
}

static void assert_missing(enum fnd_severity severity, enum fnd_verdict verdict, const char *why)
{
	end();
	assert_int_equal(findings("MISSING-REQUIRED"), 1);
	assert_int_equal(finding("MISSING-REQUIRED")->severity, severity);
	assert_non_null(strstr(observed(finding("MISSING-REQUIRED")), why));
	assert_verdict(verdict);
}

static void a_product_that_had_the_chance_is_accused(void **state)
{
	(void)state;
	begin_rule("");
	assert_missing(FND_VIOLATION, FND_VIOLATES, "nothing in this run");
	assert_int_equal(story.r->ngaps, 1);	/* system calls were not compared */
}

static void a_product_that_had_no_chance_is_not_accused(void **state)
{
	static const char *const why[] = {
		"nothing was behind the gate", "its time was over", "by the technician",
		"did not start", "ended with an error",
	};

	for (int i = 0; i < 5; i++) {
		if (i == 3) {
			begin_without_control("'connections':[{'id':'u','to':['u.example'],'required':true}]");
			tell_control();
		} else {
			begin_rule("");
		}
		if (i == 0)
			story.run.net = RUN_NET_NONE;
		story.run.timed_out = i == 1;
		story.run.interrupted = i == 2;
		story.run.exit_code = i == 4;
		assert_missing(FND_WARNING, FND_INCONCLUSIVE, why[i]);
		assert_true(has_gap(why[i], true));
		(void)clean_up(state);
	}
}

static void who_met_what_went_wrong_on_purpose_is_not_accused(void **state)
{
	static char reset[] = "reset", normal[] = "normal";

	(void)state;
	begin_rule("");
	story.run.scenario = reset;
	assert_missing(FND_WARNING, FND_INCONCLUSIVE, "something wrong on purpose (--scenario)");
	assert_true(has_gap("something wrong on purpose", true));
	(void)clean_up(state);
	begin_rule("");
	story.run.scenario = normal;
	assert_missing(FND_VIOLATION, FND_VIOLATES, "nothing in this run");
}

static void a_listener_needs_nobody_behind_the_gate(void **state)
{
	(void)state;
	begin("'listens':[{'id':'l','ports':[80],'required':true}]");
	story.run.net = RUN_NET_NONE;
	assert_missing(FND_VIOLATION, FND_VIOLATES, "nothing in this run");
}

static void a_connection_that_nobody_accepted_is_an_attempt(void **state)
{
	static const struct { const char *proto, *how; bool satisfies; } flows[] = {
		{ "tcp", "'state':'fin'", true },
		{ "tcp", "'state':'open'", true },
		{ "tcp", "'state':'refused'", false },
		{ "tcp", "'state':'timeout'", false },
		{ "udp", "'state':'done','bytes_out':5", true },
		{ "udp", "'state':'timeout','bytes_out':5", true },	/* it may need no answer */
		{ "udp", "'state':'refused','bytes_out':5", false },
	};

	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		begin_rule("");
		talk(flows[i].proto, flows[i].how);
		if (!flows[i].satisfies) {
			assert_missing(FND_VIOLATION, FND_VIOLATES, "nothing but attempts");
		} else {
			end();
			assert_verdict(FND_CONFORMS);
		}
		assert_int_equal(story.r->rules[0].count, 1);
		assert_int_equal(findings("NET-UNDECLARED"), 0);
		(void)clean_up(state);
	}
}

static void silence_is_no_application(void **state)
{
	static const char *const rules[] = {
		",'application':'tls'", ",'tls':{'min_version':'1.2'}",
	};

	for (size_t i = 0; i < 2; i++) {
		begin_rule(rules[i]);
		talk("tcp", "'state':'fin'");
		assert_missing(FND_VIOLATION, FND_VIOLATES, "nothing but attempts");
		assert_int_equal(findings("NET-APPLICATION") + findings("TLS-VERSION"), 0);
		(void)clean_up(state);
		begin_rule(rules[i]);
		talk("tcp", "'state':'fin','bytes_out':9,'app':'tls','tls_version':'1.3'");
		end();
		assert_verdict(FND_CONFORMS);
		(void)clean_up(state);
	}
	begin_rule(rules[0]);
	story.run.net = RUN_NET_NONE;
	talk("tcp", "'state':'refused'");
	assert_missing(FND_WARNING, FND_INCONCLUSIVE, "nothing but attempts");
}

#define TEST(name) cmocka_unit_test_teardown(name, clean_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_product_that_had_the_chance_is_accused),
		TEST(a_product_that_had_no_chance_is_not_accused),
		TEST(who_met_what_went_wrong_on_purpose_is_not_accused),
		TEST(a_listener_needs_nobody_behind_the_gate),
		TEST(a_connection_that_nobody_accepted_is_an_attempt),
		TEST(silence_is_no_application),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
