/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_explain.h - tcbox policy explain: a policy in plain English
 */
#ifndef CLI_POLICY_EXPLAIN_H
#define CLI_POLICY_EXPLAIN_H

#include "cli/show.h"

/* policy_explain() - @bundle: a run beside it, or NULL. @format: text, Markdown or HTML. Return:
 * exit status */
int policy_explain(const char *path, const char *bundle, enum show_format format);

#endif
