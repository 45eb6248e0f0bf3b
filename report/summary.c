/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary.c - the verdict, and the run in a few lines: product, how it was run, policy, how many
 * findings
 */
#include "report/sections.h"

#include <inttypes.h>
#include <string.h>

#include "report/decided.h"
#include "report/derive.h"
#include "report/gaps.h"
#include "report/notable.h"
#include "report/patterns.h"
#include "report/words.h"
#include "report/worked.h"
#include "tcbox/own.h"

#define CLOCKS_SHOWN 12		/* programs */
#define NOTABLE 3		/* facts at the top, where nothing was compared */

/* notable() - what stands out, where nothing was compared */
static void notable(struct doc *d, const struct rpt_input *in)
{
	struct tb_buf v[NOTABLE] = { TB_BUF_INIT, TB_BUF_INIT, TB_BUF_INIT };
	size_t n = notable_facts(in, v, NOTABLE);

	for (size_t i = 0; i < n; i++)
		doc_lead(d, DOC_FACT, doc_text(d, &v[i]));
	for (size_t i = 0; i < NOTABLE; i++) {
		d->out->failed |= v[i].failed;
		tb_buf_free(&v[i]);
	}
}

/* unseen() - where nothing is compared, too, what was not seen bounds what follows */
static void unseen(struct doc *d, const struct fnd_result *r)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	for (size_t i = 0; i < r->ngaps; i++) {
		if (!r->gaps[i].blocks_conforms)
			continue;
		tb_buf_adds(&b, "Not everything was seen. ");
		gaps_why(&b, r->gaps[i].code, &r->gaps[i].details);
		tb_buf_addc(&b, '.');
		doc_lead(d, DOC_ABOUT, doc_text(d, &b));
		return;
	}
}

/* first_policy() - how to get one: learned from the run, but not from one that did not come to its
 * end */
static void first_policy(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (in->run->state != RUN_COMPLETE || in->run->exit_signal) {
		doc_lead(d, DOC_BEFORE,
			 "To compare it with a first policy, which declares nothing yet:");
		doc_lead(d, DOC_COMMAND, "echo '{ \"tcbox_policy\": 1 }' >first.policy.json");
		return;
	}
	doc_lead(d, DOC_BEFORE, "To write a first policy from what was seen, and compare with it:");
	tb_buf_addf(&b, "tcbox policy new --output first.policy.json %s",
		    in->bundle ? in->bundle : "BUNDLE");
	doc_lead(d, DOC_COMMAND, doc_text(d, &b));
}

/* without_policy() - the facts that stand out, and how to compare */
static void without_policy(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	unseen(d, in->result);
	notable(d, in);
	first_policy(d, in);
	tb_buf_addf(&b, "tcbox check --policy first.policy.json %s",
		    in->bundle ? in->bundle : "BUNDLE");
	doc_lead(d, DOC_COMMAND, doc_text(d, &b));
}

/* patterns() - whatever a policy declares, they are looked for */
static void patterns(struct doc *d, const struct rpt_input *in)
{
	for (size_t i = 0; i < in->facts->npatterns && i < PATTERNS_TOP; i++) {
		TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

		pattern_sentence(&b, in, &in->facts->patterns[i]);
		doc_lead(d, DOC_FACT, doc_text(d, &b));
	}
}

void rpt_verdict(struct doc *d, const struct rpt_input *in)
{
	static const struct {
		const char *word;
		enum doc_tone tone;
	} rows[] = {
		[FND_CONFORMS] = { "CONFORMS", DOC_GOOD },
		[FND_VIOLATES] = { "VIOLATES", DOC_BAD },
		[FND_INCONCLUSIVE] = { "INCONCLUSIVE", DOC_DOUBT },
	};
	TB_AUTOBUF struct tb_buf reason = TB_BUF_INIT, doubt = TB_BUF_INIT;
	enum fnd_verdict v = in->result->verdict;

	worked_doubt(&doubt, in);
	if (in->policy || in->run->has_policy) {
		words_reason(&reason, in);
		doc_verdict(d, rows[v].tone, rows[v].word, doc_text(d, &reason));
	} else {
		doc_verdict(d, DOC_DOUBT, "NOT COMPARED: no policy", "");
	}
	if (doubt.len)
		doc_lead(d, DOC_ABOUT, doc_text(d, &doubt));
	d->out->failed |= doubt.failed;
	if (!in->policy && !in->run->has_policy)
		without_policy(d, in);
	else
		patterns(d, in);
}

/* declared_name() - vendor, product and version */
static void declared_name(struct tb_buf *b, const struct rpt_input *in)
{
	const char *const parts[] = {
		in->policy ? in->policy->vendor : NULL,
		in->policy ? in->policy->product : NULL,
		in->policy ? in->policy->version : NULL,
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(parts); i++) {
		if (!parts[i])
			continue;
		amount_join(b, " ");
		tb_buf_adds(b, parts[i]);
	}
}

