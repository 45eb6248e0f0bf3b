/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_policy.c - tcbox policy: learn and judge policies and say what they mean, try whether what
 * they do not declare is seen, read and write other formats, list groups of system calls, say what
 * is done with a call
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/policy_calls.h"
#include "cli/policy_diff.h"
#include "cli/policy_exchange.h"
#include "cli/policy_explain.h"
#include "cli/policy_lint.h"
#include "cli/policy_merge.h"
#include "cli/policy_new.h"
#include "cli/policy_template.h"
#include "cli/policy_try.h"
#include "cli/policy_why.h"
#include "cli/show.h"
#include "tcbox/own.h"

/* The options, as bits. */
enum {
	FORMAT = 1, OUTPUT = 2, JUDGE = 4, ASK = 8, LEARN = 16, IN_PLACE = 32, FROM = 64,
	SIGNED = 128, TO = 256, STRICT = 512, WIDEN = 1024, TEMPLATE = 2048,
};

/* What they say. */
static struct {
	unsigned int given;
	enum show_format format;
	struct policy_new new;
	char template[PATH_MAX];
	struct policy_try try;
	struct policy_why why;
	struct policy_exchange exchange;
	struct pol_widen widen;
} wants;

/* only() - the options that a word knows. Return: false after a message */
static bool only(unsigned int known, int *status)
{
	static const struct { unsigned int bit; const char *text; } others[] = {
		{ FORMAT, "--format is for \"explain\", \"lint\" and \"try\"" },
		{ OUTPUT, "--output is for \"new\", \"amend\", \"merge\", \"try\", \"import\" and "
			  "\"export\"" },
		{ JUDGE, "--judge is for \"try\"" },
		{ ASK, "what is asked about is for \"why\"" },
		{ LEARN, "--must-see, --limits, --requests, --unfinished and --exact-calls are for "
			 "\"new\" and \"amend\"" },
		{ TEMPLATE, "--template is for \"new\"" },
		{ IN_PLACE, "--in-place is for \"amend\"" },
		{ FROM | SIGNED, "--from, --signature and --ca are for \"import\"" },
		{ TO, "--to is for \"export\"" },
		{ STRICT, "--strict is for \"import\" and \"export\"" },
		{ WIDEN, "--glob-from and --ranges-from are for \"new\" and \"merge\"" },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(others); i++) {
		if (!(wants.given & ~known & others[i].bit))
			continue;
		*status = cli_usage(&cmd_policy, "%s", others[i].text);
		return false;
	}
	return true;
}

static int lint(int argc, char **argv)
{
	int status;

	if (!only(FORMAT, &status))
		return status;
	if (wants.format != SHOW_TEXT && wants.format != SHOW_JSON)
		return cli_usage(&cmd_policy, "\"lint\" has the formats \"text\" and \"json\"");
	if (!argc)
		return cli_usage(&cmd_policy, "name a policy");
	return policy_lint(argc, argv, wants.format == SHOW_JSON);
}

static int groups(int argc, char **argv)
{
	int status;

	return only(0, &status) ? policy_groups(argc, argv) : status;
}

static int calls(int argc, char **argv)
{
	int status;

	return only(0, &status) ? policy_calls(argc, argv) : status;
}

static int try(int argc, char **argv)
{
	struct policy_try *o = &wants.try;
	int status;

	if (!only(FORMAT | OUTPUT | JUDGE, &status))
		return status;
	if (wants.format != SHOW_TEXT && wants.format != SHOW_JSON)
		return cli_usage(&cmd_policy, "\"try\" has the formats \"text\" and \"json\"");
	o->json = wants.format == SHOW_JSON;
	if (o->judge && argc)
		return cli_usage(&cmd_policy, "with --judge the policy is that of the bundle");
	if (o->judge && o->output)
		return cli_usage(&cmd_policy, "--judge makes no bundle");
	if (!o->judge && argc != 1)
		return cli_usage(&cmd_policy, argc ? "one policy only" : "name a policy");
	return policy_try(o, argv[0]);
}

static int new(int argc, char **argv)
{
	int status;

	if (!only(OUTPUT | LEARN | WIDEN | TEMPLATE, &status))
		return status;
	if (!argc && !wants.new.template)
		return cli_usage(&cmd_policy, "name a bundle, or several, or a --template");
	wants.new.widen = wants.widen;
	return policy_new(&wants.new, argc, argv);
}

static int amend(int argc, char **argv)
{
	int status;

	if (!only(OUTPUT | LEARN | IN_PLACE, &status))
		return status;
	if (argc < 2)
		return cli_usage(&cmd_policy, "name a policy and a bundle, or several bundles");
	if (wants.new.in_place && wants.new.output)
		return cli_usage(&cmd_policy, "--in-place writes over the policy: leave --output");
	return policy_amend(&wants.new, argv[0], argc - 1, argv + 1);
}

