/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_acts.c - tests of evidence/acts.c, execs.c, files.c and syscalls.c: one struct for what one
 * program did to one object
 */
#include "tests/unit/evidence/tell.h"

#include <time.h>

static void child(int id, const char *exe)
{
	tell("'k':'proc','src':'box','proc':%d,'parent':2,'pid':%d", id, id);
	tell("'k':'exec','src':'box','t':150,'proc':%d,'path':'%s','exe':'%s','sha256':'c'", id,
	     exe, exe);
}

/* acts() - how many there are of this kind */
static size_t acts(enum evd_act_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < told.facts->nacts; i++)
		n += told.facts->acts[i].kind == kind;
	return n;
}

/* act() - the @nth of this kind, from 0 */
static const struct evd_act *act(enum evd_act_kind kind, size_t nth)
{
	for (size_t i = 0; i < told.facts->nacts; i++)
		if (told.facts->acts[i].kind == kind && !nth--)
			return &told.facts->acts[i];
	fail_msg("there is no such act");
	return NULL;
}

static void equal_acts_of_processes_of_one_program_are_one(void **state)
{
	const struct evd_act *a;

	(void)state;
	product();
	child(3, "/bin/b");
	child(4, "/bin/b");
	tell("'k':'file','src':'box','t':300,'proc':3,'op':'create','path':'/x'");
	tell("'k':'file','src':'box','t':500,'proc':4,'op':'write','path':'/x','count':10");
	tell("'k':'file','src':'box','t':400,'proc':3,'op':'write','path':'/x'");
	(void)finish();
	assert_int_equal(acts(EVD_FILE), 1);
	a = act(EVD_FILE, 0);
	assert_string_equal(a->program->path, "/bin/b");
	assert_string_equal(a->u.file.op, "create");
	assert_int_equal(a->count, 12);
	assert_int_equal(a->proc, 3);
	assert_int_equal(a->first, 300);
	assert_int_equal(a->last, 500);
	assert_int_equal(a->lines[0], 7);
	assert_int_equal(a->lines[1], 8);
	assert_int_equal(a->more[0], 9);
	assert_int_equal(a->more[1], 0);
}

static void a_directory_that_was_there_was_not_made(void **state)
{
	(void)state;
	product();
	tell("'k':'file','src':'box','proc':2,'op':'mkdir','path':'/a','outcome':'tried','error':'EEXIST'");
	tell("'k':'file','src':'box','proc':2,'op':'mkdir','path':'/a/b','outcome':'allowed'");
	tell("'k':'file','src':'box','proc':2,'op':'mkdir','path':'/c','outcome':'tried'");
	tell("'k':'file','src':'box','proc':2,'op':'mkdir','path':'/d','outcome':'denied','error':'EEXIST'");
	tell("'k':'file','src':'box','proc':2,'op':'remove','path':'/e','outcome':'tried','error':'EEXIST'");
	(void)finish();
	assert_int_equal(acts(EVD_FILE), 4);
	assert_string_equal(act(EVD_FILE, 0)->u.file.path, "/a/b");
}

static void another_program_object_or_outcome_is_another_act(void **state)
{
	(void)state;
	product();
	child(3, "/bin/b");
	tell("'k':'file','src':'box','proc':3,'op':'write','path':'/x'");
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/x'");
	tell("'k':'file','src':'box','proc':3,'op':'write','path':'/y'");
	tell("'k':'file','src':'box','proc':3,'op':'write','path':'/x','outcome':'denied','error':'EACCES'");
	tell("'k':'file','src':'box','op':'write','path':'/x'");
	(void)finish();
	assert_int_equal(acts(EVD_FILE), 5);
	assert_int_equal(told.facts->totals.files, 2);
	assert_true(act(EVD_FILE, 3)->denied);
	assert_string_equal(act(EVD_FILE, 3)->error, "EACCES");
	assert_null(act(EVD_FILE, 4)->program);
}

