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
	assert_row("flows", 0, words, "+t=5 span=12 +line=11 proc=3 program=\"/agent\" proto=\"tcp\" "
		   "inbound=0 local=\"192.0.2.14\" lport=13 remote=\"192.0.2.16\" rport=15 "
		   "name=\"said.example\" app=\"tls.acme\" said=\"said.example\" tls=\"1.3\" "
		   "state=\"closed\" out=17 in=18 pkts=19 +pkt=20 pkts_to=21 own=0 dest=0 "
		   "stand=\"broken\"");
	assert_row("flows", 1, words, "+t=0 span=0 +line=0 proc=0 program=\"\" proto=\"ip-0\" "
		   "inbound=1 local=\"\" lport=0 remote=\"\" rport=0 name=\"\" app=\"dns\" said=\"\" "
		   "tls=\"\" state=\"\" out=0 in=0 pkts=0 +pkt=0 pkts_to=0 own=1 dest=0 stand=\"\"");
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
	static const char words[] = " program service method host path via tls ";
	struct { size_t n; const char *v[1]; } names = { 1, { "r.example" } };
	const struct evd_request requests[] = {
		{ .line = 2, .count = 4, .first = 5000, .last = 8000, .flow = &a_flow,
		  .server = ADDR(80, 11), .service = "http", .method = "GET",
		  .path = "/p", .target = "/t", .via = "proxy", .tls_version = "1.2", .status = 204,
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
		   "via=\"proxy\" tls=\"1.2\" status=204 out=21 in=22 count=4 cut=0");
	assert_row("requests", 1, words, "+t=6 span=0 +line=3 proc=0 program=\"\" service=\"\" "
		   "method=\"\" host=\"192.0.2.12\" port=81 path=\"/t\" via=\"\" tls=\"\" status=0 "
		   "out=0 in=0 count=0 cut=1");
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
		   "proto=\"udp\" local=\"192.0.2.5\" lport=4 remote=\"192.0.2.7\" rport=6 used=1 "
		   "silent=0 own=0");
	assert_row("calls", 1, words, "+t=2 +line=9 proc=0 program=\"\" op=\"send\" proto=\"\" "
		   "local=\"\" lport=0 remote=\"\" rport=0 used=0 silent=1 own=1");
}

static void assert_act(const struct evd_act *act, const char *kind, const char *object)
{
	static const char words[] = " program kind what detail more error ";
	struct evd_act acts[2] = { *act };
	char want[400];

	acts[0].first = 4000;
	acts[0].last = 9000;
	acts[0].lines[0] = 12;
	acts[0].proc = 3;
	acts[0].program = &agent;
	acts[0].error = "EPERM";
	acts[0].denied = true;
	acts[0].count = 6;
	acts[1].kind = EVD_I386;
	acts[1].tried = true;
	evidence.acts = acts;
	evidence.nacts = 2;
	make();
	(void)snprintf(want, sizeof(want), "+t=4 span=5 +line=12 proc=3 program=\"/agent\" "
		       "kind=\"%s\" %s error=\"EPERM\" denied=1 tried=0 count=6", kind, object);
	assert_row("acts", 0, words, want);
	assert_row("acts", 1, words, "+t=0 span=0 +line=0 proc=0 program=\"\" kind=\"i386\" what=\"\" "
		   "detail=\"\" more=\"\" error=\"\" denied=0 tried=1 count=0");
	(void)clean_up(NULL);
}

static void acts_with_what_they_were_done_to(void **state)
{
	(void)state;
	assert_act(&(struct evd_act){ .kind = EVD_EXEC, .u.exec = { &before, "/alias", "cc" } },
		   "exec", "what=\"/before\" detail=\"/alias\" more=\"cc\"");
	assert_act(&(struct evd_act){ .kind = EVD_REPLACED, .u.replaced = { &before, "aa", "bb" } },
		   "replaced", "what=\"/before\" detail=\"aa\" more=\"bb\"");
	assert_act(&(struct evd_act){ .kind = EVD_FILE, .u.file = { "/f", "rename", "/x", "/y" } },
		   "file", "what=\"/f\" detail=\"rename\" more=\"/y\"");
	assert_act(&(struct evd_act){ .kind = EVD_SYSCALL,
				      .u.syscall = { "mount", "x86_64", "group", "flags" } },
		   "call", "what=\"mount\" detail=\"flags\" more=\"group\"");
	assert_act(&(struct evd_act){ .kind = EVD_REFUSED, .u.refused = { "connect", "tcp", "addr", "/p" } },
		   "refused", "what=\"connect\" detail=\"addr\" more=\"tcp\"");
	assert_act(&(struct evd_act){ .kind = EVD_REFUSED, .u.refused = { "connect", "unix", NULL, "/p" } },
		   "refused", "what=\"connect\" detail=\"/p\" more=\"unix\"");
}

static void changes_on_disk_and_whether_they_are_explained(void **state)
{
	static const char words[] = " op path type target sha256 ";
	const struct evd_change changes[] = {
		{ .line = 4, .op = (char[]){ "created" }, .path = (char[]){ "/a" },
		  .type = (char[]){ "file" }, .target = (char[]){ "/t" }, .sha256 = (char[]){ "dd" },
		  .size = 9, .explained = true },
		{ .line = 7, .op = (char[]){ "removed" }, .path = (char[]){ "/b" },
		  .type = (char[]){ "directory" } },
	};

	(void)state;
	evidence.changes = changes;
	evidence.nchanges = 2;
	make();
	assert_row("changes", 0, words, "+line=4 op=\"created\" path=\"/a\" type=\"file\" "
		   "target=\"/t\" sha256=\"dd\" size=9 explained=1");
	assert_row("changes", 1, words, "+line=7 op=\"removed\" path=\"/b\" type=\"directory\" "
		   "target=\"\" sha256=\"\" size=0 explained=0");
}

static void ports_and_who_opened_them(void **state)
{
	static const char words[] = " program proto local ";
	const struct evd_port ports[] = {
		{ .t = 3000, .line = 5, .proto = "tcp", .local = ADDR(80, 1),
		  .call = &a_call },
		{ .t = 4000, .line = 6, .proto = "udp" },
	};

	(void)state;
	evidence.ports = ports;
	evidence.nports = 2;
	make();
	assert_row("ports", 0, words, "+t=3 +line=5 proc=3 program=\"/agent\" proto=\"tcp\" "
		   "local=\"192.0.2.1\" lport=80 explained=1");
	assert_row("ports", 1, words, "+t=4 +line=6 proc=0 program=\"\" proto=\"udp\" local=\"\" "
		   "lport=0 explained=0");
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
		TEST(acts_with_what_they_were_done_to),
		TEST(changes_on_disk_and_whether_they_are_explained),
		TEST(ports_and_who_opened_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
