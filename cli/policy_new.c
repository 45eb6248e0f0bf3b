/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_new.c - tcbox policy new, amend: policies from what happened in runs
 *
 * How it works: all bundles are read and learned from together; then each of them is compared with
 * what was written, and the outcome is said. So a policy that its own runs do not conform to is
 * never a surprise: what keeps them from it are the proposals.
 */
#include "cli/policy_new.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/show.h"
#include "run/evaluate.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/own.h"

#define WANTS_MAX (1u << 20)
#define FINDINGS_TOLD 10

/* Bundles that are learned from. */
struct runs {
	struct evaluation *v;
	int n;
	const char *policy;		/* that they are compared with first; NULL: none */
};

static void runs_clear(struct runs *r)
{
	for (int i = 0; i < r->n; i++)
		evaluation_clear(&r->v[i]);
	free(r->v);
}

/* learn_one() - Return: 0, or an exit status */
static int learn_one(struct learn *l, const char *bundle, struct evaluation *e)
{
	const struct learn_run run = {
		.label = bundle, .run = &e->run, .evidence = e->input.evidence, .result = e->result,
	};
	struct tb_err err = { 0 };
	int ret = learn_add(l, &run, &err);

	if (ret == -EINVAL)
		return cli_error(TB_EXIT_INCONCLUSIVE, &err);
	if (ret == -E2BIG)
		return cli_error(TB_EXIT_USAGE, &err);
	return ret ? cli_error(TB_EXIT_FAILED, &err) : 0;
}

/* learn_all() - @policy: what they are compared with first; NULL: nothing. Return: 0, or an exit
 * status */
static int learn_all(struct learn *l, const char *policy, int n, char **bundles, struct runs *runs)
{
	struct tb_err err = { 0 };
	int ret = 0;

	runs->v = calloc((size_t)n, sizeof(*runs->v));
	if (!runs->v) {
		(void)tb_err_set(&err, ENOMEM, "learn");
		return cli_error(TB_EXIT_FAILED, &err);
	}
	runs->policy = policy;
	for (int i = 0; i < n && !ret; i++) {
		if (policy)
			ret = evaluate_bundle(bundles[i], policy, &runs->v[i], &err);
		else
			ret = evaluate_alone(bundles[i], &runs->v[i], &err);
		if (ret)
			return show_failed(ret, &err);
		runs->n++;
		ret = learn_one(l, bundles[i], &runs->v[i]);
	}
	return ret;
}

/* check_seen() - did what --must-see names occur? Return: 0, or an exit status */
static int check_seen(const struct learn *l, const char *path)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT, missing = TB_BUF_INIT;
	struct learn_wants *wants = NULL;
	struct tb_err err = { 0 };
	int ret = tb_read_file(AT_FDCWD, path, WANTS_MAX, &text, &err);

	if (!ret)
		ret = learn_wants_read(path, text.data ? text.data : "", text.len, &wants, &err);
	if (ret)
		return cli_error(ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE, &err);
	learn_missing(l, wants, &missing);
	learn_wants_free(wants);
	if (!missing.len && !missing.failed)
		return 0;
	(void)tb_err_msg(&err, EINVAL, "not representative: %s did not occur in any of the runs",
			 missing.data ? missing.data : "something");
	return cli_error(TB_EXIT_INCONCLUSIVE, &err);
}

/* save_over() - the policy that was amended: whoever reads it has the old one or the new one.
 * Return: 0, or an exit status */
