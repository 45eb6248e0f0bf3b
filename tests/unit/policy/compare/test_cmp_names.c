/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmp_names.c - tests of policy/compare/names.c: lookups against the rules, and the lab
 * against the packets
 */
#include "tests/unit/policy/compare/story.h"

/* asked() - a lookup at the gate, as the packets and the lab tell of it */
static void asked(int t, const char *name, const char *more)
{
	tell("'k':'lookup','src':'net','t':%d,'name':'%s','type':'A','rcode':'NOERROR',"
	     "'server':'198.19.255.1:53'%s", t, name, more);
	tell("'k':'lookup','src':'lab','t':%d,'name':'%s','type':'A','rcode':'NOERROR',"
	     "'server':'198.19.255.1:53'%s", t + 1, name, more);
}

static void a_name_is_declared_by_a_pattern_or_as_a_destination(void **state)
{
	(void)state;
	begin("'names':['*.n.example'],'connections':[{'id':'c','to':['d.example']}]");
	asked(200, "a.n.example", "");
	asked(300, "d.example", "");
	end();
	assert_verdict(FND_CONFORMS);
	assert_int_equal(story.r->totals.lookups, 2);
	assert_int_equal(story.r->totals.names, 2);
	assert_int_equal(story.r->rules[1].count, 1);
	assert_int_equal(story.r->rules[1].first, 200);
}

static void an_undeclared_name_is_one_finding_of_who_asked(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("");
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'sendto','proto':'udp','local':'198.19.255.2:60',"
	     "'remote':'198.19.255.1:53'");
	tell("'k':'flow','src':'net','id':3,'proto':'udp','local':'198.19.255.2:60','remote':'198.19.255.1:53',"
	     "'first':201,'pkts_out':2,'pkt_first':77,'pkt_last':78");
	for (int i = 0; i < 3; i++)
		asked(300 + 10 * i, "x.example", ",'flow':3");
	end();
	assert_int_equal(story.r->nfindings, 1);
	f = finding("DNS-UNDECLARED");
	assert_int_equal(f->severity, FND_VIOLATION);
	assert_string_equal(f->object, "x.example");
	assert_string_equal(f->program, "/opt/acme/agent");
	assert_int_equal(f->proc, 2);
	assert_int_equal(f->acted, 200);
	assert_int_equal(f->first, 300);
	assert_int_equal(f->last, 320);
	assert_int_equal(f->count, 3);
	assert_int_equal(f->packets.n, 1);
	assert_int_equal(f->packets.v[0], 77);
	assert_int_equal(f->events.n, 3);
	assert_string_not_equal(observed(f), "");
	assert_int_equal(story.r->totals.lookups, 3);
	assert_int_equal(story.r->totals.names, 1);
}

/* contacted() - the agent looks up x.example, and talks to it */
static void contacted(void)
{
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'sendto','proto':'udp','local':'198.19.255.2:60',"
	     "'remote':'198.19.255.1:53'");
	tell("'k':'flow','src':'net','id':3,'proto':'udp','local':'198.19.255.2:60','remote':'198.19.255.1:53',"
	     "'first':201,'pkts_out':2,'pkt_first':77,'pkt_last':78");
	asked(300, "x.example", ",'flow':3");
	tell("'k':'sock','src':'box','t':400,'proc':2,'call':'connect','proto':'tcp','local':'198.19.255.2:61',"
	     "'remote':'198.18.0.7:80'");
	tell("'k':'flow','src':'net','id':4,'proto':'tcp','local':'198.19.255.2:61','remote':'198.18.0.7:80',"
	     "'first':401,'last':402,'pkts_out':3,'bytes_out':9,'pkt_first':80,'pkt_last':82,"
	     "'names':['x.example']");
}

static void a_lookup_and_its_conversation_are_one_finding(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("");
	contacted();
	end();
	assert_int_equal(story.r->nfindings, 1);
	f = finding("NET-UNDECLARED");
	assert_int_equal(f->count, 1);
	assert_int_equal(f->bytes_out, 9);
	assert_int_equal(f->first, 300);
	assert_int_equal(f->last, 402);
	assert_int_equal(f->packets.n, 3);
	assert_int_equal(f->packets.v[0], 77);
	assert_int_equal(f->events.n, 3);
}

