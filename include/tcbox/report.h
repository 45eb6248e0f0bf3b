/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - a result for people and for programs
 */
#ifndef TCBOX_REPORT_H
#define TCBOX_REPORT_H

#include <stdbool.h>

#include "tcbox/buf.h"
#include "tcbox/finding.h"
#include "tcbox/note.h"
#include "tcbox/policy.h"
#include "tcbox/review.h"
#include "tcbox/run.h"

struct facts;

#define RPT_FORMAT 1		/* "tcbox_report" in report.json */

struct evd_facts;

/* The sections of a report, below the verdict. */
enum rpt_section {
	RPT_SUMMARY, RPT_DESTINATIONS, RPT_UPLOADS, RPT_PATTERNS, RPT_NAMES, RPT_LISTENERS,
	RPT_PROGRAMS, RPT_FILES, RPT_CALLS,
	RPT_FINDINGS, RPT_NOTES, RPT_SEEN, RPT_NOT_SEEN, RPT_NOT_OBSERVABLE, RPT_CHANGES,
	RPT_SETUP, RPT_EVIDENCE, RPT_SECTIONS
};

/* rpt_section_name() - "destinations", as a user names it; NULL past the end */
const char *rpt_section_name(enum rpt_section s);

/* rpt_csv_tables() - how many of these sections, bits, are tables */
unsigned int rpt_csv_tables(unsigned int sections);

/* In which order a report for people has its sections. */
enum rpt_layout {
	RPT_BY_WEIGHT,		/* what must be acted on first */
	RPT_EXAMINER,		/* as examiners publish: scenario, settings, actions, data flows
				 * detected, assessment */
};

struct rpt_input {
	const struct run_info *run;
	const struct fnd_result *result;
	const struct facts *facts;	/* tcbox/facts.h */
	bool facts_apart;		/* they stand beside the report; JSON leaves them out */
	const struct pol *policy;	/* NULL: none was given */
	const char *policy_path; /* a policy other than the run's own, as the user names it; NULL:
					 * the run's own */
	const char *policy_sha256;	/* of policy_path's file; NULL with the run's own */
	const struct evd_facts *evidence;	/* what happened, tcbox/evidence.h; NULL: not
						 * known, then no format tells it */
	const struct fnd *only;		/* of the result: nothing but this finding and the
					 * verdict; NULL: all. Text and Markdown */
	unsigned int severities;	/* bits of the severities of findings that are told; 0: all.
					 * Not in JSON and the page, which have everything */
	unsigned int sections;	/* bits of sections; 0: all. Text and Markdown; CSV has the first
				 * that is a table */
	enum rpt_layout layout;		/* of the whole report; text and Markdown */
	bool verbose;			/* with the counters of all observers; text and Markdown */
	const char *bundle;		/* path of the bundle as the user names it; text only */
	const struct review *review;	/* what examiners decided; NULL: not known */
	const struct notes *notes;	/* what they noted; NULL: not known */
};

struct rpt_style {
	bool colour;		/* ANSI colours; the caller has looked at isatty(3) and NO_COLOR */
	int width;		/* columns to wrap at; 0: 100 */
};

/*
 * rpt_text() / rpt_markdown() / rpt_json() / rpt_html() - append the report to @out. @style: NULL:
 * no colour, 100 columns
 *
 * Return: 0 or -ENOMEM
 */
int rpt_text(const struct rpt_input *in, const struct rpt_style *style, struct tb_buf *out,
	     struct tb_err *err);
int rpt_markdown(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err);
int rpt_json(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err);
int rpt_html(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err);

/* rpt_sarif() / rpt_junit() / rpt_csv() - the same, for programs of others. rpt_csv() needs
 * rpt_csv_tables(in->sections) 1, or no sections: findings. Return: 0 or -ENOMEM */
int rpt_sarif(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err);
int rpt_junit(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err);
int rpt_csv(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err);

/* rpt_excused() - Return: the decision by which a finding is no fault: accepted, and the day is not
 * over, or a false alarm. NULL: there is none */
const struct review_decision *rpt_excused(const struct rpt_input *in, const struct fnd *f);

/* rpt_fails() - is there a finding that grave, and not excused? */
bool rpt_fails(const struct rpt_input *in, enum fnd_severity least);

/* rpt_text_finding() - append @in->only as text, without the verdict. Return: 0 or -ENOMEM */
int rpt_text_finding(const struct rpt_input *in, const struct rpt_style *style, struct tb_buf *out,
		     struct tb_err *err);

/* rpt_numbered() - Return: the finding with this number in all formats, from 1; NULL if there is
 * none, or without memory */
const struct fnd *rpt_numbered(const struct rpt_input *in, size_t number);

