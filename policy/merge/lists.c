/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.c - names, programs and files
 *
 * A section that is left out can mean that nothing is compared, as that of programs and files, or
 * that everything may be read. Where only one policy has such a section, both cannot hold.
 */
#include <errno.h>
#include <string.h>

#include "policy/merge/state.h"
#include "tcbox/own.h"

#define WORDS_MAX (1u << 20)

/* says() - the strings of a list in @d, as they are called in the first policy */
static void says(struct merge *m, const struct doc *d, const char *one, const char *two,
		 const struct doc_names *names, struct tb_map *all)
{
	for (size_t i = 0; i < d->nroots; i++) {
		const struct jsonc_val *list = merge_member(d->roots[i], one, two);

		for (const struct jsonc_val *e = list ? list->first : NULL; e; e = e->next) {
			TB_AUTOBUF struct tb_buf word = TB_BUF_INIT;

			doc_plain(e, NULL, names, &word);
			m->failed |= word.failed ||
				     tb_map_put(all, word.data, word.len, m) == -ENOMEM;
		}
	}
}

/* may_add() - both have the section, or leaving it out says that there is nothing */
static bool may_add(struct merge *m, const char *one, const char *two)
{
	bool open = strcmp(one, "names") != 0;
	bool in_a = merge_has(&m->a, one, strcmp(one, "files") ? NULL : two);
	bool in_b = merge_has(&m->b, one, strcmp(one, "files") ? NULL : two);

	if (two && !strcmp(two, "write")) {	/* the section "files" counts */
		in_a = merge_has(&m->a, one, NULL);
		in_b = merge_has(&m->b, one, NULL);
	}
	if (!open || in_a == in_b)
		return true;
	merge_tell(m, "only %s has \"%s%s%s\", and without it more is allowed: that of %s stands",
		   in_a ? m->a.path : m->b.path, one, two ? "." : "", two ? two : "", m->a.path);
	return false;
}

/* add_words() - of one document. Return: whether there were any */
static bool add_words(struct merge *m, const struct jsonc_val *list, struct tb_map *known,
		      struct tb_buf *out)
{
	const struct doc_copy how = { .names = &m->names };
	struct doc_at at = { .array = list };
	bool any = false;

	for (const struct jsonc_val *e = list->first; e; at.prev = e, e = e->next) {
		TB_AUTOBUF struct tb_buf word = TB_BUF_INIT;

		doc_plain(e, NULL, &m->names, &word);
		if (word.failed || tb_map_get(known, word.data, word.len))
			continue;
		m->failed |= tb_map_put(known, word.data, word.len, m) == -ENOMEM;
		at.v = e;
		doc_add_part(&m->b, &at, &how, "    ", out);
		any = true;
	}
	return any;
}

void merge_list(struct merge *m, const char *one, const char *two)
{
	const struct section s = { .keys = { one, two } };
	struct tb_map *known;
	struct section_at at;
	bool any = false;

	if (!may_add(m, one, two) || !merge_has(&m->b, one, two))
		return;
	known = tb_map_new(WORDS_MAX);
	if (!known || !merge_open(m, &s, &at)) {
		tb_map_free(known);
		m->failed = true;
		return;
	}
	says(m, &m->a, one, two, NULL, known);
	for (size_t i = 0; i < m->b.nroots; i++) {
		const struct jsonc_val *list = merge_member(m->b.roots[i], one, two);

		if (list)
			any |= add_words(m, list, known, at.lines.out);
	}
	if (any)
		section_close(&at, m->base, &m->edits);
	tb_map_free(known);
}
