/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_tables.c - tests of the tables of the page: each has all that its columns name
 *
 * Each table has two rows: one in which everything is there, and no two values are the same, and
 * one in which nothing is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/page/tables.h"
#include "tcbox/buf.h"
#include "tcbox/evidence.h"
#include "tcbox/facts.h"
#include "tcbox/own.h"

#define ADDR(p, last) { .family = AF_INET, .port = p, .ip = { 192, 0, 2, last } }

static struct tb_buf out, strings;
static struct evd_facts evidence;
static struct fnd_result result;
static struct facts facts;

static const struct evd_program agent = { .path = "/agent" }, before = { .path = "/before" };
static const struct evd_call a_call = {
	.t = 1000, .line = 2, .proc = 3, .program = &agent, .proto = "udp", .op = EVD_JOIN,
	.local = ADDR(4, 5), .remote = ADDR(6, 7),
	.used = true,
};
static const struct evd_flow a_flow = {
	.line = 11, .first = 5000, .last = 17000, .call = &a_call, .proto = "tcp",
	.local = ADDR(13, 14), .remote = ADDR(15, 16),
	.app = "tls", .app_detail = "tls.acme", .tls_version = "1.3", .state = "closed",
	.bytes_out = 17, .bytes_in = 18, .pkts = 19, .pkt_first = 20, .pkt_last = 41,
	.ended = true,
}, no_flow = { .proto = "ip-0", .app = "dns", .inbound = true, .canary = true };

static int set_up(void **state)
{
	(void)state;
	memset(&evidence, 0, sizeof(evidence));
	memset(&result, 0, sizeof(result));
	memset(&facts, 0, sizeof(facts));
	return 0;
}

static int clean_up(void **state)
{
	(void)state;
	tb_buf_free(&out);
	tb_buf_free(&strings);
	return 0;
}

static void make(void)
{
	const struct rpt_input in = { .evidence = &evidence, .result = &result, .facts = &facts };
	struct columns *c = columns_new();

	assert_non_null(c);
	tables_add(c, &in, &out);
	columns_strings(c, &strings);
	assert_false(columns_failed(c) || out.failed);
	columns_free(c);
}

/* word() - the string with this number */
static void word(long number, char *to, size_t room)
{
	const char *p = strings.data + 1;

	while (number-- > 0) {
		p = strstr(p, ",\n");
		assert_non_null(p);
		p += 2;
	}
	(void)snprintf(to, room, "%.*s", (int)strcspn(p, ",]"), p);
}

/*
 * assert_row() - the cells of a row, "name=value" for each column in its order; values of columns
 * that are named in @words are numbers of strings. Columns with "+" have differences
 */
static void assert_row(const char *table, size_t row, const char *words, const char *want)
{
	char key[80], got[2048] = "", text[128], name[32], *next;
	const char *p, *end;
	size_t len = 0;

	(void)snprintf(key, sizeof(key), "\"%s\":{\"rows\":2,\"left_out\":0,\"columns\":{", table);
	p = strstr(out.data, key);
	assert_non_null(p);
	p += strlen(key);
	end = strstr(p, "}}");
	while (p < end && *p == '"') {
		long value = 0, cell = 0;

		(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1, "\""), p + 1);
		p = strchr(p, '[') + 1;
		for (size_t i = 0; i <= row; i++) {
			cell = strtol(p, &next, 10);
			value = *name == '+' ? value + cell : cell;
			p = next + (*next == ',');
		}
		p = strchr(p - 1, ']') + 1;
		p += strspn(p, "\n,");
		(void)snprintf(key, sizeof(key), " %s ", name);
		if (strstr(words, key))
			word(value, text, sizeof(text));
		else
			(void)snprintf(text, sizeof(text), "%ld", value);
		len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s=%s", len ? " " : "", name,
					text);
	}
	assert_string_equal(got, want);
}