void rpt_product_name(struct tb_buf *b, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;

	declared_name(&name, in);
	if (!name.len && in->run->argc)
		tb_buf_adds(&name, in->run->argv[0]);
	b->failed |= name.failed;
	tb_buf_add(b, name.data, name.len);
}

static void product(struct doc *d, const struct rpt_input *in, struct tb_buf *b)
{
	declared_name(b, in);
	doc_item(d, "product", b);
	for (size_t i = 0; i < in->run->argc; i++) {
		amount_join(b, " ");
		tb_buf_adds(b, in->run->argv[i]);
	}
	doc_item(d, "command", b);
}

static void started(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	char at[RPT_TIMELEN];
	int64_t ran;

	if (!run->started_ns || rpt_time_format(run->started_ns, 0, at))
		return;
	tb_buf_addf(b, "%.10s %.8s UTC", at, at + 11);
	if (run->ended_ns && !__builtin_sub_overflow(run->ended_ns, run->started_ns, &ran)) {
		tb_buf_adds(b, ", ran ");
		amount_seconds(b, ran);
	}
	doc_item(d, "started", b);
}

static void ended(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	if (run->state == RUN_RUNNING)
		tb_buf_adds(b, "not recorded: the run still goes on, or tcbox or the machine died");
	else if (run->state == RUN_FAILED)
		tb_buf_addf(b, "tcbox gave up: %s", run->error ? run->error : "no reason recorded");
	if (run->timed_out) {
		amount_join(b, "; ");
		tb_buf_addf(b, "after the time limit of %" PRIu64 ".%03" PRIu64 " s",
			    run->timeout_ms / 1000, run->timeout_ms % 1000);
	}
	if (run->interrupted) {
		amount_join(b, "; ");
		tb_buf_adds(b, "by the technician");
	}
	if (run->exited || run->exit_signal)
		amount_join(b, "; ");
	if (run->exited)
		tb_buf_addf(b, "with exit status %" PRId64, run->exit_code);
	else if (run->exit_signal)
		tb_buf_addf(b, "killed by signal %" PRId64, run->exit_signal);
	doc_item(d, "ended", b);
}

static const char *const net_meanings[] = {
	[RUN_NET_SIM] = "sim: a simulated internet answered, nothing left the machine",
	[RUN_NET_NONE] = "none: no way out, attempts were recorded",
};

static const char *const observe_meanings[] = {
	[RUN_OBSERVE_DEFAULT] = "the system calls that matter for a report",
	[RUN_OBSERVE_ALL] = "all system calls",
};

static void network(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	if (run->net != RUN_NET_NOT_SAID) {
		tb_buf_adds(b, net_meanings[run->net]);
		doc_item(d, "network", b);
	}
	if (run->lab_path)
		tb_buf_adds(b, run->lab_path);
	if (run->lab_path && run->lab_sha256)
		tb_buf_addf(b, ", SHA-256 %.16s...", run->lab_sha256);
	doc_item(d, "answers", b);
	if (run->scenario)
		tb_buf_adds(b, run->scenario);
	if (run->scenario && run->scenario_means)
		tb_buf_addf(b, ": %s", run->scenario_means);
	doc_item(d, "scenario", b);
	if (run->phase)
		tb_buf_addf(b, "%s: rules for others were not in force", run->phase);
	doc_item(d, "phase", b);
}

/* clock_list() - the first programs of a list */
static void clock_list(struct doc *d, const char *label, char *const *v, size_t n,
		       struct tb_buf *b)
{
	for (size_t i = 0; i < n && i < CLOCKS_SHOWN; i++) {
		amount_join(b, ", ");
		tb_buf_adds(b, v[i]);
	}
	if (n > CLOCKS_SHOWN)
		tb_buf_addf(b, " and %zu more", n - CLOCKS_SHOWN);
	doc_item(d, label, b);
}

/* its_clock() - of the product, and who had it. What is told elsewhere is told by the machine's */
static void its_clock(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	int64_t s = run->clock_ahead_s;

	if (!run->clock)
		return;
	tb_buf_addf(b, "%s: %" PRId64 " s %s the machine's. Times in this report are the machine's",
		    run->clock, s < 0 ? -s : s, s < 0 ? "behind" : "ahead of");
	if (!run->nclock_moved)
		tb_buf_adds(b, "; no program was seen with the product's clock");
	doc_item(d, "clock", b);
	clock_list(d, "programs with this clock", run->clock_moved, run->nclock_moved, b);
	clock_list(d, "programs with the machine's clock", run->clock_real, run->nclock_real, b);
}

