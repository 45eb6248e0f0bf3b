/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_reconcile.c - tests of policy/compare/reconcile.c over records: do calls and packets agree
 */
#include "tests/unit/policy/compare/story.h"

#define MS 1000000ll
#define IGNORE_ALL "'undeclared':{'connections':'info','names':'ignore','executes':'ignore'}"

static void call(int proc, const char *name, const char *proto, const char *local,
		 const char *remote, long long t)
{
	tell("'k':'sock','src':'box','t':%lld,'proc':%d,'call':'%s','proto':'%s','local':'%s','remote':'%s',"
	     "'outcome':'allowed'", t, proc,
	     name, proto, local, remote);
}

static void flow(int id, const char *proto, const char *local, const char *remote, long long first)
{
	tell("'k':'flow','src':'net','t':%lld,'id':%d,'end':true,'proto':'%s','local':'%s','remote':'%s',"
	     "'first':%lld,'last':%lld,"
	     "'pkts_out':2,'pkts_in':1,'bytes_out':%d,'pkt_first':%d,'pkt_last':%d", first, id,
	     proto, local, remote,
		     first, first + MS, id,
	     id * 10, id * 10 + 2);
}

static void proc(int id, int parent, const char *exe)
{
	tell("'k':'proc','src':'box','proc':%d,'parent':%d,'pid':%d", id, parent, id);
	if (exe)
		tell("'k':'exec','src':'box','proc':%d,'path':'%s','exe':'%s','sha256':'bb'", id,
		     exe, exe);
}

/* owner() - the process of the flow to this destination. Its bytes are its id, so shares tell the
 * owner */
static uint64_t owner(int id)
{
	for (size_t i = 0; i < story.r->nshares; i++)
		if (story.r->shares[i].bytes_out == (uint64_t)id)
			return story.r->shares[i].proc;
	fail_msg("no share has the bytes of flow %d alone", id);
	return 0;
}

#define LOCAL "198.19.255.2:4000"
#define REMOTE "203.0.113.1:443"

static void a_flow_belongs_to_the_process_that_connected_its_port(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	proc(3, 2, NULL);
	proc(4, 2, NULL);
	call(3, "connect", "tcp", LOCAL, REMOTE, 1000 * MS);
	call(4, "connect", "tcp", "198.19.255.2:4001", REMOTE, 1000 * MS);
	flow(31, "tcp", "198.19.255.2:4001", REMOTE, 1001 * MS);
	flow(32, "tcp", LOCAL, REMOTE, 1001 * MS);
	end();
	assert_int_equal(owner(31), 4);
	assert_int_equal(owner(32), 3);
	assert_verdict(FND_CONFORMS);
}

static void a_port_that_is_used_again_belongs_to_the_later_call(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	proc(3, 2, NULL);
	proc(4, 2, NULL);
	call(3, "connect", "tcp", LOCAL, REMOTE, 1000 * MS);
	flow(31, "tcp", LOCAL, REMOTE, 1001 * MS);
	call(4, "connect", "tcp", LOCAL, REMOTE, 2000 * MS);
	flow(32, "tcp", LOCAL, REMOTE, 2001 * MS);
	end();
	assert_int_equal(owner(31), 3);
	assert_int_equal(owner(32), 4);
	assert_int_equal(findings("CALL-PACKET-MISMATCH"), 0);
}

static void two_live_sockets_may_share_a_port_for_two_destinations(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	proc(3, 2, NULL);
	proc(4, 2, NULL);
	call(3, "connect", "tcp", LOCAL, REMOTE, 1000 * MS);
	call(4, "connect", "tcp", LOCAL, "203.0.113.2:443", 1001 * MS);
	flow(31, "tcp", LOCAL, REMOTE, 1002 * MS);
	flow(32, "tcp", LOCAL, "203.0.113.2:443", 1003 * MS);
	end();
	assert_int_equal(owner(31), 3);
	assert_int_equal(owner(32), 4);
	assert_int_equal(findings("CALL-PACKET-MISMATCH"), 0);
}

static void undeclared_packets_without_an_owner_are_one_finding(void **state)
{
	(void)state;
	begin("");
	flow(31, "tcp", LOCAL, REMOTE, 1000 * MS);
	end();
	assert_int_equal(findings("FLOW-UNOWNED"), 0);
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	assert_null(finding("NET-UNDECLARED")->program);
	assert_verdict(FND_VIOLATES);
	(void)clean_up(state);
	begin("'undeclared':{'connections':'info'}");
	flow(31, "tcp", LOCAL, REMOTE, 1000 * MS);
	end();
	assert_int_equal(findings("FLOW-UNOWNED"), 1);
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	assert_verdict(FND_INCONCLUSIVE);
}

