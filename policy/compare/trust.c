/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.c - can the evidence be trusted, and what could it not show?
 *
 * Everything that may have hidden an act of the product is a gap that blocks "conforms": the
 * verdict can then not be "conforms". What can never be seen, in this run or in any, is a gap that
 * does not: the report says it, and why.
 */
#include "policy/compare/details.h"

#include <string.h>
#include <strings.h>

#include "tcbox/app_words.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "tcbox/syscalls.h"

struct fnd_details *cmp_gap(struct cmp *c, bool blocks_conforms, enum fnd_gap_code code)
{
	struct fnd_result *r = c->verdict.r;
	struct fnd_gap *v = tb_grow(r->gaps, r->ngaps, 1, sizeof(*v)), *g;

	if (!v) {
		c->verdict.failed = true;
		return NULL;
	}
	r->gaps = v;
	g = &v[r->ngaps++];
	*g = (struct fnd_gap){ .code = code, .blocks_conforms = blocks_conforms };
	return &g->details;
}

/* gap_number() - a gap about which there is one number to say */
static void gap_number(struct cmp *c, bool blocks_conforms, enum fnd_gap_code code,
		       enum fnd_key key, uint64_t n)
{
	details_number(c, cmp_gap(c, blocks_conforms, code), key, n);
}

/* gap_text() - a gap about which there is one text to say, if it is known */
static void gap_text(struct cmp *c, bool blocks_conforms, enum fnd_gap_code code, enum fnd_key key,
		     const char *text)
{
	details_text(c, cmp_gap(c, blocks_conforms, code), key, text);
}

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
	details = cmp_gap(c, true, FND_GAP_LOSS);
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
	gap = cmp_gap(c, true, code);
	finding = finding_of(c, &act, code);
	if (!n)
		return;
	details_number(c, gap, FND_KEY_COUNT, n);
	details_number(c, finding, FND_KEY_COUNT, n);
}

static bool is_sim(const struct run_info *run)
{
	return run->net == RUN_NET_SIM;
}

static void run_end(struct cmp *c)
{
	const struct run_info *run = c->run;

	if (run->state == RUN_RUNNING)
		(void)cmp_gap(c, true, FND_GAP_RUN_GOES_ON);
	else if (run->state == RUN_FAILED)
		gap_text(c, true, FND_GAP_RUN_FAILED, FND_KEY_ERROR, run->error);
	else if (run->timed_out)
		gap_number(c, false, FND_GAP_RUN_TIMED_OUT, FND_KEY_MS, run->timeout_ms);
	else if (run->interrupted)
		(void)cmp_gap(c, false, FND_GAP_RUN_INTERRUPTED);
	else if (run->exit_signal)
		gap_number(c, true, FND_GAP_RUN_SIGNAL, FND_KEY_SIGNAL, (uint64_t)run->exit_signal);
	else if (!run->exited)
		(void)cmp_gap(c, true, FND_GAP_RUN_NO_STATUS);
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
		    (producers[i].src != EV_SRC_LAB || is_sim(c->run)))
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

static void missed(struct cmp *c, const char *layer)
{
	const struct evd_canary *canary = &c->ev->canary;
	struct fnd_act act = {
		.code = FND_CANARY_MISSED,
		.severity = FND_WARNING,
		.basis = FND_SEEN,
		.what = layer,
		.count = 1,
	};
	struct fnd_details *seen;

	gap_text(c, true, FND_GAP_CONTROL_UNSEEN, FND_KEY_LAYER, layer);
	seen = cmp_note(c, &act);
	details_text(c, seen, FND_KEY_NAME, canary->name);
	if (canary->detail)
		details_text(c, seen, FND_KEY_SAID, canary->detail);
	else
		details_is(c, seen, canary->planned ? FND_KEY_PLANNED : FND_KEY_UNPLANNED, true);
}

static void canary(struct cmp *c)
{
	const struct evd_canary *seen = &c->ev->canary;
	struct fnd_result *r = c->verdict.r;

	r->canary_calls = seen->calls;
	r->canary_packets = seen->packets;
	r->canary_lab = seen->lab;
	if (!seen->calls)
		missed(c, "the call record");
	if (!seen->packets)
		missed(c, "the packets");
	if (!seen->lab && is_sim(c->run))
		missed(c, "the lab");
	if (seen->failed)
		gap_text(c, true, FND_GAP_CONTROL_FAILED, FND_KEY_SAID, seen->detail);
}

