/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmp_acts.c - tests of policy/compare/acts.c and listens.c: executions, system calls, refused
 * socket calls and listeners against the rules
 */
#include "tcbox/own.h"
#include "tests/unit/policy/compare/story.h"

static void executed(int t, const char *path, const char *more)
{
	tell("'k':'exec','src':'box','t':%d,'proc':2,'path':'%s','exe':'%s'%s", t, path, path, more);
}

static void an_undeclared_program_is_a_finding_of_who_executed_it(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("'executes':['/bin/a'],'undeclared':{'executes':'violation'}");
	executed(200, "/bin/b", ",'sha256':'bb'");
	end();
	f = finding("EXEC-UNDECLARED");
	assert_int_equal(story.r->nfindings, 1);
	assert_int_equal(f->severity, FND_VIOLATION);
	assert_string_equal(f->object, "/bin/b");
	assert_string_equal(f->program, "/opt/acme/agent");
	assert_int_equal(f->proc, 2);
	assert_int_equal(f->first, 200);
	assert_non_null(strstr(observed(f), "bb"));
	(void)clean_up(state);
	begin("'undeclared':{'executes':'violation'}");
	executed(200, "/bin/b", ",'error':'EACCES'");
	end();
	f = finding("EXEC-UNDECLARED");		/* it did not become that */
	assert_int_equal(f->severity, FND_INFO);
	assert_non_null(strstr(observed(f), "EACCES"));
	assert_verdict(FND_CONFORMS);
	(void)clean_up(state);
	begin("'undeclared':{'executes':'ignore'}");
	executed(200, "/bin/b", "");
	end();
	assert_int_equal(story.r->nfindings, 0);
	(void)clean_up(state);
	begin(NULL);
	executed(200, "/bin/b", "");
	end();
	assert_int_equal(story.r->nfindings, 0);
}

static void a_program_counts_for_the_first_pattern_that_has_it_or_its_other_name(void **state)
{
	(void)state;
	begin("'executes':['/bin/x','/bin/python?','/usr/bin/**']");
	executed(200, "/usr/bin/python3.11", ",'alias':'/bin/python3'");
	executed(300, "/usr/bin/other", "");
	end();
	assert_verdict(FND_CONFORMS);
	assert_int_equal(story.r->rules[0].count, 0);
	assert_int_equal(story.r->rules[1].count, 1);
	assert_int_equal(story.r->rules[2].count, 1);
}

static void many_programs_of_one_directory_are_one_finding(void **state)
{
	static const struct { const char *before, *place; } rows[] = {
		{ "/opt/x/", "/opt/x" }, { "/", "/" }, { "", "." },
	};
	char path[64], want[64];

	for (size_t row = 0; row < TB_ARRAY_SIZE(rows); row++) {
		begin("'undeclared':{'executes':'violation'}");
		for (int i = 0; i < 20; i++) {
			(void)snprintf(path, sizeof(path), "%sp%02d", rows[row].before, i);
			tell("'k':'proc','src':'box','t':200,'proc':%d,'parent':2,'pid':%d", 10 + i, 10 + i);
			tell("'k':'exec','src':'box','t':%d,'proc':%d,'path':'%s','exe':'%s'", 300 + i,
			     10 + i, path, path);
		}
		end();
		assert_int_equal(story.r->nfindings, 1);
		assert_int_equal(story.r->findings[0].objects.n, 20);
		(void)snprintf(want, sizeof(want), " in %s", rows[row].place);
		assert_non_null(strstr(story.r->findings[0].object, want));
		(void)clean_up(state);
	}
}

static void who_interprets_a_script_is_executed_by_the_script(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("'executes':['/opt/script'],'undeclared':{'executes':'violation'}");
	executed(200, "/opt/script", ",'interpreters':['/bin/sh'],'interpreters_sha256':['cc']");
	end();
	f = finding("EXEC-UNDECLARED");
	assert_int_equal(story.r->nfindings, 1);
	assert_string_equal(f->object, "/bin/sh");
	assert_string_equal(f->program, "/opt/script");
	assert_non_null(strstr(observed(f), "/opt/script"));
}

