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

static void of_the_types_of_a_name_the_first_are_kept(void **state)
{
	static const char *const types[] = { "A", "AAAA", "TXT", "MX", "SRV", "MX" };

	(void)state;
	begin(NULL);
	resolver(300);
	for (int i = 0; i < 6; i++)
		lookup("net", "a.example", types[i], 300, "");
	tell("'k':'lookup','src':'net','t':%lld,'name':'a.example','type':'PTR','flow':300,"
	     "'server':'9.9.9.9:53','extra':5", 900 * MS);
	collect();
	assert_int_equal(facts->nnames, 1);
	assert_int_equal(facts->names[0].count, 7);
	for (int i = 0; i < FACT_TYPES; i++)
		assert_string_equal(facts->names[0].types[i], types[i]);
	assert_int_equal(facts->names[0].first, 300 * MS);
	assert_int_equal(facts->names[0].last, 900 * MS);
	assert_int_equal(facts->names[0].extra, 5);
	assert_true(facts->names[0].elsewhere);
	assert_int_equal(facts->names[0].server.port, 53);	/* the first that was asked */
	assert_int_equal(facts->names[0].server.ip[0], 198);
}

static void names_are_in_the_order_of_time_then_of_text_then_of_program(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'proc','src':'box','t':100,'proc':3,'parent':2,'pid':4");
	tell("'k':'exec','src':'box','t':100,'proc':3,'path':'/bin/y','exe':'/bin/y','sha256':'b'");
	resolver(300);
	tell("'k':'sock','src':'box','t':%lld,'proc':3,'call':'connect','proto':'udp',"
	     "'local':'198.19.255.2:400','remote':'198.19.255.1:53'", 300 * MS);
	tell("'k':'flow','src':'net','t':%lld,'id':400,'end':true,'proto':'udp',"
	     "'local':'198.19.255.2:400','remote':'198.19.255.1:53','first':%lld,'last':%lld,"
	     "'pkts_out':1", 300 * MS, 300 * MS, 300 * MS);
	lookup("net", "late.example", "A", 301, "");
	for (int port = 400; port >= 300; port -= 100)
		tell("'k':'lookup','src':'net','t':%lld,'name':'b.example','type':'A','flow':%d,"
		     "'server':'198.19.255.1:53'", 300 * MS, port);
	lookup("net", "a.example", "A", 300, "");
	tell("'k':'lookup','src':'net','t':%lld,'name':'b.example','type':'A','server':'198.19.255.1:53'",
	     300 * MS);
	collect();
	assert_int_equal(facts->nnames, 5);
	assert_string_equal(facts->names[0].name, "a.example");
	for (int i = 1; i < 4; i++)
		assert_string_equal(facts->names[i].name, "b.example");
	assert_null(facts->names[1].owner.program);
	assert_int_equal(facts->names[1].owner.proc, 0);
	assert_string_equal(facts->names[2].owner.program, "/bin/y");
	assert_int_equal(facts->names[2].owner.proc, 3);
	assert_int_equal(facts->names[2].owner.pid, 4);
	assert_string_equal(facts->names[3].owner.program, "/opt/acme/agent");
	assert_string_equal(facts->names[4].name, "late.example");
}

static void what_a_conversation_says_is_contacted_whatever_it_says(void **state)
{
	(void)state;
	begin(NULL);
	resolver(300);
	lookup("net", "http.example", "A", 300, "");
	lookup("net", "sni.example", "A", 300, "");
	lookup("net", "other.example", "A", 300, "");
	tell("'k':'flow','src':'net','t':%lld,'id':9,'proto':'tcp','local':'198.19.255.2:9',"
	     "'remote':'198.18.0.9:443','first':%lld,'last':%lld,'http_host':'http.example'", 400 * MS,
	     400 * MS, 400 * MS);
	tell("'k':'flow','src':'net','t':%lld,'id':10,'proto':'tcp','local':'198.19.255.2:10',"
	     "'remote':'198.18.0.9:443','first':%lld,'last':%lld,'sni':'sni.example'", 400 * MS,
	     400 * MS, 400 * MS);
	collect();
	assert_string_equal(facts->names[0].name, "other.example");
	assert_false(facts->names[0].contacted);
	assert_true(facts->names[1].contacted);
	assert_true(facts->names[2].contacted);
}