static void a_call_is_recorded_a_little_after_its_first_packet_at_most(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	flow(31, "tcp", LOCAL, REMOTE, 1000 * MS);
	call(2, "connect", "tcp", LOCAL, REMOTE, 1015 * MS);
	flow(32, "tcp", "198.19.255.2:4001", REMOTE, 1000 * MS);
	call(2, "connect", "tcp", "198.19.255.2:4001", REMOTE, 1030 * MS);
	end();
	assert_int_equal(owner(31), 2);
	assert_int_equal(owner(32), 0);
	assert_int_equal(story.r->totals.packets_unowned, 3);
	assert_int_equal(story.r->totals.bytes_unowned, 32);
	assert_non_null(finding("FLOW-UNOWNED"));
	assert_verdict(FND_INCONCLUSIVE);
}

static void a_changed_argument_is_a_violation_of_a_known_process(void **state)
{
	const struct fnd *f;

	(void)state;
	begin(IGNORE_ALL);
	call(2, "connect", "tcp", LOCAL, REMOTE, 1000 * MS);
	flow(31, "tcp", LOCAL, "203.0.113.66:443", 1001 * MS);
	end();
	assert_int_equal(owner(31), 2);
	f = finding("CALL-PACKET-MISMATCH");
	assert_non_null(f);
	assert_int_equal(f->severity, FND_VIOLATION);
	assert_string_equal(observed(f),
			    "connect named 203.0.113.1:443, the packets went to 203.0.113.66:443");
	assert_int_equal(f->packets.v[0], 310);
	assert_int_equal(findings("CALL-WITHOUT-PACKETS"), 0);
	assert_verdict(FND_VIOLATES);
}

static void a_record_that_was_cut_off_accuses_nobody(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	call(2, "connect", "tcp", LOCAL, REMOTE, 1000 * MS);
	flow(31, "tcp", LOCAL, "203.0.113.66:443", 1001 * MS);
	story.stats.final[EV_SRC_BOX] = false;
	end();
	assert_int_equal(finding("CALL-PACKET-MISMATCH")->severity, FND_WARNING);
	assert_verdict(FND_INCONCLUSIVE);
}

static void an_honest_call_of_the_past_does_not_cover_a_new_lie(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	proc(3, 2, NULL);
	call(2, "connect", "tcp", LOCAL, "203.0.113.66:443", 1000 * MS);
	flow(31, "tcp", LOCAL, "203.0.113.66:443", 1001 * MS);
	call(3, "connect", "tcp", LOCAL, REMOTE, 2000 * MS);
	flow(32, "tcp", LOCAL, "203.0.113.66:443", 2001 * MS);
	end();
	assert_int_equal(owner(32), 3);
	assert_int_equal(findings("CALL-PACKET-MISMATCH"), 1);
}

static void a_conversation_that_was_cut_in_two_keeps_its_owner(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	proc(3, 2, NULL);
	call(3, "connect", "tcp", LOCAL, REMOTE, 1000 * MS);
	flow(1000, "tcp", LOCAL, REMOTE, 1001 * MS);
	flow(2000, "tcp", LOCAL, REMOTE, 9001 * MS);
	end();
	assert_int_equal(owner(3000), 3);
	assert_int_equal(findings("CALL-PACKET-MISMATCH"), 0);
	assert_int_equal(findings("FLOW-UNOWNED"), 0);
}

static void mapped_addresses_are_the_addresses_that_they_map(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	call(2, "connect", "tcp", "[::ffff:198.19.255.2]:4000", "[::ffff:203.0.113.1]:443",
	     1000 * MS);
	flow(31, "tcp", LOCAL, REMOTE, 1001 * MS);
	call(2, "sendto", "udp", "[::]:4000", "[::ffff:203.0.113.1]:53", 1000 * MS);
	flow(32, "udp", LOCAL, "203.0.113.1:53", 1001 * MS);
	end();
	assert_int_equal(findings("FLOW-UNOWNED"), 0);
	assert_int_equal(findings("CALL-PACKET-MISMATCH"), 0);
	assert_int_equal(findings("CALL-WITHOUT-PACKETS"), 0);
}

static void a_socket_on_loopback_sends_nothing_through_the_gate(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	call(2, "connect", "tcp", "127.0.0.1:4000", "127.0.0.1:443", 1000 * MS);
	flow(31, "tcp", LOCAL, REMOTE, 1001 * MS);
	end();
	assert_int_equal(owner(31), 0);
	assert_int_equal(findings("CALL-WITHOUT-PACKETS"), 0);
	assert_true(has_gap("inside the box", false));
}

