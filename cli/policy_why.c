/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_why.c - tcbox policy why: which rule decides about one act, or the nearest and what
 * differs
 */
#include "cli/policy_why.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "tcbox/buf.h"
#include "tcbox/clock.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/policy.h"
#include "tcbox/report.h"
#include "tcbox/syscalls.h"

/* next_word() - cut the next word off. Return: NULL at the end */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");

	if (!*word)
		return NULL;
	*rest = word + strcspn(word, " \t");
	if (**rest)
		*(*rest)++ = '\0';
	return word;
}

/* lower() - a host name as rules have it */
static void lower(char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++)
		s[i] = (char)tolower((unsigned char)s[i]);
	if (len > 1 && s[len - 1] == '.')
		s[len - 1] = '\0';
}

/* take_port() - cut ":443" off the end; an IPv6 address with a port stands in brackets. Return:
 * false if it is no port */
static bool take_port(char *s, uint16_t *port)
{
	char *colon = strrchr(s, ':'), *end;
	unsigned long n;

	*port = 0;
	if (!colon || (*s != '[' && strchr(s, ':') != colon) || (*s == '[' && colon[-1] != ']'))
		return true;
	n = strtoul(colon + 1, &end, 10);
	if (!isdigit((unsigned char)colon[1]) || *end || !n || n > UINT16_MAX)
		return false;
	*colon = '\0';
	*port = (uint16_t)n;
	return true;
}

/* take_addr() - Return: false if it is no address */
static bool take_addr(char *s, uint16_t port, struct ev_addr *out)
{
	size_t len = strlen(s);

	if (*s == '[' && s[len - 1] == ']') {
		s[len - 1] = '\0';
		s++;
	}
	if (ev_addr_parse(s, out))
		return false;
	out->port = port;
	return true;
}

static int bad(struct tb_err *err, const char *text, const char *why)
{
	return tb_err_msg(err, EINVAL, "\"%.128s\": %s", text, why);
}

/* take_clauses() - "by PROGRAM as APPLICATION tls VERSION at ADDRESS", in any order */
static int take_clauses(struct why_act *a, char *rest, struct tb_err *err)
{
	uint16_t port = a->ask.addr.port;
	char *word, *value;

	while ((word = next_word(&rest))) {
		bool flow = a->ask.what == CMP_FLOW || a->ask.what == CMP_REQUEST;

		value = next_word(&rest);
		if (!value)
			return tb_err_msg(err, EINVAL, "\"%.128s\": nothing follows \"%.32s\"",
					  a->text, word);
		if (!strcmp(word, "by"))
			a->ask.program = value;
		else if (flow && !strcmp(word, "as"))
			a->ask.application = value;
		else if (flow && !strcmp(word, "tls"))
			a->ask.tls = value;
		else if (flow && !strcmp(word, "at") && take_addr(value, port, &a->ask.addr))
			continue;
		else
			return tb_err_msg(err, EINVAL, flow ?
					  "\"%.128s\": after the destination come \"by PROGRAM\", "
					  "\"as APPLICATION\", \"tls VERSION\" or \"at ADDRESS\", "
					  "not \"%.32s\"" :
					  "\"%.128s\": after the port comes \"by PROGRAM\", not "
					  "\"%.32s\"",
					  a->text, word);
	}
	if (a->ask.program && *a->ask.program != '/')
		return bad(err, a->text, "a program is an absolute path");
	return 0;
}

static int take_flow(struct why_act *a, struct tb_err *err)
{
	char *rest = a->words, *proto = next_word(&rest), *to = next_word(&rest);
	uint16_t port;

	if (!to)
		return bad(err, a->text, "write PROTOCOL HOST:PORT, as in \"tcp "
			   "updates.acme.example:443 by /opt/acme/agent\"");
	a->ask.proto = proto;
	if (!take_port(to, &port))
		return bad(err, a->text, "a port is a number from 1 to 65535");
	if (!take_addr(to, port, &a->ask.addr)) {
		lower(to);
		a->ask.host = to;
	}
	a->ask.addr.port = port;
	return take_clauses(a, rest, err);
}

