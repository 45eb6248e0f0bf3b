/* SPDX-License-Identifier: Apache-2.0 */
/* test_exec_certain.c - when an exec is sure to be of the file that was looked at */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/exec_certain.h"
#include "sandbox/watch/exec_file.h"

static void a_page_is_its_own_if_it_is_private_and_of_no_file(void **state)
{
	static const char maps[] =
		"555555554000-555555556000 r--p 00000000 fe:01 77   /usr/bin/x\n"
		"555555560000-555555581000 rw-p 00000000 00:00 0    [heap]\n"
		"7ffff7a00000-7ffff7a01000 rw-s 00000000 00:01 12   /dev/zero (deleted)\n"
		"7ffff7a01000-7ffff7a02000 rw-s 00000000 00:01 0\n"
		"7ffff7b00000-7ffff7b01000 rw-p 00000000 00:00 0 \n"
		"nonsense\n"
		"7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0    [stack]\n";
	static const struct { uint64_t addr; bool own; } rows[] = {
		{ 0x555555554000, false }, { 0x555555560000, true }, { 0x555555580fff, true },
		{ 0x555555581000, false }, { 0x7ffff7a00000, false }, { 0x7ffff7a01000, false },
		{ 0x7ffff7b00800, true }, { 0x7ffffffde000, false }, { 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(exec_certain_page(maps, rows[i].addr), rows[i].own);
	assert_false(exec_certain_page("", 0));
}

static void what_is_led_to_by_links_or_fails_or_is_a_script_is_not_certain(void **state)
{
	static const char name[] = "/usr/bin/env";
	struct exec_file file = { .exe = "/usr/bin/other" };

	(void)state;
	assert_false(exec_certain(getpid(), (uintptr_t)name, name, &file));
	(void)snprintf(file.exe, sizeof(file.exe), "%s", name);
	file.nby = 1;
	assert_false(exec_certain(getpid(), (uintptr_t)name, name, &file));
	file.nby = 0;
	file.error = 2;
	assert_false(exec_certain(getpid(), (uintptr_t)name, name, &file));
	file.error = 0;
	/* the name is in memory of a file */
	assert_false(exec_certain(getpid(), (uintptr_t)name, name, &file));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_its_own_if_it_is_private_and_of_no_file),
		cmocka_unit_test(what_is_led_to_by_links_or_fails_or_is_a_script_is_not_certain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
