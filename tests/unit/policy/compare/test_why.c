/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_why.c - tests of policy/compare/why.c: which rule decides about one act, or is nearest
 */
#include "tcbox/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/own.h"

#define FIELDS \
	"'connections':["                                                                          \
	"{'id':'agent','process':'/opt/acme/agent','to':['u.acme.example'],'protocol':'tcp',"      \
	"'ports':[443],'application':'tls','tls':{'min_version':'1.2'}},"                          \
	"{'id':'plain','to':['u.acme.example'],'protocol':'tcp','application':'http'},"            \
	"{'id':'wide','to':['*.both.example']},{'id':'narrow','to':['a.both.example']},"           \
	"{'id':'net','to':['192.0.2.0/24'],'protocol':'udp','ports':[123]}],"                      \
	"'names':['*.cdn.example','b.cdn.example','a.b.other.example'],"                           \
	"'listens':[{'id':'ui','process':'/opt/acme/agent','protocol':'tcp','ports':[8080],"       \
	"'on':'loopback'},{'id':'any','protocol':'udp','ports':[53]}],"                            \
	"'executes':['/opt/acme/**','/usr/bin/sh'],"                                               \
	"'files':{'write':['/var/lib/acme/**','/var/log/acme-*.log']},"                            \
	"'syscalls':{'allow':['read'],'deny':['ptrace']}"

static char answer[512];

static void add(const char *text)
{
	size_t n = strlen(answer);

	(void)snprintf(answer + n, sizeof(answer) - n, "%s%s", n ? " " : "", text);
}

static void add_rule(const struct cmp_rule *r)
{
	add(r->section);
	if (r->id)
		add(r->id);
	assert_true(r->at.line > 0);
	assert_int_equal(r->conn != NULL, !strcmp(r->section, "connections"));
}

