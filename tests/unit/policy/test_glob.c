/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_glob.c - patterns of names and paths: the ways in which they could say more, or less, than a
 * reader thinks
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/glob.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"

struct row {
	const char *pattern, *text;
	bool match;
};

static void check(const struct row *rows, size_t n, bool (*glob)(const char *, const char *))
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (glob(rows[i].pattern, rows[i].text) != rows[i].match)
			print_error("pattern %s, text %s\n", rows[i].pattern, rows[i].text);
		assert_int_equal(glob(rows[i].pattern, rows[i].text), rows[i].match);
	}
}

static void name_glob_keeps_labels_apart(void **state)
{
	static const struct row rows[] = {
		{ "acme.example", "acme.example", true },
		{ "acme.example", "ACME.Example", true },
		{ "ACME.example.", "acme.example", true },
		{ "acme.example", "acme.example.", true },
		{ "acme.example", "acme.example..", false },
		{ "acme.example", "a.acme.example", false },
		{ "acme.example", "acme.example.evil.example", false },
		{ "acme.example", "acmexexample", false },
		{ "*.acme.example", "a.acme.example", true },
		{ "*.acme.example", "a.b.acme.example", true },
		{ "*.acme.example", "A.B.ACME.EXAMPLE.", true },
		{ "*.acme.example", "acme.example", false },		/* the apex */
		{ "*.acme.example", ".acme.example", false },
		{ "*.acme.example", "a..acme.example", false },
		{ "*.acme.example", "evilacme.example", false },
		{ "*.acme.example", "a.acme.example.evil.example", false },
		/* a dot in a label is no border */
		{ "*.acme.example", "x\\.acme.example", false },
		{ "*", "a", true },
		{ "*", "a.b.c", true },
		{ "*", "", false },
		{ "cdn*.acme.example", "cdn.acme.example", true },
		{ "cdn*.acme.example", "cdn12.acme.example", true },
		{ "cdn*.acme.example", "cdn12.x.acme.example", false },
		{ "cdn*.acme.example", "x.cdn12.acme.example", false },
		{ "c*n*1.acme.example", "ccnn11.acme.example", true },
		{ "c*n*1.acme.example", "ccnn12.acme.example", false },
		{ "a.*.example", "a.b.example", true },
		{ "a.*.example", "a.b.c.example", false },
		{ "a.*.example", "a.example", false },
		{ "*.a*.example", "x.y.abc.example", true },
		{ "*.a*.example", "abc.example", false },
		/* refused by the reader; here it is one label */
		{ "**.acme.example", "a.b.acme.example", false },
		{ ".", ".", true }, { "*", ".", true }, { "*.", ".", false },
		{ ".", "a", false }, { "a", ".", false }, { "*.local", ".", false },
		{ "*", "my\\032printer\\.x._ipp._tcp.local", true },
		{ "*.local", "my\\032printer\\.x._ipp._tcp.local", true },
		{ "*._tcp.local", "a\\\\._ipp._tcp.local", true },
		{ "my\\032*._ipp._tcp.local", "My\\032printer\\.x._ipp._tcp.local", true },
		{ "my\\032printer._ipp._tcp.local", "my\\032printer._ipp._tcp.local", true },
		/* a dot inside a label is no border, and no part of an escape is a character */
		{ "*._ipp._tcp.local", "evil\\.x\\._ipp._tcp.local", false },
		{ "*.acme.example", "evil\\.acme.example", false },
		{ "*2x.example", "a\\032x.example", false },
		{ "a*x.example", "a\\032x.example", true },
		{ "*", "a\\03", false }, { "*", "a\\", false },
		{ "", "", false },
		{ "", "a", false },
		{ "a", "", false },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows), pol_name_glob);
}

static void name_glob_is_not_fooled_by_lookalikes(void **state)
{
	static const struct row rows[] = {
		{ "acme.example", "acm\xd0\xb5.example", false },	/* Cyrillic ie, raw */
		/* the same as it is on the wire */
		{ "acme.example", "xn--acm-5cd.example", false },
		/* a star sees no part of an encoded label */
		{ "*-acme.example", "xn--foo-acme.example", false },
		{ "x*.example", "xn--acm-5cd.example", false },
		{ "x*.example", "xn--.example", false },
		{ "x*.example", "xn-acme.example", true },	/* is not encoded */
		{ "x*", "xn-", true },
		{ "XN--ACM-5CE.example", "xn--acm-5cd.example", false },
		{ "XN--ACM-5CD.example", "xn--acm-5cd.example", true },
		/* a whole label may be anything */
		{ "*.example", "xn--acm-5cd.example", true },
		{ "a.*.example", "a.xn--acm-5cd.example", true },
		{ "acme.example", "acme\xe3\x80\x82""example", false },	/* ideographic full stop */
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows), pol_name_glob);
}

