/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmp_flows.c - tests of policy/compare/flows.c: what a finding tells of a flow, limits, what
 * comes in, resolvers and other protocols
 */
#include "tcbox/own.h"
#include "tests/unit/policy/compare/story.h"

/* A flow that is like any other but for what a test changes. */
struct conversation {
	const char *proto, *remote, *app, *more;
	int out, in;
	bool inbound, unowned;
};

static int next_port = 3000;

static void talk(const struct conversation *k)
{
	const char *proto = k->proto ? k->proto : "tcp", *app = k->app ? k->app : "http";
	const char *remote = k->remote ? k->remote : "203.0.113.1:80";
	int port = ++next_port;

	if (!k->unowned)
		tell("'k':'sock','src':'box','t':%d,'proc':2,'call':'%s','proto':'%s',"
		     "'local':'198.19.255.2:%d'%s%s%s", port * 1000, k->inbound ? "listen" : "connect",
		     proto, port, k->inbound ? "" : ",'remote':'", k->inbound ? "" : remote,
		     k->inbound ? "" : "'");
	tell("'k':'flow','src':'net','t':%d,'id':%d,'proto':'%s','local':'198.19.255.2:%d','remote':'%s',"
	     "'first':%d,'last':%d,'pkts_out':3,'pkts_in':2,'bytes_out':%d,'bytes_in':%d,'app':'%s',"
	     "'pkt_first':%d,'pkt_last':%d%s%s%s", port * 1000, port, proto, port, remote,
	     port * 1000 + 10, port * 1000 + 20, k->out, k->in, app, port + 1, port + 5,
	     k->inbound ? ",'inbound':true" : "", k->more ? "," : "", k->more ? k->more : "");
}

static void a_finding_tells_when_who_how_much_and_where_to_look(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("");
	next_port = 4000;
	talk(&(struct conversation){ .out = 11, .in = 12 });
	talk(&(struct conversation){ .out = 100, .in = 200 });
	end();
	f = finding("NET-UNDECLARED");
	assert_int_equal(story.r->nfindings, 1);
	assert_int_equal(f->severity, FND_VIOLATION);
	assert_int_equal(f->basis, FND_SEEN);
	assert_int_equal(f->proc, 2);
	assert_string_equal(f->program, "/opt/acme/agent");
	assert_int_equal(f->acted, 4001000);
	assert_int_equal(f->first, 4001010);
	assert_int_equal(f->last, 4002020);
	assert_int_equal(f->count, 2);
	assert_int_equal(f->bytes_out, 111);
	assert_int_equal(f->bytes_in, 212);
	assert_int_equal(f->packets.n, 4);
	assert_int_equal(f->packets.v[0], 4002);
	assert_int_equal(f->packets.v[1], 4003);
	assert_int_equal(f->packets.v[2], 4006);
	assert_int_equal(f->packets.v[3], 4007);
	assert_int_equal(f->events.n, 4);	/* of each the call and the flow */
	assert_null(f->declared);
}

