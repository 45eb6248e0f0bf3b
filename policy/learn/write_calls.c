/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_calls.c - system calls, as groups of what ordinary programs need, and one by one beyond
 *
 * A group has calls that were never seen: a policy of single calls would break with the next
 * version of the C library. Groups that give power over the machine, or over others, are never
 * used: their calls are written one by one.
 */
#include "policy/learn/state.h"

#include <string.h>

#include "policy/write/lines.h"
#include "tcbox/own.h"
#include "tcbox/syscalls.h"

#define TOLD 8			/* calls of a group that are told as examples */

/* Which groups may stand for their calls, and from how many on. */
static const struct {
	const char *group;
	unsigned int from;
} wide[] = { { "@default", 12 }, { "@network", 4 } };

static struct lrn_item *item_of(const struct learn *l, int nr)
{
	const char *name = tb_syscall_name(nr);

	for (size_t i = 0; name && i < l->nitems; i++) {
		struct lrn_item *it = l->items[i];

		if (it->section == LRN_CALLS && !it->doubts && !it->gone && !strcmp(it->what, name))
			return it;
	}
	return NULL;
}

/* group() - write it, if enough of it was seen */
static void group(struct learn *l, const char *name, unsigned int from, struct lines *out,
		  struct learn_tally *tally)
{
	const struct pol_group *g = pol_group_find(name);
	TB_AUTOBUF struct tb_buf told = TB_BUF_INIT;
	struct lrn_item *of[TB_SYSCALL_MAX] = { NULL };
	bool set[TB_SYSCALL_MAX] = { false };
	unsigned int all = 0, n = 0;

	pol_group_mark(g, set);
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++) {
		all += set[nr];
		of[nr] = set[nr] ? item_of(l, nr) : NULL;
		n += of[nr] != NULL;
		if (of[nr] && n <= TOLD)
			tb_buf_addf(&told, "%s%s", n > 1 ? ", " : "", of[nr]->what);
	}
	out->out->failed |= told.failed;
	if (n < from || told.failed)
		return;
	for (int nr = 0; nr < TB_SYSCALL_MAX; nr++)
		if (of[nr])
			of[nr]->gone = true;
	lines_notef(out, "%s: %s. Seen of it: %u (%s%s); %u more were never seen.", name, g->about,
		    n, told.data ? told.data : "", n > TOLD ? ", ..." : "", all - n);
	lines_addf(out, "\"%s\",", name);
	tally->words++;
}

static bool all_counted(const struct learn *l)
{
	return (uint64_t)__builtin_popcountll(l->calls_runs) == l->nruns;
}

/* singles() - those that no group has; then the proposals */
static void singles(const struct learn *l, bool doubtful, struct lines *out,
		    struct learn_tally *tally)
{
	for (size_t i = 0; i < l->nitems; i++) {
		const struct lrn_item *it = l->items[i];
		TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;

		if (it->section != LRN_CALLS || it->gone || (it->doubts != 0) != doubtful)
			continue;
		lrn_words_item(l, it, out);
		lines_string(&text, it->what);
		tb_buf_addc(&text, ',');
		out->out->failed |= text.failed;
		out->off = doubtful;
		lines_add(out, text.data ? text.data : "");
		out->off = false;
		if (doubtful)
			tally->proposals++;
		else
			tally->words++;
	}
}

static void refused_only(const struct learn *l, struct lines *out, struct learn_tally *tally)
{
	lines_blank(out);
	lines_note(out, "System calls were not learned: not every run told of all of them. Run it "
			"with --observe all, and learn again, or add the groups by hand: "
			"\"syscalls\": { \"allow\": [\"@default\", \"@network\"] }");
	for (size_t i = 0; i < l->nitems; i++) {
		const struct lrn_item *it = l->items[i];

		if (it->section != LRN_CALLS || !(it->doubts & LRN_DENIED))
			continue;
		lines_notef(out, "The call %s was refused:", it->what);
		lrn_words_item(l, it, out);
		tally->proposals++;
	}
}

void lrn_write_calls(struct learn *l, struct lines *out, struct learn_tally *tally)
{
	if (!all_counted(l)) {
		refused_only(l, out, tally);
		return;
	}
	lines_blank(out);
	lines_note(out, "System calls, as groups and one by one: tcbox policy groups lists them.");
	lines_add(out, "\"syscalls\": {");
	out->depth++;
	lines_add(out, "\"allow\": [");
	out->depth++;
	for (size_t i = 0; i < TB_ARRAY_SIZE(wide) && !l->options.exact_calls; i++)
		group(l, wide[i].group, wide[i].from, out, tally);
	singles(l, false, out, tally);
	singles(l, true, out, tally);
	out->depth--;
	lines_add(out, "],");
	out->depth--;
	lines_add(out, "},");
}
