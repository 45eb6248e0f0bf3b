/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pattern.h - how two patterns stand to each other
 */
#ifndef POLICY_LINT_PATTERN_H
#define POLICY_LINT_PATTERN_H

#include <stdbool.h>

/* Patterns of paths, and of host names. */
enum pattern_kind { PATTERN_PATH, PATTERN_NAME };

/* pattern_meet() - is there a text that both match? Also true without memory, and where it would
 * take too long to tell */
bool pattern_meet(enum pattern_kind kind, const char *a, const char *b);

/* pattern_covers() - does @a match all that @b matches? False where that is not sure */
bool pattern_covers(enum pattern_kind kind, const char *a, const char *b);

#endif
