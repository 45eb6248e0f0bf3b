/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_requests.c - tests of facts/requests.c: what was asked for
 */
#include "tests/unit/facts/told.h"

#define ENDS "'client':'198.19.255.2:200','server':'198.18.0.2:443'"

/* conversation() - @app with a.example */
static void conversation(const char *app)
{
	tell("'k':'sock','src':'box','t':%lld,'proc':2,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:200','remote':'198.18.0.2:443'", 200 * MS);
	tell("'k':'flow','src':'net','t':%lld,'id':9,'end':true,'proto':'tcp',"
	     "'local':'198.19.255.2:200','remote':'198.18.0.2:443','first':%lld,'last':%lld,"
	     "'pkts_out':2,'bytes_out':900,'names':['a.example'],'app':'%s'", 200 * MS, 200 * MS,
	     300 * MS, app);
}

static void request(int number, const char *what)
{
	tell("'k':'request','src':'lab','t':%lld,'service':'https'," ENDS ",'number':%d,'first':%lld,"
	     "'last':%lld,%s", (210 + number) * MS, number, (210 + number) * MS,
	     (215 + number) * MS, what);
}

static void requests_that_are_alike_are_one(void **state)
{
	const struct fact_dest *d;

	(void)state;
	begin(NULL);
	conversation("tls");
	request(1, "'method':'GET','path':'/a','names':['a.example'],'status':200,'bytes_out':7,"
		   "'tls_version':'1.3'");
	request(2, "'method':'GET','path':'/a','names':['a.example'],'status':200,'bytes_out':8,"
		   "'tls_version':'1.3','count':3,'cut':true");
	request(3, "'method':'POST','path':'/a','names':['b.example'],'bytes_in':5,"
		   "'tls_version':'1.3'");
	request(4, "'method':'GET','path':'/a','names':['a.example'],'status':404,"
		   "'tls_version':'1.3'");
	collect();
	assert_int_equal(facts->ndests, 1);
	d = &facts->dests[0];
	assert_int_equal(d->nrequests, 3);
	assert_int_equal(d->more_requests, 0);
	assert_string_equal(d->requests[0].method, "POST");
	assert_string_equal(d->requests[0].host, "b.example");
	assert_int_equal(d->requests[0].bytes_out, 5);
	assert_int_equal(d->requests[1].count, 4);
	assert_int_equal(d->requests[1].bytes_in, 15);
	assert_int_equal(d->requests[1].status, 200);
	assert_int_equal(d->requests[1].first, 211 * MS);
	assert_int_equal(d->requests[1].last, 217 * MS);
	assert_true(d->requests[1].cut);
	assert_int_equal(d->requests[2].status, 404);
	assert_false(d->requests[2].cut);
}

static void what_the_lab_could_read_is_not_opaque(void **state)
{
	(void)state;
	begin(NULL);
	conversation("tls");
	request(1, "'sni':'a.example','tls_version':'1.3'");
	collect();
	assert_int_equal(facts->dests[0].content, FACT_READ);
	assert_null(facts->dests[0].requests[0].method);
	assert_string_equal(facts->dests[0].requests[0].host, "a.example");
	assert_int_equal(story.r->totals.bytes_opaque, 0);
	(void)forget(NULL);
	begin(NULL);
	conversation("tls");
	collect();
	assert_int_equal(facts->dests[0].content, FACT_ENCRYPTED);
	assert_int_equal(story.r->totals.bytes_opaque, 900);
}

static void what_was_sent_in_the_clear_comes_first(void **state)
{
	(void)state;
	begin(NULL);
	conversation("smtp");
	request(1, "'method':'MAIL','path':'b','bytes_in':900,'tls_version':'1.3'");
	request(2, "'method':'MAIL','path':'a'");
	collect();
	assert_string_equal(facts->dests[0].requests[0].path, "a");
	assert_null(facts->dests[0].requests[0].host);
}

/* at_once() - all of them have the same size and time */
static void at_once(int number, const char *method, const char *host, const char *path)
{
	tell("'k':'request','src':'lab','t':%lld,'service':'https'," ENDS ",'number':%d,'first':%lld,"
	     "'last':%lld,'method':'%s','names':['%s'],'path':'%s','status':200", 230 * MS, number,
	     220 * MS, 230 * MS, method, host, path);
}

static void requests_of_one_moment_stand_in_the_order_of_their_words(void **state)
{
	const struct fact_request *r;

	(void)state;
	begin(NULL);
	conversation("http");
	at_once(1, "GET", "b.example", "/a");
	at_once(2, "PUT", "a.example", "/b");
	at_once(3, "GET", "a.example", "/b");
	at_once(4, "PUT", "a.example", "/a");
	collect();
	assert_int_equal(facts->dests[0].nrequests, 4);
	r = facts->dests[0].requests;
	assert_string_equal(r[0].path, "/a");
	assert_string_equal(r[0].host, "a.example");
	assert_string_equal(r[1].method, "GET");
	assert_string_equal(r[1].path, "/b");
	assert_string_equal(r[2].method, "PUT");
	assert_string_equal(r[2].path, "/b");
	assert_string_equal(r[3].host, "b.example");
}

static void of_many_requests_the_first_are_kept(void **state)
{
	char what[128];

	(void)state;
	begin(NULL);
	conversation("tls");
	for (int i = 0; i < FACT_REQUESTS + 2; i++) {
		(void)snprintf(what, sizeof(what), "'method':'GET','path':'/%d','tls_version':'1.3'",
			       i);
		request(1, what);
	}
	collect();
	assert_int_equal(facts->dests[0].nrequests, FACT_REQUESTS);
	assert_int_equal(facts->dests[0].more_requests, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_that_are_alike_are_one),
		TEST(what_the_lab_could_read_is_not_opaque),
		TEST(what_was_sent_in_the_clear_comes_first),
		TEST(requests_of_one_moment_stand_in_the_order_of_their_words),
		TEST(of_many_requests_the_first_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
