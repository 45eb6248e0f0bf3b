/* SPDX-License-Identifier: Apache-2.0 */
/*
 * required.c - required rules that were not seen
 *
 * That a product did not do what it must is a violation only if it had the chance and nothing can
 * have been missed. A connection that nobody accepted is an attempt: it proves neither that the
 * product talks to that destination nor what it says there.
 */
#include "policy/compare/details.h"
#include "policy/compare/gap.h"

#include <string.h>

const struct fnd_gap *cmp_blocker(const struct fnd_result *r)
{
	for (size_t i = 0; i < r->ngaps; i++)
		if (r->gaps[i].blocks_conforms)
			return &r->gaps[i];
	return NULL;
}

static bool is_missing(const struct fnd_rule *rule)
{
	return rule->required && !rule->proved;
}

/* no_chance() - why the run gave the product no chance to do what this rule requires. Return:
 * FND_KEYS if it had one */
static enum fnd_key no_chance(const struct cmp *c, const struct fnd_rule *rule)
{
	const struct run_info *run = c->run;

	if (run->net == RUN_NET_NONE && !strcmp(rule->section, "connections"))
		return FND_KEY_NO_NET;
	if (run_went_wrong(run))
		return FND_KEY_SCENARIO;
	if (run->timed_out)
		return FND_KEY_TIMED_OUT;
	if (run->interrupted)
		return FND_KEY_INTERRUPTED;
	if (c->ev->product_t == INT64_MAX)
		return FND_KEY_NOT_STARTED;
	if (run->exited && run->exit_code)
		return FND_KEY_FAILED;
	return FND_KEYS;
}

/* severity_of() - the rules of connections stand first in the result, then those of listens */
static enum fnd_severity severity_of(const struct cmp *c, size_t rule)
{
	const struct pol *p = c->policy;

	if (rule < p->nconns)
		return cmp_severity(p->conns[rule].severity);
	if (rule - p->nconns < p->nlistens)
		return cmp_severity(p->listens[rule - p->nconns].severity);
	return FND_VIOLATION;
}

static void missing(struct cmp *c, size_t at, bool lost)
{
	const struct fnd_rule *rule = &c->verdict.r->rules[at];
	enum fnd_key why = no_chance(c, rule);
	struct fnd_details *seen, *gap;
	struct fnd_act act = {
		.code = FND_MISSING_REQUIRED,
		.severity = severity_of(c, at),
		.basis = FND_INFERRED,
		.what = rule->id,
		.rule = rule->id,
		.count = 1,
	};

	if (lost && why == FND_KEYS)
		why = FND_KEY_LOST;
	if (why != FND_KEYS && act.severity == FND_VIOLATION)
		act.severity = FND_WARNING;
	seen = cmp_note(c, &act);
	details_is(c, seen, FND_KEY_TRIED, rule->count > 0);
	if (why == FND_KEYS)
		return;
	details_is(c, seen, why, true);
	if (lost)
		return;
	gap = gap_add(c, true, FND_GAP_REQUIRED);
	details_text(c, gap, FND_KEY_WHAT, rule->id);
	details_is(c, gap, why, true);
}

void cmp_required(struct cmp *c)
{
	const struct fnd_result *r = c->verdict.r;
	bool lost = cmp_blocker(r) != NULL;

	for (size_t i = 0; i < r->nrules; i++)
		if (is_missing(&r->rules[i]))
			missing(c, i, lost);
}
