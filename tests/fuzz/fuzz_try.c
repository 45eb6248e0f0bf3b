/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_try.c - any bytes as the output of the helper of "policy try": they are refused, or what was
 * read is the same when it is written and read again
 */
#include <stdint.h>
#include <string.h>

#include "tcbox/log.h"
#include "tcbox/try.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tb_buf one = TB_BUF_INIT, two = TB_BUF_INIT;
	struct try_acts acts, again;
	struct tb_err err = { 0, "" };

	if (try_read((const char *)data, size, &acts, &err)) {
		TB_BUG_ON(acts.n || acts.v || !err.code);
		return 0;
	}
	try_write(&acts, &one);
	TB_BUG_ON(try_read(one.data, one.len, &again, &err) || again.n != acts.n);
	try_write(&again, &two);
	TB_BUG_ON(one.len != two.len || memcmp(one.data, two.data, one.len));
	tb_buf_free(&one);
	tb_buf_free(&two);
	try_clear(&acts);
	try_clear(&again);
	return 0;
}
