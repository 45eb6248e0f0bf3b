/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_said.c - every name that is said in a conversation is compared, whichever witness heard it
 */
#include "tests/unit/policy/compare/story.h"

#define RULE "'connections':[{'id':'ok','to':['ok.example','*.cdn.example','192.0.2.0/24'],'ports':[443]}]"
#define ANY(more) "'names':['*'],'connections':[{'id':'any','to':['0.0.0.0/0']" more "}]"
#define LOOKED_UP "'names':['ok.example']"

/* talk() - a conversation on @port of the box. @more: further members of the flow */
static void talk(const char *remote, const char *more)
{
	tell("'k':'sock','src':'box','t':1000,'proc':2,'call':'connect','proto':'tcp','local':'198.19.255.2:1001','remote':'%s'",
	     remote);
	tell("'k':'flow','src':'net','id':9,'end':true,'proto':'tcp','local':'198.19.255.2:1001','remote':'%s','first':1010,"
	     "'last':2000,'pkts_out':3,'pkts_in':2,'bytes_out':300,'bytes_in':400,%s", remote, more);
}

static void ask(const char *request)
{
	tell("'k':'request','src':'lab','client':'198.19.255.2:1001','server':'198.18.3.7:443',"
	     "'first':1500,%s", request);
}

/* verdict_of() - of a declared conversation in which the lab heard these */
static enum fnd_verdict verdict_of(const char *policy, const char *flow, const char *one,
				   const char *two)
{
	(void)clean_up(NULL);
	begin(policy);
	talk("198.18.3.7:443", flow);
	if (one)
		ask(one);
	if (two)
		ask(two);
	end();
	return story.r->verdict;
}

#define GOOD "'service':'https','method':'GET','names':['ok.example'],'sni':'ok.example','tls_version':'1.3','status':200"

static void bytes_that_the_lab_did_not_read_bound_rules_about_content(void **state)
{
	static const char *const about[] = { RULE, ANY(",'application':'tls'"), ANY(",'tls':{'min_version':'1.2'}"),
					     ANY(",'http':{'methods':['GET']}"), ANY(",'http':{'paths':['/']}"),
					     ANY(",'limits':{'requests':9}") };

	(void)state;
	for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++) {
		assert_int_equal(verdict_of(about[i], LOOKED_UP ",'app':'tls','tls_version':'1.3'", GOOD ",'path':'/'", NULL),
				 FND_CONFORMS);
		assert_int_equal(verdict_of(about[i], LOOKED_UP ",'app':'tls','tls_version':'1.3','ambiguous':true",
					    GOOD ",'path':'/'", NULL), FND_INCONCLUSIVE);
	}
	assert_int_equal(verdict_of(ANY(""), LOOKED_UP ",'ambiguous':true", GOOD, NULL), FND_CONFORMS);
}

static void an_undeclared_name_that_only_the_lab_heard_is_a_violation(void **state)
{
	static const char *const requests[] = {
		"'service':'https','names':['evil.example'],'method':'GET','sni':'ok.example','tls_version':'1.3'",
		"'service':'https','names':['ok.example'],'method':'GET','sni':'evil.example','tls_version':'1.3'",
		"'service':'http','names':['ok.example'],'method':'CONNECT','target':'evil.example:443'",
		"'service':'http','names':['ok.example','evil.example'],'method':'GET'",
		"'service':'tls','sni':'evil.example'",
	};
	const struct fnd *f;

	(void)state;
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'app':'tls'", GOOD, NULL), FND_CONFORMS);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		assert_int_equal(verdict_of(RULE, LOOKED_UP ",'app':'tls'", GOOD, requests[i]), FND_VIOLATES);
		assert_int_equal(story.r->nfindings, 1);
		f = finding("TLS-NAME-MISMATCH");
		assert_string_equal(f->object, "looked up ok.example and asked the server for evil.example");
		assert_string_equal(f->declared, "ok");
		assert_non_null(strstr(observed(f), "the lab was asked for "));
		assert_int_equal(f->events.n, 3);	/* flow, call, and the request */
		assert_int_equal(story.r->rules[0].count, 0);
	}
}

static void a_name_that_the_decoder_heard_counts_whatever_the_lab_heard(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'app':'tls','sni':'evil.example'", GOOD, NULL), FND_VIOLATES);
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'app':'http','sni':'ok.example','http_host':'evil.example'", GOOD, NULL),
			 FND_VIOLATES);
}

static void another_name_of_the_rule_is_a_note(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(RULE, LOOKED_UP, "'names':['a.cdn.example']", NULL), FND_CONFORMS);
	assert_int_equal(finding("TLS-NAME-MISMATCH")->severity, FND_INFO);
	assert_int_equal(story.r->rules[0].count, 1);
	assert_int_equal(verdict_of(RULE, "'names':['ok.example','a.cdn.example']", "'names':['ok.example']",
				    "'names':['a.cdn.example']"), FND_CONFORMS);
	assert_null(finding("TLS-NAME-MISMATCH"));	/* lookups gave both for the address */
}