static int save_over(const char *path, const struct tb_buf *text)
{
	struct tb_err err = { 0 };

	if (tb_write_file(AT_FDCWD, path, text->data, text->len, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	return 0;
}

static void add_count(struct tb_buf *out, size_t n, const char *one, const char *many)
{
	tb_buf_addf(out, "%zu %s", n, n == 1 ? one : many);
}

/* What was written. */
struct made {
	const char *path;	/* what it includes is found from here */
	const struct tb_buf *text;
};

/* compare() - a run with what was written, of which the rules are left that it had. Return: 0,
 * negative errno */
static int compare(const struct made *w, const struct evaluation *e, struct fnd_result **r,
		   struct tb_err *err)
{
	struct pol *p = NULL;
	int ret = pol_parse_whole(w->path, w->text->data, w->text->len, &p, NULL, err);

	if (!ret)
		ret = pol_end(p, e->run.started_ns, e->run.phase, err);
	if (!ret)
		ret = evaluate_against(e, p, r, err);
	pol_free(p);
	return ret;
}

/* add_findings() - what keeps a run from conforming; without findings its report says it */
static void add_findings(struct tb_buf *out, const struct fnd_result *r)
{
	for (size_t i = 0; i < r->nfindings && i < FINDINGS_TOLD; i++) {
		const struct fnd *f = &r->findings[i];
		TB_AUTOBUF struct tb_buf title = TB_BUF_INIT;

		rpt_title(&title, f);
		tb_buf_addf(out, "    %s %s: ", fnd_severity_name(f->severity),
			    fnd_code_name(f->code));
		tb_buf_add_shown(out, title.data ? title.data : "", title.len);
		tb_buf_addc(out, '\n');
		out->failed |= title.failed;
	}
	if (r->nfindings > FINDINGS_TOLD)
		tb_buf_addf(out, "    and %zu more\n", r->nfindings - FINDINGS_TOLD);
}

/* add_verdict() - how a run stands to what was written. Return: 0, or an exit status */
static int add_verdict(struct tb_buf *out, const char *bundle, const struct evaluation *e,
		       const struct made *w)
{
	struct fnd_result *r = NULL;
	struct tb_err err = { 0 };
	int status = TB_EXIT_CONFORMS;

	if (compare(w, e, &r, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	tb_buf_adds(out, "  ");
	tb_buf_add_shown(out, bundle, strlen(bundle));
	tb_buf_addf(out, ": %s", fnd_verdict_name(r->verdict));
	if (r->nfindings)
		tb_buf_adds(out, ", with ");
	if (r->nfindings)
		add_count(out, r->nfindings, "finding", "findings");
	tb_buf_addc(out, '\n');
	add_findings(out, r);
	if (r->verdict != FND_CONFORMS)
		status = TB_EXIT_VIOLATES;
	fnd_result_free(r);
	return status;
}

/* say() - what was written, and how its own runs stand to it. Return: exit status */
static int say(const struct policy_new *o, const struct learn_tally *t, const struct runs *runs,
	       char **bundles, const struct made *w)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	int status = TB_EXIT_CONFORMS;

	tb_buf_adds(&out, "learned: ");
	add_count(&out, t->rules, "rule", "rules");
	tb_buf_adds(&out, ", ");
	add_count(&out, t->words, "name, program, path or call",
		  "names, programs, paths and calls");
	tb_buf_adds(&out, "; ");
	add_count(&out, t->proposals, "proposal that is not in force",
		  "proposals that are not in force");
	if (t->known)
		tb_buf_addf(&out, ", and %zu that it had already", t->known);
	tb_buf_addc(&out, '\n');
	for (int i = 0; i < runs->n; i++) {
		int one = add_verdict(&out, bundles[i], &runs->v[i], w);

		if (one > status)
			status = one;
	}
	if (status == TB_EXIT_VIOLATES && (t->proposals || t->known))
		tb_buf_adds(&out, "  Read the proposals: look for PROPOSAL.\n");
	if (o->output)
		tb_buf_addf(&out, "  Next: read and edit %s, then tcbox policy lint %s, and run "
				  "the product again with --policy %s\n",
			    o->output, o->output, o->output);
	(void)tb_write_all(STDERR_FILENO, out.data ? out.data : "", out.len);
	return status;
}

/* deliver() - Return: exit status */
static int deliver(const struct policy_new *o, const struct tb_buf *text,
		   const struct learn_tally *tally, const struct runs *runs, char **bundles)
{
	const struct made w = { runs->policy ? runs->policy : "the policy", text };
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	int status;

	if (pol_parse_whole(w.path, text->data, text->len, &p, NULL, &err))
		return cli_error(TB_EXIT_FAILED, &err);
	pol_free(p);
	if (o->in_place)
		status = save_over(o->output, text);
	else
		status = o->output ? cli_save(o->output, text) : cli_print(text, 0);
	if (!status)
		status = say(o, tally, runs, bundles, &w);
	return status;
}

/* written() - Return: 0, or an exit status */
static int written(int ret, const struct tb_err *err)
{
	if (ret == -E2BIG)
		return cli_error(TB_EXIT_INCONCLUSIVE, err);
	return ret ? cli_error(TB_EXIT_FAILED, err) : 0;
}

/* learn_new_policy() - Return: exit status */
static int learn_new_policy(const struct policy_new *o, int n, char **bundles)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT, learned = TB_BUF_INIT;
	struct learn_options options = o->learn;
	struct learn_tally tally;
	struct runs runs = { 0 };
	struct tb_err err = { 0 };
	struct learn *l;
	int status;

	options.command = "tcbox policy new";
	options.idle_ok = o->must_see != NULL;
	l = learn_new(&options, &err);
	if (!l)
		return cli_error(TB_EXIT_FAILED, &err);
	status = learn_all(l, NULL, n, bundles, &runs);
	if (!status && o->must_see)
		status = check_seen(l, o->must_see);
	if (!status)
		status = written(learn_policy(l, &learned, &tally, &err), &err);
	if (!status && pol_widen(&learned, &o->widen, &text, &err))
		status = cli_error(TB_EXIT_FAILED, &err);
	if (!status)
		status = deliver(o, &text, &tally, &runs, bundles);
	learn_free(l);
	runs_clear(&runs);
	return status;
}

/* read_policy() - Return: 0, or an exit status */
static int read_policy(const char *path, struct tb_buf *text, struct pol **p)
{
	struct tb_err err = { 0 };
	int ret = tb_read_file(AT_FDCWD, path, POL_MAX_BYTES, text, &err);

	if (!ret)
		ret = pol_parse_whole(path, text->data ? text->data : "", text->len, p, NULL,
				      &err);
	if (ret)
		return cli_error(ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE, &err);
	return 0;
}

/* amend() - Return: an exit status */
static int amend(const struct policy_new *o, const struct learn_options *options,
		 const struct tb_buf *base, int n, char **bundles)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct learn_tally tally;
	struct runs runs = { 0 };
	struct tb_err err = { 0 };
	struct learn *l = learn_new(options, &err);
	int status;

	if (!l)
		return cli_error(TB_EXIT_FAILED, &err);
	status = learn_all(l, options->base->path, n, bundles, &runs);
	if (!status && o->must_see)
		status = check_seen(l, o->must_see);
	if (!status)
		status = written(learn_amend(l, base->data, base->len, &text, &tally, &err), &err);
	if (!status)
		status = deliver(o, &text, &tally, &runs, bundles);
	learn_free(l);
	runs_clear(&runs);
	return status;
}

int policy_amend(const struct policy_new *o, const char *policy, int n, char **bundles)
{
	TB_AUTOBUF struct tb_buf base = TB_BUF_INIT;
	struct learn_options options = o->learn;
	struct policy_new to = *o;
	struct pol *p = NULL;
	int status = read_policy(policy, &base, &p);

	if (status)
		return status;
	if (o->in_place)
		to.output = policy;
	options.command = "tcbox policy amend";
	options.idle_ok = true;
	options.base = p;
	status = amend(&to, &options, &base, n, bundles);
	pol_free(p);
	return status;
}

int policy_new(const struct policy_new *o, int n, char **bundles)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	struct pol *p = NULL;
	int status;

	if (!o->template)
		return learn_new_policy(o, n, bundles);
	if (n)
		return policy_amend(o, o->template, n, bundles);
	status = read_policy(o->template, &text, &p);
	pol_free(p);
	if (status)
		return status;
	return o->output ? cli_save(o->output, &text) : cli_print(&text, 0);
}
