/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unescape.c - the bytes that tb_buf_add_json() was given, back from a JSON string
 */
#include "tcbox/unescape.h"

#include <string.h>

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool rec_unescape_to(const char *s, size_t len, char *out)
{
	size_t i, plain;

	for (i = 0; i < len;) {
		const char *backslash = memchr(s + i, '\\', len - i);

		plain = backslash ? (size_t)(backslash - (s + i)) : len - i;
		memcpy(out, s + i, plain);
		out += plain;
		i += plain;
		if (!backslash)
			break;
		if (len - i >= 2 && s[i + 1] == '\\') {
			*out++ = '\\';
			i += 2;
		} else if (len - i >= 4 && s[i + 1] == 'x' && hex_digit(s[i + 2]) >= 8 && hex_digit(s[i + 3]) >= 0) {
			*out++ = (char)(hex_digit(s[i + 2]) << 4 | hex_digit(s[i + 3]));	/* ASCII is never escaped so: no NUL */
			i += 4;
		} else {
			return false;
		}
	}
	*out = '\0';
	return true;
}