static void name_glob_refuses_names_that_are_too_long(void **state)
{
	char name[300];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(name); i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	assert_true(pol_name_glob("*", name));
	assert_true(pol_name_glob(name, name));
	name[253] = '.';
	name[254] = '\0';
	assert_true(pol_name_glob("*", name));		/* the trailing dot does not count */
	name[254] = 'a';
	name[255] = '\0';
	assert_false(pol_name_glob("*", name));
}

static void path_glob_keeps_components_apart(void **state)
{
	static const struct row rows[] = {
		{ "/bin/sh", "/bin/sh", true },
		{ "/bin/sh", "/bin/sh2", false },
		{ "/bin/sh", "/bin/s", false },
		{ "/opt/acme/*", "/opt/acme/agent", true },
		{ "/opt/acme/*", "/opt/acme/.hidden", true },
		{ "/opt/acme/*", "/opt/acme/lib/agent", false },
		{ "/opt/acme/*", "/opt/acmex/agent", false },
		{ "/opt/acme/**", "/opt/acme/agent", true },
		{ "/opt/acme/**", "/opt/acme/lib/x/agent", true },
		{ "/opt/acme/**", "/opt/acme", false },
		{ "/opt/acme/**", "/opt/acme-evil/agent", false },
		{ "/opt/acme**", "/opt/acme-other/agent", true },
		{ "/opt/**/agent", "/opt/agent", true },
		{ "/opt/**/agent", "/opt/a/b/agent", true },
		{ "/opt/**/agent", "/opt/xagent", false },
		{ "/opt/**/a*/b", "/opt/x/ay/z/ax/b", true },
		{ "/opt/**/a*/b", "/opt/x/ay/z/b", false },
		{ "**/sh", "/bin/sh", true },
		{ "**/sh", "/usr/bin/sh", true },
		{ "**/sh", "/usr/bin/bash", false },
		{ "**/sh", "sh", false },
		{ "x**/sh", "x/sh", true },
		{ "x**/sh", "xsh", false },
		{ "**", "/any/thing", true },
		{ "**", "", true },
		{ "*", "/a", false },
		{ "/a*", "/a", true },
		{ "/*/c", "/a/c", true },
		{ "/*/c", "/a/b/c", false },
		{ "/*b*d", "/abcd", true },
		{ "/*b*d", "/ab/cd", false },
		{ "/a?c", "/abc", true },
		{ "/a?c", "/a/c", false },
		{ "/a?c", "/a\xc3\xa4""c", true },		/* one character */
		{ "/a?c", "/a\xff""c", true },			/* a byte that is no character */
		{ "/?c", "/\xf0\x9f\xa6\x8a""c", true },	/* one of four bytes */
		{ "/?", "/\xf0\x9f\xa6", false },		/* three that are no character */
		{ "/???", "/\xf0\x9f\xa6", true },
		{ "/*\xff", "/a\xff", true },
		{ "/*\xff", "/a\xfe", false },
		{ "/*\xff", "/a\xf4\x8f\xbc\x81", false },	/* U+10FF01 */
		{ "/a?c", "/ac", false },
		{ "/A", "/a", false },
		{ "", "", true },
		{ "", "/", false },
		{ "/", "/", true },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows), pol_path_glob);
}

static void file_glob_has_the_directory_too(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool match;
	} cases[] = {
		{ "/opt/acme/**", "/opt/acme", true },
		{ "/opt/acme/**", "/opt/acme/a", true },
		{ "/opt/acme/**", "/opt", false },
		{ "/opt/acme/**", "/opt/acme-evil", false },
		{ "**/.config/acme/**", "/home/u/.config/acme", true },
		{ "**/.config/acme/**", "/home/u/.config", false },
		{ "/opt/acme/*", "/opt/acme", false },
		{ "/opt/acme**", "/opt/acme", true },
		{ "/**", "/", true },
		{ "/**", "", false },
		{ "/a/**", "/a", true },
		{ "/opt/acme/***", "/opt/acme", false },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(cases); i++)
		if (pol_file_glob(cases[i].pattern, cases[i].path) != cases[i].match)
			fail_msg("%s, %s", cases[i].pattern, cases[i].path);
}

