/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lost.c - evidence that was lost: by the record, by its producers, or between two of them
 */
#include "policy/compare/details.h"
#include "policy/compare/gap.h"

#include <strings.h>

#include "tcbox/own.h"

/* name_of() - what the gap is called. Return: NULL if it has no name */
static const char *name_of(const struct fnd_gap *g)
{
	const char *name = fnd_gap_name(g->code);
	const struct fnd_detail *what = fnd_detail(&g->details, FND_KEY_WHAT);

	return name || !what ? name : what->text;
}

/* is_told() - is there a gap of this name? A producer's loss event and its counters say the same */
static bool is_told(const struct fnd_result *r, const char *name)
{
	for (size_t i = 0; i < r->ngaps; i++)
		if (name_of(&r->gaps[i]) && !strcasecmp(name_of(&r->gaps[i]), name))
			return true;
	return false;
}

/* finding_of() - the finding of lost evidence. Return: where to say more of it; NULL: nowhere */
static struct fnd_details *finding_of(struct cmp *c, const struct fnd_act *act,
				    enum fnd_gap_code code)
{
	struct fnd *f;
	bool fresh;

	f = fnd_note(c->verdict.findings, act, &fresh);
	if (!fresh)
		return NULL;
	f->lost = code;
	return &f->seen[0].details;
}

/* loss() - a producer says that it lost evidence: a gap that keeps the verdict from being
 * "conforms", and a finding for it */
static void loss(struct cmp *c, const struct evd_loss *at)
{
	const struct fnd_act act = {
		.code = FND_EVIDENCE_LOST, .severity = FND_WARNING, .basis = FND_SEEN,
		.what = at->what, .first = at->t, .last = at->t, .count = at->count,
		.lines = { at->line },
	};
	struct fnd_details *details;

	if (is_told(c->verdict.r, at->what))
		return;
	details = gap_add(c, true, FND_GAP_LOSS);
	details_text(c, details, FND_KEY_WHAT, at->what);
	details_text(c, details, FND_KEY_SAID, at->detail);
	details_text(c, finding_of(c, &act, FND_GAP_LOSS), FND_KEY_SAID, at->detail);
}

/* lost() - the same, which the comparison found. @n: how many; 0: that is not known */
static void lost(struct cmp *c, enum fnd_gap_code code, uint64_t n)
{
	const struct fnd_act act = {
		.code = FND_EVIDENCE_LOST, .severity = FND_WARNING, .basis = FND_SEEN,
		.what = fnd_gap_name(code),
	};
	struct fnd_details *gap, *finding;

	if (is_told(c->verdict.r, act.what))
		return;
	gap = gap_add(c, true, code);
	finding = finding_of(c, &act, code);
	if (!n)
		return;
	details_number(c, gap, FND_KEY_COUNT, n);
	details_number(c, finding, FND_KEY_COUNT, n);
}

/* last_words() - each producer says that it has finished, or may have seen more */
static void last_words(struct cmp *c)
{
	static const struct { enum ev_src src; enum fnd_gap_code gap; } producers[] = {
		{ EV_SRC_BOX, FND_GAP_LAST_CALLS },    { EV_SRC_NET, FND_GAP_LAST_FLOWS },
		{ EV_SRC_CAPTURE, FND_GAP_LAST_PACKETS }, { EV_SRC_LAB, FND_GAP_LAST_ANSWERS },
		{ EV_SRC_DISK, FND_GAP_LAST_CHANGES }, { EV_SRC_RUN, FND_GAP_LAST_EVENTS },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(producers); i++)
		if (!c->stats->final[producers[i].src] &&
		    (producers[i].src != EV_SRC_LAB || c->run->net == RUN_NET_SIM))
			lost(c, producers[i].gap, 0);
}