static void processes_with_what_they_were_before(void **state)
{
	struct evd_past past = { .until = 31000, .program = &before, .sha256 = "aa", .cmdline = "old" };
	const struct evd_proc p = {
		.id = 3, .parent = 2, .pid = 77, .born = 21000, .past = &past, .npast = 1,
		.program = &agent, .sha256 = "bb", .cmdline = "new", .canary = true,
	};
	const struct evd_proc *procs[] = { &p };
	static const char words[] = " program cmdline sha256 ";

	(void)state;
	evidence.procs = procs;
	evidence.nprocs = 1;
	make();
	assert_row("procs", 0, words, "+proc=3 parent=2 pid=77 +born=21 until=31 program=\"/before\" "
		   "cmdline=\"old\" sha256=\"aa\" own=1");
	assert_row("procs", 1, words, "+proc=3 parent=2 pid=77 +born=21 until=-1 program=\"/agent\" "
		   "cmdline=\"new\" sha256=\"bb\" own=1");
}

static void flows_with_their_destinations_and_how_they_stand(void **state)
{
	static const char words[] = " program proto local remote name app said tls state stand ";
	const struct evd_flow *flows[] = { &a_flow, &no_flow };
	const struct evd_said said = { .name = "said.example" };
	struct { size_t n; const char *v[2]; } names = { 2, { "other.example", said.name } };
	struct fnd_flow stands[] = { { .stand = FND_BROKEN }, { .stand = FND_IGNORED } };
	struct evd_flow named = a_flow;

	(void)state;
	named.said = &said;
	named.nsaid = 1;
	named.names = (const struct evd_names *)&names;
	flows[0] = &named;
	evidence.flows = flows;
	evidence.nflows = 2;
	result.flows = stands;
	result.nflows = 1;		/* of the second it is not known */
	make();
	assert_row("flows", 0, words, "+t=5 span=12 +line=11 proc=3 local=\"192.0.2.14\" lport=13 "
		   "out=17 in=18 pkts=19 +pkt=20 own=0 open=0 remote=\"192.0.2.16\" "
		   "program=\"/agent\" proto=\"tcp\" inbound=0 rport=15 name=\"said.example\" "
		   "app=\"tls.acme\" said=\"said.example\" tls=\"1.3\" state=\"closed\" dest=0 "
		   "stand=\"broken\"");
	assert_row("flows", 1, words, "+t=0 span=0 +line=0 proc=0 local=\"\" lport=0 out=0 in=0 "
		   "pkts=0 +pkt=0 own=1 open=1 remote=\"\" program=\"\" proto=\"ip-0\" inbound=1 rport=0 "
		   "name=\"\" app=\"dns\" said=\"\" tls=\"\" state=\"\" dest=0 stand=\"\"");
}

static void flows_leave_to_their_destination_what_it_says(void **state)
{
	const struct evd_flow *flows[] = { &a_flow, &a_flow };
	const uint32_t first[] = { 0 }, second[] = { 1 };
	const struct ev_addr one[] = { ADDR(0, 16) }, two[] = { ADDR(0, 16), ADDR(0, 17) };
	const struct fact_dest dests[] = {
		{ .addrs = two, .naddrs = 2, .proto = "tcp", .count = 1, .flows = second },
		{ .addrs = one, .naddrs = 1, .proto = "tcp", .count = 1, .flows = first },
	};

	(void)state;
	evidence.flows = flows;
	evidence.nflows = 2;
	facts.dests = dests;
	facts.ndests = 2;
	make();
	assert_row("flows", 0, " local stand ", "+t=5 span=12 +line=11 proc=3 local=\"192.0.2.14\" lport=13 "
		   "out=17 in=18 pkts=19 +pkt=20 own=0 open=0 remote=0 program=0 proto=0 inbound=0 rport=0 "
		   "name=0 app=0 said=0 tls=0 state=0 dest=2 stand=\"\"");
	assert_row("flows", 1, " local stand remote ", "+t=5 span=12 +line=11 proc=3 local=\"192.0.2.14\" lport=13 "
		   "out=17 in=18 pkts=19 +pkt=20 own=0 open=0 remote=\"192.0.2.16\" program=0 proto=0 inbound=0 "
		   "rport=0 name=0 app=0 said=0 tls=0 state=0 dest=1 stand=\"\"");
}

