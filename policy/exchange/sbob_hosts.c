/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbob_hosts.c - to whom a request is made whose endpoint names no host
 *
 * A profile that was learned has endpoints such as ":443/v1/check", and in "egress" whom the
 * container talks to at this port. A rule without destinations would allow the request to anybody;
 * so it gets those of the egress, which may stand behind the endpoints or in another document.
 */
#include "policy/exchange/sbob.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/grow.h"
#include "tcbox/own.h"

#define LOOKS_MAX (1u << 22)		/* at rules and destinations, for all endpoints */

void sbob_hostless(struct sbob *b)
{
	size_t *v = tb_grow(b->hostless, b->nhostless, 1, sizeof(*v));

	if (!v) {
		b->src.d->no_memory = true;
		return;
	}
	b->hostless = v;
	v[b->nhostless++] = b->src.d->nrules - 1;
}

static bool has_port(const struct draft_rule *r, const struct draft_ports *ports)
{
	if (!ports->n || !r->ports.n)
		return true;
	for (size_t i = 0; i < r->ports.n; i++)
		if (ports->v[0].lo >= r->ports.v[i].lo && ports->v[0].lo <= r->ports.v[i].hi)
			return true;
	return false;
}

/* is_egress() - is it a rule of "egress" that such a request may use? */
static bool is_egress(const struct draft_rule *r, const struct draft_ports *ports)
{
	if (r->listens || r->paths.n || (r->protocol && strcmp(r->protocol, "tcp") != 0))
		return false;
	return has_port(r, ports);
}

static void add_new(struct sbob *b, struct draft_words *to, const char *word, size_t *looks)
{
	*looks += to->n + 1;
	for (size_t i = 0; i < to->n; i++)
		if (!strcmp(to->v[i], word))
			return;
	draft_words_add(b->src.d, to, word);
}

/* find() - the destinations of all egress with this port. Return: false: anybody is among them, or
 * nobody is known */
static bool find(struct sbob *b, const struct draft_ports *ports, struct draft_words *to,
		 size_t *looks)
{
	const struct draft *d = b->src.d;

	for (size_t i = 0; i < d->nrules; i++) {
		const struct draft_rule *r = &d->rules[i];

		*looks += 1 + r->ports.n;
		if (*looks > LOOKS_MAX)
			return false;
		if (!is_egress(r, ports))
			continue;
		if (!r->to.n)
			return false;
		for (size_t j = 0; j < r->to.n && *looks <= LOOKS_MAX; j++)
			add_new(b, to, r->to.v[j], looks);
	}
	return to->n && *looks <= LOOKS_MAX;
}

void sbob_hosts(struct sbob *b)
{
	struct draft *d = b->src.d;
	size_t looks = 0;

	for (size_t i = 0; i < b->nhostless; i++) {
		struct draft_rule *r = &d->rules[b->hostless[i]];
		struct draft_words to = { .n = 0 };

		if (find(b, &r->ports, &to, &looks)) {
			r->to = to;
			draft_item(d, EXCH_NOTE, &r->at, "it names no host: those of the egress "
				   "with its port");
			continue;
		}
		free(to.v);
		draft_item(d, EXCH_WIDER, &r->at, "it names no host, and no egress says who has "
			   "its port: any");
	}
}