/* take_request() - as a flow to the server of the URL */
static int take_request(struct why_act *a, struct tb_err *err)
{
	static const char http[] = "http://", https[] = "https://";
	char *rest = a->words, *method = next_word(&rest), *url = next_word(&rest), *path;
	bool clear = url && !strncmp(url, http, strlen(http));
	uint16_t port;

	if (!url)
		return bad(err, a->text, "write METHOD HOST/PATH, as in \"GET "
			   "api.acme.example/v1/status by /opt/acme/agent\"");
	if (clear)
		url += strlen(http);
	else if (!strncmp(url, https, strlen(https)))
		url += strlen(https);
	path = strchr(url, '/');
	if (!path || path == url)
		return bad(err, a->text, "a host and a path are expected, as in "
			   "api.acme.example/v1/status");
	memmove(a->path, path, strlen(path) + 1);
	*path = '\0';
	if (!take_port(url, &port))
		return bad(err, a->text, "a port is a number from 1 to 65535");
	if (!port)
		port = clear ? 80 : 443;
	if (!take_addr(url, port, &a->ask.addr)) {
		lower(url);
		a->ask.host = url;
	}
	a->ask.addr.port = port;
	a->ask.proto = "tcp";
	a->ask.method = method;
	a->ask.path = a->path;
	if (clear)
		a->ask.application = "http";
	return take_clauses(a, rest, err);
}

static int take_listen(struct why_act *a, struct tb_err *err)
{
	char *rest = a->words, *proto = next_word(&rest), *on = next_word(&rest), *end;
	unsigned long port;
	uint16_t own;

	if (!on)
		return bad(err, a->text, "write PROTOCOL ADDRESS:PORT, as in \"tcp "
			   "127.0.0.1:8080\", or PROTOCOL PORT for every address");
	a->ask.proto = proto;
	port = strtoul(on, &end, 10);
	if (isdigit((unsigned char)*on) && !*end && port && port <= UINT16_MAX) {
		a->ask.addr = (struct ev_addr){ .family = AF_INET, .port = (uint16_t)port };
		return take_clauses(a, rest, err);
	}
	if (!take_port(on, &own) || !own || !take_addr(on, own, &a->ask.addr))
		return bad(err, a->text, "that is no address with a port, and no port");
	return take_clauses(a, rest, err);
}

static int take_object(struct why_act *a, struct tb_err *err)
{
	const char *near;

	a->ask.object = a->words;
	if (a->ask.what == CMP_NAME) {
		lower(a->words);
		return *a->words ? 0 : bad(err, a->text, "a name is expected");
	}
	if (a->ask.what != CMP_CALL)
		return *a->words == '/' ? 0 : bad(err, a->text, "an absolute path is expected");
	if (tb_syscall_number(a->words) >= 0)
		return 0;
	near = tb_syscall_nearest(a->words);
	if (near)
		return tb_err_msg(err, EINVAL,
				  "no system call is called \"%.64s\"; did you mean %s?", a->text,
				  near);
	return bad(err, a->text, "no system call is called so");
}

int why_add(struct policy_why *w, enum cmp_what what, const char *text, struct tb_err *err)
{
	struct why_act *a = &w->acts[w->n];

	if (w->n == WHY_MAX)
		return tb_err_msg(err, EINVAL, "at most %d acts at once", WHY_MAX);
	if (strlen(text) >= WHY_TEXT)
		return tb_err_msg(err, EINVAL, "longer than %d bytes", WHY_TEXT - 1);
	*a = (struct why_act){ .ask = { .what = what } };
	memcpy(a->text, text, strlen(text) + 1);
	memcpy(a->words, text, strlen(text) + 1);
	w->n++;
	if (what == CMP_FLOW)
		return take_flow(a, err);
	if (what == CMP_REQUEST)
		return take_request(a, err);
	return what == CMP_LISTEN ? take_listen(a, err) : take_object(a, err);
}

/* add_rule() - "update-check" of connections, agent.json:12:5 */
static void add_rule(struct tb_buf *b, const struct pol *p, const struct cmp_rule *r)
{
	if (r->id) {
		tb_buf_addc(b, '"');
		tb_buf_add_shown(b, r->id, strlen(r->id));
		tb_buf_adds(b, "\" of ");
	}
	tb_buf_addf(b, "%s, ", r->section);
	tb_buf_add_shown(b, pol_file(p, r->at), strlen(pol_file(p, r->at)));
	tb_buf_addf(b, ":%u:%u", r->at.line, r->at.column);
}

/* open() - what the rule says, and the question leaves open */
static void add_open(struct tb_buf *b, const struct why_act *a, const struct pol_conn *c)
{
	if (c->application && !a->ask.application)
		tb_buf_addf(b, "  if it turns out to be %s, which the question does not say\n",
			    c->application);
	if (c->tls_min && !a->ask.tls)
		tb_buf_addf(b, "  if TLS is %s or newer, which the question does not say\n",
			    c->tls_min);
	if (pol_has_requests(c) && a->ask.what != CMP_REQUEST)
		tb_buf_adds(b, "  if its requests are of those, which the question does not say\n");
	if (c->process && !a->ask.program)
		tb_buf_adds(b, "  the question names no program\n");
}

