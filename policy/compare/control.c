/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - the positive control: a layer that did not see what tcbox itself did, before the
 * product and after its end, may not have seen what the product did either
 */
#include "policy/compare/details.h"
#include "policy/compare/gap.h"

/* One of the two controls of a run. */
struct control {
	const struct evd_canary *seen;
	enum fnd_key when;
};

static void missed(struct cmp *c, const struct control *k, const char *layer)
{
	struct fnd_act act = {
		.code = FND_CANARY_MISSED,
		.severity = FND_WARNING,
		.basis = FND_SEEN,
		.what = layer,
		.count = 1,
	};
	struct fnd_details *gap = gap_add(c, true, FND_GAP_CONTROL_UNSEEN), *seen;

	details_is(c, gap, k->when, true);
	details_text(c, gap, FND_KEY_LAYER, layer);
	seen = cmp_note(c, &act);
	details_is(c, seen, k->when, true);
	details_text(c, seen, FND_KEY_NAME, c->ev->canary.name);
	if (k->seen->detail)
		details_text(c, seen, FND_KEY_SAID, k->seen->detail);
	else
		details_is(c, seen, k->seen->planned ? FND_KEY_PLANNED : FND_KEY_UNPLANNED, true);
}

static void judge(struct cmp *c, const struct control *k)
{
	const struct evd_canary *seen = k->seen;
	struct fnd_details *gap;

	if (!seen->calls)
		missed(c, k, "the call record");
	if (!seen->packets)
		missed(c, k, "the packets");
	if (!seen->lab && c->run->net == RUN_NET_SIM)
		missed(c, k, "the lab");
	if (!seen->failed)
		return;
	gap = gap_add(c, true, FND_GAP_CONTROL_FAILED);
	details_is(c, gap, k->when, true);
	details_text(c, gap, FND_KEY_SAID, seen->detail);
}

static struct fnd_canary copy(const struct evd_canary *seen)
{
	return (struct fnd_canary){
		.calls = seen->calls, .packets = seen->packets, .lab = seen->lab,
	};
}

void cmp_control(struct cmp *c)
{
	const struct control controls[] = {
		{ &c->ev->canary, FND_KEY_AT_START },
		{ &c->ev->last_canary, FND_KEY_AT_END },
	};

	c->verdict.r->canary = copy(&c->ev->canary);
	c->verdict.r->last_canary = copy(&c->ev->last_canary);
	judge(c, &controls[0]);
	/* a run that was cut off did not come to its end, and that bounds the verdict by itself */
	if (c->run->state == RUN_COMPLETE || c->ev->last_canary.planned)
		judge(c, &controls[1]);
}
