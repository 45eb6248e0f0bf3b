/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_match.c - tests of policy/match.c: what a rule means
 */
#include "policy/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/compare/differs.h"
#include "report/differs.h"

static struct pol_dest to[] = { { .kind = POL_DEST_NAME }, { .kind = POL_DEST_GLOB },
				{ .kind = POL_DEST_NET } };
static struct pol_range ports[] = { { 443, 443 }, { 8000, 8100 } };
static struct pol_conn rule = { .nto = 3, .to = to, .nports = 2, .ports = ports };
static char id[] = "update-check", process[] = "/opt/acme/*", tcp[] = "tcp", tls[] = "tls",
min[] = "1.2",
	name[] = "updates.acme.example",
	    glob[] = "*.cdn.acme.example";

static const char *names[] = { "updates.acme.example" };
static struct ev_addr remote;

static int set_up(void **state)
{
	(void)state;
	rule.id = id;
	rule.process = process;
	rule.protocol = tcp;
	rule.application = tls;
	rule.tls_min = min;
	to[0].name = name;
	to[1].name = glob;
	assert_int_equal(ev_addr_parse("192.0.2.128", &to[2].net), 0);
	to[2].prefix = 25;
	names[0] = "updates.acme.example";
	assert_int_equal(ev_addr_parse("198.18.3.7:443", &remote), 0);
	return 0;
}

static struct match_flow good(void)
{
	return (struct match_flow){ .exe = "/opt/acme/agent", .names = names, .nnames = 1,
				    .remote = &remote, .proto = "tcp",
				    .app = "tls", .tls_version = "1.3", .bytes = 5000 };
}

static enum match_level level(const struct match_flow *f)
{
	struct match_parts parts;

	match_rule(&rule, f, &parts);
	return match_level(&parts);
}

static void assert_differs(const struct match_flow *f, const char *text)
{
	struct fnd_details details = { 0 };
	struct tb_buf got = TB_BUF_INIT;

	assert_true(differs_details(&rule, f, &details));
	differs_add(&got, &details);
	assert_string_equal(got.data, text);
	tb_buf_free(&got);
	fnd_details_free(&details);
}

static void a_flow_that_is_as_declared_matches(void **state)
{
	struct match_flow f = good();

	(void)state;
	assert_int_equal(level(&f), MATCH_FULL);
	names[0] = "a.b.cdn.acme.example";
	assert_int_equal(level(&f), MATCH_FULL);
	remote.port = 8050;
	assert_int_equal(level(&f), MATCH_FULL);
}

static void each_dimension_alone_breaks_the_match(void **state)
{
	struct match_flow f = good();

	(void)state;
	f.exe = "/usr/bin/curl";
	assert_int_equal(level(&f), MATCH_NONE);
	assert_differs(&f, "host, protocol, port and application match, but process /usr/bin/curl "
			   "is not /opt/acme/*");
	f = good();
	f.proto = "udp";
	assert_int_equal(level(&f), MATCH_NONE);
	assert_differs(&f, "host, port, process and application match, but protocol udp is not "
			   "tcp");
	f = good();
	remote.port = 8443;
	assert_int_equal(level(&f), MATCH_NONE);
	assert_differs(&f, "host, protocol, process and application match, but port 8443 is not "
			   "443 or 8000-8100");
	remote.port = 443;
	names[0] = "cdn.acme.example";
	assert_int_equal(level(&f), MATCH_NONE);
	assert_differs(&f,
		       "protocol, port, process and application match, but host cdn.acme.example "
		       "is not "
		       "updates.acme.example or 2 others");
	names[0] = "updates.acme.example";
	f.app = "ssh";
	assert_int_equal(level(&f), MATCH_APPLICATION);
	assert_differs(&f, "host, protocol, port and process match, but application ssh is not "
			   "tls");
	f = good();
	f.tls_version = "1.1";
	assert_int_equal(level(&f), MATCH_TLS);
	assert_differs(&f, "host, protocol, port, process and application match, but TLS version "
			   "1.1 is below 1.2");
}

