/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding_table.h - findings while they are collected: repeats become one
 */
#ifndef POLICY_COMPARE_FINDING_TABLE_H
#define POLICY_COMPARE_FINDING_TABLE_H

#include "tcbox/finding.h"

#define FND_GROUP 16		/* more objects of one group than that are one finding, at the
				 * most */
#define FND_PER_CODE 256	/* findings of one code told one by one; later ones are counted
				 * together, per severity */

struct fnd_table;

/*
 * One observed act. Acts with the same code, severity, program, rule and object are repeats of one
 * finding, whichever process did them: 200 short-lived processes of one program that do the same
 * are one finding that names the first.
 */
struct fnd_act {
	enum fnd_code code;
	enum fnd_severity severity;
	enum fnd_basis basis;
	uint64_t proc;
	const char *exe;	/* NULL: no owner known */
	const char *what;
	const char *many;	/* what it belongs to, "many files in /tmp", should there be many;
				 * NULL: to nothing */
	size_t apart;		/* so many objects of a group are findings of their own; 0:
				 * FND_GROUP */
	const char *rule;	/* the rule that was broken; NULL: nothing declares it */
	int64_t acted;		/* when @proc acted, if that was not at @first; 0: it was */
	int64_t first, last;
	uint64_t count;		/* 0 reads as 1 */
	bool failed;		/* it came to nothing, as far as is known */
	uint64_t bytes_out, bytes_in;
	uint64_t packets[2];	/* 0: none */
	uint64_t lines[2];
	const uint64_t *more;	/* lines, too, ended by 0; NULL: none */
};

struct fnd_table *fnd_table_new(void);
void fnd_table_free(struct fnd_table *t);

/**
 * fnd_note() - add an act to its finding
 * @fresh: Set to true if this made a new finding: the caller may say what was seen, and the nearest
 * rule
 *
 * Return: the finding, borrowed, valid until the next act that has "many"; NULL without memory
 * (then fnd_table_failed())
 */
struct fnd *fnd_note(struct fnd_table *t, const struct fnd_act *act, bool *fresh);

/*
 * fnd_evidence() - what @act says is more evidence of a finding with its code, severity, program,
 * rule and object, and no act of its own: it is not counted. Return: false if there is no such
 * finding
 */
bool fnd_evidence(struct fnd_table *t, const struct fnd_act *act);

bool fnd_table_failed(const struct fnd_table *t);

/*
 * fnd_table_take() - hand over all findings, sorted by severity, first time, code; the table is
 * empty then. Return: 0, -ENOMEM
 */
int fnd_table_take(struct fnd_table *t, struct fnd **out, size_t *n);

#endif
