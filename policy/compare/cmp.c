/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmp.c - front door of the comparison, and what its files share
 */
#include "policy/compare/cmp_state.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static_assert(MATCH_ALIASES == EVD_ALIASES, "rules see every other name of a program");

/* prepare_rules() - Return: false without memory */
static bool prepare_rules(struct cmp *c, const struct pol *p)
{
	struct cmp_tally *t = &c->tally;

	t->conns = calloc(p->nconns + 1, sizeof(*t->conns));
	t->listens = calloc(p->nlistens + 1, sizeof(*t->listens));
	t->names = calloc(p->nnames + 1, sizeof(*t->names));
	t->execs = calloc(p->nexecutes + 1, sizeof(*t->execs));
	t->writes = calloc(p->nwrite + 1, sizeof(*t->writes));
	c->index = match_index_conns(p);
	c->names = match_index_names(p);
	return t->conns && t->listens && t->names && t->execs && t->writes && c->index && c->names;
}

static void clear(struct cmp *c)
{
	free(c->tally.conns);
	free(c->tally.listens);
	free(c->tally.names);
	free(c->tally.execs);
	free(c->tally.writes);
	tb_map_free(c->above);
	free(c->writes_of);
	match_index_free(c->index);
	match_index_free(c->names);
	fnd_table_free(c->verdict.findings);
	fnd_result_free(c->verdict.r);
}

/* prepare() - Return: false without memory */
static bool prepare(struct cmp *c)
{
	c->verdict.findings = fnd_table_new();
	c->verdict.r = calloc(1, sizeof(*c->verdict.r));
	return c->verdict.findings && c->verdict.r && (!c->policy || prepare_rules(c, c->policy));
}

static void compare(struct cmp *c)
{
	cmp_files_declared(c);
	cmp_acts(c);
	cmp_changes(c);
	cmp_listens(c);
	cmp_flows(c);
	cmp_reconcile(c);
	cmp_names(c);
	cmp_trust(c);
	cmp_sights(c);
	cmp_result(c);
}

int cmp_compare(const struct cmp_input *in, struct fnd_result **out, struct tb_err *err)
{
	struct cmp c = {
		.ev = in->evidence, .policy = in->policy, .run_policy = in->run_policy,
		.run = in->run, .stats = in->stats, .redacted = in->redacted,
	};

	*out = NULL;
	if (!prepare(&c))
		c.verdict.failed = true;
	else
		compare(&c);
	if (!c.verdict.failed && !fnd_table_failed(c.verdict.findings)) {
		*out = c.verdict.r;
		c.verdict.r = NULL;
	}
	clear(&c);
	return *out ? 0 : tb_err_set(err, ENOMEM, "compare the record");
}

bool cmp_level(struct cmp *c, enum fnd_kind kind, enum fnd_severity *out)
{
	const struct pol *p = c->policy;
	const enum pol_level levels[] = {
		[FND_CONNECTIONS] = p->on_conn, [FND_NAMES] = p->on_name,
		[FND_LISTENS] = p->on_listen,	[FND_EXECUTES] = p->on_exec,
		[FND_FILES] = p->on_file,	[FND_SYSCALLS] = p->on_sys,
	};
	static const enum fnd_severity severities[] = {
		[POL_INFO] = FND_INFO, [POL_WARNING] = FND_WARNING, [POL_VIOLATION] = FND_VIOLATION,
	};

	if (levels[kind] == POL_IGNORE) {
		c->verdict.r->ignored[kind] = true;
		return false;
	}
	*out = severities[levels[kind]];
	return true;
}

void cmp_seen_add(struct cmp_seen *s, const struct cmp_seen *more)
{
	if (!s->count || more->first < s->first)
		s->first = more->first;
	if (!s->count || more->last > s->last)
		s->last = more->last;
	s->count += more->count;
	s->proved |= more->proved;
	s->tls_failed += more->tls_failed;
	s->bytes_out += more->bytes_out;
	s->bytes_in += more->bytes_in;
}

void cmp_seen_act(struct cmp_seen *s, const struct evd_act *a)
{
	cmp_seen_add(s,
		     &(struct cmp_seen){ .count = a->count, .first = a->first, .last = a->last,
				   .proved = true });
}

void cmp_stands(struct cmp *c, struct fnd_stands *s, size_t n)
{
	s->v = calloc(n + 1, sizeof(*s->v));
	s->n = s->v ? n : 0;
	c->verdict.failed |= !s->v;
}

void cmp_stand(struct fnd_stands *s, size_t at, enum fnd_stand stand)
{
	if (at < s->n)
		s->v[at] = (uint8_t)stand;
}

void cmp_text(struct cmp *c, char **where, const char *fmt, ...)
{
	va_list ap;

	free(*where);
	va_start(ap, fmt);
	if (vasprintf(where, fmt, ap) < 0) {
		*where = NULL;
		c->verdict.failed = true;
	}
	va_end(ap);
}

const char *cmp_program(const struct evd_program *p, const char *aliases[MATCH_ALIASES])
{
	for (size_t i = 0; i < MATCH_ALIASES; i++)
		aliases[i] = p ? p->aliases[i] : NULL;
	return p ? p->path : NULL;
}
