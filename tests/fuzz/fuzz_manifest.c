/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_manifest.c - any bytes as run.json: refused, or something that can be written and read again
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "bundle/manifest.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TB_AUTOBUF struct tb_buf one = TB_BUF_INIT, two = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct run_info run, back;
	size_t i;
	int ret;

	ret = rec_manifest_parse((const char *)data, size, &run, &err);
	if (ret) {
		TB_BUG_ON(ret != -EBADMSG && ret != -EPROTO);
		TB_BUG_ON(err.code != -ret || strpbrk(err.msg, "\n\x1b"));
		TB_BUG_ON(run.argv || run.files || run.counters || run.degraded || run.error);
		return 0;
	}
	for (i = 0; i < run.argc; i++)
		TB_BUG_ON(!run.argv[i]);
	TB_BUG_ON(run.argv && run.argv[run.argc]);
	for (i = 0; i < run.nfiles; i++)
		TB_BUG_ON(!run.files[i].path);
	rec_manifest_format(&run, &one);
	TB_BUG_ON(one.failed || rec_manifest_parse(one.data, one.len, &back, NULL));
	rec_manifest_format(&back, &two);
	TB_BUG_ON(two.failed || one.len != two.len || memcmp(one.data, two.data, one.len) != 0);
	run_info_clear(&run);
	run_info_clear(&back);
	return 0;
}
