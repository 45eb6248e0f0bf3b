/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust.c - can the evidence be trusted, and what could it not show?
 *
 * Everything that may have hidden an act of the product is a gap that blocks "conforms": the
 * verdict can then not be "conforms". What can never be seen, in this run or in any, is a gap that
 * does not: the report says it, and why.
 */
#include "policy/compare/cmp_state.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tcbox/app_words.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"
#include "tcbox/syscalls.h"

#define ULL(x) ((unsigned long long)(x))

void cmp_gap(struct cmp *c, bool blocks_conforms, const char *what, const char *fmt, ...)
{
	struct fnd_result *r = c->verdict.r;
	struct fnd_gap *v = tb_grow(r->gaps, r->ngaps, 1, sizeof(*v)), *g;
	va_list ap;

	if (!v) {
		c->verdict.failed = true;
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
		c->verdict.failed = true;
	}
	va_end(ap);
}

/* lost() - a gap that keeps the verdict from being "conforms", and a finding for it */
static void lost(struct cmp *c, const struct evd_loss *at, const char *what, const char *why)
{
	const struct fnd_result *r = c->verdict.r;
	struct fnd_act act = { .code = FND_EVIDENCE_LOST,
			       .severity = FND_WARNING,
			       .basis = FND_SEEN,
			       .what = what,
			       .first = at ? at->t : 0,
			       .last = at ? at->t : 0,
			       .count = at && at->count ? at->count : 1,
			       .lines = { at ? at->line : 0 } };
	struct fnd *f;
	bool fresh, told = false;	/* a producer's loss event and its counters say the same */

	for (size_t i = 0; i < r->ngaps && !told; i++)
		told = r->gaps[i].what && !strcasecmp(r->gaps[i].what, what);
	if (told)
		return;
	cmp_gap(c, true, what, "%s", why);
	f = fnd_note(c->verdict.findings, &act, &fresh);
	if (fresh)
		cmp_text(c, &f->observed, "%s", why);
}

static void lostf(struct cmp *c, const char *what, const char *fmt, ...) TB_PRINTF(3, 4);
static void lostf(struct cmp *c, const char *what, const char *fmt, ...)
{
	TB_AUTOFREE char *why = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&why, fmt, ap) < 0) {
		why = NULL;
		c->verdict.failed = true;
	}
	va_end(ap);
	if (why)
		lost(c, NULL, what, why);
}

static bool is_sim(const struct run_info *run)
{
	return run->net == RUN_NET_SIM;
}

static void run_end(struct cmp *c)
{
	const struct run_info *run = c->run;

	if (run->state == RUN_RUNNING)
		cmp_gap(c, true, "The end of the run",
			"The manifest says that the run is still going on: tcbox or the machine "
			"died");
	else if (run->state == RUN_FAILED)
		cmp_gap(c, true, "The rest of the run", "tcbox could not go on: %s",
			run->error ? run->error : "the reason is not known");
	else if (run->timed_out)
		cmp_gap(c, false, "What the product does later",
			"It was ended when its time was over, after %llu ms", ULL(run->timeout_ms));
	else if (run->interrupted)
		cmp_gap(c, false, "What the product does later", "It was ended by the technician");
	else if (run->exit_signal)
		cmp_gap(c, true, "What the product does when it does not crash",
			"It was ended by signal %lld", (long long)run->exit_signal);
	else if (!run->exited)
		cmp_gap(c, true, "How the product ended", "Its exit status was not recorded");
}

static void record_state(struct cmp *c)
{
	const struct run_info *run = c->run;
	const struct rec_read_stats *stats = c->stats;
	const struct { enum ev_src src; const char *what, *name; bool wanted; } producers[] = {
		{ EV_SRC_BOX, "the last system calls", "The supervisor", true },
		{ EV_SRC_NET, "the last flows and names", "The decoder", true },
		{ EV_SRC_CAPTURE, "the last packets", "The capture", true },
		{ EV_SRC_LAB, "the last answers of the lab", "The lab", is_sim(run) },
		{ EV_SRC_DISK, "changes on disk", "The comparison of the private layer", true },
		{ EV_SRC_RUN, "the end of the record", "The run", true },
	};

	if (!stats) {
		lostf(c, "the record", "It is not known how completely the record was read");
		return;
	}
	if (stats->bad_lines)
		lostf(c, "lines of the record", "Lines that are no events: %llu",
		      ULL(stats->bad_lines));
	if (stats->gaps)
		lostf(c, "events of the record", "Events missing by their numbers: %llu",
		      ULL(stats->gaps));
	if (stats->truncated)
		lostf(c, "the end of the record", "The last line of the record is cut off");
	for (size_t i = 0; i < TB_ARRAY_SIZE(producers); i++)
		if (!stats->final[producers[i].src] && producers[i].wanted)
			lostf(c, producers[i].what,
			      "%s did not say that it was finished: what it saw last may be "
			      "missing",
			      producers[i].name);
	if (c->ev->changes_left_out + evd_counter(c->ev, EV_SRC_DISK, "left_out"))
		lostf(c, "changes on disk", "More files were changed than are compared");
	if (c->ev->alien)
		lostf(c, "the order of the record",
		      "Events from a producer that cannot have seen them: %llu", ULL(c->ev->alien));
	if (c->ev->dropped)
		lostf(c, "events beyond the limits of the comparison",
		      "More was recorded than fits; events that were not compared: %llu",
		      ULL(c->ev->dropped));
	if (c->ev->strings_full)
		lostf(c, "names beyond the limits of the comparison",
		      "More different names, paths and command lines were recorded than fit; some "
		      "were not compared");
}

