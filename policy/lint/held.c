/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held.c - what "run --enforce" cannot hold, rule by rule; policy/unheld.c says it in one sentence
 */
#include "policy/lint/state.h"
#include "tcbox/buf.h"

static void add(struct tb_buf *b, bool said, const char *key)
{
	if (!said)
		return;
	if (b->len)
		tb_buf_adds(b, ", ");
	tb_buf_addf(b, "\"%s\"", key);
}

static void lint_conn(struct lint *l, const struct pol_conn *c)
{
	TB_AUTOBUF struct tb_buf keys = TB_BUF_INIT;

	add(&keys, c->process, "process");
	add(&keys, c->application, "application");
	add(&keys, c->tls_min, "tls");
	add(&keys, pol_has_requests(c), "http");
	add(&keys, pol_has_limits(c), "limits");
	l->no_memory |= keys.failed;
	if (keys.len)
		lint_add(l, LINT_NOT_ENFORCED, c->at,
			 "run --enforce cannot hold what \"%s\" says of %s", c->id, keys.data);
}

void lint_held(struct lint *l)
{
	const struct pol *p = l->p;

	for (size_t i = 0; i < p->nconns; i++)
		lint_conn(l, &p->conns[i]);
	if (p->nlistens && p->on_listen != POL_IGNORE)
		lint_add(l, LINT_NOT_ENFORCED, p->listens[0].at,
			 "run --enforce cannot hold \"listens\"");
	if (p->nexecutes && p->on_exec != POL_IGNORE)
		lint_add(l, LINT_NOT_ENFORCED, p->executes_at[0],
			 "run --enforce cannot hold \"executes\"");
}
