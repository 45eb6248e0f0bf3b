/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_expand.c - tests of policy/expand.c: what variables and groups stand for
 */
#include "tcbox/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

#define HEAD "{ \"tcbox_policy\": 1, "

static struct pol *read_policy(const char *members)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	tb_buf_addf(&text, HEAD "%s }", members);
	if (pol_parse("p", text.data, text.len, &p, &err))
		fail_msg("%s", err.msg);
	return p;
}

static void assert_refused(const char *members, const char *why)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	tb_buf_addf(&text, HEAD "%s }", members);
	assert_int_equal(pol_parse("p", text.data, text.len, &p, &err), -EINVAL);
	if (!strstr(err.msg, why))
		fail_msg("\"%s\" is not in: %s", why, err.msg);
}

/* assert_list() - @want: the strings, ended by NULL */
static void assert_list(char *const *list, size_t n, const char *const *want)
{
	for (size_t i = 0; i < n; i++) {
		if (!want[i])
			fail_msg("one more: %s", list[i]);
		assert_string_equal(list[i], want[i]);
	}
	assert_null(want[n]);
}

#define ASSERT_WRITES(members, ...) do {					\
	const char *const want_[] = { __VA_ARGS__, NULL };		\
	struct pol *p_ = read_policy(members);				\
									\
	assert_list(p_->write, p_->nwrite, want_);			\
	assert_non_null(p_->write_at);					\
	pol_free(p_);							\
} while (0)

#define WRITE(list) "\"files\": { \"write\": [" list "] }"

static void a_variable_stands_for_each_of_its_values(void **state)
{
	(void)state;
	ASSERT_WRITES("\"variables\": { \"d\": \"/a\" }, " WRITE("\"${d}/x\", \"/y\""),
		      "/a/x", "/y");
	ASSERT_WRITES("\"variables\": { \"d\": [\"/a\", \"/b\"], \"e\": [\"1\", \"2\"] }, "
		      WRITE("\"${d}/${e}\""), "/a/1", "/a/2", "/b/1", "/b/2");
	ASSERT_WRITES(WRITE("\"${d}\"") ", \"variables\": { \"d\": \"${e}b\", \"e\": \"/a\" }",
		      "/ab");
}

static void some_are_there_in_every_policy(void **state)
{
	(void)state;
	ASSERT_WRITES(WRITE("\"${home}/x\", \"${temporary}\""), "/root/x", "/home/*/x", "/tmp",
		      "/var/tmp");
	ASSERT_WRITES("\"product\": { \"version\": \"4.2\" }, "
		      WRITE("\"/a-${version}\", \"/${architecture}/${multiarch}\""), "/a-4.2",
		      "/x86_64/x86_64-linux-gnu");
	ASSERT_WRITES("\"variables\": { \"home\": \"/srv\" }, " WRITE("\"${home}/x\""), "/srv/x");
}

static void a_backslash_takes_the_meaning_away(void **state)
{
	(void)state;
	ASSERT_WRITES(WRITE("\"/a/\\\\${home}\", \"/a/$x\""), "/a/\\${home}", "/a/$x");
}

static void a_group_stands_for_its_elements(void **state)
{
	struct pol *p = read_policy(
		"\"groups\": { \"destinations\": { \"a\": [\"@b\", \"x.example\"], "
		"\"b\": [\"192.0.2.1\", \"${n}.example\"] }, \"ports\": { \"w\": [80, \"90-91\"] } }, "
		"\"variables\": { \"n\": [\"y\", \"*\"] }, \"connections\": [{ \"id\": \"r\", "
		"\"to\": [\"z.example\", \"@a\"], \"ports\": [\"@w\", 7] }], "
		"\"listens\": [{ \"id\": \"l\", \"ports\": [\"@w\"] }]");
	const struct pol_conn *c = &p->conns[0];

	(void)state;
	assert_int_equal(c->nto, 5);
	assert_string_equal(c->to[0].name, "z.example");
	assert_int_equal(c->to[1].kind, POL_DEST_NET);
	assert_string_equal(c->to[2].name, "y.example");
	assert_int_equal(c->to[3].kind, POL_DEST_GLOB);
	assert_string_equal(c->to[4].name, "x.example");
	assert_int_equal(c->nports, 3);
	assert_int_equal(c->ports[1].lo, 90);
	assert_int_equal(c->ports[1].hi, 91);
	assert_int_equal(c->ports[2].lo, 7);
	assert_int_equal(p->listens[0].nports, 2);
	pol_free(p);
}

