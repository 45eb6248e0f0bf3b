/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.h - what the files that read a policy share
 *
 * A reading function takes one JSON value and fills one field. It reports what is wrong with
 * pol_bad() and returns; reading goes on, so that one run shows every problem. A policy with
 * problems is never handed out.
 */
#ifndef TCBOX_POLICY_READ_H
#define TCBOX_POLICY_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tcbox/jsonc.h"
#include "tcbox/err.h"
#include "tcbox/map.h"
#include "tcbox/policy.h"

#define POL_PATH_DEPTH 10	/* keys and indexes above any value of the format, and room to
				 * spare */

struct pol_step {
	const char *key;	/* NULL: an element of an array */
	size_t index;
};

struct pol_reader {
	const char *file;
	const char *code;	/* of problems; NULL: "invalid" */
	pol_problem_fn *fn;
	void *arg;
	struct pol *pol;
	struct tb_map *ids;	/* rule id to its struct jsonc_val */
	struct tb_pool *pool;	/* values that are made while reading */
	struct pol_defined *defined;	/* variables and groups */
	size_t ndefined;
	size_t expanded, expand_steps;	/* values that they made, and what was looked at for that */
	bool has_executes, has_files;	/* a document has the section */
	bool defining;		/* they are read now: the second time they are passed over */
	size_t problems;
	bool no_memory;
	struct pol_doc **docs;	/* include.c: the policy itself first */
	size_t ndocs, nordered;
	bool files;		/* they may be read */
	size_t bytes;		/* of all documents so far */
	size_t nincluded;	/* elements of "include", also of files that are there already */
	unsigned int number;	/* of the document that is read, as in struct pol_at */
	struct pol_step path[POL_PATH_DEPTH];
	size_t depth;
};

typedef void pol_read_fn(struct pol_reader *r, const struct jsonc_val *v, void *field);

/* What an element may be written as, instead of what it means: bits. */
enum { POL_EXPAND_VARIABLES = 1, POL_EXPAND_DESTS = 2, POL_EXPAND_PORTS = 4 };

/*
 * One key of an object, or the end of a table (POL_END). What is read, what is missed and what a
 * rule must say at least comes from this row; the macros below it write one.
 */
struct pol_key {
	const char *name;
	pol_read_fn *read;		/* of the value; with @size, of each element of an array */
	const struct pol_key *keys;	/* instead: the value is an object, for the same struct */
	size_t offset;			/* from the struct that is filled to what @read gets */
	size_t size, count;		/* of an element; offset of their number */
	size_t places;			/* offset of a struct pol_at * for each element; 0: none */
	const char *required;		/* why it may not be missing; NULL: it may */
	const char *not_empty;		/* why the array may not be empty; NULL: it may */
	bool declares;			/* one key of a rule with this must be there */
	unsigned int expands;		/* POL_EXPAND_...: of the value or the elements */
};

/* What an element stands for. */
struct pol_values {
	const struct jsonc_val **v;	/* the caller's */
	size_t n;
};

#define POL_VALUE(key, fn, type, member) \
	.name = (key), .read = (fn), .offset = offsetof(type, member)
#define POL_LIST(key, fn, type, member, n) \
	POL_VALUE(key, fn, type, member), .size = sizeof(*((type *)NULL)->member), \
	.count = offsetof(type, n)
