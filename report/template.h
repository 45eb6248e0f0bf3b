/* SPDX-License-Identifier: Apache-2.0 */
/*
 * template.h - sentences with places for details
 *
 *	{remote}		the detail with this key; several are joined by ", ", up to 4
 *	{error|an error}	or these words if it is not known
 *	{?denied}		nothing; it makes the part that it stands in depend on this detail
 *	[ to {to}]		a part, said only if all details in it are known that have no words
 *				for when they are not. Parts do not stand in parts
 *	{who} {what} {rule}	program, object and rule of the finding
 */
#ifndef REPORT_TEMPLATE_H
#define REPORT_TEMPLATE_H

#include "tcbox/buf.h"
#include "tcbox/finding.h"

/* What a sentence is about. */
struct template_values {
	const struct fnd *finding;		/* NULL: no sentence about one */
	const struct fnd_details *details;		/* NULL: none are known */
};

/* template_fill() - append the sentence. A place that no key has the name of stays as it is */
void template_fill(struct tb_buf *b, const char *template, const struct template_values *details);

#endif