static void refused(const char *call, const char *group, const char *more)
{
	tell("'k':'call','src':'box','t':200,'proc':2,'call':'%s','abi':'x86_64','group':'%s',"
	     "'outcome':'denied','error':'EPERM'%s", call, group, more);
}

static void calls_that_no_table_judges_are_said_to_be_ignored(void **state)
{
	static const char *const policies[] = { "", "'syscalls':{'allow':['@default']}" };

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(policies); i++) {
		begin(policies[i]);
		tell("'k':'call','src':'box','t':200,'proc':2,'call':'chroot','abi':'x86_64',"
		     "'group':'privilege','outcome':'allowed'");
		end();
		assert_true(story.r->ignored[FND_SYSCALLS] == !i);
		(void)clean_up(state);
	}
	begin("");
	end();
	assert_false(story.r->ignored[FND_SYSCALLS]);
}

static void refused_calls_weigh_by_their_group_and_what_is_declared(void **state)
{
	static const struct { const char *call, *group; bool grave; } rows[] = {
		{ "mount", "mount", true },	  { "init_module", "kernel", true },
		{ "setns", "namespace", true },	  { "ptrace", "debug", true },
		{ "chroot", "privilege", true },  { "ioctl", "terminal", true },
		{ "int80", "abi", true },	  { "io_uring_setup", "io_uring", false },
		{ "add_key", "keyring", false },  { "socket", "family", false },
		{ "reboot", "other", false },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin("");
		refused(rows[i].call, rows[i].group, "");
		end();
		assert_int_equal(finding("BOX-ATTEMPT")->severity,
				 rows[i].grave ? FND_VIOLATION : FND_WARNING);
		assert_non_null(strstr(finding("BOX-ATTEMPT")->object, rows[i].call));
		assert_non_null(strstr(observed(finding("BOX-ATTEMPT")), "EPERM"));
		(void)clean_up(state);
		begin("'syscalls':{'allow':['@default']}");
		refused(rows[i].call, rows[i].group, "");
		end();
		assert_int_equal(finding("BOX-ATTEMPT")->severity, FND_VIOLATION);
		(void)clean_up(state);
		begin("'syscalls':{'allow':['@default']},'undeclared':{'syscalls':'warning'}");
		refused(rows[i].call, rows[i].group, "");
		end();
		assert_int_equal(finding("BOX-ATTEMPT")->severity,
				 rows[i].grave ? FND_VIOLATION : FND_WARNING);
		(void)clean_up(state);
		begin(NULL);
		refused(rows[i].call, rows[i].group, "");
		end();
		assert_int_equal(finding("BOX-ATTEMPT")->severity,
				 rows[i].grave ? FND_VIOLATION : FND_WARNING);
		(void)clean_up(state);
	}
}

static void what_was_declared_and_refused_all_the_same_is_a_note(void **state)
{
	static const struct { const char *allow, *call, *group; bool note; } rows[] = {
		{ "mount", "mount", "mount", true },
		{ "mount", "umount2", "mount", false },
		{ "clone", "clone", "namespace", false },
		{ "unshare", "clone", "namespace", true },
		{ "ioctl", "ioctl", "terminal", false },
		{ "clone", "clone", "other", true },
	};
	char policy[100];

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		(void)snprintf(policy, sizeof(policy), "'syscalls':{'allow':['%s']}",
			       rows[i].allow);
		begin(policy);
		refused(rows[i].call, rows[i].group, "");
		end();
		assert_int_equal(finding("BOX-ATTEMPT")->severity,
				 rows[i].note ? FND_INFO : FND_VIOLATION);
		(void)clean_up(state);
	}
}