static void an_unknown_owner_matches_only_rules_for_any_process(void **state)
{
	struct match_flow f = good();

	(void)state;
	f.exe = NULL;
	assert_int_equal(level(&f), MATCH_NONE);
	rule.process = NULL;
	assert_int_equal(level(&f), MATCH_FULL);
}

static void a_program_may_have_other_names(void **state)
{
	struct match_flow f = good();

	(void)state;
	f.exe = "/usr/bin/agent4";
	f.aliases[0] = "/usr/bin/agent";
	assert_int_equal(level(&f), MATCH_NONE);
	f.aliases[1] = "/opt/acme/agent";
	assert_int_equal(level(&f), MATCH_FULL);
	f.exe = NULL;
	assert_int_equal(level(&f), MATCH_NONE);
}

static void networks_end_at_their_prefix(void **state)
{
	struct match_flow f = good();
	struct match_parts parts;

	(void)state;
	f.nnames = 0;
	assert_int_equal(ev_addr_parse("192.0.2.127:443", &remote), 0);
	assert_int_equal(level(&f), MATCH_NONE);
	assert_int_equal(ev_addr_parse("192.0.2.255:443", &remote), 0);
	match_rule(&rule, &f, &parts);
	assert_int_equal(match_level(&parts), MATCH_FULL);
	assert_true(parts.by_address);
	to[2].prefix = 0;
	assert_int_equal(ev_addr_parse("203.0.113.1:443", &remote), 0);
	assert_int_equal(level(&f), MATCH_FULL);
	assert_int_equal(ev_addr_parse("[2001:db8::1]:443", &remote), 0);
	assert_int_equal(level(&f), MATCH_NONE);
}

static void an_application_may_have_more_than_one_name(void **state)
{
	struct match_flow f = good();

	(void)state;
	f.app_detail = "tls.github";
	f.app = "github";
	assert_true(match_application("tls", &f));
	assert_true(match_application("github", &f));
	assert_true(match_application("https", &f));
	assert_false(match_application("git", &f));
	assert_false(match_application("http", &f));
	f = (struct match_flow){ .app = "icmpv6", .bytes = 5000 };
	assert_true(match_application("icmp", &f));
}

static void what_is_not_recognised_is_not_the_application_however_little_it_is(void **state)
{
	static const uint64_t sizes[] = { 1, 100, 255, 256, 100000 };
	static const char *const apps[] = { NULL, "unknown", "http" };
	struct match_flow f = good();

	(void)state;
	f.tls_version = NULL;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t j = 0; j < sizeof(apps) / sizeof(apps[0]); j++) {
			f.app = apps[j];
			f.bytes = sizes[i];
			assert_int_equal(level(&f), MATCH_APPLICATION);
		}
	}
}

static void a_conversation_in_which_nothing_was_said_has_no_application(void **state)
{
	struct match_flow f = good();

	(void)state;
	f.app = "unknown";
	f.tls_version = NULL;
	f.bytes = 0;
	assert_int_equal(level(&f), MATCH_FULL);
	f.app = NULL;
	assert_int_equal(level(&f), MATCH_FULL);
}

static void an_unknown_application_may_be_declared(void **state)
{
	struct match_flow f = { .bytes = 20 };

	(void)state;
	assert_true(match_application("unknown", &f));
	f.app = "unknown";
	assert_true(match_application("unknown", &f));
	f.app = "http";
	assert_false(match_application("unknown", &f));
}

static void what_is_encrypted_without_tls_has_no_version_of_it(void **state)
{
	static const struct { const char *app, *detail; bool tls; } rows[] = {
		{ "ssh", NULL, false }, { "wireguard", NULL, false }, { "openvpn", NULL, false },
		{ "ipsec", NULL, false }, { "tls", NULL, true }, { "quic", NULL, true },
		{ "smtps", NULL, true }, { "tls", "tls.doh_dot", true },
	};
	struct match_flow f = good();

	(void)state;
	rule.application = NULL;
	f.tls_version = NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.app = rows[i].app;
		f.app_detail = rows[i].detail;
		assert_int_equal(level(&f), rows[i].tls ? MATCH_FULL : MATCH_TLS);
	}
}

