/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_record.c - any bytes as a line of the record: no event, or one that can be written and read
 * again
 */
#include <stdint.h>
#include <string.h>

#include "record/lines.h"
#include "tcbox/log.h"
#include "tests/unit/record/same.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TB_AUTOBUF struct tb_buf line = TB_BUF_INIT;
	struct tb_err err = { 0, "" };
	struct ev ev, back, head;
	bool looks_good;

	looks_good = rec_line_head((const char *)data, size, &head);
	if (ev_parse((const char *)data, size, &ev, &err)) {
		TB_BUG_ON(ev.mem || !err.code || strpbrk(err.msg, "\n\x1b"));
		return 0;
	}
	TB_BUG_ON(ev.kind >= EV_KINDS || ev.src >= EV_SRCS || !ev.n);
	TB_BUG_ON(looks_good &&
		  (head.kind != ev.kind || head.src != ev.src || head.n != ev.n || head.t != ev.t));
	ev_format(&ev, &line);
	TB_BUG_ON(line.failed || line.data[line.len - 1] != '\n' ||
		  memchr(line.data, '\n', line.len - 1));
	if (line.len - 1 <= REC_LINE_MAX) {	/* the same event may have been written shorter */
		TB_BUG_ON(ev_parse(line.data, line.len - 1, &back, NULL));
		TB_BUG_ON(different_field(&ev, &back));
		TB_BUG_ON(ev.t > INT64_MIN && !rec_line_head(line.data, line.len - 1, &head));
		ev_clear(&back);
	}
	ev_clear(&ev);
	return 0;
}
