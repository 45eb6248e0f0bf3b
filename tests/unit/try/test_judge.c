/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_judge.c - tests of what is made of acts: each witness taken away in turn
 */
#include <errno.h>

#include "tcbox/own.h"
#include "tcbox/try.h"
#include "tests/unit/policy/compare/story.h"

#define CONNECT "connect\tundeclared\t\t\t192.0.2.71\t192.0.2.71\t20001\t\tdone\t" \
	"198.19.255.2:300\t192.0.2.71:20001\t0\n"

static struct try_acts acts;

/* ask() - what the helper said, beside the record that was told */
static const struct try_act *ask(const char *said)
{
	struct cmp_input in = {
		.policy = story.policy, .run_policy = story.policy, .run = &story.run,
		.stats = &story.stats,
	};
	struct tb_err err = { 0 };

	assert_int_equal(evd_finish(story.evd, &in.evidence, &err), 0);
	assert_int_equal(cmp_compare(&in, &story.r, &err), 0);
	if (try_read(said, strlen(said), &acts, &err))
		fail_msg("%s", err.msg);
	try_judge(&acts, story.policy, in.evidence, story.r);
	assert_int_equal(acts.n, 1);
	return &acts.v[0];
}

static int forget(void **state)
{
	(void)state;
	try_clear(&acts);
	fnd_result_free(story.r);
	evd_free(story.evd);
	pol_free(story.policy);
	memset(&story, 0, sizeof(story));
	return 0;
}

static void by_calls(void)
{
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:300','remote':'192.0.2.71:20001'");
}

static void by_packets(void)
{
	tell("'k':'flow','src':'net','t':201,'id':9,'end':true,'proto':'tcp',"
	     "'local':'198.19.255.2:300','remote':'192.0.2.71:20001','first':201,'last':202,"
	     "'pkts_out':3,'pkts_in':2,'bytes_out':9");
}

static void by_lab(void)
{
	tell("'k':'request','src':'lab','t':202,'service':'http','client':'198.19.255.2:300',"
	     "'server':'192.0.2.71:20001','number':1,'names':['192.0.2.71'],'method':'GET',"
	     "'path':'/','status':200,'first':201,'last':202");
}

static void what_all_saw_and_a_finding_names_is_right(void **state)
{
	const struct try_act *act;

	(void)state;
	begin("");
	by_calls();
	by_packets();
	by_lab();
	act = ask(CONNECT);
	assert_int_equal(act->outcome, TRY_RIGHT);
	assert_int_equal(act->seen, try_expected(act));
	assert_int_equal(act->finding->code, FND_NET_UNDECLARED);
}

static void a_witness_that_is_blind_is_told(void **state)
{
	void (*const witnesses[])(void) = { by_calls, by_packets, by_lab };
	const unsigned int bits[] = {
		1u << TRY_BY_CALLS, 1u << TRY_BY_PACKETS, 1u << TRY_BY_LAB,
	};

	for (size_t blind = 0; blind < 3; blind++) {
		const struct try_act *act;

		begin("");
		for (size_t i = 0; i < 3; i++)
			if (i != blind)
				witnesses[i]();
		act = ask(CONNECT);
		assert_int_equal(act->outcome, TRY_UNSEEN);
		assert_int_equal(try_expected(act) & ~act->seen, bits[blind]);
		(void)forget(state);
	}
}

/* The calls of another kind of socket at the same place are no witness of it. */
static void a_call_of_another_protocol_is_no_witness(void **state)
{
	const struct try_act *act;

	(void)state;
	begin("");
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'sendto','proto':'udp',"
	     "'local':'198.19.255.2:300','remote':'192.0.2.71:20001'");
	by_packets();
	by_lab();
	act = ask(CONNECT);
	assert_int_equal(act->outcome, TRY_UNSEEN);
	assert_int_equal(try_expected(act) & ~act->seen, 1u << TRY_BY_CALLS);
}

static void a_membership_is_seen_by_its_own_call_only(void **state)
{
	static const char said[] = "join\tundeclared\t\t\t239.1.2.3\t\t0\t\tdone\t\t239.1.2.3\t0\n";

	begin("");
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'sendto','proto':'udp',"
	     "'local':'198.19.255.2:300','remote':'239.1.2.3:9'");
	assert_int_equal(ask(said)->seen & (1u << TRY_BY_CALLS), 0);
	(void)forget(state);
	begin("");
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'setsockopt','proto':'udp',"
	     "'local':'198.19.255.2:300','remote':'239.1.2.3'");
	assert_int_equal(ask(said)->seen & (1u << TRY_BY_CALLS), 1u << TRY_BY_CALLS);
}