static void a_least_tls_version_asks_for_tls(void **state)
{
	struct match_flow f = good();

	(void)state;
	rule.application = NULL;
	f.app = "http";
	f.tls_version = NULL;
	assert_int_equal(level(&f), MATCH_TLS);
	assert_differs(&f, "host, protocol, port and process match, but TLS version (none) is "
			   "below 1.2");
	f.bytes = 0;
	assert_int_equal(level(&f), MATCH_FULL);
	f.bytes = 5000;
	f.tls_version = "ssl3";
	assert_int_equal(level(&f), MATCH_TLS);
	f.tls_version = "1.2";
	assert_int_equal(level(&f), MATCH_FULL);
}

static void icmp_covers_both_versions_and_has_no_ports(void **state)
{
	static char icmp[] = "icmp";
	struct match_flow f = good();

	(void)state;
	rule.protocol = icmp;
	rule.application = rule.tls_min = NULL;
	f.proto = "icmpv6";
	remote.port = 0;
	assert_int_equal(level(&f), MATCH_NONE);
	assert_differs(&f, "host, protocol and process match, but there is no port that could be "
			   "443 or 8000-8100");
	rule.nports = 0;
	assert_int_equal(level(&f), MATCH_FULL);
	rule.nports = 2;
}

static void the_nearest_rule_agrees_most_and_by_something_telling(void **state)
{
	static char other[] = "other", udp[] = "udp";
	struct pol_conn rules[3];
	struct pol p = { .conns = rules, .nconns = 3 };
	struct match_flow f = good();

	(void)state;
	rules[0] = (struct pol_conn){ .id = other, .protocol = tcp, .application = tls };
	rules[1] = rule;
	rules[2] = rule;
	rules[2].protocol = udp;
	remote.port = 8443;
	assert_int_equal(match_nearest(&p, &f), 1);
	p.nconns = 1;
	assert_int_equal(match_nearest(&p, &f), -1);
	f.exe = "/bin/sh";
	f.nnames = 0;
	p.nconns = 3;
	assert_int_equal(match_nearest(&p, &f), -1);
}

/* assert_nearer() - @a is nearer than @b, whichever comes first */
static void assert_nearer(const struct pol_conn *a, const struct pol_conn *b,
			  const struct match_flow *f)
{
	struct pol_conn rules[2] = { *a, *b };
	struct pol p = { .conns = rules, .nconns = 2 };

	assert_int_equal(match_nearest(&p, f), 0);
	rules[0] = *b;
	rules[1] = *a;
	assert_int_equal(match_nearest(&p, f), 1);
}

static void of_rules_that_agree_as_much_the_more_telling_is_nearer(void **state)
{
	static char other[] = "/bin/other";
	struct pol_range good_port = { 443, 443 }, bad_port = { 80, 80 };
	struct pol_dest bad_host = { .kind = POL_DEST_NAME, .name = other };
	struct pol_conn host = { .to = to, .nto = 3, .ports = &bad_port, .nports = 1 };
	struct pol_conn port = { .to = &bad_host, .nto = 1, .ports = &good_port, .nports = 1 };
	struct pol_conn program = { .process = process, .ports = &bad_port, .nports = 1 };
	struct pol_conn no_program = { .process = other, .ports = &good_port, .nports = 1 };
	struct pol_conn more = program;
	struct match_flow f = good();

	(void)state;
	assert_nearer(&host, &port, &f);
	assert_nearer(&no_program, &program, &f);
	more.application = tls;
	assert_nearer(&more, &program, &f);
	program.protocol = tcp;
	assert_nearer(&more, &program, &f);
	more.application = NULL;
	assert_nearer(&program, &more, &f);
}

