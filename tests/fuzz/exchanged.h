/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exchanged.h - any bytes as a text of another format: refused with a place, or it becomes a policy
 * that can be written in that format again
 */
#ifndef TESTS_FUZZ_EXCHANGED_H
#define TESTS_FUZZ_EXCHANGED_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tcbox/exchange.h"
#include "tcbox/log.h"

/* exchanged() - read @data as @format and write what was read */
static inline void exchanged(const char *format, const uint8_t *data, size_t size)
{
	const struct exch_format *f = exch_format_find(format);
	struct exch *e = NULL, *back = NULL;
	struct tb_err err = { 0, "" };
	struct pol *p = NULL;

	if (exch_import(f, "x", (const char *)data, size, NULL, &e, &err) != 0) {
		TB_BUG_ON(e || strncmp(err.msg, "x:", 2) != 0 || strpbrk(err.msg, "\n\x1b"));
		return;
	}
	for (size_t i = 0; exch_item_at(e, i); i++)
		TB_BUG_ON(!exch_item_at(e, i)->text || !exch_item_at(e, i)->where);
	TB_BUG_ON(pol_parse("p", exch_text(e)->data, exch_text(e)->len, &p, &err) != 0);
	if (f->writes && exch_export(f, p, &back, &err) == 0)
		exch_free(back);
	pol_free(p);
	exch_free(e);
}

#endif