static void lookups_with_who_asked_and_who_saw_it(void **state)
{
	static const char words[] = " program name type witness server ";
	const struct evd_lookup lookups[] = {
		{ .t = 7000, .line = 8, .flow = &a_flow, .extra = 9, .name = "n.example", .type = "A",
		  .server = ADDR(53, 10), .src = EV_SRC_LAB, .answered = true },
		{ .t = 9000, .line = 12, .flow = &no_flow, .name = "m.example", .src = EV_SRC_NET,
		  .control = true },
	};

	(void)state;
	evidence.lookups = lookups;
	evidence.nlookups = 2;
	make();
	assert_row("lookups", 0, words, "+t=7 +line=8 proc=3 program=\"/agent\" name=\"n.example\" "
		   "type=\"A\" witness=\"lab\" server=\"192.0.2.10\" sport=53 answered=1 extra=9 own=0");
	assert_row("lookups", 1, words, "+t=9 +line=12 proc=0 program=\"\" name=\"m.example\" "
		   "type=\"\" witness=\"packets\" server=\"\" sport=0 answered=0 extra=0 own=1");
}

static void requests_with_where_they_went(void **state)
{
	static const char words[] = " program service method host path via tls "
				    "type sha256 begins ";
	struct { size_t n; const char *v[1]; } names = { 1, { "r.example" } };
	const struct evd_request requests[] = {
		{ .line = 2, .count = 4, .first = 5000, .last = 8000, .flow = &a_flow,
		  .server = ADDR(80, 11), .service = "http", .method = "GET",
		  .path = "/p", .target = "/t", .via = "proxy", .tls_version = "1.2", .status = 204,
		  .type = "text/plain", .sha256 = "aa", .begins = "hello",
		  .bytes_in = 21, .bytes_out = 22, .names = (const struct evd_names *)&names },
		{ .line = 3, .first = 6000, .last = 6000, .target = "/t", .cut = true,
		  .server = ADDR(81, 12) },
	};

	(void)state;
	evidence.requests = requests;
	evidence.nrequests = 2;
	make();
	assert_row("requests", 0, words, "+t=5 span=3 +line=2 proc=3 program=\"/agent\" "
		   "service=\"http\" method=\"GET\" host=\"r.example\" port=80 path=\"/p\" "
		   "via=\"proxy\" tls=\"1.2\" status=204 out=21 in=22 count=4 cut=0 "
		   "type=\"text/plain\" sha256=\"aa\" begins=\"hello\"");
	assert_row("requests", 1, words, "+t=6 span=0 +line=3 proc=0 program=\"\" service=\"\" "
		   "method=\"\" host=\"192.0.2.12\" port=81 path=\"/t\" via=\"\" tls=\"\" status=0 "
		   "out=0 in=0 count=0 cut=1 type=\"\" sha256=\"\" begins=\"\"");
}

static void calls_with_both_ends(void **state)
{
	static const char words[] = " program op proto local remote ";
	const struct evd_call calls[] = {
		a_call, { .t = 2000, .line = 9, .op = EVD_SEND, .silent = true, .canary = true },
	};

	(void)state;
	evidence.calls = calls;
	evidence.ncalls = 2;
	make();
	assert_row("calls", 0, words, "+t=1 +line=2 proc=3 program=\"/agent\" op=\"join\" "
		   "used=1 silent=0 own=0 told=0 +flow=0 "
		   "proto=\"udp\" local=\"192.0.2.5\" lport=4 remote=\"192.0.2.7\" rport=6");
	assert_row("calls", 1, words, "+t=2 +line=9 proc=0 program=\"\" op=\"send\" used=0 silent=1 "
		   "own=1 told=0 +flow=0 proto=\"\" local=\"\" lport=0 remote=\"\" rport=0");
}

