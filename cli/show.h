/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show.h - what tcbox run, check and report print of an evaluation
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stdbool.h>

#include "run/evaluate.h"
#include "tcbox/err.h"

enum show_format {
	SHOW_TEXT, SHOW_JSON, SHOW_MARKDOWN, SHOW_HTML, SHOW_SARIF, SHOW_JUNIT, SHOW_CSV
};

/* What the option --format takes where a report is printed, and its line of --help. */
#define SHOW_FORMATS "text|json|markdown|html|sarif|junit|csv"
#define SHOW_FORMATS_ABOUT "form of the report (default: text), tcbox-report(5)"

/* The same for what is no report. */
#define SHOW_FEW_FORMATS "text|json|markdown|html"

/* show_format_set() - the setter of an option --format; @format: an enum show_format.
 * show_few_set() - without those of reports only. Return: 0 or -EINVAL */
int show_format_set(void *format, const char *value, struct tb_err *err);
int show_few_set(void *format, const char *value, struct tb_err *err);

/* What the options --severity, --section and --fail-on say. */
struct show_choice {
	unsigned int severities, sections;	/* as in struct rpt_input */
	bool fail;
	enum fnd_severity fail_on;
};

#define SHOW_SEVERITIES "violation,warning,info"
#define SHOW_SEVERITY_ABOUT "findings of these severities only; a list"
#define SHOW_SECTION_ABOUT "these sections only, and the verdict; a list, see tcbox(1)"
#define SHOW_FAIL_ABOUT "exit status 1 for a finding that grave and not excused by a review"
#define SHOW_FAIL_ELSE SHOW_FAIL_ABOUT "; else that of the verdict"

/* show_severities_set(), show_sections_set(), show_fail_set() - their setters; @choice: a struct
 * show_choice. Return: 0 or -EINVAL */
int show_severities_set(void *choice, const char *value, struct tb_err *err);
int show_sections_set(void *choice, const char *value, struct tb_err *err);
int show_fail_set(void *choice, const char *value, struct tb_err *err);

/* show_choose() - apply them to a report that is to be printed so. Return: 0; -EINVAL: it does not
 * go with this format */
int show_choose(const struct show_choice *c, enum show_format format, struct evaluation *e,
		struct tb_err *err);

/* show_fail() - Return: TB_EXIT_VIOLATES if a finding is as grave as --fail-on says, else
 * @status */
int show_fail(const struct show_choice *c, const struct evaluation *e, int status);

/* show_failed() - print why a bundle was not evaluated; @ret: of evaluate_bundle() or
 * evaluate_review(). Return: an exit status, by whether what was named is wrong */
int show_failed(int ret, const struct tb_err *err);

/* show_status() - the exit status that says the verdict */
int show_status(const struct evaluation *e);

/**
 * show_evaluation() - print the report
 * @fd:	Colour and width are those of its terminal
 *
 * Return: @status, or TB_EXIT_FAILED when it could not be made or not be written to standard output
 */
int show_evaluation(const struct evaluation *e, enum show_format format, int fd, int status);

#endif
