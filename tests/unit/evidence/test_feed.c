/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_feed.c - tests of evidence/feed.c, procs.c, calls.c and flows.c: what events become
 */
#include "tests/unit/evidence/tell.h"

static void a_child_has_the_program_of_its_parent_until_it_executes_another(void **state)
{
	const struct evd_proc *parent, *child;

	(void)state;
	product();
	tell("'k':'proc','src':'box','t':200,'proc':3,'parent':2,'pid':4,'how':'fork'");
	tell("'k':'proc','src':'box','t':300,'proc':4,'parent':3,'pid':5,'how':'fork'");
	tell("'k':'exec','src':'box','t':400,'proc':4,'path':'/bin/b','exe':'/bin/b','sha256':'bb'");
	(void)finish();
	parent = evd_proc(told.facts, 3);
	child = evd_proc(told.facts, 4);
	assert_string_equal(parent->program->path, "/opt/a");
	assert_string_equal(parent->cmdline, "a -x");
	assert_int_equal(parent->parent, 2);
	assert_int_equal(parent->pid, 4);
	assert_int_equal(parent->npast, 0);
	assert_string_equal(child->program->path, "/bin/b");
	assert_int_equal(child->npast, 1);
	assert_string_equal(child->past[0].program->path, "/opt/a");
	assert_int_equal(child->past[0].until, 400);
	assert_null(evd_proc(told.facts, 5));
}

static void processes_and_programs_are_in_order_and_found(void **state)
{
	(void)state;
	for (int i = 9; i > 1; i--) {
		tell("'k':'proc','src':'box','proc':%d,'pid':%d", i, i);
		tell("'k':'exec','src':'box','proc':%d,'path':'/p/%d','exe':'/p/%d','sha256':'%d'",
		     i, i, i, i);
	}
	tell("'k':'proc','src':'box','proc':1,'role':'canary'");
	(void)finish();
	assert_int_equal(told.facts->nprocs, 9);
	assert_int_equal(told.facts->totals.processes, 8);
	for (size_t i = 0; i < 9; i++) {
		assert_int_equal(told.facts->procs[i]->id, i + 1);
		assert_int_equal(told.facts->procs[i]->at, i);
	}
	assert_string_equal(evd_program(told.facts, "/p/5")->sha256, "5");
	assert_null(evd_program(told.facts, "/p/1"));
}

static void a_program_that_failed_to_run_is_not_what_the_process_is(void **state)
{
	(void)state;
	product();
	tell("'k':'exec','src':'box','t':200,'proc':2,'path':'/bin/b','exe':'/bin/b','error':'EACCES'");
	(void)finish();
	assert_string_equal(evd_proc(told.facts, 2)->program->path, "/opt/a");
	assert_int_equal(told.facts->totals.executions, 1);
	assert_int_equal(told.facts->product_t, 100);
}

static void links_to_a_program_are_its_other_names(void **state)
{
	const struct evd_program *sh;

	(void)state;
	product();
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 6; j++)
			tell("'k':'exec','src':'box','proc':2,'path':'/l%d','exe':'/bin/dash','alias':'/l%d'", j, j);
	(void)finish();
	sh = evd_program(told.facts, "/bin/dash");
	assert_string_equal(sh->aliases[0], "/l0");
	assert_string_equal(sh->aliases[EVD_ALIASES - 1], "/l3");
}

static void calls_whose_packets_stay_in_the_box_are_counted(void **state)
{
	(void)state;
	product();
	tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'tcp','remote':'127.0.0.1:80','count':3");
	tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'tcp','remote':'198.19.255.2:80'");
	tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'unix','path':'/run/x','count':2");
	tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'tcp','remote':'203.0.113.1:80'");
	tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'tcp','remote':'203.0.113.1:80',"
	     "'elsewhere':true");
	(void)finish();
	assert_int_equal(told.facts->totals.loopback_calls, 4);
	assert_int_equal(told.facts->totals.unix_calls, 2);
	assert_int_equal(told.facts->totals.socket_calls, 8);
	assert_int_equal(told.facts->ncalls, 3);	/* neither UNIX sockets nor another
							 * network */
}