static void calls_leave_to_their_flow_what_it_says(void **state)
{
	const struct evd_call calls[] = {
		{ .op = EVD_CONNECT, .proto = a_flow.proto, .local = ADDR(13, 14),
		  .remote = ADDR(15, 16) },
		{ .op = EVD_CONNECT, .proto = a_flow.proto, .local = ADDR(13, 14),
		  .remote = ADDR(15, 99) },
	};
	struct evd_flow same = a_flow, other = a_flow;
	const struct evd_flow *flows[] = { &other, &same };

	(void)state;
	same.call = &calls[0];
	other.call = &calls[1];		/* it named another end */
	evidence.calls = calls;
	evidence.ncalls = 2;
	evidence.flows = flows;
	evidence.nflows = 2;
	make();
	assert_row("calls", 0, " op program ", "+t=0 +line=0 proc=0 program=\"\" op=\"connect\" used=0 "
		   "silent=0 own=0 told=1 +flow=2 proto=0 local=0 lport=0 remote=0 rport=0");
	assert_row("calls", 1, " op program proto local remote ", "+t=0 +line=0 proc=0 program=\"\" "
		   "op=\"connect\" used=0 silent=0 own=0 told=0 +flow=2 proto=\"tcp\" "
		   "local=\"192.0.2.14\" lport=13 remote=\"192.0.2.99\" rport=15");
}

static void destinations_with_how_they_stand(void **state)
{
	static const char words[] = " program +name +addr proto app tls +said content state stand rule ";
	const struct ev_addr addrs[] = { ADDR(0, 16), ADDR(0, 17) };
	const struct fact_dest dests[] = {
		{ .host = "h.example", .addrs = addrs, .naddrs = 2, .port = 443, .proto = "tcp",
		  .state = "fin", .app = "tls", .app_detail = "tls.acme", .tls_version = "1.3",
		  .sni = "s.example", .content = FACT_ENCRYPTED, .stand = FND_DECLARED, .rule = "r",
		  .owner = { .program = "/agent", .processes = 3 } },
		{ .proto = "udp", .http_host = "w.example", .content = FACT_CLEAR, .inbound = true },
	};

	(void)state;
	facts.dests = dests;
	facts.ndests = 2;
	make();
	assert_row("dests", 0, words, "program=\"/agent\" processes=3 +name=\"h.example\" "
		   "+addr=\"192.0.2.16\" addrs=2 rport=443 proto=\"tcp\" app=\"tls.acme\" tls=\"1.3\" "
		   "+said=\"s.example\" content=\"encrypted\" state=\"fin\" inbound=0 "
		   "stand=\"declared\" rule=\"r\"");
	assert_row("dests", 1, words, "program=\"\" processes=0 +name=\"\" +addr=\"\" addrs=0 rport=0 "
		   "proto=\"udp\" app=\"\" tls=\"\" +said=\"w.example\" content=\"clear\" state=\"\" "
		   "inbound=1 stand=\"not-compared\" rule=\"\"");
}

static void names_and_whom_they_were_asked_of(void **state)
{
	static const char words[] = " name types program server stand ";
	const struct fact_name names[] = {
		{ .name = "n.example", .types = { "A", NULL }, .owner = { .program = "/agent", .processes = 2 },
		  .contacted = true, .server = ADDR(53, 10), .count = 4, .extra = 9,
		  .stand = FND_UNDECLARED, .first = 5000, .last = 8000 },
		{ .name = "m.example", .answered = true, .elsewhere = true, .first = 6000, .last = 6000 },
	};

	(void)state;
	facts.names = names;
	facts.nnames = 2;
	make();
	assert_row("names", 0, words, "t=5 span=3 name=\"n.example\" types=\"A\" program=\"/agent\" "
		   "processes=2 answered=0 contacted=1 server=\"192.0.2.10\" sport=53 elsewhere=0 "
		   "extra=9 count=4 stand=\"undeclared\"");
	assert_row("names", 1, words, "t=6 span=0 name=\"m.example\" types=\"\" program=\"\" processes=0 "
		   "answered=1 contacted=0 server=\"\" sport=0 elsewhere=1 extra=0 count=0 stand=\"not-compared\"");
}