/* ask() - Return: all of the answer in words. A detail is KEY=TEXT, or KEY=NUMBER */
static const char *ask(const char *fields, const struct cmp_ask *asked)
{
	static const char *const stands[] = {
		[FND_DECLARED] = "declared",	     [FND_BROKEN] = "broken",
		[FND_IGNORED] = "ignored",	     [FND_UNDECLARED] = "undeclared",
		[FND_NOT_COMPARED] = "not compared",
	};
	static const char *const levels[] = {
		[POL_IGNORE] = "",
		[POL_INFO] = "info",
		[POL_WARNING] = "warning",
		[POL_VIOLATION] = "violation",
	};
	char text[2048], detail[128];
	struct cmp_why w;
	struct tb_err err = { 0 };
	struct pol *p;
	int n = snprintf(text, sizeof(text), "{'tcbox_policy':1,%s}", fields);

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	if (pol_parse("p", text, (size_t)n, &p, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(cmp_why(p, asked, &w, &err), 0);
	answer[0] = '\0';
	add(stands[w.stand]);
	if (w.stand == FND_UNDECLARED)
		add(levels[w.level]);
	if (w.denied)
		add("by name");
	if (w.rule.section)
		add_rule(&w.rule);
	for (size_t i = 0; i < w.nalso; i++) {
		add("also");
		add_rule(&w.also[i]);
	}
	if (w.common) {
		(void)snprintf(detail, sizeof(detail), "%zu bytes", w.common);
		add(detail);
	}
	for (size_t i = 0; i < w.differs.n; i++) {
		const struct fnd_detail *d = &w.differs.v[i];

		(void)snprintf(detail, sizeof(detail), "%s=%s", fnd_key_name(d->key),
			       d->text ? d->text : "");
		add(detail);
	}
	cmp_why_clear(&w);
	pol_free(p);
	return answer;
}

static const char *flow(const char *program, const char *proto, const char *host, const char *addr,
			const char *application, const char *tls)
{
	struct cmp_ask asked = { .what = CMP_FLOW,
				 .program = program,
				 .proto = proto,
				 .host = host,
				 .application = application,
				 .tls = tls };

	assert_int_equal(ev_addr_parse(addr, &asked.addr), 0);
	return ask(FIELDS, &asked);
}

static void of_connections_the_narrowest_declares_and_the_others_do_so_too(void **state)
{
	(void)state;
	assert_string_equal(flow("/bin/o", "tcp", "a.both.example", "198.18.0.1:9", NULL, NULL),
			    "declared connections narrow also connections wide");
	assert_string_equal(flow("/bin/o", "tcp", "b.both.example", "198.18.0.1:9", NULL, NULL),
			    "declared connections wide");
	assert_string_equal(flow(NULL, "udp", NULL, "192.0.2.9:123", NULL, NULL),
			    "declared connections net");
	assert_string_equal(flow("/opt/acme/agent", "tcp", "u.acme.example", "198.18.0.1:443",
				 "tls", "1.2"),
			    "declared connections agent");
	assert_string_equal(flow("/bin/o", "tcp", "u.acme.example", "198.18.0.1:443", "http", NULL),
			    "declared connections plain");
	/* what was not said agrees */
	assert_string_equal(flow("/bin/o", "tcp", "u.acme.example", "198.18.0.1:443", NULL, NULL),
			    "declared connections plain");
}

static void a_rule_that_agrees_but_for_what_was_spoken_is_broken(void **state)
{
	(void)state;
	assert_string_equal(
		flow("/opt/acme/agent", "tcp", "u.acme.example", "198.18.0.1:443", "tls", "1.1"),
		"broken connections agent agrees=host agrees=protocol agrees=port agrees=process "
		"agrees=application tls=1.1 rule_tls=1.2");
	assert_string_equal(
		flow("/opt/acme/agent", "tcp", "u.acme.example", "198.18.0.1:443", NULL, "1.1"),
		"broken connections agent agrees=host agrees=protocol agrees=port agrees=process "
		"agrees=application tls=1.1 rule_tls=1.2");
	assert_string_equal(
		flow("/bin/o", "tcp", "u.acme.example", "198.18.0.1:443", "ssh", NULL),
		"broken connections plain agrees=host agrees=protocol app=ssh rule_app=http");
}

static void without_a_rule_the_nearest_is_told_and_what_differs(void **state)
{
	(void)state;
	assert_string_equal(
		flow(NULL, "udp", NULL, "192.0.3.9:123", NULL, NULL),
		"undeclared violation connections net agrees=protocol agrees=port "
		"remote=192.0.3.9 rule_host=192.0.2.0/24");
	assert_string_equal(
		flow("/opt/acme/agent", "tcp", "x.other", "198.18.0.1:25", NULL, NULL),
		"undeclared violation connections agent agrees=protocol agrees=process "
		"name=x.other rule_host=u.acme.example port= rule_port=443");
	assert_string_equal(flow("/bin/o", "udp", "x.other", "198.18.0.1:25", NULL, NULL),
			    "undeclared violation");
}

static const char *object(enum cmp_what what, const char *name)
{
	return ask(FIELDS, &(struct cmp_ask){ .what = what, .object = name });
}

static void names_are_declared_by_patterns_and_by_connections(void **state)
{
	(void)state;
	assert_string_equal(object(CMP_NAME, "a.cdn.example"), "declared names *.cdn.example");
	assert_string_equal(object(CMP_NAME, "b.cdn.example"),
			    "declared names *.cdn.example also names b.cdn.example");
	assert_string_equal(object(CMP_NAME, "u.acme.example"),
			    "declared connections agent also connections plain");
	assert_string_equal(object(CMP_NAME, "c2.stranger.org"), "undeclared violation");
	/* the more labels the nearer, but a top level domain in common is nothing */
	assert_string_equal(object(CMP_NAME, "c.b.other.example"),
			    "undeclared violation names a.b.other.example");
	assert_string_equal(object(CMP_NAME, "other.example"),
			    "undeclared violation names a.b.other.example");
	assert_string_equal(object(CMP_NAME, "cdn.example"),
			    "undeclared violation names *.cdn.example");
	assert_string_equal(object(CMP_NAME, "v.acme.example"),
			    "undeclared violation connections agent");
	assert_string_equal(object(CMP_NAME, "dn.example"), "undeclared violation");
	assert_string_equal(object(CMP_NAME, "v.example"), "undeclared violation");
	assert_string_equal(object(CMP_NAME, "example"), "undeclared violation");
}

static const char *listener(const char *program, const char *proto, const char *addr)
{
	struct cmp_ask asked = { .what = CMP_LISTEN, .program = program, .proto = proto };

	assert_int_equal(ev_addr_parse(addr, &asked.addr), 0);
	return ask(FIELDS, &asked);
}

static void of_listeners_the_nearest_agrees_in_port_or_program_and_in_more(void **state)
{
	(void)state;
	assert_string_equal(listener("/opt/acme/agent", "tcp", "127.0.0.1:8080"),
			    "declared listens ui");
	assert_string_equal(
		listener("/opt/acme/agent", "tcp", "0.0.0.0:8080"),
		"undeclared violation listens ui agrees=protocol agrees=port "
		"agrees=process beyond=");
	assert_string_equal(
		listener("/bin/o", "tcp", "127.0.0.1:8080"),
		"undeclared violation listens ui agrees=protocol agrees=port "
		"exe=/bin/o rule_exe=/opt/acme/agent");
	assert_string_equal(
		listener("/bin/o", "tcp", "0.0.0.0:9"),
		"undeclared violation listens any proto=tcp rule_proto=udp port= rule_port=53");
	assert_string_equal(listener("/bin/o", "udp", "0.0.0.0:53"), "declared listens any");
	assert_string_equal(
		listener("/bin/o", "tcp", "0.0.0.0:53"),
		"undeclared violation listens any agrees=port proto=tcp rule_proto=udp");
	assert_string_equal(listener("/opt/acme/agent", "udp", "0.0.0.0:9"),
			    "undeclared violation listens any agrees=protocol port= rule_port=53");
}

static void of_paths_the_nearest_has_the_most_components_in_common(void **state)
{
	(void)state;
	assert_string_equal(object(CMP_WRITE, "/var/lib/acme/x"),
			    "declared files.write /var/lib/acme/**");
	assert_string_equal(object(CMP_WRITE, "/var/log/acme-1.log/x"),
			    "undeclared warning files.write /var/log/acme-*.log 19 bytes");
	assert_string_equal(object(CMP_WRITE, "/var/lib/other"),
			    "undeclared warning files.write /var/lib/acme/** 8 bytes");
	assert_string_equal(object(CMP_WRITE, "/etc/passwd"), "undeclared warning");
	assert_string_equal(object(CMP_EXEC, "/opt/acme/agent"), "declared executes /opt/acme/**");
	assert_string_equal(object(CMP_EXEC, "/usr/bin/bash"),
			    "undeclared warning executes /usr/bin/sh 8 bytes");
	assert_string_equal(object(CMP_READ, "/etc/shadow"), "not compared");
}

static void what_is_written_may_be_read(void **state)
{
	static const char fields[] = "'files':{'read':['/srv/**'],'write':['/var/x']},"
				     "'undeclared':{'files':'warning'}";
	const struct cmp_ask read = { .what = CMP_READ, .object = "/srv/a" },
			     both = { .what = CMP_READ, .object = "/var/x" },
			     near = { .what = CMP_READ, .object = "/var/y" };

	(void)state;
	assert_string_equal(ask(fields, &read), "declared files.read /srv/**");
	assert_string_equal(ask(fields, &both), "declared files.write /var/x");
	assert_string_equal(ask(fields, &near), "undeclared warning files.write /var/x 4 bytes");
}

static void calls_are_declared_denied_or_not(void **state)
{
	(void)state;
	assert_string_equal(object(CMP_CALL, "read"), "declared syscalls.allow");
	assert_string_equal(object(CMP_CALL, "ptrace"),
			    "undeclared violation by name syscalls.deny");
	assert_string_equal(object(CMP_CALL, "reboot"), "undeclared violation");
	assert_string_equal(object(CMP_CALL, "no_such_call"), "not compared");
	assert_string_equal(ask("'executes':[]",
				&(struct cmp_ask){ .what = CMP_CALL, .object = "read" }),
			    "not compared");
}

static void what_is_undeclared_has_the_level_that_the_policy_gives_it(void **state)
{
	static const char fields[] =
		"'undeclared':{'names':'ignore','executes':'info','files':'warning'}";

	(void)state;
	assert_string_equal(ask(fields, &(struct cmp_ask){ .what = CMP_NAME, .object = "a.b" }),
			    "ignored");
	assert_string_equal(ask(fields, &(struct cmp_ask){ .what = CMP_EXEC, .object = "/a" }),
			    "undeclared info");
	assert_string_equal(ask(fields, &(struct cmp_ask){ .what = CMP_WRITE, .object = "/a" }),
			    "undeclared warning");
}

static void the_first_patterns_and_so_many_others_are_told(void **state)
{
	char fields[512] = "'executes':['/**'", want[512] = "declared executes /**", one[32];

	(void)state;
	for (int i = 0; i <= CMP_WHY_ALSO; i++) {
		(void)snprintf(one, sizeof(one), ",'/%.*s**'", i + 1, "??????????");
		strcat(fields, one);
		if (i < CMP_WHY_ALSO) {
			(void)snprintf(one, sizeof(one), " also executes /%.*s**", i + 1,
				       "??????????");
			strcat(want, one);
		}
	}
	strcat(fields, "]");
	assert_string_equal(ask(fields,
				&(struct cmp_ask){ .what = CMP_EXEC, .object = "/abcdefghijkl" }),
			    want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_connections_the_narrowest_declares_and_the_others_do_so_too),
		cmocka_unit_test(a_rule_that_agrees_but_for_what_was_spoken_is_broken),
		cmocka_unit_test(without_a_rule_the_nearest_is_told_and_what_differs),
		cmocka_unit_test(names_are_declared_by_patterns_and_by_connections),
		cmocka_unit_test(of_listeners_the_nearest_agrees_in_port_or_program_and_in_more),
		cmocka_unit_test(of_paths_the_nearest_has_the_most_components_in_common),
		cmocka_unit_test(what_is_written_may_be_read),
		cmocka_unit_test(calls_are_declared_denied_or_not),
		cmocka_unit_test(what_is_undeclared_has_the_level_that_the_policy_gives_it),
		cmocka_unit_test(the_first_patterns_and_so_many_others_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
