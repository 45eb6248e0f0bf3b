/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_diff.c - any lines as two records, divided by an empty line: what differs can be told in all
 * formats, says the same twice, and a record differs from itself in nothing
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/feed.h"
#include "tests/net.h"
#include "tcbox/compare.h"
#include "tcbox/evidence.h"
#include "tcbox/facts.h"
#include "tcbox/log.h"
#include "tcbox/own.h"
#include "tcbox/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One record with all that is made of it. */
struct side {
	struct evd *evd;
	struct fnd_result *result;
	struct facts *facts;
	struct rpt_input input;
};

static char *argv[] = { (char[]){ "/opt/acme/agent" }, NULL };
static const struct run_info run = {
	.state = RUN_COMPLETE, .net = RUN_NET_SIM, .exited = true, .argv = argv, .argc = 1,
};

static void side_make(struct side *s, const char *p, const char *end)
{
	const struct rec_read_stats stats = { .final = { true, true, true, true, true, true } };
	struct cmp_input in = { .run = &run, .stats = &stats };
	struct tb_err err = { 0 };

	memset(s, 0, sizeof(*s));
	s->evd = evd_new(&test_net);
	TB_BUG_ON(!s->evd);
	feed(s->evd, p, end);
	TB_BUG_ON(evd_finish(s->evd, &in.evidence, &err) != 0);
	TB_BUG_ON(cmp_compare(&in, &s->result, &err) != 0);
	s->facts = facts_new(&(struct facts_input){ in.evidence, s->result }, &err);
	TB_BUG_ON(!s->facts);
	s->input = (struct rpt_input){
		.run = &run, .result = s->result, .facts = s->facts, .evidence = in.evidence,
	};
}

static void side_free(struct side *s)
{
	facts_free(s->facts);
	fnd_result_free(s->result);
	evd_free(s->evd);
}

/* tell() - all formats; the JSON into @json */
static enum rpt_diff_outcome tell(const struct side *a, const struct side *b, struct tb_buf *json)
{
	const struct rpt_diff_input in = { .a = &a->input, .b = &b->input, .contents = true };
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	const struct rpt_style style = { 0 };
	struct tb_err err = { 0 };
	struct rpt_diff *d = rpt_diff_new(&in, &err);
	enum rpt_diff_outcome outcome;

	TB_BUG_ON(!d);
	TB_BUG_ON(rpt_diff_text(d, &style, &out, &err) != 0);
	TB_BUG_ON(rpt_diff_markdown(d, &out, &err) != 0);
	TB_BUG_ON(rpt_diff_html(d, &out, &err) != 0);
	TB_BUG_ON(rpt_diff_json(d, json, &err) != 0);
	outcome = rpt_diff_outcome(d);
	rpt_diff_free(d);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *p = (const char *)data, *end = p + size;
	const char *middle = size ? memmem(p, size, "\n\n", 2) : NULL;
	TB_AUTOBUF struct tb_buf once = TB_BUF_INIT, again = TB_BUF_INIT, self = TB_BUF_INIT;
	struct side a, b;

	side_make(&a, p, middle ? middle + 1 : end);
	side_make(&b, middle ? middle + 2 : end, end);
	(void)tell(&a, &b, &once);
	(void)tell(&a, &b, &again);
	TB_BUG_ON(once.len != again.len || memcmp(once.data, again.data, once.len) != 0);
	TB_BUG_ON(tell(&a, &a, &self) == RPT_DIFF_DIFFERS);
	side_free(&a);
	side_free(&b);
	return 0;
}
