/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmp_findings.c - tests of what becomes a finding, and how repeats become one
 */
#include "policy/compare/finding_table.h"
#include "tcbox/own.h"
#include "tests/unit/policy/compare/story.h"

#define UPDATES "'connections':[{'id':'updates','process':'/opt/acme/*','to':['u.example','*.cdn.example']," \
	"'protocol':'tcp','ports':[443],'application':'tls'}]"

static int next_port = 1000;

/* connection_of() - a call and its flow. @app: what was spoken; @more: further members of the
 * flow */
static void connection_of(int proc, const char *remote, const char *app, const char *more)
{
	int port = ++next_port;

	tell("'k':'sock','src':'box','t':%d,'proc':%d,'call':'connect','proto':'tcp',"
	     "'local':'198.19.255.2:%d','remote':'%s'", port * 1000, proc, port, remote);
	tell("'k':'flow','src':'net','id':%d,'end':true,'proto':'tcp','local':'198.19.255.2:%d',"
	     "'remote':'%s','first':%d,'last':%d,'pkts_out':3,'pkts_in':2,'bytes_out':300,"
	     "'bytes_in':400,'app':'%s'%s%s", port, port, remote, port * 1000 + 10,
	     port * 1000 + 20, app, *more ? "," : "", more);
}

static void connection(int proc, const char *remote, const char *more)
{
	connection_of(proc, remote, "tls", more);
}

static void child(int id, const char *exe)
{
	tell("'k':'proc','src':'box','proc':%d,'parent':2,'pid':%d", id, id);
	tell("'k':'exec','src':'box','proc':%d,'path':'%s','exe':'%s','sha256':'cc'", id, exe, exe);
}

static void declared_flows_are_counted_for_their_rule(void **state)
{
	(void)state;
	begin(UPDATES);
	connection(2, "198.18.3.7:443", "'names':['u.example'],'sni':'U.EXAMPLE.'");
	connection(2, "198.18.3.8:443", "'names':['a.b.cdn.example']");
	end();
	assert_verdict(FND_CONFORMS);
	assert_int_equal(story.r->nrules, 1);
	assert_string_equal(story.r->rules[0].id, "updates");
	assert_int_equal(story.r->rules[0].count, 2);
	assert_int_equal(story.r->rules[0].bytes_out, 600);
	assert_int_equal(story.r->totals.bytes_opaque, 1400);
}

#define REQUIRED "'connections':[{'id':'updates','to':['u.example'],'ports':[443],'application':'tls'," \
	"'tls':{'min_version':'1.2'},'limits':{'connections':1},'required':true}]"

