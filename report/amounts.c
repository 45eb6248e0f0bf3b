/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amounts.c - bytes, counts and times as a person reads them
 */
#include "report/amounts.h"

#include <inttypes.h>

#include "tcbox/clock.h"

void amount_bytes(struct tb_buf *b, uint64_t n)
{
	static const char units[] = "KMGTPE";
	uint64_t tenths = n / 1024 * 10 + n % 1024 * 10 / 1024, unit = 0;

	if (n < 1024) {
		amount_count(b, n, "byte", "bytes");
		return;
	}
	for (; tenths >= 10240; unit++)
		tenths /= 1024;
	tb_buf_addf(b, "%" PRIu64 ".%" PRIu64 " %ciB", tenths / 10, tenths % 10, units[unit]);
}

void amount_bytes_exact(struct tb_buf *b, uint64_t n)
{
	amount_bytes(b, n);
	if (n >= 1024)
		tb_buf_addf(b, " (%" PRIu64 " bytes)", n);
}

void amount_count(struct tb_buf *b, uint64_t n, const char *one, const char *many)
{
	const char *word = n == 1 ? one : many;

	tb_buf_addf(b, "%" PRIu64 " %s", n, word);
}

void amount_times(struct tb_buf *b, uint64_t n)
{
	if (n == 1)
		tb_buf_adds(b, "once");
	else
		tb_buf_addf(b, "%" PRIu64 " times", n);
}

void amount_seconds(struct tb_buf *b, int64_t ns)
{
	uint64_t abs = ns < 0 ? -(uint64_t)ns : (uint64_t)ns, ms = abs / TB_NS_PER_MS;

	if (ns < 0 && ms)
		tb_buf_addc(b, '-');
	tb_buf_addf(b, "%" PRIu64 ".%03" PRIu64 " s", ms / 1000, ms % 1000);
}

void amount_span(struct tb_buf *b, int64_t first, int64_t last)
{
	amount_seconds(b, first);
	if (last / TB_NS_PER_MS == first / TB_NS_PER_MS)
		return;
	tb_buf_adds(b, " to ");
	amount_seconds(b, last);
}

void amount_at(struct tb_buf *b, int64_t first, int64_t last)
{
	tb_buf_adds(b, last / TB_NS_PER_MS == first / TB_NS_PER_MS ? "at " : "from ");
	amount_span(b, first, last);
}

void amount_traffic(struct tb_buf *b, uint64_t out, uint64_t in, bool exact)
{
	void (*bytes)(struct tb_buf *, uint64_t) = exact ? amount_bytes_exact : amount_bytes;

	bytes(b, out);
	tb_buf_adds(b, " out, ");
	bytes(b, in);
	tb_buf_adds(b, " in");
}

void amount_join(struct tb_buf *b, const char *sep)
{
	if (b->len)
		tb_buf_adds(b, sep);
}
