/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_join.c - tests of evidence/join.c and share.c: whose a flow is, and what calls say that own
 * none
 */
#include "tests/unit/evidence/tell.h"

#define MS 1000000ll
#define LOCAL "198.19.255.2:4000"
#define OTHER_LOCAL "198.19.255.2:4001"
#define REMOTE "203.0.113.1:443"
#define OTHER "203.0.113.66:443"

static void proc(int id, const char *exe)
{
	tell("'k':'proc','src':'box','proc':%d,'pid':%d", id, id);
	tell("'k':'exec','src':'box','proc':%d,'path':'%s','exe':'%s','sha256':'b'", id, exe, exe);
}

/* add_addr() - ",'local':'...'", if there is one */
static void add_addr(char out[64], const char *key, const char *addr)
{
	out[0] = '\0';
	if (*addr)
		(void)snprintf(out, 64, ",'%s':'%s'", key, addr);
}

/* call() - @what: "connect tcp"; an address that is "" is not known */
static void call(int id, const char *what, const char *local, const char *remote, long long t)
{
	const char *proto = strchr(what, ' ') + 1;
	char from[64], to[64];

	add_addr(from, "local", local);
	add_addr(to, "remote", remote);
	tell("'k':'sock','src':'box','t':%lld,'proc':%d,'call':'%.*s','proto':'%s'%s%s", t, id,
	     (int)(proto - what - 1), what, proto, from, to);
}

static void flow(int id, const char *proto, const char *local, const char *remote, long long first)
{
	tell("'k':'flow','src':'net','t':%lld,'id':%d,'proto':'%s','local':'%s','remote':'%s',"
	     "'first':%lld,'last':%lld", first, id, proto, local, remote, first, first + MS);
}

/* flow_of() - the flow with this id */
static const struct evd_flow *flow_of(uint64_t id)
{
	for (size_t i = 0; i < told.facts->nflows; i++)
		if (told.facts->flows[i]->id == id)
			return told.facts->flows[i];
	fail_msg("there is no flow %llu", (unsigned long long)id);
	return NULL;
}

/* owner() - 0: none */
static uint64_t owner(uint64_t id)
{
	const struct evd_flow *f = flow_of(id);

	return f->call ? f->call->proc : 0;
}

static void two_processes(void)
{
	proc(3, "/bin/three");
	proc(4, "/bin/four");
}

static void a_flow_is_of_the_call_on_its_port_to_its_destination(void **state)
{
	(void)state;
	two_processes();
	call(3, "connect tcp", LOCAL, REMOTE, 1000 * MS);
	call(4, "connect tcp", OTHER_LOCAL, REMOTE, 1000 * MS);
	flow(1, "tcp", OTHER_LOCAL, REMOTE, 1001 * MS);
	flow(2, "tcp", LOCAL, REMOTE, 1001 * MS);
	flow(3, "udp", LOCAL, REMOTE, 1001 * MS);
	(void)finish();
	assert_int_equal(owner(1), 4);
	assert_int_equal(owner(2), 3);
	assert_int_equal(owner(3), 0);
	assert_string_equal(flow_of(1)->call->program->path, "/bin/four");
	assert_true(flow_of(1)->call->used);
	assert_false(flow_of(1)->mismatch || flow_of(1)->inferred);
}

static void a_call_owns_what_began_up_to_20_ms_before_it(void **state)
{
	(void)state;
	two_processes();
	for (int late = 19; late <= 21; late++) {
		char local[32];

		(void)snprintf(local, sizeof(local), "198.19.255.2:%d", 4000 + late);
		flow(late, "tcp", local, REMOTE, 1000 * MS);
		call(3, "connect tcp", local, REMOTE, (1000 + late) * MS);
	}
	(void)finish();
	assert_int_equal(owner(19), 3);
	assert_int_equal(owner(20), 3);
	assert_int_equal(owner(21), 0);
}

static void a_tcp_call_owns_one_flow_and_a_second_one_only_if_it_was_cut(void **state)
{
	(void)state;
	two_processes();
	call(3, "connect tcp", LOCAL, REMOTE, 1000 * MS);
	flow(1, "tcp", LOCAL, REMOTE, 1001 * MS);
	flow(2, "tcp", LOCAL, REMOTE, 1500 * MS);	/* cut in two */
	call(4, "connect tcp", LOCAL, OTHER, 2000 * MS);
	flow(3, "tcp", LOCAL, REMOTE, 2001 * MS);	/* an old call does not cover a new lie */
	(void)finish();
	assert_int_equal(owner(1), 3);
	assert_int_equal(owner(2), 3);
	assert_false(flow_of(2)->mismatch);
	assert_int_equal(owner(3), 4);
	assert_true(flow_of(3)->mismatch);
}