static void a_lookup_that_is_graver_than_its_conversation_is_told(void **state)
{
	(void)state;
	begin("'undeclared':{'connections':'info','names':'violation'}");
	contacted();
	end();
	assert_int_equal(findings("DNS-UNDECLARED"), 1);
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	(void)clean_up(state);
	begin("'undeclared':{'connections':'ignore','names':'violation'}");
	contacted();
	end();
	assert_int_equal(findings("DNS-UNDECLARED"), 1);
	(void)clean_up(state);
	begin("'undeclared':{'connections':'violation','names':'info'}");
	contacted();
	end();
	assert_int_equal(story.r->nfindings, 1);
}

static void many_names_below_one_are_one_finding(void **state)
{
	char name[64];

	(void)state;
	begin("");
	for (int i = 0; i < 20; i++) {
		(void)snprintf(name, sizeof(name), "data%d.x.example", i);
		asked(200 + i, name, "");
	}
	asked(300, "example", "");
	end();
	assert_int_equal(findings("DNS-UNDECLARED"), 2);
	assert_int_equal(story.r->findings[0].objects.n, 20);
	assert_non_null(strstr(story.r->findings[0].object, "x.example"));
}

static void levels_of_names_are_kept(void **state)
{
	static const struct { const char *level; enum fnd_severity severity; } rows[] = {
		{ "info", FND_INFO }, { "warning", FND_WARNING }, { "violation", FND_VIOLATION },
	};
	char policy[64];

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(policy, sizeof(policy), "'undeclared':{'names':'%s'}",
			       rows[i].level);
		begin(policy);
		asked(200, "x.example", "");
		end();
		assert_int_equal(finding("DNS-UNDECLARED")->severity, rows[i].severity);
		(void)clean_up(state);
	}
	begin("'undeclared':{'names':'ignore'}");
	asked(200, "x.example", "");
	end();
	assert_int_equal(story.r->nfindings, 0);
	assert_true(story.r->ignored[FND_NAMES]);
}

static void bytes_beside_a_query_are_no_query_whatever_is_declared(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("'names':['n.example']");
	asked(200, "n.example", ",'extra':70");
	end();
	f = finding("DNS-UNUSUAL");
	assert_non_null(f);
	assert_int_equal(f->severity, FND_VIOLATION);
	assert_string_equal(f->object, "n.example");
	assert_int_equal(f->bytes_out, 70);
	assert_string_not_equal(observed(f), "");
	assert_int_equal(findings("DNS-UNDECLARED"), 0);
	assert_int_equal(story.r->rules[0].count, 1);
	(void)clean_up(state);
	begin("'names':['n.example']");		/* the control: nothing beside it */
	asked(200, "n.example", "");
	end();
	assert_int_equal(findings("DNS-UNUSUAL"), 0);
	(void)clean_up(state);
	begin("'names':['n.example']");		/* to another server it is that flow's matter */
	tell("'k':'lookup','src':'net','t':200,'name':'n.example','type':'A','server':'203.0.113.1:53','extra':70");
	end();
	assert_int_equal(findings("DNS-UNUSUAL"), 0);
}

static void what_is_no_query_at_all_is_one_finding_and_no_lookup(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("'names':['*']");
	for (int i = 0; i < 2; i++)
		tell("'k':'lookup','src':'net','t':%d,'name':'.','server':'198.19.255.1:53','extra':%d",
		     200 + i, 30 + i);
	end();
	f = finding("DNS-UNUSUAL");
	assert_non_null(f);
	assert_int_equal(f->count, 2);
	assert_int_equal(f->bytes_out, 61);
	assert_string_not_equal(observed(f), "");
	assert_int_equal(findings("DNS-UNDECLARED"), 0);
	assert_int_equal(story.r->totals.lookups, 0);
	assert_int_equal(story.r->totals.names, 0);
}

static void each_witness_of_a_lookup_checks_the_other(void **state)
{
	static const struct {
		const char *event;
		bool lost;
	} rows[] = {
		{ "'src':'lab','name':'n.example','type':'A','rcode':'NOERROR'", true },
		{ "'src':'net','name':'n.example','type':'A','rcode':'NOERROR',"
		  "'server':'198.19.255.1:53'", true },
		/* the lab did not answer, or never got it */
		{ "'src':'net','name':'n.example','type':'A','server':'198.19.255.1:53'", false },
		{ "'src':'net','name':'n.example','type':'A','rcode':'NOERROR',"
		  "'server':'203.0.113.1:53'", false },
		/* another type of the same name */
		{ "'src':'lab','name':'m.example','type':'AAAA','rcode':'NOERROR'", true },
		{ "'src':'lab','name':'m.example','type':'A','rcode':'NOERROR'", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int sim = 0; sim < 2; sim++) {
			begin("'names':['n.example','m.example']");
			asked(200, "m.example", "");
			tell("'k':'lookup','t':300,%s", rows[i].event);
			if (!sim)
				story.run.net = RUN_NET_NONE;	/* there is no lab */
			end();
			assert_verdict(rows[i].lost && sim ? FND_INCONCLUSIVE : FND_CONFORMS);
			(void)clean_up(state);
		}
	}
}

