/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grow.h - arrays that grow
 */
#ifndef TCBOX_GROW_H
#define TCBOX_GROW_H

#include <stddef.h>

/**
 * tb_grow() - room for more elements behind those that an array has
 * @v:		From tb_grow() only, with @n elements since then; NULL: none yet
 * @size:	Of one element
 *
 * There is always room for a power of two, so nobody remembers how much room there is. Return: the
 * array, which may have moved; NULL without memory, and @v is as before
 */
void *tb_grow(void *v, size_t n, size_t more, size_t size);

#endif