static void datagrams_to_many_are_of_one_socket(void **state)
{
	(void)state;
	two_processes();
	call(3, "bind udp", LOCAL, "", 900 * MS);
	call(3, "sendto udp", LOCAL, REMOTE, 1000 * MS);
	flow(1, "udp", LOCAL, REMOTE, 1001 * MS);
	flow(2, "udp", LOCAL, REMOTE, 1100 * MS);
	flow(3, "udp", OTHER_LOCAL, OTHER, 1100 * MS);
	call(4, "bind udp", OTHER_LOCAL, "", 900 * MS);
	(void)finish();
	assert_int_equal(owner(1), 3);
	assert_int_equal(owner(2), 3);
	assert_int_equal(owner(3), 4);
	assert_true(flow_of(3)->mismatch);	/* no call named that destination */
}

static void what_comes_in_is_of_who_listens(void **state)
{
	(void)state;
	two_processes();
	call(3, "listen tcp", "0.0.0.0:80", "", 900 * MS);
	tell("'k':'flow','src':'net','id':1,'proto':'tcp','local':'198.19.255.2:80','remote':'%s',"
	     "'inbound':true,'first':%lld", REMOTE, 1000 * MS);
	(void)finish();
	assert_int_equal(owner(1), 3);
	assert_false(flow_of(1)->mismatch);
}

static void a_call_without_a_local_address_owns_a_flow_if_no_other_made_one(void **state)
{
	(void)state;
	two_processes();
	call(3, "connect tcp", "", REMOTE, 1000 * MS);
	flow(1, "tcp", LOCAL, REMOTE, 1001 * MS);
	call(3, "connect tcp", "", OTHER, 1000 * MS);
	call(4, "connect tcp", "", OTHER, 1000 * MS);
	flow(2, "tcp", OTHER_LOCAL, OTHER, 1001 * MS);
	(void)finish();
	assert_int_equal(owner(1), 3);
	assert_true(flow_of(1)->inferred);
	assert_int_equal(owner(2), 0);
}

static void icmp_is_of_who_made_such_sockets(void **state)
{
	(void)state;
	two_processes();
	call(3, "sendto icmp", "", "203.0.113.1", 1000 * MS);
	flow(1, "icmp", "198.19.255.2", "203.0.113.1", 1001 * MS);
	flow(2, "icmp", "198.19.255.2", "203.0.113.9", 1001 * MS);
	(void)finish();
	assert_int_equal(owner(1), 3);
	assert_false(flow_of(1)->inferred);
	assert_int_equal(owner(2), 3);
	assert_true(flow_of(2)->inferred);
	(void)end(NULL);
	(void)begin(NULL);
	two_processes();
	call(3, "sendto icmp", "", "203.0.113.1", 1000 * MS);
	call(4, "sendto icmp", "", "203.0.113.2", 1000 * MS);
	flow(2, "icmp", "198.19.255.2", "203.0.113.9", 1001 * MS);
	(void)finish();
	assert_int_equal(owner(2), 0);
}

/* link_flow() - the same of packets of the link itself */
static void link_flow(int id, const char *proto, const char *local, const char *remote,
		      long long first)
{
	tell("'k':'flow','src':'net','t':%lld,'id':%d,'proto':'%s','local':'%s','remote':'%s','link':true,"
	     "'first':%lld,'last':%lld", first, id, proto, local, remote, first, first + MS);
}

static void a_membership_report_is_of_who_joined_the_group_last(void **state)
{
	(void)state;
	two_processes();
	call(3, "setsockopt udp", "", "239.1.2.3", 1000 * MS);
	call(4, "setsockopt udp", "", "239.1.2.3", 2000 * MS);
	call(4, "setsockopt udp", "", "ff15::3", 1000 * MS);
	link_flow(1, "ip-2", "198.19.255.2", "239.1.2.3", 1001 * MS);
	link_flow(2, "ip-2", "198.19.255.2", "239.1.2.3", 2001 * MS);
	link_flow(3, "icmpv6", "fe80::2", "ff15::3", 1001 * MS);
	(void)finish();
	assert_int_equal(owner(1), 3);
	assert_int_equal(owner(2), 4);
	assert_int_equal(owner(3), 4);
	assert_false(flow_of(1)->mismatch || flow_of(1)->inferred);
	assert_false(told.facts->calls[1].silent);
}

