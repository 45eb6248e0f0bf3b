/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_links.c - tests of facts/links.c: which destination a finding is about
 */
#include "tests/unit/facts/told.h"

/* talk() - a conversation whose first packet has the number @packet */
static void talk(int proc, int port, const char *remote, const char *name, int packet)
{
	tell("'k':'sock','src':'box','t':%lld,'proc':%d,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'%s'", port * MS, proc, port, remote);
	tell("'k':'flow','src':'net','t':%lld,'id':%d,'end':true,'proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'%s','first':%lld,'last':%lld,'pkts_out':2,"
	     "'pkt_first':%d,'pkt_last':%d,'names':[%s]", port * MS, port, port, remote, port * MS,
	     (port + 5) * MS, packet, packet + 1, name);
}

static void lookup(const char *name, int flow)
{
	tell("'k':'lookup','src':'net','t':150,'name':'%s','type':'A','rcode':'NOERROR',"
	     "'addrs':['198.18.0.9'],'flow':%d,'server':'198.19.255.1:53'", name, flow);
}

/* dest_of() - the port of the destination of the finding about @object; 0: it has none */
static unsigned int port_of(enum fnd_code code, const char *object)
{
	for (size_t i = 0; i < story.r->nfindings; i++) {
		const struct fnd *f = &story.r->findings[i];
		uint32_t dest = facts->dest_of[i];

		if (f->code != code || !strstr(f->object, object))
			continue;
		if (dest == FACT_NO_DEST)
			return 0;
		assert_true(dest < facts->ndests);
		return facts->dests[dest].port;
	}
	fail_msg("no finding is about %s", object);
	return 0;
}

static void findings_lead_to_the_conversations_that_they_are_about(void **state)
{
	(void)state;
	begin("");
	talk(2, 200, "198.18.0.2:443", "'a.example'", 71);
	talk(2, 201, "198.18.0.3:444", "'b.example'", 30);
	talk(2, 202, "198.18.0.4:445", "", 9000);
	talk(2, 203, "198.18.0.3:444", "'b.example'", 20);
	tell("'k':'exec','src':'box','t':250,'proc':2,'path':'/bin/x','exe':'/bin/x','sha256':'b'");
	collect();
	assert_int_equal(facts->ndests, 3);
	assert_int_equal(port_of(FND_NET_UNDECLARED, "a.example"), 443);
	assert_int_equal(port_of(FND_NET_UNDECLARED, "b.example"), 444);
	assert_int_equal(port_of(FND_NET_UNDECLARED, "198.18.0.4"), 445);
	assert_int_equal(port_of(FND_EXEC_UNDECLARED, "/bin/x"), 0);
}

static void a_lookup_leads_to_what_the_same_program_did_with_the_name(void **state)
{
	(void)state;
	begin("'connections':[{'id':'r','to':['198.18.0.0/15']}]");
	tell("'k':'proc','src':'box','t':100,'proc':3,'parent':2,'pid':4");
	tell("'k':'exec','src':'box','t':100,'proc':3,'path':'/bin/y','exe':'/bin/y','sha256':'b'");
	tell("'k':'sock','src':'box','t':140,'proc':2,'call':'connect','proto':'udp',"
	     "'local':'198.19.255.2:300','remote':'198.19.255.1:53'");
	tell("'k':'flow','src':'net','t':140,'id':300,'end':true,'proto':'udp','pkts_out':1,"
	     "'local':'198.19.255.2:300','remote':'198.19.255.1:53','first':140,'last':141");
	lookup("a.example", 300);
	lookup("theirs.example", 300);
	lookup("nothing.example", 300);
	talk(3, 201, "198.18.0.3:444", "'theirs.example'", 30);
	talk(2, 202, "198.18.0.2:443", "'a.example'", 71);
	collect();
	assert_int_equal(port_of(FND_DNS_UNDECLARED, "a.example"), 443);
	assert_int_equal(port_of(FND_DNS_UNDECLARED, "theirs.example"), 0);
	assert_int_equal(port_of(FND_DNS_UNDECLARED, "nothing.example"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(findings_lead_to_the_conversations_that_they_are_about),
		TEST(a_lookup_leads_to_what_the_same_program_did_with_the_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
