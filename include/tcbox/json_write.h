/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json_write.h - where a report goes: one interface for all output formats that are trees of keys and values
 *
 * The report is described once, in calls of the functions below; a format is one struct rpt_ops. Keys are our own words,
 * in the order of the calls; they are NULL for the members of an array and for the outermost object. Values are
 * bytes that the product may have chosen: the format makes them harmless. Errors are sticky in the format's buffer.
 */
#ifndef TCBOX_JSON_WRITE_H
#define TCBOX_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

#include "tcbox/buf.h"

struct rpt_writer;

struct rpt_ops {
	void (*object)(struct rpt_writer *w, const char *key);
	void (*array)(struct rpt_writer *w, const char *key);
	void (*end)(struct rpt_writer *w);	/* of the innermost object or array */
	void (*str)(struct rpt_writer *w, const char *key, const char *value);	/* NULL: no value */
	void (*uint)(struct rpt_writer *w, const char *key, uint64_t value);
	void (*sint)(struct rpt_writer *w, const char *key, int64_t value);
	void (*boolean)(struct rpt_writer *w, const char *key, bool value);
};

#define RPT_DEPTH 16		/* levels of objects and arrays; the report's shape is fixed and has fewer */

struct rpt_writer {
	const struct rpt_ops *ops;
	struct tb_buf *out;
	unsigned int depth;
	bool is_array[RPT_DEPTH];
	bool filled[RPT_DEPTH];		/* this level has a member */
};

/* rpt_writer_json() - write JSON (RFC 8259) to @out, two spaces for each level; the text ends in a newline */
void rpt_writer_json(struct rpt_writer *w, struct tb_buf *out);

static inline void rpt_object(struct rpt_writer *w, const char *key)
{
	w->ops->object(w, key);
}

static inline void rpt_array(struct rpt_writer *w, const char *key)
{
	w->ops->array(w, key);
}

static inline void rpt_end(struct rpt_writer *w)
{
	w->ops->end(w);
}

static inline void rpt_str(struct rpt_writer *w, const char *key, const char *value)
{
	w->ops->str(w, key, value);
}

static inline void rpt_uint(struct rpt_writer *w, const char *key, uint64_t value)
{
	w->ops->uint(w, key, value);
}

static inline void rpt_sint(struct rpt_writer *w, const char *key, int64_t value)
{
	w->ops->sint(w, key, value);
}

static inline void rpt_bool(struct rpt_writer *w, const char *key, bool value)
{
	w->ops->boolean(w, key, value);
}

#endif
