/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.h - two policies while they are compared, shared by the files of this folder
 */
#ifndef POLICY_DIFF_STATE_H
#define POLICY_DIFF_STATE_H

#include "tcbox/buf.h"
#include "tcbox/policy_diff.h"

struct match_index;

struct diff {
	const struct pol *has, *other;	/* what @has allows, and @other not */
	enum pol_change_kind kind;	/* what that is */
	pol_change_fn *fn;
	void *arg;
	struct match_index *rules;	/* of @other, while connections are compared */
	bool failed;			/* memory ran out */
};

/* diff_tell() - @example is emptied */
void diff_tell(struct diff *d, const char *section, const char *rule, struct tb_buf *example);

#define DIFF_SAMPLES 2

/* diff_path_samples() - paths that a glob matches; the second one is deeper. Return: how
 * many there are. diff_name_samples() - the same of host names */
size_t diff_path_samples(const char *glob, struct tb_buf out[DIFF_SAMPLES]);
size_t diff_name_samples(const char *glob, struct tb_buf out[DIFF_SAMPLES]);

/* diff_list() - append "http.paths: /a, and now /a /b", if they differ */
void diff_list(struct tb_buf *out, const char *key, char *const *a, size_t na, char *const *b,
	       size_t nb);

/* diff_requests() - the same for "http" of two rules with one id; one without an id is in one of
 * the policies only */
void diff_requests(const struct diff *d, const struct pol_conn *a, const struct pol_conn *b,
		   struct tb_buf *out);

/* diff_conns(), diff_listens() - the rules */
void diff_conns(struct diff *d);
void diff_listens(struct diff *d);

#endif
