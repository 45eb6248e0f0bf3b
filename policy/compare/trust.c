/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.c - can the evidence be trusted, and what could it not show?
 *
 * Everything that may have hidden an act of the product is a gap that blocks "conforms": the verdict can then not be
 * "conforms". What can never be seen, in this run or in any, is a gap that does not: the report says it,
 * and why.
 */
#include "policy/compare/cmp_state.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tcbox/own.h"

#define ULL(x) ((unsigned long long)(x))

void cmp_gap(struct cmp *c, struct fnd_result *r, bool blocks_conforms, const char *what, const char *fmt, ...)
{
	struct fnd_gap *v = reallocarray(r->gaps, r->ngaps + 1, sizeof(*v)), *g;
	va_list ap;

	if (!v) {
		c->failed = true;
		return;
	}
	r->gaps = v;
	g = &v[r->ngaps++];
	*g = (struct fnd_gap){ .blocks_conforms = blocks_conforms };
	cmp_text(c, &g->what, "%s", what);
	if (g->what)
		g->what[0] = (char)toupper((unsigned char)g->what[0]);
	va_start(ap, fmt);
	if (vasprintf(&g->why, fmt, ap) < 0) {
		g->why = NULL;
		c->failed = true;
	}
	va_end(ap);
}

/* lost() - a gap that keeps the verdict from being "conforms", and a finding for it */
static void lost(struct cmp *c, struct fnd_result *r, const struct cmp_loss *at, const char *what, const char *why)
{
	struct fnd_act act = { .code = CODE_EVIDENCE_LOST, .severity = FND_WARNING, .basis = FND_SEEN, .what = what,
			       .first = at ? at->t : 0, .last = at ? at->t : 0, .count = at && at->count ? at->count : 1,
			       .lines = { at ? at->line : 0 } };
	struct fnd *f;
	bool fresh, told = false;	/* a producer's loss event and its counters say the same */

	for (size_t i = 0; i < r->ngaps && !told; i++)
		told = r->gaps[i].what && !strcasecmp(r->gaps[i].what, what);
	if (told)
		return;
	cmp_gap(c, r, true, what, "%s", why);
	f = fnd_note(c->findings, &act, &fresh);
	if (fresh)
		cmp_text(c, &f->observed, "%s", why);
}

static void lostf(struct cmp *c, struct fnd_result *r, const char *what, const char *fmt, ...) TB_PRINTF(4, 5);
static void lostf(struct cmp *c, struct fnd_result *r, const char *what, const char *fmt, ...)
{
	TB_AUTOFREE char *why = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&why, fmt, ap) < 0) {
		why = NULL;
		c->failed = true;
	}
	va_end(ap);
	if (why)
		lost(c, r, NULL, what, why);
}

static bool counter(const struct cmp *c, enum ev_src src, const char *name, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < c->ncounters; i++) {
		if (c->counters[i].src != src || strcmp(c->counters[i].name, name))
			continue;
		*value = c->counters[i].value;
		return true;
	}
	return false;
}

uint64_t cmp_counter(const struct cmp *c, enum ev_src src, const char *name)
{
	uint64_t value;

	(void)counter(c, src, name, &value);
	return value;
}

static bool is_sim(const struct run_info *run)
{
	return run->net == RUN_NET_SIM;
}

static void run_end(struct cmp *c, const struct run_info *run, struct fnd_result *r)
{
	if (run->state == RUN_RUNNING)
		cmp_gap(c, r, true, "The end of the run",
			"The manifest says that the run is still going on: tcbox or the machine died");
	else if (run->state == RUN_FAILED)
		cmp_gap(c, r, true, "The rest of the run", "tcbox could not go on: %s",
			run->error ? run->error : "the reason is not known");
	else if (run->timed_out)
		cmp_gap(c, r, false, "What the product does later", "It was ended when its time was over, after %llu ms",
			ULL(run->timeout_ms));
	else if (run->interrupted)
		cmp_gap(c, r, false, "What the product does later", "It was ended by the technician");
	else if (run->exit_signal)
		cmp_gap(c, r, true, "What the product does when it does not crash", "It was ended by signal %lld",
			(long long)run->exit_signal);
	else if (!run->exited)
		cmp_gap(c, r, true, "How the product ended", "Its exit status was not recorded");
}

