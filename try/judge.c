/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.c - was each act seen by those who must see it, and is the finding what the policy asks
 * for?
 */
#include <stdlib.h>
#include <string.h>

#include "try/kinds.h"
#include "try/seen.h"

#define SEVERITY_NONE (-1)

/* severity_of() - what the policy wants of such an act; SEVERITY_NONE: no finding */
static int severity_of(const struct pol *p, enum fnd_kind kind)
{
	const enum pol_level levels[] = {
		[FND_CONNECTIONS] = p->on_conn, [FND_NAMES] = p->on_name,
		[FND_LISTENS] = p->on_listen, [FND_EXECUTES] = p->on_exec,
		[FND_FILES] = p->on_file, [FND_SYSCALLS] = p->on_sys,
		[FND_KINDS] = POL_VIOLATION,
	};

	switch (levels[kind]) {
	case POL_INFO:
		return FND_INFO;
	case POL_WARNING:
		return FND_WARNING;
	case POL_VIOLATION:
		return FND_VIOLATION;
	case POL_IGNORE:
		break;
	}
	return SEVERITY_NONE;
}

static bool has_line(const struct fnd *f, const struct seen *s)
{
	for (size_t i = 0; i < f->events.n; i++)
		for (size_t j = 0; j < s->nlines; j++)
			if (f->events.v[i] == s->lines[j])
				return true;
	return false;
}

/* is_about() - it names the object, or refers to what was seen of it */
static bool is_about(const struct fnd *f, const struct try_act *act, const struct seen *s)
{
	for (size_t i = 0; i < f->objects.n; i++)
		if (!strcmp(f->objects.v[i], act->target))
			return true;
	if (f->object && !strcmp(f->object, act->target))
		return true;
	return has_line(f, s);
}

/* is_code() - a finding that such an act must give. What was said in a conversation that a rule
 * covers is judged by other findings */
static bool is_code(const struct fnd *f, const struct try_act *act)
{
	const struct kind *k = &try_kinds[act->kind];

	if (f->code == k->codes[0] || f->code == k->codes[1])
		return true;
	return act->rule && k->level == FND_CONNECTIONS &&
	       (f->code == FND_NET_APPLICATION || f->code == FND_TLS_VERSION ||
		f->code == FND_NET_REQUEST);
}

static const struct fnd *find(const struct fnd_result *r, const struct try_act *act,
			      const struct seen *s)
{
	for (size_t i = 0; i < r->nfindings; i++)
		if (is_code(&r->findings[i], act) && is_about(&r->findings[i], act, s))
			return &r->findings[i];
	return NULL;
}

/* wrong() - what the comparison should have said. Return: NULL: it is right */
static const char *wrong(const struct try_act *act, const struct pol *p, enum fnd_stand stand)
{
	const struct kind *k = &try_kinds[act->kind];
	int severity = severity_of(p, k->level);

	if (act->declared && act->finding)
		return "it is declared, and there is a finding";
	if (act->declared && stand != FND_DECLARED && stand != FND_NOT_COMPARED)
		return "it is declared, and no rule was found to cover it";
	if (act->declared)
		return NULL;
	if (stand == FND_DECLARED)
		return "it is not declared, and a rule was found to cover it";
	if (severity == SEVERITY_NONE)
		return act->finding ? "the policy ignores such acts, and there is a finding" : NULL;
	if (!act->finding)
		return "it is not declared, and there is no finding";
	/* no policy says how bad an attempt on the box is */
	if (k->level != FND_KINDS && act->finding->code == k->codes[0] &&
	    (int)act->finding->severity != severity)
		return "the finding has another severity than the policy says";
	return NULL;
}

/* say() - why it came out like that */
static void say(struct try_act *act, const char *why)
{
	free(act->why);
	act->why = strdup(why);
}

static void judge(struct try_act *act, const struct pol *p, const struct evd_facts *ev,
		  const struct fnd_result *r)
{
	enum fnd_stand stand = FND_NOT_COMPARED;
	const char *why;
	struct seen s;

	if (!act->target) {
		act->outcome = TRY_NOT_PLANNED;
		return;
	}
	if (!act->done) {
		act->outcome = TRY_NOT_DONE;
		if (!act->why)		/* what the helper said stays */
			say(act, "the helper did not come to it");
		return;
	}
	seen_find(act, ev, &s);
	act->seen = s.by;
	act->finding = find(r, act, &s);
	if (s.flow < r->nflows)
		stand = r->flows[s.flow].stand;
	why = wrong(act, p, stand);
	act->outcome = TRY_RIGHT;
	if (try_expected(act) & ~s.by) {
		act->outcome = TRY_UNSEEN;
	} else if (why) {
		act->outcome = TRY_MISJUDGED;
		say(act, why);
	}
}

void try_judge(struct try_acts *acts, const struct pol *p, const struct evd_facts *evidence,
	       const struct fnd_result *result)
{
	for (size_t i = 0; i < acts->n; i++)
		judge(&acts->v[i], p, evidence, result);
}
