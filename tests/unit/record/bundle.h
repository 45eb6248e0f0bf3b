/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - a directory for one test, and lines to put into it
 */
#ifndef TESTS_UNIT_RECORD_BUNDLE_H
#define TESTS_UNIT_RECORD_BUNDLE_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tcbox/chain.h"
#include "tcbox/file.h"
#include "tcbox/own.h"
#include "tcbox/record.h"
#include "tcbox/run.h"

static char bundle_path[] = "/tmp/tcbox-test-record.XXXXXX";
static int bundle = -1;

static int bundle_make(void **state)
{
	(void)state;
	memcpy(bundle_path + sizeof(bundle_path) - 7, "XXXXXX", 6);
	if (!mkdtemp(bundle_path))
		return -1;
	bundle = open(bundle_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return bundle < 0;
}

static int bundle_remove(void **state)
{
	(void)state;
	(void)unlinkat(bundle, REC_EVENTS_FILE, 0);
	(void)unlinkat(bundle, CHAIN_FILE, 0);
	(void)unlinkat(bundle, RUN_FILE, 0);
	tb_close(&bundle);
	return rmdir(bundle_path);	/* fails if something else was left there */
}

/* bundle_text() - a file of the bundle as a string; the caller frees it */
__attribute__((unused)) static char *bundle_text(const char *name)
{
	struct tb_buf b = TB_BUF_INIT;
	struct tb_err err = { 0 };

	if (tb_read_file(bundle, name, 64u << 20, &b, &err))
		fail_msg("%s", err.msg);
	return tb_buf_take(&b);
}

#endif