static void listeners_and_programs(void **state)
{
	const struct fact_listener listeners[] = {
		{ .proto = "tcp", .local = ADDR(80, 1), .owner = { .program = "/agent", .processes = 1 },
		  .count = 2, .first = 3000, .last = 4000 },
		{ .proto = "udp", .unexplained = true, .first = 5000, .last = 5000 },
	};
	const struct fact_program programs[] = {
		{ .path = "/agent", .args = "agent -d", .sha256 = "aa", .pid = 7, .count = 1, .forks = 5, .first = 2000,
		  .stand = FND_DECLARED },
		{ .depth = 1, .pid = 9, .count = 3, .first = 6000 },
	};

	(void)state;
	facts.listeners = listeners;
	facts.programs = programs;
	facts.nlisteners = facts.nprograms = 2;
	make();
	assert_row("listeners", 0, " proto local program ", "t=3 span=1 proto=\"tcp\" local=\"192.0.2.1\" "
		   "lport=80 program=\"/agent\" processes=1 explained=1 count=2");
	assert_row("listeners", 1, " proto local program ", "t=5 span=0 proto=\"udp\" local=\"\" lport=0 "
		   "program=\"\" processes=0 explained=0 count=0");
	assert_row("programs", 0, " path args sha256 stand ", "t=2 depth=0 path=\"/agent\" args=\"agent -d\" "
		   "sha256=\"aa\" pid=7 count=1 forks=5 stand=\"declared\"");
	assert_row("programs", 1, " path args sha256 stand ", "t=6 depth=1 path=\"\" args=\"\" sha256=\"\" pid=9 "
		   "count=3 forks=0 stand=\"not-compared\"");
}

static void files_without_a_call_have_no_time(void **state)
{
	static const char words[] = " path op left type sha256 target program how error stand ";
	const struct fact_file files[] = {
		{ .path = "/a", .op = "create", .left = FACT_LEFT_CREATED, .type = "link", .sha256 = "dd", .target = "/t",
		  .size = 9, .program = "/agent", .programs = 2, .error = "EPERM", .denied = true, .count = 4,
		  .first = 5000, .last = 9000 },
		{ .path = "/b", .left = FACT_LEFT_REMOVED, .unexplained = true,
		  .stand = FND_IGNORED },
	};

	(void)state;
	facts.files = files;
	facts.nfiles = 2;
	make();
	assert_row("files", 0, words, "t=5 span=4 path=\"/a\" op=\"create\" left=\"created\" type=\"link\" "
		   "sha256=\"dd\" target=\"/t\" size=9 program=\"/agent\" programs=2 how=\"failed\" "
		   "error=\"EPERM\" count=4 stand=\"not-compared\"");
	assert_row("files", 1, words, "t=-1 span=0 path=\"/b\" op=\"\" left=\"removed\" type=\"\" "
		   "sha256=\"\" target=\"\" size=0 program=\"\" programs=0 how=\"no call explains it\" "
		   "error=\"\" count=0 stand=\"ignored\"");
}

static void notable_calls_with_what_came_of_them(void **state)
{
	static const char words[] = " name detail group abi program error ";
	const struct fact_call calls[] = {
		{ .name = "mount", .detail = "/x", .group = "mount", .abi = "i386", .program = "/agent", .error = "EPERM",
		  .refused = true, .count = 2, .first = 4000, .last = 6000 },
		{ .name = "ptrace", .count = 1, .first = 7000, .last = 7000 },
	};

	(void)state;
	facts.calls = calls;
	facts.ncalls = 2;
	make();
	assert_row("notable", 0, words, "t=4 span=2 name=\"mount\" detail=\"/x\" group=\"mount\" abi=\"i386\" "
		   "program=\"/agent\" refused=1 error=\"EPERM\" count=2");
	assert_row("notable", 1, words, "t=7 span=0 name=\"ptrace\" detail=\"\" group=\"\" abi=\"\" "
		   "program=\"\" refused=0 error=\"\" count=1");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
	const struct CMUnitTest tests[] = {
		TEST(processes_with_what_they_were_before),
		TEST(flows_with_their_destinations_and_how_they_stand),
		TEST(lookups_with_who_asked_and_who_saw_it),
		TEST(requests_with_where_they_went),
		TEST(calls_with_both_ends),
		TEST(flows_leave_to_their_destination_what_it_says),
		TEST(calls_leave_to_their_flow_what_it_says),
		TEST(destinations_with_how_they_stand),
		TEST(names_and_whom_they_were_asked_of),
		TEST(listeners_and_programs),
		TEST(files_without_a_call_have_no_time),
		TEST(notable_calls_with_what_came_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
