/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sarif.c - the findings as SARIF 2.1.0 (OASIS, 2020), for the places that collect results of tools
 *
 * A finding is a result, located at its first line in events.jsonl; its id is a fingerprint, by
 * which it is known again in the next run. What could not be seen is a notification: whoever reads
 * results only must not take their absence for a verdict, so that is one, too.
 *
 * Limits: GitHub accepts 25 000 results and 10 MB in one file. What is beyond is left out, the
 * least grave first, and a notification says how much.
 */
#include "tcbox/report.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "report/derive.h"
#include "report/doc.h"
#include "report/gaps.h"
#include "report/select.h"
#include "report/words.h"
#include "tcbox/json_write.h"
#include "tcbox/own.h"
#include "tcbox/record.h"

#define RESULTS_MAX 25000
#define SIZE_LIMIT 10000000
#define RESULT_ROOM 150000	/* more than the longest result, and what follows the last one */
#define GAPS_MAX 100
#define TEXT_CUT 1000
#define PATH_CUT 4096
#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/" \
	       "sarif-schema-2.1.0.json"

/* What each code means in general. */
static const char *const codes[] = {
	[FND_NET_UNDECLARED] = "A conversation that no rule declares",
	[FND_NET_LIMIT] = "More connections, requests or bytes than a rule declares",
	[FND_NET_APPLICATION] = "Another application protocol than a rule declares",
	[FND_TLS_VERSION] = "An older version of TLS than a rule declares",
	[FND_TLS_NAME_MISMATCH] = "A server was asked for under another name than was looked up",
	[FND_NET_REQUEST] = "A request that no rule declares",
	[FND_NET_UNRESOLVED] = "An address that no lookup gave",
	[FND_NET_RESOLVER] = "A name server that is not the gate's",
	[FND_PROTOCOL_UNKNOWN] = "A protocol that was not recognised",
	[FND_DNS_UNDECLARED] = "A lookup of a name that no rule declares",
	[FND_DNS_UNUSUAL] = "A lookup that carries more than a question",
	[FND_LISTEN_UNDECLARED] = "A port that waits for others and that no rule declares",
	[FND_EXEC_UNDECLARED] = "A program that was started and that no rule declares",
	[FND_EXEC_MAPPED] = "Code of a file that was made in the run",
	[FND_EXEC_CHANGED] = "A program that was changed before it was started",
	[FND_FILE_UNDECLARED] = "A file that was changed and that no rule declares",
	[FND_FILE_UNEXPLAINED] = "A file that was changed by no recorded call",
	[FND_SYS_UNDECLARED] = "A system call that the policy does not declare",
	[FND_SYS_DENIED] = "A system call that the policy denies",
	[FND_BOX_ATTEMPT] = "A dangerous call that the box refused",
	[FND_MISSING_REQUIRED] = "A required rule that was not seen",
	[FND_FLOW_UNOWNED] = "Packets that no recorded call explains",
	[FND_CALL_PACKET_MISMATCH] = "A call and its packets name different destinations",
	[FND_CALL_WITHOUT_PACKETS] = "A call that should have sent packets, and none were seen",
	[FND_CANARY_MISSED] = "The control of tcbox was not seen",
	[FND_EVIDENCE_LOST] = "Evidence was lost",
	[FND_PRODUCT_CHANGED] = "A file of the product changed during the run",
};

static_assert(TB_ARRAY_SIZE(codes) == FND_CODES, "a sentence for each code");

static const char *level(enum fnd_severity s)
{
	static const char *const words[] = {
		[FND_INFO] = "note", [FND_WARNING] = "warning", [FND_VIOLATION] = "error",
	};

	return words[s];
}

/* text() - a member whose text is cut where it is long */
static void text(struct jw *w, const char *key, const char *s, size_t max)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	if (!s)
		return;
	tb_buf_add(&b, s, doc_cut(s, max));
	w->out->failed |= b.failed;
	jw_str(w, key, b.data ? b.data : "");
}

/* message() - what was collected in @b, which is emptied */
static void message(struct jw *w, const char *key, struct tb_buf *b)
{
	jw_object(w, key);
	w->out->failed |= b->failed;
	text(w, "text", b->data ? b->data : "", TEXT_CUT);
	jw_end(w);
	tb_buf_reset(b);
}

static void rules(struct jw *w)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	jw_array(w, "rules");
	for (size_t i = 0; i < FND_CODES; i++) {
		jw_object(w, NULL);
		jw_str(w, "id", fnd_code_name((enum fnd_code)i));
		tb_buf_adds(&b, codes[i]);
		message(w, "shortDescription", &b);
		tb_buf_adds(&b, codes[i]);
		message(w, "fullDescription", &b);
		tb_buf_addf(&b, "tcbox-findings(7) explains %s", fnd_code_name((enum fnd_code)i));
		message(w, "help", &b);
		jw_end(w);
	}
	jw_end(w);
}

static void tool(struct jw *w)
{
	jw_object(w, "tool");
	jw_object(w, "driver");
	jw_str(w, "name", "tcbox");
	jw_str(w, "version", TCBOX_VERSION);
	rules(w);
	jw_end(w);
	jw_end(w);
}

/* location() - the first event of a finding; of one that has none, the record as a whole */
static void location(struct jw *w, const struct fnd *f)
{
	uint64_t v[FND_REFS];
	size_t n = rpt_refs(&f->events, v);

	jw_array(w, "locations");
	jw_object(w, NULL);
	jw_object(w, "physicalLocation");
	jw_object(w, "artifactLocation");
	jw_str(w, "uri", REC_EVENTS_FILE);
	jw_end(w);
	jw_object(w, "region");
	jw_uint(w, "startLine", n ? v[0] : 1);
	jw_end(w);
	jw_end(w);
	if (f->program) {
		jw_array(w, "logicalLocations");
		jw_object(w, NULL);
		text(w, "fullyQualifiedName", f->program, PATH_CUT);
		jw_str(w, "kind", "module");
		jw_end(w);
		jw_end(w);
	}
	jw_end(w);
	jw_end(w);
}

