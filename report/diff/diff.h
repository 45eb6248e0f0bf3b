/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff.h - two runs side by side, shared by the files of this folder
 *
 * A thing that a product did (a destination, a file, ...) is an item: what it was done to, by which
 * program, with values that are words and amounts that are numbers. Items of both sides that are
 * the same thing are a pair. A difference is a pair whose values differ, or an item without one.
 *
 * Everything here is memory of one pool or of the two reports.
 */
#ifndef REPORT_DIFF_DIFF_H
#define REPORT_DIFF_DIFF_H

#include "tcbox/facts.h"
#include "tcbox/pool.h"
#include "tcbox/report.h"

enum diff_kind {
	DIFF_DESTINATIONS, DIFF_REQUESTS, DIFF_NAMES, DIFF_LISTENERS, DIFF_PROGRAMS, DIFF_FILES,
	DIFF_CALLS, DIFF_FINDINGS, DIFF_KINDS
};

enum { DIFF_A, DIFF_B, DIFF_SIDES };

#define DIFF_VALUES 8		/* of an item */
#define DIFF_AMOUNTS 3
#define DIFF_SET 16		/* kept of the words of one value */
#define DIFF_NONE SIZE_MAX

#define DIFF_FILE_LEFT 0		/* the value of files that says what is left of one */

/* What the values of one kind are called, as keys of JSON; NULL: no more. */
struct diff_about {
	const char *name;		/* "destinations" */
	const char *heading;
	const char *values[DIFF_VALUES];
	const char *amounts[DIFF_AMOUNTS];
	bool bytes[DIFF_AMOUNTS];
	bool shapes;			/* what looks temporary is no difference in it */
};
extern const struct diff_about diff_about[DIFF_KINDS];

/* Words, in their order, each once. */
struct diff_words {
	const char **v;
	size_t n;
};

struct diff_item {
	const char *what, *program;	/* NULL: no program is known */
	struct diff_words *values;	/* as many as its kind has */
	uint64_t amounts[DIFF_AMOUNTS];
	bool absence;			/* a finding that something was not seen */
	size_t pair;			/* in the other side's list; DIFF_NONE: it has none */
};

struct diff_list {
	struct diff_item *v;
	size_t n;
	uint64_t left_out;		/* by the limits of the facts */
};

/* What bounds one of the runs, or sets one apart from the other. */
struct diff_limit {
	int side;		/* DIFF_SIDES: both together, as a setting that differs */
	const char *text;
	unsigned int hides[DIFF_SIDES];	/* bits of kinds of which this side may have missed some */
	bool steady;		/* a property of what was observed, which alone raises no doubt */
};

/* How a rule stands in a run. */
enum diff_rule_state {
	DIFF_RULE_ABSENT,	/* its policy does not have it */
	DIFF_RULE_SUPPORTED,
	DIFF_RULE_REFUTED,
	DIFF_RULE_UNPROVEN,
	DIFF_RULE_STALE,	/* of B: A supports it, and B could have seen it and did not */
};

struct diff_rule {
	const char *section, *id;
	enum diff_rule_state state[DIFF_SIDES];
	bool tried;		/* in B, if nothing more */
};

/* A place that has another path in B. */
struct diff_move {
	const char *from, *to;
	bool told;		/* false: it follows from another one */
};

enum diff_change { DIFF_NEW, DIFF_GONE, DIFF_CHANGED, DIFF_ONLY_A, DIFF_ONLY_B };

/* One difference. */
struct diff_entry {
	enum diff_kind kind;
	enum diff_change change;
	const struct diff_item *item[DIFF_SIDES];	/* NULL: not there */
	unsigned int values, amounts;	/* of DIFF_CHANGED: bits of those that differ */
	bool program;			/* of DIFF_CHANGED: another one did it */
	bool bounded;			/* a side may have missed something of this kind */
};

#define DIFF_MOVES 4
#define DIFF_ALIKE 1000		/* kept of the pairs that differ in what looks temporary */

struct rpt_diff {
	const struct rpt_input *in[DIFF_SIDES];
	bool contents;
	bool judged;			/* both were compared with a policy */
	struct tb_pool *pool;
	bool failed;			/* memory ran out */
	struct diff_list lists[DIFF_SIDES][DIFF_KINDS];
	struct diff_move moves[DIFF_MOVES];
	size_t nmoves;
	uint64_t *pids[DIFF_SIDES];	/* ascending */
	size_t npids[DIFF_SIDES];
	struct diff_limit *limits;
	size_t nlimits;
	unsigned int hidden[DIFF_SIDES];	/* all limits together */
	bool doubt;			/* a limit raises it */
	struct diff_rule *rules;
	size_t nrules, nrules_changed;
	struct diff_entry *entries;	/* by kind */
	size_t nentries, of_kind[DIFF_KINDS];
	struct diff_entry *alike;	/* taken for the same; DIFF_ALIKE of them */
	size_t nalike;
	uint64_t nalike_all;
	uint64_t contents_differ;	/* files that both have, with another SHA-256 */
};

/* diff_copy() - a text that lives as long as the comparison; empties @b. Return: "" without
 * memory, then d->failed */
const char *diff_copy(struct rpt_diff *d, struct tb_buf *b);

/* diff_limits() - what bounds the runs. diff_gather() - items of both sides. diff_rules() - after
 * the limits. diff_pair() - after all of them: pairs, and the differences */
void diff_limits(struct rpt_diff *d);

/* diff_gap_row() - which kinds of things a gap may hide, as bits; 0: nobody has said */
unsigned int diff_gap_row(enum fnd_gap_code code);
void diff_gather(struct rpt_diff *d);
void diff_rules(struct rpt_diff *d);
void diff_pair(struct rpt_diff *d);

/* diff_find_moves() - places that the runs call by different paths */
void diff_find_moves(struct rpt_diff *d);

/* diff_moved() - append @text of A with the paths that B has */
void diff_moved(const struct rpt_diff *d, const char *text, struct tb_buf *out);

/*
 * diff_shape() - append @text with what looks temporary replaced: process ids, times, random names
 * @side:	Whose process ids
 * @temporary:	It names something that was made and removed again
 *
 * Return: true if something in it can hardly be anything else; two texts of one shape are the same
 * if one of them is so
 */
bool diff_shape(const struct rpt_diff *d, int side, const char *text, bool temporary,
		struct tb_buf *out);

/* diff_in_temporary_place() - is a directory in this path one for temporary files? */
bool diff_in_temporary_place(const char *text);

/* diff_same_text() - is @b what @a is, but for moved places and what looks temporary? */
bool diff_same_text(struct rpt_diff *d, const char *a, const char *b, bool shapes);

const char *diff_change_name(enum diff_change c);	/* "new", ... */
const char *diff_rule_name(enum diff_rule_state s);	/* "supported", ... */

#endif
