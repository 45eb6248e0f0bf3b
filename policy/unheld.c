/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unheld.c - what of a policy "run --enforce" cannot hold
 *
 * The gate knows addresses, ports and protocols; its name server names; the filter numbers of
 * calls; the kernel places of files. Who sends, in which application, and which program is started,
 * none of them knows.
 */
#include "tcbox/policy.h"

/* add() - ", ..." */
static void add(struct tb_buf *b, const char *text)
{
	if (b->len)
		tb_buf_adds(b, ", ");
	tb_buf_adds(b, text);
}

/* add_rules() - what @n rules say of it */
static void add_rules(struct tb_buf *b, size_t n, const char *what)
{
	if (!n)
		return;
	add(b, what);
	tb_buf_addf(b, " of %zu rule%s", n, n == 1 ? "" : "s");
}

void pol_unheld(const struct pol *p, struct tb_buf *out)
{
	size_t process = 0, application = 0, tls = 0, http = 0, limits = 0;

	for (size_t i = 0; i < p->nconns; i++) {
		const struct pol_conn *r = &p->conns[i];

		process += r->process != NULL;
		application += r->application != NULL;
		tls += r->tls_min != NULL;
		http += pol_has_requests(r);
		limits += pol_has_limits(r);
	}
	if (p->on_exec != POL_IGNORE)
		add(out, "programs that are started");
	if (p->on_listen != POL_IGNORE)
		add(out, "listeners");
	add_rules(out, process, "\"process\"");
	add_rules(out, application, "\"application\"");
	add_rules(out, tls, "\"tls\"");
	add_rules(out, http, "\"http\"");
	add_rules(out, limits, "\"limits\"");
}
