/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.c - one line to standard error
 */
#include "tcbox/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/buf.h"
#include "tcbox/fd.h"

static enum tb_log_level max_level = TB_LOG_WARN;

void tb_log_set_level(enum tb_log_level level)
{
	max_level = level;
}

enum tb_log_level tb_log_level(void)
{
	return max_level;
}

void tb_log(enum tb_log_level level, const char *room, const char *fmt, ...)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	int saved = errno;
	char text[1024];
	va_list ap;

	if (level > max_level)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tb_buf_adds(&line, "tcbox: ");
	tb_buf_add_shown(&line, room, strlen(room));	/* may be a command that there is not */
	tb_buf_adds(&line, ": ");
	tb_buf_add_shown(&line, text, strlen(text));
	tb_buf_addc(&line, '\n');
	if (!line.failed)
		/* nowhere to report a failure to report */
		(void)tb_write_all(2, line.data, line.len);
	errno = saved;
}

void tb_bug(const char *file, int line, const char *what)
{
	tb_log(TB_LOG_ERROR, "bug", "%s:%d: %s", file, line, what);
	abort();
}