static void what_is_not_defined_gets_a_suggestion(void **state)
{
	(void)state;
	assert_refused(WRITE("\"${hom}\""), "no variable is called \"hom\"; did you mean \"home\"?");
	assert_refused(WRITE("\"${version}\""), "no variable is called \"version\"");
	assert_refused(WRITE("\"/${home\""), "\"${\" without \"}\"");
	assert_refused("\"groups\": { \"destinations\": { \"cdn\": [\"a.example\"] } }, "
		       "\"connections\": [{ \"id\": \"r\", \"to\": [\"@cdm\"] }]",
		       "no group of destinations is called \"cdm\"; did you mean \"cdn\"?");
	assert_refused("\"connections\": [{ \"id\": \"r\", \"ports\": [\"@web\"] }]",
		       "no group of ports is called \"web\"");
}

static void what_has_itself_in_it_is_refused(void **state)
{
	(void)state;
	assert_refused("\"variables\": { \"a\": \"${b}\", \"b\": \"/${a}\" }, " WRITE("\"${a}\""),
		       "has itself in it");
	assert_refused("\"groups\": { \"ports\": { \"a\": [\"@b\"], \"b\": [\"@a\"] } }",
		       "groups.ports.a: the group \"a\" has itself in it");
}

static void what_grows_beyond_all_bounds_is_refused(void **state)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	(void)state;
	tb_buf_adds(&text, "\"variables\": { \"v\": [\"0\"");
	for (int i = 1; i < 100; i++)
		tb_buf_addf(&text, ", \"%d\"", i);
	tb_buf_adds(&text, "] }, " WRITE("\"/${v}/${v}/${v}\""));
	assert_refused(text.data, "make more than 262144 values");
}

/* add_group() - @n times the same element */
static void add_group(struct tb_buf *text, const char *name, const char *element, int n)
{
	tb_buf_addf(text, ", \"%s\": [", name);
	for (int i = 0; i < n; i++)
		tb_buf_addf(text, "%s%s", i ? ", " : "", element);
	tb_buf_adds(text, "]");
}

static void many_in_each_other_take_no_time(void **state)
{
	TB_AUTOBUF struct tb_buf itself = TB_BUF_INIT, bad = TB_BUF_INIT, rules = TB_BUF_INIT;
	char name[8], next[8];

	(void)state;
	tb_buf_adds(&itself, "\"variables\": { \"b\": \"x\"");
	add_group(&itself, "a", "\"${a}\"", 1000);
	tb_buf_adds(&itself, "}, " WRITE("\"${a}\""));
	assert_refused(itself.data, "has itself in it");
	tb_buf_adds(&bad, "\"groups\": { \"ports\": { \"z6\": [0]");
	for (int i = 0; i < 6; i++) {
		(void)snprintf(name, sizeof(name), "a%d", i);
		(void)snprintf(next, sizeof(next), "\"@%c%d\"", i < 5 ? 'a' : 'z', i + 1);
		add_group(&bad, name, next, 1000);
	}
	tb_buf_adds(&bad, " } }");
	assert_refused(bad.data, "0 is not a port");
	tb_buf_adds(&rules, "\"groups\": { \"ports\": { \"b\": [1]");
	add_group(&rules, "a", "1", 1000);
	tb_buf_adds(&rules, " } }, \"listens\": [");
	for (int i = 0; i < 300; i++)
		tb_buf_addf(&rules, "%s{ \"id\": \"r%d\", \"ports\": [\"@a\"] }", i ? ", " : "", i);
	tb_buf_adds(&rules, "]");
	assert_refused(rules.data, "make more than 262144 values");
}

static void one_value_is_expected_where_there_is_no_list(void **state)
{
	(void)state;
	assert_refused("\"listens\": [{ \"id\": \"r\", \"process\": \"${home}/x\" }]",
		       "this stands for 2 values");
}

static void problems_in_definitions_are_told_once(void **state)
{
	(void)state;
	assert_refused("\"groups\": { \"ports\": { \"a\": [0] } }",
		       "p:1:51: groups.ports.a: 0 is not a port");
	assert_refused("\"variables\": { \"A\": \"x\" }", "variables.A: a name has");
	assert_refused("\"variables\": { \"a\": [] }", "at least one value");
	assert_refused("\"variables\": { \"a\": [1] }", "a string is expected");
	assert_refused("\"groups\": { \"ports\": { \"a\": [] } }", "at least one element");
	assert_refused("\"groups\": { \"hosts\": {} }", "unknown key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_variable_stands_for_each_of_its_values),
		cmocka_unit_test(some_are_there_in_every_policy),
		cmocka_unit_test(a_backslash_takes_the_meaning_away),
		cmocka_unit_test(a_group_stands_for_its_elements),
		cmocka_unit_test(what_is_not_defined_gets_a_suggestion),
		cmocka_unit_test(what_has_itself_in_it_is_refused),
		cmocka_unit_test(what_grows_beyond_all_bounds_is_refused),
		cmocka_unit_test(many_in_each_other_take_no_time),
		cmocka_unit_test(one_value_is_expected_where_there_is_no_list),
		cmocka_unit_test(problems_in_definitions_are_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