static void wait_at(const char *call, const char *proto, const char *local)
{
	tell("'k':'sock','src':'box','t':300,'proc':2,'call':'%s','proto':'%s','local':'%s'", call,
	     proto, local);
}

static void a_port_of_the_kernels_range_is_known_while_it_is_one(void **state)
{
	(void)state;
	begin(NULL);
	wait_at("listen", "tcp", "0.0.0.0:48080");
	wait_at("listen", "tcp", "0.0.0.0:48080");
	wait_at("listen", "tcp", "127.0.0.1:40001");
	wait_at("listen", "tcp", "127.0.0.1:40002");
	wait_at("listen", "tcp", "127.0.0.1:40002");
	collect();
	assert_int_equal(facts->nlisteners, 2);
	assert_int_equal(facts->listeners[0].local.port, 0);
	assert_int_equal(facts->listeners[0].dynamic, 48080);
	assert_int_equal(facts->listeners[1].dynamic, 0);
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

static void listeners_are_in_the_order_of_weight(void **state)
{
	static const struct {
		unsigned int port, first_byte;
	} wanted[] = { { 7, 0 }, { 7, 10 }, { 7, 10 }, { 9, 0 }, { 5, 127 } };

	(void)state;
	begin(NULL);
	wait_at("listen", "tcp", "127.0.0.1:5");
	wait_at("listen", "tcp", "0.0.0.0:9");
	wait_at("listen", "tcp", "10.0.0.2:7");
	wait_at("listen", "tcp", "10.0.0.1:7");
	tell("'k':'sock','src':'box','t':299,'proc':2,'call':'listen','proto':'tcp','local':'0.0.0.0:7'");
	collect();
	assert_int_equal(facts->nlisteners, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(facts->listeners[i].local.port, wanted[i].port);
		assert_int_equal(facts->listeners[i].local.ip[0], wanted[i].first_byte);
		assert_int_equal(facts->listeners[i].count, 1);
		assert_int_equal(facts->listeners[i].first, facts->listeners[i].last);
	}
	assert_int_equal(facts->listeners[1].local.ip[3], 1);
	assert_int_equal(facts->listeners[2].local.ip[3], 2);
}

static void listeners_of_other_protocols_and_programs_are_others(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'proc','src':'box','t':100,'proc':3,'parent':2,'pid':4");
	tell("'k':'exec','src':'box','t':100,'proc':3,'path':'/bin/y','exe':'/bin/y','sha256':'b'");
	wait_at("listen", "tcp", "0.0.0.0:80");
	wait_at("bind", "udp", "0.0.0.0:80");
	tell("'k':'sock','src':'box','t':400,'proc':3,'call':'listen','proto':'tcp','local':'0.0.0.0:80'");
	tell("'k':'sock','src':'box','t':500,'proc':2,'call':'listen','proto':'tcp','local':'0.0.0.0:80'");
	collect();
	assert_int_equal(facts->nlisteners, 3);
	assert_int_equal(facts->listeners[0].count, 2);
	assert_int_equal(facts->listeners[0].first, 300);
	assert_int_equal(facts->listeners[0].last, 500);
	assert_int_equal(facts->listeners[0].owner.proc, 2);
	assert_string_equal(facts->listeners[1].proto, "udp");
	assert_string_equal(facts->listeners[2].owner.program, "/bin/y");
	assert_int_equal(facts->listeners[2].owner.pid, 4);
}

static void of_many_listeners_the_first_are_kept(void **state)
{
	char local[32];

	(void)state;
	begin(NULL);
	for (int i = 1; i <= FACTS_LISTENERS_MAX + 2; i++) {
		(void)snprintf(local, sizeof(local), "0.0.0.0:%d", i);
		wait_at("listen", "tcp", local);
	}
	wait_at("listen", "tcp", "0.0.0.0:1");
	collect();
	assert_int_equal(facts->nlisteners, FACTS_LISTENERS_MAX);
	assert_int_equal(facts->more_listeners, 2);
	assert_int_equal(facts->listeners[0].count, 2);
}

static void ports_that_the_kernel_had_open_are_told_where_no_call_tells_them(void **state)
{
	(void)state;
	begin(NULL);
	tell("'k':'port','src':'box','t':400,'proto':'udp','local':'0.0.0.0:40000'");	/* of a client */
	tell("'k':'port','src':'box','t':400,'proto':'tcp','local':'0.0.0.0:40001'");
	tell("'k':'port','src':'box','t':400,'proto':'udp','local':'0.0.0.0:500'");
	collect();
	assert_int_equal(facts->nlisteners, 2);
	assert_int_equal(facts->listeners[0].local.port, 0);
	assert_string_equal(facts->listeners[0].proto, "tcp");
	assert_int_equal(facts->listeners[1].local.port, 500);
	assert_true(facts->listeners[1].unexplained);
	assert_null(facts->listeners[1].owner.program);
}

static void a_port_that_its_call_did_not_name_is_told_with_its_owner(void **state)
{
	(void)state;
	begin(NULL);
	/* a listener that asked for one address, and a client that never asked for a port */
	tell("'k':'sock','src':'box','t':300,'proc':2,'call':'listen','proto':'tcp','local':'127.0.0.1:80',"
	     "'cookie':7");
	tell("'k':'sock','src':'box','t':300,'proc':2,'call':'sendto','proto':'udp','remote':'198.18.0.2:9',"
	     "'cookie':8");
	tell("'k':'port','src':'box','t':400,'proto':'tcp','local':'0.0.0.0:81','cookie':7");
	tell("'k':'port','src':'box','t':400,'proto':'udp','local':'0.0.0.0:40000','cookie':8");
	collect();
	assert_int_equal(facts->nlisteners, 2);
	assert_int_equal(facts->listeners[0].local.port, 81);
	assert_false(facts->listeners[0].unexplained);
	assert_string_equal(facts->listeners[0].owner.program, "/opt/acme/agent");
	assert_int_equal(facts->listeners[0].owner.proc, 2);
	assert_int_equal(facts->listeners[1].local.port, 80);
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

static void what_is_left_of_a_file_is_said(void **state)
{
	static const struct {
		const char *op;
		enum fact_left left;
	} rows[] = {
		{ "changed", FACT_LEFT_CHANGED }, { "created", FACT_LEFT_CREATED },
		{ "removed", FACT_LEFT_REMOVED }, { "replaced", FACT_LEFT_REPLACED },
	};

	(void)state;
	begin(NULL);
	for (size_t i = 0; i < 4; i++)
		tell("'k':'change','src':'disk','t':900,'op':'%s','path':'/%s','type':'link',"
		     "'target':'%s'", rows[i].op, rows[i].op, rows[i].op);
	collect();
	assert_int_equal(facts->nfiles, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(facts->files[i].left, rows[i].left);
		assert_string_equal(facts->files[i].target, rows[i].op);
		assert_string_equal(facts->files[i].type, "link");
		assert_int_equal(facts->files[i].dir, 1);
		assert_int_equal(facts->files[i].count, 0);
		assert_int_equal(facts->files[i].first, 0);
		assert_false(facts->files[i].tried);
	}
}

static void a_file_has_the_time_of_all_calls_and_the_first_that_went_on(void **state)
{
	const struct fact_file *f;

	(void)state;
	begin(NULL);
	tell("'k':'proc','src':'box','t':100,'proc':3,'parent':2,'pid':4");
	tell("'k':'exec','src':'box','t':100,'proc':3,'path':'/bin/y','exe':'/bin/y','sha256':'b'");
	tell("'k':'file','src':'box','t':300,'proc':2,'op':'write','path':'/a','outcome':'tried'");
	tell("'k':'file','src':'box','t':310,'proc':3,'op':'create','path':'/a','outcome':'denied',"
	     "'error':'EROFS'");
	tell("'k':'file','src':'box','t':320,'proc':3,'op':'remove','path':'/a','outcome':'allowed'");
	tell("'k':'file','src':'box','t':330,'proc':2,'op':'create','path':'/a','outcome':'allowed'");
	tell("'k':'file','src':'box','t':340,'proc':2,'op':'create','path':'/a','outcome':'denied',"
	     "'error':'EPERM'");
	collect();
	assert_int_equal(facts->nfiles, 1);
	f = &facts->files[0];
	assert_int_equal(f->first, 300);
	assert_int_equal(f->last, 340);
	assert_int_equal(f->count, 5);
	assert_int_equal(f->programs, 2);
	assert_string_equal(f->program, "/bin/y");
	assert_string_equal(f->op, "remove");
	assert_int_equal(f->proc, 3);
	assert_string_equal(f->error, "EROFS");
	assert_false(f->denied);
	assert_false(f->tried);
}

static void directories_stand_before_what_is_in_them(void **state)
{
	static const char *const paths[] = { "/a/b", "/a/c", "/a/b/x", "/a/b/y", "/a/c/z", "/d" };
	static const int told[] = { 5, 2, 4, 1, 3, 0 };

	(void)state;
	begin(NULL);
	for (size_t i = 0; i < 6; i++)
		file(2, "create", paths[told[i]], "allowed");
	collect();
	assert_int_equal(facts->nfiles, 6);
	/* "/d" has the shortest directory of all: it is the first */
	assert_string_equal(facts->files[0].path, "/d");
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(facts->files[i + 1].path, paths[i]);
}

static void of_many_files_the_first_are_kept(void **state)
{
	(void)state;
	begin(NULL);
	for (int i = 0; i < FACTS_MAX + 3; i++)
		tell("'k':'change','src':'disk','t':900,'op':'created','path':'/f/%06d','type':'file'",
		     FACTS_MAX + 2 - i);
	collect();
	assert_int_equal(facts->nfiles, FACTS_MAX);
	assert_int_equal(facts->more_files, 3);
	assert_string_equal(facts->files[0].path, "/f/000000");
	assert_string_equal(facts->files[FACTS_MAX - 1].path, "/f/099999");
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

static void calls_are_in_the_order_of_time_and_of_the_record(void **state)
{
	static const char *const names[] = { "chroot", "umount2", "bpf", "setuid" };

	(void)state;
	begin(NULL);
	for (int i = 0; i < 3; i++)
		tell("'k':'call','src':'box','t':%d,'proc':2,'call':'%s','abi':'x86_64','group':'mount',"
		     "'outcome':'denied','error':'EPERM'", i ? 400 : 500, names[2 - i]);
	tell("'k':'call','src':'box','t':300,'proc':2,'call':'setuid','abi':'x86_64','group':'identity',"
	     "'outcome':'allowed'");
	tell("'k':'exec','src':'box','t':600,'proc':2,'path':'/bin/x','exe':'/bin/x','sha256':'b'");
	collect();
	assert_int_equal(facts->ncalls, 4);	/* what was started is no call */
	assert_string_equal(facts->calls[0].name, names[1]);
	assert_string_equal(facts->calls[1].name, names[0]);
	assert_string_equal(facts->calls[2].name, names[2]);
	assert_string_equal(facts->calls[3].name, names[3]);
	assert_true(facts->calls[0].refused);
	assert_int_equal(facts->calls[0].first, 400);
	assert_int_equal(facts->calls[0].last, 400);
	assert_int_equal(facts->calls[0].proc, 2);
}

static void a_socket_that_was_refused_is_told_by_what_it_was_for(void **state)
{
	static const char *const details[] = { "/run/x.sock", "198.18.0.2:9", "vsock" };

	(void)state;
	begin(NULL);
	tell("'k':'sock','src':'box','t':350,'proc':2,'call':'connect','proto':'unix',"
	     "'path':'/run/x.sock','outcome':'denied','error':'EACCES'");
	tell("'k':'sock','src':'box','t':360,'proc':2,'call':'connect','proto':'raw',"
	     "'remote':'198.18.0.2:9','outcome':'denied','error':'EAFNOSUPPORT'");
	tell("'k':'sock','src':'box','t':370,'proc':2,'call':'connect','proto':'vsock',"
	     "'outcome':'denied','error':'EAFNOSUPPORT'");
	collect();
	assert_int_equal(facts->ncalls, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(facts->calls[i].name, "connect");
		assert_string_equal(facts->calls[i].group, "socket");
		assert_string_equal(facts->calls[i].detail, details[i]);
	}
}

static const struct fact_file *file_at(const char *path)
{
	for (size_t i = 0; i < facts->nfiles; i++)
		if (!strcmp(facts->files[i].path, path))
			return &facts->files[i];
	fail_msg("no file %s", path);
	return NULL;
}

static void names_programs_and_files_say_how_they_stand(void **state)
{
	(void)state;
	begin("'names':['a.example'],'executes':['/bin/a'],'files':{'write':['/tmp/**']},"
	      "'undeclared':{'executes':'ignore'}");
	resolver(300);
	lookup("net", "a.example", "A", 300, "");
	lookup("net", "b.example", "A", 300, "");
	tell("'k':'exec','src':'box','t':310,'proc':2,'path':'/bin/a','exe':'/bin/a',"
	     "'outcome':'allowed'");
	tell("'k':'exec','src':'box','t':320,'proc':2,'path':'/bin/b','exe':'/bin/b',"
	     "'outcome':'allowed'");
	tell("'k':'file','src':'box','t':330,'proc':2,'op':'create','path':'/tmp/x','outcome':'allowed'");
	tell("'k':'file','src':'box','t':340,'proc':2,'op':'create','path':'/etc/x','outcome':'allowed'");
	tell("'k':'change','src':'disk','op':'created','path':'/etc/y','type':'file'");
	collect();
	assert_int_equal(facts->nnames, 2);
	for (size_t i = 0; i < facts->nnames; i++)
		assert_int_equal(facts->names[i].stand, facts->names[i].name[0] == 'a' ?
				 FND_DECLARED : FND_UNDECLARED);
	assert_int_equal(file_at("/tmp/x")->stand, FND_DECLARED);
	assert_int_equal(file_at("/etc/x")->stand, FND_UNDECLARED);
	assert_int_equal(file_at("/etc/y")->stand, FND_UNDECLARED);
	for (size_t i = 0; i < facts->nprograms; i++) {
		const struct fact_program *p = &facts->programs[i];

		if (!strcmp(p->path, "/bin/a"))
			assert_int_equal(p->stand, FND_DECLARED);
		else if (!strcmp(p->path, "/bin/b"))
			assert_int_equal(p->stand, FND_IGNORED);
	}
	assert_string_equal(facts->programs[facts->nprograms - 1].path, "/bin/b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_programs_and_files_say_how_they_stand),
		TEST(of_the_types_of_a_name_the_first_are_kept),
		TEST(names_are_in_the_order_of_time_then_of_text_then_of_program),
		TEST(what_a_conversation_says_is_contacted_whatever_it_says),
		TEST(listeners_are_in_the_order_of_weight),
		TEST(listeners_of_other_protocols_and_programs_are_others),
		TEST(of_many_listeners_the_first_are_kept),
		TEST(ports_that_the_kernel_had_open_are_told_where_no_call_tells_them),
		TEST(a_port_that_its_call_did_not_name_is_told_with_its_owner),
		TEST(what_is_left_of_a_file_is_said),
		TEST(a_file_has_the_time_of_all_calls_and_the_first_that_went_on),
		TEST(directories_stand_before_what_is_in_them),
		TEST(of_many_files_the_first_are_kept),
		TEST(calls_are_in_the_order_of_time_and_of_the_record),
		TEST(a_socket_that_was_refused_is_told_by_what_it_was_for),
		TEST(a_name_is_told_once_with_its_types),
		TEST(names_that_nothing_followed_come_first),
		TEST(a_conversation_that_says_its_name_contacts_that_alone),
		TEST(what_is_no_query_names_nothing),
		TEST(a_port_of_the_kernels_range_is_known_while_it_is_one),
		TEST(listeners_are_told_once_and_ports_of_the_kernel_together),
		TEST(files_are_told_once_by_directory),
		TEST(without_a_list_of_the_disk_nothing_is_said_to_be_gone),
		TEST(calls_that_failed_come_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