static void a_difference_names_four_ranges_and_counts_the_rest(void **state)
{
	static struct pol_range six[] = {
		{ 1, 1 }, { 2, 3 }, { 4, 4 }, { 5, 5 }, { 6, 6 }, { 7, 7 },
	};
	struct match_flow f = good();
	struct pol_conn saved = rule;

	(void)state;
	rule.ports = six;
	rule.nports = 4;
	assert_differs(&f, "host, protocol, process and application match, but port 443 is not "
			   "1 or 2-3 or 4 or 5");
	rule.nports = 6;
	assert_differs(&f, "host, protocol, process and application match, but port 443 is not "
			   "1 or 2-3 or 4 or 5 or 2 more");
	rule = saved;
	names[0] = "a.example";
	rule.nto = 2;
	assert_differs(&f, "protocol, port, process and application match, but host a.example is "
			   "not updates.acme.example or 1 other");
	rule.nto = 1;
	assert_differs(&f, "protocol, port, process and application match, but host a.example is "
			   "not updates.acme.example");
	rule.to = to + 2;
	assert_differs(&f, "protocol, port, process and application match, but host a.example is "
			   "not 192.0.2.128/25");
	rule = saved;
}

static void versions_of_tls_are_compared_as_numbers(void **state)
{
	static const struct { const char *min, *seen; bool ok; } rows[] = {
		{ "1.2", "1.2", true }, { "1.2", "1.3", true }, { "1.2", "1.9", true },
		{ "1.2", "1.1", false }, { "1.2", "1.0", false }, { "1.0", "1.0", true },
		{ "1.0", "ssl3", false }, { "1.0", "2.0", false }, { "1.0", "1-2", false },
		{ "1.0", "1.:", false }, { "1.0", "1./", false }, { "1.0", "1.", false },
		{ "1.0", "1", false }, { "1.0", "", false }, { "1.0", "1.33", false },
		{ "1.3", "1.2", false }, { "1.3", "1.3", true },
	};
	struct match_flow f = good();
	char least[8];

	(void)state;
	rule.tls_min = least;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)snprintf(least, sizeof(least), "%s", rows[i].min);
		f.tls_version = rows[i].seen;
		assert_int_equal(level(&f), rows[i].ok ? MATCH_FULL : MATCH_TLS);
	}
}

static void ranges_of_ports_have_both_ends(void **state)
{
	static const struct { uint16_t port; enum match_level level; } rows[] = {
		{ 442, MATCH_NONE }, { 443, MATCH_FULL }, { 444, MATCH_NONE },
		{ 7999, MATCH_NONE }, { 8000, MATCH_FULL }, { 8100, MATCH_FULL },
		{ 8101, MATCH_NONE },
	};
	struct match_flow f = good();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		remote.port = rows[i].port;
		assert_int_equal(level(&f), rows[i].level);
	}
}