static void path_glob_understands_sets(void **state)
{
	static const struct row rows[] = {
		{ "/[abc]", "/b", true },
		{ "/[abc]", "/d", false },
		{ "/[a-c]", "/b", true },
		{ "/[!a-c]", "/b", false },
		{ "/[!a-c]", "/d", true },
		{ "/[^a-c]", "/d", true },
		{ "/x[!a]y", "/x/y", false },			/* never the slash */
		{ "/[]]", "/]", true },
		{ "/[a-c]", "/a", true },
		{ "/[a-c]", "/c", true },
		{ "/[a-c]", "/`", false },
		{ "/[a-c]", "/d", false },
		{ "/[b-b]", "/b", true },
		{ "/[b-b]", "/c", false },
		{ "/[a-\\c]", "/b", true },
		{ "/[!\xfd-\xfe]", "/\xff", true },
		{ "/[\xfe-\xff]", "/\xff", true },
		{ "/[[x]", "/[", true },
		{ "/[x[]", "/[", true },
		{ "/[:x]", "/:", true },
		{ "/[]-a]", "/_", true },
		{ "/[!]]", "/]", false },
		{ "/[a-]", "/-", true },
		{ "/[-a]", "/-", true },
		{ "/[\\]]", "/]", true },
		{ "/[[:digit:]x]", "/7", true },
		{ "/[[:digit:]x]", "/x", true },
		{ "/[[:digit:]x]", "/y", false },
		{ "/[x[:digit:]]", "/x", true },
		{ "/[[:alpha:][:digit:]]", "/a", true },
		{ "/[[:alpha:][:digit:]]y", "/7y", true },
		{ "/[[:alpha:]]", "/\xc3\xa4", false },		/* of ASCII only */
		{ "/[[:cntrl:]]", "/\x7f", true },
		{ "/[![:space:]]", "/ ", false },
		{ "/[\xc3\xa4-\xc3\xb6]", "/\xc3\xa5", true },
		{ "/[\xc3\xa4]", "/\xc3\xb6", false },
		{ "/[ab]*[cd]", "/axxd", true },
		/* not a set: the character itself */
		{ "/[abc", "/[abc", true },
		{ "/[abc", "/a", false },
		{ "/[a/b]", "/[a/b]", true },
		{ "/\\*", "/*", true },
		{ "/\\*", "/a", false },
		{ "/\\[a]", "/[a]", true },
		{ "/\\a", "/a", true },
		{ "/a\\", "/a\\", true },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows), pol_path_glob);
}

static void path_glob_sets_are_judged(void **state)
{
	(void)state;
	assert_non_null(pol_glob_bracket("[a]"));
	assert_string_equal(pol_glob_bracket("[a-c]x"), "]x");
	assert_null(pol_glob_bracket("[a"));
	assert_null(pol_glob_bracket("[]"));
	assert_null(pol_glob_bracket("[!]"));
	assert_null(pol_glob_bracket("[c-a]"));
	assert_null(pol_glob_bracket("[a/b]"));
	assert_null(pol_glob_bracket("[[:nonsense:]]"));
	assert_null(pol_glob_bracket("[[:digit:"));
	assert_null(pol_glob_bracket("[[:averyveryverylongname:]]"));
	assert_null(pol_glob_bracket("[[:abcdefghijklmno:]]"));
	assert_null(pol_glob_bracket("[[:abcdefghijklmnop:]]"));
	assert_null(pol_glob_bracket("[[:digit:]"));
	assert_null(pol_glob_bracket("[a-/]"));
	assert_null(pol_glob_bracket("[a-"));
	assert_string_equal(pol_glob_bracket("[a-a]"), "]");
	assert_null(pol_glob_bracket("[\\"));
	assert_null(pol_glob_bracket("[a-\\"));
}

static void path_glob_time_does_not_explode(void **state)
{
	char pattern[4097], path[4097];
	size_t i;

	(void)state;
	for (i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, i % 4 ? "*a" : "?*", 2);
	pattern[4094] = 'b';
	pattern[4095] = '\0';
	memset(path, 'a', sizeof(path) - 1);
	path[4096] = '\0';
	pattern[0] = path[0] = '/';
	assert_false(pol_path_glob(pattern, path));	/* backtracking would outlive us */
	path[4095] = 'b';
	assert_true(pol_path_glob(pattern, path));
}

