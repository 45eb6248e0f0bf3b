/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_cmp_result.c - tests of policy/compare/result.c and procs.c: totals, shares, rules, changes
 * on disk and processes, as numbers
 */
#include "tests/unit/policy/compare/story.h"

struct talk {
	int proc;		/* 0: nobody's */
	int out, in;		/* bytes */
	const char *app;
	const char *remote;
};

/* talk() - one conversation, of five packets */
static void talk(const struct talk *t)
{
	static int port = 2000;
	const char *remote = t->remote ? t->remote : "203.0.113.1:80";

	port++;
	if (t->proc)
		tell("'k':'sock','src':'box','t':%d,'proc':%d,'call':'connect','proto':'tcp',"
		     "'local':'198.19.255.2:%d','remote':'%s'", port * 1000, t->proc, port, remote);
	tell("'k':'flow','src':'net','id':%d,'end':true,'proto':'tcp','local':'198.19.255.2:%d',"
	     "'remote':'%s','first':%d,'last':%d,'pkts_out':3,'pkts_in':2,'bytes_out':%d,"
	     "'bytes_in':%d,'app':'%s'", port, port, remote, port * 1000 + 10, port * 1000 + 20,
	     t->out, t->in, t->app ? t->app : "http");
}

static void process(int id, int parent, int t)
{
	tell("'k':'proc','src':'box','t':%d,'proc':%d,'parent':%d,'pid':%d", t, id, parent, id + 100);
}

#define CONTROL_PACKETS (2 * 7)	/* at the start and at the end */

static void totals_add_up_what_was_seen_without_the_control(void **state)
{
	const struct fnd_totals *t;

	(void)state;
	begin("");
	process(3, 2, 200);
	talk(&(struct talk){ .proc = 2, .out = 1, .in = 20 });
	talk(&(struct talk){ .proc = 3, .out = 300, .in = 4000, .app = "tls" });
	talk(&(struct talk){ .out = 50000, .in = 600000, .app = "ssh" });
	tell("'k':'call','src':'box','proc':2,'call':'mount','abi':'x86_64','group':'mount',"
	     "'outcome':'denied','error':'EPERM','count':3");
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/x'");
	story.silent = true;
	end();
	t = &story.r->totals;
	assert_int_equal(t->processes, 2);
	assert_int_equal(t->executions, 1);
	assert_int_equal(t->flows, 3);
	assert_int_equal(t->bytes_out, 50301);
	assert_int_equal(t->bytes_in, 604020);
	assert_int_equal(t->bytes_opaque, 654300);
	assert_int_equal(t->packets_unowned, 5);
	assert_int_equal(t->bytes_unowned, 650000);
	assert_int_equal(t->packets, CONTROL_PACKETS + 3 * 5);	/* nobody counted them */
	assert_int_equal(t->attempts, 3);
	assert_int_equal(t->files_written, 1);
	assert_int_equal(t->calls, 2 * 2 + 2 + 3);	/* of both controls, connects, mounts */
	assert_int_equal(t->packets_dropped, 0);
	assert_int_equal(t->packets_undecoded, 0);
	assert_int_equal(t->packets_link, 0);
}

static void what_a_producer_counted_goes_before_what_was_recorded(void **state)
{
	const struct fnd_totals *t;

	(void)state;
	begin("");
	story.silent = true;
	tell("'k':'counters','src':'capture','values':{'packets_captured':1000,'packets_dropped':20,"
	     "'packets_ifdropped':300,'packets_undecoded':4000},'final':true");
	tell("'k':'counters','src':'net','values':{'packets_link_arp':1,'packets_link_nd':20,"
	     "'packets_link_mld':300},'final':true");
	tell("'k':'counters','src':'box','values':{'notifications':77},'final':true");
	end();
	t = &story.r->totals;
	assert_int_equal(t->packets, 1000);
	assert_int_equal(t->packets_dropped, 320);
	assert_int_equal(t->packets_undecoded, 4000);
	assert_int_equal(t->packets_link, 321);
	assert_int_equal(t->calls, 77);
}

static void each_process_has_one_share_of_the_traffic(void **state)
{
	static const struct fnd_share want[] = {
		{ 0, 1, 50000, 600000, 0 }, { 2, 2, 6, 60, 5 }, { 3, 1, 300, 4000, 300 },
	};

	(void)state;
	begin("");
	process(3, 2, 200);
	process(4, 2, 200);
	talk(&(struct talk){ .proc = 3, .out = 300, .in = 4000, .app = "tls" });
	talk(&(struct talk){ .proc = 2, .out = 1, .in = 20 });
	talk(&(struct talk){ .out = 50000, .in = 600000 });
	talk(&(struct talk){ .proc = 2, .out = 5, .in = 40, .app = "tls" });
	end();
	assert_int_equal(story.r->nshares, 3);
	assert_int_equal(story.r->nothers, 0);
	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(&story.r->shares[i], &want[i], sizeof(want[i]));
}

