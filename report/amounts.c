/* SPDX-License-Identifier: Apache-2.0 */
/*
 * amounts.c - bytes, counts and times as a person reads them
 */
#include <inttypes.h>

#include "report/sections.h"
#include "tcbox/clock.h"

void text_bytes(struct tb_buf *b, uint64_t n)
{
	static const char units[] = "KMGTPE";
	uint64_t tenths = n / 1024 * 10 + n % 1024 * 10 / 1024, unit = 0;

	if (n < 1024) {
		tb_buf_addf(b, "%" PRIu64 " byte%s", n, n == 1 ? "" : "s");
		return;
	}
	for (; tenths >= 10240; unit++)
		tenths /= 1024;
	tb_buf_addf(b, "%" PRIu64 ".%" PRIu64 " %ciB", tenths / 10, tenths % 10, units[unit]);
}

void text_bytes_exact(struct tb_buf *b, uint64_t n)
{
	text_bytes(b, n);
	if (n >= 1024)
		tb_buf_addf(b, " (%" PRIu64 " bytes)", n);
}

void text_count(struct tb_buf *b, uint64_t n, const char *one, const char *many)
{
	tb_buf_addf(b, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

void text_times(struct tb_buf *b, uint64_t n)
{
	if (n == 1)
		tb_buf_adds(b, "once");
	else
		tb_buf_addf(b, "%" PRIu64 " times", n);
}

void text_seconds(struct tb_buf *b, int64_t ns)
{
	uint64_t abs = ns < 0 ? -(uint64_t)ns : (uint64_t)ns, ms = abs / TB_NS_PER_MS;

	tb_buf_addf(b, "%s%" PRIu64 ".%03" PRIu64 " s", ns < 0 && ms ? "-" : "", ms / 1000, ms % 1000);
}

void text_span(struct tb_buf *b, int64_t first, int64_t last)
{
	text_seconds(b, first);
	if (last / TB_NS_PER_MS == first / TB_NS_PER_MS)
		return;
	tb_buf_adds(b, " to ");
	text_seconds(b, last);
}

void text_at(struct tb_buf *b, int64_t first, int64_t last)
{
	tb_buf_adds(b, last / TB_NS_PER_MS == first / TB_NS_PER_MS ? "at " : "from ");
	text_span(b, first, last);
}

void text_traffic(struct tb_buf *b, uint64_t out, uint64_t in, bool exact)
{
	void (*bytes)(struct tb_buf *, uint64_t) = exact ? text_bytes_exact : text_bytes;

	bytes(b, out);
	tb_buf_adds(b, " out, ");
	bytes(b, in);
	tb_buf_adds(b, " in");
}

void text_join(struct tb_buf *b, const char *sep)
{
	if (b->len)
		tb_buf_adds(b, sep);
}

void text_item(struct page *p, size_t indent, const char *label, size_t hang, struct tb_buf *b)
{
	if (b->failed)
		p->out->failed = true;
	else if (b->len)
		page_item(p, indent, label, hang, PAGE_PLAIN, b->data);
	tb_buf_reset(b);
}
