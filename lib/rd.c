/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rd.c - bounded cursor over bytes that are not ours
 */
#include "tcbox/buf.h"

const uint8_t *tb_rd_bytes(struct tb_rd *r, size_t len)
{
	const uint8_t *p = r->p;

	if (r->bad || len > r->left) {
		r->bad = true;
		return NULL;
	}
	r->p += len;
	r->left -= len;
	return p;
}

/* be() - the next @n bytes as a big-endian number; 0 past the end */
static uint32_t be(struct tb_rd *r, size_t n)
{
	const uint8_t *p = tb_rd_bytes(r, n);
	uint32_t v = 0;
	size_t i;

	for (i = 0; p && i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t tb_rd_u8(struct tb_rd *r)
{
	return (uint8_t)be(r, 1);
}

uint16_t tb_rd_u16be(struct tb_rd *r)
{
	return (uint16_t)be(r, 2);
}

uint32_t tb_rd_u32be(struct tb_rd *r)
{
	return be(r, 4);
}
