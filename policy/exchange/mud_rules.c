/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mud_rules.c - from packets in two directions to conversations that one side begins
 *
 * How it works: a MUD file lets packets pass in each direction, a policy declares who begins. An
 * entry from the product is a conversation that the product begins, unless it says that the other
 * side does, or names the product's own port alone. An entry to the product that is the mirror of
 * such a conversation lets its answers in, and adds nothing; any other one is a port where the
 * product waits. Mirrors are found by a key of protocol, other side and ports, each once.
 *
 * Limits: entries that mirror each other with different ranges of ports are not known as mirrors,
 * and are listed.
 */
#include "policy/exchange/mud.h"

#include <stdlib.h>
#include <string.h>

#include "policy/exchange/source.h"
#include "tcbox/own.h"

/* Flows with the same key. */
struct same {
	size_t n;			/* that no flow of the other direction mirrors yet */
};

struct rules {
	struct mud *m;
	struct draft *d;
	struct tb_map *asked;		/* from the product, which begins */
	struct tb_map *answered;	/* from the product, when it was called */
	struct tb_map *made;		/* from the key of a rule to its index + 1 */
	unsigned int *families;		/* of each rule */
	size_t one_family;		/* rules of names that are of one family in the source */
	struct draft_at first;		/* the first of them */
};

static void add_ports(struct tb_buf *out, const struct draft_ports *p)
{
	for (size_t i = 0; i < p->n; i++)
		tb_buf_addf(out, "%u-%u,", p->v[i].lo, p->v[i].hi);
	tb_buf_addc(out, '|');
}

/* key_of() - what a flow and its mirror have in common */
static void key_of(struct rules *r, const struct mud_flow *f, struct tb_buf *out)
{
	const char *protocol = mud_protocol(r->d, f->protocol);

	tb_buf_addf(out, "%u|%s|%s|", f->families, protocol ? protocol : "", f->peer ? f->peer :
		    "");
	add_ports(out, &f->far);
	add_ports(out, &f->own);
	r->d->no_memory |= out->failed;
}

static struct same *same_of(struct rules *r, struct tb_map *map, const struct mud_flow *f)
{
	TB_AUTOBUF struct tb_buf key = TB_BUF_INIT;
	struct same *s;

	key_of(r, f, &key);
	if (key.failed)
		return NULL;
	s = tb_map_get(map, key.data, key.len);
	if (s)
		return s;
	s = tb_pool_alloc(r->d->pool, sizeof(*s));
	if (!s || tb_map_put(map, key.data, key.len, s)) {
		r->d->no_memory = true;
		return NULL;
	}
	s->n = 0;
	return s;
}

/* take() - is there such a flow that has no mirror yet? */
static bool take(struct rules *r, struct tb_map *map, const struct mud_flow *f)
{
	struct same *s = same_of(r, map, f);

	if (!s || !s->n)
		return false;
	s->n--;
	return true;
}

static void put(struct rules *r, struct tb_map *map, const struct mud_flow *f)
{
	struct same *s = same_of(r, map, f);

	if (s)
		s->n++;
}

/* is_called() - does a flow from the product answer somebody? */
static bool is_called(const struct mud_flow *f)
{
	if (f->begins != MUD_BEGINS_ANY)
		return f->begins == MUD_BEGINS_OTHER;
	return f->own.n && !f->far.n;
}

/* rule_id() - without the direction, which the names of entries end in by custom, and without the
 * number that mud_write.c puts in front of it */
static const char *rule_id(struct draft *d, const char *name)
{
	static const char *const ends[] = { "-frdev", "-todev", "-from-device", "-to-device" };
	size_t len = name ? strlen(name) : 0, n, number;

	for (size_t i = 0; i < TB_ARRAY_SIZE(ends); i++) {
		n = strlen(ends[i]);
		if (len <= n || strcmp(name + len - n, ends[i]) != 0)
			continue;
		number = len - n;
		while (number && name[number - 1] >= '0' && name[number - 1] <= '9')
			number--;
		if (number > 1 && number < len - n && name[number - 1] == '/')
			return draft_keepf(d, "%.*s", (int)number - 1, name);
		return draft_keepf(d, "%.*s", (int)(len - n), name);
	}
	return name;
}

