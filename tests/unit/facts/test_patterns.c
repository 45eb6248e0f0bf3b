/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_patterns.c - tests of facts/patterns.c: what is called a tunnel, a beacon, generated, and
 * what is just below
 */
#include "tests/unit/facts/told.h"

static void program(int id, const char *exe)
{
	tell("'k':'proc','src':'box','t':100,'proc':%d,'parent':2,'pid':%d", id, id + 1);
	tell("'k':'exec','src':'box','t':100,'proc':%d,'path':'%s','exe':'%s','sha256':'b'", id, exe,
	     exe);
}

/* lookup() - the product asks for a name, by its one socket for that */
static void lookup(int at, const char *name)
{
	tell("'k':'lookup','src':'net','t':%lld,'name':'%s','type':'TXT','rcode':'NOERROR',"
	     "'flow':1,'server':'198.19.255.1:53'", at * MS, name);
}

/* talk() - a conversation that begins at @at ms */
static void talk(long long at, const char *more)
{
	static int port = 20000;

	port++;
	tell("'k':'sock','src':'box','t':%lld,'proc':3,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'203.0.113.9:443'", at * MS, port);
	tell("'k':'flow','src':'net','t':%lld,'id':%d,'end':true,'proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'203.0.113.9:443','first':%lld,'last':%lld,"
	     "'pkts_out':3,'pkts_in':2,'bytes_out':9,'bytes_in':9%s", at * MS, port, port, at * MS,
	     (at + 5) * MS, more);
}

static void start(void)
{
	begin(NULL);
	program(3, "/bin/x");
	tell("'k':'sock','src':'box','t':%lld,'proc':2,'call':'connect','proto':'udp',"
	     "'local':'198.19.255.2:9','remote':'198.19.255.1:53'", 150 * MS);
	tell("'k':'flow','src':'net','t':%lld,'id':1,'end':true,'proto':'udp',"
	     "'local':'198.19.255.2:9','remote':'198.19.255.1:53','first':%lld,'last':%lld,"
	     "'pkts_out':1", 150 * MS, 150 * MS, 150 * MS);
}

/* names() - @n different ones: the number stands between @before and @after. Return: what was
 * found */
static size_t names(const char *before, const char *after, int n)
{
	char name[128];

	start();
	for (int i = 0; i < n; i++) {
		(void)snprintf(name, sizeof(name), "%s%03d%s", before, i, after);
		lookup(i + 200, name);
	}
	collect();
	return facts->npatterns;
}

static void many_long_names_below_one_domain_are_a_tunnel(void **state)
{
	const struct fact_pattern *p;

	(void)state;
	assert_int_equal(names("aaaaaaaaaaaaaaaaa", ".t.example", 32), 1);
	p = &facts->patterns[0];
	assert_int_equal(p->kind, FACT_LOOKUP_TUNNEL);
	assert_string_equal(p->what, "t.example");
	assert_string_equal(p->program, "/opt/acme/agent");
	assert_int_equal(p->count, 32);
	assert_int_equal(p->size, 21);
	(void)forget(NULL);
	assert_int_equal(names("aaaaaaaaaaaaaaaaa", ".t.example", 31), 0);
	(void)forget(NULL);
	assert_int_equal(names("aaaaaaaaaaaaaaa", ".t.example", 32), 0);
	(void)forget(NULL);
	assert_int_equal(names("aaaaaaaaaaaaaaaaa", ".b.co.uk", 32), 1);
	assert_string_equal(facts->patterns[0].what, "b.co.uk");
}

static void names_that_are_contacted_are_none(void **state)
{
	char name[128], more[256];

	(void)state;
	start();
	for (int i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof(name), "aaaaaaaaaaaaaaaaa%03d.t.example", i);
		lookup(i + 200, name);
		(void)snprintf(more, sizeof(more), ",'app':'tls','sni':'%s'", name);
		if (i < 11)
			talk(1000 + i * i * 7, more);
	}
	collect();
	assert_int_equal(facts->npatterns, 0);
}

