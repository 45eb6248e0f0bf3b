/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_mud.c - any bytes as a MUD file: refused with a place, or a policy that can be written as a
 * MUD file again, which then becomes a policy without anything that is lost
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "tcbox/exchange.h"
#include "tcbox/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* policy_of() - what was made, which the reader of policies takes */
static struct pol *policy_of(const struct exch *e)
{
	const struct tb_buf *text = exch_text(e);
	struct tb_err err = { 0 };
	struct pol *p = NULL;

	TB_BUG_ON(pol_parse("made", text->data, text->len, &p, &err) != 0);
	return p;
}

static void look_at_items(const struct exch *e)
{
	const struct exch_item *it;
	unsigned int line = 0;

	for (size_t i = 0; (it = exch_item_at(e, i)); i++) {
		TB_BUG_ON(!it->where || !it->text || !*it->text || it->kind > EXCH_LOST);
		TB_BUG_ON(it->line && it->line < line);
		line = it->line;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct exch_format *mud = exch_format_find("mud");
	struct exch *e = NULL, *out = NULL, *back = NULL;
	struct tb_err err = { 0 };
	struct pol *p;
	int ret;

	ret = exch_import(mud, "m", (const char *)data, size, NULL, &e, &err);
	if (ret) {
		TB_BUG_ON(e || ret != -EINVAL || strncmp(err.msg, "m:", 2) != 0 ||
			  strpbrk(err.msg, "\n\x1b"));
		return 0;
	}
	look_at_items(e);
	p = policy_of(e);
	TB_BUG_ON(exch_export(mud, p, &out, &err) != 0);
	pol_free(p);
	TB_BUG_ON(exch_import(mud, "m", exch_text(out)->data, exch_text(out)->len, NULL, &back,
			      &err) != 0);
	pol_free(policy_of(back));
	exch_free(e);
	exch_free(out);
	exch_free(back);
	return 0;
}