static void a_report_that_no_join_explains_has_no_owner(void **state)
{
	(void)state;
	two_processes();
	call(3, "setsockopt udp", "", "239.1.2.3", 1000 * MS);
	link_flow(1, "ip-2", "198.19.255.2", "239.1.2.4", 1001 * MS);	/* another group */
	link_flow(2, "ip-2", "198.19.255.2", "239.1.2.3", 900 * MS);		/* before */
	link_flow(3, "ip-2", "198.19.255.2", "224.0.0.22", 1001 * MS);	/* more than groups */
	flow(4, "ip-47", "198.19.255.2", "239.1.2.3", 1001 * MS);	/* not a report */
	link_flow(5, "icmpv6", "fe80::2", "ff15::3", 1001 * MS);
	(void)finish();
	for (uint64_t id = 1; id <= 5; id++)
		assert_int_equal(owner(id), 0);
}

static void who_has_an_address_is_asked_for_who_named_it_last(void **state)
{
	(void)state;
	two_processes();
	call(3, "sendto udp", "", "127.115.101.99:9", 1000 * MS);
	call(4, "connect tcp", "", "127.115.101.99:80", 2000 * MS);
	link_flow(1, "arp", "198.19.255.2", "127.115.101.99", 1001 * MS);
	link_flow(2, "arp", "198.19.255.2", "127.115.101.99", 2001 * MS);
	link_flow(3, "arp", "198.19.255.2", "127.115.101.98", 2001 * MS);
	(void)finish();
	assert_int_equal(owner(1), 3);
	assert_int_equal(owner(2), 4);
	assert_int_equal(owner(3), 0);
}

static void what_is_no_question_of_the_link_is_not_who_named_the_address(void **state)
{
	(void)state;
	two_processes();
	call(3, "connect tcp", "", "[2001:db8::7]:80", 1000 * MS);
	link_flow(1, "icmpv6", "fe80::2", "2001:db8::7", 1001 * MS);
	flow(2, "icmpv6", "fe80::2", "2001:db8::7", 1001 * MS);
	call(3, "setsockopt udp", "", "ff15::3", 1000 * MS);
	flow(3, "icmpv6", "fe80::2", "ff15::3", 1001 * MS);
	(void)finish();
	assert_int_equal(owner(1), 3);
	assert_int_equal(owner(2), 0);
	assert_int_equal(owner(3), 0);
}

/* share_of() - the flow that a call has part in; NULL: none */
static const struct evd_flow *share_of(size_t call)
{
	for (size_t i = 0; i < told.facts->nshares; i++)
		if (told.facts->shares[i].call == &told.facts->calls[call])
			return told.facts->shares[i].flow;
	return NULL;
}

static void a_socket_that_stays_open_over_an_exec_is_of_both_programs(void **state)
{
	(void)state;
	two_processes();
	call(3, "connect tcp", "198.19.255.2:40000", "203.0.113.1:80", 1000 * MS);
	call(4, "execve tcp", "198.19.255.2:40000", "203.0.113.1:80", 1002 * MS);
	call(3, "execve tcp", "198.19.255.2:40000", "203.0.113.1:80", 1002 * MS);
	flow(1, "tcp", "198.19.255.2:40000", "203.0.113.1:80", 1001 * MS);
	(void)finish();
	assert_int_equal(owner(1), 3);
	assert_ptr_equal(share_of(1), flow_of(1));
	assert_null(share_of(2)); /* the same program */
	assert_false(told.facts->calls[1].silent);
}

/* What it sent before it was seen to run is its own, too. */
static void a_program_that_is_seen_late_has_had_the_socket_since_its_exec(void **state)
{
	static const char exec[] = "'k':'exec','src':'box','t':%lld,'proc':4,'path':'/bin/n',"
				   "'exe':'/bin/n','sha256':'b'";

	(void)state;
	two_processes();
	call(3, "connect tcp", "198.19.255.2:40000", "203.0.113.1:80", 1000 * MS);
	flow(1, "tcp", "198.19.255.2:40000", "203.0.113.1:80", 1001 * MS);
	tell(exec, 1010 * MS);
	call(4, "execve tcp", "198.19.255.2:40000", "203.0.113.1:80", 1001 * MS);
	(void)finish();
	assert_ptr_equal(share_of(1), flow_of(1));
	assert_int_equal(told.facts->calls[1].since, 1001 * MS);
	assert_int_equal(told.facts->calls[1].t, 1010 * MS);
	assert_string_equal(told.facts->calls[1].program->path, "/bin/n");
}

