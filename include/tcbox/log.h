/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - messages for the operator, on standard error, one line each
 *
 * Logs serve the person at the terminal; findings serve the verdict. Nothing that matters for the
 * verdict may be only logged. Bytes that a terminal could interpret are escaped here, so callers
 * may pass strings that the product chose. errno is preserved.
 */
#ifndef TCBOX_LOG_H
#define TCBOX_LOG_H

#include "tcbox/err.h"

enum tb_log_level { TB_LOG_ERROR, TB_LOG_WARN, TB_LOG_INFO, TB_LOG_DEBUG };

/* tb_log_set_level() - print messages up to this level; TB_LOG_WARN at start, TCBOX_DEBUG=1 in the
 * environment of cli sets DEBUG */
void tb_log_set_level(enum tb_log_level level);
enum tb_log_level tb_log_level(void);

/**
 * tb_log() - print "tcbox: ROOM: text"
 * @room:	Name of the room or part that speaks, e.g. "capture"
 */
void tb_log(enum tb_log_level level, const char *room, const char *fmt, ...) TB_PRINTF(3, 4);

#define tb_warn(room, ...) tb_log(TB_LOG_WARN, (room), __VA_ARGS__)
#define tb_info(room, ...) tb_log(TB_LOG_INFO, (room), __VA_ARGS__)
#define tb_debug(room, ...) tb_log(TB_LOG_DEBUG, (room), __VA_ARGS__)

/**
 * TB_BUG_ON() - stop on a mistake of our own
 *
 * For broken invariants only. No input, however hostile, may trigger it.
 */
#define TB_BUG_ON(cond)							\
	do {								\
		if (__builtin_expect(!!(cond), 0))			\
			tb_bug(__FILE__, __LINE__, #cond);		\
	} while (0)

void tb_bug(const char *file, int line, const char *what) __attribute__((noreturn));

#endif
