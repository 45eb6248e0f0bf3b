/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watched.c - what could not be seen: each kind of acts with its witnesses and how they were in
 * this run, then what is seen by nobody, then the gaps of this run
 */
#include "report/watched.h"

#include <ctype.h>

#include "report/gaps.h"
#include "report/grid.h"
#include "report/sections.h"
#include "tcbox/own.h"

#define BY(w) (1u << FND_BY_##w)

/* As tcbox-report(5) and tcbox(7), WHAT IT CANNOT DO, have it. */
static const struct watched table[] = {
	{ "conversations", BY(CALLS) | BY(PACKETS) | BY(LAB),
	  "what was said in those that were encrypted and did not end at the lab" },
	{ "lookups of names", BY(PACKETS) | BY(LAB), NULL },
	{ "names said in conversations", BY(PACKETS) | BY(LAB),
	  "names that were encrypted and did not reach the lab" },
	{ "listeners", BY(CALLS) | BY(SOCKETS),
	  "that a datagram socket at a port which the kernel hands out waits for others, and any "
	  "in the 3 seconds before it is connected" },
	{ "programs started", BY(CALLS) | BY(PROCESS), NULL },
	{ "files changed", BY(CALLS) | BY(DISK), NULL },
	{ "other system calls", BY(CALLS), "how often those were made that pass in the kernel" },
	{ "files that were only read", 0, "reading is not recorded" },
	{ "memory", 0, "what a program computes, and code that it maps, makes or loads as a "
	  "library, are the program's own" },
	{ "talk inside the box", 0, "pipes, shared memory and signals are not recorded; of UNIX "
	  "sockets and loopback the calls are, and not what was said" },
	{ "passed sockets", 0, "which of the programs that have a socket sent what; and a program "
	  "that got it from another and closed it at once is not seen to have had it" },
	{ "what others pass on", 0, "mail and messages for others that a declared server is given: "
	  "for whom they are is in the record, and is not compared" },
	{ "hidden channels", 0, "timing, sizes, the order of packets, and bits that a protocol "
	  "leaves free can carry data" },
	{ "other circumstances", 0, "another day, another input, another machine, or that the "
	  "product knew of the box" },
};

const struct watched *watched_at(size_t i)
{
	return i < TB_ARRAY_SIZE(table) ? &table[i] : NULL;
}

bool watched_by(const struct watched *w, enum fnd_witness by)
{
	return w->witnesses & 1u << by;
}

unsigned int watched_whole(const struct watched *w, const struct fnd_result *r)
{
	unsigned int n = 0;

	for (int i = 0; i < FND_WITNESSES; i++)
		n += watched_by(w, (enum fnd_witness)i) && r->sights[i] == FND_SIGHT_UP;
	return n;
}

static const char *sight_words(enum fnd_sight s)
{
	switch (s) {
	case FND_SIGHT_UP:
		return "";
	case FND_SIGHT_PART:
		return " (IN PART)";
	case FND_SIGHT_OFF:
		return " (not in this run)";
	case FND_SIGHT_DOWN:
		break;
	}
	return " (SAW NOTHING)";
}

static void witnesses(struct tb_buf *b, const struct watched *w, const struct fnd_result *r)
{
	const char *sep = "";

	for (int i = 0; i < FND_WITNESSES; i++) {
		if (!watched_by(w, (enum fnd_witness)i))
			continue;
		tb_buf_addf(b, "%s%s%s", sep, fnd_witness_name((enum fnd_witness)i),
			    sight_words(r->sights[i]));
		sep = ", ";
	}
}

/* note() - what of it could not be seen in this run, or can be in none */
static void note(struct tb_buf *b, const struct watched *w, unsigned int whole)
{
	if (!whole)
		tb_buf_adds(b, "nobody saw all of it in this run");
	else if (whole == 1)
		tb_buf_adds(b, "one witness only");
	if (!w->not_seen)
		return;
	amount_join(b, "; ");
	tb_buf_addf(b, "not seen: %s", w->not_seen);
}

static void seen(struct doc *d, const struct fnd_result *r)
{
	static const struct grid_column columns[] = { { .head = "acts" }, { .head = "seen by" } };
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	const struct watched *w;
	struct grid g;

	grid_init(&g, columns, TB_ARRAY_SIZE(columns));
	for (size_t i = 0; (w = watched_at(i)) && w->witnesses; i++) {
		unsigned int whole = watched_whole(w, r);

		grid_row(&g, whole ? DOC_PLAIN : DOC_BAD);
		tb_buf_adds(&b, w->what);
		grid_cell(&g, 0, &b);
		witnesses(&b, w, r);
		grid_cell(&g, 1, &b);
		note(&b, w, whole);
		grid_note(&g, &b);
	}
	grid_end(&g, d);
	grid_free(&g);
}

static void never(struct doc *d)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;
	const struct watched *w;

	doc_para(d, "Seen by nobody, in any run:");
	for (size_t i = 0; (w = watched_at(i)); i++) {
		if (w->witnesses)
			continue;
		tb_buf_addf(&b, "%s: %s", w->what, w->not_seen);
		if (b.len)
			b.data[0] = (char)toupper((unsigned char)b.data[0]);
		doc_point(d, false, doc_text(d, &b));
		tb_buf_reset(&b);
	}
}

static void gaps(struct doc *d, const struct fnd_result *r)
{
	bool blocked = false;

	if (r->ngaps)
		doc_para(d, "In this run:");
	for (size_t i = 0; i < r->ngaps; i++) {
		const struct fnd_gap *g = &r->gaps[i];
		TB_AUTOBUF struct tb_buf what = TB_BUF_INIT, why = TB_BUF_INIT;

		gaps_what(&what, g);
		doc_point(d, g->blocks_conforms, doc_text(d, &what));
		gaps_why(&why, g->code, &g->details);
		doc_detail(d, doc_text(d, &why));
		blocked |= g->blocks_conforms;
	}
	if (blocked)
		doc_para(d, "(* the verdict cannot be \"conforms\" because of it)");
}

void rpt_gaps(struct doc *d, const struct rpt_input *in)
{
	doc_heading(d, "What could not be seen", 0);
	seen(d, in->result);
	gaps(d, in->result);
	never(d);
}
