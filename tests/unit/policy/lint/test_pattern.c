/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_pattern.c - tests of how two patterns stand to each other
 */
#include "policy/lint/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tcbox/own.h"
#include "tcbox/policy.h"

static void patterns_meet_where_a_text_matches_both(void **state)
{
	static const struct { const char *a, *b; bool meet; } cases[] = {
		{ "/opt/a", "/opt/a", true },		{ "/opt/a", "/opt/b", false },
		{ "/opt/*", "/opt/a", true },		{ "/opt/*", "/opt/a/b", false },
		{ "/opt/**", "/opt/a/b", true },	{ "/opt/*/a", "/opt/b/*", true },
		{ "/opt/*/a", "/opt/*/b", false },	{ "/o/a*", "/o/*b", true },
		{ "/o/a*c", "/o/b*c", false },		{ "/o/a?c", "/o/abc", true },
		{ "/o/a?c", "/o/a/c", false },		{ "/a/**/b", "/a/b", true },
		{ "/a/**/b", "/a/c", false },		{ "/o/[ab]", "/o/[bc]", true },
		{ "/o/[ab]", "/o/[cd]", false },	{ "/o/[!a]", "/o/a", false },
		{ "/o/\\*", "/o/x", false },		{ "/o/\\*", "/o/\\*", true },
		{ "**/agent", "/opt/**", true },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++) {
		if (pattern_meet(PATTERN_PATH, cases[i].a, cases[i].b) != cases[i].meet ||
		    pattern_meet(PATTERN_PATH, cases[i].b, cases[i].a) != cases[i].meet)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	}
	assert_true(pattern_meet(PATTERN_NAME, "*.a.example", "x.y.a.example"));
	assert_false(pattern_meet(PATTERN_NAME, "*.a.example", "a.example"));
	assert_true(pattern_meet(PATTERN_NAME, "c*.a.example", "*n.a.example"));
	assert_false(pattern_meet(PATTERN_NAME, "c*.a.example", "c1.x.a.example"));
}

static void a_pattern_covers_another_where_it_matches_all_of_it(void **state)
{
	static const struct { const char *a, *b; bool covers; } cases[] = {
		{ "/opt/a", "/opt/a", true },		{ "/opt/a", "/opt/*", false },
		{ "/opt/*", "/opt/a", true },		{ "/opt/*", "/opt/a*", true },
		{ "/opt/*", "/opt/**", false },		{ "/opt/**", "/opt/*/b", true },
		{ "/opt/a*", "/opt/*", false },		{ "/o/?", "/o/a", true },
		{ "/o/?", "/o/*", false },		{ "/o/[ab]", "/o/a", true },
		{ "/o/[ab]", "/o/c", false },		{ "/o/[ab]", "/o/[ab]", true },
		{ "/o/?", "/o/[ab]", true },		{ "/a/**/b", "/a/b", true },
		{ "/a/**/b", "/a/*/b", true },		{ "**", "/x/**", true },
		{ "/o/*", "/o/[a/]", true },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++)
		if (pattern_covers(PATTERN_PATH, cases[i].a, cases[i].b) != cases[i].covers)
			fail_msg("%s and %s", cases[i].a, cases[i].b);
	assert_true(pattern_covers(PATTERN_NAME, "*.example", "*.a.example"));
	assert_true(pattern_covers(PATTERN_NAME, "*.example", "a.b.example"));
	assert_false(pattern_covers(PATTERN_NAME, "*.a.example", "*.example"));
	assert_false(pattern_covers(PATTERN_NAME, "c*.a.example", "*.a.example"));
	assert_true(pattern_covers(PATTERN_NAME, "*", "*.example"));
}

/* random_text() - of few letters, so that many match */
static void random_text(char *out, const char *letters, size_t max)
{
	size_t n = (size_t)rand() % max;

	*out++ = '/';
	for (size_t i = 0; i < n; i++)
		*out++ = letters[(size_t)rand() % strlen(letters)];
	*out = '\0';
}

static void what_is_told_agrees_with_the_matcher(void **state)
{
	char a[16], b[16], text[16];
	size_t both = 0, covered = 0;

	(void)state;
	srand(1);
	for (size_t i = 0; i < 300000; i++) {
		bool ma, mb;

		random_text(a, "ab/*?", 7);
		random_text(b, "ab/*?", 7);
		random_text(text, "ab/", 7);
		if (strstr(a, "***") || strstr(b, "***"))
			continue;
		ma = pol_path_glob(a, text);
		mb = pol_path_glob(b, text);
		both += ma && mb;
		if (ma && mb && !pattern_meet(PATTERN_PATH, a, b))
			fail_msg("%s matches %s and %s, which do not meet", text, a, b);
		if (!mb || !pattern_covers(PATTERN_PATH, a, b))
			continue;
		covered++;
		if (!ma)
			fail_msg("%s matches %s, and not %s, which covers it", text, b, a);
	}
	assert_true(both > 1000);
	assert_true(covered > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_meet_where_a_text_matches_both),
		cmocka_unit_test(a_pattern_covers_another_where_it_matches_all_of_it),
		cmocka_unit_test(what_is_told_agrees_with_the_matcher),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
