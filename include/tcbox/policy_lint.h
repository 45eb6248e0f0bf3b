/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_lint.h - what is wrong with a policy that can be read
 */
#ifndef TCBOX_POLICY_LINT_H
#define TCBOX_POLICY_LINT_H

#include "tcbox/policy.h"

/**
 * pol_lint() - call @fn for each problem, in the order of the file: rules that tie, can never count
 * or change nothing, that are too wide or cannot be enforced, calls of other architectures
 *
 * Return: 0, -ENOMEM
 */
int pol_lint(const struct pol *p, pol_problem_fn *fn, void *arg, struct tb_err *err);

#endif
