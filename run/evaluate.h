/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evaluate.h - from a bundle to a verdict: what tcbox check and tcbox report share
 */
#ifndef RUN_EVALUATE_H
#define RUN_EVALUATE_H

#include <stdbool.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"
#include "tcbox/evidence.h"
#include "tcbox/facts.h"
#include "tcbox/finding.h"
#include "tcbox/policy.h"
#include "tcbox/record.h"
#include "tcbox/report.h"
#include "tcbox/run.h"
#include "tcbox/sha256.h"

struct evd;

struct evaluation {
	struct run_info run;
	struct pol *own;		/* of the run; NULL: it had none, or it cannot be
					 * used */
	struct pol *given;		/* another one to compare with, or NULL */
	const struct pol *policy;	/* one of these: what the record is compared with, or
					 * NULL */
	struct evd *evd;		/* owner of input.evidence */
	struct fnd_result *result;
	struct facts *facts;
	struct rpt_input input;		/* refers to the members above: do not copy the struct */
	struct review review;		/* evaluate_review() */
	struct notes notes;		/* evaluate_notes() */
	char policy_sha256[TB_SHA256_HEX];
	struct rec_read_stats stats;	/* how the record was read */
	struct tb_buf redacted;		/* a sentence; empty: the bundle has all that the run
					 * left */
};

/**
 * evaluate_bundle() - compare a bundle's record with a policy
 * @path:		The bundle's directory; borrowed until evaluation_clear()
 * @policy_path:	Borrowed as well; NULL: the policy of the run, if it had one
 *
 * The verdict always comes from the evidence. A bundle that is damaged (a part is missing, cut off,
 * or not what run.json says) is evaluated as far as it goes, and the result says so and is not
 * "conforms".
 *
 * Return: 0; -EINVAL: @path is no bundle, or @policy_path cannot be read or is no valid policy;
 * other negative errno: the bundle cannot be read, or is of a newer tcbox
 */
int evaluate_bundle(const char *path, const char *policy_path, struct evaluation *out,
		    struct tb_err *err);

/* evaluate_phase() - the same, with the rules of @phase in force; NULL: of that which the run was
 * begun with */
int evaluate_phase(const char *path, const char *policy_path, const char *phase,
		   struct evaluation *out, struct tb_err *err);

/* evaluate_alone() - the same, compared with no policy at all */
int evaluate_alone(const char *path, struct evaluation *out, struct tb_err *err);

/**
 * evaluate_against() - compare what is evaluated already with one policy more
 * @result:	Owned by the caller: fnd_result_free()
 *
 * Return: 0, -ENOMEM
 */
int evaluate_against(const struct evaluation *e, const struct pol *policy,
		     struct fnd_result **result, struct tb_err *err);

/* evaluate_dir() - open a bundle's directory, whatever is in it. As evaluate_open() */
int evaluate_dir(const char *path, int *fd, struct tb_err *err);

/* evaluate_open() - open a bundle's directory, which has a manifest. @fd: -1, or the caller's to
 * close. Return: 0; -EINVAL: @path is no bundle; other negative errno: it cannot be read */
int evaluate_open(const char *path, int *fd, struct tb_err *err);

/**
 * evaluate_review() - read what examiners decided about the findings of @e, for its report
 * @earlier:	A review of another bundle, whose decisions hold where this one's says nothing;
 *		NULL: none
 *
 * Neither bundle is changed. Return: 0; -EINVAL: @earlier cannot be read or has a bad line; other
 * negative errno: the bundle's own review has, or cannot be read
 */
int evaluate_review(struct evaluation *e, const char *earlier, struct tb_err *err);

/* evaluate_notes() - read what examiners noted of the run, for its report. Return: 0 or negative
 * errno: a line is no note, or cannot be read */
int evaluate_notes(struct evaluation *e, struct tb_err *err);

/* evaluate_worth() - of a verdict; the greater the better */
int evaluate_worth(enum fnd_verdict v);

void evaluation_clear(struct evaluation *e);

#endif
