/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uploads.c - what the product sent in the bodies of requests
 */
#include <inttypes.h>

#include "report/grid.h"
#include "report/phrases.h"
#include "report/sections.h"
#include "tcbox/facts.h"

#define SHOWN 20		/* report.json has all */
#define PATH_COLUMNS 60
#define TYPE_COLUMNS 60
#define BEGINS_COLUMNS 90

enum { WHERE, REQUEST, TIMES, SIZE, COLUMNS };

static const struct grid_column columns[] = {
	[WHERE] = { .head = "sent to" },
	[REQUEST] = { .head = "request" },
	[TIMES] = { .head = "times", .right = true },
	[SIZE] = { .head = "size", .right = true },
};

static void where(struct tb_buf *b, const struct fact_upload *u)
{
	char addr[EV_ADDR_STRLEN];

	if (u->host)
		tb_buf_addf(b, "%s:%u", u->host, u->server.port);
	else
		tb_buf_adds(b, phrase_addr(&u->server, u->server.port, addr));
	if (!u->tls_version)
		tb_buf_adds(b, ", clear");
}

static void request(struct tb_buf *b, const struct fact_upload *u)
{
	tb_buf_adds(b, u->method ? u->method : "no request");
	if (u->path) {
		tb_buf_addc(b, ' ');
		phrase_cut(b, u->path, PATH_COLUMNS);
	}
	if (u->status)
		tb_buf_addf(b, " %" PRIu64, u->status);
	else
		tb_buf_adds(b, ", not answered");
}

/* what() - the program, what the body is said to be, and what is known of it */
static void what(struct grid *g, const struct fact_upload *u, struct tb_buf *b)
{
	if (u->program)
		tb_buf_adds(b, u->program);
	if (u->type) {
		amount_join(b, "; ");
		phrase_cut(b, u->type, TYPE_COLUMNS);
	}
	if (u->encoding) {
		amount_join(b, "; ");
		phrase_cut(b, u->encoding, TYPE_COLUMNS);
	}
	if (u->kept) {
		amount_join(b, "; ");
		amount_bytes(b, u->kept);
		tb_buf_addf(b, " kept in " RUN_BODIES_FILE " at %" PRIu64, u->kept_at);
	}
	grid_note(g, b);
	tb_buf_addf(b, "SHA-256 %s", u->sha256);
	grid_note(g, b);
	if (u->begins) {
		tb_buf_adds(b, "begins with: ");
		phrase_cut(b, u->begins, BEGINS_COLUMNS);
		grid_note(g, b);
	}
}

void rpt_uploads(struct doc *d, const struct rpt_input *in)
{
	const struct facts *f = in->facts;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	size_t shown = f->nuploads < SHOWN ? f->nuploads : SHOWN;
	struct grid g;

	if (!f->nuploads)
		return;
	doc_heading(d, "Uploads", f->nuploads + f->more_uploads);
	grid_init(&g, columns, COLUMNS);
	for (size_t i = 0; i < shown; i++) {
		const struct fact_upload *u = &f->uploads[i];

		grid_row(&g, u->tls_version ? DOC_PLAIN : DOC_DOUBT);
		where(&b, u);
		grid_cell(&g, WHERE, &b);
		request(&b, u);
		grid_cell(&g, REQUEST, &b);
		tb_buf_addf(&b, "%" PRIu64, u->count);
		grid_cell(&g, TIMES, &b);
		amount_bytes(&b, u->bytes);
		grid_cell(&g, SIZE, &b);
		what(&g, u, &b);
	}
	grid_end(&g, d);
	grid_free(&g);
	phrase_more(d, f->nuploads - shown + f->more_uploads);
}
