/* SPDX-License-Identifier: Apache-2.0 */
/*
 * width.h - columns that text takes on a terminal
 */
#ifndef REPORT_WIDTH_H
#define REPORT_WIDTH_H

#include <stddef.h>

/**
 * rpt_char_width() - columns of the first character of valid UTF-8
 * @s:		Not empty; from tb_buf_add_shown(), so without control characters
 * @len:	Receives the character's length in bytes, never more than @max
 *
 * Return: 0 (combining), 1, or 2 (East Asian wide, emoji). wcwidth(3) is not used, because it
 * depends on the locale and the report does not.
 */
size_t rpt_char_width(const char *s, size_t max, size_t *len);

/* rpt_width() - columns of @len bytes */
size_t rpt_width(const char *s, size_t len);

#endif
