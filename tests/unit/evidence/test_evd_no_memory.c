/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_evd_no_memory.c - every single allocation of the evidence fails once: it says so, and
 * nothing is leaked
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include <errno.h>

#include "tests/unit/evidence/tell.h"
#include "tests/unit/no_memory.h"

/* A record with something for each table. */
static const char *const lines[] = {
	"'k':'canary','src':'run','name':'c.example','stage':'planned'",
	"'k':'proc','src':'box','proc':2,'role':'product','pid':3",
	"'k':'exec','src':'box','proc':2,'path':'/a','exe':'/a','argv':['a','b'],'sha256':'aa'",
	"'k':'exec','src':'box','proc':2,'path':'/b','exe':'/b','argv':['b'],'sha256':'bb',"
	"'interpreters':['/i'],'interpreters_sha256':['ii']",
	"'k':'exec','src':'box','proc':2,'path':'/b','exe':'/b','sha256':'cc'",
	"'k':'sock','src':'box','proc':2,'call':'connect','proto':'tcp','local':'192.0.2.1:5',"
	"'remote':'192.0.2.9:80'",
	"'k':'sock','src':'box','proc':2,'call':'socket','proto':'family-40','outcome':'denied'",
	"'k':'call','src':'box','proc':2,'call':'mount','abi':'i386','group':'mount','detail':'x'",
	"'k':'file','src':'box','proc':2,'op':'rename','path':'/x/../y','path2':'/z'",
	"'k':'file','src':'box','proc':2,'op':'rename','path':'/x/../y','path2':'/z'",
	"'k':'file','src':'box','proc':2,'op':'rename','path':'/x/../y','path2':'/z'",
	"'k':'lookup','src':'lab','name':'l.example','type':'A','addrs':['192.0.2.9','192.0.2.7']",
	"'k':'flow','src':'net','id':1,'proto':'tcp','local':'192.0.2.1:5','remote':'192.0.2.9:80','first':9",
	"'k':'flow','src':'net','id':2,'proto':'udp','remote':'192.0.2.9:80','names':['n.example']",
	"'k':'change','src':'disk','op':'created','path':'/x','type':'file','sha256':'ff','target':'/y'",
	"'k':'loss','src':'net','what':'flows','detail':'some','count':1",
	"'k':'counters','src':'capture','values':{'packets_captured':9}",
};

static struct ev events[TB_ARRAY_SIZE(lines)];

static struct ev __attribute__((format(printf, 1, 2))) event(const char *fmt, ...)
{
	struct ev ev;
	va_list ap;

	va_start(ap, fmt);
	ev = parse(fmt, ap);
	va_end(ap);
	return ev;
}

static size_t weight;	/* of the last evidence that was whole */

/* gather() - everything once. Return: 0 or -ENOMEM */
static int gather(void)
{
	const struct evd_facts *f;
	struct tb_err err = { 0 };
	struct evd *e = evd_new(&test_net);
	int ret = e ? 0 : -ENOMEM;

	for (size_t i = 0; i < TB_ARRAY_SIZE(lines) && !ret; i++)
		ret = evd_feed(e, &events[i]);
	if (!ret)
		ret = evd_finish(e, &f, &err);
	if (!ret)
		weight = f->nprocs + 10 * f->nprograms + 100 * f->nflows + 1000 * f->ncalls +
			 10000 * f->nlookups + 100000 * f->nacts + 1000000 * f->nchanges +
			 10000000 * f->totals.files;
	evd_free(e);
	return ret;
}

static void every_allocation_that_fails_is_noticed(void **state)
{
	size_t whole;
	unsigned int n;
	int ret = -1;

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(lines); i++)
		events[i] = event("%s", lines[i]);
	assert_int_equal(gather(), 0);
	whole = weight;
	for (n = 1; n < 20000; n++) {
		countdown = n;
		ret = gather();
		if (countdown)
			break;		/* fewer than n allocations: nothing failed */
		assert_int_equal(ret, -ENOMEM);
	}
	countdown = 0;
	assert_int_equal(ret, 0);
	assert_int_equal(weight, whole);
	assert_in_range(n, 60, 19999);
	for (size_t i = 0; i < TB_ARRAY_SIZE(lines); i++)
		ev_clear(&events[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_that_fails_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
