/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields.h - the shape of every event kind, as a table that both the writer and the reader walk
 */
#ifndef RECORD_FIELDS_H
#define RECORD_FIELDS_H

#include "tcbox/event.h"

enum fld_type {
	FLD_STR,		/* const char * */
	FLD_STRS,		/* struct ev_strs */
	FLD_U64,		/* uint64_t */
	FLD_I64,		/* int64_t */
	FLD_BOOL,		/* bool */
	FLD_ADDR,		/* struct ev_addr */
	FLD_ADDRS,		/* struct ev_addrs */
	FLD_PAIRS,		/* struct ev_pair *, followed by its size_t count: an object of
				 * numbers */
};

struct fld {
	const char *key;
	enum fld_type type;
	size_t offset;		/* in struct ev */
};

struct fld_kind {
	const char *name;
	const struct fld *fields;	/* ended by key NULL */
};

extern const struct fld_kind fld_kinds[EV_KINDS];

#endif
