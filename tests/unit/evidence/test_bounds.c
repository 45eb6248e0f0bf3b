/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_bounds.c - each table of the evidence holds its maximum, and counts what is beyond
 */
#include "tests/unit/evidence/tell.h"

#define MAX 5
#define ENOUGH 1000

static const struct evd_limits roomy = {
	.procs = ENOUGH, .programs = ENOUGH, .flows = ENOUGH, .calls = ENOUGH, .lookups = ENOUGH,
	.requests = ENOUGH, .acts = ENOUGH, .shares = ENOUGH, .strings = ENOUGH,
	.bytes = 1u << 20,
};

static void a_proc(int i)
{
	tell("'k':'proc','src':'box','proc':%d", i + 1);
}

static void a_program(int i)
{
	tell("'k':'exec','src':'box','proc':2,'path':'/p/%d','exe':'/p/%d'", i, i);
}

static void a_flow(int i)
{
	tell("'k':'flow','src':'net','id':%d,'proto':'tcp'", i + 1);
}

static void a_call(int i)
{
	tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'tcp','remote':'192.0.2.1:%d'", i + 1);
}

static void a_lookup(int i)
{
	tell("'k':'lookup','src':'net','name':'n%d.example','type':'A'", i);
}

static void a_request(int i)
{
	tell("'k':'request','src':'lab','number':%d", i + 1);
}

static void an_act(int i)
{
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/f/%d'", i);
}

static void a_name(int i)
{
	tell("'k':'lookup','src':'net','name':'n%d.example','type':'A','addrs':['192.0.2.1']", i);
}

static void a_loss(int i)
{
	tell("'k':'loss','src':'net','what':'w%d'", i);
}

static void a_counter(int i)
{
	tell("'k':'counters','src':'net','values':{'c%d':1}", i);
}

static void a_change(int i)
{
	tell("'k':'change','src':'disk','op':'created','path':'/c/%d'", i);
}

/* fill() - @n different things, each told twice, since what is known needs no room. Return: the
 * facts */
static const struct evd_facts *fill(const struct evd_limits *limits, void (*one)(int i), size_t n)
{
	begin_bounded(limits);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < n; i++)
			one((int)i);
	return finish();
}

/* holds() - one less than the maximum, it, and one more, which is dropped once or a few times */
#define holds(limits, one, max, member)						\
	do {									\
		for (size_t n_ = (max) - 1; n_ <= (max) + 1; n_++) {		\
			const struct evd_facts *f_ = fill(limits, one, n_);	\
			bool over_ = n_ > (max);				\
			assert_int_equal(f_->member, over_ ? (max) : n_);	\
			if (over_ ? f_->dropped - 1 > 7 : f_->dropped > 0)	\
				fail_msg(#one ": %zu, %llu dropped", n_,	\
					 (unsigned long long)f_->dropped);	\
			(void)end(NULL);					\
		}								\
	} while (0)

static void what_is_known_once_holds_its_maximum(void **state)
{
	struct evd_limits l = roomy;

	(void)state;
	l.procs = MAX;
	holds(&l, a_proc, MAX, nprocs);
	l = roomy;
	l.programs = MAX;
	holds(&l, a_program, MAX, nprograms);
	l = roomy;
	l.flows = MAX;
	holds(&l, a_flow, MAX, nflows);
	l = roomy;
	l.acts = MAX;
	holds(&l, an_act, MAX, nacts);
}

static void what_is_a_row_of_its_own_each_time_holds_its_maximum(void **state)
{
	struct evd_limits l = roomy;

	(void)state;
	for (size_t n = MAX - 1; n <= MAX + 1; n++) {
		l.calls = l.lookups = l.requests = 2 * MAX;
		assert_int_equal(fill(&l, a_call, n)->ncalls, n > MAX ? 2 * MAX : 2 * n);
		assert_int_equal(told.facts->dropped, n > MAX ? 2 : 0);
		(void)end(NULL);
		assert_int_equal(fill(&l, a_lookup, n)->nlookups, n > MAX ? 2 * MAX : 2 * n);
		assert_int_equal(told.facts->dropped, n > MAX ? 2 : 0);
		(void)end(NULL);
		assert_int_equal(fill(&l, a_request, n)->nrequests, n > MAX ? 2 * MAX : 2 * n);
		assert_int_equal(told.facts->dropped, n > MAX ? 2 : 0);
		(void)end(NULL);
	}
}

static void losses_and_counters_hold_their_maximum(void **state)
{
	struct evd_limits l = roomy;

	(void)state;
	l.strings = 4 * EVD_MAX_COUNTERS;
	holds(&l, a_loss, (size_t)EVD_MAX_LOSSES, nlosses);
	holds(&l, a_counter, (size_t)EVD_MAX_COUNTERS, ncounters);
}

static void ports_hold_as_many_as_the_supervisor_records(void **state)
{
	static const size_t most = 16384;

	(void)state;
	for (size_t n = most - 1; n <= most + 1; n++) {
		begin_bounded(&roomy);
		for (size_t i = 0; i < n; i++)
			tell("'k':'port','src':'box','proto':'tcp','local':'0.0.0.0:%zu'", i + 1);
		(void)finish();
		assert_int_equal(told.facts->nports, n > most ? most : n);
		assert_int_equal(told.facts->dropped, n > most);
		(void)end(NULL);
	}
}

