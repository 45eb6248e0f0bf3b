/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amounts.h - bytes, counts and times as a person reads them; each appends to a buffer
 */
#ifndef REPORT_AMOUNTS_H
#define REPORT_AMOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "tcbox/buf.h"

void amount_bytes(struct tb_buf *b, uint64_t n);	/* "1.2 KiB" */
void amount_bytes_exact(struct tb_buf *b, uint64_t n);	/* "1.2 KiB (1234 bytes)" */
/* amount_count() - "1 flow", "3 flows" */
void amount_count(struct tb_buf *b, uint64_t n, const char *one, const char *many);
void amount_times(struct tb_buf *b, uint64_t n);	/* "once", "3 times" */
void amount_seconds(struct tb_buf *b, int64_t ns);	/* "1.250 s" */
void amount_span(struct tb_buf *b, int64_t first, int64_t last);	/* "1.250 s to 8.113 s" */
/* amount_at() - "at 1.250 s", "from 1.250 s to 8.113 s" */
void amount_at(struct tb_buf *b, int64_t first, int64_t last);
/* amount_traffic() - "1.2 KiB out, 3 bytes in" */
void amount_traffic(struct tb_buf *b, uint64_t out, uint64_t in, bool exact);

/* amount_join() - append @sep unless @b is empty */
void amount_join(struct tb_buf *b, const char *sep);

#endif