static void datagrams_from_one_port_to_many_belong_to_it(void **state)
{
	char remote[32];

	(void)state;
	begin(IGNORE_ALL);
	for (int i = 1; i < 200; i++) {
		(void)snprintf(remote, sizeof(remote), "203.0.113.%d:9", i);
		call(2, "sendto", "udp", LOCAL, remote, (1000 + i) * MS);
		flow(100 + i, "udp", LOCAL, remote, (1000 + i) * MS);
	}
	end();
	assert_int_equal(findings("FLOW-UNOWNED"), 0);
	assert_int_equal(findings("CALL-PACKET-MISMATCH"), 0);
}

static void datagrams_that_no_call_names_are_a_mismatch_of_who_bound_the_port(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	tell("'k':'sock','src':'box','t':1000,'proc':2,'call':'bind','proto':'udp','local':'0.0.0.0:40000','outcome':'allowed'");
	flow(31, "udp", "198.19.255.2:40000", REMOTE, 1001 * MS);
	end();
	assert_int_equal(owner(31), 2);
	assert_int_equal(findings("CALL-PACKET-MISMATCH"), 1);
}

static void who_listens_owns_what_comes_in(void **state)
{
	(void)state;
	begin("'listens':[{'id':'ui','ports':[8080]}]");
	tell("'k':'sock','src':'box','t':1000,'proc':2,'call':'listen','proto':'tcp','local':'[::]:8080','outcome':'allowed'");
	tell("'k':'flow','src':'net','id':31,'end':true,'proto':'tcp','inbound':true,'local':'198.19.255.2:8080',"
	     "'remote':'203.0.113.1:5000',"
	     "'first':2000000000,'last':2000000001,'pkts_in':3,'bytes_out':31");
	end();
	assert_int_equal(owner(31), 2);
	assert_verdict(FND_CONFORMS);
}

static void icmp_belongs_to_who_made_the_socket_for_it(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	proc(3, 2, NULL);
	tell("'k':'sock','src':'box','t':1000,'proc':3,'call':'sendto','proto':'icmp','local':'198.19.255.2:7',"
	     "'remote':'203.0.113.1','outcome':'allowed'");
	flow(31, "icmp", "198.19.255.2", "203.0.113.1", 1001 * MS);
	flow(32, "icmp", "198.19.255.2", "203.0.113.2", 1001 * MS);
	end();
	assert_int_equal(owner(63), 3);
	assert_int_equal(findings("CALL-WITHOUT-PACKETS"), 0);
}

static void join(const char *proto, const char *group)
{
	tell("'k':'sock','src':'box','t':1000,'proc':2,'call':'setsockopt','proto':'udp','remote':'%s',"
	     "'outcome':'allowed'", group);
	tell("'k':'flow','src':'net','id':31,'end':true,'proto':'%s','local':'198.19.255.2','remote':'%s','link':true,"
	     "'first':%lld,'last':%lld,'pkts_out':1", proto, group, 1001 * MS, 1002 * MS);
	end();
}

static void a_declared_group_declares_its_reports(void **state)
{
	(void)state;
	begin("'connections':[{'id':'ssdp','to':['239.255.0.0/16'],'protocol':'udp','ports':[1900]}]");
	join("ip-2", "239.255.255.250");
	assert_int_equal(findings("NET-UNDECLARED"), 0);
	assert_int_equal(findings("PROTOCOL-UNKNOWN"), 0);
	assert_int_equal(findings("FLOW-UNOWNED"), 0);
	assert_verdict(FND_CONFORMS);
}

static void an_undeclared_group_is_one_violation(void **state)
{
	(void)state;
	begin("'connections':[{'id':'all','protocol':'udp'},{'id':'ssdp','to':['239.255.255.250']},"
	      "{'id':'other','to':['239.1.2.3'],'process':'/opt/other'}]");
	join("ip-2", "239.1.2.3");
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	assert_int_equal(findings("PROTOCOL-UNKNOWN"), 0);
	assert_int_equal(findings("FLOW-UNOWNED"), 0);
	assert_verdict(FND_VIOLATES);
}

static void icmp_of_two_possible_senders_has_no_owner(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	proc(3, 2, NULL);
	tell("'k':'sock','src':'box','t':1000,'proc':2,'call':'socket','proto':'icmp','outcome':'allowed'");
	tell("'k':'sock','src':'box','t':1000,'proc':3,'call':'socket','proto':'raw','outcome':'allowed'");
	flow(31, "icmp", "198.19.255.2", "203.0.113.1", 1001 * MS);
	end();
	assert_int_equal(owner(31), 0);
}