static void losses(struct cmp *c)
{
	for (size_t i = 0; i < c->ev->nlosses; i++) {
		const struct evd_loss *l = &c->ev->losses[i];

		lost(c, l, l->what,
		     l->detail ? l->detail : "its producer said so, without a reason");
	}
}

/*
 * Totals that must be zero. rx_dropped of the interface is not among them: the kernel counts there
 * what it drops after the capture.
 */
static void zero_counters(struct cmp *c)
{
	static const struct { enum ev_src src; const char *name, *what, *why;
	} zero[] = {
		{ EV_SRC_CAPTURE, "packets_dropped", "packets",
		  "Dropped by the kernel before the capture could take them" },
		{ EV_SRC_CAPTURE, "packets_ifdropped", "packets at the interface",
		  "Dropped by the interface" },
		{ EV_SRC_CAPTURE, "packets_unaccounted", "packets",
		  "Counted by the interface and not captured" },
		{ EV_SRC_CAPTURE, "packets_undecoded", "packets that were not decoded",
		  "In the capture only, because the decoder fell behind" },
		{ EV_SRC_NET, "packets_malformed", "packets that could not be understood",
		  "Damaged, or made to look so" },
		{ EV_SRC_NET, "packets_other", "packets of other link protocols",
		  "Neither IP nor ARP" },
		{ EV_SRC_NET, "lookups_malformed", "lookups that could not be understood",
		  "Messages to or from a name server that are no DNS" },
		{ EV_SRC_NET, "names_lost", "names of addresses",
		  "Answers of name servers beyond the decoder's table" },
		{ EV_SRC_LAB, "refused", "answers of the lab",
		  "Connections, names and conversations beyond its limits" },
		{ EV_SRC_LAB, "requests_unrecorded", "requests to the lab",
		  "Requests beyond the limit of the record" },
		{ EV_SRC_BOX, "processes_unwatched", "processes",
		  "Processes whose end could not be watched, for want of descriptors or memory" },
		{ EV_SRC_BOX, "calls_unread", "arguments of calls",
		  "Calls whose arguments could not be read" },
	};
	uint64_t value;

	for (size_t i = 0; i < TB_ARRAY_SIZE(zero); i++)
		if (evd_counted(c->ev, zero[i].src, zero[i].name, &value) && value)
			lostf(c, zero[i].what, "%s: %llu", zero[i].why, ULL(value));
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
		lostf(c, "the count of packets",
		      "Capture or decoder did not say how many packets there were");
		return;
	}
	undecoded = evd_counter(c->ev, EV_SRC_CAPTURE, "packets_undecoded");
	if (captured > decoded + undecoded)
		lostf(c, "packets on their way to the decoder", "Captured and not decoded: %llu",
		      ULL(captured - decoded - undecoded));
	known = placed(c);
	if (decoded > known)
		lostf(c, "packets in flows", "Decoded, but in no recorded flow: %llu",
		      ULL(decoded - known));
}

/* planned() - what became of the control connection */
static const char *planned(const struct evd_canary *canary)
{
	if (canary->detail)
		return canary->detail;
	return canary->planned ? "was planned" : "was not even planned";
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
	struct fnd *f;
	bool fresh;

	cmp_gap(c, true, "The positive control",
		"The control connection was not seen by %s: what the product did could have been "
		"missed, "
		"too",
		layer);
	f = fnd_note(c->verdict.findings, &act, &fresh);
	if (fresh)
		cmp_text(c, &f->observed, "the control connection to %s: %s",
			 canary->name ? canary->name : "(no name recorded)", planned(canary));
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
		cmp_gap(c, true, "The positive control", "It failed: %s",
			seen->detail ? seen->detail : "no reason was recorded");
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
	struct fnd *f;
	bool fresh;

	if (!executed || !strcmp(executed, file->sha256_before))
		return;
	f = fnd_note(c->verdict.findings, &act, &fresh);
	if (fresh)
		cmp_text(c, &f->observed, "SHA-256 %s was executed, before the run the file had %s",
			 executed, file->sha256_before);
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
		struct fnd *f;
		bool fresh;

		if (file->path && file->sha256_before)
			executed_other(c, file);
		if (run->state == RUN_RUNNING || !file->path || !file->sha256_before ||
		    (file->sha256_after && !strcmp(file->sha256_before, file->sha256_after)))
			continue;
		cmp_gap(c, true, "Which product was tested",
			"%s was not the same file before and after the run", file->path);
		f = fnd_note(c->verdict.findings, &act, &fresh);
		if (fresh)
			cmp_text(c, &f->observed, "SHA-256 before %s, after %s",
				 file->sha256_before,
				 file->sha256_after ? file->sha256_after :
						      "(not there or not readable)");
	}
}