static void a_conversation_that_breaks_a_rule_does_not_count_for_it(void **state)
{
	static const struct { const char *app, *more; } breaks[] = {
		{ "ssh", "'names':['u.example']" },
		{ "unknown", "'names':['u.example']" },
		{ "tls", "'names':['u.example'],'tls_version':'1.0'" },
		{ "tls", "'names':['u.example'],'tls_version':'1.3','sni':'stranger.example'" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		begin(REQUIRED);
		connection_of(2, "198.18.3.7:443", breaks[i].app, breaks[i].more);
		connection_of(2, "198.18.3.7:443", breaks[i].app, breaks[i].more);
		end();
		assert_verdict(FND_VIOLATES);
		assert_int_equal(story.r->rules[0].count, 0);
		assert_int_equal(story.r->rules[0].bytes_out, 0);
		assert_int_equal(findings("MISSING-REQUIRED"), 1);
		assert_int_equal(findings("NET-LIMIT"), 0);
		assert_int_equal(findings("NET-UNDECLARED"), 0);
		clean_up(state);
	}
	begin(REQUIRED);
	connection_of(2, "198.18.3.7:443", breaks[0].app, breaks[0].more);
	connection(2, "198.18.3.7:443",
		   "'names':['u.example'],'tls_version':'1.3','sni':'u.example'");
	end();
	assert_int_equal(story.r->rules[0].count, 1);
	assert_int_equal(findings("MISSING-REQUIRED"), 0);
	assert_int_equal(findings("NET-APPLICATION"), 1);
}

static void an_sni_alone_is_not_believed(void **state)
{
	(void)state;
	begin(UPDATES);
	connection(2, "203.0.113.1:443", "'sni':'u.example'");
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	assert_non_null(strstr(observed(finding("NET-UNDECLARED")), "no lookup gave this address"));
}

static void the_sni_decides_between_the_names_of_a_shared_address(void **state)
{
	(void)state;
	begin(UPDATES);
	connection(2, "198.18.3.7:443",
		   "'names':['u.example','stranger.example'],'sni':'u.example'");
	end();
	assert_verdict(FND_CONFORMS);
	(void)clean_up(state);
	begin(UPDATES);
	connection(2, "198.18.3.7:443",
		   "'names':['u.example','stranger.example'],'sni':'stranger.example'");
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	assert_int_equal(findings("TLS-NAME-MISMATCH"), 0);
	assert_string_equal(finding("NET-UNDECLARED")->nearest, "updates");
}

static void another_name_in_the_sni_is_fronting_unless_the_rule_declares_both(void **state)
{
	(void)state;
	begin(UPDATES);
	connection(2, "198.18.3.7:443", "'names':['u.example'],'sni':'x.cdn.example'");
	end();
	assert_int_equal(finding("TLS-NAME-MISMATCH")->severity, FND_INFO);
	assert_verdict(FND_CONFORMS);
	(void)clean_up(state);
	begin(UPDATES);
	connection(2, "198.18.3.7:443", "'names':['u.example'],'sni':'hidden.example'");
	end();
	assert_int_equal(finding("TLS-NAME-MISMATCH")->severity, FND_VIOLATION);
	assert_string_equal(finding("TLS-NAME-MISMATCH")->declared, "updates");
	(void)clean_up(state);
	begin(UPDATES);
	connection(2, "198.18.3.7:443", "'names':['u.example'],'sni':'cover.example','ech':true");
	end();
	/* anybody can pretend one */
	assert_int_equal(finding("TLS-NAME-MISMATCH")->severity, FND_VIOLATION);
	assert_true(has_gap("encrypted hello, or a pretended one", true));
}

static void an_http_host_is_compared_without_its_port(void **state)
{
	(void)state;
	begin("'connections':[{'id':'w','to':['w.example']}]");
	connection(2, "198.18.3.7:8080", "'names':['w.example'],'http_host':'w.example:8080'");
	connection(2, "198.18.3.7:8080", "'names':['w.example'],'http_host':'198.18.3.7'");
	connection(2, "[2001:db8::1]:8080", "'names':['w.example'],'http_host':'[2001:db8::1]:8080'");
	end();
	assert_int_equal(findings("TLS-NAME-MISMATCH"), 0);
}

static void a_server_name_that_the_decoder_had_to_cut_is_still_the_looked_up_one(void **state)
{
	/* nDPI 4.2 keeps the last 79 bytes of it. */
	static const char name[] =
		"a123456789.b123456789.c123456789.d123456789.e123456789.f123456789.g123456789.cdn.example";
	char more[300];

	(void)state;
	begin(UPDATES);
	(void)snprintf(more, sizeof(more), "'names':['%s'],'sni':'%s'", name,
		       name + sizeof(name) - 1 - 79);
	connection(2, "198.18.3.7:443", more);
	end();
	assert_int_equal(findings("TLS-NAME-MISMATCH"), 0);
	assert_verdict(FND_CONFORMS);
}

static void names_from_the_lab_help_when_the_wire_has_none(void **state)
{
	(void)state;
	begin(UPDATES);
	tell("'k':'lookup','src':'net','t':1000,'name':'u.example','type':'A','rcode':'NOERROR',"
	     "'addrs':['198.18.3.7'],'server':'198.19.255.1:53'");
	tell("'k':'lookup','src':'lab','t':1000,'name':'u.example','type':'A','rcode':'NOERROR',"
	     "'addrs':['198.18.3.7'],'server':'198.19.255.1:53'");
	connection(2, "198.18.3.7:443", "");
	end();
	assert_verdict(FND_CONFORMS);
	assert_int_equal(story.r->totals.lookups, 1);
	assert_int_equal(story.r->totals.names, 1);
}

static void a_hundred_children_that_do_the_same_are_one_finding(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("'executes':['/bin/*']");
	for (int i = 0; i < 100; i++) {
		child(10 + i, "/bin/fetch");
		connection(10 + i, "203.0.113.1:80", "");
	}
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 1);
	f = finding("NET-UNDECLARED");
	assert_int_equal(f->count, 100);
	assert_int_equal(f->proc, 10);
	assert_int_equal(f->bytes_out, 30000);
	assert_int_equal(f->events.n, FND_REFS);
	assert_true(f->first < f->last);
}

static void different_programs_destinations_and_ports_are_different_findings(void **state)
{
	(void)state;
	begin("'executes':['/bin/*']");
	child(10, "/bin/a");
	child(11, "/bin/b");
	connection(10, "203.0.113.1:80", "");
	connection(11, "203.0.113.1:80", "");
	connection(11, "203.0.113.1:81", "");
	connection(11, "203.0.113.2:81", "");
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 4);
}

#define LISTENS(call, proto, cookie, local) \
	"'k':'sock','src':'box','proc':2,'outcome':'allowed','call':'" call "','proto':'" proto \
	"','cookie':" cookie ",'local':'" local "'"
#define OPEN(proto, cookie, local) \
	"'k':'port','src':'box','proto':'" proto "','cookie':" cookie ",'local':'" local "'"

static void a_port_is_judged_by_what_the_kernel_shows(void **state)
{
	static const struct {
		const char *call, *port;
		size_t findings;
	} rows[] = {
		{ LISTENS("listen", "tcp", "7", "0.0.0.0:80"), OPEN("tcp", "7", "0.0.0.0:80"), 0 },
		{ LISTENS("listen", "tcp", "7", "0.0.0.0:80"), OPEN("tcp", "7", "0.0.0.0:81"), 1 },
		{ LISTENS("listen", "tcp", "8", "0.0.0.0:80"), OPEN("tcp", "7", "0.0.0.0:81"), 1 },
		{ LISTENS("bind", "udp", "7", "0.0.0.0:80"), OPEN("udp", "7", "0.0.0.0:80"), 0 },
		{ LISTENS("bind", "udp", "7", "0.0.0.0:80"), OPEN("udp", "7", "0.0.0.0:81"), 1 },
		/* it sends, from a port that another call has bound it to */
		{ LISTENS("sendto", "udp", "7", "0.0.0.0:81"), OPEN("udp", "7", "0.0.0.0:81"), 1 },
		{ LISTENS("sendto", "udp", "7", "0.0.0.0:40000"),
		  OPEN("udp", "7", "0.0.0.0:40000"), 0 },
		/* a client, and one that the kernel has seen to wait for others first */
		{ LISTENS("bind", "udp", "7", "0.0.0.0:81"),
		  LISTENS("connect", "udp", "7", "0.0.0.0:81") ",'remote':'203.0.113.1:9'", 0 },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		(void)clean_up(state);
		begin("'listens':[{'id':'web','ports':[80]}],'undeclared':{'listens':'violation'}");
		tell("%s", rows[i].call);
		tell("%s", rows[i].port);
		end();
		if (findings("LISTEN-UNDECLARED") != rows[i].findings)
			fail_msg("row %zu: %zu findings", i, findings("LISTEN-UNDECLARED"));
		if (rows[i].findings && i != 2)
			assert_int_equal(finding("LISTEN-UNDECLARED")->proc, 2);
	}
}

