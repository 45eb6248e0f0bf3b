/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unescape.h - the bytes that tb_buf_add_json() was given, back from a JSON string
 */
#ifndef RECORD_UNESCAPE_H
#define RECORD_UNESCAPE_H

#include <stddef.h>

/* rec_unescape_to() - \xNN becomes the byte again and two backslashes one. @out has room for len + 1 bytes; ends in NUL */
void rec_unescape_to(const char *s, size_t len, char *out);

/* rec_unescape() - the same into new memory, owned by the caller; NULL without memory */
char *rec_unescape(const char *s, size_t len);

#endif