static void later_totals_of_a_flow_replace_earlier_ones_but_silence_does_not(void **state)
{
	const struct evd_flow *f;

	(void)state;
	tell("'k':'flow','src':'net','id':7,'proto':'tcp','local':'198.19.255.2:5','remote':'[::ffff:192.0.2.1]:80',"
	     "'first':10,'last':10,'pkts_out':1,'ech':true,'app':'tls','sni':'A.Example.','names':['a.example']");
	tell("'k':'flow','src':'net','id':7,'end':true,'proto':'tcp','local':'198.19.255.2:5',"
	     "'remote':'192.0.2.1:80','first':10,'last':90,'pkts_out':4,'pkts_in':5,'bytes_out':6,'state':'fin'");
	(void)finish();
	assert_int_equal(told.facts->nflows, 1);
	f = told.facts->flows[0];
	assert_int_equal(f->pkts, 9);
	assert_int_equal(f->last, 90);
	assert_int_equal(f->line, 1);
	assert_string_equal(f->app, "tls");
	assert_string_equal(f->sni, "a.example");
	assert_ptr_equal(f->sni, f->names->v[0]);
	assert_int_equal(f->remote.family, AF_INET);
	assert_string_equal(f->state, "fin");
	assert_true(f->ech);
}

static void a_flow_costs_its_packets_without_acknowledgements_of_what_came(void **state)
{
	static const struct { const char *out, *in; uint64_t cost; } rows[] = {
		{ "'bytes_out':500", "'bytes_in':9", 500 },	/* of an older record */
		{ "'bytes_out':500,'wire_out':600", "'pkts_in':3", 600 },
		{ "'bytes_out':500,'wire_out':1600,'acks_out':1000", "'pkts_in':3", 600 },
		{ "'bytes_out':500,'wire_out':4600,'acks_out':4000", "'pkts_in':3", 4600 - 14 * 80 },
		{ "'bytes_out':500,'wire_out':4600,'acks_out':4000", "'bytes_in':536000", 600 },
		{ "'wire_out':100000,'pkts_out':2500", "'pkts_in':0", 100000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		tell("'k':'flow','src':'net','id':%d,'proto':'tcp','local':'198.19.255.2:1','remote':'198.18.0.7:2','first':%d,%s,%s",
		     (int)i + 1, (int)i + 1, rows[i].out, rows[i].in);
	(void)finish();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(told.facts->flows[i]->cost_out, rows[i].cost);
}

static void names_of_an_address_are_those_that_lookups_gave_before(void **state)
{
	const struct evd_flow *f;

	(void)state;
	tell("'k':'lookup','src':'net','t':10,'name':'a.example','type':'A','rcode':'NOERROR','addrs':['192.0.2.1']");
	tell("'k':'lookup','src':'lab','t':11,'name':'b.example','type':'A','rcode':'NOERROR','addrs':['192.0.2.1']");
	tell("'k':'lookup','src':'net','t':900000000,'name':'c.example','type':'A','addrs':['192.0.2.1']");
	tell("'k':'flow','src':'net','id':7,'proto':'tcp','remote':'192.0.2.1:80','first':20");
	(void)finish();
	f = told.facts->flows[0];
	assert_int_equal(f->names->n, 2);
	assert_string_equal(f->names->v[0], "a.example");
	assert_string_equal(f->names->v[1], "b.example");
	assert_int_equal(told.facts->nlookups, 3);
	assert_true(told.facts->lookups[0].answered);
	assert_false(told.facts->lookups[2].answered);
}

static void nobody_speaks_for_another(void **state)
{
	(void)state;
	tell("'k':'flow','src':'lab','id':1,'proto':'tcp'");
	tell("'k':'proc','src':'net','proc':2");
	tell("'k':'lookup','src':'box','name':'a.example'");
	tell("'k':'change','src':'box','op':'created','path':'/x'");
	tell("'k':'canary','src':'net','stage':'planned'");
	tell("'k':'served','src':'net','service':'dns'");
	(void)finish();
	assert_int_equal(told.facts->alien, 6);
	assert_int_equal(told.facts->nflows + told.facts->nprocs + told.facts->nlookups, 0);
	assert_int_equal(told.facts->nchanges, 0);
	assert_false(told.facts->canary.planned);
}

static void counters_have_their_last_value_and_their_producer(void **state)
{
	uint64_t value;

	(void)state;
	tell("'k':'counters','src':'net','values':{'x':1,'y':2}");
	tell("'k':'counters','src':'lab','values':{'x':50}");
	tell("'k':'counters','src':'net','values':{'x':7}");
	(void)finish();
	assert_int_equal(evd_counter(told.facts, EV_SRC_NET, "x"), 7);
	assert_int_equal(evd_counter(told.facts, EV_SRC_LAB, "x"), 50);
	assert_true(evd_counted(told.facts, EV_SRC_NET, "y", &value));
	assert_int_equal(value, 2);
	assert_false(evd_counted(told.facts, EV_SRC_LAB, "y", &value));
	assert_int_equal(value, 0);
	assert_int_equal(told.facts->ncounters, 3);
}

static void equal_losses_are_one(void **state)
{
	(void)state;
	tell("'k':'loss','src':'net','t':5,'what':'flows','detail':'full','count':2");
	tell("'k':'loss','src':'net','t':6,'what':'flows','detail':'full','count':3");
	tell("'k':'loss','src':'lab','t':7,'what':'flows','detail':'full','count':1");
	tell("'k':'loss','src':'net','t':8,'what':'flows','detail':'other','count':1");
	tell("'k':'loss','src':'net','t':9,'count':1");
	(void)finish();
	assert_int_equal(told.facts->nlosses, 4);
	assert_int_equal(told.facts->losses[0].count, 5);
	assert_int_equal(told.facts->losses[0].t, 5);
	assert_string_equal(told.facts->losses[3].what, "evidence");
	assert_null(told.facts->losses[3].detail);
}

static void changes_on_disk_are_kept_as_they_are(void **state)
{
	(void)state;
	tell("'k':'change','src':'disk','op':'created','path':'/x','type':'file','size':9,'sha256':'ff'");
	tell("'k':'change','src':'disk','op':'removed','path':'/y','type':'directory'");
	(void)finish();
	assert_int_equal(told.facts->nchanges, 2);
	assert_string_equal(told.facts->changes[0].op, "created");
	assert_string_equal(told.facts->changes[0].sha256, "ff");
	assert_int_equal(told.facts->changes[0].size, 9);
	assert_string_equal(told.facts->changes[1].path, "/y");
	assert_int_equal(told.facts->changes[1].line, 2);
}

static void progress_counts_while_the_run_goes_on(void **state)
{
	struct evd_progress seen;

	(void)state;
	product();
	tell("'k':'flow','src':'net','id':1,'proto':'tcp'");
	tell("'k':'flow','src':'net','id':2,'proto':'tcp'");
	tell("'k':'flow','src':'net','id':1,'proto':'tcp'");
	evd_progress(told.evd, &seen);
	assert_int_equal(seen.processes, 1);
	assert_int_equal(seen.flows, 2);
}

static void control(void)
{
	tell("'k':'canary','src':'run','t':1,'name':'C.example','stage':'planned'");
	tell("'k':'proc','src':'box','t':1,'proc':1,'role':'canary'");
	tell("'k':'sock','src':'box','t':2,'proc':1,'call':'sendto','proto':'udp',"
	     "'local':'198.19.255.2:50','remote':'198.19.255.1:53'");
	tell("'k':'flow','src':'net','t':3,'id':1,'proto':'udp','local':'198.19.255.2:50',"
	     "'remote':'198.19.255.1:53','first':3,'last':4");
	tell("'k':'lookup','src':'net','t':4,'name':'c.example','type':'A','flow':1,'server':'198.19.255.1:53'");
}

static void connected(void)
{
	tell("'k':'sock','src':'box','t':5,'proc':1,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:51','remote':'198.18.0.1:80'");
	tell("'k':'flow','src':'net','t':6,'id':2,'proto':'tcp','local':'198.19.255.2:51',"
	     "'remote':'198.18.0.1:80','first':6,'last':7");
}

static void the_control_was_in_the_packets_if_its_lookup_and_its_connection_were(void **state)
{
	(void)state;
	control();
	connected();
	(void)finish();
	assert_string_equal(told.facts->canary.name, "c.example");
	assert_true(told.facts->canary.planned);
	assert_true(told.facts->canary.calls);
	assert_true(told.facts->canary.packets);
	assert_false(told.facts->canary.lab);
	assert_true(told.facts->lookups[0].control);
	assert_true(told.facts->flows[0]->canary);
	(void)end(NULL);
	(void)begin(NULL);
	control();
	assert_false(finish()->canary.packets);
	(void)end(NULL);
	(void)begin(NULL);
	tell("'k':'canary','src':'run','t':1,'name':'c.example','stage':'planned'");
	tell("'k':'proc','src':'box','t':1,'proc':1,'role':'canary'");
	connected();
	assert_false(finish()->canary.packets);
}

static void the_lab_saw_the_control_by_its_name_or_its_address(void **state)
{
	(void)state;
	control();
	tell("'k':'served','src':'lab','name':'c.example:80','server':'192.0.2.9:80'");
	assert_true(finish()->canary.lab);
	(void)end(NULL);
	(void)begin(NULL);
	control();
	tell("'k':'served','src':'lab','name':'d.example','server':'192.0.2.9:80'");
	assert_false(finish()->canary.lab);
	(void)end(NULL);
	(void)begin(NULL);
	control();
	tell("'k':'canary','src':'box','addr':'192.0.2.9:80','stage':'failed','detail':'why'");
	tell("'k':'served','src':'lab','server':'192.0.2.9:80'");
	assert_true(finish()->canary.lab);
	assert_true(told.facts->canary.failed);
	assert_string_equal(told.facts->canary.detail, "why");
}

static void the_control_at_the_end_is_another_than_that_at_the_start(void **state)
{
	(void)state;
	control();
	connected();
	tell("'k':'canary','src':'run','t':50,'name':'c.example','at':'end','stage':'planned'");
	assert_true(finish()->canary.packets && told.facts->canary.calls);
	assert_false(told.facts->last_canary.packets || told.facts->last_canary.calls);
	(void)end(NULL);
	(void)begin(NULL);
	tell("'k':'canary','src':'run','t':1,'name':'c.example','at':'start','stage':'planned'");
	tell("'k':'canary','src':'run','t':2,'name':'c.example','at':'end','stage':'planned'");
	tell("'k':'proc','src':'box','t':2,'proc':1,'role':'canary'");
	tell("'k':'lookup','src':'lab','t':4,'name':'c.example','type':'A'");
	tell("'k':'lookup','src':'net','t':4,'name':'c.example','type':'A'");
	assert_false(finish()->last_canary.packets);
	assert_true(told.facts->last_canary.lab);
	assert_false(told.facts->canary.lab);
	(void)end(NULL);
	(void)begin(NULL);
	tell("'k':'canary','src':'run','t':1,'name':'c.example','at':'start','stage':'planned'");
	tell("'k':'canary','src':'run','t':2,'name':'c.example','at':'end','stage':'planned'");
	tell("'k':'proc','src':'box','t':2,'proc':1,'role':'canary'");
	tell("'k':'lookup','src':'net','t':4,'name':'c.example','type':'A'");
	connected();
	assert_true(finish()->last_canary.packets && told.facts->last_canary.calls);
	assert_false(told.facts->canary.packets || told.facts->canary.calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_child_has_the_program_of_its_parent_until_it_executes_another),
		TEST(processes_and_programs_are_in_order_and_found),
		TEST(a_program_that_failed_to_run_is_not_what_the_process_is),
		TEST(links_to_a_program_are_its_other_names),
		TEST(calls_whose_packets_stay_in_the_box_are_counted),
		TEST(later_totals_of_a_flow_replace_earlier_ones_but_silence_does_not),
		TEST(a_flow_costs_its_packets_without_acknowledgements_of_what_came),
		TEST(names_of_an_address_are_those_that_lookups_gave_before),
		TEST(nobody_speaks_for_another),
		TEST(counters_have_their_last_value_and_their_producer),
		TEST(equal_losses_are_one),
		TEST(changes_on_disk_are_kept_as_they_are),
		TEST(progress_counts_while_the_run_goes_on),
		TEST(the_control_was_in_the_packets_if_its_lookup_and_its_connection_were),
		TEST(the_lab_saw_the_control_by_its_name_or_its_address),
		TEST(the_control_at_the_end_is_another_than_that_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
