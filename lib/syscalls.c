/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscalls.c - names and numbers of the native system calls, generated from the kernel headers;
 * names of those that only 32-bit x86 has
 */
#include "tcbox/syscalls.h"

#include <string.h>

#include "tcbox/nearest.h"
#include "tcbox/own.h"

static const struct {
	int nr;
	const char *name;
} table[] = {
#include "syscall_table.h"
};

/* Those of 32-bit x86. */
static const struct {
	int nr;
	const char *name;
} table_i386[] = {
#include "syscall_table_32.h"
};

const char *tb_syscall_name(int nr)
{
	size_t lo = 0, hi = TB_ARRAY_SIZE(table), mid;

	while (lo < hi) {		/* the generator sorts by number */
		mid = lo + (hi - lo) / 2;
		if (table[mid].nr == nr)
			return table[mid].name;
		if (table[mid].nr < nr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

int tb_syscall_number(const char *name)
{
	size_t i;

	for (i = 0; i < TB_ARRAY_SIZE(table); i++)
		if (!strcmp(table[i].name, name))
			return table[i].nr;
	return -1;
}

bool tb_syscall_is_i386(const char *name)
{
	for (size_t i = 0; i < TB_ARRAY_SIZE(table_i386); i++)
		if (!strcmp(table_i386[i].name, name))
			return tb_syscall_number(name) < 0;
	return false;
}

const char *tb_syscall_nearest(const char *name)
{
	struct tb_nearest n;
	size_t i;

	tb_nearest_init(&n, name);
	for (i = 0; i < TB_ARRAY_SIZE(table); i++)
		tb_nearest_try(&n, table[i].name);
	return n.best;
}