static void a_join_is_judged_without_a_report(void **state)
{
	static const char *const groups[] = { "239.1.2.3", "239.1.2.4", "ff15::3", "ff15::4" };

	(void)state;
	begin("'connections':[{'id':'lan','to':['239.1.2.3','ff15::3'],'protocol':'udp','ports':[9]}],"
	      "'undeclared':{'connections':'violation'}");
	for (size_t i = 0; i < TB_ARRAY_SIZE(groups); i++)
		tell("'k':'sock','src':'box','proc':2,'outcome':'allowed','call':'setsockopt',"
		     "'proto':'udp','remote':'%s'", groups[i]);
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 2);
	assert_non_null(strstr(finding("NET-UNDECLARED")->object, "239.1.2.4"));
}

static void an_exec_changes_who_acts_from_then_on(void **state)
{
	(void)state;
	begin("'executes':['/bin/*']");
	child(10, "/bin/a");
	connection(10, "203.0.113.1:80", "");
	tell("'k':'exec','src':'box','proc':10,'path':'/bin/b','exe':'/bin/b','sha256':'dd'");
	connection(10, "203.0.113.1:80", "");
	end();
	assert_int_equal(findings("NET-UNDECLARED"), 2);
	assert_non_null(strstr(finding("NET-UNDECLARED")->program, "/bin/a"));
}

static void an_exec_that_failed_is_neither_run_nor_declared_and_seen(void **state)
{
	const char *const errors[] = { "", ",'error':'unknown'" };

	for (size_t i = 0; i < TB_ARRAY_SIZE(errors); i++) {
		(void)clean_up(state);
		begin("'executes':['/bin/b'],'connections':[{'id':'b','process':'/bin/b'}]");
		child(10, "/bin/a");
		tell("'k':'exec','src':'box','proc':10,'path':'/bin/b','exe':'/bin/b','sha256':'dd'%s",
		     errors[i]);
		connection(10, "203.0.113.1:80", "");
		end();
		assert_int_equal(findings("NET-UNDECLARED"), i);
		for (size_t rule = 0; rule < story.r->nrules; rule++)
			assert_int_equal(story.r->rules[rule].count, 1 - i);
	}
}

static void a_finding_names_the_program_that_acted_and_not_what_the_process_became(void **state)
{
	const struct fnd_proc *p;

	(void)state;
	begin("'executes':['**'],'syscalls':{'allow':['@default']}");
	tell("'k':'proc','src':'box','t':200,'proc':10,'parent':2,'pid':4");
	tell("'k':'call','src':'box','t':201,'proc':10,'call':'setuid','abi':'x86_64','outcome':'allowed'");
	tell("'k':'exec','src':'box','t':202,'proc':10,'path':'/bin/b','exe':'/bin/b','argv':['b'],'sha256':'bb'");
	tell("'k':'call','src':'box','t':203,'proc':10,'call':'setgid','abi':'x86_64','outcome':'allowed'");
	tell("'k':'exec','src':'box','t':204,'proc':2,'path':'/bin/c','exe':'/bin/c','argv':['c'],'sha256':'cc'");
	end();
	assert_int_equal(findings("SYS-UNDECLARED"), 2);
	p = fnd_result_program(story.r, 10, story.r->findings[0].acted);
	assert_string_equal(p->exe, "/opt/acme/agent");
	assert_string_equal(p->sha256, "aa");
	assert_string_equal(p->cmdline, "agent");
	p = fnd_result_program(story.r, 10, story.r->findings[1].acted);
	assert_string_equal(p->exe, "/bin/b");
	p = fnd_result_program(story.r, p->parent, p->born);
	assert_string_equal(p->exe, "/opt/acme/agent");
	assert_string_equal(fnd_result_proc(story.r, 2)->exe, "/bin/c");
}

static void a_process_that_executes_without_end_takes_no_memory_without_end(void **state)
{
	(void)state;
	begin("'executes':['/bin/*'],'syscalls':{'allow':['@default']}");
	for (int i = 0; i < 1000; i++) {
		tell("'k':'exec','src':'box','t':%d,'proc':2,'path':'/bin/%d','exe':'/bin/%d','sha256':'bb'", 200 + 2 * i, i, i);
		tell("'k':'call','src':'box','t':%d,'proc':2,'call':'setuid','abi':'x86_64','outcome':'allowed'", 201 + 2 * i);
	}
	end();
	assert_int_equal(findings("SYS-UNDECLARED"), FND_PER_CODE + 1);
	assert_in_range(story.r->nprocs, 3, 70);
	assert_string_equal(fnd_result_program(story.r, 2, 201)->exe, "/bin/0");
	assert_string_equal(fnd_result_proc(story.r, 2)->exe, "/bin/999");
}

