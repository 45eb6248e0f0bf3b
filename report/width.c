/* SPDX-License-Identifier: Apache-2.0 */
/*
 * width.c - columns that text takes on a terminal
 *
 * Limits: the ranges below are those that terminals agree on (Unicode TR11 "W" and "F", categories
 * Mn and Me in common scripts). A rare character that is missing makes one line a column too long
 * or too short, nothing else.
 */
#include "report/width.h"

#include <stdint.h>

#include "tcbox/buf.h"
#include "tcbox/own.h"

struct range {
	uint32_t lo, hi;
	size_t width;
};

static const struct range ranges[] = {
	{ 0x0300, 0x036f, 0 },	 { 0x0483, 0x0489, 0 },	  { 0x0591, 0x05bd, 0 },
	{ 0x064b, 0x065f, 0 },	 { 0x0900, 0x0902, 0 },	  { 0x0e34, 0x0e3a, 0 },
	{ 0x0e47, 0x0e4e, 0 },	 { 0x1100, 0x115f, 2 },	  { 0x1ab0, 0x1aff, 0 },
	{ 0x1dc0, 0x1dff, 0 },	 { 0x20d0, 0x20f0, 0 },	  { 0x231a, 0x231b, 2 },
	{ 0x23e9, 0x23ec, 2 },	 { 0x2614, 0x2615, 2 },	  { 0x2648, 0x2653, 2 },
	{ 0x26a1, 0x26a1, 2 },	 { 0x2705, 0x2705, 2 },	  { 0x274c, 0x274c, 2 },
	{ 0x2753, 0x2755, 2 },	 { 0x2795, 0x2797, 2 },	  { 0x2e80, 0x303e, 2 },
	{ 0x3041, 0x3247, 2 },	 { 0x3250, 0x4dbf, 2 },	  { 0x4e00, 0xa4c6, 2 },
	{ 0xa960, 0xa97c, 2 },	 { 0xac00, 0xd7a3, 2 },	  { 0xf900, 0xfaff, 2 },
	{ 0xfe00, 0xfe0f, 0 },	 { 0xfe20, 0xfe2f, 0 },	  { 0xfe30, 0xfe6b, 2 },
	{ 0xff01, 0xff60, 2 },	 { 0xffe0, 0xffe6, 2 },	  { 0x1f004, 0x1f004, 2 },
	{ 0x1f0cf, 0x1f0cf, 2 }, { 0x1f18e, 0x1f19a, 2 }, { 0x1f200, 0x1f64f, 2 },
	{ 0x1f680, 0x1f6ff, 2 }, { 0x1f7e0, 0x1f7eb, 2 }, { 0x1f900, 0x1f9ff, 2 },
	{ 0x1fa70, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 }, { 0xe0100, 0xe01ef, 0 },
};

size_t rpt_char_width(const char *s, size_t max, size_t *len)
{
	uint32_t cp = 0;

	*len = tb_utf8_next((const unsigned char *)s, max, &cp);
	if (!*len)
		*len = 1;
	for (size_t i = 0; i < TB_ARRAY_SIZE(ranges) && cp >= ranges[i].lo; i++)
		if (cp <= ranges[i].hi)
			return ranges[i].width;
	return 1;
}

size_t rpt_width(const char *s, size_t len)
{
	size_t columns = 0, n;

	for (; len; s += n, len -= n)
		columns += rpt_char_width(s, len, &n);
	return columns;
}