static void path_glob_may_have_any_length(void **state)
{
	char pattern[4097], path[4097];

	(void)state;
	for (size_t len = 3; len <= 4096; len += len == 300 ? 3700 : 1) {
		memset(pattern, 'a', len);
		memset(path, 'a', len);
		pattern[0] = path[0] = '/';
		pattern[len] = path[len] = '\0';
		pattern[1] = '?';
		assert_true(pol_path_glob(pattern, path));
		pattern[len - 1] = '*';
		assert_true(pol_path_glob(pattern, path));
		pattern[len - 1] = '?';
		path[len - 1] = 'b';
		assert_true(pol_path_glob(pattern, path));
		path[len - 1] = '\0';
		assert_false(pol_path_glob(pattern, path));
	}
}

static void file_glob_bounds_the_pattern(void **state)
{
	char pattern[4098], dir[4098];

	(void)state;
	for (size_t len = 4095; len <= 4097; len++) {
		memset(pattern, 'a', len);
		pattern[0] = '/';
		memcpy(pattern + len - 3, "/**", 4);
		memcpy(dir, pattern, len - 3);
		dir[len - 3] = '\0';
		assert_int_equal(pol_file_glob(pattern, dir), len <= 4096);
	}
}

static void path_glob_bounds_the_pattern(void **state)
{
	char pattern[5000];

	(void)state;
	memset(pattern, '*', sizeof(pattern));
	pattern[4096] = '\0';
	assert_true(pol_path_glob(pattern, "/a"));
	pattern[4096] = '*';
	pattern[4999] = '\0';
	assert_false(pol_path_glob(pattern, "/a"));
}

static void program_glob_knows_merged_directories(void **state)
{
	static const struct row rows[] = {
		{ "/bin/sh", "/usr/bin/sh", true },
		{ "/usr/bin/sh", "/usr/bin/sh", true },
		{ "/sbin/*", "/usr/sbin/ip", true },
		{ "/lib/acme/**", "/usr/lib/acme/x/y", true },
		{ "/lib64/ld.so", "/usr/lib64/ld.so", true },
		{ "/usr/bin/sh", "/bin/sh", false },
		{ "/bin/sh", "/usr/local/bin/sh", false },
		{ "/bin/sh", "/opt/usr/bin/sh", false },
		{ "/local/bin/sh", "/usr/local/bin/sh", false },
	};

	(void)state;
	check(rows, TB_ARRAY_SIZE(rows), pol_program_glob);
}

static void path_place_is_the_smallest_that_has_all(void **state)
{
	static const struct {
		const char *pattern, *place;
		bool exact;
	} rows[] = {
		{ "/etc/acme.conf", "/etc/acme.conf", true },
		{ "/var/lib/acme/**", "/var/lib/acme", false },
		{ "/var/lib/acme/*", "/var/lib/acme", false },
		{ "/var/log/acme-*.log", "/var/log", false },
		{ "/var/log/acme?", "/var/log", false },
		{ "/opt/acme**", "/opt", false },		/* also /opt/acme-other */
		{ "/opt/*/data/x", "/opt", false },
		{ "/opt/**/agent", "/opt", false },
		{ "/srv/[ab]/x", "/srv", false },
		{ "/acme*", "/", false },
		{ "/**", "/", false },
		{ "**", "/", false },
		{ "**/agent", "/", false },
		{ "/", "/", true },
		{ "/a\\*b/c", "/a*b/c", true },
		{ "/a\\[b]/\\?/x*", "/a[b]/?", false },
		{ "/a\\\\b", "/a\\b", true },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		bool exact = !rows[i].exact;
		TB_AUTOFREE char *place = pol_path_place(rows[i].pattern, &exact);

		assert_non_null(place);
		assert_string_equal(place, rows[i].place);
		assert_int_equal(exact, rows[i].exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_glob_keeps_labels_apart),
		cmocka_unit_test(program_glob_knows_merged_directories),
		cmocka_unit_test(name_glob_is_not_fooled_by_lookalikes),
		cmocka_unit_test(name_glob_refuses_names_that_are_too_long),
		cmocka_unit_test(path_glob_keeps_components_apart),
		cmocka_unit_test(file_glob_has_the_directory_too),
		cmocka_unit_test(path_glob_understands_sets),
		cmocka_unit_test(path_glob_sets_are_judged),
		cmocka_unit_test(path_glob_time_does_not_explode),
		cmocka_unit_test(path_glob_may_have_any_length),
		cmocka_unit_test(path_glob_bounds_the_pattern),
		cmocka_unit_test(file_glob_bounds_the_pattern),
		cmocka_unit_test(path_place_is_the_smallest_that_has_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
