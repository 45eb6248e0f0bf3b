/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_learn.c - any lines as a record: what is learned from them is a policy, the same twice, and
 * what is amended keeps the text that it was
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/feed.h"
#include "tests/net.h"
#include "tcbox/compare.h"
#include "tcbox/evidence.h"
#include "tcbox/learn.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char base_text[] =
	"// mine\n{ \"tcbox_policy\": 1, \"connections\": [\n"
	"{ \"id\": \"a\", \"to\": [\"u.example\"], \"ports\": [443] } // no comma\n] /* end */,\n"
	"\t\"files\": { \"write\": [ \"/tmp/*\" ] }, \"syscalls\":{\"allow\":[\"read\"]} }\n";

/* learn() - twice the same run, because what differs from run to run is looked at. @base: NULL: a
 * new policy. Return: false if nothing could be learned */
static bool learn(const struct pol *base, const struct learn_run *run, struct tb_buf *out)
{
	const struct learn_options options = {
		.command = "fuzz", .headroom = 10, .idle_ok = true, .requests = true,
		.unfinished_ok = true, .base = base,
	};
	struct tb_err err = { 0 };
	struct learn_tally tally;
	struct learn *l = learn_new(&options, &err);
	bool fit;

	TB_BUG_ON(!l);
	fit = !learn_add(l, run, &err) && !learn_add(l, run, &err);
	if (fit && base)
		TB_BUG_ON(learn_amend(l, base_text, sizeof(base_text) - 1, out, &tally, &err) != 0);
	else if (fit)
		TB_BUG_ON(learn_policy(l, out, &tally, &err) != 0);
	learn_free(l);
	return fit;
}

static void is_policy(const struct tb_buf *text)
{
	struct tb_err err = { 0 };
	struct pol *p = NULL;

	TB_BUG_ON(pol_parse("learned", text->data, text->len, &p, &err) != 0);
	pol_free(p);
}

/* keeps() - are all bytes of the base there, in their order? */
static bool keeps(const struct tb_buf *text)
{
	const char *at = base_text;

	for (size_t i = 0; i < text->len && *at; i++)
		at += text->data[i] == *at;
	return !*at;
}

static void learn_both(const struct pol *base, struct learn_run *run, const struct cmp_input *in)
{
	struct tb_buf a = TB_BUF_INIT, b = TB_BUF_INIT, amended = TB_BUF_INIT;
	struct cmp_input with = *in;
	struct fnd_result *none = NULL, *r = NULL;
	struct tb_err err = { 0 };

	TB_BUG_ON(cmp_compare(in, &none, &err) != 0);
	run->result = none;
	if (learn(NULL, run, &a)) {
		is_policy(&a);
		(void)learn(NULL, run, &b);
		TB_BUG_ON(a.len != b.len || memcmp(a.data, b.data, a.len));
	}
	with.policy = base;
	TB_BUG_ON(cmp_compare(&with, &r, &err) != 0);
	run->result = r;
	if (learn(base, run, &amended)) {
		is_policy(&amended);
		TB_BUG_ON(!keeps(&amended));
	}
	fnd_result_free(none);
	fnd_result_free(r);
	tb_buf_free(&a);
	tb_buf_free(&b);
	tb_buf_free(&amended);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char cwd[] = "/srv/work", name[] = "x\n*/\"";
	char *argv[] = { name, NULL };
	const struct run_info run = {
		.state = RUN_COMPLETE, .net = RUN_NET_SIM, .exited = true, .cwd = cwd,
		.observe = RUN_OBSERVE_ALL, .argv = argv, .argc = 1, .has_policy = true,
	};
	const struct rec_read_stats stats = {
		.final = { true, true, true, true, true, true },
	};
	struct cmp_input in = { .run = &run, .stats = &stats };
	struct evd *e = evd_new(&test_net);
	struct learn_run one = { .label = "a\nb", .run = &run };
	struct tb_err err = { 0 };
	struct pol *base = NULL;

	TB_BUG_ON(pol_parse("p", base_text, sizeof(base_text) - 1, &base, &err) != 0);
	TB_BUG_ON(!e);
	feed(e, (const char *)data, (const char *)data + size);
	TB_BUG_ON(evd_finish(e, &in.evidence, &err) != 0);
	one.evidence = in.evidence;
	learn_both(base, &one, &in);
	pol_free(base);
	evd_free(e);
	return 0;
}
