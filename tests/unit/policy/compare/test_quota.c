/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_quota.c - tests of policy/compare/quota.c: limits of one connection, of one destination and
 * in a time, and where a finding says that they were passed
 */
#include "tcbox/own.h"
#include "tests/unit/policy/compare/story.h"

#define SECOND 1000000000LL

/* talk_at() - a conversation @seconds after the start, @bytes out and ten times as many in */
static void talk_at(int number, double seconds, const char *remote, int bytes)
{
	long long t = (long long)(seconds * 1000) * (SECOND / 1000) + 1000;
	int port = 3000 + number;

	tell("'k':'sock','src':'box','t':%lld,'proc':2,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'%s'", t, port, remote);
	tell("'k':'flow','src':'net','t':%lld,'id':%d,'end':true,'proto':'tcp','local':'198.19.255.2:%d',"
	     "'remote':'%s','first':%lld,'last':%lld,'pkts_out':3,'pkts_in':2,'bytes_out':%d,'bytes_in':%d,"
	     "'app':'http','pkt_first':%d,'pkt_last':%d", t, port, port, remote, t + 10, t + 20, bytes,
	     bytes * 10, number * 10, number * 10 + 4);
}

static void ask_at(int number, int nth, double seconds, const char *remote, const char *more)
{
	long long t = (long long)(seconds * 1000) * (SECOND / 1000) + 1000;

	tell("'k':'request','src':'lab','t':%lld,'service':'http','client':'198.19.255.2:%d',"
	     "'server':'%s','number':%d,'first':%lld,'last':%lld,'status':200,'path':'/'%s",
	     t + 15, 3000 + number, remote, nth, t + 15, t + 16, more);
}

#define RULE(limits) "'connections':[{'id':'l','to':['203.0.113.0/24'],'limits':{" limits "}}]"
#define ONE "203.0.113.1:80"
#define TWO "203.0.113.2:80"

static void a_rate_is_of_any_span_and_names_the_first_time_and_packet(void **state)
{
	const struct fnd *f;

	(void)state;
	begin(RULE("'rates':[{'every':'1m','connections':2}]"));
	talk_at(1, 10, ONE, 1);
	talk_at(2, 59, ONE, 1);
	talk_at(3, 70, TWO, 1);		/* the first is just out of the window */
	talk_at(4, 100, ONE, 1);	/* the third from 59 on */
	talk_at(5, 101, ONE, 1);
	end();
	f = finding("NET-LIMIT");
	assert_int_equal(findings("NET-LIMIT"), 1);
	assert_string_equal(f->object, "connections in 1m");
	assert_string_equal(f->declared, "l");
	assert_int_equal(f->count, 2);
	assert_int_equal(f->first, 100 * SECOND + 1010);
	assert_int_equal(f->packets.v[0], 40);
	assert_string_equal(observed(f), "up to 4, at most 2 are declared");
}

static void requests_of_all_conversations_have_one_rate(void **state)
{
	const struct fnd *f;

	(void)state;
	begin(RULE("'rates':[{'every':'10s','requests':2}]"));
	talk_at(1, 1, ONE, 1);
	talk_at(2, 2, TWO, 1);
	ask_at(1, 1, 1, ONE, ",'method':'GET'");
	ask_at(1, 2, 12, ONE, ",'method':'GET'");
	ask_at(2, 1, 2, TWO, ",'method':'GET'");
	ask_at(2, 2, 11.5, TWO, ",'method':'GET'");
	end();
	assert_int_equal(findings("NET-LIMIT"), 0);
	(void)clean_up(state);
	begin(RULE("'rates':[{'every':'10s','requests':2}]"));
	talk_at(1, 1, ONE, 1);
	talk_at(2, 2, TWO, 1);
	ask_at(2, 1, 9, TWO, ",'method':'GET'");
	ask_at(1, 1, 10, ONE, ",'method':'GET'");
	ask_at(1, 2, 18.9, ONE, ",'method':'GET'");
	end();
	f = finding("NET-LIMIT");
	assert_string_equal(f->object, "requests in 10s");
	assert_int_equal(f->first, 18900 * (SECOND / 1000) + 1015);
	assert_string_equal(observed(f), "up to 3, at most 2 are declared");
}

static void each_connection_is_measured_by_itself(void **state)
{
	(void)state;
	begin(RULE("'each_connection':{'bytes_out':100,'bytes_in':900}"));
	talk_at(1, 1, ONE, 90);
	talk_at(2, 2, ONE, 100);
	talk_at(3, 3, ONE, 300);
	talk_at(4, 4, ONE, 200);
	end();
	assert_int_equal(findings("NET-LIMIT"), 2);
	assert_string_equal(finding("NET-LIMIT")->object, "bytes from the network in one connection");
	assert_int_equal(finding("NET-LIMIT")->count, 3);
	assert_int_equal(finding("NET-LIMIT")->packets.v[0], 20);
	assert_string_equal(observed(finding("NET-LIMIT")), "up to 3000, at most 900 are declared");
}