/* executed_other() - the product executed something else in the place of one of its files: in the
 * box it may change them */
static void executed_other(struct cmp *c, const struct run_file *file)
{
	struct fnd_act act = { .code = FND_EXEC_CHANGED,
			       .severity = FND_WARNING,
			       .basis = FND_SEEN,
			       .what = file->path,
			       .count = 1 };
	const struct evd_program *p = evd_program(c->ev, file->path);
	const char *executed = p ? p->sha256 : NULL;
	struct fnd_details *seen;

	if (!executed || !strcmp(executed, file->sha256_before))
		return;
	seen = cmp_note(c, &act);
	details_text(c, seen, FND_KEY_EXECUTED, executed);
	details_text(c, seen, FND_KEY_BEFORE, file->sha256_before);
}

static void product_files(struct cmp *c)
{
	const struct run_info *run = c->run;

	for (size_t i = 0; i < run->nfiles; i++) {
		const struct run_file *file = &run->files[i];
		struct fnd_act act = { .code = FND_PRODUCT_CHANGED,
				       .severity = FND_WARNING,
				       .basis = FND_SEEN,
				       .what = file->path,
				       .count = 1 };
		struct fnd_details *seen;

		if (file->path && file->sha256_before)
			executed_other(c, file);
		if (run->state == RUN_RUNNING || !file->path || !file->sha256_before ||
		    (file->sha256_after && !strcmp(file->sha256_before, file->sha256_after)))
			continue;
		gap_text(c, true, FND_GAP_PRODUCT, FND_KEY_PATH, file->path);
		seen = cmp_note(c, &act);
		details_text(c, seen, FND_KEY_BEFORE, file->sha256_before);
		details_text(c, seen, FND_KEY_AFTER, file->sha256_after);
	}
}

static void unowned(struct cmp *c)
{
	uint64_t flows = 0, pkts = 0;
	struct fnd_details *details;

	for (size_t i = 0; i < c->ev->nflows; i++) {
		if (c->ev->flows[i]->call)
			continue;
		flows++;
		pkts += c->ev->flows[i]->pkts;
	}
	if (!flows)
		return;
	details = cmp_gap(c, true, FND_GAP_UNOWNED);
	details_number(c, details, FND_KEY_PACKETS, pkts);
	details_number(c, details, FND_KEY_FLOWS, flows);
}

static void encrypted(struct cmp *c)
{
	uint64_t flows = 0, bytes = 0, nameless = 0, hidden = 0;

	for (size_t i = 0; i < c->ev->nflows; i++) {
		const struct evd_flow *f = c->ev->flows[i];

		if (f->canary || !tb_app_encrypted(f->app, f->app_detail))
			continue;
		flows++;
		bytes += f->bytes_out + f->bytes_in;
		nameless += f->tls_version && !f->sni;
		hidden += f->ech;
	}
	if (flows) {
		struct fnd_details *details = cmp_gap(c, false, FND_GAP_ENCRYPTED);

		details_number(c, details, FND_KEY_BYTES, bytes);
		details_number(c, details, FND_KEY_FLOWS, flows);
	}
	if (hidden)
		gap_number(c, false, FND_GAP_ENCRYPTED_HELLOS, FND_KEY_FLOWS, hidden);
	if (nameless)
		gap_number(c, false, FND_GAP_NO_SERVER_NAME, FND_KEY_FLOWS, nameless);
}

/* limited() - what the limits of the run kept from being seen. None hides an act: they are the
 * technician's choice, as the time limit is */
static void limited(struct cmp *c)
{
	const struct run_info *run = c->run;
	static const struct { const char *name, *file; } logs[] = {
		{ "stdout_cut", RUN_STDOUT_FILE }, { "stderr_cut", RUN_STDERR_FILE },
	};
	uint64_t kills = evd_counter(c->ev, EV_SRC_RUN, "box_memory_kills");

	for (size_t i = 0; i < TB_ARRAY_SIZE(logs); i++) {
		uint64_t cut = evd_counter(c->ev, EV_SRC_RUN, logs[i].name);
		struct fnd_details *details;

		if (!cut)
			continue;
		details = cmp_gap(c, false, FND_GAP_OUTPUT_CUT);
		details_text(c, details, FND_KEY_PATH, logs[i].file);
		details_number(c, details, FND_KEY_MAX, run->output_max);
		details_number(c, details, FND_KEY_BYTES, cut);
	}
	if (kills)
		gap_number(c, false, FND_GAP_MEMORY_KILLS, FND_KEY_COUNT, kills);
}

