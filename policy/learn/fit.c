/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fit.c - may a run be learned from?
 *
 * What a run lost would be missing from the policy, and nobody would know: so a run in which
 * anything was lost is refused. What is the product's own doing, such as a conversation whose owner
 * is not known, is no loss: that becomes a proposal.
 *
 * A run that failed or was cut shows a part of what the product does, and nothing says which: so
 * the technician has to say that it is one to learn from. A service that ended in order when it was
 * told to was not cut.
 */
#include "policy/learn/state.h"

#include <string.h>

#include "tcbox/own.h"

/* is_own_doing() - gaps that a product makes, or that depend on a policy: they lost nothing */
static bool is_own_doing(enum fnd_gap_code code)
{
	static const enum fnd_gap_code codes[] = {
		FND_GAP_UNOWNED, FND_GAP_SOCKETS_PASSED, FND_GAP_REQUESTS_NO_PACKETS,
		FND_GAP_REQUESTS_UNREAD, FND_GAP_OPENINGS_UNREAD, FND_GAP_HELLOS_VEILED,
		FND_GAP_STREAMS_UNREAD,
		FND_GAP_PRODUCT, FND_GAP_PROGRAMS_UNVERIFIED, FND_GAP_RINGS, FND_GAP_REQUIRED,
		FND_GAP_CALLS_UNDECLARED, FND_GAP_CALLS_NO_POLICY, FND_GAP_CALLS_POLICY_GONE,
		FND_GAP_CALLS_PASSED,
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(codes); i++)
		if (code == codes[i])
			return true;
	return false;
}

static const char *said(const struct fnd_gap *g)
{
	static const enum fnd_key keys[] = { FND_KEY_WHAT, FND_KEY_ERROR, FND_KEY_SAID };

	for (size_t i = 0; i < TB_ARRAY_SIZE(keys); i++) {
		const struct fnd_detail *d = fnd_detail(&g->details, keys[i]);

		if (d && d->text)
			return d->text;
	}
	return NULL;
}

/* add_gap() - what of the run is not there, in words */
static void add_gap(const struct fnd_gap *g, struct tb_buf *why)
{
	const struct fnd_detail *count = fnd_detail(&g->details, FND_KEY_COUNT);
	const char *name = fnd_gap_name(g->code), *detail = said(g);

	tb_buf_addf(why, "it lost evidence: %s", name ? name : detail ? detail : "of some kind");
	if (count)
		tb_buf_addf(why, " (%llu)", (unsigned long long)count->n);
	if (name && detail)
		tb_buf_addf(why, " (%s)", detail);
}

bool lrn_unfinished(const struct run_info *run)
{
	return (run->timed_out || run->interrupted || run->exited) &&
	       !(run->exited && !run->exit_code);
}

/* add_unfinished() - why it may show a part only */
static void add_unfinished(const struct run_info *run, struct tb_buf *why)
{
	if (run->timed_out || run->interrupted)
		tb_buf_addf(why, "it was cut, by the %s: what would have followed was not seen. "
				 "Give it more time; or, if the product has no end of its own, "
				 "say --unfinished",
			    run->timed_out ? "time limit" : "technician");
	else
		tb_buf_addf(why, "the product failed, with exit status %lld: what it does when it "
				 "works was not seen. If it worked all the same, say --unfinished",
			    (long long)run->exit_code);
}

/* add_end() - how the run ended, if that keeps it from being learned from. Return: whether it
 * does */
static bool add_end(const struct run_info *run, const struct learn_options *options,
		    struct tb_buf *why)
{
	bool cut = run->timed_out || run->interrupted;

	if (run->state == RUN_RUNNING)
		tb_buf_adds(why, "it has no end: tcbox or the machine was killed, or it still "
				 "runs");
	else if (run->state == RUN_FAILED)
		tb_buf_addf(why, "it failed: %s", run->error ? run->error : "nothing says why");
	else if (!options->unfinished_ok && lrn_unfinished(run))
		add_unfinished(run, why);
	else if (run->exit_signal && !cut)
		tb_buf_addf(why, "the product was killed, by signal %lld",
			    (long long)run->exit_signal);
	return why->len != 0;
}

/* did_something() - anything but that it was started */
static bool did_something(const struct evd_facts *ev)
{
	for (size_t i = 0; i < ev->nflows; i++)
		if (!ev->flows[i]->canary)
			return true;
	for (size_t i = 0; i < ev->nlookups; i++)
		if (!ev->lookups[i].control)
			return true;
	for (size_t i = 0; i < ev->nacts; i++)
		if (ev->acts[i].kind == EVD_FILE ||
		    (ev->acts[i].kind == EVD_EXEC && !ev->acts[i].own))
			return true;
	for (size_t i = 0; i < ev->ncalls; i++)
		if (!ev->calls[i].canary && evd_listens(&ev->calls[i]))
			return true;
	return ev->nchanges;
}

void lrn_unfit(const struct learn_run *r, const struct learn_options *options,
	       struct tb_buf *why)
{
	TB_AUTOBUF struct tb_buf what = TB_BUF_INIT;

	if (!add_end(r->run, options, &what))
		for (size_t i = 0; i < r->result->ngaps && !what.len; i++)
			if (r->result->gaps[i].blocks_conforms &&
			    !is_own_doing(r->result->gaps[i].code))
				add_gap(&r->result->gaps[i], &what);
	if (!what.len && !options->idle_ok && !did_something(r->evidence))
		tb_buf_adds(&what, "the product was idle: it was started, and nothing more "
				   "happened. Let it work in the run, or say with --must-see what "
				   "has to occur");
	why->failed |= what.failed;
	if (what.len)
		tb_buf_addf(why, "%s cannot be learned from: %s", r->label, what.data);
}