static int merge(int argc, char **argv)
{
	int status;

	if (!only(OUTPUT | WIDEN, &status))
		return status;
	if (argc < 2)
		return cli_usage(&cmd_policy, "name the policies to merge, two or more");
	return policy_merge(&wants.widen, wants.new.output, argc, argv);
}

static int diff(int argc, char **argv)
{
	int status;

	if (!only(0, &status))
		return status;
	if (argc != 2)
		return cli_usage(&cmd_policy, "name two policies");
	return policy_diff(argv[0], argv[1]);
}

static int import(int argc, char **argv)
{
	const struct policy_exchange *o = &wants.exchange;
	int status;

	if (!only(OUTPUT | FROM | SIGNED | STRICT, &status))
		return status;
	if (argc != 1)
		return cli_usage(&cmd_policy, argc ? "one file only" : "name a file");
	if (!o->from)
		return cli_usage(&cmd_policy, "say what it is: --from");
	if (!o->signature != !o->ca)
		return cli_usage(&cmd_policy, "--signature and --ca go together");
	return policy_import(o, argv[0]);
}

static int export(int argc, char **argv)
{
	int status;

	if (!only(OUTPUT | TO | STRICT, &status))
		return status;
	if (argc != 1)
		return cli_usage(&cmd_policy, argc ? "one policy only" : "name a policy");
	if (!wants.exchange.to)
		return cli_usage(&cmd_policy, "say in which format: --to");
	return policy_export(&wants.exchange, argv[0]);
}

static int explain(int argc, char **argv)
{
	int status;

	if (!only(FORMAT, &status))
		return status;
	if (wants.format == SHOW_JSON)
		return cli_usage(&cmd_policy, "\"explain\" has the formats \"text\", "
				 "\"markdown\" and \"html\"; the policy itself is JSON");
	if (!argc)
		return cli_usage(&cmd_policy, "name a policy");
	if (argc > 2)
		return cli_usage(&cmd_policy, "one policy, and one bundle");
	return policy_explain(argv[0], argc == 2 ? argv[1] : NULL, wants.format);
}

static int why(int argc, char **argv)
{
	int status;

	if (!only(ASK, &status))
		return status;
	if (argc != 1)
		return cli_usage(&cmd_policy, argc ? "one policy only" : "name a policy");
	if (!wants.why.n)
		return cli_usage(&cmd_policy, "say what is asked about: --flow, --name, --listen, "
				 "--exec, --file, --read or --call");
	return policy_why(&wants.why, argv[0]);
}

static int cmd_policy_main(int argc, char **argv)
{
	static const struct cli_word words[] = {
		{ "new", new }, { "amend", amend }, { "merge", merge }, { "diff", diff },
		{ "lint", lint },
		{ "explain", explain }, { "why", why }, { "try", try },
		{ "import", import }, { "export", export },
		{ "groups", groups }, { "calls", calls },
		{ NULL, NULL },
	};

	memset(&wants, 0, sizeof(wants));
	return cli_word(&cmd_policy, words, &wants, argc, argv);
}

static int set_format(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	wants.given |= FORMAT;
	return show_few_set(&wants.format, value, err);
}

static int set_output(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)err;
	wants.given |= OUTPUT;
	wants.try.output = wants.new.output = wants.exchange.output = value;
	return 0;
}

static int set_from(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)err;
	wants.given |= FROM;
	wants.exchange.from = value;
	return 0;
}

static int set_to(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)err;
	wants.given |= TO;
	wants.exchange.to = value;
	return 0;
}

static int set_signature(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)err;
	wants.given |= SIGNED;
	wants.exchange.signature = value;
	return 0;
}

static int set_ca(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)err;
	wants.given |= SIGNED;
	wants.exchange.ca = value;
	return 0;
}

static int set_strict(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)value;
	(void)err;
	wants.given |= STRICT;
	wants.exchange.strict = true;
	return 0;
}

static int set_judge(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)err;
	wants.given |= JUDGE;
	wants.try.judge = value;
	return 0;
}

static int set_template(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	wants.given |= TEMPLATE;
	wants.new.template = wants.template;
	return policy_template_find(value, wants.template, err);
}

static int set_must_see(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)err;
	wants.given |= LEARN;
	wants.new.must_see = value;
	return 0;
}

/* number() - Return: false: it is none from @least to 10000 */
static bool number(const char *value, unsigned long least, unsigned int *out)
{
	char *end = NULL;
	unsigned long n = strtoul(value, &end, 10);

	*out = (unsigned int)n;
	return *value >= '0' && *value <= '9' && !*end && n >= least && n <= 10000;
}

static int set_limits(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	wants.given |= LEARN;
	return number(value, 1, &wants.new.learn.headroom) ? 0 :
	       tb_err_msg(err, EINVAL, "\"%s\" is no number of per cent from 1 to 10000", value);
}

static int learn_flag(bool *flag)
{
	wants.given |= LEARN;
	*flag = true;
	return 0;
}

