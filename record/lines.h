/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.h - lines of the record, before they are read as JSON
 */
#ifndef RECORD_LINES_H
#define RECORD_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "tcbox/event.h"

#define REC_LINE_MAX (1u << 20)		/* longer lines are no events */

/**
 * rec_line_head() - does a line look as ev_format() writes them, and who says what?
 * @line:	Without its newline
 * @ev:		Receives kind, src, n and t
 *
 * For lines that tcbox's own processes have just written: it checks the head, the closing brace,
 * and that there is no control character, and costs a tenth of ev_parse(). Return: false if it does
 * not
 */
bool rec_line_head(const char *line, size_t len, struct ev *ev);

#endif