static void record_state(struct cmp *c, const struct run_info *run, const struct rec_read_stats *stats, struct fnd_result *r)
{
	const struct { enum ev_src src; const char *what, *name; bool wanted; } producers[] = {
		{ EV_SRC_BOX, "the last system calls", "The supervisor", true },
		{ EV_SRC_NET, "the last flows and names", "The decoder", true },
		{ EV_SRC_CAPTURE, "the last packets", "The capture", true },
		{ EV_SRC_LAB, "the last answers of the lab", "The lab", is_sim(run) },
		{ EV_SRC_DISK, "changes on disk", "Who compares the kept layer", run->state_name },
		{ EV_SRC_RUN, "the end of the record", "The run", true },
	};

	if (!stats) {
		lostf(c, r, "the record", "It is not known how completely the record was read");
		return;
	}
	if (stats->bad_lines)
		lostf(c, r, "lines of the record", "Lines that are no events: %llu", ULL(stats->bad_lines));
	if (stats->gaps)
		lostf(c, r, "events of the record", "Events missing by their numbers: %llu", ULL(stats->gaps));
	if (stats->truncated)
		lostf(c, r, "the end of the record", "The last line of the record is cut off");
	for (size_t i = 0; i < TB_ARRAY_SIZE(producers); i++)
		if (!stats->final[producers[i].src] && producers[i].wanted)
			lostf(c, r, producers[i].what, "%s did not say that it was finished: what it saw last may be missing",
			      producers[i].name);
	if (c->alien)
		lostf(c, r, "the order of the record", "Events from a producer that cannot have seen them: %llu",
		      ULL(c->alien));
	if (c->dropped)
		lostf(c, r, "events beyond the limits of the comparison",
		      "More was recorded than fits; events that were not compared: %llu",
		      ULL(c->dropped));
	if (intern_full(c->strs))
		lostf(c, r, "names beyond the limits of the comparison",
		      "More different names, paths and command lines were recorded than fit; some were not compared");
}

static void losses(struct cmp *c, struct fnd_result *r)
{
	for (size_t i = 0; i < c->nlosses; i++) {
		const struct cmp_loss *l = &c->losses[i];

		lost(c, r, l, l->what, l->detail ? l->detail : "its producer said so, without a reason");
	}
}

/*
 * Totals that must be zero. rx_dropped of the interface is not among them: the kernel counts there what it
 * drops after the capture.
 */
static void zero_counters(struct cmp *c, struct fnd_result *r)
{
	static const struct { enum ev_src src; const char *name, *what, *why; } zero[] = {
		{ EV_SRC_CAPTURE, "packets_dropped", "packets", "Dropped by the kernel before the capture could take them" },
		{ EV_SRC_CAPTURE, "packets_ifdropped", "packets at the interface", "Dropped by the interface" },
		{ EV_SRC_CAPTURE, "packets_unaccounted", "packets", "Counted by the interface and not captured" },
		{ EV_SRC_CAPTURE, "packets_undecoded", "packets that were not decoded",
		 "In the capture only, because the decoder fell behind" },
		{ EV_SRC_NET, "packets_malformed", "packets that could not be understood", "Damaged, or made to look so" },
		{ EV_SRC_NET, "packets_other", "packets of other link protocols", "Neither IP nor ARP" },
		{ EV_SRC_NET, "lookups_malformed", "lookups that could not be understood",
		 "Messages to or from a name server that are no DNS" },
		{ EV_SRC_NET, "names_lost", "names of addresses", "Answers of name servers beyond the decoder's table" },
		{ EV_SRC_LAB, "refused", "answers of the lab", "Connections, names and conversations beyond its limits" },
		{ EV_SRC_BOX, "processes_unwatched", "processes",
		 "Processes whose end could not be watched, for want of descriptors or memory" },
		{ EV_SRC_BOX, "calls_unread", "arguments of calls", "Calls whose arguments could not be read" },
	};
	uint64_t value;

	for (size_t i = 0; i < TB_ARRAY_SIZE(zero); i++)
		if (counter(c, zero[i].src, zero[i].name, &value) && value)
			lostf(c, r, zero[i].what, "%s: %llu", zero[i].why, ULL(value));
}

/* balance() - every packet that was captured was decoded, and every one that was decoded is in a flow or
 * belongs to the link */
static void balance(struct cmp *c, struct fnd_result *r)
{
	uint64_t captured, decoded, undecoded = cmp_counter(c, EV_SRC_CAPTURE, "packets_undecoded"), placed, unaccounted;

	if (!counter(c, EV_SRC_CAPTURE, "packets_captured", &captured) || !counter(c, EV_SRC_NET, "packets_decoded", &decoded) ||
	    !counter(c, EV_SRC_CAPTURE, "packets_unaccounted", &unaccounted)) {
		lostf(c, r, "the count of packets", "Capture or decoder did not say how many packets there were");
		return;
	}
	if (captured > decoded + undecoded)
		lostf(c, r, "packets on their way to the decoder", "Captured and not decoded: %llu",
		      ULL(captured - decoded - undecoded));
	placed = cmp_link_packets(c) + cmp_counter(c, EV_SRC_NET, "packets_other") + cmp_counter(c, EV_SRC_NET,
												 "packets_malformed");
	for (size_t i = 0; i < c->nflows; i++)
		placed += c->flows[i]->pkts;
	if (decoded > placed)
		lostf(c, r, "packets in flows", "Decoded, but in no recorded flow: %llu", ULL(decoded - placed));
}

