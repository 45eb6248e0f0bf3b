/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_lists.c - tests of the facts about names, listeners, files and calls
 */
#include "tests/unit/facts/told.h"

static void lookup(const char *src, const char *name, const char *type, int port, const char *more)
{
	tell("'k':'lookup','src':'%s','t':%lld,'name':'%s','type':'%s','rcode':'NOERROR',"
	     "'addrs':['198.18.0.9'],'flow':%d,'server':'198.19.255.1:53'%s", src, port * MS, name,
	     type, port, more);
}

/* resolver() - the product asks the gate's name server from @port */
static void resolver(int port)
{
	tell("'k':'sock','src':'box','t':%lld,'proc':2,'call':'connect','proto':'udp',"
	     "'local':'198.19.255.2:%d','remote':'198.19.255.1:53'", port * MS, port);
	tell("'k':'flow','src':'net','t':%lld,'id':%d,'end':true,'proto':'udp',"
	     "'local':'198.19.255.2:%d','remote':'198.19.255.1:53','first':%lld,'last':%lld,"
	     "'pkts_out':1", port * MS, port, port, port * MS, port * MS);
}

static void a_name_is_told_once_with_its_types(void **state)
{
	const struct fact_name *n;

	(void)state;
	begin(NULL);
	resolver(300);
	lookup("net", "a.example", "A", 300, "");
	lookup("net", "a.example", "AAAA", 300, "");
	lookup("net", "a.example", "A", 301, "");
	lookup("lab", "a.example", "A", 300, "");
	lookup("lab", "lab.example", "A", 300, "");
	collect();
	assert_int_equal(facts->nnames, 3);	/* one of them by whom is not known */
	n = &facts->names[0];
	assert_string_equal(n->name, "a.example");
	assert_string_equal(n->owner.program, "/opt/acme/agent");
	assert_int_equal(n->count, 2);
	assert_string_equal(n->types[0], "A");
	assert_string_equal(n->types[1], "AAAA");
	assert_null(n->types[2]);
	assert_true(n->answered);
	assert_false(n->contacted);
	assert_false(n->elsewhere);
	assert_string_equal(facts->names[1].name, "lab.example");
	assert_null(facts->names[2].owner.program);
}

static void names_that_nothing_followed_come_first(void **state)
{
	(void)state;
	begin(NULL);
	resolver(300);
	lookup("net", "a.example", "A", 300, "");
	lookup("net", "b.example", "A", 300, "");
	lookup("net", "c.example", "A", 300, ",'extra':7");
	tell("'k':'flow','src':'net','t':%lld,'id':9,'proto':'tcp','local':'198.19.255.2:9',"
	     "'remote':'198.18.0.9:443','first':%lld,'last':%lld,'names':['a.example']", 400 * MS,
	     400 * MS, 400 * MS);
	collect();
	assert_int_equal(facts->nnames, 3);
	assert_string_equal(facts->names[0].name, "c.example");
	assert_int_equal(facts->names[0].extra, 7);
	assert_string_equal(facts->names[1].name, "b.example");
	assert_string_equal(facts->names[2].name, "a.example");
	assert_true(facts->names[2].contacted);
}

static void a_conversation_that_says_its_name_contacts_that_alone(void **state)
{
	(void)state;
	begin(NULL);
	resolver(300);
	lookup("net", "a.example", "A", 300, "");
	lookup("net", "b.example", "A", 300, "");
	tell("'k':'flow','src':'net','t':%lld,'id':9,'proto':'tcp','local':'198.19.255.2:9',"
	     "'remote':'198.18.0.9:443','first':%lld,'last':%lld,'sni':'b.example',"
	     "'names':['a.example','b.example']", 400 * MS, 400 * MS, 400 * MS);
	collect();
	assert_string_equal(facts->names[0].name, "a.example");
	assert_false(facts->names[0].contacted);
	assert_true(facts->names[1].contacted);
}

static void what_is_no_query_names_nothing(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'lookup','src':'net','t':300,'extra':7,'server':'198.19.255.1:53'");
	tell("'k':'lookup','src':'net','t':300,'name':'x.example','type':'A','server':'9.9.9.9:53'");
	collect();
	assert_int_equal(facts->nnames, 1);
	assert_true(facts->names[0].elsewhere);
	assert_false(facts->names[0].answered);
}

static void wait_at(const char *call, const char *proto, const char *local)
{
	tell("'k':'sock','src':'box','t':300,'proc':2,'call':'%s','proto':'%s','local':'%s'", call,
	     proto, local);
}

static void listeners_are_told_once_and_ports_of_the_kernel_together(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'sock','src':'box','t':300,'proc':2,'call':'listen','proto':'tcp','local':'0.0.0.0:80','cookie':7");
	wait_at("listen", "tcp", "0.0.0.0:80");
	wait_at("listen", "tcp", "127.0.0.1:40001");
	wait_at("listen", "tcp", "127.0.0.1:40002");
	wait_at("bind", "udp", "0.0.0.0:53");
	wait_at("bind", "udp", "0.0.0.0:40000");
	wait_at("bind", "tcp", "0.0.0.0:81");
	tell("'k':'port','src':'box','t':400,'proto':'tcp','local':'0.0.0.0:80','cookie':7");
	tell("'k':'port','src':'box','t':400,'proto':'tcp','local':'0.0.0.0:99'");
	collect();
	assert_int_equal(facts->nlisteners, 4);
	assert_true(facts->listeners[0].unexplained);
	assert_int_equal(facts->listeners[0].local.port, 99);
	assert_int_equal(facts->listeners[1].local.port, 53);
	assert_string_equal(facts->listeners[1].proto, "udp");
	assert_int_equal(facts->listeners[2].local.port, 80);
	assert_int_equal(facts->listeners[2].count, 2);
	assert_string_equal(facts->listeners[2].owner.program, "/opt/acme/agent");
	assert_int_equal(facts->listeners[3].local.port, 0);
	assert_int_equal(facts->listeners[3].count, 2);
}

