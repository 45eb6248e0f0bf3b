/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_merge.c - tests of policies that become one
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/own.h"
#include "tcbox/policy_diff.h"
#include "tcbox/policy_merge.h"

static struct tb_buf merged, told;
static size_t conflicts;

static void tell(void *arg, bool conflict, const char *text)
{
	(void)arg;
	conflicts += conflict;
	tb_buf_addf(&told, "%s\n", text);
}

static int clean(void **state)
{
	(void)state;
	tb_buf_free(&merged);
	tb_buf_free(&told);
	conflicts = 0;
	return 0;
}

/* text() - a policy with ' for " */
static struct tb_buf text(const char *members)
{
	struct tb_buf out = TB_BUF_INIT;

	tb_buf_addf(&out, "{ 'tcbox_policy': 1, %s }\n", members);
	for (char *c = out.data; *c; c++)
		if (*c == '\'')
			*c = '"';
	return out;
}

static struct pol *parsed(const struct tb_buf *from)
{
	struct tb_err err = { 0 };
	struct pol *p = NULL;

	if (pol_parse("p", from->data, from->len, &p, &err))
		fail_msg("%s\n%s", err.msg, from->data);
	return p;
}

static void forbidden(void *arg, const struct pol_change *c)
{
	if (c->kind != POL_CHANGE_ALLOWED)
		fail_msg("%s: not in the merged policy: %s %s\n%s", (const char *)arg, c->section,
			 c->example, merged.data);
}

/* merge() - Return: what became of both; it allows what each allows, if there was no conflict */
static struct pol *merge(const char *a, const char *b)
{
	TB_AUTOBUF struct tb_buf ta = text(a), tb = text(b);
	struct pol *pa = parsed(&ta), *pb = parsed(&tb), *p;
	struct tb_err err = { 0 };

	(void)clean(NULL);
	assert_int_equal(pol_merge(&(struct pol_merge_text){ "a.json", &ta },
				   &(struct pol_merge_text){ "b.json", &tb }, &merged, tell, NULL,
				   &err), 0);
	p = parsed(&merged);
	if (!conflicts) {
		assert_int_equal(pol_diff(pa, p, forbidden, (void *)(uintptr_t)"a", &err), 0);
		assert_int_equal(pol_diff(pb, p, forbidden, (void *)(uintptr_t)"b", &err), 0);
	}
	pol_free(pa);
	pol_free(pb);
	return p;
}

static bool says(const char *what)
{
	return strstr(merged.data, what) != NULL;
}

#define SECTIONS "'executes': [], 'files': {}, 'syscalls': { 'allow': ['read'] }"