static void missed(struct cmp *c, struct fnd_result *r, const char *layer)
{
	struct fnd_act act = { .code = CODE_CANARY_MISSED, .severity = FND_WARNING, .basis = FND_SEEN, .what = layer,
			      .count = 1 };
	struct fnd *f;
	bool fresh;

	cmp_gap(c, r, true, "The positive control",
		"The control connection was not seen by %s: what the product did could have been missed, too",
		layer);
	f = fnd_note(c->findings, &act, &fresh);
	if (fresh)
		cmp_text(c, &f->observed, "the control connection to %s: %s",
			 c->canary_name ? c->canary_name : "(no name recorded)",
			 c->canary_detail ? c->canary_detail : c->canary_planned ? "was planned" : "was not even planned");
}

static bool is_control(const struct cmp *c, const struct cmp_flow *f)
{
	if (f->inbound || evd_is_resolver(&f->remote))
		return false;
	return f->canary || (f->call == CMP_NONE && c->canary_addr.family && ev_addr_eq(&f->remote, &c->canary_addr));
}

static void canary(struct cmp *c, const struct run_info *run, struct fnd_result *r)
{
	bool connected = false;

	for (size_t i = 0; i < c->nflows && !connected; i++)
		connected = is_control(c, c->flows[i]);
	c->canary_packets = connected && c->canary_asked;
	r->canary_calls = c->canary_calls;
	r->canary_packets = c->canary_packets;
	r->canary_lab = c->canary_lab;
	if (!c->canary_calls)
		missed(c, r, "the call record");
	if (!c->canary_packets)
		missed(c, r, "the packets");
	if (!c->canary_lab && is_sim(run))
		missed(c, r, "the lab");
	if (c->canary_failed)
		cmp_gap(c, r, true, "The positive control", "It failed: %s",
			c->canary_detail ? c->canary_detail : "no reason was recorded");
}

/* executed_other() - the product executed something else in the place of one of its files: in the box it may
 * change them */
static void executed_other(struct cmp *c, const struct run_file *file)
{
	struct fnd_act act = { .code = CODE_EXEC_CHANGED, .severity = FND_WARNING, .basis = FND_SEEN, .what = file->path,
			      .count = 1 };
	const char *executed = cmp_last_hash(c, file->path);
	struct fnd *f;
	bool fresh;

	if (!executed || !strcmp(executed, file->sha256_before))
		return;
	f = fnd_note(c->findings, &act, &fresh);
	if (fresh)
		cmp_text(c, &f->observed, "SHA-256 %s was executed, before the run the file had %s", executed,
			 file->sha256_before);
}

static void product_files(struct cmp *c, const struct run_info *run, struct fnd_result *r)
{
	for (size_t i = 0; i < run->nfiles; i++) {
		const struct run_file *file = &run->files[i];
		struct fnd_act act = { .code = CODE_PRODUCT_CHANGED, .severity = FND_WARNING, .basis = FND_SEEN,
				      .what = file->path, .count = 1 };
		struct fnd *f;
		bool fresh;

		if (file->path && file->sha256_before)
			executed_other(c, file);
		if (run->state == RUN_RUNNING || !file->path || !file->sha256_before ||
		    (file->sha256_after && !strcmp(file->sha256_before, file->sha256_after)))
			continue;
		cmp_gap(c, r, true, "Which product was tested", "%s was not the same file before and after the run", file->path);
		f = fnd_note(c->findings, &act, &fresh);
		if (fresh)
			cmp_text(c, &f->observed, "SHA-256 before %s, after %s", file->sha256_before,
				 file->sha256_after ? file->sha256_after : "(not there or not readable)");
	}
}

static void unowned(struct cmp *c, struct fnd_result *r)
{
	uint64_t flows = 0, pkts = 0;

	for (size_t i = 0; i < c->nflows; i++) {
		if (c->flows[i]->call != CMP_NONE)
			continue;
		flows++;
		pkts += c->flows[i]->pkts;
	}
	if (flows)
		cmp_gap(c, r, true, "Who sent some packets",
			"Packets that no recorded call explains: %llu, in conversations: %llu",
			ULL(pkts), ULL(flows));
}