/* suppression() - what an examiner decided not to be a fault */
static void suppression(struct jw *w, const struct rpt_input *in, const struct fnd *f)
{
	const struct review_decision *d = rpt_excused(in, f);

	if (!d)
		return;
	jw_array(w, "suppressions");
	jw_object(w, NULL);
	jw_str(w, "kind", "external");
	jw_str(w, "status", "accepted");
	text(w, "justification", d->reason, TEXT_CUT);
	jw_end(w);
	jw_end(w);
}

static void result(struct jw *w, const struct rpt_input *in, const struct fnd *f)
{
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	jw_object(w, NULL);
	jw_str(w, "ruleId", fnd_code_name(f->code));
	jw_uint(w, "ruleIndex", f->code);
	jw_str(w, "level", level(f->severity));
	words_title(&b, f);
	message(w, "message", &b);
	location(w, f);
	jw_object(w, "partialFingerprints");
	jw_str(w, "tcboxFinding/v1", f->id);
	jw_end(w);
	if (f->count)
		jw_uint(w, "occurrenceCount", f->count);
	suppression(w, in, f);
	jw_object(w, "properties");
	jw_str(w, "basis", fnd_basis_name(f->basis));
	text(w, "declared", f->declared, TEXT_CUT);
	words_observed(&b, f);
	if (b.len)
		text(w, "observed", b.data, TEXT_CUT);
	w->out->failed |= b.failed;
	jw_uint(w, "bytesOut", f->bytes_out);
	jw_uint(w, "bytesIn", f->bytes_in);
	jw_end(w);
	jw_end(w);
}

/* results() - Return: how many were left out */
static size_t results(struct jw *w, const struct rpt_input *in, const size_t *order)
{
	size_t told = 0, all = select_count(in);

	jw_array(w, "results");
	for (size_t i = 0; i < in->result->nfindings && told < RESULTS_MAX; i++) {
		const struct fnd *f = &in->result->findings[order[i]];

		if (!select_finding(in, f))
			continue;
		if (w->out->len > SIZE_LIMIT - RESULT_ROOM)
			break;
		result(w, in, f);
		told++;
	}
	jw_end(w);
	return all - told;
}

static void notification(struct jw *w, const char *grade, struct tb_buf *b)
{
	jw_object(w, NULL);
	jw_str(w, "level", grade);
	message(w, "message", b);
	jw_end(w);
}

/* notifications() - verdict, what could not be seen, what was left out */
static void notifications(struct jw *w, const struct rpt_input *in, size_t left_out)
{
	const struct fnd_result *r = in->result;
	TB_AUTOBUF struct tb_buf b = TB_BUF_INIT;

	jw_array(w, "toolExecutionNotifications");
	tb_buf_addf(&b, "Verdict: %s. ", fnd_verdict_name(r->verdict));
	words_reason(&b, in);
	notification(w, r->verdict == FND_CONFORMS ? "note" : "error", &b);
	for (size_t i = 0; i < r->ngaps && i < GAPS_MAX; i++) {
		gaps_what(&b, &r->gaps[i]);
		tb_buf_adds(&b, ": ");
		gaps_why(&b, r->gaps[i].code, &r->gaps[i].details);
		notification(w, r->gaps[i].blocks_conforms ? "warning" : "note", &b);
	}
	if (r->ngaps > GAPS_MAX) {
		tb_buf_addf(&b, "%zu more things could not be seen", r->ngaps - GAPS_MAX);
		notification(w, "warning", &b);
	}
	if (left_out) {
		tb_buf_addf(&b, "%zu results were left out, because readers accept no more than %d "
			    "results and %d bytes; the JSON report has all", left_out, RESULTS_MAX,
			    SIZE_LIMIT);
		notification(w, "warning", &b);
	}
	if (in->severities) {
		tb_buf_addf(&b, "%zu findings of other severities were not asked for",
			    r->nfindings - select_count(in));
		notification(w, "note", &b);
	}
	jw_end(w);
}

static void time_at(struct jw *w, const char *key, int64_t ns)
{
	char s[TB_TIMELEN];

	if (ns > 0 && !tb_time_format(ns, s))
		jw_str(w, key, s);
}

static void invocation(struct jw *w, const struct rpt_input *in, size_t left_out)
{
	const struct run_info *run = in->run;

	jw_array(w, "invocations");
	jw_object(w, NULL);
	jw_bool(w, "executionSuccessful", run->state == RUN_COMPLETE);
	time_at(w, "startTimeUtc", run->started_ns);
	time_at(w, "endTimeUtc", run->ended_ns);
	notifications(w, in, left_out);
	jw_end(w);
	jw_end(w);
}

int rpt_sarif(const struct rpt_input *in, struct tb_buf *out, struct tb_err *err)
{
	TB_AUTOFREE size_t *order = rpt_order(in->result, in->facts);
	size_t left_out;
	struct jw w;

	if (!order)
		return tb_err_set(err, ENOMEM, "write report");
	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_str(&w, "$schema", SCHEMA);
	jw_str(&w, "version", "2.1.0");
	jw_array(&w, "runs");
	jw_object(&w, NULL);
	tool(&w);
	left_out = results(&w, in, order);
	invocation(&w, in, left_out);
	jw_end(&w);
	jw_end(&w);
	jw_end(&w);
	return out->failed ? tb_err_set(err, ENOMEM, "write report") : 0;
}
