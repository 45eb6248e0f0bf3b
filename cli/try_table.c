/* SPDX-License-Identifier: Apache-2.0 */
/*
 * try_table.c - the outcome of tcbox policy try, for people and for programs
 */
#include "cli/try_table.h"

#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "tcbox/json_write.h"
#include "tcbox/own.h"

#define FORMAT 1	/* "tcbox_try" */

static size_t count(const struct try_acts *acts, enum try_outcome outcome)
{
	size_t n = 0;

	for (size_t i = 0; i < acts->n; i++)
		n += acts->v[i].outcome == outcome;
	return n;
}

/* undone_kinds() - kinds of acts of which nothing is known: those for rules are a choice of their
 * own, because the machine need not have the vendor's places */
static size_t undone_kinds(const struct try_acts *acts)
{
	size_t n = 0;

	for (size_t i = 0; i < acts->n; i++)
		n += acts->v[i].outcome == TRY_NOT_DONE && !acts->v[i].rule;
	return n;
}

/* lost() - what bounds the verdict of the run: a run that lost evidence proves nothing */
static size_t lost(const struct fnd_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->ngaps; i++)
		n += r->gaps[i].blocks_conforms;
	return n;
}

int try_table_status(const struct try_result *r)
{
	if (count(r->acts, TRY_UNSEEN) || count(r->acts, TRY_MISJUDGED))
		return TB_EXIT_VIOLATES;
	if (undone_kinds(r->acts) || lost(r->result) || !count(r->acts, TRY_RIGHT))
		return TB_EXIT_INCONCLUSIVE;
	return TB_EXIT_CONFORMS;
}

static void add_shown(struct tb_buf *b, const char *s)
{
	tb_buf_add_shown(b, s, strlen(s));
}

/* add_witnesses() - those of @bits */
static void add_witnesses(struct tb_buf *b, unsigned int bits)
{
	const char *sep = "";

	for (size_t i = 0; i < TRY_WITNESSES; i++) {
		if (!(bits & 1u << i))
			continue;
		tb_buf_addf(b, "%s%s", sep, try_witness_name((enum try_witness)i));
		sep = ", ";
	}
}

static void add_outcome(struct tb_buf *b, enum try_outcome o, bool colour)
{
	static const struct {
		const char *word, *colour;
	} words[] = {
		[TRY_NOT_PLANNED] = { "-", "" },
		[TRY_NOT_DONE] = { "not done", "\033[33m" },
		[TRY_UNSEEN] = { "NOT SEEN", "\033[1;31m" },
		[TRY_MISJUDGED] = { "MISJUDGED", "\033[1;31m" },
		[TRY_RIGHT] = { "right", "\033[32m" },
	};

	if (colour && *words[o].colour)
		tb_buf_addf(b, "%s%-9s\033[0m  ", words[o].colour, words[o].word);
	else
		tb_buf_addf(b, "%-9s  ", words[o].word);
}

static void add_finding(struct tb_buf *b, const struct try_act *act)
{
	if (act->finding)
		tb_buf_addf(b, "%s, %s", fnd_code_name(act->finding->code),
			    fnd_severity_name(act->finding->severity));
	else if (act->declared)
		tb_buf_adds(b, "declared, no finding");
	else
		tb_buf_adds(b, "no finding");
}

/* add_details() - who saw it, and what was made of it */
static void add_details(struct tb_buf *b, const struct try_act *act)
{
	unsigned int missing = try_expected(act) & ~act->seen;

	tb_buf_adds(b, "             ");
	if (act->seen) {
		tb_buf_adds(b, "seen by ");
		add_witnesses(b, act->seen);
		tb_buf_adds(b, "; ");
	}
	if (missing) {
		tb_buf_adds(b, "NOT by ");
		add_witnesses(b, missing);
		tb_buf_adds(b, "; ");
	}
	add_finding(b, act);
	if (act->outcome != TRY_UNSEEN && act->why) {
		tb_buf_adds(b, ": ");
		add_shown(b, act->why);
	}
	tb_buf_addc(b, '\n');
}

static void add_act(struct tb_buf *b, const struct try_act *act, bool colour)
{
	tb_buf_adds(b, "  ");
	add_outcome(b, act->outcome, colour);
	tb_buf_adds(b, try_kind_text(act->kind));
	if (!act->target && act->rule) {
		tb_buf_adds(b, " for ");
		add_shown(b, act->rule);
	}
	if (act->target) {
		tb_buf_addc(b, ' ');
		add_shown(b, act->target);
	}
	if (act->port)
		tb_buf_addf(b, " port %" PRIu16, act->port);
	if (try_request(act)) {
		tb_buf_addc(b, ' ');
		add_shown(b, try_request(act));
	}
	if (!act->done && act->why) {
		tb_buf_adds(b, ": ");
		add_shown(b, act->why);
	}
	tb_buf_addc(b, '\n');
	if (act->done)
		add_details(b, act);
}