static void the_first_sixteen_lines_of_an_act_are_kept(void **state)
{
	const struct evd_act *a;

	(void)state;
	for (int i = 0; i < 40; i++)
		tell("'k':'file','src':'box','proc':2,'op':'write','path':'/x'");
	(void)finish();
	a = act(EVD_FILE, 0);
	assert_int_equal(a->count, 40);
	assert_int_equal(a->lines[1], 2);
	for (uint64_t i = 0; i < 14; i++)
		assert_int_equal(a->more[i], i + 3);
	assert_int_equal(a->more[14], 0);
}

static void many_acts_stay_apart(void **state)
{
	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 3000; i++)
			tell("'k':'file','src':'box','proc':2,'op':'write','path':'/x/%d'", i);
	(void)finish();
	assert_int_equal(told.facts->nacts, 3000);
	assert_int_equal(told.facts->totals.files, 3000);
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(told.facts->acts[i].count, 2);
}

static void paths_are_what_they_mean(void **state)
{
	static const struct { const char *given, *means; } cases[] = {
		{ "/var/lib/../../etc/passwd", "/etc/passwd" }, { "//a//./b/", "/a/b" },
		{ "/..", "/" },
		{ "/a/...", "/a/..." }, { "elsewhere:/a/../b", "elsewhere:/a/../b" },
		{ "/tmp/comm", "/tmp/comm" }, { "/proc/7/../../tmp/proc/comm", "/tmp/proc/comm" },
		{ "/dev/fd/3/x", "/dev/fd/3/x" }, { "/dev/pts/../x", "/dev/x" },
		{ "/proc/sys/comm", "/proc/sys/comm" }, { "/proc/7x/comm", "/proc/7x/comm" },
		{ "/proc/self/mem", "/proc/self/mem" }, { "/proc/oom_adj", "/proc/oom_adj" },
		{ "/proc/self/cwd/comm", "/proc/self/cwd/comm" },
		{ "/proc/7/root/etc/cron.d/autogroup", "/proc/7/root/etc/cron.d/autogroup" },
		{ "/proc/7/task/comm", "/proc/7/task/comm" },
	};
	static const char *const settings[] = {
		"/proc/self/task/7/comm", "/proc/7/comm", "/proc/self/oom_score_adj",
		"/proc/thread-self/timerslack_ns", "/proc/70/coredump_filter",
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++)
		tell("'k':'file','src':'box','proc':2,'op':'write','path':'%s'", cases[i].given);
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/dev/null'");
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/dev/pts/7'");
	tell("'k':'file','src':'box','proc':2,'op':'write','path':'/dev//./stdout'");
	for (size_t i = 0; i < TB_ARRAY_SIZE(settings); i++)
		tell("'k':'file','src':'box','proc':2,'op':'write','path':'%s'", settings[i]);
	(void)finish();
	assert_int_equal(told.facts->nacts, TB_ARRAY_SIZE(cases));
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++) {
		assert_string_equal(told.facts->acts[i].u.file.path, cases[i].means);
		assert_string_equal(told.facts->acts[i].u.file.from, cases[i].given);
	}
}

static void a_rename_changes_both_paths_and_a_link_the_second(void **state)
{
	(void)state;
	tell("'k':'file','src':'box','proc':2,'op':'rename','path':'/a','path2':'/b','target':'/c','target2':'/d'");
	tell("'k':'file','src':'box','proc':2,'op':'link','path':'/e','path2':'/f'");
	(void)finish();
	assert_int_equal(told.facts->nacts, 5);
	assert_string_equal(told.facts->acts[0].u.file.path, "/a");
	assert_string_equal(told.facts->acts[1].u.file.path, "/c");
	assert_string_equal(told.facts->acts[2].u.file.path, "/b");
	assert_string_equal(told.facts->acts[2].u.file.to, "/b");
	assert_string_equal(told.facts->acts[3].u.file.path, "/d");
	assert_string_equal(told.facts->acts[4].u.file.path, "/f");
}

