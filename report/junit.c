/* SPDX-License-Identifier: Apache-2.0 */
/*
 * junit.c - verdict, findings and rules as test cases, for the servers that build and test
 *
 * How it works: the format has no standard; what is written is what Ant, Jenkins and GitLab agree
 * on. The verdict is a case, so that a run that could not be judged is an error and never a suite
 * that passed. Each finding is a case: a violation fails. Each rule is one: it passes if it was
 * seen, else it is skipped.
 *
 * Limits: XML has no way to write most control characters (XML 1.0, 2.2): texts are made harmless
 * as for a terminal.
 */
#include "tcbox/report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/decided.h"
#include "report/derive.h"
#include "report/doc.h"
#include "report/gaps.h"
#include "report/select.h"
#include "report/sections.h"
#include "report/words.h"
#include "tcbox/own.h"

#define FINDINGS_MAX 25000
#define NS_PER_S 1000000000.0

/* add_xml() - harmless text, and what means something in XML as references */
static void add_xml(struct tb_buf *out, const char *s)
{
	TB_AUTOBUF struct tb_buf safe = TB_BUF_INIT;

	doc_shown(&safe, s);
	out->failed |= safe.failed;
	for (size_t i = 0; !safe.failed && i < safe.len; i++) {
		static const struct { char c; const char *ref; } refs[] = {
			{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
		};
		const char *ref = NULL;

		/* U+FFFE and U+FFFF are no characters of XML */
		if (!strncmp(safe.data + i, "\xef\xbf\xbe", 3) ||
		    !strncmp(safe.data + i, "\xef\xbf\xbf", 3)) {
			tb_buf_adds(out, safe.data[i + 2] == '\xbe' ? "\\ufffe" : "\\uffff");
			i += 2;
			continue;
		}
		for (size_t r = 0; r < TB_ARRAY_SIZE(refs); r++)
			if (refs[r].c == safe.data[i])
				ref = refs[r].ref;
		if (ref)
			tb_buf_adds(out, ref);
		else
			tb_buf_addc(out, safe.data[i]);
	}
}

/* attribute() - with a text that anybody may have chosen */
static void attribute(struct tb_buf *out, const char *name, const char *value)
{
	tb_buf_addf(out, " %s=\"", name);
	add_xml(out, value);
	tb_buf_addc(out, '"');
}

/* case_begin() - the tag of one test case is open, for more attributes or its end */
static void case_begin(struct tb_buf *out, const char *class, const char *name)
{
	tb_buf_adds(out, "    <testcase");
	attribute(out, "classname", class);
	attribute(out, "name", name);
	tb_buf_addc(out, '>');
}

/* outcome() - @tag: "failure", "error", "skipped" */
static void outcome(struct tb_buf *out, const char *tag, const char *type, const char *message,
		    const char *text)
{
	tb_buf_addf(out, "\n      <%s", tag);
	if (type)
		attribute(out, "type", type);
	attribute(out, "message", message);
	tb_buf_addc(out, '>');
	add_xml(out, text);
	tb_buf_addf(out, "</%s>\n    ", tag);
}

static void case_end(struct tb_buf *out)
{
	tb_buf_adds(out, "</testcase>\n");
}

static void verdict(const struct rpt_input *in, struct tb_buf *out)
{
	static const char *const tags[] = {
		[FND_CONFORMS] = NULL, [FND_VIOLATES] = "failure", [FND_INCONCLUSIVE] = "error",
	};
	const struct fnd_result *r = in->result;
	TB_AUTOBUF struct tb_buf reason = TB_BUF_INIT, gaps = TB_BUF_INIT;

	words_reason(&reason, in);
	for (size_t i = 0; i < r->ngaps && gaps.len < DOC_TEXT_MAX; i++) {
		if (!r->gaps[i].blocks_conforms)
			continue;
		gaps_why(&gaps, r->gaps[i].code, &r->gaps[i].details);
		tb_buf_adds(&gaps, ". ");
	}
	out->failed |= reason.failed || gaps.failed;
	case_begin(out, "tcbox", "verdict");
	if (!out->failed && tags[r->verdict])
		outcome(out, tags[r->verdict], fnd_verdict_name(r->verdict),
			reason.data ? reason.data : "", gaps.data ? gaps.data : "");
	case_end(out);
}

/* finding() - one that is excused is skipped; one that is no violation passes, and says what it
 * is */
static void finding(const struct rpt_input *in, const struct fnd *f, struct tb_buf *out)
{
	const struct review_decision *d = rpt_excused(in, f);
	TB_AUTOBUF struct tb_buf title = TB_BUF_INIT, text = TB_BUF_INIT, name = TB_BUF_INIT;

	words_title(&title, f);
	words_observed(&text, f);
	tb_buf_addf(&name, "%s [%.8s]", title.data ? title.data : "", f->id);
	out->failed |= title.failed || text.failed || name.failed;
	if (out->failed)
		return;
	case_begin(out, fnd_code_name(f->code), name.data);
	if (d) {
		tb_buf_reset(&text);
		decided_sentence(&text, d);
		outcome(out, "skipped", NULL, text.data ? text.data : "", "");
	} else if (f->severity == FND_VIOLATION) {
		outcome(out, "failure", fnd_code_name(f->code), title.data ? title.data : "",
			text.data ? text.data : "");
	} else {
		tb_buf_addf(out, "\n      <system-out>%s: ", fnd_severity_name(f->severity));
		add_xml(out, text.data ? text.data : "");
		tb_buf_adds(out, "</system-out>\n    ");
	}
	case_end(out);
}

static void rule(const struct fnd_rule *r, struct tb_buf *out)
{
	TB_AUTOBUF struct tb_buf class = TB_BUF_INIT;

	tb_buf_addf(&class, "policy.%s", r->section);
	out->failed |= class.failed;
	if (class.failed)
		return;
	case_begin(out, class.data, r->id ? r->id : "");
	if (!r->count)
		outcome(out, "skipped", NULL, "declared and not seen", "");
	case_end(out);
}

/* What a suite says of its cases before it lists them. */
struct tally {
	size_t tests, failures, errors, skipped, left_out;
};

static void count_finding(const struct rpt_input *in, const struct fnd *f, struct tally *t)
{
	if (!select_finding(in, f))
		return;
	if (t->tests > FINDINGS_MAX) {
		t->left_out++;
		return;
	}
	t->tests++;
	if (rpt_excused(in, f))
		t->skipped++;
	else if (f->severity == FND_VIOLATION)
		t->failures++;
}

static struct tally count(const struct rpt_input *in, const size_t *order)
{
	const struct fnd_result *r = in->result;
	struct tally t = { .tests = 1 };

	t.failures = r->verdict == FND_VIOLATES;
	t.errors = r->verdict == FND_INCONCLUSIVE;
	for (size_t i = 0; i < r->nfindings; i++)
		count_finding(in, &r->findings[order[i]], &t);
	for (size_t i = 0; i < r->nrules; i++)
		t.skipped += !r->rules[i].count;
	t.tests += r->nrules;
	return t;
}

static void suite(const struct rpt_input *in, const struct tally *t, struct tb_buf *out)
{
	const struct run_info *run = in->run;
	TB_AUTOBUF struct tb_buf name = TB_BUF_INIT;
	char time[TB_TIMELEN];

	rpt_product_name(&name, in);
	out->failed |= name.failed;
	tb_buf_adds(out, "  <testsuite");
	attribute(out, "name", name.data ? name.data : "");
	tb_buf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", t->tests,
		    t->failures, t->errors, t->skipped);
	if (run->ended_ns > run->started_ns)
		tb_buf_addf(out, " time=\"%.3f\"",
			    (double)(run->ended_ns - run->started_ns) / NS_PER_S);
	if (!tb_time_format(run->started_ns, time))
		tb_buf_addf(out, " timestamp=\"%.19s\"", time);
	if (run->hostname)
		attribute(out, "hostname", run->hostname);
	tb_buf_adds(out, ">\n");
}