static void an_undeclared_call_that_enforcing_refused_is_no_attempt(void **state)
{
	static const char *const dangers[] = { "io_uring", "keyring", "family", "mount" };

	(void)state;
	begin("'syscalls':{'allow':['@default']}");
	refused("setuid", "identity", ",'undeclared':true");
	end();
	assert_int_equal(findings("BOX-ATTEMPT"), 0);
	assert_int_equal(findings("SYS-UNDECLARED"), 1);
	assert_int_equal(story.r->totals.attempts, 0);
	/* those are, whatever is declared */
	for (size_t i = 0; i < TB_ARRAY_SIZE(dangers); i++) {
		(void)clean_up(state);
		begin("'syscalls':{'allow':['@default']}");
		refused("setuid", dangers[i], ",'undeclared':true");
		end();
		assert_int_equal(findings("BOX-ATTEMPT"), 1);
		assert_int_equal(findings("SYS-UNDECLARED"), 0);
		assert_int_equal(story.r->totals.attempts, 1);
	}
}

static void a_refused_socket_call_is_an_attempt_that_says_where_to(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("");
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'connect','proto':'unix','path':'/run/x',"
	     "'outcome':'denied','error':'EACCES','count':3");
	tell("'k':'sock','src':'box','t':201,'proc':2,'call':'sendto','proto':'udp','remote':'203.0.113.9:7',"
	     "'outcome':'denied'");
	end();
	assert_int_equal(findings("BOX-ATTEMPT"), 2);
	assert_int_equal(story.r->totals.attempts, 4);
	f = &story.r->findings[0];
	assert_int_equal(f->severity, FND_WARNING);
	assert_int_equal(f->count, 3);
	assert_non_null(strstr(f->object, "connect"));
	assert_non_null(strstr(f->object, "unix"));
	assert_non_null(strstr(observed(f), " /run/x "));
	assert_non_null(strstr(observed(f), "EACCES"));
	assert_non_null(strstr(observed(&f[1]), " 203.0.113.9:7 "));
	(void)clean_up(state);
	begin("'syscalls':{'allow':['@basic-io']}");	/* its own event says so */
	tell("'k':'sock','src':'box','t':200,'proc':2,'call':'connect','proto':'tcp','outcome':'denied'");
	end();
	assert_int_equal(findings("BOX-ATTEMPT"), 0);
	assert_int_equal(story.r->totals.attempts, 0);
}

static void each_family_that_was_refused_is_an_attempt(void **state)
{
#define FAMILY(t, name)                                                                     \
	"'k':'call','src':'box','t':" t ",'proc':2,'call':'socket','abi':'x86_64'," \
	"'group':'family','outcome':'denied','error':'EAFNOSUPPORT'," \
	"'detail':'" name " SOCK_RAW protocol 0'"
	(void)state;
	begin("");
	tell(FAMILY("200", "AF_PACKET"));
	tell(FAMILY("201", "AF_VSOCK"));
	tell(FAMILY("202", "AF_VSOCK"));
	end();
	assert_int_equal(findings("BOX-ATTEMPT"), 2);
	assert_int_equal(story.r->totals.attempts, 3);
	assert_non_null(strstr(observed(&story.r->findings[0]), "AF_PACKET"));
	assert_int_equal(story.r->findings[0].count, 1);
	assert_non_null(strstr(observed(&story.r->findings[1]), "AF_VSOCK"));
	assert_int_equal(story.r->findings[1].count, 2);
#undef FAMILY
}

static void what_the_supervisor_counted_and_no_act_tells_of_is_judged(void **state)
{
	(void)state;
	begin("'syscalls':{'allow':['@default'],'deny':['chroot']}");
	tell("'k':'call','src':'box','t':200,'proc':2,'call':'setuid','abi':'x86_64','outcome':'allowed'");
	tell("'k':'counters','src':'box','values':{'calls_all_setuid':9,'calls_all_chroot':2,"
	     "'calls_all_setgid':1,'calls_all_mount':0,'calls_all_':5,'calls_read':7,'calls_all':3}");
	tell("'k':'counters','src':'net','values':{'calls_all_ptrace':3}");
	end();
	assert_int_equal(findings("SYS-DENIED"), 1);
	assert_string_equal(finding("SYS-DENIED")->object, "chroot");
	assert_int_equal(finding("SYS-DENIED")->count, 2);
	assert_int_equal(findings("SYS-UNDECLARED"), 2);	/* setuid by its act, setgid */
	assert_string_not_equal(observed(finding("SYS-DENIED")), "");
	for (size_t i = 0; i < story.r->nfindings; i++)
		if (!strcmp(story.r->findings[i].object, "setuid"))
			assert_int_equal(story.r->findings[i].count, 1);
}

