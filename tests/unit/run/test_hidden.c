/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_hidden.c - files of the host that the box does not show
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/hidden.h"
#include "tests/unit/run/tree.h"

static struct product p;
static struct run_options o;

/* The tree lies in /var/tmp, of which the box has its own: work is shown, other is not. */
static int make(void **state)
{
	if (tree_make(state))
		return -1;
	run_options_init(&o);
	tree_dir("work");
	tree_dir("workshop");
	tree_dir("other");
	tree_file("work/file", "", 0644);
	tree_file("workshop/file", "", 0644);
	tree_file("other/file", "", 0644);
	assert_int_equal(symlink("../other/file", "work/link"), 0);
	assert_int_equal(symlink("/etc/passwd", "other/to-passwd"), 0);
	p.cwd = strdup(in_tree("work"));
	p.expose[p.nexpose++] = p.cwd;
	return 0;
}

static int drop(void **state)
{
	free(p.cwd);
	return tree_remove(state);
}

static void expect(const char *path, const char *hidden)
{
	TB_AUTOFREE char *got = hidden_path(&p, &o, path);

	if (!hidden != !got || (got && strcmp(got, hidden) != 0))
		fail_msg("%s: %s", path, got ? got : "is shown");
}

static void what_is_shown_is_not_hidden(void **state)
{
	(void)state;
	expect("file", NULL);
	expect(".", NULL);
	expect(in_tree("work/file"), NULL);
	expect("/etc/passwd", NULL);
	expect("/usr/bin", NULL);
	expect("/tmp", NULL);			/* the box has one, too */
	expect("/", NULL);
}

static void what_is_nowhere_is_not_hidden(void **state)
{
	(void)state;
	expect("", NULL);
	expect("none", NULL);
	expect("/no/such/place", NULL);
	expect(in_tree("other/none"), NULL);
}

static void what_lies_in_a_private_place_is_hidden(void **state)
{
	(void)state;
	expect(in_tree("other/file"), in_tree("other/file"));
	expect("../other/file", in_tree("other/file"));
	expect("../other", in_tree("other"));
	expect("../workshop/file", in_tree("workshop/file"));	/* which only begins like "work" */
	expect("link", in_tree("other/file"));
	expect("../other/to-passwd", in_tree("other/to-passwd"));
}

static void a_bind_shows_it(void **state)
{
	char *to = in_tree("other");
	struct sbx_bind bind = { .from = to, .to = to };

	(void)state;
	o.binds = &bind;
	o.nbinds = 1;
	expect("../other/file", NULL);
	expect("link", NULL);
	expect("../workshop/file", in_tree("workshop/file"));
	o.binds = NULL;
	o.nbinds = 0;
}

static void of_a_layer_or_another_root_nothing_is_said(void **state)
{
	(void)state;
	o.state = "case";
	expect("../other/file", NULL);
	o.state = NULL;
	o.root = tree;
	expect("../other/file", NULL);
	o.root = NULL;
}

static void arguments_are_named_with_the_bind_that_shows_them(void **state)
{
	char name[] = "cat", here[] = "file", there[] = "../other/file",
		set[32] = "--in=../other/file";
	char plain[] = "in=../other/file";
	char *argv[] = { there, name, here, there, set, plain, NULL }, *says[HIDDEN_MAX],
		wanted[PATH_MAX + 16];

	(void)state;
	(void)snprintf(wanted, sizeof(wanted), "add --bind %s,", in_tree("other/file"));
	p.argv = argv;			/* the first is the program, and found already */
	p.argc = 6;
	assert_int_equal(hidden_args(&p, &o, says), 2);
	assert_non_null(strstr(says[0], "\"../other/file\" names"));
	assert_non_null(strstr(says[0], wanted));
	assert_non_null(strstr(says[1], "\"--in=../other/file\" names"));
	free(says[0]);
	free(says[1]);
}

static void of_many_arguments_the_first_are_named(void **state)
{
	char there[] = "../other/file", *argv[HIDDEN_MAX + 8], *says[HIDDEN_MAX];

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(argv); i++)
		argv[i] = there;
	p.argv = argv;
	p.argc = TB_ARRAY_SIZE(argv);
	assert_int_equal(hidden_args(&p, &o, says), HIDDEN_MAX);
	for (size_t i = 0; i < HIDDEN_MAX; i++)
		free(says[i]);
}

static void expect_why(const char *script, int code, const char *says)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;

	tree_file("work/script", script, 0755);
	p.real = in_tree("work/script");
	hidden_why(&p, &o, code, &why);
	if (says && (!why.data || !strstr(why.data, says)))
		fail_msg("%s: %s", script, why.data ? why.data : "nothing");
	if (!says)
		assert_int_equal(why.len, 0);
	p.real = NULL;
}

static void an_interpreter_is_named(void **state)
{
	char line[PATH_MAX + 8];

	(void)state;
	(void)snprintf(line, sizeof(line), "#! \t%s -x\n", in_tree("other/file"));
	expect_why(line, ENOENT, "is hidden there; add --bind /");
	expect_why("#!/no/such/thing\r\n", ENOENT, "its interpreter /no/such/thing does not exist");
	expect_why("#!/no/such", ENOENT, "/no/such does not exist");
	expect_why("#!/bin/sh\n", ENOENT, NULL);
	expect_why("#!\n", ENOENT, NULL);
	expect_why("#", ENOENT, NULL);
	expect_why("", ENOENT, NULL);
	expect_why("#!/no/such\n", EACCES, NULL);
	expect_why("echo\n", ENOEXEC, "a script without a \"#!\" line");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_shown_is_not_hidden),
		cmocka_unit_test(what_is_nowhere_is_not_hidden),
		cmocka_unit_test(what_lies_in_a_private_place_is_hidden),
		cmocka_unit_test(a_bind_shows_it),
		cmocka_unit_test(of_a_layer_or_another_root_nothing_is_said),
		cmocka_unit_test(arguments_are_named_with_the_bind_that_shows_them),
		cmocka_unit_test(of_many_arguments_the_first_are_named),
		cmocka_unit_test(an_interpreter_is_named),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
