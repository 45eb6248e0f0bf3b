/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ending.c - the end of a run: manifest, comparison, report, page, seal
 */
#include "run/ending.h"

#include <errno.h>
#include <string.h>

#include "run/examiners.h"
#include "run/owned.h"
#include "run/product_hash.h"
#include "run/sealing.h"
#include "tcbox/clock.h"
#include "tcbox/log.h"
#include "tcbox/own.h"

int ending_manifest(struct run *r, const struct tb_err *failure, struct tb_err *err)
{
	struct run_info *info = &r->info;
	int ret;

	info->ended_ns = tb_realtime_ns();
	info->state = failure ? RUN_FAILED : RUN_COMPLETE;
	if (failure)
		info->error = strdup(failure->msg);
	/* a product that succeeded did not miss the files that it was told of */
	for (size_t i = 0; i < r->nhidden && (info->exit_code || !info->exited); i++)
		(void)run_reduced(info, r->hidden[i], NULL);
	(void)product_hash(&r->product, info, NULL, true, NULL);
	ret = run_info_write(r->bundle.dir, info, err);
	bundle_release(&r->bundle);
	return ret;
}

/* store_page() - for a browser. It is made of what the bundle has, and can be made again: a run
 * whose page does not fit on the disk has not failed */
static void store_page(const struct run *r)
{
	TB_AUTOBUF struct tb_buf page = TB_BUF_INIT;
	struct tb_err err = { 0 };

	if (!rpt_html(&r->evaluation.input, &page, &err) &&
	    !bundle_put(&r->bundle, RUN_PAGE_FILE, &page, &err))
		return;
	tb_warn("report", "the bundle has no %s (%s); \"tcbox report --format html\" makes it",
		RUN_PAGE_FILE, err.msg);
}

static int store_report(const struct run *r, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf json = TB_BUF_INIT;
	int ret = rpt_json(&r->evaluation.input, &json, err);

	if (!ret)
		ret = bundle_put(&r->bundle, RUN_REPORT_FILE, &json, err);
	if (!ret)
		store_page(r);
	return ret;
}

int ending_report(struct run *r, struct tb_err *err)
{
	int ret = evaluate_bundle(r->bundle.path, NULL, &r->evaluation, err);

	if (!ret)
		ret = examiners_then(r->bundle.dir, &r->evaluation, err);
	if (!ret)
		ret = store_report(r, err);
	if (!ret && r->key_seal)
		ret = sealing_make(r->bundle.dir, &r->evaluation, r->key_seal, err);
	session_signals(&r->session);
	return ret;
}

enum run_outcome ending_not_executed(const struct run *r, struct tb_err *err)
{
	TB_AUTOBUF struct tb_buf why = TB_BUF_INIT;
	int code = r->session.exec_errno;

	tb_buf_addf(&why, "%s cannot be executed in the box: %s", r->product.program,
		    strerror(code));
	hidden_why(&r->product, r->wants, code, &why);
	if (why.failed)
		(void)tb_err_set(err, code, "%s cannot be executed in the box", r->product.program);
	else
		(void)tb_err_msg(err, code, "%s", why.data);
	return code == ENOENT ? RUN_NOT_FOUND : RUN_NOT_EXECUTABLE;
}
