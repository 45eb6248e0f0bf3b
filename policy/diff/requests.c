/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requests.c - what two rules say of requests of HTTP, where it matters
 *
 * A request is declared if any rule that agrees with the conversation declares it. So what a rule
 * says of requests counts for nothing where another one allows any for the same.
 */
#include "policy/diff/state.h"

#include <string.h>

#include "tcbox/event.h"

/* same() - two words, each of which may be missing */
static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_dest(const struct pol_dest *a, const struct pol_dest *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind != POL_DEST_NET)
		return !strcmp(a->name, b->name);
	return a->prefix == b->prefix && ev_addr_eq(&a->net, &b->net);
}

static bool all_dests(const struct pol_conn *of, const struct pol_conn *in)
{
	for (size_t i = 0; i < of->nto; i++) {
		bool found = false;

		for (size_t k = 0; k < in->nto && !found; k++)
			found = same_dest(&of->to[i], &in->to[k]);
		if (!found)
			return false;
	}
	return of->nto || !in->nto;
}

static bool same_ports(const struct pol_conn *a, const struct pol_conn *b)
{
	if (a->nports != b->nports)
		return false;
	for (size_t i = 0; i < a->nports; i++)
		if (a->ports[i].lo != b->ports[i].lo || a->ports[i].hi != b->ports[i].hi)
			return false;
	return true;
}

/* covers() - is @wide about all conversations that @c is about? */
static bool covers(const struct pol_conn *wide, const struct pol_conn *c)
{
	if (wide->nphases || wide->tls_min)
		return false;
	if ((wide->process && !same(wide->process, c->process)) ||
	    (wide->protocol && !same(wide->protocol, c->protocol)) ||
	    (wide->application && !same(wide->application, c->application)) ||
	    (wide->until && !same(wide->until, c->until)))
		return false;
	if (wide->nports && !same_ports(wide, c))
		return false;
	return !wide->nto || all_dests(c, wide);
}

/* any_request() - does the policy allow any where the rule does? */
static bool any_request(const struct pol *p, const struct pol_conn *c)
{
	for (size_t i = 0; i < p->nconns; i++)
		if (!pol_has_requests(&p->conns[i]) && covers(&p->conns[i], c))
			return true;
	return false;
}

static bool same_words(char *const *a, size_t na, char *const *b, size_t nb)
{
	bool equal = na == nb;

	for (size_t i = 0; i < na && equal; i++)
		equal = !strcmp(a[i], b[i]);
	return equal;
}

/* other_name() - has the policy a rule that allows the same requests in the same conversations? */
static bool other_name(const struct pol *p, const struct pol_conn *c)
{
	for (size_t i = 0; i < p->nconns; i++) {
		const struct pol_conn *o = &p->conns[i];

		if (covers(o, c) && same_words(o->methods, o->nmethods, c->methods, c->nmethods) &&
		    same_words(o->paths, o->npaths, c->paths, c->npaths) &&
		    same_words(o->hosts, o->nhosts, c->hosts, c->nhosts))
			return true;
	}
	return false;
}

void diff_requests(const struct diff *d, const struct pol_conn *a, const struct pol_conn *b,
		   struct tb_buf *out)
{
	static const struct pol_conn any = { .nmethods = 0 };
	bool a_any, b_any;

	if (!pol_has_requests(a) && !pol_has_requests(b))
		return;
	a_any = any_request(d->has, a->id ? a : b);
	b_any = any_request(d->other, b->id ? b : a);
	if ((!a->id && other_name(d->has, b)) || (!b->id && other_name(d->other, a)))
		return;
	a = a_any ? &any : a;
	b = b_any ? &any : b;
	diff_list(out, "http.methods", a->methods, a->nmethods, b->methods, b->nmethods);
	diff_list(out, "http.paths", a->paths, a->npaths, b->paths, b->npaths);
	diff_list(out, "http.hosts", a->hosts, a->nhosts, b->hosts, b->nhosts);
}
