/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_doctor.c - tcbox doctor: can this machine, this user, run tcbox? And if not, what to do
 *
 * Exit status: 0 when everything that is required works, TB_EXIT_FAILED when something is missing,
 * as "tcbox run" would say. What is not required is shown, but changes nothing.
 */
#include <errno.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/whole_run.h"
#include "tcbox/buf.h"
#include "tcbox/own.h"
#include "tcbox/sandbox.h"

#define NAME_WIDTH 34

struct listing {
	struct tb_buf out;
	bool json;
	bool colour;
	unsigned int checks, missing;
};

static void add_text(struct listing *l, const struct sbx_check *c)
{
	const char *word = "absent", *colour = "\033[33m";

	if (c->works) {
		word = "works";
		colour = "\033[32m";
	} else if (c->required) {
		word = "FAILS";
		colour = "\033[1;31m";
	}

	if (l->colour)
		tb_buf_addf(&l->out, "%s%-6s\033[0m", colour, word);
	else
		tb_buf_addf(&l->out, "%-6s", word);
	tb_buf_addf(&l->out, "  %-*s  ", NAME_WIDTH, c->name);
	tb_buf_add_shown(&l->out, c->detail, strlen(c->detail));
	tb_buf_addc(&l->out, '\n');
	if (c->fix[0]) {
		tb_buf_addf(&l->out, "%*s", 8, c->required ? "-> " : "");
		tb_buf_add_shown(&l->out, c->fix, strlen(c->fix));
		tb_buf_addc(&l->out, '\n');
	}
}

static void add_member(struct tb_buf *out, const char *key, const char *value)
{
	tb_buf_addf(out, ", \"%s\": ", key);
	tb_buf_add_json(out, value, strlen(value));
}

static void add_json(struct listing *l, const struct sbx_check *c)
{
	tb_buf_adds(&l->out, l->checks ? ",\n    {" : "\n    {");
	tb_buf_adds(&l->out, "\"name\": ");
	tb_buf_add_json(&l->out, c->name, strlen(c->name));
	tb_buf_addf(&l->out, ", \"works\": %s, \"required\": %s", c->works ? "true" : "false",
		    c->required ? "true" : "false");
	add_member(&l->out, "detail", c->detail);
	add_member(&l->out, "fix", c->fix);
	tb_buf_addc(&l->out, '}');
}

static void add_check(void *arg, const struct sbx_check *c)
{
	struct listing *l = arg;

	if (l->json)
		add_json(l, c);
	else
		add_text(l, c);
	l->checks++;
	l->missing += c->required && !c->works;
}

static void begin(struct listing *l)
{
	struct utsname u = { 0 };

	(void)uname(&u);
	if (l->json) {
		tb_buf_adds(&l->out, "{\n  \"tcbox_doctor\": 1");
		add_member(&l->out, "kernel", u.release);
		add_member(&l->out, "machine", u.machine);
		tb_buf_addf(&l->out, ", \"uid\": %u,\n  \"checks\": [", (unsigned int)getuid());
	} else {
		tb_buf_addf(&l->out, "tcbox %s, Linux %s %s, user %u\n\n", TCBOX_VERSION, u.release,
			    u.machine, (unsigned int)getuid());
	}
}

static void end(struct listing *l)
{
	if (l->json)
		tb_buf_addf(&l->out, "\n  ],\n  \"works\": %s\n}\n", l->missing ? "false" : "true");
	else if (l->missing)
		tb_buf_addf(&l->out,
			    "\ntcbox run does not work here: %u of %u checks failed that it "
			    "needs.\n",
			    l->missing, l->checks);
	else
		tb_buf_adds(&l->out, "\nEverything that tcbox run needs works here.\n");
}

static int set_json(void *ctx, const char *value, struct tb_err *err)
{
	bool *json = ctx;

	*json = !strcmp(value, "json");
	if (!*json && strcmp(value, "text") != 0)
		return tb_err_msg(err, EINVAL,
				  "\"%s\" is not a format; there are \"text\" and \"json\"", value);
	return 0;
}

static int cmd_doctor_main(int argc, char **argv)
{
	struct listing l = { .out = TB_BUF_INIT };
	struct sbx_check whole;
	int at, status;

	at = cli_opts(&cmd_doctor, argc, argv, &l.json, &status);
	if (at < 0)
		return status;
	if (at < argc)
		return cli_usage(&cmd_doctor, "doctor takes no \"%s\"", argv[at]);
	l.colour = !l.json && cli_colour(STDOUT_FILENO);
	begin(&l);
	if (!sbx_doctor(add_check, &l)) {
		whole_run(&whole);
		add_check(&l, &whole);
	}
	end(&l);
	status = cli_print(&l.out, l.missing ? TB_EXIT_FAILED : 0);
	tb_buf_free(&l.out);
	return status;
}

static const struct cli_opt opts[] = {
	{ "format", "text|json", "form of the list (default: text)", set_json },
	{ 0 },
};

const struct cli_cmd cmd_doctor = {
	.name = "doctor",
	.synopsis = "[--format text|json]",
	.about = "Try everything that tcbox needs of this machine, and say how to fix what fails",
	.opts = opts,
	.main = cmd_doctor_main,
};