static void an_unread_local_address_is_made_up_for_by_the_destination(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("");
	tell("'k':'sock','src':'box','t':1000000000,'proc':2,'call':'connect','proto':'tcp',"
	     "'remote':'203.0.113.1:443','outcome':'allowed'");
	flow(31, "tcp", LOCAL, REMOTE, 1001 * MS);
	end();
	assert_int_equal(owner(31), 2);
	f = finding("NET-UNDECLARED");
	assert_non_null(f);
	assert_int_equal(f->basis, FND_INFERRED);
}

static void two_processes_with_unread_addresses_are_not_guessed_between(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	proc(3, 2, NULL);
	tell("'k':'sock','src':'box','t':1000000000,'proc':2,'call':'connect','proto':'tcp','remote':'203.0.113.1:443'");
	tell("'k':'sock','src':'box','t':1000000001,'proc':3,'call':'connect','proto':'tcp','remote':'203.0.113.1:443'");
	flow(31, "tcp", LOCAL, REMOTE, 1001 * MS);
	end();
	assert_int_equal(owner(31), 0);
}

static void only_calls_that_must_send_are_missed_in_the_packets(void **state)
{
	const struct fnd *f;

	(void)state;
	begin(IGNORE_ALL);
	/* getaddrinfo(3) sorts addresses so */
	call(2, "connect", "udp", LOCAL, "203.0.113.9:53", 1000 * MS);
	call(2, "connect", "tcp", LOCAL, "198.19.255.2:80", 1000 * MS);		/* the box itself */
	call(2, "connect", "tcp", LOCAL, "0.0.0.0:80", 1000 * MS);		/* the same */
	call(2, "connect", "tcp", "[::1]:4000", "[::1]:80", 1000 * MS);
	tell("'k':'sock','src':'box','t':1000,'proc':2,'call':'connect','proto':'unix','path':'/run/x','outcome':'allowed'");
	call(2, "connect", "tcp", LOCAL, "203.0.113.7:80", 1000 * MS);
	call(2, "sendto", "udp", LOCAL, "203.0.113.7:80", 1000 * MS);
	end();
	assert_int_equal(findings("CALL-WITHOUT-PACKETS"), 2);
	f = finding("CALL-WITHOUT-PACKETS");
	assert_int_equal(f->severity, FND_WARNING);
	assert_verdict(FND_CONFORMS);
}

static void the_second_connect_of_a_nonblocking_socket_is_no_call_without_packets(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	call(2, "connect", "tcp", LOCAL, REMOTE, 1000 * MS);
	flow(31, "tcp", LOCAL, REMOTE, 1000 * MS);
	call(2, "connect", "tcp", LOCAL, REMOTE, 1010 * MS);
	call(2, "connect", "tcp", LOCAL, REMOTE, 1500 * MS);
	end();
	assert_int_equal(findings("CALL-WITHOUT-PACKETS"), 0);
}

/* MAY_CONNECT - a policy by which only the product's first program may go to REMOTE */
#define MAY_CONNECT "'connections':[{'id':'c','process':'/opt/acme/agent','to':['203.0.113.1']}],'undeclared':{'executes':'ignore'}"

static void one_conversation_of_two_programs_is_compared_for_both(void **state)
{
	(void)state;
	begin(MAY_CONNECT);
	proc(3, 2, "/opt/acme/other");
	call(2, "sendto", "udp", LOCAL, REMOTE, 1000 * MS);
	flow(31, "udp", LOCAL, REMOTE, 1000 * MS);
	/* by a socket of its own, with the same port */
	call(3, "sendto", "udp", LOCAL, REMOTE, 1001 * MS);
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	assert_int_equal(finding("NET-UNDECLARED")->proc, 3);
	assert_int_equal(finding("NET-UNDECLARED")->basis, FND_INFERRED);
	assert_verdict(FND_VIOLATES);
}

static void a_later_call_does_not_hide_whose_connection_it_was(void **state)
{
	(void)state;
	begin(MAY_CONNECT);
	proc(3, 2, "/opt/acme/other");
	call(3, "connect", "tcp", LOCAL, REMOTE, 1000 * MS);
	/* fails in the kernel: the port is taken */
	call(2, "connect", "tcp", LOCAL, REMOTE, 1001 * MS);
	flow(31, "tcp", LOCAL, REMOTE, 1002 * MS);
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	assert_verdict(FND_VIOLATES);
}

