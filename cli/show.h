/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show.h - what tcbox run, check and report print of an evaluation
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "run/evaluate.h"
#include "tcbox/err.h"

enum show_format { SHOW_TEXT, SHOW_JSON, SHOW_MARKDOWN, SHOW_HTML };

/* What the option --format takes where a report is printed, and its line of --help. */
#define SHOW_FORMATS "text|json|markdown|html"
#define SHOW_FORMATS_ABOUT "form of the report (default: text), tcbox-report(5)"

/* show_format_set() - the setter of an option --format; @format: an enum show_format. Return: 0 or
 * -EINVAL */
int show_format_set(void *format, const char *value, struct tb_err *err);

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