static void an_act_that_nobody_saw_is_told(void **state)
{
	const struct try_act *act;

	(void)state;
	begin("");
	act = ask(CONNECT);
	assert_int_equal(act->outcome, TRY_UNSEEN);
	assert_int_equal(act->seen, 0);
	assert_null(act->finding);
}

static void what_was_not_done_proves_nothing(void **state)
{
	const struct try_act *act;

	(void)state;
	begin("");
	act = ask("connect\tundeclared\t\t\t192.0.2.71\t\t20001\tNetwork is down\tnot done\t\t\t"
		    "0\n");
	assert_int_equal(act->outcome, TRY_NOT_DONE);
	assert_string_equal(act->why, "Network is down");
}

static void a_plan_without_an_answer_was_not_done(void **state)
{
	(void)state;
	begin("");
	assert_int_equal(ask("mkdir\tundeclared\t\t\t/x\t\t0\t\n")->outcome, TRY_NOT_DONE);
}

/* The test says that nothing declares it, and the policy does: whichever is wrong, they differ. */
static void a_missing_finding_is_told(void **state)
{
	const struct try_act *act;

	(void)state;
	begin("'connections':[{'id':'c','to':['192.0.2.71']}]");
	by_calls();
	by_packets();
	by_lab();
	act = ask(CONNECT);
	assert_int_equal(act->outcome, TRY_MISJUDGED);
	assert_non_null(strstr(act->why, "not declared"));
}

static void a_false_accusation_is_told(void **state)
{
	const struct try_act *act;

	(void)state;
	begin("");
	by_calls();
	by_packets();
	by_lab();
	act = ask("connect\tdeclared\tconnections\tc\t192.0.2.71\t\t20001\t\tdone\t"
		    "198.19.255.2:300\t192.0.2.71:20001\t0\n");
	assert_int_equal(act->outcome, TRY_MISJUDGED);
	assert_string_equal(act->why, "it is declared, and there is a finding");
}

static void what_the_policy_ignores_must_be_seen_and_no_finding(void **state)
{
	const struct try_act *act;

	(void)state;
	begin("'undeclared':{'connections':'ignore'}");
	by_calls();
	by_packets();
	by_lab();
	act = ask(CONNECT);
	assert_int_equal(act->outcome, TRY_RIGHT);
	assert_null(act->finding);
}

static void a_file_needs_the_disk(void **state)
{
	static const char said[] = "create\tundeclared\t\t\t/srv/x\t\t0\t\tdone\t\t\t0\n";

	begin("'undeclared':{'files':'warning'}");
	tell("'k':'file','src':'box','t':200,'proc':2,'op':'create','path':'/srv/x',"
	     "'outcome':'allowed'");
	assert_int_equal(ask(said)->outcome, TRY_UNSEEN);
	(void)forget(state);
	begin("'undeclared':{'files':'warning'}");
	tell("'k':'file','src':'box','t':200,'proc':2,'op':'create','path':'/srv/x',"
	     "'outcome':'allowed'");
	tell("'k':'change','src':'disk','t':300,'op':'created','path':'/srv/x','type':'file'");
	assert_int_equal(ask(said)->outcome, TRY_RIGHT);
}

static void a_listener_needs_the_tables_of_the_kernel(void **state)
{
	static const char said[] = "listen\tundeclared\t\t\t0.0.0.0\t\t20101\t\tdone\t0.0.0.0:20101\t"
				   "\t0\n";

	begin("");
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'listen','proto':'tcp',"
	     "'local':'0.0.0.0:20101','cookie':7");
	assert_int_equal(ask(said)->outcome, TRY_UNSEEN);
	(void)forget(state);
	begin("");
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'listen','proto':'tcp',"
	     "'local':'0.0.0.0:20101','cookie':7");
	tell("'k':'port','src':'box','t':201,'proto':'tcp','local':'0.0.0.0:20101','cookie':7");
	assert_int_equal(ask(said)->outcome, TRY_RIGHT);
}

/* lacks() - the witnesses that should have seen it and did not */
static unsigned int lacks(const struct try_act *act)
{
	return try_expected(act) & ~act->seen;
}