static void a_second_name_of_the_address_must_be_declared_too(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(RULE, "'names':['ok.example','stranger.example']", "'names':['ok.example']",
				    "'names':['stranger.example']"), FND_VIOLATES);
	assert_string_equal(finding("TLS-NAME-MISMATCH")->object,
			    "looked up ok.example and asked the server for stranger.example");
}

static void a_rule_for_any_destination_declares_every_name(void **state)
{
	(void)state;
	assert_int_equal(verdict_of("'connections':[{'id':'any','ports':[443]}]", LOOKED_UP, "'names':['x.example']", NULL),
			 FND_CONFORMS);
	assert_int_equal(finding("TLS-NAME-MISMATCH")->severity, FND_INFO);
}

static void a_rule_for_an_address_declares_no_names_but_those_that_were_looked_up(void **state)
{
	static const char rule[] = "'connections':[{'id':'net','to':['198.18.0.0/16'],'ports':[443]}]";

	(void)state;
	assert_int_equal(verdict_of(rule, LOOKED_UP, "'names':['ok.example']", NULL), FND_CONFORMS);
	assert_int_equal(verdict_of(rule, LOOKED_UP, "'names':['x.example']", NULL), FND_VIOLATES);
	assert_int_equal(verdict_of(rule, "'app':'http'", "'names':['x.example']", NULL), FND_VIOLATES);
	assert_string_equal(finding("TLS-NAME-MISMATCH")->object,
			    "went to 198.18.3.7, which it did not look up, and asked the server for x.example");
	assert_int_equal(verdict_of(rule, "'app':'http'", "'names':['198.18.3.7:443']", NULL), FND_CONFORMS);
	assert_int_equal(verdict_of(rule, "'app':'http'", NULL, NULL), FND_CONFORMS);
}

static void an_address_in_the_place_of_a_name_is_judged_as_one(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(RULE, LOOKED_UP, "'names':['198.18.3.7']", NULL), FND_CONFORMS);
	assert_null(finding("TLS-NAME-MISMATCH"));
	assert_int_equal(verdict_of(RULE, LOOKED_UP, "'method':'CONNECT','target':'192.0.2.9:80'", NULL), FND_CONFORMS);
	assert_int_equal(finding("TLS-NAME-MISMATCH")->severity, FND_INFO);
	assert_int_equal(verdict_of(RULE, LOOKED_UP, "'method':'CONNECT','target':'203.0.113.9:80'", NULL), FND_VIOLATES);
	assert_int_equal(verdict_of(RULE, LOOKED_UP, "'method':'CONNECT','target':'[2001:db8::9]:80'", NULL), FND_VIOLATES);
}

static void what_nobody_declared_or_looked_up_is_one_finding(void **state)
{
	(void)state;
	assert_int_equal(verdict_of("", "'app':'http'", "'names':['evil.example']", NULL), FND_VIOLATES);
	assert_int_equal(story.r->nfindings, 1);
	assert_non_null(strstr(observed(finding("NET-UNDECLARED")), "the lab was asked for evil.example"));
}

static void without_a_policy_another_name_is_a_warning(void **state)
{
	(void)state;
	(void)verdict_of(NULL, LOOKED_UP, "'names':['evil.example']", NULL);
	assert_int_equal(finding("TLS-NAME-MISMATCH")->severity, FND_WARNING);
}

static void many_names_are_told_with_the_first(void **state)
{
	(void)state;
	assert_int_equal(verdict_of("", LOOKED_UP, "'names':['a.example','b.example','c.example']",
				    "'names':['d.example','e.example']"), FND_VIOLATES);
	assert_non_null(strstr(observed(finding("NET-UNDECLARED")),
			       "the lab was asked for a.example, b.example, c.example, d.example, ..."));
}

#define APP "'connections':[{'id':'ok','to':['ok.example'],'application':'tls','tls':{'min_version':'1.2'}}]"
#define HTTP "'connections':[{'id':'ok','to':['ok.example'],'application':'http'}]"
#define MAIL "'connections':[{'id':'ok','to':['ok.example'],'application':'smtp','tls':{'min_version':'1.2'}}]"