static void limits_are_for_the_whole_run_and_name_totals(void **state)
{
	(void)state;
	begin("'connections':[{'id':'l','to':['203.0.113.0/24'],'limits':{'connections':2,'bytes_out':1000,'bytes_in':10000}}]");
	for (int i = 0; i < 4; i++)
		connection(2, "203.0.113.1:80", "");
	end();
	assert_int_equal(findings("NET-LIMIT"), 2);
	assert_int_equal(finding("NET-LIMIT")->count, 2);
	assert_string_equal(observed(finding("NET-LIMIT")),
			    "4 connections in all, at most 2 are declared");
}

static void a_limit_that_is_just_reached_is_kept(void **state)
{
	(void)state;
	begin("'connections':[{'id':'l','to':['203.0.113.0/24'],'limits':{'connections':2,'bytes_out':600,'bytes_in':800}}]");
	connection(2, "203.0.113.1:80", "");
	connection(2, "203.0.113.1:80", "");
	end();
	assert_verdict(FND_CONFORMS);
}

static void levels_decide_how_much_undeclared_behaviour_weighs(void **state)
{
	static const struct { const char *level; int severity;
			      } levels[] = { { "violation", FND_VIOLATION },
									     { "warning",
										     FND_WARNING },
									      { "info",
										      FND_INFO } };
	char policy[100];

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(policy, sizeof(policy), "'undeclared':{'connections':'%s'}",
			       levels[i].level);
		begin(policy);
		connection(2, "203.0.113.1:80", "");
		end();
		assert_int_equal(finding("NET-UNDECLARED")->severity, levels[i].severity);
		(void)clean_up(state);
	}
	begin("'undeclared':{'connections':'ignore'}");
	connection(2, "203.0.113.1:80", "");
	end();
	assert_int_equal(story.r->nfindings, 0);
}

static void system_calls_are_judged_by_the_policy_of_the_comparison(void **state)
{
	(void)state;
	begin("'syscalls':{'allow':['@default','setuid'],'deny':['ptrace']}");
	tell("'k':'call','src':'box','proc':2,'call':'setuid','abi':'x86_64','group':'identity','outcome':'allowed',"
	     "'undeclared':true");
	tell("'k':'call','src':'box','proc':2,'call':'ptrace','abi':'x86_64','group':'debug','outcome':'allowed'");
	tell("'k':'call','src':'box','proc':2,'call':'chroot','abi':'x86_64','group':'privilege','outcome':'allowed','count':7");
	end();
	assert_int_equal(findings("SYS-DENIED"), 1);
	assert_int_equal(findings("SYS-UNDECLARED"), 1);
	assert_int_equal(finding("SYS-UNDECLARED")->count, 7);
	assert_non_null(strstr(finding("SYS-UNDECLARED")->object, "chroot"));
}

static void calls_that_were_only_counted_are_judged_by_their_count(void **state)
{
	(void)state;
	begin("'syscalls':{'allow':['@default']}");
	tell("'k':'call','src':'box','proc':2,'call':'chroot','abi':'x86_64','group':'privilege','outcome':'allowed'");
	tell("'k':'counters','src':'box','values':{'calls_all_read':100,'calls_all_chroot':1,'calls_all_ptrace':3},'final':true");
	end();
	assert_int_equal(findings("SYS-UNDECLARED"), 2);
	for (size_t i = 0; i < story.r->nfindings; i++)
		assert_int_equal(story.r->findings[i].count,
				 strstr(story.r->findings[i].object, "ptrace") ? 3 : 1);
}

static void refused_calls_are_attempts_also_when_no_calls_were_declared(void **state)
{
	(void)state;
	begin("");
	tell("'k':'call','src':'box','proc':2,'call':'io_uring_setup','abi':'x86_64','group':'io_uring',"
	     "'outcome':'denied','error':'ENOSYS'");
	end();
	assert_int_equal(finding("BOX-ATTEMPT")->severity, FND_WARNING);
	assert_verdict(FND_CONFORMS);
	(void)clean_up(state);
	begin("");
	tell("'k':'call','src':'box','proc':2,'call':'mount','abi':'x86_64','group':'mount','outcome':'denied',"
	     "'error':'EPERM','count':2");
	end();
	assert_int_equal(finding("BOX-ATTEMPT")->severity, FND_VIOLATION);
	assert_int_equal(story.r->totals.attempts, 2);
	assert_verdict(FND_VIOLATES);
}