static void an_execution_is_an_act_of_the_program_before(void **state)
{
	const struct evd_act *a;

	(void)state;
	product();
	tell("'k':'exec','src':'box','t':200,'proc':2,'path':'/bin/b','exe':'/bin/b','sha256':'bb'");
	tell("'k':'exec','src':'box','t':210,'proc':2,'path':'/bin/c','exe':'/bin/c','error':'EACCES'");
	tell("'k':'exec','src':'box','t':220,'proc':2,'path':'/bin/d','exe':'/bin/d','error':'ENOENT'");
	(void)finish();
	assert_int_equal(acts(EVD_EXEC), 3);
	assert_true(act(EVD_EXEC, 0)->own);
	assert_null(act(EVD_EXEC, 0)->program);
	a = act(EVD_EXEC, 1);
	assert_false(a->own);
	assert_string_equal(a->program->path, "/opt/a");
	assert_string_equal(a->u.exec.program->path, "/bin/b");
	assert_true(act(EVD_EXEC, 2)->denied);
	assert_string_equal(act(EVD_EXEC, 2)->program->path, "/bin/b");
}

static void what_was_seen_to_run_is_an_act_only_if_no_call_named_it_before(void **state)
{
	(void)state;
	product();
	tell("'k':'exec','src':'box','t':200,'proc':2,'exe':'/bin/b','sha256':'bb'");
	tell("'k':'exec','src':'box','t':300,'proc':2,'exe':'/bin/b','sha256':'bb'");
	(void)finish();
	assert_int_equal(acts(EVD_EXEC), 2);
	assert_int_equal(act(EVD_EXEC, 1)->count, 1);
	assert_int_equal(told.facts->totals.executions, 3);
}

static void a_script_runs_its_interpreters(void **state)
{
	const struct evd_act *a;

	(void)state;
	product();
	tell("'k':'exec','src':'box','t':200,'proc':2,'path':'/s','exe':'/s','sha256':'bb',"
	     "'interpreters':['/i1','/i2'],'interpreters_sha256':['11','22'],'interpreters_alias':['','/l2']");
	(void)finish();
	assert_int_equal(acts(EVD_EXEC), 4);
	a = act(EVD_EXEC, 2);
	assert_true(a->interpreter);
	assert_string_equal(a->program->path, "/s");
	assert_string_equal(a->u.exec.program->path, "/i1");
	a = act(EVD_EXEC, 3);
	assert_string_equal(a->program->path, "/i1");
	assert_string_equal(a->u.exec.alias, "/l2");
	assert_string_equal(evd_program(told.facts, "/i2")->sha256, "22");
	assert_string_equal(evd_program(told.facts, "/i2")->aliases[0], "/l2");
}

static void other_contents_under_a_path_are_an_act(void **state)
{
	const struct evd_act *a;

	(void)state;
	product();
	for (int i = 0; i < 4; i++)
		tell("'k':'exec','src':'box','t':%d,'proc':2,'path':'/b','exe':'/b','sha256':'%d'",
		     200 + i, i / 2);
	tell("'k':'exec','src':'box','t':300,'proc':2,'path':'/b','exe':'/b'");
	(void)finish();
	assert_int_equal(acts(EVD_REPLACED), 1);
	a = act(EVD_REPLACED, 0);
	assert_string_equal(a->u.replaced.before, "0");
	assert_string_equal(a->u.replaced.now, "1");
	assert_int_equal(a->first, 202);
	assert_int_equal(a->count, 1);
}

static void calls_are_told_apart_by_what_a_policy_may_ask(void **state)
{
	const struct evd_act *a;

	(void)state;
	product();
	tell("'k':'call','src':'box','proc':2,'call':'mount','group':'mount','outcome':'denied','error':'EPERM',"
	     "'detail':'one','count':5");
	tell("'k':'call','src':'box','proc':2,'call':'mount','group':'mount','outcome':'denied','detail':'two'");
	tell("'k':'call','src':'box','proc':2,'call':'mount','group':'mount','outcome':'allowed'");
	tell("'k':'call','src':'box','proc':2,'call':'mount','group':'undeclared','outcome':'denied',"
	     "'undeclared':true");
	(void)finish();
	assert_int_equal(acts(EVD_SYSCALL), 3);
	a = act(EVD_SYSCALL, 0);
	assert_int_equal(a->count, 6);
	assert_string_equal(a->u.syscall.detail, "one");
	assert_true(a->denied);
	assert_true(act(EVD_SYSCALL, 2)->undeclared);
	assert_int_equal(told.facts->totals.other_calls, 8);
}