static void unowned(struct cmp *c)
{
	uint64_t flows = 0, pkts = 0;

	for (size_t i = 0; i < c->ev->nflows; i++) {
		if (c->ev->flows[i]->call)
			continue;
		flows++;
		pkts += c->ev->flows[i]->pkts;
	}
	if (flows)
		cmp_gap(c, true, "Who sent some packets",
			"Packets that no recorded call explains: %llu, in conversations: %llu",
			ULL(pkts), ULL(flows));
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
	if (flows)
		cmp_gap(c, false, "Encrypted content",
			"Bytes that were encrypted: %llu, in conversations: %llu. Who, when and "
			"how much is seen, what is not",
			ULL(bytes), ULL(flows));
	if (hidden)
		cmp_gap(c, false, "Names in encrypted hellos",
			"Conversations with one, or a pretended one: %llu. The name beside it may "
			"be a cover",
			ULL(hidden));
	if (nameless)
		cmp_gap(c, false, "Server names in TLS",
			"Conversations that named no server, or hid the name: %llu", ULL(nameless));
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

		if (cut)
			cmp_gap(c, false, "The rest of what the product printed",
				"%s was cut after %llu bytes; bytes left out: %llu", logs[i].file,
				ULL(run->output_max), ULL(cut));
	}
	if (kills)
		cmp_gap(c, false, "What the product does with more memory",
			"Processes that the kernel ended because of the limit: %llu", ULL(kills));
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
	static const char what[] = "Undeclared system calls";
	const char *first = NULL;
	unsigned n;

	if (!c->policy->has_syscalls) {
		cmp_gap(c, false, "System calls",
			"The policy declares none, so they were not compared; dangerous ones were "
			"refused and are reported");
		return;
	}
	if (c->run->observe == RUN_OBSERVE_ALL)
		return;
	if (!c->run->has_policy) {
		cmp_gap(c, true, what,
			"The run had no policy: calls that are not watched by default were not "
			"recorded");
		return;
	}
	if (!c->run_policy) {
		cmp_gap(c, true, what,
			"The policy of the run cannot be used: it is not known which calls were "
			"not recorded");
		return;
	}
	n = unseen_calls(c, &first);
	if (n)
		cmp_gap(c, true, what,
			"With the policy of the run, calls could pass unrecorded that this one "
			"does not declare: %u, such as %s. Run the product again, with this policy",
			n, first);
	else
		cmp_gap(c, false, "How often declared system calls were made",
			"They pass in the kernel; \"--observe all\" counts them");
}

/*
 * never_seen() - what this way of observing cannot show, as far as it matters for this run and this
 * policy
 */
static void never_seen(struct cmp *c)
{
	const struct run_info *run = c->run;
	const struct pol *p = c->policy;
	uint64_t evicted = evd_counter(c->ev, EV_SRC_NET, "flows_evicted");
	uint64_t unanswered = evd_counter(c->ev, EV_SRC_LAB, "datagrams_dropped");
	uint64_t unverified = evd_counter(c->ev, EV_SRC_BOX, "execs_unverified");

	encrypted(c);
	if (c->ev->totals.loopback_calls)
		cmp_gap(c, false, "Traffic inside the box",
			"Calls to loopback or to the box's own addresses: %llu. Their packets "
			"never reach the gate",
			ULL(c->ev->totals.loopback_calls));
	if (c->ev->totals.unix_calls)
		cmp_gap(c, false, "UNIX sockets inside the box",
			"Calls: %llu. They are recorded; what was said there is not",
			ULL(c->ev->totals.unix_calls));
	if (unverified)
		cmp_gap(c, false, "What some programs were",
			"Processes that were killed before it was seen that they had become what "
			"their call named: %llu",
			ULL(unverified));
	if (unanswered)
		cmp_gap(c, false, "What the product does when it is answered",
			"Datagrams that the lab did not answer, because they came faster than it "
			"took them: %llu",
			ULL(unanswered));
	if (evicted)
		cmp_gap(c, false, "Long conversations",
			"Cut in two because too many were open at once: %llu", ULL(evicted));
	if (!p)
		return;
	system_calls(c);
	if (p->nread)
		cmp_gap(c, false, "Files that were only read",
			"Reading is not recorded, so files.read was not compared%s%s",
			run->reads_by ?
				"; in the run, reading outside the places that its policy "
				"declares failed: " :
				"",
			run->reads_by ? run->reads_by : "");
}

void cmp_trust(struct cmp *c)
{
	const struct run_info *run = c->run;

	run_end(c);
	record_state(c);
	losses(c);
	zero_counters(c);
	balance(c);
	canary(c);
	unowned(c);
	cmp_unread(c);
	product_files(c);
	for (size_t i = 0; i < run->ndegraded; i++)
		cmp_gap(c, true, "A mechanism of the run", "%s", run->degraded[i]);
	for (size_t i = 0; i < run->nreduced; i++)
		cmp_gap(c, false, "Behaviour under the limits that were requested", "%s",
			run->reduced[i]);
	limited(c);
	never_seen(c);
}
