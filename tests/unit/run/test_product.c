/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_product.c - the program: found as a shell would, with the environment and the directories
 * that it gets
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/product_hash.h"
#include "run/root_path.h"
#include "tests/unit/run/tree.h"

static struct product p;
static struct run_options o;
static struct tb_err err;
static const char *extra[4];

static int init(void **state)
{
	(void)state;
	run_options_init(&o);
	memset(&p, 0, sizeof(p));
	memset(extra, 0, sizeof(extra));
	err = (struct tb_err){ 0 };
	assert_int_equal(unsetenv("SUDO_UID"), 0);
	assert_int_equal(unsetenv("SUDO_GID"), 0);
	assert_int_equal(setenv("PATH", "/usr/bin:/bin", 1), 0);
	assert_int_equal(chdir(tree), 0);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	product_clear(&p);
	run_options_clear(&o);
	return 0;
}

static int make(void **state)
{
	if (tree_make(state))
		return -1;
	tree_dir("a");
	tree_dir("b");
	tree_dir("root");
	tree_dir("root/bin");
	tree_dir("root/usr");
	tree_dir("root/usr/bin");
	tree_file("a/tool", "#!/bin/sh\n", 0644);	/* may not be executed */
	tree_file("b/tool", "#!/bin/sh\n", 0755);
	tree_file("a/only", "#!/bin/sh\n", 0644);
	tree_file("root/bin/inner", "#!/bin/sh\n", 0755);
	tree_file("root/bin/plain", "#!/bin/sh\n", 0644);
	assert_int_equal(symlink("b/tool", "applet"), 0);
	assert_int_equal(symlink("b", "dirlink"), 0);
	assert_int_equal(symlink("/bin/inner", "root/usr/bin/there"), 0);
	return 0;
}

static int find(const char *name)
{
	static char word[PATH_MAX];
	static char *argv[2];
	const char *why;

	(void)snprintf(word, sizeof(word), "%s", name);
	argv[0] = word;
	product_clear(&p);
	err = (struct tb_err){ 0 };
	assert_int_equal(product_ids(&p, &o, &why, &err), 0);
	return product_find(&p, argv, extra, &o, &err);
}

static void expect_program(const char *name, const char *program, const char *real)
{
	if (find(name))
		fail_msg("%s: %s", name, err.msg);
	assert_string_equal(p.program, program);
	assert_string_equal(p.real, real);
}

static void expect_error(const char *name, int code, const char *says)
{
	assert_int_equal(find(name), -code);
	if (!strstr(err.msg, says))
		fail_msg("%s: %s", name, err.msg);
}

static void a_program_is_found_as_a_shell_finds_it(void **state)
{
	(void)state;
	expect_program("./b/tool", in_tree("b/tool"), in_tree("b/tool"));
	expect_program("dirlink/tool", in_tree("b/tool"), in_tree("b/tool"));
	/* programs go by their name */
	expect_program("./applet", in_tree("applet"), in_tree("b/tool"));
	expect_program(in_tree("b/tool"), in_tree("b/tool"), in_tree("b/tool"));
	assert_int_equal(setenv("PATH", "/no/such:a:b", 1), 0);
	expect_program("tool", in_tree("b/tool"), in_tree("b/tool"));
	assert_int_equal(chdir("b"), 0);
	assert_int_equal(setenv("PATH", "/no/such::/bin", 1), 0);	/* an empty entry is here */
	expect_program("tool", in_tree("b/tool"), in_tree("b/tool"));
}

static void what_cannot_be_run_is_said(void **state)
{
	(void)state;
	expect_error("./none", ENOENT, "./none: No such file");
	expect_error("./a", EACCES, "is not a file that can be executed");
	expect_error("./a/tool", EACCES, "not executable (chmod +x?)");
	expect_error("no-such-program", ENOENT, "no such program in PATH");
	assert_int_equal(setenv("PATH", "a", 1), 0);
	expect_error("only", EACCES, "found in PATH, but not executable");
}

static void another_root_has_programs_of_its_own(void **state)
{
	(void)state;
	o.root = strdup(in_tree("root"));
	o.cwd = strdup("/usr");
	expect_program("/bin/inner", "/bin/inner", in_tree("root/bin/inner"));
	expect_program("inner", "/bin/inner", in_tree("root/bin/inner"));
	/* the link stays inside */
	expect_program("there", "/usr/bin/there", in_tree("root/bin/inner"));
	expect_program("bin/there", "/usr/bin/there", in_tree("root/bin/inner"));
	expect_error("/usr/bin/none", ENOENT, "no such program in /");
	expect_error("sh", ENOENT, "sh: no such program in");
	expect_error("plain", EACCES, "plain: found in /");
	expect_error("/bin/plain", EACCES, "but not executable");
}