static void add_rule(struct tb_buf *b, const struct try_act *act)
{
	tb_buf_addf(b, "\n%s ", act->section ? act->section : "");
	add_shown(b, act->rule);
	tb_buf_addc(b, '\n');
}

static bool same_rule(const struct try_act *a, const struct try_act *b)
{
	return a->rule && a->section && b->section && !strcmp(a->rule, b->rule) &&
	       !strcmp(a->section, b->section);
}

static void add_acts(const struct try_result *r, bool colour, struct tb_buf *b)
{
	static const struct try_act none;
	const struct try_act *last = &none;

	tb_buf_adds(b, "What no rule declares\n");
	for (size_t i = 0; i < r->acts->n; i++) {
		const struct try_act *act = &r->acts->v[i];

		if (act->rule && !same_rule(last, act))
			add_rule(b, act);
		add_act(b, act, colour);
		last = act->rule ? act : &none;
	}
}

static void add_sum(const struct try_result *r, struct tb_buf *b)
{
	size_t right = count(r->acts, TRY_RIGHT), unseen = count(r->acts, TRY_UNSEEN);
	size_t wrong = count(r->acts, TRY_MISJUDGED), undone = undone_kinds(r->acts);

	tb_buf_addf(b, "\nActs done: %zu. ", right + unseen + wrong);
	if (!unseen && !wrong)
		tb_buf_adds(b, "Each was seen by all its witnesses and judged right.\n");
	else
		tb_buf_addf(b, "Not seen by all their witnesses: %zu; misjudged: %zu.\n", unseen,
			    wrong);
	if (undone)
		tb_buf_addf(b, "Kinds of acts that could not be done here, so that nothing is "
			    "known of them: %zu.\n", undone);
	if (lost(r->result))
		tb_buf_addf(b, "The run lost evidence, or could not observe all of it (%zu "
			    "reasons): do it again, and see \"tcbox report\".\n", lost(r->result));
}

void try_table_text(const struct try_result *r, bool colour, struct tb_buf *out)
{
	add_acts(r, colour, out);
	add_sum(r, out);
}

static void json_witnesses(struct jw *w, const char *key, unsigned int bits)
{
	jw_array(w, key);
	for (size_t i = 0; i < TRY_WITNESSES; i++)
		if (bits & 1u << i)
			jw_str(w, NULL, try_witness_name((enum try_witness)i));
	jw_end(w);
}

static void json_finding(struct jw *w, const struct fnd *f)
{
	if (!f) {
		jw_str(w, "finding", NULL);
		return;
	}
	jw_object(w, "finding");
	jw_str(w, "id", f->id);
	jw_str(w, "code", fnd_code_name(f->code));
	jw_str(w, "severity", fnd_severity_name(f->severity));
	jw_end(w);
}

static void json_act(struct jw *w, const struct try_act *act)
{
	jw_object(w, NULL);
	jw_str(w, "kind", try_kind_name(act->kind));
	jw_str(w, "section", act->section);
	jw_str(w, "rule", act->rule);
	jw_bool(w, "declared", act->declared);
	jw_str(w, "target", act->target);
	jw_uint(w, "port", act->port);
	jw_str(w, "request", try_request(act));
	jw_bool(w, "done", act->done);
	jw_str(w, "outcome", try_outcome_name(act->outcome));
	json_witnesses(w, "seen", act->seen);
	json_witnesses(w, "not_seen", act->done ? try_expected(act) & ~act->seen : 0);
	json_finding(w, act->finding);
	jw_str(w, "why", act->why);
	jw_end(w);
}

void try_table_json(const struct try_result *r, struct tb_buf *out)
{
	struct jw w;

	jw_init(&w, out);
	jw_object(&w, NULL);
	jw_uint(&w, "tcbox_try", FORMAT);
	jw_str(&w, "policy", r->policy);
	jw_bool(&w, "right", try_table_status(r) == TB_EXIT_CONFORMS);
	jw_uint(&w, "evidence_lost", lost(r->result));
	jw_array(&w, "acts");
	for (size_t i = 0; i < r->acts->n; i++)
		json_act(&w, &r->acts->v[i]);
	jw_end(&w);
	jw_end(&w);
}