static void who_may_clone_may_not_make_namespaces(void **state)
{
	static const struct {
		const char *policy;
		enum fnd_severity severity;
	} cases[] = { { "'syscalls':{'allow':['@default']}", FND_VIOLATION },
		      { "'syscalls':{'allow':['@default','unshare']}", FND_INFO },
		      { "'syscalls':{'allow':['@default']},'undeclared':{'syscalls':'info'}",
			FND_VIOLATION },
		      { "", FND_VIOLATION } };

	for (size_t i = 0; i < 4; i++) {
		begin(cases[i].policy);
		tell("'k':'call','src':'box','proc':2,'call':'clone','abi':'x86_64','group':'namespace',"
		     "'outcome':'denied','error':'EPERM','detail':'CLONE_NEWUSER'");
		end();
		assert_int_equal(finding("BOX-ATTEMPT")->severity, cases[i].severity);
		(void)clean_up(state);
	}
	begin("'syscalls':{'allow':['@default']}");
	tell("'k':'call','src':'box','proc':2,'call':'ioctl','abi':'x86_64','group':'terminal','outcome':'denied',"
	     "'error':'EPERM','detail':'TIOCSTI'");
	end();
	assert_int_equal(finding("BOX-ATTEMPT")->severity, FND_VIOLATION);
}

static void calls_of_a_foreign_table_are_one_finding(void **state)
{
	(void)state;
	begin("'syscalls':{'allow':['@default']}");
	for (const char *const *call = (const char *const[]){ "brk", "mmap2", "openat", NULL };
	     *call; call++)
		tell("'k':'call','src':'box','proc':2,'call':'%s','abi':'i386','group':'abi','outcome':'denied',"
		     "'error':'ENOSYS','count':2", *call);
	tell("'k':'call','src':'box','proc':2,'call':'openat','abi':'x32','group':'abi','outcome':'denied',"
	     "'error':'ENOSYS'");
	end();
	assert_int_equal(findings("BOX-ATTEMPT"), 2);
	assert_int_equal(finding("BOX-ATTEMPT")->count, 6);
	assert_non_null(strstr(finding("BOX-ATTEMPT")->object, "system calls of i386"));
	assert_int_equal(finding("BOX-ATTEMPT")->severity, FND_VIOLATION);
}

/* Of a declared table calls are known by their native names, and a policy that does not declare it
 * hears of the table. */
static void calls_of_a_declared_table_are_judged_as_native_ones(void **state)
{
	for (int declared = 0; declared < 2; declared++) {
		begin(declared ?
		      "'connections':[{'id':'any','to':['0.0.0.0/0']}],'executes':['**'],"
				 "'syscalls':{'allow':['@default','setuid','socket'],'architectures':['i386']}" :
				 "'executes':['**'],'syscalls':{'allow':['@default','setuid','socket']}");
		tell("'k':'call','src':'box','proc':2,'call':'setuid','abi':'i386','group':'identity','outcome':'allowed'");
		tell("'k':'call','src':'box','proc':2,'call':'chroot','abi':'i386','group':'privilege','outcome':'allowed'");
		tell("'k':'call','src':'box','proc':2,'call':'socket','abi':'i386','group':'family','outcome':'denied',"
		     "'error':'EAFNOSUPPORT'");
		tell("'k':'file','src':'box','proc':2,'op':'write','abi':'i386','path':'/x'");
		end();
		assert_int_equal(findings("SYS-UNDECLARED"), declared ? 1 : 2);
		assert_int_equal(findings("BOX-ATTEMPT"), 1);
		assert_int_equal(finding("BOX-ATTEMPT")->severity, FND_INFO);
		(void)clean_up(state);
	}
	for (const char *const *kind = (const char *const[]){ "'k':'file','op':'write','path':'/x'",
							      "'k':'exec','exe':'/x'",
							      "'k':'sock','call':'socket','proto':'unix'", NULL }; *kind; kind++) {
		begin("'executes':['**'],'files':{'write':['**']},'syscalls':{'allow':['@default','@network']}");
		tell("%s,'src':'box','proc':2,'abi':'i386','outcome':'allowed'", *kind);
		end();
		assert_int_equal(findings("SYS-UNDECLARED"), 1);
		assert_non_null(strstr(finding("SYS-UNDECLARED")->object, "i386"));
		(void)clean_up(state);
	}
}

static void paths_cannot_climb_out_of_what_is_declared(void **state)
{
	(void)state;
	begin("'files':{'write':['/var/lib/acme/**']},'undeclared':{'files':'violation'}");
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/var/lib/acme/x//./y/../z'");
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/dev/null'");
	tell("'k':'file','src':'box','proc':2,'op':'link','path':'/usr/bin/ls','path2':'/var/lib/acme/ls'");
	end();
	assert_verdict(FND_CONFORMS);
	assert_int_equal(story.r->totals.files_written, 2);
	(void)clean_up(state);
	begin("'files':{'write':['/var/lib/acme/**']},'undeclared':{'files':'violation'}");
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/var/lib/acme/../../../../etc/passwd'");
	tell("'k':'file','src':'box','proc':2,'op':'rename','path':'/var/lib/acme/a','path2':'/etc/shadow'");
	end();
	assert_int_equal(findings("FILE-UNDECLARED"), 2);
	assert_non_null(strstr(finding("FILE-UNDECLARED")->object, "/etc/"));
}

static void the_first_act_of_a_record_is_compared_too(void **state)
{
	(void)state;
	begin_without_control("'files':{'write':['/d/**']},'undeclared':{'files':'violation'}");
	tell("'k':'file','src':'box','proc':9,'op':'write','path':'/e/x'");
	tell_control();
	tell_product();
	end();
	assert_int_equal(findings("FILE-UNDECLARED"), 1);
	assert_int_equal(story.r->rules[0].count, 0);
}