static void what_only_a_layer_may_have_the_box_finds(void **state)
{
	(void)state;
	o.state = "case";
	assert_int_equal(find("only-in-the-layer"), 0);
	assert_string_equal(p.program, "only-in-the-layer");
	assert_null(p.real);
	assert_int_equal(err.code, 0);
}

static bool exposes(const char *path)
{
	for (size_t i = 0; i < p.nexpose; i++)
		if (!strcmp(p.expose[i], path))
			return true;
	return false;
}

static void the_directories_of_the_program_and_of_the_work_are_there(void **state)
{
	(void)state;
	assert_int_equal(find("./applet"), 0);
	assert_true(exposes(tree));
	assert_true(exposes(in_tree("b")));
	assert_false(exposes(in_tree("a")));
	o.cwd = strdup(in_tree("a"));
	assert_int_equal(find("./b/tool"), 0);
	assert_true(exposes(in_tree("a")) && exposes(in_tree("b")) && !exposes(tree));
	assert_string_equal(p.cwd, in_tree("a"));
	/* a home is not shown as a whole because a program lies in it */
	assert_int_equal(setenv("HOME", in_tree("b"), 1), 0);
	assert_int_equal(find("./b/tool"), 0);
	assert_true(exposes(in_tree("b/tool")) && !exposes(in_tree("b")));
}

static void a_bind_may_not_hide_what_the_product_needs(void **state)
{
	char from[] = "/usr", to[PATH_MAX];
	struct sbx_bind bind = { .from = from, .to = to };

	(void)state;
	o.binds = &bind;
	o.nbinds = 1;
	(void)snprintf(to, sizeof(to), "%s", in_tree("b"));
	expect_error("./b/tool", EPERM, "it would hide");
	(void)snprintf(to, sizeof(to), "%s", in_tree("bb"));
	assert_int_equal(find("./b/tool"), 0);
	o.binds = NULL;
	o.nbinds = 0;
}

/* variable() - its value in the product's environment; NULL: it has none */
static const char *variable(const char *name)
{
	size_t n = strlen(name);
	const char *value = NULL;

	for (char **e = p.env; *e; e++) {
		if (strncmp(*e, name, n) != 0 || (*e)[n] != '=')
			continue;
		assert_null(value);		/* each once */
		value = *e + n + 1;
	}
	return value;
}

static void the_environment_is_small_and_what_was_asked_for(void **state)
{
	(void)state;
	assert_int_equal(setenv("SSH_AUTH_SOCK", "/secret", 1), 0);
	assert_int_equal(setenv("LANG", "de_DE.UTF-8", 1), 0);
	assert_int_equal(setenv("LC_TIME", "C", 1), 0);
	assert_int_equal(unsetenv("TZ"), 0);
	extra[0] = "SSL_CERT_FILE=/etc/x";
	extra[1] = "LANG=C";
	assert_int_equal(run_options_env(&o, "SSL_CERT_FILE=/own", &err), 0);
	assert_int_equal(run_options_env(&o, "A=1", &err), 0);
	assert_int_equal(run_options_env(&o, "A=2", &err), 0);
	assert_int_equal(find("./b/tool"), 0);
	assert_null(variable("SSH_AUTH_SOCK"));
	assert_null(variable("TZ"));
	assert_string_equal(variable("LC_TIME"), "C");
	assert_string_equal(variable("LANG"), "C");
	assert_string_equal(variable("SSL_CERT_FILE"), "/own");
	assert_string_equal(variable("A"), "2");
	assert_string_equal(variable("PWD"), tree);
	assert_string_equal(variable("PATH"), "/usr/bin:/bin");
	o.identity.as_root = true;
	assert_int_equal(find("./b/tool"), 0);
	assert_string_equal(variable("HOME"), "/root");
	assert_string_equal(variable("USER"), "root");
	assert_string_equal(variable("LOGNAME"), "root");
	assert_non_null(strstr(variable("PATH"), "/usr/sbin"));
}

static void without_a_path_there_is_the_usual_one(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("PATH"), 0);
	assert_int_equal(find("sh"), 0);
	assert_non_null(strstr(variable("PATH"), "/usr/bin"));
	assert_int_equal(setenv("PATH", "", 1), 0);
	assert_int_equal(find("sh"), 0);
}