static void networks_of_any_prefix_have_their_addresses_and_no_others(void **state)
{
	struct match_flow f = good();
	struct ev_addr net;

	(void)state;
	f.nnames = 0;
	assert_int_equal(ev_addr_parse("[2001:db8:5555:5555:5555:5555:5555:5555]:443", &net), 0);
	rule.to = to + 2;
	rule.nto = 1;
	for (unsigned int prefix = 0; prefix <= 128; prefix++) {
		to[2].net = net;
		to[2].prefix = prefix;
		remote = net;
		assert_int_equal(level(&f), MATCH_FULL);
		for (unsigned int bit = 0; bit < 128; bit++) {
			remote = net;
			remote.ip[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			assert_int_equal(level(&f), bit < prefix ? MATCH_NONE : MATCH_FULL);
		}
	}
	rule.to = to;
	rule.nto = 3;
}

static void any_of_several_names_of_an_address_may_be_the_declared_one(void **state)
{
	static const char *several[] = { "a.example", "updates.acme.example", "b.example" };
	struct match_flow f = good();
	struct match_parts parts;

	(void)state;
	f.names = several;
	f.nnames = 3;
	match_rule(&rule, &f, &parts);
	assert_true(parts.host);
	assert_false(parts.by_address);
	f.nnames = 1;
	assert_int_equal(level(&f), MATCH_NONE);
	rule.nto = 0;			/* anywhere */
	match_rule(&rule, &f, &parts);
	assert_true(parts.host);
	assert_false(parts.by_address);
	f.remote = NULL;
	match_rule(&rule, &f, &parts);
	assert_true(parts.host);
	assert_false(parts.port);
	rule.nto = 3;
}

/* near() - is this rule near enough to be named? */
static bool near(const struct pol_conn *r, const struct match_flow *f)
{
	struct pol p = { .conns = (struct pol_conn *)(uintptr_t)r, .nconns = 1 };

	return match_nearest(&p, f) == 0;
}

static void a_rule_is_near_by_three_dimensions_of_which_one_is_telling(void **state)
{
	static char ssh[] = "ssh", udp[] = "udp", other[] = "/bin/other";
	struct pol_range good_port = { 443, 443 }, bad_port = { 80, 80 };
	struct pol_dest bad_host = { .kind = POL_DEST_NAME, .name = other };
	struct pol_conn r = { .process = process };
	struct match_flow f = good();

	(void)state;
	assert_true(near(&r, &f));
	r.to = &bad_host;
	r.nto = 1;
	r.ports = &bad_port;
	r.nports = 1;
	assert_true(near(&r, &f));	/* process, protocol and application */
	r.protocol = udp;
	assert_false(near(&r, &f));
	r = (struct pol_conn){ .ports = &good_port, .nports = 1, .process = other,
			       .application = ssh };
	assert_true(near(&r, &f));
	r.protocol = udp;
	assert_false(near(&r, &f));
	r = (struct pol_conn){ .to = to, .nto = 3, .process = other, .application = ssh };
	assert_true(near(&r, &f));
	r.protocol = udp;
	assert_false(near(&r, &f));
	/* that both speak TLS over TCP says nothing */
	r = (struct pol_conn){ .protocol = tcp, .application = tls };
	assert_false(near(&r, &f));
}

static void what_agrees_more_is_nearer_than_what_is_more_telling(void **state)
{
	static char udp[] = "udp", other[] = "/bin/other";
	struct pol_range good_port = { 443, 443 };
	struct pol_conn more = { .process = process, .protocol = udp };
	struct pol_conn telling = { .to = to, .nto = 3, .ports = &good_port, .nports = 1,
				    .process = other, .protocol = udp };
	struct match_flow f = good();

	(void)state;
	assert_nearer(&more, &telling, &f);
}

static void of_rules_that_are_equally_near_the_first_is_named(void **state)
{
	struct pol_conn rules[3] = { rule, rule, rule };
	struct pol p = { .conns = rules, .nconns = 3 };
	struct match_flow f = good();

	(void)state;
	remote.port = 8443;
	assert_int_equal(match_nearest(&p, &f), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, set_up)
	const struct CMUnitTest tests[] = {
		TEST(a_flow_that_is_as_declared_matches),
		TEST(each_dimension_alone_breaks_the_match),
		TEST(an_unknown_owner_matches_only_rules_for_any_process),
		TEST(a_program_may_have_other_names),
		TEST(networks_end_at_their_prefix),
		TEST(an_application_may_have_more_than_one_name),
		TEST(what_is_not_recognised_is_not_the_application_however_little_it_is),
		TEST(a_conversation_in_which_nothing_was_said_has_no_application),
		TEST(an_unknown_application_may_be_declared),
		TEST(what_is_encrypted_without_tls_has_no_version_of_it),
		TEST(a_least_tls_version_asks_for_tls),
		TEST(icmp_covers_both_versions_and_has_no_ports),
		TEST(the_nearest_rule_agrees_most_and_by_something_telling),
		TEST(of_rules_that_agree_as_much_the_more_telling_is_nearer),
		TEST(a_difference_names_four_ranges_and_counts_the_rest),
		TEST(versions_of_tls_are_compared_as_numbers),
		TEST(ranges_of_ports_have_both_ends),
		TEST(networks_of_any_prefix_have_their_addresses_and_no_others),
		TEST(any_of_several_names_of_an_address_may_be_the_declared_one),
		TEST(a_rule_is_near_by_three_dimensions_of_which_one_is_telling),
		TEST(what_agrees_more_is_nearer_than_what_is_more_telling),
		TEST(of_rules_that_are_equally_near_the_first_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
