/* SPDX-License-Identifier: Apache-2.0 */
/*
 * summary.c - the report for a person: verdict and summary, then the sections of the other files
 *
 * Verdict first, then what the reader must act on, then what must be known to judge it. Times are UTC and sizes
 * powers of 1024, so that two readers in two places see the same. Lists that grow with the product are cut after
 * a stated number of entries; report.json is always complete.
 */
#include "report/sections.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/derive.h"

#define INDENT 2
#define HANG 15

static enum page_style verdict_style(enum fnd_verdict v)
{
	return v == FND_CONFORMS ? PAGE_GOOD : v == FND_VIOLATES ? PAGE_BAD : PAGE_DOUBT;
}

static void verdict(struct page *p, const struct fnd_result *r)
{
	static const char *const words[] = {
		[FND_CONFORMS] = "CONFORMS",
		[FND_VIOLATES] = "VIOLATES",
		[FND_INCONCLUSIVE] = "INCONCLUSIVE",
	};
	const char *word = words[r->verdict];
	size_t hang = strlen(word) + 2;

	page_put(p, verdict_style(r->verdict), word);
	page_put(p, PAGE_PLAIN, "  ");
	page_para(p, hang, hang, PAGE_BOLD, r->reason ? r->reason : "No reason was given.");
	page_put(p, PAGE_PLAIN, "\n");
}

static void product(struct page *p, const struct rpt_input *in, struct tb_buf *b)
{
	const char *const parts[] = {
		in->policy ? in->policy->vendor : NULL,
		in->policy ? in->policy->product : NULL,
		in->policy ? in->policy->version : NULL,
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i])
			continue;
		amount_join(b, " ");
		tb_buf_adds(b, parts[i]);
	}
	text_item(p, INDENT, "product", HANG, b);
	for (size_t i = 0; i < in->run->argc; i++) {
		amount_join(b, " ");
		tb_buf_adds(b, in->run->argv[i]);
	}
	text_item(p, INDENT, "command", HANG, b);
}

static void started(struct page *p, const struct run_info *run, struct tb_buf *b)
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
	text_item(p, INDENT, "started", HANG, b);
}

static void ended(struct page *p, const struct run_info *run, struct tb_buf *b)
{
	if (run->state == RUN_RUNNING)
		tb_buf_adds(b, "not recorded: the run still goes on, or tcbox or the machine died");
	else if (run->state == RUN_FAILED)
		tb_buf_addf(b, "tcbox gave up: %s", run->error ? run->error : "no reason recorded");
	if (run->timed_out) {
		amount_join(b, "; ");
		tb_buf_addf(b, "after the time limit of %" PRIu64 ".%03" PRIu64 " s", run->timeout_ms / 1000,
			    run->timeout_ms % 1000);
	}
	if (run->interrupted) {
		amount_join(b, "; ");
		tb_buf_adds(b, "by the technician");
	}
	amount_join(b, run->exited || run->exit_signal ? "; " : "");
	if (run->exited)
		tb_buf_addf(b, "with exit status %" PRId64, run->exit_code);
	else if (run->exit_signal)
		tb_buf_addf(b, "killed by signal %" PRId64, run->exit_signal);
	text_item(p, INDENT, "ended", HANG, b);
}

static const char *const net_meanings[] = {
	[RUN_NET_SIM] = "sim: a simulated internet answered, nothing left the machine",
	[RUN_NET_NONE] = "none: no way out, attempts were recorded",
};

static const char *const observe_meanings[] = {
	[RUN_OBSERVE_DEFAULT] = "the system calls that matter for a report",
	[RUN_OBSERVE_ALL] = "all system calls",
};

static void how(struct page *p, const struct rpt_input *in, struct tb_buf *b)
{
	const struct run_info *run = in->run;

	if (run->net != RUN_NET_NOT_SAID) {
		tb_buf_adds(b, net_meanings[run->net]);
		text_item(p, INDENT, "network", HANG, b);
	}
	if (run->observe == RUN_OBSERVE_NOT_SAID)
		return;
	tb_buf_adds(b, observe_meanings[run->observe]);
	tb_buf_adds(b, run->enforce ? "; undeclared behaviour was blocked" :
				      "; undeclared behaviour was recorded, not blocked");
	text_item(p, INDENT, "observed", HANG, b);
}