static void copy_ports(struct draft *d, const struct draft_ports *from, struct draft_ports *to)
{
	for (size_t i = 0; i < from->n; i++)
		draft_ports_add(d, to, from->v[i].lo, from->v[i].hi);
}

/* old_rule() - the rule that a flow makes no new one of: the same in another family of addresses.
 * Return: its index + 1, or 0; @key receives what to call the new one */
static size_t old_rule(struct rules *r, const struct mud_flow *f, bool listens, struct tb_buf *key)
{
	struct mud_flow same = *f;

	same.families = 0;
	if (listens)
		same.peer = NULL;
	if (listens)
		same.far = (struct draft_ports){ 0 };
	else
		same.own = (struct draft_ports){ 0 };
	tb_buf_addf(key, "%d|%s|", listens, f->tls_min ? f->tls_min : "");
	key_of(r, &same, key);
	return key->failed ? 0 : (size_t)tb_map_get(r->made, key->data, key->len);
}

/* add_rule() - Return: NULL if it is there already, or without memory */
static struct draft_rule *add_rule(struct rules *r, const struct mud_flow *f, bool listens)
{
	TB_AUTOBUF struct tb_buf key = TB_BUF_INIT;
	size_t at = old_rule(r, f, listens, &key);
	struct draft_rule *rule;

	if (at || key.failed) {
		if (at)
			r->families[at - 1] |= f->families;
		return NULL;
	}
	rule = draft_rule(r->d, &f->at);
	if (!rule || tb_map_put(r->made, key.data, key.len, (void *)r->d->nrules)) {
		r->d->no_memory = true;
		return NULL;
	}
	r->families[r->d->nrules - 1] = f->families;
	rule->id = rule_id(r->d, f->name);
	rule->listens = listens;
	rule->note = draft_keepf(r->d, "\"%s\" of the list \"%s\", line %u", f->name ? f->name :
				 "", f->list ? f->list : "", f->at.line);
	rule->protocol = mud_protocol(r->d, f->protocol);
	return rule;
}

static void wider(struct rules *r, const struct mud_flow *f, const char *why)
{
	draft_item(r->d, EXCH_WIDER, &f->at, "%s", why);
}

/* conversation() - that the product begins */
static void conversation(struct rules *r, const struct mud_flow *f)
{
	struct draft_rule *rule;

	if (f->own.n)
		wider(r, f, "the product's own port is left out: policies have only that of the "
			    "other side");
	put(r, r->asked, f);
	rule = add_rule(r, f, false);
	if (!rule)
		return;
	copy_ports(r->d, &f->far, &rule->ports);
	rule->tls_min = f->tls_min;
	if (f->class_key)
		mud_class(r->m, f);
	if (f->peer)
		draft_words_add(r->d, &rule->to, f->peer);
}

/* listener() - where the product waits */
static void listener(struct rules *r, const struct mud_flow *f)
{
	struct draft_rule *rule;

	(void)take(r, r->answered, f);
	if (f->peer)
		wider(r, f, "who may call is left out: policies declare ports, for all who call");
	if (f->far.n)
		wider(r, f, "the port of who calls is left out: policies have only the product's");
	if (f->tls_min)
		wider(r, f, "the version of TLS is left out: policies have it for conversations "
			    "that the product begins");
	rule = add_rule(r, f, true);
	if (rule)
		copy_ports(r->d, &f->own, &rule->ports);
}