static void a_program_is_seen_by_its_call_and_by_its_process(void **state)
{
	static const char said[] = "execute\tundeclared\t\t\t/bin/x\t\t0\t\tdone\t\t\t77\n";
	static const struct {
		const char *pid, *path, *more;
		unsigned int blind;
	} rows[] = {
		{ "77", "/bin/x", ",'sha256':'bb'", 0 },
		/* a link led there */
		{ "77", "/bin/y", ",'sha256':'bb','alias':'/bin/x'", 0 },
		{ "78", "/bin/x", ",'sha256':'bb'", 1u << TRY_BY_PROCESS },
		{ "77", "/bin/x", "", 1u << TRY_BY_PROCESS },
		{ "77", "/bin/y", ",'sha256':'bb'", 1u << TRY_BY_PROCESS | 1u << TRY_BY_CALLS },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin("");
		tell("'k':'proc','src':'box','t':200,'proc':3,'parent':2,'pid':%s", rows[i].pid);
		tell("'k':'exec','src':'box','t':200,'proc':3,'path':'%s','exe':'%s','argv':['x']%s",
		     rows[i].path, rows[i].path, rows[i].more);
		assert_int_equal(lacks(ask(said)), rows[i].blind);
		(void)forget(state);
	}
}

static void a_lookup_is_seen_by_socket_packets_and_lab(void **state)
{
	static const char said[] = "lookup\tundeclared\t\t\tu.example\t\t0\t\tdone\t"
				   "198.19.255.2:6010\t198.19.255.1:53\t0\n";
	static const struct {
		const char *name, *local;
		unsigned int blind;
	} rows[] = {
		{ "u.example", "198.19.255.2:6010", 0 },
		{ "v.example", "198.19.255.2:6010", 1u << TRY_BY_PACKETS | 1u << TRY_BY_LAB },
		{ "u.example", "198.19.255.2:6011", 1u << TRY_BY_CALLS },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin("");
		tell("'k':'sock','src':'box','t':200,'proc':2,'call':'sendto','proto':'udp',"
		     "'local':'%s','remote':'198.19.255.1:53'", rows[i].local);
		for (int lab = 0; lab < 2; lab++)
			tell("'k':'lookup','src':'%s','t':202,'name':'%s','type':'A','rcode':'NOERROR',"
			     "'addrs':['198.18.0.9'],'server':'198.19.255.1:53'", lab ? "lab" : "net",
			     rows[i].name);
		assert_int_equal(lacks(ask(said)), rows[i].blind);
		(void)forget(state);
	}
}

static void a_call_is_seen_by_its_name(void **state)
{
	static const char said[] = "call\tundeclared\t\t\treboot\t\t0\t\tdone\t\t\t0\n";

	for (int other = 0; other < 2; other++) {
		begin("'syscalls':{'allow':['read']}");
		tell("'k':'call','src':'box','t':200,'proc':2,'call':'%s','count':1",
		     other ? "mount" : "reboot");
		assert_int_equal(lacks(ask(said)), other ? 1u << TRY_BY_CALLS : 0);
		(void)forget(state);
	}
}

static void text_that_is_no_plan_is_refused(void **state)
{
	static const char *const bad[] = {
		"", "\n", "connect\n", "connect\tundeclared\t\t\t\t\t0\t\n",
		"connect\tundeclared\t\t\tx\t\t65536\t\n", "fly\tundeclared\t\t\tx\t\t0\t\n",
		"connect\tundeclared\t\t\tx\t\t1\t", "connect\tundeclared\t\t\tx\t\t1\t\tdone\t\t\t\n",
		"connect\tundeclared\t\t\tx\t\t1\t\tdone\t1.2.3\t\t0\n",
		"connect\tundeclared\t\t\tx\t\t1\t\tdone\t\t\t0\tmore\n",
	};
	struct tb_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(bad); i++)
		assert_int_equal(try_read(bad[i], strlen(bad[i]), &acts, &err), -EBADMSG);
	assert_int_equal(try_read("a\0b\n", 4, &acts, &err), -EBADMSG);
}

#define TEST(f) cmocka_unit_test_teardown(f, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_all_saw_and_a_finding_names_is_right),
		TEST(a_witness_that_is_blind_is_told),
		TEST(a_call_of_another_protocol_is_no_witness),
		TEST(a_membership_is_seen_by_its_own_call_only),
		TEST(an_act_that_nobody_saw_is_told),
		TEST(what_was_not_done_proves_nothing),
		TEST(a_plan_without_an_answer_was_not_done),
		TEST(a_missing_finding_is_told),
		TEST(a_false_accusation_is_told),
		TEST(what_the_policy_ignores_must_be_seen_and_no_finding),
		TEST(a_file_needs_the_disk),
		TEST(a_listener_needs_the_tables_of_the_kernel),
		TEST(a_program_is_seen_by_its_call_and_by_its_process),
		TEST(a_lookup_is_seen_by_socket_packets_and_lab),
		TEST(a_call_is_seen_by_its_name),
		TEST(text_that_is_no_plan_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