#define POL_PLACED(key, fn, type, member, n) \
	POL_LIST(key, fn, type, member, n), .places = offsetof(type, member##_at)
#define POL_OBJECT(key, table) .name = (key), .keys = (table)
#define POL_WHOLE(key, fn) .name = (key), .read = (fn)	/* @fn gets the struct itself */
#define POL_END .name = NULL

/* Of one document: is it of a version that can be read; what it defines; what it says. What only
 * the policy itself says is passed over in one that is included */
bool pol_version_right(struct pol_reader *r, const struct jsonc_val *root);
void pol_read_definitions(struct pol_reader *r, const struct jsonc_val *root);
void pol_read_rules(struct pol_reader *r, const struct jsonc_val *root, bool included);

/* pol_bad() - report a problem at @pos, with the path that leads there; what the policy says is
 * made harmless */
void pol_bad(struct pol_reader *r, struct jsonc_pos pos, const char *fmt, ...) TB_PRINTF(3, 4);

/* pol_push() / pol_pop() - go down to a member (@key) or an element (@key NULL) and up again */
void pol_push(struct pol_reader *r, const char *key, size_t index);
void pol_pop(struct pol_reader *r);

/* pol_expect() - report a wrong type. Return: true if the type is right */
bool pol_expect(struct pol_reader *r, const struct jsonc_val *v, enum jsonc_type type);

/* pol_read_object() - every member by its table */
void pol_read_object(struct pol_reader *r, const struct jsonc_val *v, const struct pol_key *keys,
		     void *object);

/*
 * expand.c: variables and groups. pol_define_version() adds the one of the product's version, and
 * pol_define_ours() those that every policy has, after its own; pol_judge_groups() reports problems
 * in groups, once all are known; pol_keep_unused() notes what nothing names; pol_expand() adds what
 * an element stands for to @out
 */
void pol_define_ours(struct pol_reader *r);
void pol_define_version(struct pol_reader *r, const struct jsonc_val *root);
void pol_judge_groups(struct pol_reader *r);
void pol_keep_unused(struct pol_reader *r);
void pol_expand(struct pol_reader *r, const struct pol_key *row, const struct jsonc_val *v,
		struct pol_values *out);

/* pol_at() / pol_at_key() - where a value, or its key, stands */
struct pol_at pol_at(const struct pol_reader *r, const struct jsonc_val *v);
struct pol_at pol_at_key(const struct pol_reader *r, const struct jsonc_val *v);

/* pol_keep() - Return: a copy of @text, or NULL with no_memory set */
char *pol_keep(struct pol_reader *r, const char *text);

/* pol_keep_idle() - add a word that says nothing to a list of the policy */
void pol_keep_idle(struct pol_reader *r, struct pol_at at, const char *name,
		   struct pol_idle **list, size_t *n);

/* Single values: the field is the type that stands behind the name. */
pol_read_fn pol_read_text;		/* char *: any string that is not empty */
pol_read_fn pol_read_id;		/* char * */
pol_read_fn pol_read_bool;		/* bool */
pol_read_fn pol_read_count;		/* uint64_t, at least 1 */
pol_read_fn pol_read_size;		/* uint64_t, bytes, at least 1 */
pol_read_fn pol_read_span;		/* struct pol_span, at least 1 s */
pol_read_fn pol_read_range;		/* struct pol_range */
pol_read_fn pol_read_protocol;		/* char * */
pol_read_fn pol_read_application;	/* char * */
pol_read_fn pol_read_tls_version;	/* char * */
pol_read_fn pol_read_on;		/* enum pol_on */
pol_read_fn pol_read_severity;		/* enum pol_level, not POL_IGNORE */
pol_read_fn pol_read_date;		/* char * */
pol_read_fn pol_read_phase;		/* char * */
pol_read_fn pol_read_level;		/* enum pol_level */
pol_read_fn pol_read_path;		/* char *: a glob of paths */
pol_read_fn pol_read_method;		/* char *: of HTTP */
pol_read_fn pol_read_url_path;		/* char *: a glob of paths of URLs */
pol_read_fn pol_read_name;		/* char *: a host name or glob of them */
pol_read_fn pol_read_dest;		/* struct pol_dest */
pol_read_fn pol_read_conn;		/* struct pol_conn */
pol_read_fn pol_read_listen;		/* struct pol_listen */
pol_read_fn pol_read_syscalls;		/* struct pol */
pol_read_fn pol_read_variables;		/* these three into the reader */
pol_read_fn pol_read_dest_groups;
pol_read_fn pol_read_port_groups;

/* pol_app_at() - the application names in alphabetical order; NULL past the end */
const char *pol_app_at(size_t i);

#endif
