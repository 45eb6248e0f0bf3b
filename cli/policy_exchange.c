/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_exchange.c - tcbox policy import, export: policies from and for other formats
 *
 * What was not carried over is printed on standard error, a line for each thing, as compilers do.
 * With --strict that is a failure, and nothing is written.
 */
#include "cli/policy_exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "tcbox/exchange.h"
#include "tcbox/fd.h"
#include "tcbox/file.h"
#include "tcbox/nearest.h"
#include "tcbox/own.h"
#include "tcbox/seal.h"

void policy_formats(struct tb_buf *out)
{
	const struct exch_format *f;

	for (size_t i = 0; (f = exch_format_at(i)); i++)
		tb_buf_addf(out, "%s%s", i ? ", " : "", f->name);
}

/* find() - Return: NULL after a message */
static const struct exch_format *find(const char *name, const char *option)
{
	const struct exch_format *f = exch_format_find(name);
	TB_AUTOBUF struct tb_buf all = TB_BUF_INIT;

	if (f)
		return f;
	policy_formats(&all);
	(void)cli_usage(&cmd_policy, "%s: no format is called \"%.64s\"; there are: %s", option,
			name, all.failed ? "" : all.data);
	return NULL;
}

static void add_item(struct tb_buf *out, const struct exch_item *it)
{
	tb_buf_add_shown(out, it->path, strlen(it->path));
	if (it->line)
		tb_buf_addf(out, ":%u:%u", it->line, it->column);
	tb_buf_addf(out, ": %s: ", exch_kind_words(it->kind));
	if (*it->where) {
		tb_buf_add_shown(out, it->where, strlen(it->where));
		tb_buf_adds(out, ": ");
	}
	tb_buf_add_shown(out, it->text, strlen(it->text));
	tb_buf_addc(out, '\n');
}

/* say() - all items. Return: how many things are not in the result as they were in the source */
static size_t say(const struct exch *e, const char *path)
{
	TB_AUTOBUF struct tb_buf out = TB_BUF_INIT;
	const struct exch_item *it;
	size_t n = 0, wider = 0, lost = 0;

	for (; (it = exch_item_at(e, n)); n++) {
		add_item(&out, it);
		wider += it->kind == EXCH_WIDER;
		lost += it->kind == EXCH_LOST;
	}
	tb_buf_add_shown(&out, path, strlen(path));
	tb_buf_addf(&out, ": %zu not carried over, %zu wider\n", lost, wider);
	(void)tb_write_all(STDERR_FILENO, out.failed ? "" : out.data, out.failed ? 0 : out.len);
	return wider + lost;
}

/* deliver() - Return: exit status */
static int deliver(const struct policy_exchange *o, const char *path, const struct exch *e)
{
	if (say(e, path) && o->strict)
		return TB_EXIT_VIOLATES;
	return o->output ? cli_save(o->output, exch_text(e)) : cli_print(exch_text(e), 0);
}

static int failed(int ret, const struct tb_err *err)
{
	return cli_error(ret == -ENOMEM ? TB_EXIT_FAILED : TB_EXIT_USAGE, err);
}

/* signature() - Return: 0, or an exit status; @out: a line for the policy */
static int signature(const struct policy_exchange *o, const struct tb_buf *text,
		     struct tb_buf *out)
{
	TB_AUTOBUF struct tb_buf sig = TB_BUF_INIT, who = TB_BUF_INIT;
	struct tb_err err = { 0 };
	int ret;

	if (!o->signature) {
		tb_buf_adds(out, "its signature was not verified");
		return 0;
	}
	ret = tb_read_file(AT_FDCWD, o->signature, SEAL_DETACHED_MAX, &sig, &err);
	if (!ret)
		ret = seal_detached_check(text, &sig, o->ca, &who, &err);
	if (ret) {
		(void)tb_err_wrap(&err, "%s", o->signature);
		return failed(ret, &err);
	}
	tb_buf_adds(out, "signed by ");
	tb_buf_add_shown(out, who.data, who.len);
	return 0;
}

int policy_import(const struct policy_exchange *o, const char *path)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT, signer = TB_BUF_INIT;
	const struct exch_format *f = find(o->from, "--from");
	const char *notes[] = { NULL, NULL };
	struct exch *e = NULL;
	struct tb_err err = { 0 };
	int ret, status;

	if (!f)
		return TB_EXIT_USAGE;
	if (!f->reads)
		return cli_usage(&cmd_policy, "%s is written only", f->name);
	if (o->signature && !f->signs)
		return cli_usage(&cmd_policy, "files of %s have no signature", f->name);
	ret = tb_read_file(AT_FDCWD, path, EXCH_MAX_BYTES, &text, &err);
	if (ret)
		return failed(ret, &err);
	status = f->signs ? signature(o, &text, &signer) : 0;
	if (status)
		return status;
	notes[0] = signer.len ? signer.data : NULL;
	ret = exch_import(f, path, text.data ? text.data : "", text.len, notes, &e, &err);
	if (ret)
		return failed(ret, &err);
	status = deliver(o, path, e);
	exch_free(e);
	return status;
}

int policy_export(const struct policy_exchange *o, const char *path)
{
	const struct exch_format *f = find(o->to, "--to");
	struct exch *e = NULL;
	struct pol *p = NULL;
	struct tb_err err = { 0 };
	int ret, status;

	if (!f)
		return TB_EXIT_USAGE;
	if (!f->writes)
		return cli_usage(&cmd_policy, "%s is read only", f->name);
	ret = pol_load(path, &p, NULL, &err);
	if (!ret)
		ret = exch_export(f, p, &e, &err);
	pol_free(p);
	if (ret)
		return failed(ret, &err);
	status = deliver(o, path, e);
	exch_free(e);
	return status;
}
