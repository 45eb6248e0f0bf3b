/* SPDX-License-Identifier: Apache-2.0 */
/*
 * leaks.h - does a piece of code keep memory? Without a sanitizer: by what malloc(3) has given out
 */
#ifndef TESTS_UNIT_LEAKS_H
#define TESTS_UNIT_LEAKS_H

#include <malloc.h>
#include <stdbool.h>

/*
 * leaks() - @f must leave nothing behind, and do the same each time. At first malloc's own lists
 * fill, and what is in them counts as given out. Sanitizers have another malloc, of which this
 * knows nothing, and look for leaks themselves
 */
static inline bool leaks(void (*f)(void))
{
	size_t before;

	for (int i = 0; i < 8; i++)
		f();
	before = mallinfo2().uordblks;
	for (int i = 0; i < 8; i++)
		f();
	return mallinfo2().uordblks != before;
}

#endif
