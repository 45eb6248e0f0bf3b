/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint.c - collects the problems of a policy and tells them in the order of the file
 */
#include "tcbox/policy_lint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/lint/state.h"
#include "tcbox/buf.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

#define TEXT_MAX 1024

/* Stable: tcbox-policy(5) lists them. */
static const struct {
	enum pol_problem_level level;
	const char *name;
} codes[] = {
	[LINT_TIE] = { POL_ERROR, "tie" },
	[LINT_SHADOWED] = { POL_WARN, "shadowed" },
	[LINT_NEVER] = { POL_WARN, "never" },
	[LINT_NO_EFFECT] = { POL_WARN, "no-effect" },
	[LINT_ANY_DESTINATION] = { POL_WARN, "any-destination" },
	[LINT_WIDE_NETWORK] = { POL_WARN, "wide-network" },
	[LINT_PUBLIC_SUFFIX] = { POL_WARN, "public-suffix" },
	[LINT_ANY_PORT] = { POL_WARN, "any-port" },
	[LINT_ANY_PATH] = { POL_WARN, "any-path" },
	[LINT_FOREIGN_CALL] = { POL_WARN, "foreign-call" },
	[LINT_UNREACHED] = { POL_WARN, "unreached-limit" },
	[LINT_UNUSED] = { POL_WARN, "unused" },
	[LINT_WILD_VALUE] = { POL_WARN, "wild-value" },
	[LINT_ENDED] = { POL_WARN, "ended" },
	[LINT_NOT_ENFORCED] = { POL_NOTE, "not-enforced" },
	[LINT_TOO_MANY] = { POL_WARN, "not-compared" },
};

void lint_add(struct lint *l, enum lint_code code, struct pol_at at, const char *fmt, ...)
{
	struct lint_found *v = tb_grow(l->v, l->n, 1, sizeof(*v));
	struct tb_buf shown = TB_BUF_INIT;
	char text[TEXT_MAX];
	va_list ap;

	if (!v) {
		l->no_memory = true;
		return;
	}
	l->v = v;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);	/* callers cut what they quote */
	va_end(ap);
	tb_buf_add_shown(&shown, text, strlen(text));
	v[l->n] = (struct lint_found){ code, at, tb_buf_take(&shown) };
	l->no_memory |= !v[l->n].text;
	l->n++;
}

const char *lint_where(const struct lint *l, struct pol_at at, struct lint_where *out)
{
	if (at.file)
		(void)snprintf(out->text, sizeof(out->text), "line %u of %.128s", at.line,
			       pol_file(l->p, at));
	else
		(void)snprintf(out->text, sizeof(out->text), "line %u", at.line);
	return out->text;
}

bool lint_pair(struct lint *l)
{
	if (++l->pairs == LINT_PAIRS)
		lint_add(l, LINT_TOO_MANY, (struct pol_at){ 1, 1, 0 },
			 "too many rules for the same destinations or paths; not all of them were "
			 "compared with each other");
	return l->pairs < LINT_PAIRS;
}

static void lint_idle(struct lint *l)
{
	for (size_t i = 0; i < l->p->nunused; i++)
		lint_add(l, LINT_UNUSED, l->p->unused[i].at,
			 "nothing names the variable or group \"%.64s\"", l->p->unused[i].name);
	for (size_t i = 0; i < l->p->nwild; i++)
		lint_add(l, LINT_WILD_VALUE, l->p->wild[i].at,
			 "the value of the variable \"%.64s\" has a wildcard, and is only a part "
			 "of a component here: this declares more than one value",
			 l->p->wild[i].name);
	for (size_t i = 0; i < l->p->nforeign; i++)
		lint_add(l, LINT_FOREIGN_CALL, l->p->foreign[i].at,
			 "\"%.64s\" is a call of 32-bit x86, which x86_64 has not: the entry says "
			 "nothing here; \"tcbox policy calls %.64s\" tells the native one",
			 l->p->foreign[i].name, l->p->foreign[i].name);
}

static void lint_ended(struct lint *l)
{
	for (size_t i = 0; i < l->p->nended; i++)
		lint_add(l, LINT_ENDED, l->p->ended[i].at,
			 "\"%s\" declares nothing any more: its last day was %s",
			 l->p->ended[i].id, l->p->ended[i].until);
	for (size_t i = 0; i < l->p->nended_listens; i++)
		lint_add(l, LINT_ENDED, l->p->ended_listens[i].at,
			 "\"%s\" declares nothing any more: its last day was %s",
			 l->p->ended_listens[i].id, l->p->ended_listens[i].until);
}

static int by_place(const void *pa, const void *pb)
{
	const struct lint_found *a = pa, *b = pb;

	if (a->at.file != b->at.file)
		return a->at.file < b->at.file ? -1 : 1;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.column != b->at.column)
		return a->at.column < b->at.column ? -1 : 1;
	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	return strcmp(a->text, b->text);
}

static void tell(const struct lint *l, pol_problem_fn *fn, void *arg)
{
	for (size_t i = 0; i < l->n; i++)
		fn(arg, &(struct pol_problem){
			.level = codes[l->v[i].code].level, .code = codes[l->v[i].code].name,
			.file = pol_file(l->p, l->v[i].at), .at = l->v[i].at, .text = l->v[i].text,
		});
}

int pol_lint(const struct pol *p, pol_problem_fn *fn, void *arg, struct tb_err *err)
{
	struct lint l = { .p = p };

	lint_overlaps(&l);
	lint_lists(&l);
	lint_never(&l);
	lint_wide(&l);
	lint_limits(&l);
	lint_held(&l);
	lint_idle(&l);
	lint_ended(&l);
	if (!l.no_memory) {
		if (l.n)
			qsort(l.v, l.n, sizeof(*l.v), by_place);
		tell(&l, fn, arg);
	}
	for (size_t i = 0; i < l.n; i++)
		free(l.v[i].text);
	free(l.v);
	return l.no_memory ? tb_err_set(err, ENOMEM, "lint %s", p->path) : 0;
}
