/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_requests.c - tests of evidence/requests.c: whose a request is, and which names were said
 */
#include "tests/unit/evidence/tell.h"

#define MS 1000000
#define ENDS "'client':'198.19.255.2:4000','server':'198.18.0.7:443'"
#define FLOW(id) "'k':'flow','src':'net','id':" id ",'proto':'tcp','local':'198.19.255.2:4000'," \
		 "'remote':'198.18.0.7:443'"
#define REQUEST "'k':'request','src':'lab','service':'https'," ENDS

static void heard(size_t i, const char *name, unsigned int how, unsigned int by)
{
	const struct evd_flow *f = told.facts->flows[0];

	assert_true(i < f->nsaid);
	assert_string_equal(f->said[i].name, name);
	assert_int_equal(f->said[i].how, how);
	assert_int_equal(f->said[i].heard, by);
}

static void names_are_told_once_with_all_who_heard_them(void **state)
{
	(void)state;
	tell(FLOW("1") ",'first':10,'sni':'A.example'");
	tell(REQUEST ",'number':1,'first':20,'names':['b.example','a.example'],'sni':'a.example','tls_version':'1.3'");
	tell(REQUEST ",'number':2,'first':30,'method':'CONNECT','target':'C.example:443','names':['b.example']");
	(void)finish();
	assert_int_equal(told.facts->flows[0]->nsaid, 3);
	heard(0, "a.example", 1u << EVD_BY_SNI | 1u << EVD_BY_HOST, 1u << EV_SRC_NET | 1u << EV_SRC_LAB);
	heard(1, "b.example", 1u << EVD_BY_HOST, 1u << EV_SRC_LAB);
	heard(2, "c.example", 1u << EVD_BY_PROXY, 1u << EV_SRC_LAB);
	assert_int_equal(told.facts->flows[0]->said[0].line, 1);
	assert_int_equal(told.facts->flows[0]->said[2].line, 3);
}

static void what_is_no_port_stays_in_a_name(void **state)
{
	(void)state;
	tell(FLOW("1") ",'first':10");
	tell(REQUEST ",'number':1,'first':20,'method':'CONNECT','target':'a.example@b.example','names':['a.example:80@b',"
	     "'c.example:','d.example:80']");
	(void)finish();
	assert_int_equal(told.facts->flows[0]->nsaid, 4);
	heard(0, "a.example@b.example", 1u << EVD_BY_PROXY, 1u << EV_SRC_LAB);
	heard(1, "a.example:80@b", 1u << EVD_BY_HOST, 1u << EV_SRC_LAB);
	heard(2, "c.example", 1u << EVD_BY_HOST, 1u << EV_SRC_LAB);
	heard(3, "d.example", 1u << EVD_BY_HOST, 1u << EV_SRC_LAB);
}

static void a_request_belongs_to_the_latest_flow_that_had_begun(void **state)
{
	(void)state;
	tell(FLOW("1") ",'first':%d", 100 * MS);
	tell(FLOW("2") ",'first':%d", 200 * MS);
	tell("'k':'flow','src':'net','id':3,'proto':'udp','local':'198.19.255.2:4000','remote':'198.18.0.7:443',"
	     "'first':%d", 190 * MS);
	tell(REQUEST ",'number':1,'first':%d", 201 * MS);
	tell(REQUEST ",'number':2,'first':%d", 181 * MS);	/* two clocks */
	tell(REQUEST ",'number':3,'first':%d", 179 * MS);
	tell(REQUEST ",'number':4,'first':%d", 79 * MS);
	(void)finish();
	assert_int_equal(told.facts->flows[0]->nrequests, 1);
	assert_int_equal(told.facts->flows[0]->requests[0].number, 3);
	assert_int_equal(told.facts->flows[1]->nrequests, 0);
	assert_int_equal(told.facts->flows[2]->nrequests, 2);
	assert_int_equal(told.facts->flows[2]->requests[0].number, 1);
	assert_int_equal(told.facts->flows[2]->requests[1].number, 2);
	assert_int_equal(told.facts->nrequests, 4);
	assert_null(told.facts->requests[3].flow);
	assert_int_equal(told.facts->requests[3].number, 4);
}

static void of_flows_that_began_at_once_the_later_number_has_the_request(void **state)
{
	(void)state;
	tell(FLOW("2") ",'first':%d", 100 * MS);
	tell(FLOW("1") ",'first':%d", 100 * MS);
	tell(FLOW("3") ",'first':%d", 100 * MS);
	tell(REQUEST ",'number':1,'first':%d", 101 * MS);
	(void)finish();
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(told.facts->flows[i]->nrequests, told.facts->flows[i]->id == 3);
}