static void listen_at(const char *call, const char *proto, const char *local)
{
	tell("'k':'sock','src':'box','t':300,'proc':2,'call':'%s','proto':'%s','local':'%s'", call,
	     proto, local);
}

static void a_listener_is_declared_by_port_protocol_process_and_place(void **state)
{
	static const struct { const char *call, *proto, *local; bool ok; } rows[] = {
		{ "listen", "tcp", "0.0.0.0:8000", true },
		{ "listen", "tcp", "0.0.0.0:8100", true },
		{ "listen", "tcp", "0.0.0.0:7999", false },
		{ "listen", "tcp", "0.0.0.0:8101", false },
		{ "listen", "tcp", "[::]:8050", true },
		{ "bind", "udp", "0.0.0.0:8050", false },
		{ "listen", "tcp", "127.0.0.1:90", true },
		{ "listen", "tcp", "127.9.9.9:90", true },
		{ "listen", "tcp", "[::1]:90", true },
		{ "listen", "tcp", "0.0.0.0:90", false },
		{ "listen", "tcp", "198.19.255.2:90", false },
		{ "listen", "tcp", "0.0.0.0:70", false },	/* another program's */
		{ "bind", "udp", "0.0.0.0:60", true },
		{ "listen", "tcp", "0.0.0.0:60", true },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin("'listens':[{'id':'web','process':'/opt/acme/*','protocol':'tcp','ports':['8000-8100']},"
		      "{'id':'local','ports':[90],'on':'loopback'},"
		      "{'id':'other','process':'/bin/other','ports':[70]},{'id':'both','ports':[60]}]");
		listen_at(rows[i].call, rows[i].proto, rows[i].local);
		end();
		assert_int_equal(findings("LISTEN-UNDECLARED"), !rows[i].ok);
		if (!rows[i].ok) {
			assert_string_equal(finding("LISTEN-UNDECLARED")->program, "/opt/acme/agent");
			assert_int_equal(finding("LISTEN-UNDECLARED")->first, 300);
			assert_int_equal(finding("LISTEN-UNDECLARED")->events.n, 1);
		}
		assert_int_equal(story.r->rules[0].count + story.r->rules[1].count +
				 story.r->rules[2].count + story.r->rules[3].count, rows[i].ok);
		(void)clean_up(state);
	}
}

static void a_datagram_socket_listens_on_a_port_of_its_choice(void **state)
{
	static const struct { const char *call, *proto, *local; bool listens; } rows[] = {
		{ "bind", "udp", "0.0.0.0:32767", true }, { "bind", "udp", "0.0.0.0:32768", false },
		{ "bind", "udp", "0.0.0.0:60999", false }, { "bind", "udp", "0.0.0.0:61000", true },
		{ "bind", "udp", "0.0.0.0", false },	   { "bind", "tcp", "0.0.0.0:80", false },
		{ "listen", "tcp", "0.0.0.0:40000", true }, { "connect", "udp", "0.0.0.0:80", false },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		begin("");
		listen_at(rows[i].call, rows[i].proto, rows[i].local);
		end();
		assert_int_equal(findings("LISTEN-UNDECLARED"), rows[i].listens);
		(void)clean_up(state);
	}
}