static void a_program_with_new_contents_is_told(void **state)
{
	(void)state;
	begin("'executes':['**']");
	child(10, "/bin/a");
	child(11, "/bin/a");
	tell("'k':'exec','src':'box','proc':12,'path':'/bin/a','exe':'/bin/a','sha256':'ee'");
	end();
	assert_int_equal(findings("EXEC-CHANGED"), 1);
	assert_string_equal(finding("EXEC-CHANGED")->object, "/bin/a");
	assert_non_null(strstr(observed(finding("EXEC-CHANGED")), "ee"));
	assert_int_equal(findings("EXEC-UNDECLARED"), 0);
}

static void the_product_itself_needs_no_rule_but_what_it_executes_does(void **state)
{
	(void)state;
	begin("'undeclared':{'executes':'violation'}");
	end();
	assert_verdict(FND_CONFORMS);
	(void)clean_up(state);
	begin("'undeclared':{'executes':'violation'}");
	tell("'k':'exec','src':'box','proc':2,'path':'/opt/acme/agent','exe':'/opt/acme/agent','sha256':'aa'");
	end();
	assert_int_equal(findings("EXEC-UNDECLARED"), 1);
}

static void listening_beyond_loopback_is_not_listening_on_loopback(void **state)
{
	(void)state;
	begin("'listens':[{'id':'ui','ports':[8080],'on':'loopback'}]");
	tell("'k':'sock','src':'box','proc':2,'call':'listen','proto':'tcp','local':'127.0.0.1:8080'");
	tell("'k':'sock','src':'box','proc':2,'call':'listen','proto':'tcp','local':'[::1]:8080'");
	end();
	assert_verdict(FND_CONFORMS);
	(void)clean_up(state);
	begin("'listens':[{'id':'ui','ports':[8080],'on':'loopback'}],'undeclared':{'listens':'violation'}");
	tell("'k':'sock','src':'box','proc':2,'call':'listen','proto':'tcp','local':'0.0.0.0:8080'");
	tell("'k':'sock','src':'box','proc':2,'call':'bind','proto':'udp','local':'0.0.0.0:45000'");
	end();
	assert_int_equal(findings("LISTEN-UNDECLARED"), 1);
	assert_string_equal(finding("LISTEN-UNDECLARED")->nearest, "ui");
}

static void the_same_events_give_the_same_findings_in_the_same_order(void **state)
{
	char *first[40] = { NULL };
	size_t n = 0;

	for (int round = 0; round < 2; round++) {
		next_port = 5000;
		begin("");
		for (int i = 0; i < 20; i++) {
			char remote[32];

			(void)snprintf(remote, sizeof(remote), "203.0.113.%d:80", (i * 7) % 20);
			connection(2, remote, i % 2 ? "'names':['x.example']" : "");
		}
		end();
		if (!round)
			n = story.r->nfindings;
		assert_int_equal(story.r->nfindings, n);
		assert_in_range(n, 10, 40);
		for (size_t i = 0; i < n && !round; i++)
			first[i] = strdup(story.r->findings[i].object);
		for (size_t i = 0; i < n && round; i++)
			assert_string_equal(first[i], story.r->findings[i].object);
		(void)clean_up(state);
	}
	for (size_t i = 0; i < n; i++)
		free(first[i]);
}

static void a_flood_of_different_acts_is_counted_together_beyond_the_maximum(void **state)
{
	uint64_t count = 0;

	(void)state;
	begin("'undeclared':{'files':'violation'}");
	for (int i = 0; i < FND_PER_CODE + 500; i++)
		tell("'k':'file','src':'box','t':%d,'proc':2,'op':'create','path':'/opt/%d/x'", i,
		     i);
	end();
	assert_int_equal(story.r->nfindings, FND_PER_CODE + 1);
	for (size_t i = 0; i < story.r->nfindings; i++)
		count += story.r->findings[i].count;
	assert_int_equal(count, FND_PER_CODE + 500);
}

static void many_objects_of_one_place_are_one_finding(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("'undeclared':{'files':'violation'}");
	for (int i = 0; i < 3; i++)
		tell("'k':'file','src':'box','t':%d,'proc':2,'op':'create','path':'/opt/a/%d'",
		     10 + i, i);
	for (int i = 0; i < 1000; i++)
		tell("'k':'file','src':'box','t':%d,'proc':2,'op':'create','path':'/opt/b/%d/x'",
		     100 + i, i);
	tell("'k':'file','src':'box','t':%d,'proc':2,'op':'create','path':'/opt/b/%d/x'", 9, 5);
	tell("'k':'file','src':'box','t':%d,'proc':2,'op':'create','path':'/opt/%d'", 3000, 7);
	end();
	assert_int_equal(story.r->nfindings, 3 + 2);
	f = &story.r->findings[0];	/* the first by time */
	assert_string_equal(f->object, "many files below /opt/b");
	assert_string_equal(observed(f), "1000 different ones; the first: create /opt/b/0/x; "
					 "create /opt/b/1/x; create /opt/b/2/x");
	assert_int_equal(f->objects.n, 1000);
	assert_int_equal(f->objects.left_out, 0);
	assert_string_equal(f->objects.v[0], "/opt/b/0/x");
	assert_string_equal(f->objects.v[999], "/opt/b/999/x");
	assert_int_equal(f->count, 1001);
	assert_int_equal(f->first, 9);
	assert_int_equal(f->last, 1099);
	assert_int_equal(f->events.n, FND_REFS);
	assert_int_equal(f->proc, 2);
}