/* left_out() - a suite that is cut says so in a case that is an error */
static void left_out(const struct tally *t, struct tb_buf *out)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (!t->left_out)
		return;
	tb_buf_addf(&b, "%zu findings are in the JSON report only", t->left_out);
	out->failed |= b.failed;
	case_begin(out, "tcbox", "findings left out");
	outcome(out, "error", "left out", b.data ? b.data : "", "");
	case_end(out);
}

int rpt_junit(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOFREE size_t *order = rpt_order(in->result, in->facts);
	const struct fnd_result *r = in->result;
	size_t told = 0;
	struct tally t;

	if (!order)
		return tb_err_set(err, ENOMEM, "write report");
	t = count(in, order);
	t.tests += t.left_out > 0;
	t.errors += t.left_out > 0;
	tb_buf_adds(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	tb_buf_adds(out, "<testsuites name=\"tcbox\"");
	tb_buf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n", t.tests, t.failures,
		    t.errors);
	suite(in, &t, out);
	verdict(in, out);
	for (size_t i = 0; i < r->nfindings && told < FINDINGS_MAX; i++) {
		const struct fnd *f = &r->findings[order[i]];

		if (!select_finding(in, f))
			continue;
		finding(in, f, out);
		told++;
	}
	left_out(&t, out);
	for (size_t i = 0; i < r->nrules; i++)
		rule(&r->rules[i], out);
	tb_buf_adds(out, "  </testsuite>\n</testsuites>\n");
	return out->failed ? tb_err_set(err, ENOMEM, "write report") : 0;
}