static void encrypted(struct cmp *c, struct fnd_result *r)
{
	uint64_t flows = 0, bytes = 0, nameless = 0, hidden = 0;

	for (size_t i = 0; i < c->nflows; i++) {
		const struct cmp_flow *f = c->flows[i];

		if (f->canary || !match_encrypted(f->app, f->app_detail))
			continue;
		flows++;
		bytes += f->bytes_out + f->bytes_in;
		nameless += f->tls_version && !f->sni;
		hidden += f->ech;
	}
	if (flows)
		cmp_gap(c, r, false, "Encrypted content",
			"Bytes that were encrypted: %llu, in conversations: %llu. Who, when and how much is seen, what is not",
			ULL(bytes), ULL(flows));
	if (hidden)
		cmp_gap(c, r, false, "Names in encrypted hellos",
			"Conversations with one, or a pretended one: %llu. The name beside it may be a cover",
			ULL(hidden));
	if (nameless)
		cmp_gap(c, r, false, "Server names in TLS",
			"Conversations that named no server, or hid the name: %llu", ULL(nameless));
}

/* limited() - what the limits of the run kept from being seen. None hides an act: they are the technician's choice, as the time
 * limit is */
static void limited(struct cmp *c, const struct run_info *run, struct fnd_result *r)
{
	static const struct { const char *name, *file; } logs[] = {
		{ "stdout_cut", RUN_STDOUT_FILE }, { "stderr_cut", RUN_STDERR_FILE },
	};
	uint64_t kills = cmp_counter(c, EV_SRC_RUN, "box_memory_kills");

	for (size_t i = 0; i < TB_ARRAY_SIZE(logs); i++) {
		uint64_t cut = cmp_counter(c, EV_SRC_RUN, logs[i].name);

		if (cut)
			cmp_gap(c, r, false, "The rest of what the product printed", "%s was cut after %llu bytes; bytes left out: %llu",
				logs[i].file, ULL(run->output_max), ULL(cut));
	}
	if (kills)
		cmp_gap(c, r, false, "What the product does with more memory",
			"Processes that the kernel ended because of the limit: %llu", ULL(kills));
}

/* never_seen() - what this way of observing cannot show, as far as it matters for this run and this policy */
static void never_seen(struct cmp *c, const struct run_info *run, struct fnd_result *r)
{
	const struct pol *p = c->policy;
	bool all = run->observe == RUN_OBSERVE_ALL;
	uint64_t evicted = cmp_counter(c, EV_SRC_NET, "flows_evicted");
	uint64_t unanswered = cmp_counter(c, EV_SRC_LAB, "datagrams_dropped");
	uint64_t unverified = cmp_counter(c, EV_SRC_BOX, "execs_unverified");

	encrypted(c, r);
	if (c->loopback_calls)
		cmp_gap(c, r, false, "Traffic inside the box",
			"Calls to loopback or to the box's own addresses: %llu. Their packets never reach the gate",
			ULL(c->loopback_calls));
	if (c->unix_calls)
		cmp_gap(c, r, false, "UNIX sockets inside the box",
			"Calls: %llu. They are recorded; what was said there is not", ULL(c->unix_calls));
	if (unverified)
		cmp_gap(c, r, false, "What some programs were",
			"Processes that were killed before it was seen that they had become what their call named: %llu",
			ULL(unverified));
	if (unanswered)
		cmp_gap(c, r, false, "What the product does when it is answered",
			"Datagrams that the lab did not answer, because they came faster than it took them: %llu", ULL(unanswered));
	if (evicted)
		cmp_gap(c, r, false, "Long conversations", "Cut in two because too many were open at once: %llu",
			ULL(evicted));
	if (!p)
		return;
	if (!p->has_syscalls)
		cmp_gap(c, r, false, "System calls",
			"The policy declares none, so they were not compared; dangerous ones were refused and are reported");
	else if (!all && !run->has_policy)
		cmp_gap(c, r, true, "Undeclared system calls",
			"The run had no policy: calls that are not watched by default were not recorded");
	else if (!all)
		cmp_gap(c, r, false, "How often declared system calls were made",
			"They pass in the kernel; \"--observe all\" counts them");
	if (p->nread)
		cmp_gap(c, r, false, "Files that were only read", "Reading is not recorded, so files.read was not compared%s%s",
			run->reads_by ? "; in the run, reading outside the places that its policy declares failed: " : "",
			run->reads_by ? run->reads_by : "");
}

void cmp_trust(struct cmp *c, const struct run_info *run, const struct rec_read_stats *stats, struct fnd_result *r)
{
	run_end(c, run, r);
	record_state(c, run, stats, r);
	losses(c, r);
	zero_counters(c, r);
	balance(c, r);
	canary(c, run, r);
	unowned(c, r);
	product_files(c, run, r);
	for (size_t i = 0; i < run->ndegraded; i++)
		cmp_gap(c, r, true, "A mechanism of the run", "%s", run->degraded[i]);
	for (size_t i = 0; i < run->nreduced; i++)
		cmp_gap(c, r, false, "What the product does under what was asked for", "%s", run->reduced[i]);
	limited(c, run, r);
	never_seen(c, run, r);
}
