/* SPDX-License-Identifier: Apache-2.0 */
/*
 * size.c - sizes as people write them
 */
#include "tcbox/size.h"

#include <errno.h>
#include <string.h>

#include "tcbox/own.h"

int tb_size_parse(const char *s, uint64_t *out)
{
	static const struct { const char *unit; uint64_t factor; } units[] = {
		{ "B", 1 }, { "kB", 1000 }, { "KB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 },
		{ "TB", UINT64_C(1000000000000) }, { "KiB", UINT64_C(1) << 10 },
		{ "MiB", UINT64_C(1) << 20 },
		{ "GiB", UINT64_C(1) << 30 }, { "TiB", UINT64_C(1) << 40 },
	};
	size_t n = strspn(s, "0123456789"), i;
	const char *unit = s + n + strspn(s + n, " ");

	*out = 0;
	for (i = 0; i < n; i++)
		if (__builtin_mul_overflow(*out, UINT64_C(10), out) ||
		    __builtin_add_overflow(*out, (uint64_t)(s[i] - '0'), out))
			return -ERANGE;
	for (i = 0; n && i < TB_ARRAY_SIZE(units); i++)
		if (!strcmp(unit, units[i].unit))
			return __builtin_mul_overflow(*out, units[i].factor, out) ? -ERANGE : 0;
	return -EINVAL;
}