static void what_each_allows_is_allowed(void **state)
{
	static const struct {
		const char *a, *b;
		size_t conns, names, listens, executes, write;
	} rows[] = {
		{ SECTIONS, SECTIONS, 0, 0, 0, 0, 0 },
		{ SECTIONS ", 'connections': [{ 'id': 'x', 'to': ['u.example'] }]",
		  SECTIONS ", 'connections': [{ 'id': 'y', 'to': ['v.example'], 'ports': [1, '3-5'] }]",
		  2, 0, 0, 0, 0 },
		{ SECTIONS ", 'connections': [{ 'id': 'x', 'to': ['u.example', 'v.example'] }]",
		  SECTIONS ", 'connections': [{ 'id': 'y', 'why': 'z', 'to': ['v.example', 'u.example'] }]",
		  1, 0, 0, 0, 0 },
		{ SECTIONS, "'executes': ['/bin/sh', '/bin/sh'], 'files': { 'write': ['/tmp/**'] }, "
			    "'names': ['*.u.example'], 'listens': [{ 'id': 'l', 'ports': [80] }], "
			    "'syscalls': { 'allow': ['@default', 'chroot'] }", 0, 1, 1, 1, 1 },
		{ "'connections': [{ 'id': 'x', 'to': ['u.example'] }], 'names': ['a.example']",
		  "'listens': [{ 'id': 'x', 'ports': [80] }], 'names': ['b.example', 'a.example']",
		  1, 2, 1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct pol *p = merge(rows[i].a, rows[i].b);

		assert_int_equal(conflicts, 0);
		assert_int_equal(p->nconns, rows[i].conns);
		assert_int_equal(p->nnames, rows[i].names);
		assert_int_equal(p->nlistens, rows[i].listens);
		assert_int_equal(p->nexecutes, rows[i].executes);
		assert_int_equal(p->nwrite, rows[i].write);
		pol_free(p);
	}
}

static void the_text_of_the_first_stays_and_comments_come_with_their_rules(void **state)
{
	struct pol *p;

	(void)state;
	p = merge("// of a\n 'connections': [ // here\n {'id':'x','to':['u.example']} // x\n ]",
		  "'connections': [\n // about y\n {'id':'y','to':['v.example']} // y\n ,\n"
		  " // about z\n /* more */ {'id':'z','to':['w.example']}\n // PROPOSAL\n //{}\n ]");
	assert_int_equal(p->nconns, 3);
	assert_true(says("// of a\n \"connections\": [ // here\n {\"id\":\"x\",\"to\":[\"u.example\"]}, // x\n"));
	assert_true(says("// From b.json:\n"));
	assert_true(says(" // about y\n {\"id\":\"y\",\"to\":[\"v.example\"]}, // y\n"));
	assert_true(says(" // about z\n /* more */ {\"id\":\"z\",\"to\":[\"w.example\"]},\n"));
	assert_true(says("// PROPOSAL\n //{}\n"));
	pol_free(p);
}

static void an_id_variable_or_group_that_means_something_else_gets_another_name(void **state)
{
	struct pol *p;

	(void)state;
	p = merge("'product': { 'version': '1' }, 'variables': { 'v': '/a', 'same': ['/s'] }, "
		  "'groups': { 'destinations': { 'g': ['a.example'] }, 'ports': { 'g': [1] } }, "
		  "'connections': [{ 'id': 'r', 'process': '${v}', 'to': ['@g'], 'ports': ['@g'] }], "
		  "'files': { 'write': ['${same}/a'] }",
		  "'product': { 'version': '2' }, 'variables': { 'v': ['/b'], 'same': ['/s'], 'w': '${v}/w' }, "
		  "'groups': { 'destinations': { 'g': ['b.example'], 'h': ['@g'] }, 'ports': { 'g': [1] } }, "
		  "'connections': [{ 'process': '${w}-${version}', 'id': 'r', 'to': ['@h'], 'ports': ['@g'] }], "
		  "'files': { 'write': ['${v}/b', '${same}/a', '/\\\\${v}'] }");
	assert_int_equal(p->nconns, 2);
	assert_string_equal(p->conns[0].process, "/a");
	assert_string_equal(p->conns[1].id, "r-2");
	assert_string_equal(p->conns[1].process, "/b/w-2");
	assert_string_equal(p->conns[1].to[0].name, "b.example");
	assert_int_equal(p->conns[1].ports[0].lo, 1);
	assert_int_equal(p->nwrite, 3);
	assert_string_equal(p->write[1], "/b/b");
	assert_string_equal(p->write[2], "/\\${v}");
	assert_int_equal(conflicts, 0);
	pol_free(p);
	p = merge("'names': []", "'groups': { 'destinations': { 'g': ['b.example'] }, 'ports': { 'g': [1] } }, "
				 "'connections': [{ 'id': 'r', 'to': ['@g'], 'ports': ['@g'] }]");
	assert_int_equal(p->nconns, 1);
	pol_free(p);
}

static bool writes(const struct pol *p, const char *glob)
{
	for (size_t i = 0; i < p->nwrite; i++)
		if (!strcmp(p->write[i], glob))
			return true;
	return false;
}

static void variables_of_all_policies_keep_their_meaning_in_the_first(void **state)
{
	static const struct { const char *a, *b, *of_a, *of_b; } rows[] = {
		{ "'files': { 'write': ['${temporary}/**'] }",
		  "'variables': { 'temporary': ['/srv/b', '/opt'] }, "
		  "'files': { 'write': ['${temporary}/cache'] }", "/var/tmp/**", "/srv/b/cache" },
		{ "'files': { 'write': ['${home}/a'] }",
		  "'include': [{ 'tcbox_policy': 1, 'variables': { 'home': '/srv' }, "
		  "'files': { 'write': ['${home}/b'] } }]", "/root/a", "/srv/b" },
		{ "'files': { 'write': ['/${architecture}/a', '/${multiarch}/a'] }",
		  "'variables': { 'architecture': '*', 'multiarch': '*' }, "
		  "'files': { 'write': ['/${architecture}/b', '/${multiarch}/c'] }",
		  "/x86_64-linux-gnu/a", "/*/c" },
		{ "'product': { 'version': '1' }, 'files': { 'write': ['/${version}/a'] }",
		  "'variables': { 'version': '*' }, 'files': { 'write': ['/${version}/b'] }",
		  "/1/a", "/*/b" },
		/* by another that changes */
		{ "'variables': { 'x': '${temporary}/x' }, 'files': { 'write': ['${x}/a'] }",
		  "'variables': { 'x': '${temporary}/x', 'temporary': '/srv' }, "
		  "'files': { 'write': ['${x}/b'] }", "/tmp/x/a", "/srv/x/b" },
		{ "'variables': { 'x': '${v}/x', 'v': '/1' }, 'files': { 'write': ['${x}/a'] }",
		  "'variables': { 'x': '${v}/x', 'v': '/2' }, 'files': { 'write': ['${x}/b'] }",
		  "/1/x/a", "/2/x/b" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOBUF struct tb_buf ta = text(rows[i].a), tb = text(rows[i].b);
		struct pol *pa = parsed(&ta), *pb = parsed(&tb);
		struct pol *p = merge(rows[i].a, rows[i].b);

		assert_int_equal(conflicts, 0);
		assert_true(writes(pa, rows[i].of_a) && writes(pb, rows[i].of_b));
		assert_true(writes(p, rows[i].of_a) && writes(p, rows[i].of_b));
		assert_int_equal(p->nwrite, pa->nwrite + pb->nwrite);
		pol_free(pa);
		pol_free(pb);
		pol_free(p);
	}
	/* control: one that no policy has */
	pol_free(merge("'files': { 'write': [] }",
		       "'variables': { 'other': '/o' }, 'files': { 'write': ['${other}/b'] }"));
	assert_true(says("\"other\": \"/o\""));
}

static void what_cannot_be_both_is_told_and_the_first_stands(void **state)
{
	static const struct { const char *a, *b, *told; } rows[] = {
		{ "'connections': [\n{ 'id': 'x', 'ports': [1], 'limits': { 'connections': 2 } }]",
		  "'connections': [{ 'id': 'y', 'ports': [1], 'limits': { 'connections': 3 } }]",
		  "rule \"x\" of a.json has \"limits\" { \"connections\": 2 }, and b.json:1 has" },
		{ "'connections': [\n{ 'id': 'x', 'ports': [1], 'limits': { 'bytes_in': '64KiB' } }]",
		  "'connections': [{ 'id': 'y', 'ports': [1], 'limits': { 'bytes_in': 65537 } }]",
		  "and b.json:1 has { \"bytes_in\": 65537 }" },
		{ "'connections': [\n{ 'id': 'x', 'ports': [1], 'limits': { 'rates': [{ 'every': '1h', 'requests': 1 }] } }]",
		  "'connections': [{ 'id': 'y', 'ports': [1], 'limits': { 'rates': [{ 'every': '61m', 'requests': 1 }] } }]",
		  "\"61m\"" },
		{ "'connections': [\n{ 'id': 'x', 'ports': [1] }]",
		  "'connections': [{ 'id': 'y', 'ports': [1], 'until': '2030-01-01' }]", "\"until\" none" },
		{ "'connections': [\n{ 'id': 'x', 'ports': [1] }]",
		  "'connections': [{ 'id': 'y', 'ports': [1], 'severity': 'info' }]", "\"severity\" none" },
		{ "'listens': [\n{ 'id': 'x', 'ports': [1], 'required': true }]",
		  "'listens': [{ 'id': 'x', 'ports': [1] }]", "\"required\" true" },
		{ "'executes': []", "'names': []", "only a.json has \"executes\"" },
		{ "'names': []", "'files': {}", "only b.json has \"files.write\"" },
		{ "'files': { 'read': ['/a'] }", "'files': {}", "only a.json has \"files.read\"" },
		{ "'syscalls': { 'allow': ['read'] }", "'names': []", "only a.json has \"syscalls\"" },
		{ "'syscalls': { 'allow': ['@default'], 'deny': ['mlock'] }",
		  "'syscalls': { 'allow': ['mlock'] }", "the call mlock is denied in a.json" },
		{ "'undeclared': { 'names': 'info' }", "'names': []", "\"undeclared\" is not the same" },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct pol *p = merge(rows[i].a, rows[i].b);

		assert_true(conflicts > 0);
		if (!strstr(told.data, rows[i].told))
			fail_msg("%s: %s", rows[i].told, told.data);
		assert_int_equal(p->nconns, strstr(rows[i].a, "connections'") != NULL);
		if (strstr(rows[i].a, "[\n"))
			assert_true(says("// CONFLICT: b.json:1 has"));
		pol_free(p);
	}
}

static void what_says_the_default_is_no_conflict(void **state)
{
	(void)state;
	pol_free(merge("'connections': [{ 'id': 'x', 'ports': [1] }]",
		       "'connections': [{ 'id': 'y', 'ports': [1], 'required': false, 'severity': 'violation' }]"));
	assert_int_equal(conflicts, 0);
}

static void the_same_limit_in_other_words_is_no_conflict(void **state)
{
	(void)state;
	pol_free(merge("'connections': [{ 'id': 'x', 'ports': [1], 'limits': { 'bytes_in': '64KiB', "
		       "'each_destination': { 'bytes_out': '1MB' }, 'rates': [{ 'every': '1h', 'requests': 1 }, "
		       "{ 'every': '1d', 'requests': 2 }] } }]",
		       "'connections': [{ 'id': 'x', 'ports': [1], 'limits': { 'bytes_in': 65536, "
		       "'each_destination': { 'bytes_out': 1000000 }, 'rates': [{ 'every': '24h', 'requests': 2 }, "
		       "{ 'every': '60m', 'requests': 1 }] } }]"));
	assert_int_equal(conflicts, 0);
	assert_false(says("CONFLICT"));
}

static void policies_that_stand_in_the_text_of_another_are_merged_too(void **state)
{
	struct pol *p;

	(void)state;
	p = merge("'include': [{ 'tcbox_policy': 1, 'names': ['a.example'] }], 'names': ['b.example']",
		  "'include': [{ 'tcbox_policy': 1, 'variables': { 'n': 'c.example' }, 'names': ['a.example', '${n}'] }]");
	assert_int_equal(p->nnames, 3);
	pol_free(p);
}

/* widened() - Return: the policy, which is @members with these */
static struct pol *widened(const char *members, unsigned int globs, unsigned int ranges)
{
	TB_AUTOBUF struct tb_buf from = text(members);
	struct pol *before = parsed(&from), *p;
	struct tb_err err = { 0 };

	(void)clean(NULL);
	assert_int_equal(pol_widen(&from, &(struct pol_widen){ globs, ranges }, &merged, &err), 0);
	p = parsed(&merged);
	assert_int_equal(pol_diff(before, p, forbidden, (void *)(uintptr_t)"before", &err), 0);
	pol_free(before);
	return p;
}

#define HOST(id, name) "{ 'id': '" id "', 'to': ['" name "'], 'ports': [443] },\n"

static void names_of_one_domain_become_a_glob_from_so_many_on(void **state)
{
	static const char hosts[] = "'connections': [\n" HOST("a", "a.acme.example") HOST("b", "b.acme.example")
		HOST("o", "a.other.example") HOST("c", "c.d.acme.example") HOST("apex", "acme.example") "]";
	struct pol *p = widened(hosts, 4, 0);

	(void)state;
	assert_int_equal(p->nconns, 5);
	pol_free(p);
	p = widened(hosts, 3, 0);
	assert_int_equal(p->nconns, 3);
	assert_string_equal(p->conns[0].to[0].name, "*.acme.example");
	assert_string_equal(p->conns[1].to[0].name, "a.other.example");
	assert_string_equal(p->conns[2].to[0].name, "acme.example");
	assert_true(says("// \"*.acme.example\" declares every name below acme.example; 3 were named: a.acme"));
	assert_true(says("// \"b\" is part of \"a\" now.\n"));
	pol_free(p);
}

static void rules_that_differ_otherwise_stay_apart(void **state)
{
	struct pol *p;

	(void)state;
	p = widened("'connections': [{ 'id': 'a', 'to': ['a.acme.example'], 'protocol': 'tcp' }, "
		    "{ 'id': 'b', 'to': ['b.acme.example'], 'protocol': 'udp' }, "
		    "{ 'id': 'c', 'to': ['c.acme.example'], 'limits': { 'connections': 1 } }, "
		    "{ 'id': 'd', 'to': ['d.acme.example'], 'limits': { 'connections': 1 } }, "
		    "{ 'id': 'e', 'to': ['a.co.uk', 'b.co.uk', '192.0.2.1', '192.0.2.2'] }]", 2, 0);
	assert_int_equal(p->nconns, 5);
	assert_int_equal(p->conns[4].nto, 4);	/* a.co.uk is a domain, and co.uk is none */
	pol_free(p);
}

static void ports_become_a_range_from_so_many_on(void **state)
{
	struct pol *p;

	(void)state;
	p = widened("'connections': [\n{ 'id': 'a', 'to': ['a.example'], 'ports': [90, 80, '1-2'] },\n"
		    "{ 'id': 'b', 'to': ['a.example'], 'ports': [100] }\n]", 0, 3);
	assert_int_equal(p->nconns, 1);
	assert_int_equal(p->conns[0].nports, 2);
	assert_int_equal(p->conns[0].ports[1].lo, 80);
	assert_int_equal(p->conns[0].ports[1].hi, 100);
	assert_true(says("// Of the ports 80-100 3 were named, 18 never."));
	pol_free(p);
}

#define TEST(name) cmocka_unit_test_teardown(name, clean)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_each_allows_is_allowed),
		TEST(the_text_of_the_first_stays_and_comments_come_with_their_rules),
		TEST(an_id_variable_or_group_that_means_something_else_gets_another_name),
		TEST(variables_of_all_policies_keep_their_meaning_in_the_first),
		TEST(what_cannot_be_both_is_told_and_the_first_stands),
		TEST(what_says_the_default_is_no_conflict),
		TEST(the_same_limit_in_other_words_is_no_conflict),
		TEST(policies_that_stand_in_the_text_of_another_are_merged_too),
		TEST(names_of_one_domain_become_a_glob_from_so_many_on),
		TEST(rules_that_differ_otherwise_stay_apart),
		TEST(ports_become_a_range_from_so_many_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
