/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requests.c - requests of HTTP, and the "http" of the rules that they become
 *
 * How it works: each request is an item of its own that belongs to the item of its conversation.
 * Its path is generalised as those of files are. The paths with the same methods become the "http"
 * of one rule, so that no method is declared for a path for which it was not seen: a conversation
 * whose paths have several sets of methods becomes several rules.
 *
 * Limits: a rule with "http" makes each conversation inconclusive in which a request could not be
 * read; so one gets none if that happened in a run.
 */
#include "policy/learn/state.h"

#include <stdlib.h>
#include <string.h>

#include "policy/match.h"
#include "tcbox/grow.h"
#include "tcbox/own.h"

#define PATH_MAX_LEN 1023	/* a longer one is compared with no glob */

/* method_bit() - of l->methods. Return: 0: there are too many */
static uint64_t method_bit(struct learn *l, const char *method)
{
	size_t i = 0;

	while (i < l->nmethods && strcmp(l->methods[i], method) != 0)
		i++;
	if (i == LRN_METHODS)
		return 0;
	if (i == l->nmethods)
		l->methods[l->nmethods++] = method;
	return UINT64_C(1) << i;
}

/* is_whole() - of HTTP, and all of it is known */
static bool is_whole(const struct evd_request *r)
{
	return r->service && !strncmp(r->service, "http", 4) && r->method && *r->method &&
	       r->path && *r->path == '/' && strcspn(r->path, "?#") <= PATH_MAX_LEN && !r->cut &&
	       !r->unread && r->count <= 1;
}

static void note(struct learn *l, struct lrn_item *of, const struct evd_request *r)
{
	TB_AUTOBUF struct tb_buf glob = TB_BUF_INIT, rule = TB_BUF_INIT;
	struct lrn_act act = { .section = LRN_REQUESTS, .count = 1, .first = r->first,
			       .last = r->last };
	uint64_t bit = method_bit(l, r->method);
	struct lrn_shape shape = { 0 };
	struct lrn_item *it;
	bool fresh;

	lrn_url_path(r->path, &glob, &shape);
	tb_buf_addf(&rule, "%p", (const void *)of);
	act.key[0] = lrn_take(l, &rule);
	act.key[1] = lrn_take(l, &glob);
	it = l->failed ? NULL : lrn_note(l, &act, &fresh);
	of->unread |= !bit;
	if (!it)
		return;
	if (fresh) {
		it->of = of;
		it->what = act.key[1];
		it->path = lrn_keep_some(l, r->path, strcspn(r->path, "?#"));
		it->program = of->program ? of->program : "";
	}
	it->methods |= bit;
	it->stars |= shape.stars;
	if (shape.stars && !it->nexamples)
		it->examples[it->nexamples++] = it->path;
}

/* is_declared() - by a rule of the policy that is amended, which agrees with the conversation */
static bool is_declared(const struct learn *l, const struct evd_flow *f,
			const struct evd_request *r)
{
	const struct pol *base = l->options.base;
	const struct evd_program *program = f->call ? f->call->program : NULL;
	struct match_flow m = {
		.exe = program ? program->path : NULL, .remote = &f->remote, .proto = f->proto,
		.app = f->app, .app_detail = f->app_detail, .tls_version = f->tls_version,
		.bytes = f->bytes_out + f->bytes_in,
	};
	struct match_parts parts;

	if (f->names) {
		m.names = f->names->v;
		m.nnames = f->names->n;
	}
	for (size_t i = 0; i < base->nconns; i++) {
		match_rule(&base->conns[i], &m, &parts);
		if (match_level(&parts) == MATCH_FULL &&
		    match_request(&base->conns[i], r->method, r->path) &&
		    match_hosts(&base->conns[i], r->names ? r->names->v : NULL,
				r->names ? r->names->n : 0))
			return true;
	}
	return false;
}

/* breaks_requests() - is the rule that the conversation breaks one that declares requests? */
static bool breaks_requests(const struct learn *l)
{
	const struct pol *base = l->options.base;

	for (size_t i = 0; l->broken && base && i < base->nconns; i++)
		if (!strcmp(base->conns[i].id, l->broken))
			return pol_has_requests(&base->conns[i]);
	return false;
}

