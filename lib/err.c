/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.c - the error object
 */
#include "tcbox/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* mark_cut() - make visible that a text did not fit */
static void mark_cut(char *msg, size_t size, int wanted)
{
	if (wanted >= 0 && (size_t)wanted >= size)
		memcpy(msg + size - 4, "...", 4);
}

static TB_PRINTF(4, 0) int fill(struct tb_err *err, int code, const char *tail, const char *fmt,
				va_list ap)
{
	int n;

	if (code <= 0)
		code = EIO;
	if (!err)
		return -code;
	err->code = code;
	n = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	if (tail && n >= 0 && (size_t)n < sizeof(err->msg))
		n += snprintf(err->msg + n, sizeof(err->msg) - (size_t)n, ": %s", tail);
	mark_cut(err->msg, sizeof(err->msg), n);
	return -code;
}

int tb_err_set(struct tb_err *err, int code, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = fill(err, code, strerror(code > 0 ? code : EIO), fmt, ap);
	va_end(ap);
	return ret;
}

int tb_err_msg(struct tb_err *err, int code, const char *fmt, ...)
{
	va_list ap;
	int ret;

	va_start(ap, fmt);
	ret = fill(err, code, NULL, fmt, ap);
	va_end(ap);
	return ret;
}

int tb_err_wrap(struct tb_err *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)];
	va_list ap;
	int n;

	if (!err || !err->code)
		return -EIO;
	memcpy(inner, err->msg, sizeof(inner));
	va_start(ap, fmt);
	n = vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(err->msg))
		n += snprintf(err->msg + n, sizeof(err->msg) - (size_t)n, ": %s", inner);
	mark_cut(err->msg, sizeof(err->msg), n);
	return -err->code;
}
