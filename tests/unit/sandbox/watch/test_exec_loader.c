/* SPDX-License-Identifier: Apache-2.0 */
/* test_exec_loader.c - the dynamic loader as a program, and what it runs */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/exec_args.h"
#include "sandbox/watch/exec_loader.h"
#include "tcbox/own.h"

static void a_loader_is_known_by_what_is_in_it(void **state)
{
	static const struct { const char *path; bool loader; } rows[] = {
		{ "/lib64/ld-linux-x86-64.so.2", true }, { "/proc/self/exe", false },
		{ "/bin/sh", false }, { "/etc/passwd", false }, { "/dev/null", false },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		TB_AUTOCLOSE int fd = open(rows[i].path, O_RDONLY | O_CLOEXEC);

		assert_true(fd >= 0);
		assert_int_equal(exec_loader_is(fd), rows[i].loader);
	}
	assert_false(exec_loader_is(-1));
}

static void its_program_is_the_first_argument_that_is_no_option(void **state)
{
	static const struct { const char *args[8]; const char *program; } rows[] = {
		{ { "ld.so", "/bin/x", "--list" }, "/bin/x" },
		{ { "ld.so", "--inhibit-cache", "/bin/x", "y" }, "/bin/x" },
		{ { "ld.so", "--library-path", "/l", "--argv0", "z", "/bin/x" }, "/bin/x" },
		{ { "ld.so", "--preload=/l", "--", "--odd" }, "--odd" },
		{ { "ld.so", "--verify", "/bin/x" }, NULL },
		{ { "ld.so", "--list", "/bin/x" }, NULL },
		{ { "ld.so", "--preload" }, NULL },
		{ { "ld.so", "--help" }, NULL },
		{ { "ld.so" }, NULL },
		{ { NULL }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct exec_args args = { .n = 0 };
		const char *program;

		while (rows[i].args[args.n]) {
			args.v[args.n] = rows[i].args[args.n];
			args.n++;
		}
		program = exec_loader_program(&args);
		if (rows[i].program)
			assert_string_equal(program, rows[i].program);
		else
			assert_null(program);
	}
}

static void it_lists_only_if_the_environment_says_so(void **state)
{
	static const struct { const char *env[4]; bool lists; } rows[] = {
		{ { "A=1", "LD_TRACE_LOADED_OBJECTS=1", "B=2" }, true },
		{ { "LD_TRACE_LOADED_OBJECTS=verylong" }, true },
		{ { "LD_TRACE_LOADED_OBJECTS=" }, false },
		{ { "LD_TRACE_LOADED_OBJECT=1" }, false },
		{ { NULL, "LD_TRACE_LOADED_OBJECTS=1" }, false },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		assert_int_equal(exec_loader_lists(getpid(), (uintptr_t)rows[i].env,
						   sizeof(char *)), rows[i].lists);
	assert_false(exec_loader_lists(getpid(), 0, sizeof(char *)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loader_is_known_by_what_is_in_it),
		cmocka_unit_test(its_program_is_the_first_argument_that_is_no_option),
		cmocka_unit_test(it_lists_only_if_the_environment_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
