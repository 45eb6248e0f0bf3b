/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - what memory this process used
 */
#include "tcbox/memory.h"

#include <sys/resource.h>

uint64_t tb_memory_peak_kib(void)
{
	struct rusage used;

	return getrusage(RUSAGE_SELF, &used) ? 0 : (uint64_t)used.ru_maxrss;
}