static void each_destination_has_a_sum_of_its_own(void **state)
{
	(void)state;
	begin(RULE("'each_destination':{'connections':2,'bytes_out':250}"));
	talk_at(1, 1, ONE, 100);
	talk_at(2, 2, TWO, 200);
	talk_at(3, 3, ONE, 100);
	talk_at(4, 4, TWO, 51);
	end();
	assert_int_equal(findings("NET-LIMIT"), 1);
	assert_string_equal(finding("NET-LIMIT")->object, "bytes to 203.0.113.2");
	assert_string_equal(observed(finding("NET-LIMIT")), "251 bytes in all, at most 250 are declared");
	(void)clean_up(state);
	begin(RULE("'each_destination':{'connections':2}"));
	for (int i = 0; i < 3; i++) {
		talk_at(2 * i, 2 * i, ONE, 1);
		talk_at(2 * i + 1, 2 * i + 1, TWO, 1);
	}
	end();
	assert_int_equal(findings("NET-LIMIT"), 2);
}

static void what_a_limit_cannot_count_bounds_the_verdict(void **state)
{
	static const struct { const char *limits, *more; enum fnd_verdict verdict; } rows[] = {
		{ RULE("'requests':5"), ",'method':'GET'", FND_CONFORMS },
		{ RULE("'requests':5"), ",'method':'GET','count':5", FND_CONFORMS },
		{ RULE("'requests':5"), ",'method':'GET','count':6", FND_VIOLATES },
		{ RULE("'requests':5"), "", FND_INCONCLUSIVE },
		{ RULE("'rates':[{'every':'1h','requests':5}]"), ",'method':'GET'", FND_CONFORMS },
		{ RULE("'rates':[{'every':'1h','requests':5}]"), ",'method':'GET','count':2",
		  FND_INCONCLUSIVE },
		{ RULE("'rates':[{'every':'1h','connections':1}]"), "", FND_CONFORMS },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin(rows[i].limits);
		talk_at(1, 1, ONE, 1);
		ask_at(1, 1, 1, ONE, rows[i].more);
		end();
		assert_int_equal(story.r->verdict, rows[i].verdict);
		(void)clean_up(state);
	}
}

static void a_share_that_may_be_too_much_bounds_the_verdict(void **state)
{
	static const struct { const char *limits; enum fnd_verdict verdict; } rows[] = {
		{ "'connections':1", FND_CONFORMS },
		{ "'bytes_out':99", FND_INCONCLUSIVE },
		{ "'each_connection':{'bytes_out':100}", FND_CONFORMS },
		{ "'each_connection':{'bytes_out':99}", FND_INCONCLUSIVE },
		{ "'each_destination':{'bytes_out':100}", FND_CONFORMS },
		{ "'each_destination':{'bytes_out':99}", FND_INCONCLUSIVE },
		{ "'rates':[{'every':'1s','connections':1}]", FND_CONFORMS },
	};
	char policy[512];

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		(void)snprintf(policy, sizeof(policy),
			       "'executes':['/bin/b'],'connections':["
			       "{'id':'a','process':'/opt/acme/agent','to':['203.0.113.1']},"
			       "{'id':'b','process':'/bin/b','to':['203.0.113.1'],'limits':{%s}}]",
			       rows[i].limits);
		begin(policy);
		tell("'k':'proc','src':'box','t':200,'proc':3,'parent':2,'role':'product','pid':4");
		tell("'k':'exec','src':'box','t':201,'proc':3,'path':'/bin/b','exe':'/bin/b','sha256':'bb'");
		tell("'k':'sock','src':'box','t':%lld,'proc':3,'call':'execve','proto':'tcp',"
		     "'local':'198.19.255.2:3001','remote':'" ONE "'", SECOND + 1000);
		talk_at(1, 1, ONE, 100);
		end();
		assert_int_equal(story.r->verdict, rows[i].verdict);
		(void)clean_up(state);
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(a_rate_is_of_any_span_and_names_the_first_time_and_packet),
		TEST(requests_of_all_conversations_have_one_rate),
		TEST(each_connection_is_measured_by_itself),
		TEST(each_destination_has_a_sum_of_its_own),
		TEST(what_a_limit_cannot_count_bounds_the_verdict),
		TEST(a_share_that_may_be_too_much_bounds_the_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