static void a_lookup_that_only_the_lab_saw_is_compared_all_the_same(void **state)
{
	(void)state;
	begin("");
	tell("'k':'lookup','src':'lab','t':200,'name':'x.example','type':'A','rcode':'NOERROR'");
	end();
	assert_int_equal(findings("DNS-UNDECLARED"), 1);
	assert_int_equal(story.r->totals.lookups, 0);
	assert_int_equal(story.r->totals.names, 1);
	(void)clean_up(state);
	begin(NULL);				/* nothing is compared without a policy */
	asked(200, "x.example", "");
	end();
	assert_int_equal(story.r->nfindings, 0);
	assert_int_equal(story.r->totals.names, 1);
}

static void inside_tls_the_lab_is_the_only_witness_of_a_lookup(void **state)
{
	static const char *const apps[] = { "tls", "unknown" };

	for (size_t tls = 0; tls < 2; tls++) {
		begin("'executes':['/**'],'names':['n.example'],'connections':[{'id':'r','to':['192.0.2.1']}]");
		tell("'k':'sock','src':'box','t':150,'proc':2,'call':'connect','proto':'tcp',"
		     "'local':'198.19.255.2:60','remote':'192.0.2.1:853'");
		tell("'k':'flow','src':'net','id':3,'end':true,'proto':'tcp','local':'198.19.255.2:60',"
		     "'remote':'192.0.2.1:853','first':160,'pkts_out':2,'app':'%s'", apps[!tls]);
		for (int i = 0; i < 2; i++)
			tell("'k':'lookup','src':'lab','t':200,'name':'%s.example','type':'A','rcode':'NOERROR',"
			     "'client':'198.19.255.2:60','server':'192.0.2.1:853','proto':'tcp'",
			     i ? "stranger" : "n");
		end();
		assert_verdict(FND_VIOLATES);
		assert_int_equal(findings("DNS-UNDECLARED"), 1);
		assert_string_equal(finding("DNS-UNDECLARED")->program, "/opt/acme/agent");
		assert_int_equal(has_gap("the packets do not show", true), !tls);
		(void)clean_up(state);
	}
}

static void many_names_of_a_pattern_are_counted_and_told(void **state)
{
	static const char *const policies[] = {
		"'names':['*.n.example','plain.example']",
		"'connections':[{'id':'c','to':['plain.example','*.n.example']}]",
	};
	char name[32];

	for (size_t p = 0; p < 2; p++) {
		for (int n = 15; n <= 17; n++) {
			begin(policies[p]);
			for (int i = 0; i < n; i++) {
				(void)snprintf(name, sizeof(name), "x%d.n.example", i);
				tell("'k':'lookup','src':'lab','t':%d,'name':'%s','type':'A','rcode':'NOERROR',"
				     "'server':'198.19.255.1:53'", 199, name);	/* it is first as a rule */
				asked(200 + 4 * i, name, "");
				asked(202 + 4 * i, name, "");	/* the same again */
			}
			asked(500, "plain.example", "");
			end();
			assert_verdict(FND_CONFORMS);
			assert_int_equal(has_gap("declares: 17, most of them below *.n.example", false), n > 16);
			(void)clean_up(state);
		}
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_declared_by_a_pattern_or_as_a_destination),
		TEST(an_undeclared_name_is_one_finding_of_who_asked),
		TEST(many_names_below_one_are_one_finding),
		TEST(a_lookup_and_its_conversation_are_one_finding),
		TEST(a_lookup_that_is_graver_than_its_conversation_is_told),
		TEST(levels_of_names_are_kept),
		TEST(bytes_beside_a_query_are_no_query_whatever_is_declared),
		TEST(what_is_no_query_at_all_is_one_finding_and_no_lookup),
		TEST(each_witness_of_a_lookup_checks_the_other),
		TEST(a_lookup_that_only_the_lab_saw_is_compared_all_the_same),
		TEST(many_names_of_a_pattern_are_counted_and_told),
		TEST(inside_tls_the_lab_is_the_only_witness_of_a_lookup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
