/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grow.c - arrays that grow
 */
#include "tcbox/grow.h"

#include <stdint.h>
#include <stdlib.h>

/* room_for() - the least power of two that holds @n elements; 0: there is none, or none are
 * wanted */
static size_t room_for(size_t n)
{
	size_t room = n ? 1 : 0;

	while (room && room < n)
		room <<= 1;
	return room;
}

void *tb_grow(void *v, size_t n, size_t more, size_t size)
{
	size_t room = room_for(n), wanted;

	if (__builtin_add_overflow(n, more, &wanted))
		return NULL;
	if (v && wanted <= room)
		return v;
	room = room_for(wanted);
	return room || !wanted ? reallocarray(v, room ? room : 1, size) : NULL;
}