static void what_was_observed_says_all_that_is_known(void **state)
{
	static const struct { struct conversation k; const char *has, *has_not; } rows[] = {
		{ { .more = "'state':'refused'" }, ", refused", "no answer" },
		{ { .more = "'state':'timeout'" }, ", no answer", "refused" },
		{ { .more = "'names':['a.example','b.example','c.example','d.example']" },
		  "(a.example, b.example, c.example, d.example)", "..." },
		{ { .more = "'names':['a.example','b.example','c.example','d.example','e.example']" },
		  "d.example, ...)", "e.example" },
		{ { .app = "tls", .more = "'app_detail':'tls.acme','tls_version':'1.2','ech':true,"
				      "'names':['s.example'],'sni':'s.example'" },
		  ", tls.acme, TLS 1.2, SNI s.example beside an encrypted hello", "no lookup" },
		{ { .app = "unknown" }, "(no lookup gave this address)", "unknown" },
		{ { .more = "'names':['h.example'],'http_host':'h.example'" }, ", HTTP host h.example",
		  "SNI" },
		{ { .inbound = true, .remote = "203.0.113.1:5" }, " came in to 198.19.255.2:",
		  "no lookup" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin("'undeclared':{'listens':'ignore'}");
		talk(&rows[i].k);
		end();
		assert_non_null(finding("NET-UNDECLARED"));
		assert_non_null(strstr(observed(finding("NET-UNDECLARED")), rows[i].has));
		assert_null(strstr(observed(finding("NET-UNDECLARED")), rows[i].has_not));
		(void)clean_up(state);
	}
}

static void only_what_the_gate_kept_back_is_told_so(void **state)
{
	static const char *const states[] = { "refused", "timeout", "closed" };
	char more[40];

	for (int enforce = 0; enforce < 2; enforce++) {
		for (size_t i = 0; i < 3; i++) {
			(void)snprintf(more, sizeof(more), "'state':'%s'", states[i]);
			begin("");
			story.run.enforce = enforce;
			talk(&(struct conversation){ .more = more });
			end();
			assert_int_equal(strstr(observed(finding("NET-UNDECLARED")), "the gate") != NULL,
					 enforce && i == 0);
			(void)clean_up(state);
		}
	}
}

static void resolvers_are_known_by_port_or_by_what_they_speak(void **state)
{
	static const struct { struct conversation k; bool resolver; } rows[] = {
		{ { .remote = "203.0.113.1:53" }, true }, { { .remote = "203.0.113.1:853" }, true },
		{ { .remote = "203.0.113.1:54" }, false }, { { .app = "dns" }, true },
		{ { .app = "doh_dot" }, true }, { { .app = "dot" }, true }, { { .app = "doh" }, true },
		{ { .app = "dnscrypt" }, true }, { { .app = "mdns" }, true },
		{ { .app = "llmnr" }, true }, { { .app = "dnsx" }, false },
		{ { .app = "tls", .more = "'app_detail':'tls.doh_dot'" }, true },
		{ { .app = "tls", .more = "'app_detail':'dot.acme'" }, true },
		{ { .app = "tls", .more = "'app_detail':'a.dns.b'" }, true },
		{ { .app = "tls", .more = "'app_detail':'a.dnt.b'" }, false },
		{ { .app = "tls", .more = "'app_detail':'tls.dnsx'" }, false },
		{ { .app = "tls", .more = "'app_detail':'tls.dn'" }, false },
		/* what comes in asks us */
		{ { .inbound = true, .remote = "203.0.113.1:53" }, false },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin("'undeclared':{'listens':'ignore'}");
		talk(&rows[i].k);
		end();
		assert_int_equal(findings("NET-RESOLVER"), rows[i].resolver);
		assert_int_equal(findings("NET-UNDECLARED"), !rows[i].resolver);
		(void)clean_up(state);
	}
}

static void a_resolver_that_only_a_rule_for_any_destination_has_is_a_note(void **state)
{
	static const struct { const char *to; bool note; } rows[] = {
		{ "", true }, { "'to':['203.0.113.0/24'],", false },
	};
	char policy[100];

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(policy, sizeof(policy), "'connections':[{'id':'c',%s'protocol':'tcp'}]",
			       rows[i].to);
		begin(policy);
		talk(&(struct conversation){ .remote = "203.0.113.1:53" });
		end();
		assert_int_equal(findings("NET-RESOLVER"), rows[i].note);
		/* and nobody looked the address up, which does not matter where it is declared */
		assert_int_equal(findings("NET-UNRESOLVED"), rows[i].note);
		for (size_t n = 0; n < story.r->nfindings; n++) {
			assert_int_equal(story.r->findings[n].severity, FND_INFO);
			assert_string_equal(story.r->findings[n].declared, "c");
			assert_null(story.r->findings[n].nearest);
		}
		assert_verdict(FND_CONFORMS);
		(void)clean_up(state);
	}
}

static void protocols_that_are_not_usual_are_told_as_such(void **state)
{
	static const struct { const char *proto; bool usual; } rows[] = {
		{ "tcp", true }, { "udp", true }, { "icmp", true }, { "icmpv6", true },
		{ "sctp", false }, { "ip-47", false },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin("");
		talk(&(struct conversation){ .proto = rows[i].proto });
		end();
		assert_int_equal(findings("NET-UNDECLARED"), rows[i].usual);
		assert_int_equal(findings("PROTOCOL-UNKNOWN"), !rows[i].usual);
		(void)clean_up(state);
	}
}

static void the_nearest_rule_is_named_and_how_the_flow_differs(void **state)
{
	(void)state;
	begin("'connections':[{'id':'far','to':['198.51.100.1'],'protocol':'udp'},"
	      "{'id':'near','to':['203.0.113.1'],'ports':[8080],'protocol':'tcp'}]");
	talk(&(struct conversation){ .out = 1 });
	end();
	assert_string_equal(finding("NET-UNDECLARED")->nearest, "near");
	assert_true(finding("NET-UNDECLARED")->seen[0].differs.n > 0);
	(void)clean_up(state);
	begin("'connections':[{'id':'c','to':['203.0.113.1'],'application':'tls'}]");
	talk(&(struct conversation){ .out = 1, .app = "ssh" });
	end();
	assert_string_equal(finding("NET-APPLICATION")->declared, "c");
	assert_null(finding("NET-APPLICATION")->nearest);
	assert_non_null(strstr(observed(finding("NET-APPLICATION")), "; "));
	(void)clean_up(state);
	begin("'connections':[{'id':'c','to':['203.0.113.1'],'tls':{'min_version':'1.2'}}]");
	talk(&(struct conversation){ .out = 1, .app = "tls", .more = "'tls_version':'1.0'" });
	end();
	assert_int_equal(findings("TLS-VERSION"), 1);
	assert_string_equal(finding("TLS-VERSION")->declared, "c");
	assert_int_equal(finding("TLS-VERSION")->severity, FND_VIOLATION);
}