/* Programs that send from one port to one place, one after the other, have part in one flow. */
static void parts_in_flows_hold_their_maximum(void **state)
{
	struct evd_limits l = roomy;

	(void)state;
	l.shares = MAX;
	for (int n = MAX - 1; n <= MAX + 1; n++) {
		begin_bounded(&l);
		for (int i = 0; i <= n; i++) {
			tell("'k':'exec','src':'box','proc':%d,'path':'/p/%d','exe':'/p/%d'", i + 2, i, i);
			tell("'k':'sock','src':'box','t':%d,'proc':%d,'call':'sendto','proto':'udp',"
			     "'local':'198.19.255.2:4000','remote':'203.0.113.1:9'", 1000 + i, i + 2);
		}
		tell("'k':'flow','src':'net','t':1001,'id':1,'proto':'udp','local':'198.19.255.2:4000',"
		     "'remote':'203.0.113.1:9','first':1001,'last':900000,'pkts_out':1");
		(void)finish();
		assert_int_equal(told.facts->nshares, n > MAX ? MAX : n);
		assert_int_equal(told.facts->dropped, n > MAX);
		(void)end(NULL);
	}
}

static void an_address_has_at_most_so_many_names(void **state)
{
	static const size_t most = EVD_MAX_NAMES;

	(void)state;
	for (size_t n = most - 1; n <= most + 1; n++) {
		begin_bounded(&roomy);
		for (size_t i = 0; i < n; i++)
			a_name((int)i);
		tell("'k':'flow','src':'net','id':1,'proto':'tcp','remote':'192.0.2.1:80','first':9");
		(void)finish();
		assert_int_equal(told.facts->flows[0]->names->n, n > most ? most : n);
		assert_int_equal(told.facts->dropped, n > most);
		(void)end(NULL);
	}
}

static void changes_are_left_out_beyond_their_maximum(void **state)
{
	static const size_t most = EVD_MAX_CHANGES;

	(void)state;
	for (size_t n = most - 1; n <= most + 1; n++) {
		begin_bounded(&roomy);
		for (size_t i = 0; i < n; i++)
			a_change((int)i);
		(void)finish();
		assert_int_equal(told.facts->nchanges, n > most ? most : n);
		assert_int_equal(told.facts->changes_left_out, n > most);
		(void)end(NULL);
	}
}

static void a_process_keeps_so_many_of_its_programs(void **state)
{
	static const size_t most = EVD_MAX_PAST;

	(void)state;
	for (size_t n = most - 1; n <= most + 1; n++) {
		begin_bounded(&roomy);
		for (size_t i = 0; i <= n; i++)
			a_program((int)i);
		(void)finish();
		assert_int_equal(told.facts->procs[0]->npast, n > most ? most : n);
		assert_string_equal(told.facts->procs[0]->past[0].program->path, "/p/0");
		(void)end(NULL);
	}
}

static void strings_that_do_not_fit_are_told(void **state)
{
	struct evd_limits l = roomy;

	(void)state;
	for (size_t n = MAX - 1; n <= MAX + 1; n++) {
		l.strings = MAX + 1;	/* and the operation */
		begin_bounded(&l);
		for (size_t i = 0; i < n; i++)
			an_act((int)i);
		(void)finish();
		assert_int_equal(told.facts->nacts, n > MAX ? MAX : n);
		assert_int_equal(told.facts->strings_full, n > MAX);
		(void)end(NULL);
	}
	l = roomy;
	l.bytes = 6 + 2 * 5;	/* "write" and "/f/N", with their ends */
	for (size_t n = 1; n <= 3; n++) {
		begin_bounded(&l);
		for (size_t i = 0; i < n; i++)
			an_act((int)i);
		(void)finish();
		assert_int_equal(told.facts->nacts, n > 2 ? 2 : n);
		assert_int_equal(told.facts->strings_full, n > 2);
		(void)end(NULL);
	}
}

static void a_protocol_without_room_for_its_name_ends_nothing(void **state)
{
	struct evd_limits l = roomy;

	(void)state;
	l.strings = 1;
	begin_bounded(&l);
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/x'");
	a_call(1);
	a_flow(1);
	(void)finish();
	assert_int_equal(told.facts->ncalls, 0);
	assert_true(told.facts->strings_full);
	assert_string_equal(told.facts->flows[0]->proto, "ip-0");
	(void)end(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_once_holds_its_maximum),
		cmocka_unit_test(what_is_a_row_of_its_own_each_time_holds_its_maximum),
		cmocka_unit_test(losses_and_counters_hold_their_maximum),
		cmocka_unit_test(ports_hold_as_many_as_the_supervisor_records),
		cmocka_unit_test(parts_in_flows_hold_their_maximum),
		cmocka_unit_test(an_address_has_at_most_so_many_names),
		cmocka_unit_test(changes_are_left_out_beyond_their_maximum),
		cmocka_unit_test(a_process_keeps_so_many_of_its_programs),
		cmocka_unit_test(strings_that_do_not_fit_are_told),
		cmocka_unit_test(a_protocol_without_room_for_its_name_ends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
