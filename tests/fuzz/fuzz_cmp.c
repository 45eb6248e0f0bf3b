/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_cmp.c - any lines as a record: the comparison ends, keeps its promises, and says the same
 * twice
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/words.h"
#include "tests/fuzz/feed.h"
#include "tests/net.h"
#include "tcbox/compare.h"
#include "tcbox/evidence.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char policy_text[] =
	"{\"tcbox_policy\":1,\"product\":{\"vendor\":\"v\",\"name\":\"n\",\"version\":\"1\"},\"connections\":["
	"{\"id\":\"a\",\"process\":\"/opt/**\",\"to\":[\"u.example\",\"*.c.example\",\"203.0.113.0/25\"],"
	"\"protocol\":\"tcp\",\"ports\":[443],"
	"\"application\":\"tls\",\"limits\":{\"connections\":1,\"bytes_out\":100},\"required\":true},{\"id\":\"b\","
	"\"protocol\":\"udp\"}],"
	"\"names\":[\"*.n.example\"],\"listens\":[{\"id\":\"l\",\"ports\":[80],\"on\":\"loopback\"}],\"executes\":[\"/opt/*\"],"
	"\"files\":{\"write\":[\"/tmp/**\"]},\"syscalls\":{\"allow\":[\"@default\"],\"deny\":[\"ptrace\"]}}";

static struct fnd_result *compare(const struct pol *policy, const uint8_t *data, size_t size)
{
	const struct run_info run = { .state = RUN_COMPLETE, .net = RUN_NET_SIM, .exited = true,
				      .has_policy = true };
	const struct rec_read_stats stats = { .final = { true, true, true, true, true } };
	struct cmp_input in = { .policy = policy, .run = &run, .stats = &stats };
	struct evd *e = evd_new(&test_net);
	struct fnd_result *r = NULL;
	struct tb_err err = { 0 };

	TB_BUG_ON(!e);
	feed(e, (const char *)data, (const char *)data + size);
	TB_BUG_ON(evd_finish(e, &in.evidence, &err) != 0);
	TB_BUG_ON(cmp_compare(&in, &r, &err) != 0);
	evd_free(e);
	return r;
}

/* says() - is there a sentence about it? */
static bool says(const struct fnd *f)
{
	struct tb_buf text = TB_BUF_INIT;
	bool said;

	words_observed(&text, f);
	said = text.len > 0;
	tb_buf_free(&text);
	return said;
}

static void keeps_promises(const struct fnd_result *r)
{
	for (size_t i = 0; i < r->nfindings; i++) {
		const struct fnd *f = &r->findings[i];

		TB_BUG_ON(f->code >= FND_CODES || (f->object && !f->nseen) || !f->count ||
			  f->packets.n > FND_REFS ||
			  f->events.n > FND_REFS);
		TB_BUG_ON(f->nearest && !f->seen[0].differs.n);
		TB_BUG_ON(!says(f));
		TB_BUG_ON(i && f->severity > f[-1].severity);
		TB_BUG_ON(f->severity == FND_VIOLATION && r->verdict != FND_VIOLATES);
	}
	for (size_t i = 1; i < r->nprocs; i++)
		TB_BUG_ON(r->procs[i].id < r->procs[i - 1].id ||
			  (r->procs[i].id == r->procs[i - 1].id && !r->procs[i - 1].past));
	for (size_t i = 0; i < r->ngaps; i++)
		TB_BUG_ON(r->gaps[i].blocks_conforms && r->verdict == FND_CONFORMS);
	TB_BUG_ON(r->totals.packets_unowned && r->verdict == FND_CONFORMS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fnd_result *a, *b;
	struct pol *policy = NULL;
	struct tb_err err = { 0 };

	TB_BUG_ON(pol_parse("p", policy_text, sizeof(policy_text) - 1, &policy, &err) != 0);
	a = compare(policy, data, size);
	b = compare(policy, data, size);
	keeps_promises(a);
	TB_BUG_ON(a->nfindings != b->nfindings || a->ngaps != b->ngaps || a->verdict != b->verdict);
	for (size_t i = 0; i < a->nfindings; i++)
		TB_BUG_ON(a->findings[i].code != b->findings[i].code ||
			  a->findings[i].first != b->findings[i].first ||
			  a->findings[i].count != b->findings[i].count);
	fnd_result_free(a);
	fnd_result_free(b);
	pol_free(policy);
	return 0;
}