/* to_product() - answers, or a port where the product waits */
static void to_product(struct rules *r, const struct mud_flow *f)
{
	if (f->begins != MUD_BEGINS_OTHER && take(r, r->asked, f))
		return;
	if (f->begins == MUD_BEGINS_PRODUCT)
		draft_item(r->d, EXCH_LOST, &f->at, "it lets answers in, and no entry lets the "
						    "product ask");
	else if (f->own.n || (f->begins == MUD_BEGINS_OTHER && f->protocol == MUD_TCP))
		listener(r, f);
	else
		draft_item(r->d, EXCH_LOST, &f->at, "it lets packets in that nobody asked for, "
			   "to no single port: policies have only ports where the product waits");
}

/* one_way() - flows from the product without a mirror */
static void one_way(struct rules *r, const struct mud_flow *f)
{
	if (is_called(f) && take(r, r->answered, f))
		draft_item(r->d, EXCH_LOST, &f->at, "it lets answers out, and no entry lets the "
						    "product be called there");
	else if (!is_called(f) && r->m->to_policy && take(r, r->asked, f))
		wider(r, f, "answers are declared, too: no entry to the product lets them in");
}

/* any_address() - a rule with no other side: any, of the families that the source has */
static void any_address(struct rules *r, size_t i)
{
	struct draft_rule *rule = &r->d->rules[i];
	unsigned int families = r->families[i];

	if (families == (MUD_V4 | MUD_V6) && (rule->protocol || rule->ports.n))
		return;
	if (families & MUD_V4)
		draft_words_add(r->d, &rule->to, "0.0.0.0/0");
	if (families & MUD_V6)
		draft_words_add(r->d, &rule->to, "::/0");
}

static bool is_network(const char *to)
{
	TB_AUTOBUF struct tb_buf text = TB_BUF_INIT;
	bool any;

	return src_network_text(to, &text, &any);
}

/* families() - a name or a port of a policy is of both */
static void families(struct rules *r, size_t i)
{
	struct draft_rule *rule = &r->d->rules[i];

	if (!rule->listens && !rule->to.n) {
		any_address(r, i);
		return;
	}
	if (r->families[i] == (MUD_V4 | MUD_V6) ||
	    (rule->to.n && rule->to.v[0] && is_network(rule->to.v[0])))
		return;
	if (!r->one_family++)
		r->first = rule->at;
}

static void make(struct rules *r)
{
	const struct mud *m = r->m;

	for (size_t i = 0; i < m->nflows; i++) {
		if (m->flows[i].to_device)
			continue;
		if (is_called(&m->flows[i]))
			put(r, r->answered, &m->flows[i]);
		else
			conversation(r, &m->flows[i]);
	}
	for (size_t i = 0; i < m->nflows; i++)
		if (m->flows[i].to_device)
			to_product(r, &m->flows[i]);
	for (size_t i = 0; i < m->nflows; i++)
		if (!m->flows[i].to_device)
			one_way(r, &m->flows[i]);
	for (size_t i = 0; i < r->d->nrules; i++)
		families(r, i);
	if (r->one_family)
		draft_item(r->d, EXCH_WIDER, &r->first, "%zu %s for one family of addresses only: "
			   "names and ports of policies are of both", r->one_family,
			   r->one_family == 1 ? "rule is" : "rules (this is the first) are");
	if (r->d->nrules && !m->to_policy)
		draft_item(r->d, EXCH_WIDER, NULL, "there is no to-device-policy: answers are "
						   "declared all the same");
}

void mud_rules(struct mud *m)
{
	struct rules r = {
		.m = m, .d = m->d, .asked = tb_map_new(SIZE_MAX), .answered = tb_map_new(SIZE_MAX),
		.made = tb_map_new(SIZE_MAX), .families = calloc(m->nflows + 1, sizeof(int)),
	};

	if (r.asked && r.answered && r.made && r.families)
		make(&r);
	else
		m->d->no_memory = true;
	tb_map_free(r.asked);
	tb_map_free(r.answered);
	tb_map_free(r.made);
	free(r.families);
}
