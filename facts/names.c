/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.c - which names were looked up, and whether anything followed
 *
 * The lab and the packets tell of each lookup. The packets count; the lab's word is for names that
 * they do not have.
 */
#include "facts/make.h"

#include <stdlib.h>
#include <string.h>

#include "tcbox/map.h"

/* What makes two lookups one name. */
struct key {
	const char *name;
	const struct evd_program *program;
};

struct names {
	struct make *m;
	struct fact_name *v;
	size_t n;
	struct tb_map *contacted;	/* names of conversations */
	struct tb_map *in_packets;	/* names that the packets have */
	struct tb_map *known;		/* by key: number in v, from 1 */
};

static void put(struct names *s, struct tb_map *map, const void *key, size_t len, size_t value)
{
	if (tb_map_put(map, key, len, (void *)(uintptr_t)value))
		s->m->failed = true;
}

static void contact(struct names *s, const char *name)
{
	if (name)
		put(s, s->contacted, &name, sizeof(name), 1);
}

/* contacts() - which of the names of an address was meant is known if the conversation says it */
static void contacts(struct names *s, const struct evd_flow *f)
{
	const char *said = evd_said_name(f);

	contact(s, f->sni);
	contact(s, f->http_host);
	contact(s, said);
	if (said && evd_has_name(f->names, said))
		return;
	for (size_t i = 0; f->names && i < f->names->n; i++)
		contact(s, f->names->v[i]);
}

static void add_type(struct fact_name *n, const char *type)
{
	for (size_t i = 0; type && i < FACT_TYPES; i++) {
		if (n->types[i] == type)
			return;
		if (!n->types[i]) {
			n->types[i] = type;
			return;
		}
	}
}

/* entry() - of a name and a program; makes one if it is new. Return: NULL without memory */
static struct fact_name *entry(struct names *s, const struct evd_lookup *l)
{
	const struct evd_call *call = l->flow ? l->flow->call : NULL;
	struct key key = { l->name, call ? call->program : NULL };
	size_t at = (uintptr_t)tb_map_get(s->known, &key, sizeof(key));
	struct fact_name *v;

	if (at)
		return &s->v[at - 1];
	v = make_more(s->m, s->v, s->n, sizeof(*v));
	if (!v)
		return NULL;
	s->v = v;
	v = &s->v[s->n++];
	*v = (struct fact_name){ .name = l->name, .first = l->t, .server = l->server };
	v->owner = make_owner(s->m, key.program, call ? call->proc : 0);
	v->contacted = tb_map_get(s->contacted, &l->name, sizeof(l->name));
	put(s, s->known, &key, sizeof(key), s->n);
	return v;
}

static void add(struct names *s, const struct evd_lookup *l)
{
	size_t at = (size_t)(l - s->m->ev->lookups);
	struct fact_name *n = entry(s, l);

	if (!n)
		return;
	n->stand = fnd_stand_worse(n->stand, fnd_stand_at(&s->m->result->lookups, at));
	add_type(n, l->type);
	n->answered |= l->answered;
	n->elsewhere |= !l->gate;
	n->extra += l->extra;
	n->count++;
	n->last = l->t;
}

/* is_name() - what was sent to a name server and is no query names nothing */
static bool is_name(const struct evd_lookup *l)
{
	return !l->control && (l->type || !l->extra);
}

static void gather(struct names *s)
{
	const struct evd_facts *ev = s->m->ev;

	for (size_t i = 0; i < ev->nflows; i++)
		if (!ev->flows[i]->canary && !ev->flows[i]->lookup)
			contacts(s, ev->flows[i]);
	for (size_t i = 0; i < ev->nlookups; i++) {
		const struct evd_lookup *l = &ev->lookups[i];

		if (!is_name(l) || l->src != EV_SRC_NET)
			continue;
		put(s, s->in_packets, &l->name, sizeof(l->name), 1);
		add(s, l);
	}
	for (size_t i = 0; i < ev->nlookups; i++) {
		const struct evd_lookup *l = &ev->lookups[i];

		if (is_name(l) && l->src != EV_SRC_NET &&
		    !tb_map_get(s->in_packets, &l->name, sizeof(l->name)))
			add(s, l);
	}
}

/* by_weight() - what no conversation followed first, and what carried more than a question */
static int by_weight(const void *pa, const void *pb)
{
	const struct fact_name *a = pa, *b = pb;
	int ret = (int)(b->extra > 0) - (int)(a->extra > 0);

	if (!ret)
		ret = (int)a->contacted - (int)b->contacted;
	if (ret)
		return ret;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	ret = strcmp(a->name, b->name);
	if (ret || !a->owner.program || !b->owner.program)
		return ret ? ret : (a->owner.program != NULL) - (b->owner.program != NULL);
	return strcmp(a->owner.program, b->owner.program);
}

void make_names(struct make *m)
{
	struct names s = { .m = m };

	s.contacted = tb_map_new(SIZE_MAX);
	s.in_packets = tb_map_new(SIZE_MAX);
	s.known = tb_map_new(SIZE_MAX);
	if (s.contacted && s.in_packets && s.known)
		gather(&s);
	else
		m->failed = true;
	tb_map_free(s.contacted);
	tb_map_free(s.in_packets);
	tb_map_free(s.known);
	m->facts->nnames = s.n;
	m->facts->names = make_list(m, s.v, &m->facts->nnames, sizeof(*s.v), by_weight,
				    &m->facts->more_names);
}
