/* SPDX-License-Identifier: Apache-2.0 */
/* test_identity.c - calls that change who a process is, and those that leave it as it is */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "sandbox/watch/identity.h"
#include "tcbox/own.h"

static void own_ids_and_none_change_nothing(void **state)
{
	const uint64_t none = UINT32_MAX, u = getuid(), g = getgid(), other = 54321;
	const struct {
		int nr;
		uint64_t a[3];
		bool kept;
	} rows[] = {
		{ SYS_setuid, { u }, true },	   { SYS_setuid, { other },
						     false },	     { SYS_setuid, { none },
							     false },
		{ SYS_setgid, { g }, true },	   { SYS_setgid, { other },
						     false },	     { SYS_setfsuid, { u }, true },
		{ SYS_setfsuid, { other }, false },
		{ SYS_setfsgid, { g }, true },	     { SYS_setfsgid, { other }, false },
		{ SYS_setreuid, { none, u }, true }, { SYS_setreuid, { u, other }, false },
		{ SYS_setreuid, { other, u }, false },
		{ SYS_setregid, { g, none }, true }, { SYS_setregid, { g, other }, false },
		{ SYS_setresuid, { none, u, none }, true },
		{ SYS_setresuid, { u, u, other }, false },
		{ SYS_setresuid, { other, none, none }, false },
		{ SYS_setresuid, { none, other, none }, false },
		{ SYS_setresgid, { none, g, none }, true },
		{ SYS_setresgid, { g, g, other }, false },
		{ SYS_setgroups, { 0 }, false },   { SYS_getuid, { u }, false },
		/* what the kernel does not look at */
		{ SYS_setuid, { u | UINT64_C(1) << 32 }, true },
	};

	(void)state;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++) {
		struct seccomp_data d = { .nr = rows[i].nr,
					  .args = { rows[i].a[0], rows[i].a[1], rows[i].a[2] } };

		if (identity_kept(getpid(), &d) != rows[i].kept)
			fail_msg("row %zu", i);
	}
}

static void of_nobody_nothing_is_known(void **state)
{
	struct seccomp_data d = { .nr = SYS_setuid, .args = { getuid() } };

	(void)state;
	assert_false(identity_kept(0x7ffffff0, &d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_ids_and_none_change_nothing),
		cmocka_unit_test(of_nobody_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