static void who_has_a_socket_has_part_in_all_that_is_sent_with_it(void **state)
{
	static const char with[] = "'k':'sock','src':'box','t':%lld,'proc':%d,'call':'%s','proto':'udp',"
				   "'cookie':%d,'outcome':'allowed'%s";

	(void)state;
	two_processes();
	tell(with, 1000 * MS, 4, "execve", 7, "");	/* neither bound nor connected */
	tell(with, 1000 * MS, 4, "held", 8, "");
	tell(with, 1001 * MS, 3, "sendto", 7, ",'local':'" LOCAL "','remote':'" REMOTE "'");
	tell(with, 1002 * MS, 3, "sendto", 7, ",'local':'" LOCAL "','remote':'203.0.113.9:9'");
	flow(1, "udp", LOCAL, REMOTE, 1001 * MS);
	flow(2, "udp", LOCAL, "203.0.113.9:9", 1002 * MS);
	flow(3, "udp", OTHER_LOCAL, REMOTE, 1002 * MS);
	(void)finish();
	assert_int_equal(told.facts->nshares, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_ptr_equal(told.facts->shares[i].call, &told.facts->calls[0]);
		assert_ptr_equal(told.facts->shares[i].flow, flow_of(i + 1));
	}
	assert_null(share_of(1));	/* nothing was sent with that one */
}

static void a_process_may_pass_what_those_have_opened_that_it_comes_from(void **state)
{
	static const char *const sends[] = { "sendmsg", "sendmmsg" };

	(void)state;
	tell("'k':'proc','src':'box','t':1,'proc':2,'pid':2");
	tell("'k':'proc','src':'box','t':1,'proc':3,'pid':3,'parent':2");
	tell("'k':'proc','src':'box','t':1,'proc':4,'pid':4,'parent':3");
	tell("'k':'proc','src':'box','t':1,'proc':5,'pid':5,'parent':2");
	for (int i = 0; i < 2; i++)
		tell("'k':'sock','src':'box','t':%d,'proc':%d,'call':'%s','proto':'unix',"
		     "'outcome':'allowed'", 20 - 10 * i, 4 - i, sends[i]);
	tell("'k':'sock','src':'box','t':5,'proc':5,'call':'sendto','proto':'unix','outcome':'allowed'");
	tell("'k':'sock','src':'box','t':5,'proc':5,'call':'sendmsg','proto':'udp','outcome':'allowed'");
	tell("'k':'sock','src':'box','t':5,'proc':5,'call':'sendmsg','proto':'unix','outcome':'denied'");
	tell("'k':'exit','src':'box','t':30,'proc':4,'known':true");
	(void)finish();
	assert_int_equal(evd_proc(told.facts, 2)->passes, 10);
	assert_int_equal(evd_proc(told.facts, 3)->passes, 10);
	assert_int_equal(evd_proc(told.facts, 4)->passes, 20);
	assert_int_equal(evd_proc(told.facts, 5)->passes, INT64_MAX);
	assert_int_equal(evd_proc(told.facts, 4)->ended, 30);
	assert_int_equal(evd_proc(told.facts, 3)->ended, INT64_MAX);
	assert_int_equal(told.facts->takes, INT64_MAX);
}

static void a_circle_of_parents_passes_too(void **state)
{
	(void)state;
	tell("'k':'proc','src':'box','t':1,'proc':2,'pid':2,'parent':3");
	tell("'k':'proc','src':'box','t':1,'proc':3,'pid':3,'parent':2");
	tell("'k':'sock','src':'box','t':7,'proc':3,'call':'sendmsg','proto':'unix','outcome':'allowed'");
	tell("'k':'call','src':'box','t':9,'proc':3,'call':'pidfd_getfd','outcome':'allowed'");
	(void)finish();
	assert_int_equal(evd_proc(told.facts, 2)->passes, 7);
	assert_int_equal(told.facts->takes, 9);
}

/* Flows that only an inference gives an owner, beside as many calls of one process as are looked at
 * and one less and one more. */