static void calls_of_other_tables_are_known_as_such(void **state)
{
	(void)state;
	product();
	tell("'k':'call','src':'box','proc':2,'call':'read','abi':'x32','group':'abi','outcome':'denied'");
	tell("'k':'call','src':'box','proc':2,'call':'read','abi':'i386','group':'abi','outcome':'denied'");
	tell("'k':'call','src':'box','proc':2,'call':'read','abi':'x86_64','group':'undeclared'");
	tell("'k':'call','src':'box','proc':2,'call':'read','abi':'i386','group':'undeclared'");
	tell("'k':'file','src':'box','proc':2,'abi':'i386','op':'write','path':'/x'");
	tell("'k':'sock','src':'box','proc':2,'abi':'i386','call':'connect','proto':'unix'");
	(void)finish();
	assert_true(act(EVD_SYSCALL, 0)->foreign);
	assert_true(act(EVD_SYSCALL, 1)->foreign);
	assert_false(act(EVD_SYSCALL, 2)->foreign);
	assert_false(act(EVD_SYSCALL, 3)->foreign);
	assert_int_equal(acts(EVD_I386), 1);	/* not of those that were refused as a whole */
	assert_int_equal(act(EVD_I386, 0)->count, 3);
	assert_ptr_equal(act(EVD_I386, 0)->program, act(EVD_SYSCALL, 1)->program);
	assert_non_null(act(EVD_I386, 0)->program);
}

static void a_refused_socket_call_is_an_act_and_no_claim_about_packets(void **state)
{
	const struct evd_act *a;

	(void)state;
	product();
	tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'tcp','remote':'192.0.2.1:80',"
	     "'outcome':'denied','error':'EPERM','count':4");
	tell("'k':'sock','src':'box','proc':2,'call':'connect','proto':'unix','path':'/run/x','outcome':'denied'");
	(void)finish();
	assert_int_equal(told.facts->ncalls, 0);
	assert_int_equal(acts(EVD_REFUSED), 2);
	a = act(EVD_REFUSED, 0);
	assert_int_equal(a->count, 4);
	assert_string_equal(a->u.refused.remote, "192.0.2.1:80");
	assert_string_equal(a->error, "EPERM");
	assert_string_equal(act(EVD_REFUSED, 1)->u.refused.path, "/run/x");
	assert_null(act(EVD_REFUSED, 1)->u.refused.remote);
}

static void each_family_that_was_refused_is_an_act(void **state)
{
#define FAMILY(words)                                                                     \
	"'k':'call','src':'box','proc':2,'call':'socket','abi':'x86_64','group':'family'," \
	"'outcome':'denied','error':'EAFNOSUPPORT','detail':'" words "'"
	(void)state;
	product();
	tell(FAMILY("AF_PACKET SOCK_RAW protocol 0"));
	tell(FAMILY("AF_VSOCK SOCK_STREAM protocol 0"));
	tell(FAMILY("AF_PACKET SOCK_DGRAM protocol 3"));
	tell("'k':'call','src':'box','proc':2,'call':'setuid','abi':'x86_64','group':'identity','detail':'1 a'");
	tell("'k':'call','src':'box','proc':2,'call':'setuid','abi':'x86_64','group':'identity','detail':'2 b'");
	(void)finish();
	assert_int_equal(acts(EVD_SYSCALL), 3);
	assert_string_equal(act(EVD_SYSCALL, 0)->u.syscall.family, "AF_PACKET");
	assert_int_equal(act(EVD_SYSCALL, 0)->count, 2);
	assert_string_equal(act(EVD_SYSCALL, 1)->u.syscall.family, "AF_VSOCK");
	assert_int_equal(act(EVD_SYSCALL, 1)->count, 1);
	assert_null(act(EVD_SYSCALL, 2)->u.syscall.family);
	assert_int_equal(act(EVD_SYSCALL, 2)->count, 2);
#undef FAMILY
}