static void each_limit_is_passed_by_its_own_measure(void **state)
{
	static const struct { const char *limits; size_t found; uint64_t count; } rows[] = {
		{ "'connections':3", 0, 0 }, { "'connections':2", 1, 1 },
		{ "'bytes_out':600", 0, 0 }, { "'bytes_out':599", 1, 1 },
		{ "'bytes_out':299", 1, 2 }, { "'bytes_in':6000", 0, 0 },
		{ "'bytes_in':5999", 1, 1 }, { "'connections':1,'bytes_out':1,'bytes_in':1", 3, 2 },
	};
	char policy[160];

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		(void)snprintf(policy, sizeof(policy),
			       "'connections':[{'id':'other','to':['198.51.100.1']},"
			       "{'id':'l','to':['203.0.113.1'],'limits':{%s}}]", rows[i].limits);
		begin(policy);
		for (int n = 1; n <= 3; n++)	/* 100, 200 and 300 bytes, ten times as many in */
			talk(&(struct conversation){ .out = 100 * n, .in = 1000 * n });
		end();
		assert_int_equal(findings("NET-LIMIT"), rows[i].found);
		for (size_t n = 0; n < story.r->nfindings; n++) {
			assert_string_equal(story.r->findings[n].declared, "l");
			assert_int_equal(story.r->findings[n].severity, FND_VIOLATION);
			assert_string_equal(story.r->findings[n].program, "/opt/acme/agent");
			assert_in_range(story.r->findings[n].count, rows[i].count,
					rows[i].count + 1);
		}
		assert_int_equal(story.r->rules[1].count, 3);
		assert_int_equal(story.r->rules[1].bytes_out, 600);
		(void)clean_up(state);
	}
}

static void what_comes_in_is_compared_with_the_listen_rules(void **state)
{
	(void)state;
	begin("'listens':[{'id':'l','protocol':'tcp','ports':['6000-6100']}],"
	      "'undeclared':{'connections':'warning'}");
	next_port = 6000;
	talk(&(struct conversation){ .inbound = true, .remote = "203.0.113.1:5", .out = 7, .in = 8 });
	next_port = 7000;
	talk(&(struct conversation){ .inbound = true, .remote = "203.0.113.1:6", .out = 7, .in = 8 });
	end();
	assert_int_equal(story.r->rules[0].count, 2);		/* the listener and the flow */
	assert_int_equal(story.r->rules[0].bytes_out, 7);
	assert_int_equal(findings("LISTEN-UNDECLARED"), 1);
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	assert_int_equal(finding("NET-UNDECLARED")->severity, FND_WARNING);
	assert_null(finding("NET-UNDECLARED")->nearest);
	assert_non_null(strstr(finding("NET-UNDECLARED")->object, "7001"));
}

static void many_ports_of_one_host_are_one_finding(void **state)
{
	char remote[32];

	(void)state;
	begin("");
	for (int i = 0; i < 20; i++) {
		(void)snprintf(remote, sizeof(remote), "203.0.113.1:%d", 100 + i);
		talk(&(struct conversation){ .remote = remote, .out = 1 });
	}
	talk(&(struct conversation){ .remote = "203.0.113.2:100", .out = 1 });
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 2);
	assert_int_equal(story.r->findings[0].objects.n, 20);
	assert_int_equal(story.r->findings[0].count, 20);
	assert_int_equal(story.r->findings[0].bytes_out, 20);
}

static void without_a_policy_only_names_that_do_not_fit_are_told(void **state)
{
	(void)state;
	begin(NULL);
	talk(&(struct conversation){ .app = "tls", .more = "'names':['a.example'],'sni':'a.example'" });
	talk(&(struct conversation){ .inbound = true, .remote = "203.0.113.1:6" });
	end();
	assert_int_equal(story.r->nfindings, 0);
	(void)clean_up(state);
	begin(NULL);
	talk(&(struct conversation){ .app = "tls", .more = "'names':['a.example'],'sni':'b.example'" });
	end();
	assert_int_equal(findings("TLS-NAME-MISMATCH"), 1);
	assert_int_equal(finding("TLS-NAME-MISMATCH")->severity, FND_WARNING);
	assert_null(finding("TLS-NAME-MISMATCH")->declared);
	assert_string_not_equal(observed(finding("TLS-NAME-MISMATCH")), "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(a_finding_tells_when_who_how_much_and_where_to_look),
		TEST(what_was_observed_says_all_that_is_known),
		TEST(only_what_the_gate_kept_back_is_told_so),
		TEST(resolvers_are_known_by_port_or_by_what_they_speak),
		TEST(a_resolver_that_only_a_rule_for_any_destination_has_is_a_note),
		TEST(protocols_that_are_not_usual_are_told_as_such),
		TEST(the_nearest_rule_is_named_and_how_the_flow_differs),
		TEST(each_limit_is_passed_by_its_own_measure),
		TEST(what_comes_in_is_compared_with_the_listen_rules),
		TEST(many_ports_of_one_host_are_one_finding),
		TEST(without_a_policy_only_names_that_do_not_fit_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