/* rpt_title() - append a finding in one sentence, without a full stop. Hostile bytes: show them */
void rpt_title(struct tb_buf *b, const struct fnd *f);

/* rpt_fit() - how many bytes of a text from tb_buf_add_shown() fit into so many columns */
size_t rpt_fit(const char *s, size_t len, size_t columns);

/* rpt_questions() - append the letter to the vendor, in Markdown: the findings that the review asks
 * about, and the violations that are open or expired. Return: 0 or -ENOMEM */
int rpt_questions(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err);

/* rpt_review_list() - append the findings, each with its id and how it stands in the review, which
 * must be known. Return: 0 or -ENOMEM */
int rpt_review_list(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err);

/* A policy in plain English. */
struct rpt_explain {
	const struct pol *policy;
	const struct rpt_input *run;	/* compared with this policy: what was seen stands beside
					 * each rule; NULL: no run */
};

/* rpt_rule() - append what a rule allows, in one line: "to ...; TCP port 443" */
void rpt_rule(struct tb_buf *b, const struct pol_conn *c);

/* rpt_differs() - append in what an act agrees with a rule and in what it differs */
void rpt_differs(struct tb_buf *b, const struct fnd_details *differs);

/* rpt_explain_text() / _markdown() / _html() - append it to @out. Return: 0 or -ENOMEM */
int rpt_explain_text(const struct rpt_explain *in, const struct rpt_style *style,
		     struct tb_buf *out, struct tb_err *err);
int rpt_explain_markdown(const struct rpt_explain *in, struct tb_buf *out, struct tb_err *err);
int rpt_explain_html(const struct rpt_explain *in, struct tb_buf *out, struct tb_err *err);

/*
 * Two runs, side by side: what is new, gone and changed in B. Ports that the kernel chose, process
 * ids, names that look temporary, order and times are no difference.
 */
#define RPT_DIFF_FORMAT 1	/* "tcbox_diff" */

struct rpt_diff_input {
	const struct rpt_input *a, *b;	/* must outlive the comparison */
	bool contents;		/* another SHA-256 of a file is a difference, too */
};

enum rpt_diff_outcome {
	RPT_DIFF_SAME,
	RPT_DIFF_DIFFERS,
	RPT_DIFF_NOT_KNOWN,	/* nothing differs in what was seen, and not everything could be
				 * seen */
};

struct rpt_diff;

/* rpt_diff_new() - compare. The same input gives the same result. Return: NULL without memory */
struct rpt_diff *rpt_diff_new(const struct rpt_diff_input *in, struct tb_err *err);
void rpt_diff_free(struct rpt_diff *d);
enum rpt_diff_outcome rpt_diff_outcome(const struct rpt_diff *d);

/* rpt_diff_text() / _markdown() / _json() / _html() - append it to @out. Return: 0 or -ENOMEM */
int rpt_diff_text(const struct rpt_diff *d, const struct rpt_style *style, struct tb_buf *out,
		  struct tb_err *err);
int rpt_diff_markdown(const struct rpt_diff *d, struct tb_buf *out, struct tb_err *err);
int rpt_diff_json(const struct rpt_diff *d, struct tb_buf *out, struct tb_err *err);
int rpt_diff_html(const struct rpt_diff *d, struct tb_buf *out, struct tb_err *err);

/*
 * Several runs against the first of them, such as one in each scenario: what shows in which of them
 * and not in the first.
 */
#define RPT_ACROSS_FORMAT 1	/* "tcbox_across" */
#define RPT_ACROSS_MAX 64	/* runs */

struct rpt_across;

/* rpt_across_new() - @first must outlive the comparison. Return: NULL without memory */
struct rpt_across *rpt_across_new(const struct rpt_input *first, struct tb_err *err);
void rpt_across_free(struct rpt_across *a);
/* rpt_across_add() - one more run; nothing of @in is kept. Return: 0 or negative errno */
int rpt_across_add(struct rpt_across *a, const struct rpt_input *in, struct tb_err *err);
/* rpt_across_end() - no more of them: before it is written */
void rpt_across_end(struct rpt_across *a);
enum rpt_diff_outcome rpt_across_outcome(const struct rpt_across *a);

/* rpt_across_text() / _markdown() / _json() / _html() - append it to @out. Return: 0 or -ENOMEM */
int rpt_across_text(const struct rpt_across *a, const struct rpt_style *style, struct tb_buf *out,
		    struct tb_err *err);
int rpt_across_markdown(const struct rpt_across *a, struct tb_buf *out, struct tb_err *err);
int rpt_across_json(const struct rpt_across *a, struct tb_buf *out, struct tb_err *err);
int rpt_across_html(const struct rpt_across *a, struct tb_buf *out, struct tb_err *err);

#endif
