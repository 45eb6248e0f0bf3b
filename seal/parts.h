/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts.h - the files of a bundle, and what they say of each other
 */
#ifndef SEAL_PARTS_H
#define SEAL_PARTS_H

#include "seal/copy.h"
#include "tcbox/chain.h"
#include "tcbox/run.h"
#include "tcbox/seal.h"

/* parts_listed() - are all files there that every bundle has, and no others? Return: 0 or negative
 * errno */
int parts_listed(int bundle_fd, const struct run_info *run, const struct copy *copy,
		 struct seal_check *out, struct tb_err *err);

/* parts_policy() - is policy.json the one that the manifest names? Return: 0 or negative errno */
int parts_policy(int bundle_fd, const struct run_info *run, struct seal_check *out,
		 struct tb_err *err);

/* parts_bound() - do manifest and chain belong together? Return: 0 or negative errno */
int parts_bound(int bundle_fd, const struct run_info *run, struct chain *chain,
		const struct copy *copy, struct seal_check *out, struct tb_err *err);

#endif
