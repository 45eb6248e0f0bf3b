/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_sights.c - tests of how each witness was in a run
 */
#include "tests/unit/policy/compare/story.h"

static void compare(void)
{
	struct cmp_input in = {
		.policy = story.policy, .run_policy = story.policy, .run = &story.run,
		.stats = &story.stats,
	};
	struct tb_err err = { 0 };

	assert_int_equal(evd_finish(story.evd, &in.evidence, &err), 0);
	assert_int_equal(cmp_compare(&in, &story.r, &err), 0);
}

static int forget(void **state)
{
	(void)state;
	fnd_result_free(story.r);
	evd_free(story.evd);
	pol_free(story.policy);
	memset(&story, 0, sizeof(story));
	return 0;
}

/* tell_end() - the same at the end, seen by the layers in @bits */
static void tell_end(unsigned int bits)
{
	tell("'k':'canary','src':'run','t':" LATE "01,'name':'c.canary.example','at':'end',"
	     "'stage':'planned'");
	if (bits & 1u << FND_BY_CALLS)
		tell("'k':'sock','src':'box','t':" LATE "02,'proc':9,'call':'sendto','proto':'udp',"
		     "'local':'198.19.255.2:52','remote':'198.19.255.1:53'");
	tell("'k':'proc','src':'box','t':" LATE "01,'proc':9,'role':'canary'");
	if (bits & 1u << FND_BY_CALLS)
		tell("'k':'sock','src':'box','t':" LATE "05,'proc':9,'call':'connect','proto':'tcp',"
		     "'local':'198.19.255.2:53','remote':'198.18.0.1:80'");
	if (bits & 1u << FND_BY_LAB)
		tell("'k':'lookup','src':'lab','t':" LATE "03,'name':'c.canary.example','type':'A',"
		     "'rcode':'NOERROR','addrs':['198.18.0.1'],'server':'198.19.255.1:53'");
	if (bits & 1u << FND_BY_PACKETS) {
		tell("'k':'flow','src':'net','t':" LATE "03,'id':8,'end':true,'proto':'udp',"
		     "'local':'198.19.255.2:52','remote':'198.19.255.1:53','first':" LATE "03,"
		     "'last':" LATE "04,'pkts_out':1,'pkts_in':1,'app':'dns'");
		tell("'k':'lookup','src':'net','t':" LATE "04,'name':'c.canary.example','type':'A',"
		     "'rcode':'NOERROR','addrs':['198.18.0.1'],'flow':8,"
		     "'server':'198.19.255.1:53'");
		tell("'k':'flow','src':'net','t':" LATE "06,'id':9,'end':true,'proto':'tcp',"
		     "'local':'198.19.255.2:53','remote':'198.18.0.1:80','first':" LATE "06,"
		     "'last':" LATE "07,'pkts_out':3,'pkts_in':2,'names':['c.canary.example']");
	}
}

#define ALL (1u << FND_BY_CALLS | 1u << FND_BY_PACKETS | 1u << FND_BY_LAB)

static void begin_whole(unsigned int last_control)
{
	begin("");
	tell_end(last_control);
}

static void all_are_up_that_saw_the_control_and_finished(void **state)
{
	(void)state;
	begin_whole(ALL);
	tell("'k':'counters','src':'box','t':" LATE "09,'final':true,'values':{'ports_looks':3}");
	compare();
	for (int i = 0; i < FND_WITNESSES; i++)
		assert_int_equal(story.r->sights[i], FND_SIGHT_UP);
}

static void who_slept_at_the_end_saw_a_part(void **state)
{
	const enum fnd_witness layers[] = { FND_BY_CALLS, FND_BY_PACKETS, FND_BY_LAB };

	for (size_t i = 0; i < 3; i++) {
		begin_whole(ALL & ~(1u << layers[i]));
		compare();
		assert_int_equal(story.r->sights[layers[i]], FND_SIGHT_PART);
		(void)forget(state);
	}
}

static void who_saw_no_control_saw_nothing(void **state)
{
	(void)state;
	begin_without_control("");
	compare();
	assert_int_equal(story.r->sights[FND_BY_CALLS], FND_SIGHT_DOWN);
	assert_int_equal(story.r->sights[FND_BY_PACKETS], FND_SIGHT_DOWN);
	assert_int_equal(story.r->sights[FND_BY_LAB], FND_SIGHT_DOWN);
	assert_int_equal(story.r->sights[FND_BY_PROCESS], FND_SIGHT_DOWN);
	assert_int_equal(story.r->sights[FND_BY_SOCKETS], FND_SIGHT_DOWN);
}

static void a_run_without_a_lab_has_none(void **state)
{
	(void)state;
	begin_whole(ALL & ~(1u << FND_BY_LAB));
	story.run.net = RUN_NET_NONE;
	compare();
	assert_int_equal(story.r->sights[FND_BY_LAB], FND_SIGHT_OFF);
}

static void who_did_not_finish_saw_a_part(void **state)
{
	const struct {
		enum ev_src src;
		enum fnd_witness witness;
		enum fnd_sight sight;
	} rows[] = {
		{ EV_SRC_BOX, FND_BY_CALLS, FND_SIGHT_PART },
		{ EV_SRC_BOX, FND_BY_PROCESS, FND_SIGHT_PART },
		{ EV_SRC_NET, FND_BY_PACKETS, FND_SIGHT_PART },
		{ EV_SRC_CAPTURE, FND_BY_PACKETS, FND_SIGHT_PART },
		{ EV_SRC_LAB, FND_BY_LAB, FND_SIGHT_PART },
		{ EV_SRC_DISK, FND_BY_DISK, FND_SIGHT_DOWN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_whole(ALL);
		story.stats.final[rows[i].src] = false;
		compare();
		assert_int_equal(story.r->sights[rows[i].witness], rows[i].sight);
		(void)forget(state);
	}
}

static void who_lost_something_saw_a_part(void **state)
{
	const struct {
		const char *event;
		enum fnd_witness witness;
	} rows[] = {
		{ "'k':'loss','src':'box','what':'ports','detail':'d'", FND_BY_CALLS },
		{ "'k':'loss','src':'run','what':'lab','detail':'d'", FND_BY_LAB },
		{ "'k':'loss','src':'capture','what':'packets','detail':'d'", FND_BY_PACKETS },
		{ "'k':'loss','src':'disk','what':'changes on disk','detail':'d'", FND_BY_DISK },
		{ "'k':'counters','src':'capture','final':true,'values':{'packets_dropped':1}",
		  FND_BY_PACKETS },
		{ "'k':'counters','src':'box','final':true,'values':{'execs_unverified':1}",
		  FND_BY_PROCESS },
		{ "'k':'counters','src':'lab','final':true,'values':{'refused':1}", FND_BY_LAB },
		{ "'k':'counters','src':'disk','final':true,'values':{'left_out':1}",
		  FND_BY_DISK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin_whole(ALL);
		tell("%s", rows[i].event);
		compare();
		assert_int_equal(story.r->sights[rows[i].witness], FND_SIGHT_PART);
		(void)forget(state);
	}
}

#define TEST(f) cmocka_unit_test_teardown(f, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_are_up_that_saw_the_control_and_finished),
		TEST(who_slept_at_the_end_saw_a_part),
		TEST(who_saw_no_control_saw_nothing),
		TEST(a_run_without_a_lab_has_none),
		TEST(who_did_not_finish_saw_a_part),
		TEST(who_lost_something_saw_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