static void among_more_calls_than_are_looked_at_nobody_is_concluded(void **state)
{
	static const struct { const char *call, *proto, *local, *remote; } kinds[] = {
		{ "sendto icmp", "icmp", "198.19.255.2", "203.0.113.200" },
		{ "sendto raw", "ip-99", "198.19.255.2", "203.0.113.200" },
		{ "sendto raw", "ip-99", "198.19.255.2", "203.0.113.1" },	/* each to there */
		{ "connect tcp", "tcp", LOCAL, "203.0.113.1:443" },	/* their port is unread */
	};

	(void)state;
	for (size_t k = 0; k < TB_ARRAY_SIZE(kinds); k++) {
		for (int n = 4095; n <= 4097; n++) {
			char remote[64];

			evd_free(told.evd);
			begin_bounded(NULL);
			two_processes();
			for (int i = 0; i < n; i++) {
				(void)snprintf(remote, sizeof(remote), "203.0.%d.%d%s",
					       k < 2 ? i / 200 : 113, k < 2 ? i % 200 : 1,
					       k == 3 ? ":443" : "");
				call(3, kinds[k].call, "", remote, 1000 * MS + i);
			}
			flow(1, kinds[k].proto, kinds[k].local, kinds[k].remote, 1001 * MS);
			(void)finish();
			assert_int_equal(owner(1), n <= 4096 ? 3 : 0);
		}
	}
}

static void before_the_product_only_the_control_can_have_sent(void **state)
{
	(void)state;
	tell("'k':'canary','src':'run','name':'c.example','stage':'planned'");
	tell("'k':'proc','src':'box','t':%lld,'proc':2,'pid':2", 500 * MS);
	tell("'k':'exec','src':'box','t':%lld,'proc':2,'path':'/a','exe':'/a'", 500 * MS);
	flow(1, "tcp", LOCAL, REMOTE, 499 * MS);
	flow(2, "tcp", OTHER_LOCAL, REMOTE, 500 * MS);
	(void)finish();
	assert_true(flow_of(1)->canary);
	assert_false(flow_of(2)->canary);
}

static void flows_are_in_the_order_of_their_first_packets(void **state)
{
	(void)state;
	flow(1, "tcp", LOCAL, REMOTE, 3 * MS);
	flow(2, "tcp", LOCAL, REMOTE, 1 * MS);
	flow(3, "tcp", LOCAL, REMOTE, 1 * MS);
	(void)finish();
	assert_int_equal(told.facts->flows[0]->id, 2);
	assert_int_equal(told.facts->flows[1]->id, 3);
	assert_int_equal(told.facts->flows[2]->id, 1);
}

static void only_calls_that_must_send_are_silent(void **state)
{
	static const struct { const char *what, *remote; bool silent; } cases[] = {
		{ "connect tcp", REMOTE, true }, { "sendto udp", REMOTE, true },
		{ "connect udp", REMOTE, false },
		{ "connect sctp", REMOTE, true }, { "connect tcp", "127.0.0.1:80", false },
		{ "connect tcp", "198.19.255.2:80", false }, { "sendto udp", "", false },
		{ "bind udp", REMOTE, false }, { "sendto raw", "203.0.113.1", false },
	};

	(void)state;
	two_processes();
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++)
		call(3, cases[i].what, "", cases[i].remote, 1000 * MS);
	(void)finish();
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++)
		if (told.facts->calls[i].silent != cases[i].silent)
			fail_msg("%s %s", cases[i].what, cases[i].remote);
}

static void a_call_to_which_packets_went_is_not_silent(void **state)
{
	(void)state;
	two_processes();
	call(3, "connect tcp", LOCAL, REMOTE, 1000 * MS);
	call(3, "connect tcp", LOCAL, REMOTE, 1001 * MS);	/* asks whether it is done */
	flow(1, "tcp", LOCAL, REMOTE, 1002 * MS);
	(void)finish();
	assert_false(told.facts->calls[0].silent);
	assert_false(told.facts->calls[1].silent);
	assert_null(share_of(0));	/* it is the same program's */
}