static void names_of_many_domains_that_nobody_would_choose_are_generated(void **state)
{
	(void)state;
	assert_int_equal(names("a", "xqzwrtp.example", 4), 1);
	assert_int_equal(facts->patterns[0].kind, FACT_GENERATED);
	assert_int_equal(facts->patterns[0].count, 4);
	(void)forget(NULL);
	assert_int_equal(names("a", "xqzwrtp.example", 3), 0);
	(void)forget(NULL);
	assert_int_equal(names("s", "p0m1n2.example", 4), 1);
	(void)forget(NULL);
	assert_int_equal(names("updates", ".example", 9), 0);
	(void)forget(NULL);
	/* of each measure one less: consonants in a row, letters, characters, changes to digits */
	assert_int_equal(names("bcdfaeio", ".example", 9), 0);
	(void)forget(NULL);
	assert_int_equal(names("bcdfg", ".example", 4), 1);
	(void)forget(NULL);
	assert_int_equal(names("1a1b1", "111.example", 9), 0);
	(void)forget(NULL);
	assert_int_equal(names("1a1b1c", "11.example", 4), 1);
	(void)forget(NULL);
	assert_int_equal(names("bcdf", ".example", 9), 0);
	(void)forget(NULL);
	assert_int_equal(names("aeiou", "ae.example", 9), 0);
	(void)forget(NULL);
	assert_int_equal(names("xn--", "xqzwrtp.example", 9), 0);
	(void)forget(NULL);
	assert_int_equal(names("xq", "zwrtp", 9), 0); /* of no domain */
	(void)forget(NULL);
	assert_int_equal(names("xqzwrtp", ".one.example", 9), 0);	/* of one */
}

/* calls() - six of them, at these ms. Return: what was found */
static size_t calls(const int at[6])
{
	start();
	for (int i = 0; i < 6; i++)
		talk(at[i], "");
	collect();
	return facts->npatterns;
}

static void conversations_at_regular_intervals_are_a_beacon(void **state)
{
	const struct fact_pattern *p;

	(void)state;
	assert_int_equal(calls((const int[]){ 200, 1200, 2210, 3190, 4200, 5200 }), 1);
	p = &facts->patterns[0];
	assert_int_equal(p->kind, FACT_BEACON);
	assert_int_equal(p->count, 6);
	assert_int_equal(p->interval, 1000 * MS);
	assert_int_equal(p->regular, 5);
	assert_int_equal(facts->dests[p->dest].port, 443);
	(void)forget(NULL);	/* one of five may be another */
	assert_int_equal(calls((const int[]){ 200, 1200, 2200, 3200, 4200, 9200 }), 1);
	(void)forget(NULL);
	assert_int_equal(calls((const int[]){ 200, 1200, 2200, 3200, 6200, 9200 }), 0);
	(void)forget(NULL);	/* too often for a beacon */
	assert_int_equal(calls((const int[]){ 200, 1100, 2000, 2900, 3800, 4700 }), 0);
	(void)forget(NULL);
	start();
	for (int i = 0; i < 5; i++)
		talk(200 + i * 1000, "");
	collect();
	assert_int_equal(facts->npatterns, 0);
}

/* echoes() - so many packets with so many bytes. Return: what was found */
static size_t echoes(int packets, int bytes)
{
	start();
	tell("'k':'flow','src':'net','t':%lld,'id':2,'end':true,'proto':'icmp',"
	     "'local':'198.19.255.2','remote':'203.0.113.9','first':%lld,'last':%lld,"
	     "'pkts_out':%d,'pkts_in':%d,'bytes_out':%d", 200 * MS, 200 * MS, 900 * MS,
	     packets - 1, 1, bytes);
	collect();
	return facts->npatterns;
}

static void echo_messages_with_much_in_them_are_a_tunnel(void **state)
{
	(void)state;
	assert_int_equal(echoes(8, 1024), 1);
	assert_int_equal(facts->patterns[0].kind, FACT_ECHO_TUNNEL);
	assert_int_equal(facts->patterns[0].size, 128);
	assert_int_equal(facts->patterns[0].count, 8);
	(void)forget(NULL);
	assert_int_equal(echoes(8, 1023), 0);
	(void)forget(NULL);
	assert_int_equal(echoes(7, 7000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(many_long_names_below_one_domain_are_a_tunnel, forget),
		cmocka_unit_test_teardown(names_that_are_contacted_are_none, forget),
		cmocka_unit_test_teardown(
			names_of_many_domains_that_nobody_would_choose_are_generated, forget),
		cmocka_unit_test_teardown(conversations_at_regular_intervals_are_a_beacon, forget),
		cmocka_unit_test_teardown(echo_messages_with_much_in_them_are_a_tunnel, forget),
	};

	return cmocka_run_group_tests_name("facts/patterns", tests, NULL, NULL);
}
