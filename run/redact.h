/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redact.h - a copy of a bundle to give away: without payloads, variables, names of users
 */
#ifndef RUN_REDACT_H
#define RUN_REDACT_H

#include <stdint.h>

#include "tcbox/err.h"

struct redact_told {
	uint64_t parts;
	uint64_t users;
};

/**
 * redact_bundle() - write the copy
 * @bundle:	As evaluate_bundle() takes it
 * @dir:	An empty directory
 *
 * The same bundle gives the same copy. REDACTED_FILE in it lists the files that are not as they
 * were, with their SHA-256 before and after, and REDACTED_PARTS_FILE each part that went, with the
 * SHA-256 of what it was. The copy is read back: it must not be judged better than the bundle.
 *
 * Return: 0; -EINVAL: @bundle is none, or is redacted already; other negative errno
 */
int redact_bundle(const char *bundle, const char *dir, struct redact_told *told,
		  struct tb_err *err);

/* redact_remove() - remove such a copy */
void redact_remove(const char *dir);

#endif
