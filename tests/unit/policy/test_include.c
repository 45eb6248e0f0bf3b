/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_include.c - tests of policy/include.c: policies that include others
 */
#include "tcbox/policy.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

static char dir[] = "/tmp/tcbox-test-XXXXXX";

static const char *place(const char *name)
{
	static char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(place(name), "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static struct pol *load(const char *name, struct tb_buf *whole)
{
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	if (pol_load(place(name), &p, whole, &err))
		fail_msg("%s", err.msg);
	return p;
}

static void assert_refused(const char *name, const char *why)
{
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	assert_int_equal(pol_load(place(name), &p, NULL, &err), -EINVAL);
	assert_null(p);
	if (!strstr(err.msg, why))
		fail_msg("\"%s\" is not in: %s", why, err.msg);
}

#define POLICY(members) "{ \"tcbox_policy\": 1, " members " }"
#define RULE(id) "{ \"id\": \"" id "\", \"ports\": [443] }"

static void rules_of_included_policies_stand_first(void **state)
{
	struct pol *p;

	(void)state;
	put("sub/base.json", POLICY("\"connections\": [" RULE("base") "], \"names\": [\"a.example\"],"
				    "\n\"executes\": [\"/a\"], \"product\": { \"name\": \"x\" }, "
				    "\"undeclared\": { \"connections\": \"ignore\" }, "
				    "\"syscalls\": { \"allow\": [\"read\", \"write\"] }"));
	put("main.json", POLICY("\"connections\": [" RULE("main") "], \"names\": [\"b.example\"], "
				"\"include\": [\"sub/base.json\"], "
				"\"syscalls\": { \"allow\": [\"close\"], \"deny\": [\"write\"] }"));
	p = load("main.json", NULL);
	assert_int_equal(p->nconns, 2);
	assert_string_equal(p->conns[0].id, "base");
	assert_string_equal(pol_file(p, p->conns[0].at), place("sub/base.json"));
	assert_string_equal(p->conns[1].id, "main");
	assert_string_equal(pol_file(p, p->conns[1].at), place("main.json"));
	assert_int_equal(p->nnames, 2);
	assert_string_equal(p->names[0], "a.example");
	assert_int_equal(p->names_at[0].file, 1);
	assert_int_equal(p->names_at[1].file, 0);
	assert_int_equal(p->executes_at[0].line, 2);
	assert_null(p->product);
	assert_int_equal(p->on_conn, POL_VIOLATION);
	assert_int_equal(p->on_exec, POL_WARNING);
	assert_int_equal(p->sys[tb_syscall_number("read")], POL_SYS_ALLOWED);
	assert_int_equal(p->sys[tb_syscall_number("close")], POL_SYS_ALLOWED);
	assert_int_equal(p->sys[tb_syscall_number("write")], POL_SYS_DENIED);
	assert_int_equal(p->sys[tb_syscall_number("open")], POL_SYS_UNDECLARED);
	pol_free(p);
}

static void the_outermost_definition_holds(void **state)
{
	struct pol *p;

	(void)state;
	put("defs.json", POLICY("\"variables\": { \"d\": \"/inner\", \"e\": \"/other\" }, "
				"\"groups\": { \"ports\": { \"web\": [443] } }, "
				"\"files\": { \"write\": [\"${d}/${version}\"] }"));
	put("main.json", POLICY("\"include\": [\"defs.json\"], \"variables\": { \"d\": \"/mine\" }, "
				"\"product\": { \"version\": \"3\" }, "
				"\"executes\": [\"${d}\", \"${e}\"], "
				"\"listens\": [{ \"id\": \"l\", \"ports\": [\"@web\"] }]"));
	p = load("main.json", NULL);
	assert_string_equal(p->write[0], "/mine/3");
	assert_string_equal(p->executes[0], "/mine");
	assert_string_equal(p->executes[1], "/other");
	assert_int_equal(p->listens[0].ports[0].lo, 443);
	pol_free(p);
}

static void a_file_counts_once_and_may_not_include_itself(void **state)
{
	struct pol *p;

	(void)state;
	put("defs.json", POLICY("\"connections\": [" RULE("defs") "]"));
	put("one.json", POLICY("\"include\": [\"defs.json\"]"));
	put("main.json", POLICY("\"include\": [\"one.json\", \"./sub/../defs.json\"]"));
	p = load("main.json", NULL);
	assert_int_equal(p->nconns, 1);
	pol_free(p);
	put("one.json", POLICY("\"include\": [\"main.json\"]"));
	assert_refused("main.json", "one.json:1:34: include[0]: \"main.json\" includes itself");
	put("main.json", POLICY("\"include\": [\"main.json\"]"));
	assert_refused("main.json", "includes itself");
}

/* Nor is it waited for. */
static void what_is_no_file_is_not_read(void **state)
{
	(void)state;
	(void)unlink(place("pipe.json"));
	assert_int_equal(mkfifo(place("pipe.json"), 0600), 0);
	put("main.json", POLICY("\"include\": [\"pipe.json\"]"));
	assert_refused("main.json", "include[0]: \"pipe.json\" is not a file");
	assert_int_equal(unlink(place("pipe.json")), 0);
}

static void problems_name_the_file_that_they_are_in(void **state)
{
	(void)state;
	put("main.json", POLICY("\"include\": [\"sub/bad.json\"]"));
	put("sub/bad.json", "{ \"tcbox_policy\": 1,\n\"nmes\": [] }");
	assert_refused("main.json", "sub/bad.json:2:1: nmes: unknown key");
	put("sub/bad.json", "{ \"tcbox_policy\": 1,\n");
	assert_refused("main.json", "sub/bad.json:1:1: this '{' is not closed");
	put("sub/bad.json", "[]");
	assert_refused("main.json", "sub/bad.json:1:1: an object is expected");
	put("sub/bad.json", "{ \"tcbox_policy\": 2 }");
	assert_refused("main.json", "version 2 is newer");
	put("main.json", POLICY("\"include\": [\"none.json\"]"));
	assert_refused("main.json", "main.json:1:34: include[0]: open");
	put("main.json", POLICY("\"include\": [7]"));
	assert_refused("main.json", "a string is expected");
	put("main.json", POLICY("\"include\": [\"sub\"]"));
	assert_refused("main.json", "include[0]: ");
	put("sub/bad.json", POLICY("\"connections\": [" RULE("r") "]"));
	put("main.json", POLICY("\"include\": [\"sub/bad.json\"], \"connections\": [" RULE("r") "]"));
	assert_refused("main.json", "\"r\" is the id of the rule in line 1 of");
}

static void they_are_not_included_without_end(void **state)
{
	TB_AUTOBUF struct tb_buf many = TB_BUF_INIT;
	char name[32], text[128];

	(void)state;
	for (int i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "deep%d.json", i);
		(void)snprintf(text, sizeof(text), POLICY("\"include\": [\"deep%d.json\"]"), i + 1);
		put(name, text);
	}
	assert_refused("deep0.json", "included more than 8 deep");
	tb_buf_adds(&many, "{ \"tcbox_policy\": 1, \"include\": [");
	for (int i = 0; i < 70; i++) {
		(void)snprintf(name, sizeof(name), "sub/n%d.json", i);
		put(name, "{ \"tcbox_policy\": 1 }");
		tb_buf_addf(&many, "%s\"%s\"", i ? ", " : "", name);
	}
	tb_buf_adds(&many, "] }");
	put("main.json", many.data);
	assert_refused("main.json", "more than 64 files are included");
}

static void they_count_however_they_are_written(void **state)
{
	static const char *const elements[] = { "{ \"tcbox_policy\": 1 }", "\"defs.json\"" };

	(void)state;
	put("defs.json", "{ \"tcbox_policy\": 1 }");
	for (size_t i = 0; i < TB_ARRAY_SIZE(elements); i++) {
		for (int n = 64; n <= 65; n++) {
			TB_AUTOBUF struct tb_buf many = TB_BUF_INIT;

			tb_buf_adds(&many, "{ \"tcbox_policy\": 1, \"include\": [");
			for (int k = 0; k < n; k++)
				tb_buf_addf(&many, "%s%s", k ? ", " : "", elements[i]);
			tb_buf_adds(&many, "] }");
			put("main.json", many.data);
			if (n == 64)
				pol_free(load("main.json", NULL));
			else
				assert_refused("main.json", "more than 64 files are included");
		}
	}
}

static void what_a_bundle_could_not_keep_is_refused(void **state)
{
	static const char head[] = POLICY("\"include\": [\"big.json\", \"big.json\"]");
	static const char big[] = "{ \"tcbox_policy\": 1 }";
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

	(void)state;
	tb_buf_adds(&text, big);
	while (text.len + 1024 < POL_MAX_BYTES - strlen(head))
		tb_buf_addf(&text, "%1024s", "");
	while (text.len < POL_MAX_BYTES - strlen(head))
		tb_buf_addc(&text, ' ');
	put("big.json", text.data);
	put("main.json", head);
	assert_refused("main.json", "with all that is included");
	put("big.json", big);
	pol_free(load("main.json", NULL));
}

static void the_whole_text_needs_no_other_file(void **state)
{
	TB_AUTOBUF struct tb_buf whole = TB_BUF_INIT, again = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct pol *p, *q = NULL;

	(void)state;
	put("defs.json", "\xef\xbb\xbf" POLICY("\"connections\": [" RULE("defs") "]") " // end");
	put("sub/base.json", POLICY("\"include\": [\"../defs.json\"]"));
	put("main.json", "// first\n" POLICY("\"include\": [\"sub/base.json\", \"defs.json\", "
					    POLICY("\"names\": [\"n.example\"]") "], "
					    "\"connections\": [" RULE("main") "]"));
	p = load("main.json", &whole);
	assert_string_equal(whole.data,
			    "// first\n{ \"tcbox_policy\": 1, \"include\": ["
			    "{ \"tcbox_policy\": 1, \"include\": ["
			    POLICY("\"connections\": [" RULE("defs") "]") " // end\n] }\n, "
			    "{ \"tcbox_policy\": 1 }, " POLICY("\"names\": [\"n.example\"]") "], "
			    "\"connections\": [" RULE("main") "] }");
	if (pol_parse("policy.json", whole.data, whole.len, &q, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(q->nconns, p->nconns);
	assert_string_equal(q->conns[0].id, p->conns[0].id);
	assert_string_equal(q->names[0], "n.example");
	pol_free(q);
	assert_int_equal(pol_parse_whole("p", whole.data, whole.len, &q, &again, &err), 0);
	assert_string_equal(again.data, whole.data);
	pol_free(q);
	pol_free(p);
}

static void a_text_that_was_not_named_reads_no_file(void **state)
{
	static const char text[] = POLICY("\"include\": [\"/etc/passwd\"]");
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	(void)state;
	assert_int_equal(pol_parse("policy.json", text, strlen(text), &p, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "a file is included only by a policy that is read from"));
}

static int make_dir(void **state)
{
	(void)state;
	return !mkdtemp(dir) || mkdir(place("sub"), 0700);
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_of_included_policies_stand_first),
		cmocka_unit_test(the_outermost_definition_holds),
		cmocka_unit_test(a_file_counts_once_and_may_not_include_itself),
		cmocka_unit_test(what_is_no_file_is_not_read),
		cmocka_unit_test(problems_name_the_file_that_they_are_in),
		cmocka_unit_test(they_are_not_included_without_end),
		cmocka_unit_test(they_count_however_they_are_written),
		cmocka_unit_test(what_a_bundle_could_not_keep_is_refused),
		cmocka_unit_test(the_whole_text_needs_no_other_file),
		cmocka_unit_test(a_text_that_was_not_named_reads_no_file),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
