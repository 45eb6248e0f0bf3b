/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_notes.c - any bytes as notes: they are refused, or all of them may be stored
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tcbox/clock.h"
#include "tcbox/log.h"
#include "tcbox/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tb_err err = { 0, "" };
	struct notes n;

	if (notes_parse("f", (const char *)data, size, &n, &err)) {
		TB_BUG_ON(n.n || n.v || n.pool || !err.code || strncmp(err.msg, "f:", 2));
		return 0;
	}
	for (size_t i = 0; i < n.n; i++) {
		char time[TB_TIMELEN];

		TB_BUG_ON(note_check(&n.v[i], &err));
		TB_BUG_ON(tb_time_format(n.v[i].time_ns, time) || strcmp(time, n.v[i].time));
	}
	notes_clear(&n);
	return 0;
}