static void a_program_that_came_after_the_last_packet_has_no_part_in_them(void **state)
{
	(void)state;
	begin(MAY_CONNECT);
	proc(3, 2, "/opt/acme/other");
	call(2, "sendto", "udp", LOCAL, REMOTE, 1000 * MS);
	flow(31, "udp", LOCAL, REMOTE, 1000 * MS);
	call(3, "connect", "udp", LOCAL, REMOTE, 1002 * MS);	/* sends nothing */
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 0);
	assert_verdict(FND_CONFORMS);
}

static void another_protocol_to_the_name_server_is_no_lookup(void **state)
{
	(void)state;
	begin("'undeclared':{'executes':'ignore'}");
	call(2, "sendto", "udplite", LOCAL, "198.19.255.1:53", 1000 * MS);
	flow(31, "udplite", LOCAL, "198.19.255.1:53", 1000 * MS);
	end();
	assert_int_equal(findings("PROTOCOL-UNKNOWN"), 1);
	assert_verdict(FND_VIOLATES);
}

static void the_controls_port_is_no_cover_for_lookups(void **state)
{
	(void)state;
	begin("'undeclared':{'names':'violation'}");
	call(2, "sendto", "udp", "198.19.255.2:50", "198.19.255.1:53", 1000 * MS);
	tell("'k':'lookup','src':'net','t':%lld,'name':'secret.example','type':'A','rcode':'NOERROR','flow':1,"
	     "'server':'198.19.255.1:53'", 1000 * MS);
	tell("'k':'lookup','src':'lab','t':%lld,'name':'secret.example','type':'A','rcode':'NOERROR',"
	     "'server':'198.19.255.1:53'", 1000 * MS);
	end();
	assert_int_equal(findings("DNS-UNDECLARED"), 1);
	assert_verdict(FND_VIOLATES);
}

static void a_million_calls_on_one_port_do_not_make_joining_slow(void **state)
{
	(void)state;
	begin(IGNORE_ALL);
	for (int i = 0; i < 20000; i++)
		tell("'k':'sock','src':'box','t':%d,'proc':2,'call':'sendto','proto':'udp','local':'127.0.0.1:4000',"
		     "'remote':'127.0.0.1:%d'",
		     1000 + i, 1 + i);
	for (int i = 0; i < 20000; i++)
		flow(10 + i, "udp", LOCAL, "203.0.113.1:9", 1000 * MS + i);
	end();
	assert_int_equal(story.r->shares[0].proc, 0);
	assert_int_equal(story.r->shares[0].flows, 20000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(a_flow_belongs_to_the_process_that_connected_its_port),
		TEST(a_port_that_is_used_again_belongs_to_the_later_call),
		TEST(two_live_sockets_may_share_a_port_for_two_destinations),
		TEST(a_call_is_recorded_a_little_after_its_first_packet_at_most),
		TEST(undeclared_packets_without_an_owner_are_one_finding),
		TEST(a_changed_argument_is_a_violation_of_a_known_process),
		TEST(a_record_that_was_cut_off_accuses_nobody),
		TEST(an_honest_call_of_the_past_does_not_cover_a_new_lie),
		TEST(a_conversation_that_was_cut_in_two_keeps_its_owner),
		TEST(mapped_addresses_are_the_addresses_that_they_map),
		TEST(a_socket_on_loopback_sends_nothing_through_the_gate),
		TEST(datagrams_from_one_port_to_many_belong_to_it),
		TEST(datagrams_that_no_call_names_are_a_mismatch_of_who_bound_the_port),
		TEST(who_listens_owns_what_comes_in),
		TEST(icmp_belongs_to_who_made_the_socket_for_it),
		TEST(a_declared_group_declares_its_reports),
		TEST(an_undeclared_group_is_one_violation),
		TEST(icmp_of_two_possible_senders_has_no_owner),
		TEST(an_unread_local_address_is_made_up_for_by_the_destination),
		TEST(two_processes_with_unread_addresses_are_not_guessed_between),
		TEST(only_calls_that_must_send_are_missed_in_the_packets),
		TEST(the_second_connect_of_a_nonblocking_socket_is_no_call_without_packets),
		TEST(one_conversation_of_two_programs_is_compared_for_both),
		TEST(a_later_call_does_not_hide_whose_connection_it_was),
		TEST(a_program_that_came_after_the_last_packet_has_no_part_in_them),
		TEST(another_protocol_to_the_name_server_is_no_lookup),
		TEST(the_controls_port_is_no_cover_for_lookups),
		TEST(a_million_calls_on_one_port_do_not_make_joining_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