/* add_allowed() - what a rule allows, in words */
static void add_allowed(struct tb_buf *b, const struct pol_conn *c)
{
	TB_AUTOBUF struct tb_buf rule = TB_BUF_INIT;

	rpt_rule(&rule, c);
	b->failed |= rule.failed;
	tb_buf_adds(b, "  it allows: ");
	tb_buf_add_shown(b, rule.data, rule.len);
	tb_buf_addc(b, '\n');
}

static void add_declared(struct tb_buf *b, const struct pol *p, const struct why_act *a,
			 const struct cmp_why *w)
{
	tb_buf_adds(b, "  declared by ");
	add_rule(b, p, &w->rule);
	tb_buf_addc(b, '\n');
	if (w->rule.conn) {
		add_allowed(b, w->rule.conn);
		add_open(b, a, w->rule.conn);
	}
	for (size_t i = 0; i < w->nalso; i++) {
		tb_buf_adds(b, "  also by ");
		add_rule(b, p, &w->also[i]);
		tb_buf_adds(b, ", which does not count: it is no more specific\n");
	}
}

/* add_nearest() - the rule that is near, and what differs */
static void add_nearest(struct tb_buf *b, const struct pol *p, const struct why_act *a,
			const struct cmp_why *w)
{
	TB_AUTOBUF struct tb_buf differs = TB_BUF_INIT;

	if (a->ask.what == CMP_CALL) {
		tb_buf_addf(b, "  \"tcbox policy groups %s\" lists the groups that have it\n",
			    a->ask.object);
		return;
	}
	if (!w->rule.section) {
		tb_buf_adds(b, "  no rule is near\n");
		return;
	}
	tb_buf_adds(b, w->stand == FND_BROKEN ? "  breaks " : "  nearest: ");
	add_rule(b, p, &w->rule);
	rpt_differs(&differs, &w->differs);
	if (w->common) {
		tb_buf_addf(&differs, "the same as far as %.*s", (int)w->common, a->ask.object);
		if (!a->ask.object[w->common])
			tb_buf_adds(&differs, ", and goes on");
	}
	b->failed |= differs.failed;
	if (differs.len) {
		tb_buf_adds(b, "\n    ");
		tb_buf_add_shown(b, differs.data, differs.len);
	}
	tb_buf_addc(b, '\n');
	if (a->ask.what == CMP_REQUEST && w->rule.conn)
		add_allowed(b, w->rule.conn);
}

static void add_answer(struct tb_buf *b, const struct pol *p, const struct why_act *a,
		       const struct cmp_why *w)
{
	static const char *const levels[] = {
		[POL_IGNORE] = "ignored", [POL_INFO] = "a note", [POL_WARNING] = "a warning",
		[POL_VIOLATION] = "a violation",
	};

	tb_buf_add_shown(b, a->text, strlen(a->text));
	tb_buf_addc(b, '\n');
	switch (w->stand) {
	case FND_DECLARED:
		add_declared(b, p, a, w);
		return;
	case FND_NOT_COMPARED:
		tb_buf_adds(b, "  not compared: the policy says nothing of such acts\n");
		return;
	case FND_BROKEN:
		break;
	case FND_IGNORED:
	case FND_UNDECLARED:
		if (w->denied) {
			tb_buf_adds(b, "  denied by ");
			add_rule(b, p, &w->rule);
			tb_buf_adds(b, ": a violation\n");
			return;
		}
		tb_buf_addf(b, "  not declared: %s\n", levels[w->level]);
		break;
	}
	add_nearest(b, p, a, w);
}

/* read_policy() - Return: NULL after a message, with *status */
static struct pol *read_policy(const char *path, int *status)
{
	struct tb_err err = { 0 };
	struct pol *p = NULL;
	int ret = pol_load(path, &p, NULL, &err);

	if (!ret)
		ret = pol_end(p, tb_realtime_ns(), NULL, &err);
	if (ret)
		*status = cli_error(ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE, &err);
	return p;
}

int policy_why(const struct policy_why *w, const char *path)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	struct tb_err err = { 0 };
	struct cmp_why answer;
	int status = 0;
	struct pol *p = read_policy(path, &status);

	if (!p)
		return status;
	for (size_t i = 0; i < w->n; i++) {
		if (cmp_why(p, &w->acts[i].ask, &answer, &err)) {
			pol_free(p);
			return cli_error(TB_EXIT_FAILED, &err);
		}
		add_answer(&out, p, &w->acts[i], &answer);
		if (answer.stand == FND_UNDECLARED || answer.stand == FND_BROKEN)
			status = TB_EXIT_VIOLATES;
		cmp_why_clear(&answer);
	}
	pol_free(p);
	return cli_print(&out, status);
}