static void the_list_of_objects_is_bounded_and_the_rest_is_counted(void **state)
{
	const struct fnd *f;

	(void)state;
	begin("'undeclared':{'files':'violation'}");
	for (int i = 0; i < FND_OBJECTS + 2; i++)
		tell("'k':'file','src':'box','t':%d,'proc':2,'op':'create','path':'/tmp/%d'",
		     10 + i, i);
	end();
	assert_int_equal(story.r->nfindings, 1);
	f = &story.r->findings[0];
	assert_int_equal(f->objects.n, FND_OBJECTS);
	assert_int_equal(f->objects.left_out, 2);
	assert_int_equal(f->count, FND_OBJECTS + 2);
}

static void files_are_grouped_by_the_directory_that_one_program_has(void **state)
{
	static const struct {
		const char *before, *after, *place;
	} cases[] = {
		{ "/home/u/.config/acme/a/", "", "/home/u/.config/acme" },
		{ "/home/u/.config/", "", "/home/u/.config" },
		{ "/home/u/.local/share/acme/", "/b", "/home/u/.local/share/acme" },
		{ "/home/u/.acme/", "", "/home/u/.acme" },
		{ "/home/u/", "", "/home/u" },
		{ "/root/.cache/acme/", "", "/root/.cache/acme" },
		{ "/var/lib/acme/db/", "", "/var/lib/acme" },
		{ "/var/tmp/x", "/y", "/var/tmp" },
		{ "/tmp/x", "/y", "/tmp" },
		{ "/usr/lib/acme/", "", "/usr/lib/acme" },
		{ "/usr/local/bin/", "", "/usr/local/bin" },
		{ "/etc/cron.d/", "", "/etc/cron.d" },
		{ "/etc/", "", "/etc" },
		{ "/data/a/", "", "/data" },
		{ "/", "", "/" },
	};
	char want[100];

	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++) {
		begin("'undeclared':{'files':'violation'}");
		for (int n = 0; n < 4; n++) {
			tell("'k':'file','src':'box','t':9,'proc':2,'op':'create','path':'%s%d%s'",
			     cases[i].before,
			     n, cases[i].after);
		}
		end();
		(void)snprintf(want, sizeof(want), "many files below %s", cases[i].place);
		assert_int_equal(story.r->nfindings, 1);
		assert_string_equal(story.r->findings[0].object, want);
		(void)clean_up(state);
	}
}

static void directories_on_the_way_to_what_is_declared_are_one_note(void **state)
{
	(void)state;
	begin("'files':{'write':['**/.config/acme/**']},'undeclared':{'files':'violation'}");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'mkdir','path':'/home/u'");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'mkdir','path':'/home/u/.config'");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'mkdir','path':'/home/u/.config/acme'");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'create','path':'/home/u/.config/acme/a'");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'mkdir','path':'/home/u/.cache'");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'chmod','path':'/home/u/.config'");
	end();
	assert_int_equal(story.r->nfindings, 3);
	assert_int_equal(story.r->findings[0].severity, FND_VIOLATION);
	assert_string_equal(story.r->findings[0].object, "/home/u/.cache");
	assert_int_equal(story.r->findings[1].severity, FND_VIOLATION);
	assert_string_equal(story.r->findings[1].object, "/home/u/.config");
	assert_int_equal(story.r->findings[2].severity, FND_INFO);
	assert_string_equal(story.r->findings[2].object,
			    "directories on the way to declared files");
	assert_int_equal(story.r->findings[2].objects.n, 2);
}

static void what_moves_with_a_declared_directory_is_declared_by_itself(void **state)
{
	(void)state;
	begin("'files':{'write':['/opt/*']},'undeclared':{'files':'violation'}");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'rename','path':'/opt/a','path2':'/opt/b'");
	tell("'k':'change','src':'disk','op':'changed','path':'/opt/b/f','type':'file'");
	end();
	assert_int_equal(story.r->nfindings, 1);
	assert_int_equal(findings("FILE-UNDECLARED"), 1);
	assert_string_equal(story.r->findings[0].object, "/opt/b/f");
	(void)clean_up(state);
	begin("'files':{'write':['/opt/**']},'undeclared':{'files':'violation'}");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'rename','path':'/opt/a','path2':'/opt/b'");
	tell("'k':'change','src':'disk','op':'changed','path':'/opt/b/f','type':'file'");
	end();
	assert_int_equal(story.r->nfindings, 0);
}

static void mkdir_on_the_way_hides_no_file_of_that_name(void **state)
{
	(void)state;
	begin("'files':{'write':['**/acme/**']},'undeclared':{'files':'violation'}");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'mkdir','path':'/etc/x','outcome':'tried'");
	tell("'k':'file','src':'box','t':9,'proc':2,'op':'create','path':'/etc/x/acme/y','outcome':'tried'");
	tell("'k':'change','src':'disk','op':'changed','path':'/etc/x','type':'file'");
	end();
	assert_int_equal(story.r->nfindings, 2);
	assert_int_equal(story.r->findings[0].severity, FND_VIOLATION);
	assert_int_equal(story.r->findings[1].severity, FND_INFO);
}