static void other_ends_are_no_flow_of_a_request(void **state)
{
	(void)state;
	tell(FLOW("1") ",'first':10");
	tell("'k':'request','src':'lab','client':'198.19.255.2:4001','server':'198.18.0.7:443','first':20");
	tell("'k':'request','src':'lab','client':'198.19.255.2:4000','server':'198.18.0.7:444','first':20");
	tell("'k':'request','src':'lab','client':'198.19.255.2:4000','server':'198.18.0.8:443','first':20");
	tell("'k':'request','src':'lab','client':'[2001:db8::1]:4000','server':'[2001:db8::2]:443','first':20");
	(void)finish();
	assert_int_equal(told.facts->flows[0]->nrequests, 0);
	for (size_t i = 0; i < 4; i++)
		assert_null(told.facts->requests[i].flow);
}

static void a_request_tells_what_the_event_says(void **state)
{
	const struct evd_request *r;

	(void)state;
	tell(REQUEST ",'number':7,'count':3,'names':['a.example'],'method':'GET','path':'/x','via':'p:1','sni':'s.example',"
	     "'tls_version':'1.2','status':200,'bytes_in':5,'bytes_out':6,'first':20,'last':30,'cut':true,'unread':true");
	tell(REQUEST);
	(void)finish();
	r = told.facts->requests;
	assert_int_equal(r->number, 7);
	assert_int_equal(r->count, 3);
	assert_int_equal(r[1].count, 1);
	assert_string_equal(r->service, "https");
	assert_string_equal(r->method, "GET");
	assert_string_equal(r->path, "/x");
	assert_string_equal(r->via, "p:1");
	assert_string_equal(r->sni, "s.example");
	assert_string_equal(r->names->v[0], "a.example");
	assert_int_equal(r->status, 200);
	assert_int_equal(r->bytes_in, 5);
	assert_int_equal(r->bytes_out, 6);
	assert_int_equal(r->first, 20);
	assert_int_equal(r->last, 30);
	assert_true(r->cut && r->unread);
	assert_false(r[1].cut || r[1].unread);
}

/* unheard() - of a flow that has ended, and what the lab read of it; NULL: it says nothing of it */
static bool unheard(const char *flow, const char *one, const char *two)
{
	(void)end(NULL);
	(void)begin(NULL);
	tell(FLOW("1") ",'end':true,'first':10,%s", flow);
	if (one)
		tell("'k':'served','src':'lab'," ENDS ",'end':true,'first':11,%s", one);
	if (two)
		tell("'k':'served','src':'lab'," ENDS ",'first':11,%s", two);
	(void)finish();
	return evd_unheard(told.facts->flows[0]);
}

static void what_the_lab_read_of_a_flow_is_all_that_packets_carried(void **state)
{
	(void)state;
	assert_false(unheard("'stream':7", "'stream':7", NULL));
	assert_false(unheard("'stream':7", "'stream':3", "'end':true,'stream':4"));
	assert_false(unheard("'pkts_out':1", "'detail':'x'", NULL));
	assert_true(unheard("'stream':8", "'stream':7", NULL));
	assert_true(unheard("'stream':6", "'stream':7", NULL));
	assert_true(unheard("'stream':7", "'detail':'x'", NULL));
	/* in the middle of a connection nothing is told yet */
	assert_true(unheard("'stream':7", "'stream':3", "'stream':4"));
	assert_true(unheard("'stream':7,'ambiguous':true", "'stream':7", NULL));
	/* a record of before, and what the lab does not serve */
	assert_false(unheard("'stream':7", NULL, NULL));
	assert_false(unheard("'stream':7,'inbound':true", "'detail':'x'", NULL));
}

/* of() - what the lab heard in a flow with these requests */
static const struct evd_flow *of(const char *one, const char *two)
{
	(void)end(NULL);
	(void)begin(NULL);
	tell(FLOW("1") ",'first':10");
	if (one)
		tell("'k':'request','src':'lab'," ENDS ",'first':20,%s", one);
	if (two)
		tell("'k':'request','src':'lab'," ENDS ",'first':20,%s", two);
	(void)finish();
	return told.facts->flows[0];
}

#define HTTP "'service':'http','method':'GET'"
#define CONNECT "'service':'http','method':'CONNECT','target':'c:443'"
#define STARTTLS "'service':'smtp','method':'STARTTLS'"
#define TLS(v) "'service':'https','tls_version':'" v "'"

