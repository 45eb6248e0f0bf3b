/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft.h - a policy while it is made of another format, and the list of what was not carried over
 *
 * How it works: a reader fills a draft, in any order, with rules and words that each know the place
 * in the source that they come from; draft_policy() writes it. What the reader of policies refuses,
 * such as a name that is none, is left out there and listed, so that a reader of a format needs not
 * know all that makes a policy valid. A writer of a format uses the list alone.
 *
 * All strings are copied into the draft. Without memory the draft is marked, and who called looks
 * once at the end: struct exch is what is handed out.
 */
#ifndef POLICY_EXCHANGE_DRAFT_H
#define POLICY_EXCHANGE_DRAFT_H

#include "tcbox/exchange.h"
#include "tcbox/jsonc.h"
#include "tcbox/map.h"
#include "tcbox/pool.h"

/* A place in the source. */
struct draft_at {
	unsigned int line, column;
	const char *where;	/* path of the key; NULL: none */
	unsigned int file;	/* as in struct pol_at; 0: the source itself */
};

/* Lists of words of a policy. */
enum draft_list { DRAFT_NAMES, DRAFT_EXECUTES, DRAFT_WRITE, DRAFT_READ, DRAFT_ALLOW, DRAFT_DENY,
		  DRAFT_ARCHITECTURES, DRAFT_LISTS };

struct draft_words {
	const char **v;
	size_t n;
};

struct draft_ports {
	struct pol_range *v;
	size_t n;
};

/* A rule of "connections" or "listens"; a NULL or empty part is not written. */
struct draft_rule {
	struct draft_at at;
	bool listens;
	bool required;
	bool loopback, on_any;		/* of listens: "on" */
	const char *id;			/* any text: it is made a valid id that no other rule has */
	const char *note;		/* comment in front of it */
	const char *why, *process, *protocol, *application, *tls_min;
	struct draft_words to;
	struct draft_ports ports;
	struct draft_words methods, paths;	/* of HTTP */
	struct draft_words data;	/* kinds of data that it carries */
};

struct draft_word {
	struct draft_at at;
	const char *text, *note;
};

/* A named list of destinations. */
struct draft_group {
	struct draft_at at;
	const char *name, *note;
	struct draft_words values;
};

struct draft {
	struct tb_pool *pool;
	bool no_memory;
	const char *path;		/* of the source */
	const struct pol *source;	/* it is this policy; NULL: a text of a format */
	const char *vendor, *product, *version;
	struct draft_words head;	/* comments at the beginning */
	struct draft_rule *rules;
	size_t nrules;
	struct draft_group *groups;
	size_t ngroups;
	struct tb_map *group_map;	/* from their names to their index + 1 */
	struct draft_word *words[DRAFT_LISTS];
	size_t nwords[DRAFT_LISTS];
	bool section[DRAFT_LISTS];	/* the list is written, also when it is empty */
	const char *about[DRAFT_LISTS];	/* a comment for it */
	bool calls_warn;		/* undeclared system calls are warnings */
	struct exch_item *items;
	size_t nitems, more_items;	/* listed; and only counted, because there were too many */
};

int draft_init(struct draft *d, const char *path, struct tb_err *err);
void draft_clear(struct draft *d);

/* draft_keep() / draft_keepf() - a copy that lives as long as the draft; NULL of NULL, and without
 * memory */
const char *draft_keep(struct draft *d, const char *text);
const char *draft_keepf(struct draft *d, const char *fmt, ...) TB_PRINTF(2, 3);

/* draft_head() - one more comment at the beginning */
void draft_head(struct draft *d, const char *fmt, ...) TB_PRINTF(2, 3);

/* draft_item() - one more thing that is not in the result as it was in the source */
void draft_item(struct draft *d, enum exch_kind kind, const struct draft_at *at, const char *fmt,
		...) TB_PRINTF(4, 5);

/* draft_sort() - the list in the order of the source; what is of no single place comes last */
void draft_sort(struct draft *d);

/* draft_rule() - a new rule, to be filled in; NULL without memory. Valid until the next one */
struct draft_rule *draft_rule(struct draft *d, const struct draft_at *at);

/* draft_rule_clear() - free what a rule has; it is not in the draft any more */
void draft_rule_clear(struct draft_rule *r);

/* draft_word() - one more element of a list. @note: NULL: none */
void draft_word(struct draft *d, enum draft_list list, const struct draft_at *at, const char *text,
		const char *note);

/* draft_words_add(), draft_ports_add() - one more of them */
void draft_words_add(struct draft *d, struct draft_words *w, const char *text);
void draft_ports_add(struct draft *d, struct draft_ports *p, uint16_t lo, uint16_t hi);

/* draft_group() - the group of this name, made if there is none; *made says which. NULL without
 * memory. Valid until the next one is made */
struct draft_group *draft_group(struct draft *d, const char *name, bool *made);

/* draft_slug() - append @text as a part of a name: letters, digits and '-' */
void draft_slug(struct tb_buf *out, const char *text, size_t max, bool lower);

/* draft_policy() - append the policy. Return: 0; -ENOMEM; -EINVAL: what was made is no policy */
int draft_policy(struct draft *d, struct tb_buf *out, struct tb_err *err);

/* The path to a value of a JSON document while it is read. */
struct draft_path {
	struct draft *d;
	struct { const char *key; size_t index; } step[JSONC_MAX_DEPTH + 1];
	size_t depth;
};

/* draft_push() - go down to a member (@key) or an element (@key NULL); draft_pop() - up again */
void draft_push(struct draft_path *p, const char *key, size_t index);
void draft_pop(struct draft_path *p);

/* draft_here() - the place of a value to which the path leads; its words live as long as the
 * draft */
struct draft_at draft_here(struct draft_path *p, const struct jsonc_val *v);

/* What a format does; see exchange.c. */
typedef int exch_reader(struct draft *d, const char *text, size_t len, struct tb_err *err);
typedef int exch_writer(struct draft *d, const struct pol *p, struct tb_buf *out,
			struct tb_err *err);

exch_reader cyclonedx_read, mud_read, oci_read, sbob_read, systemd_read;
exch_writer cyclonedx_write, cyclonedx_write_2, mud_write, oci_write, oci_write_log, sbob_write,
	    systemd_write;

#endif
