/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_dests.c - tests of facts/dests.c: which conversations are one destination, and their order
 */
#include "tests/unit/facts/told.h"

/* program() - a process that runs @exe */
static void program(int id, const char *exe)
{
	tell("'k':'proc','src':'box','t':100,'proc':%d,'parent':2,'pid':%d", id, id + 1);
	tell("'k':'exec','src':'box','t':100,'proc':%d,'path':'%s','exe':'%s','sha256':'b'", id, exe,
	     exe);
}

/* talk() - the process connects from @port, and packets follow. @more: of the flow, "" or
 * ",'key':..." */
static void talk(int proc, int port, const char *remote, const char *more)
{
	tell("'k':'sock','src':'box','t':%lld,'proc':%d,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'%s'", port * MS, proc, port, remote);
	tell("'k':'flow','src':'net','t':%lld,'id':%d,'end':true,'proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'%s','first':%lld,'last':%lld,'pkts_out':2,"
	     "'pkts_in':1%s", port * MS, port, port, remote, port * MS, (port + 5) * MS, more);
}

static void conversations_that_are_alike_are_one(void **state)
{
	const struct fact_dest *d;

	(void)state;
	begin(NULL);
	program(3, "/bin/x");
	program(4, "/bin/x");
	talk(3, 200, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'tls'");
	talk(4, 300, "198.18.0.3:443", ",'bytes_in':7,'names':['a.example'],'app':'tls'");
	collect();
	assert_int_equal(facts->ndests, 1);
	d = &facts->dests[0];
	assert_string_equal(d->host, "a.example");
	assert_int_equal(d->port, 443);
	assert_int_equal(d->naddrs, 2);
	assert_int_equal(d->addrs[1].ip[3], 3);
	assert_false(d->addrs_left_out);
	assert_int_equal(d->count, 2);
	assert_int_equal(d->bytes_out, 10);
	assert_int_equal(d->bytes_in, 7);
	assert_int_equal(d->pkts, 6);
	assert_int_equal(d->first, 200 * MS);
	assert_int_equal(d->last, 305 * MS);
	assert_string_equal(d->owner.program, "/bin/x");
	assert_int_equal(d->owner.processes, 2);
	assert_int_equal(d->owner.proc, 3);
	assert_int_equal(d->owner.pid, 4);
	assert_int_equal(d->stand, FND_NOT_COMPARED);
	assert_int_equal(d->unfinished, 0);
}

/* ndests() - of two conversations that differ in this */
static size_t ndests(int proc, const char *remote, const char *more)
{
	size_t n;

	begin(NULL);
	program(3, "/bin/x");
	program(4, "/bin/y");
	talk(3, 200, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'tls'");
	talk(proc, 300, remote, more);
	collect();
	n = facts->ndests;
	(void)forget(NULL);
	return n;
}

static void what_a_reader_tells_apart_is_not_one(void **state)
{
	static const char same[] = ",'bytes_out':10,'names':['a.example'],'app':'tls'";

	(void)state;
	assert_int_equal(ndests(3, "198.18.0.2:443", same), 1);
	assert_int_equal(ndests(4, "198.18.0.2:443", same), 2);
	assert_int_equal(ndests(3, "198.18.0.2:444", same), 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'names':['b.example'],'app':'tls'"),
			 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'http'"),
			 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'tls',"
				"'sni':'b.example'"), 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'tls',"
				"'http_host':'b.example'"), 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'names':['a.example'],'app':'tls'"), 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'tls',"
				"'state':'refused'"), 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'tls',"
				"'ech':true"), 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'app':'tls'"), 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'tls',"
				"'state':'timeout'"), 2);
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'tls',"
				"'tls_version':'1.2'"), 2);
	/* however it ended */
	assert_int_equal(ndests(3, "198.18.0.2:443", ",'bytes_out':10,'names':['a.example'],'app':'tls',"
				"'state':'rst'"), 1);
}

static void without_a_name_each_address_is_one(void **state)
{
	(void)state;
	begin(NULL);
	talk(2, 200, "198.18.0.2:443", "");
	talk(2, 201, "198.18.0.2:443", "");
	talk(2, 202, "198.18.0.3:443", "");
	collect();
	assert_int_equal(facts->ndests, 2);
	assert_null(facts->dests[0].host);
	assert_true(fact_unresolved(&facts->dests[0]));
	assert_int_equal(facts->dests[0].count, 2);
	assert_int_equal(facts->dests[0].addrs[0].port, 0);
}

static void the_control_and_lookups_are_no_destinations(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'flow','src':'net','t':9,'id':90,'proto':'udp','local':'198.19.255.2:70',"
	     "'remote':'198.19.255.1:53','first':900,'last':901,'pkts_out':1,'bytes_out':30");
	collect();
	assert_int_equal(facts->ndests, 0);
}

