/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_uploads.c - tests of facts/uploads.c: what was sent in bodies of requests
 */
#include "tests/unit/facts/told.h"

static void request(int number, const char *what)
{
	tell("'k':'request','src':'lab','t':%lld,'service':'https','client':'198.19.255.2:200',"
	     "'server':'198.18.0.2:443','number':%d,'first':%lld,'last':%lld,%s",
	     (210 + number) * MS, number, (210 + number) * MS, (215 + number) * MS, what);
}

static void equal_bytes_to_one_place_are_one(void **state)
{
	const struct fact_upload *u;

	(void)state;
	begin(NULL);
	tell("'k':'sock','src':'box','t':%lld,'proc':2,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:200','remote':'198.18.0.2:443'", 200 * MS);
	tell("'k':'flow','src':'net','t':%lld,'id':9,'end':true,'proto':'tcp',"
	     "'local':'198.19.255.2:200','remote':'198.18.0.2:443','first':%lld,'last':%lld,"
	     "'pkts_out':2,'bytes_out':900,'app':'tls'", 200 * MS, 200 * MS, 300 * MS);
	request(1, "'method':'POST','path':'/a','names':['a.example'],'status':200,'bytes_in':7,"
		   "'tls_version':'1.3','sha256':'aa','begins':'x','type':'text/plain'");
	request(2, "'method':'POST','path':'/a','names':['a.example'],'status':503,'bytes_in':7,"
		   "'tls_version':'1.3','sha256':'aa','count':3");
	request(3, "'method':'POST','path':'/a','names':['a.example'],'bytes_in':9,"
		   "'tls_version':'1.3','sha256':'bb','kept':5,'kept_at':70");
	request(4, "'method':'POST','path':'/b','names':['a.example'],'bytes_in':7,"
		   "'tls_version':'1.3','sha256':'aa'");
	request(5, "'method':'POST','path':'/b','bytes_in':2,'sha256':'cc'");
	request(6, "'method':'GET','path':'/b','tls_version':'1.3'");
	collect();
	assert_int_equal(facts->nuploads, 4);
	assert_int_equal(facts->more_uploads, 0);
	u = facts->uploads;
	assert_string_equal(u[0].sha256, "cc");		/* in the clear */
	assert_null(u[0].host);
	assert_int_equal(u[0].server.port, 443);
	assert_non_null(u[0].program);
	assert_int_equal(u[0].proc, 2);
	assert_string_equal(u[1].sha256, "bb");
	assert_int_equal(u[1].kept, 5);
	assert_int_equal(u[1].kept_at, 70);
	assert_string_equal(u[2].path, "/a");
	assert_int_equal(u[2].count, 4);
	assert_int_equal(u[2].status, 200);
	assert_int_equal(u[2].bytes, 7);
	assert_string_equal(u[2].begins, "x");
	assert_string_equal(u[2].type, "text/plain");
	assert_int_equal(u[2].first, 211 * MS);
	assert_int_equal(u[2].last, 217 * MS);
	assert_string_equal(u[3].path, "/b");
}

static void without_a_name_the_address_tells_them_apart(void **state)
{
	(void)state;
	begin(NULL);
	for (int i = 1; i <= 3; i++)
		tell("'k':'request','src':'lab','t':1,'service':'http','client':'198.19.255.2:200',"
		     "'server':'198.18.0.%d:80','number':1,'method':'PUT','bytes_in':1,"
		     "'sha256':'aa'", i / 2);
	collect();
	assert_int_equal(facts->nuploads, 2);
	assert_int_equal(facts->uploads[0].count + facts->uploads[1].count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(equal_bytes_to_one_place_are_one),
		TEST(without_a_name_the_address_tells_them_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