/* many_shares() - process 10 + i sends 10 * (i + 1) bytes, for i below @n; nobody sends 1 */
static void many_shares(int n)
{
	begin("");
	for (int i = 0; i < n; i++) {
		process(10 + i, 2, 200);
		talk(&(struct talk){ .proc = 10 + i, .out = 9 * (i + 1), .in = i + 1,
				     .app = "tls" });
	}
	talk(&(struct talk){ .out = 1 });
	end();
}

static void the_largest_shares_and_that_of_nobody_are_kept_and_the_others_are_one_sum(void **state)
{
	many_shares(FND_SHARES - 1);
	assert_int_equal(story.r->nshares, FND_SHARES);
	assert_int_equal(story.r->nothers, 0);
	assert_int_equal(story.r->others.flows, 0);
	clean_up(state);
	many_shares(FND_SHARES + 2);
	assert_int_equal(story.r->nshares, FND_SHARES);
	assert_int_equal(story.r->nothers, 3);
	assert_int_equal(story.r->others.flows, 3);
	assert_int_equal(story.r->others.bytes_out, 9 * (1 + 2 + 3));
	assert_int_equal(story.r->others.bytes_in, 1 + 2 + 3);
	assert_int_equal(story.r->others.opaque_out, 9 * (1 + 2 + 3));
	assert_int_equal(story.r->shares[0].proc, 0);
	for (size_t i = 1; i < FND_SHARES; i++) {	/* by process again */
		assert_int_equal(story.r->shares[i].proc, 10 + 3 + i - 1);
		assert_int_equal(story.r->shares[i].bytes_out, 9 * (3 + i));
	}
}

static void of_shares_of_one_size_those_of_the_first_processes_are_kept(void **state)
{
	(void)state;
	begin("");
	for (int i = FND_SHARES; i >= 0; i--) {
		process(10 + i, 2, 200);
		talk(&(struct talk){ .proc = 10 + i, .out = 5, .in = 5 });
	}
	end();
	assert_int_equal(story.r->nshares, FND_SHARES);
	assert_int_equal(story.r->nothers, 1);
	for (size_t i = 0; i < FND_SHARES; i++)
		assert_int_equal(story.r->shares[i].proc, 10 + i);
}

#define RULES "'connections':[{'id':'c0','why':'updates','to':['203.0.113.1'],'required':true},{'id':'c1','to':['203.0.113.2']}]," \
	"'listens':[{'id':'l0','why':'page','ports':[8080],'required':true},{'id':'l1','ports':[8081]}]," \
	"'names':['a.example','b.example'],'executes':['/bin/a','/bin/b']," \
	"'files':{'write':['/d/a','/d/b']}"

static void assert_rule(size_t i, const char *section, const char *id, uint64_t count)
{
	const struct fnd_rule *r = &story.r->rules[i];

	assert_string_equal(r->section, section);
	assert_string_equal(r->id, id);
	assert_int_equal(r->count, count);
}

static void assert_times(size_t i, int64_t first, int64_t last)
{
	assert_int_equal(story.r->rules[i].first, first);
	assert_int_equal(story.r->rules[i].last, last);
}

static void every_declared_rule_says_how_often_and_when_it_was_seen(void **state)
{
	(void)state;
	begin(RULES);
	talk(&(struct talk){ .proc = 2, .out = 1, .in = 20 });
	talk(&(struct talk){ .proc = 2, .out = 300, .in = 4000 });
	for (int t = 501; t <= 503; t++)
		tell("'k':'sock','src':'box','t':%d,'proc':2,'call':'listen','proto':'tcp','local':'0.0.0.0:8080'", t);
	tell("'k':'exec','src':'box','t':601,'proc':2,'path':'/bin/b','exe':'/bin/b','sha256':'bb'");
	tell("'k':'file','src':'box','t':701,'proc':2,'op':'write','path':'/d/b','count':4");
	tell("'k':'file','src':'box','t':705,'proc':2,'op':'write','path':'/d/b'");
	tell("'k':'lookup','src':'net','t':801,'name':'b.example','type':'A','rcode':'NXDOMAIN','server':'198.19.255.1:53'");
	tell("'k':'lookup','src':'lab','t':802,'name':'b.example','type':'A','rcode':'NXDOMAIN','server':'198.19.255.1:53'");
	end();
	assert_verdict(FND_CONFORMS);
	assert_int_equal(story.r->nrules, 10);
	assert_rule(0, "connections", "c0", 2);
	assert_int_equal(story.r->rules[0].bytes_out, 301);
	assert_int_equal(story.r->rules[0].bytes_in, 4020);
	assert_true(story.r->rules[0].first < story.r->rules[0].last);
	assert_string_equal(story.r->rules[0].why, "updates");
	assert_true(story.r->rules[0].required);
	assert_rule(1, "connections", "c1", 0);
	assert_null(story.r->rules[1].why);
	assert_false(story.r->rules[1].required);
	assert_rule(2, "listens", "l0", 3);
	assert_times(2, 501, 503);
	assert_string_equal(story.r->rules[2].why, "page");
	assert_true(story.r->rules[2].required);
	assert_rule(3, "listens", "l1", 0);
	assert_false(story.r->rules[3].required);
	assert_rule(4, "names", "a.example", 0);
	assert_rule(5, "names", "b.example", 1);
	assert_times(5, 801, 801);
	assert_rule(6, "executes", "/bin/a", 0);
	assert_rule(7, "executes", "/bin/b", 1);
	assert_times(7, 601, 601);
	assert_rule(8, "files.write", "/d/a", 0);
	assert_rule(9, "files.write", "/d/b", 5);
	assert_times(9, 701, 705);
}