static void observed(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	if (run->observe == RUN_OBSERVE_NOT_SAID)
		return;
	tb_buf_adds(b, observe_meanings[run->observe]);
	if (!run->enforce)
		tb_buf_adds(b, "; undeclared behaviour was recorded, not blocked");
	doc_item(d, "observed", b);
}

static void list(struct doc *d, const char *label, char *const *v, size_t n, struct tb_buf *b)
{
	for (size_t i = 0; i < n; i++) {
		amount_join(b, ", ");
		tb_buf_adds(b, v[i]);
	}
	doc_item(d, label, b);
}

/* box() - what is not as usual about the file system and the users of the box */
static void box(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	if (run->root)
		tb_buf_adds(b, run->root);
	doc_item(d, "root", b);
	if (run->state_name)
		tb_buf_addf(b, "%s, run %" PRIu64, run->state_name, run->state_run);
	doc_item(d, "state", b);
	if (run->as_root) {
		tb_buf_adds(b, "root of the box, which has ");
		amount_count(b, run->ids, "user", "users");
	}
	doc_item(d, "user", b);
}

/* given() - what the box had beyond what it always has */
static void given(struct doc *d, const struct run_info *run, struct tb_buf *b)
{
	list(d, "variables", run->env, run->nenv, b);
	list(d, "bound", run->binds, run->nbinds, b);
	for (size_t i = 0; i < run->ninfluence; i++)
		tb_buf_addf(b, "%s%s", i ? "; " : "", run->influence[i]);
	doc_item(d, "machine", b);
	limits_add(b, run);
	doc_item(d, "limits", b);
	list(d, "host name", &run->box_hostname, run->box_hostname ? 1 : 0, b);
}

/* is_other() - is it compared with another policy than that of the run? The same bytes under
 * another path are the same policy */
static bool is_other(const struct rpt_input *in)
{
	const char *run = in->run->policy_sha256;

	return in->policy_path && !(run && in->policy_sha256 && !strcmp(run, in->policy_sha256));
}

static void policy(struct doc *d, const struct rpt_input *in, struct tb_buf *b)
{
	const char *path = in->policy_path ? in->policy_path : in->run->policy_path;
	const char *sha256 = in->policy_path ? in->policy_sha256 : in->run->policy_sha256;

	if (!in->policy) {
		tb_buf_adds(b, "none");
	} else {
		tb_buf_adds(b, path ? path : RUN_POLICY_FILE);
		if (is_other(in))
			tb_buf_adds(b, ", not the one of the run");
		if (sha256)
			tb_buf_addf(b, ", SHA-256 %.16s...", sha256);
	}
	doc_item(d, "policy", b);
	if (in->bundle) {
		tb_buf_adds(b, in->bundle);
		doc_item(d, "bundle", b);
	}
}

/* tally() - the findings in one line, so that the reader knows what follows */
static void tally(struct doc *d, const struct rpt_input *in, struct tb_buf *b)
{
	const struct fnd_result *r = in->result;
	struct doc_number rows[] = {
		{ .one = "violation", .many = "violations" },
		{ .one = "warning", .many = "warnings" },
		{ .one = "note", .many = "notes" },
		{ .one = "sum of what is not told one by one",
		  .many = "sums of what is not told one by one" },
	};
	static const size_t row_of[] = { [FND_VIOLATION] = 0, [FND_WARNING] = 1, [FND_INFO] = 2 };
	size_t n = 0;

	for (size_t i = 0; i < r->nfindings; i++)
		rows[r->findings[i].object ? row_of[r->findings[i].severity] : 3].n++;
	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if (rows[i].n)
			rows[n++] = rows[i];
	if (!n && in->policy)
		tb_buf_adds(b, "none");
	else if (!n)
		tb_buf_adds(b, "nothing that is wrong under every policy; what the product does "
			       "was not judged");
	doc_item(d, "findings", b);
	doc_figure(d, "findings", rows, n);
}

void rpt_scenario(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	product(d, in, &b);
	started(d, in->run, &b);
	ended(d, in->run, &b);
}

void rpt_tally(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	tally(d, in, &b);
	decided_tally(d, in);
}

void rpt_summary(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	rpt_scenario(d, in);
	network(d, in->run, &b);
	its_clock(d, in->run, &b);
	policy(d, in, &b);
	rpt_tally(d, in);
}

void rpt_settings(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	network(d, in->run, &b);
	its_clock(d, in->run, &b);
	policy(d, in, &b);
	observed(d, in->run, &b);
	box(d, in->run, &b);
	given(d, in->run, &b);
}

void rpt_setup(struct doc *d, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	doc_heading(d, "How it was run", 0);
	observed(d, in->run, &b);
	rpt_enforced(d, in);
	box(d, in->run, &b);
	given(d, in->run, &b);
}
