/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_write.h - a tree of keys and values as JSON
 *
 * Described in calls of the functions below, in the order of the text. Keys are our own words; they
 * are NULL for the members of an array and for the outermost object. Values are bytes that the
 * product may have chosen: tb_buf_add_json() makes them harmless. Errors are sticky in the buffer.
 */
#ifndef TCBOX_JSON_WRITE_H
#define TCBOX_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcbox/buf.h"

#define JW_DEPTH 16		/* levels of objects and arrays; what we write has a fixed shape and
				 * fewer */

struct jw {
	struct tb_buf *out;
	unsigned int depth;
	bool is_array[JW_DEPTH];
	bool filled[JW_DEPTH];		/* this level has a member */
};

/* jw_init() - write JSON (RFC 8259) to @out, two spaces for each level; the text ends in a
 * newline */
void jw_init(struct jw *w, struct tb_buf *out);

void jw_object(struct jw *w, const char *key);
void jw_array(struct jw *w, const char *key);

/* jw_end() - of the innermost object or array */
void jw_end(struct jw *w);

/* jw_str() - @value: NULL for null */
void jw_str(struct jw *w, const char *key, const char *value);
void jw_uint(struct jw *w, const char *key, uint64_t value);
void jw_sint(struct jw *w, const char *key, int64_t value);
void jw_bool(struct jw *w, const char *key, bool value);

#endif