static void packets_without_an_owner_have_none(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'flow','src':'net','t':9,'id':90,'proto':'icmp','local':'198.19.255.2:70',"
	     "'remote':'198.18.0.2:70','first':900,'last':901,'pkts_out':1,'bytes_out':30");
	collect();
	assert_int_equal(facts->ndests, 1);
	assert_null(facts->dests[0].owner.program);
	assert_int_equal(facts->dests[0].owner.proc, 0);
	assert_int_equal(facts->dests[0].owner.processes, 0);
	assert_int_equal(facts->dests[0].port, 0);
}

static void what_is_from_outside_has_the_port_of_the_box(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'flow','src':'net','t':9,'id':90,'proto':'tcp','local':'198.19.255.2:8080',"
	     "'remote':'198.18.0.2:70','inbound':true,'first':900,'last':901,'pkts_out':1,"
	     "'names':['a.example']");
	collect();
	assert_true(facts->dests[0].inbound);
	assert_null(facts->dests[0].host);
	assert_false(fact_unresolved(&facts->dests[0]));
	assert_int_equal(facts->dests[0].port, 8080);
}

static void how_content_went_is_said_as_far_as_it_is_known(void **state)
{
	(void)state;
	begin(NULL);
	talk(2, 200, "198.18.0.2:1", ",'app':'tls'");
	talk(2, 201, "198.18.0.2:2", ",'bytes_out':1,'app':'tls'");
	talk(2, 202, "198.18.0.2:3", ",'bytes_out':1,'app':'unknown'");
	talk(2, 203, "198.18.0.2:4", ",'bytes_in':1,'app':'http'");
	collect();
	assert_int_equal(facts->ndests, 4);
	for (size_t i = 0; i < 4; i++) {
		static const enum fact_content wanted[] = {
			[1] = FACT_NO_CONTENT, [2] = FACT_ENCRYPTED, [3] = FACT_UNKNOWN_CONTENT,
			[4] = FACT_CLEAR,
		};

		assert_int_equal(facts->dests[i].content, wanted[facts->dests[i].port]);
		if (facts->dests[i].content == FACT_UNKNOWN_CONTENT)
			assert_null(facts->dests[i].app);
	}
}

static void no_answer_and_a_refusal_are_two_kinds(void **state)
{
	(void)state;
	begin(NULL);
	talk(2, 200, "198.18.0.2:443", ",'state':'refused'");
	talk(2, 201, "198.18.0.2:443", ",'state':'timeout'");
	talk(2, 202, "198.18.0.2:443", ",'state':'refused'");
	collect();
	assert_int_equal(facts->ndests, 2);
	assert_string_equal(facts->dests[0].state, "refused");
	assert_int_equal(facts->dests[0].count, 2);
	assert_string_equal(facts->dests[1].state, "timeout");
}