static void of_many_destinations_those_without_packets_are_silent(void **state)
{
	static const char *const hosts[] = { "198.18.0.1", "198.18.0.2", "[2001:db8::1]", "[2001:db8::2]" };
	static const char *const protos[] = { "connect tcp", "connect sctp" };
	char remote[64], local[2][64];
	int n = 0;

	(void)state;
	two_processes();
	for (int i = 0; i < 24; i++) {
		const char *host = hosts[i % 4], *proto = protos[i / 4 % 2];
		const char *own = *host == '[' ? "[2001:db8::ff]" : "198.19.255.2";

		(void)snprintf(remote, sizeof(remote), "%s:%d", host, 80 + i / 8);
		(void)snprintf(local[0], sizeof(local[0]), "%s:%d", own, 4000 + i);
		(void)snprintf(local[1], sizeof(local[1]), "%s:%d", own, 5000 + i);
		/* one that has a flow; one that asks again, one from an unread port, one from
		 * another port */
		call(3, proto, local[0], remote, 1000 * MS);
		call(3, proto, local[0], remote, 1001 * MS);
		call(3, proto, "", remote, 1001 * MS);
		call(3, proto, local[1], remote, 1001 * MS);
		if (i % 3)
			flow(++n, strchr(proto, ' ') + 1, local[0], remote, 1002 * MS);
	}
	(void)finish();
	for (size_t i = 0; i < 24; i++) {
		const struct evd_call *c = &told.facts->calls[4 * i];

		assert_int_equal(c[0].silent, i % 3 == 0);
		assert_int_equal(c[1].silent, i % 3 == 0);
		assert_int_equal(c[2].silent, i % 3 == 0);
		assert_true(c[3].silent);
	}
}

static void another_program_that_named_the_same_ends_shares_the_flow(void **state)
{
	(void)state;
	two_processes();
	call(3, "sendto udp", LOCAL, REMOTE, 1000 * MS);
	call(4, "sendto udp", LOCAL, REMOTE, 1001 * MS);
	flow(1, "udp", LOCAL, REMOTE, 1001 * MS);
	call(3, "sendto udp", OTHER_LOCAL, REMOTE, 1000 * MS);
	flow(2, "udp", OTHER_LOCAL, REMOTE, 1001 * MS);
	call(4, "sendto udp", OTHER_LOCAL, REMOTE, 1003 * MS);	/* after its last packet */
	(void)finish();
	assert_int_equal(owner(1), 4);
	assert_ptr_equal(share_of(0), flow_of(1));
	assert_null(share_of(1));
	assert_int_equal(owner(2), 3);
	assert_null(share_of(3));
}

static void the_end_of_a_long_server_name_is_the_name_that_was_looked_up(void **state)
{
	char name[200] = "";

	(void)state;
	for (size_t i = 0; i < 12; i++)
		(void)snprintf(name + strlen(name), sizeof(name) - strlen(name), "label%02zu.", i);
	(void)snprintf(name + strlen(name), sizeof(name) - strlen(name), "example");
	tell("'k':'flow','src':'net','id':1,'proto':'tcp','remote':'%s','sni':'%s','names':['%s']",
	     REMOTE,
	     name + strlen(name) - 79, name);
	tell("'k':'flow','src':'net','id':2,'proto':'tcp','remote':'%s','sni':'%s','names':['%s']",
	     REMOTE,
	     name + strlen(name) - 78, name);
	(void)finish();
	assert_string_equal(flow_of(1)->sni, name);
	assert_string_not_equal(flow_of(2)->sni, name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flow_is_of_the_call_on_its_port_to_its_destination),
		TEST(a_call_owns_what_began_up_to_20_ms_before_it),
		TEST(a_tcp_call_owns_one_flow_and_a_second_one_only_if_it_was_cut),
		TEST(datagrams_to_many_are_of_one_socket),
		TEST(what_comes_in_is_of_who_listens),
		TEST(a_call_without_a_local_address_owns_a_flow_if_no_other_made_one),
		TEST(icmp_is_of_who_made_such_sockets),
		TEST(a_membership_report_is_of_who_joined_the_group_last),
		TEST(a_report_that_no_join_explains_has_no_owner),
		TEST(a_socket_that_stays_open_over_an_exec_is_of_both_programs),
		TEST(who_has_an_address_is_asked_for_who_named_it_last),
		TEST(what_is_no_question_of_the_link_is_not_who_named_the_address),
		TEST(a_program_that_is_seen_late_has_had_the_socket_since_its_exec),
		TEST(who_has_a_socket_has_part_in_all_that_is_sent_with_it),
		TEST(a_process_may_pass_what_those_have_opened_that_it_comes_from),
		TEST(a_circle_of_parents_passes_too),
		TEST(among_more_calls_than_are_looked_at_nobody_is_concluded),
		TEST(before_the_product_only_the_control_can_have_sent),
		TEST(flows_are_in_the_order_of_their_first_packets),
		TEST(only_calls_that_must_send_are_silent),
		TEST(a_call_to_which_packets_went_is_not_silent),
		TEST(of_many_destinations_those_without_packets_are_silent),
		TEST(another_program_that_named_the_same_ends_shares_the_flow),
		TEST(the_end_of_a_long_server_name_is_the_name_that_was_looked_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