static void ports_that_the_kernel_chose_are_one_listener_and_others_are_not(void **state)
{
	(void)state;
	begin("");
	listen_at("listen", "tcp", "127.0.0.1:32768");
	listen_at("listen", "tcp", "127.0.0.1:60999");
	end();
	assert_int_equal(findings("LISTEN-UNDECLARED"), 1);
	assert_int_equal(finding("LISTEN-UNDECLARED")->count, 2);
	(void)clean_up(state);
	begin("");
	listen_at("listen", "tcp", "127.0.0.1:32767");
	listen_at("listen", "tcp", "127.0.0.1:61000");
	listen_at("listen", "tcp", "0.0.0.0:61000");
	listen_at("listen", "sctp", "0.0.0.0:61000");
	end();
	assert_int_equal(findings("LISTEN-UNDECLARED"), 4);
}

static void a_port_that_no_recorded_call_opened_is_compared_too(void **state)
{
	(void)state;
	begin("'listens':[{'id':'web','ports':[80]}]");
	tell("'k':'port','src':'box','t':400,'proto':'udp','local':'0.0.0.0:99','cookie':5");
	tell("'k':'port','src':'box','t':401,'proto':'tcp','local':'0.0.0.0:80','cookie':6");
	tell("'k':'port','src':'box','t':402,'proto':'tcp','local':'0.0.0.0:98','cookie':7");
	end();
	assert_int_equal(findings("LISTEN-UNDECLARED"), 2);
	assert_null(finding("LISTEN-UNDECLARED")->program);
	assert_int_equal(story.r->findings[0].first, 400);
	assert_int_equal(story.r->findings[1].first, 402);
	assert_int_equal(story.r->rules[0].count, 1);
	assert_int_equal(story.r->rules[0].first, 401);
}

/* mapped() - a file that the product has changed is mapped as code; another one is gone, too */
static const struct fnd *mapped(const char *policy)
{
	(void)clean_up(NULL);
	begin(policy);
	tell("'k':'file','src':'box','proc':2,'op':'create','path':'/tmp/gone.so','outcome':'allowed'");
	tell("'k':'map','src':'box','proc':2,'path':'/tmp/gone.so','gone':true");
	tell("'k':'map','src':'box','proc':2,'path':'/usr/lib/libc.so.6','gone':true");
	tell("'k':'map','src':'box','proc':1,'path':'/tmp/control.so'");
	end();
	return finding("EXEC-MAPPED");
}

static void code_of_a_file_of_the_run_is_told(void **state)
{
	const struct fnd *f = mapped("'executes':['/opt/**'],'files':{'write':['/**']}");

	(void)state;
	assert_non_null(f);
	assert_int_equal(f->severity, FND_WARNING);
	assert_string_equal(f->object, "/tmp/gone.so");
	assert_int_equal(f->count, 1);
	assert_int_equal(findings("EXEC-MAPPED"), 1);
	assert_verdict(FND_CONFORMS);
	assert_null(mapped("'executes':['/opt/**','/tmp/*.so'],'files':{'write':['/**']}"));
	f = mapped("'files':{'write':['/**']}");
	assert_non_null(f);
	assert_int_equal(f->severity, FND_INFO);
	assert_non_null(mapped(NULL));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(an_undeclared_program_is_a_finding_of_who_executed_it),
		TEST(a_program_counts_for_the_first_pattern_that_has_it_or_its_other_name),
		TEST(many_programs_of_one_directory_are_one_finding),
		TEST(who_interprets_a_script_is_executed_by_the_script),
		TEST(calls_that_no_table_judges_are_said_to_be_ignored),
		TEST(refused_calls_weigh_by_their_group_and_what_is_declared),
		TEST(what_was_declared_and_refused_all_the_same_is_a_note),
		TEST(an_undeclared_call_that_enforcing_refused_is_no_attempt),
		TEST(a_refused_socket_call_is_an_attempt_that_says_where_to),
		TEST(each_family_that_was_refused_is_an_attempt),
		TEST(what_the_supervisor_counted_and_no_act_tells_of_is_judged),
		TEST(a_listener_is_declared_by_port_protocol_process_and_place),
		TEST(a_datagram_socket_listens_on_a_port_of_its_choice),
		TEST(ports_that_the_kernel_chose_are_one_listener_and_others_are_not),
		TEST(a_port_that_no_recorded_call_opened_is_compared_too),
		TEST(code_of_a_file_of_the_run_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