static void a_required_rule_that_was_not_seen_violates_unless_evidence_was_lost(void **state)
{
	static const char *const ids[] = { "c0", "l0" };

	for (int lost = 0; lost < 2; lost++) {
		begin(RULES);
		if (lost)
			tell("'k':'loss','src':'net','what':'flows','detail':'Too many','count':3");
		end();
		assert_verdict(lost ? FND_INCONCLUSIVE : FND_VIOLATES);
		assert_int_equal(findings("MISSING-REQUIRED"), 2);
		for (size_t i = 0, n = 0; n < 2; i++) {
			const struct fnd *f = &story.r->findings[i];

			if (f->code != FND_MISSING_REQUIRED)
				continue;	/* what was lost is one, too */
			assert_int_equal(f->severity, lost ? FND_WARNING : FND_VIOLATION);
			assert_int_equal(f->basis, FND_INFERRED);
			assert_string_equal(f->object, ids[n]);
			assert_string_equal(f->declared, ids[n++]);
			assert_int_equal(f->count, 1);
			assert_string_not_equal(observed(f), "");
		}
		(void)clean_up(state);
	}
}

static void a_violation_violates_although_evidence_was_lost(void **state)
{
	(void)state;
	begin("");
	tell("'k':'loss','src':'net','what':'flows','detail':'Too many','count':3");
	talk(&(struct talk){ .proc = 2, .out = 1 });
	end();
	assert_verdict(FND_VIOLATES);
}

static void warnings_do_not_keep_a_run_from_conforming(void **state)
{
	(void)state;
	begin("'undeclared':{'connections':'warning'}");
	talk(&(struct talk){ .proc = 2, .out = 1 });
	end();
	assert_int_equal(story.r->findings[0].severity, FND_WARNING);
	assert_verdict(FND_CONFORMS);
}

static void changes_on_disk_are_kept_whole(void **state)
{
	const struct fnd_change *c;

	(void)state;
	begin("'files':{'write':['**']}");
	tell("'k':'change','src':'disk','op':'created','path':'/a','type':'file','size':5,'sha256':'ab'");
	tell("'k':'change','src':'disk','op':'changed','path':'/b','type':'symlink','target':'/etc'");
	tell("'k':'counters','src':'disk','values':{'left_out':40},'final':true");
	end();
	assert_int_equal(story.r->nchanges, 2);
	c = &story.r->changes[0];
	assert_string_equal(c->op, "created");
	assert_string_equal(c->path, "/a");
	assert_string_equal(c->type, "file");
	assert_string_equal(c->sha256, "ab");
	assert_null(c->target);
	assert_int_equal(c->size, 5);
	assert_int_equal(c->line, c[1].line - 1);
	assert_string_equal(c[1].target, "/etc");
	assert_null(c[1].sha256);
	assert_int_equal(story.r->changes_left_out, 40);
}

static void changes_beyond_the_maximum_are_counted(void **state)
{
	for (int more = 0; more < 3; more += 2) {
		begin("'files':{'write':['**']}");
		for (int i = 0; i < FND_CHANGES + more; i++)
			tell("'k':'change','src':'disk','op':'created','path':'/%06d','type':'directory'", i);
		end();
		assert_int_equal(story.r->nchanges, FND_CHANGES);
		assert_string_equal(story.r->changes[FND_CHANGES - 1].path, "/009999");
		assert_int_equal(story.r->changes_left_out, more);
		(void)clean_up(state);
	}
}

