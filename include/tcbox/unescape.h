/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unescape.h - the bytes that tb_buf_add_json() was given, back from a JSON string
 */
#ifndef TCBOX_UNESCAPE_H
#define TCBOX_UNESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * rec_unescape_to() - \xNN becomes the byte again and two backslashes one
 * @out:	Has room for len + 1 bytes; ends in NUL
 *
 * Return: false if a backslash is followed by something that tb_buf_add_json() never writes
 */
bool rec_unescape_to(const char *s, size_t len, char *out);

#endif
