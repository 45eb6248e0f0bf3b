/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.c - how each declared rule stands in both runs
 *
 * A rule is refuted if a finding says that what it covers was not as it declares, or that what it
 * requires was not seen. It is stale if A supports it and B, which could have seen it, did not.
 * Whatever else was not seen, or tried only, is unproven.
 */
#include "report/diff/diff.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/map.h"
#include "tcbox/own.h"

/* kind_of() - what the acts of a section are */
static enum diff_kind kind_of(const char *section)
{
	static const struct { const char *section; enum diff_kind kind; } rows[] = {
		{ "connections", DIFF_DESTINATIONS }, { "listens", DIFF_LISTENERS },
		{ "names", DIFF_NAMES }, { "executes", DIFF_PROGRAMS },
		{ "files.write", DIFF_FILES },
	};

	for (size_t i = 0; i < TB_ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].section, section))
			return rows[i].kind;
	return DIFF_FINDINGS;
}

/* note_refuted() - the ids of the rules that findings speak against */
static void note_refuted(struct rpt_diff *d, const struct fnd_result *r, struct tb_map *ids)
{
	for (size_t i = 0; i < r->nfindings && !d->failed; i++) {
		const struct fnd *f = &r->findings[i];

		if (f->declared && f->severity != FND_INFO &&
		    tb_map_put(ids, f->declared, strlen(f->declared), d))
			d->failed = true;
	}
}

static enum diff_rule_state state_of(const struct tb_map *refuted, const struct fnd_rule *rule)
{
	if (rule->id && tb_map_get(refuted, rule->id, strlen(rule->id)))
		return DIFF_RULE_REFUTED;
	return rule->count && rule->proved ? DIFF_RULE_SUPPORTED : DIFF_RULE_UNPROVEN;
}

/* row_of() - of a rule; one that both sides have is one row. Return: NULL without memory */
static struct diff_rule *row_of(struct rpt_diff *d, struct tb_map *known,
				const struct fnd_rule *rule)
{
	TB_AUTOBUF struct tb_buf key = TB_BUF_INIT;
	struct diff_rule *row;
	size_t at;

	tb_buf_addf(&key, "%s\n%s", rule->section, rule->id ? rule->id : "");
	at = key.failed ? 0 : (uintptr_t)tb_map_get(known, key.data, key.len);
	if (at)
		return &d->rules[at - 1];
	row = &d->rules[d->nrules++];
	row->section = rule->section;
	row->id = rule->id ? rule->id : "";
	if (key.failed || tb_map_put(known, key.data, key.len, (void *)(uintptr_t)d->nrules))
		d->failed = true;
	return d->failed ? NULL : row;
}

/* put() - the state of every rule of one side */
static void put(struct rpt_diff *d, int side, struct tb_map *known)
{
	const struct fnd_result *r = d->in[side]->result;
	struct tb_map *refuted = tb_map_new(SIZE_MAX);

	if (refuted)
		note_refuted(d, r, refuted);
	else
		d->failed = true;
	for (size_t i = 0; i < r->nrules && !d->failed; i++) {
		struct diff_rule *row = row_of(d, known, &r->rules[i]);

		if (!row)
			break;
		row->state[side] = state_of(refuted, &r->rules[i]);
		row->tried = side == DIFF_B && r->rules[i].count;
	}
	tb_map_free(refuted);
}

/* settle() - what A supports and B did not see */
static void settle(struct rpt_diff *d, struct diff_rule *r)
{
	bool could_see = !(d->hidden[DIFF_B] & (1u << kind_of(r->section)));

	if (r->state[DIFF_A] == DIFF_RULE_SUPPORTED && r->state[DIFF_B] == DIFF_RULE_UNPROVEN &&
	    could_see && !r->tried)
		r->state[DIFF_B] = DIFF_RULE_STALE;
	d->nrules_changed += r->state[DIFF_A] && r->state[DIFF_B] &&
			     r->state[DIFF_A] != r->state[DIFF_B];
}

void diff_rules(struct rpt_diff *d)
{
	size_t most = d->in[DIFF_A]->result->nrules + d->in[DIFF_B]->result->nrules;
	struct tb_map *known = tb_map_new(SIZE_MAX);

	d->rules = calloc(most + 1, sizeof(*d->rules));
	if (!d->rules || !known)
		d->failed = true;
	for (int side = 0; side < DIFF_SIDES && !d->failed; side++)
		put(d, side, known);
	for (size_t i = 0; i < d->nrules && !d->failed; i++)
		settle(d, &d->rules[i]);
	tb_map_free(known);
}