static void the_lab_knows_what_the_packets_hid(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(APP, LOOKED_UP ",'app':'unknown'", NULL, NULL), FND_VIOLATES);
	assert_int_equal(verdict_of(APP, LOOKED_UP ",'app':'unknown'", GOOD, NULL), FND_CONFORMS);
	assert_int_equal(verdict_of(APP, LOOKED_UP, GOOD, NULL), FND_CONFORMS);
	assert_int_equal(verdict_of(HTTP, LOOKED_UP ",'app':'unknown'", "'service':'http','method':'MKCOL','names':['ok.example']",
				    NULL), FND_CONFORMS);
	assert_int_equal(verdict_of(HTTP, LOOKED_UP ",'app':'unknown'", GOOD, NULL), FND_VIOLATES);
	assert_int_equal(verdict_of(HTTP, LOOKED_UP ",'app':'nats'", "'service':'http','method':'SUBSCRIBE'", NULL), FND_CONFORMS);
	assert_int_equal(verdict_of(HTTP, LOOKED_UP ",'app':'ipp','http_host':'ok.example'", "'service':'http','method':'POST'",
				    NULL), FND_VIOLATES);
	assert_int_equal(verdict_of(HTTP, LOOKED_UP ",'app':'http_connect'", "'service':'http','method':'GET'", NULL),
			 FND_CONFORMS);
}

static void tls_that_begins_later_has_its_version_and_its_names(void **state)
{
	static const char starttls[] = "'service':'smtp','method':'STARTTLS','number':1";

	(void)state;
	assert_int_equal(verdict_of(MAIL, LOOKED_UP ",'app':'smtp'", starttls, NULL), FND_VIOLATES);
	assert_int_equal(verdict_of(MAIL, LOOKED_UP ",'app':'smtp'", starttls,
				    "'service':'smtp','method':'MAIL','tls_version':'1.2','sni':'ok.example'"), FND_CONFORMS);
	assert_int_equal(verdict_of(MAIL, LOOKED_UP ",'app':'smtp'", starttls,
				    "'service':'smtp','method':'MAIL','tls_version':'1.1','sni':'ok.example'"), FND_VIOLATES);
	assert_string_equal(fnd_code_name(story.r->findings[0].code), "TLS-VERSION");
	assert_int_equal(verdict_of(MAIL, LOOKED_UP ",'app':'smtp'", "'service':'smtp','method':'MAIL'",
				    "'service':'smtp','method':'MAIL','tls_version':'1.3'"), FND_VIOLATES);
	assert_int_equal(verdict_of(APP, LOOKED_UP ",'app':'tls','tls_version':'1.3'", GOOD,
				    "'service':'https','tls_version':'1.0','via':'ok.example:443'"), FND_VIOLATES);
}

static void what_only_the_decoder_could_not_follow_is_the_labs_word(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'unread':true", NULL, NULL), FND_INCONCLUSIVE);
	assert_true(has_gap("neither in the packets nor by the lab", true));
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'unread':true", GOOD, NULL), FND_CONFORMS);
}

static void who_gets_mail_is_told_and_not_compared(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(RULE, LOOKED_UP, "'service':'smtp','method':'MAIL','path':'FROM:<a@ok.example>'",
				    "'service':'smtp','method':'RCPT','path':'TO:<b@evil.example>'"), FND_CONFORMS);
	assert_true(has_gap("such as TO:<b@evil.example>", false));
}

#define TO_NET(net) "'connections':[{'id':'net','to':['" net "']}],'names':['*']"
#define VEILED "'service':'https','sni':'ok.example','ech':true"

static void an_encrypted_hello_may_say_a_name_that_nobody_read(void **state)
{
	(void)state;
	/* GREASE: the client went on with the server of the name beside it */
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'ech':true,'app':'tls'", GOOD ",'ech':true", NULL), FND_CONFORMS);
	assert_true(has_gap("with one, or a pretended one", false));
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'ech':true", VEILED ",'tls_version':'1.3','bytes_in':1", NULL), FND_CONFORMS);
	/* it did not, or nobody knows */
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'ech':true", NULL, NULL), FND_INCONCLUSIVE);
	assert_true(has_gap("Another name may be in it", true));
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'ech':true", VEILED, NULL), FND_INCONCLUSIVE);
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'ech':true", VEILED ",'tls_version':'1.3'", NULL), FND_INCONCLUSIVE);
	assert_int_equal(verdict_of(RULE, LOOKED_UP ",'ech':true", GOOD, NULL), FND_INCONCLUSIVE);
	/* in a tunnel, where the packets do not show it */
	assert_int_equal(verdict_of(RULE, LOOKED_UP, GOOD, VEILED), FND_INCONCLUSIVE);
	/* where every name is declared, it does not matter */
	assert_int_equal(verdict_of("'connections':[{'id':'any','ports':[443]}]", LOOKED_UP ",'ech':true", NULL, NULL), FND_CONFORMS);
	assert_int_equal(verdict_of(TO_NET("0.0.0.0/0"), LOOKED_UP ",'ech':true", NULL, NULL), FND_CONFORMS);
	assert_int_equal(verdict_of(TO_NET("128.0.0.0/1"), LOOKED_UP ",'ech':true", NULL, NULL), FND_INCONCLUSIVE);
}

