/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.h - memory of many pieces that is freed at once
 */
#ifndef TCBOX_POOL_H
#define TCBOX_POOL_H

#include <stddef.h>

struct tb_pool;

/* tb_pool_new() - @first: bytes that need no further allocation. Return: NULL without memory */
struct tb_pool *tb_pool_new(size_t first);

/* tb_pool_alloc() - @size bytes, aligned for anything, not cleared. Return: NULL without memory */
void *tb_pool_alloc(struct tb_pool *pool, size_t size);

/* tb_pool_free() - all of it; NULL is fine */
void tb_pool_free(struct tb_pool *pool);

#endif