static void a_flood_hides_nothing_of_another_kind(void **state)
{
	(void)state;
	begin("'undeclared':{'files':'violation','executes':'violation'}");
	for (int i = 0; i < 6 * FND_PER_CODE; i++)
		tell("'k':'file','src':'box','t':%d,'proc':2,'op':'create','path':'/opt/%d/%d'",
		     10 + i, i % (2 * FND_PER_CODE), i);
	tell("'k':'exec','src':'box','t':%d,'proc':2,'path':'/bin/c','exe':'/bin/c','argv':['c'],'sha256':'cc'", 100000);
	tell("'k':'exec','src':'box','t':%d,'proc':2,'path':'/bin/d','exe':'/bin/d','argv':['c'],'sha256':'cc'", 100001);
	end();
	assert_int_equal(findings("EXEC-UNDECLARED"), 2);
	assert_int_equal(findings("FILE-UNDECLARED"), FND_PER_CODE + 1);
}

static void what_is_ignored_is_remembered_if_it_was_seen(void **state)
{
	(void)state;
	begin("'files':{'write':['/d/**']},'undeclared':{'files':'ignore','connections':'ignore'}");
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/d/x'");
	end();
	assert_false(story.r->ignored[FND_FILES]);	/* the control: what is declared is not
							 * ignored */
	(void)clean_up(state);
	begin("'files':{'write':['/d/**']},'undeclared':{'files':'ignore','connections':'ignore'}");
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/e/x'");
	end();
	assert_verdict(FND_CONFORMS);
	for (size_t i = 0; i < FND_KINDS; i++)
		assert_int_equal(story.r->ignored[i], i == FND_FILES);
	(void)clean_up(state);
	begin("'undeclared':{'connections':'ignore','files':'warning'}");
	connection(2, "198.18.3.7:443", "");
	end();
	for (size_t i = 0; i < FND_KINDS; i++)
		assert_int_equal(story.r->ignored[i], i == FND_CONNECTIONS);
}

static void every_code_is_in_the_manual_page(void **state)
{
	static char page[200000];
	FILE *f = fopen("man/tcbox-findings.7", "r");
	char want[64];

	(void)state;
	assert_non_null(f);
	page[fread(page, 1, sizeof(page) - 1, f)] = '\0';
	(void)fclose(f);
	for (int i = 0; i < FND_CODES; i++) {
		(void)snprintf(want, sizeof(want), "\n.It Sy %s\n",
			       fnd_code_name((enum fnd_code)i));
		if (!strstr(page, want))
			fail_msg("%s is not explained in tcbox-findings(7)",
				 fnd_code_name((enum fnd_code)i));
	}
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(declared_flows_are_counted_for_their_rule),
		TEST(a_conversation_that_breaks_a_rule_does_not_count_for_it),
		TEST(an_sni_alone_is_not_believed),
		TEST(the_sni_decides_between_the_names_of_a_shared_address),
		TEST(another_name_in_the_sni_is_fronting_unless_the_rule_declares_both),
		TEST(an_http_host_is_compared_without_its_port),
		TEST(a_server_name_that_the_decoder_had_to_cut_is_still_the_looked_up_one),
		TEST(names_from_the_lab_help_when_the_wire_has_none),
		TEST(a_hundred_children_that_do_the_same_are_one_finding),
		TEST(different_programs_destinations_and_ports_are_different_findings),
		TEST(a_join_is_judged_without_a_report),
		TEST(a_port_is_judged_by_what_the_kernel_shows),
		TEST(an_exec_changes_who_acts_from_then_on),
		TEST(an_exec_that_failed_is_neither_run_nor_declared_and_seen),
		TEST(a_finding_names_the_program_that_acted_and_not_what_the_process_became),
		TEST(a_process_that_executes_without_end_takes_no_memory_without_end),
		TEST(limits_are_for_the_whole_run_and_name_totals),
		TEST(a_limit_that_is_just_reached_is_kept),
		TEST(levels_decide_how_much_undeclared_behaviour_weighs),
		TEST(system_calls_are_judged_by_the_policy_of_the_comparison),
		TEST(calls_that_were_only_counted_are_judged_by_their_count),
		TEST(refused_calls_are_attempts_also_when_no_calls_were_declared),
		TEST(who_may_clone_may_not_make_namespaces),
		TEST(calls_of_a_foreign_table_are_one_finding),
		TEST(calls_of_a_declared_table_are_judged_as_native_ones),
		TEST(paths_cannot_climb_out_of_what_is_declared),
		TEST(the_first_act_of_a_record_is_compared_too),
		TEST(a_program_with_new_contents_is_told),
		TEST(the_product_itself_needs_no_rule_but_what_it_executes_does),
		TEST(listening_beyond_loopback_is_not_listening_on_loopback),
		TEST(the_same_events_give_the_same_findings_in_the_same_order),
		TEST(a_flood_of_different_acts_is_counted_together_beyond_the_maximum),
		TEST(many_objects_of_one_place_are_one_finding),
		TEST(the_list_of_objects_is_bounded_and_the_rest_is_counted),
		TEST(files_are_grouped_by_the_directory_that_one_program_has),
		TEST(directories_on_the_way_to_what_is_declared_are_one_note),
		TEST(what_moves_with_a_declared_directory_is_declared_by_itself),
		TEST(mkdir_on_the_way_hides_no_file_of_that_name),
		TEST(a_flood_hides_nothing_of_another_kind),
		TEST(what_is_ignored_is_remembered_if_it_was_seen),
		TEST(every_code_is_in_the_manual_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