/* shared_verdict() - two programs send from the same ends. @rule: members of that of the second */
static enum fnd_verdict shared_verdict(const char *rule, const char *flow)
{
	char policy[512];

	(void)snprintf(policy, sizeof(policy),
		       "'executes':['/**'],'connections':[{'id':'first','process':'/opt/acme/agent','to':['ok.example','evil.example']},"
		       "{'id':'second','process':'/opt/acme/other'%s}]", rule);
	(void)clean_up(NULL);
	begin(policy);
	tell("'k':'proc','src':'box','proc':3,'parent':2,'pid':3");
	tell("'k':'exec','src':'box','proc':3,'path':'/opt/acme/other','exe':'/opt/acme/other','sha256':'bb'");
	for (int i = 2; i <= 3; i++)
		tell("'k':'sock','src':'box','t':%d,'proc':%d,'call':'sendto','proto':'udp','local':'198.19.255.2:1001',"
		     "'remote':'198.18.3.7:443'", 1998 - i, i);
	tell("'k':'flow','src':'net','id':9,'end':true,'proto':'udp','local':'198.19.255.2:1001','remote':'198.18.3.7:443','first':1996,"
	     "'last':2000,'pkts_out':3,'pkts_in':2,'bytes_out':300,'bytes_in':400,'names':['ok.example'],%s", flow);
	end();
	return story.r->verdict;
}

static void what_is_said_with_a_shared_socket_must_suit_both_programs(void **state)
{
	static const char ok[] = ",'to':['ok.example']";
	static const struct {
		const char *rule, *flow, *code;	/* of the finding; NULL: it conforms */
	} rows[] = {
		{ ok, "'app':'dtls','sni':'ok.example'", NULL },
		{ ok, "'app':'dtls','sni':'evil.example'", "TLS-NAME-MISMATCH" },
		{ ",'to':['198.18.3.7']", "'app':'dtls','sni':'evil.example'", "TLS-NAME-MISMATCH" },
		{ ",'to':['ok.example'],'application':'http'", "'app':'http'", NULL },
		{ ",'to':['ok.example'],'application':'tls'", "'app':'http'", "NET-APPLICATION" },
		{ ",'to':['ok.example'],'tls':{'min_version':'1.2'}", "'app':'tls','tls_version':'1.2'", NULL },
		{ ",'to':['ok.example'],'tls':{'min_version':'1.2'}", "'app':'tls','tls_version':'1.1'", "TLS-VERSION" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum fnd_verdict verdict = shared_verdict(rows[i].rule, rows[i].flow);

		assert_int_equal(verdict, rows[i].code ? FND_VIOLATES : FND_CONFORMS);
		if (rows[i].code)
			assert_string_equal(finding(rows[i].code)->program, "/opt/acme/other");
	}
}

static void what_could_not_be_read_bounds_the_verdict(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(RULE, LOOKED_UP, GOOD, "'method':'PRI','unread':true"), FND_INCONCLUSIVE);
	assert_true(has_gap("could not read to the end", true));
	(void)clean_up(state);
	begin(RULE);
	ask(GOOD);
	end();
	assert_verdict(FND_INCONCLUSIVE);
	assert_true(has_gap("in no recorded conversation", true));
	(void)clean_up(state);
	begin(RULE);
	tell("'k':'counters','src':'lab','values':{'requests_unrecorded':1}");
	end();
	assert_verdict(FND_INCONCLUSIVE);
	assert_true(has_gap("beyond the limit of the record", true));
}

#define TEST(f) cmocka_unit_test_teardown(f, clean_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_undeclared_name_that_only_the_lab_heard_is_a_violation),
		TEST(bytes_that_the_lab_did_not_read_bound_rules_about_content),
		TEST(a_name_that_the_decoder_heard_counts_whatever_the_lab_heard),
		TEST(another_name_of_the_rule_is_a_note),
		TEST(a_second_name_of_the_address_must_be_declared_too),
		TEST(a_rule_for_any_destination_declares_every_name),
		TEST(a_rule_for_an_address_declares_no_names_but_those_that_were_looked_up),
		TEST(an_address_in_the_place_of_a_name_is_judged_as_one),
		TEST(what_nobody_declared_or_looked_up_is_one_finding),
		TEST(without_a_policy_another_name_is_a_warning),
		TEST(many_names_are_told_with_the_first),
		TEST(the_lab_knows_what_the_packets_hid),
		TEST(tls_that_begins_later_has_its_version_and_its_names),
		TEST(what_only_the_decoder_could_not_follow_is_the_labs_word),
		TEST(who_gets_mail_is_told_and_not_compared),
		TEST(an_encrypted_hello_may_say_a_name_that_nobody_read),
		TEST(what_is_said_with_a_shared_socket_must_suit_both_programs),
		TEST(what_could_not_be_read_bounds_the_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