static void list(struct page *p, const char *label, char *const *v, size_t n, struct tb_buf *b)
{
	for (size_t i = 0; i < n; i++) {
		amount_join(b, ", ");
		tb_buf_adds(b, v[i]);
	}
	text_item(p, INDENT, label, HANG, b);
}

/* box() - what is not as usual about the file system and the users of the box */
static void box(struct page *p, const struct run_info *run, struct tb_buf *b)
{
	if (run->root)
		tb_buf_adds(b, run->root);
	text_item(p, INDENT, "root", HANG, b);
	if (run->state_name)
		tb_buf_addf(b, "%s, run %" PRIu64, run->state_name, run->state_run);
	text_item(p, INDENT, "state", HANG, b);
	if (run->as_root) {
		tb_buf_adds(b, "root of the box, which has ");
		amount_count(b, run->ids, "user", "users");
	}
	text_item(p, INDENT, "user", HANG, b);
}

/* given() - what the box had beyond what it always has */
static void given(struct page *p, const struct run_info *run, struct tb_buf *b)
{
	list(p, "variables", run->env, run->nenv, b);
	list(p, "bound", run->binds, run->nbinds, b);
	text_limits(b, run);
	text_item(p, INDENT, "limits", HANG, b);
	list(p, "host name", &run->box_hostname, run->box_hostname ? 1 : 0, b);
}

static void policy(struct page *p, const struct rpt_input *in, struct tb_buf *b)
{
	const char *path = in->policy_path ? in->policy_path : in->run->policy_path;
	const char *sha256 = in->policy_path ? in->policy_sha256 : in->run->policy_sha256;

	if (!in->policy) {
		tb_buf_adds(b, "none: nothing was declared, so nothing could be compared");
	} else {
		tb_buf_adds(b, path ? path : RUN_POLICY_FILE);
		if (in->policy_path)
			tb_buf_adds(b, ", not the one of the run");
		if (sha256)
			tb_buf_addf(b, ", SHA-256 %.16s...", sha256);
	}
	text_item(p, INDENT, "policy", HANG, b);
	if (in->bundle) {
		tb_buf_adds(b, in->bundle);
		text_item(p, INDENT, "bundle", HANG, b);
	}
}

/* tally() - the findings in one line, so that the reader knows what follows */
static void tally(struct page *p, const struct fnd_result *r, struct tb_buf *b)
{
	static const struct {
		enum fnd_severity severity;
		const char *one, *many;
	} rows[] = {
		{ FND_VIOLATION, "violation", "violations" },
		{ FND_WARNING, "warning", "warnings" },
		{ FND_INFO, "note", "notes" },
	};
	uint64_t n[3] = { 0 };

	for (size_t i = 0; i < r->nfindings; i++)
		n[r->findings[i].severity]++;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!n[rows[i].severity])
			continue;
		amount_join(b, ", ");
		amount_count(b, n[rows[i].severity], rows[i].one, rows[i].many);
	}
	if (!b->len)
		tb_buf_adds(b, "none");
	text_item(p, INDENT, "findings", HANG, b);
}

static void summary(struct page *p, const struct rpt_input *in)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	product(p, in, &b);
	started(p, in->run, &b);
	ended(p, in->run, &b);
	how(p, in, &b);
	box(p, in->run, &b);
	given(p, in->run, &b);
	policy(p, in, &b);
	tally(p, in->result, &b);
}

int rpt_text(const struct rpt_input *in, const struct rpt_style *style, struct tb_buf *out, struct tb_err *err)
{
	struct page p;
	int ret;

	page_init(&p, out, style ? style->width : 0, style && style->colour);
	verdict(&p, in->result);
	summary(&p, in);
	ret = text_findings(&p, in, err);
	if (ret)
		return ret;
	text_rules(&p, in, true);
	text_rules(&p, in, false);
	text_gaps(&p, in);
	text_changes(&p, in);
	text_evidence(&p, in);
	return out->failed ? tb_err_set(err, ENOMEM, "write report") : 0;
}