static void the_control_acts_for_nobody(void **state)
{
	(void)state;
	tell("'k':'proc','src':'box','proc':1,'role':'canary'");
	tell("'k':'exec','src':'box','proc':1,'path':'/b','exe':'/b'");
	tell("'k':'file','src':'box','proc':1,'op':'write','path':'/x'");
	tell("'k':'call','src':'box','proc':1,'call':'mount','group':'mount','outcome':'denied'");
	tell("'k':'sock','src':'box','proc':1,'call':'connect','proto':'tcp','outcome':'denied'");
	(void)finish();
	assert_int_equal(told.facts->nacts, 0);
	assert_int_equal(told.facts->product_t, INT64_MAX);
	assert_int_equal(told.facts->totals.other_calls, 0);
}

static void what_is_mapped_without_a_name_was_changed_before(void **state)
{
	(void)state;
	product();
	for (int round = 0; round < 2; round++) {
		tell("'k':'map','src':'box','proc':2,'path':'/x%d','gone':true", round);
		tell("'k':'file','src':'box','proc':2,'op':'write','path':'/x%d','outcome':'denied'",
		     round);
		tell("'k':'map','src':'box','proc':2,'path':'/x%d','gone':true", round);
		tell("'k':'file','src':'box','proc':2,'op':'write','path':'/y%d'", round);
		tell("'k':'map','src':'box','proc':2,'path':'/y%d','gone':true", round);
	}
	(void)finish();
	assert_int_equal(acts(EVD_MAP), 2);
	assert_string_equal(act(EVD_MAP, 1)->u.map.path, "/y1");
}

/* feed_many() - many different acts or maps: what a line takes to be read does not count */
static void feed_many(struct ev *ev, char *path, int n)
{
	for (int i = 0; i < n; i++) {
		(void)sprintf(path, "/m/%d", i);
		assert_int_equal(evd_feed(told.evd, ev), 0);
	}
}

static void many_maps_do_not_walk_through_many_acts(void **state)
{
	char path[32];
	struct ev file = { .kind = EV_FILE, .src = EV_SRC_BOX, .proc = 2 };
	struct ev map = { .kind = EV_MAP, .src = EV_SRC_BOX, .proc = 2 };
	clock_t before;

	(void)state;
	product();
	file.u.file.op = "write";
	file.u.file.path = path;
	map.u.map.path = "/other";
	map.u.map.gone = true;
	feed_many(&file, path, 50000);
	before = clock();
	feed_many(&map, path, 50000);
	assert_true(clock() - before < 2 * CLOCKS_PER_SEC);
	(void)finish();
	assert_int_equal(acts(EVD_MAP), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(equal_acts_of_processes_of_one_program_are_one),
		TEST(a_directory_that_was_there_was_not_made),
		TEST(another_program_object_or_outcome_is_another_act),
		TEST(the_first_sixteen_lines_of_an_act_are_kept),
		TEST(many_acts_stay_apart),
		TEST(paths_are_what_they_mean),
		TEST(a_rename_changes_both_paths_and_a_link_the_second),
		TEST(an_execution_is_an_act_of_the_program_before),
		TEST(what_was_seen_to_run_is_an_act_only_if_no_call_named_it_before),
		TEST(a_script_runs_its_interpreters),
		TEST(other_contents_under_a_path_are_an_act),
		TEST(calls_are_told_apart_by_what_a_policy_may_ask),
		TEST(calls_of_other_tables_are_known_as_such),
		TEST(a_refused_socket_call_is_an_act_and_no_claim_about_packets),
		TEST(each_family_that_was_refused_is_an_act),
		TEST(the_control_acts_for_nobody),
		TEST(what_is_mapped_without_a_name_was_changed_before),
		TEST(many_maps_do_not_walk_through_many_acts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
