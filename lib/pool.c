/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool.c - memory of many pieces that is freed at once
 *
 * The pool is its first block, so that what fits there costs one allocation.
 */
#include "tcbox/pool.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define BLOCK_BYTES (256u << 10)
#define UNIT _Alignof(max_align_t)

struct tb_pool {
	struct tb_pool *more;		/* the first block: its last successor, where room is
					 * left */
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

/* round_up() - Return: false if there is no such size */
static bool round_up(size_t *size)
{
	if (*size > PTRDIFF_MAX - UNIT)
		return false;
	*size = (*size + UNIT - 1) / UNIT * UNIT;
	return true;
}

static struct tb_pool *block_new(struct tb_pool *more, size_t size)
{
	struct tb_pool *b = malloc(sizeof(*b) + size);

	if (b)
		*b = (struct tb_pool){ .more = more, .size = size };
	return b;
}

struct tb_pool *tb_pool_new(size_t first)
{
	return round_up(&first) ? block_new(NULL, first) : NULL;
}

void *tb_pool_alloc(struct tb_pool *pool, size_t size)
{
	struct tb_pool *b = pool->more ? pool->more : pool;

	if (!round_up(&size))
		return NULL;
	if (b->size - b->used < size) {
		b = block_new(pool->more, size > BLOCK_BYTES ? size : BLOCK_BYTES);
		if (!b)
			return NULL;
		pool->more = b;
	}
	b->used += size;
	return b->data + b->used - size;
}

void tb_pool_free(struct tb_pool *pool)
{
	struct tb_pool *more;

	for (; pool; pool = more) {
		more = pool->more;
		free(pool);
	}
}