void lrn_requests(struct learn *l, struct lrn_item *it, const struct evd_flow *f)
{
	bool narrow = breaks_requests(l);

	it->narrow |= narrow;
	it->unread |= !f->nrequests && f->bytes_out;
	for (size_t i = 0; i < f->nrequests; i++) {
		const struct evd_request *r = &f->requests[i];
		bool whole = is_whole(r);

		it->unread |= !whole;
		if (narrow && whole && is_declared(l, f, r))
			continue;
		lrn_add_request(l, it, r);
		if (whole)
			note(l, it, r);
	}
}

/* by_rule() - and of one rule by methods, then by path */
static int by_rule(const void *pa, const void *pb)
{
	const struct lrn_item *a = *(const struct lrn_item *const *)pa;
	const struct lrn_item *b = *(const struct lrn_item *const *)pb;

	if (a->of != b->of)
		return a->of->number < b->of->number ? -1 : 1;
	if (a->methods != b->methods)
		return a->methods < b->methods ? -1 : 1;
	return strcmp(a->what, b->what);
}

/* another() - a rule like @it, for other methods. Return: NULL without memory */
static struct lrn_item *another(struct learn *l, const struct lrn_item *it)
{
	struct lrn_item **grown = tb_grow(l->items, l->nitems, 1, sizeof(struct lrn_item *));
	struct lrn_item *copy = grown ? tb_pool_alloc(l->pool, sizeof(*copy)) : NULL;

	if (grown)
		l->items = grown;
	if (!copy) {
		l->failed = true;
		return NULL;
	}
	*copy = *it;
	copy->stars = 0;
	copy->nexamples = copy->nhttp = 0;
	copy->members = 0;
	l->items[l->nitems++] = copy;
	return copy;
}

/* give() - requests with the same methods become the "http" of a rule */
static void give(struct learn *l, struct lrn_item *rule, struct lrn_item **v, size_t n)
{
	rule->http = v;
	rule->nhttp = n;
	rule->methods = v[0]->methods;
	rule->nrequests = 0;
	for (size_t i = 0; i < n; i++) {
		rule->stars |= v[i]->stars;
		rule->members += v[i]->members;
		for (size_t k = 0; k < v[i]->nexamples && rule->nexamples < LRN_EXAMPLES; k++)
			rule->examples[rule->nexamples++] = v[i]->examples[k];
	}
	l->any_http = true;
}

/* kept() - those that did not become part of another stand first. Return: how many they are */
static size_t kept(struct lrn_item **v, size_t n)
{
	size_t to = 0;

	for (size_t i = 0; i < n; i++)
		if (!v[i]->gone)
			v[to++] = v[i];
	return to;
}

static bool gets_http(const struct learn *l, const struct lrn_item *rule)
{
	return rule->narrow || (l->options.requests && !rule->unread);
}

/* rules_of() - @v are the requests of one rule, by methods */
static void rules_of(struct learn *l, struct lrn_item **v, size_t n)
{
	struct lrn_item *rule = v[0]->of;
	size_t end;

	for (size_t at = 0; at < n && !l->failed; at = end) {
		struct lrn_item *to = at ? another(l, rule) : rule;

		for (end = at; end < n && v[end]->methods == v[at]->methods; end++)
			;
		lrn_merge_paths(l, v + at, end - at);
		if (to)
			give(l, to, v + at, kept(v + at, end - at));
	}
}

void lrn_merge_requests(struct learn *l)
{
	struct lrn_item **v = tb_pool_alloc(l->pool, (l->nitems + 1) * sizeof(struct lrn_item *));
	size_t n = 0, end;

	if (!v) {
		l->failed = true;
		return;
	}
	for (size_t i = 0; i < l->nitems; i++) {
		struct lrn_item *it = l->items[i];

		it->number = i;
		if (it->section == LRN_REQUESTS && !it->of->gone && gets_http(l, it->of))
			v[n++] = it;
	}
	qsort(v, n, sizeof(v[0]), by_rule);
	for (size_t at = 0; at < n && !l->failed; at = end) {
		for (end = at; end < n && v[end]->of == v[at]->of; end++)
			;
		rules_of(l, v + at, end - at);
	}
}