static void what_weighs_the_same_is_in_the_order_of_size_and_of_the_record(void **state)
{
	static const uint16_t wanted[] = { 4, 3, 1, 2 };

	(void)state;
	begin(NULL);
	talk(2, 201, "198.18.0.2:1", ",'bytes_out':1,'bytes_in':5,'app':'tls','names':['a.example']");
	talk(2, 202, "198.18.0.2:2", ",'bytes_out':1,'bytes_in':5,'app':'tls','names':['a.example']");
	talk(2, 203, "198.18.0.2:3", ",'bytes_out':1,'bytes_in':6,'app':'tls','names':['a.example']");
	talk(2, 204, "198.18.0.2:4", ",'bytes_out':2,'bytes_in':1,'app':'tls','names':['a.example']");
	collect();
	assert_int_equal(facts->ndests, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(facts->dests[i].port, wanted[i]);
}

static void a_destination_has_the_time_of_all_its_conversations(void **state)
{
	(void)state;
	begin(NULL);
	talk(2, 300, "198.18.0.2:443", "");
	talk(2, 200, "198.18.0.2:443", "");
	talk(2, 250, "198.18.0.2:443", "");
	collect();
	assert_int_equal(facts->ndests, 1);
	assert_int_equal(facts->dests[0].first, 200 * MS);
	assert_int_equal(facts->dests[0].last, 305 * MS);
	assert_int_equal(facts->dests[0].naddrs, 1);
	assert_int_equal(facts->dests[0].owner.processes, 1);
}

static const char one_rule[] =
	"'undeclared':{'connections':'warning'},"
	"'connections':[{'id':'r','to':['declared.example'],'application':'tls'}]";

static void what_matters_comes_first(void **state)
{
	static const uint16_t wanted[] = { 5, 7, 6, 4, 8, 3, 2 };

	(void)state;
	begin(one_rule);
	talk(2, 201, "198.18.0.2:2", ",'bytes_out':900,'app':'tls','names':['declared.example']");
	talk(2, 202, "198.18.0.2:3", ",'bytes_out':900,'app':'http','names':['declared.example']");
	talk(2, 203, "198.18.0.3:4", ",'bytes_out':5,'app':'tls','names':['b.example']");
	talk(2, 204, "198.18.0.4:5", ",'bytes_out':1,'app':'tls'");
	talk(2, 205, "198.18.0.3:6", ",'bytes_out':1,'app':'http','names':['b.example']");
	talk(2, 206, "198.18.0.3:7", ",'bytes_out':2,'app':'http','names':['b.example']");
	talk(2, 207, "198.18.0.3:8", ",'bytes_out':5,'app':'tls','names':['b.example']");
	collect();
	assert_int_equal(facts->ndests, 7);
	for (size_t i = 0; i < 7; i++)
		assert_int_equal(facts->dests[i].port, wanted[i]);
	assert_int_equal(facts->dests[0].stand, FND_UNDECLARED);
	assert_null(facts->dests[0].rule);
	assert_int_equal(facts->dests[5].stand, FND_BROKEN);
	assert_string_equal(facts->dests[5].rule, "r");
	assert_int_equal(facts->dests[6].stand, FND_DECLARED);
	assert_string_equal(facts->dests[6].rule, "r");
}

static void what_a_policy_ignores_is_said(void **state)
{
	(void)state;
	begin("'undeclared':{'connections':'ignore'},'listens':[{'id':'in','ports':[80]}]");
	talk(2, 201, "198.18.0.2:2", ",'names':['a.example']");
	tell("'k':'flow','src':'net','t':9,'id':90,'proto':'tcp','local':'198.19.255.2:80',"
	     "'remote':'198.18.0.2:70','inbound':true,'first':900,'last':901,'pkts_out':1");
	collect();
	assert_int_equal(facts->ndests, 2);
	assert_int_equal(facts->dests[0].stand, FND_IGNORED);
	assert_int_equal(facts->dests[1].stand, FND_DECLARED);
	assert_string_equal(facts->dests[1].rule, "in");
}

static void of_many_addresses_the_first_are_kept(void **state)
{
	char remote[32];

	(void)state;
	begin(NULL);
	for (int i = 0; i < FACT_ADDRS + 1; i++) {
		(void)snprintf(remote, sizeof(remote), "198.18.1.%d:443", i);
		talk(2, 200 + i, remote, ",'names':['a.example']");
	}
	collect();
	assert_int_equal(facts->ndests, 1);
	assert_int_equal(facts->dests[0].naddrs, FACT_ADDRS);
	assert_true(facts->dests[0].addrs_left_out);
	assert_int_equal(facts->dests[0].count, FACT_ADDRS + 1);
}

static void of_many_destinations_the_weightiest_are_kept(void **state)
{
	(void)state;
	begin(NULL);
	for (int i = 0; i < FACTS_MAX + 2; i++)
		tell("'k':'flow','src':'net','t':9,'id':%d,'proto':'tcp','local':'198.19.255.2:9',"
		     "'remote':'203.0.%d.%d:%d','first':900,'last':901,'pkts_out':1,'bytes_out':%d,"
		     "'bytes_in':%d", 10 + i, i % 200, i / 200 % 200, 1 + i / 40000, i + 1, 2 * i + 1);
	collect();
	assert_int_equal(facts->ndests, FACTS_MAX);
	assert_int_equal(facts->dests[0].bytes_out, FACTS_MAX + 2);
	assert_int_equal(facts->dests[FACTS_MAX - 1].bytes_out, 3);
	assert_int_equal(facts->more_dests.n, 2);
	assert_int_equal(facts->more_dests.count, 2);
	assert_int_equal(facts->more_dests.bytes_out, 1 + 2);
	assert_int_equal(facts->more_dests.bytes_in, 1 + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(conversations_that_are_alike_are_one),
		TEST(what_a_reader_tells_apart_is_not_one),
		TEST(without_a_name_each_address_is_one),
		TEST(the_control_and_lookups_are_no_destinations),
		TEST(packets_without_an_owner_have_none),
		TEST(what_is_from_outside_has_the_port_of_the_box),
		TEST(how_content_went_is_said_as_far_as_it_is_known),
		TEST(no_answer_and_a_refusal_are_two_kinds),
		TEST(what_weighs_the_same_is_in_the_order_of_size_and_of_the_record),
		TEST(a_destination_has_the_time_of_all_its_conversations),
		TEST(what_matters_comes_first),
		TEST(what_a_policy_ignores_is_said),
		TEST(of_many_addresses_the_first_are_kept),
		TEST(of_many_destinations_the_weightiest_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
