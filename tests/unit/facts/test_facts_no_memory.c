/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_facts_no_memory.c - every single allocation fails once: facts are whole, or there are none;
 * freed facts leave nothing
 *
 * Linked with --wrap for the allocating functions. Leaks show in the build with the address
 * sanitizer.
 */
#include <errno.h>

#include "tcbox/own.h"
#include "tests/unit/facts/told.h"
#include "tests/unit/leaks.h"
#include "tests/unit/no_memory.h"

static struct facts_input input;

static void make_and_free(void)
{
	struct tb_err err = { 0 };

	facts_free(facts_new(&input, &err));
}

/* conversation() - of a process of its own, which asks for a name and makes two requests */
static void conversation(int i)
{
	int port = 1000 + i;
	long long t = port * MS;

	tell("'k':'proc','src':'box','t':%lld,'proc':%d,'parent':2,'pid':%d,'how':'fork'", t, port, port);
	tell("'k':'exec','src':'box','t':%lld,'proc':%d,'path':'/bin/%d','exe':'/bin/%d','sha256':'b'", t,
	     port, i % 7, i % 7);
	tell("'k':'lookup','src':'%s','t':%lld,'name':'n%d.example','type':'A','flow':%d,"
	     "'server':'198.19.255.1:53'", i % 2 ? "net" : "lab", t, i, port);
	tell("'k':'sock','src':'box','t':%lld,'proc':%d,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'198.18.0.2:443'", t, port, port);
	tell("'k':'flow','src':'net','t':%lld,'id':%d,'end':true,'proto':'tcp','local':'198.19.255.2:%d',"
	     "'remote':'198.18.0.2:443','first':%lld,'last':%lld,'pkts_out':2,'bytes_out':9,'pkt_first':%d,"
	     "'names':['n%d.example'],'app':'tls'", t, port, port, t, t + 5 * MS, port, i);
	for (int k = 1; k <= 2; k++)
		tell("'k':'request','src':'lab','t':%lld,'service':'https','client':'198.19.255.2:%d',"
		     "'server':'198.18.0.2:443','number':%d,'first':%lld,'last':%lld,'method':'GET',"
		     "'path':'/%d','tls_version':'1.3'", t + MS, port, k, t + MS, t + MS, k);
	tell("'k':'sock','src':'box','t':%lld,'proc':%d,'call':'listen','proto':'tcp','local':'0.0.0.0:%d'",
	     t, port, i + 1);
	tell("'k':'file','src':'box','t':%lld,'proc':%d,'op':'create','path':'/a/%d','outcome':'allowed'", t,
	     port, i);
	tell("'k':'call','src':'box','t':%lld,'proc':%d,'call':'setuid','abi':'x86_64','group':'identity',"
	     "'outcome':'allowed','detail':'%d'", t, port, i);
	tell("'k':'change','src':'disk','t':%lld,'op':'created','path':'/b/%d','type':'file'", t, i);
}

/* told() - the facts of @n conversations. Return: how many allocations they take */
static unsigned int told(int n)
{
	struct cmp_input in = { 0 };
	struct tb_err err = { 0 };
	struct facts *f = NULL;
	unsigned int at;

	begin("");
	for (int i = 0; i < n; i++)
		conversation(i);
	in.policy = in.run_policy = story.policy;
	in.run = &story.run;
	in.stats = &story.stats;
	assert_int_equal(evd_finish(story.evd, &in.evidence, &err), 0);
	assert_int_equal(cmp_compare(&in, &story.r, &err), 0);
	for (at = 1; at < 100000 && !f; at++) {
		err.code = 0;
		countdown = at;
		f = facts_new(&(struct facts_input){ in.evidence, story.r }, &err);
		assert_int_equal(f != NULL, countdown != 0);
		assert_int_equal(err.code, f ? 0 : ENOMEM);
		countdown = 0;
	}
	assert_non_null(f);
	assert_int_equal(f->ndests, n);
	assert_int_equal(f->nnames, n);
	assert_int_equal(f->nlisteners, n);
	assert_int_equal(f->nfiles, 2 * n);
	assert_int_equal(f->ncalls, 7);	/* one of each program */
	facts_free(f);
	input = (struct facts_input){ in.evidence, story.r };
	assert_false(leaks(make_and_free));
	(void)forget(NULL);
	return at - 2;
}

static void facts_are_whole_or_there_are_none(void **state)
{
	/* the pool grows in the middle of another kind of facts each time */
	static const int sizes[] = { 20, 60, 110, 130, 160, 200 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(sizes); i++)
		assert_in_range(told(sizes[i]), 30 + (unsigned int)sizes[i], 99999);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(facts_are_whole_or_there_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
