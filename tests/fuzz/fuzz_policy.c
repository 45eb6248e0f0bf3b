/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_policy.c - any bytes as a policy: it is refused with a place, or what it says can be used
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/log.h"
#include "tcbox/policy.h"
#include "tcbox/policy_lint.h"
#include "tcbox/policy_merge.h"

static void use_problem(void *arg, const struct pol_problem *problem)
{
	(void)arg;
	TB_BUG_ON(!problem->at.line || strpbrk(problem->text, "\n\x1b"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* use_conn() - everything that the reader promises about a rule */
static void use_conn(const struct pol_conn *c)
{
	size_t i;

	TB_BUG_ON(!c->id || !*c->id);
	for (i = 0; i < c->nto; i++) {
		const struct pol_dest *d = &c->to[i];

		TB_BUG_ON((d->kind == POL_DEST_NET) != !d->name);
		TB_BUG_ON(d->kind == POL_DEST_NET &&
			  d->prefix > (d->net.family == AF_INET ? 32 : 128));
		TB_BUG_ON(d->kind == POL_DEST_NAME && !pol_name_glob(d->name, d->name));
		TB_BUG_ON(d->kind == POL_DEST_GLOB && !strchr(d->name, '*'));
	}
	for (i = 0; i < c->nports; i++)
		TB_BUG_ON(!c->ports[i].lo || c->ports[i].lo > c->ports[i].hi);
	if (c->process)
		(void)pol_path_glob(c->process, c->process);
}

static const char base_text[] =
	"{ \"tcbox_policy\": 1, \"variables\": { \"v\": \"/x\" }, \"connections\": [\n"
	"{ \"id\": \"a\", \"to\": [\"u.example\"], \"ports\": [443] } // no comma\n ] /* end */,\n"
	"\t\"files\": { \"write\": [ \"/tmp/*\" ] }, \"syscalls\":{\"allow\":[\"read\"]} }\n";

static void use_conflict(void *arg, bool conflict, const char *text)
{
	(void)arg;
	(void)conflict;
	TB_BUG_ON(strpbrk(text, "\n\x1b") != NULL);
}

/* is_policy() - it is emptied */
static void is_policy(struct tb_buf *text)
{
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	TB_BUG_ON(pol_parse("merged", text->data, text->len, &p, &err) != 0);
	pol_free(p);
	tb_buf_free(text);
}

/* merge() - into another, another into it, and what is widened: each is a policy */
static void merge(const uint8_t *data, size_t size)
{
	struct tb_buf own = TB_BUF_INIT, base = TB_BUF_INIT, out = TB_BUF_INIT;
	const struct pol_merge_text a = { "a", &own }, b = { "b", &base };
	struct tb_err err = { 0, "" };

	tb_buf_add(&own, data, size);
	tb_buf_adds(&base, base_text);
	TB_BUG_ON(pol_merge(&a, &b, &out, use_conflict, NULL, &err));
	is_policy(&out);
	TB_BUG_ON(pol_merge(&b, &a, &out, use_conflict, NULL, &err));
	is_policy(&out);
	TB_BUG_ON(pol_widen(&own, &(struct pol_widen){ 2, 2 }, &out, &err));
	is_policy(&out);
	tb_buf_free(&own);
	tb_buf_free(&base);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;
	size_t i;

	if (pol_parse("p", (const char *)data, size, &p, &err) != 0) {
		TB_BUG_ON(p || strncmp(err.msg, "p:", 2) != 0 || strpbrk(err.msg, "\n\x1b"));
		return 0;
	}
	for (i = 0; i < p->nconns; i++)
		use_conn(&p->conns[i]);
	for (i = 0; i < p->nnames; i++)
		TB_BUG_ON(!strchr(p->names[i], '*') && !pol_name_glob(p->names[i], p->names[i]));
	for (i = 0; i < p->nwrite; i++)
		(void)pol_path_glob(p->write[i], "/a/b/c/ab/bc/abc");
	TB_BUG_ON(pol_lint(p, use_problem, NULL, &err));
	merge(data, size);
	pol_free(p);
	return 0;
}