static void a_process_has_all_that_is_known_of_it(void **state)
{
	const struct fnd_proc *p;

	(void)state;
	begin("'executes':['**']");
	process(3, 2, 200);
	tell("'k':'exec','src':'box','t':201,'proc':3,'path':'/bin/b','exe':'/bin/b','argv':['b','-x'],'sha256':'bb'");
	process(4, 3, 300);
	end();
	assert_int_equal(story.r->nprocs, 4 + 1);	/* and the control of the end */
	assert_true(fnd_result_proc(story.r, 1)->canary);
	assert_false(fnd_result_proc(story.r, 2)->canary);
	p = fnd_result_proc(story.r, 3);
	assert_int_equal(p->pid, 103);
	assert_int_equal(p->parent, 2);
	assert_int_equal(p->born, 200);
	assert_false(p->past);
	assert_int_equal(p->until, 0);
	assert_string_equal(p->exe, "/bin/b");
	assert_string_equal(p->sha256, "bb");
	assert_string_equal(p->cmdline, "b -x");
	p = fnd_result_proc(story.r, 4);
	assert_string_equal(p->exe, "/bin/b");	/* inherited */
	assert_null(fnd_result_proc(story.r, 5));
}

static void a_program_of_the_past_is_kept_if_a_finding_tells_of_it(void **state)
{
	const struct fnd_proc *p;

	(void)state;
	begin("'executes':['**']");
	process(3, 2, 200);
	for (int i = 0; i < 5; i++)
		tell("'k':'exec','src':'box','t':%d,'proc':3,'path':'/bin/%d','exe':'/bin/%d','argv':['%d'],'sha256':'b%d'",
		     210 + 10 * i, i, i, i, i);
	tell("'k':'sock','src':'box','t':235,'proc':3,'call':'listen','proto':'tcp','local':'0.0.0.0:99'");
	process(4, 3, 215);	/* of /bin/0, whose child finds something */
	tell("'k':'sock','src':'box','t':300,'proc':4,'call':'listen','proto':'tcp','local':'0.0.0.0:98'");
	end();
	assert_int_equal(findings("LISTEN-UNDECLARED"), 2);
	assert_int_equal(story.r->nprocs, 4 + 2 + 1);
	p = fnd_result_program(story.r, 3, 235);
	assert_string_equal(p->exe, "/bin/2");
	assert_string_equal(p->sha256, "b2");
	assert_string_equal(p->cmdline, "2");
	assert_true(p->past);
	assert_int_equal(p->until, 240);
	assert_int_equal(p->born, 200);
	p = fnd_result_program(story.r, 3, 215);
	assert_string_equal(p->exe, "/bin/0");
	assert_int_equal(p->until, 220);
	assert_string_equal(fnd_result_proc(story.r, 3)->exe, "/bin/4");
}

static void of_many_processes_the_first_and_those_of_findings_are_kept(void **state)
{
	(void)state;
	begin("");
	for (int i = 3; i <= 2000; i++)
		process(i, i - 1, 200 + i);
	talk(&(struct talk){ .proc = 1500, .out = 1 });
	end();
	/* the first ones besides, and from there up the ancestors of who sent something */
	assert_int_equal(story.r->nprocs, 1500);
	assert_non_null(fnd_result_proc(story.r, 1500));
	assert_non_null(fnd_result_proc(story.r, 1024));
	assert_null(fnd_result_proc(story.r, 1501));
	(void)clean_up(state);
	begin("'connections':[{'id':'c','to':['203.0.113.1']}]");
	for (int i = 3; i <= 2000; i++)
		process(i, 2, 200 + i);
	talk(&(struct talk){ .proc = 1500, .out = 1 });		/* a share, and no finding */
	end();
	assert_int_equal(story.r->nfindings, 0);
	assert_int_equal(story.r->nprocs, 1024 + 1);
	assert_non_null(fnd_result_proc(story.r, 1500));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(totals_add_up_what_was_seen_without_the_control),
		TEST(what_a_producer_counted_goes_before_what_was_recorded),
		TEST(each_process_has_one_share_of_the_traffic),
		TEST(the_largest_shares_and_that_of_nobody_are_kept_and_the_others_are_one_sum),
		TEST(of_shares_of_one_size_those_of_the_first_processes_are_kept),
		TEST(every_declared_rule_says_how_often_and_when_it_was_seen),
		TEST(a_required_rule_that_was_not_seen_violates_unless_evidence_was_lost),
		TEST(a_violation_violates_although_evidence_was_lost),
		TEST(warnings_do_not_keep_a_run_from_conforming),
		TEST(changes_on_disk_are_kept_whole),
		TEST(changes_beyond_the_maximum_are_counted),
		TEST(a_process_has_all_that_is_known_of_it),
		TEST(a_program_of_the_past_is_kept_if_a_finding_tells_of_it),
		TEST(of_many_processes_the_first_and_those_of_findings_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