static void root_starts_it_as_who_called_sudo_or_as_nobody(void **state)
{
	const char *why;

	(void)state;
	product_clear(&p);
	assert_int_equal(product_ids(&p, &o, &why, &err), 0);
	assert_null(why);
	if (geteuid() != 0) {
		assert_int_equal(p.ids.uid, getuid());
		assert_int_equal(p.ids.gid, getgid());
		return;
	}
	assert_int_equal(p.ids.uid, 65534);
	assert_int_equal(setenv("SUDO_UID", "1234", 1), 0);
	assert_int_equal(product_ids(&p, &o, &why, &err), 0);
	assert_int_equal(p.ids.uid, 65534);		/* a group is missing */
	assert_int_equal(setenv("SUDO_GID", "0", 1), 0);
	assert_int_equal(product_ids(&p, &o, &why, &err), 0);
	assert_int_equal(p.ids.gid, 65534);		/* never root's */
	assert_int_equal(setenv("SUDO_GID", "1235", 1), 0);
	assert_int_equal(product_ids(&p, &o, &why, &err), 0);
	assert_true(p.ids.uid == 1234 && p.ids.gid == 1235);
}

static void files_of_the_product_are_hashed_before_and_after(void **state)
{
	char tool[] = "./b/tool", plain[] = "./a/only", none[] = "--x",
		*argv[] = { tool, plain, none, NULL };
	int bundle = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct run_info run = { 0 };
	const struct product_own own = { bundle, { -1, -1, -1 } };
	const char *why;

	(void)state;
	assert_int_equal(setenv("HOME", "/nowhere", 1), 0);
	assert_int_equal(product_ids(&p, &o, &why, &err), 0);
	assert_int_equal(product_find(&p, argv, extra, &o, &err), 0);
	tree_file("b/data", "abc", 0644);
	assert_int_equal(product_hash(&p, &run, &own, false, &err), 0);
	assert_int_equal(run.nfiles, 3);		/* the program, the argument, what lies
							 * beside it */
	assert_string_equal(run.files[0].path, in_tree("b/tool"));
	assert_string_equal(run.files[1].path, in_tree("a/only"));
	assert_string_equal(run.files[2].path, in_tree("b/data"));
	assert_int_equal(run.files[2].size, 3);
	assert_string_equal(run.files[2].sha256_before,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	tree_file("b/data", "abd", 0644);
	assert_int_equal(unlink("a/only"), 0);
	assert_int_equal(product_hash(&p, &run, &own, true, &err), 0);
	assert_string_equal(run.files[0].sha256_after, run.files[0].sha256_before);
	assert_null(run.files[1].sha256_after);
	assert_string_not_equal(run.files[2].sha256_after, run.files[2].sha256_before);
	assert_int_equal(run.ndegraded, 0);
	run_info_clear(&run);
	(void)close(bundle);
}

static bool hashed(const struct run_info *run, const char *path)
{
	for (size_t i = 0; i < run->nfiles; i++)
		if (!strcmp(run->files[i].path, in_tree(path)))
			return true;
	return false;
}

static void earlier_bundles_beside_the_product_are_not_its_files(void **state)
{
	static const char *const theirs[] = { "b/visit/seal.json", "b/visit/seal.tsq",
		"b/visit/seal.tsr", "b/visit/redacted.json", "b/visit/redacted.jsonl",
		"b/visit/report.html" };
	char tool[] = "./b/tool", *argv[] = { tool, NULL };
	int bundle = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC), visit;
	struct run_info run = { 0 }, earlier = { 0 };
	const struct product_own own = { bundle, { -1, -1, -1 } };
	const char *why;

	(void)state;
	tree_dir("b/visit");
	tree_dir("b/other");
	tree_file("b/visit/events.jsonl", "{}", 0644);
	tree_file("b/visit/plugin", "x", 0644);
	for (size_t i = 0; i < TB_ARRAY_SIZE(theirs); i++)
		tree_file(theirs[i], "x", 0644);
	tree_file("b/other/events.jsonl", "{}", 0644);
	tree_file("b/other/run.json", "{}", 0644);
	visit = open("b/visit", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(run_info_write(visit, &earlier, &err), 0);
	assert_int_equal(setenv("HOME", "/nowhere", 1), 0);
	assert_int_equal(product_ids(&p, &o, &why, &err), 0);
	assert_int_equal(product_find(&p, argv, extra, &o, &err), 0);
	assert_int_equal(product_hash(&p, &run, &own, false, &err), 0);
	assert_true(hashed(&run, "b/tool") && hashed(&run, "b/visit/plugin"));
	assert_false(hashed(&run, "b/visit/run.json") || hashed(&run, "b/visit/events.jsonl"));
	for (size_t i = 0; i < TB_ARRAY_SIZE(theirs); i++)
		assert_false(hashed(&run, theirs[i]));
	assert_true(hashed(&run, "b/other/run.json") && hashed(&run, "b/other/events.jsonl"));
	run_info_clear(&run);
	(void)close(visit);
	(void)close(bundle);
}

/* Another run began, and at first there was no manifest that says so. */
static void a_bundle_that_grows_beside_the_product_is_not_its_file(void **state)
{
	char tool[] = "./b/tool", *argv[] = { tool, NULL };
	int bundle = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC), now;
	struct run_info run = { 0 }, other = { 0 };
	const struct product_own own = { bundle, { -1, -1, -1 } };
	const char *why;

	(void)state;
	tree_dir("b/now");
	tree_file("b/now/events.jsonl", "", 0644);
	tree_file("b/now/.reserve", "room", 0644);
	tree_file("b/now/plugin", "x", 0644);
	assert_int_equal(setenv("HOME", "/nowhere", 1), 0);
	assert_int_equal(product_ids(&p, &o, &why, &err), 0);
	assert_int_equal(product_find(&p, argv, extra, &o, &err), 0);
	assert_int_equal(product_hash(&p, &run, &own, false, &err), 0);
	now = open("b/now", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(run_info_write(now, &other, &err), 0);
	tree_file("b/now/events.jsonl", "{}", 0644);
	tree_file("b/now/plugin", "y", 0644);
	assert_int_equal(unlink("b/now/.reserve"), 0);
	assert_int_equal(product_hash(&p, &run, &own, true, &err), 0);
	assert_true(hashed(&run, "b/tool") && hashed(&run, "b/now/plugin"));
	assert_false(hashed(&run, "b/now/events.jsonl") || hashed(&run, "b/now/.reserve"));
	run_info_clear(&run);
	(void)close(now);
	(void)close(bundle);
}

static void what_tcbox_writes_beside_the_product_is_not_its_file(void **state)
{
	char tool[] = "./b/tool", *argv[] = { tool, NULL };
	int bundle = open("root", O_RDONLY | O_DIRECTORY | O_CLOEXEC), written, read;
	struct product_own own = { .bundle = bundle };
	struct run_info run = { 0 };
	const char *why;

	(void)state;
	tree_file("b/attempts", "", 0644);
	tree_file("b/input", "x", 0644);
	written = open("b/attempts", O_WRONLY | O_CLOEXEC);
	read = open("b/input", O_RDONLY | O_CLOEXEC);
	own.outputs[0] = -1;
	own.outputs[1] = read;
	own.outputs[2] = written;
	assert_int_equal(setenv("HOME", "/nowhere", 1), 0);
	assert_int_equal(product_ids(&p, &o, &why, &err), 0);
	assert_int_equal(product_find(&p, argv, extra, &o, &err), 0);
	assert_int_equal(product_hash(&p, &run, &own, false, &err), 0);
	assert_true(hashed(&run, "b/tool") && hashed(&run, "b/input"));
	assert_false(hashed(&run, "b/attempts"));
	run_info_clear(&run);
	(void)close(written);
	(void)close(read);
	(void)close(bundle);
}

static void a_path_of_another_root_stays_in_it(void **state)
{
	char *real;
	int fd;

	(void)state;
	real = root_real(in_tree("root"), "/usr/bin/there");
	assert_string_equal(real, in_tree("root/bin/inner"));
	free(real);
	real = root_real(in_tree("root"), "/../../../bin/inner");
	assert_string_equal(real, in_tree("root/bin/inner"));
	free(real);
	assert_null(root_real(in_tree("root"), "/none"));
	assert_int_equal(errno, ENOENT);
	real = root_real(NULL, in_tree("dirlink"));
	assert_string_equal(real, in_tree("b"));
	free(real);
	assert_int_equal(root_open(in_tree("none"), "/x", O_PATH), -ENOENT);
	assert_int_equal(root_open(NULL, in_tree("none"), O_RDONLY), -ENOENT);
	fd = root_open(NULL, in_tree("b"), O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	(void)close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, init, clear)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_program_is_found_as_a_shell_finds_it),
		TEST(what_cannot_be_run_is_said),
		TEST(another_root_has_programs_of_its_own),
		TEST(what_only_a_layer_may_have_the_box_finds),
		TEST(the_directories_of_the_program_and_of_the_work_are_there),
		TEST(a_bind_may_not_hide_what_the_product_needs),
		TEST(the_environment_is_small_and_what_was_asked_for),
		TEST(without_a_path_there_is_the_usual_one),
		TEST(root_starts_it_as_who_called_sudo_or_as_nobody),
		TEST(files_of_the_product_are_hashed_before_and_after),
		TEST(earlier_bundles_beside_the_product_are_not_its_files),
		TEST(a_bundle_that_grows_beside_the_product_is_not_its_file),
		TEST(what_tcbox_writes_beside_the_product_is_not_its_file),
		TEST(a_path_of_another_root_stays_in_it),
	};

	return cmocka_run_group_tests(tests, make, tree_remove);
}