static void file(int proc, const char *op, const char *path, const char *outcome)
{
	tell("'k':'file','src':'box','t':300,'proc':%d,'op':'%s','path':'%s','outcome':'%s'%s", proc,
	     op, path, outcome, strcmp(outcome, "denied") ? "" : ",'error':'EACCES'");
}

static void files_are_told_once_by_directory(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'exec','src':'box','t':250,'proc':2,'path':'/bin/x','exe':'/bin/x','sha256':'b'");
	tell("'k':'proc','src':'box','t':250,'proc':3,'pid':4");
	tell("'k':'exec','src':'box','t':260,'proc':3,'path':'/bin/y','exe':'/bin/y','sha256':'b'");
	file(2, "create", "/a/z", "allowed");
	file(2, "create", "/a-b/c", "denied");
	file(2, "create", "/a/b/c", "allowed");
	file(3, "create", "/a/z", "allowed");
	file(2, "write", "/a/y", "denied");
	file(3, "write", "/a/y", "allowed");
	file(2, "create", "/a/x", "tried");
	tell("'k':'change','src':'disk','t':900,'op':'created','path':'/a/z','type':'file','size':5,"
	     "'sha256':'cc'");
	tell("'k':'change','src':'disk','t':900,'op':'changed','path':'/q/w','type':'file'");
	tell("'k':'counters','src':'disk','values':{'entries':53},'final':true");
	collect();
	assert_true(facts->disk_listed);
	assert_int_equal(facts->nfiles, 6);
	assert_string_equal(facts->files[0].path, "/a-b/c");
	assert_true(facts->files[0].denied);
	assert_null(facts->files[0].op);
	assert_string_equal(facts->files[0].error, "EACCES");
	assert_string_equal(facts->files[1].path, "/a/x");
	assert_true(facts->files[1].tried);
	assert_int_equal(facts->files[1].dir, 3);
	assert_string_equal(facts->files[2].path, "/a/y");	/* the one that went on did it */
	assert_false(facts->files[2].denied);
	assert_string_equal(facts->files[2].program, "/bin/y");
	assert_string_equal(facts->files[2].op, "write");
	assert_int_equal(facts->files[2].count, 2);
	assert_int_equal(facts->files[2].left, FACT_LEFT_NOTHING);
	assert_string_equal(facts->files[3].path, "/a/z");
	assert_int_equal(facts->files[3].programs, 2);
	assert_int_equal(facts->files[3].left, FACT_LEFT_CREATED);
	assert_int_equal(facts->files[3].size, 5);
	assert_false(facts->files[3].unexplained);
	assert_string_equal(facts->files[4].path, "/a/b/c");
	assert_string_equal(facts->files[5].path, "/q/w");
	assert_true(facts->files[5].unexplained);
	assert_false(facts->files[5].denied);
	assert_int_equal(facts->files[5].programs, 0);
}

static void without_a_list_of_the_disk_nothing_is_said_to_be_gone(void **state)
{
	(void)state;
	begin(NULL);
	collect();
	assert_false(facts->disk_listed);
	assert_int_equal(facts->nfiles, 0);
}

static void calls_that_failed_come_first(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'call','src':'box','t':300,'proc':2,'call':'setuid','abi':'x86_64','group':'identity',"
	     "'outcome':'allowed','count':3");
	tell("'k':'call','src':'box','t':400,'proc':2,'call':'mount','abi':'i386','group':'mount',"
	     "'outcome':'denied','error':'EPERM','detail':'x'");
	tell("'k':'sock','src':'box','t':350,'proc':2,'call':'socket','proto':'family-40',"
	     "'outcome':'denied','error':'EAFNOSUPPORT'");
	tell("'k':'exec','src':'box','t':500,'proc':2,'path':'/bin/no','exe':'/bin/no','error':'EACCES'");
	collect();
	assert_int_equal(facts->ncalls, 4);
	assert_string_equal(facts->calls[0].name, "socket");
	assert_string_equal(facts->calls[0].detail, "family-40");
	assert_string_equal(facts->calls[0].group, "socket");
	assert_string_equal(facts->calls[1].name, "mount");
	assert_string_equal(facts->calls[1].abi, "i386");
	assert_string_equal(facts->calls[1].error, "EPERM");
	assert_string_equal(facts->calls[2].name, "execve");
	assert_string_equal(facts->calls[2].detail, "/bin/no");
	assert_string_equal(facts->calls[3].name, "setuid");
	assert_null(facts->calls[3].abi);
	assert_false(facts->calls[3].refused);
	assert_int_equal(facts->calls[3].count, 3);
	assert_string_equal(facts->calls[3].program, "/opt/acme/agent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_is_told_once_with_its_types),
		TEST(names_that_nothing_followed_come_first),
		TEST(a_conversation_that_says_its_name_contacts_that_alone),
		TEST(what_is_no_query_names_nothing),
		TEST(listeners_are_told_once_and_ports_of_the_kernel_together),
		TEST(files_are_told_once_by_directory),
		TEST(without_a_list_of_the_disk_nothing_is_said_to_be_gone),
		TEST(calls_that_failed_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