static void record_state(struct cmp *c)
{
	const struct rec_read_stats *stats = c->stats;

	if (!stats) {
		lost(c, FND_GAP_RECORD, 0);
		return;
	}
	if (stats->bad_lines)
		lost(c, FND_GAP_RECORD_LINES, stats->bad_lines);
	if (stats->gaps)
		lost(c, FND_GAP_RECORD_EVENTS, stats->gaps);
	if (stats->truncated)
		lost(c, FND_GAP_RECORD_CUT, 0);
	last_words(c);
	if (c->ev->changes_left_out + evd_counter(c->ev, EV_SRC_DISK, "left_out"))
		lost(c, FND_GAP_MANY_CHANGES, 0);
	if (c->ev->alien)
		lost(c, FND_GAP_ALIEN, c->ev->alien);
	if (c->ev->dropped)
		lost(c, FND_GAP_MANY_EVENTS, c->ev->dropped);
	if (c->ev->strings_full)
		lost(c, FND_GAP_MANY_NAMES, 0);
}

/*
 * Totals that must be zero. rx_dropped of the interface is not among them: the kernel counts there
 * what it drops after the capture.
 */
static void zero_counters(struct cmp *c)
{
	static const struct { enum ev_src src; const char *name; enum fnd_gap_code gap; } zero[] = {
		{ EV_SRC_CAPTURE, "packets_dropped", FND_GAP_PACKETS_DROPPED },
		{ EV_SRC_CAPTURE, "packets_ifdropped", FND_GAP_PACKETS_IFDROPPED },
		{ EV_SRC_CAPTURE, "packets_unaccounted", FND_GAP_PACKETS_UNACCOUNTED },
		{ EV_SRC_CAPTURE, "packets_undecoded", FND_GAP_PACKETS_UNDECODED },
		{ EV_SRC_NET, "packets_malformed", FND_GAP_PACKETS_MALFORMED },
		{ EV_SRC_NET, "packets_other", FND_GAP_PACKETS_OTHER },
		{ EV_SRC_NET, "lookups_malformed", FND_GAP_LOOKUPS_MALFORMED },
		{ EV_SRC_NET, "names_lost", FND_GAP_NAMES_LOST },
		{ EV_SRC_LAB, "refused", FND_GAP_LAB_REFUSED },
		{ EV_SRC_LAB, "requests_unrecorded", FND_GAP_REQUESTS_UNRECORDED },
		{ EV_SRC_BOX, "processes_unwatched", FND_GAP_PROCESSES_UNWATCHED },
		{ EV_SRC_BOX, "calls_unread", FND_GAP_CALLS_UNREAD },
	};
	uint64_t value;

	for (size_t i = 0; i < TB_ARRAY_SIZE(zero); i++)
		if (evd_counted(c->ev, zero[i].src, zero[i].name, &value) && value)
			lost(c, zero[i].gap, value);
}

/* placed() - packets that are in a flow, or belong to the link, or could not be in any flow */
static uint64_t placed(const struct cmp *c)
{
	const struct evd_facts *ev = c->ev;
	uint64_t n = cmp_link_packets(c);

	n += evd_counter(ev, EV_SRC_NET, "packets_other");
	n += evd_counter(ev, EV_SRC_NET, "packets_malformed");
	for (size_t i = 0; i < ev->nflows; i++)
		n += ev->flows[i]->pkts;
	return n;
}

/*
 * balance() - every packet that was captured was decoded, and every one that was decoded has its
 * place
 */
static void balance(struct cmp *c)
{
	uint64_t captured, decoded, unaccounted, known, undecoded;

	if (!evd_counted(c->ev, EV_SRC_CAPTURE, "packets_captured", &captured) ||
	    !evd_counted(c->ev, EV_SRC_NET, "packets_decoded", &decoded) ||
	    !evd_counted(c->ev, EV_SRC_CAPTURE, "packets_unaccounted", &unaccounted)) {
		lost(c, FND_GAP_PACKETS_UNCOUNTED, 0);
		return;
	}
	undecoded = evd_counter(c->ev, EV_SRC_CAPTURE, "packets_undecoded");
	if (captured > decoded + undecoded)
		lost(c, FND_GAP_PACKETS_ON_THE_WAY, captured - decoded - undecoded);
	known = placed(c);
	if (decoded > known)
		lost(c, FND_GAP_PACKETS_IN_NO_FLOW, decoded - known);
}

void cmp_lost(struct cmp *c)
{
	record_state(c);
	for (size_t i = 0; i < c->ev->nlosses; i++)
		loss(c, &c->ev->losses[i]);
	zero_counters(c);
	balance(c);
}
