/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unescape.c - the bytes that tb_buf_add_json() was given, back from a JSON string
 */
#include "record/unescape.h"

#include <stdlib.h>

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void rec_unescape_to(const char *s, size_t len, char *out)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (s[i] == '\\' && i + 3 < len && s[i + 1] == 'x' && hex_digit(s[i + 2]) >= 0 &&
		    hex_digit(s[i + 3]) >= 0) {
			*out++ = (char)(hex_digit(s[i + 2]) << 4 | hex_digit(s[i + 3]));
			i += 3;
			continue;
		}
		if (s[i] == '\\' && i + 1 < len && s[i + 1] == '\\')
			i++;
		*out++ = s[i];
	}
	*out = '\0';
}

char *rec_unescape(const char *s, size_t len)
{
	char *out = malloc(len + 1);

	if (out)
		rec_unescape_to(s, len, out);
	return out;
}