static void the_first_request_says_the_protocol(void **state)
{
	(void)state;
	assert_null(evd_heard_app(of(NULL, NULL)));
	assert_string_equal(evd_heard_app(of(HTTP, NULL)), "http");
	assert_string_equal(evd_heard_app(of(TLS("1.3"), HTTP)), "tls");
	assert_string_equal(evd_heard_app(of(CONNECT, TLS("1.3"))), "http");
	assert_string_equal(evd_heard_app(of(STARTTLS, TLS("1.3"))), "smtp");
}

static void the_weakest_tls_counts_and_a_request_in_the_clear_is_none(void **state)
{
	(void)state;
	assert_null(evd_heard_tls(of(NULL, NULL)));
	assert_null(evd_heard_tls(of(HTTP, NULL)));
	assert_null(evd_heard_tls(of(CONNECT, NULL)));
	assert_string_equal(evd_heard_tls(of(CONNECT, TLS("1.3"))), "1.3");
	assert_string_equal(evd_heard_tls(of(STARTTLS, TLS("1.2"))), "1.2");
	assert_string_equal(evd_heard_tls(of(TLS("1.3"), TLS("1.0"))), "1.0");
	assert_string_equal(evd_heard_tls(of(TLS("1.0"), TLS("1.3"))), "1.0");
	assert_null(evd_heard_tls(of(HTTP, TLS("1.3"))));
}

/* offers() - a flow whose packets show 1.2, and what the lab says at its end */
static const struct evd_flow *offers(const char *served, const char *request)
{
	(void)end(NULL);
	(void)begin(NULL);
	tell(FLOW("1") ",'end':true,'first':10,'app':'tls','tls_version':'1.2'");
	if (request)
		tell("'k':'request','src':'lab'," ENDS ",'first':11,%s", request);
	tell("'k':'served','src':'lab'," ENDS ",'end':true,'first':11,%s", served);
	(void)finish();
	return told.facts->flows[0];
}

static void a_version_that_was_refused_was_not_used(void **state)
{
	const struct evd_flow *f = offers("'tls_failed':true,'tls_refused':'1.0'", NULL);

	(void)state;
	assert_true(f->tls_failed);
	assert_null(f->tls_version);
	assert_string_equal(f->tls_refused, "1.0");
	/* who does not say that it was the version may have taken it */
	f = offers("'tls_failed':true", "'service':'tls'");
	assert_true(f->tls_failed);
	assert_string_equal(f->tls_version, "1.2");
	assert_null(f->tls_refused);
	/* there was a session: its version counts */
	f = offers("'tls_failed':true,'tls_refused':'1.0'", TLS("1.0"));
	assert_false(f->tls_failed);
	assert_string_equal(f->tls_version, "1.0");
	f = offers("'stream':7", NULL);
	assert_false(f->tls_failed);
	assert_string_equal(f->tls_version, "1.2");
}

static void only_the_lab_understands_requests(void **state)
{
	(void)state;
	tell("'k':'request','src':'net'," ENDS);
	(void)finish();
	assert_int_equal(told.facts->nrequests, 0);
	assert_int_equal(told.facts->alien, 1);
}

static void names_beyond_the_maximum_of_a_flow_are_counted(void **state)
{
	static const size_t most = EVD_MAX_SAID;

	for (size_t n = most - 1; n <= most + 1; n++) {
		(void)end(state);
		(void)begin(state);
		tell(FLOW("1") ",'first':10");
		for (size_t i = 0; i < n; i++)
			tell(REQUEST ",'first':20,'names':['n%zu.example']", i);
		(void)finish();
		assert_int_equal(told.facts->flows[0]->nsaid, n > most ? most : n);
		assert_int_equal(told.facts->dropped, n > most);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_told_once_with_all_who_heard_them),
		TEST(what_is_no_port_stays_in_a_name),
		TEST(a_request_belongs_to_the_latest_flow_that_had_begun),
		TEST(of_flows_that_began_at_once_the_later_number_has_the_request),
		TEST(other_ends_are_no_flow_of_a_request),
		TEST(a_request_tells_what_the_event_says),
		TEST(what_the_lab_read_of_a_flow_is_all_that_packets_carried),
		TEST(the_first_request_says_the_protocol),
		TEST(the_weakest_tls_counts_and_a_request_in_the_clear_is_none),
		TEST(a_version_that_was_refused_was_not_used),
		TEST(only_the_lab_understands_requests),
		TEST(names_beyond_the_maximum_of_a_flow_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