/* unseen_calls() - calls that the box let pass unseen, because the policy of the run declares them,
 * and that would be findings now. Return: how many; @first is one of them */
static unsigned unseen_calls(const struct cmp *c, const char **first)
{
	const struct pol *now = c->policy, *then = c->run_policy;
	unsigned n = 0;

	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		const char *name = tb_syscall_name(nr);

		if (!name || then->sys[nr] != POL_SYS_ALLOWED || now->sys[nr] == POL_SYS_ALLOWED)
			continue;
		if (now->sys[nr] == POL_SYS_UNDECLARED && now->on_sys == POL_IGNORE)
			continue;
		if (!n++)
			*first = name;
	}
	return n;
}

/* system_calls() - what of them the comparison cannot know */
static void system_calls(struct cmp *c)
{
	const char *first = NULL;
	struct fnd_details *details;
	unsigned n;

	if (!c->policy->has_syscalls) {
		(void)cmp_gap(c, false, FND_GAP_CALLS_UNDECLARED);
		return;
	}
	if (c->run->observe == RUN_OBSERVE_ALL)
		return;
	if (!c->run->has_policy) {
		(void)cmp_gap(c, true, FND_GAP_CALLS_NO_POLICY);
		return;
	}
	if (!c->run_policy) {
		(void)cmp_gap(c, true, FND_GAP_CALLS_POLICY_GONE);
		return;
	}
	n = unseen_calls(c, &first);
	if (!n) {
		(void)cmp_gap(c, false, FND_GAP_CALLS_NOT_COUNTED);
		return;
	}
	details = cmp_gap(c, true, FND_GAP_CALLS_PASSED);
	details_number(c, details, FND_KEY_COUNT, n);
	details_text(c, details, FND_KEY_SYSCALL, first);
}

/*
 * never_seen() - what this way of observing cannot show, as far as it matters for this run and this
 * policy
 */
static void never_seen(struct cmp *c)
{
	const struct evd_facts *ev = c->ev;
	const struct { enum fnd_gap_code gap; uint64_t n; } counts[] = {
		{ FND_GAP_LOOPBACK, ev->totals.loopback_calls },
		{ FND_GAP_UNIX_SOCKETS, ev->totals.unix_calls },
		{ FND_GAP_PROGRAMS_UNVERIFIED, evd_counter(ev, EV_SRC_BOX, "execs_unverified") },
		{ FND_GAP_UNANSWERED, evd_counter(ev, EV_SRC_LAB, "datagrams_dropped") },
		{ FND_GAP_FLOWS_EVICTED, evd_counter(ev, EV_SRC_NET, "flows_evicted") },
	};

	encrypted(c);
	for (size_t i = 0; i < TB_ARRAY_SIZE(counts); i++)
		if (counts[i].n)
			gap_number(c, false, counts[i].gap, FND_KEY_COUNT, counts[i].n);
	if (!c->policy)
		return;
	system_calls(c);
	if (c->policy->nread)
		gap_text(c, false, FND_GAP_READS, FND_KEY_SAID, c->run->reads_by);
}

void cmp_trust(struct cmp *c)
{
	const struct run_info *run = c->run;

	run_end(c);
	record_state(c);
	for (size_t i = 0; i < c->ev->nlosses; i++)
		loss(c, &c->ev->losses[i]);
	zero_counters(c);
	balance(c);
	canary(c);
	unowned(c);
	cmp_unread(c);
	product_files(c);
	for (size_t i = 0; i < run->ndegraded; i++)
		gap_text(c, true, FND_GAP_DEGRADED, FND_KEY_SAID, run->degraded[i]);
	for (size_t i = 0; i < run->nreduced; i++)
		gap_text(c, false, FND_GAP_REDUCED, FND_KEY_SAID, run->reduced[i]);
	limited(c);
	never_seen(c);
}
