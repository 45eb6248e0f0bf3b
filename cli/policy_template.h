/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_template.h - policies of kinds of programs, to begin with
 */
#ifndef CLI_POLICY_TEMPLATE_H
#define CLI_POLICY_TEMPLATE_H

#include <limits.h>

#include "tcbox/err.h"

/*
 * policy_template_find() - the file of a kind of program. Return: 0; -EINVAL: no kind is called so,
 * and @err names those that are there; -ENOENT: it is not installed
 */
int policy_template_find(const char *kind, char path[PATH_MAX], struct tb_err *err);

#endif