static int set_exact_calls(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)value;
	(void)err;
	return learn_flag(&wants.new.learn.exact_calls);
}

static int set_requests(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)value;
	(void)err;
	return learn_flag(&wants.new.learn.requests);
}

static int set_unfinished(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)value;
	(void)err;
	return learn_flag(&wants.new.learn.unfinished_ok);
}

static int set_in_place(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	(void)value;
	(void)err;
	wants.given |= IN_PLACE;
	wants.new.in_place = true;
	return 0;
}

static int from(unsigned int *out, const char *value, struct tb_err *err)
{
	wants.given |= WIDEN;
	return number(value, 2, out) ? 0 :
	       tb_err_msg(err, EINVAL, "\"%s\" is no number from 2 to 10000", value);
}

static int set_glob_from(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return from(&wants.widen.glob_from, value, err);
}

static int set_ranges_from(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return from(&wants.widen.ranges_from, value, err);
}

/* ask() - one more act that is asked about */
static int ask(enum cmp_what what, const char *value, struct tb_err *err)
{
	wants.given |= ASK;
	return why_add(&wants.why, what, value, err);
}

static int ask_flow(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return ask(CMP_FLOW, value, err);
}

static int ask_request(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return ask(CMP_REQUEST, value, err);
}

static int ask_name(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return ask(CMP_NAME, value, err);
}

static int ask_listen(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return ask(CMP_LISTEN, value, err);
}

static int ask_exec(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return ask(CMP_EXEC, value, err);
}

static int ask_file(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return ask(CMP_WRITE, value, err);
}

static int ask_read(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return ask(CMP_READ, value, err);
}

static int ask_call(void *ctx, const char *value, struct tb_err *err)
{
	(void)ctx;
	return ask(CMP_CALL, value, err);
}

static const struct cli_opt opts[] = {
	{ "format", SHOW_FEW_FORMATS, "form of what is printed (default: text)", set_format },
	{ "flow", "WORDS", "of why: \"tcp updates.acme.example:443 by /opt/acme/agent\"",
	  ask_flow },
	{ "request", "WORDS", "of why: \"GET api.acme.example/v1/status\"", ask_request },
	{ "name", "NAME", "of why: a lookup", ask_name },
	{ "listen", "WORDS", "of why: \"tcp 127.0.0.1:8080 by /opt/acme/agent\"", ask_listen },
	{ "exec", "PATH", "of why: a program that is started", ask_exec },
	{ "file", "PATH", "of why: a file that is changed", ask_file },
	{ "read", "PATH", "of why: a file that is read", ask_read },
	{ "call", "NAME", "of why: a system call", ask_call },
	{ "output", "FILE", "write here; of try: keep the bundle of its run here",
	  set_output },
	{ "glob-from", "N", "of new, merge: so many names of one domain become a glob",
	  set_glob_from },
	{ "ranges-from", "N", "of new, merge: so many ports of a rule become a range",
	  set_ranges_from },
	{ "in-place", NULL, "of amend: write over the policy", set_in_place },
	{ "template", "KIND", "of new: begin with the policy of a kind of program: cli, daemon, "
	  "browser, python, node, java, installer", set_template },
	{ "must-see", "FILE", "of new: programs, names and ports that have to occur in the runs",
	  set_must_see },
	{ "limits", "PERCENT", "of new: limits, so much above the most that was seen", set_limits },
	{ "requests", NULL, "of new: rules name the requests of HTTP that were seen",
	  set_requests },
	{ "unfinished", NULL, "of new: learn from runs that failed or were cut, too",
	  set_unfinished },
	{ "exact-calls", NULL, "of new: system calls one by one, without groups", set_exact_calls },
	{ "from", "FORMAT", "of import: what the file is, tcbox-exchange(7)", set_from },
	{ "to", "FORMAT", "of export: in which format, tcbox-exchange(7)", set_to },
	{ "strict", NULL, "of import, export: write nothing if not all is carried over",
	  set_strict },
	{ "signature", "FILE", "of import: its signature, of CMS", set_signature },
	{ "ca", "FILE", "of import: certificates in PEM that --signature has to lead to", set_ca },
	{ "judge", "BUNDLE", "of try: judge again what an earlier one left", set_judge },
	{ 0 },
};

const struct cli_cmd cmd_policy = {
	.name = "policy",
	.synopsis = "new BUNDLE... | new --template KIND [BUNDLE...] | amend FILE BUNDLE... | "
		    "merge FILE FILE... | diff FILE FILE | lint FILE... | explain FILE [BUNDLE] | "
		    "why OPTION... FILE | try FILE | import --from FORMAT FILE | "
		    "export --to FORMAT FILE | groups [GROUP|CALL] | calls [CALL]",
	.about = "Learn, judge and explain a policy, try whether it is kept, list system calls",
	.opts = opts,
	.interleave = true,
	.main = cmd_policy_main,
};
