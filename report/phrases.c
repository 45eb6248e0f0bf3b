/* SPDX-License-Identifier: Apache-2.0 */
/*
 * phrases.c - short words that the lists of facts share
 */
#include "report/phrases.h"

#include <inttypes.h>
#include <string.h>

#include "report/amounts.h"
#include "report/width.h"
#include "tcbox/clock.h"

#define DOTS 3

void phrase_cut(struct tb_buf *b, const char *text, size_t columns)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;
	size_t len = strlen(text), at = 0, used = 0, n, w;

	/* what is not plain is longer once it is harmless: as long as that it is cut */
	tb_buf_add_shown(&safe, text, doc_cut(text, 4 * columns));
	b->failed |= safe.failed;
	if (safe.failed || !len)
		return;
	if (len <= 4 * columns && rpt_width(safe.data, safe.len) <= columns) {
		tb_buf_add(b, text, len);
		return;
	}
	for (; at < safe.len; at += n, used += w) {
		w = rpt_char_width(safe.data + at, safe.len - at, &n);
		if (used + w + DOTS > columns)
			break;
	}
	tb_buf_add(b, safe.data, at);
	tb_buf_adds(b, "...");
}

const char *phrase_addr(const struct ev_addr *a, uint16_t port, char out[EV_ADDR_STRLEN])
{
	struct ev_addr with = *a;

	with.port = port;
	ev_addr_format(&with, out);
	return out;
}

void phrase_where(struct tb_buf *b, const struct fact_dest *d)
{
	char addr[EV_ADDR_STRLEN];

	if (d->inbound) {
		tb_buf_addf(b, "from %s", phrase_addr(&d->addrs[0], 0, addr));
		if (d->port)
			tb_buf_addf(b, " to port %u", d->port);
	} else if (!d->host) {
		tb_buf_adds(b, phrase_addr(&d->addrs[0], d->port, addr));
	} else {
		tb_buf_adds(b, d->host);
		if (d->port)
			tb_buf_addf(b, ":%u", d->port);
	}
}

void phrase_owner(struct tb_buf *b, const struct fact_owner *o)
{
	if (o->program)
		tb_buf_adds(b, o->program);
	else
		tb_buf_adds(b, o->proc ? "a program that is not known" : "no owner is known");
	if (o->processes > 1)
		tb_buf_addf(b, ", %zu processes", o->processes);
	else if (o->pid)
		tb_buf_addf(b, " (%" PRId64 ")", o->pid);
}

void phrase_stand(struct tb_buf *b, enum fnd_stand stand)
{
	static const char *const words[] = {
		[FND_NOT_COMPARED] = "", [FND_DECLARED] = "yes", [FND_IGNORED] = "no, ignored",
		[FND_BROKEN] = "broken", [FND_UNDECLARED] = "NO",
	};

	tb_buf_adds(b, words[stand]);
}

void phrase_when(struct tb_buf *b, int64_t first, int64_t last)
{
	int64_t ms = first / TB_NS_PER_MS;

	if (last / TB_NS_PER_MS != ms && first >= 0)
		tb_buf_addf(b, "%" PRId64 ".%03" PRId64 " to ", ms / 1000, ms % 1000);
	amount_seconds(b, last);
}

void phrase_more(struct doc *d, uint64_t n)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (!n)
		return;
	tb_buf_addf(&b, "and %" PRIu64 " more in the JSON report", n);
	doc_para(d, doc_text(d, &b));
}
