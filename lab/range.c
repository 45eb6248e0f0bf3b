/* SPDX-License-Identifier: Apache-2.0 */
/*
 * range.c - a part of what is found, as a client asks for it (RFC 9110, 14)
 *
 * Pure. Several ranges at once are not understood, as a server may choose: 14.2.
 */
#include "lab/range.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DIGITS_MAX 15		/* fit into 64 bits */

/* read_number() - Return: how many digits; 0: none, or too many */
static size_t read_number(const char *s, uint64_t *out)
{
	size_t n = strspn(s, "0123456789");

	*out = 0;
	if (n > DIGITS_MAX)
		return 0;
	for (size_t i = 0; i < n; i++)
		*out = *out * 10 + (uint64_t)(s[i] - '0');
	return n;
}

enum range_what range_find(const char *text, size_t size, struct range *out)
{
	uint64_t from, last;
	size_t n, m;

	if (strncmp(text, "bytes=", 6) != 0)
		return RANGE_ALL;
	text += 6;
	n = read_number(text, &from);
	if (text[n] != '-')
		return RANGE_ALL;
	text += n + 1;
	m = read_number(text, &last);
	if (text[m] || !(n + m))
		return RANGE_ALL;
	if (!n) {		/* the last so many */
		if (!last || !size)
			return RANGE_BEYOND;
		out->len = last < size ? (size_t)last : size;
		out->from = size - out->len;
		return RANGE_PART;
	}
	if (m && last < from)
		return RANGE_ALL;
	if (from >= size)
		return RANGE_BEYOND;
	if (!m || last >= size)
		last = size - 1;
	out->from = (size_t)from;
	out->len = (size_t)(last - from) + 1;
	return RANGE_PART;
}
