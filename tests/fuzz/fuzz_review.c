/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_review.c - any bytes as a review: it is refused, or all of its decisions may be stored
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tcbox/log.h"
#include "tcbox/review.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tb_err err = { 0, "" };
	struct review r;

	if (review_parse("f", (const char *)data, size, &r, &err)) {
		TB_BUG_ON(r.n || r.v || r.pool || !err.code || strncmp(err.msg, "f:", 2));
		return 0;
	}
	for (size_t i = 0; i < r.n; i++) {
		TB_BUG_ON(review_check(&r.v[i], &err));
		TB_BUG_ON(review_of(&r, r.v[i].id) != &r.v[i]);
		TB_BUG_ON(i && strcmp(r.v[i - 1].id, r.v[i].id) >= 0);
	}
	review_clear(&r);
	return 0;
}
