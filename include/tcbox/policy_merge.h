/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_merge.h - one policy that allows what several allow
 */
#ifndef TCBOX_POLICY_MERGE_H
#define TCBOX_POLICY_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "tcbox/buf.h"
#include "tcbox/err.h"

/* pol_merge_fn - called for what could not be merged, @conflict, and for what changes no verdict;
 * @text is one line, harmless, and lives during the call */
typedef void pol_merge_fn(void *arg, bool conflict, const char *text);

/* A policy with all that it includes: the text of pol_parse_whole(), which took it. */
struct pol_merge_text {
	const char *path;
	const struct tb_buf *text;
};

/**
 * pol_merge() - append the text of @first with what @other allows beyond it
 *
 * The text of @first stays as it is, with its comments, in its order. Rules of @other come with
 * their comments; their ids, and the variables and groups that they name, get other names where
 * @first has something else by them. Where a rule of both differs only in limits, "required",
 * "until", "severity" or "data", and where sections cannot both hold, what @first says stands: @fn
 * is told, and of rules a comment in the text tells it.
 *
 * Return: 0, -ENOMEM
 */
int pol_merge(const struct pol_merge_text *first, const struct pol_merge_text *other,
	      struct tb_buf *out, pol_merge_fn *fn, void *arg, struct tb_err *err);

struct pol_widen {
	unsigned int glob_from;		/* so many names of one domain become a glob; 0: never */
	unsigned int ranges_from;	/* so many ports become a range; 0: never */
};

/**
 * pol_widen() - append the text of a policy in which rules that differ only in names of one domain,
 * or in ports, are one; a comment tells what that adds
 *
 * Return: 0, -ENOMEM
 */
int pol_widen(const struct tb_buf *text, const struct pol_widen *how, struct tb_buf *out,
	      struct tb_err *err);

#endif
